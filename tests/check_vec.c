// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * The interpreter: what is a script error, what compares equal, what memory
 * failures leave behind.
 */
#include "testlib.h"
#include <string.h>

/* Patterns of answers and of verbs are tried by themselves, too. */
#include "../libvirtprim/vec/vec_internal.h"

static struct test_memory memory;
static struct vprim_vec *vec;

static void setup(void)
{
	memory = (struct test_memory){ 0 };
	vec = vprim_vec_init(&test_alloc_ops, &memory);
	ck_assert_ptr_nonnull(vec);
}

static void teardown(void)
{
	vprim_vec_fini(vec);
	ck_assert_uint_eq(memory.blocks, 0);
}

static const struct {
	const char *line;
	enum vprim_vec_verdict verdict;
	const char *error;
} lines[] = {
	{ "", VPRIM_VEC_BLANK, NULL },
	{ " \t\r", VPRIM_VEC_BLANK, NULL },
	{ "# range.size 2..1", VPRIM_VEC_BLANK, NULL },
	{ "range.size 0..9", VPRIM_VEC_DONE, NULL },
	{ "range.size 0..9->ok size=10", VPRIM_VEC_PASS, NULL },
	{ "range.size 0..9 -> ok size=11", VPRIM_VEC_FAIL, NULL },
	{ "range.size 0..9 -> ok other=10", VPRIM_VEC_FAIL, NULL },
	{ "range.size 0..9 -> -EINVAL", VPRIM_VEC_FAIL, NULL },
	{ "range.size 2..1 -> ok", VPRIM_VEC_FAIL, NULL },
	{ "range.size 2..1 -> -EINVAL", VPRIM_VEC_PASS, NULL },
	{ "range.intersect 0..9 0..9 -> ok range=0..0x9", VPRIM_VEC_PASS, NULL },
	{ "range.intersect 0..9 0..9 -> ok range=0..9,1..2", VPRIM_VEC_FAIL, NULL },
	{ "range.size 0..9 ->", VPRIM_VEC_ERROR, "after ->" },
	{ "range.size 0..9 -> maybe", VPRIM_VEC_ERROR, "after ->" },
	{ "range.size 0..9 -> ok size", VPRIM_VEC_ERROR, "after ->" },
	{ "range.size 0..9 -> -Einval", VPRIM_VEC_ERROR, "after ->" },
	{ "-> ok", VPRIM_VEC_ERROR, "before ->" },
	{ "range.size", VPRIM_VEC_ERROR, "a value for 'range'" },
	{ "range.size 0..9 1", VPRIM_VEC_ERROR, "not '1'" },
	{ "range.size 0..9 more=1", VPRIM_VEC_ERROR, "not 'more=1'" },
	{ "range.size 0-9", VPRIM_VEC_ERROR, "not '0-9'" },
	{ "range.size ..9", VPRIM_VEC_ERROR, "well-formed" },
	{ "range.size 0..", VPRIM_VEC_ERROR, "well-formed" },
	{ "range.size 0..0x", VPRIM_VEC_ERROR, "well-formed" },
	{ "range.from_size 18446744073709551616 1", VPRIM_VEC_ERROR, "well-formed" },
	{ "range.from_size 0x10000000000000000 1", VPRIM_VEC_ERROR, "well-formed" },
	{ "range.from_size -1 1", VPRIM_VEC_ERROR, "well-formed" },
	{ "range.from_size 1a 1", VPRIM_VEC_ERROR, "well-formed" },
	{ "range.nothing", VPRIM_VEC_ERROR, "a verb of the module" },
	{ "range", VPRIM_VEC_ERROR, "a verb of the module" },
	{ "nobody.size 0..9", VPRIM_VEC_ERROR, "a module or an object" },
	{ "new", VPRIM_VEC_ERROR, "a kind of object" },
	{ "new nothing n", VPRIM_VEC_ERROR, "not 'nothing'" },
	{ "free nobody", VPRIM_VEC_ERROR, "not 'nobody'" },
	{ "free", VPRIM_VEC_ERROR, "the name of one object" },
	{ "reset all", VPRIM_VEC_ERROR, "nothing after reset" },
	/* widths: a script error, or -EINVAL where the pattern says so */
	{ "s390.validity 0xffff", VPRIM_VEC_DONE, NULL },
	{ "s390.validity 0x10000", VPRIM_VEC_ERROR, "well-formed" },
	{ "svm.rap_dword 256 0", VPRIM_VEC_ERROR, "well-formed" },
	{ "ptimer.divisor tdcr=0x100000000", VPRIM_VEC_ERROR, "well-formed" },
	{ "range.crosses 0 1 64 -> -EINVAL", VPRIM_VEC_PASS, NULL },
	{ "range.crosses 0 1 64 more=1", VPRIM_VEC_ERROR, "not 'more=1'" },
	{ "range.crosses 0 1 x", VPRIM_VEC_ERROR, "well-formed" },
	{ "new type1 c bits=0", VPRIM_VEC_ERROR, "well-formed" },
	{ "new type1 c bits=65", VPRIM_VEC_ERROR, "well-formed" },
	{ "cpu.mmio_reaches sticky=2", VPRIM_VEC_ERROR, "well-formed" },
	/* words, and words or numbers */
	{ "ptimer.tsc_ratio user=1 host=1 kind=vmx", VPRIM_VEC_DONE, NULL },
	{ "ptimer.tsc_ratio user=1 host=1 kind=vm", VPRIM_VEC_ERROR, "well-formed" },
	{ "ptimer.tsc_ratio user=1 host=1 kind=0", VPRIM_VEC_ERROR, "well-formed" },
	{ "ptimer.tsc_ratio user=1 host=1 kind=", VPRIM_VEC_ERROR, "well-formed" },
	{ "ppc.words cfpc=fixed-na sbbc=0x10 ibs=16 -> -EINVAL", VPRIM_VEC_PASS, NULL },
	{ "ppc.words cfpc=256 sbbc=0 ibs=0", VPRIM_VEC_ERROR, "well-formed" },
	{ "ppc.words cfpc=u8 sbbc=0 ibs=0", VPRIM_VEC_ERROR, "well-formed" },
	/* releases */
	{ "releases.has cpu-mmio-select 6.16 -> ok has=1", VPRIM_VEC_PASS, NULL },
	{ "releases.has cpu-mmio-select newest -> ok has=1", VPRIM_VEC_PASS, NULL },
	{ "releases.has cpu-mmio-select 6.256", VPRIM_VEC_ERROR, "well-formed" },
	{ "releases.has cpu-mmio-select 0.12", VPRIM_VEC_ERROR, "well-formed" },
	{ "releases.has cpu-mmio-select 6.", VPRIM_VEC_ERROR, "well-formed" },
	{ "releases.has cpu-mmio-select 6.1.2", VPRIM_VEC_ERROR, "well-formed" },
	/* lists, pairs, bytes */
	{ "windows.sort 4..5,0..1 -> ok ranges=0..1,4..5", VPRIM_VEC_PASS, NULL },
	{ "windows.sort 4..5,", VPRIM_VEC_ERROR, "well-formed" },
	{ "windows.sort none -> ok ranges=none", VPRIM_VEC_PASS, NULL },
	{ "xstate.set_xcrs xcrs=0:1,1 supported=1", VPRIM_VEC_ERROR, "well-formed" },
	{ "vfio_cap.parse bytes=hex:0", VPRIM_VEC_ERROR, "well-formed" },
	{ "vfio_cap.parse bytes=hex:0g", VPRIM_VEC_ERROR, "well-formed" },
};

START_TEST(each_line_has_its_verdict)
{
	struct vprim_vec_result r;
	char error[256] = "";

	vprim_vec_line(vec, lines[_i].line, strlen(lines[_i].line), &r);
	ck_assert_msg(r.verdict == lines[_i].verdict, "'%s': verdict %d",
		      lines[_i].line, (int)r.verdict);
	if (!lines[_i].error)
		return;
	snprintf(error, sizeof(error), "%.*s", (int)r.error.len, r.error.p);
	ck_assert_msg(strstr(error, lines[_i].error), "'%s': %s", lines[_i].line,
		      error);
}
END_TEST

START_TEST(nul_and_overlong_lines_are_script_errors)
{
	static char line[VPRIM_VEC_LINE_MAX + 1];
	struct vprim_vec_result r;

	memset(line, ' ', sizeof(line));
	vprim_vec_line(vec, line, VPRIM_VEC_LINE_MAX, &r);
	ck_assert_int_eq(r.verdict, VPRIM_VEC_BLANK);
	vprim_vec_line(vec, line, sizeof(line), &r);
	ck_assert_int_eq(r.verdict, VPRIM_VEC_ERROR);
	line[5] = 0;
	vprim_vec_line(vec, line, 6, &r);
	ck_assert_int_eq(r.verdict, VPRIM_VEC_ERROR);
}
END_TEST

static int run_with(struct test_memory *m)
{
	static const char line[] = "range.intersect 0..9 1..4 -> ok range=1..4";
	struct vprim_vec *v = vprim_vec_init(&test_alloc_ops, m);
	struct vprim_vec_result r;

	if (!v)
		return -ENOMEM;
	vprim_vec_line(v, line, sizeof(line) - 1, &r);
	vprim_vec_fini(v);
	ck_assert(r.verdict == VPRIM_VEC_PASS || r.verdict == VPRIM_VEC_ERROR);
	return r.verdict == VPRIM_VEC_PASS ? 0 : -ENOMEM;
}

START_TEST(any_memory_failure_is_a_script_error_and_leaks_nothing)
{
	struct test_memory m = { 0 };

	test_starve(&m, run_with(&m), require(!m.blocks));
	ck_assert_uint_gt(m.starved, 1);
	ck_assert_uint_eq(m.blocks, 0);
}
END_TEST

/* Run one line; its error or its answer, as a string. */
static const char *run(const char *line)
{
	static char text[256];
	struct vprim_vec_result r;

	vprim_vec_line(vec, line, strlen(line), &r);
	if (r.verdict == VPRIM_VEC_ERROR)
		snprintf(text, sizeof(text), "%.*s", (int)r.error.len, r.error.p);
	else
		snprintf(text, sizeof(text), "%.*s", (int)r.answer.len, r.answer.p);
	return text;
}

static void few(uint64_t memory_bytes, uint64_t objects, uint64_t steps,
		uint64_t answer_bytes)
{
	struct vprim_vec_limits limits = { memory_bytes, objects, steps,
					   answer_bytes };

	vprim_vec_set_limits(vec, &limits);
}

START_TEST(memory_has_a_limit)
{
	/* What the machine cannot address is not asked for. */
	const char *huge = SIZE_MAX > UINT32_MAX ? "-ENOMEM limit=memory" : "-ENOMEM";

	few(1 << 20, 100, 1 << 20, 1 << 20);
	ck_assert_str_eq(run("new iova_map m"), "ok");
	ck_assert_str_eq(run("m.reserve 0x100000"), "-ENOMEM limit=memory");
	ck_assert_str_eq(run("m.reserve 0xffffffff"), huge);
	ck_assert_str_eq(run("m.reserve 1000000000000"), huge);
	ck_assert_uint_le(memory.bytes, 1 << 20);
	ck_assert_str_eq(run("m.bulk 0 1 2 1000000"),
			 "expected no more than 1048576 bytes of memory");
	ck_assert_str_eq(run("m.insert 0..9"), "ok");
	ck_assert_str_eq(run("m.list"), "ok ranges=0x0..0x9");
	ck_assert_str_eq(run("m.check"), "ok");
}
END_TEST

START_TEST(objects_have_a_limit)
{
	few(1 << 20, 2, 100, 100);
	ck_assert_str_eq(run("new iova_map a"), "ok");
	ck_assert_str_eq(run("new iova_map b"), "ok");
	ck_assert_str_eq(run("new iova_map c"), "expected no more than 2 objects");
	ck_assert_str_eq(run("free a"), "ok");
	ck_assert_str_eq(run("new iova_map c"), "ok");
	ck_assert_str_eq(run("reset"), "ok");
	ck_assert_str_eq(run("new iova_map a"), "ok");
}
END_TEST

START_TEST(steps_have_a_limit)
{
	few(1 << 20, 2, 100, 1 << 20);
	ck_assert_str_eq(run("new iova_map m"), "ok");
	ck_assert_str_eq(run("m.bulk 0 1 2 101"),
			 "expected no more than 100 steps in a line");
	ck_assert_str_eq(run("m.bulk 0 1 2 0xffffffffffffffff"),
			 "expected no more than 100 steps in a line");
	ck_assert_str_eq(run("m.bulk 0 1 2 100"), "ok");
	ck_assert_str_eq(run("m.insert 900..901"), "ok");
	ck_assert_str_eq(run("m.count"), "ok count=101");
	ck_assert_str_eq(run("m.list"),
			 "expected no more than 100 steps in a line");
	ck_assert_str_eq(run("m.list 0..3"), "ok ranges=0x0..0x0,0x2..0x2");
}
END_TEST

START_TEST(an_answer_has_a_limit)
{
	few(1 << 20, 2, 1000, 26);
	ck_assert_str_eq(run("new iova_map m"), "ok");
	ck_assert_str_eq(run("m.bulk 0 1 2 2"), "ok");
	ck_assert_str_eq(run("m.list"), "ok ranges=0x0..0x0,0x2..0x2");
	ck_assert_str_eq(run("m.insert 4..4"), "ok");
	ck_assert_str_eq(run("m.list"), "expected no more than 26 bytes of an answer");
	ck_assert_str_eq(run("m.count"), "ok count=3");
}
END_TEST

/* Any order of age and of names; the tree of names agrees with a list of them. */
START_TEST(names_are_found_whatever_they_are)
{
	static const char *const names[] = { "a", "aa", "aaa", "ab", "b", "_", "A",
		"a0", "a1", "zz", "zzz", "zzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzz" };
	bool there[VPRIM_ARRAY_LEN(names)] = { false };
	struct test_rng rng = test_rng_seed(0x6e616d65);
	char line[100];

	for (uint64_t i = 0; i < test_steps(100000); i++) {
		size_t n = (size_t)test_rng_below(&rng, VPRIM_ARRAY_LEN(names));
		bool make = test_rng_below(&rng, 2);

		snprintf(line, sizeof(line), "%s %s", make ? "new itree" : "free",
			 names[n]);
		ck_assert_msg(!strcmp(run(line), "ok") == (make != there[n]),
			      "%s", line);
		there[n] = make;
		snprintf(line, sizeof(line), "%s.count", names[n]);
		ck_assert_msg(!strcmp(run(line), "ok count=0") == make, "%s", line);
	}
}
END_TEST

/* Two hundred thousand objects: with a walk through all at each it takes minutes. */
START_TEST(freeing_the_oldest_first_is_linear)
{
	char line[100];
	uint32_t i;

	for (i = 0; i < 200000; i++) {
		snprintf(line, sizeof(line), "new itree n%" PRIu32, i);
		ck_assert_str_eq(run(line), "ok");
	}
	for (i = 0; i < 200000; i++) {
		snprintf(line, sizeof(line), "free n%" PRIu32, i);
		ck_assert_str_eq(run(line), "ok");
	}
}
END_TEST

START_TEST(sets_are_words_and_numbers_joined)
{
	ck_assert_str_eq(run("new type1 c"), "ok");
	ck_assert_str_eq(run("c.map 0 0x10000 0x1000 flags=r+w"), "ok");
	ck_assert_str_eq(run("c.map 0x1000 0x10000 0x1000 flags=r,2"), "ok");
	ck_assert_str_eq(run("c.map 0x2000 0x10000 0x1000 flags=w|none"), "ok");
	ck_assert_ptr_nonnull(strstr(run("c.find 0x1000"), "prot=rw"));
	ck_assert_ptr_nonnull(strstr(run("c.find 0x2000"), "prot=w"));
	ck_assert_str_eq(run("c.map 0x3000 0x10000 0x1000 flags=8"),
			 "-EINVAL why=flag");
	ck_assert_ptr_nonnull(strstr(run("c.map 0x3000 0 1 flags=r+x"), "well-formed"));
	ck_assert_ptr_nonnull(strstr(run("c.map 0x3000 0 1 flags=r++w"), "well-formed"));
	ck_assert_ptr_nonnull(strstr(run("c.map 0 0 1 flags=0x100000000"),
				     "well-formed"));
}
END_TEST

/* What stands in the answer after the line "reset" and @pattern with @values. */
static const char *shown(const char *pattern, const uint64_t *values, size_t n)
{
	static char text[100];

	ck_assert_str_eq(run("reset"), "ok");
	vprim_vec_out_values(&vec->call, pattern, values, n);
	snprintf(text, sizeof(text), "%.*s", (int)(vec->keys.len - STATUS_BYTES),
		 vec->keys.p + STATUS_BYTES);
	return text;
}

START_TEST(answers_never_run_past_their_words)
{
	uint64_t v[] = { 3, 4, UINT64_MAX, 1u << 2 | 1 };

	ck_assert_str_eq(shown("prot=none|r|w|rw", &v[0], 1), " prot=rw");
	ck_assert_str_eq(shown("prot=none|r|w|rw", &v[1], 1), " prot=4");
	ck_assert_str_eq(shown("prot=none|r|w|rw", &v[2], 1),
			 " prot=18446744073709551615");
	ck_assert_str_eq(shown("a=x:4|y:3", &v[0], 1), " a=y");
	ck_assert_str_eq(shown("a=set(x|y)", &v[3], 1), " a=x,2");
	ck_assert_str_eq(shown("a=bits b=s", &v[1], 2), " a=2 b=-1");
	ck_assert_str_eq(shown("a=r b=u", v, 3), " a=0x3..0x4 b=18446744073709551615");
	ck_assert(!vec->mistaken);
}
END_TEST

START_TEST(a_verb_that_differs_from_its_pattern_is_a_script_error)
{
	struct vprim_vec_call *c = &vec->call;
	uint64_t v[] = { 1, 2 };

	shown("a=u b=u", v, 1);
	ck_assert(vec->mistaken);
	shown("a=u", v, 2);
	ck_assert(vec->mistaken);
	/* its arguments are still there: start:u64 size:u64 */
	ck_assert_str_eq(run("range.from_size 0x100000000 1"), "ok last=0x100000000");
	ck_assert_uint_eq(U64("start"), 0x100000000);
	ck_assert(!vec->mistaken);
	ck_assert_uint_eq(U32("start"), 0);
	ck_assert(vec->mistaken);
	ck_assert_str_eq(run("range.from_size 0 1"), "ok last=0x0");
	ck_assert_uint_eq(U64("length"), 0);
	ck_assert(vec->mistaken);
}
END_TEST

static void look(void *ctx, const char *owner, const char *verb, const char *params,
		 bool on_object)
{
	struct vprim_vec_str none = { "", 0 };
	int ret = vprim_vec_args_(vec, params, none);
	unsigned long *n = ctx;

	(void)on_object;
	++*n;
	ck_assert_msg(vprim_vec_text_(params).len < VPRIM_VEC_LINE_MAX, "%s.%s", owner,
		      verb);
	/* Without values: fine, or one is missing; a wrong default is neither. */
	ck_assert_msg(!ret || (ret == VPRIM_VEC_SCRIPT &&
			       !memcmp(vec->error.p, "expected a value for", 20)),
		      "%s.%s %s", owner, verb, params);
	vec->error.len = 0;
}

START_TEST(every_pattern_has_right_defaults)
{
	unsigned long n = 0;

	vprim_vec_each_verb(look, &n);
	ck_assert_uint_gt(n, 300);
}
END_TEST

START_TEST(random_bytes_never_do_harm)
{
	static const char *const pieces[] = { "range.", "size", " ", "0..", "9",
		"->", "ok", "-EINVAL", "=", "#", "new ", "free ", "reset", "0x",
		"hex:", "none", ",", "\t", "from_size", "18446744073709551615" };
	struct test_rng rng = test_rng_seed(0x766563);
	struct vprim_vec_result r;
	char line[512];

	for (uint64_t i = 0; i < test_steps(300000); i++) {
		size_t len = 0, n;

		for (n = (size_t)test_rng_below(&rng, 12); n; n--) {
			const char *p = pieces[test_rng_below(&rng,
						VPRIM_ARRAY_LEN(pieces))];
			size_t k = strlen(p);

			if (!test_rng_below(&rng, 16))
				line[len++] = (char)test_rng_next(&rng);
			memcpy(line + len, p, k);
			len += k;
		}
		vprim_vec_line(vec, line, len, &r);
		ck_assert((r.verdict == VPRIM_VEC_ERROR) == (r.error.len > 0));
	}
}
END_TEST

int main(void)
{
	Suite *s = suite_create("vec");
	TCase *t = tcase_create("vec");

	tcase_add_checked_fixture(t, setup, teardown);
	tcase_add_loop_test(t, each_line_has_its_verdict, 0,
			    (int)VPRIM_ARRAY_LEN(lines));
	tcase_add_test(t, nul_and_overlong_lines_are_script_errors);
	tcase_add_test(t, any_memory_failure_is_a_script_error_and_leaks_nothing);
	tcase_add_test(t, memory_has_a_limit);
	tcase_add_test(t, objects_have_a_limit);
	tcase_add_test(t, steps_have_a_limit);
	tcase_add_test(t, an_answer_has_a_limit);
	tcase_add_test(t, names_are_found_whatever_they_are);
	tcase_add_test(t, freeing_the_oldest_first_is_linear);
	tcase_add_test(t, sets_are_words_and_numbers_joined);
	tcase_add_test(t, answers_never_run_past_their_words);
	tcase_add_test(t, a_verb_that_differs_from_its_pattern_is_a_script_error);
	tcase_add_test(t, every_pattern_has_right_defaults);
	tcase_add_test(t, random_bytes_never_do_harm);
	tcase_set_timeout(t, 120);
	suite_add_tcase(s, t);
	return test_main(s);
}
