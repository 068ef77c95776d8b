// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * The ACPI tables by which firmware keeps addresses for devices: DMAR with its
 * RMRR units (Intel), IVRS with its IVMD blocks (AMD).
 *
 * Sources: Intel Virtualization Technology for Directed I/O, chapter 8; AMD I/O
 * Virtualization Technology Specification, chapter 5; Linux include/acpi/actbl1.h,
 * actbl2.h, drivers/iommu/amd/init.c, init_unity_map_range().
 *
 * A table comes from outside: every length in it is held against what is there.
 */
#include "explain.h"

#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#define HEADER 36u		/* of every table */
#define BODY 48u		/* both: where the first entry begins */
/* The largest table that a text may hold; real ones have some KiB. */
#define TABLE_MAX (1u << 20)

struct table {
	struct explain_evidence *e;
	struct explain_where where;
	const uint8_t *at;
	size_t size;
	char name[5];
};

static uint64_t le(const uint8_t *p, unsigned int bytes)
{
	uint64_t v = 0;

	while (bytes--)
		v = v << 8 | p[bytes];
	return v;
}

static int __attribute__((format(printf, 2, 3)))
note(const struct table *t, const char *format, ...)
{
	struct explain_note *n = explain_add(&t->e->notes);
	va_list ap;

	if (!n)
		return -ENOMEM;
	n->where = t->where;
	va_start(ap, format);
	vsnprintf(n->text, sizeof(n->text), format, ap);
	va_end(ap);
	return 0;
}

static void __attribute__((format(printf, 3, 4)))
append(char *to, size_t size, const char *format, ...)
{
	size_t used = strlen(to);
	va_list ap;

	va_start(ap, format);
	vsnprintf(to + used, size - used, format, ap);
	va_end(ap);
}

/* One entry's addresses; NULL without memory. */
static struct explain_taken *reserve(struct table *t, size_t offset,
				     struct vprim_range range, const char *what)
{
	struct explain_taken *r = explain_add(&t->e->taken);

	if (!r)
		return NULL;
	r->where = t->where;
	r->range = range;
	r->kind = RESERVED_DIRECT;
	r->firmware = true;
	memcpy(r->table, t->name, sizeof(r->table));
	r->offset = (uint32_t)offset;
	snprintf(r->what, sizeof(r->what), "%s", what);
	return r;
}

/* -- DMAR ------------------------------------------------------------------ */

enum { DMAR_RMRR = 1, RMRR_FIXED = 24, SCOPE_FIXED = 6 };
enum { SCOPE_ENDPOINT = 1, SCOPE_BRIDGE = 2 };

/* "0000:00:14.0", with each step to the device behind bridges. */
static void scope_name(struct explain_taken *r, unsigned int segment,
		       const uint8_t *scope, size_t len)
{
	char *to = r->devices;
	size_t i;

	append(to, sizeof(r->devices), "%s%s%04x:%02x:", *to ? ", " : "",
	       scope[0] == SCOPE_BRIDGE ? "all behind " : "", segment,
	       (unsigned int)scope[5]);
	for (i = SCOPE_FIXED; i + 1 < len; i += 2)
		append(to, sizeof(r->devices), "%s%02x.%x",
		       i > SCOPE_FIXED ? " > " : "", (unsigned int)scope[i],
		       (unsigned int)scope[i + 1]);
	r->vague |= scope[0] != SCOPE_ENDPOINT || len > SCOPE_FIXED + 2;
}

static int scopes(struct table *t, struct explain_taken *r, const uint8_t *unit,
		  size_t len)
{
	size_t at = RMRR_FIXED;

	while (len - at >= SCOPE_FIXED) {
		size_t n = unit[at + 1];

		if (n < SCOPE_FIXED + 2 || n > len - at)
			return note(t, "a damaged device scope in the RMRR at 0x%x of DMAR",
				    (unsigned int)r->offset);
		scope_name(r, (unsigned int)le(unit + 6, 2), unit + at, n);
		at += n;
	}
	return 0;
}

static int rmrr(struct table *t, size_t offset, size_t len)
{
	const uint8_t *unit = t->at + offset;
	struct vprim_range range;
	struct explain_taken *r;

	if (len < RMRR_FIXED)
		return note(t, "the RMRR at 0x%zx of DMAR is too short", offset);
	range = (struct vprim_range){ le(unit + 8, 8), le(unit + 16, 8) };
	if (range.start > range.last)
		return note(t, "the RMRR at 0x%zx of DMAR ends before it begins",
			    offset);
	r = reserve(t, offset, range, "RMRR");
	return r ? scopes(t, r, unit, len) : -ENOMEM;
}

static int dmar(struct table *t)
{
	size_t at = BODY;
	int ret = 0;

	if (!t->e->width) {
		t->e->width = (unsigned int)t->at[HEADER] % 64 + 1;
		t->e->width_guessed = true;
		t->e->width_where = t->where;
	}
	while (!ret && t->size - at >= 4) {
		size_t len = (size_t)le(t->at + at + 2, 2);

		if (len < 4 || len > t->size - at)
			return note(t, "the unit at 0x%zx of DMAR has a damaged length of %zu",
				    at, len);
		if (le(t->at + at, 2) == DMAR_RMRR)
			ret = rmrr(t, at, len);
		at += len;
	}
	return ret;
}

/* -- IVRS ------------------------------------------------------------------ */

enum { IVMD_ALL = 0x20, IVMD_ONE = 0x21, IVMD_RANGE = 0x22, IVMD_BYTES = 32 };
enum { IVMD_UNITY = 1, IVMD_EXCLUSION = 8 };

static void ivmd_devices(struct explain_taken *r, const uint8_t *block)
{
	const unsigned int segment = (unsigned int)le(block + 8, 2);
	const unsigned int from = (unsigned int)le(block + 4, 2);
	const unsigned int to = (unsigned int)le(block + 6, 2);

	r->all_devices = block[0] == IVMD_ALL;
	if (r->all_devices) {
		snprintf(r->devices, sizeof(r->devices), "all devices");
		return;
	}
	append(r->devices, sizeof(r->devices), "%04x:%02x:%02x.%x", segment,
	       from >> 8, from >> 3 & 31, from & 7);
	if (block[0] != IVMD_RANGE)
		return;
	append(r->devices, sizeof(r->devices), " to %04x:%02x:%02x.%x", segment,
	       to >> 8, to >> 3 & 31, to & 7);
	r->vague = true;
}

/* Whole pages, as Linux makes of it. */
static bool ivmd_range(const uint8_t *block, struct vprim_range *range)
{
	uint64_t start = le(block + 16, 8), bytes = le(block + 24, 8);

	if (!bytes || start > UINT64_MAX - 4095 || bytes > UINT64_MAX - 4095)
		return false;
	start = (start + 4095) & ~UINT64_C(4095);
	bytes = (bytes + 4095) & ~UINT64_C(4095);
	return !vprim_range_from_size(start, bytes, range);
}

static int ivmd(struct table *t, size_t offset, size_t len)
{
	const uint8_t *block = t->at + offset;
	struct vprim_range range;
	struct explain_taken *r;

	if (len < IVMD_BYTES)
		return note(t, "the IVMD block at 0x%zx of IVRS is too short", offset);
	if (!(block[1] & (IVMD_UNITY | IVMD_EXCLUSION)))
		return 0;
	if (!ivmd_range(block, &range))
		return note(t, "the IVMD block at 0x%zx of IVRS has damaged addresses",
			    offset);
	r = reserve(t, offset, range, block[1] & IVMD_EXCLUSION ?
		    "IVMD, exclusion range" : "IVMD, unity map");
	if (!r)
		return -ENOMEM;
	/* Linux maps exclusion ranges 1:1 too: they are direct as the others. */
	ivmd_devices(r, block);
	return 0;
}

static int ivrs(struct table *t)
{
	size_t at = BODY;
	int ret = 0;

	t->e->amd = true;
	while (!ret && t->size - at >= 4) {
		size_t len = (size_t)le(t->at + at + 2, 2);
		uint8_t type = t->at[at];

		if (len < 4 || len > t->size - at)
			return note(t, "the block at 0x%zx of IVRS has a damaged length of %zu",
				    at, len);
		if (type >= IVMD_ALL && type <= IVMD_RANGE)
			ret = ivmd(t, at, len);
		at += len;
	}
	return ret;
}

/* -- tables ---------------------------------------------------------------- */

bool explain_is_table(const uint8_t *data, size_t size)
{
	return size >= 8 && (!memcmp(data, "DMAR", 4) || !memcmp(data, "IVRS", 4)) &&
	       le(data + 4, 4) >= HEADER && le(data + 4, 4) <= TABLE_MAX;
}

int explain_table(struct explain_evidence *e, struct explain_where where,
		  const uint8_t *data, size_t size)
{
	struct table t = { .e = e, .where = where, .at = data, .size = size };
	uint8_t sum = 0;
	uint64_t said;
	size_t i;
	int ret = 0;

	memcpy(t.name, data, 4);
	said = le(data + 4, 4);
	if (said < size)
		t.size = (size_t)said;
	if (t.size < BODY)
		return note(&t, "%s is cut: %zu bytes", t.name, t.size);
	for (i = 0; i < t.size; i++)
		sum = (uint8_t)(sum + data[i]);
	if (said > size)
		ret = note(&t, "%s is cut: %zu of its %zu bytes are here", t.name,
			   size, (size_t)said);
	else if (sum)
		ret = note(&t, "the checksum of %s is wrong", t.name);
	if (ret)
		return ret;
	return t.name[0] == 'D' ? dmar(&t) : ivrs(&t);
}

/* -- text ------------------------------------------------------------------ */

/* A table that is being read from lines. */
struct dump {
	uint8_t *bytes;
	size_t nr, capacity;
	uint64_t line;		/* of its first bytes; 0: none begun */
};

static int nibble(char c)
{
	const char *digits = "0123456789abcdef", *at;

	if (c >= 'A' && c <= 'F')
		c = (char)(c - 'A' + 'a');
	at = c ? strchr(digits, c) : NULL;
	return at ? (int)(at - digits) : -1;
}

/*
 * "    0010: 44 4D 41 52 ...", "00000010  44 4d 41 52 ...", "00000010: 444d 4152":
 * up to 16 bytes, then the same as letters. The number of bytes, 0 for another line.
 */
static size_t dump_line(const char *p, uint64_t *offset, uint8_t bytes[16])
{
	size_t n = 0;

	input_skip_blanks(&p);
	if (!input_take_hex(&p, offset))
		return 0;
	(void)input_take(&p, ":");
	if (*p != ' ')
		return 0;
	while (n < 16) {
		int high, low;

		p += *p == ' ';
		p += *p == ' ' && n == 8;
		if (*p == ' ' && n)
			break;
		input_skip_blanks(&p);
		high = nibble(*p);
		low = high < 0 ? -1 : nibble(p[1]);
		if (low < 0)
			break;
		bytes[n++] = (uint8_t)(high << 4 | low);
		p += 2;
	}
	return n;
}

static int end_table(struct explain_evidence *e, const char *file, struct dump *d)
{
	int ret = 0;

	if (d->line && explain_is_table(d->bytes, d->nr))
		ret = explain_table(e, (struct explain_where){ file, d->line },
				    d->bytes, d->nr);
	d->line = 0;
	d->nr = 0;
	return ret;
}

static int keep(struct dump *d, const uint8_t *bytes, size_t n)
{
	if (d->nr + n > TABLE_MAX)
		return 0;
	if (d->nr + n > d->capacity) {
		size_t capacity = d->capacity ? 2 * d->capacity : 4096;
		uint8_t *grown = realloc(d->bytes, capacity);

		if (!grown)
			return -ENOMEM;
		d->bytes = grown;
		d->capacity = capacity;
	}
	memcpy(d->bytes + d->nr, bytes, n);
	d->nr += n;
	return 0;
}

int explain_dump(struct explain_evidence *e, const char *file, struct input *in)
{
	struct dump d = { 0 };
	uint8_t bytes[16];
	uint64_t offset;
	int ret = 0;

	while (!ret && input_next(in) > 0) {
		size_t n = dump_line(in->text, &offset, bytes);

		if (n && d.line && offset == d.nr) {
			ret = keep(&d, bytes, n);
			continue;
		}
		if (d.line)
			ret = end_table(e, file, &d);
		if (!ret && n && !offset && explain_is_table(bytes, n)) {
			d.line = in->line;
			ret = keep(&d, bytes, n);
		}
	}
	if (!ret)
		ret = end_table(e, file, &d);
	free(d.bytes);
	return ret;
}
