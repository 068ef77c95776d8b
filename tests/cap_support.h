/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * What the tests and the fuzz target of capability chains share: good replies,
 * little-endian (the layouts of Linux 6.12 as R, D and I, and what real kernels
 * answered); memory that faults when a parser leaves it; and a reader that reads
 * whatever can be read and aborts when a promise is broken.
 */
#ifndef CAP_SUPPORT_H
#define CAP_SUPPORT_H
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>
#include <virtprim/vfio_cap.h>

static const struct sample {
	const char *name;
	enum vprim_vfio_cap_kind kind;
	const char *hex;
} samples[] = {
	{ "R1", VPRIM_VFIO_CAP_REGION,
	  "2000000003000000070000000000000000100000000000000000000000070000" },
	{ "R2", VPRIM_VFIO_CAP_REGION,
	  "200000000300000007000000efbeadde00100000000000000000000000070000" },
	{ "R3", VPRIM_VFIO_CAP_REGION,
	  "280000000f000000000000000000000000400000000000000000000000000000" },
	{ "R4", VPRIM_VFIO_CAP_REGION,
	  "280000000f000000000000002000000000400000000000000000000000000000"
	  "0300010000000000" },
	{ "R5", VPRIM_VFIO_CAP_REGION,
	  "3000000009000000090000002000000000200000000000000000000000090000"
	  "02000100000000008680008001000000" },
	{ "R6", VPRIM_VFIO_CAP_REGION,
	  "400000000f000000040000002000000000000000020000000000000000040000"
	  "0100010000000000010000000000000000000000000000000000007f01000000" },
	{ "R7", VPRIM_VFIO_CAP_REGION,
	  "580000000f000000000000002000000000000100000000000000000000000000"
	  "0100010050000000020000000000000000000000000000000020000000000000"
	  "003000000000000000d00000000000000300010000000000" },
	{ "R8", VPRIM_VFIO_CAP_REGION,
	  "600000000f000000090000002000000000400000000000000000000000090000"
	  "0200010030000000010000000100000001000100500000000100000000000000"
	  "0010000000000000001000000000000005000100000000000900000000000000" },
	{ "R9", VPRIM_VFIO_CAP_REGION,
	  "300000000b000000010000000000000008000000000000000004000000000000"
	  "000000000000000000000000000000" },
	{ "R10", VPRIM_VFIO_CAP_REGION,
	  "400000000b000000090000002000000000010000000000000000500000000000"
	  "0200010000000000010000000100000000000000000000000000000000000000" },
	{ "D1", VPRIM_VFIO_CAP_DEVICE,
	  "2800000083000000090000000500000018000000000000000500010000000000"
	  "0300000000000000" },
	{ "I1", VPRIM_VFIO_CAP_IOMMU,
	  "7800000003000000001020400000000018000000000000000200010038000000"
	  "0000000000000000001000000000000000000010000000000300010048000000"
	  "ffff000000000000010001000000000002000000000000000000000000000000"
	  "ffffdffe000000000000f0fe00000000ffffffff7f000000" },
	{ "Linux 6.12.117, vfio-pci, e1000e BAR 3, recorded", VPRIM_VFIO_CAP_REGION,
	  "280000000f000000030000002000000000400000000000000000000000030000"
	  "0300010000000000" },
	{ "Linux 6.12.117, type1, VT-d 39 bits, recorded", VPRIM_VFIO_CAP_IOMMU,
	  "7800000003000000001020400000000018000000000000000200010038000000"
	  "0000000000000000001000000000000000000010000000000300010048000000"
	  "ffff000000000000010001000000000002000000000000000000000000000000"
	  "ffffdffe000000000000f0fe00000000ffffffff7f000000" },
	{ "Linux 6.12.117, type1, AMD IOMMU, recorded", VPRIM_VFIO_CAP_IOMMU,
	  "880000000300000000f0ffff7fff0f0018000000000000000200010038000000"
	  "0000000000000000001000000000000000000010000000000300010048000000"
	  "ffff000000000000010001000000000003000000000000000000000000000000"
	  "ffffdffe000000000000f0fe00000000fffffffffc0000000000000000010000"
	  "ffffffffffffffff" },
	{ "Linux 6.12.117, type1, virtio-iommu, recorded", VPRIM_VFIO_CAP_IOMMU,
	  "780000000300000000f0ffffffffffff18000000000000000200010038000000"
	  "0000000000000000001000000000000000000010000000000300010048000000"
	  "ffff000000000000010001000000000002000000000000000000000000000000"
	  "ffffdffe000000000000f0fe00000000ffffffffffffffff" },
	{ "Linux 6.12.117, two areas and a type, recorded", VPRIM_VFIO_CAP_REGION,
	  "6000000009000000000000002000000000400000000000000000000000000000"
	  "0100010050000000020000000000000000000000000000000010000000000000"
	  "0030000000000000001000000000000002000100000000000700000009000000" },
	{ "Linux 6.12.117, type1 without an IOMMU, recorded", VPRIM_VFIO_CAP_IOMMU,
	  "480000000300000000f0ffffffffffff18000000000000000200010038000000"
	  "0000000000000000001000000000000000000010000000000300010000000000"
	  "ffff000000000000" },
	{ "all zPCI capabilities, both versions", VPRIM_VFIO_CAP_DEVICE,
	  "d800000082000000090000000100000018000000000000000100010038000000"
	  "0010000000000000002000000000000000000000000000000100020060000000"
	  "0010000000000000002000000000000001000200030004050600000000000000"
	  "0200010088000000ffff0000000000000000e0fe000000000100000000000000"
	  "010002000300040002000200b8000000ffff0000000000000000e0fe00000000"
	  "01000000000000000100020003000400050000000000000003000100c8000000"
	  "03000000c1c2c30004000100000000000000000000000000" },
	{ "all region capabilities", VPRIM_VFIO_CAP_REGION,
	  "680000000b000000090000002000000000100000000000000000000000000000"
	  "010001003000000000000000000000000200010040000000de10008001000000"
	  "03000100480000000400010058000000efcdab89674523010500010000000000"
	  "0900000000000000" },
};

static const enum vprim_vfio_cap_kind all_kinds[] = {
	VPRIM_VFIO_CAP_REGION, VPRIM_VFIO_CAP_DEVICE, VPRIM_VFIO_CAP_IOMMU,
};

static inline uint32_t header_of(enum vprim_vfio_cap_kind kind)
{
	return kind == VPRIM_VFIO_CAP_REGION ? 32 : 24;
}

#define SAMPLES (sizeof(samples) / sizeof(samples[0]))
#define SAMPLE_MAX 512u

static inline unsigned int sample_digit(char ch)
{
	return (unsigned int)(ch <= '9' ? ch - '0' : ch - 'a' + 10);
}

static inline size_t sample_bytes(const struct sample *s, uint8_t *to)
{
	size_t n = strlen(s->hex) / 2, i;

	for (i = 0; i < n; i++)
		to[i] = (uint8_t)(sample_digit(s->hex[2 * i]) << 4 |
				  sample_digit(s->hex[2 * i + 1]));
	return n;
}

/*
 * Pages that lie between two that fault on any access, seen twice: where they
 * may be written, and where a write faults too.
 */
struct guarded {
	uint8_t *write, *first, *last;	/* last is one past the end */
	size_t size;
};

static inline struct guarded guarded_pages(size_t pages)
{
	size_t page = (size_t)sysconf(_SC_PAGESIZE);
	struct guarded g = { .size = pages * page };
	FILE *file = tmpfile();
	uint8_t *all;

	if (!file || ftruncate(fileno(file), (off_t)g.size))
		abort();
	all = mmap(NULL, g.size + 2 * page, PROT_NONE,
		   MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	g.write = mmap(NULL, g.size, PROT_READ | PROT_WRITE, MAP_SHARED,
		       fileno(file), 0);
	if (all == MAP_FAILED || g.write == MAP_FAILED)
		abort();
	g.first = mmap(all + page, g.size, PROT_READ, MAP_SHARED | MAP_FIXED,
		       fileno(file), 0);
	if (g.first == MAP_FAILED)
		abort();
	g.last = g.first + g.size;
	fclose(file);
	return g;
}

/* Put @n bytes right before the guard behind, and give where they are read. */
static inline const uint8_t *guard_end(const struct guarded *g,
				       const uint8_t *bytes, size_t n)
{
	if (n)
		memcpy(g->write + g->size - n, bytes, n);
	return g->last - n;
}

/* The same right behind the guard before. */
static inline const uint8_t *guard_start(const struct guarded *g,
					 const uint8_t *bytes, size_t n)
{
	if (n)
		memcpy(g->write, bytes, n);
	return g->first;
}

/* -- read everything -------------------------------------------------------- */

#define PROMISE(x) do { if (!(x)) abort(); } while (0)

struct digest {
	uint64_t state;
};

static inline void digest_add(struct digest *d, uint64_t v)
{
	d->state = (d->state ^ v) * UINT64_C(0x9e3779b97f4a7c15);
	d->state ^= d->state >> 29;
}

static inline void read_lists(const struct vprim_vfio_cap_view *v,
			      const struct vprim_vfio_cap *cap, bool sound,
			      struct digest *d)
{
	static struct vprim_range ranges[8192];
	struct vprim_vfio_cap_value value;
	struct vprim_vfio_cap_area a;
	struct vprim_range r;
	uint32_t nr = 0, i;
	int ret = cap->id == 1 ? vprim_vfio_cap_read_value(v, cap, &value, NULL) : -EINVAL;
	bool areas = !ret && value.kind == VPRIM_VFIO_CAP_REGION;
	bool windows = !ret && value.kind == VPRIM_VFIO_CAP_IOMMU;

	for (i = 0; areas && i < value.u.nr; i++) {
		int got = vprim_vfio_cap_read_sparse_area(v, cap, i, &a, NULL);

		PROMISE(!sound || !got);
		if (got)
			continue;
		PROMISE(!a.size || (a.offset <= v->fixed.size &&
				    a.size <= v->fixed.size - a.offset));
		digest_add(d, a.offset ^ a.size);
	}
	/* Behind the last item that the payload has room for there is none. */
	PROMISE(!areas || vprim_vfio_cap_read_sparse_area(v, cap,
		(cap->extent_bytes - 16) / 16, &a, NULL) == -ENOENT);
	PROMISE(!windows || vprim_vfio_cap_read_iova_range(v, cap,
		(cap->extent_bytes - 16) / 16, &r, NULL) == -ENOENT);
	for (i = 0; windows && i < value.u.nr; i++) {
		int got = vprim_vfio_cap_read_iova_range(v, cap, i, &r, NULL);

		PROMISE(!sound || !got);
		PROMISE(got || vprim_range_is_valid(&r));
	}
	ret = vprim_vfio_cap_read_iova_ranges(v, cap, ranges, 8192, &nr, NULL);
	PROMISE(ret != -EMSGSIZE || nr > 8192);
	for (i = 0; !ret && i < nr; i++) {
		PROMISE(vprim_range_is_valid(&ranges[i]));
		PROMISE(!i || ranges[i].start > ranges[i - 1].last);
		digest_add(d, ranges[i].start ^ ranges[i].last);
	}
}

/* What can be mapped; the steps are as many as a list can have items. */
static inline void read_mappable(const struct vprim_vfio_cap_view *v, size_t len)
{
	struct vprim_vfio_cap_mappable it = { 0 };
	struct vprim_vfio_cap_area a;
	size_t steps = 0;
	int ret;

	while (!(ret = vprim_vfio_cap_mappable_next(v, &it, &a, NULL))) {
		PROMISE(a.size && a.offset <= v->fixed.size &&
			a.size <= v->fixed.size - a.offset);
		PROMISE(++steps <= len / 16 + 1);
	}
	PROMISE(ret == -ENOENT || ret == -EBADMSG || ret == -EINVAL);
}

static inline void read_rest(const struct vprim_vfio_cap_view *v,
			     const struct vprim_vfio_cap *cap, struct digest *d)
{
	struct vprim_vfio_cap_value value;
	static uint8_t bytes[65536];
	uint32_t w, i;

	if (!vprim_vfio_cap_read_value(v, cap, &value, NULL)) {
		PROMISE(value.kind == v->kind_ && value.id == cap->id &&
			value.version == cap->version);
		for (i = 0; i < sizeof(value.u); i++)
			digest_add(d, ((const uint8_t *)&value.u)[i]);
	}
	if (!vprim_vfio_cap_read_zpci_bytes(v, cap, bytes, sizeof(bytes), &w,
					    NULL))
		for (i = 0; i < w; i++)
			digest_add(d, bytes[i]);
}

/*
 * Parse, and read all that can be read whatever the verdict was. The digest of
 * verdict and values is the same for the same bytes at any place.
 */
static inline uint64_t read_everything(enum vprim_vfio_cap_kind kind,
				       uint32_t options, const uint8_t *bytes,
				       size_t len)
{
	struct vprim_reason why = { .rule = NULL };
	struct vprim_vfio_cap_view v;
	struct vprim_vfio_cap cap;
	struct digest d = { 1 };
	uint32_t before = 0, nr = 0;
	int ret = vprim_vfio_cap_parse(&v, kind, options, bytes, len, &why);
	bool sound = !ret;
	uint32_t found = sound ? v.nr_caps : 0;

	PROMISE(!ret || ret == -EINVAL || ret == -EMSGSIZE || ret == -EBADMSG);
	PROMISE((ret == 0) == !why.rule);
	PROMISE(ret != -EBADMSG || why.at < len);
	digest_add(&d, (uint64_t)(uint32_t)ret << 32 | vprim_reason_id(&why));
	digest_add(&d, why.at << 32 | why.value);
	ret = vprim_vfio_cap_view_init(&v, kind, options, bytes, len, NULL);
	if (ret) {
		PROMISE(!sound);
		return d.state;
	}
	for (ret = vprim_vfio_cap_first(&v, &cap, &why); !ret;
	     ret = vprim_vfio_cap_next(&v, &cap, &why)) {
		bool good = !vprim_vfio_cap_check(&v, &cap, NULL);

		PROMISE(!sound || good);
		PROMISE(cap.offset > before && cap.offset % 4 == 0);
		PROMISE(cap.extent_bytes >= 8 &&
			(uint64_t)cap.offset + cap.extent_bytes <= len);
		before = cap.offset;
		nr++;
		digest_add(&d, (uint64_t)cap.id << 48 ^
			       (uint64_t)cap.version << 32 ^ cap.offset);
		digest_add(&d, (uint64_t)cap.extent_bytes << 32 ^ cap.notes);
		read_lists(&v, &cap, good, &d);
		read_rest(&v, &cap, &d);
	}
	PROMISE(ret == -ENOENT || (ret == -EBADMSG && !sound));
	PROMISE(!sound || nr == found);
	PROMISE(nr <= len / 8);
	read_mappable(&v, len);
	digest_add(&d, (uint64_t)vprim_vfio_cap_match_type(
			       &v, VPRIM_VFIO_CAP_TYPE_PCI | 0x8086, 1, NULL));
	return d.state;
}

/* What a server with a chain of so many bytes, in eights, writes back. */
static inline int reply_for(enum vprim_vfio_cap_kind kind, struct vprim_vfio_cap_fixed f,
			    uint32_t header, uint32_t bytes, struct vprim_vfio_cap_reply *r)
{
	struct vprim_vfio_cap_chain chain;
	uint8_t buf[96];

	PROMISE(!vprim_vfio_cap_chain_init(&chain, VPRIM_VFIO_CAP_LE, header, buf,
					   sizeof(buf)));
	for (; bytes; bytes -= 8)
		PROMISE(!vprim_vfio_cap_add(&chain, 3, 1, NULL, 8));
	return vprim_vfio_cap_chain_reply(&chain, kind, &f, r);
}

#endif
