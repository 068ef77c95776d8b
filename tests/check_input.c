// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * Text from outside: what is put around a line comes off, what belongs to it
 * stays, and lines that were wrapped find together.
 */
#include "testlib.h"

#include "../examples/virtprim/input/input.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define LONG "0123456789 0123456789 0123456789 0123456789 0123456789 0123456789"

/* -- lines ----------------------------------------------------------------- */

/* All lines of a text, each behind a bar. */
static void all_lines(const char *text, size_t len, char *to, size_t room)
{
	struct input *in = input_memory(text, len);
	int got;

	ck_assert_ptr_nonnull(in);
	*to = '\0';
	while ((got = input_next(in)) > 0) {
		ck_assert_uint_eq(strlen(in->text), in->len);
		snprintf(to + strlen(to), room - strlen(to), "%s|", in->text);
	}
	ck_assert_int_eq(got, 0);
	ck_assert_int_eq(input_next(in), 0);
	input_close(in);
}

static const struct line_row {
	const char *name, *text, *lines;
} line_rows[] = {
	{ "nothing", "", "" },
	{ "an empty line", "\n", "|" },
	{ "two lines, the last without its end", "a\nb", "a|b|" },
	{ "returns and blanks behind", "a \t\r\nb\r\r\n", "a|b|" },
	{ "blanks in front stay", "  a\n\tb\n", "  a|\tb|" },
	{ "a mark of order", "\xef\xbb\xbf" "a\n", "a|" },
	{ "quoted", "> a\n>b\n> > c\n>>d\n>   e\n", "a|b|c|d|  e|" },
	{ "quoted with bars", "| a\n|b\n", "a||b|" },
	{ "no quotation", "a > b\n    > c\n", "a > b|    > c|" },
	{ "quoted-printable", "iova=3D0x1000 size=3D4096=20\n",
	  "iova=0x1000 size=4096|" },
	{ "quoted-printable goes on", "eax=3D0x0 ebx=\n=3D0x1\nnext\n",
	  "eax=0x0 ebx=0x1|next|" },
	{ "a soft end", "eax=3D0x0 ebx=3D=\n0x1\nnext\n", "eax=0x0 ebx=0x1|next|" },
	{ "quoted and quoted-printable", "> eax=3D0x0 ebx=3D=\n> 0x1\n",
	  "eax=0x0 ebx=0x1|" },
	{ "a soft end at the end of all", "eax=3D1=\n", "eax=1|" },
	{ "a soft end of a long line", LONG "=\nb\n", LONG "b|" },
	{ "no quoted-printable", "size=4096\nsize=4096=20\na=\nb\n",
	  "size=4096|size=4096=20|a=|b|" },
	{ "hexadecimal behind '=' in both ways", "eax=3D000000 ebx=0x1\n",
	  "eax=3D000000 ebx=0x1|" },
	{ "colours", "\033[1;31mred\033[0m \033(Bx\033]0;title\ay\n", "red xy|" },
	{ "blanks that do not break", "a\xc2\xa0" "b\n", "a b|" },
	{ "other letters stay", "\xc3\xa4\n", "\xc3\xa4|" },
};

START_TEST(lines_come_clean)
{
	const struct line_row *r = &line_rows[_i];
	char lines[1024];

	all_lines(r->text, strlen(r->text), lines, sizeof(lines));
	ck_assert_msg(!strcmp(lines, r->lines), "%s: got '%s'", r->name, lines);
}
END_TEST

START_TEST(control_bytes_are_told)
{
	static const char text[] = "a\tb\nc\033d\ne\0f\n";
	struct input *in = input_memory(text, sizeof(text) - 1);

	ck_assert_int_eq(input_next(in), 1);
	ck_assert_int_eq(in->control, -1);
	ck_assert_int_eq(input_next(in), 1);
	ck_assert_int_eq(in->control, 0x1b);
	ck_assert_int_eq(input_next(in), 1);
	ck_assert_int_eq(in->control, 0);
	ck_assert_str_eq(in->text, "e f");
	input_close(in);
}
END_TEST

START_TEST(a_line_has_a_bound)
{
	size_t n = INPUT_LINE_MAX + 2;
	char *text = malloc(n);
	struct input *in;

	ck_assert_ptr_nonnull(text);
	memset(text, 'x', n);
	text[0] = '\n';
	text[n - 1] = '\n';
	in = input_memory(text, n);
	ck_assert_int_eq(input_next(in), 1);
	ck_assert_int_eq(input_next(in), 1);
	ck_assert_uint_eq(in->len, INPUT_LINE_MAX);
	ck_assert_uint_eq(in->line, 2);
	input_close(in);

	text[n - 1] = 'x';
	in = input_memory(text, n);
	ck_assert_int_eq(input_next(in), 1);
	ck_assert_ptr_null(input_peek(in));
	ck_assert_int_eq(input_next(in), -1);
	ck_assert_uint_eq(in->line, 2);
	ck_assert_str_eq(in->error, "a line of more than 65536 bytes");
	ck_assert_int_eq(input_next(in), -1);
	input_close(in);
	free(text);
}
END_TEST

START_TEST(a_file_that_is_not_there)
{
	ck_assert_ptr_null(input_open("/nonexistent/text"));
	ck_assert_int_eq(errno, ENOENT);
}
END_TEST

/* -- wraps ----------------------------------------------------------------- */

static const struct wrap_row {
	const char *name, *text;
	bool wrapped;
	const char *joined;
} wrap_rows[] = {
	{ "a short line", "a\nb\n", false, "a b" },
	{ "a blank at the end", "a \nb\n", true, "a b" },
	{ "no room for the next word", LONG "\nwordwords and more\n", true,
	  LONG " wordwords and more" },
	{ "room for the next word", LONG "\na word\n", false, LONG " a word" },
	{ "an empty line ends all", LONG LONG "\n\nb\n", false, LONG LONG " " },
	{ "a terminal of 80 columns", LONG " 01234567890123\n4567 b\n", true,
	  LONG " 012345678901234567 b" },
	{ "the blanks in front of the next go", "a \n    b\n", true, "a b" },
	{ "the last line", "a ", false, NULL },
};

START_TEST(wrapped_lines_find_together)
{
	const struct wrap_row *r = &wrap_rows[_i];
	struct input *in = input_memory(r->text, strlen(r->text));

	ck_assert_int_eq(input_next(in), 1);
	ck_assert_msg(input_wrapped(in) == r->wrapped, "%s: wrapped", r->name);
	ck_assert_int_eq(input_join(in, input_glue(in)), r->joined != NULL);
	if (r->joined)
		ck_assert_msg(!strcmp(in->text, r->joined), "%s: got '%s'",
			      r->name, in->text);
	ck_assert_uint_eq(in->len, strlen(in->text));
	ck_assert_uint_eq(in->line, 1);
	input_close(in);
}
END_TEST

START_TEST(the_next_line_can_be_seen_before)
{
	struct input *in = input_memory("> a\n> b\n> c", 11);

	ck_assert_str_eq(input_peek(in), "a");
	ck_assert_int_eq(input_next(in), 1);
	ck_assert_str_eq(input_peek(in), "b");
	ck_assert_str_eq(in->text, "a");
	ck_assert_int_eq(input_join(in, "-"), true);
	ck_assert_str_eq(in->text, "a-b");
	ck_assert_str_eq(input_peek(in), "c");
	ck_assert_int_eq(input_next(in), 1);
	ck_assert_str_eq(in->text, "c");
	ck_assert_uint_eq(in->line, 3);
	ck_assert_ptr_null(input_peek(in));
	ck_assert_int_eq(input_join(in, "-"), false);
	ck_assert_int_eq(input_next(in), 0);
	input_close(in);
}
END_TEST

/* -- prefixes -------------------------------------------------------------- */

static const struct prefix_row {
	const char *line, *text;
} prefix_rows[] = {
	{ "", "" },
	{ "text: more", "text: more" },
	{ "  text", "  text" },
	{ "[  236.898865] iommu: x", "iommu: x" },
	{ "<6>[    1.5][    T1] x", "x" },
	{ "[    1.5] [C0] x", "x" },
	{ "[2021-05-04 10:25:25.311034] a.c:1:f: x", "a.c:1:f: x" },
	{ "2021-05-04T10:25:25.311034Z qemu-system-x86_64: -device x: y",
	  "-device x: y" },
	{ "2021-05-04 10:25:25.311+0000: x", "x" },
	{ "2021-05-04T10:25:25+02:00 x", "x" },
	{ "10:25:25.311 x", "x" },
	{ "Nov 29 00:41:20 host kernel: [ 1.5] x", "x" },
	{ "Nov  2 00:41:20 host libvirtd[12]: x", "x" },
	{ "1234@1620123925.311034:vfio_x y", "vfio_x y" },
	{ "qemu-kvm: x", "x" },
	{ "[pid  123] ioctl(1)", "ioctl(1)" },
	{ "2021-05-04T10:25:25.311Z| vmx| I125: hostCPUID", "hostCPUID" },
	{ "2021-05-04T10:25:25.311Z In(05) vmx x", "In(05) vmx x" },
	{ "Nov 29 00:41:20 host", "Nov 29 00:41:20 host" },
	{ "[ram] 0x0", "[ram] 0x0" },
	{ "[] x", "[] x" },
	{ "[   ] x", "[   ] x" },
	{ "CPU 0:", "CPU 0:" },
	{ "CPUID 0000000D: x", "CPUID 0000000D: x" },
	{ "0000000000000000-000000000009ffff (prio 0, ram): x",
	  "0000000000000000-000000000009ffff (prio 0, ram): x" },
	{ "00001000-0009ffff : System RAM", "00001000-0009ffff : System RAM" },
	{ "0x0000000d 0x02: eax=0x0", "0x0000000d 0x02: eax=0x0" },
};

START_TEST(prefixes_are_passed_over)
{
	const struct prefix_row *r = &prefix_rows[_i];

	ck_assert_msg(!strcmp(input_unprefixed(r->line), r->text), "%s: got '%s'",
		      r->line, input_unprefixed(r->line));
}
END_TEST

/* -- words and eyes -------------------------------------------------------- */

START_TEST(numbers_end_where_64_bits_do)
{
	const char *p = "ffffffffffffffff,18446744073709551615,0x1F 010";
	const char *more = "18446744073709551616", *hex = "10000000000000000";
	const char *bare = "0x";
	uint64_t v = 7;

	ck_assert(input_take_hex(&p, &v) && v == UINT64_MAX);
	ck_assert(input_take(&p, ",") && !input_take(&p, ","));
	ck_assert(input_take_dec(&p, &v) && v == UINT64_MAX);
	ck_assert(input_take(&p, ",") && input_take_any(&p, &v) && v == 0x1f);
	input_skip_blanks(&p);
	ck_assert(input_take_any(&p, &v) && v == 10 && !*p);
	ck_assert(!input_take_any(&p, &v) && v == 10);
	ck_assert(!input_take_dec(&more, &v) && *more == '1');
	ck_assert(!input_take_hex(&hex, &v) && !input_take_any(&bare, &v));
	ck_assert_str_eq(bare, "0x");
}
END_TEST

START_TEST(nothing_reaches_a_terminal)
{
	char buf[12];

	ck_assert_str_eq(input_printable(buf, sizeof(buf), "a\033[1mb\tc"),
			 "a?[1mb?c");
	ck_assert_str_eq(input_printable(buf, sizeof(buf), "\xc2\x9b" "1m\x7f"),
			 "??1m?");
	ck_assert_str_eq(input_printable(buf, sizeof(buf), "\xc3\xa4\xc3\x9f"),
			 "\xc3\xa4\xc3\x9f");
	ck_assert_str_eq(input_printable(buf, sizeof(buf), "\x80\x9b\xc3x"
					 "\xe2\x80\x9b\xf5\xe2\x80"),
			 "???x\xe2\x80\x9b???");
	ck_assert_str_eq(input_printable(buf, sizeof(buf), "0123456789abc"),
			 "01234567...");
}
END_TEST

/* -- damage ---------------------------------------------------------------- */

START_TEST(any_bytes_can_be_read)
{
	static const char seed[] = "> a=3D1 =\n> \033[1mb\r\n[ 1.5] <6>c\n"
		"2021-05-04T10:25:25Z x\n" LONG "=\n\xc2\xa0\n";
	struct test_rng rng = test_rng_seed(0x7e87);
	uint64_t steps = test_steps(20000), n;
	char text[sizeof(seed)], eyes[64];

	for (n = 0; n < steps; n++) {
		struct input *in;
		size_t times = 1 + (size_t)test_rng_below(&rng, 8);

		memcpy(text, seed, sizeof(seed));
		while (times--)
			text[test_rng_below(&rng, sizeof(seed) - 1)] =
				(char)test_rng_next(&rng);
		in = input_memory(text, (size_t)test_rng_below(&rng, sizeof(seed)));
		while (input_next(in) > 0) {
			const char *p = input_unprefixed(in->text);

			ck_assert(p >= in->text && p <= in->text + in->len);
			ck_assert_uint_eq(strlen(in->text), in->len);
			input_printable(eyes, sizeof(eyes), p);
			if (input_wrapped(in))
				input_join(in, input_glue(in));
		}
		input_close(in);
	}
}
END_TEST

#define ROWS(rows) (int)(sizeof(rows) / sizeof((rows)[0]))

int main(void)
{
	TCase *tc = tcase_create("input");
	Suite *s = suite_create("input");

	tcase_add_loop_test(tc, lines_come_clean, 0, ROWS(line_rows));
	tcase_add_test(tc, control_bytes_are_told);
	tcase_add_test(tc, a_line_has_a_bound);
	tcase_add_test(tc, a_file_that_is_not_there);
	tcase_add_loop_test(tc, wrapped_lines_find_together, 0, ROWS(wrap_rows));
	tcase_add_test(tc, the_next_line_can_be_seen_before);
	tcase_add_loop_test(tc, prefixes_are_passed_over, 0, ROWS(prefix_rows));
	tcase_add_test(tc, numbers_end_where_64_bits_do);
	tcase_add_test(tc, nothing_reaches_a_terminal);
	tcase_add_test(tc, any_bytes_can_be_read);
	suite_add_tcase(s, tc);
	return test_main(s);
}
