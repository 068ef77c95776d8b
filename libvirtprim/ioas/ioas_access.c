// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * Accesses: users of the IOAS in the kernel, and the ranges they hold.
 *
 * A held area cannot be removed or cut, so a hold's range stays covered by the
 * same areas until it is let go.
 */
#include "ioas_internal.h"

/* Notify every access once. Whoever is notified may attach and detach any. */
void vprim_ioas_notify_(struct vprim_ioas *ioas, const struct vprim_range *range)
{
	struct vprim_ioas_notifying t = { ioas->accesses_, ioas->notifying_, false };
	struct vprim_ioas_access *a;

	ioas->notifying_ = &t;
	while ((a = t.at)) {
		t.at = a->next_;
		if (a->unmap)
			a->unmap(a->ctx, range);
	}
	ioas->notifying_ = t.outer;
}

/* Notify one. False: it is detached now, and no more to be touched. */
static bool notify_alone(struct vprim_ioas_access *access,
		       const struct vprim_range *range)
{
	struct vprim_ioas *ioas = access->ioas_;
	struct vprim_ioas_notifying t = { access, ioas->notifying_, true };

	ioas->notifying_ = &t;
	access->unmap(access->ctx, range);
	ioas->notifying_ = t.outer;
	return t.at;
}

/* It goes: nobody who is notifying comes to it. */
static void skip(struct vprim_ioas *ioas, const struct vprim_ioas_access *access)
{
	struct vprim_ioas_notifying *t;

	for (t = ioas->notifying_; t; t = t->outer)
		if (t->at == access)
			t->at = t->alone ? NULL : access->next_;
}

int vprim_ioas_access_attach(struct vprim_ioas *ioas,
			     struct vprim_ioas_access *access,
			     struct vprim_reason *why)
{
	int ret;

	vprim_reason_clear(why);
	if (!is_ready(ioas))
		return vprim_reason_argument_(why);
	if (access->ioas_)
		return refuse(why, ATTACHED);
	if (!vprim_is_pow2(access->iova_alignment))
		return refuse(why, ALIGNMENT, VALUE(access->iova_alignment));
	ret = vprim_ioas_check_areas_(ioas, access->iova_alignment, why);
	if (ret)
		return ret;
	access->ioas_ = ioas;
	access->next_ = ioas->accesses_;
	access->link_ = &ioas->accesses_;
	if (access->next_)
		access->next_->link_ = &access->next_;
	ioas->accesses_ = access;
	access->alignment_ = access->iova_alignment;
	vprim_ioas_ask_(ioas, access->alignment_, true);
	return 0;
}

int vprim_ioas_access_detach(struct vprim_ioas_access *access,
			     struct vprim_reason *why)
{
	struct vprim_range all;
	struct vprim_ioas *ioas;

	vprim_reason_clear(why);
	ioas = access->ioas_;
	if (!ioas)
		return refuse(why, NOT_ATTACHED);
	all = everything(ioas);
	if (access->unmap && access->holds_ && !notify_alone(access, &all))
		return 0;
	if (access->holds_)
		return refuse(why, HELD, HIT(access->holds_->range_));
	skip(ioas, access);
	*access->link_ = access->next_;
	if (access->next_)
		access->next_->link_ = access->link_;
	access->ioas_ = NULL;
	vprim_ioas_ask_(ioas, access->alignment_, false);
	return 0;
}

static int check_range(const struct vprim_ioas_access *access, uint64_t iova,
		       uint64_t length, struct vprim_range *range,
		       struct vprim_reason *why)
{
	uint64_t last = UINT64_MAX;

	if (access->ioas_)
		last = access->ioas_->config_.native_last;
	if (!length)
		return refuse(why, LENGTH);
	if (!native_range(last, iova, length, range))
		return refuse(why, IOVA_WRAP, VALUE(iova));
	if (!access->ioas_)
		return refuse(why, ACCESS_DETACHED);
	return 0;
}

/* A hold takes whole pages: an area may only begin and end inside one at the
 * range's own ends, and not at its beginning. */
static bool is_paged(const struct vprim_ioas *ioas,
		     const struct vprim_iova_mapping *m, uint64_t at,
		     const struct vprim_range *range)
{
	uint64_t mask = ioas->config_.page_bytes - 1;

	if (byte_at(m, at) & mask)
		return false;
	return m->range.last >= range->last ||
	       (byte_at(m, m->range.last) & mask) == mask;
}

/* Every area of the range in turn; the first that does not do answers. */
static int check_areas(const struct vprim_ioas *ioas,
		       const struct vprim_range *range, bool write, bool paged,
		       struct vprim_reason *why)
{
	struct vprim_iova_mapping m;
	uint64_t at;
	int ret;

	for (at = range->start;; at = m.range.last + 1) {
		ret = vprim_ioas_covered_(ioas, at, range,
					  VPRIM_IOAS_RULE_ACCESS_HOLE, &m,
					  why);
		if (ret)
			return ret;
		if (area_of(&m)->prevent_access)
			return refuse(why, ACCESS_TEARDOWN, RANGE(*range),
				      HIT(m.range));
		if (paged && !is_paged(ioas, &m, at, range))
			return refuse(why, ACCESS_ALIGN, RANGE(*range),
				      HIT(m.range));
		if (write && !area_of(&m)->pages->writable)
			return refuse(why, ACCESS_READ_ONLY, RANGE(*range),
				      HIT(m.range));
		if (m.range.last >= range->last)
			return 0;
	}
}

/* One hold more, or one less, on every area of a held range. */
static void count_hold(struct vprim_ioas *ioas, const struct vprim_range *range,
		       uint32_t flags, bool more)
{
	uint64_t locks = flags & VPRIM_IOAS_HOLD_LOCK ? 1 : 0;
	struct vprim_iova_map_cursor cursor;
	struct vprim_iova_mapping m;
	struct area *area;
	int ret = walk(&cursor, ioas, range, &m);

	for (; !ret; ret = vprim_iova_map_cursor_next(&cursor, &m)) {
		area = area_of(&m);
		ioas->busy_ -= is_busy(area);
		area->holds = more ? area->holds + 1 : area->holds - 1;
		area->locks = more ? area->locks + locks : area->locks - locks;
		ioas->busy_ += is_busy(area);
	}
}

int vprim_ioas_access_hold(struct vprim_ioas_access *access, uint64_t iova,
			   uint64_t length_bytes, uint32_t flags,
			   struct vprim_ioas_hold *hold, struct vprim_reason *why)
{
	const uint32_t known = VPRIM_IOAS_HOLD_WRITE | VPRIM_IOAS_HOLD_LOCK;
	struct vprim_range range;
	int ret;

	vprim_reason_clear(why);
	if (flags & ~known)
		return vprim_reason_argument_(why);
	if (hold->access_)
		return refuse(why, ATTACHED);
	ret = check_range(access, iova, length_bytes, &range, why);
	if (!ret)
		ret = check_areas(access->ioas_, &range,
				  flags & VPRIM_IOAS_HOLD_WRITE, true, why);
	if (ret)
		return ret;
	count_hold(access->ioas_, &range, flags, true);
	hold->range_ = range;
	hold->flags_ = flags;
	hold->access_ = access;
	hold->next_ = access->holds_;
	hold->link_ = &access->holds_;
	if (hold->next_)
		hold->next_->link_ = &hold->next_;
	access->holds_ = hold;
	return 0;
}

int vprim_ioas_access_unhold(struct vprim_ioas_hold *hold,
			     struct vprim_reason *why)
{
	struct vprim_ioas_access *access;

	vprim_reason_clear(why);
	access = hold->access_;
	if (!access)
		return refuse(why, NOT_ATTACHED);
	*hold->link_ = hold->next_;
	if (hold->next_)
		hold->next_->link_ = hold->link_;
	hold->access_ = NULL;
	count_hold(access->ioas_, &hold->range_, hold->flags_, false);
	return 0;
}

int vprim_ioas_access_rw(const struct vprim_ioas_access *access, uint64_t iova,
			 uint64_t length_bytes, bool write,
			 struct vprim_ioas_piece *piece, struct vprim_reason *why)
{
	struct vprim_iova_mapping m;
	struct vprim_range range;
	int ret;

	vprim_reason_clear(why);
	ret = check_range(access, iova, length_bytes, &range, why);
	if (!ret)
		ret = check_areas(access->ioas_, &range, write, false, why);
	if (ret)
		return ret;
	certain(vprim_iova_map_stab(&access->ioas_->areas_, iova, &m));
	if (m.range.last < range.last)
		range.last = m.range.last;
	piece->uptr = area_of(&m)->pages->base + byte_at(&m, iova);
	piece->length_bytes = range.last - range.start + 1;
	return 0;
}
