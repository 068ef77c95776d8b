// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * Pins of mediated drivers: a map of single pages to how often they are pinned.
 *
 * All pages are checked before the first is pinned, so that only memory can fail
 * half-way, and then the pages before are unpinned again.
 */
#include "type1_internal.h"

static int check_pages(const struct vprim_type1 *c, uint64_t iova,
		       int64_t pages, struct vprim_range *range,
		       struct vprim_reason *why)
{
	uint64_t size;

	if (pages <= 0)
		return refuse(why, PIN_COUNT);
	if (vprim_mul_overflow((uint64_t)pages, c->config_.page_bytes, &size) ||
	    !native_range(c, iova, size, range))
		return refuse(why, PIN_WRAP, VALUE(iova));
	if (pages > VPRIM_TYPE1_PIN_PAGES)
		return refuse(why, PIN_MANY, VALUE((uint64_t)pages));
	if (iova & (c->config_.page_bytes - 1))
		return refuse(why, ALIGN, VALUE(iova));
	return 0;
}

static int check_container(const struct vprim_type1 *c,
			   const struct vprim_type1_group *group, uint32_t prot,
			   struct vprim_reason *why)
{
	if (!c->v2_)
		return refuse(why, V1);
	if (c->vaddr_invalid_)
		return refuse(why, VADDR_HELD, VALUE(c->vaddr_invalid_));
	if (!c->ops_.dma_unmap || (group && group->owner_ != c))
		return refuse(why, PIN_NOTIFY);
	if (prot & ~PROT_MASK)
		return refuse(why, FLAG, VALUE(prot & ~PROT_MASK));
	return 0;
}

/* Every page lies in a mapping that allows @prot: the lowest bad one answers. */
static int check_mapped(const struct vprim_type1 *c,
			const struct vprim_range *range, uint32_t prot,
			struct vprim_reason *why)
{
	uint64_t at = range->start;
	struct vprim_iova_mapping m;

	for (;;) {
		if (vprim_type1_stab_(c, at, &m))
			return refuse(why, PIN_HOLE, VALUE(at));
		if (prot & ~m.value)
			return refuse(why, PIN_READ_ONLY, VALUE(at),
				      HIT(m.range));
		if (m.range.last >= range->last)
			return 0;
		at = m.range.last + 1;
	}
}

static struct vprim_range page_at(const struct vprim_type1 *c, uint64_t iova)
{
	struct vprim_range page = { iova, iova + (c->config_.page_bytes - 1) };

	return page;
}

static int pin_page(struct vprim_type1 *c, const struct vprim_range *page)
{
	struct vprim_iova_mapping pin;
	int ret;

	if (!vprim_iova_map_stab(&c->pins_, page->start, &pin))
		return vprim_iova_map_set_value(&c->pins_, page, pin.value + 1);
	ret = vprim_iova_map_insert(&c->pins_, page, 1, NULL);
	if (!ret)
		vprim_type1_bits_mark_(c, page);
	return ret;
}

/* Of a page that is pinned. */
static void unpin_page(struct vprim_type1 *c, const struct vprim_range *page)
{
	struct vprim_iova_mapping pin;

	certain(vprim_iova_map_stab(&c->pins_, page->start, &pin));
	if (pin.value > 1)
		certain(vprim_iova_map_set_value(&c->pins_, page,
						 pin.value - 1));
	else
		certain(vprim_iova_map_remove(&c->pins_, page, NULL));
}

/* Undo the pins below @end. */
static void unwind(struct vprim_type1 *c, uint64_t start, uint64_t end)
{
	struct vprim_range page;

	for (; start != end; start += c->config_.page_bytes) {
		page = page_at(c, start);
		unpin_page(c, &page);
	}
}

int vprim_type1_pin(struct vprim_type1 *c, struct vprim_type1_group *group,
		    uint64_t iova, int64_t pages, uint32_t prot,
		    struct vprim_reason *why)
{
	struct vprim_range range, page;
	int ret;

	vprim_reason_clear(why);
	ret = check_pages(c, iova, pages, &range, why);
	if (!ret)
		ret = check_container(c, group, prot, why);
	if (!ret)
		ret = check_mapped(c, &range, prot, why);
	if (ret)
		return ret;
	for (page = page_at(c, iova);; page = page_at(c, page.last + 1)) {
		ret = pin_page(c, &page);
		if (ret) {
			unwind(c, iova, page.start);
			return refuse(why, MEMORY);
		}
		if (page.last == range.last)
			break;
	}
	if (group && !group->pinned_only_) {
		group->pinned_only_ = true;
		c->nr_writers_--;
	}
	return 0;
}

int vprim_type1_unpin(struct vprim_type1 *c, uint64_t iova, int64_t pages,
		      struct vprim_reason *why)
{
	struct vprim_range range, page;
	struct vprim_iova_mapping pin;
	int ret;

	vprim_reason_clear(why);
	ret = check_pages(c, iova, pages, &range, why);
	if (ret)
		return ret;
	for (page = page_at(c, iova);; page = page_at(c, page.last + 1)) {
		if (vprim_iova_map_stab(&c->pins_, page.start, &pin))
			return refuse(why, NOT_PINNED, VALUE(page.start));
		if (page.last == range.last)
			break;
	}
	for (page = page_at(c, iova);; page = page_at(c, page.last + 1)) {
		unpin_page(c, &page);
		if (page.last == range.last)
			return 0;
	}
}
