// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * Requests to map and to unmap, and errors, in every form that logs and traces
 * have them. To add one: a line in the table below.
 *
 * A line is looked at once: each place where two bytes begin a mark is compared
 * with the marks that begin so.
 *
 * Sources of the texts: Linux include/trace/events/iommu.h, kernel/trace/trace.c
 * and drivers/iommu/iommu.c; perf tools/perf/builtin-trace.c; QEMU hw/vfio,
 * backends, hw/virtio and util trace-events, hw/vfio/container.c; strace; libvfio-user
 * lib/dma.c and lib/libvfio-user.c; SPDK lib/vfio_user; DPDK
 * lib/eal/linux/eal_vfio.c and drivers/vdpa.
 */
#include "facts_part.h"

#include <ctype.h>
#include <errno.h>
#include <string.h>

/* -- names of values ------------------------------------------------------- */

static const struct key trace_keys[] = {
	{ "iova", 'i' }, { "paddr", 't' }, { "pa", 't' }, { "size", 's' },
	{ "unmapped_size", 'u' }, { NULL, 0 },
};

static const struct key vfio_keys[] = {
	{ "argsz", 'u' }, { "flags", 'f' }, { "vaddr", 't' }, { "iova", 'i' },
	{ "size", 's' }, { NULL, 0 },
};

/* Here "size" is that of the struct. */
static const struct key ioas_keys[] = {
	{ "size", 'u' }, { "flags", 'f' }, { "user_va", 't' }, { "iova", 'i' },
	{ "start", 't' }, { "dst_iova", 'i' }, { "src_iova", 't' },
	{ "length", 's' }, { NULL, 0 },
};

static const struct key backend_keys[] = {
	{ "iova", 'i' }, { "size", 's' }, { "addr", 't' }, { "uaddr", 't' },
	{ "vaddr", 't' }, { "readonly", 'o' }, { "read-only", 'o' },
	{ "perm", 'p' },
	{ "llend", 'e' }, { "iova_start", 'i' }, { "iova_end", 'l' },
	{ "start", 'i' }, { "end", 'l' }, { "ret", 'r' }, { NULL, 0 },
};

static const struct key guest_keys[] = {
	{ "virt_start", 'i' }, { "virt_end", 'l' }, { "phys_start", 't' },
	{ NULL, 0 },
};

static const struct key client_keys[] = {
	{ "FD", 'u' }, { "VADDR", 't' }, { "IOVA", 'i' }, { "Size", 's' },
	{ "HVA", 't' }, { "GPA", 'i' }, { "size", 's' }, { NULL, 0 },
};

static const struct key free_keys[] = {
	{ "iova", 'i' }, { "IOVA", 'i' }, { "paddr", 't' }, { "pa", 't' },
	{ "phys", 't' }, { "vaddr", 't' }, { "uaddr", 't' }, { "user_va", 't' },
	{ "size", 's' }, { "len", 's' }, { "length", 's' }, { "prot", 'p' },
	{ NULL, 0 },
};

/* How many lines one may have been wrapped to. */
#define PARTS 4

static int lower(char c)
{
	return tolower((unsigned char)c);
}

/*
 * The place behind the mark if it is here, or NULL. A mark begins a word, and may
 * begin a sentence: its first letter has any case.
 */
static const char *past_mark(const char *line, const char *p, const char *mark)
{
	const char *at = p;

	if (isalnum((unsigned char)mark[0]) && p > line &&
	    isalnum((unsigned char)p[-1]))
		return NULL;
	if (lower(*at++) != lower(*mark++))
		return NULL;
	for (; *mark; mark++) {
		if (*mark == ' ') {
			if (*at != ' ' && *at != '\t')
				return NULL;
			input_skip_blanks(&at);
		} else if (*at++ != *mark) {
			return NULL;
		}
	}
	return at;
}

/* -- ways to read ---------------------------------------------------------- */

static bool lacks(const struct form *form, const struct values *v)
{
	const char *need = form->needs ? form->needs : "";

	for (; *need; need++)
		if (!(v->seen >> (*need - 'a') & 1))
			return true;
	return false;
}

/* Values by name up to the end of the line, and perhaps "(-22)" behind. */
static enum match by_name(struct facts *f, const struct form *form,
			  const char *p, struct fact *fact)
{
	struct values v = { 0 };
	enum match got = facts_keys(form->keys, &p, &v, fact);

	if (got == MATCH_YES && !*p && lacks(form, &v))
		got = MATCH_CUT;
	v.has_start |= form->zeros;
	if (got != MATCH_YES)
		return got;
	if (*p == '(') {
		got = facts_pattern("(%r)", p, &v, fact);
		p += strlen(p);
	}
	p += *p == ')' || *p == '.';
	if (got != MATCH_YES || p[strspn(p, " \t")])
		return got == MATCH_YES ? MATCH_WRONG : got;
	return facts_finish(f, form, &v, fact);
}

static enum match by_pattern(struct facts *f, const struct form *form,
			     const char *p, struct fact *fact)
{
	struct values v = { 0 };
	enum match got = facts_pattern(form->pattern, p, &v, fact);

	return got == MATCH_YES ? facts_finish(f, form, &v, fact) : got;
}

/* What strace has behind the struct: ") = 0", ") = -1 EINVAL (...)". */
static enum match strace_result(const char *p, struct fact *fact)
{
	struct values v = { 0 };

	if (input_take(&p, "<unfinished ...>"))
		return MATCH_YES;
	return facts_pattern(")[ <unfinished ...>][ = %r%*]", p, &v, fact);
}

/*
 * "{argsz=24, flags=0, iova=0, size=0x1000} => {size=0x1000}": what comes behind
 * an arrow is the kernel's answer. It chose the address where none was asked for.
 */
static enum match strace_answer(const struct form *form, const char **p,
				struct values *v, struct fact *fact)
{
	struct values answer = { 0 };
	enum match got;

	input_skip_blanks(p);
	if (!input_take(p, "=> {"))
		return MATCH_YES;
	got = facts_keys(form->keys, p, &answer, fact);
	if (got == MATCH_YES && !input_take(p, "}"))
		return **p ? MATCH_WRONG : MATCH_CUT;
	if (answer.has_start) {
		v->start = answer.start;
		v->has_start = true;
	}
	return got;
}

static bool says(const struct values *v, const char *word, uint64_t bit)
{
	const char *at = v->flags_text;
	size_t n = strlen(word), left = v->flags_len;

	if (v->has_flags)
		return v->flags & bit;
	for (; left >= n && at; at++, left--)
		if (!strncmp(at, word, n))
			return true;
	return false;
}

/* "[pid  123] ", "123  ", with a time behind or not; 0 for none. */
static uint64_t pid_of(const char *line)
{
	uint64_t pid = 0;

	(void)input_take(&line, "[pid");
	input_skip_blanks(&line);
	return input_take_dec(&line, &pid) && (*line == ' ' || *line == ']') ?
	       pid : 0;
}

/* Where many threads sleep at once, what finds no place is taken to succeed. */
static void put_off(struct facts *f, struct fact *fact)
{
	struct begun *b = f->begun;

	while (b < f->begun + FACTS_BEGUN && b->used)
		b++;
	if (b == f->begun + FACTS_BEGUN)
		return;
	*b = (struct begun){ pid_of(f->in->text), true, *fact };
	*fact = (struct fact){ .line = fact->line };
}

/* "<... ioctl resumed>) = 0": only now it is done, and comes to this. */
static enum match resumed(struct facts *f, const struct form *form,
			  const char *p, struct fact *fact)
{
	const uint64_t pid = pid_of(f->in->text), line = fact->line;
	struct values v = { 0 };
	struct begun *b = f->begun;
	enum match got;

	(void)form;
	while (b < f->begun + FACTS_BEGUN && !(b->used && b->pid == pid))
		b++;
	if (b == f->begun + FACTS_BEGUN)
		return MATCH_NO;
	b->used = false;
	*fact = b->fact;
	fact->line = line;
	got = facts_pattern("[ => {%w}])[ = %r%*]", p, &v, fact);
	return got == MATCH_YES ? got : MATCH_NO;
}

static enum match strace(struct facts *f, const struct form *form, const char *p,
			 struct fact *fact)
{
	struct values v = { 0 };
	enum match got;

	if (!input_take(&p, "{")) {
		fact->kind = FACT_UNDECODED;
		fact->layer = form->layer;
		fact->form = form->name;
		return *p ? MATCH_YES : MATCH_CUT;
	}
	got = facts_keys(form->keys, &p, &v, fact);
	if (got == MATCH_YES && !input_take(&p, "}"))
		got = *p ? MATCH_WRONG : MATCH_CUT;
	if (got == MATCH_YES)
		got = strace_answer(form, &p, &v, fact);
	input_skip_blanks(&p);
	if (got == MATCH_YES)
		got = strace_result(p, fact);
	if (got != MATCH_YES)
		return got;
	if (strstr(p, "<unfinished"))
		f->unfinished = true;
	/* A new vaddr for a mapping that is there: the map stays the same. */
	if (form->layer == LAYER_VFIO && says(&v, "FLAG_VADDR", 4))
		return MATCH_YES;
	if (form->layer == LAYER_VFIO && form->kind == FACT_UNMAP &&
	    says(&v, "FLAG_ALL", 2)) {
		got = facts_finish(f, form, &v, fact);
		fact->range = (struct vprim_range){ 0, UINT64_MAX };
		fact->malformed = 0;
		return got;
	}
	return facts_finish(f, form, &v, fact);
}

/* The numbers of requests that strace has no names for. */
static enum match undecoded(struct facts *f, const struct form *form,
			    const char *p, struct fact *fact)
{
	(void)f;
	(void)p;
	fact->kind = FACT_UNDECODED;
	fact->layer = form->layer;
	fact->form = form->name;
	return MATCH_YES;
}

/* Whether the word is there in any case and on its own, as in "iommu_map". */
static bool has_own_word(const char *line, const char *word)
{
	size_t n = strlen(word), i;
	const char *p;

	for (p = line; *p; p++) {
		for (i = 0; i < n && tolower((unsigned char)p[i]) == word[i]; i++)
			;
		if (i == n && !isalnum((unsigned char)p[n]) &&
		    (p == line || !isalnum((unsigned char)p[-1])))
			return true;
	}
	return false;
}

/* The place of the first name of a value, to the left of "iova=". */
static const char *first_name(const char *line, const char *p)
{
	const char *from = p;

	while (p > line) {
		while (p > line && (p[-1] == ' ' || p[-1] == ','))
			p--;
		while (p > line && p[-1] != ' ' && p[-1] != '=' && p[-1] != ',')
			p--;
		if (p == line || p[-1] != '=')
			return from;
		p--;
		while (p > line && (isalnum((unsigned char)p[-1]) || p[-1] == '_'))
			p--;
		from = p;
	}
	return from;
}

/*
 * What people print by themselves, with bpftrace or in a driver: the word map or
 * unmap, iova= and size= and whatever else in any order.
 */
static enum match freely(struct facts *f, const struct form *form, const char *p,
			 struct fact *fact)
{
	const char *line = f->in->text;
	struct form mine = *form;
	struct values v = { 0 };
	enum match got;

	if (has_own_word(line, "unmap"))
		mine.kind = FACT_UNMAP;
	else if (!has_own_word(line, "map"))
		return MATCH_NO;
	p = first_name(line, p - strlen(form->mark));
	got = facts_keys(form->keys, &p, &v, fact);
	/* An end alone may be the last address or the one behind it. */
	if (got != MATCH_YES || !v.has_start || !v.has_size)
		return MATCH_NO;
	if (mine.kind == FACT_MAP)
		f->free_layer = strstr(line, "vaddr=") || strstr(line, "uaddr=") ?
				LAYER_VFIO : LAYER_IOMMU;
	mine.layer = f->free_layer ? f->free_layer : LAYER_IOMMU;
	return facts_finish(f, &mine, &v, fact);
}

/* "CPU:1 [LOST 123 EVENTS]", or without the number. */
static enum match lost(struct facts *f, const struct form *form, const char *p,
		       struct fact *fact)
{
	(void)f;
	if (!input_take(&p, "EVENTS]") &&
	    !(input_take_dec(&p, &fact->count) && input_take(&p, " EVENTS]")))
		return MATCH_NO;
	fact->kind = form->kind;
	fact->form = form->name;
	return MATCH_YES;
}

/* "# entries-in-buffer/entries-written: 100/120": the first 20 are gone. */
static enum match overwritten(struct facts *f, const struct form *form,
			      const char *p, struct fact *fact)
{
	uint64_t held, written;

	(void)f;
	if (!input_take_dec(&p, &held) || !input_take(&p, "/") ||
	    !input_take_dec(&p, &written))
		return MATCH_NO;
	fact->kind = held < written ? form->kind : FACT_HEAD;
	fact->form = form->name;
	fact->count = held < written ? written - held : 0;
	fact->text = "overwritten";
	return MATCH_YES;
}

/* A number behind words; how many blanks are between them does not matter. */
static bool number_behind(const char *line, const char *words, uint64_t *v)
{
	const char *p, *past = NULL;

	for (p = line; *p && !past; p++)
		past = past_mark(line, p, words);
	return past && input_take_any(&past, v);
}

/*
 * A guest's memory as DPDK's vhost has it, a line for each value:
 *
 *	VHOST_CONFIG: (/tmp/s0) guest memory region size: 0xc0000000
 *	VHOST_CONFIG: (/tmp/s0) 	 guest physical addr: 0x0
 *	VHOST_CONFIG: (/tmp/s0) 	 guest virtual  addr: 0x7f0000000000
 *	VHOST_CONFIG: (/tmp/s0) 	 host  virtual  addr: 0x7f1000000000
 */
static enum match vhost_region(struct facts *f, const struct form *form,
			       const char *p, struct fact *fact)
{
	struct values v = { .has_start = true, .has_size = true };
	bool has_host = false, has_start;
	const char *next;
	int parts = 0;

	/* Before DPDK 22.03 "region 1, size: " */
	if (input_take_dec(&p, &v.size) && !input_take(&p, ", "))
		return MATCH_NO;
	if (!input_take(&p, "size: ") || !input_take_any(&p, &v.size))
		return MATCH_NO;
	has_start = number_behind(f->in->text, "guest physical addr: ", &v.start);
	while (!has_host && ++parts < PARTS && (next = input_peek(f->in)) &&
	       strstr(next, " addr: ") && input_join(f->in, " ")) {
		has_start = number_behind(f->in->text, "guest physical addr: ",
					  &v.start);
		has_host = number_behind(f->in->text, "host virtual addr: ",
					 &fact->target);
	}
	return has_start ? facts_finish(f, form, &v, fact) : MATCH_NO;
}

/* An error in words: the last of them may be those of an errno. */
static enum match complaint(struct facts *f, const struct form *form,
			    const char *p, struct fact *fact)
{
	const char *at;
	uint64_t n;

	for (at = p; (at = strstr(at, ": ")); at += 2)
		if (!fact->result)
			fact->result = facts_errno_of_text(at + 2);
	at = strstr(p, "failed with error -");
	if (at && (at = strchr(at, '-') + 1, input_take_dec(&at, &n)) && n < 4096)
		fact->result = -(int)n;
	return facts_finish(f, form, &(struct values){ 0 }, fact);
}

/* -- the IOMMU ------------------------------------------------------------- */

/*
 * What a VT-d unit translates: the widest of its page tables, and no more than it
 * takes. Source: Linux drivers/iommu/intel/iommu.h, cap_sagaw(), cap_mgaw();
 * iommu.c, __iommu_calculate_agaw().
 */
static enum match vtd_capability(const struct form *form, uint64_t cap,
				 struct fact *fact)
{
	const unsigned int mgaw = (unsigned int)(cap >> 16 & 0x3f) + 1;
	unsigned int level, tables = 0;

	for (level = 1; level <= 3; level++)
		if (cap >> (8 + level) & 1)
			tables = 30 + 9 * level;
	if (!tables)
		return MATCH_NO;
	fact->kind = FACT_WIDTH;
	fact->layer = form->layer;
	fact->form = form->name;
	fact->count = mgaw < tables ? mgaw : tables;
	fact->text = "this IOMMU";
	return MATCH_YES;
}

/* "reg_base_addr fed90000 ver 1:0 cap 1c0000c40660462 ecap 19e2ff0505e" */
static enum match vtd_unit(struct facts *f, const struct form *form,
			   const char *p, struct fact *fact)
{
	uint64_t cap;

	(void)f;
	p = strstr(p, " cap ");
	if (!p)
		return MATCH_NO;
	p += strlen(" cap ");
	return input_take_hex(&p, &cap) ? vtd_capability(form, cap, fact) :
					  MATCH_NO;
}

/* As `grep .` prints the file of sysfs. */
static enum match vtd_file(struct facts *f, const struct form *form,
			   const char *p, struct fact *fact)
{
	uint64_t cap;

	(void)f;
	return input_take_hex(&p, &cap) ? vtd_capability(form, cap, fact) :
					  MATCH_NO;
}

static enum match width(struct facts *f, const struct form *form, const char *p,
			struct fact *fact)
{
	(void)f;
	if (!input_take_dec(&p, &fact->count) || !fact->count || fact->count > 64)
		return MATCH_NO;
	fact->kind = FACT_WIDTH;
	fact->layer = form->layer;
	fact->form = form->name;
	fact->text = form->layer == LAYER_IOMMU ? "this machine" : "this IOMMU";
	return MATCH_YES;
}

static enum match faulted(struct facts *f, const struct form *form,
			  uint64_t addr, bool write, struct fact *fact)
{
	fact->kind = FACT_FAULT;
	fact->layer = LAYER_IOMMU;
	fact->form = form->name;
	fact->range = (struct vprim_range){ addr, addr };
	fact->prot = write ? FACT_WRITE : FACT_READ;
	fact->text = f->in->text;
	return MATCH_YES;
}

/*
 * "[DMA Write NO_PASID] Request device [01:00.0] fault addr 0xec000000 [fault ..."
 * Source: Linux drivers/iommu/intel/dmar.c, dmar_fault_do_one().
 */
static enum match vtd_fault(struct facts *f, const struct form *form,
			    const char *p, struct fact *fact)
{
	const size_t n = strcspn(p, "]");
	const char *name = p;
	uint64_t addr;

	p += n;
	if (n > 12 || !input_take(&p, "] fault addr "))
		return MATCH_NO;
	(void)input_take(&p, "0x");
	if (!input_take_hex(&p, &addr))
		return MATCH_NO;
	fact->name = facts_say(f, "%.*s", (int)n, name);
	return faulted(f, form, addr, strstr(f->in->text, "DMA Write") != NULL,
		       fact);
}

/* The device's name right before "AMD-Vi:", or behind device=. */
static const char *amd_device(struct facts *f, const char *p)
{
	const char *at = strstr(p, "device="), *line = f->in->text;
	size_t n = 0;

	if (at) {
		at += strlen("device=");
		n = strspn(at, "0123456789abcdef:.");
	} else if ((at = strstr(line, ": AMD-Vi:"))) {
		while (at > line && strchr("0123456789abcdef:.", at[-1])) {
			at--;
			n++;
		}
	}
	return facts_say(f, "%.*s", n < 16 ? (int)n : 0, at ? at : "");
}

/*
 * "IO_PAGE_FAULT domain=0x000e address=0xfdf8000000 flags=0x0020]": 0x20 is a
 * write. Source: Linux drivers/iommu/amd/iommu.c, amd_iommu_report_page_fault().
 */
static enum match amd_fault(struct facts *f, const struct form *form,
			    const char *p, struct fact *fact)
{
	const char *at = strstr(p, "address="), *flags = strstr(p, "flags=");
	uint64_t addr, bits = 0;

	if (!at)
		return MATCH_NO;
	at += strlen("address=");
	if (!input_take_any(&at, &addr))
		return MATCH_NO;
	if (flags) {
		flags += strlen("flags=");
		(void)input_take_any(&flags, &bits);
	}
	fact->name = amd_device(f, p);
	return faulted(f, form, addr, bits & 0x20, fact);
}

static bool value_of(const char *line, const char *name, uint64_t *v)
{
	const char *at = strstr(line, name);

	if (at)
		at += strlen(name);
	return at && input_take_any(&at, v);
}

/*
 * "0000:01:00.0 0000:00:00.0 iova=0x0000000012345000 flags=0x0001": 1 is a write.
 * Source: Linux include/trace/events/iommu.h, io_page_fault.
 */
static enum match traced_fault(struct facts *f, const struct form *form,
			       const char *p, struct fact *fact)
{
	const size_t n = strcspn(p, " ");
	uint64_t addr, bits = 0;

	if (n > 24 || !value_of(p, "iova=", &addr))
		return MATCH_NO;
	(void)value_of(p, "flags=", &bits);
	fact->name = facts_say(f, "%.*s", (int)n, p);
	return faulted(f, form, addr, bits & 1, fact);
}

/*
 * "fsr=0x402, iova=0xffe00000, fsynr=0x11, cbfrsynra=0x1801, cb=2": 0x10 of fsynr
 * is a write; the stream that cbfrsynra has stands for the device.
 * Source: Linux drivers/iommu/arm/arm-smmu/arm-smmu.c, arm_smmu_context_fault().
 */
static enum match smmu_fault(struct facts *f, const struct form *form,
			     const char *p, struct fact *fact)
{
	uint64_t addr, bits = 0, stream;

	if (!value_of(p, "iova=", &addr))
		return MATCH_NO;
	(void)value_of(p, "fsynr=", &bits);
	fact->name = value_of(p, "cbfrsynra=", &stream) ?
		facts_say(f, "of stream 0x%llx", (unsigned long long)stream) : "";
	return faulted(f, form, addr, bits & 0x10, fact);
}

/* -- the table ------------------------------------------------------------- */

#define TRACE "Linux trace"
#define DEBUG "iommu debug log"
#define STRACE "strace"
#define QTRACE "QEMU trace"
#define QERROR "QEMU error"

/* Known, and of no interest: it repeats what another line says. */
#define DETAIL FACT_NONE

static const struct form forms[] = {
	{ TRACE, FACT_MAP, LAYER_IOMMU, "map: IOMMU:", .keys = trace_keys,
	  .needs = "its" },
	{ TRACE, FACT_UNMAP, LAYER_IOMMU, "unmap: IOMMU:", .keys = trace_keys,
	  .needs = "isu" },
	{ "raw Linux trace", FACT_MAP, LAYER_IOMMU, "map: iova=", .pattern = "%i paddr=%t size=%s", .weak = true },
	{ "raw Linux trace", FACT_UNMAP, LAYER_IOMMU, "unmap: iova=",
	  .pattern = "%i size=%s unmapped_size=%u", .weak = true },
	{ TRACE, FACT_HEAD, LAYER_NONE, "# tracer:", .pattern = "%*" },
	{ TRACE, FACT_LOST, LAYER_IOMMU, "# entries-in-buffer/entries-written: ",
	  .read = overwritten },
	{ TRACE, FACT_LOST, LAYER_NONE, "[LOST ", .read = lost },
	{ "perf trace", FACT_MAP, LAYER_IOMMU, "iommu:map(", .keys = trace_keys,
	  .needs = "s", .zeros = true },
	{ "perf trace", FACT_UNMAP, LAYER_IOMMU, "iommu:unmap(", .keys = trace_keys,
	  .needs = "s", .zeros = true },
	{ "perf trace", FACT_MAP, LAYER_IOMMU, "iommu:map:IOMMU: ",
	  .keys = trace_keys, .needs = "its" },
	{ "perf trace", FACT_UNMAP, LAYER_IOMMU, "iommu:unmap:IOMMU: ",
	  .keys = trace_keys, .needs = "isu" },
	{ "perf", FACT_LOST, LAYER_NONE, "LOST ", .pattern = "%c events![%*]",
	  .weak = true },
	{ "bpftrace", FACT_LOST, LAYER_NONE, "Lost ", .pattern = "%c events",
	  .weak = true },

	{ DEBUG, FACT_MAP, LAYER_IOMMU, "map: iova 0x", .pattern = "%i pa %t size %s" },
	{ DEBUG, FACT_UNMAP, LAYER_IOMMU, "unmap this: iova 0x", .pattern = "%i size %s" },
	{ DEBUG, FACT_UNMAP, LAYER_IOMMU, "unaligned: iova 0x",
	  .pattern = "%i size %s min_pagesz %u", .result = -EINVAL, .weak = true },
	{ DEBUG, FACT_MAP, LAYER_IOMMU, "unaligned: iova 0x",
	  .pattern = "%i pa %t size %s min_pagesz %u", .result = -EINVAL },
	{ DEBUG, DETAIL, LAYER_IOMMU, "mapping: iova 0x", .pattern = "%*" },
	{ DEBUG, DETAIL, LAYER_IOMMU, "unmapped: iova 0x", .pattern = "%*" },

	{ STRACE, FACT_MAP, LAYER_VFIO, "VFIO_IOMMU_MAP_DMA, ",
	  .keys = vfio_keys, .read = strace },
	{ STRACE, FACT_UNMAP, LAYER_VFIO, "VFIO_IOMMU_UNMAP_DMA, ",
	  .keys = vfio_keys, .read = strace },
	{ STRACE, FACT_MAP, LAYER_IOMMUFD, "IOMMU_IOAS_MAP, ",
	  .keys = ioas_keys, .read = strace },
	{ STRACE, FACT_MAP, LAYER_IOMMUFD, "IOMMU_IOAS_MAP_FILE, ",
	  .keys = ioas_keys, .read = strace },
	{ STRACE, FACT_MAP, LAYER_IOMMUFD, "IOMMU_IOAS_COPY, ",
	  .keys = ioas_keys, .read = strace },
	{ STRACE, FACT_UNMAP, LAYER_IOMMUFD, "IOMMU_IOAS_UNMAP, ",
	  .keys = ioas_keys, .read = strace },
	{ STRACE, DETAIL, LAYER_VFIO, "<... ioctl resumed>", .read = resumed,
	  .weak = true },
	{ STRACE, FACT_MAP, LAYER_VFIO, "_IOC(_IOC_NONE, 0x3b, 0x71, 0)",
	  .read = undecoded },
	{ STRACE, FACT_UNMAP, LAYER_VFIO, "_IOC(_IOC_NONE, 0x3b, 0x72, 0)",
	  .read = undecoded },
	{ STRACE, FACT_MAP, LAYER_IOMMUFD, "_IOC(_IOC_NONE, 0x3b, 0x85, 0)",
	  .read = undecoded },
	{ STRACE, FACT_UNMAP, LAYER_IOMMUFD, "_IOC(_IOC_NONE, 0x3b, 0x86, 0)",
	  .read = undecoded },

	{ QTRACE, DETAIL, LAYER_LISTENER, "SKIPPING ", .pattern = "%*", .weak = true },
	{ QTRACE, FACT_MAP, LAYER_LISTENER, "region_add [ram] ", .pattern = "%I - %L \\[%t\\]" },
	{ QTRACE, DETAIL, LAYER_LISTENER, "region_add [iommu] ", .pattern = "%*" },
	{ QTRACE, FACT_UNMAP, LAYER_LISTENER, "region_del 0x", .pattern = "%I - %L" },
	{ QTRACE, FACT_MAP, LAYER_LISTENER, "vfio_listener_region_add_ram ",
	  .keys = backend_keys, .weak = true },
	{ QTRACE, FACT_UNMAP, LAYER_LISTENER, "vfio_listener_region_del ",
	  .keys = backend_keys, .weak = true },
	{ QTRACE, FACT_MAP, LAYER_LISTENER, "iommu MAP @ ", .pattern = "%I - %L" },
	{ QTRACE, FACT_UNMAP, LAYER_LISTENER, "iommu UNMAP @ ", .pattern = "%I - %L" },
	{ QTRACE, FACT_MAP, LAYER_IOMMUFD, "iommufd_backend_map_dma ",
	  .keys = backend_keys },
	{ QTRACE, FACT_MAP, LAYER_IOMMUFD, "iommufd_backend_map_file_dma ",
	  .keys = backend_keys },
	{ QTRACE, FACT_UNMAP, LAYER_IOMMUFD, "iommufd_backend_unmap_dma ",
	  .keys = backend_keys },
	{ QTRACE, FACT_UNMAP, LAYER_IOMMUFD, "Unmap nonexistent mapping: ",
	  .keys = backend_keys, .result = -ENOENT },
	{ QTRACE, FACT_MAP, LAYER_VDPA, "vhost_vdpa_dma_map ", .keys = backend_keys },
	{ QTRACE, FACT_UNMAP, LAYER_VDPA, "vhost_vdpa_dma_unmap ",
	  .keys = backend_keys },
	{ QTRACE, FACT_MAP, LAYER_LISTENER, "vhost_vdpa_listener_region_add ",
	  .keys = backend_keys, .weak = true },
	{ QTRACE, FACT_UNMAP, LAYER_LISTENER, "vhost_vdpa_listener_region_del ",
	  .keys = backend_keys, .weak = true },
	{ QTRACE, FACT_MAP, LAYER_GUEST, "virtio_iommu_map ", .keys = guest_keys },
	{ QTRACE, FACT_UNMAP, LAYER_GUEST, "virtio_iommu_unmap ", .keys = guest_keys },
	{ QTRACE, FACT_MAP, LAYER_VFIO, "<-> iova ", .pattern = "%i size %s" },

	{ QERROR, FACT_MAP, LAYER_VFIO, "vfio_dma_map(", .pattern = "%w, %i, %s, %t) = %r%q" },
	{ QERROR, FACT_MAP, LAYER_VFIO, "vfio_container_dma_map(",
	  .pattern = "%w, %i, %s, %t) = %r%q" },
	{ QERROR, FACT_UNMAP, LAYER_VFIO, "vfio_dma_unmap(", .pattern = "%w, %i, %s) = %r%q" },
	{ QERROR, FACT_UNMAP, LAYER_VFIO, "vfio_container_dma_unmap(",
	  .pattern = "%w, %i, %s) = %r%q" },
	{ QERROR, FACT_ERROR, LAYER_VFIO, "VFIO_MAP_DMA: ", .pattern = "%r", .weak = true },
	{ QERROR, FACT_ERROR, LAYER_VFIO, "VFIO_UNMAP_DMA: ", .pattern = "%r", .weak = true },
	{ QERROR, FACT_ERROR, LAYER_VFIO, "VFIO_MAP_DMA failed: ", .pattern = "%E" },
	{ QERROR, FACT_ERROR, LAYER_VFIO, "VFIO_UNMAP_DMA failed: ", .pattern = "%E" },
	{ QERROR, FACT_ERROR, LAYER_IOMMUFD, "IOMMU_IOAS_MAP failed: ", .pattern = "%E" },
	{ QERROR, FACT_ERROR, LAYER_IOMMUFD, "IOMMU_IOAS_UNMAP failed: ", .pattern = "%E" },

	{ "libvfio-user log", FACT_MAP, LAYER_SERVER, "adding DMA region [",
	  .pattern = "%i, %e) offset=%t[ prot=%p][ flags=%f]" },
	{ "libvfio-user log", FACT_UNMAP, LAYER_SERVER, "removing DMA region [",
	  .pattern = "%i, %e)[ flags=%f]" },
	{ "libvfio-user log", FACT_MAP, LAYER_SERVER, "failed to add DMA region [",
	  .pattern = "%i, %e) offset=%t[ prot=%p][ flags=%f]: %E", .later = true },
	{ "libvfio-user log", FACT_UNMAP, LAYER_SERVER,
	  "failed to remove DMA region [", .pattern = "%i, %e)[ flags=%f]: %E", .later = true },
	{ "SPDK or DPDK log", FACT_MAP, LAYER_SERVER, "Add memory region: ",
	  .keys = client_keys },
	{ "SPDK or DPDK log", FACT_UNMAP, LAYER_SERVER, "Remove memory region: ",
	  .keys = client_keys },
	{ "DPDK log", FACT_MAP, LAYER_SERVER, "guest memory region ",
	  .read = vhost_region, .weak = true },
	{ "DPDK log", FACT_MAP, LAYER_VFIO, "DMA map, region ", .pattern = "%u: HVA %t, GPA %i, size %s[.]" },
	{ "DPDK log", FACT_UNMAP, LAYER_VFIO, "DMA unmap, region ",
	  .pattern = "%u: HVA %t, GPA %i, size %s[.]" },
	{ "DPDK log", FACT_ERROR, LAYER_VFIO, "cannot set up DMA remapping, error ",
	  .pattern = "%N%*" },
	{ "DPDK log", FACT_ERROR, LAYER_VFIO, "cannot clear DMA remapping, error ",
	  .pattern = "%N%*" },
	{ "DPDK log", FACT_ERROR, LAYER_VFIO,
	  "Memory segment is already mapped, skipping", .pattern = "%*", .result = -EEXIST },

	{ "Linux log", FACT_ERROR, LAYER_VFIO,
	  "Firmware has requested this device have a 1:1 IOMMU mapping",
	  .read = complaint, .result = -EINVAL, .cause = CAUSE_FIRMWARE },
	{ "Linux log", FACT_ERROR, LAYER_VFIO, "due to platform RMRR requirement",
	  .read = complaint, .result = -EPERM, .cause = CAUSE_FIRMWARE },

	/* Groups and devices: drivers/vfio, drivers/iommu/iommufd, hw/vfio. */
	{ QERROR, FACT_ERROR, LAYER_VFIO, "is not viable", .read = complaint,
	  .cause = CAUSE_VIABLE },
	{ "Linux log", FACT_ERROR, LAYER_VFIO, "No interrupt remapping",
	  .read = complaint, .result = -EPERM, .cause = CAUSE_INTERRUPTS },
	{ "Linux log", FACT_ERROR, LAYER_IOMMUFD,
	  "MSI interrupts are not secure", .read = complaint, .result = -EPERM,
	  .cause = CAUSE_INTERRUPTS },
	{ "Linux log", FACT_ERROR, LAYER_VFIO, "VF token required",
	  .read = complaint, .result = -EACCES, .cause = CAUSE_TOKEN },
	{ "Linux log", FACT_ERROR, LAYER_VFIO, "incorrect VF token",
	  .read = complaint, .result = -EACCES, .cause = CAUSE_TOKEN },
	{ "Linux log", FACT_ERROR, LAYER_VFIO, "VF token incorrectly provided",
	  .read = complaint, .result = -EINVAL, .cause = CAUSE_TOKEN },
	{ QERROR, FACT_ERROR, LAYER_VFIO, "failed to set iommu for container",
	  .read = complaint, .cause = CAUSE_CONTAINER },
	{ QERROR, FACT_ERROR, LAYER_VFIO, "failed to set group container",
	  .read = complaint, .cause = CAUSE_CONTAINER },
	{ QERROR, FACT_ERROR, LAYER_IOMMUFD, "error bind device fd",
	  .read = complaint, .cause = CAUSE_CONTAINER },
	{ QERROR, FACT_ERROR, LAYER_IOMMUFD, "error attach ",
	  .read = complaint, .cause = CAUSE_CONTAINER, .weak = true },
	{ QERROR, FACT_ERROR, LAYER_VFIO, "error getting device from group",
	  .read = complaint, .cause = CAUSE_OPEN },
	{ QERROR, FACT_ERROR, LAYER_VFIO, "failed to open /dev/vfio/",
	  .read = complaint, .cause = CAUSE_OPEN },
	{ QERROR, FACT_ERROR, LAYER_VFIO, "could not open '/dev/vfio/",
	  .read = complaint, .cause = CAUSE_OPEN },
	{ QERROR, FACT_ERROR, LAYER_VFIO, "no iommu_group found",
	  .read = complaint, .cause = CAUSE_GROUPLESS },
	{ "Linux log", FACT_ERROR, LAYER_VFIO, "vfio-pci: probe of ",
	  .read = complaint, .cause = CAUSE_GROUPLESS },
	{ "Linux log", FACT_ERROR, LAYER_VFIO,
	  "probe with driver vfio-pci ", .read = complaint,
	  .cause = CAUSE_GROUPLESS },
	{ "Linux log", FACT_ERROR, LAYER_VFIO, "vfio-noiommu group",
	  .read = complaint, .cause = CAUSE_NOIOMMU },
	{ "Linux log", FACT_MEMBER, LAYER_NONE, "adding to iommu group ",
	  .read = facts_group_log },
	{ "Linux log", FACT_MEMBER, LAYER_NONE, "iommu: Adding device ",
	  .read = facts_group_log },
	{ "sysfs", FACT_MEMBER, LAYER_NONE, "iommu_groups/",
	  .read = facts_group_path, .weak = true },
	{ "list of groups", FACT_MEMBER, LAYER_NONE, "IOMMU group ",
	  .read = facts_group_head, .weak = true },
	{ "list of groups", FACT_MEMBER, LAYER_NONE, "IOMMU Group ",
	  .read = facts_group_head, .weak = true },
	{ "lspci", FACT_DRIVER, LAYER_NONE, "Kernel driver in use: ",
	  .read = facts_driver },
	{ "sysfs", FACT_DRIVER, LAYER_NONE, "bus/pci/drivers/",
	  .read = facts_driver, .weak = true },

	{ "Linux log", FACT_ERROR, LAYER_VFIO, "RLIMIT_MEMLOCK (",
	  .pattern = "%u) exceeded%*", .result = -ENOMEM, .weak = true },
	{ "Linux log", FACT_WIDTH, LAYER_IOMMU, "Host address width ", .read = width },
	{ "Linux log", FACT_WIDTH, LAYER_IOMMU, "reg_base_addr ", .read = vtd_unit,
	  .weak = true },
	{ "VT-d capability", FACT_WIDTH, LAYER_NONE, "intel-iommu/cap:",
	  .read = vtd_file },
	{ QERROR, FACT_WIDTH, LAYER_NONE, "host aw-bits ", .read = width },
	{ "VT-d fault", FACT_FAULT, LAYER_IOMMU, "Request device [",
	  .read = vtd_fault, .weak = true },
	{ "AMD-Vi fault", FACT_FAULT, LAYER_IOMMU, "IO_PAGE_FAULT ",
	  .read = amd_fault, .weak = true },

	{ TRACE, FACT_FAULT, LAYER_IOMMU, "io_page_fault: IOMMU:",
	  .read = traced_fault, .weak = true },
	{ "SMMU fault", FACT_FAULT, LAYER_IOMMU, "Unhandled context fault: ",
	  .read = smmu_fault, .weak = true },

	/* The last: its mark proves little, and others have it too. */
	{ "iova= and size=", FACT_MAP, LAYER_NONE, "iova=", .keys = free_keys,
	  .read = freely, .weak = true },
};

#define FORMS (sizeof(forms) / sizeof(forms[0]))
_Static_assert(FORMS <= 128, "two words of a bit for each form");

/* -- where marks are ------------------------------------------------------- */

/* Bits of the forms whose mark has this byte at its first, second, third place. */
struct bits {
	uint64_t low, high;
};

static struct bits first[256], second[256], third[256];
static bool ready;

static void set(struct bits *b, size_t form)
{
	if (form < 64)
		b->low |= UINT64_C(1) << form;
	else
		b->high |= UINT64_C(1) << (form - 64);
}

static void prepare(void)
{
	size_t i;

	for (i = 0; i < FORMS; i++) {
		const unsigned char *mark = (const unsigned char *)forms[i].mark;

		set(&first[tolower(mark[0])], i);
		set(&first[toupper(mark[0])], i);
		set(&second[mark[1]], i);
		set(&third[mark[2]], i);
	}
	ready = true;
}

/* Which forms may begin at p, by three bytes. */
static struct bits maybe(const char *p)
{
	const unsigned char *b = (const unsigned char *)p;
	struct bits m = first[b[0]];

	m.low &= second[b[1]].low;
	m.high &= second[b[1]].high;
	if (m.low | m.high) {
		m.low &= third[b[2]].low;
		m.high &= third[b[2]].high;
	}
	return m;
}

/* The first form in m and its bit out of it; FORMS when none is left. */
static size_t next_form(struct bits *m)
{
	size_t n;

	if (m->low) {
		n = (size_t)__builtin_ctzll(m->low);
		m->low &= m->low - 1;
		return n;
	}
	if (!m->high)
		return FORMS;
	n = (size_t)__builtin_ctzll(m->high);
	m->high &= m->high - 1;
	return n + 64;
}

bool facts_has_mark(const char *line)
{
	const char *p;
	size_t i;

	if (!ready)
		prepare();
	for (p = line; *p && p[1]; p++) {
		struct bits m = maybe(p);

		while ((i = next_form(&m)) < FORMS)
			if (!forms[i].weak && past_mark(line, p, forms[i].mark))
				return true;
	}
	return false;
}

/* -- reading --------------------------------------------------------------- */

static enum match try_form(struct facts *f, const struct form *form,
			   const char *p, struct fact *fact)
{
	if (form->read)
		return form->read(f, form, p, fact);
	return form->keys ? by_name(f, form, p, fact) :
			    by_pattern(f, form, p, fact);
}

/* Marks that end in "0x": the number's own front belongs to it. */
static const char *values_of(const struct form *form, const char *p)
{
	size_t n = strlen(form->mark);

	if (n > 2 && !strcmp(form->mark + n - 2, "0x"))
		return p - 2;
	return p;
}

/* What becomes of the present line by the forms whose mark is at p. */
static enum match at_place(struct facts *f, const char *p, struct fact *fact,
			   const struct form **cut)
{
	const struct fact clean = { .line = fact->line };
	struct bits m = maybe(p);
	enum match got;
	size_t i;

	while ((i = next_form(&m)) < FORMS) {
		const char *past = past_mark(f->in->text, p, forms[i].mark);

		if (!past)
			continue;
		*fact = clean;
		got = try_form(f, &forms[i], values_of(&forms[i], past), fact);
		if (got == MATCH_YES)
			return got;
		if (got != MATCH_NO && !forms[i].weak && !*cut) {
			*cut = &forms[i];
			if (got == MATCH_WRONG)
				return got;
		}
	}
	return MATCH_NO;
}

static enum match whole_line(struct facts *f, struct fact *fact,
			     const struct form **cut)
{
	const char *line = f->in->text, *p;
	enum match got;

	*cut = NULL;
	/* Lines of one kind have their mark in one place. */
	if (f->last_at < f->in->len) {
		got = at_place(f, line + f->last_at, fact, cut);
		if (got == MATCH_YES)
			return got;
		*cut = NULL;
	}
	for (p = line; *p && p[1]; p++) {
		struct bits m = maybe(p);

		if (!(m.low | m.high))
			continue;
		got = at_place(f, p, fact, cut);
		if (got == MATCH_YES && fact->layer)
			f->last_at = (size_t)(p - line);
		if (got != MATCH_NO || *cut)
			return got == MATCH_NO ? MATCH_CUT : got;
	}
	return MATCH_NO;
}

static const char *damage(struct facts *f, const struct form *form)
{
	return facts_say(f, "a damaged %s%s",
			 form->kind == FACT_MAP ? "map event" :
			 form->kind == FACT_UNMAP ? "unmap event" : "line: ",
			 form->kind == FACT_MAP || form->kind == FACT_UNMAP ?
			 "" : form->name);
}

enum match facts_forms(struct facts *f, struct fact *fact)
{
	const struct form *cut;
	const char *next;
	enum match got;
	int parts = 0;

	if (!ready)
		prepare();
	got = whole_line(f, fact, &cut);
	while (got == MATCH_CUT && ++parts < PARTS &&
	       (next = input_peek(f->in)) && *next && !facts_has_mark(next) &&
	       input_join(f->in, input_glue(f->in)))
		got = whole_line(f, fact, &cut);
	if (got == MATCH_CUT)
		got = MATCH_WRONG;
	if (got == MATCH_WRONG && !fact->text)
		fact->text = damage(f, cut);
	if (got == MATCH_YES && f->unfinished)
		put_off(f, fact);
	f->unfinished = false;
	return got;
}
