// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/* reason.h: every module's table is whole, and every sentence is one. */
#include "testlib.h"
#include <string.h>
#include <virtprim/refuse.h>
#include <virtprim/virtprim.h>

#define M UINT64_MAX

static const struct vprim_range widest = { M - 1, M };

/* Here, and in the manual, all of them stand side by side. */
static const struct vprim_rules *const modules[] = {
	&vprim_reason_rules, &vprim_iova_map_rules, &vprim_iova_windows_rules,
	&vprim_type1_rules, &vprim_ioas_rules, &vprim_xstate_rules,
	&vprim_svm_rules, &vprim_vfio_cap_rules, &vprim_nested_pat_rules,
	&vprim_ppc_rules, &vprim_cpu_rules, &vprim_loongarch_rules,
	&vprim_virt_enable_rules, &vprim_pat_rules, &vprim_s390_rules,
	&vprim_iova_xlate_rules, &vprim_ptimer_rules, &vprim_dmabuf_rules,
};

static struct vprim_reason full(const struct vprim_rule *rule)
{
	return (struct vprim_reason){
		.rule = rule, .range = widest, .hit = widest, .value = M,
		.at = M, .has_range = true, .has_hit = true, .has_value = true,
		.has_at = true,
	};
}

static void check_row(const char *module, const struct vprim_rule *rule)
{
	struct vprim_reason all = full(rule), bare = { .rule = rule };
	char text[VPRIM_REASON_TEXT_BYTES];

	ck_assert_msg(rule->id && rule->word && *rule->word && rule->text,
		      "%s: rule 0x%x has no row", module, rule->id);
	ck_assert_uint_eq(strspn(rule->word, "abcdefghijklmnopqrstuvwxyz"
					     "0123456789-_P"),
			  strlen(rule->word));
	ck_assert_msg(rule->error <= 0 && rule->error > -4096, "%s.%s: %d",
		      module, rule->word, rule->error);
	ck_assert_msg(vprim_reason_text(&all, text, sizeof(text)) < sizeof(text),
		      "%s.%s is long", module, rule->word);
	ck_assert_msg(!strpbrk(text, "{}[]\n") && !strstr(text, "(unknown)"),
		      "%s.%s: '%s'", module, rule->word, text);
	ck_assert_uint_gt(strlen(text), 10);
	vprim_reason_text(&bare, text, sizeof(text));
	ck_assert_msg(!strpbrk(text, "{}[]") && !strstr(text, "0x"),
		      "%s.%s: '%s'", module, rule->word, text);
}

START_TEST(every_rule_has_a_word_an_errno_and_a_sentence)
{
	const struct vprim_rules *rules = modules[_i];
	size_t i;

	ck_assert_uint_gt(rules->count, 0);
	for (i = 0; i < rules->count; i++) {
		check_row(rules->module, &rules->rule[i]);
		ck_assert(!i || rules->rule[i - 1].id < rules->rule[i].id);
		ck_assert_ptr_eq(vprim_rules_find(rules, rules->rule[i].id),
				 &rules->rule[i]);
	}
	ck_assert_ptr_null(vprim_rules_find(rules, 0));
	ck_assert_ptr_null(vprim_rules_find(rules, 0xffff));
}
END_TEST

START_TEST(words_are_unique_in_their_module_and_ids_everywhere)
{
	size_t m, n, i, j;

	for (m = 0; m < VPRIM_ARRAY_LEN(modules); m++)
		for (n = 0; n <= m; n++)
			for (i = 0; i < modules[m]->count; i++)
				for (j = 0; j < (m == n ? i : modules[n]->count); j++) {
					const struct vprim_rule *a = &modules[m]->rule[i];
					const struct vprim_rule *b = &modules[n]->rule[j];

					ck_assert_uint_ne(a->id, b->id);
					ck_assert(m != n || strcmp(a->word, b->word));
				}
}
END_TEST

/* The ids that scripts and recordings hold. */
START_TEST(ids_stay)
{
	ck_assert_uint_eq(VPRIM_REASON_INVERTED, 2);
	ck_assert_uint_eq(VPRIM_IOVA_MAP_RULE_OVERLAP, 3);
	ck_assert_uint_eq(VPRIM_IOVA_WINDOWS_RULE_ORDER, 0x80);
	ck_assert_uint_eq(VPRIM_TYPE1_RULE_ARGSZ, 0x100);
	ck_assert_uint_eq(VPRIM_TYPE1_RULE_WINDOW, 0x10f);
	ck_assert_uint_eq(VPRIM_IOAS_RULE_FLAG, 0x200);
	ck_assert_uint_eq(VPRIM_XSTATE_RULE_LEAF_MASK, 0x400);
	ck_assert_uint_eq(VPRIM_SVM_RULE_NO_NESTED, 0x600);
	ck_assert_uint_eq(VPRIM_SVM_RULE_CR3_LOAD, 0x624);
	ck_assert_uint_eq(VPRIM_XSTATE_RULE_MAGIC2, 0x41f);
	ck_assert_uint_eq(VPRIM_VFIO_CAP_RULE_SHORT, 0x500);
	ck_assert_uint_eq(VPRIM_NESTED_PAT_RULE_L2_RUNS, 0x720);
	ck_assert_uint_eq(VPRIM_PPC_RULE_CFPC, 0x740);
	ck_assert_uint_eq(VPRIM_CPU_RULE_BUG, 0x760);
	ck_assert_uint_eq(VPRIM_LOONGARCH_RULE_PAGE, 0x7c0);
	ck_assert_uint_eq(VPRIM_VIRT_ENABLE_RULE_CPU, 0x7a0);
	ck_assert_uint_eq(VPRIM_PAT_RULE_TYPE, 0x700);
	ck_assert_uint_eq(VPRIM_S390_RULE_PREFIX, 0x780);
	ck_assert_uint_eq(VPRIM_REASON_OBJECT_SIZE, 0x40);
	ck_assert_uint_eq(VPRIM_PTIMER_RULE_PERIOD, 0x800);
	ck_assert_uint_eq(VPRIM_DMABUF_RULE_GONE, 0x900);
	ck_assert_uint_eq(VPRIM_DMABUF_RULE_BACKEND, 0x93c);
	ck_assert_uint_eq(VPRIM_VFIO_CAP_RULE_KIND, 0x50b);
	ck_assert_uint_eq(VPRIM_IOVA_XLATE_RULE_SIZE, 0xc0);
}
END_TEST

static const char *name_of(uint64_t number)
{
	return number == 3 ? "three" : "many";
}

static const struct vprim_rule made[] = {
	{ 1, -EPERM, "plain", "plainly", NULL },
	{ 2, -EPERM, "nested", "[at {N}[ and {M}]: ]no[ {R}]", name_of },
	{ 3, -EPERM, "all", "{R} {H} {V} {D} {A} {X}", NULL },
};

START_TEST(clauses_nest_and_numbers_have_names)
{
	struct vprim_reason r = { .rule = &made[1] };
	char text[64];

	vprim_reason_text(&r, text, sizeof(text));
	ck_assert_str_eq(text, "no");
	r.value = 7;
	r.has_value = true;
	vprim_reason_text(&r, text, sizeof(text));
	ck_assert_str_eq(text, "no");
	r.at = 3;
	r.has_at = true;
	vprim_reason_text(&r, text, sizeof(text));
	ck_assert_str_eq(text, "at 3 (three) and 7 (many): no");
	r.has_value = false;
	vprim_reason_text(&r, text, sizeof(text));
	ck_assert_str_eq(text, "at 3 (three): no");
	r = (struct vprim_reason){ .rule = &made[2] };
	vprim_reason_text(&r, text, 10);
	ck_assert_str_eq(text, "(unknown)");
	r = full(&made[2]);
	r.range = (struct vprim_range){ 0, 9 };
	r.hit = (struct vprim_range){ 0x10, 0xab };
	r.value = 255;
	r.at = 100;
	vprim_reason_text(&r, text, sizeof(text));
	ck_assert_str_eq(text, "0x0..0x9 0x10..0xab 0xff 255 100 0x64");
}
END_TEST

START_TEST(a_refusal_carries_what_it_is_given_and_no_more)
{
	const struct vprim_range range = { 4, 2 };
	const struct vprim_reason what = { .rule = &made[0], .value = 7,
					   .has_value = true };
	char text[VPRIM_REASON_TEXT_BYTES];
	struct vprim_reason r;

	memset(&r, 0xa5, sizeof(r));
	ck_assert_int_eq(vprim_reason_refuse_(&r, &what), -EPERM);
	ck_assert_ptr_eq(r.rule, &made[0]);
	ck_assert(r.has_value && !r.has_range && !r.has_hit && !r.has_at);
	ck_assert_uint_eq(r.value, 7);
	ck_assert_int_eq(vprim_reason_argument_(&r), -EINVAL);
	ck_assert_str_eq(vprim_reason_word(&r), "argument");
	ck_assert(!r.has_value);
	ck_assert_int_eq(vprim_reason_inverted_(&r, &range), -EINVAL);
	ck_assert_uint_eq(vprim_reason_id(&r), VPRIM_REASON_INVERTED);
	ck_assert(r.has_range && r.range.start == 4 && r.range.last == 2);
	ck_assert_int_eq(vprim_reason_object_size_(&r, 8, 8), 0);
	ck_assert_int_eq(vprim_reason_object_size_(&r, 8, 16), -EINVAL);
	ck_assert_uint_eq(vprim_reason_id(&r), VPRIM_REASON_OBJECT_SIZE);
	vprim_reason_text(&r, text, sizeof(text));
	ck_assert_str_eq(text, "header and library do not belong together: "
			 "8 bytes, and 16 in the library");
	/* Nobody asks. */
	ck_assert_int_eq(vprim_reason_refuse_(NULL, &what), -EPERM);
	ck_assert_int_eq(vprim_reason_argument_(NULL), -EINVAL);
	ck_assert_int_eq(vprim_reason_inverted_(NULL, &range), -EINVAL);
	ck_assert_int_eq(vprim_reason_object_size_(NULL, 1, 2), -EINVAL);
	vprim_reason_clear(NULL);
	vprim_reason_clear(&r);
	ck_assert_uint_eq(vprim_reason_id(&r), VPRIM_REASON_NONE);
	ck_assert_str_eq(vprim_reason_word(&r), "none");
}
END_TEST

START_TEST(a_small_buffer_cuts_the_sentence_and_learns_its_size)
{
	const struct vprim_rule *overlap =
		vprim_rules_find(&vprim_type1_rules, VPRIM_TYPE1_RULE_OVERLAP);
	struct vprim_reason r = full(overlap);
	char whole[VPRIM_REASON_TEXT_BYTES], part[VPRIM_REASON_TEXT_BYTES];
	size_t length = vprim_reason_text(&r, whole, sizeof(whole)), size;

	ck_assert_uint_eq(length, strlen(whole));
	ck_assert_str_eq(whole, "iova 0xfffffffffffffffe..0xffffffffffffffff "
		"overlaps mapping 0xfffffffffffffffe..0xffffffffffffffff");
	ck_assert_uint_eq(vprim_reason_text(&r, NULL, 0), length);
	for (size = 1; size <= length + 1; size++) {
		memset(part, '#', sizeof(part));
		ck_assert_uint_eq(vprim_reason_text(&r, part, size), length);
		ck_assert_uint_eq(strlen(part), size - 1);
		ck_assert(!memcmp(part, whole, size - 1));
		ck_assert_int_eq(part[size], '#');
	}
	vprim_reason_clear(&r);
	vprim_reason_text(&r, part, sizeof(part));
	ck_assert_str_eq(part, "nothing was refused");
}
END_TEST

START_TEST(numbers_print_as_the_c_library_prints_them)
{
	static const uint64_t numbers[] = { 0, 1, 9, 10, 0xf, 0x10, 999, 1000,
		UINT32_MAX, M / 10, M - 1, M };
	char text[64], want[64];
	size_t i;

	for (i = 0; i < VPRIM_ARRAY_LEN(numbers); i++) {
		struct vprim_text t = { text, sizeof(text), 0 };

		vprim_text_dec_(&t, numbers[i]);
		vprim_text_char_(&t, ' ');
		vprim_text_hex_(&t, numbers[i]);
		snprintf(want, sizeof(want), "%llu 0x%llx",
			 (unsigned long long)numbers[i],
			 (unsigned long long)numbers[i]);
		ck_assert_uint_eq(vprim_text_end_(&t), strlen(want));
		ck_assert_str_eq(text, want);
	}
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("reason");
	TCase *tc = tcase_create("reason");

	tcase_add_loop_test(tc, every_rule_has_a_word_an_errno_and_a_sentence, 0,
			    (int)VPRIM_ARRAY_LEN(modules));
	tcase_add_test(tc, words_are_unique_in_their_module_and_ids_everywhere);
	tcase_add_test(tc, ids_stay);
	tcase_add_test(tc, clauses_nest_and_numbers_have_names);
	tcase_add_test(tc, a_refusal_carries_what_it_is_given_and_no_more);
	tcase_add_test(tc, a_small_buffer_cuts_the_sentence_and_learns_its_size);
	tcase_add_test(tc, numbers_print_as_the_c_library_prints_them);
	suite_add_tcase(suite, tc);
	return test_main(suite);
}
