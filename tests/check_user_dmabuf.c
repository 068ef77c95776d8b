// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * user_dmabuf.h: what each call answers, and in which order things happen.
 * stress_dmabuf has the threads.
 */
#include "fake_malloc.h"
#include "testlib.h"
#include <pthread.h>
#include <virtprim/user_dmabuf.h>

#define OK(call) ck_assert_int_eq(call, 0)

static const struct vprim_range bar = { 0x10000, 0x13fff };
static const struct vprim_dmabuf_layout layout = { &bar, 1, true, false };

/* A domain that counts, refuses on request, and says what the hardware saw. */
struct domain {
	unsigned int there, maps;
	int refuse;
	struct vprim_range phys;
	uint64_t iova;
};

static int map(void *ctx, uint64_t iova, const struct vprim_range *phys)
{
	struct domain *d = ctx;

	if (d->refuse)
		return d->refuse;
	d->there++;
	d->maps++;
	d->phys = *phys;
	d->iova = iova;
	return 0;
}

static void unmap(void *ctx, uint64_t iova, const struct vprim_range *phys)
{
	struct domain *d = ctx;

	ck_assert_uint_gt(d->there, 0);
	ck_assert(phys->start == d->phys.start && phys->last == d->phys.last);
	ck_assert_uint_eq(iova, d->iova);
	d->there--;
}

static const struct vprim_dmabuf_domain_ops ops = { map, unmap };

/* One device, one buffer, one importer with one entry, mapped. */
struct setup {
	struct vprim_user_dmabuf_device *device;
	struct vprim_user_dmabuf *buf;
	struct vprim_user_dmabuf_pages *pages;
	struct vprim_dmabuf_pair entry;
	struct domain domain;
};

static void set_up(struct setup *s)
{
	memset(s, 0, sizeof(*s));
	s->entry.ops = &ops;
	s->entry.domain = &s->domain;
	s->entry.iova = 0x7000;
	fake_starve((s->device = vprim_user_dmabuf_device_new()) ? 0 : -ENOMEM, (void)0);
	fake_starve(vprim_user_dmabuf_new(s->device, &layout, &s->buf, NULL),
		    require(!s->buf));
	fake_starve(vprim_user_dmabuf_map_file(s->buf, 0x1000, 0x2000, NULL, NULL,
					       &s->pages, NULL),
		    require(!s->pages));
	OK(vprim_user_dmabuf_fill(s->pages, &s->entry, 0x800, 0x1000, NULL));
	ck_assert_uint_eq(s->domain.there, 1);
}

static void tear_down(struct setup *s)
{
	vprim_user_dmabuf_unfill(s->pages, &s->entry);
	ck_assert_uint_eq(s->domain.there, 0);
	OK(vprim_user_dmabuf_release(s->pages));
	vprim_user_dmabuf_put(s->buf);
	vprim_user_dmabuf_device_put(s->device);
	ck_assert_uint_eq(vprim_user_dmabuf_lock_faults(), 0);
}

static void nothing_is_mapped(void *ctx)
{
	struct setup *s = ctx;

	ck_assert_uint_eq(s->domain.there, 0);
	s->domain.iova = 0x7000;
	s->domain.refuse = -1;	/* the hardware was touched */
}

START_TEST(wrong_arguments_are_refused)
{
	struct vprim_user_dmabuf_device *same[2];
	struct vprim_dmabuf_layout bad = { &bar, SIZE_MAX, true, false };
	struct vprim_user_dmabuf_pages *pages = NULL;
	struct vprim_user_dmabuf *buf = NULL;
	struct setup s;

	set_up(&s);
	same[0] = same[1] = s.device;
	ck_assert_int_eq(vprim_user_dmabuf_run(&s.device, 1, VPRIM_DMABUF_TRIGGERS, NULL, NULL,
					       NULL),
			 -EINVAL);
	ck_assert_int_eq(vprim_user_dmabuf_run(same, 0, VPRIM_DMABUF_TRIGGER_HOT_RESET,
					       NULL, NULL, NULL), -EINVAL);
	ck_assert_int_eq(vprim_user_dmabuf_run(same, 17, VPRIM_DMABUF_TRIGGER_HOT_RESET,
					       NULL, NULL, NULL), -EINVAL);
	ck_assert_int_eq(vprim_user_dmabuf_run(same, 2, VPRIM_DMABUF_TRIGGER_HOT_RESET,
					       NULL, NULL, NULL), -EINVAL);
	ck_assert_int_eq(vprim_user_dmabuf_new(s.device, &bad, &buf, NULL), -ENOMEM);
	bad.nr_ranges = 0;
	ck_assert_int_eq(vprim_user_dmabuf_new(s.device, &bad, &buf, NULL), -EINVAL);
	ck_assert_ptr_null(buf);
	ck_assert_int_eq(vprim_user_dmabuf_map_file(s.buf, 0, 0, NULL, NULL, &pages,
						    NULL), -EINVAL);
	ck_assert_int_eq(vprim_user_dmabuf_map_file(s.buf, 0x4000, 1, NULL, NULL, &pages,
						    NULL),
			 -EINVAL);
	ck_assert_int_eq(vprim_user_dmabuf_map_file(s.buf, UINT64_MAX, 2, NULL, NULL, &pages,
						    NULL),
			 -EOVERFLOW);
	ck_assert_ptr_null(pages);
	ck_assert_int_eq(vprim_user_dmabuf_fill(s.pages, &s.entry, 0, 1, NULL), -EEXIST);
	ck_assert_int_eq(vprim_user_dmabuf_release(s.pages), -EBUSY);
	vprim_user_dmabuf_put(NULL);
	vprim_user_dmabuf_device_put(NULL);
	tear_down(&s);
}
END_TEST

START_TEST(a_fill_maps_the_area_and_a_refusal_leaves_nothing)
{
	struct vprim_dmabuf_pair other;
	struct setup s;

	set_up(&s);
	ck_assert(s.domain.phys.start == 0x11800 && s.domain.phys.last == 0x127ff);
	other = (struct vprim_dmabuf_pair){ .ops = &ops, .domain = &s.domain };
	s.domain.refuse = -ENOSPC;
	ck_assert_int_eq(vprim_user_dmabuf_fill(s.pages, &other, 0, 1, NULL), -ENOSPC);
	ck_assert(other.state == VPRIM_DMABUF_PAIR_ABSENT);
	ck_assert_int_eq(vprim_user_dmabuf_fill(s.pages, &other, 0x2000, 1,
						NULL), -EINVAL);
	ck_assert_int_eq(vprim_user_dmabuf_fill(s.pages, &other, UINT64_MAX, 2,
						NULL), -EOVERFLOW);
	vprim_user_dmabuf_unfill(s.pages, &other);
	ck_assert_uint_eq(s.domain.there, 1);
	tear_down(&s);
}
END_TEST

/* Every event that needs it finds nothing mapped when it touches the hardware. */
START_TEST(hardware_is_touched_after_the_revoke)
{
	enum vprim_dmabuf_trigger trigger = (enum vprim_dmabuf_trigger)_i;
	struct vprim_user_dmabuf_pages *pages;
	const struct vprim_dmabuf_plan *plan = vprim_dmabuf_plan_for(trigger);
	struct setup s;

	ck_assert_ptr_nonnull(plan);
	set_up(&s);
	if (plan->revoke_before || plan->cleanup_before) {
		OK(vprim_user_dmabuf_run(&s.device, 1, trigger, nothing_is_mapped, &s,
					 NULL));
		ck_assert_int_eq(s.domain.refuse, -1);
		ck_assert(vprim_user_dmabuf_pages_state(s.pages) ==
			  VPRIM_DMABUF_IMPORTER_REVOKED);
		ck_assert(vprim_user_dmabuf_state(s.buf) ==
			  (plan->cleanup_before ? VPRIM_DMABUF_EXPORTER_DEAD :
			   plan->unrevoke_after ? VPRIM_DMABUF_EXPORTER_LIVE :
						 VPRIM_DMABUF_EXPORTER_REVOKED));
	} else {
		/* What it takes back stands before it. */
		OK(vprim_user_dmabuf_run(&s.device, 1, (enum vprim_dmabuf_trigger)(_i - 1),
					 NULL, NULL, NULL));
		ck_assert_int_eq(vprim_user_dmabuf_map_file(s.buf, 0, 1, NULL, NULL, &pages,
							    NULL),
				 -ENODEV);
		OK(vprim_user_dmabuf_run(&s.device, 1, trigger, NULL, NULL,
					 NULL));
		OK(vprim_user_dmabuf_map_file(s.buf, 0, 1, NULL, NULL, &pages,
					      NULL));
		OK(vprim_user_dmabuf_release(pages));
	}
	tear_down(&s);
}
END_TEST

START_TEST(a_device_that_is_gone_lends_no_more)
{
	struct vprim_user_dmabuf *other = NULL;
	struct setup s;

	set_up(&s);
	OK(vprim_user_dmabuf_run(&s.device, 1, VPRIM_DMABUF_TRIGGER_UNPLUG, NULL, NULL,
				 NULL));
	OK(vprim_user_dmabuf_run(&s.device, 1, VPRIM_DMABUF_TRIGGER_SURPRISE, NULL, NULL,
				 NULL));
	ck_assert_int_eq(vprim_user_dmabuf_new(s.device, &layout, &other, NULL), -ENODEV);
	ck_assert_ptr_null(other);
	OK(vprim_user_dmabuf_run(&s.device, 1, VPRIM_DMABUF_TRIGGER_WAKE, NULL, NULL,
				 NULL));
	ck_assert(vprim_user_dmabuf_state(s.buf) == VPRIM_DMABUF_EXPORTER_DEAD);
	tear_down(&s);
}
END_TEST

/* Asleep with its decoding off, a device that wakes up does not answer yet. */
START_TEST(memory_is_on_when_no_reason_is_left)
{
	static const enum vprim_dmabuf_trigger events[][2] = {
		{ VPRIM_DMABUF_TRIGGER_MEMORY_OFF, VPRIM_DMABUF_TRIGGER_MEMORY_ON },
		{ VPRIM_DMABUF_TRIGGER_POWER_DOWN, VPRIM_DMABUF_TRIGGER_POWER_UP },
		{ VPRIM_DMABUF_TRIGGER_SLEEP, VPRIM_DMABUF_TRIGGER_WAKE },
	};
	struct setup s;
	size_t i, k;

	set_up(&s);
	for (i = 0; i < 3; i++) {
		for (k = 0; k < 3; k++)
			OK(vprim_user_dmabuf_run(&s.device, 1, events[k][0], NULL, NULL,
						 NULL));
		for (k = 0; k < 3; k++) {
			ck_assert(vprim_user_dmabuf_state(s.buf) ==
				  VPRIM_DMABUF_EXPORTER_REVOKED);
			OK(vprim_user_dmabuf_run(&s.device, 1, events[(i + k) % 3][1],
						 NULL, NULL, NULL));
			OK(vprim_user_dmabuf_run(&s.device, 1, VPRIM_DMABUF_TRIGGER_RESET,
						 NULL, NULL, NULL));
		}
		ck_assert(vprim_user_dmabuf_state(s.buf) == VPRIM_DMABUF_EXPORTER_LIVE);
	}
	tear_down(&s);
}
END_TEST

/* The pages keep the buffer, and the buffer keeps the device. */
START_TEST(references_may_go_in_any_order)
{
	struct setup s;

	set_up(&s);
	vprim_user_dmabuf_get(s.buf);
	vprim_user_dmabuf_device_put(s.device);
	vprim_user_dmabuf_put(s.buf);
	vprim_user_dmabuf_put(s.buf);
	vprim_user_dmabuf_unfill(s.pages, &s.entry);
	OK(vprim_user_dmabuf_release(s.pages));
}
END_TEST

static void both_are_quiet(void *ctx)
{
	struct setup *s = ctx;

	nothing_is_mapped(&s[0]);
	nothing_is_mapped(&s[1]);
}

START_TEST(a_set_is_reset_as_one)
{
	struct vprim_user_dmabuf_device *set[2];
	struct setup s[2];

	for (unsigned int turn = 0; turn < 2; turn++) {
		set_up(&s[0]);
		set_up(&s[1]);
		set[0] = s[turn].device;
		set[1] = s[!turn].device;
		OK(vprim_user_dmabuf_run(&s[1].device, 1, VPRIM_DMABUF_TRIGGER_MEMORY_OFF,
					 NULL, NULL, NULL));
		OK(vprim_user_dmabuf_run(set, 2, VPRIM_DMABUF_TRIGGER_HOT_RESET, both_are_quiet, s,
					 NULL));
		ck_assert_int_eq(s[0].domain.refuse, -1);
		ck_assert(vprim_user_dmabuf_state(s[0].buf) == VPRIM_DMABUF_EXPORTER_LIVE);
		ck_assert(vprim_user_dmabuf_state(s[1].buf) == VPRIM_DMABUF_EXPORTER_REVOKED);
		tear_down(&s[0]);
		tear_down(&s[1]);
	}
}
END_TEST

/* An importer that answers from another thread, some time later. */
struct late {
	struct vprim_user_dmabuf_pages *pages;
	struct domain *domain;
	pthread_mutex_t mutex;
	pthread_cond_t cond;
	bool told, answered;
};

static void tell(void *ctx)
{
	struct late *l = ctx;

	pthread_mutex_lock(&l->mutex);
	l->told = true;
	pthread_cond_signal(&l->cond);
	pthread_mutex_unlock(&l->mutex);
}

static void *answer(void *ctx)
{
	struct late *l = ctx;

	pthread_mutex_lock(&l->mutex);
	while (!l->told)
		pthread_cond_wait(&l->cond, &l->mutex);
	l->answered = true;
	pthread_mutex_unlock(&l->mutex);
	ck_assert_uint_eq(l->domain->there, 1);
	vprim_user_dmabuf_pages_stop(l->pages);
	return NULL;
}

static void has_answered(void *ctx)
{
	struct late *l = ctx;

	ck_assert(l->answered);
	ck_assert_uint_eq(l->domain->there, 0);
}

START_TEST(a_late_importer_is_waited_for)
{
	struct late l = { .mutex = PTHREAD_MUTEX_INITIALIZER, .cond = PTHREAD_COND_INITIALIZER };
	struct vprim_dmabuf_pair entry;
	struct setup s;
	pthread_t thread;

	set_up(&s);
	vprim_user_dmabuf_unfill(s.pages, &s.entry);
	entry = s.entry;
	l.domain = &s.domain;
	OK(vprim_user_dmabuf_map_file(s.buf, 0, 0x1000, tell, &l, &l.pages,
				      NULL));
	OK(vprim_user_dmabuf_fill(l.pages, &entry, 0, 0x1000, NULL));
	vprim_user_dmabuf_pages_stop(l.pages);	/* nobody asked */
	ck_assert_uint_eq(s.domain.there, 1);
	OK(pthread_create(&thread, NULL, answer, &l));
	OK(vprim_user_dmabuf_run(&s.device, 1, VPRIM_DMABUF_TRIGGER_RESET, has_answered, &l,
				 NULL));
	OK(pthread_join(thread, NULL));
	vprim_user_dmabuf_unfill(l.pages, &entry);
	OK(vprim_user_dmabuf_release(l.pages));
	tear_down(&s);
}
END_TEST

/* -- what a callback may call -- */

static struct {
	struct setup s;
	struct vprim_user_dmabuf_pages *late, *more;
	unsigned int maps, unmaps, lates, hardwares;
} inner;

static void call_what_takes_no_lock(void)
{
	vprim_user_dmabuf_get(inner.s.buf);
	ck_assert_uint_eq(vprim_user_dmabuf_lock_faults(), 0);
	ck_assert_ptr_nonnull(vprim_dmabuf_plan_for(VPRIM_DMABUF_TRIGGER_FLR));
	OK(vprim_dmabuf_check_slice(0, 1, 1, NULL));
	ck_assert_ptr_nonnull(vprim_dmabuf_name(VPRIM_DMABUF_NAME_TRIGGER, 0));
}

static int calling_map(void *ctx, uint64_t iova, const struct vprim_range *phys)
{
	inner.maps++;
	call_what_takes_no_lock();
	return map(ctx, iova, phys);
}

static void calling_unmap(void *ctx, uint64_t iova, const struct vprim_range *phys)
{
	inner.unmaps++;
	call_what_takes_no_lock();
	unmap(ctx, iova, phys);
}

static void calling_late(void *ctx)
{
	(void)ctx;
	inner.lates++;
	call_what_takes_no_lock();
}

/* Answers as soon as it can: RESV is taken until the revoke waits. */
static void *stop_late(void *ctx)
{
	(void)ctx;
	while (vprim_user_dmabuf_pages_state(inner.late) == VPRIM_DMABUF_IMPORTER_LIVE)
		vprim_user_dmabuf_pages_stop(inner.late);
	return NULL;
}

static void calling_hardware(void *ctx)
{
	struct vprim_user_dmabuf_pages *pages = NULL;
	struct setup *s = &inner.s;

	(void)ctx;
	inner.hardwares++;
	call_what_takes_no_lock();
	ck_assert(vprim_user_dmabuf_state(s->buf) == VPRIM_DMABUF_EXPORTER_REVOKED);
	ck_assert_int_eq(vprim_user_dmabuf_map_file(s->buf, 0, 1, NULL, NULL, &pages,
						    NULL),
			 -ENODEV);
	ck_assert(vprim_user_dmabuf_pages_state(s->pages) == VPRIM_DMABUF_IMPORTER_REVOKED);
	vprim_user_dmabuf_pages_stop(s->pages);
	vprim_user_dmabuf_unfill(s->pages, &s->entry);
	OK(vprim_user_dmabuf_fill(s->pages, &s->entry, 0, 0x1000, NULL));
	OK(vprim_user_dmabuf_release(inner.more));
	vprim_user_dmabuf_put(s->buf);
}

START_TEST(a_callback_may_call_what_its_page_allows)
{
	static const struct vprim_dmabuf_domain_ops calling = { calling_map, calling_unmap };
	struct setup *s = &inner.s;
	unsigned int n;
	pthread_t thread;

	set_up(s);
	vprim_user_dmabuf_unfill(s->pages, &s->entry);
	s->entry.ops = &calling;
	OK(vprim_user_dmabuf_fill(s->pages, &s->entry, 0, 0x1000, NULL));
	vprim_user_dmabuf_unfill(s->pages, &s->entry);
	OK(vprim_user_dmabuf_fill(s->pages, &s->entry, 0, 0x1000, NULL));
	OK(vprim_user_dmabuf_map_file(s->buf, 0, 1, NULL, NULL, &inner.more,
				      NULL));
	OK(vprim_user_dmabuf_map_file(s->buf, 0, 1, calling_late, NULL, &inner.late,
				      NULL));
	OK(pthread_create(&thread, NULL, stop_late, NULL));
	OK(vprim_user_dmabuf_run(&s->device, 1, VPRIM_DMABUF_TRIGGER_RESET,
				 calling_hardware, NULL, NULL));
	OK(pthread_join(thread, NULL));
	OK(vprim_user_dmabuf_release(inner.late));
	ck_assert(inner.maps == 2 && inner.unmaps == 2);
	ck_assert(inner.lates == 1 && inner.hardwares == 1);
	/* Each of them took a reference; the hardware gave one back. */
	for (n = inner.maps + inner.unmaps + inner.lates; n; n--)
		vprim_user_dmabuf_put(s->buf);
	tear_down(s);
}
END_TEST

/* A map that asks for the exporter's state, which is another lock's. */
static struct vprim_user_dmabuf *asked;

static int nosy_map(void *ctx, uint64_t iova, const struct vprim_range *phys)
{
	vprim_user_dmabuf_state(asked);
	return map(ctx, iova, phys);
}

START_TEST(a_lock_out_of_order_is_counted)
{
	static const struct vprim_dmabuf_domain_ops nosy = { nosy_map, unmap };
	uint64_t before = vprim_user_dmabuf_lock_faults();
	struct setup s;

	set_up(&s);
	vprim_user_dmabuf_unfill(s.pages, &s.entry);
	ck_assert_uint_eq(vprim_user_dmabuf_lock_faults(), before);
	asked = s.buf;
	s.entry.ops = &nosy;
	OK(vprim_user_dmabuf_fill(s.pages, &s.entry, 0, 0x1000, NULL));
	ck_assert_uint_gt(vprim_user_dmabuf_lock_faults(), before);
	vprim_user_dmabuf_unfill(s.pages, &s.entry);
	OK(vprim_user_dmabuf_release(s.pages));
	vprim_user_dmabuf_put(s.buf);
	vprim_user_dmabuf_device_put(s.device);
}
END_TEST

/* As many devices as a set may have, and one more. */
static struct vprim_user_dmabuf_device *crowd[VPRIM_USER_DMABUF_SET_MAX + 1];

/* What a hardware callback must not do: lock another device's memory. */
static void lock_one_more(void *ctx)
{
	uint64_t before = vprim_user_dmabuf_lock_faults();

	OK(vprim_user_dmabuf_run(&crowd[VPRIM_USER_DMABUF_SET_MAX], 1,
				 VPRIM_DMABUF_TRIGGER_RESET, NULL, NULL, NULL));
	ck_assert_uint_gt(vprim_user_dmabuf_lock_faults(), before);
	*(bool *)ctx = true;
}

START_TEST(a_lock_too_many_is_counted_and_the_checker_stays_whole)
{
	struct vprim_user_dmabuf *buf;
	struct vprim_reason why;
	uint64_t faults;
	bool done = false;
	size_t i;

	for (i = 0; i < VPRIM_ARRAY_LEN(crowd); i++) {
		crowd[i] = vprim_user_dmabuf_device_new();
		ck_assert_ptr_nonnull(crowd[i]);
	}
	OK(vprim_user_dmabuf_new(crowd[VPRIM_USER_DMABUF_SET_MAX], &layout, &buf,
				 NULL));
	ck_assert_int_eq(vprim_user_dmabuf_run(crowd, VPRIM_ARRAY_LEN(crowd),
					       VPRIM_DMABUF_TRIGGER_HOT_RESET, NULL, NULL,
					       &why), -EINVAL);
	ck_assert_uint_eq(vprim_reason_id(&why), VPRIM_DMABUF_RULE_MANY_DEVICES);
	OK(vprim_user_dmabuf_run(crowd, VPRIM_USER_DMABUF_SET_MAX, VPRIM_DMABUF_TRIGGER_HOT_RESET,
				 lock_one_more, &done, NULL));
	ck_assert(done);
	/* What follows in order is right again. */
	faults = vprim_user_dmabuf_lock_faults();
	OK(vprim_user_dmabuf_run(crowd, VPRIM_USER_DMABUF_SET_MAX, VPRIM_DMABUF_TRIGGER_HOT_RESET, NULL, NULL,
				 NULL));
	vprim_user_dmabuf_put(buf);
	ck_assert_uint_eq(vprim_user_dmabuf_lock_faults(), faults);
	for (i = 0; i < VPRIM_ARRAY_LEN(crowd); i++)
		vprim_user_dmabuf_device_put(crowd[i]);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("user_dmabuf");
	TCase *t = tcase_create("user_dmabuf");

	tcase_add_test(t, wrong_arguments_are_refused);
	tcase_add_test(t, a_fill_maps_the_area_and_a_refusal_leaves_nothing);
	tcase_add_loop_test(t, hardware_is_touched_after_the_revoke, 0,
			    VPRIM_DMABUF_TRIGGERS);
	tcase_add_test(t, a_device_that_is_gone_lends_no_more);
	tcase_add_test(t, memory_is_on_when_no_reason_is_left);
	tcase_add_test(t, references_may_go_in_any_order);
	tcase_add_test(t, a_set_is_reset_as_one);
	tcase_add_test(t, a_late_importer_is_waited_for);
	tcase_add_test(t, a_callback_may_call_what_its_page_allows);
	/* Last, so that the counts of the others are 0 without a fork as well. */
	tcase_add_test(t, a_lock_out_of_order_is_counted);
	tcase_add_test(t, a_lock_too_many_is_counted_and_the_checker_stays_whole);
	suite_add_tcase(s, t);
	return test_main(s);
}
