// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * The vector verbs of dmabuf.h, continued: whole scenarios.
 *
 * Kind dmabuf: one buffer, and an IOAS that maps it. Areas share pages, every
 * area meets every domain, and the number of IOMMU operations is told. Kind
 * reset_set: several devices that are reset together.
 */
#include "vec_internal.h"
#include <virtprim/dmabuf.h>

#define EXPORTER "state=NONE|LIVE|REVOKED|DEAD|FREED"

#define AREAS 16u
#define DOMAINS 8u
#define PAGE 0x1000u
#define ATTACH (VPRIM_DMABUF_ATTACH_DEVICE | VPRIM_DMABUF_ATTACH_PEER2PEER | \
		VPRIM_DMABUF_ATTACH_REVOCABLE)

/* -- kind dmabuf -- */

struct source {
	struct vprim_dmabuf_attachment attach;
	struct vprim_dmabuf_pages pages;
	unsigned int areas;	/* that use it; 0: free */
};

struct area {
	struct source *source;	/* NULL: free */
	struct vprim_range iova;
	uint64_t offset;	/* of the area in the pages */
	struct vprim_dmabuf_pair pairs[DOMAINS];
};

struct scene {
	struct vprim_dmabuf_device device;
	struct vprim_dmabuf buf;
	struct vprim_range phys[2];
	uint64_t files;		/* references to the buffer's file */
	bool fd_open;
	bool has_domain[DOMAINS];
	struct source sources[AREAS];
	struct area areas[AREAS];
	uint64_t maps, unmaps;	/* IOMMU operations, ever */
};

static int scene_init(struct vprim_vec_call *c)
{
	struct scene *s = c->obj;
	const struct vprim_dmabuf_layout layout = {
		s->phys, IS("two_ranges") ? 2 : 1, IS("physical"), false };
	int ret = vprim_range_from_size(0xfe000000, U64("size"), &s->phys[0]);

	if (!ret)
		ret = vprim_dmabuf_device_init(&s->device, sizeof(s->device),
					       NULL);
	if (ret)
		return ret;
	s->phys[1].start = 0xff000000;
	s->phys[1].last = 0xff000fff;
	s->device.open = true;
	s->device.memory_on = IS("memory");
	s->files = 1;
	s->fd_open = true;
	return vprim_dmabuf_init(&s->buf, sizeof(s->buf), &s->device, &layout,
				 &c->why);
}

/* One reference to the file less; the last frees the buffer. */
static int put_file(struct scene *s)
{
	return --s->files ? 0 : vprim_dmabuf_release(&s->buf, NULL);
}

/* -- the operations: one thread, and domains that count -- */

static void no_lock(void *ctx, enum vprim_dmabuf_lock lock, void *object)
{
	(void)ctx;
	(void)lock;
	(void)object;
}

static void no_wake(void *ctx, struct vprim_dmabuf *buf)
{
	(void)ctx;
	(void)buf;
}

/* @ctx is the answer of the detach: the sequence has none for it. */
static void detach(void *ctx, struct vprim_dmabuf_attachment *attach)
{
	*(int *)ctx = vprim_dmabuf_detach(attach, NULL);
}

static const struct vprim_dmabuf_ops importer_ops = {
	no_lock, no_lock, NULL, NULL, no_wake, detach, NULL,
};

static int domain_map(void *scene, uint64_t iova, const struct vprim_range *phys)
{
	(void)iova;
	(void)phys;
	((struct scene *)scene)->maps++;
	return 0;
}

static void domain_unmap(void *scene, uint64_t iova, const struct vprim_range *phys)
{
	(void)iova;
	(void)phys;
	((struct scene *)scene)->unmaps++;
}

static const struct vprim_dmabuf_domain_ops domain_ops = { domain_map, domain_unmap };

static int release_source(struct scene *s, struct source *src)
{
	int detached = 0;
	int ret = vprim_dmabuf_pages_release(&src->pages, &importer_ops, &detached,
					     NULL);

	if (!ret)
		ret = detached;
	return ret ? ret : put_file(s);
}

static int open_source(struct scene *s, struct source *src, uint64_t start,
		       uint64_t length, struct vprim_reason *why)
{
	int ret = vprim_dmabuf_pages_init(&src->pages, sizeof(src->pages), NULL);

	if (!ret)
		ret = vprim_dmabuf_check_slice(start, length,
					       s->buf.size_bytes, why);
	if (!ret)
		ret = vprim_dmabuf_attach(&s->buf, &src->attach, ATTACH, why);
	if (ret)
		return ret;
	ret = vprim_dmabuf_pages_map_file(&src->pages, &src->attach, start,
					  length, why);
	if (ret) {
		int undone = vprim_dmabuf_detach(&src->attach, NULL);

		return undone ? undone : ret;
	}
	s->files++;
	return 0;
}

static void unfill(struct area *a, unsigned int domain)
{
	vprim_dmabuf_pages_unfill(&a->source->pages, &a->pairs[domain],
				  &importer_ops, NULL);
}

static int fill(struct scene *s, struct area *a, unsigned int domain)
{
	uint64_t length = a->iova.last - a->iova.start + 1;

	a->pairs[domain].ops = &domain_ops;
	a->pairs[domain].domain = s;
	a->pairs[domain].iova = a->iova.start;
	return vprim_dmabuf_pages_fill(&a->source->pages, &a->pairs[domain],
				       a->offset, length, &importer_ops, NULL,
				       NULL);
}

static struct area *area_of(struct vprim_vec_call *c, const char *name)
{
	return U64(name) < AREAS ? &OBJ(scene)->areas[U64(name)] : NULL;
}

static bool is_taken(const struct scene *s, const struct vprim_range *range)
{
	unsigned int i;

	for (i = 0; i < AREAS; i++)
		if (s->areas[i].source &&
		    vprim_range_overlaps(&s->areas[i].iova, range))
			return true;
	return false;
}

/* The first page behind all areas. */
static uint64_t behind_all(const struct scene *s)
{
	uint64_t start = 16 * PAGE;
	unsigned int i;

	for (i = 0; i < AREAS; i++)
		if (s->areas[i].source && s->areas[i].iova.last >= start)
			start = (s->areas[i].iova.last | (PAGE - 1)) + 1;
	return start;
}

/* The IOVAs of a new area: those given, or behind all others. */
static int place(struct vprim_vec_call *c, uint64_t length, struct vprim_range *iova)
{
	int ret = vprim_range_from_size(U64_OR("iova", behind_all(OBJ(scene))), length, iova);

	if (!ret && is_taken(OBJ(scene), iova))
		ret = -EEXIST;
	return ret;
}

static int fill_domains(struct scene *s, struct area *a)
{
	unsigned int d;
	int ret = 0;

	for (d = 0; !ret && d < DOMAINS; d++)
		if (s->has_domain[d])
			ret = fill(s, a, d);
	return ret;
}

static int put_area(struct vprim_vec_call *c, const struct area *a)
{
	return OUT("iova=r state=NONE|LIVE|REVOKED|RELEASED", a->iova.start, a->iova.last,
		   a->source->pages.state);
}

/* Make the area and fill it into every domain. */
static int add_area(struct vprim_vec_call *c, struct area *a,
		    struct source *src, uint64_t offset,
		    const struct vprim_range *iova)
{
	uint64_t before = OBJ(scene)->maps;
	int ret;

	a->source = src;
	a->iova = *iova;
	a->offset = offset;
	src->areas++;
	ret = fill_domains(OBJ(scene), a);
	if (ret)
		return ret;
	put_area(c, a);
	return OUT("maps=u", OBJ(scene)->maps - before);
}

static struct area *free_area(struct vprim_vec_call *c)
{
	struct area *a = area_of(c, "area");

	if (a && !a->source)
		return a;
	vprim_vec_script_error(c, "a free area, 0 to 15");
	return NULL;
}

/*
 * As the kernel does it: the pages first, with attach and all, then the IOVA. What
 * fails there undoes the pages.
 */
static int scene_map_file(struct vprim_vec_call *c)
{
	struct scene *s = c->obj;
	struct area *a = free_area(c);
	uint64_t length = U64_OR("length", s->buf.size_bytes);
	struct source *src = s->sources;
	struct vprim_range iova;
	int ret;

	if (!a)
		return VPRIM_VEC_SCRIPT;
	if (!s->fd_open)
		return -EBADF;
	while (src->areas)
		src++;
	ret = open_source(s, src, U64("start"), length, &c->why);
	if (ret)
		return ret;
	ret = place(c, length, &iova);
	if (ret) {
		int undone = release_source(s, src);

		return undone ? undone : ret;
	}
	return add_area(c, a, src, 0, &iova);
}

static int scene_copy(struct vprim_vec_call *c)
{
	struct area *a = free_area(c), *from = area_of(c, "from");
	struct vprim_range iova;
	int ret;

	if (!a)
		return VPRIM_VEC_SCRIPT;
	if (!from || !from->source)
		return -ENOENT;
	ret = place(c, from->iova.last - from->iova.start + 1, &iova);
	return ret ? ret : add_area(c, a, from->source, from->offset, &iova);
}

/* IOAS_UNMAP of a whole area. The length comes from the area alone. */
static int scene_unmap(struct vprim_vec_call *c)
{
	struct area *a = area_of(c, "area");
	uint64_t before = OBJ(scene)->unmaps;
	struct source *src;
	unsigned int d;
	int ret = 0;

	if (!a || !a->source)
		return -ENOENT;
	for (d = 0; d < DOMAINS; d++)
		unfill(a, d);
	src = a->source;
	a->source = NULL;
	if (!--src->areas)
		ret = release_source(OBJ(scene), src);
	return ret ? ret : OUT("size=u unmaps=u", a->iova.last - a->iova.start + 1,
			       OBJ(scene)->unmaps - before);
}

static int scene_domain(struct vprim_vec_call *c)
{
	struct scene *s = c->obj;
	uint64_t d = U64("id"), before = s->maps;
	unsigned int i;
	int ret = 0;

	if (d >= DOMAINS || s->has_domain[d])
		return vprim_vec_script_error(c, "a new domain, 0 to 7");
	s->has_domain[d] = true;
	for (i = 0; !ret && i < AREAS; i++)
		if (s->areas[i].source)
			ret = fill(s, &s->areas[i], (unsigned int)d);
	OUT("maps=u", s->maps - before);
	return ret;
}

static int scene_undomain(struct vprim_vec_call *c)
{
	struct scene *s = c->obj;
	uint64_t d = U64("id"), before = s->unmaps;
	unsigned int i;

	if (d >= DOMAINS || !s->has_domain[d])
		return -ENOENT;
	s->has_domain[d] = false;
	for (i = 0; i < AREAS; i++)
		if (s->areas[i].source)
			unfill(&s->areas[i], (unsigned int)d);
	return OUT("unmaps=u", s->unmaps - before);
}

/* What the importer's callback does; every pages object has an attachment of its own. */
static int call_importer(struct scene *s, struct vprim_dmabuf_attachment *attach)
{
	struct source *src = s->sources;
	int ret;

	while (&src->attach != attach)
		src++;
	ret = vprim_dmabuf_pages_notify(&src->pages, &importer_ops, NULL);
	return ret ? ret : vprim_dmabuf_acknowledge(attach);
}

/* Both phases; every importer answers at once. */
static int withdraw(struct vprim_vec_call *c, enum vprim_dmabuf_event event)
{
	struct scene *s = c->obj;
	struct vprim_dmabuf_attachment *a;
	uint64_t before = s->unmaps, notified = 0;
	int ret = vprim_dmabuf_step(&s->buf, event, &c->why);

	for (a = s->buf.attachments; !ret && a; a = a->next) {
		if (!a->due)
			continue;
		ret = call_importer(s, a);
		notified++;
	}
	if (!ret)
		ret = vprim_dmabuf_step(&s->buf, VPRIM_DMABUF_ON_COMPLETE, &c->why);
	return ret ? ret : OUT("notified=u unmaps=u", notified, s->unmaps - before);
}

VERB(scene_revoke, withdraw(c, VPRIM_DMABUF_ON_REVOKE))

static int scene_cleanup(struct vprim_vec_call *c)
{
	struct scene *s = c->obj;
	int ret = withdraw(c, VPRIM_DMABUF_ON_CLEANUP);

	s->device.open = false;
	OUT("registrations=u", s->device.registrations);
	return ret;
}

VERB(scene_unrevoke, vprim_dmabuf_step(&OBJ(scene)->buf, VPRIM_DMABUF_ON_UNREVOKE,
				       &c->why))

/* The command register's bit: revoke before it falls, un-revoke after it rises. */
static int scene_memory(struct vprim_vec_call *c)
{
	int ret;

	if (IS("on")) {
		OBJ(scene)->device.memory_on = true;
		return vprim_dmabuf_step(&OBJ(scene)->buf, VPRIM_DMABUF_ON_UNREVOKE,
					 &c->why);
	}
	ret = scene_revoke(c);
	if (!ret)
		OBJ(scene)->device.memory_on = false;
	return ret;
}

static int scene_close(struct vprim_vec_call *c)
{
	if (!OBJ(scene)->fd_open)
		return -EBADF;
	OBJ(scene)->fd_open = false;
	return put_file(OBJ(scene));
}

/* Pairs in a state, written AREA:DOMAIN. */
static void put_pairs(struct vprim_vec_call *c, const char *key,
		      enum vprim_dmabuf_pair_state state)
{
	const struct scene *s = c->obj;
	unsigned int i, d;

	vprim_vec_list_begin(c, key);
	for (i = 0; i < AREAS; i++)
		for (d = 0; d < DOMAINS; d++)
			if (s->areas[i].pairs[d].state == state)
				vprim_vec_list_pair(c, i, ":", d, 10);
	vprim_vec_list_end(c);
}

static int scene_state(struct vprim_vec_call *c)
{
	const struct scene *s = c->obj;

	OUT(EXPORTER, s->buf.state);
	put_pairs(c, "mapped", VPRIM_DMABUF_PAIR_MAPPED);
	put_pairs(c, "unmapped", VPRIM_DMABUF_PAIR_UNMAPPED);
	return OUT("maps=u unmaps=u files=u registrations=u allowed=u", s->maps,
		   s->unmaps, s->files,
		   s->device.registrations,
		   vprim_dmabuf_device_may_act(&s->device));
}

static int scene_area(struct vprim_vec_call *c)
{
	const struct area *a = area_of(c, "area");

	return a && a->source ? put_area(c, a) : -ENOENT;
}

static const struct vprim_vec_verb scene_verbs[] = {
	{ "map_file", "area=u64 start=u64? length=u64? iova=u64?", scene_map_file },
	{ "copy", "area=u64 from=u64 iova=u64?", scene_copy },
	{ "unmap", "area=u64", scene_unmap },
	{ "domain", "id=u64", scene_domain },
	{ "undomain", "id=u64", scene_undomain },
	{ "revoke", "", scene_revoke },
	{ "unrevoke", "", scene_unrevoke },
	{ "memory", "on=bit", scene_memory },
	{ "cleanup", "", scene_cleanup },
	{ "close", "", scene_close },
	{ "area", "area=u64", scene_area },
	{ "state", "", scene_state },
};

/* -- kind reset_set -- */

#define DEVICES 8u
#define BUFFERS 16u

struct lent {
	struct vprim_dmabuf buf;
	struct vprim_dmabuf_attachment attach;
};

struct set {
	struct vprim_dmabuf_device devices[DEVICES];
	struct vprim_dmabuf_device *list[DEVICES];
	size_t nr_devices;
	struct lent lent[BUFFERS];
	size_t nr_lent;
	bool acted;		/* all were quiet: the hardware's part is done */
};

static int set_device(struct vprim_vec_call *c)
{
	struct set *s = c->obj;
	struct vprim_dmabuf_device *device;
	int ret;

	if (s->nr_devices == DEVICES)
		return vprim_vec_script_error(c, "at most 8 devices");
	device = &s->devices[s->nr_devices];
	ret = vprim_dmabuf_device_init(device, sizeof(*device), NULL);
	if (ret)
		return ret;
	device->open = IS("open");
	device->memory_on = IS("memory");
	s->list[s->nr_devices++] = device;
	return OUT("device=u", s->nr_devices - 1);
}

/* What the verb names, or NULL with a script error. */
static struct vprim_dmabuf_device *device_of(struct vprim_vec_call *c)
{
	if (U64("device") < OBJ(set)->nr_devices)
		return OBJ(set)->list[U64("device")];
	vprim_vec_script_error(c, "a device of the set");
	return NULL;
}

static struct lent *lent_of(struct vprim_vec_call *c)
{
	if (U64("buffer") < OBJ(set)->nr_lent)
		return &OBJ(set)->lent[U64("buffer")];
	vprim_vec_script_error(c, "a buffer of the set");
	return NULL;
}

static int put_state(struct vprim_vec_call *c, const struct lent *l)
{
	return OUT(EXPORTER " mapped=u", l->buf.state,
		   l->attach.mappings);
}

/* A buffer of one page, with one importer that maps it if it can. */
static int set_buffer(struct vprim_vec_call *c)
{
	static const struct vprim_range page = { 0xfe000000, 0xfe000fff };
	const struct vprim_dmabuf_layout layout = { &page, 1, true, false };
	struct vprim_dmabuf_device *device = device_of(c);
	struct lent *l = &OBJ(set)->lent[OBJ(set)->nr_lent];
	struct vprim_range phys;
	int ret;

	if (!device)
		return VPRIM_VEC_SCRIPT;
	if (OBJ(set)->nr_lent == BUFFERS)
		return vprim_vec_script_error(c, "at most 16 buffers");
	ret = vprim_dmabuf_init(&l->buf, sizeof(l->buf), device, &layout, &c->why);
	if (!ret && !OUT("buffer=u", OBJ(set)->nr_lent))
		OBJ(set)->nr_lent++;
	if (!ret && l->buf.state == VPRIM_DMABUF_EXPORTER_LIVE)
		ret = vprim_dmabuf_attach(&l->buf, &l->attach, ATTACH, &c->why);
	if (!ret && l->attach.buf)
		ret = vprim_dmabuf_map(&l->attach, &phys, &c->why);
	return ret ? ret : put_state(c, l);
}

/* What is on the device's switch, for a device that closes or sleeps. */
static int set_switch(struct vprim_vec_call *c)
{
	struct vprim_dmabuf_device *device = device_of(c);

	if (!device)
		return VPRIM_VEC_SCRIPT;
	device->open = BIT_OR("open", device->open);
	device->memory_on = BIT_OR("memory", device->memory_on);
	return 0;
}

static int set_begin(struct vprim_vec_call *c)
{
	OBJ(set)->acted = false;
	return OBJ(set)->nr_devices ? 0 : -EINVAL;
}

/* A buffer's number; the number of buffers for none of them. */
static size_t number(const struct set *s, const struct vprim_dmabuf *buf)
{
	size_t i = 0;

	while (i < s->nr_lent && &s->lent[i].buf != buf)
		i++;
	return i;
}

static bool is_live(const struct vprim_dmabuf *buf)
{
	return buf->state == VPRIM_DMABUF_EXPORTER_LIVE;
}

/* The next that somebody may still reach. */
static int set_next(struct vprim_vec_call *c)
{
	const struct vprim_dmabuf *buf = NULL;
	size_t i;

	for (i = 0; i < OBJ(set)->nr_devices && !buf; i++) {
		buf = OBJ(set)->list[i]->buffers;
		while (buf && !is_live(buf) && !buf->draining)
			buf = buf->next;
	}
	return buf ? OUT("buffer=u", number(OBJ(set), buf)) :
		     vprim_vec_out_word(c, "buffer", NULL);
}

static int set_revoke(struct vprim_vec_call *c)
{
	struct lent *l = lent_of(c);
	int ret;

	if (!l)
		return VPRIM_VEC_SCRIPT;
	ret = vprim_dmabuf_step(&l->buf, VPRIM_DMABUF_ON_REVOKE, &c->why);
	if (!ret && l->attach.due)
		ret = vprim_dmabuf_acknowledge(&l->attach);
	return ret ? ret : vprim_dmabuf_step(&l->buf, VPRIM_DMABUF_ON_COMPLETE,
					     &c->why);
}

static int set_act(struct vprim_vec_call *c)
{
	size_t i;

	for (i = 0; i < OBJ(set)->nr_devices; i++)
		if (!vprim_dmabuf_device_may_act(OBJ(set)->list[i]))
			return -EBUSY;
	OBJ(set)->acted = true;
	return 0;
}

static int set_restore(struct vprim_vec_call *c)
{
	size_t i, devices = OBJ(set)->acted ? OBJ(set)->nr_devices : 0;
	struct vprim_dmabuf *buf;
	int ret = 0;

	vprim_vec_list_begin(c, "restored");
	for (i = 0; i < devices; i++)
		for (buf = OBJ(set)->list[i]->buffers; buf && !ret; buf = buf->next) {
			bool was = is_live(buf);

			ret = vprim_dmabuf_step(buf, VPRIM_DMABUF_ON_UNREVOKE,
						&c->why);
			if (!was && is_live(buf))
				vprim_vec_list_dec(c, number(OBJ(set), buf));
		}
	vprim_vec_list_end(c);
	return ret;
}

/* -- the whole sequence, with each operation as a word -- */

/* "+memory0", "notify12": what, and of which. */
static void put_step(struct vprim_vec_call *c, const char *what, size_t which)
{
	vprim_vec_list_word(c, "");
	vprim_vec_list_more_(c, what, which, 10);
}

static void put_lock(struct vprim_vec_call *c, enum vprim_dmabuf_lock lock,
		     const char *memory, const char *resv, const void *object)
{
	size_t i = 0;

	if (lock == VPRIM_DMABUF_LOCK_RESV) {
		put_step(c, resv, number(OBJ(set), object));
		return;
	}
	while (OBJ(set)->list[i] != object)
		i++;
	put_step(c, memory, i);
}

static void run_lock(void *c, enum vprim_dmabuf_lock lock, void *object)
{
	put_lock(c, lock, "+memory", "+resv", object);
}

static void run_unlock(void *c, enum vprim_dmabuf_lock lock, void *object)
{
	put_lock(c, lock, "-memory", "-resv", object);
}

static void run_notify(void *ctx, struct vprim_dmabuf *buf)
{
	struct vprim_vec_call *c = ctx;

	put_step(c, "notify", number(OBJ(set), buf));
}

/* The importers of a set are done when their callback is: nobody is waited for. */
static void run_wait(void *ctx, struct vprim_dmabuf *buf)
{
	struct vprim_vec_call *c = ctx;

	put_step(c, "wait", number(OBJ(set), buf));
}

static void run_hardware(void *c)
{
	vprim_vec_list_word(c, "hardware");
}

static int set_run(struct vprim_vec_call *c)
{
	static const struct vprim_dmabuf_ops ops = {
		run_lock, run_unlock, run_notify, run_wait, NULL, NULL,
		run_hardware,
	};
	int ret;

	vprim_vec_list_begin(c, "steps");
	ret = vprim_dmabuf_run(OBJ(set)->list, OBJ(set)->nr_devices,
			       CHOICE("trigger"), &ops, c, &c->why);
	vprim_vec_list_end(c);
	return ret;
}

static int set_state(struct vprim_vec_call *c)
{
	const struct lent *l = lent_of(c);

	return l ? put_state(c, l) : VPRIM_VEC_SCRIPT;
}

static int set_may_act(struct vprim_vec_call *c)
{
	const struct vprim_dmabuf_device *device = device_of(c);

	if (!device)
		return VPRIM_VEC_SCRIPT;
	return OUT("allowed=u", vprim_dmabuf_device_may_act(device));
}

#define TRIGGERS "memory_off|memory_on|power_down|power_up|flr|reset|hot_reset|" \
		 "sleep|wake|close|unbind|unplug|surprise"

static const struct vprim_vec_verb set_verbs[] = {
	{ "device", "open=bit?1 memory=bit?1", set_device },
	{ "buffer", "device=u64", set_buffer },
	{ "switch", "device=u64 open=bit? memory=bit?", set_switch },
	{ "begin", "", set_begin },
	{ "next", "", set_next },
	{ "revoke", "buffer=u64", set_revoke },
	{ "act", "", set_act },
	{ "restore", "", set_restore },
	{ "run", "trigger:" TRIGGERS, set_run },
	{ "state", "buffer=u64", set_state },
	{ "may_act", "device=u64", set_may_act },
};

static const struct vprim_vec_kind kinds[] = {
	{ "dmabuf", "size=u64?0x4000 memory=bit?1 two_ranges=bit? physical=bit?1", sizeof(struct scene), scene_init, NULL, VERBS(scene_verbs) },
	{ "reset_set", "", sizeof(struct set), NULL, NULL, VERBS(set_verbs) },
};

VEC_MODULE(vprim_vec_module_dmabuf_ioas, "dmabuf_ioas", KINDS(kinds));
