// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * An image of one machine made into one of another.
 *
 *   byte 0        the two machines, four bits each
 *   byte 1        bit 0 target format, bit 1 keep PKRU, bits 2 to 7 patches
 *   2 to 9        mask of the source, little-endian
 *   10 to 17      mask of the target
 *   18, 19        room in the target, of 14 bits
 *   20 to 23      PKRU
 *   24 ...        patches of 7 bytes: a sub-leaf of the source, its ECX, size
 *                 and offset, then the image
 *
 * Both buffers end where their memory does. A target that was made is made again
 * of itself, to the same bytes.
 */
#include "../xstate_tables.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void demand(bool what)
{
	if (!what)
		abort();
}

/* Patches make tables that no processor has. */
static size_t make_source(const uint8_t *data, size_t size, unsigned int patches,
			  enum machine_name m, struct vprim_xstate_table *t)
{
	struct vprim_xstate_leaf leaf[VPRIM_XSTATE_LEAVES];
	size_t at = 0;

	memcpy(leaf, machine_leaves[m], sizeof(leaf));
	for (; patches-- && size - at >= 7; at += 7) {
		const uint8_t *p = data + at;
		struct vprim_xstate_leaf *l = &leaf[p[0] % VPRIM_XSTATE_LEAVES];

		l->ecx = p[1];
		l->eax = p[2] | (uint32_t)p[3] << 8 | (uint32_t)(p[6] & 15) << 28;
		l->ebx = p[4] | (uint32_t)p[5] << 8 | (uint32_t)(p[6] >> 4) << 28;
	}
	if (vprim_xstate_table_init(t, leaf, VPRIM_XSTATE_LEAVES, NULL))
		*t = machine_table(m);
	return at;
}

static void again(const struct vprim_xstate_target *dst, uint64_t size,
		  const struct vprim_xstate_convert_opts *opts)
{
	struct vprim_xstate_source from = { dst->table, dst->mask, dst->bytes,
					    (size_t)size };
	struct vprim_xstate_target to = *dst;

	to.len = (size_t)size;
	to.bytes = malloc(to.len);
	if (!to.bytes)
		return;
	demand(!vprim_xstate_convert(&from, &to, opts, NULL, NULL));
	demand(!memcmp(to.bytes, dst->bytes, to.len));
	free(to.bytes);
}

static void convert(const struct vprim_xstate_source *src,
		    const struct vprim_xstate_target *dst,
		    const struct vprim_xstate_convert_opts *opts)
{
	struct vprim_reason reason;
	uint64_t size = 0;
	size_t i;
	int ret;

	memset(dst->bytes, 0x77, dst->len);
	ret = vprim_xstate_convert(src, dst, opts, &size, &reason);
	if (!ret) {
		demand(size >= VPRIM_XSTATE_BASE_BYTES && size <= dst->len);
		again(dst, size, opts);
		return;
	}
	for (i = 0; i < dst->len; i++)
		demand(dst->bytes[i] == 0x77);
	demand(ret == -EINVAL || ret == -EBADMSG || ret == -EOPNOTSUPP ||
	       (ret == -EMSGSIZE && size > dst->len));
	demand(ret == -EMSGSIZE || reason.rule);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct vprim_xstate_table from, to;
	struct vprim_xstate_source src = { &from, 0, NULL, 0 };
	struct vprim_xstate_target dst = { &to, VPRIM_XSTATE_STANDARD, 0, NULL, 0 };
	struct vprim_xstate_convert_opts opts = { 0, false, 0 };
	uint8_t *image;
	size_t at = 24;

	if (size < at)
		return 0;
	to = machine_table((enum machine_name)(data[0] >> 4) % MACHINES);
	at += make_source(data + at, size - at, data[1] >> 2,
			  (enum machine_name)(data[0] & 15) % MACHINES, &from);
	dst.format = data[1] & 1 ? VPRIM_XSTATE_COMPACTED : VPRIM_XSTATE_STANDARD;
	src.mask = vprim_load_le64(data + 2);
	dst.mask = vprim_load_le64(data + 10);
	dst.len = data[18] | (size_t)(data[19] & 0x3f) << 8;
	opts.keep_pkru = data[1] >> 1 & 1;
	opts.pkru = vprim_load_le32(data + 20);

	src.len = size - at;
	image = malloc(src.len ? src.len : 1);
	dst.bytes = malloc(dst.len ? dst.len : 1);
	if (image && dst.bytes) {
		memcpy(image, data + at, src.len);
		src.bytes = image;
		convert(&src, &dst, &opts);
	}
	free(image);
	free(dst.bytes);
	return 0;
}
