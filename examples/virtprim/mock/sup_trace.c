// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * --trace: each call as a line of the vector language with its answer. What an
 * engine decides can be run again; all else stands in comments.
 *
 * What the outside did (memory that could not be pinned, faults on demand) is no
 * rule of an engine's: such calls become comments too.
 */
#include "sup.h"
#include "../tool.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>

enum traced { UNKNOWN, TYPE1, IOAS };

int sup_trace_open(struct sup *s)
{
	if (!s->options.trace)
		return 0;
	s->trace = fopen(s->options.trace, "we");
	if (!s->trace) {
		tool_warn("mock: %s: %s", s->options.trace, strerror(errno));
		return -1;
	}
	fprintf(s->trace, "# SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only\n"
		"# virtprim mock, IOMMU %s: %s\n", s->options.iommu->name,
		s->options.argv[0]);
	return 0;
}

int sup_trace_close(struct sup *s)
{
	bool lost;

	if (!s->trace)
		return 0;
	lost = ferror(s->trace);
	lost = fclose(s->trace) || lost;
	if (lost)
		tool_warn("mock: %s: not all of the trace could be written",
			  s->options.trace);
	return lost ? -1 : 0;
}

static enum traced known(struct sup *s, uint32_t object)
{
	return (enum traced)GPOINTER_TO_INT(g_hash_table_lookup(s->traced,
						GUINT_TO_POINTER(object)));
}

static void learn(struct sup *s, uint32_t object, enum traced what)
{
	g_hash_table_insert(s->traced, GUINT_TO_POINTER(object),
			    GINT_TO_POINTER((gint)what));
}

static void answer(struct sup *s, const struct vprim_mock_note *n)
{
	if (n->result >= 0)
		fputs("ok", s->trace);
	else
		fprintf(s->trace, "-%s", sup_errno_name((int)-n->result));
	if (n->result < 0 && n->why && n->why->rule)
		fprintf(s->trace, " why=%s", vprim_reason_word(n->why));
}

static void comment(struct sup *s, const struct vprim_mock_note *n)
{
	fprintf(s->trace, "# %s -> ", n->call);
	answer(s, n);
	fputc('\n', s->trace);
}

static void new_type1(struct sup *s, uint32_t object, uint64_t kind)
{
	const struct vprim_mock_iommu *iommu = s->options.iommu;
	const struct vprim_iova_windows_iommu space = { iommu->aperture, iommu->reserved,
							iommu->nr_reserved, 0 };
	struct vprim_range list[16];
	struct vprim_range_buf windows = { .range = list,
					   .capacity = VPRIM_ARRAY_LEN(list) };
	size_t i;

	fprintf(s->trace, "new type1 c%" PRIu32 " v=%d", object, kind == 1 ? 1 : 2);
	if (s->options.limited)
		fprintf(s->trace, " limit=%" PRIu64, s->options.entry_limit);
	if (iommu->emulated) {
		fputs(" mdev=1", s->trace);
	} else if (!vprim_iova_windows_build(&space, &windows, NULL)) {
		fprintf(s->trace, " pgsizes=0x%" PRIx64 " windows=",
			iommu->pgsize_bitmap);
		for (i = 0; i < windows.count; i++)
			fprintf(s->trace, "%s0x%" PRIx64 "..0x%" PRIx64, i ? "," : "",
				list[i].start, list[i].last);
	}
	fputc('\n', s->trace);
	learn(s, object, TYPE1);
}

/* What a device brings along, as the engine's reservations. */
static void attach_ioas(struct sup *s, uint32_t object)
{
	const struct vprim_mock_iommu *iommu = s->options.iommu;
	size_t i;

	if (known(s, object) != IOAS)
		return;
	fprintf(s->trace, "# a device is attached to a%" PRIu32 "\n", object);
	for (i = 0; i < iommu->nr_reserved; i++)
		fprintf(s->trace, "a%" PRIu32 ".reserve 0x%" PRIx64 "..0x%" PRIx64
			" owner=1 -> ok\n", object, iommu->reserved[i].range.start,
			iommu->reserved[i].range.last);
	if (iommu->aperture.last != UINT64_MAX)
		fprintf(s->trace, "a%" PRIu32 ".reserve 0x%" PRIx64
			"..0xffffffffffffffff owner=1 -> ok\n", object,
			iommu->aperture.last + 1);
}

/* The outside refused, not a rule. */
static bool is_outside(const struct vprim_mock_note *n)
{
	return n->result < 0 && (!n->why || !n->why->rule || !n->why->rule->error);
}

static void type1_map(struct sup *s, const struct vprim_mock_note *n)
{
	fprintf(s->trace, "c%" PRIu32 ".map 0x%" PRIx64 " 0x%" PRIx64 " 0x%" PRIx64
		" flags=0x%" PRIx64 " argsz=%" PRIu64 " -> ", n->object, n->iova,
		n->value[0], n->size_bytes, n->value[1], n->value[2]);
	answer(s, n);
}

static void bitmap(struct sup *s, const struct vprim_mock_note *n)
{
	fprintf(s->trace, " pgsize=0x%" PRIx64 " bytes=0x%" PRIx64, n->value[3],
		n->value[4]);
}

static void type1_unmap(struct sup *s, const struct vprim_mock_note *n)
{
	fprintf(s->trace, "c%" PRIu32 ".unmap 0x%" PRIx64 " 0x%" PRIx64
		" flags=0x%" PRIx64 " argsz=%" PRIu64, n->object, n->iova,
		n->size_bytes, n->value[0], n->value[2]);
	if (n->value[0] & VPRIM_TYPE1_UNMAP_GET_DIRTY)
		bitmap(s, n);
	fputs(" -> ", s->trace);
	answer(s, n);
	if (n->result >= 0)
		fprintf(s->trace, " size=%" PRIu64, n->value[1]);
}

static void type1_dirty(struct sup *s, const struct vprim_mock_note *n)
{
	fprintf(s->trace, "c%" PRIu32 ".dirty 0x%" PRIx64 " iova=0x%" PRIx64 " size=0x%" PRIx64
		" argsz=%" PRIu64, n->object, n->value[0], n->iova, n->size_bytes,
		n->value[2]);
	if (n->value[0] & VPRIM_TYPE1_DIRTY_GET)
		bitmap(s, n);
	fputs(" -> ", s->trace);
	answer(s, n);
}

static void type1_call(struct sup *s, const struct vprim_mock_note *n)
{
	/* A bitmap that cannot be had is the outside's, not a rule's. */
	if (n->why && vprim_reason_id(n->why) == VPRIM_TYPE1_RULE_BITMAP_ACCESS)
		fputs("# ", s->trace);
	if (!strcmp(n->call, "VFIO_IOMMU_MAP_DMA"))
		type1_map(s, n);
	else if (!strcmp(n->call, "VFIO_IOMMU_UNMAP_DMA"))
		type1_unmap(s, n);
	else if (!strcmp(n->call, "VFIO_IOMMU_DIRTY_PAGES"))
		type1_dirty(s, n);
	else {
		comment(s, n);
		return;
	}
	fputc('\n', s->trace);
}

static void ioas_call(struct sup *s, const struct vprim_mock_note *n)
{
	static const char *const prots[] = { "none", "w", "r", "rw" };
	const char *prot = prots[n->value[1] >> 1 & 3];

	if (!strcmp(n->call, "IOMMU_IOAS_MAP") && !(n->value[1] & ~UINT64_C(7))) {
		if (n->value[1] & VPRIM_IOAS_FIXED_IOVA)
			fprintf(s->trace, "a%" PRIu32 ".map 0x%" PRIx64, n->object,
				n->iova);
		else
			fprintf(s->trace, "a%" PRIu32 ".alloc", n->object);
		fprintf(s->trace, " 0x%" PRIx64 " uptr=0x%" PRIx64 " prot=%s -> ",
			n->size_bytes, n->value[0], prot);
		answer(s, n);
		if (n->result >= 0 && !(n->value[1] & VPRIM_IOAS_FIXED_IOVA))
			fprintf(s->trace, " iova=0x%" PRIx64, n->iova);
	} else if (!strcmp(n->call, "IOMMU_IOAS_UNMAP")) {
		fprintf(s->trace, "a%" PRIu32 ".unmap 0x%" PRIx64 " 0x%" PRIx64 " -> ",
			n->object, n->iova, n->size_bytes);
		answer(s, n);
		if (n->result >= 0)
			fprintf(s->trace, " size=%" PRIu64, n->value[1]);
	} else {
		comment(s, n);
		return;
	}
	fputc('\n', s->trace);
}

void sup_trace_note(struct sup *s, const struct vprim_mock_note *note)
{
	if (!s->trace)
		return;
	if (note->news == VPRIM_MOCK_ATTACHED && note->kind == VPRIM_MOCK_IOMMUFD)
		attach_ioas(s, note->object);
	if (note->news != VPRIM_MOCK_CALL)
		return;
	if (note->result >= 0 && !strcmp(note->call, "VFIO_SET_IOMMU") && note->object)
		new_type1(s, note->object, note->value[0]);
	if (note->result >= 0 && !strcmp(note->call, "IOMMU_IOAS_ALLOC")) {
		fprintf(s->trace, "new ioas a%" PRIu32 "\n", note->object);
		learn(s, note->object, IOAS);
	}
	if (is_outside(note))
		comment(s, note);
	else if (known(s, note->object) == TYPE1)
		type1_call(s, note);
	else if (known(s, note->object) == IOAS)
		ioas_call(s, note);
	else
		comment(s, note);
}
