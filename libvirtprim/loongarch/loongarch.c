// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * LoongArch geometry, entries and exits.
 *
 * A geometry object only ever holds a combination that exists; every function
 * that takes one from outside checks it again with geometry_ok().
 */
#include "loongarch_internal.h"

int vprim_loongarch_geometry_init(uint64_t page_bytes, unsigned int levels,
				  struct vprim_loongarch_geometry *geometry,
				  struct vprim_reason *why)
{
	struct vprim_loongarch_geometry g;
	unsigned int shift = vprim_ctz64(page_bytes);

	vprim_reason_clear(why);
	if (!vprim_is_pow2(page_bytes) ||
	    (shift != 12 && shift != 14 && shift != 16))
		return refuse(why, PAGE, VALUE(page_bytes));
	if (levels != 3 && levels != 4)
		return refuse(why, LEVELS, VALUE(levels));
	/* The base of the PUD field, page_shift + 2 * width, has 5 bits. */
	if (levels == 4 && shift + 2 * (shift - 3) > 31)
		return refuse(why, SHAPE, VALUE(levels));
	g.page_shift = (uint8_t)shift;
	g.levels = (uint8_t)levels;
	g.width = (uint8_t)(shift - 3);
	g.va_bits = (uint8_t)(shift + levels * (shift - 3));
	*geometry = g;
	return 0;
}

bool vprim_loongarch_geometry_ok_(const struct vprim_loongarch_geometry *g)
{
	struct vprim_loongarch_geometry same;

	return g->page_shift < 64 &&
	       !vprim_loongarch_geometry_init((uint64_t)1 << g->page_shift, g->levels,
					      &same, NULL) &&
	       g->width == same.width && g->va_bits == same.va_bits;
}

static uint32_t base_of(const struct vprim_loongarch_geometry *g, uint32_t level)
{
	return g->page_shift + level * g->width;
}

struct vprim_loongarch_pwctl
vprim_loongarch_pwctl_of(const struct vprim_loongarch_geometry *g)
{
	struct vprim_loongarch_pwctl p;
	uint32_t width = g->width;

	p.pwctl0 = base_of(g, 0) | width << 5 | base_of(g, 1) << 10 | width << 15;
	if (g->levels == 4)
		p.pwctl0 |= base_of(g, 2) << 20 | width << 25;
	p.pwctl1 = base_of(g, g->levels - 1u) | width << 6;
	return p;
}

uint64_t vprim_loongarch_index(const struct vprim_loongarch_geometry *g,
			       uint64_t va, unsigned int level)
{
	if (level >= g->levels)
		return 0;
	return va >> base_of(g, level) & (((uint64_t)1 << g->width) - 1);
}

bool vprim_loongarch_is_low(const struct vprim_loongarch_geometry *g,
			    uint64_t va)
{
	return !(va >> (g->va_bits - 1));
}

uint64_t vprim_loongarch_span_(const struct vprim_loongarch_geometry *g,
			       unsigned int level)
{
	return (uint64_t)1 << base_of(g, level);
}

bool vprim_loongarch_is_leaf_(const struct vprim_loongarch_geometry *g,
			      unsigned int level, uint64_t entry)
{
	if (!level)
		return true;
	return level < g->levels - 1u && (entry & VPRIM_LOONGARCH_HUGE);
}

int vprim_loongarch_leaf(const struct vprim_loongarch_geometry *g,
			 unsigned int level, uint64_t pa, uint64_t flags,
			 uint64_t *entry, struct vprim_reason *why)
{
	uint64_t e;

	vprim_reason_clear(why);
	if (!vprim_loongarch_geometry_ok_(g))
		return refuse(why, GEOMETRY);
	if (level >= g->levels - 1u)
		return refuse(why, LEVEL, VALUE(level));
	if (flags & ~VPRIM_LOONGARCH_FLAG_MASK)
		return refuse(why, FLAGS,
			      VALUE(flags & ~VPRIM_LOONGARCH_FLAG_MASK));
	if (pa & (vprim_loongarch_span_(g, level) - 1))
		return refuse(why, ALIGN, VALUE(pa));
	if (pa & ~VPRIM_LOONGARCH_FRAME_MASK)
		return refuse(why, FRAME, VALUE(pa));
	e = pa | flags;
	if (level) {
		if (flags & VPRIM_LOONGARCH_GLOBAL)
			e |= VPRIM_LOONGARCH_HUGE_GLOBAL;
		e |= VPRIM_LOONGARCH_HUGE;
	}
	*entry = e;
	return 0;
}

uint64_t vprim_loongarch_entry_pa(const struct vprim_loongarch_geometry *g,
				  unsigned int level, uint64_t entry)
{
	if (level >= g->levels)
		level = 0;
	return entry & VPRIM_LOONGARCH_FRAME_MASK &
	       ~(vprim_loongarch_span_(g, level) - 1);
}

int vprim_loongarch_ucall(const struct vprim_loongarch_exit *exit, uint64_t page,
			  uint64_t *gva)
{
	if (!exit->is_mmio || exit->phys_addr != page)
		return -ENOENT;
	if (!exit->is_write || exit->len != sizeof(exit->data))
		return -EBADMSG;
	*gva = vprim_load_le64(exit->data);
	return 0;
}
