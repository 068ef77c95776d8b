// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/* What stands before the machines: checks of calls, and what calls for a revoke. */
#include "dmabuf_internal.h"

/* Regions from the ROM's on are no BARs. */
#define BARS 6u

int vprim_dmabuf_check_slice(uint64_t start_bytes, uint64_t length_bytes,
			     uint64_t size_bytes)
{
	struct vprim_range slice;
	int ret = vprim_range_from_size(start_bytes, length_bytes, &slice);

	if (!ret && slice.last >= size_bytes)
		ret = -EINVAL;
	return ret;
}

/* Each range whole pages, and all of them together below 2^63. */
static int check_parts(const struct vprim_dmabuf_request *request,
		       uint64_t *size_bytes)
{
	uint64_t mask = request->page_bytes - 1, sum = 0;
	uint32_t i;

	for (i = 0; i < request->nr_ranges; i++) {
		const struct vprim_dmabuf_part *part = &request->ranges[i];

		if (!part->length_bytes ||
		    ((part->offset_bytes | part->length_bytes) & mask))
			return -EINVAL;
		if (vprim_add_overflow(sum, part->length_bytes, &sum))
			return -EINVAL;
	}
	/* The DMA mapping code keeps a flag in the top bit of a size. */
	if (sum >> 63)
		return -EINVAL;
	*size_bytes = sum;
	return 0;
}

/* Where one range lies physically; within the BAR, or an error. */
static int place(const struct vprim_range *bar,
		 const struct vprim_dmabuf_part *part,
		 struct vprim_range *phys)
{
	struct vprim_range found;
	uint64_t start;
	int ret;

	if (vprim_add_overflow(bar->start, part->offset_bytes, &start))
		return -EOVERFLOW;
	ret = vprim_range_from_size(start, part->length_bytes, &found);
	if (ret)
		return ret;
	if (found.last > bar->last)
		return -EINVAL;
	*phys = found;
	return 0;
}

static int check_user(const struct vprim_dmabuf_request *request)
{
	if (!request->exports)
		return -EOPNOTSUPP;
	if (!request->nr_ranges || request->flags)
		return -EINVAL;
	if (request->region_index >= BARS || request->unclaimed)
		return -ENODEV;
	return 0;
}

int vprim_dmabuf_check_create(const struct vprim_dmabuf_request *request,
			      struct vprim_range *phys, uint64_t *size_bytes)
{
	struct vprim_range at;
	uint64_t size;
	uint32_t i;
	int ret;

	if (!vprim_is_pow2(request->page_bytes) ||
	    !vprim_range_is_valid(&request->bar))
		return -EINVAL;
	ret = check_user(request);
	if (!ret)
		ret = check_parts(request, &size);
	if (!ret && !request->peer2peer)
		ret = -EINVAL;
	for (i = 0; !ret && i < request->nr_ranges; i++)
		ret = place(&request->bar, &request->ranges[i], &at);
	if (!ret && request->going)
		ret = -ENODEV;
	/* All checks have passed: the same walk again, and now it writes. */
	for (i = 0; !ret && i < request->nr_ranges; i++)
		ret = place(&request->bar, &request->ranges[i], &phys[i]);
	if (!ret)
		*size_bytes = size;
	return ret;
}

static int check_buffer(const struct vprim_dmabuf_map_file *map)
{
	uint64_t in_page = map->start_bytes & (map->page_bytes - 1), last;
	int ret = vprim_dmabuf_check_slice(map->start_bytes, map->length_bytes,
					   map->size_bytes);

	if (ret)
		return ret;
	/* The number of the last page, which is one less than their count. */
	if (vprim_add_overflow(in_page, map->length_bytes - 1, &last) ||
	    last >> vprim_ctz64(map->page_bytes) >= UINT32_MAX - 1)
		return -EINVAL;
	if (map->attach_error)
		return map->attach_error;
	if (!map->physical)
		return -EOPNOTSUPP;
	return map->revoked ? -ENODEV : 0;
}

static int check_iova(const struct vprim_dmabuf_map_file *map)
{
	uint64_t in_page = map->start_bytes & (map->page_bytes - 1);
	uint64_t bits = map->length_bytes | in_page;
	struct vprim_range range;
	int ret;

	if (map->fixed)
		bits |= map->iova;
	if (bits & (map->iova_alignment - 1))
		return -EINVAL;
	if (!map->fixed)
		return 0;
	ret = vprim_range_from_size(map->iova, map->length_bytes, &range);
	if (ret)
		return ret;
	if (map->iova_reserved)
		return -EINVAL;
	return map->iova_taken ? -EEXIST : 0;
}

int vprim_dmabuf_check_map_file(const struct vprim_dmabuf_map_file *map,
				bool *is_dmabuf)
{
	struct vprim_range slice;
	int ret;

	if (!vprim_is_pow2(map->page_bytes) ||
	    !vprim_is_pow2(map->iova_alignment))
		return -EINVAL;
	ret = vprim_range_from_size(map->start_bytes, map->length_bytes, &slice);
	if (!ret && map->fd == VPRIM_DMABUF_FD_BAD)
		ret = -EBADF;
	if (!ret && map->fd == VPRIM_DMABUF_FD_DMABUF)
		ret = check_buffer(map);
	if (!ret && map->fd == VPRIM_DMABUF_FD_DMABUF)
		ret = check_iova(map);
	if (!ret)
		*is_dmabuf = map->fd == VPRIM_DMABUF_FD_DMABUF;
	return ret;
}

int vprim_dmabuf_check_access(enum vprim_dmabuf_access access, bool write,
			      bool writable)
{
	switch (access) {
	case VPRIM_DMABUF_ACCESS_PIN:
		return write && !writable ? -EPERM : -EINVAL;
	case VPRIM_DMABUF_ACCESS_SPLIT:
		return -EOPNOTSUPP;
	case VPRIM_DMABUF_ACCESS_DIRTY:
		return 0;
	default:
		return -EINVAL;
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
