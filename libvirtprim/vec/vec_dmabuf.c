// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/* The vector verbs of dmabuf.h: its table, its checks, and the kind revoke. */
#include <virtprim/dmabuf.h>
#include <virtprim/vec_room.h>

/* -- the table -- */

static void put_names(struct vprim_vec_call *c, const char *key, uint32_t bits,
		      const char *(*name)(unsigned int bit))
{
	unsigned int i;

	vprim_vec_list_begin(c, key);
	for (i = 0; i < 32; i++)
		if (bits >> i & 1)
			vprim_vec_list_word(c, name(i));
	vprim_vec_list_end(c);
}

/* "memory,device" or none. */
static bool get_facts(struct vprim_vec_str words, uint32_t *facts)
{
	struct vprim_vec_str word;
	unsigned int i;

	*facts = 0;
	if (vprim_vec_is(words, "none"))
		return true;
	while (vprim_vec_next(&words, ',', &word)) {
		for (i = 0; i < VPRIM_DMABUF_FACTS; i++)
			if (vprim_vec_is(word, vprim_dmabuf_fact_name(i)))
				break;
		if (i == VPRIM_DMABUF_FACTS)
			return false;
		*facts |= (uint32_t)1 << i;
	}
	return true;
}

static bool get_machine(struct vprim_vec_str word, unsigned int *machine)
{
	unsigned int i;

	for (i = 0; i < VPRIM_DMABUF_MACHINES; i++) {
		*machine = i;
		if (vprim_vec_is(word, vprim_dmabuf_machine_name(
					       (enum vprim_dmabuf_machine)i)))
			return true;
	}
	return false;
}

static bool get_state(struct vprim_vec_str word, enum vprim_dmabuf_machine machine,
		      unsigned int *state)
{
	const char *name;

	for (*state = 0; (name = vprim_dmabuf_state_name(machine, *state));
	     ++*state)
		if (vprim_vec_is(word, name))
			return true;
	return false;
}

static bool get_event(struct vprim_vec_str word, unsigned int *event)
{
	unsigned int i;

	for (i = 0; i < VPRIM_DMABUF_EVENTS; i++) {
		*event = i;
		if (vprim_vec_is(word, vprim_dmabuf_event_name(
					       (enum vprim_dmabuf_event)i)))
			return true;
	}
	return false;
}

static int rule(struct vprim_vec_call *c)
{
	unsigned int machine, state, event;
	struct vprim_dmabuf_step step;
	uint32_t facts = 0;
	int ret;

	if (!get_machine(c->arg[0].str, &machine))
		return vprim_vec_script_error(c, "exporter, importer or pair");
	if (!get_state(c->arg[1].str, (enum vprim_dmabuf_machine)machine, &state))
		return vprim_vec_script_error(c, "a state of the machine");
	if (!get_event(c->arg[2].str, &event))
		return vprim_vec_script_error(c, "an event");
	if (c->arg[3].present && !get_facts(c->arg[3].str, &facts))
		return vprim_vec_script_error(c, "if=FACT,FACT… or if=none");
	ret = vprim_dmabuf_decide((enum vprim_dmabuf_machine)machine, state,
				  (enum vprim_dmabuf_event)event, facts, &step);
	if (ret)
		return vprim_vec_script_error(c, "an event of the machine");
	vprim_vec_out_word(c, "next",
		vprim_dmabuf_state_name((enum vprim_dmabuf_machine)machine,
					step.next));
	put_names(c, "do", step.actions, vprim_dmabuf_action_name);
	return step.error;
}

/* -- the checks -- */

static int slice(struct vprim_vec_call *c)
{
	return vprim_dmabuf_check_slice(c->arg[0].u64, c->arg[1].u64,
					c->arg[2].u64);
}

/* Parts written OFFSET:LENGTH,… or none. */
static int get_parts(struct vprim_vec_call *c, struct vprim_vec_str words,
		     struct vprim_dmabuf_part **parts, uint32_t *n)
{
	struct vprim_vec_str word, offset, length;
	size_t room = words.len / 2 + 1;
	struct vprim_dmabuf_part *p = vprim_vec_scratch(c, room * sizeof(*p));

	if (!p)
		return vprim_vec_script_error(c, "more memory");
	*parts = p;
	*n = 0;
	if (vprim_vec_is(words, "none"))
		return 0;
	while (vprim_vec_next(&words, ',', &word)) {
		length = word;
		if (!vprim_vec_next(&length, ':', &offset) ||
		    !vprim_vec_u64(offset, &p->offset_bytes) ||
		    !vprim_vec_u64(length, &p->length_bytes))
			return vprim_vec_script_error(c,
				"ranges=OFFSET:LENGTH,… or ranges=none");
		p++;
		++*n;
	}
	return 0;
}

static int create(struct vprim_vec_call *c)
{
	struct vprim_dmabuf_request request = { 0 };
	struct vprim_dmabuf_part *parts = NULL;
	struct vprim_range *phys;
	uint64_t size;
	uint32_t i;
	int ret;

	if ((c->arg[0].u64 | c->arg[3].u64) > UINT32_MAX)
		return vprim_vec_script_error(c, "32 bits of region and flags");
	ret = get_parts(c, c->arg[1].str, &parts, &request.nr_ranges);
	if (ret)
		return ret;
	phys = vprim_vec_scratch(c, (request.nr_ranges + 1) * sizeof(*phys));
	if (!phys)
		return vprim_vec_script_error(c, "more memory");
	request.region_index = (uint32_t)c->arg[0].u64;
	request.ranges = parts;
	request.bar = c->arg[2].range;
	request.flags = (uint32_t)c->arg[3].u64;
	request.exports = vprim_vec_u64_or(&c->arg[4], 1);
	request.peer2peer = vprim_vec_u64_or(&c->arg[5], 1);
	request.going = vprim_vec_u64_or(&c->arg[6], 0);
	request.page_bytes = vprim_vec_u64_or(&c->arg[7], 0x1000);
	ret = vprim_dmabuf_check_create(&request, phys, &size);
	if (ret)
		return ret;
	vprim_vec_out_dec(c, "size", size);
	vprim_vec_list_begin(c, "ranges");
	for (i = 0; i < request.nr_ranges; i++)
		vprim_vec_list_range(c, NULL, &phys[i]);
	vprim_vec_list_end(c);
	return 0;
}

static bool get_fd(const struct vprim_vec_arg *arg, enum vprim_dmabuf_fd *fd)
{
	*fd = VPRIM_DMABUF_FD_DMABUF;
	if (!arg->present || vprim_vec_is(arg->str, "dmabuf"))
		return true;
	*fd = VPRIM_DMABUF_FD_OTHER;
	if (vprim_vec_is(arg->str, "file"))
		return true;
	*fd = VPRIM_DMABUF_FD_BAD;
	return vprim_vec_is(arg->str, "bad");
}

static bool get_attach(const struct vprim_vec_arg *arg, int *error)
{
	*error = 0;
	if (!arg->present || vprim_vec_is(arg->str, "ok"))
		return true;
	*error = -ENODEV;
	if (vprim_vec_is(arg->str, "ENODEV"))
		return true;
	*error = -EOPNOTSUPP;
	return vprim_vec_is(arg->str, "EOPNOTSUPP");
}

static int map_file(struct vprim_vec_call *c)
{
	struct vprim_dmabuf_map_file map = { 0 };
	bool is_dmabuf;
	int ret;

	map.start_bytes = c->arg[0].u64;
	map.length_bytes = c->arg[1].u64;
	map.size_bytes = c->arg[2].u64;
	if (!get_fd(&c->arg[3], &map.fd))
		return vprim_vec_script_error(c, "fd=dmabuf, fd=file or fd=bad");
	if (!get_attach(&c->arg[4], &map.attach_error))
		return vprim_vec_script_error(c,
			"attach=ok, attach=ENODEV or attach=EOPNOTSUPP");
	map.physical = vprim_vec_u64_or(&c->arg[5], 1);
	map.revoked = vprim_vec_u64_or(&c->arg[6], 0);
	map.fixed = c->arg[7].present;
	map.iova = c->arg[7].u64;
	map.iova_alignment = vprim_vec_u64_or(&c->arg[8], 1);
	map.iova_reserved = vprim_vec_u64_or(&c->arg[9], 0);
	map.iova_taken = vprim_vec_u64_or(&c->arg[10], 0);
	map.page_bytes = vprim_vec_u64_or(&c->arg[11], 0x1000);
	ret = vprim_dmabuf_check_map_file(&map, &is_dmabuf);
	if (!ret)
		vprim_vec_out_word(c, "path", is_dmabuf ? "dmabuf" : "file");
	return ret;
}

static int access_(struct vprim_vec_call *c)
{
	static const char *const names[] = { "pin", "rw", "split", "dirty" };
	unsigned int i;

	for (i = 0; i < VPRIM_ARRAY_LEN(names); i++)
		if (vprim_vec_is(c->arg[0].str, names[i]))
			return vprim_dmabuf_check_access(
				(enum vprim_dmabuf_access)i,
				vprim_vec_u64_or(&c->arg[1], 0),
				vprim_vec_u64_or(&c->arg[2], 1));
	return vprim_vec_script_error(c, "pin, rw, split or dirty");
}

static int memory(struct vprim_vec_call *c)
{
	struct vprim_dmabuf_power power = { 0 };

	if (c->arg[0].u64 > 4)
		return vprim_vec_script_error(c, "d=0 to d=4");
	power.d_state = (unsigned int)c->arg[0].u64;
	power.suspended = vprim_vec_u64_or(&c->arg[1], 0);
	power.has_memory_bit = c->arg[2].present;
	power.memory_bit = c->arg[2].u64;
	vprim_vec_out_dec(c, "on", vprim_dmabuf_memory_is_on(&power));
	return 0;
}

static int plan(struct vprim_vec_call *c)
{
	struct vprim_dmabuf_plan p;
	unsigned int i;
	int ret;

	for (i = 0; i < VPRIM_DMABUF_TRIGGERS; i++)
		if (vprim_vec_is(c->arg[0].str, vprim_dmabuf_trigger_name(
					(enum vprim_dmabuf_trigger)i)))
			break;
	if (i == VPRIM_DMABUF_TRIGGERS)
		return vprim_vec_script_error(c, "the name of a trigger");
	ret = vprim_dmabuf_plan((enum vprim_dmabuf_trigger)i, &p);
	if (ret)
		return ret;
	vprim_vec_out_word(c, "before", p.cleanup_before ? "cleanup" :
					p.revoke_before ? "revoke" : "none");
	vprim_vec_out_word(c, "after", p.unrevoke_after ? "unrevoke" : "none");
	vprim_vec_out_word(c, "devices", p.whole_set ? "set" : "one");
	return 0;
}

static const struct vprim_vec_verb verbs[] = {
	{ "rule", "machine:word state:word event:word if=word?", rule },
	{ "slice", "start:u64 length:u64 size:u64", slice },
	{ "create", "region=u64 ranges=word bar=range flags=u64? exports=bit? "
		    "p2p=bit? going=bit? page=u64?", create },
	{ "map_file", "start=u64 length=u64 size=u64? fd=word? attach=word? "
		      "physical=bit? revoked=bit? iova=u64? alignment=u64? "
		      "reserved=bit? taken=bit? page=u64?", map_file },
	{ "access", "what:word write=bit? writable=bit?", access_ },
	{ "memory", "d=u64 suspended=bit? bit=bit?", memory },
	{ "plan", "trigger:word", plan },
	{ NULL, NULL, NULL },
};

/* -- kind revoke: one buffer and its importers -- */

struct importer {
	struct vprim_dmabuf_attach attach;
	struct importer *next;	/* by id */
	uint64_t id;
};

struct revoke {
	struct vprim_dmabuf_device device;
	struct vprim_dmabuf buf;
	struct importer *importers;
	struct vprim_range *ranges;
	size_t nr_ranges;
	const struct vprim_alloc_ops *ops;
	void *ctx;
};

/* Where the importer is, or would be. */
static struct importer **place(struct revoke *r, uint64_t id)
{
	struct importer **link = &r->importers;

	while (*link && (*link)->id < id)
		link = &(*link)->next;
	return link;
}

static struct importer *find(struct revoke *r, uint64_t id)
{
	struct importer *m = *place(r, id);

	return m && m->id == id ? m : NULL;
}

static int copy_ranges(struct vprim_vec_call *c, struct revoke *r)
{
	const struct vprim_range usual = { 0xfe000000, 0xfe003fff };
	struct vprim_range *given = NULL;
	size_t n = 1;
	int ret = 0;

	if (c->arg[0].present)
		ret = vprim_vec_ranges(c, 0, &given, &n);
	if (ret)
		return ret;
	if (!n)
		return -EINVAL;
	r->ranges = r->ops->alloc(r->ctx, n * sizeof(*r->ranges));
	if (!r->ranges)
		return vprim_vec_script_error(c, "more memory");
	r->nr_ranges = n;
	memcpy(r->ranges, given ? given : &usual, n * sizeof(*r->ranges));
	return 0;
}

static void free_ranges(struct revoke *r)
{
	r->ops->free(r->ctx, r->ranges, r->nr_ranges * sizeof(*r->ranges));
}

static int revoke_init(struct vprim_vec_call *c)
{
	struct revoke *r = c->obj;
	struct vprim_dmabuf_layout layout;
	int ret;

	r->ops = vprim_vec_alloc(c, &r->ctx);
	ret = vprim_dmabuf_device_init(&r->device, sizeof(r->device), NULL);
	if (!ret)
		ret = copy_ranges(c, r);
	if (ret)
		return ret;
	layout.ranges = r->ranges;
	layout.nr_ranges = r->nr_ranges;
	layout.physical = vprim_vec_u64_or(&c->arg[2], 1);
	r->device.open = true;
	r->device.memory_on = vprim_vec_u64_or(&c->arg[1], 1);
	ret = vprim_dmabuf_init(&r->buf, sizeof(r->buf), &r->device, &layout);
	if (ret)
		free_ranges(r);
	return ret;
}

static void revoke_fini(void *obj)
{
	struct revoke *r = obj;
	struct importer *m;

	while ((m = r->importers)) {
		r->importers = m->next;
		r->ops->free(r->ctx, m, sizeof(*m));
	}
	free_ranges(r);
}

static uint32_t flags_of(const struct vprim_vec_call *c)
{
	uint32_t flags = 0;

	if (vprim_vec_u64_or(&c->arg[1], 1))
		flags |= VPRIM_DMABUF_ATTACH_REVOCABLE;
	if (vprim_vec_u64_or(&c->arg[2], 1))
		flags |= VPRIM_DMABUF_ATTACH_DEVICE;
	if (vprim_vec_u64_or(&c->arg[3], 1))
		flags |= VPRIM_DMABUF_ATTACH_PEER2PEER;
	if (vprim_vec_u64_or(&c->arg[4], 0))
		flags |= VPRIM_DMABUF_ATTACH_COUNTED;
	return flags;
}

/* The machine's refusal comes before "this id is taken", which is the script's. */
static int revoke_attach(struct vprim_vec_call *c)
{
	struct revoke *r = c->obj;
	struct importer **link = place(r, c->arg[0].u64);
	struct importer *m = r->ops->alloc(r->ctx, sizeof(*m));
	int ret;

	if (!m)
		return vprim_vec_script_error(c, "more memory");
	ret = vprim_dmabuf_attach(&r->buf, &m->attach, flags_of(c));
	if (!ret && find(r, c->arg[0].u64)) {
		ret = vprim_dmabuf_detach(&m->attach);
		ret = ret ? ret : -EEXIST;
	}
	if (ret) {
		r->ops->free(r->ctx, m, sizeof(*m));
		return ret;
	}
	m->id = c->arg[0].u64;
	m->next = *link;
	*link = m;
	return 0;
}

/* What an event of an importer that is not there answers. */
static int nobody(const struct revoke *r)
{
	return vprim_dmabuf_state(&r->buf) == VPRIM_DMABUF_EXPORTER_FREED ?
		       -EINVAL : -ENOENT;
}

static int revoke_detach(struct vprim_vec_call *c)
{
	struct revoke *r = c->obj;
	struct importer **link = place(r, c->arg[0].u64);
	struct importer *m = find(r, c->arg[0].u64);
	int ret = m ? vprim_dmabuf_detach(&m->attach) : nobody(r);

	if (ret)
		return ret;
	*link = m->next;
	r->ops->free(r->ctx, m, sizeof(*m));
	return 0;
}

/* No importer: the table answers for the buffer. */
static int map_nobody(const struct revoke *r)
{
	switch (vprim_dmabuf_state(&r->buf)) {
	case VPRIM_DMABUF_EXPORTER_REVOKED:
	case VPRIM_DMABUF_EXPORTER_DEAD:
		return -ENODEV;
	default:
		return nobody(r);
	}
}

static int revoke_map(struct vprim_vec_call *c)
{
	struct revoke *r = c->obj;
	struct importer *m = find(r, c->arg[0].u64);
	struct vprim_range phys;
	size_t i;
	int ret;

	if (!m)
		return map_nobody(r);
	if (!vprim_vec_u64_or(&c->arg[1], 0)) {
		ret = vprim_dmabuf_phys_map(&m->attach, &phys);
		if (!ret)
			vprim_vec_out_range(c, "phys", &phys);
		return ret;
	}
	ret = vprim_dmabuf_map(&m->attach);
	if (ret)
		return ret;
	vprim_vec_list_begin(c, "phys");
	for (i = 0; i < r->nr_ranges; i++)
		vprim_vec_list_range(c, NULL, &r->ranges[i]);
	vprim_vec_list_end(c);
	return 0;
}

static int of_importer(struct vprim_vec_call *c,
		       int (*fn)(struct vprim_dmabuf_attach *attach))
{
	struct revoke *r = c->obj;
	struct importer *m = find(r, c->arg[0].u64);

	return m ? fn(&m->attach) : nobody(r);
}

static int revoke_unmap(struct vprim_vec_call *c)
{
	return of_importer(c, vprim_dmabuf_unmap);
}

static int revoke_pin(struct vprim_vec_call *c)
{
	return of_importer(c, vprim_dmabuf_pin);
}

static int revoke_unpin(struct vprim_vec_call *c)
{
	return of_importer(c, vprim_dmabuf_unpin);
}

static int revoke_ack(struct vprim_vec_call *c)
{
	return of_importer(c, vprim_dmabuf_acknowledge);
}

/* The importers that are due, or that have mappings, in the order of their ids. */
static void put_importers(struct vprim_vec_call *c, const char *key, bool due)
{
	const struct revoke *r = c->obj;
	const struct importer *m;

	vprim_vec_list_begin(c, key);
	for (m = r->importers; m; m = m->next)
		if (due ? m->attach.due :
			  vprim_dmabuf_attach_mappings(&m->attach) > 0)
			vprim_vec_list_dec(c, m->id);
	vprim_vec_list_end(c);
}

/* Call everybody who is due; say whose mappings went by that. */
static int notify(struct vprim_vec_call *c)
{
	struct revoke *r = c->obj;
	struct importer *m;
	int ret = 0;

	vprim_vec_list_begin(c, "unmapped");
	for (m = r->importers; !ret && m; m = m->next) {
		bool mapped = vprim_dmabuf_attach_mappings(&m->attach);

		if (!m->attach.due)
			continue;
		ret = vprim_dmabuf_acknowledge(&m->attach);
		if (mapped && !vprim_dmabuf_attach_mappings(&m->attach))
			vprim_vec_list_dec(c, m->id);
	}
	vprim_vec_list_end(c);
	return ret;
}

static int complete(struct vprim_vec_call *c)
{
	struct revoke *r = c->obj;
	int ret = vprim_dmabuf_complete(&r->buf, NULL);

	if (ret == -EBUSY)
		put_importers(c, "pending", false);
	return ret;
}

/* Both phases at once, as a caller sees them whose importers answer at once. */
static int whole(struct vprim_vec_call *c, int ret)
{
	if (!ret)
		ret = notify(c);
	return ret ? ret : complete(c);
}

static int revoke_revoke(struct vprim_vec_call *c)
{
	struct revoke *r = c->obj;

	return whole(c, vprim_dmabuf_revoke(&r->buf, NULL));
}

static int revoke_cleanup(struct vprim_vec_call *c)
{
	struct revoke *r = c->obj;
	int ret = whole(c, vprim_dmabuf_cleanup(&r->buf, NULL));

	r->device.open = false;
	return ret;
}

static int revoke_begin(struct vprim_vec_call *c)
{
	struct revoke *r = c->obj;
	int ret = vprim_vec_u64_or(&c->arg[0], 0) ?
			  vprim_dmabuf_cleanup(&r->buf, NULL) :
			  vprim_dmabuf_revoke(&r->buf, NULL);

	if (!ret)
		put_importers(c, "notify", true);
	return ret;
}

static int revoke_allowed(struct vprim_vec_call *c)
{
	const struct revoke *r = c->obj;

	vprim_vec_out_dec(c, "allowed", vprim_dmabuf_may_act(&r->buf));
	return 0;
}

static int revoke_restore(struct vprim_vec_call *c)
{
	struct revoke *r = c->obj;

	r->device.memory_on = vprim_vec_u64_or(&c->arg[0], 1);
	return vprim_dmabuf_unrevoke(&r->buf, NULL);
}

static int revoke_release(struct vprim_vec_call *c)
{
	struct revoke *r = c->obj;

	return vprim_dmabuf_release(&r->buf, NULL);
}

static int revoke_state(struct vprim_vec_call *c)
{
	const struct revoke *r = c->obj;
	const struct importer *m;

	vprim_vec_out_word(c, "state",
		vprim_dmabuf_state_name(VPRIM_DMABUF_EXPORTER,
					vprim_dmabuf_state(&r->buf)));
	put_importers(c, "mapped", false);
	vprim_vec_list_begin(c, "attached");
	for (m = r->importers; m; m = m->next)
		vprim_vec_list_dec(c, m->id);
	vprim_vec_list_end(c);
	put_importers(c, "due", true);
	vprim_vec_out_dec(c, "allowed", vprim_dmabuf_may_act(&r->buf));
	vprim_vec_out_dec(c, "registrations",
			  vprim_dmabuf_device_registrations(&r->device));
	return 0;
}

static const struct vprim_vec_verb revoke_verbs[] = {
	{ "attach", "id=u64 revocable=bit? device=bit? peer2peer=bit? "
		    "counted=bit?", revoke_attach },
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
	{ "restore", "memory=bit?", revoke_restore },
	{ "release", "", revoke_release },
	{ "state", "", revoke_state },
	{ NULL, NULL, NULL },
};

static const struct vprim_vec_kind kinds[] = {
	{ "revoke", "phys=list? memory=bit? physical=bit?",
	  sizeof(struct revoke), revoke_init, revoke_fini, revoke_verbs },
	{ NULL, NULL, 0, NULL, NULL, NULL },
};

const struct vprim_vec_room vprim_vec_room_dmabuf = {
	.name = "dmabuf", .verbs = verbs, .kinds = kinds,
};
