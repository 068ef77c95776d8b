// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * pat.h: the rule for validity against its definition, every selecting bit, and
 * the manuals' tables of effective types as the manuals print them.
 */
#include "testlib.h"
#include <virtprim/pat.h>

#define UNTOUCHED ((enum vprim_pat_type)77)

/* The definition: a byte is one of the six types. */
static bool byte_ok(unsigned int byte)
{
	return byte == 0 || byte == 1 || byte == 4 || byte == 5 || byte == 6 ||
	       byte == 7;
}

static unsigned int first_bad(uint64_t pat)
{
	unsigned int i = 0;

	while (i < 8 && byte_ok(pat >> (8 * i) & 0xff))
		i++;
	return i;
}

/* Both forms of the rule and the located entry, for one value. */
static void compare_validity(uint64_t pat)
{
	unsigned int want = first_bad(pat);
	struct vprim_reason why;
	int ret = vprim_pat_check(pat, &why);

	require(vprim_pat_is_valid(pat) == (want == 8));
	require((vprim_pat_bad_bits(pat) == 0) == (want == 8));
	require(ret == (want == 8 ? 0 : -EINVAL));
	require(want == 8 ? !why.rule : why.has_at && why.at == want);
	require(vprim_pat_check(pat, NULL) == ret);
}

static const struct {
	const char *name;
	uint64_t pat;
	int first;
} validity[] = {
	{ "A1 reset", VPRIM_PAT_RESET, -1 },
	{ "A2 Linux", VPRIM_PAT_LINUX, -1 },
	{ "A3 Linux with the erratum", VPRIM_PAT_LINUX_ERRATUM, -1 },
	{ "A4 Xen", VPRIM_PAT_XEN, -1 },
	{ "A5 all UC", 0, -1 },
	{ "A6 all WB", UINT64_C(0x0606060606060606), -1 },
	{ "A7 all WC", UINT64_C(0x0101010101010101), -1 },
	{ "A8 all UC-", UINT64_C(0x0707070707070707), -1 },
	{ "A9 every type", UINT64_C(0x0706050401000706), -1 },
	{ "A10 type 2 first", UINT64_C(0x0606060606060602), 0 },
	{ "A11 type 3 last", UINT64_C(0x0306060606060606), 7 },
	{ "A12 bit 3", UINT64_C(0x0606060606060608), 0 },
	{ "A13 bit 7 last", UINT64_C(0x8006060606060606), 7 },
	{ "A14 bit 7 over a type", UINT64_C(0x0606060606860606), 2 },
	{ "A15 all ones", UINT64_MAX, 0 },
	{ "A16 type 2 inside", UINT64_C(0x0606060602060606), 3 },
	{ "A17 bit 3 over type 2", UINT64_C(0x0006000600060a06), 1 },
	{ "A18 all 8", UINT64_C(0x0808080808080808), 0 },
	{ "A19 all 2", UINT64_C(0x0202020202020202), 0 },
	{ "A20 all 3", UINT64_C(0x0303030303030303), 0 },
	{ "A21 only the last", UINT64_C(0x0200000000000000), 7 },
	{ "A22 WC last", UINT64_C(0x0100000000000000), -1 },
	{ "A23 type 2 second", UINT64_C(0x0000000000000200), 1 },
	{ "A24 bit 4", UINT64_C(0x0000000000000010), 0 },
};

START_TEST(the_processor_takes_or_refuses)
{
	struct vprim_reason why;
	int ret = vprim_pat_check(validity[_i].pat, &why);
	int first = validity[_i].first;

	ck_assert_msg(ret == (first < 0 ? 0 : -EINVAL), "%s: %d",
		      validity[_i].name, ret);
	ck_assert_msg(first < 0 || why.at == (unsigned int)first, "%s: %u",
		      validity[_i].name, (unsigned int)why.at);
	compare_validity(validity[_i].pat);
}
END_TEST

START_TEST(every_byte_in_every_position_is_judged_alone)
{
	static const uint64_t backgrounds[] = {
		0, UINT64_C(0x0606060606060606), UINT64_C(0x0707070707070707),
		UINT64_C(0x0202020202020202), UINT64_MAX,
	};

	for (size_t b = 0; b < VPRIM_ARRAY_LEN(backgrounds); b++)
		for (unsigned int pos = 0; pos < 8; pos++)
			for (uint64_t byte = 0; byte < 256; byte++) {
				uint64_t pat = backgrounds[b];

				pat &= ~((uint64_t)0xff << (8 * pos));
				compare_validity(pat | byte << (8 * pos));
			}
}
END_TEST

/* Nothing crosses a byte border: every byte with every right neighbour. */
START_TEST(neighbouring_bytes_do_not_meet)
{
	for (unsigned int pos = 0; pos < 7; pos++)
		for (uint64_t pair = 0; pair < 65536; pair++)
			compare_validity(pair << (8 * pos));
}
END_TEST

START_TEST(random_values_agree_with_the_definition)
{
	struct test_rng rng = test_rng_seed(0x706174);

	for (uint64_t i = 0; i < test_steps(1000000); i++) {
		uint64_t pat = test_rng_next(&rng);

		if (i & 1)	/* near the valid ones, or hardly any would be */
			pat &= UINT64_C(0x0707070707070707) | pat >> 5;
		compare_validity(pat);
		for (unsigned int e = 0; e < 8; e++) {
			unsigned int byte = pat >> (8 * e) & 0xff;
			unsigned int rule = byte > 7 ? VPRIM_PAT_RULE_BITS :
						       VPRIM_PAT_RULE_TYPE;
			enum vprim_pat_type type = UNTOUCHED;
			struct vprim_reason why;
			int ret = vprim_pat_entry(pat, e, &type, &why);

			require(ret == (byte_ok(byte) ? 0 : -EINVAL));
			require((unsigned int)type == (ret ? 77 : byte));
			require(vprim_reason_id(&why) == (ret ? rule : 0));
			require(!ret || (why.at == e &&
					 why.value == (byte > 7 ? byte & 0xf8 : byte)));
		}
	}
}
END_TEST

START_TEST(entries_encode_to_the_same_value)
{
	struct test_rng rng = test_rng_seed(0x656e636f6465);
	static const unsigned int legal[] = { 0, 1, 4, 5, 6, 7 };
	enum vprim_pat_type types[8];
	uint64_t back;

	for (uint64_t i = 0; i < test_steps(100000); i++) {
		uint64_t pat = 0;

		for (unsigned int e = 0; e < 8; e++)
			pat = pat << 8 | legal[test_rng_below(&rng, 6)];
		for (unsigned int e = 0; e < 8; e++)
			require(vprim_pat_entry(pat, e, &types[e], NULL) == 0);
		require(vprim_pat_encode(types, &back) == 0);
		require(back == pat);
	}
}
END_TEST

START_TEST(what_is_no_type_is_not_encoded)
{
	for (unsigned int e = 0; e < 8; e++)
		for (int v = -1; v < 300; v++) {
			enum vprim_pat_type types[8] = { VPRIM_PAT_WB };
			bool ok = v >= 0 && byte_ok((unsigned int)v);
			uint64_t pat = 77;

			types[e] = (enum vprim_pat_type)v;
			require(vprim_pat_encode(types, &pat) == (ok ? 0 : -EINVAL));
			require(ok || pat == 77);
		}
}
END_TEST

START_TEST(well_known_values_are_valid_and_known)
{
	const struct vprim_pat_known *k;
	unsigned int n = 0;

	while ((k = vprim_pat_known_at(n))) {
		ck_assert(vprim_pat_is_valid(k->pat));
		ck_assert_ptr_eq(vprim_pat_known_find(k->pat), k);
		ck_assert(k->word[0] && k->who[0]);
		n++;
	}
	ck_assert_uint_eq(n, 9);
	ck_assert_ptr_null(vprim_pat_known_at(UINT32_MAX));
	ck_assert_ptr_null(vprim_pat_known_find(UINT64_C(0x0606060606060606)));
	ck_assert_ptr_eq(vprim_pat_known_find(VPRIM_PAT_RESET), vprim_pat_known_at(0));
}
END_TEST

/* The type of a name, which ends at a blank. */
static enum vprim_pat_type of(const char *name)
{
	size_t len = strcspn(name, " ");

	for (int v = 0; v < 300; v++) {
		const char *n = vprim_pat_type_name((enum vprim_pat_type)v);

		if (n && strlen(n) == len && !strncmp(n, name, len))
			return (enum vprim_pat_type)v;
	}
	ck_abort();
}

START_TEST(names_and_types_are_one_to_one)
{
	unsigned int names = 0;

	for (int v = -1; v < 300; v++) {
		const char *name = vprim_pat_type_name((enum vprim_pat_type)v);

		if (!name)
			continue;
		names++;
		ck_assert_int_eq(of(name), v);
	}
	ck_assert_uint_eq(names, 8);
	ck_assert_str_eq(vprim_pat_type_name(VPRIM_PAT_UC_MINUS), "UC-");
}
END_TEST

static const struct {
	const char *name;
	uint64_t entry, pat;
	unsigned int level, index;
	enum vprim_pat_type type;
} indices[] = {
	{ "B1", 0x001, VPRIM_PAT_RESET, 1, 0, VPRIM_PAT_WB },
	{ "B2 PWT", 0x009, VPRIM_PAT_RESET, 1, 1, VPRIM_PAT_WT },
	{ "B3 PCD", 0x011, VPRIM_PAT_RESET, 1, 2, VPRIM_PAT_UC_MINUS },
	{ "B4", 0x019, VPRIM_PAT_RESET, 1, 3, VPRIM_PAT_UC },
	{ "B5 bit 7", 0x081, VPRIM_PAT_RESET, 1, 4, VPRIM_PAT_WB },
	{ "B6", 0x099, VPRIM_PAT_RESET, 1, 7, VPRIM_PAT_UC },
	{ "B7 PS", 0x081, VPRIM_PAT_RESET, 2, 0, VPRIM_PAT_WB },
	{ "B8", 0x1081, VPRIM_PAT_RESET, 2, 4, VPRIM_PAT_WB },
	{ "B9", 0x1099, VPRIM_PAT_RESET, 3, 7, VPRIM_PAT_UC },
	{ "B10 bit 12 is address", 0x1001, VPRIM_PAT_RESET, 1, 0, VPRIM_PAT_WB },
	{ "B11 references a table", 0x019, VPRIM_PAT_RESET, 2, 3, VPRIM_PAT_UC },
	{ "B12", 0x1099, VPRIM_PAT_LINUX, 2, 7, VPRIM_PAT_WT },
};

START_TEST(a_page_selects_an_entry)
{
	enum vprim_pat_type type;
	unsigned int index;

	ck_assert_int_eq(vprim_pat_index(indices[_i].entry, indices[_i].level,
					 &index), 0);
	ck_assert_msg(index == indices[_i].index, "%s: %u", indices[_i].name,
		      index);
	ck_assert_int_eq(vprim_pat_entry(indices[_i].pat, index, &type, NULL), 0);
	ck_assert_msg(type == indices[_i].type, "%s: type %d", indices[_i].name,
		      type);
}
END_TEST

/* All combinations of the four bits, with everything else 0 or 1. */
START_TEST(no_other_bit_selects)
{
	const uint64_t bits = 1u << 3 | 1u << 4 | 1u << 7 | 1u << 12;

	for (unsigned int level = 1; level <= 5; level++)
		for (unsigned int c = 0; c < 32; c++) {
			uint64_t e = c & 16 ? ~bits : 0;
			unsigned int pat_bit = 0, index;
			bool ps = c & 4;

			e |= (uint64_t)(c & 1) << 3 | (uint64_t)(c >> 1 & 1) << 4 |
			     (uint64_t)ps << 7 | (uint64_t)(c >> 3 & 1) << 12;
			if (level == 1)
				pat_bit = ps;
			else if (level <= 3 && ps)
				pat_bit = c >> 3 & 1;
			ck_assert_int_eq(vprim_pat_index(e, level, &index), 0);
			ck_assert_uint_eq(index, (c & 3) | pat_bit << 2);
		}
	ck_assert_uint_eq(vprim_pat_index_cr3(0x1018, false), 3);	/* B13 */
	ck_assert_uint_eq(vprim_pat_index_cr3(0x1018, true), 0);	/* B14 */
	ck_assert_uint_eq(vprim_pat_index_cr3(UINT64_MAX - 0x18, false), 0);
}
END_TEST

START_TEST(an_address_leaves_out_the_bits_around_it)
{
	static const unsigned int low[2][6] = {
		{ 0, 12, 12, 12, 12, 12 },	/* without PS */
		{ 0, 12, 21, 30, 12, 12 },
	};
	uint64_t a;

	for (unsigned int level = 1; level <= 5; level++)
		for (unsigned int ps = 0; ps < 2; ps++)
			for (unsigned int bit = 0; bit < 64; bit++) {
				uint64_t e = (uint64_t)1 << bit | (uint64_t)ps << 7;
				bool in = bit >= low[ps][level] && bit < 52;

				if (bit == 7)
					continue;
				ck_assert_int_eq(vprim_pat_address(e, level, &a), 0);
				ck_assert_uint_eq(a, in ? (uint64_t)1 << bit : 0);
			}
}
END_TEST

/* The manuals' tables, by name, in the order in which they are printed. */
static const char *const intel_pat[] = { "UC", "UC-", "WC", "WT", "WP", "WB" };
static const char *const intel_mtrr[] = { "UC", "WC", "WT", "WP", "WB" };
static const char *const intel[5][6] = {
	{ "UC a", "UC a", "WC", "UC a", "UC a", "UC a" },
	{ "UC b", "WC", "WC", "UC bc", "UC bc", "WC" },
	{ "UC b", "UC b", "WC", "WT", "WP c", "WT" },
	{ "UC b", "WC c", "WC", "WT c", "WP", "WP" },
	{ "UC b", "UC b", "WC", "WT", "WP", "WB" },
};

static const char *const amd_pat[] = { "UC", "UC-", "WC", "WP", "WT", "WB", "WC+" };
static const char *const amd_mtrr[] = { "UC", "WC", "WP", "WT", "WB" };
static const char *const amd[7][5] = {
	{ "UC", "CD", "CD", "CD", "CD" },
	{ "UC", "WC", "CD", "CD", "CD" },
	{ "WC", "WC", "WC", "WC", "WC" },
	{ "UC", "CD", "WP", "CD", "WP" },
	{ "UC", "CD", "CD", "WT", "WT" },
	{ "UC", "WC", "WP", "WT", "WB" },
	{ "WC", "WC", "WC+", "WC+", "WC+" },
};

static const char *const npt_host[] = { "UC", "UC-", "WC", "WP", "WT", "WB" };
static const char *const npt[6][6] = {
	{ "UC", "UC", "UC", "UC", "UC", "UC" },
	{ "UC", "UC-", "WC", "UC", "UC", "UC" },
	{ "WC", "WC", "WC", "WC+", "WC+", "WC+" },
	{ "UC", "UC", "UC", "WP", "UC", "WP" },
	{ "UC", "UC", "UC", "UC", "WT", "WT" },
	{ "UC", "UC", "WC", "WP", "WT", "WB" },
};

START_TEST(intel_types_are_the_manuals)
{
	enum vprim_pat_type type, pat, mtrr;
	struct vprim_pat_origin o;

	for (unsigned int m = 0; m < 5; m++)
		for (unsigned int p = 0; p < 6; p++) {
			const char *want = intel[m][p];
			const char *notes = strchr(want, ' ') ? strchr(want, ' ') : "";

			pat = of(intel_pat[p]);
			mtrr = of(intel_mtrr[m]);
			require(vprim_pat_effective_mtrr(pat, mtrr, &type, &o, NULL) == 0);
			require(type == of(want));
			require(o.uc_by_mtrr == !!strchr(notes, 'a'));
			require(o.uc_by_page == !!strchr(notes, 'b'));
			require(o.once_undefined == !!strchr(notes, 'c'));
			require(vprim_pat_effective_mtrr(pat, mtrr, &type, NULL, NULL) == 0);
			require(vprim_pat_effective_ept(pat, mtrr, false, &type, NULL) == 0);
			require(type == of(want));
			require(vprim_pat_effective_ept(pat, mtrr, true, &type, NULL) == 0);
			require(type == mtrr);
		}
}
END_TEST

static const char *amd_cell(const char *pat, const char *mtrr)
{
	for (unsigned int p = 0; p < 7; p++)
		for (unsigned int m = 0; m < 5; m++)
			if (!strcmp(amd_pat[p], pat) && !strcmp(amd_mtrr[m], mtrr))
				return amd[p][m];
	ck_abort();
}

START_TEST(amd_types_are_the_manuals)
{
	enum vprim_pat_type type, combined;

	for (unsigned int m = 0; m < 5; m++)
		for (unsigned int p = 0; p < 6; p++) {
			require(vprim_pat_effective_amd(of(amd_pat[p]),
						of(amd_mtrr[m]), &type, NULL) == 0);
			require(type == of(amd[p][m]));
		}
	for (unsigned int g = 0; g < 6; g++)
		for (unsigned int h = 0; h < 6; h++)
			for (unsigned int m = 0; m < 5; m++) {
				require(vprim_pat_effective_npt(
					of(npt_host[g]), of(npt_host[h]),
					of(amd_mtrr[m]), &combined, &type, NULL) == 0);
				require(combined == of(npt[g][h]));
				require(type == of(amd_cell(npt[g][h],
								   amd_mtrr[m])));
			}
}
END_TEST

/* What is no type in its place is refused, and nothing is written. */
START_TEST(combinations_refuse_what_is_no_type)
{
	enum vprim_pat_type wb = VPRIM_PAT_WB, type, combined;
	struct vprim_pat_origin origin = { true, true, true };

	for (int v = -2; v < 300; v++) {
		enum vprim_pat_type t = (enum vprim_pat_type)v;
		bool pat = v >= 0 && byte_ok((unsigned int)v);
		bool mtrr = pat && v != 7;
		int rp = pat ? 0 : -EINVAL, rm = mtrr ? 0 : -EINVAL;

		type = combined = UNTOUCHED;
		require(vprim_pat_effective_mtrr(t, wb, &type, NULL, NULL) == rp);
		require(pat || type == UNTOUCHED);
		require(vprim_pat_effective_ept(t, wb, true, &type, NULL) == rp);
		require(pat || type == UNTOUCHED);
		require(vprim_pat_effective_amd(t, wb, &type, NULL) == rp);
		require(pat || type == UNTOUCHED);
		require(vprim_pat_effective_npt(t, wb, wb, &combined, &type, NULL) == rp);
		require(vprim_pat_effective_npt(wb, t, wb, &combined, &type, NULL) == rp);
		require(pat || (type == UNTOUCHED && combined == UNTOUCHED));

		type = combined = UNTOUCHED;
		require(vprim_pat_effective_mtrr(wb, t, &type, &origin, NULL) == rm);
		require(mtrr || (type == UNTOUCHED && origin.once_undefined));
		require(vprim_pat_effective_ept(wb, t, false, &type, NULL) == rm);
		require(vprim_pat_effective_ept(wb, t, true, &type, NULL) == rm);
		require(vprim_pat_effective_amd(wb, t, &type, NULL) == rm);
		require(vprim_pat_effective_npt(wb, wb, t, &combined, &type, NULL) == rm);
		require(mtrr || (type == UNTOUCHED && combined == UNTOUCHED));
		origin.once_undefined = true;
	}
}
END_TEST

/* Each place has its own rule, and the first one that is none is named. */
START_TEST(a_combination_names_what_is_no_type)
{
	const enum vprim_pat_type wb = VPRIM_PAT_WB, ucm = VPRIM_PAT_UC_MINUS;
	const enum vprim_pat_type three = (enum vprim_pat_type)3;
	enum vprim_pat_type type;
	struct vprim_reason why;

	require(vprim_pat_effective_mtrr(three, ucm, &type, NULL, &why) == -EINVAL);
	require(vprim_reason_id(&why) == VPRIM_PAT_RULE_NOT_PAT && why.value == 3);
	require(vprim_pat_effective_ept(wb, ucm, true, &type, &why) == -EINVAL);
	require(vprim_reason_id(&why) == VPRIM_PAT_RULE_NOT_MTRR && why.value == 7);
	require(vprim_pat_effective_npt(wb, three, ucm, NULL, &type, &why) == -EINVAL);
	require(vprim_reason_id(&why) == VPRIM_PAT_RULE_NOT_PAT && why.value == 3);
	require(vprim_pat_effective_npt(three, wb, ucm, NULL, &type, &why) == -EINVAL);
	require(vprim_reason_id(&why) == VPRIM_PAT_RULE_NOT_PAT && why.value == 3);
	require(vprim_pat_effective_npt(wb, wb, ucm, NULL, &type, &why) == -EINVAL);
	require(vprim_reason_id(&why) == VPRIM_PAT_RULE_NOT_MTRR && why.value == 7);
	require(vprim_pat_effective_amd(wb, wb, &type, &why) == 0 && !why.rule);
}
END_TEST

START_TEST(ept_entries_read_back_as_written)
{
	struct vprim_pat_ept e = { UNTOUCHED, true };

	for (unsigned int bits = 0; bits < 16; bits++) {
		unsigned int t = bits & 7;
		bool legal = byte_ok(t) && t != 7;
		uint64_t entry = (uint64_t)bits << 3 | UINT64_C(0xfff0000000000f07);
		int ret;

		e.type = UNTOUCHED;
		ret = vprim_pat_ept_decode(entry, &e);
		ck_assert_int_eq(ret, legal ? 0 : -EINVAL);
		ck_assert(legal || e.type == UNTOUCHED);
		if (legal) {
			ck_assert_uint_eq((unsigned int)e.type, t);
			ck_assert(e.ignore_pat == (bits > 7));
			ck_assert_uint_eq(vprim_pat_ept_encode(&e), bits << 3);
		}
	}
	for (unsigned int c = 0; c < 8; c++) {
		bool mmio = c & 1, noncoherent = c & 2, quirk = c & 4;
		uint64_t want = mmio ? 0x00 : !noncoherent && quirk ? 0x70 : 0x30;

		e = vprim_pat_ept_kvm(mmio, noncoherent, quirk);
		ck_assert_uint_eq(vprim_pat_ept_encode(&e), want);
	}
	for (uint64_t first = 0; first < 8; first++) {
		uint64_t pat = UINT64_C(0x0007040600070400) | first;
		bool loads = first == VPRIM_PAT_WB, offered = true;

		ck_assert_int_eq(vprim_pat_kvm_load(pat, false, &offered),
				 loads ? 0 : -EIO);
		ck_assert(offered == !loads);
	}
}
END_TEST

START_TEST(bad_indices_are_refused)
{
	enum vprim_pat_type wb = VPRIM_PAT_WB, type = UNTOUCHED;
	struct vprim_reason why;
	unsigned int index = 77;
	uint64_t v = 77;

	ck_assert_int_eq(vprim_pat_entry(0, 8, &type, &why), -EINVAL);
	ck_assert_uint_eq(vprim_reason_id(&why), VPRIM_PAT_RULE_INDEX);
	ck_assert_int_eq(vprim_pat_index(1, 0, &index), -EINVAL);
	ck_assert_int_eq(vprim_pat_index(1, 6, &index), -EINVAL);
	ck_assert_int_eq(vprim_pat_address(1, 0, &v), -EINVAL);
	ck_assert_int_eq(vprim_pat_address(1, 6, &v), -EINVAL);
	ck_assert(type == UNTOUCHED && index == 77 && v == 77);
	ck_assert_int_eq(vprim_pat_effective_npt(wb, wb, wb, NULL, &type, NULL), 0);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("pat");
	TCase *t = tcase_create("pat");

	tcase_add_loop_test(t, the_processor_takes_or_refuses, 0,
			    (int)VPRIM_ARRAY_LEN(validity));
	tcase_add_test(t, every_byte_in_every_position_is_judged_alone);
	tcase_add_test(t, neighbouring_bytes_do_not_meet);
	tcase_add_test(t, random_values_agree_with_the_definition);
	tcase_add_test(t, entries_encode_to_the_same_value);
	tcase_add_test(t, what_is_no_type_is_not_encoded);
	tcase_add_test(t, well_known_values_are_valid_and_known);
	tcase_add_test(t, names_and_types_are_one_to_one);
	tcase_add_loop_test(t, a_page_selects_an_entry, 0,
			    (int)VPRIM_ARRAY_LEN(indices));
	tcase_add_test(t, no_other_bit_selects);
	tcase_add_test(t, an_address_leaves_out_the_bits_around_it);
	tcase_add_test(t, intel_types_are_the_manuals);
	tcase_add_test(t, amd_types_are_the_manuals);
	tcase_add_test(t, combinations_refuse_what_is_no_type);
	tcase_add_test(t, a_combination_names_what_is_no_type);
	tcase_add_test(t, ept_entries_read_back_as_written);
	tcase_add_test(t, bad_indices_are_refused);
	tcase_set_timeout(t, 120);
	suite_add_tcase(s, t);
	return test_main(s);
}
