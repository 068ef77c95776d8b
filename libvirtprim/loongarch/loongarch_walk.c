// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * Walking tables that may hold anything: one entry a level is read, so that the
 * walk ends after as many reads as there are levels.
 */
#include "loongarch_internal.h"

static enum vprim_loongarch_fault invalid(enum vprim_loongarch_access access)
{
	if (access == VPRIM_LOONGARCH_LOAD)
		return VPRIM_LOONGARCH_PIL;
	return access == VPRIM_LOONGARCH_STORE ? VPRIM_LOONGARCH_PIS :
						 VPRIM_LOONGARCH_PIF;
}

static bool privileged(uint64_t entry, unsigned int plv)
{
	unsigned int page_plv = (unsigned int)(entry >> 2) & 3;

	return entry & VPRIM_LOONGARCH_RPLV ? plv == page_plv : plv <= page_plv;
}

/* The manual's order: valid, readable or executable, privilege, dirty. */
static enum vprim_loongarch_fault judge(uint64_t entry,
					enum vprim_loongarch_access access,
					unsigned int plv)
{
	if (!(entry & VPRIM_LOONGARCH_VALID))
		return invalid(access);
	if (access == VPRIM_LOONGARCH_LOAD && (entry & VPRIM_LOONGARCH_NO_READ))
		return VPRIM_LOONGARCH_PNR;
	if (access == VPRIM_LOONGARCH_FETCH && (entry & VPRIM_LOONGARCH_NO_EXEC))
		return VPRIM_LOONGARCH_PNX;
	if (!privileged(entry, plv))
		return VPRIM_LOONGARCH_PPI;
	if (access == VPRIM_LOONGARCH_STORE && !(entry & VPRIM_LOONGARCH_DIRTY))
		return VPRIM_LOONGARCH_PME;
	return VPRIM_LOONGARCH_NO_FAULT;
}

int vprim_loongarch_walk(const struct vprim_loongarch_geometry *g, uint64_t root,
			 vprim_loongarch_read_fn read, void *ctx, uint64_t va,
			 enum vprim_loongarch_access access, unsigned int plv,
			 struct vprim_loongarch_translation *walk)
{
	struct vprim_loongarch_translation w = { VPRIM_LOONGARCH_NO_FAULT, 0, 0, 0 };
	uint64_t table = root;

	if (!vprim_loongarch_geometry_ok_(g) || plv > 3 ||
	    (unsigned int)access > VPRIM_LOONGARCH_FETCH)
		return -EINVAL;
	w.level = g->levels;
	if (!vprim_loongarch_is_low(g, va))
		w.fault = VPRIM_LOONGARCH_ADE;
	while (!w.fault) {
		w.level--;
		/* A table is a page, so its base has no index bits. */
		if (!read(ctx, table | vprim_loongarch_index(g, va, w.level) * 8,
			  &w.entry)) {
			w.fault = VPRIM_LOONGARCH_BUS;
		} else if (vprim_loongarch_is_leaf_(g, w.level, w.entry)) {
			w.fault = judge(w.entry, access, plv);
			break;
		}
		table = vprim_loongarch_entry_pa(g, 0, w.entry);
	}
	if (!w.fault)
		w.pa = vprim_loongarch_entry_pa(g, w.level, w.entry) |
		       (va & (vprim_loongarch_span_(g, w.level) - 1));
	*walk = w;
	return 0;
}
