/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/* What the files of translations share: a region's node, and how they refuse. */
#ifndef IOVA_XLATE_INTERNAL_H
#define IOVA_XLATE_INTERNAL_H
#include <virtprim/iova_xlate.h>
#include <virtprim/refuse.h>

#define RIGHTS (VPRIM_IOVA_XLATE_READ | VPRIM_IOVA_XLATE_WRITE)

/* In the tree by its process addresses; the map's value is its address. */
struct entry {
	struct vprim_interval_tree_node node;	/* the first member */
	struct vprim_iova_xlate_region region;
};

static inline const struct entry *entry_of(uint64_t value)
{
	return (const struct entry *)(uintptr_t)value;
}

static inline const struct entry *
entry_at(const struct vprim_interval_tree_node *node)
{
	return (const struct entry *)node;
}

/* What an I/O address of a region leads to. */
static inline uint64_t vaddr_of(const struct vprim_iova_xlate_region *region,
				uint64_t iova)
{
	return region->vaddr + (iova - region->iova.start);
}

/* iova_xlate_rules.c; by their ids. */
extern const struct vprim_rule vprim_iova_xlate_rule_[];
#define refuse_by(why, id, ...) \
	VPRIM_REFUSE(why, vprim_iova_xlate_rule_, \
		     (id) - VPRIM_IOVA_XLATE_RULE_SIZE, __VA_ARGS__)
#define refuse(why, id, ...) \
	refuse_by(why, VPRIM_IOVA_XLATE_RULE_##id, __VA_ARGS__)

#endif
