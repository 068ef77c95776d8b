// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/* The vector verbs of dmabuf.h: its table, its checks, and the kind revoke. */
#include "vec_internal.h"
#include <virtprim/dmabuf.h>

#define EXPORTER "state=NONE|LIVE|REVOKED|DEAD|FREED"

/* -- the table -- */

/* The number of what is called @word, or behind the last one. */
static unsigned int find(enum vprim_dmabuf_names of, struct vprim_vec_str word)
{
	unsigned int i = 0;

	while (vprim_dmabuf_name(of, i) && !vprim_vec_is(word, vprim_dmabuf_name(of, i)))
		i++;
	return i;
}

/* The facts, by their bits. */
#define FACTS "set(none:0|memory:1|draining:2|drained:4|attached:8|physical:0x10|contiguous:0x20|device:0x40|peer2peer:0x80|revocable:0x100|counted:0x200|mapped:0x400|pinned:0x800|due:0x1000|open:0x2000|tracked:0x4000|releasing:0x8000)"

static int rule(struct vprim_vec_call *c)
{
	enum vprim_dmabuf_machine machine = CHOICE("machine");
	enum vprim_dmabuf_names states = (enum vprim_dmabuf_names)machine;
	const struct vprim_dmabuf_transition *r;
	unsigned int state = find(states, ARG("state")->str), i;

	if (!vprim_dmabuf_name(states, state))
		return vprim_vec_script_error(c, "a state of the machine");
	r = vprim_dmabuf_decide(machine, state,
				find(VPRIM_DMABUF_NAME_EVENT, ARG("event")->str),
				U32("if"));
	if (!r)
		return vprim_vec_script_error(c, "an event of the machine");
	vprim_vec_out_word(c, "next", vprim_dmabuf_name(states, r->next));
	vprim_vec_list_begin(c, "do");
	for (i = 0; i < 32; i++)
		if (r->actions >> i & 1)
			vprim_vec_list_word(c, vprim_dmabuf_name(VPRIM_DMABUF_NAME_ACTION, i));
	vprim_vec_list_end(c);
	c->why.rule = r->why ? vprim_rules_find(&vprim_dmabuf_rules, r->why) :
			       NULL;
	return r->error;
}

/* -- the checks -- */

VERB(slice, vprim_dmabuf_check_slice(U64("start"), U64("length"), U64("size"),
				     &c->why))

static int create(struct vprim_vec_call *c)
{
	const struct vprim_vec_arg *given = ARG("ranges");
	struct vprim_dmabuf_part *parts;
	struct vprim_dmabuf_request request = {
		.region_index = U32("region"),
		.nr_ranges = (uint32_t)given->n,
		.bar = *RANGE("bar"),
		.flags = U32("flags"), .exports = IS("exports"),
		.peer2peer = IS("p2p"), .going = IS("going"), .unclaimed = !IS("claimed"),
		.page_bytes = U64("page"),
	};
	struct vprim_range *phys;
	uint64_t size;
	size_t i;
	int ret;

	parts = vprim_vec_scratch(c, (given->n + 1) * sizeof(*parts));
	phys = vprim_vec_scratch(c, (given->n + 1) * sizeof(*phys));
	if (!parts || !phys)
		return VPRIM_VEC_SCRIPT;
	for (i = 0; i < given->n; i++) {
		parts[i].offset_bytes = given->pairs[i].a;
		parts[i].length_bytes = given->pairs[i].b;
	}
	request.ranges = parts;
	ret = vprim_dmabuf_check_create(&request, phys, &size, &c->why);
	if (ret)
		return ret;
	OUT("size=u", size);
	return vprim_vec_out_ranges(c, "ranges", phys, given->n);
}

static int map_file(struct vprim_vec_call *c)
{
	static const int answers[] = { 0, -ENODEV, -EOPNOTSUPP };
	struct vprim_dmabuf_map_file map = {
		.start_bytes = U64("start"), .length_bytes = U64("length"),
		.size_bytes = U64("size"), .fd = CHOICE("fd"),
		.attach_error = answers[vprim_vec_number(c, "attach", 2)],
		.physical = IS("physical"), .revoked = IS("revoked"),
		.fixed = HAS("iova"), .iova = U64("iova"),
		.iova_alignment = U64("alignment"),
		.iova_reserved = IS("reserved"),
		.iova_taken = IS("taken"), .page_bytes = U64("page"),
	};
	bool is_dmabuf;
	int ret = vprim_dmabuf_check_map_file(&map, &is_dmabuf, &c->why);

	return ret ? ret : OUT("path=file|dmabuf", is_dmabuf);
}

VERB(access_, vprim_dmabuf_check_access(CHOICE("what"), IS("write"), IS("writable"),
					&c->why))

static int memory(struct vprim_vec_call *c)
{
	struct vprim_dmabuf_power power = {
		.d_state = U32("d"), .suspended = IS("suspended"),
		.has_memory_bit = HAS("bit"), .memory_bit = IS("bit"),
	};

	return OUT("on=u", vprim_dmabuf_memory_is_on(&power));
}

static int plan(struct vprim_vec_call *c)
{
	unsigned int trigger = find(VPRIM_DMABUF_NAME_TRIGGER, ARG("trigger")->str);
	const struct vprim_dmabuf_plan *p = vprim_dmabuf_plan_for(trigger);

	if (!p)
		return vprim_vec_script_error(c, "the name of a trigger");
	return OUT("before=none|revoke|cleanup after=none|unrevoke devices=one|set",
		   p->cleanup_before ? 2u : p->revoke_before, p->unrevoke_after,
		   p->whole_set);
}

static const struct vprim_vec_verb verbs[] = {
	{ "rule", "machine:exporter|importer|pair state:word event:word if=" FACTS "?", rule },
	{ "slice", "start:u64 length:u64 size:u64", slice },
	{ "create", "region=u32 ranges=pairs bar=range flags=u32? exports=bit?1 p2p=bit?1 going=bit? claimed=bit?1 page=u64?0x1000", create },
	{ "map_file", "start=u64 length=u64 size=u64? fd=bad|file|dmabuf?dmabuf attach=ok|ENODEV|EOPNOTSUPP? physical=bit?1 revoked=bit? iova=u64? alignment=u64?1 reserved=bit? taken=bit? page=u64?0x1000", map_file },
	{ "access", "what:pin|rw|split|dirty write=bit? writable=bit?1", access_ },
	{ "memory", "d=0..4 suspended=bit? bit=bit?", memory },
	{ "plan", "trigger:word", plan },
};

/* -- kind revoke: one buffer and its importers -- */

struct importer {
	struct item item;
	struct vprim_dmabuf_attachment attach;
};

struct revoke {
	struct vprim_dmabuf_device device;
	struct vprim_dmabuf buf;
	struct items importers;
	struct vprim_dmabuf_layout layout;
};

static struct importer *importer(struct vprim_vec_call *c)
{
	return vprim_vec_item_(&OBJ(revoke)->importers, U64("id"));
}

static int revoke_init(struct vprim_vec_call *c)
{
	struct revoke *r = c->obj;
	const struct vprim_vec_arg *given = ARG("phys");
	struct vprim_range *ranges;
	int ret = vprim_dmabuf_device_init(&r->device, sizeof(r->device), NULL);

	if (ret)
		return ret;
	vprim_vec_items_init_(c, &r->importers);
	if (!given->n)
		return -EINVAL;
	ranges = vprim_vec_keep(c, given->n * sizeof(*ranges));
	if (!ranges)
		return VPRIM_VEC_SCRIPT;
	memcpy(ranges, given->ranges, given->n * sizeof(*ranges));
	r->layout.ranges = ranges;
	r->layout.nr_ranges = given->n;
	r->layout.physical = IS("physical");
	r->layout.system = IS("system");
	r->device.open = true;
	r->device.memory_on = IS("memory");
	return vprim_dmabuf_init(&r->buf, sizeof(r->buf), &r->device, &r->layout,
				 &c->why);
}

static void revoke_fini(void *obj)
{
	struct revoke *r = obj;

	vprim_vec_items_fini_(&r->importers);
}

/* The machine's refusal comes before "this id is taken", which is the script's. */
static int revoke_attach(struct vprim_vec_call *c)
{
	struct importer *m = vprim_vec_item_new_(c, sizeof(*m));
	uint32_t flags = (IS("revocable") ? VPRIM_DMABUF_ATTACH_REVOCABLE : 0) |
			 (IS("device") ? VPRIM_DMABUF_ATTACH_DEVICE : 0) |
			 (IS("peer2peer") ? VPRIM_DMABUF_ATTACH_PEER2PEER : 0) |
			 (IS("counted") ? VPRIM_DMABUF_ATTACH_COUNTED : 0);
	int ret;

	if (!m)
		return VPRIM_VEC_SCRIPT;
	ret = vprim_dmabuf_attach(&OBJ(revoke)->buf, &m->attach, flags, &c->why);
	if (!ret && importer(c)) {
		ret = vprim_dmabuf_detach(&m->attach, NULL);
		ret = ret ? ret : -EEXIST;
	}
	return vprim_vec_item_put_(&OBJ(revoke)->importers, m, U64("id"), ret);
}

/* What an event of an importer that is not there answers. */
static int nobody(struct vprim_vec_call *c)
{
	const struct revoke *r = c->obj;

	return r->buf.state == VPRIM_DMABUF_EXPORTER_FREED ?
		       -EINVAL : -ENOENT;
}

/* The event of the importer that the verb names. */
static int event(struct vprim_vec_call *c,
		 int (*fn)(struct vprim_dmabuf_attachment *attach))
{
	struct importer *m = importer(c);

	return m ? fn(&m->attach) : nobody(c);
}

static int revoke_detach(struct vprim_vec_call *c)
{
	struct importer *m = importer(c);
	int ret = m ? vprim_dmabuf_detach(&m->attach, &c->why) : nobody(c);

	if (!ret)
		vprim_vec_item_drop_(&OBJ(revoke)->importers, m);
	return ret;
}

/* No importer: the table answers for the buffer. */
static int map_nobody(struct vprim_vec_call *c)
{
	enum vprim_dmabuf_exporter_state state = OBJ(revoke)->buf.state;

	return state == VPRIM_DMABUF_EXPORTER_REVOKED ||
	       state == VPRIM_DMABUF_EXPORTER_DEAD ? -ENODEV : nobody(c);
}

static int revoke_map(struct vprim_vec_call *c)
{
	struct revoke *r = c->obj;
	struct importer *m = importer(c);
	struct vprim_range phys;
	int ret;

	if (!m)
		return map_nobody(c);
	ret = vprim_dmabuf_map(&m->attach, IS("sg") ? NULL : &phys, &c->why);
	if (ret)
		return ret;
	return IS("sg") ? vprim_vec_out_ranges(c, "phys", r->layout.ranges,
					       r->layout.nr_ranges) :
			  OUT("phys=r", phys.start, phys.last);
}

VERB(revoke_unmap, event(c, vprim_dmabuf_unmap))
VERB(revoke_pin, event(c, vprim_dmabuf_pin))
VERB(revoke_unpin, event(c, vprim_dmabuf_unpin))
VERB(revoke_ack, event(c, vprim_dmabuf_acknowledge))

/* Which importers a list names, in the order of their ids. */
enum whom { ALL, DUE, MAPPED };

static void put_importers(struct vprim_vec_call *c, const char *key, enum whom whom)
{
	struct importer *m;

	vprim_vec_list_begin(c, key);
	FOR_EACH_ITEM(m, &OBJ(revoke)->importers)
		if (whom == ALL || (whom == DUE ? m->attach.due :
				    m->attach.mappings > 0))
			vprim_vec_list_dec(c, ITEM_ID(m));
	vprim_vec_list_end(c);
}

/* Call everybody who is due; say whose mappings went by that. */
static int notify(struct vprim_vec_call *c)
{
	struct importer *m;
	int ret = 0;

	vprim_vec_list_begin(c, "unmapped");
	FOR_EACH_ITEM(m, &OBJ(revoke)->importers) {
		bool mapped = m->attach.mappings;

		if (ret || !m->attach.due)
			continue;
		ret = vprim_dmabuf_acknowledge(&m->attach);
		if (mapped && !m->attach.mappings)
			vprim_vec_list_dec(c, ITEM_ID(m));
	}
	vprim_vec_list_end(c);
	return ret;
}

static int complete(struct vprim_vec_call *c)
{
	int ret = vprim_dmabuf_step(&OBJ(revoke)->buf, VPRIM_DMABUF_ON_COMPLETE,
				    &c->why);

	if (ret == -EBUSY)
		put_importers(c, "pending", MAPPED);
	return ret;
}

/* Both phases at once, as a caller sees them whose importers answer at once. */
static int whole(struct vprim_vec_call *c, enum vprim_dmabuf_event event)
{
	int ret = vprim_dmabuf_step(&OBJ(revoke)->buf, event, &c->why);

	if (!ret)
		ret = notify(c);
	return ret ? ret : complete(c);
}

VERB(revoke_revoke, whole(c, VPRIM_DMABUF_ON_REVOKE))

static int revoke_cleanup(struct vprim_vec_call *c)
{
	int ret = whole(c, VPRIM_DMABUF_ON_CLEANUP);

	OBJ(revoke)->device.open = false;
	return ret;
}

static int revoke_begin(struct vprim_vec_call *c)
{
	int ret = vprim_dmabuf_step(&OBJ(revoke)->buf,
				    IS("cleanup") ? VPRIM_DMABUF_ON_CLEANUP :
						    VPRIM_DMABUF_ON_REVOKE,
				    &c->why);

	if (!ret)
		put_importers(c, "notify", DUE);
	return ret;
}

VERB(revoke_allowed,
	OUT("allowed=u", vprim_dmabuf_device_may_act(&OBJ(revoke)->device)))

static int revoke_restore(struct vprim_vec_call *c)
{
	OBJ(revoke)->device.memory_on = IS("memory");
	return vprim_dmabuf_step(&OBJ(revoke)->buf, VPRIM_DMABUF_ON_UNREVOKE,
				 &c->why);
}

VERB(revoke_release, vprim_dmabuf_release(&OBJ(revoke)->buf, &c->why))

static int revoke_state(struct vprim_vec_call *c)
{
	const struct revoke *r = c->obj;

	OUT(EXPORTER, r->buf.state);
	put_importers(c, "mapped", MAPPED);
	put_importers(c, "attached", ALL);
	put_importers(c, "due", DUE);
	return OUT("allowed=u registrations=u", vprim_dmabuf_device_may_act(&r->device),
		   r->device.registrations);
}

static const struct vprim_vec_verb revoke_verbs[] = {
	{ "attach", "id=u64 revocable=bit?1 device=bit?1 peer2peer=bit?1 counted=bit?", revoke_attach },
	{ "detach", "id=u64", revoke_detach },
	{ "map", "id=u64 sg=bit?", revoke_map },
	{ "unmap", "id=u64", revoke_unmap },
	{ "pin", "id=u64", revoke_pin },
	{ "unpin", "id=u64", revoke_unpin },
	{ "revoke", "", revoke_revoke },
	{ "cleanup", "", revoke_cleanup },
	{ "begin", "cleanup=bit?", revoke_begin },
	{ "ack", "id=u64", revoke_ack },
	{ "complete", "", complete },
	{ "allowed", "", revoke_allowed },
	{ "restore", "memory=bit?1", revoke_restore },
	{ "release", "", revoke_release },
	{ "state", "", revoke_state },
};

static const struct vprim_vec_kind kinds[] = {
	{ "revoke", "phys=list?0xfe000000..0xfe003fff memory=bit?1 physical=bit?1 system=bit?", sizeof(struct revoke), revoke_init, revoke_fini, VERBS(revoke_verbs) },
};

VEC_MODULE(vprim_vec_module_dmabuf, "dmabuf", VERBS(verbs), KINDS(kinds),
	   .rules = &vprim_dmabuf_rules);
