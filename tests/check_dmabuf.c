// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * dmabuf.h: the contract of each call; the table against the calls and against
 * the model; every state that small worlds can reach; a long random walk beside
 * a naive account of it.
 */
#include "adversary_dmabuf.h"
#include "testlib.h"
#include "world_dmabuf.h"

static struct vprim_reason why;

#define REFUSED(call, code, rule) \
	do { \
		ck_assert_int_eq(call, code); \
		ck_assert_uint_eq(vprim_reason_id(&why), VPRIM_DMABUF_RULE_##rule); \
	} while (0)

/* An old refusal is gone when the next call succeeds. */
#define PASSED(call) \
	do { \
		vprim_reason_inverted_(&why, &(struct vprim_range){ 1, 0 }); \
		ck_assert_int_eq(call, 0); \
		ck_assert_ptr_null(why.rule); \
	} while (0)

#define M UINT64_MAX
/* A state of a machine; machines have the numbers of their states' names. */
static const char *state_name(unsigned int machine, unsigned int state)
{
	return vprim_dmabuf_name((enum vprim_dmabuf_names)machine, state);
}

static const struct vprim_range two_ranges[2] = { { 0x10000, 0x10fff },
						  { 0x20000, 0x20fff } };

/* -- the contract of each call -- */

START_TEST(wrong_values_and_states_are_refused)
{
	struct vprim_dmabuf_device d = make_device(true);
	struct vprim_dmabuf_layout layout = { &bar, 1, true, false }, bad = { &bar, 0, true, false };
	struct vprim_dmabuf buf, none = { 0 };
	struct vprim_dmabuf_attachment a, loose = { 0 };
	struct vprim_dmabuf_pages pages;
	struct vprim_dmabuf_pair pair = { 0 };
	const struct vprim_dmabuf_transition *rule;
	struct vprim_range phys;

	make_buf(&buf, &d, &bar, 1);
	ck_assert_int_eq(vprim_dmabuf_device_init(&d, sizeof(d) - 1, NULL), -EINVAL);
	ck_assert_int_eq(vprim_dmabuf_init(&buf, sizeof(buf) + 8, &d, &layout,
					   &why), -EINVAL);
	ck_assert_uint_eq(vprim_reason_id(&why), VPRIM_REASON_OBJECT_SIZE);
	REFUSED(vprim_dmabuf_init(&buf, sizeof(buf), &d, &bad, &why), -EINVAL, NO_RANGES);
	REFUSED(vprim_dmabuf_attach(&buf, &a, GOOD | 16, &why), -EINVAL, FLAGS);
	ck_assert_int_eq(vprim_dmabuf_attach(&buf, &a, GOOD, NULL), 0);
	ck_assert_uint_eq(a.mappings, 0);
	ck_assert_int_eq(vprim_dmabuf_pages_init(&pages, 1, NULL), -EINVAL);
	ck_assert_int_eq(vprim_dmabuf_pages_init(&pages, sizeof(pages), NULL), 0);
	ck_assert_int_eq(vprim_dmabuf_release_unmap_(&pages), -EINVAL);
	ck_assert_int_eq(vprim_dmabuf_release_begin_(&pages, NULL), -EINVAL);
	ck_assert_int_eq(vprim_dmabuf_release_finish_(&pages, NULL), -EINVAL);
	ck_assert_int_eq(vprim_dmabuf_track_(&pages, &pair, 0, 1, &rule, NULL), -EINVAL);
	ck_assert_int_eq(vprim_dmabuf_untrack_(&pair, VPRIM_DMABUF_ON_FILL_FAILED, &rule),
			 -EINVAL);
	/* Zeroed: a buffer not made, an attachment that is none. */
	REFUSED(vprim_dmabuf_step(&none, VPRIM_DMABUF_ON_REVOKE, &why), -EINVAL, GONE);
	ck_assert_int_eq(vprim_dmabuf_step(&none, VPRIM_DMABUF_ON_CLEANUP, NULL), -EINVAL);
	ck_assert_int_eq(vprim_dmabuf_step(&none, VPRIM_DMABUF_ON_COMPLETE,
					   NULL), -EINVAL);
	ck_assert_int_eq(vprim_dmabuf_step(&none, VPRIM_DMABUF_ON_UNREVOKE,
					   NULL), -EINVAL);
	REFUSED(vprim_dmabuf_release(&none, &why), -EINVAL, GONE);
	ck_assert_int_eq(vprim_dmabuf_attach(&none, &loose, GOOD, NULL), -EINVAL);
	REFUSED(vprim_dmabuf_detach(&loose, &why), -EINVAL, NOT_ATTACHED);
	ck_assert_int_eq(vprim_dmabuf_map(&loose, NULL, NULL), -EINVAL);
	REFUSED(vprim_dmabuf_map(&loose, &phys, &why), -EINVAL, NOT_ATTACHED);
	ck_assert_int_eq(vprim_dmabuf_unmap(&loose), -EINVAL);
	ck_assert_int_eq(vprim_dmabuf_pin(&loose), -EINVAL);
	ck_assert_int_eq(vprim_dmabuf_unpin(&loose), -EINVAL);
	ck_assert_int_eq(vprim_dmabuf_acknowledge(&loose), -EINVAL);
	/* Steps of importers, and what is no event, are no steps of a buffer. */
	for (unsigned int e = VPRIM_DMABUF_ON_RELEASE; e <= VPRIM_DMABUF_EVENTS; e++)
		ck_assert_int_eq(vprim_dmabuf_step(&buf, (enum vprim_dmabuf_event)e,
						   NULL), -EINVAL);
	REFUSED(vprim_dmabuf_step(&buf, VPRIM_DMABUF_ON_CREATE, &why), -EINVAL, EVENT);
	ck_assert_int_eq(vprim_dmabuf_step(&buf, VPRIM_DMABUF_ON_ACKNOWLEDGE,
					   NULL), -EINVAL);
	ck_assert(buf.state == VPRIM_DMABUF_EXPORTER_LIVE && a.buf == &buf);
	ck_assert_ptr_null(vprim_dmabuf_plan_for(VPRIM_DMABUF_TRIGGERS));
	ck_assert_ptr_null(vprim_dmabuf_decide(VPRIM_DMABUF_PAIR, 0, VPRIM_DMABUF_ON_REVOKE, 0));
	ck_assert_ptr_null(vprim_dmabuf_decide(VPRIM_DMABUF_PAIR, 3, VPRIM_DMABUF_ON_FILL, 0));
	ck_assert_ptr_null(vprim_dmabuf_decide(VPRIM_DMABUF_MACHINES, 0, VPRIM_DMABUF_ON_FILL,
					       0));
	REFUSED(vprim_dmabuf_check_access((enum vprim_dmabuf_access)9, false,
						   true, &why), -EINVAL, ACCESS);
}
END_TEST

/* What init makes is the same whatever the memory held. */
START_TEST(objects_begin_empty)
{
	struct vprim_dmabuf_layout layout = { &bar, 1, true, false };
	struct vprim_dmabuf_device d;
	struct vprim_dmabuf buf;
	struct vprim_dmabuf_attachment a;
	struct vprim_dmabuf_pages pages;
	struct vprim_range phys;
	const struct vprim_dmabuf_map_file map = { .length_bytes = 1, .size_bytes = 1,
		.fd = VPRIM_DMABUF_FD_DMABUF, .page_bytes = 1, .iova_alignment = 1,
		.physical = true };
	bool is_dmabuf = false;

	memset(&d, 0x55, sizeof(d));
	memset(&buf, 0x55, sizeof(buf));
	memset(&a, 0x55, sizeof(a));
	memset(&pages, 0x55, sizeof(pages));
	ck_assert_int_eq(vprim_dmabuf_device_init(&d, sizeof(d), NULL), 0);
	ck_assert(!d.open && !d.memory_on && !d.going && !d.registrations && !d.buffers);
	PASSED(vprim_dmabuf_init(&buf, sizeof(buf), &d, &layout, &why));
	ck_assert(buf.state == VPRIM_DMABUF_EXPORTER_REVOKED && !buf.draining);
	ck_assert(!buf.next && !buf.attachments && d.registrations == 1);
	d.open = true;
	vprim_dmabuf_account_(&d, VPRIM_DMABUF_TRIGGER_MEMORY_ON);
	ck_assert(d.memory_on);
	PASSED(vprim_dmabuf_step(&buf, VPRIM_DMABUF_ON_UNREVOKE, &why));
	ck_assert(buf.state == VPRIM_DMABUF_EXPORTER_LIVE);
	PASSED(vprim_dmabuf_attach(&buf, &a, GOOD, &why));
	ck_assert(a.buf == &buf && !a.next && !a.mappings && !a.pins && !a.due);
	PASSED(vprim_dmabuf_map(&a, &phys, &why));
	ck_assert_int_eq(vprim_dmabuf_unmap(&a), 0);
	ck_assert_int_eq(vprim_dmabuf_pages_init(&pages, sizeof(pages), NULL), 0);
	ck_assert(pages.state == VPRIM_DMABUF_IMPORTER_NONE && !pages.length_bytes);
	PASSED(vprim_dmabuf_pages_map_file(&pages, &a, 0, 1, &why));
	ck_assert_int_eq(vprim_dmabuf_unmap(&a), 0);
	PASSED(vprim_dmabuf_detach(&a, &why));
	PASSED(vprim_dmabuf_release(&buf, &why));
	PASSED(vprim_dmabuf_check_map_file(&map, &is_dmabuf, &why));
	ck_assert(is_dmabuf);
	PASSED(vprim_dmabuf_check_access(VPRIM_DMABUF_ACCESS_DIRTY, true, false, &why));
}
END_TEST

START_TEST(a_buffer_is_as_large_as_its_ranges)
{
	static const struct vprim_range huge[2] = { { 0, M - 1 }, { 0, 4095 } };
	static const struct vprim_range all = { 0, M }, upside = { 2, 1 };
	struct vprim_dmabuf_device d = make_device(true);
	struct vprim_dmabuf_layout layout = { huge, 2, true, false };
	struct vprim_dmabuf buf;

	REFUSED(vprim_dmabuf_init(&buf, sizeof(buf), &d, &layout, &why), -EOVERFLOW, SIZES);
	layout = (struct vprim_dmabuf_layout){ &all, 1, true, false };
	REFUSED(vprim_dmabuf_init(&buf, sizeof(buf), &d, &layout, &why), -EOVERFLOW, SIZES);
	layout.ranges = &upside;
	ck_assert_int_eq(vprim_dmabuf_init(&buf, sizeof(buf), &d, &layout, &why), -EINVAL);
	ck_assert_uint_eq(vprim_reason_id(&why), VPRIM_REASON_INVERTED);
	d.going = true;
	layout.ranges = &bar;
	REFUSED(vprim_dmabuf_init(&buf, sizeof(buf), &d, &layout, &why), -ENODEV, GOING);
	ck_assert_uint_eq(d.registrations, 0);
	ck_assert_ptr_null(d.buffers);
	d.going = false;
	make_buf(&buf, &d, two_ranges, 2);
	ck_assert_uint_eq(buf.size_bytes, 0x2000);
	ck_assert_ptr_eq(d.buffers, &buf);
	ck_assert_ptr_null(buf.next);
	ck_assert_ptr_eq(buf.device, &d);
}
END_TEST

/* The buffers of a device, in the order in which they came. */
struct listed {
	struct vprim_dmabuf_device d;
	struct vprim_dmabuf *at[4];
	unsigned int n;
};

static void check_list(const struct listed *l)
{
	const struct vprim_dmabuf *b = l->d.buffers;

	for (unsigned int i = 0; i < l->n; i++, b = b->next)
		ck_assert_ptr_eq(b, l->at[i]);
	ck_assert_ptr_null(b);
	ck_assert_uint_eq(l->d.registrations, l->n);
}

static void gain(struct listed *l, struct vprim_dmabuf *buf)
{
	make_buf(buf, &l->d, &bar, 1);
	l->at[l->n++] = buf;
	check_list(l);
}

static void lose(struct listed *l, unsigned int i)
{
	ck_assert_int_eq(vprim_dmabuf_release(l->at[i], NULL), 0);
	ck_assert(!l->at[i]->device && !l->at[i]->next);
	l->n--;
	memmove(&l->at[i], &l->at[i + 1], (l->n - i) * sizeof(l->at[0]));
	check_list(l);
}

START_TEST(a_device_walks_its_buffers_and_loses_any_of_them)
{
	for (unsigned int way = 0; way < 27; way++) {
		struct listed l = { .d = make_device(true) };
		struct vprim_dmabuf bufs[5];

		for (unsigned int i = 0; i < 3; i++)
			gain(&l, &bufs[i]);
		lose(&l, way % 3);
		gain(&l, &bufs[3]);
		lose(&l, way / 3 % 3);
		gain(&l, &bufs[4]);
		lose(&l, way / 9);
		lose(&l, 1);
		lose(&l, 0);
	}
}
END_TEST

START_TEST(a_device_may_act_when_its_last_buffer_is_quiet)
{
	struct vprim_dmabuf_device d = make_device(true);
	struct vprim_dmabuf bufs[2];

	ck_assert(vprim_dmabuf_device_may_act(&d));
	make_buf(&bufs[0], &d, &bar, 1);
	make_buf(&bufs[1], &d, &bar, 1);
	ck_assert(!vprim_dmabuf_device_may_act(&d));
	for (unsigned int i = 0; i < 2; i++) {
		ck_assert_int_eq(vprim_dmabuf_step(&bufs[i], VPRIM_DMABUF_ON_REVOKE,
						   NULL), 0);
		ck_assert(!vprim_dmabuf_device_may_act(&d));
		ck_assert_int_eq(vprim_dmabuf_step(&bufs[i], VPRIM_DMABUF_ON_COMPLETE,
						   NULL), 0);
		ck_assert(vprim_dmabuf_device_may_act(&d) == (i == 1));
	}
}
END_TEST

START_TEST(every_importer_is_named_once)
{
	struct vprim_dmabuf_device d = make_device(true);
	struct vprim_dmabuf_attachment a[5], *due;
	struct vprim_dmabuf buf;
	unsigned int n = 0;

	make_buf(&buf, &d, &bar, 1);
	for (unsigned int i = 0; i < 5; i++)
		ck_assert_int_eq(vprim_dmabuf_attach(&buf, &a[i], GOOD, NULL), 0);
	ck_assert_int_eq(vprim_dmabuf_detach(&a[0], NULL), 0);
	ck_assert_ptr_null(a[0].buf);
	ck_assert_ptr_null(a[0].next);
	ck_assert_int_eq(vprim_dmabuf_detach(&a[0], NULL), -EINVAL);
	ck_assert_int_eq(vprim_dmabuf_detach(&a[3], NULL), 0);
	for (due = buf.attachments; due; due = due->next)
		ck_assert(!due->due);
	ck_assert_int_eq(vprim_dmabuf_step(&buf, VPRIM_DMABUF_ON_REVOKE, NULL), 0);
	for (due = buf.attachments; due; due = due->next) {
		static const unsigned int order[] = { 1, 2, 4 };

		ck_assert(due->due);
		ck_assert_ptr_eq(due, &a[order[n++]]);
		ck_assert_int_eq(vprim_dmabuf_acknowledge(due), 0);
	}
	ck_assert_uint_eq(n, 3);
	ck_assert_int_eq(vprim_dmabuf_step(&buf, VPRIM_DMABUF_ON_COMPLETE, NULL), 0);
}
END_TEST

/* LIVE pages over the slice, ready for fills. */
static void map_file(struct importer *m, struct vprim_dmabuf *buf,
		     uint64_t start, uint64_t length)
{
	ck_assert_int_eq(vprim_dmabuf_pages_init(&m->pages, sizeof(m->pages), NULL), 0);
	ck_assert_int_eq(vprim_dmabuf_attach(buf, &m->attach, GOOD, NULL), 0);
	ck_assert_int_eq(vprim_dmabuf_pages_map_file(&m->pages, &m->attach, start,
						     length, NULL), 0);
}

START_TEST(a_fill_maps_exactly_the_area)
{
	const struct vprim_dmabuf_transition *rule = NULL;
	struct vprim_dmabuf_device d = make_device(true);
	struct vprim_dmabuf_pair pair = { .phys = { 7, 8 } };
	struct vprim_dmabuf buf;
	struct importer m;

	make_buf(&buf, &d, &bar, 1);
	map_file(&m, &buf, 0x800, 0x3000);
	ck_assert_uint_eq(m.pages.length_bytes, 0x3000);
	ck_assert_int_eq(vprim_dmabuf_track_(&m.pages, &pair, 0, 0, &rule, NULL), -EINVAL);
	ck_assert_int_eq(vprim_dmabuf_track_(&m.pages, &pair, 0x2fff, 2, &rule,
					     NULL), -EINVAL);
	ck_assert_int_eq(vprim_dmabuf_track_(&m.pages, &pair, M, 2, &rule, NULL), -EOVERFLOW);
	ck_assert(!rule && pair.phys.start == 7 && pair.phys.last == 8);
	ck_assert(pair.state == VPRIM_DMABUF_PAIR_ABSENT);
	ck_assert_int_eq(vprim_dmabuf_track_(&m.pages, &pair, 0x100, 0x200, &rule,
					     NULL), 0);
	ck_assert_uint_eq(rule->actions, VPRIM_DMABUF_DO_TRACK | VPRIM_DMABUF_DO_IOMMU_MAP);
	ck_assert(pair.phys.start == 0x10900 && pair.phys.last == 0x10aff);
	ck_assert_int_eq(vprim_dmabuf_track_(&m.pages, &pair, 0, 1, &rule, NULL), -EEXIST);
	ck_assert_int_eq(vprim_dmabuf_untrack_(&pair, VPRIM_DMABUF_ON_FILL_FAILED, &rule), 0);
	ck_assert_int_eq(vprim_dmabuf_untrack_(&pair, VPRIM_DMABUF_ON_FILL_FAILED, &rule),
			 -EINVAL);
	ck_assert_int_eq(vprim_dmabuf_untrack_(&pair, VPRIM_DMABUF_ON_UNFILL, &rule), 0);
	ck_assert_uint_eq(rule->actions, 0);
}
END_TEST

START_TEST(map_file_answers_in_order_and_leaves_nothing)
{
	struct vprim_dmabuf_device d = make_device(true);
	struct vprim_dmabuf_layout mute = { &bar, 1, false, false };
	struct vprim_dmabuf one, two, silent;
	struct vprim_dmabuf_attachment a = { 0 };
	struct vprim_dmabuf_pages pages, fresh;

	make_buf(&one, &d, &bar, 1);
	make_buf(&two, &d, two_ranges, 2);
	ck_assert_int_eq(vprim_dmabuf_init(&silent, sizeof(silent), &d, &mute,
					   NULL), 0);
	ck_assert_int_eq(vprim_dmabuf_pages_init(&pages, sizeof(pages), NULL), 0);
	fresh = pages;
	REFUSED(vprim_dmabuf_pages_map_file(&pages, &a, 0, 1, &why), -ENODEV, NO_BUFFER);
	ck_assert_int_eq(vprim_dmabuf_attach(&two, &a, GOOD, NULL), 0);
	REFUSED(vprim_dmabuf_pages_map_file(&pages, &a, 0, 1, &why), -EOPNOTSUPP, PIECES);
	ck_assert_int_eq(vprim_dmabuf_detach(&a, NULL), 0);
	ck_assert_int_eq(vprim_dmabuf_attach(&silent, &a, GOOD, NULL), 0);
	REFUSED(vprim_dmabuf_pages_map_file(&pages, &a, 0, 1, &why), -EOPNOTSUPP, ADDRESS);
	ck_assert_int_eq(vprim_dmabuf_detach(&a, NULL), 0);
	ck_assert_int_eq(vprim_dmabuf_attach(&one, &a, GOOD, NULL), 0);
	ck_assert_int_eq(vprim_dmabuf_step(&one, VPRIM_DMABUF_ON_REVOKE, NULL), 0);
	REFUSED(vprim_dmabuf_pages_map_file(&pages, &a, 0, 0, &why), -EINVAL, EMPTY);
	REFUSED(vprim_dmabuf_pages_map_file(&pages, &a, 0x4000, 1,
						     &why), -EINVAL, BEYOND);
	REFUSED(vprim_dmabuf_pages_map_file(&pages, &a, M, 2, &why), -EOVERFLOW, WRAP);
	REFUSED(vprim_dmabuf_pages_map_file(&pages, &a, 0, 1, &why), -ENODEV, REVOKED);
	ck_assert_mem_eq(&pages, &fresh, sizeof(pages));
	ck_assert_int_eq(vprim_dmabuf_acknowledge(&a), 0);
	ck_assert_int_eq(vprim_dmabuf_step(&one, VPRIM_DMABUF_ON_COMPLETE, NULL), 0);
	ck_assert_int_eq(vprim_dmabuf_step(&one, VPRIM_DMABUF_ON_UNREVOKE, NULL), 0);
	ck_assert_int_eq(vprim_dmabuf_pages_map_file(&pages, &a, 0, 0x4000,
						     NULL), 0);
	REFUSED(vprim_dmabuf_pages_map_file(&pages, &a, 0, 1, &why), -EINVAL, HAS_ADDRESS);
}
END_TEST

START_TEST(creation_writes_nothing_when_it_fails)
{
	struct vprim_dmabuf_part parts[2] = { { 0, 0x1000 }, { 0x4000, 0x1000 } };
	struct vprim_dmabuf_request r = { .nr_ranges = 2, .ranges = parts,
		.exports = true, .peer2peer = true, .page_bytes = 0x1000, .bar = bar };
	struct vprim_range phys[2] = { { 7, 8 }, { 7, 8 } };
	uint64_t size = 7;

	ck_assert_int_eq(vprim_dmabuf_check_create(&r, phys, &size, NULL), -EINVAL);
	ck_assert(size == 7 && phys[0].start == 7 && phys[1].last == 8);
	parts[1].offset_bytes = 0x3000;
	PASSED(vprim_dmabuf_check_create(&r, phys, &size, &why));
	ck_assert(size == 0x2000 && phys[0].last == 0x10fff && phys[1].start == 0x13000);
}
END_TEST

/* Every small slice against membership of each byte. */
START_TEST(slices_agree_with_their_bytes)
{
	for (uint64_t size = 0; size < 9; size++)
		for (uint64_t start = 0; start < 12; start++)
			for (uint64_t length = 0; length < 12; length++) {
				uint64_t inside = 0;

				for (uint64_t i = 0; i < length; i++)
					inside += start + i < size;
				if (length && inside == length)
					PASSED(vprim_dmabuf_check_slice(start, length, size, &why));
				else
					ck_assert_int_eq(vprim_dmabuf_check_slice(start, length, size,
										  NULL), -EINVAL);
			}
}
END_TEST

/* -- the hook -- */

struct heard {
	char text[64];
	const void *objects[4];
	unsigned int n;
};

static void hear(void *ctx, enum vprim_dmabuf_lock lock, const void *object,
		 bool held)
{
	struct heard *h = ctx;

	ck_assert_uint_lt(h->n, 4);
	h->objects[h->n++] = object;
	strcat(h->text, held ? "+" : "-");
	strcat(h->text, lock == VPRIM_DMABUF_LOCK_MEMORY ? "memory" :
			lock == VPRIM_DMABUF_LOCK_RESV ? "resv" : "pages");
}

/* The call says that it relies on these locks. */
#define RELIES(call, words)                                             \
	do {                                                            \
		memset(&heard, 0, sizeof(heard));                       \
		call;                                                   \
		ck_assert_str_eq(heard.text, words);                    \
	} while (0)
#define OK(call) ck_assert_int_eq(call, 0)

START_TEST(every_call_names_its_locks)
{
	struct heard heard = { 0 };
	struct vprim_dmabuf_debug debug = { hear, &heard };
	struct vprim_dmabuf_layout layout = { &bar, 1, true, false };
	struct vprim_dmabuf_device d;
	struct vprim_dmabuf buf, other;
	struct vprim_dmabuf_attachment a;
	struct vprim_dmabuf_pages pages;
	struct vprim_dmabuf_pair pair = { 0 }, *got;
	struct vprim_range phys;
	const struct vprim_dmabuf_transition *rule;

	OK(vprim_dmabuf_device_init(&d, sizeof(d), &debug));
	OK(vprim_dmabuf_pages_init(&pages, sizeof(pages), &debug));
	d.open = d.memory_on = true;
	RELIES(OK(vprim_dmabuf_init(&buf, sizeof(buf), &d, &layout, NULL)), "+memory");
	ck_assert_ptr_eq(heard.objects[0], &d);
	RELIES(vprim_dmabuf_account_(&d, VPRIM_DMABUF_TRIGGER_FLR), "+memory");
	RELIES(vprim_dmabuf_device_may_act(&d), "+memory");
	RELIES(OK(vprim_dmabuf_attach(&buf, &a, COUNTED, NULL)), "+resv");
	ck_assert_ptr_eq(heard.objects[0], &buf);
	RELIES(OK(vprim_dmabuf_map(&a, NULL, NULL)), "+resv");
	RELIES(OK(vprim_dmabuf_unmap(&a)), "+resv");
	RELIES(OK(vprim_dmabuf_pin(&a)), "+resv");
	RELIES(OK(vprim_dmabuf_unpin(&a)), "+resv");
	RELIES(OK(vprim_dmabuf_map(&a, &phys, NULL)), "+resv");
	OK(vprim_dmabuf_unmap(&a));
	RELIES(OK(vprim_dmabuf_pages_map_file(&pages, &a, 0, 1, NULL)), "-pages+resv");
	RELIES(OK(vprim_dmabuf_track_(&pages, &pair, 0, 1, &rule, NULL)), "+pages");
	ck_assert_ptr_eq(heard.objects[0], &pages);
	RELIES(OK(vprim_dmabuf_step(&buf, VPRIM_DMABUF_ON_REVOKE, NULL)), "+memory+resv");
	RELIES(OK(vprim_dmabuf_notify_(&pages, &got)), "+pages");
	RELIES(OK(vprim_dmabuf_notify_(&pages, &got)), "+pages+resv");
	RELIES(OK(vprim_dmabuf_acknowledge(&a)), "+resv");
	RELIES(OK(vprim_dmabuf_step(&buf, VPRIM_DMABUF_ON_COMPLETE, NULL)), "+memory+resv");
	RELIES(OK(vprim_dmabuf_step(&buf, VPRIM_DMABUF_ON_UNREVOKE, NULL)), "+memory+resv");
	RELIES(OK(vprim_dmabuf_untrack_(&pair, VPRIM_DMABUF_ON_UNFILL, &rule)), "+pages");
	RELIES(OK(vprim_dmabuf_untrack_(&pair, VPRIM_DMABUF_ON_UNFILL, &rule)), "");
	RELIES(OK(vprim_dmabuf_release_begin_(&pages, NULL)), "+pages");
	RELIES(OK(vprim_dmabuf_release_unmap_(&pages)), "+resv");
	RELIES(OK(vprim_dmabuf_detach(&a, NULL)), "+resv");
	RELIES(OK(vprim_dmabuf_release_finish_(&pages, NULL)), "-pages");
	OK(vprim_dmabuf_init(&other, sizeof(other), &d, &layout, NULL));
	RELIES(OK(vprim_dmabuf_release(&other, NULL)), "+memory");
	RELIES(OK(vprim_dmabuf_step(&buf, VPRIM_DMABUF_ON_CLEANUP, NULL)), "+memory+resv");
	RELIES(OK(vprim_dmabuf_step(&buf, VPRIM_DMABUF_ON_COMPLETE, NULL)), "+memory+resv");
	RELIES(OK(vprim_dmabuf_release(&buf, NULL)), "");	/* it has no device */
}
END_TEST

/* -- the table -- */

#define ALL_FACTS ((1u << VPRIM_DMABUF_FACTS) - 1)

static unsigned int states_of(unsigned int machine)
{
	static const unsigned int n[] = { VPRIM_DMABUF_EXPORTER_STATES,
		VPRIM_DMABUF_IMPORTER_STATES, VPRIM_DMABUF_PAIR_STATES };

	return n[machine];
}

START_TEST(every_question_has_an_answer_and_every_row_answers_one)
{
	const struct vprim_dmabuf_transition *rules;
	size_t n, i;
	bool used[512] = { false };

	rules = vprim_dmabuf_transitions(&n);
	ck_assert_uint_le(n, 512);
	ck_assert_ptr_eq(vprim_dmabuf_transitions(NULL), rules);
	for (i = 0; i < n; i++) {
		const struct vprim_dmabuf_transition *r = &rules[i];

		/* An error changes nothing; only a refused MAP_FILE leaves work. */
		ck_assert(!r->error || r->next == r->state);
		ck_assert(!r->error || !r->actions ||
			  r->event == VPRIM_DMABUF_ON_MAP_FILE);
		ck_assert_int_eq(r->error, r->why ?
			vprim_rules_find(&vprim_dmabuf_rules, r->why)->error : 0);
		ck_assert(!(r->need & r->lack));
		ck_assert(!((r->need | r->lack) & ~ALL_FACTS));
		ck_assert(!(r->actions >> VPRIM_DMABUF_ACTIONS));
		ck_assert_ptr_nonnull(state_name(r->machine, r->next));
	}
	for (unsigned int m = 0; m < VPRIM_DMABUF_MACHINES; m++)
		for (unsigned int e = 0; e < VPRIM_DMABUF_EVENTS; e++) {
			unsigned int states = 0;

			for (unsigned int s = 0; s < states_of(m); s++) {
				bool any = false;

				for (i = 0; i < n; i++)
					any |= rules[i].machine == m && rules[i].event == e &&
					       rules[i].state == s && !rules[i].need &&
					       !rules[i].lack;
				states += any;
			}
			/* A machine has an event in each of its states, or in none. */
			ck_assert(!states || states == states_of(m));
		}
	for (uint32_t facts = 0; facts <= ALL_FACTS; facts++)
		for (i = 0; i < n; i++) {
			const struct vprim_dmabuf_transition *r = &rules[i], *p;

			if (used[i] || (facts & r->need) != r->need || (facts & r->lack))
				continue;
			for (p = rules; p < r; p++)
				if (p->machine == r->machine && p->state == r->state &&
				    p->event == r->event &&
				    (facts & p->need) == p->need && !(facts & p->lack))
					break;
			used[i] = p == r;
		}
	for (i = 0; i < n; i++)
		ck_assert_msg(used[i], "row %zu is never asked", i);
	printf("rules: %zu\n", n);
}
END_TEST

/* As many names as there are numbers, no two alike, and none behind them. */
START_TEST(names_are_all_different)
{
	static const unsigned int counts[] = {
		[VPRIM_DMABUF_NAME_EXPORTER] = VPRIM_DMABUF_EXPORTER_STATES,
		[VPRIM_DMABUF_NAME_IMPORTER] = VPRIM_DMABUF_IMPORTER_STATES,
		[VPRIM_DMABUF_NAME_PAIR] = VPRIM_DMABUF_PAIR_STATES,
		[VPRIM_DMABUF_NAME_MACHINE] = VPRIM_DMABUF_MACHINES,
		[VPRIM_DMABUF_NAME_EVENT] = VPRIM_DMABUF_EVENTS,
		[VPRIM_DMABUF_NAME_FACT] = VPRIM_DMABUF_FACTS,
		[VPRIM_DMABUF_NAME_ACTION] = VPRIM_DMABUF_ACTIONS,
		[VPRIM_DMABUF_NAME_TRIGGER] = VPRIM_DMABUF_TRIGGERS,
	};

	for (unsigned int of = 0; of < VPRIM_ARRAY_LEN(counts); of++) {
		enum vprim_dmabuf_names names = (enum vprim_dmabuf_names)of;

		for (unsigned int i = 0; i < counts[of]; i++)
			for (unsigned int j = 0; j < i; j++)
				ck_assert_str_ne(vprim_dmabuf_name(names, i),
						 vprim_dmabuf_name(names, j));
		ck_assert_ptr_null(vprim_dmabuf_name(names, counts[of]));
	}
	ck_assert_ptr_null(vprim_dmabuf_name((enum vprim_dmabuf_names)VPRIM_ARRAY_LEN(counts), 0));
}
END_TEST

/* -- the sequences -- */

/*
 * Operations that keep account of what is held, and a hook that compares each
 * call's locks with that account.
 */
struct stage {
	struct vprim_dmabuf_debug debug;
	const void *memory[8], *resv, *pages;
	unsigned int nr_memory, hooks, notified, waited, woken, detached, hardware;
	struct vprim_dmabuf_device d[4];
	struct vprim_dmabuf bufs[4];
	struct importer m[4];
	struct vprim_dmabuf_pair entry[4];
	unsigned int mapped;
	void (*visit)(struct stage *s, const char *where);
};

static bool stage_holds(const struct stage *s, enum vprim_dmabuf_lock lock,
			const void *object)
{
	unsigned int i;

	if (lock == VPRIM_DMABUF_LOCK_RESV)
		return s->resv == object;
	if (lock == VPRIM_DMABUF_LOCK_PAGES)
		return s->pages == object;
	for (i = 0; i < s->nr_memory; i++)
		if (s->memory[i] == object)
			return true;
	return false;
}

static void visit(struct stage *s, const char *where)
{
	void (*visitor)(struct stage *s, const char *where) = s->visit;

	/* What the visitor calls comes here again, and is let through. */
	s->visit = NULL;
	if (visitor)
		visitor(s, where);
	s->visit = visitor;
}

static void stage_check(void *ctx, enum vprim_dmabuf_lock lock, const void *object,
			bool held)
{
	struct stage *s = ctx;

	s->hooks++;
	ck_assert(stage_holds(s, lock, object) == held);
	visit(s, "hook");
}

static void stage_lock(void *ctx, enum vprim_dmabuf_lock lock, void *object)
{
	struct stage *s = ctx;

	ck_assert(!s->pages && !stage_holds(s, lock, object));
	ck_assert(lock == VPRIM_DMABUF_LOCK_PAGES || !s->resv);
	if (lock == VPRIM_DMABUF_LOCK_MEMORY) {
		ck_assert(!s->nr_memory ||
			  (uintptr_t)s->memory[s->nr_memory - 1] < (uintptr_t)object);
		s->memory[s->nr_memory++] = object;
	} else if (lock == VPRIM_DMABUF_LOCK_RESV) {
		s->resv = object;
	} else {
		s->pages = object;
	}
}

static void stage_unlock(void *ctx, enum vprim_dmabuf_lock lock, void *object)
{
	struct stage *s = ctx;

	ck_assert(stage_holds(s, lock, object));
	if (lock == VPRIM_DMABUF_LOCK_MEMORY)
		ck_assert_ptr_eq(s->memory[--s->nr_memory], object);
	else if (lock == VPRIM_DMABUF_LOCK_RESV)
		s->resv = NULL;
	else
		s->pages = NULL;
}

static const struct vprim_dmabuf_ops stage_ops;

static struct importer *importer_of(struct vprim_dmabuf_attachment *attach)
{
	return (struct importer *)(void *)attach;	/* it stands first */
}

/* Counted importers are late: they answer when they are waited for. */
static void stage_notify(void *ctx, struct vprim_dmabuf *buf)
{
	struct vprim_dmabuf_attachment *a;
	struct stage *s = ctx;

	for (a = buf->attachments; a; a = a->next) {
		s->notified += a->due;
		if (a->due && !(a->flags & VPRIM_DMABUF_ATTACH_COUNTED))
			OK(vprim_dmabuf_pages_notify(&importer_of(a)->pages, &stage_ops, s));
	}
	visit(s, "notify");
}

static void stage_wait(void *ctx, struct vprim_dmabuf *buf)
{
	struct stage *s = ctx;

	ck_assert(s->nr_memory && s->resv == buf);
	visit(s, "wait");
	/* Early once; then the late one gives its mapping back. */
	if (s->waited++)
		OK(vprim_dmabuf_pages_notify(&importer_of(buf->attachments)->pages,
					     &stage_ops, s));
}

static void stage_wake(void *ctx, struct vprim_dmabuf *buf)
{
	struct stage *s = ctx;

	ck_assert_ptr_eq(s->resv, buf);
	s->woken++;
}

static void stage_detach(void *ctx, struct vprim_dmabuf_attachment *attach)
{
	struct vprim_dmabuf *buf = attach->buf;
	struct stage *s = ctx;

	stage_lock(s, VPRIM_DMABUF_LOCK_RESV, buf);
	OK(vprim_dmabuf_detach(attach, NULL));
	stage_unlock(s, VPRIM_DMABUF_LOCK_RESV, buf);
	s->detached++;
}

static void stage_hardware(void *ctx)
{
	struct stage *s = ctx;

	ck_assert(s->nr_memory && !s->resv && !s->pages && !s->mapped);
	s->hardware++;
	visit(s, "hardware");
}

static const struct vprim_dmabuf_ops stage_ops = {
	stage_lock, stage_unlock, stage_notify, stage_wait, stage_wake,
	stage_detach, stage_hardware,
};

static int stage_map(void *domain, uint64_t iova, const struct vprim_range *phys)
{
	struct stage *s = domain;

	ck_assert(s->pages && phys->start == 0x10000 + iova && phys->last == phys->start);
	visit(s, "map");
	s->mapped++;
	return 0;
}

static void stage_unmap(void *domain, uint64_t iova, const struct vprim_range *phys)
{
	struct stage *s = domain;

	ck_assert(s->pages && phys->start == 0x10000 + iova && phys->last == phys->start);
	visit(s, "unmap");
	s->mapped--;
}

static const struct vprim_dmabuf_domain_ops stage_domain = { stage_map, stage_unmap };

static void stage_set(struct stage *s)
{
	unsigned int i;

	memset(s, 0, sizeof(*s));
	s->debug = (struct vprim_dmabuf_debug){ stage_check, s };
	for (i = 0; i < 4; i++) {
		OK(vprim_dmabuf_device_init(&s->d[i], sizeof(s->d[i]), &s->debug));
		s->d[i].open = s->d[i].memory_on = true;
		s->entry[i] = (struct vprim_dmabuf_pair){ .ops = &stage_domain,
			.domain = s, .iova = i };
	}
}

/* A buffer of device @d with one importer, whose entry is filled at @i. */
static void stage_lend(struct stage *s, unsigned int i, unsigned int d, uint32_t flags)
{
	struct vprim_dmabuf *buf = &s->bufs[i];

	stage_lock(s, VPRIM_DMABUF_LOCK_MEMORY, &s->d[d]);
	make_buf(buf, &s->d[d], &bar, 1);
	stage_unlock(s, VPRIM_DMABUF_LOCK_MEMORY, &s->d[d]);
	OK(vprim_dmabuf_pages_init(&s->m[i].pages, sizeof(s->m[i].pages), &s->debug));
	stage_lock(s, VPRIM_DMABUF_LOCK_RESV, buf);
	OK(vprim_dmabuf_attach(buf, &s->m[i].attach, flags, NULL));
	OK(vprim_dmabuf_pages_map_file(&s->m[i].pages, &s->m[i].attach, 0, 0x4000,
				       NULL));
	stage_unlock(s, VPRIM_DMABUF_LOCK_RESV, buf);
	OK(vprim_dmabuf_pages_fill(&s->m[i].pages, &s->entry[i], i, 1, &stage_ops, s,
				   NULL));
}

static int stage_run(struct stage *s, unsigned int n, enum vprim_dmabuf_trigger trigger)
{
	struct vprim_dmabuf_device *ds[4];
	unsigned int i;
	int ret;

	for (i = 0; i < n; i++)
		ds[i] = &s->d[n - 1 - i];
	ret = vprim_dmabuf_run(ds, n, trigger, &stage_ops, s, &why);
	ck_assert(!s->nr_memory && !s->resv && !s->pages);
	return ret;
}

static void stage_release(struct stage *s, unsigned int i)
{
	struct vprim_dmabuf_device *d = s->bufs[i].device;

	vprim_dmabuf_pages_unfill(&s->m[i].pages, &s->entry[i], &stage_ops, s);
	vprim_dmabuf_pages_unfill(&s->m[i].pages, &s->entry[i], &stage_ops, s);
	PASSED(vprim_dmabuf_pages_release(&s->m[i].pages, &stage_ops, s, &why));
	/* It is the caller's again, and nothing looks there. */
	memset(&s->m[i].attach, 0x55, sizeof(s->m[i].attach));
	ck_assert_int_eq(vprim_dmabuf_pages_release(&s->m[i].pages, &stage_ops, s,
						    NULL), -EINVAL);
	ck_assert_int_eq(vprim_dmabuf_pages_notify(&s->m[i].pages, &stage_ops, s),
			 -EINVAL);
	if (d)
		stage_lock(s, VPRIM_DMABUF_LOCK_MEMORY, d);
	OK(vprim_dmabuf_release(&s->bufs[i], NULL));
	if (d)
		stage_unlock(s, VPRIM_DMABUF_LOCK_MEMORY, d);
}

START_TEST(a_set_is_locked_in_one_order)
{
	struct stage s;
	unsigned int n, k;

	stage_set(&s);
	/* Every arrangement of four devices, as a number with base four. */
	for (n = 0; n < 256; n++) {
		struct vprim_dmabuf_device *ds[4];
		bool seen[4] = { false }, twice = false;

		for (k = 0; k < 4; k++) {
			unsigned int digit = n >> 2 * k & 3;

			ds[k] = &s.d[digit];
			twice |= seen[digit];
			seen[digit] = true;
		}
		s.hardware = 0;
		ck_assert_int_eq(vprim_dmabuf_run(ds, 4, VPRIM_DMABUF_TRIGGER_HOT_RESET,
						  &stage_ops, &s, &why), twice ? -EINVAL : 0);
		ck_assert_uint_eq(vprim_reason_id(&why), twice ? VPRIM_DMABUF_RULE_TWICE : 0);
		ck_assert_uint_eq(s.hardware, !twice);
		for (k = 0; k < 4 && !twice; k++)
			ck_assert_ptr_eq(ds[k], &s.d[k]);
	}
	REFUSED(stage_run(&s, 0, VPRIM_DMABUF_TRIGGER_RESET), -EINVAL, NO_DEVICES);
	REFUSED(stage_run(&s, 1, VPRIM_DMABUF_TRIGGERS), -EINVAL, TRIGGER);
}
END_TEST

START_TEST(a_run_tells_everybody_and_waits)
{
	enum vprim_dmabuf_trigger t;
	const struct vprim_dmabuf_plan *plan;
	struct stage s;
	unsigned int i;

	for (t = 0; t < VPRIM_DMABUF_TRIGGERS; t++) {
		plan = vprim_dmabuf_plan_for(t);
		ck_assert_ptr_nonnull(plan);
		stage_set(&s);
		stage_lend(&s, 0, 0, GOOD);
		stage_lend(&s, 1, 1, COUNTED);
		stage_lend(&s, 2, 1, GOOD);
		s.d[0].open = false;
		ck_assert_uint_eq(s.mapped, 3);
		if (!plan->revoke_before && !plan->cleanup_before)
			OK(stage_run(&s, 2, (enum vprim_dmabuf_trigger)(t - 1)));
		OK(stage_run(&s, 2, t));
		ck_assert_uint_eq(s.notified, 3);
		ck_assert_uint_eq(s.waited, 2);
		ck_assert(s.hardware && !s.mapped);
		for (i = 0; i < 3; i++)
			ck_assert(s.bufs[i].state ==
				  (plan->cleanup_before ? VPRIM_DMABUF_EXPORTER_DEAD :
				   plan->unrevoke_after && i ? VPRIM_DMABUF_EXPORTER_LIVE :
							      VPRIM_DMABUF_EXPORTER_REVOKED));
		ck_assert(s.d[1].going == plan->cleanup_before);
		ck_assert(s.d[1].memory_on == (plan->unrevoke_after || plan->cleanup_before));
		for (i = 0; i < 3; i++)
			stage_release(&s, i);
		ck_assert(s.detached == 3 && s.woken == 3);
	}
}
END_TEST

/* A buffer that appears during the revoke, without anybody's leave. */
static void lend_another(struct stage *s, const char *where)
{
	if (!strcmp(where, "notify"))
		make_buf(&s->bufs[3], &s->d[0], &bar, 1);
}

START_TEST(a_run_does_not_touch_what_somebody_changed)
{
	struct stage s;

	stage_set(&s);
	stage_lend(&s, 0, 0, GOOD);
	s.visit = lend_another;
	REFUSED(stage_run(&s, 1, VPRIM_DMABUF_TRIGGER_UNPLUG), -EBUSY, REACHED);
	ck_assert(!s.hardware && !s.d[0].going);
	s.visit = NULL;
	OK(stage_run(&s, 1, VPRIM_DMABUF_TRIGGER_UNPLUG));
	ck_assert(s.hardware && s.d[0].going);
}
END_TEST

/* The next one goes, while the run still has it before it. */
static void release_another(struct stage *s, const char *where)
{
	if (!strcmp(where, "notify"))
		OK(vprim_dmabuf_release(&s->bufs[1], NULL));
}

START_TEST(a_run_stops_at_what_somebody_released)
{
	struct stage s;

	stage_set(&s);
	stage_lend(&s, 0, 0, GOOD);
	stage_lock(&s, VPRIM_DMABUF_LOCK_MEMORY, &s.d[0]);
	make_buf(&s.bufs[1], &s.d[0], &bar, 1);
	stage_unlock(&s, VPRIM_DMABUF_LOCK_MEMORY, &s.d[0]);
	s.visit = release_another;
	REFUSED(stage_run(&s, 1, VPRIM_DMABUF_TRIGGER_MEMORY_OFF), -EINVAL, GONE);
	ck_assert(!s.hardware && s.d[0].memory_on);
}
END_TEST

/* The late one answers, and the buffer is opened before its revoke has returned. */
static void unrevoke_too_soon(struct stage *s, const char *where)
{
	if (strcmp(where, "wait"))
		return;
	OK(vprim_dmabuf_pages_notify(&s->m[0].pages, &stage_ops, s));
	OK(vprim_dmabuf_step(&s->bufs[0], VPRIM_DMABUF_ON_COMPLETE, NULL));
	OK(vprim_dmabuf_step(&s->bufs[0], VPRIM_DMABUF_ON_UNREVOKE, NULL));
}

START_TEST(a_run_stops_at_what_somebody_opened)
{
	struct stage s;

	stage_set(&s);
	stage_lend(&s, 0, 0, COUNTED);
	stage_lend(&s, 1, 0, GOOD);
	s.visit = unrevoke_too_soon;
	ck_assert_int_eq(stage_run(&s, 1, VPRIM_DMABUF_TRIGGER_MEMORY_OFF), -EINVAL);
	ck_assert(!s.hardware && s.d[0].memory_on);
	ck_assert(s.bufs[1].state == VPRIM_DMABUF_EXPORTER_LIVE && s.mapped == 1);
}
END_TEST

/* Counted by the hook, which hears of each step. */
static unsigned int steps_of_a_reset(size_t n)
{
	const struct vprim_dmabuf_layout layout = { &bar, 1, true, false };
	struct vprim_dmabuf *bufs = calloc(n, sizeof(*bufs));
	struct stage s;
	size_t i;

	ck_assert_ptr_nonnull(bufs);
	stage_set(&s);
	stage_lock(&s, VPRIM_DMABUF_LOCK_MEMORY, &s.d[0]);
	for (i = 0; i < n; i++)
		OK(vprim_dmabuf_init(&bufs[i], sizeof(bufs[i]), &s.d[0], &layout,
				     NULL));
	stage_unlock(&s, VPRIM_DMABUF_LOCK_MEMORY, &s.d[0]);
	s.hooks = 0;
	OK(stage_run(&s, 2, VPRIM_DMABUF_TRIGGER_HOT_RESET));
	for (i = 0; i < n; i++)
		ck_assert(bufs[i].state == VPRIM_DMABUF_EXPORTER_LIVE);
	free(bufs);
	return s.hooks;
}

START_TEST(a_run_is_linear_in_its_buffers)
{
	unsigned int few = steps_of_a_reset(500), many = steps_of_a_reset(2000);

	ck_assert_uint_lt(many, 20 * 2000);
	ck_assert_uint_le(many, 4 * few);
}
END_TEST

static int refuse_map(void *domain, uint64_t iova, const struct vprim_range *phys)
{
	(void)domain;
	(void)iova;
	(void)phys;
	return -ENOSPC;
}

START_TEST(pages_are_filled_and_released_in_order)
{
	static const struct vprim_dmabuf_domain_ops refusing = { refuse_map, stage_unmap };
	struct vprim_dmabuf_pair entry;
	struct stage s;

	stage_set(&s);
	stage_lend(&s, 0, 0, GOOD);
	entry = (struct vprim_dmabuf_pair){ .ops = &refusing, .domain = &s };
	REFUSED(vprim_dmabuf_pages_fill(&s.m[0].pages, &entry, 0, 1, &stage_ops, &s,
						 &why), -ENOSPC, BACKEND);
	ck_assert_uint_eq(why.value, ENOSPC);
	ck_assert(entry.state == VPRIM_DMABUF_PAIR_ABSENT);
	entry.ops = &stage_domain;
	REFUSED(vprim_dmabuf_pages_fill(&s.m[0].pages, &entry, 0x4000, 1,
						 &stage_ops, &s, &why), -EINVAL, BEYOND);
	REFUSED(vprim_dmabuf_pages_fill(&s.m[0].pages, &entry, M, 2,
						 &stage_ops, &s, &why), -EOVERFLOW, WRAP);
	REFUSED(vprim_dmabuf_pages_fill(&s.m[0].pages, &s.entry[0], 0, 1,
						 &stage_ops, &s, &why), -EEXIST, FILLED);
	PASSED(vprim_dmabuf_pages_fill(&s.m[0].pages, &entry, 0, 1, &stage_ops, &s,
				       &why));
	REFUSED(vprim_dmabuf_pages_release(&s.m[0].pages, &stage_ops, &s,
						    &why), -EBUSY, TRACKED);
	vprim_dmabuf_pages_unfill(&s.m[0].pages, &entry, &stage_ops, &s);
	ck_assert_uint_eq(s.mapped, 1);
	OK(stage_run(&s, 1, VPRIM_DMABUF_TRIGGER_MEMORY_OFF));
	/* It is there, and not mapped. */
	OK(vprim_dmabuf_pages_fill(&s.m[0].pages, &entry, 0, 1, &stage_ops, &s,
				   NULL));
	vprim_dmabuf_pages_unfill(&s.m[0].pages, &entry, &stage_ops, &s);
	stage_release(&s, 0);
	ck_assert(s.woken == 1 && s.detached == 1 && !s.mapped);
}
END_TEST

/* A state that is none: what it may have been is not taken for undone. */
START_TEST(a_pair_that_was_overwritten_is_not_taken_for_unmapped)
{
	const enum vprim_dmabuf_pair_state wrong = (enum vprim_dmabuf_pair_state)
						   VPRIM_DMABUF_PAIR_STATES;
	struct vprim_dmabuf_pair entry = { .ops = &stage_domain, .state = wrong };
	struct stage s;

	stage_set(&s);
	stage_lend(&s, 0, 0, GOOD);
	REFUSED(vprim_dmabuf_pages_fill(&s.m[0].pages, &entry, 0, 1, &stage_ops, &s,
					&why), -EINVAL, EVENT);
	ck_assert(entry.state == wrong && !entry.pages);
	s.entry[0].state = wrong;
	vprim_dmabuf_pages_unfill(&s.m[0].pages, &s.entry[0], &stage_ops, &s);
	ck_assert_uint_eq(s.mapped, 1);
	ck_assert_int_eq(vprim_dmabuf_pages_notify(&s.m[0].pages, &stage_ops, &s),
			 -EINVAL);
	ck_assert(s.m[0].pages.state == VPRIM_DMABUF_IMPORTER_LIVE);
	s.entry[0].state = VPRIM_DMABUF_PAIR_MAPPED;
	stage_release(&s, 0);
	ck_assert_uint_eq(s.mapped, 0);
}
END_TEST

START_TEST(pages_that_were_overwritten_are_refused)
{
	struct vprim_dmabuf_pair entry = { .ops = &stage_domain };
	struct stage s;

	stage_set(&s);
	stage_lend(&s, 0, 0, GOOD);
	s.m[0].pages.state = VPRIM_DMABUF_IMPORTER_STATES;
	REFUSED(vprim_dmabuf_pages_fill(&s.m[0].pages, &entry, 0, 1, &stage_ops, &s,
					&why), -EINVAL, EVENT);
	ck_assert_int_eq(vprim_dmabuf_pages_notify(&s.m[0].pages, &stage_ops, &s),
			 -EINVAL);
	REFUSED(vprim_dmabuf_pages_release(&s.m[0].pages, &stage_ops, &s, &why),
		-EINVAL, EVENT);
	ck_assert(s.m[0].pages.state == VPRIM_DMABUF_IMPORTER_STATES && s.mapped == 1);
}
END_TEST

static void lock_what_was_detached(void *ctx, enum vprim_dmabuf_lock lock, void *object)
{
	struct stage *s = ctx;

	stage_lock(s, lock, object);
	if (lock != VPRIM_DMABUF_LOCK_RESV)
		return;
	OK(vprim_dmabuf_unmap(&s->m[0].attach));
	OK(vprim_dmabuf_detach(&s->m[0].attach, NULL));
}

static void detach_no_more(void *ctx, struct vprim_dmabuf_attachment *attach)
{
	(void)ctx;
	ck_assert_ptr_null(attach->buf);
}

START_TEST(a_release_says_what_was_detached_behind_its_back)
{
	struct vprim_dmabuf_ops ops = stage_ops;
	struct stage s;

	ops.lock = lock_what_was_detached;
	ops.detach = detach_no_more;
	stage_set(&s);
	stage_lend(&s, 0, 0, GOOD);
	vprim_dmabuf_pages_unfill(&s.m[0].pages, &s.entry[0], &stage_ops, &s);
	ck_assert_int_eq(vprim_dmabuf_pages_release(&s.m[0].pages, &ops, &s, NULL),
			 -EINVAL);
	ck_assert(s.m[0].pages.state == VPRIM_DMABUF_IMPORTER_RELEASED);
	ck_assert(!s.resv && !s.pages && s.woken == 1);
}
END_TEST

START_TEST(the_worst_sequences_end_well)
{
	for (size_t i = 0; i < VPRIM_ARRAY_LEN(adv_dmabuf_all); i++)
		adv_dmabuf_all[i].run(300);
}
END_TEST

/* -- what may be called from where -- */

static unsigned int visits[5];

static void call_what_names_no_lock(void)
{
	size_t n;

	ck_assert_ptr_nonnull(vprim_dmabuf_transitions(&n));
	ck_assert_ptr_nonnull(vprim_dmabuf_decide(VPRIM_DMABUF_PAIR, 0, VPRIM_DMABUF_ON_FILL,
						  0));
	ck_assert_ptr_nonnull(vprim_dmabuf_plan_for(VPRIM_DMABUF_TRIGGER_FLR));
	OK(vprim_dmabuf_check_slice(0, 1, 1, NULL));
	OK(vprim_dmabuf_check_access(VPRIM_DMABUF_ACCESS_DIRTY, false, false,
				     NULL));
	ck_assert_ptr_nonnull(vprim_dmabuf_name(VPRIM_DMABUF_NAME_EVENT, VPRIM_DMABUF_ON_FILL));
}

/* RESV of buffer 0 is held, and maybe an acknowledgement due. */
static void call_what_names_resv(struct stage *s)
{
	struct vprim_dmabuf *buf = &s->bufs[0];
	struct vprim_dmabuf_attachment *a = &s->m[0].attach, other;
	struct vprim_range phys;

	ck_assert(buf->state == VPRIM_DMABUF_EXPORTER_REVOKED);
	(void)vprim_dmabuf_device_may_act(&s->d[0]);
	ck_assert_ptr_eq(a->buf, buf);
	ck_assert_int_eq(vprim_dmabuf_attach(buf, &other, GOOD, NULL), -ENODEV);
	ck_assert_int_eq(vprim_dmabuf_map(a, NULL, NULL), -ENODEV);
	ck_assert_int_eq(vprim_dmabuf_map(a, &phys, NULL), -ENODEV);
	OK(vprim_dmabuf_pin(a));
	OK(vprim_dmabuf_unpin(a));
	ck_assert_int_ne(vprim_dmabuf_acknowledge(a), -EINVAL);
	OK(vprim_dmabuf_pages_notify(&s->m[0].pages, &stage_ops, s));
}

static void call_from_hardware(struct stage *s)
{
	struct vprim_dmabuf_pair entry = { .ops = &stage_domain, .domain = s };

	ck_assert(vprim_dmabuf_device_may_act(&s->d[0]));
	ck_assert_ptr_eq(s->d[0].buffers, &s->bufs[0]);
	ck_assert_ptr_null(s->bufs[0].next);
	ck_assert_uint_eq(s->d[0].registrations, 1);
	ck_assert_ptr_eq(s->bufs[0].device, &s->d[0]);
	stage_lock(s, VPRIM_DMABUF_LOCK_RESV, &s->bufs[0]);
	call_what_names_resv(s);
	stage_unlock(s, VPRIM_DMABUF_LOCK_RESV, &s->bufs[0]);
	OK(vprim_dmabuf_pages_fill(&s->m[0].pages, &entry, 0, 1, &stage_ops, s,
				   NULL));
	vprim_dmabuf_pages_unfill(&s->m[0].pages, &entry, &stage_ops, s);
	vprim_dmabuf_pages_unfill(&s->m[0].pages, &s->entry[0], &stage_ops, s);
	OK(vprim_dmabuf_pages_release(&s->m[0].pages, &stage_ops, s, NULL));
}

static void call_everything_allowed(struct stage *s, const char *where)
{
	static const char *const places[] = { "hook", "notify", "map", "unmap", "hardware" };
	unsigned int i = 0;

	while (strcmp(places[i], where))
		i++;
	visits[i]++;
	call_what_names_no_lock();
	switch (i) {
	case 1:
		call_what_names_resv(s);
		break;
	case 2:
	case 3:
		ck_assert(s->m[0].pages.state ==
			  VPRIM_DMABUF_IMPORTER_LIVE);
		ck_assert_uint_eq(s->m[0].pages.length_bytes, 0x4000);
		break;
	case 4:
		call_from_hardware(s);
		break;
	default:
		break;
	}
}

START_TEST(an_operation_may_call_what_its_page_allows)
{
	struct stage s;
	unsigned int i;

	stage_set(&s);
	s.visit = call_everything_allowed;
	stage_lend(&s, 0, 0, GOOD);
	vprim_dmabuf_pages_unfill(&s.m[0].pages, &s.entry[0], &stage_ops, &s);
	OK(vprim_dmabuf_pages_fill(&s.m[0].pages, &s.entry[0], 0, 1, &stage_ops, &s,
				   NULL));
	OK(stage_run(&s, 1, VPRIM_DMABUF_TRIGGER_RESET));
	for (i = 0; i < VPRIM_ARRAY_LEN(visits); i++)
		ck_assert_uint_gt(visits[i], 0);
	ck_assert(s.bufs[0].state == VPRIM_DMABUF_EXPORTER_LIVE);
	ck_assert(s.detached == 1 && !s.mapped);
}
END_TEST

/* Asleep with its decoding off, a device that wakes up does not answer yet. */
START_TEST(memory_is_on_when_no_reason_is_left)
{
	static const enum vprim_dmabuf_trigger off[] = {
		VPRIM_DMABUF_TRIGGER_MEMORY_OFF, VPRIM_DMABUF_TRIGGER_POWER_DOWN,
		VPRIM_DMABUF_TRIGGER_SLEEP,
	}, on[] = {
		VPRIM_DMABUF_TRIGGER_MEMORY_ON, VPRIM_DMABUF_TRIGGER_POWER_UP,
		VPRIM_DMABUF_TRIGGER_WAKE,
	};

	for (unsigned int first = 0; first < 3; first++) {
		struct vprim_dmabuf_device d = make_device(true);

		for (unsigned int k = 0; k < 6; k++) {
			vprim_dmabuf_account_(&d, off[k % 3]);
			ck_assert(!d.memory_on);
		}
		for (unsigned int k = 0; k < 3; k++) {
			ck_assert(!d.memory_on);
			vprim_dmabuf_account_(&d, VPRIM_DMABUF_TRIGGER_RESET);
			vprim_dmabuf_account_(&d, on[(first + k) % 3]);
		}
		ck_assert(d.memory_on);
	}
}
END_TEST

START_TEST(the_account_of_each_event)
{
	static const struct {
		enum vprim_dmabuf_trigger trigger;
		bool was_on, is_on, stays;
	} rows[] = {
		{ VPRIM_DMABUF_TRIGGER_MEMORY_OFF, true, false, true },
		{ VPRIM_DMABUF_TRIGGER_MEMORY_ON, false, true, true },
		{ VPRIM_DMABUF_TRIGGER_POWER_DOWN, true, false, true },
		{ VPRIM_DMABUF_TRIGGER_POWER_UP, false, true, true },
		{ VPRIM_DMABUF_TRIGGER_FLR, true, true, true },
		{ VPRIM_DMABUF_TRIGGER_FLR, false, false, true },
		{ VPRIM_DMABUF_TRIGGER_RESET, true, true, true },
		{ VPRIM_DMABUF_TRIGGER_RESET, false, false, true },
		{ VPRIM_DMABUF_TRIGGER_HOT_RESET, true, true, true },
		{ VPRIM_DMABUF_TRIGGER_HOT_RESET, false, false, true },
		{ VPRIM_DMABUF_TRIGGER_SLEEP, true, false, true },
		{ VPRIM_DMABUF_TRIGGER_WAKE, false, true, true },
		{ VPRIM_DMABUF_TRIGGER_CLOSE, true, true, false },
		{ VPRIM_DMABUF_TRIGGER_UNBIND, true, true, false },
		{ VPRIM_DMABUF_TRIGGER_UNPLUG, true, true, false },
		{ VPRIM_DMABUF_TRIGGER_SURPRISE, false, false, false },
	};

	for (size_t i = 0; i < VPRIM_ARRAY_LEN(rows); i++) {
		struct vprim_dmabuf_device d = make_device(rows[i].was_on);

		vprim_dmabuf_account_(&d, rows[i].trigger);
		ck_assert_int_eq(d.memory_on, rows[i].is_on);
		ck_assert_int_eq(d.open, rows[i].stays);
		ck_assert_int_eq(d.going, !rows[i].stays);
	}
}
END_TEST

/* The importer's rows about pairs say what the pair's own rows say. */
START_TEST(pages_and_pairs_agree)
{
	for (unsigned int s = VPRIM_DMABUF_IMPORTER_LIVE;
	     s <= VPRIM_DMABUF_IMPORTER_REVOKED; s++) {
		bool live = s == VPRIM_DMABUF_IMPORTER_LIVE;
		const struct vprim_dmabuf_transition *i, *p;

		i = vprim_dmabuf_decide(VPRIM_DMABUF_IMPORTER, s, VPRIM_DMABUF_ON_FILL, 0);
		p = vprim_dmabuf_decide(VPRIM_DMABUF_PAIR, VPRIM_DMABUF_PAIR_ABSENT,
					VPRIM_DMABUF_ON_FILL, live ? VPRIM_DMABUF_IF_OPEN : 0);
		ck_assert(i && p && !i->error && !p->error);
		ck_assert_uint_eq(i->actions, p->actions);
		i = vprim_dmabuf_decide(VPRIM_DMABUF_IMPORTER, s, VPRIM_DMABUF_ON_UNFILL, 0);
		p = vprim_dmabuf_decide(VPRIM_DMABUF_PAIR, p->next, VPRIM_DMABUF_ON_UNFILL, 0);
		ck_assert(i && p && !i->error && !p->error);
		ck_assert_uint_eq(i->actions, p->actions);
	}
}
END_TEST

/* -- the model -- */

static const struct {
	const char *name;
	int error;
} model_errors[] = {
	{ "0", 0 },		   { "ENODEV", -ENODEV }, { "EOPNOTSUPP", -EOPNOTSUPP },
	{ "EBUSY", -EBUSY },	   { "ENOENT", -ENOENT }, { "EEXIST", -EEXIST },
	{ "EINVAL", -EINVAL },
};

static void upper(char *to, const char *from)
{
	for (; *from; from++)
		*to++ = (char)(*from >= 'a' && *from <= 'z' ? *from - 'a' + 'A' : *from);
	*to = '\0';
}

/* The bits of "IF_MEMORY|IF_DRAINING" or "0". */
static uint32_t bits_of(char *text, const char *prefix,
			enum vprim_dmabuf_names names)
{
	uint32_t bits = 0;
	char word[64], *rest = text, *piece;
	unsigned int i;

	if (!strcmp(text, "0"))
		return 0;
	while ((piece = strtok_r(rest, "|", &rest))) {
		ck_assert_msg(!strncmp(piece, prefix, strlen(prefix)), "%s", piece);
		for (i = 0; vprim_dmabuf_name(names, i); i++) {
			upper(word, vprim_dmabuf_name(names, i));
			if (!strcmp(word, piece + strlen(prefix)))
				break;
		}
		ck_assert_msg(vprim_dmabuf_name(names, i) != NULL, "%s", piece);
		bits |= (uint32_t)1 << i;
	}
	return bits;
}

/* "EXPORTER_LIVE" and the like: the machine's state of that name. */
static unsigned int state_named(unsigned int machine, const char *text)
{
	char want[64], word[32];
	unsigned int s;

	upper(word, vprim_dmabuf_name(VPRIM_DMABUF_NAME_MACHINE, machine));
	for (s = 0; s < states_of(machine); s++) {
		snprintf(want, sizeof(want), "%s_%s", word,
			 state_name(machine, s));
		if (!strcmp(want, text))
			return s;
	}
	ck_abort_msg("no state: %s", text);
}

/* The head of a question, "#define PAIR_FILL_DO(s, f) ( \": whose, about what, which. */
static bool is_head(const char *line, unsigned int *machine, unsigned int *event,
		    char *question)
{
	char want[96], m[32], e[32];

	for (*machine = 0; *machine < VPRIM_DMABUF_MACHINES; ++*machine)
		for (*event = 0; *event < VPRIM_DMABUF_EVENTS; ++*event) {
			size_t n;
			int rest = 0;

			upper(m, vprim_dmabuf_name(VPRIM_DMABUF_NAME_MACHINE, *machine));
			upper(e, vprim_dmabuf_name(VPRIM_DMABUF_NAME_EVENT, *event));
			n = (size_t)snprintf(want, sizeof(want), "#define %s_%s_", m, e);
			if (strncmp(line, want, n))
				continue;
			if (sscanf(line + n, "%15[A-Z](s, f) ( \\%n", question, &rest) == 1 &&
			    rest)
				return true;
		}
	return false;
}

/* One row of the model beside the row of the library that it should be. */
static void compare_row(char *line, const struct vprim_dmabuf_transition *r,
			const char *question)
{
	char state[64], need[256], lack[256], value[512];

	ck_assert_msg(sscanf(line, "\t(FITS(s, f, %63[^,], %255[^,], %255[^)])) -> %511s",
			     state, need, lack, value) == 4 ||
		      sscanf(line, "\t(FITS(s, f, %63[^,], %255[^,], %255[^)]) -> %511s",
			     state, need, lack, value) == 4, "%s", line);
	ck_assert_uint_eq(state_named(r->machine, state), r->state);
	ck_assert_uint_eq(bits_of(need, "IF_", VPRIM_DMABUF_NAME_FACT), r->need);
	ck_assert_uint_eq(bits_of(lack, "IF_", VPRIM_DMABUF_NAME_FACT), r->lack);
	if (!strcmp(question, "NEXT")) {
		ck_assert_uint_eq(state_named(r->machine, value), r->next);
	} else if (!strcmp(question, "DO")) {
		ck_assert_uint_eq(bits_of(value, "DO_", VPRIM_DMABUF_NAME_ACTION), r->actions);
	} else {
		size_t i = 0;

		ck_assert_str_eq(question, "ERROR");
		while (strcmp(model_errors[i].name, value))
			ck_assert_uint_lt(++i, VPRIM_ARRAY_LEN(model_errors));
		ck_assert_int_eq(model_errors[i].error, r->error);
	}
}

/* The next row of the library that has the machine and event, from @at on. */
static size_t next_row(size_t at, unsigned int machine, unsigned int event)
{
	const struct vprim_dmabuf_transition *rules;
	size_t n;

	rules = vprim_dmabuf_transitions(&n);
	while (at < n && (rules[at].machine != machine || rules[at].event != event))
		at++;
	return at;
}

START_TEST(the_model_has_the_same_rules)
{
	const char *dir = getenv("VPRIM_SRCDIR");
	unsigned int machine = 0, event = 0;
	size_t n, at = 0, rows = 0;
	const struct vprim_dmabuf_transition *rules = vprim_dmabuf_transitions(&n);
	char path[4096], line[1024], question[16] = "";
	bool inside = false;
	FILE *in;

	snprintf(path, sizeof(path), "%s/tests/model/dmabuf_rules.pml", dir ? dir : ".");
	in = fopen(path, "r");
	ck_assert_msg(in != NULL, "%s", path);
	while (fgets(line, sizeof(line), in)) {
		if (!inside && is_head(line, &machine, &event, question)) {
			inside = true;
			at = next_row(0, machine, event);
		} else if (inside && !strncmp(line, "\t(FITS", 6)) {
			ck_assert_uint_lt(at, n);
			compare_row(line, &rules[at], question);
			at = next_row(at + 1, machine, event);
			rows++;
		} else if (inside) {
			ck_assert(!strncmp(line, "\t0)", 3));
			ck_assert_uint_eq(at, n);	/* none is missing */
			inside = false;
		}
	}
	fclose(in);
	ck_assert_uint_eq(rows, 3 * n);
}
END_TEST

/* The numbers that the model has for names are those of the header. */
START_TEST(the_model_has_the_same_numbers)
{
	const char *dir = getenv("VPRIM_SRCDIR");
	char path[4096], line[1024], name[64], word[64];
	unsigned int value, facts = 0, actions = 0, states = 0;
	FILE *in;

	snprintf(path, sizeof(path), "%s/tests/model/dmabuf_rules.pml", dir ? dir : ".");
	in = fopen(path, "r");
	ck_assert_msg(in != NULL, "%s", path);
	while (fgets(line, sizeof(line), in)) {
		if (sscanf(line, "#define %63[A-Z0-9_] %u", name, &value) != 2)
			continue;
		if (!strncmp(name, "IF_", 3)) {
			upper(word, vprim_dmabuf_name(VPRIM_DMABUF_NAME_FACT, vprim_ctz64(value)));
			ck_assert_str_eq(word, name + 3);
			facts++;
		} else if (!strncmp(name, "DO_", 3)) {
			ck_assert_str_eq(vprim_dmabuf_name(VPRIM_DMABUF_NAME_ACTION, vprim_ctz64(value)), name + 3);
			actions++;
		} else if (strchr(name, '_')) {
			unsigned int m = name[0] == 'E' ? VPRIM_DMABUF_EXPORTER :
				name[0] == 'I' ? VPRIM_DMABUF_IMPORTER : VPRIM_DMABUF_PAIR;

			ck_assert_uint_eq(state_named(m, name), value);
			states++;
		}
	}
	fclose(in);
	ck_assert_uint_eq(facts, VPRIM_DMABUF_FACTS);
	ck_assert_uint_eq(actions, VPRIM_DMABUF_ACTIONS);
	ck_assert_uint_eq(states, VPRIM_DMABUF_EXPORTER_STATES +
				  VPRIM_DMABUF_IMPORTER_STATES + VPRIM_DMABUF_PAIR_STATES);
}
END_TEST

/* -- every reachable state of small worlds -- */

#define MAX_IMPORTERS 2
#define MAX_PAIRS 2

struct small {
	struct vprim_dmabuf_device d;
	struct vprim_dmabuf buf;
	struct vprim_dmabuf_attachment attach[MAX_IMPORTERS];
	struct vprim_dmabuf_pages pages[MAX_IMPORTERS];
	struct vprim_dmabuf_pair pair[MAX_IMPORTERS][MAX_PAIRS];
	/* What the machine does not know: the world it stands for. */
	bool iommu[MAX_IMPORTERS][MAX_PAIRS];	/* the entry is there */
	bool done[MAX_IMPORTERS];		/* the callback has returned */
	bool fd;				/* the user's descriptor is open */
	unsigned int puts;			/* of the registration */
};

struct config {
	const char *name;
	unsigned int importers, pairs, counted;	/* the last as a mask */
	bool whole;		/* spec events as one step each */
	size_t states;		/* how many there are */
};

static const struct config configs[] = {
	{ "the table's events, each in one step", 2, 2, 0, true, 176 },
	{ "every call a step: 1 importer, 2 pairs", 1, 2, 0, false, 642 },
	{ "every call a step: 1 counted importer, 2 pairs", 1, 2, 1, false, 522 },
	{ "every call a step: 2 importers (one counted), 1 pair each", 2, 1, 2, false, 9570 },
	{ "every call a step: 2 importers (one counted), 2 pairs each", 2, 2, 2, false, 34334 },
};

/* The one world that is being looked at; lists point into it. */
static struct small w;
static const struct config *cfg;

enum event {
	MEMORY_ON, MEMORY_OFF, REVOKE, COMPLETE, UNREVOKE, CLEANUP, RELEASE,
	CLOSE, PER_IMPORTER,
	ATTACH = PER_IMPORTER, NOTIFY, ACK, MAP_FILE, PAGES_RELEASE, PAGES_UNMAP,
	DETACH, FINISH, PIN, UNPIN, RECYCLE, PER_PAIR,
	FILL = PER_PAIR, FILL_REFUSED, UNFILL, EVENTS
};

static uint32_t flags_of(unsigned int i)
{
	return cfg->counted >> i & 1 ? COUNTED : GOOD;
}

static void iommu_map(unsigned int i, unsigned int p, const struct vprim_range *phys)
{
	ck_assert_msg(!w.iommu[i][p], "S2: mapped twice");
	ck_assert_msg(w.pages[i].state == VPRIM_DMABUF_IMPORTER_LIVE, "S3: mapped by REVOKED pages");
	ck_assert_msg(vprim_range_contains(&bar, phys), "S12: outside the buffer");
	ck_assert_msg(!is_quiet(&w.buf), "S1: mapped after revoke returned");
	w.iommu[i][p] = true;
}

static void iommu_unmap(unsigned int i, unsigned int p)
{
	ck_assert_msg(w.iommu[i][p], "S2: unmapped without a map");
	w.iommu[i][p] = false;
}

/* A step of the buffer; what it says of the registration is counted. */
static int step(enum vprim_dmabuf_event event)
{
	const struct vprim_dmabuf_transition *rule;
	int ret = vprim_dmabuf_step_(&w.buf, event, &rule, NULL);

	w.puts += !ret && asks(rule, VPRIM_DMABUF_DO_PUT_REGISTRATION);
	ck_assert_msg(w.puts <= 1, "S7: registration put twice");
	return ret;
}

static int release(void)
{
	bool had = w.buf.device;
	int ret = vprim_dmabuf_release(&w.buf, NULL);

	w.puts += !ret && had;
	return ret;
}

static int notify_step(unsigned int i, bool *more)
{
	struct vprim_dmabuf_pair *pair = NULL;
	int ret = vprim_dmabuf_notify_(&w.pages[i], &pair);

	*more = !ret && pair;
	if (*more)
		iommu_unmap(i, (unsigned int)(pair - w.pair[i]));
	return ret;
}

static int fill(unsigned int i, unsigned int p, bool refused)
{
	struct vprim_dmabuf_pair *pair = &w.pair[i][p];
	const struct vprim_dmabuf_transition *rule;
	int ret = vprim_dmabuf_track_(&w.pages[i], pair, p * 0x1000, 0x1000, &rule,
				      NULL);

	if (ret || !asks(rule, VPRIM_DMABUF_DO_IOMMU_MAP))
		return ret;
	if (refused)
		return vprim_dmabuf_untrack_(pair, VPRIM_DMABUF_ON_FILL_FAILED, &rule);
	iommu_map(i, p, &pair->phys);
	return 0;
}

static int unfill(unsigned int i, unsigned int p)
{
	const struct vprim_dmabuf_transition *rule;
	int ret = vprim_dmabuf_untrack_(&w.pair[i][p], VPRIM_DMABUF_ON_UNFILL, &rule);

	if (!ret && asks(rule, VPRIM_DMABUF_DO_IOMMU_UNMAP))
		iommu_unmap(i, p);
	return ret;
}

static bool attached(unsigned int i)
{
	return w.attach[i].buf != NULL;
}

/* Calls that the contract forbids in this world, which a caller must not make. */
static bool allowed(enum event e, unsigned int i)
{
	enum vprim_dmabuf_importer_state s = w.pages[i].state;

	switch (e) {
	case MEMORY_ON:
		return !w.d.memory_on;
	case MEMORY_OFF:
		return w.d.memory_on && vprim_dmabuf_device_may_act(&w.d);
	case RELEASE:
		return !w.fd;
	case CLOSE:
		return w.fd;
	case ATTACH:		/* needs the file, and pages that are not in use */
		return w.fd && !attached(i) && s == VPRIM_DMABUF_IMPORTER_NONE;
	case ACK:		/* says that the callback has returned */
		return !w.attach[i].due || w.done[i];
	case DETACH:		/* not below pages that still use it */
		return s == VPRIM_DMABUF_IMPORTER_NONE || w.pages[i].releasing;
	case PIN:		/* release gives back what was pinned before it */
		return !w.attach[i].pins && s != VPRIM_DMABUF_IMPORTER_RELEASED &&
		       !w.pages[i].releasing;
	case RECYCLE:
		return s == VPRIM_DMABUF_IMPORTER_RELEASED;
	default:
		return true;
	}
}

static int call(enum event e, unsigned int i, unsigned int p)
{
	bool more;
	int ret;

	switch (e) {
	case MEMORY_ON:
		w.d.memory_on = true;
		return 0;
	case MEMORY_OFF:	/* hardware is touched: S10 is in check_world() */
		w.d.memory_on = false;
		return 0;
	case REVOKE:
		return step(VPRIM_DMABUF_ON_REVOKE);
	case COMPLETE:
		return step(VPRIM_DMABUF_ON_COMPLETE);
	case UNREVOKE:
		return step(VPRIM_DMABUF_ON_UNREVOKE);
	case CLEANUP:
		ret = step(VPRIM_DMABUF_ON_CLEANUP);
		w.d.open &= ret != 0;
		return ret;
	case RELEASE:
		return release();
	case CLOSE:
		w.fd = false;
		return 0;
	case ATTACH:
		return vprim_dmabuf_attach(&w.buf, &w.attach[i], flags_of(i),
					   NULL);
	case NOTIFY:
		ret = notify_step(i, &more);
		w.done[i] = !ret && !more && w.attach[i].due;
		return ret;
	case ACK:
		ret = vprim_dmabuf_acknowledge(&w.attach[i]);
		w.done[i] &= ret != 0;
		return ret;
	case MAP_FILE:
		return vprim_dmabuf_pages_map_file(&w.pages[i], &w.attach[i], 0, 0x2000,
						   NULL);
	case PAGES_RELEASE:
		return vprim_dmabuf_release_begin_(&w.pages[i], NULL);
	case PAGES_UNMAP:
		return vprim_dmabuf_release_unmap_(&w.pages[i]);
	case DETACH:
		return vprim_dmabuf_detach(&w.attach[i], NULL);
	case FINISH:
		return vprim_dmabuf_release_finish_(&w.pages[i], NULL);
	case PIN:
		return vprim_dmabuf_pin(&w.attach[i]);
	case UNPIN:
		return vprim_dmabuf_unpin(&w.attach[i]);
	case RECYCLE:
		return vprim_dmabuf_pages_init(&w.pages[i], sizeof(w.pages[i]), NULL);
	case FILL:
		return fill(i, p, false);
	case FILL_REFUSED:
		return fill(i, p, true);
	default:
		return unfill(i, p);
	}
}

/* The same events with everything that belongs to them in one step. */
static int whole_revoke(enum event e)
{
	int ret = call(e, 0, 0);
	bool more;

	for (unsigned int i = 0; !ret && i < cfg->importers; i++) {
		if (!w.attach[i].due)
			continue;
		do
			ret = notify_step(i, &more);
		while (!ret && more);
		if (!ret)
			ret = vprim_dmabuf_acknowledge(&w.attach[i]);
	}
	return ret ? ret : call(COMPLETE, 0, 0);
}

static int whole_map_file(unsigned int i)
{
	int ret = call(ATTACH, i, 0);

	if (ret)
		return ret;
	ret = call(MAP_FILE, i, 0);
	if (ret)
		ck_assert_int_eq(call(DETACH, i, 0), 0);
	return ret;
}

static int whole_release(unsigned int i)
{
	int ret = call(PAGES_RELEASE, i, 0);

	if (ret)
		return ret;
	ck_assert_int_eq(call(PAGES_UNMAP, i, 0), 0);
	ck_assert_int_eq(call(DETACH, i, 0), 0);
	ck_assert_int_eq(call(FINISH, i, 0), 0);
	return 0;
}

/* -EAGAIN: no event here. */
static int whole_call(enum event e, unsigned int i, unsigned int p)
{
	switch (e) {
	case REVOKE:
	case CLEANUP:
		return whole_revoke(e);
	case MAP_FILE:
		return w.pages[i].state ? -EAGAIN : whole_map_file(i);
	case PAGES_RELEASE:
		return whole_release(i);
	case UNREVOKE:
	case RELEASE:
	case FILL:
	case FILL_REFUSED:
	case UNFILL:
		return call(e, i, p);
	default:
		return -EAGAIN;
	}
}

static uint64_t key(void);

static int apply(enum event e, unsigned int i, unsigned int p)
{
	struct small before = w;
	uint64_t key_before = key();
	int ret;

	if (cfg->whole)
		ret = whole_call(e, i, p);
	else
		ret = allowed(e, i) ? call(e, i, p) : -EAGAIN;
	/*
	 * Which rows of the library failed does not matter: a failed call, and a
	 * MAP_FILE that was undone (S11), leave everything as it was.
	 */
	if (ret)
		ck_assert_uint_eq(key(), key_before);
	/* S3 */
	for (unsigned int k = 0; k < cfg->importers; k++)
		if (before.pages[k].state == VPRIM_DMABUF_IMPORTER_REVOKED)
			ck_assert(w.pages[k].state == VPRIM_DMABUF_IMPORTER_REVOKED ||
				  w.pages[k].state == VPRIM_DMABUF_IMPORTER_RELEASED);
	/* S5 */
	if (before.buf.state >= VPRIM_DMABUF_EXPORTER_DEAD)
		ck_assert(w.buf.state >= before.buf.state);
	/* S4 */
	if (w.attach[i].mappings > before.attach[i].mappings)
		ck_assert(before.buf.state == VPRIM_DMABUF_EXPORTER_LIVE &&
			  (w.attach[i].flags & VPRIM_DMABUF_ATTACH_REVOCABLE));
	/* S8: one base reference per change of being LIVE */
	if (before.buf.state != w.buf.state)
		ck_assert((w.buf.state == VPRIM_DMABUF_EXPORTER_LIVE) ==
			  (w.buf.refs > before.buf.refs) ||
			  w.buf.state == VPRIM_DMABUF_EXPORTER_FREED ||
			  before.buf.state == VPRIM_DMABUF_EXPORTER_REVOKED);
	return ret;
}

static void check_importer(unsigned int i)
{
	const struct vprim_dmabuf_pages *pages = &w.pages[i];
	unsigned int tracked = 0;

	for (unsigned int p = 0; p < cfg->pairs; p++) {
		const struct vprim_dmabuf_pair *pair = &w.pair[i][p];
		bool mapped = pair->state == VPRIM_DMABUF_PAIR_MAPPED;

		/* S2: what the machine believes is what is there */
		ck_assert(w.iommu[i][p] == mapped);
		/* S3 */
		ck_assert(!mapped || pages->state == VPRIM_DMABUF_IMPORTER_LIVE);
		/* S1 and S10: nothing is reached when the hardware may be touched */
		if (vprim_dmabuf_device_may_act(&w.d) || is_quiet(&w.buf))
			ck_assert(!mapped);
		tracked += pair->state != VPRIM_DMABUF_PAIR_ABSENT;
		ck_assert((pair->pages == pages) ==
			  (pair->state != VPRIM_DMABUF_PAIR_ABSENT));
	}
	ck_assert((tracked > 0) == (pages->pairs != NULL));
	/* S6: only those who are attached are notified; S7, S8 */
	if (!attached(i))
		ck_assert(!w.attach[i].due && !w.attach[i].mappings && !w.attach[i].pins);
	if (pages->state == VPRIM_DMABUF_IMPORTER_RELEASED)
		ck_assert(!attached(i) && !tracked);
	/* S13 */
	if (pages->state == VPRIM_DMABUF_IMPORTER_LIVE ||
	    pages->state == VPRIM_DMABUF_IMPORTER_REVOKED)
		ck_assert_uint_eq(pages->length_bytes, 0x2000);
}

static void check_world(void)
{
	uint64_t refs = w.buf.state == VPRIM_DMABUF_EXPORTER_LIVE, due = 0, here = 0;

	for (unsigned int i = 0; i < cfg->importers; i++) {
		check_importer(i);
		if (flags_of(i) == COUNTED)
			refs += w.attach[i].mappings;
		due += w.attach[i].due;
		here += attached(i);
	}
	ck_assert_uint_eq(w.buf.refs, refs);			/* S8 */
	ck_assert_uint_eq(w.buf.due, due);
	ck_assert_uint_eq(w.buf.nr_attachments, here);
	ck_assert(w.buf.state != VPRIM_DMABUF_EXPORTER_FREED || !here);	/* S7 */
	ck_assert_uint_eq(w.d.registrations, 1 - w.puts);
	ck_assert(!w.buf.device == (w.puts == 1));	/* S5 */
	if (w.buf.state == VPRIM_DMABUF_EXPORTER_LIVE)
		ck_assert(!w.buf.draining && !due);
	if (is_quiet(&w.buf))
		ck_assert(!refs && !due);
}

/* What makes two worlds one state. */
static uint64_t key(void)
{
	uint64_t k = w.buf.state;

#define ADD(value, bits) (k = k << (bits) | (uint64_t)(value))
	if (!cfg->whole) {
		ADD(w.buf.draining, 1);
		ADD(w.d.memory_on, 1);
		ADD(w.fd, 1);
	}
	for (unsigned int i = 0; i < cfg->importers; i++) {
		ADD(w.pages[i].state, 2);
		for (unsigned int p = 0; p < cfg->pairs; p++)
			ADD(w.pair[i][p].state, 2);
		if (cfg->whole)
			continue;
		ADD(attached(i), 1);
		ADD(w.attach[i].due, 1);
		ADD(w.done[i], 1);
		ADD(w.attach[i].mappings, 2);
		ADD(w.attach[i].pins, 1);
		ADD(w.pages[i].releasing, 1);
		ADD(w.pages[i].pairs ? w.pages[i].pairs - w.pair[i] + 1 : 0, 2);
	}
#undef ADD
	return k;
}

struct edge {
	uint32_t from, to;
	uint8_t event;
};

static struct {
	struct small *worlds;
	uint64_t *keys;
	struct edge *edges;
	uint32_t *slots;	/* hash of keys: index + 1 */
	size_t n, room, n_edges, room_edges, mask;
	bool bounded;
} g;

static void *grow(void *p, size_t *room, size_t size)
{
	*room = *room ? *room * 2 : 1024;
	p = realloc(p, *room * size);
	ck_assert_ptr_nonnull(p);
	return p;
}

static uint32_t *slot_of(uint64_t k)
{
	size_t at = (size_t)(k * UINT64_C(0x9e3779b97f4a7c15) >> 20) & g.mask;

	while (g.slots[at] && g.keys[g.slots[at] - 1] != k)
		at = (at + 1) & g.mask;
	return &g.slots[at];
}

/* The number of the state that the world is in, new or known. */
static uint32_t number(void)
{
	uint64_t k = key();
	uint32_t *slot = slot_of(k);

	if (*slot)
		return *slot - 1;
	check_world();
	if (g.n == g.room) {
		g.worlds = grow(g.worlds, &g.room, sizeof(*g.worlds));
		g.keys = realloc(g.keys, g.room * sizeof(*g.keys));
		ck_assert_ptr_nonnull(g.keys);
	}
	g.worlds[g.n] = w;
	g.keys[g.n++] = k;
	*slot = (uint32_t)g.n;
	return (uint32_t)g.n - 1;
}

static void explore_event(uint32_t from, enum event e, unsigned int i, unsigned int p)
{
	uint32_t to;

	w = g.worlds[from];
	if (apply(e, i, p))
		return;
	to = number();
	if (to == from)
		return;
	if (g.n_edges == g.room_edges)
		g.edges = grow(g.edges, &g.room_edges, sizeof(*g.edges));
	g.edges[g.n_edges++] = (struct edge){ from, to, (uint8_t)e };
}

static void explore_state(uint32_t from)
{
	for (unsigned int e = 0; e < EVENTS; e++) {
		unsigned int is = e < PER_IMPORTER ? 1 : cfg->importers;
		unsigned int ps = e < PER_PAIR ? 1 : cfg->pairs;

		for (unsigned int i = 0; i < is; i++)
			for (unsigned int p = 0; p < ps; p++)
				explore_event(from, (enum event)e, i, p);
	}
}

static void start(bool memory_on)
{
	/* In place: worlds are compared byte by byte, padding and all. */
	memset(&w, 0, sizeof(w));
	ck_assert_int_eq(vprim_dmabuf_device_init(&w.d, sizeof(w.d), NULL), 0);
	w.d.open = true;
	w.d.memory_on = memory_on;
	make_buf(&w.buf, &w.d, &bar, 1);
	w.fd = true;
	for (unsigned int i = 0; i < MAX_IMPORTERS; i++)
		ck_assert_int_eq(vprim_dmabuf_pages_init(&w.pages[i],
							 sizeof(w.pages[i]), NULL), 0);
	number();
}

/* Marks every state from which a marked one can be reached. */
static void mark_backwards(bool *marked)
{
	bool changed = true;

	while (changed) {
		changed = false;
		for (size_t i = g.n_edges; i--;)
			if (marked[g.edges[i].to] && !marked[g.edges[i].from])
				changed = marked[g.edges[i].from] = true;
	}
}

static bool answers(const struct edge *edge)
{
	return edge->event == NOTIFY || edge->event == ACK || edge->event == COMPLETE;
}

/*
 * Marks every state from which all ways of answers alone lead to a marked one: a
 * state counts its answers, and loses one for each that is marked.
 */
static void mark_inevitable(bool *marked)
{
	uint32_t *left = calloc(g.n, sizeof(*left));
	bool *had = calloc(g.n, sizeof(*had));
	bool changed = true;

	ck_assert(left && had);
	while (changed) {
		changed = false;
		memset(left, 0, g.n * sizeof(*left));
		for (size_t i = 0; i < g.n_edges; i++) {
			if (!answers(&g.edges[i]))
				continue;
			had[g.edges[i].from] = true;
			left[g.edges[i].from] += !marked[g.edges[i].to];
		}
		for (size_t s = 0; s < g.n; s++)
			if (!marked[s] && had[s] && !left[s])
				changed = marked[s] = true;
	}
	free(left);
	free(had);
}

static void check_liveness(void)
{
	bool *freed = calloc(g.n, 1), *over = calloc(g.n, 1), *mapped = calloc(g.n, 1);
	size_t draining = 0;

	ck_assert(freed && over && mapped);
	for (size_t s = 0; s < g.n; s++) {
		freed[s] = g.worlds[s].buf.state == VPRIM_DMABUF_EXPORTER_FREED;
		over[s] = !g.worlds[s].buf.draining;
		draining += !over[s];
	}
	for (size_t i = 0; i < g.n_edges; i++)
		if (g.edges[i].event == MAP_FILE)
			mapped[g.edges[i].from] = true;
	mark_backwards(freed);
	mark_backwards(mapped);
	mark_inevitable(over);
	for (size_t s = 0; s < g.n; s++) {
		const struct small *at = &g.worlds[s];

		ck_assert_msg(freed[s], "L4: FREED cannot be reached from state %zu", s);
		ck_assert_msg(over[s], "L1, L2: a revoke need not return in state %zu", s);
		if (at->buf.state < VPRIM_DMABUF_EXPORTER_DEAD && at->fd && !cfg->whole)
			ck_assert_msg(mapped[s], "L3: no MAP_FILE can succeed after state %zu", s);
	}
	printf("  %zu of them draining; FREED in reach of all, answers end every drain\n",
	       draining);
	free(freed);
	free(over);
	free(mapped);
}

START_TEST(every_reachable_state_is_safe)
{
	size_t limit = (size_t)test_steps(10000000);

	cfg = &configs[_i];
	memset(&g, 0, sizeof(g));
	g.mask = ((size_t)1 << 22) - 1;
	g.slots = calloc(g.mask + 1, sizeof(*g.slots));
	ck_assert_ptr_nonnull(g.slots);
	start(true);
	if (!cfg->whole)
		start(false);
	for (uint32_t s = 0; s < g.n && s < limit; s++)
		explore_state(s);
	printf("%s: %zu states, %zu changes%s\n", cfg->name, g.n, g.n_edges,
	       g.n > limit ? " (bounded)" : "");
	if (g.n <= limit) {
		ck_assert_uint_eq(g.n, cfg->states);
		check_liveness();
	}
	free(g.worlds);
	free(g.keys);
	free(g.edges);
	free(g.slots);
}
END_TEST

/* -- a long walk beside a naive account -- */

START_TEST(a_long_walk_agrees_with_pencil_and_paper)
{
	struct test_rng rng = test_rng_seed(0x6d61627566);
	struct choices c = { .rng = &rng };
	uint64_t steps = test_steps(2000000);
	static struct world walk;

	world_begin(&walk, 0);
	while (steps--)
		world_step(&walk, &c);
	world_check(&walk);
	printf("%" PRIu64 " revokes, %" PRIu64 " maps\n", walk.revokes, walk.maps);
	world_end(&walk);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("dmabuf");
	TCase *t = tcase_create("dmabuf");

	tcase_add_test(t, wrong_values_and_states_are_refused);
	tcase_add_test(t, objects_begin_empty);
	tcase_add_test(t, a_buffer_is_as_large_as_its_ranges);
	tcase_add_test(t, a_device_walks_its_buffers_and_loses_any_of_them);
	tcase_add_test(t, a_device_may_act_when_its_last_buffer_is_quiet);
	tcase_add_test(t, every_importer_is_named_once);
	tcase_add_test(t, a_fill_maps_exactly_the_area);
	tcase_add_test(t, map_file_answers_in_order_and_leaves_nothing);
	tcase_add_test(t, creation_writes_nothing_when_it_fails);
	tcase_add_test(t, slices_agree_with_their_bytes);
	tcase_add_test(t, every_call_names_its_locks);
	tcase_add_test(t, every_question_has_an_answer_and_every_row_answers_one);
	tcase_add_test(t, names_are_all_different);
	tcase_add_test(t, a_set_is_locked_in_one_order);
	tcase_add_test(t, a_run_tells_everybody_and_waits);
	tcase_add_test(t, a_run_does_not_touch_what_somebody_changed);
	tcase_add_test(t, a_run_stops_at_what_somebody_released);
	tcase_add_test(t, a_run_stops_at_what_somebody_opened);
	tcase_add_test(t, a_run_is_linear_in_its_buffers);
	tcase_add_test(t, pages_are_filled_and_released_in_order);
	tcase_add_test(t, a_pair_that_was_overwritten_is_not_taken_for_unmapped);
	tcase_add_test(t, pages_that_were_overwritten_are_refused);
	tcase_add_test(t, a_release_says_what_was_detached_behind_its_back);
	tcase_add_test(t, the_worst_sequences_end_well);
	tcase_add_test(t, an_operation_may_call_what_its_page_allows);
	tcase_add_test(t, memory_is_on_when_no_reason_is_left);
	tcase_add_test(t, the_account_of_each_event);
	tcase_add_test(t, pages_and_pairs_agree);
	tcase_add_test(t, the_model_has_the_same_rules);
	tcase_add_test(t, the_model_has_the_same_numbers);
	tcase_add_test(t, a_long_walk_agrees_with_pencil_and_paper);
	tcase_add_loop_test(t, every_reachable_state_is_safe, 0,
			    (int)VPRIM_ARRAY_LEN(configs));
	tcase_set_timeout(t, 120);
	suite_add_tcase(s, t);
	return test_main(s);
}
