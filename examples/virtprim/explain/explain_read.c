// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * What people paste becomes evidence. A file is held in memory whole, because
 * tables are looked for in it as well as facts, and because one may be a table.
 */
#include "explain.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <zlib.h>

/* More than any log that is pasted; a trace belongs to replay. */
#define BYTES_MAX (256u << 20)

/* Each of them is looked at for each refusal; machines have some tens. */
#define RANGES_MAX 4096u

void *explain_grow(void *list, size_t size)
{
	EXPLAIN_LIST(explain_note) *l = list;
	char *at;

	if (l->nr == l->capacity) {
		size_t capacity = l->capacity ? 2 * l->capacity : 8;
		void *grown = reallocarray(l->at, capacity, size);

		if (!grown)
			return NULL;
		l->at = grown;
		l->capacity = capacity;
	}
	at = (char *)l->at + l->nr++ * size;
	return memset(at, 0, size);
}

void explain_free(struct explain_evidence *e)
{
	free(e->requests.at);
	free(e->taken.at);
	free(e->allowed.at);
	free(e->regions.at);
	free(e->faults.at);
	free(e->errors.at);
	free(e->devices.at);
	free(e->notes.at);
}

/* -- facts ----------------------------------------------------------------- */

/* "group 12" or "/dev/vfio/12" */
static struct explain_group find_group(const char *line)
{
	static const char *const marks[] = { "group ", "/dev/vfio/" };
	struct explain_group group = { false, 0 };
	const char *p;
	size_t i;

	for (i = 0; i < 2; i++)
		for (p = line; !group.known && (p = strstr(p, marks[i])); ) {
			p += strlen(marks[i]);
			group.known = input_take_dec(&p, &group.number);
		}
	return group;
}

static void note_group(struct explain_evidence *e, struct explain_group group)
{
	if (!group.known)
		return;
	e->groups |= e->group.known && e->group.number != group.number;
	e->group = group;
}

static int take_request(struct explain_evidence *e, const struct fact *f,
			struct explain_where where)
{
	struct explain_request *r = explain_add(&e->requests);

	if (!r)
		return -ENOMEM;
	r->where = where;
	r->range = f->range;
	r->malformed = f->malformed;
	r->result = f->result;
	r->unmap = f->kind == FACT_UNMAP;
	r->prot = f->prot;
	r->layer = f->layer;
	r->target = f->target;
	return 0;
}

static int take_reserved(struct explain_evidence *e, const struct fact *f,
			 struct explain_where where)
{
	struct explain_taken *t;

	if (e->taken.nr >= RANGES_MAX)
		return 0;
	t = explain_add(&e->taken);
	if (!t)
		return -ENOMEM;
	t->where = where;
	t->range = f->range;
	t->kind = f->reserved;
	if (f->count)
		t->group = (struct explain_group){ true, f->count - 1 };
	/* The log names firmware's entries, and not for whom they are. */
	t->firmware = strcmp(f->form, "reserved_regions") != 0;
	if (t->firmware)
		snprintf(t->what, sizeof(t->what), "RMRR");
	else
		e->reserved_known = true;
	if (f->range.start == 0xfd00000000 && f->reserved == RESERVED_RESERVED)
		e->amd = true;
	return 0;
}

static int take_allowed(struct explain_evidence *e, const struct fact *f,
			struct explain_where where)
{
	struct explain_allowed *a = explain_add(&e->allowed);

	if (!a)
		return -ENOMEM;
	a->where = where;
	a->range = f->range;
	e->reserved_known = true;
	return 0;
}

/* Of a guest alone: what /proc says is the host's. */
static int take_region(struct explain_evidence *e, const struct fact *f,
		       struct explain_where where)
{
	struct explain_region *r;

	if (strcmp(f->form, "QEMU memory view"))
		return 0;
	if (e->regions.nr >= RANGES_MAX)
		return 0;
	r = explain_add(&e->regions);
	if (!r)
		return -ENOMEM;
	r->where = where;
	r->range = f->range;
	r->prot = f->prot;
	input_printable(r->name, sizeof(r->name), f->name);
	return 0;
}

/* "0000:01:00.0" wherever it stands in the line. */
static void find_device(const char *line, char *to, size_t size)
{
	static const char form[] = "xxxx:xx:xx.x";
	size_t i;

	for (; *line; line++) {
		for (i = 0; form[i]; i++)
			if (form[i] == 'x' ? !isxdigit((unsigned char)line[i]) :
					     line[i] != form[i])
				break;
		if (!form[i]) {
			snprintf(to, size, "%.*s", (int)i, line);
			return;
		}
	}
	*to = '\0';
}

static int take_error(struct explain_evidence *e, const struct fact *f,
		      struct explain_where where)
{
	struct explain_error *r = explain_add(&e->errors);

	if (!r)
		return -ENOMEM;
	r->where = where;
	r->result = f->result;
	r->layer = f->layer;
	r->cause = f->cause;
	find_device(f->text, r->device, sizeof(r->device));
	r->group = find_group(f->text);
	note_group(e, r->group);
	return 0;
}

/* The device of this name, new if need be; NULL without room for it. */
static struct explain_device *device(struct explain_evidence *e, const char *name)
{
	struct explain_device *d;
	size_t i;

	for (i = 0; i < e->devices.nr; i++)
		if (!strcmp(e->devices.at[i].name, name))
			return &e->devices.at[i];
	d = i < RANGES_MAX ? explain_add(&e->devices) : NULL;
	if (d)
		snprintf(d->name, sizeof(d->name), "%s", name);
	return d;
}

static int take_device(struct explain_evidence *e, const struct fact *f,
		       struct explain_where where)
{
	struct explain_device *d = device(e, f->name);

	if (!d)
		return e->devices.nr < RANGES_MAX ? -ENOMEM : 0;
	if (f->kind == FACT_DRIVER) {
		input_printable(d->driver, sizeof(d->driver), f->text);
	} else {
		d->group = (struct explain_group){ true, f->count };
	}
	if (f->kind == FACT_DRIVER || !d->driver[0])
		d->where = where;
	return 0;
}

static int take_fault(struct explain_evidence *e, const struct fact *f,
		      struct explain_where where)
{
	struct explain_fault *r = explain_add(&e->faults);

	if (!r)
		return -ENOMEM;
	r->where = where;
	r->addr = f->range.start;
	r->prot = f->prot;
	input_printable(r->device, sizeof(r->device), f->name);
	e->amd |= f->form[0] == 'A';
	return 0;
}

/* An IOMMU's own width is better than its machine's; the least counts. */
static int take_width(struct explain_evidence *e, const struct fact *f,
		      struct explain_where where)
{
	const bool guessed = f->layer == LAYER_IOMMU && !strcmp(f->text, "this machine");

	if (e->width && (guessed > e->width_guessed ||
			 (guessed == e->width_guessed && e->width <= f->count)))
		return 0;
	e->width = (unsigned int)f->count;
	e->width_guessed = guessed;
	e->width_where = where;
	return 0;
}

static int take_note(struct explain_evidence *e, const struct fact *f,
		     struct explain_where where)
{
	struct explain_note *n = explain_add(&e->notes);

	if (!n)
		return -ENOMEM;
	n->where = where;
	input_printable(n->text, sizeof(n->text), f->text);
	return 0;
}

static int take(struct explain_evidence *e, const struct fact *f, const char *file)
{
	const struct explain_where where = { file, f->line };

	switch (f->kind) {
	case FACT_MAP:
	case FACT_UNMAP:
		return take_request(e, f, where);
	case FACT_RESERVED:
		return take_reserved(e, f, where);
	case FACT_ALLOWED:
		return take_allowed(e, f, where);
	case FACT_REGION:
		return take_region(e, f, where);
	case FACT_ERROR:
		return take_error(e, f, where);
	case FACT_MEMBER:
	case FACT_DRIVER:
		return take_device(e, f, where);
	case FACT_FAULT:
		return take_fault(e, f, where);
	case FACT_WIDTH:
		return take_width(e, f, where);
	case FACT_HINT:
	case FACT_DAMAGED:
		return take_note(e, f, where);
	default:
		return 0;
	}
}

static int read_facts(struct explain_evidence *e, const char *file,
		      struct input *in)
{
	struct facts *f = facts_new(in);
	struct fact fact;
	int got = 1, ret = f ? 0 : -ENOMEM;

	while (!ret && (got = facts_next(f, &fact)) > 0) {
		if (fact.kind == FACT_MAP && fact.result)
			note_group(e, find_group(in->text));
		ret = take(e, &fact, file);
	}
	if (!ret && got < 0) {
		fact = (struct fact){ .line = in->line, .text = in->error };
		ret = take_note(e, &fact, (struct explain_where){ file, in->line });
	}
	if (f)
		e->passed += facts_passed(f).lines;
	facts_free(f);
	return ret;
}

/* -- files ----------------------------------------------------------------- */

static int read_text(struct explain_evidence *e, const char *file,
		     const void *text, size_t size)
{
	struct input *in = input_memory(text, size);
	int ret = in ? read_facts(e, file, in) : -ENOMEM;

	if (in)
		input_close(in);
	in = ret ? NULL : input_memory(text, size);
	if (!in)
		return ret ? ret : -ENOMEM;
	ret = explain_dump(e, file, in);
	input_close(in);
	return ret;
}

/* Plain or packed. */
static int slurp(gzFile f, uint8_t **bytes, size_t *size)
{
	size_t capacity = 0;
	int n;

	*bytes = NULL;
	*size = 0;
	do {
		if (*size == capacity) {
			uint8_t *grown;

			capacity = capacity ? 2 * capacity : 65536;
			grown = capacity > BYTES_MAX ? NULL : realloc(*bytes, capacity);
			if (!grown)
				return capacity > BYTES_MAX ? -EFBIG : -ENOMEM;
			*bytes = grown;
		}
		n = gzread(f, *bytes + *size, (unsigned int)(capacity - *size));
		*size += n > 0 ? (size_t)n : 0;
	} while (n > 0);
	return n < 0 ? errno ? -errno : -EBADMSG : 0;
}

int explain_read(struct explain_evidence *e, const char *file)
{
	const bool in = !strcmp(file, "-");
	const int fd = in ? dup(STDIN_FILENO) : open(file, O_RDONLY | O_CLOEXEC);
	gzFile f;
	uint8_t *bytes = NULL;
	size_t size = 0;
	int ret;

	if (fd < 0)
		return -errno;
	f = gzdopen(fd, "rb");
	if (!f) {
		close(fd);
		return -ENOMEM;
	}
	errno = 0;
	ret = slurp(f, &bytes, &size);
	gzclose_r(f);
	if (in)
		file = "standard input";
	if (!ret && explain_is_table(bytes, size))
		ret = explain_table(e, (struct explain_where){ file, 0 }, bytes,
				    size);
	else if (!ret)
		ret = read_text(e, file, bytes, size);
	free(bytes);
	return ret;
}
