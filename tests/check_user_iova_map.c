// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * user_iova_map.h: what the lock lends, and to whom at once. What the map answers
 * is check_iova_map's; stress_iova_map has many threads.
 */
#include "fake_malloc.h"
#include "testlib.h"
#include <pthread.h>
#include <stdatomic.h>
#include <unistd.h>
#include <virtprim/user_iova_map.h>

#define OK(call) ck_assert_int_eq(call, 0)

START_TEST(options_are_the_maps_own)
{
	struct vprim_iova_map_options bad = {
		.values = (enum vprim_iova_map_values)7
	}, linear = { .values = VPRIM_IOVA_MAP_LINEAR };
	const struct vprim_range range = { 0x1000, 0x3fff }, hole = { 0x1000, 0x1fff };
	struct vprim_user_iova_map *map = NULL;
	struct vprim_iova_mapping m;
	struct vprim_iova_map *core;
	struct vprim_reason why;

	ck_assert_int_eq(vprim_user_iova_map_new(&bad, &map, &why), -EINVAL);
	ck_assert_uint_eq(vprim_reason_id(&why), VPRIM_IOVA_MAP_RULE_VALUES);
	ck_assert_ptr_null(map);
	vprim_user_iova_map_free(map);
	fake_starve(vprim_user_iova_map_new(&linear, &map, NULL), require(!map));
	core = vprim_user_iova_map_lock(map);
	OK(vprim_iova_map_insert(core, &range, 0x7000, NULL));
	OK(vprim_iova_map_erase(core, &hole, NULL));
	OK(vprim_iova_map_stab(core, 0x2000, &m));
	ck_assert_uint_eq(m.value, 0x8000);
	vprim_user_iova_map_unlock(map);
	vprim_user_iova_map_free(map);
}
END_TEST

START_TEST(between_lock_and_unlock_the_map_is_ones_own)
{
	struct vprim_user_iova_map *map;
	const struct vprim_iova_map *seen;
	struct vprim_iova_map *core;
	struct vprim_hole want;
	struct vprim_range r;
	uint64_t start;
	int i;

	OK(vprim_user_iova_map_new(NULL, &map, NULL));
	OK(vprim_hole_init(&want, 0x1000));
	for (i = 0; i < 100; i++) {
		core = vprim_user_iova_map_lock(map);
		OK(vprim_iova_map_gap(core, &want, &start));
		OK(vprim_range_from_size(start, 0x1000, &r));
		OK(vprim_iova_map_insert(core, &r, 7, NULL));
		vprim_user_iova_map_unlock(map);
	}
	seen = vprim_user_iova_map_lock_shared(map);
	ck_assert_uint_eq(vprim_iova_map_count(seen), 100);
	OK(vprim_iova_map_audit(seen));
	vprim_user_iova_map_unlock(map);
	vprim_user_iova_map_free(map);
}
END_TEST

/* Another thread, which asks for the lock once. */
struct other {
	struct vprim_user_iova_map *map;
	pthread_t thread;
	bool writes;
	atomic_bool asked, got;
	uint64_t count;		/* what it saw */
};

static void *ask(void *ctx)
{
	struct other *o = ctx;
	const struct vprim_iova_map *seen;

	atomic_store(&o->asked, true);
	seen = o->writes ? vprim_user_iova_map_lock(o->map) :
			   vprim_user_iova_map_lock_shared(o->map);
	o->count = vprim_iova_map_count(seen);
	atomic_store(&o->got, true);
	vprim_user_iova_map_unlock(o->map);
	return NULL;
}

static void start(struct other *o, struct vprim_user_iova_map *map, bool writes)
{
	memset(o, 0, sizeof(*o));
	o->map = map;
	o->writes = writes;
	OK(pthread_create(&o->thread, NULL, ask, o));
}

/* Time enough to do what it should not, and an update before it may go on. */
static void keep_out(struct vprim_user_iova_map *map, bool writes)
{
	struct vprim_iova_map *core = vprim_user_iova_map_lock(map);
	const struct vprim_range range = { writes, writes };
	uint64_t before = vprim_iova_map_count(core);
	struct other o;

	start(&o, map, writes);
	while (!atomic_load(&o.asked))
		usleep(100);
	usleep(20000);
	ck_assert(!atomic_load(&o.got));
	OK(vprim_iova_map_insert(core, &range, 0, NULL));
	vprim_user_iova_map_unlock(map);
	OK(pthread_join(o.thread, NULL));
	ck_assert_uint_eq(o.count, before + 1);
}

START_TEST(a_writer_keeps_everybody_out)
{
	struct vprim_user_iova_map *map;

	OK(vprim_user_iova_map_new(NULL, &map, NULL));
	keep_out(map, false);
	keep_out(map, true);
	vprim_user_iova_map_free(map);
}
END_TEST

START_TEST(readers_come_in_together_and_keep_writers_out)
{
	struct vprim_user_iova_map *map;
	struct other reader, writer;

	OK(vprim_user_iova_map_new(NULL, &map, NULL));
	ck_assert_uint_eq(vprim_iova_map_count(vprim_user_iova_map_lock_shared(map)), 0);
	start(&reader, map, false);
	OK(pthread_join(reader.thread, NULL));
	ck_assert(atomic_load(&reader.got));
	start(&writer, map, true);
	while (!atomic_load(&writer.asked))
		usleep(100);
	usleep(20000);
	ck_assert(!atomic_load(&writer.got));
	vprim_user_iova_map_unlock(map);
	OK(pthread_join(writer.thread, NULL));
	vprim_user_iova_map_free(map);
}
END_TEST

START_TEST(a_cursor_survives_updates_between_two_holds)
{
	const struct vprim_range all = { 0, UINT64_MAX };
	struct vprim_user_iova_map *map;
	struct vprim_iova_map_cursor c;
	struct vprim_iova_mapping m;
	struct vprim_iova_map *core;
	uint64_t i;

	OK(vprim_user_iova_map_new(NULL, &map, NULL));
	core = vprim_user_iova_map_lock(map);
	for (i = 0; i < 1000; i++) {
		const struct vprim_range r = { i, i };

		OK(vprim_iova_map_insert(core, &r, i, NULL));
	}
	vprim_user_iova_map_unlock(map);
	OK(vprim_iova_map_cursor_init(&c, vprim_user_iova_map_lock_shared(map), &all));
	vprim_user_iova_map_unlock(map);
	for (i = 0; i < 1000; i += 2) {
		core = vprim_user_iova_map_lock(map);
		OK(vprim_iova_map_remove_at(core, i + 1, NULL));
		vprim_user_iova_map_unlock(map);
		core = vprim_user_iova_map_lock(map);
		OK(vprim_iova_map_cursor_next(&c, &m));
		ck_assert_uint_eq(m.value, i);
		vprim_user_iova_map_unlock(map);
	}
	vprim_user_iova_map_free(map);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("user_iova_map");
	TCase *tc = tcase_create("user_iova_map");

	tcase_add_test(tc, options_are_the_maps_own);
	tcase_add_test(tc, between_lock_and_unlock_the_map_is_ones_own);
	tcase_add_test(tc, a_writer_keeps_everybody_out);
	tcase_add_test(tc, readers_come_in_together_and_keep_writers_out);
	tcase_add_test(tc, a_cursor_survives_updates_between_two_holds);
	suite_add_tcase(suite, tc);
	return test_main(suite);
}
