// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * What may be mapped where: allowed and reserved ranges, domains, alignment.
 *
 * Allowed ranges are kept as one sorted list in which ranges that touch are one,
 * as placement sees them. Reserved ranges overlap freely, each with its owner.
 */
#include "ioas_internal.h"

/* The alignment that everything attached asks for. */
uint64_t vprim_ioas_alignment_(const struct vprim_ioas *ioas)
{
	uint64_t alignment = ioas->config_.iova_alignment;
	const struct vprim_ioas_domain *d;
	const struct vprim_ioas_access *a;

	if (ioas->no_large_pages_ && alignment < ioas->config_.page_bytes)
		alignment = ioas->config_.page_bytes;
	for (d = ioas->domains_; d; d = d->next_)
		if (alignment < lowest_bit(d->pgsize_bitmap))
			alignment = lowest_bit(d->pgsize_bitmap);
	for (a = ioas->accesses_; a; a = a->next_)
		if (alignment < a->iova_alignment)
			alignment = a->iova_alignment;
	return alignment;
}

/* Whether every area suits an alignment; it is not looked at for a lower one. */
int vprim_ioas_check_areas_(const struct vprim_ioas *ioas, uint64_t alignment,
			    struct vprim_reason *why)
{
	struct vprim_range all = everything(ioas);
	struct vprim_iova_map_cursor cursor;
	struct vprim_iova_mapping m;
	uint64_t offset;
	int ret;

	if (alignment <= ioas->alignment_)
		return 0;
	ret = vprim_iova_map_cursor_init(&cursor, &ioas->areas_, &all);
	while (!ret && !vprim_iova_map_cursor_next(&cursor, &m)) {
		offset = area_of(&m)->start_byte &
			 (ioas->config_.page_bytes - 1);
		if ((m.range.start | (m.range.last + 1) | offset) &
		    (alignment - 1))
			ret = refuse_value_hit(why,
					       VPRIM_REASON_IOAS_AREA_ALIGN,
					       alignment, &m.range);
	}
	return ret;
}

static int check_allowed(const struct vprim_ioas *ioas,
			 const struct vprim_range *list, size_t count,
			 struct vprim_reason *why)
{
	const struct vprim_interval_tree_node *node;
	size_t i;

	for (i = 1; i < count; i++)
		if (list[i].start <= list[i - 1].last)
			return vprim_reason_set(why,
					VPRIM_REASON_IOAS_ALLOW_OVERLAP,
					&list[i], &list[i - 1]);
	for (i = 0; i < count; i++) {
		node = vprim_interval_tree_first(&ioas->reserved_, &list[i]);
		if (node)
			return vprim_reason_set(why,
					VPRIM_REASON_IOAS_ALLOW_RESERVED,
					&list[i], &node->range);
	}
	return 0;
}

/* Join ranges that touch; returns how many are left. */
static size_t join(struct vprim_range *list, size_t count)
{
	size_t i, n = 0;

	for (i = 0; i < count; i++) {
		if (n && vprim_range_touches(&list[n - 1], &list[i]))
			list[n - 1].last = list[i].last;
		else
			list[n++] = list[i];
	}
	return n;
}

static void put_allowed(struct vprim_ioas *ioas, struct vprim_range *list,
			size_t room, size_t count)
{
	if (ioas->allowed_)
		ioas->alloc_.free(ioas->config_.alloc_ctx, ioas->allowed_,
				  ioas->room_allowed_ * sizeof(*list));
	ioas->allowed_ = list;
	ioas->room_allowed_ = room;
	ioas->nr_allowed_ = count;
}

static int copy_allowed(struct vprim_ioas *ioas, const struct vprim_range *list,
			size_t count, struct vprim_reason *why)
{
	struct vprim_range *copy = ioas->alloc_.alloc(
		ioas->config_.alloc_ctx, count * sizeof(*copy));
	int ret;

	if (!copy)
		return refuse(why, VPRIM_REASON_IOAS_MEMORY);
	memcpy(copy, list, count * sizeof(*copy));
	vprim_iova_windows_sort(copy, count);
	ret = check_allowed(ioas, copy, count, why);
	if (ret)
		ioas->alloc_.free(ioas->config_.alloc_ctx, copy,
				  count * sizeof(*copy));
	else
		put_allowed(ioas, copy, count, join(copy, count));
	return ret;
}

int vprim_ioas_allow(struct vprim_ioas *ioas, const struct vprim_range *list,
		     size_t count, struct vprim_reason *why)
{
	size_t i;

	if (!is_ready(ioas) || (count && !list))
		return refuse(why, VPRIM_REASON_ARGUMENT);
	for (i = 0; i < count; i++)
		if (list[i].start >= list[i].last)
			return vprim_reason_set(why,
					VPRIM_REASON_IOAS_ALLOW_START,
					&list[i], NULL);
	if (count)
		return copy_allowed(ioas, list, count, why);
	put_allowed(ioas, NULL, 0, 0);
	return 0;
}

const struct vprim_range *vprim_ioas_allowed(const struct vprim_ioas *ioas,
					     size_t *count)
{
	if (count)
		*count = ioas ? ioas->nr_allowed_ : 0;
	return ioas ? ioas->allowed_ : NULL;
}

static int check_reservable(const struct vprim_ioas *ioas,
			    const struct vprim_range *range,
			    struct vprim_reason *why)
{
	struct vprim_iova_mapping m;
	size_t i;

	if (!vprim_iova_map_first(&ioas->areas_, range, &m))
		return vprim_reason_set(why, VPRIM_REASON_IOAS_RESERVE_AREA,
					range, &m.range);
	for (i = 0; i < ioas->nr_allowed_; i++)
		if (vprim_range_overlaps(&ioas->allowed_[i], range))
			return vprim_reason_set(why,
					VPRIM_REASON_IOAS_RESERVE_ALLOWED,
					range, &ioas->allowed_[i]);
	return 0;
}

static int reserve(struct vprim_ioas *ioas, const struct vprim_range *range,
		   const struct vprim_ioas_domain *domain, uint64_t owner,
		   struct vprim_reason *why)
{
	struct reserved *r;
	int ret = check_reservable(ioas, range, why);

	if (ret)
		return ret;
	r = ioas->alloc_.alloc(ioas->config_.alloc_ctx, sizeof(*r));
	if (!r)
		return refuse(why, VPRIM_REASON_IOAS_MEMORY);
	memset(r, 0, sizeof(*r));
	r->node.range = *range;
	r->domain = domain;
	r->owner = owner;
	return vprim_interval_tree_insert(&ioas->reserved_, &r->node);
}

int vprim_ioas_reserve(struct vprim_ioas *ioas, const struct vprim_range *range,
		       uint64_t owner, struct vprim_reason *why)
{
	if (!is_ready(ioas) || !range)
		return refuse(why, VPRIM_REASON_ARGUMENT);
	if (!vprim_range_is_valid(range))
		return vprim_reason_set(why, VPRIM_REASON_INVERTED, range,
					NULL);
	return reserve(ioas, range, NULL, owner, why);
}

static size_t release(struct vprim_ioas *ioas,
		      const struct vprim_ioas_domain *domain, uint64_t owner)
{
	struct vprim_range all = { 0, UINT64_MAX };
	struct vprim_interval_tree_iter iter;
	struct vprim_interval_tree_node *node;
	struct reserved *r;
	size_t n = 0;

	vprim_interval_tree_iter_init(&iter, &ioas->reserved_, &all);
	while ((node = vprim_interval_tree_iter_next(&iter))) {
		r = (struct reserved *)node;
		if (r->domain != domain || (!domain && r->owner != owner))
			continue;
		vprim_interval_tree_remove(&ioas->reserved_, node);
		ioas->alloc_.free(ioas->config_.alloc_ctx, r, sizeof(*r));
		n++;
	}
	return n;
}

size_t vprim_ioas_release(struct vprim_ioas *ioas, uint64_t owner)
{
	return ioas ? release(ioas, NULL, owner) : 0;
}

static int check_domain(const struct vprim_ioas_domain *domain,
			struct vprim_reason *why)
{
	size_t i;

	if (domain->nr_reserved && !domain->reserved)
		return refuse(why, VPRIM_REASON_ARGUMENT);
	if (!vprim_range_is_valid(&domain->aperture))
		return vprim_reason_set(why, VPRIM_REASON_INVERTED,
					&domain->aperture, NULL);
	for (i = 0; i < domain->nr_reserved; i++)
		if (!vprim_range_is_valid(&domain->reserved[i].range))
			return vprim_reason_set(why, VPRIM_REASON_INVERTED,
						&domain->reserved[i].range,
						NULL);
	return 0;
}

static int reserve_device(struct vprim_ioas *ioas,
			  const struct vprim_ioas_domain *domain,
			  struct vprim_reason *why)
{
	size_t i;
	int ret = 0;

	for (i = 0; !ret && i < domain->nr_reserved; i++)
		if (domain->reserved[i].type !=
		    VPRIM_IOVA_WINDOWS_DIRECT_RELAXABLE)
			ret = reserve(ioas, &domain->reserved[i].range, domain,
				      0, why);
	return ret;
}

/* The kernel compares what the alignment would become with the CPU page. */
static int check_pgsize(const struct vprim_ioas *ioas,
			const struct vprim_ioas_domain *domain,
			struct vprim_reason *why)
{
	uint64_t page = lowest_bit(domain->pgsize_bitmap);

	if (page && page < ioas->alignment_)
		page = ioas->alignment_;
	if (!page || page > ioas->config_.page_bytes)
		return vprim_reason_set_value(why, VPRIM_REASON_IOAS_PGSIZE,
					      page);
	return vprim_ioas_check_areas_(ioas, page, why);
}

static int reserve_outside(struct vprim_ioas *ioas,
			   const struct vprim_ioas_domain *domain,
			   struct vprim_reason *why)
{
	struct vprim_range all = everything(ioas), below, above;
	int ret = 0;

	below.start = 0;
	below.last = domain->aperture.start - 1;
	above.start = domain->aperture.last + 1;
	above.last = all.last;
	if (domain->aperture.start)
		ret = reserve(ioas, &below, domain, 0, why);
	if (!ret && domain->aperture.last < all.last)
		ret = reserve(ioas, &above, domain, 0, why);
	return ret;
}

int vprim_ioas_attach(struct vprim_ioas *ioas, struct vprim_ioas_domain *domain,
		      struct vprim_reason *why)
{
	int ret;

	if (!is_ready(ioas) || !domain)
		return refuse(why, VPRIM_REASON_ARGUMENT);
	if (domain->owner_)
		return refuse(why, VPRIM_REASON_IOAS_ATTACHED);
	ret = check_domain(domain, why);
	if (ret)
		return ret;
	ret = reserve_device(ioas, domain, why);
	if (!ret)
		ret = check_pgsize(ioas, domain, why);
	if (!ret)
		ret = reserve_outside(ioas, domain, why);
	if (ret) {
		release(ioas, domain, 0);
		return ret;
	}
	domain->owner_ = ioas;
	domain->next_ = ioas->domains_;
	ioas->domains_ = domain;
	ioas->alignment_ = vprim_ioas_alignment_(ioas);
	return 0;
}

int vprim_ioas_detach(struct vprim_ioas *ioas, struct vprim_ioas_domain *domain,
		      struct vprim_reason *why)
{
	struct vprim_ioas_domain **link;

	if (!ioas || !domain)
		return refuse(why, VPRIM_REASON_ARGUMENT);
	if (domain->owner_ != ioas)
		return refuse(why, VPRIM_REASON_IOAS_NOT_ATTACHED);
	for (link = &ioas->domains_; *link != domain; link = &(*link)->next_)
		;
	*link = domain->next_;
	domain->owner_ = NULL;
	domain->next_ = NULL;
	release(ioas, domain, 0);
	ioas->alignment_ = vprim_ioas_alignment_(ioas);
	return 0;
}

int vprim_ioas_large_pages(struct vprim_ioas *ioas, bool on,
			   struct vprim_reason *why)
{
	int ret = 0;

	if (!is_ready(ioas))
		return refuse(why, VPRIM_REASON_ARGUMENT);
	if (on != ioas->no_large_pages_)
		return 0;
	if (!on && ioas->domains_ && vprim_iova_map_count(&ioas->areas_))
		return refuse(why, VPRIM_REASON_IOAS_LARGE_PAGES);
	if (!on)
		ret = vprim_ioas_check_areas_(ioas, ioas->config_.page_bytes,
					      why);
	if (ret)
		return ret;
	ioas->no_large_pages_ = !on;
	ioas->alignment_ = vprim_ioas_alignment_(ioas);
	return 0;
}

int vprim_ioas_ranges(const struct vprim_ioas *ioas, struct vprim_range *list,
		      size_t capacity, size_t *count, struct vprim_reason *why)
{
	struct vprim_interval_tree_spans spans;
	struct vprim_range all;
	size_t n = 0, pass;

	if (!ioas || !count || (capacity && !list))
		return refuse(why, VPRIM_REASON_ARGUMENT);
	all = everything(ioas);
	/* Count first: what does not fit is not written at all. */
	for (pass = 0; pass < 2; pass++) {
		n = 0;
		vprim_interval_tree_spans_init(&spans, &ioas->reserved_, &all);
		while (spans.kind != VPRIM_INTERVAL_TREE_DONE) {
			if (spans.kind == VPRIM_INTERVAL_TREE_HOLE) {
				if (pass)
					list[n] = spans.span;
				n++;
			}
			vprim_interval_tree_spans_next(&spans);
		}
		*count = n;
		if (n > capacity)
			return vprim_reason_set_value(why,
						VPRIM_REASON_IOAS_ROOM, n);
	}
	return 0;
}
