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
	uint64_t asked = 0;

	if (ioas->no_large_pages_ && alignment < ioas->config_.page_bytes)
		alignment = ioas->config_.page_bytes;
	if (ioas->asked_)
		asked = (uint64_t)1 << vprim_fls64(ioas->asked_);
	return alignment < asked ? asked : alignment;
}

/* A domain or an access more, or less, that asks for an alignment. */
void vprim_ioas_ask_(struct vprim_ioas *ioas, uint64_t alignment, bool more)
{
	size_t *n = &ioas->nr_asked_[vprim_ctz64(alignment)];

	*n = more ? *n + 1 : *n - 1;
	if (*n)
		ioas->asked_ |= alignment;
	else
		ioas->asked_ &= ~alignment;
	ioas->alignment_ = vprim_ioas_alignment_(ioas);
}

/* Whether every area suits an alignment; all suit the one that holds. */
int vprim_ioas_check_areas_(const struct vprim_ioas *ioas, uint64_t alignment,
			    struct vprim_reason *why)
{
	struct vprim_range all = everything(ioas);
	struct vprim_iova_map_cursor cursor;
	struct vprim_iova_mapping m;

	/* What areas are aligned to is counted; one is looked for to name it. */
	if (!(ioas->limits_ & (alignment - 1)))
		return 0;
	if (!why)
		return refuse(why, AREA_ALIGN);
	certain(vprim_iova_map_cursor_init(&cursor, &ioas->areas_, &all));
	do
		certain(vprim_iova_map_cursor_next(&cursor, &m));
	while (!(limit_of(ioas, &m.range, area_of(&m)) & (alignment - 1)));
	return refuse(why, AREA_ALIGN, VALUE(alignment), HIT(m.range));
}

static int check_allowed(const struct vprim_ioas *ioas,
			 const struct vprim_range *list, size_t count,
			 struct vprim_reason *why)
{
	const struct vprim_interval_tree_node *node;
	size_t i;

	for (i = 1; i < count; i++)
		if (list[i].start <= list[i - 1].last)
			return refuse(why, ALLOW_OVERLAP, RANGE(list[i]),
				      HIT(list[i - 1]));
	for (i = 0; i < count; i++) {
		node = vprim_interval_tree_first(&ioas->reserved_, &list[i]);
		if (node)
			return refuse(why, ALLOW_RESERVED, RANGE(list[i]),
				      HIT(node->range));
	}
	return 0;
}

/* Join ranges that touch; returns how many are left. */
static size_t merge(struct vprim_range *list, size_t count)
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
			size_t capacity, size_t count)
{
	if (ioas->allowed_)
		ioas->alloc_.free(ioas->config_.alloc_ctx, ioas->allowed_,
				  ioas->capacity_allowed_ * sizeof(*list));
	ioas->allowed_ = list;
	ioas->capacity_allowed_ = capacity;
	ioas->nr_allowed_ = count;
}

static int copy_allowed(struct vprim_ioas *ioas, const struct vprim_range *list,
			size_t count, struct vprim_reason *why)
{
	struct vprim_range *copy;
	int ret;

	copy = ioas->alloc_.alloc(ioas->config_.alloc_ctx, count * sizeof(*copy));
	if (!copy)
		return refuse(why, MEMORY);
	memcpy(copy, list, count * sizeof(*copy));
	vprim_iova_windows_sort(copy, count);
	ret = check_allowed(ioas, copy, count, why);
	if (ret)
		ioas->alloc_.free(ioas->config_.alloc_ctx, copy,
				  count * sizeof(*copy));
	else
		put_allowed(ioas, copy, count, merge(copy, count));
	return ret;
}

int vprim_ioas_allow(struct vprim_ioas *ioas, const struct vprim_range *list,
		     size_t count, struct vprim_reason *why)
{
	size_t i;

	vprim_reason_clear(why);
	if (!ioas)
		return refuse(why, ABSENT);
	if (!is_ready(ioas))
		return vprim_reason_argument_(why);
	for (i = 0; i < count; i++)
		if (list[i].start >= list[i].last)
			return refuse(why, ALLOW_START, RANGE(list[i]));
	if (count)
		return copy_allowed(ioas, list, count, why);
	put_allowed(ioas, NULL, 0, 0);
	return 0;
}

static int check_reservable(const struct vprim_ioas *ioas,
			    const struct vprim_range *range,
			    struct vprim_reason *why)
{
	const struct vprim_ranges allowed = { ioas->allowed_, ioas->nr_allowed_ };
	struct vprim_iova_mapping m;
	size_t i;

	if (!vprim_iova_map_first(&ioas->areas_, range, &m))
		return refuse(why, RESERVE_AREA, RANGE(*range), HIT(m.range));
	i = vprim_iova_windows_from(allowed, range->start);
	if (i < allowed.count && vprim_range_overlaps(&ioas->allowed_[i], range))
		return refuse(why, RESERVE_ALLOWED, RANGE(*range), HIT(ioas->allowed_[i]));
	return 0;
}

/* For a domain, or, where that is NULL, for an owner. */
static int reserve(struct vprim_ioas *ioas, const struct vprim_range *range,
		   struct vprim_ioas_domain *domain, uint64_t owner,
		   struct vprim_reason *why)
{
	struct vprim_ioas_reserved *r;
	int ret = check_reservable(ioas, range, why);

	if (ret)
		return ret;
	r = ioas->alloc_.alloc(ioas->config_.alloc_ctx, sizeof(*r));
	if (!r)
		return refuse(why, MEMORY);
	memset(r, 0, sizeof(*r));
	r->node.range = *range;
	if (domain) {
		r->next = domain->taken_;
		domain->taken_ = r;
	} else {
		r->owner.range.start = owner;
		r->owner.range.last = owner;
		certain(vprim_interval_tree_insert(&ioas->owners_, &r->owner));
	}
	certain(vprim_interval_tree_insert(&ioas->reserved_, &r->node));
	return 0;
}

static struct vprim_ioas_reserved *
reserved_of_owner(struct vprim_interval_tree_node *node)
{
	return (struct vprim_ioas_reserved *)(void *)
	       ((char *)node - offsetof(struct vprim_ioas_reserved, owner));
}

static void unreserve(struct vprim_ioas *ioas, struct vprim_ioas_reserved *r)
{
	vprim_interval_tree_remove(&ioas->reserved_, &r->node);
	ioas->alloc_.free(ioas->config_.alloc_ctx, r, sizeof(*r));
}

int vprim_ioas_reserve(struct vprim_ioas *ioas, const struct vprim_range *range,
		       uint64_t owner, struct vprim_reason *why)
{
	vprim_reason_clear(why);
	if (!is_ready(ioas))
		return vprim_reason_argument_(why);
	if (!vprim_range_is_valid(range))
		return vprim_reason_inverted_(why, range);
	return reserve(ioas, range, NULL, owner, why);
}

size_t vprim_ioas_unreserve(struct vprim_ioas *ioas, uint64_t owner)
{
	struct vprim_interval_tree_node *node;
	size_t n = 0;

	while ((node = vprim_interval_tree_stab(&ioas->owners_, owner))) {
		vprim_interval_tree_remove(&ioas->owners_, node);
		unreserve(ioas, reserved_of_owner(node));
		n++;
	}
	return n;
}

static void release_domain(struct vprim_ioas *ioas,
			   struct vprim_ioas_domain *domain)
{
	struct vprim_ioas_reserved *r;

	while ((r = domain->taken_)) {
		domain->taken_ = r->next;
		unreserve(ioas, r);
	}
}

static int check_domain(const struct vprim_ioas_domain *domain,
			struct vprim_reason *why)
{
	size_t i;

	if (!vprim_range_is_valid(&domain->aperture))
		return vprim_reason_inverted_(why, &domain->aperture);
	for (i = 0; i < domain->nr_reserved; i++)
		if (!vprim_range_is_valid(&domain->reserved[i].range))
			return vprim_reason_inverted_(why,
						     &domain->reserved[i].range);
	return 0;
}

/* Nobody keeps a direct range mapped 1:1 once the device is the program's. */
static int check_direct(const struct vprim_ioas_domain *domain,
			enum vprim_ioas_rule rule, struct vprim_reason *why)
{
	const struct vprim_iova_windows_reserved *r = domain->reserved;
	size_t i;

	for (i = 0; i < domain->nr_reserved; i++)
		if (r[i].type == VPRIM_IOVA_WINDOWS_DIRECT)
			return refuse_by(why, rule, RANGE(r[i].range));
	return 0;
}

static int reserve_device(struct vprim_ioas *ioas,
			  struct vprim_ioas_domain *domain,
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
		return refuse(why, PGSIZE, VALUE(page));
	return vprim_ioas_check_areas_(ioas, page, why);
}

static int reserve_outside(struct vprim_ioas *ioas,
			   struct vprim_ioas_domain *domain,
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

	vprim_reason_clear(why);
	if (!is_ready(ioas))
		return vprim_reason_argument_(why);
	if (domain->owner_)
		return refuse(why, ATTACHED);
	ret = check_domain(domain, why);
	if (!ret && vprim_linux_has(ioas->config_.release,
				    VPRIM_CHANGE_IOMMU_DIRECT))
		ret = check_direct(domain, VPRIM_IOAS_RULE_DIRECT, why);
	if (ret)
		return ret;
	domain->taken_ = NULL;
	ret = reserve_device(ioas, domain, why);
	if (!ret && domain->vtd)
		ret = check_direct(domain, VPRIM_IOAS_RULE_DIRECT_VTD, why);
	if (!ret)
		ret = check_pgsize(ioas, domain, why);
	if (!ret)
		ret = reserve_outside(ioas, domain, why);
	if (ret) {
		release_domain(ioas, domain);
		return ret;
	}
	domain->owner_ = ioas;
	domain->next_ = ioas->domains_;
	domain->link_ = &ioas->domains_;
	if (domain->next_)
		domain->next_->link_ = &domain->next_;
	ioas->domains_ = domain;
	domain->alignment_ = lowest_bit(domain->pgsize_bitmap);
	vprim_ioas_ask_(ioas, domain->alignment_, true);
	return 0;
}

int vprim_ioas_detach(struct vprim_ioas *ioas, struct vprim_ioas_domain *domain,
		      struct vprim_reason *why)
{
	vprim_reason_clear(why);
	if (domain->owner_ != ioas)
		return refuse(why, NOT_ATTACHED);
	*domain->link_ = domain->next_;
	if (domain->next_)
		domain->next_->link_ = domain->link_;
	domain->owner_ = NULL;
	release_domain(ioas, domain);
	vprim_ioas_ask_(ioas, domain->alignment_, false);
	return 0;
}

int vprim_ioas_large_pages(struct vprim_ioas *ioas, bool on,
			   struct vprim_reason *why)
{
	int ret = 0;

	vprim_reason_clear(why);
	if (!is_ready(ioas))
		return vprim_reason_argument_(why);
	if (on != ioas->no_large_pages_)
		return 0;
	if (!on && ioas->domains_ && vprim_iova_map_count(&ioas->areas_))
		return refuse(why, LARGE_PAGES);
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
	size_t n = 0;

	vprim_reason_clear(why);
	if (!ioas)
		return refuse(why, ABSENT);
	all = everything(ioas);
	vprim_interval_tree_spans_init(&spans, &ioas->reserved_, NULL,
				       &all);
	for (; spans.kind != VPRIM_INTERVAL_TREE_DONE;
	     vprim_interval_tree_spans_next(&spans)) {
		if (spans.kind != VPRIM_INTERVAL_TREE_HOLE)
			continue;
		if (n < capacity)
			list[n] = spans.span;
		n++;
	}
	*count = n;
	return n > capacity ? refuse(why, ROOM, VALUE(n)) : 0;
}

static int check_asked(const struct vprim_ioas *ioas)
{
	const struct vprim_ioas_domain *d;
	const struct vprim_ioas_access *a;
	uint64_t asked = 0;

	for (d = ioas->domains_; d; d = d->next_) {
		if (*d->link_ != d || d->owner_ != ioas)
			return -EBADMSG;
		asked |= d->alignment_;
	}
	for (a = ioas->accesses_; a; a = a->next_) {
		if (*a->link_ != a || a->ioas_ != ioas)
			return -EBADMSG;
		asked |= a->alignment_;
	}
	return asked == ioas->asked_ &&
	       ioas->alignment_ == vprim_ioas_alignment_(ioas) ? 0 : -EBADMSG;
}

static int check_reserved(const struct vprim_ioas *ioas)
{
	const struct vprim_ioas_reserved *r;
	const struct vprim_ioas_domain *d;
	size_t n = ioas->owners_.count;
	int ret = vprim_interval_tree_audit(&ioas->reserved_);

	for (d = ioas->domains_; d; d = d->next_)
		for (r = d->taken_; r; r = r->next)
			n++;
	if (!ret)
		ret = vprim_interval_tree_audit(&ioas->owners_);
	return ret || n == ioas->reserved_.count ? ret : -EBADMSG;
}

int vprim_ioas_check_limits_(const struct vprim_ioas *ioas)
{
	const struct vprim_ranges allowed = { ioas->allowed_, ioas->nr_allowed_ };
	size_t i;

	if (vprim_iova_windows_check(allowed, NULL))
		return -EBADMSG;
	for (i = 0; i < ioas->nr_allowed_; i++)
		if (vprim_interval_tree_first(&ioas->reserved_,
					      &ioas->allowed_[i]))
			return -EBADMSG;
	if (check_asked(ioas))
		return -EBADMSG;
	return check_reserved(ioas);
}
