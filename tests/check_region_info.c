// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * region_info.h: one small driver for each that the Linux series touched, and
 * what reaches the caller. The same drivers as tables, with byte-exact replies,
 * are in vectors/region_info.vec.
 */
#include "testlib.h"
#include <virtprim/region_info.h>
#include <virtprim/vfio_cap.h>

#define LE VPRIM_VFIO_CAP_LE
#define R VPRIM_VFIO_CAP_REGION_READ
#define W VPRIM_VFIO_CAP_REGION_WRITE
#define M VPRIM_VFIO_CAP_REGION_MMAP
#define C VPRIM_VFIO_CAP_REGION_CAPS
#define INTEL (VPRIM_VFIO_CAP_TYPE_PCI | 0x8086)

static int add_msix(struct vprim_vfio_cap_chain *chain)
{
	return vprim_vfio_cap_add(chain, VPRIM_VFIO_CAP_MSIX_MAPPABLE, 1, NULL, 8);
}

/* A query that comes as bytes, and its answer put in their place. */
static int get(const struct vprim_region_info_ops *ops, const void *device,
	       uint8_t *bytes, struct vprim_vfio_cap_chain *chain,
	       struct vprim_vfio_cap_reply *r)
{
	uint32_t order = chain->options_ & (LE | VPRIM_VFIO_CAP_BE);
	struct vprim_vfio_cap_fixed f, was;
	int ret;

	ck_assert_int_eq(vprim_vfio_cap_fixed_load(VPRIM_VFIO_CAP_REGION, order,
						   bytes, 32, &f), 0);
	was = f;
	ret = vprim_region_info_get(ops, (void *)(uintptr_t)device, &f, chain, r);
	ck_assert(!ret || !memcmp(&f, &was, sizeof(f)));
	ck_assert_int_eq(vprim_vfio_cap_fixed_store(VPRIM_VFIO_CAP_REGION, order,
						    &f, bytes, 32), 0);
	return ret;
}

/* -- vfio-pci: what its core function knows of a device --------------------------- */

struct pci {
	uint64_t bar_size[6];
	bool bar_maps[6];
	bool rom_maps, vga;
	int msix_bar;			/* -1 for none */
	uint64_t rom_size, config_size;
	unsigned int nr_own;		/* regions from index 9 on */
	struct vprim_vfio_cap_type own[2];
	uint64_t own_size[2];
	/* What wrapping drivers add. */
	uint64_t io_bytes;		/* virtio: emulated BAR 0 */
	uint64_t memory_bytes[6];	/* nvgrace: real length behind a BAR */
	uint64_t aperture, aperture_size; /* gvt */
};

static uint64_t pci_offset(uint32_t index)
{
	return (uint64_t)index << VPRIM_REGION_INFO_PCI_SHIFT;
}

static int pci_bar(const struct pci *p, struct vprim_region_info *info,
		   struct vprim_vfio_cap_chain *chain)
{
	uint32_t i = info->index;

	info->size = p->bar_size[i];
	if (!info->size)
		return 0;
	info->flags = R | W;
	if (!p->bar_maps[i])
		return 0;
	info->flags |= M;
	return p->msix_bar == (int)i ? add_msix(chain) : 0;
}

static int pci_own(const struct pci *p, struct vprim_region_info *info,
		   struct vprim_vfio_cap_chain *chain)
{
	uint32_t i = info->index - VPRIM_REGION_INFO_PCI_DEVICE;

	if (i >= p->nr_own)
		return -EINVAL;
	info->size = p->own_size[i];
	info->flags = R;
	return vprim_vfio_cap_add_type(chain, p->own[i].type, p->own[i].subtype);
}

static int pci_core(void *device, struct vprim_region_info *info,
		    struct vprim_vfio_cap_chain *chain)
{
	const struct pci *p = device;

	info->offset = pci_offset(info->index);
	switch (info->index) {
	case VPRIM_REGION_INFO_PCI_CONFIG:
		info->size = p->config_size;
		info->flags = R | W;
		return 0;
	case VPRIM_REGION_INFO_PCI_ROM:
		info->size = p->rom_maps ? p->rom_size : 0;
		info->flags = info->size ? R : 0;
		return 0;
	case VPRIM_REGION_INFO_PCI_VGA:
		info->size = 0xc0000;
		info->flags = R | W;
		return p->vga ? 0 : -EINVAL;
	default:
		if (info->index < VPRIM_REGION_INFO_PCI_ROM)
			return pci_bar(p, info, chain);
		return pci_own(p, info, chain);
	}
}

static const struct pci nvme = {
	.bar_size = { 0x4000 }, .bar_maps = { true }, .msix_bar = 0,
	.config_size = 0x1000, .rom_maps = true, .rom_size = 0x20000,
};

static const struct pci igd = {
	.bar_size = { 0x1000000, 0, 0x10000000, 0, 0x40 },
	.bar_maps = { true, false, true }, .msix_bar = -1, .config_size = 0x100,
	.vga = true, .nr_own = 2,
	.own = { { INTEL, 1 }, { INTEL, 2 } }, .own_size = { 0x2000, 0x100 },
};

/* -- drivers that wrap it ------------------------------------------------------------ */

/* hisi_acc: the second half of BAR 2 is the migration engine's, and hidden. */
static int hisi(void *device, struct vprim_region_info *info,
		struct vprim_vfio_cap_chain *chain)
{
	const struct pci *p = device;

	if (info->index != 2)
		return pci_core(device, info, chain);
	info->offset = pci_offset(2);
	info->size = p->bar_size[2] / 2;
	info->flags = R | W | M;
	return 0;
}

static int virtio(void *device, struct vprim_region_info *info,
		  struct vprim_vfio_cap_chain *chain)
{
	const struct pci *p = device;

	if (info->index != 0)
		return pci_core(device, info, chain);
	info->offset = pci_offset(0);
	info->size = p->io_bytes;
	info->flags = R | W;
	return 0;
}

static int nvgrace(void *device, struct vprim_region_info *info,
		   struct vprim_vfio_cap_chain *chain)
{
	const struct pci *p = device;
	struct vprim_vfio_cap_area area = { 0, 0 };

	if (info->index != 2 && info->index != 4)
		return pci_core(device, info, chain);
	area.size = p->memory_bytes[info->index];
	info->offset = pci_offset(info->index);
	/* The BAR is a power of two; the memory behind it need not be. */
	info->size = (uint64_t)1 << (vprim_fls64(area.size - 1) + 1);
	info->flags = R | W | M;
	return vprim_vfio_cap_add_sparse_mmap(chain, &area, 1);
}

static int gvt(void *device, struct vprim_region_info *info,
	       struct vprim_vfio_cap_chain *chain)
{
	const struct pci *p = device;
	struct vprim_vfio_cap_area area = { p->aperture, p->aperture_size };

	switch (info->index) {
	case VPRIM_REGION_INFO_PCI_CONFIG:
	case 0:
		return pci_core(device, info, chain);
	case 2:
		info->offset = pci_offset(2);
		info->size = p->bar_size[2];
		info->flags = R | W | M;
		return vprim_vfio_cap_add_sparse_mmap(chain, &area, 1);
	case 1: case 3: case 4: case 5:
	case VPRIM_REGION_INFO_PCI_ROM:
	case VPRIM_REGION_INFO_PCI_VGA:
		info->offset = pci_offset(info->index);
		return 0;
	default:
		info->offset = pci_offset(info->index);
		return pci_own(p, info, chain);
	}
}

/* -- drivers that are a table ------------------------------------------------------------ */

struct entry {
	uint32_t index, flags;
	uint64_t size, offset;
	struct vprim_vfio_cap_type type;	/* type 0 for none */
};

struct table {
	const struct entry *entries;
	size_t nr;
};

static int from_table(void *device, struct vprim_region_info *info,
		      struct vprim_vfio_cap_chain *chain)
{
	const struct table *t = device;

	for (size_t i = 0; i < t->nr; i++) {
		const struct entry *e = &t->entries[i];

		if (e->index != info->index)
			continue;
		info->flags = e->flags;
		info->size = e->size;
		info->offset = e->offset;
		return e->type.type ? vprim_vfio_cap_add_type(chain, e->type.type,
							      e->type.subtype) : 0;
	}
	return -EINVAL;
}

/* Sizes and offsets of the samples: Linux 6.12.117, recorded. */
static const struct entry mbochs_regions[] = {
	{ 0, R | W | M, 0x4000000, 0x3000, { 0, 0 } },
	{ 1, 0, 0, 0, { 0, 0 } },
	{ 2, R | W, 0x1000, 0x1000, { 0, 0 } },
	{ 7, R | W, 0xff, 0, { 0, 0 } },
	{ 9, R | W, 0x1000, 0x2000, { VPRIM_VFIO_CAP_TYPE_GFX, 1 } },
};
static const struct entry mdpy_regions[] = {
	{ 0, R | W | M, 0x800000, 0x1000, { 0, 0 } },
	{ 1, 0, 0, 0, { 0, 0 } },
	{ 7, R | W, 0xff, 0, { 0, 0 } },
};
static const struct entry mtty_regions[] = {
	{ 0, R | W, 8, 0, { 0, 0 } },
	{ 1, R | W, 0, (uint64_t)1 << 40, { 0, 0 } },
	{ 7, R | W, 0xff, (uint64_t)7 << 40, { 0, 0 } },
};
static const struct entry platform_regions[] = {
	{ 0, R | W | M, 0x1000, 0, { 0, 0 } },
	{ 1, R | W, 0x20, (uint64_t)1 << 40, { 0, 0 } },
};
static const struct entry fsl_mc_regions[] = {
	{ 0, R | W | M, 0x10000, 0, { 0, 0 } },
	{ 1, R | W, 0x40, (uint64_t)1 << 40, { 0, 0 } },
};
static const struct entry cdx_regions[] = {
	{ 0, R | W | M, 0x100000, 0, { 0, 0 } },
};
static const struct entry ccw_regions[] = {
	{ 0, R | W, 0x1e4, 0, { 0, 0 } },
	{ 1, R | W, 8, 0x400, { VPRIM_VFIO_CAP_TYPE_CCW, 1 } },
	{ 2, R, 0x34, 0x800, { VPRIM_VFIO_CAP_TYPE_CCW, 2 } },
	{ 3, R, 8, 0xc00, { VPRIM_VFIO_CAP_TYPE_CCW, 3 } },
};

#define TABLE(t) { t, sizeof(t) / sizeof((t)[0]) }
static const struct table mbochs = TABLE(mbochs_regions);
static const struct table mdpy = TABLE(mdpy_regions);
static const struct table mtty = TABLE(mtty_regions);
static const struct table platform = TABLE(platform_regions);
static const struct table fsl_mc = TABLE(fsl_mc_regions);
static const struct table cdx = TABLE(cdx_regions);
static const struct table ccw = TABLE(ccw_regions);

static const struct pci hisi_dev = {
	.bar_size = { 0, 0, 0x800000 }, .msix_bar = -1, .config_size = 0x1000,
};
static const struct pci virtio_dev = {
	.bar_size = { 0x80, 0x1000 }, .bar_maps = { false, true }, .msix_bar = 1,
	.config_size = 0x100, .io_bytes = 0x20,
};
static const struct pci nvgrace_dev = {
	.bar_size = { 0x1000 }, .bar_maps = { true }, .msix_bar = -1,
	.config_size = 0x1000,
	.memory_bytes = { 0, 0, 0x40000000, 0, 0x17f000000 },
};
static const struct pci gvt_dev = {
	.bar_size = { 0x1000000, 0, 0x10000000 }, .msix_bar = -1,
	.config_size = 0x100, .aperture = 0x8000000, .aperture_size = 0x4000000,
	.nr_own = 2, .own = { { INTEL, 1 }, { VPRIM_VFIO_CAP_TYPE_GFX, 1 } },
	.own_size = { 0x2000, 0x1000 },
};

/* -- one query, whole ------------------------------------------------------------------ */

struct answer {
	int ret;
	uint32_t argsz, flags, cap_offset;
	uint64_t size, offset;
	unsigned int nr_caps;
	uint16_t id;				/* of the first */
	struct vprim_vfio_cap_type type;	/* of TYPE */
	struct vprim_vfio_cap_area area;	/* of SPARSE_MMAP */
};

static void note_caps(struct answer *a, const uint8_t *buf, size_t n)
{
	struct vprim_vfio_cap_value value;
	struct vprim_vfio_cap_view v;
	struct vprim_vfio_cap cap;
	int ret = vprim_vfio_cap_parse(&v, VPRIM_VFIO_CAP_REGION,
				       LE | VPRIM_VFIO_CAP_STRICT, buf, n, NULL);

	ck_assert_int_eq(ret, a->flags & C && !a->cap_offset ? -EMSGSIZE : 0);
	if (ret)
		return;
	a->nr_caps = v.nr_caps;
	if (vprim_vfio_cap_first(&v, &cap, NULL))
		return;
	a->id = cap.id;
	ck_assert_int_eq(vprim_vfio_cap_read_value(&v, &cap, &value, NULL), 0);
	if (a->id == VPRIM_VFIO_CAP_TYPE)
		a->type = value.u.type;
	if (a->id == VPRIM_VFIO_CAP_SPARSE_MMAP)
		ck_assert_int_eq(vprim_vfio_cap_read_sparse_area(&v, &cap, 0,
								 &a->area, NULL), 0);
}

/* As a caller sees it: a buffer of @argsz bytes that the core may not leave. */
static struct answer query(const struct vprim_region_info_ops *ops,
			   const void *device, uint32_t index, uint32_t argsz)
{
	struct vprim_vfio_cap_fixed f = { .argsz = argsz, .index = index };
	struct vprim_vfio_cap_chain chain;
	struct vprim_vfio_cap_reply r;
	uint8_t buf[256], chain_buf[64];
	struct answer a = { 0 };
	const void *bytes;
	uint32_t size;

	memset(buf, 0xcc, sizeof(buf));
	ck_assert_int_eq(vprim_vfio_cap_fixed_store(VPRIM_VFIO_CAP_REGION, LE, &f,
						    buf, 32), 0);
	ck_assert_int_eq(vprim_vfio_cap_chain_init(&chain, LE, 32, chain_buf,
						   sizeof(chain_buf)), 0);
	a.ret = get(ops, device, buf, &chain, &r);
	if (!a.ret && !vprim_vfio_cap_chain_finish(&chain, &bytes, &size)) {
		ck_assert_uint_eq(size, r.chain_bytes);
		memcpy(buf + 32, bytes, size);
	}
	for (size_t i = a.ret || !r.chain_bytes ? 32 : 32 + r.chain_bytes;
	     i < sizeof(buf); i++)
		ck_assert_uint_eq(buf[i], 0xcc);
	ck_assert_int_eq(vprim_vfio_cap_fixed_load(VPRIM_VFIO_CAP_REGION, LE, buf,
						   32, &f), 0);
	ck_assert_uint_eq(f.index, index);
	a.argsz = f.argsz;
	a.flags = f.flags;
	a.cap_offset = f.cap_offset;
	a.size = f.size;
	a.offset = f.offset;
	ck_assert(a.ret || r.fixed_bytes == 32);
	if (!a.ret)
		note_caps(&a, buf, a.argsz < sizeof(buf) ? a.argsz : sizeof(buf));
	return a;
}

static const struct row {
	const char *name;
	int (*op)(void *device, struct vprim_region_info *info,
		  struct vprim_vfio_cap_chain *chain);
	const void *device;
	uint32_t index, argsz;
	int ret;
	uint32_t argsz_out, flags;
	uint64_t size, offset;
	uint16_t id;
	uint64_t a, b;		/* type and subtype, or area offset and size */
} rows[] = {
	{ "vfio-pci: MSI-X BAR, too small", pci_core, &nvme, 0, 32,
	  0, 40, R | W | M | C, 0x4000, 0, 0, 0, 0 },
	{ "vfio-pci: MSI-X BAR", pci_core, &nvme, 0, 40,
	  0, 40, R | W | M | C, 0x4000, 0, 3, 0, 0 },
	{ "vfio-pci: absent BAR", pci_core, &nvme, 5, 32,
	  0, 32, 0, 0, (uint64_t)5 << 40, 0, 0, 0 },
	{ "vfio-pci: BAR that does not map", pci_core, &igd, 4, 32,
	  0, 32, R | W, 0x40, (uint64_t)4 << 40, 0, 0, 0 },
	{ "vfio-pci: BAR that maps, no MSI-X", pci_core, &igd, 2, 64,
	  0, 64, R | W | M, 0x10000000, (uint64_t)2 << 40, 0, 0, 0 },
	{ "vfio-pci: shadow ROM", pci_core, &nvme, 6, 32,
	  0, 32, R, 0x20000, (uint64_t)6 << 40, 0, 0, 0 },
	{ "vfio-pci: ROM that does not map", pci_core, &igd, 6, 32,
	  0, 32, 0, 0, (uint64_t)6 << 40, 0, 0, 0 },
	{ "vfio-pci: configuration space", pci_core, &nvme, 7, 32,
	  0, 32, R | W, 0x1000, (uint64_t)7 << 40, 0, 0, 0 },
	{ "vfio-pci: no VGA", pci_core, &nvme, 8, 32, -EINVAL, 32, 0, 0, 0, 0, 0, 0 },
	{ "vfio-pci: VGA", pci_core, &igd, 8, 32,
	  0, 32, R | W, 0xc0000, (uint64_t)8 << 40, 0, 0, 0 },
	{ "vfio-pci: IGD opregion", pci_core, &igd, 9, 48,
	  0, 48, R | C, 0x2000, (uint64_t)9 << 40, 2, INTEL, 1 },
	{ "vfio-pci: IGD host bridge", pci_core, &igd, 10, 4096,
	  0, 4096, R | C, 0x100, (uint64_t)10 << 40, 2, INTEL, 2 },
	{ "vfio-pci: beyond the last region", pci_core, &igd, 11, 48,
	  -EINVAL, 48, 0, 0, 0, 0, 0, 0 },
	{ "vfio-pci: index 2^32-1", pci_core, &igd, UINT32_MAX, 48,
	  -EINVAL, 48, 0, 0, 0, 0, 0, 0 },
	{ "hisi_acc: half of BAR 2", hisi, &hisi_dev, 2, 32,
	  0, 32, R | W | M, 0x400000, (uint64_t)2 << 40, 0, 0, 0 },
	{ "hisi_acc: the rest is vfio-pci's", hisi, &hisi_dev, 7, 32,
	  0, 32, R | W, 0x1000, (uint64_t)7 << 40, 0, 0, 0 },
	{ "virtio: emulated BAR 0", virtio, &virtio_dev, 0, 32,
	  0, 32, R | W, 0x20, 0, 0, 0, 0 },
	{ "virtio: BAR 1 is vfio-pci's", virtio, &virtio_dev, 1, 40,
	  0, 40, R | W | M | C, 0x1000, (uint64_t)1 << 40, 3, 0, 0 },
	{ "nvgrace: usemem", nvgrace, &nvgrace_dev, 4, 64,
	  0, 64, R | W | M | C, 0x200000000, (uint64_t)4 << 40, 1, 0, 0x17f000000 },
	{ "nvgrace: resmem", nvgrace, &nvgrace_dev, 2, 64,
	  0, 64, R | W | M | C, 0x40000000, (uint64_t)2 << 40, 1, 0, 0x40000000 },
	{ "nvgrace: usemem, too small", nvgrace, &nvgrace_dev, 4, 63,
	  0, 64, R | W | M | C, 0x200000000, (uint64_t)4 << 40, 0, 0, 0 },
	{ "nvgrace: BAR 0 is vfio-pci's", nvgrace, &nvgrace_dev, 0, 32,
	  0, 32, R | W | M, 0x1000, 0, 0, 0, 0 },
	{ "gvt: aperture", gvt, &gvt_dev, 2, 64,
	  0, 64, R | W | M | C, 0x10000000, (uint64_t)2 << 40, 1, 0x8000000, 0x4000000 },
	{ "gvt: empty BAR", gvt, &gvt_dev, 3, 32,
	  0, 32, 0, 0, (uint64_t)3 << 40, 0, 0, 0 },
	{ "gvt: empty ROM", gvt, &gvt_dev, 6, 32,
	  0, 32, 0, 0, (uint64_t)6 << 40, 0, 0, 0 },
	{ "gvt: empty VGA", gvt, &gvt_dev, 8, 32,
	  0, 32, 0, 0, (uint64_t)8 << 40, 0, 0, 0 },
	{ "gvt: BAR 0", gvt, &gvt_dev, 0, 32,
	  0, 32, R | W, 0x1000000, 0, 0, 0, 0 },
	{ "gvt: opregion", gvt, &gvt_dev, 9, 48,
	  0, 48, R | C, 0x2000, (uint64_t)9 << 40, 2, INTEL, 1 },
	{ "gvt: EDID", gvt, &gvt_dev, 10, 48,
	  0, 48, R | C, 0x1000, (uint64_t)10 << 40, 2, 1, 1 },
	{ "gvt: beyond", gvt, &gvt_dev, 11, 48, -EINVAL, 48, 0, 0, 0, 0, 0, 0 },
	{ "mbochs: memory", from_table, &mbochs, 0, 4096,
	  0, 4096, R | W | M, 0x4000000, 0x3000, 0, 0, 0 },
	{ "mbochs: MMIO", from_table, &mbochs, 2, 32,
	  0, 32, R | W, 0x1000, 0x1000, 0, 0, 0 },
	{ "mbochs: EDID, too small", from_table, &mbochs, 9, 40,
	  0, 48, R | W | C, 0x1000, 0x2000, 0, 0, 0 },
	{ "mbochs: EDID", from_table, &mbochs, 9, 4096,
	  0, 4096, R | W | C, 0x1000, 0x2000, 2, 1, 1 },
	{ "mbochs: beyond", from_table, &mbochs, 10, 32, -EINVAL, 32, 0, 0, 0, 0, 0, 0 },
	{ "mdpy: display", from_table, &mdpy, 0, 32,
	  0, 32, R | W | M, 0x800000, 0x1000, 0, 0, 0 },
	{ "mdpy: configuration space", from_table, &mdpy, 7, 32,
	  0, 32, R | W, 0xff, 0, 0, 0, 0 },
	{ "mtty: port", from_table, &mtty, 0, 32, 0, 32, R | W, 8, 0, 0, 0, 0 },
	{ "mtty: second port, absent", from_table, &mtty, 1, 32,
	  0, 32, R | W, 0, (uint64_t)1 << 40, 0, 0, 0 },
	{ "platform: first resource", from_table, &platform, 0, 32,
	  0, 32, R | W | M, 0x1000, 0, 0, 0, 0 },
	{ "platform: beyond", from_table, &platform, 2, 32, -EINVAL, 32, 0, 0, 0, 0, 0, 0 },
	{ "fsl-mc: portal", from_table, &fsl_mc, 1, 32,
	  0, 32, R | W, 0x40, (uint64_t)1 << 40, 0, 0, 0 },
	{ "cdx: resource", from_table, &cdx, 0, 32,
	  0, 32, R | W | M, 0x100000, 0, 0, 0, 0 },
	{ "ccw: I/O", from_table, &ccw, 0, 32, 0, 32, R | W, 0x1e4, 0, 0, 0, 0 },
	{ "ccw: async, one byte short", from_table, &ccw, 1, 47,
	  0, 48, R | W | C, 8, 0x400, 0, 0, 0 },
	{ "ccw: async", from_table, &ccw, 1, 48, 0, 48, R | W | C, 8, 0x400, 2, 2, 1 },
	{ "ccw: SCHIB", from_table, &ccw, 2, 48, 0, 48, R | C, 0x34, 0x800, 2, 2, 2 },
	{ "ccw: CRW", from_table, &ccw, 3, 48, 0, 48, R | C, 8, 0xc00, 2, 2, 3 },
	{ "argsz one short of the struct", from_table, &ccw, 0, 31,
	  -EINVAL, 31, 0, 0, 0, 0, 0, 0 },
	{ "argsz 0", from_table, &ccw, 0, 0, -EINVAL, 0, 0, 0, 0, 0, 0, 0 },
	{ "argsz 2^32-1", from_table, &ccw, 0, UINT32_MAX,
	  0, UINT32_MAX, R | W, 0x1e4, 0, 0, 0, 0 },
};

START_TEST(every_driver_gives_its_reply)
{
	const struct row *row = &rows[_i];
	const struct vprim_region_info_ops ops = { row->op };
	struct answer a = query(&ops, row->device, row->index, row->argsz);

	ck_assert_msg(a.ret == row->ret, "%s: %d", row->name, a.ret);
	ck_assert_msg(a.argsz == row->argsz_out, "%s: argsz %u", row->name, a.argsz);
	ck_assert_msg(a.flags == row->flags, "%s: flags %#x", row->name, a.flags);
	ck_assert_msg(a.size == row->size, "%s: size", row->name);
	ck_assert_msg(a.offset == row->offset, "%s: offset", row->name);
	ck_assert_msg(a.id == row->id, "%s: capability %u", row->name, a.id);
	ck_assert_msg(a.cap_offset == (row->id ? 32 : 0), "%s: cap_offset", row->name);
	ck_assert_msg(a.nr_caps == (row->id != 0), "%s: %u", row->name, a.nr_caps);
	if (row->id == VPRIM_VFIO_CAP_TYPE)
		ck_assert_msg(a.type.type == row->a && a.type.subtype == row->b,
			      "%s: type", row->name);
	if (row->id == VPRIM_VFIO_CAP_SPARSE_MMAP)
		ck_assert_msg(a.area.offset == row->a && a.area.size == row->b,
			      "%s: area", row->name);
}
END_TEST

/* -- drivers that do wrong, and the core ---------------------------------------------------- */

static int adds_and_fails(void *device, struct vprim_region_info *info,
			  struct vprim_vfio_cap_chain *chain)
{
	info->flags = R | W | M;
	info->size = 0x1000;
	ck_assert_int_eq(add_msix(chain), 0);
	return *(const int *)device;
}

static int adds_a_lot(void *device, struct vprim_region_info *info,
		      struct vprim_vfio_cap_chain *chain)
{
	(void)device;
	info->flags = R | C;	/* CAPS is none of its business */
	/* Every add says 0, though there is room for none of them. */
	for (int i = 0; i < 5; i++)
		if (vprim_vfio_cap_add_type(chain, 1, 1))
			return -EINVAL;
	return 0;
}

static int drops(void *device, struct vprim_region_info *info,
		 struct vprim_vfio_cap_chain *chain)
{
	(void)device;
	(void)info;
	vprim_vfio_cap_chain_drop(chain);
	return 0;
}

static int shifts(void *device, struct vprim_region_info *info,
		  struct vprim_vfio_cap_chain *chain)
{
	(void)device;
	(void)info;
	ck_assert_int_eq(vprim_vfio_cap_add_type(chain, 1, 1), 0);
	return vprim_vfio_cap_chain_shift(chain);
}

/* Answers the query with itself. */
static int answers_itself(void *device, struct vprim_region_info *info,
			  struct vprim_vfio_cap_chain *chain)
{
	static const struct vprim_region_info_ops inner = { adds_a_lot };
	struct vprim_vfio_cap_fixed f = { .argsz = 32, .index = info->index };
	struct vprim_vfio_cap_reply r;
	uint8_t b[32];

	(void)device;
	ck_assert_int_eq(vprim_vfio_cap_fixed_store(VPRIM_VFIO_CAP_REGION, LE, &f, b, 32), 0);
	return get(&inner, NULL, b, chain, &r);
}

static int says_nothing(void *device, struct vprim_region_info *info,
			struct vprim_vfio_cap_chain *chain)
{
	(void)device;
	(void)chain;
	ck_assert(info->flags == 0 && info->size == 0 && info->offset == 0);
	return 0;
}

struct call {
	uint8_t info[32], was[32], buf[64];
	struct vprim_vfio_cap_chain chain;
	struct vprim_vfio_cap_reply r;
};

static void prepare(struct call *c, uint32_t argsz, size_t room)
{
	struct vprim_vfio_cap_fixed f = { .argsz = argsz, .flags = 0xff,
					  .size = 5, .offset = 6,
					  .cap_offset = 7 };

	ck_assert_int_eq(vprim_vfio_cap_fixed_store(VPRIM_VFIO_CAP_REGION, LE, &f,
						    c->info, 32), 0);
	memcpy(c->was, c->info, 32);
	memset(&c->r, 0x11, sizeof(c->r));
	ck_assert_int_eq(vprim_vfio_cap_chain_init(&c->chain, LE, 32, c->buf, room), 0);
}

/* Refused: nothing written, nothing left of the chain. */
static void refused(const struct call *c)
{
	ck_assert(!memcmp(c->info, c->was, 32));
	for (size_t i = 0; i < sizeof(c->r); i++)
		ck_assert_uint_eq(((const uint8_t *)&c->r)[i], 0x11);
	ck_assert_int_eq(c->chain.state_, VPRIM_VFIO_CAP_DONE);
	ck_assert_uint_eq(c->chain.size_bytes_, 0);
}

START_TEST(an_error_drops_the_chain_on_every_path)
{
	static const struct {
		int said, got;
	} codes[] = {
		{ -EINVAL, -EINVAL }, { -ENODEV, -ENODEV }, { -EMSGSIZE, -EMSGSIZE },
		{ VPRIM_REGION_INFO_NOT_MINE, 1 }, { 2, -EINVAL }, { 40, -EINVAL },
	};
	const struct vprim_region_info_ops fails = { adds_and_fails }, lot = { adds_a_lot };
	const struct vprim_region_info_ops dropper = { drops };
	const struct vprim_region_info_ops shifter = { shifts }, itself = { answers_itself };
	struct call c;

	for (size_t i = 0; i < VPRIM_ARRAY_LEN(codes); i++) {
		prepare(&c, 40, sizeof(c.buf));
		ck_assert_int_eq(get(&fails, &codes[i].said, c.info, &c.chain, &c.r), codes[i].got);
		refused(&c);
	}
	/* The caller's argsz would do, the chain's buffer does not. */
	prepare(&c, 112, sizeof(c.buf));
	ck_assert_int_eq(get(&lot, NULL, c.info, &c.chain, &c.r), -EMSGSIZE);
	ck_assert_uint_eq(c.r.argsz, 112);
	memset(&c.r.argsz, 0x11, sizeof(c.r.argsz));
	refused(&c);
	prepare(&c, 40, sizeof(c.buf));
	ck_assert_int_eq(get(&dropper, NULL, c.info, &c.chain, &c.r), -EINVAL);
	refused(&c);
	prepare(&c, 48, sizeof(c.buf));
	ck_assert_int_eq(get(&shifter, NULL, c.info, &c.chain, &c.r), -EINVAL);
	refused(&c);
	prepare(&c, 48, sizeof(c.buf));
	ck_assert_int_eq(get(&itself, NULL, c.info, &c.chain, &c.r), -EINVAL);
	refused(&c);
	prepare(&c, 31, sizeof(c.buf));
	ck_assert_int_eq(get(&lot, NULL, c.info, &c.chain, &c.r), -EINVAL);
	refused(&c);
	/* A chain that is in use, or made for another struct. */
	prepare(&c, 40, sizeof(c.buf));
	ck_assert_int_eq(add_msix(&c.chain), 0);
	ck_assert_int_eq(get(&lot, NULL, c.info, &c.chain, &c.r), -EINVAL);
	refused(&c);
	ck_assert_int_eq(get(&lot, NULL, c.info, &c.chain, &c.r), -EINVAL);
	ck_assert_int_eq(vprim_vfio_cap_chain_init(&c.chain, LE, 24, c.buf, 64), 0);
	ck_assert_int_eq(get(&lot, NULL, c.info, &c.chain, &c.r), -EINVAL);
	refused(&c);
}
END_TEST

START_TEST(a_chain_without_room_still_says_how_much)
{
	const struct vprim_region_info_ops lot = { adds_a_lot };
	struct vprim_vfio_cap_fixed f;
	struct call c;

	for (size_t room = 0; room <= sizeof(c.buf); room++) {
		prepare(&c, 32, room);
		ck_assert_int_eq(get(&lot, NULL, c.info, &c.chain, &c.r), 0);
		ck_assert_int_eq(vprim_vfio_cap_fixed_load(VPRIM_VFIO_CAP_REGION, LE, c.info,
							   32, &f), 0);
		ck_assert(f.argsz == 112 && f.flags == (R | C) && f.cap_offset == 0);
		ck_assert(c.r.argsz == 112 && c.r.chain_bytes == 0);
		ck_assert_int_eq(c.chain.state_, VPRIM_VFIO_CAP_DONE);
	}
}
END_TEST

START_TEST(a_driver_that_says_nothing_leaks_nothing)
{
	const struct vprim_region_info_ops ops = { says_nothing };
	struct vprim_vfio_cap_fixed f;
	struct call c;

	prepare(&c, 32, 0);
	ck_assert_int_eq(get(&ops, NULL, c.info, &c.chain, &c.r), 0);
	ck_assert_int_eq(vprim_vfio_cap_fixed_load(VPRIM_VFIO_CAP_REGION, LE, c.info, 32, &f), 0);
	ck_assert(f.flags == 0 && f.size == 0 && f.offset == 0 && f.argsz == 32);
	ck_assert_uint_eq(f.cap_offset, 7);	/* the caller's own */
}
END_TEST

/* All that an operation may call: on its chain, and on objects of its own. */
static int calls_everything(void *device, struct vprim_region_info *info,
			    struct vprim_vfio_cap_chain *chain)
{
	const struct vprim_region_info_ops other = { pci_core };
	struct vprim_vfio_cap_area area = { 0, 0x1000 };
	struct vprim_vfio_cap_view view;
	struct vprim_vfio_cap_query q;
	struct vprim_vfio_cap_value value;
	struct vprim_vfio_cap cap;
	const void *bytes;
	uint32_t size;
	struct call c;

	/* Another query, whole, and its answer parsed. */
	prepare(&c, 96, sizeof(c.buf));
	c.info[8] = VPRIM_REGION_INFO_PCI_DEVICE;
	ck_assert_int_eq(get(&other, device, c.info, &c.chain, &c.r), 0);
	ck_assert_int_eq(vprim_vfio_cap_chain_finish(&c.chain, &bytes, &size), 0);
	memmove(c.buf + 32, bytes, size);
	memcpy(c.buf, c.info, 32);
	ck_assert_int_eq(vprim_vfio_cap_parse(&view, VPRIM_VFIO_CAP_REGION, LE, c.buf, 32 + size, NULL), 0);
	ck_assert_int_eq(vprim_vfio_cap_find(&view, VPRIM_VFIO_CAP_TYPE, &cap, NULL), 0);
	ck_assert_int_eq(vprim_vfio_cap_read_value(&view, &cap, &value, NULL), 0);
	ck_assert_int_eq(vprim_vfio_cap_query_init(&q, VPRIM_VFIO_CAP_REGION, LE, 0, 0,
						   NULL), 0);

	/* Its own chain, through the driver that it wraps and by itself. */
	ck_assert_uint_eq(vprim_vfio_cap_chain_argsz(chain), 32);
	ck_assert_int_eq(pci_core(device, info, chain), 0);
	ck_assert_int_eq(vprim_vfio_cap_add_sparse_mmap(chain, &area, 1), 0);
	ck_assert_int_eq(vprim_vfio_cap_add_type(chain, value.u.type.type, value.u.type.subtype), 0);
	ck_assert_int_eq(vprim_vfio_cap_add(chain, 0x7fff, 1, NULL, 8), 0);
	ck_assert_uint_eq(vprim_vfio_cap_chain_argsz(chain), 32 + 8 + 32 + 16 + 8);
	return 0;
}

START_TEST(an_operation_may_call_the_library)
{
	static const struct pci both = {
		.bar_size = { 0x4000 }, .bar_maps = { true }, .msix_bar = 0,
		.nr_own = 1, .own = { { INTEL, 1 } }, .own_size = { 0x2000 },
	};
	const struct vprim_region_info_ops ops = { calls_everything };
	struct answer a = query(&ops, &both, 0, 96);

	ck_assert(!a.ret && a.argsz == 96 && a.nr_caps == 4 && a.size == 0x4000);
}
END_TEST

/* A caller behind the other byte order, and one at an odd address. */
START_TEST(order_and_alignment_are_the_callers)
{
	const struct vprim_region_info_ops ops = { pci_core };
	uint8_t info[33], buf[65];
	struct vprim_vfio_cap_chain chain;
	struct vprim_vfio_cap_reply r;
	const void *bytes;
	uint32_t size;

	memset(info, 0, sizeof(info));
	info[1 + 3] = 40;	/* argsz, big-endian */
	ck_assert_int_eq(vprim_vfio_cap_chain_init(&chain, VPRIM_VFIO_CAP_BE, 32, buf + 1, 64), 0);
	ck_assert_int_eq(get(&ops, &nvme, info + 1, &chain, &r), 0);
	ck_assert_int_eq(vprim_vfio_cap_chain_finish(&chain, &bytes, &size), 0);
	ck_assert(info[1 + 7] == 0xf && info[1 + 15] == 32 && info[1 + 22] == 0x40);
	ck_assert(bytes == buf + 1 && size == 8);
	ck_assert(!memcmp(bytes, "\0\3\0\1\0\0\0\0", 8));
}
END_TEST

int main(void)
{
	Suite *s = suite_create("region_info");
	TCase *t = tcase_create("region_info");

	tcase_add_loop_test(t, every_driver_gives_its_reply, 0,
			    (int)VPRIM_ARRAY_LEN(rows));
	tcase_add_test(t, an_error_drops_the_chain_on_every_path);
	tcase_add_test(t, a_chain_without_room_still_says_how_much);
	tcase_add_test(t, a_driver_that_says_nothing_leaks_nothing);
	tcase_add_test(t, an_operation_may_call_the_library);
	tcase_add_test(t, order_and_alignment_are_the_callers);
	suite_add_tcase(s, t);
	return test_main(s);
}
