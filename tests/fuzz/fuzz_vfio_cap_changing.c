// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * Capability chains that change while they are parsed and read.
 *
 *   byte 0        bits 0 and 1 the kind, bit 2 strict, bit 3 big-endian
 *   bytes 1, 2    length of the reply
 *   then          the reply, and behind it what happens to it: before each load
 *                 one byte is taken; bit 0 changes what is about to be read, bit 1
 *                 what two more bytes name, bit 2 one byte of it only
 *
 * The reply ends where its memory does; loads are bounded by its length.
 */
#include "../changing.h"
#include "../cap_support.h"
#include "../../libvirtprim/vfio_cap/vfio_cap_build.c"
#include "../../libvirtprim/vfio_cap/vfio_cap_fixed.c"
#include "../../libvirtprim/vfio_cap/vfio_cap_parse.c"
#include "../../libvirtprim/vfio_cap/vfio_cap_query.c"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct {
	const uint8_t *data;
	size_t size;
	uint8_t *reply;
	size_t reply_size;
} in;

static unsigned int next_byte(void)
{
	if (!in.size)
		return 0;
	in.size--;
	return *in.data++;
}

static void change(const void *p, size_t bytes)
{
	size_t here = (size_t)((const uint8_t *)p - in.reply), at;
	unsigned int what = next_byte(), i;

	/* What is about to be read, or anything. */
	if (!(what & 3) || in.reply_size < 8)
		return;
	at = what & 1 ? here : (next_byte() | next_byte() << 8) % in.reply_size;
	for (i = 0; i < (what & 4 ? 1 : bytes); i++)
		if (at + i < in.reply_size)
			in.reply[at + i] = (uint8_t)next_byte();
}

static uint64_t most_loads(size_t n)
{
	return 8 + n / 8 * 4 + n / 16 * (2 + 2 * (VPRIM_VFIO_CAP_UNSORTED_MAX - 1));
}

static void read_changing(enum vprim_vfio_cap_kind kind, uint32_t options)
{
	struct vprim_vfio_cap_view v;
	struct vprim_vfio_cap cap;
	struct digest d = { 1 };
	size_t n = in.reply_size;
	int ret;

	changing.loads = 0;
	ret = vprim_vfio_cap_parse(&v, kind, options, in.reply, n, NULL);
	PROMISE(!ret || ret == -EINVAL || ret == -EMSGSIZE || ret == -EBADMSG);
	PROMISE(changing.loads <= most_loads(n));
	if (vprim_vfio_cap_view_init(&v, kind, options, in.reply, n, NULL))
		return;
	for (ret = vprim_vfio_cap_first(&v, &cap, NULL); !ret;
	     ret = vprim_vfio_cap_next(&v, &cap, NULL)) {
		PROMISE((uint64_t)cap.offset + cap.extent_bytes <= n);
		(void)!vprim_vfio_cap_check(&v, &cap, NULL);
		read_lists(&v, &cap, false, &d);
		read_rest(&v, &cap, &d);
	}
	PROMISE(ret == -ENOENT || ret == -EBADMSG);
	read_mappable(&v, n);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const enum vprim_vfio_cap_kind kinds[] = {
		VPRIM_VFIO_CAP_REGION, VPRIM_VFIO_CAP_DEVICE,
		VPRIM_VFIO_CAP_IOMMU, VPRIM_VFIO_CAP_IOMMU,
	};
	uint32_t options;

	if (size < 3)
		return 0;
	options = data[0] & 8 ? VPRIM_VFIO_CAP_BE : VPRIM_VFIO_CAP_LE;
	if (data[0] & 4)
		options |= VPRIM_VFIO_CAP_STRICT;
	in.reply_size = (data[1] | (size_t)data[2] << 8) % (size - 2);
	in.reply = malloc(in.reply_size ? in.reply_size : 1);
	PROMISE(in.reply);
	memcpy(in.reply, data + 3, in.reply_size);
	in.data = data + 3 + in.reply_size;
	in.size = size - 3 - in.reply_size;
	changing.before = change;
	read_changing(kinds[data[0] & 3], options);
	changing.before = NULL;
	free(in.reply);
	return 0;
}
