// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * Views of address spaces, and addresses that are reserved or allowed.
 *
 *   QEMU's info mtree -f, also with -d and -o
 *
 *     FlatView #1
 *      AS "memory", root: system
 *      Root memory region: system
 *       0000000000000000-000000000009ffff (prio 0, ram): m0 @0000000000000000 KVM
 *
 *   /proc/iomem       00100000-7fffffff : System RAM
 *   /proc/PID/maps    7f83f2000000-7f8472000000 rw-p 00000000 00:01 1024 /memfd
 *   reserved_regions  0x00000000fee00000 0x00000000feefffff msi
 *
 * A view has no marks inside a line but shapes of whole lines. What is indented
 * how far does not count: mails and terminals change that.
 *
 * Sources: QEMU system/memory.c, mtree_print_flatview(), mtree_print_mr_owner()
 * and mtree_print_dispatch(), and memory.c of 2.9 for the older head; Linux
 * kernel/resource.c, fs/proc/task_mmu.c; drivers/iommu/iommu.c,
 * iommu_group_show_resv_regions().
 */
#include "facts_part.h"

#include <ctype.h>
#include <string.h>

static char *trimmed(char *p)
{
	return p + strspn(p, " \t");
}

static const char *trimmed_next(const char *p)
{
	return p + strspn(p, " \t");
}

/* -- QEMU ------------------------------------------------------------------ */

#define MTREE "QEMU memory view"
#define OLD_HEAD "address-space (flat view): "

static bool begins(const char *p, const char *word)
{
	return !strncmp(p, word, strlen(word));
}

/* Sixteen digits, or eight where a machine's addresses have 32 bits. */
static bool is_span(const char *p)
{
	size_t n = strspn(p, "0123456789abcdef");

	return n >= 8 && p[n] == '-';
}

/* Lines that belong to a view themselves, so that no other goes on in them. */
static bool is_part(const char *p)
{
	return !*p || is_span(p) || begins(p, "FlatView #") ||
	       begins(p, "AS \"") || begins(p, "Root memory region:") ||
	       begins(p, "Dispatch") || begins(p, "No rendered FlatView") ||
	       begins(p, "address-space") || begins(p, "memory-region:") ||
	       begins(p, "(qemu)");
}

/* QEMU's words for memory that a device can reach; romd and i/o are emulated. */
static unsigned int prot_of(const char *type, size_t n)
{
	if (n > 3 && !strncmp(type, "nv-", 3)) {
		type += 3;
		n -= 3;
	}
	if ((n == 3 && !strncmp(type, "ram", n)) ||
	    (n == 4 && !strncmp(type, "ramd", n)))
		return FACT_READ | FACT_WRITE;
	return n == 3 && !strncmp(type, "rom", n) ? FACT_READ : 0;
}

/* What QEMU puts behind a name: owners, and the accelerator that has it. */
static bool cut_word(char *name)
{
	static const char *const words[] = {
		" KVM", " kvm", " HVF", " hvf", " Xen", " xen", " WHPX", " whpx",
		" NVMM", " nvmm", " MSHV", " mshv", " orphan",
	};
	size_t n = strlen(name), i, w;

	for (i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		w = strlen(words[i]);
		if (n > w && !strcmp(name + n - w, words[i])) {
			name[n - w] = '\0';
			return true;
		}
	}
	return false;
}

/* " owner:{dev path=...}" and " parent:{obj path=...}", the last of them first */
static bool cut_owner(char *name)
{
	static const char *const words[] = { " owner:{", " parent:{" };
	size_t n = strlen(name), i;
	char *at, *last = NULL;

	if (!n || name[n - 1] != '}')
		return false;
	for (i = 0; i < 2; i++)
		for (at = name; (at = strstr(at, words[i])); at++)
			last = at > last || !last ? at : last;
	if (last)
		*last = '\0';
	return last;
}

/* "m0 @0000000080000000": cuts the offset off the name, 0 where none is. */
static uint64_t cut_offset(char *name)
{
	char *at = name, *last = NULL;
	const char *digits;
	uint64_t offset = 0, v;

	while ((at = strstr(at, " @"))) {
		digits = at + 2;
		if (input_take_hex(&digits, &v) && digits - at >= 10 && !*digits) {
			last = at;
			offset = v;
		}
		at++;
	}
	if (last)
		*last = '\0';
	return offset;
}

static enum match range_line(const char *p, struct fact *fact, char **name)
{
	uint64_t priority;
	size_t n;

	if (!input_take_hex(&p, &fact->range.start))
		return MATCH_WRONG;
	if (!*p || !input_take(&p, "-"))
		return *p ? MATCH_WRONG : MATCH_CUT;
	if (!*p || !input_take_hex(&p, &fact->range.last))
		return *p ? MATCH_WRONG : MATCH_CUT;
	input_skip_blanks(&p);
	if (!*p)
		return MATCH_CUT;
	if (!input_take(&p, "(prio"))
		return MATCH_WRONG;
	input_skip_blanks(&p);
	(void)input_take(&p, "-");
	if (!*p || !input_take_dec(&p, &priority))
		return *p ? MATCH_WRONG : MATCH_CUT;
	if (!*p || !input_take(&p, ","))
		return *p ? MATCH_WRONG : MATCH_CUT;
	input_skip_blanks(&p);
	n = strcspn(p, ")");
	if (!p[n])
		return n < 16 ? MATCH_CUT : MATCH_WRONG;
	fact->prot = prot_of(p, n);
	p += n;
	if (!input_take(&p, "):"))
		return p[1] ? MATCH_WRONG : MATCH_CUT;
	input_skip_blanks(&p);
	*name = (char *)p;
	return MATCH_YES;
}

/* What was wrapped goes on in the next line as long as that has no own sense. */
static enum match whole_range(struct facts *f, struct fact *fact, char **name)
{
	enum match got;
	const char *next;
	int parts = 0;

	for (;;) {
		got = range_line(trimmed(f->in->text), fact, name);
		next = input_peek(f->in);
		if (got == MATCH_WRONG || !next || is_part(trimmed_next(next)) ||
		    ++parts > 4)
			return got;
		/* A region may have no name; but then nothing comes behind. */
		if (got == MATCH_YES && **name && !input_wrapped(f->in))
			return got;
		if (!input_join(f->in, input_glue(f->in)))
			return got;
	}
}

static enum match mtree_range(struct facts *f, struct fact *fact)
{
	char *name = NULL;
	enum match got = whole_range(f, fact, &name);

	if (got != MATCH_YES || fact->range.start > fact->range.last) {
		fact->text = "a damaged range of a memory view";
		return MATCH_WRONG;
	}
	while (cut_word(name) || cut_owner(name))
		;
	fact->target = cut_offset(name);
	fact->relative = true;
	fact->kind = FACT_REGION;
	fact->layer = LAYER_LISTENER;
	fact->form = MTREE;
	fact->name = name;
	return MATCH_YES;
}

static enum match view_begins(struct facts *f, struct fact *fact,
			      const char *form, const char *name)
{
	fact->kind = FACT_VIEW;
	fact->form = form;
	fact->name = name;
	(void)f;
	return MATCH_YES;
}

/* ` AS "memory", root: system`: the name may contain anything but a quote. */
static enum match space(struct facts *f, struct fact *fact, char *name)
{
	char *quote = strchr(name, '"');

	(void)f;
	if (!quote)
		return MATCH_NO;
	*quote = '\0';
	fact->kind = FACT_SPACE;
	fact->form = MTREE;
	fact->name = name;
	return MATCH_YES;
}

/* A head of 2.9 and 2.10: the view and its one address space in one line. */
static enum match old_head(struct facts *f, struct fact *fact, const char *name)
{
	f->held = (struct fact){
		.kind = FACT_SPACE, .form = MTREE, .line = fact->line,
		.name = name,
	};
	f->has_held = true;
	return view_begins(f, fact, MTREE, name);
}

/* -- the tree -------------------------------------------------------------- */

bool facts_end_tree(struct facts *f)
{
	facts_tree_free(f->told);
	f->told = f->tree;
	f->tree = NULL;
	f->view = VIEW_NONE;
	return facts_tree_finish(f->told);
}

/* A tree begins; one that was being read comes to its end. */
static enum match begin_tree(struct facts *f, struct fact *fact, const char *name)
{
	const bool was = f->tree && !facts_tree_is_empty(f->tree);
	bool fine = true;

	if (f->tree && !was) {
		facts_tree_name(f->tree, name);
		return MATCH_YES;
	}
	if (was)
		fine = facts_end_tree(f);
	f->tree = facts_tree_new(name, fact->line);
	f->view = VIEW_TREE;
	if (!fine || !f->tree) {
		fact->text = FACTS_BAD_TREE;
		return MATCH_WRONG;
	}
	if (was)
		(void)facts_tree_next(f->told, fact);
	return MATCH_YES;
}

/* Releases before 2.6 do not say what is RAM: "RW" stands for all. */
static enum match old_tree(struct facts *f, struct fact *fact)
{
	facts_tree_free(f->tree);
	f->tree = NULL;
	f->view = VIEW_TREE;
	if (f->told_tree)
		return MATCH_YES;
	f->told_tree = true;
	fact->kind = FACT_HINT;
	fact->form = MTREE;
	fact->text = "this tree does not say what is RAM: 'info mtree -f' of QEMU 2.9 or later is needed";
	return MATCH_YES;
}

static bool cut_tail(char *name, const char *tail)
{
	size_t n = strlen(name), t = strlen(tail);

	if (n < t || memcmp(name + n - t, tail, t) != 0)
		return false;
	name[n - t] = '\0';
	return true;
}

/* "alias ram-below-4g @pc.ram 0000000000000000-00000000bfffffff" */
static uint64_t cut_alias(char *name, const char **of)
{
	char *at, *last = strrchr(name, ' ');
	const char *digits;
	uint64_t offset;

	*of = name;
	if (!last || !begins(name, "alias "))
		return 0;
	digits = last + 1;
	if (!input_take_hex(&digits, &offset) || *digits != '-')
		return 0;
	*last = '\0';
	at = strstr(name, " @");
	*of = at ? at + 2 : name;
	return offset;
}

static int64_t priority_of(const char *line)
{
	const char *p = strstr(line, "(prio") + strlen("(prio");
	uint64_t n = 0;
	bool minus;

	input_skip_blanks(&p);
	minus = input_take(&p, "-");
	(void)input_take_dec(&p, &n);
	n &= INT32_MAX;
	return minus ? -(int64_t)n : (int64_t)n;
}

static enum match tree_region(struct facts *f, struct fact *fact)
{
	const size_t indent = strspn(f->in->text, " \t");
	struct fact region = { .line = fact->line };
	bool disabled = false, fine;
	char *name = NULL;
	enum match got = whole_range(f, &region, &name);

	if (got != MATCH_YES || region.range.start > region.range.last) {
		fact->text = "a damaged range of a memory view";
		return MATCH_WRONG;
	}
	if (strstr(f->in->text, ", RW): ") || strstr(f->in->text, ", R-): ") ||
	    strstr(f->in->text, ", -W): "))
		return old_tree(f, fact);
	if (!f->tree)
		return MATCH_YES;
	do {
		disabled |= cut_tail(name, " [disabled]");
	} while (cut_word(name) || cut_owner(name) || cut_tail(name, " [disabled]"));
	region.target = cut_alias(name, &region.name);
	fine = facts_tree_add(f->tree, &region, indent,
			      priority_of(f->in->text), disabled);
	if (!fine)
		fact->text = FACTS_BAD_TREE;
	return fine ? MATCH_YES : MATCH_WRONG;
}

/* What an address space's tree is followed by has no new addresses. */
static enum match tree_head(struct facts *f, struct fact *fact, const char *p)
{
	enum match got;

	if (begins(p, "address-space: "))
		return begin_tree(f, fact, p + strlen("address-space: "));
	got = begin_tree(f, fact, "");
	facts_tree_free(f->tree);
	f->tree = NULL;
	return got;
}

/* Heads; MATCH_NO for other lines. */
static enum match head(struct facts *f, struct fact *fact, char *p)
{
	if (begins(p, "FlatView #")) {
		facts_tree_free(f->tree);
		f->tree = NULL;
		f->view = VIEW_FLAT;
		return view_begins(f, fact, MTREE, p + strlen("FlatView "));
	}
	if (begins(p, OLD_HEAD)) {
		f->view = VIEW_FLAT;
		return old_head(f, fact, p + strlen(OLD_HEAD));
	}
	if (begins(p, "address-space: ") || begins(p, "memory-region: "))
		return tree_head(f, fact, p);
	return MATCH_NO;
}

/* Lines of a view without its head, as people paste them. */
static enum match piece(struct facts *f, struct fact *fact, const char *p)
{
	enum match got;

	if (!is_span(p) || !strstr(p, " (prio "))
		return MATCH_NO;
	if (strstr(p, "): alias ") || strstr(p, ", RW): ")) {
		got = begin_tree(f, fact, "");
		return got == MATCH_YES ? tree_region(f, fact) : got;
	}
	got = mtree_range(f, fact);
	if (got != MATCH_YES)
		return got;
	f->view = VIEW_FLAT;
	f->held = *fact;
	f->has_held = true;
	*fact = (struct fact){ .line = f->held.line };
	return view_begins(f, fact, MTREE, "");
}

/* A file of /proc behind a view. */
static bool of_proc(const char *p)
{
	p += strcspn(p, " ");
	return begins(p, " : ") || (strspn(p + (*p == ' '), "rwxsp-") == 4);
}

static enum match mtree(struct facts *f, struct fact *fact)
{
	char *p = trimmed(f->in->text);
	enum match got = head(f, fact, p);

	if (got)
		return got;
	if (f->view == VIEW_NONE)
		return piece(f, fact, p);
	if (f->view == VIEW_TREE)
		return is_span(p) && !of_proc(p) ? tree_region(f, fact) : MATCH_NO;
	if (f->view != VIEW_FLAT && f->view != VIEW_DISPATCH)
		return MATCH_NO;
	if (begins(p, "Dispatch"))
		f->view = VIEW_DISPATCH;
	/* Its own lines say nothing here, whatever they look like. */
	if (f->view == VIEW_DISPATCH)
		return *p ? facts_has_mark(p) ? MATCH_NO : MATCH_YES : MATCH_NO;
	if (begins(p, "AS \""))
		return space(f, fact, p + 4);
	if (begins(p, "Root memory region:") || begins(p, "No rendered FlatView"))
		return MATCH_YES;
	return is_span(p) && !of_proc(p) ? mtree_range(f, fact) : MATCH_NO;
}

/* -- /proc ----------------------------------------------------------------- */

#define IOMEM "/proc/iomem"
#define MAPS "/proc/PID/maps"

/* The first line of a file of /proc is its head too: the range comes next. */
static enum match region(struct facts *f, struct fact *fact,
			 enum facts_in view, const char *form)
{
	fact->kind = FACT_REGION;
	fact->layer = LAYER_LISTENER;
	fact->form = form;
	if (f->view == view)
		return MATCH_YES;
	f->view = view;
	f->held = *fact;
	f->has_held = true;
	*fact = (struct fact){ .line = f->held.line };
	return view_begins(f, fact, form, "");
}

/* A reader who is not root gets zeros. */
static enum match hidden(struct facts *f, struct fact *fact)
{
	if (f->told_hidden)
		return MATCH_YES;
	f->told_hidden = true;
	f->view = VIEW_IOMEM;
	fact->kind = FACT_HINT;
	fact->form = IOMEM;
	fact->text = "all addresses are 0: the kernel shows them to root alone, so 'sudo cat /proc/iomem' is needed";
	return MATCH_YES;
}

/* "00100000-7fffffff : System RAM" */
static enum match iomem(struct facts *f, struct fact *fact)
{
	const char *p = trimmed(f->in->text);
	struct values v = { 0 };

	if (!is_span(p) ||
	    facts_pattern("%I-%L : %*", p, &v, fact) != MATCH_YES)
		return MATCH_NO;
	p = strstr(p, " : ");
	if (!p)
		return MATCH_NO;
	if (v.start > v.last) {
		fact->text = "a damaged range of " IOMEM;
		return MATCH_WRONG;
	}
	fact->name = p + 3;
	fact->range = (struct vprim_range){ v.start, v.last };
	fact->target = v.start;
	if (!strcmp(fact->name, "System RAM") || begins(fact->name, "System RAM ("))
		fact->prot = FACT_READ | FACT_WRITE;
	if (fact->prot && !v.last)
		return hidden(f, fact);
	return region(f, fact, VIEW_IOMEM, IOMEM);
}

/* "7f83f2000000-7f8472000000 rw-p 00000000 00:01 1024    /dev/zero (deleted)" */
static bool is_maps(const char *p, uint64_t *start, uint64_t *end, char *rights)
{
	uint64_t v;

	if (!input_take_hex(&p, start) || !input_take(&p, "-") ||
	    !input_take_hex(&p, end) || !input_take(&p, " ") ||
	    strspn(p, "rwxsp-") != 4)
		return false;
	memcpy(rights, p, 4);
	p += 4;
	return input_take(&p, " ") && input_take_hex(&p, &v) &&
	       input_take(&p, " ") && input_take_hex(&p, &v) &&
	       input_take(&p, ":") && input_take_hex(&p, &v) &&
	       input_take(&p, " ") && input_take_dec(&p, &v);
}

static enum match maps(struct facts *f, struct fact *fact)
{
	const char *line = trimmed(f->in->text), *name;
	uint64_t start, end;
	char rights[4];

	if (!isxdigit((unsigned char)*line) ||
	    !is_maps(line, &start, &end, rights))
		return MATCH_NO;
	if (start >= end) {
		fact->text = "a damaged range of " MAPS;
		return MATCH_WRONG;
	}
	fact->range = (struct vprim_range){ start, end - 1 };
	fact->target = start;
	fact->prot = (rights[0] == 'r' ? FACT_READ : 0) |
		     (rights[1] == 'w' ? FACT_WRITE : 0);
	name = strpbrk(line, "/[");
	fact->name = name ? name : "";
	return region(f, fact, VIEW_MAPS, MAPS);
}

enum match facts_view(struct facts *f, struct fact *fact)
{
	static enum match (*const views[])(struct facts *, struct fact *) = {
		mtree, iomem, maps,
	};
	const char *p = trimmed(f->in->text);
	enum match got = MATCH_NO;
	size_t i;

	/* Most lines of a trace are done here: neither a head nor a number. */
	if (f->view == VIEW_NONE && *p != 'F' && *p != 'm' &&
	    (strspn(p, "0123456789abcdef") < 8 || !strchr(p, '-')) && *p != 'a')
		return MATCH_NO;
	for (i = 0; i < sizeof(views) / sizeof(views[0]) && !got; i++)
		got = views[i](f, fact);
	return got;
}

/* -- reserved and allowed addresses ---------------------------------------- */

/* Whole lines but for their prefixes. A kind has to be there. */
static const struct form ranges[] = {
	{ "reserved_regions", FACT_RESERVED, LAYER_NONE, "0x", .pattern = "%i %l %k" },
	{ "RMRR in a Linux log", FACT_RESERVED, LAYER_NONE, "DMAR: RMRR base: ",
	  .pattern = "%i end: %l", .result = 1 },
};

static enum match reserved_line(struct facts *f, struct fact *fact)
{
	static const char file[] = "reserved_regions:";
	const char *line = input_unprefixed(f->in->text), *p, *group;
	uint64_t number;
	size_t i;

	/* As `grep .` prints several files. */
	p = strstr(line, file);
	if (p) {
		group = strstr(line, "iommu_groups/");
		if (group)
			group += strlen("iommu_groups/");
		if (group && input_take_dec(&group, &number))
			fact->count = number + 1;
		line = p + strlen(file);
	}

	for (i = 0; i < sizeof(ranges) / sizeof(ranges[0]); i++) {
		const struct form *form = &ranges[i];
		struct values v = { 0 };

		p = line;
		if (!input_take(&p, form->mark))
			continue;
		if (form->mark[0] == '0')
			p = line;
		if (facts_pattern(form->pattern, p, &v, fact) != MATCH_YES)
			continue;
		if (v.start > v.last) {
			fact->text = "a damaged reserved region";
			return MATCH_WRONG;
		}
		fact->kind = form->kind;
		fact->form = form->name;
		fact->range = (struct vprim_range){ v.start, v.last };
		if (form->result)
			fact->reserved = RESERVED_DIRECT;
		return MATCH_YES;
	}
	return MATCH_NO;
}

/*
 * iommufd's answer, as strace decodes it:
 * allowed_iovas=[{start=0, last=0xfedfffff}, {start=0xfef00000, last=0xffffffff}]
 */
static enum match allowed(struct facts *f, struct fact *fact)
{
	struct values v = { 0 };
	const char *p = f->rest;
	size_t n = strcspn(p, "}");
	char part[80];

	f->rest = NULL;
	if (!p[n] || n + 1 >= sizeof(part))
		return MATCH_WRONG;
	memcpy(part, p, n + 1);
	part[n + 1] = '\0';
	if (facts_pattern("{start=%i, last=%l}", part, &v, fact) != MATCH_YES ||
	    v.start > v.last)
		return MATCH_WRONG;
	*fact = (struct fact){
		.kind = FACT_ALLOWED, .line = f->in->line,
		.layer = LAYER_IOMMUFD, .form = "strace",
		.range = { v.start, v.last },
	};
	p += n + 1;
	if (input_take(&p, ", "))
		f->rest = p;
	return MATCH_YES;
}

enum match facts_ranges(struct facts *f, struct fact *fact)
{
	static const char mark[] = "allowed_iovas=[";
	const char *p;
	enum match got;

	if (!f->rest) {
		p = strstr(f->in->text, mark);
		if (!p || p[strlen(mark)] != '{')
			return reserved_line(f, fact);
		f->rest = p + strlen(mark);
	}
	got = allowed(f, fact);
	if (got == MATCH_WRONG)
		fact->text = "a damaged list of allowed addresses";
	return got;
}
