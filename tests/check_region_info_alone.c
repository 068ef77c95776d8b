// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * A driver needs two files of the core to answer for its regions. This program is
 * linked with these and with no library, so a third would be missed.
 */
#include "../libvirtprim/region_info/region_info.c"
#include "../libvirtprim/vfio_cap/vfio_cap_build.c"

#include <stdio.h>

static int card(void *device, struct vprim_region_info *info,
		struct vprim_vfio_cap_chain *chain)
{
	const struct vprim_vfio_cap_area *window = device;

	if (info->index)
		return -EINVAL;
	info->size = 0x10000;
	info->flags = VPRIM_VFIO_CAP_REGION_READ | VPRIM_VFIO_CAP_REGION_MMAP;
	return vprim_vfio_cap_add_sparse_mmap(chain, window, 1);
}

int main(void)
{
	static const uint8_t want[32] = {
		1, 0, 1, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0,
		0, 0x20, 0, 0, 0, 0, 0, 0, 0, 0x40, 0, 0, 0, 0, 0, 0,
	};
	const struct vprim_region_info_ops ops = { card };
	struct vprim_vfio_cap_area window = { 0x2000, 0x4000 };
	struct vprim_vfio_cap_chain chain;
	struct vprim_vfio_cap_reply reply;
	struct vprim_vfio_cap_fixed info = { .argsz = 64 };
	uint8_t answer[32];
	const void *bytes;
	uint32_t size;

	if (vprim_vfio_cap_chain_init(&chain, VPRIM_VFIO_CAP_LE, 32, answer, 32) ||
	    vprim_region_info_get(&ops, &window, &info, &chain, &reply) ||
	    vprim_vfio_cap_chain_finish(&chain, &bytes, &size) ||
	    info.argsz != 64 || info.flags != 13 || info.cap_offset != 32 ||
	    info.size != 0x10000 || bytes != answer || size != 32 ||
	    memcmp(answer, want, 32)) {
		fprintf(stderr, "check_region_info_alone: another answer\n");
		return 1;
	}
	return 0;
}
