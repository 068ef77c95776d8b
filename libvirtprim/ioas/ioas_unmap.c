// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * UNMAP, and the cut that a VFIO v1 program needs before it.
 *
 * Areas go from the lowest up, each whole. One that may not go ends the walk; the
 * ones below it are gone then, as in the kernel, and counted, as not there. Where
 * no area of the IOAS is busy and nobody has to be told, they go in one sweep.
 */
#include "ioas_internal.h"

/* No area has 2^64 bytes: a length of 2^64-1 and more is refused. */
static void count(struct vprim_ioas_unmapped *done,
		  const struct vprim_range *range)
{
	done->areas++;
	if (vprim_add_overflow(done->size_bytes,
			       range->last - range->start + 1,
			       &done->size_bytes))
		done->whole = true;
}

/* It has left the map. */
static void drop(struct vprim_ioas *ioas, const struct vprim_range *range,
		 struct area *area, struct vprim_ioas_unmapped *done)
{
	area_out(ioas, range, area);
	vprim_ioas_area_drop_(ioas, area);
	count(done, range);
}

/* Why an area may not go, apart from its holders. */
static int check_area(const struct vprim_iova_mapping *m,
		      const struct vprim_range *range, struct vprim_reason *why)
{
	const struct area *area = area_of(m);

	if (area->state != AREA_IDLE)
		return refuse(why, IN_FLIGHT, RANGE(*range), HIT(m->range));
	if (area->locks)
		return refuse(why, LOCKED, RANGE(*range), HIT(m->range));
	if (!vprim_range_contains(range, &m->range))
		return refuse(why, STICKS_OUT, RANGE(*range), HIT(m->range));
	return 0;
}

/* In flight while the outside undoes it, so that nobody takes the place. */
static void unfill(struct vprim_ioas *ioas, const struct vprim_iova_mapping *m)
{
	struct vprim_ioas_mapping out = vprim_ioas_mapping_of_(m);
	struct area *area = area_of(m);

	ioas->busy_ -= is_busy(area);
	area->state = AREA_EMPTYING;
	ioas->busy_++;
	if (ioas->ops_.unfill)
		ioas->ops_.unfill(ioas->config_.ops_ctx, &out);
	ioas->busy_--;
}

static void remove_area(struct vprim_ioas *ioas,
			const struct vprim_iova_mapping *m,
			struct vprim_ioas_unmapped *done)
{
	unfill(ioas, m);
	certain(vprim_iova_map_remove(&ioas->areas_, &m->range, NULL));
	drop(ioas, &m->range, area_of(m), done);
}

/* From now on nobody new may hold it, and its holders are told. */
static int ask_holders(struct vprim_ioas *ioas,
		       const struct vprim_iova_mapping *m,
		       const struct vprim_range *range, uint32_t *tries,
		       struct vprim_reason *why)
{
	struct area *area = area_of(m);

	ioas->busy_ -= is_busy(area);
	area->prevent_access = true;
	ioas->busy_++;
	vprim_ioas_notify_(ioas, &m->range);
	if (++*tries <= VPRIM_IOAS_TRIES)
		return 0;
	return refuse(why, ACCESS_STUCK, RANGE(*range), HIT(m->range));
}

static int unmap_slowly(struct vprim_ioas *ioas,
			const struct vprim_range *range,
			struct vprim_ioas_unmapped *done,
			struct vprim_reason *why)
{
	struct vprim_iova_mapping m;
	uint64_t asked = 0;
	uint32_t tries = 0;
	int ret = 0;

	while (!ret && !vprim_iova_map_first(&ioas->areas_, range, &m)) {
		if (m.range.start != asked)
			tries = 0;
		asked = m.range.start;
		ret = check_area(&m, range, why);
		if (ret)
			break;
		if (area_of(&m)->holds)
			ret = ask_holders(ioas, &m, range, &tries, why);
		else
			remove_area(ioas, &m, done);
	}
	return ret;
}

/* Areas taken out of the map at a time. */
#define BATCH 8u

static void take_all(struct vprim_ioas *ioas, const struct vprim_range *range,
		     struct vprim_ioas_unmapped *done)
{
	struct vprim_iova_mapping batch[BATCH];
	size_t n, i;

	do {
		certain(vprim_iova_map_take(&ioas->areas_, range, batch, BATCH,
					    &n));
		for (i = 0; i < n; i++)
			drop(ioas, &batch[i].range, area_of(&batch[i]), done);
	} while (n == BATCH);
}

/* No area is busy, so only the two at the ends can be in the way. */
static int unmap_idle(struct vprim_ioas *ioas, const struct vprim_range *range,
		      struct vprim_ioas_unmapped *done, struct vprim_reason *why)
{
	struct vprim_range below = *range;
	struct vprim_iova_mapping m;

	if (!vprim_iova_map_stab(&ioas->areas_, range->start, &m) &&
	    m.range.start != range->start)
		return check_area(&m, range, why);
	if (vprim_iova_map_stab(&ioas->areas_, range->last, &m) ||
	    m.range.last == range->last) {
		take_all(ioas, range, done);
		return 0;
	}
	below.last = m.range.start - 1;
	if (m.range.start > range->start)
		take_all(ioas, &below, done);
	return check_area(&m, range, why);
}

/* Nothing mapped is success here; the callers know better what it means. */
int vprim_ioas_unmap_range_(struct vprim_ioas *ioas,
			    const struct vprim_range *range,
			    struct vprim_ioas_unmapped *done,
			    struct vprim_reason *why)
{
	struct vprim_iova_mapping m;

	if (ioas->busy_ || ioas->ops_.unfill)
		return unmap_slowly(ioas, range, done, why);
	/* Exactly one area: the map has to be asked only once. */
	if (vprim_iova_map_remove(&ioas->areas_, range, &m.value))
		return unmap_idle(ioas, range, done, why);
	drop(ioas, range, area_of(&m), done);
	return 0;
}

static int check_args(const struct vprim_ioas *ioas, uint64_t iova,
		      uint64_t length, struct vprim_range *range,
		      struct vprim_reason *why)
{
	uint64_t last = ioas->config_.native_last;

	if (iova >= last)
		return refuse(why, IOVA_MAX);
	if (length >= last)
		return refuse(why, LENGTH_MAX);
	if (!length)
		return refuse(why, LENGTH);
	if (!native_range(last, iova, length, range))
		return refuse(why, IOVA_WRAP, VALUE(iova));
	return 0;
}

static int unmap(struct vprim_ioas *ioas, uint64_t iova, uint64_t length,
		 struct vprim_ioas_unmapped *done, struct vprim_reason *why)
{
	struct vprim_range range;
	int ret;

	if (!ioas)
		return refuse(why, ABSENT);
	if (!iova && length == UINT64_MAX) {
		range = everything(ioas);
		return vprim_ioas_unmap_range_(ioas, &range, done, why);
	}
	ret = check_args(ioas, iova, length, &range, why);
	if (!ret)
		ret = vprim_ioas_unmap_range_(ioas, &range, done, why);
	if (!ret && !done->areas)
		ret = refuse(why, NOTHING, RANGE(range));
	return ret;
}

int vprim_ioas_unmap(struct vprim_ioas *ioas, uint64_t iova,
		     uint64_t length_bytes, struct vprim_ioas_unmapped *done,
		     struct vprim_reason *why)
{
	struct vprim_ioas_unmapped own;

	vprim_reason_clear(why);
	done = done ? done : &own;
	*done = (struct vprim_ioas_unmapped){ 0, 0, false };
	return unmap(ioas, iova, length_bytes, done, why);
}

static int check_cut(const struct vprim_ioas *ioas,
		     const struct vprim_iova_mapping *m, uint64_t upper,
		     struct vprim_reason *why)
{
	const struct area *area = area_of(m);

	if (area->state != AREA_IDLE || area->prevent_access)
		return refuse(why, SPLIT_BUSY, HIT(m->range));
	if (area->pages->kind == VPRIM_IOAS_DMABUF)
		return refuse(why, SPLIT_DMABUF, HIT(m->range));
	if (((upper | byte_at(m, upper)) & (ioas->alignment_ - 1)) ||
	    area->holds || (ioas->domains_ && !ioas->no_large_pages_))
		return refuse(why, SPLIT, VALUE(upper), HIT(m->range));
	return 0;
}

/* Two entries for one; the two inserts use up what the map has promised. */
static void cut_area(struct vprim_ioas *ioas,
		     const struct vprim_iova_mapping *m, uint64_t upper,
		     struct area *above)
{
	struct vprim_iova_mapping low = { { m->range.start, upper - 1 },
					  m->value };
	struct vprim_iova_mapping high = { { upper, m->range.last },
					   (uintptr_t)above };
	struct vprim_ioas_mapping below, beyond;

	certain(vprim_iova_map_remove(&ioas->areas_, &m->range, NULL));
	certain(vprim_iova_map_insert(&ioas->areas_, &low.range, low.value,
				      NULL));
	certain(vprim_iova_map_insert(&ioas->areas_, &high.range, high.value,
				      NULL));
	area_out(ioas, &m->range, area_of(m));
	area_in(ioas, &low.range, area_of(m));
	area_in(ioas, &high.range, above);
	if (ioas->ops_.cut) {
		below = vprim_ioas_mapping_of_(&low);
		beyond = vprim_ioas_mapping_of_(&high);
		ioas->ops_.cut(ioas->config_.ops_ctx, &below, &beyond);
	}
}

int vprim_ioas_cut(struct vprim_ioas *ioas, uint64_t iova,
		   struct vprim_reason *why)
{
	struct vprim_iova_mapping m;
	struct area *above;
	int ret;

	vprim_reason_clear(why);
	if (vprim_iova_map_stab(&ioas->areas_, iova, &m) ||
	    iova == m.range.start || iova == m.range.last)
		return 0;
	ret = check_cut(ioas, &m, iova + 1, why);
	if (ret)
		return ret;
	above = vprim_ioas_area_alloc_(ioas, area_of(&m)->pages);
	if (!above)
		return refuse(why, MEMORY);
	if (vprim_iova_map_reserve(&ioas->areas_, 2)) {
		vprim_ioas_area_drop_(ioas, above);
		return refuse(why, MEMORY);
	}
	above->start_byte = byte_at(&m, iova + 1);
	above->prot = area_of(&m)->prot;
	cut_area(ioas, &m, iova + 1, above);
	return 0;
}
