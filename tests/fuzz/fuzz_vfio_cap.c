// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * Fuzz target of capability chains.
 *
 * The first byte says what the rest is: bits 0-1 the kind, bit 2 strict, bit 3
 * big-endian, bit 4 the layout of 32-bit x86. Without bit 7 the rest is a reply,
 * to be parsed and read whatever the verdict. With it the rest is a list of
 * calls to the builder, whose chain must come back from the parser the same.
 */
#include "../cap_support.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void parse(enum vprim_vfio_cap_kind kind, uint32_t options,
		  const uint8_t *data, size_t size)
{
	/* Exactly as long as it is, for whoever watches the heap. */
	uint8_t *copy = malloc(size ? size : 1);

	PROMISE(copy);
	memcpy(copy, data, size);
	read_everything(kind, options, copy, size);
	PROMISE(!memcmp(copy, data, size));
	free(copy);
}

/* The input as a source of numbers; zeros when it is used up. */
struct source {
	const uint8_t *data;
	size_t size;
};

static uint64_t take(struct source *s, unsigned int width)
{
	uint64_t v = 0;

	for (; width; width--) {
		v <<= 8;
		if (s->size) {
			v |= *s->data++;
			s->size--;
		}
	}
	return v;
}

static int add_lists(struct vprim_vfio_cap_chain *chain, struct source *s,
		     bool iommu)
{
	struct vprim_vfio_cap_area areas[16];
	struct vprim_range ranges[16];
	uint32_t nr = take(s, 1) % 16, i;

	for (i = 0; i < nr; i++) {
		areas[i].offset = ranges[i].start = take(s, 3);
		areas[i].size = take(s, 3);
		ranges[i].last = ranges[i].start + areas[i].size;
	}
	if (iommu)
		return vprim_vfio_cap_add_iova_ranges(chain, ranges, nr);
	return vprim_vfio_cap_add_sparse_mmap(chain, areas, nr);
}

static int add_value(struct vprim_vfio_cap_chain *chain,
		     enum vprim_vfio_cap_kind kind, struct source *s)
{
	struct vprim_vfio_cap_value v = {
		.kind = kind, .id = (uint16_t)(take(s, 1) % 7),
		.version = (uint16_t)(take(s, 1) % 4),
	};
	uint8_t *u = (uint8_t *)&v.u;
	size_t i;

	for (i = 0; i < sizeof(v.u); i++)
		u[i] = (uint8_t)take(s, 1);
	return vprim_vfio_cap_add_value(chain, &v);
}

/* A string of a device, and else an id that means nothing: not to be looked inside. */
static int add_bytes(struct vprim_vfio_cap_chain *chain,
		     enum vprim_vfio_cap_kind kind, struct source *s)
{
	uint16_t id = (uint16_t)take(s, 2), version = (uint16_t)(take(s, 1) % 4);
	size_t n = (size_t)take(s, 1) % 70;
	uint8_t bytes[64];

	memset(bytes, id, sizeof(bytes));
	if (kind == VPRIM_VFIO_CAP_DEVICE && id % 2)
		return vprim_vfio_cap_add_zpci_bytes(chain,
			id & 2 ? VPRIM_VFIO_CAP_ZPCI_UTIL : VPRIM_VFIO_CAP_ZPCI_PFIP,
			bytes, n % 65);
	return vprim_vfio_cap_add(chain, id | 0x8000, version, bytes, n);
}

#define REPLY_MAX 8192u

static uint32_t build(struct vprim_vfio_cap_chain *chain,
		      enum vprim_vfio_cap_kind kind, struct source *s)
{
	uint32_t argsz = vprim_vfio_cap_chain_argsz(chain), nr = 0;

	while (s->size) {
		unsigned int which = (unsigned int)(take(s, 1) % 4);
		int ret;

		if (!which && kind != VPRIM_VFIO_CAP_DEVICE)
			ret = add_lists(chain, s, kind == VPRIM_VFIO_CAP_IOMMU);
		else if (which == 1)
			ret = add_bytes(chain, kind, s);
		else
			ret = add_value(chain, kind, s);
		PROMISE(!ret || ret == -EMSGSIZE || ret == -EINVAL);
		if (ret == -EINVAL) {
			PROMISE(argsz == vprim_vfio_cap_chain_argsz(chain));
			continue;
		}
		PROMISE(vprim_vfio_cap_chain_argsz(chain) >= argsz + 8);
		argsz = vprim_vfio_cap_chain_argsz(chain);
		PROMISE(argsz % 8 == 0);
		nr++;
	}
	return nr;
}

static void build_and_parse(enum vprim_vfio_cap_kind kind, uint32_t options,
			    const uint8_t *data, size_t size)
{
	static uint8_t reply[REPLY_MAX], again[REPLY_MAX];
	const uint32_t header = kind == VPRIM_VFIO_CAP_REGION ? 32 : 24;
	struct source s = { data, size };
	uint32_t room = (uint32_t)take(&s, 2) % (REPLY_MAX - header);
	struct vprim_vfio_cap_fixed f = { .size = UINT64_MAX };
	struct vprim_vfio_cap_chain chain, copy;
	struct vprim_vfio_cap_reply r;
	struct vprim_vfio_cap_view v;
	struct vprim_vfio_cap cap;
	const void *bytes;
	uint32_t nr, argsz, got = 0;
	int ret;

	memset(reply, 0xee, sizeof(reply));
	PROMISE(!vprim_vfio_cap_chain_init(&chain, options & ~VPRIM_VFIO_CAP_STRICT,
					   header, reply + header, room));
	nr = build(&chain, kind, &s);
	argsz = vprim_vfio_cap_chain_argsz(&chain);
	f.argsz = argsz;
	PROMISE(reply[header + room] == 0xee);
	ret = vprim_vfio_cap_chain_reply(&chain, kind, &f, &r);
	PROMISE(ret == (argsz > header + room ? -EMSGSIZE : 0));
	if (ret || !nr)
		return;
	PROMISE(!vprim_vfio_cap_fixed_store(kind, options, &f, reply, header));
	PROMISE(!vprim_vfio_cap_chain_finish(&chain, &bytes, &got));
	PROMISE(bytes == reply + header && got == argsz - header);
	PROMISE(!vprim_vfio_cap_parse(&v, kind, options, reply, argsz, NULL));
	PROMISE(v.nr_caps == nr);
	read_everything(kind, options, reply, argsz);
	PROMISE(!vprim_vfio_cap_chain_init(&copy, options & ~VPRIM_VFIO_CAP_STRICT,
					   header, again, got));
	for (ret = vprim_vfio_cap_first(&v, &cap, NULL); !ret;
	     ret = vprim_vfio_cap_next(&v, &cap, NULL))
		PROMISE(!vprim_vfio_cap_add(&copy, cap.id, cap.version,
					    reply + cap.offset + 8,
					    cap.extent_bytes));
	PROMISE(ret == -ENOENT && !vprim_vfio_cap_chain_shift(&copy));
	PROMISE(!memcmp(again, reply + header, got));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const enum vprim_vfio_cap_kind kinds[] = {
		VPRIM_VFIO_CAP_REGION, VPRIM_VFIO_CAP_DEVICE,
		VPRIM_VFIO_CAP_IOMMU, VPRIM_VFIO_CAP_REGION,
	};
	enum vprim_vfio_cap_kind kind;
	uint32_t options;

	if (!size)
		return 0;
	kind = kinds[data[0] & 3];
	options = data[0] & 8 ? VPRIM_VFIO_CAP_BE : VPRIM_VFIO_CAP_LE;
	if (data[0] & 4)
		options |= VPRIM_VFIO_CAP_STRICT;
	if (data[0] & 16)
		options |= VPRIM_VFIO_CAP_I386;
	if (data[0] & 0x80)
		build_and_parse(kind, options, data + 1, size - 1);
	else
		parse(kind, options, data + 1, size - 1);
	return 0;
}
