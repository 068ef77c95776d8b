// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * The reader of CPUID dumps: every form, what people do to dumps before they
 * publish them, and bytes that are no dump at all.
 */
#include "testlib.h"
#include "xstate_dump.h"
#include "xstate_tables.h"

#define BIT(n) ((uint64_t)1 << (n))

/* From memory that ends where the text does, so that no byte more is read. */
static int read_exactly(const char *text, size_t len, unsigned int cpu,
			struct xstate_dump *d, struct xstate_dump_error *e)
{
	char *copy = malloc(len ? len : 1);
	int ret;

	must(copy);
	memcpy(copy, text, len);
	ret = xstate_dump_read(copy, len, cpu, d, e);
	free(copy);
	return ret;
}

static int read_text(const char *text, unsigned int cpu, struct xstate_dump *d)
{
	struct xstate_dump_error e;

	return read_exactly(text, strlen(text), cpu, d, &e);
}

/* -- every form, of every machine -------------------------------------------------- */

enum form { RAW, LISTED, LISTED_SL, LISTED_COLON, VECTOR, FORMS };

static void print_leaf(FILE *out, enum form form, unsigned int n,
		       const struct vprim_xstate_leaf *l)
{
	switch (form) {
	case RAW:
		fprintf(out, "   0x0000000d 0x%02x: eax=0x%08x ebx=0x%08x "
			"ecx=0x%08x edx=0x%08x\n", n, l->eax, l->ebx, l->ecx, l->edx);
		break;
	case LISTED:
		fprintf(out, "CPUID 0000000D: %08X-%08X-%08X-%08X\n", l->eax, l->ebx,
			l->ecx, l->edx);
		break;
	case LISTED_SL:
		fprintf(out, "CPUID 0000000D   %08X-%08X-%08X-%08X [SL %02X]\r\n",
			l->eax, l->ebx, l->ecx, l->edx, n);
		break;
	case LISTED_COLON:
		fprintf(out, "> CPUID 0000000d:%02x = %08x %08x %08x %08x | ...\n", n,
			l->eax, l->ebx, l->ecx, l->edx);
		break;
	default:
		fprintf(out, "x.leaf %u %u 0x%x %u 0x%x # a comment\n", n, l->eax,
			l->ebx, l->ecx, l->edx);
	}
}

static bool is_zero(const struct vprim_xstate_leaf *l)
{
	return !(l->eax | l->ebx | l->ecx | l->edx);
}

START_TEST(every_form_gives_every_machine_back)
{
	enum form form = (enum form)(_i % FORMS);
	enum machine_name m = (enum machine_name)(_i / FORMS % MACHINES);
	bool zeros = _i / FORMS / MACHINES;
	const struct vprim_xstate_leaf *l = machine_leaves[m];
	struct xstate_dump_error e;
	struct xstate_dump d;
	char *text;
	size_t len;
	FILE *out = open_memstream(&text, &len);

	ck_assert_ptr_nonnull(out);
	fputs("CPU:\n   vendor_id = \"...\"\n", out);
	for (unsigned int n = 0; n < 64; n++)
		if (n < 2 || zeros || !is_zero(&l[n]))
			print_leaf(out, form, n, &l[n]);
	fclose(out);
	ck_assert_int_eq(read_exactly(text, len, 0, &d, &e), 0);
	for (unsigned int n = 0; n < 64; n++)
		ck_assert_msg(!memcmp(&d.leaf[n], &l[n], sizeof(*l)),
			      "form %d machine %d sub-leaf %u", (int)form, (int)m, n);
	ck_assert_uint_eq(d.cpus, 1);
	ck_assert(d.numbered_by_order == (form == LISTED));
	ck_assert(!d.has_flags);
	free(text);
}
END_TEST

/* -- what people publish ------------------------------------------------------------ */

START_TEST(a_whole_dump_with_two_processors)
{
	static const char text[] =
		"CPU 0:\n"
		"   0x00000000 0x00: eax=0x00000010 ebx=0x68747541 ecx=0x444d4163 edx=0x69746e65\n"
		"   0x00000001 0x00: eax=0x00830f10 ebx=0x00000800 ecx=0x7ed8320b edx=0x178bfbff\n"
		"   0x00000007 0x00: eax=0x00000000 ebx=0x219c91a9 ecx=0x00400004 edx=0x00000000\n"
		"   0x0000000d 0x00: eax=0x00000207 ebx=0x00000340 ecx=0x00000380 edx=0x00000000\n"
		"   0x0000000d 0x01: eax=0x0000000f ebx=0x00000340 ecx=0x00000000 edx=0x00000000\n"
		"   0x0000000d 0x02: eax=0x00000100 ebx=0x00000240 ecx=0x00000000 edx=0x00000000\n"
		"   0x0000000d 0x09: eax=0x00000040 ebx=0x00000340 ecx=0x00000000 edx=0x00000000\n"
		"   0x80000000 0x00: eax=0x80000020 ebx=0x68747541 ecx=0x444d4163 edx=0x69746e65\n"
		"CPU 1:\n"
		"   0x00000000 0x00: eax=0x00000010 ebx=0x68747541 ecx=0x444d4163 edx=0x69746e65\n"
		"   0x0000000d 0x00: eax=0x00000007 ebx=0x00000340 ecx=0x00000340 edx=0x00000000\n"
		"   0x0000000d 0x02: eax=0x00000100 ebx=0x00000240 ecx=0x00000000 edx=0x00000000\n";
	struct xstate_dump d;

	ck_assert_int_eq(read_text(text, 0, &d), 0);
	ck_assert_uint_eq(d.given, 0x207);
	ck_assert_uint_eq(d.leaf[9].eax, 64);
	ck_assert_uint_eq(d.cpus, 2);
	ck_assert(d.has_flags);
	ck_assert_uint_eq(d.flags.leaf1_ecx, 0x7ed8320b);
	ck_assert_uint_eq(d.flags.leaf7_ebx, 0x219c91a9);
	ck_assert_int_eq(read_text(text, 1, &d), 0);
	ck_assert_uint_eq(d.given, 0x5);
	ck_assert_uint_eq(d.leaf[0].eax, 7);
	ck_assert(!d.has_flags);
	ck_assert_int_eq(read_text(text, 2, &d), -ENOENT);
}
END_TEST

START_TEST(processors_without_headings)
{
	static const char lists[] =
		"CPUID 00000000: 00000010-68747541-444D4163-69746E65\n"
		"CPUID 0000000D: 00000007-00000340-00000340-00000000\n"
		"CPUID 0000000D: 00000001-00000340-00000000-00000000\n"
		"CPUID 0000000D: 00000100-00000240-00000000-00000000\n"
		"CPUID 00000000: 00000010-68747541-444D4163-69746E65\n"
		"CPUID 0000000D: 00000003-00000240-00000240-00000000\n";
	static const char only_d[] =
		"0x0000000d 0x00: eax=0x00000007 ebx=0x340 ecx=0x340 edx=0x0\n"
		"0x0000000d 0x02: eax=0x00000100 ebx=0x240 ecx=0x0 edx=0x0\n"
		"0x0000000d 0x00: eax=0x00000003 ebx=0x240 ecx=0x240 edx=0x0\n";
	static const char stretches[] =
		"CPUID 0000000D: 00000007-00000340-00000340-00000000\n"
		"CPUID 80000000: 00000010-68747541-444D4163-69746E65\n"
		"CPUID 0000000D: 00000003-00000240-00000240-00000000\n";
	static const char headed[] =
		"------[ Logical CPU #0 ]------\n\n"
		"CPUID 0000000D: 00000007-00000340-00000340-00000000 [SL 00]\n"
		"------[ Logical CPU #1 ]------\n"
		"CPUID 0000000D: 00000003-00000340-00000340-00000000 [SL 00]\n";
	static const char *const texts[] = { lists, only_d, stretches, headed };
	struct xstate_dump d;

	for (size_t i = 0; i < VPRIM_ARRAY_LEN(texts); i++) {
		ck_assert_int_eq(read_text(texts[i], 0, &d), 0);
		ck_assert_uint_eq(d.leaf[0].eax, 7);
		ck_assert_uint_eq(d.cpus, 2);
		ck_assert_int_eq(read_text(texts[i], 1, &d), 0);
		ck_assert_uint_eq(d.leaf[0].eax, 3);
	}
}
END_TEST

START_TEST(lists_cut_short_are_numbered_as_far_as_they_go)
{
	struct xstate_dump d;

	/* MPX without AVX, PT: the component lines are missing. */
	ck_assert_int_eq(read_text(
		"CPUID 0000000D: 0000001B-00000440-00000440-00000000\n"
		"CPUID 0000000D: 0000000F-000002C0-00000100-00000000\n"
		"CPUID 0000000E: 00000000-00000000-00000000-00000000\n", 0, &d), 0);
	ck_assert_uint_eq(d.given, 3);
	/* Skylake without its line for PT. */
	ck_assert_int_eq(read_text(
		"CPUID 0000000D: 0000001F-00000440-00000440-00000000\n"
		"CPUID 0000000D: 0000000F-000003C0-00000100-00000000\n"
		"CPUID 0000000D: 00000100-00000240-00000000-00000000\n"
		"CPUID 0000000D: 00000040-000003C0-00000000-00000000\n"
		"CPUID 0000000D: 00000040-00000400-00000000-00000000\n", 0, &d), 0);
	ck_assert_uint_eq(d.given, 0x1f);
	/* PT's line stands before PKRU's: the kind tells them apart. */
	ck_assert_int_eq(read_text(
		"CPUID 0000000D: 00000207-00000A88-00000A88-00000000\n"
		"CPUID 0000000D: 0000000F-00000348-00000900-00000000\n"
		"CPUID 0000000D: 00000100-00000240-00000000-00000000\n"
		"CPUID 0000000D: 00000008-00000A80-00000000-00000000\n"
		"CPUID 0000000D: 00000010-00000000-00000001-00000000\n", 0, &d), 0);
	ck_assert_uint_eq(d.given, 0xa07);
	ck_assert_uint_eq(d.leaf[9].ebx, 0xa80);
	ck_assert_uint_eq(d.leaf[11].eax, 16);
	/* Number 62, and only sub-leaf 0. */
	ck_assert_int_eq(read_text(
		"CPUID 0000000D: 00000007-00000340-000003C0-40000000\n"
		"CPUID 0000000D: 00000000-00000000-00000000-00000000\n"
		"CPUID 0000000D: 00000100-00000240-00000000-00000000\n"
		"CPUID 0000000D: 00000080-00000340-00000000-00000000\n", 0, &d), 0);
	ck_assert_uint_eq(d.given, 7 | BIT(62));
	ck_assert_int_eq(read_text(
		"CPUID 0000000D: 00000007-00000340-00000340-00000000", 0, &d), 0);
	ck_assert_uint_eq(d.given, 1);
}
END_TEST

START_TEST(vectors_are_a_dump_too)
{
	struct xstate_dump d;

	ck_assert_int_eq(read_text(
		"# two machines; the first one counts\n"
		"new xstate a\n"
		"a.leaf 0 0x7 832 832 0 -> ok\n"
		"a.leaf 2 256 576 0 0\n"
		"b.leaf 0 0x3 576 576 0\n"
		"a.ready -> ok\n", 0, &d), 0);
	ck_assert_uint_eq(d.given, 5);
	ck_assert_uint_eq(d.leaf[0].eax, 7);
	ck_assert_uint_eq(d.leaf[2].ebx, 576);
}
END_TEST

static const struct {
	const char *name, *text;
	int ret;
	unsigned long line;
} bad[] = {
	{ "nothing", "", -ENOENT, 0 },
	{ "no dump", "Hello.\nCPUID\nCPUID Registers (CPU #0):\n0x\nx.leaf\n",
	  -ENOENT, 0 },
	{ "another leaf", "CPUID 00000001: 1-2-3-4\n", -ENOENT, 0 },
	{ "sub-leaf 0 is missing",
	  "0x0000000d 0x02: eax=0x1 ebx=0x2 ecx=0x0 edx=0x0\n", -ENOENT, 0 },
	{ "a register is missing",
	  "\n0x0000000d 0x00: eax=0x7 ebx=0x340 ecx=0x340\n", -EBADMSG, 2 },
	{ "the last line is broken",
	  "\n\n0x0000000d 0x00: eax=0x7 ebx=0x340 ecx=0x340 edx=", -EBADMSG, 3 },
	{ "33 bits", "0x0000000d 0x00: eax=0x100000000 ebx=0x0 ecx=0x0 edx=0x0",
	  -EBADMSG, 1 },
	{ "a letter too many", "CPUID 0000000D: 00000007-00000340-00000340-0000000G",
	  -EBADMSG, 1 },
	{ "a list without its dashes", "CPUID 0000000D: 7 8 9 0", -EBADMSG, 1 },
	{ "an open bracket", "CPUID 0000000D: 7-8-9-0 [SL 0", -EBADMSG, 1 },
	{ "no equals sign", "CPUID 0000000d:00 7 8 9 0", -EBADMSG, 1 },
	{ "sub-leaf 64", "x.leaf 64 1 2 3 4", -EBADMSG, 1 },
	{ "sub-leaf of 33 bits", "x.leaf 0x100000000 1 2 3 4", -EBADMSG, 1 },
	{ "a vector without EDX", "x.leaf 0 1 2 3", -EBADMSG, 1 },
	{ "two values for one sub-leaf",
	  "x.leaf 0 7 0 0 0\nx.leaf 2 256 576 0 0\nx.leaf 2 256 577 0 0\n",
	  -EBADMSG, 3 },
	{ "with and without numbers",
	  "CPUID 0000000D: 7-8-9-0 [SL 00]\nCPUID 0000000D: 7-8-9-0\n", -EBADMSG, 0 },
	{ "more lines than components",
	  "CPUID 0000000D: 7-0-0-0\nCPUID 0000000D: 0-0-0-0\n"
	  "CPUID 0000000D: 100-240-0-0\nCPUID 0000000D: 8-340-0-0\n", -EBADMSG, 0 },
};

START_TEST(what_is_wrong_is_said_with_its_line)
{
	struct xstate_dump_error e = { 99, NULL };
	struct xstate_dump d;
	int ret = read_exactly(bad[_i].text, strlen(bad[_i].text), 0, &d, &e);

	ck_assert_msg(ret == bad[_i].ret, "%s: %d", bad[_i].name, ret);
	ck_assert_msg(e.line == bad[_i].line, "%s: line %lu", bad[_i].name, e.line);
	ck_assert_msg(e.what && *e.what, "%s", bad[_i].name);
}
END_TEST

START_TEST(a_list_of_65_lines_is_too_long)
{
	struct xstate_dump_error e;
	struct xstate_dump d;
	char text[66 * 26 + 1] = "";
	size_t at = 0;

	for (int i = 0; i < 64; i++)
		at += (size_t)sprintf(text + at, "CPUID 0000000D: 3-0-0-0\n");
	ck_assert_int_eq(read_exactly(text, at, 0, &d, &e), -EBADMSG);
	ck_assert_uint_eq(e.line, 0);
	at += (size_t)sprintf(text + at, "CPUID 0000000D: 3-0-0-0\n");
	ck_assert_int_eq(read_exactly(text, at, 0, &d, &e), -EBADMSG);
	ck_assert_uint_eq(e.line, 65);
}
END_TEST

/* -- hostile bytes ------------------------------------------------------------------- */

static const char *const scraps[] = {
	"CPUID ", "0000000D", ":", "-", " [SL 0", "]", "0x", "0x0000000d ", "0x00:",
	" eax=0x7", " ebx=0x340", " ecx=0x340", " edx=0x0", "\n", "\n", "\r\n", " ",
	"x.leaf ", "y.leaf 0 ", "7", "63 ", "ffffffff", " = ", "CPU 0:\n", "\t",
	"00000000: ", "Logical CPU #1", "[", "> ", "#", "4294967295", "4294967296",
	"\nCPUID 0000000D: 7-340-340-0\n", "\nx.leaf 0 7 832 832 0\n",
};

START_TEST(scraps_of_dumps_are_read_or_refused)
{
	struct test_rng rng = test_rng_seed(0x64756d70);
	uint64_t i, fine = 0, steps = test_steps(200000);
	char text[600];

	for (i = 0; i < steps; i++) {
		struct xstate_dump_error e = { 0, NULL };
		struct xstate_dump d;
		size_t at = 0, n = 1 + test_rng_below(&rng, 40);
		int ret;

		while (n--) {
			const char *s = scraps[test_rng_below(&rng,
						VPRIM_ARRAY_LEN(scraps))];

			memcpy(text + at, s, strlen(s));
			at += strlen(s);
		}
		if (test_rng_below(&rng, 4) == 0)
			text[test_rng_below(&rng, at)] = (char)test_rng_next(&rng);
		ret = read_exactly(text, at, (unsigned int)test_rng_below(&rng, 3),
				   &d, &e);
		must(ret == 0 || ret == -ENOENT || ret == -EBADMSG);
		must(!ret || e.what);
		must(ret || d.given & 1);
		fine += !ret;
	}
	must(steps < 10000 || (fine && fine < steps));
}
END_TEST

START_TEST(a_dump_may_end_anywhere)
{
	static const char text[] =
		"CPUID 00000000: 00000016-756E6547-6C65746E-49656E69 [GenuineIntel]\n"
		"CPUID 0000000D: 00000207-00000A88-00000A88-00000000 [SL 00]\n"
		"   0x0000000d 0x02: eax=0x00000100 ebx=0x00000240 ecx=0x0 edx=0x0\n"
		"x.leaf 9 8 2688 0 0\n";
	struct xstate_dump_error e;
	struct xstate_dump d;

	for (size_t len = 0; len < sizeof(text); len++) {
		int ret = read_exactly(text, len, 0, &d, &e);

		ck_assert(ret == 0 || ret == -ENOENT || ret == -EBADMSG);
	}
	ck_assert_uint_eq(d.given, 0x205);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("xstate_dump");
	TCase *t = tcase_create("xstate_dump");

	tcase_add_loop_test(t, every_form_gives_every_machine_back, 0,
			    FORMS * MACHINES * 2);
	tcase_add_test(t, a_whole_dump_with_two_processors);
	tcase_add_test(t, processors_without_headings);
	tcase_add_test(t, lists_cut_short_are_numbered_as_far_as_they_go);
	tcase_add_test(t, vectors_are_a_dump_too);
	tcase_add_loop_test(t, what_is_wrong_is_said_with_its_line, 0,
			    (int)VPRIM_ARRAY_LEN(bad));
	tcase_add_test(t, a_list_of_65_lines_is_too_long);
	tcase_add_test(t, scraps_of_dumps_are_read_or_refused);
	tcase_add_test(t, a_dump_may_end_anywhere);
	tcase_set_timeout(t, 120);
	suite_add_tcase(s, t);
	return test_main(s);
}
