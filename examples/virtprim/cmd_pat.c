// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * virtprim pat - what is in a PAT, who uses it, and what is wrong with it.
 *
 * A word that is no value is a verb of the module: `virtprim pat index 0x81 level=1`.
 */
#include "tool.h"

#include <ctype.h>
#include <inttypes.h>
#include <json-c/json.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <virtprim/pat.h>
#include <virtprim/vec_module.h>

/* The word of a well-known value (the newest has it), or a number as the vector language has it. */
static bool read_value(const char *word, uint64_t *pat)
{
	struct vprim_vec_str s = { word, strlen(word) };
	const struct vprim_pat_known *k;
	unsigned int i;

	for (i = 0; (k = vprim_pat_known_at(i)); i++) {
		if (!strcmp(k->word, word)) {
			*pat = k->pat;
			return true;
		}
	}
	return vprim_vec_u64(s, pat);
}

static const char *meaning(enum vprim_pat_type type)
{
	switch (type) {
	case VPRIM_PAT_UC:
		return "strong uncacheable";
	case VPRIM_PAT_WC:
		return "write combining";
	case VPRIM_PAT_WT:
		return "write through";
	case VPRIM_PAT_WP:
		return "write protect";
	case VPRIM_PAT_WB:
		return "write back";
	default:
		return "uncacheable, may be overridden to WC";
	}
}

static unsigned int byte_at(uint64_t pat, unsigned int i)
{
	return (unsigned int)(pat >> (8 * i)) & 0xff;
}

static void explain(const struct vprim_reason *why, char *text, size_t capacity)
{
	if (vprim_reason_id(why) == VPRIM_PAT_RULE_BITS)
		snprintf(text, capacity, "reserved bits set: 0x%02" PRIx64 " of bits 7:3",
			 why->value);
	else
		snprintf(text, capacity, "type %" PRIu64 " is reserved", why->value);
}

static void print_entry(uint64_t pat, unsigned int i, bool colour)
{
	struct vprim_reason why;
	enum vprim_pat_type type;
	bool good = !vprim_pat_entry(pat, i, &type, &why);
	char fault[64] = "";

	if (!good)
		explain(&why, fault, sizeof(fault));
	printf("%s  PA%u  %2u:%-2u   %u   %u   %u   0x%02x  %-3s  %s%s\n",
	       !good && colour ? "\033[31m" : "", i, 8 * i + 7, 8 * i,
	       i >> 2, i >> 1 & 1, i & 1, byte_at(pat, i),
	       good ? vprim_pat_type_name(type) : "-",
	       good ? meaning(type) : fault, !good && colour ? "\033[0m" : "");
}

static void print_value(uint64_t pat, bool colour)
{
	const struct vprim_pat_known *k = vprim_pat_known_find(pat);
	struct vprim_reason why;
	unsigned int i;

	printf("0x%016" PRIx64 "  ", pat);
	if (!vprim_pat_check(pat, &why))
		printf("valid%s%s\n", k ? ": " : "", k ? k->who : "");
	else
		printf("invalid, PA%" PRIu64 " is the first bad entry: a write raises #GP(0)\n",
		       why.at);
	puts("\n  entry bits  PAT PCD PWT  byte  type");
	for (i = 0; i < VPRIM_PAT_ENTRIES; i++)
		print_entry(pat, i, colour);
}

static struct json_object *json_entry(uint64_t pat, unsigned int i)
{
	struct json_object *o = json_object_new_object();
	struct vprim_reason why;
	enum vprim_pat_type type;
	char fault[64];

	json_object_object_add(o, "index", json_object_new_int((int)i));
	json_object_object_add(o, "byte",
			       json_object_new_int((int)byte_at(pat, i)));
	if (!vprim_pat_entry(pat, i, &type, &why)) {
		json_object_object_add(o, "type",
			json_object_new_string(vprim_pat_type_name(type)));
	} else {
		explain(&why, fault, sizeof(fault));
		json_object_object_add(o, "fault", json_object_new_string(fault));
	}
	return o;
}

static void json_value(uint64_t pat)
{
	const struct vprim_pat_known *k = vprim_pat_known_find(pat);
	struct json_object *o = json_object_new_object(), *a;
	char hex[24];
	unsigned int i;

	snprintf(hex, sizeof(hex), "0x%016" PRIx64, pat);
	json_object_object_add(o, "pat", json_object_new_string(hex));
	json_object_object_add(o, "valid",
			       json_object_new_boolean(vprim_pat_is_valid(pat)));
	if (k)
		json_object_object_add(o, "who", json_object_new_string(k->word));
	if (k && k->releases)
		json_object_object_add(o, "releases",
				       json_object_new_string(k->releases));
	a = json_object_new_array_ext(VPRIM_PAT_ENTRIES);
	for (i = 0; i < VPRIM_PAT_ENTRIES; i++)
		json_object_array_add(a, json_entry(pat, i));
	json_object_object_add(o, "entries", a);
	puts(json_object_to_json_string_ext(o, JSON_C_TO_STRING_PLAIN));
	json_object_put(o);
}

/* Sixteen digits and no 0x: what a register dump leaves out. */
static bool lacks_0x(const char *word)
{
	size_t digits = strspn(word, "0123456789abcdefABCDEF");

	return digits == 16 && !word[digits];
}

static void complain(const char *word)
{
	if (lacks_0x(word))
		tool_warn("pat: '%s' is no value; did you mean 0x%s?", word, word);
	else
		tool_warn("pat: '%s' is no value; give 0x..., decimal, or a known one: "
			  "reset, linux, linux-erratum, xen, freebsd, illumos", word);
}

static int show_all(poptContext con, bool json)
{
	bool colour = tool_colour(stdout), first = true;
	int status = TOOL_OK;
	const char *word;
	uint64_t pat;

	while ((word = poptGetArg(con))) {
		if (!read_value(word, &pat) || lacks_0x(word)) {
			complain(word);
			return TOOL_USAGE;
		}
		if (!json && !first)
			putchar('\n');
		first = false;
		if (json)
			json_value(pat);
		else
			print_value(pat, colour);
		if (!vprim_pat_is_valid(pat))
			status = TOOL_FAILED;
	}
	return status;
}

int cmd_pat(int argc, const char **argv)
{
	int json = 0, status;
	struct poptOption options[] = {
		{ "json", 0, POPT_ARG_NONE, &json, 0, "one JSON object a value",
		  NULL },
		POPT_TABLEEND
	};
	poptContext con;
	uint64_t pat;

	if (argc > 1 && isalpha((unsigned char)argv[1][0]) &&
	    !read_value(argv[1], &pat) && !lacks_0x(argv[1]))
		return tool_verb(argc, argv);
	con = tool_options(argc, argv, options,
			   "[OPTION...] VALUE...\n"
			   "       virtprim pat VERB ARGUMENT...\n\n"
			   "VALUE is the register, MSR 0x277: 0x..., decimal, or one of reset,\n"
			   "linux, linux-erratum, xen, freebsd and illumos. VERB is a verb of the vector\n"
			   "language, such as 'index 0x81 level=1' or 'effective_mtrr WB WC'.",
			   &status);
	if (!con)
		return status;
	if (!poptPeekArg(con)) {
		tool_warn("pat: a VALUE is needed; try 'virtprim pat --help'");
		status = TOOL_USAGE;
	} else {
		status = show_all(con, json);
	}
	poptFreeContext(con);
	return status;
}
