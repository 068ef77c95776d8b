// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/* GET_INFO of a vfio_device, and what the kernel's own helpers have collected. */
#include <virtprim/kernel_vfio_info.h>

#include <linux/uaccess.h>
#include <linux/vfio.h>

/* The numbers of this library are the kernel's; 6.1 has no pad word at the end. */
#define SAME(ours, theirs) static_assert((ours) == (theirs))
SAME(offsetof(struct vfio_device_info, num_irqs), 12);
SAME(offsetof(struct vfio_device_info, cap_offset), 16);
SAME(VPRIM_VFIO_CAP_DEVICE_CAPS, VFIO_DEVICE_FLAGS_CAPS);
SAME(VPRIM_VFIO_CAP_HDR_BYTES, sizeof(struct vfio_info_cap_header));

/* The chain behind the struct, then as much of the struct as the user has. */
static int copy_out(struct vfio_device_info __user *arg,
		    const struct vfio_device_info *info,
		    struct vprim_vfio_cap_chain *chain,
		    const struct vprim_vfio_cap_reply *reply)
{
	const void *bytes;
	u32 size;
	int ret;

	if (reply->chain_bytes) {
		ret = vprim_vfio_cap_chain_finish(chain, &bytes, &size);
		if (ret)
			return ret;
		if (copy_to_user(arg + 1, bytes, size))
			return -EFAULT;
	}
	return copy_to_user(arg, info, reply->fixed_bytes) ? -EFAULT : 0;
}

int vprim_kernel_vfio_device_info(const struct vfio_device_info *info,
				  struct vprim_vfio_cap_chain *chain,
				  struct vfio_device_info __user *arg)
{
	struct vprim_vfio_cap_fixed fixed = { .flags = info->flags };
	struct vprim_vfio_cap_reply reply;
	struct vfio_device_info out = *info;
	int ret = -EFAULT;

	if (get_user(fixed.argsz, &arg->argsz))
		goto drop;
	ret = -EINVAL;
	if (chain->header_bytes_ != sizeof(out))
		goto drop;
	ret = vprim_vfio_cap_chain_reply(chain, VPRIM_VFIO_CAP_DEVICE, &fixed,
					 &reply);
	if (ret)
		goto drop;
	out.argsz = fixed.argsz;
	out.flags = fixed.flags;
	out.cap_offset = fixed.cap_offset;
	ret = copy_out(arg, &out, chain, &reply);
drop:
	vprim_vfio_cap_chain_drop(chain);
	return ret;
}

int vprim_kernel_vfio_take_caps(struct vprim_vfio_cap_chain *chain,
				const struct vfio_info_cap *caps)
{
	const struct vfio_info_cap_header *cap;
	size_t at = 0, next;
	int ret;

	if (!caps->size)
		return 0;
	do {
		if (at % sizeof(u32) || caps->size < sizeof(*cap) ||
		    at > caps->size - sizeof(*cap))
			return -EBADMSG;
		cap = (void *)caps->buf + at;
		next = cap->next ? cap->next : caps->size;
		if (next > caps->size || next < at + sizeof(*cap))
			return -EBADMSG;
		ret = vprim_vfio_cap_add(chain, cap->id, cap->version, cap + 1,
					 next - at);
		at = next;
	} while (!ret && cap->next);
	return ret;
}
