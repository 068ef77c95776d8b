// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/* What stands before the machines: checks of calls, and what calls for a revoke. */
#include "dmabuf_internal.h"

/* Regions from the ROM's on are no BARs. */
#define BARS 6u

/* What @start and @length make, of whatever size it is cut from. */
static int range_of(uint64_t start, uint64_t length, struct vprim_range *range,
		    struct vprim_reason *why)
{
	if (!length)
		return refuse(why, EMPTY);
	return vprim_range_from_size(start, length, range) ?
		       refuse(why, WRAP, VALUE(start)) : 0;
}

int vprim_dmabuf_slice_(uint64_t start_bytes, uint64_t length_bytes,
			uint64_t size_bytes, struct vprim_reason *why)
{
	struct vprim_range slice;
	int ret = range_of(start_bytes, length_bytes, &slice, why);

	if (ret)
		return ret;
	if (slice.last >= size_bytes)
		return refuse(why, BEYOND, RANGE(slice), VALUE(size_bytes));
	return 0;
}

int vprim_dmabuf_check_slice(uint64_t start_bytes, uint64_t length_bytes,
			     uint64_t size_bytes, struct vprim_reason *why)
{
	vprim_reason_clear(why);
	return vprim_dmabuf_slice_(start_bytes, length_bytes, size_bytes, why);
}

/* Each range whole pages, and all of them together below 2^63. */
static int check_parts(const struct vprim_dmabuf_request *request,
		       uint64_t *size_bytes, struct vprim_reason *why)
{
	uint64_t mask = request->page_bytes - 1, sum = 0;
	uint32_t i;

	for (i = 0; i < request->nr_ranges; i++) {
		const struct vprim_dmabuf_part *part = &request->ranges[i];

		if (!part->length_bytes)
			return refuse(why, EMPTY, AT(i));
		if ((part->offset_bytes | part->length_bytes) & mask)
			return refuse(why, PART_PAGES, AT(i));
		if (vprim_add_overflow(sum, part->length_bytes, &sum))
			return refuse(why, TOTAL);
	}
	/* The DMA mapping code keeps a flag in the top bit of a size. */
	if (sum >> 63)
		return refuse(why, TOTAL);
	*size_bytes = sum;
	return 0;
}

/* Where range @i lies physically; within the BAR, or an error. */
static int place(const struct vprim_dmabuf_request *request, uint32_t i,
		 struct vprim_range *phys, struct vprim_reason *why)
{
	const struct vprim_dmabuf_part *part = &request->ranges[i];
	const struct vprim_range *bar = &request->bar;
	struct vprim_range found;
	uint64_t start;

	if (vprim_add_overflow(bar->start, part->offset_bytes, &start) ||
	    vprim_range_from_size(start, part->length_bytes, &found))
		return refuse(why, WRAP, VALUE(part->offset_bytes), AT(i));
	if (found.last > bar->last)
		return refuse(why, BAR, RANGE(found), HIT(*bar), AT(i));
	*phys = found;
	return 0;
}

static int check_user(const struct vprim_dmabuf_request *request,
		      struct vprim_reason *why)
{
	if (!request->exports)
		return refuse(why, NO_EXPORT);
	if (!request->nr_ranges)
		return refuse(why, NO_RANGES);
	if (request->flags)
		return refuse(why, FLAGS, VALUE(request->flags));
	if (request->region_index >= BARS)
		return refuse(why, REGION, VALUE(request->region_index));
	if (request->unclaimed)
		return refuse(why, UNCLAIMED);
	return 0;
}

int vprim_dmabuf_check_create(const struct vprim_dmabuf_request *request,
			      struct vprim_range *phys, uint64_t *size_bytes,
			      struct vprim_reason *why)
{
	struct vprim_range at;
	uint64_t size = 0;
	uint32_t i;
	int ret;

	vprim_reason_clear(why);
	if (!vprim_is_pow2(request->page_bytes))
		return refuse(why, PAGE, VALUE(request->page_bytes));
	if (!vprim_range_is_valid(&request->bar))
		return vprim_reason_inverted_(why, &request->bar);
	ret = check_user(request, why);
	if (!ret)
		ret = check_parts(request, &size, why);
	if (!ret && !request->peer2peer)
		ret = refuse(why, PROVIDER);
	for (i = 0; !ret && i < request->nr_ranges; i++)
		ret = place(request, i, &at, why);
	if (!ret && request->going)
		ret = refuse(why, GOING);
	/* All checks have passed: the same walk again, and now it writes. */
	for (i = 0; !ret && i < request->nr_ranges; i++)
		ret = place(request, i, &phys[i], why);
	if (!ret)
		*size_bytes = size;
	return ret;
}

static int check_buffer(const struct vprim_dmabuf_map_file *map,
			struct vprim_reason *why)
{
	uint64_t in_page = map->start_bytes & (map->page_bytes - 1), last;
	int ret = vprim_dmabuf_slice_(map->start_bytes, map->length_bytes,
				      map->size_bytes, why);

	if (ret)
		return ret;
	/*
	 * The number of the last page, which is one less than their count. The sum
	 * is not above the slice's last byte.
	 */
	last = in_page + (map->length_bytes - 1);
	if (last >> (vprim_ctz64(map->page_bytes) & 63) >= UINT32_MAX - 1)
		return refuse(why, PAGES);
	if (map->attach_error) {
		note(why, ATTACH, ERRNO(map->attach_error));
		return map->attach_error;
	}
	if (!map->physical)
		return refuse(why, ADDRESS);
	return map->revoked ? refuse(why, REVOKED) : 0;
}

static int check_aligned(const struct vprim_dmabuf_map_file *map, uint64_t v,
			 struct vprim_reason *why)
{
	if (!(v & (map->iova_alignment - 1)))
		return 0;
	return refuse(why, UNALIGNED, VALUE(v), AT(map->iova_alignment));
}

static int check_iova(const struct vprim_dmabuf_map_file *map,
		      struct vprim_reason *why)
{
	const uint64_t in_page = map->start_bytes & (map->page_bytes - 1);
	struct vprim_range range;
	int ret = check_aligned(map, map->length_bytes, why);

	if (!ret)
		ret = check_aligned(map, in_page, why);
	if (ret || !map->fixed)
		return ret;
	ret = check_aligned(map, map->iova, why);
	if (!ret)
		ret = range_of(map->iova, map->length_bytes, &range, why);
	if (ret)
		return ret;
	if (map->iova_reserved)
		return refuse(why, RESERVED, RANGE(range));
	return map->iova_taken ? refuse(why, TAKEN, RANGE(range)) : 0;
}

int vprim_dmabuf_check_map_file(const struct vprim_dmabuf_map_file *map,
				bool *is_dmabuf, struct vprim_reason *why)
{
	struct vprim_range slice;
	int ret;

	vprim_reason_clear(why);
	if (!vprim_is_pow2(map->page_bytes))
		return refuse(why, PAGE, VALUE(map->page_bytes));
	if (!vprim_is_pow2(map->iova_alignment))
		return refuse(why, ALIGNMENT, VALUE(map->iova_alignment));
	ret = range_of(map->start_bytes, map->length_bytes, &slice, why);
	if (!ret && map->fd == VPRIM_DMABUF_FD_BAD)
		ret = refuse(why, FD);
	if (!ret && map->fd == VPRIM_DMABUF_FD_DMABUF)
		ret = check_buffer(map, why);
	if (!ret && map->fd == VPRIM_DMABUF_FD_DMABUF)
		ret = check_iova(map, why);
	if (!ret)
		*is_dmabuf = map->fd == VPRIM_DMABUF_FD_DMABUF;
	return ret;
}

int vprim_dmabuf_check_access(enum vprim_dmabuf_access access, bool write,
			      bool writable, struct vprim_reason *why)
{
	vprim_reason_clear(why);
	switch (access) {
	case VPRIM_DMABUF_ACCESS_PIN:
		return write && !writable ? refuse(why, READ_ONLY) :
					    refuse(why, NO_PAGES);
	case VPRIM_DMABUF_ACCESS_RW:
		return refuse(why, NO_PAGES);
	case VPRIM_DMABUF_ACCESS_SPLIT:
		return refuse(why, NO_SPLIT);
	case VPRIM_DMABUF_ACCESS_DIRTY:
		return 0;
	default:
		return refuse(why, ACCESS, VALUE((unsigned int)access));
	}
}

bool vprim_dmabuf_memory_is_on(const struct vprim_dmabuf_power *power)
{
	const unsigned int d3hot = 3;

	return power->d_state < d3hot && !power->suspended &&
	       (!power->has_memory_bit || power->memory_bit);
}

/* Reasons why a device's memory is off, as bits. */
enum { DECODE = 1, POWER = 2, ASLEEP = 4 };

/*
 * The triggers: their plans as {revoke, cleanup, unrevoke, set}, and the reason that
 * they bring when they revoke, or take away.
 */
static const struct {
	struct vprim_dmabuf_plan plan;
	uint8_t reason;
} triggers[] = {
	[VPRIM_DMABUF_TRIGGER_MEMORY_OFF] = { { true, false, false, false }, DECODE },
	[VPRIM_DMABUF_TRIGGER_MEMORY_ON] = { { false, false, true, false }, DECODE },
	[VPRIM_DMABUF_TRIGGER_POWER_DOWN] = { { true, false, false, false }, POWER },
	[VPRIM_DMABUF_TRIGGER_POWER_UP] = { { false, false, true, false }, POWER },
	[VPRIM_DMABUF_TRIGGER_FLR] = { { true, false, true, false }, 0 },
	[VPRIM_DMABUF_TRIGGER_RESET] = { { true, false, true, false }, 0 },
	[VPRIM_DMABUF_TRIGGER_HOT_RESET] = { { true, false, true, true }, 0 },
	[VPRIM_DMABUF_TRIGGER_SLEEP] = { { true, false, false, false }, ASLEEP },
	[VPRIM_DMABUF_TRIGGER_WAKE] = { { false, false, true, false }, ASLEEP },
	[VPRIM_DMABUF_TRIGGER_CLOSE] = { { false, true, false, false }, 0 },
	[VPRIM_DMABUF_TRIGGER_UNBIND] = { { false, true, false, false }, 0 },
	[VPRIM_DMABUF_TRIGGER_UNPLUG] = { { false, true, false, false }, 0 },
	[VPRIM_DMABUF_TRIGGER_SURPRISE] = { { false, true, false, false }, 0 },
};

const struct vprim_dmabuf_plan *
vprim_dmabuf_plan_for(enum vprim_dmabuf_trigger trigger)
{
	return (size_t)trigger < VPRIM_ARRAY_LEN(triggers) ?
		       &triggers[trigger].plan : NULL;
}

void vprim_dmabuf_account_(struct vprim_dmabuf_device *device,
			   enum vprim_dmabuf_trigger trigger)
{
	const struct vprim_dmabuf_plan *plan = &triggers[trigger].plan;
	unsigned int reason = triggers[trigger].reason;

	lock_held(device->debug, VPRIM_DMABUF_LOCK_MEMORY, device, true);
	if (plan->cleanup_before) {
		device->open = false;
		device->going = true;
	} else if (reason) {
		device->off = (uint8_t)(plan->revoke_before ? device->off | reason :
							     device->off & ~reason);
		device->memory_on = !device->off;
	}
}
