// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * diff_type1 - random operations on a real VFIO type1 container, each answered by
 * the kernel and by vprim_type1, which was given the kernel's own release and
 * windows.
 *
 *   diff_type1 GROUP v1|v2 SEED COUNT [locked=PAGES]
 *
 * GROUP as in /dev/vfio/GROUP. With locked the process may lock so many pages.
 * Status 1 when an answer differs and no rule of doc/releases.md allows it.
 *
 * Before 6.18 a mapping that ends at 2^64-1 spoils its container.
 * So where an allowed difference leaves the two in different states the container
 * is replaced by a fresh one.
 */
#include <fcntl.h>
#include <linux/vfio.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <linux/capability.h>
#include <unistd.h>
#include <virtprim/type1.h>
#include <virtprim/user.h>
#include "diff.h"

enum { BESIDE_TOP, DIRTY_BITS_KEPT, DIRTY_BITS_STRAY };
static struct diff_rule rules[] = {
	[BESIDE_TOP] = { "beside-top", 0 },
	[DIRTY_BITS_KEPT] = { "dirty-bits-kept", 0 },
	[DIRTY_BITS_STRAY] = { "dirty-bits-stray", 0 },
};

#define WINDOWS 16
#define EDGES (2 * WINDOWS + 4)
#define MAX_OPERATIONS 300	/* of a container: its trace stays readable */
#define MAX_TOPPED 40		/* of one with a mapping that ends at 2^64-1 */
#define BITMAP_WORDS 8

static struct diff d = { .rules = rules, .nr_rules = 3 };
static struct vprim_type1 ours;
static struct vprim_type1_group iommu;
static struct vprim_range windows[WINDOWS];
static uint64_t edges[EDGES];
static size_t nr_windows, nr_edges;
static int container = -1, group, kind;
static uint64_t locked_limit, locked_pages, entry_limit, pgsizes;
static bool limit_locked;
static uint32_t release;		/* the kernel's */
static unsigned int topped_for;	/* operations */
static char begin_line[512];

/* -- what stands for the kernel's pinning --------------------------------------- */

/* Pages of @m, from its first, that can be pinned. */
static uint64_t pinnable(const struct vprim_type1_mapping *m)
{
	const bool write = m->prot & VPRIM_TYPE1_MAP_WRITE;
	uint64_t pages = (m->range.last - m->range.start) / PAGE + 1, room = 0;

	if (m->vaddr >= rw_start && m->vaddr < ro_start)
		room = ((write ? ro_start : hole_start) - m->vaddr) / PAGE;
	else if (m->vaddr >= ro_start && m->vaddr < hole_start && !write)
		room = (hole_start - m->vaddr) / PAGE;
	return pages < room ? pages : room;
}

static int pin(void *ctx, const struct vprim_type1_mapping *m)
{
	uint64_t pages = (m->range.last - m->range.start) / PAGE + 1;
	uint64_t can = pinnable(m);

	(void)ctx;
	if (limit_locked && locked_pages + can > locked_limit)
		return -ENOMEM;
	if (can < pages)
		return -EFAULT;
	locked_pages += pages;
	return 0;
}

static void unpin(void *ctx, const struct vprim_type1_mapping *m)
{
	(void)ctx;
	locked_pages -= (m->range.last - m->range.start) / PAGE + 1;
}

/* -- fresh containers ------------------------------------------------------------ */

/* VmLck, in pages: what the kernel counts against the limit. */
static uint64_t locked_now(void)
{
	FILE *in = fopen("/proc/self/status", "r");
	char line[128];
	unsigned long long kib = 0;

	while (in && fgets(line, sizeof(line), in))
		if (sscanf(line, "VmLck: %llu", &kib) == 1)
			break;
	if (in)
		fclose(in);
	return kib / 4;
}

static struct vfio_info_cap_header *capability(struct vfio_iommu_type1_info *info,
					       unsigned int id)
{
	uint32_t off = info->flags & VFIO_IOMMU_INFO_CAPS ? info->cap_offset : 0;
	struct vfio_info_cap_header *header;

	for (; off; off = header->next) {
		header = (void *)((char *)info + off);
		if (header->id == id)
			return header;
	}
	return NULL;
}

static uint64_t buffer[512];

static struct vfio_iommu_type1_info *get_info(void)
{
	struct vfio_iommu_type1_info *info = (void *)buffer;

	memset(buffer, 0, sizeof(buffer));
	info->argsz = sizeof(buffer);
	if (ioctl(container, VFIO_IOMMU_GET_INFO, info))
		diff_die("read the IOMMU's info");
	return info;
}

static uint64_t kernel_avail(void)
{
	struct vfio_iommu_type1_info_dma_avail *avail = (void *)
		capability(get_info(), VFIO_IOMMU_TYPE1_INFO_DMA_AVAIL);

	if (!avail)
		diff_die("read how many mappings are left");
	return avail->avail;
}

static void read_windows(void)
{
	struct vfio_iommu_type1_info *info = get_info();
	struct vfio_iommu_type1_info_cap_iova_range *cap = (void *)
		capability(info, VFIO_IOMMU_TYPE1_INFO_CAP_IOVA_RANGE);
	uint32_t i;

	pgsizes = info->iova_pgsizes;
	nr_windows = nr_edges = 0;
	for (i = 0; cap && i < cap->nr_iovas && i < WINDOWS; i++) {
		windows[nr_windows].start = cap->iova_ranges[i].start;
		windows[nr_windows].last = cap->iova_ranges[i].end;
		edges[nr_edges++] = windows[nr_windows].start;
		edges[nr_edges++] = windows[nr_windows++].last + 1;
	}
	edges[nr_edges++] = 0;		/* and 2^64 */
	edges[nr_edges++] = UINT64_C(0x100000000);
	edges[nr_edges++] = UINT64_C(0x200000);
	edges[nr_edges++] = UINT64_C(0x7000000);
}

static void describe(void)
{
	int at = snprintf(begin_line, sizeof(begin_line),
			  "new type1 c linux=%u.%u v=%d limit=%" PRIu64
			  " pgsizes=%#" PRIx64 " windows=", release >> 8,
			  release & 0xff, kind == VFIO_TYPE1_IOMMU ? 1 : 2,
			  entry_limit, pgsizes);
	size_t i;

	for (i = 0; i < nr_windows; i++)
		at += snprintf(begin_line + at, sizeof(begin_line) - (size_t)at,
			       "%s%#" PRIx64 "..%#" PRIx64, i ? "," : "",
			       windows[i].start, windows[i].last);
	d.begin = begin_line;
}

static void fresh(void)
{
	static const struct vprim_type1_ops ops = { .map = pin, .unmap = unpin };
	struct vprim_type1_config config;

	if (container >= 0) {
		ioctl(group, VFIO_GROUP_UNSET_CONTAINER);
		close(container);
	}
	container = open("/dev/vfio/vfio", O_RDWR | O_CLOEXEC);
	if (container < 0 || ioctl(group, VFIO_GROUP_SET_CONTAINER, &container) ||
	    ioctl(container, VFIO_SET_IOMMU, kind))
		diff_die("make a container");
	entry_limit = kernel_avail();
	read_windows();
	describe();
	vprim_type1_fini(&ours);
	vprim_type1_config_init(&config);
	config.kind = (uint32_t)kind;
	config.release = release;
	config.entry_limit = entry_limit;
	config.alloc = vprim_user_alloc();
	config.ops = &ops;
	memset(&iommu, 0, sizeof(iommu));
	iommu.aperture.last = UINT64_MAX;
	iommu.pgsize_bitmap = pgsizes;
	if (vprim_type1_init(&ours, sizeof(ours), &config, NULL) ||
	    vprim_type1_attach(&ours, &iommu, NULL) ||
	    vprim_type1_set_windows(&ours, windows, nr_windows, NULL))
		diff_die("make our container");
	locked_pages = locked_now();
	d.traced = topped_for = 0;
	d.fresh++;
}

/* -- what to ask ------------------------------------------------------------------ */

static uint64_t random_pages(void)
{
	switch (diff_below(&d, 24)) {
	case 0:
		return diff_below(&d, 60) + 1;
	case 1:
		return UINT64_C(1) << diff_below(&d, 52);
	default:
		return diff_below(&d, 5) + 1;
	}
}

/* Mostly some pages; now and then nothing, too much, or not whole pages. */
static uint64_t random_size(void)
{
	switch (diff_below(&d, 40)) {
	case 0:
		return 0;
	case 1:
		return random_pages() * PAGE + diff_below(&d, PAGE);
	case 2:
		return test_rng_next(&d.rng);
	case 3:
		return 0 - random_pages() * PAGE;
	default:
		return random_pages() * PAGE;
	}
}

static uint64_t random_iova(void)
{
	uint64_t edge = edges[diff_below(&d, nr_edges)];
	uint64_t iova = edge + (diff_below(&d, 25) - 12) * PAGE;

	if (diff_one_in(&d, 50))
		iova += diff_below(&d, PAGE);
	return diff_one_in(&d, 100) ? test_rng_next(&d.rng) : iova;
}

static uint64_t random_vaddr(void)
{
	switch (diff_below(&d, 30)) {
	case 0:
		return rw_start + diff_below(&d, RW_PAGES * PAGE);
	case 1:
		return hole_start + diff_below(&d, 4) * PAGE;
	case 2:
		return hole_start - diff_below(&d, RO_PAGES + 4) * PAGE;
	case 3:
		return 0 - diff_below(&d, 4) * PAGE;
	default:
		return rw_start + diff_below(&d, RW_PAGES - 8) * PAGE;
	}
}

static uint32_t random_argsz(uint32_t right)
{
	switch (diff_below(&d, 40)) {
	case 0:
		return (uint32_t)diff_below(&d, right);
	case 1:
		return right + (uint32_t)diff_below(&d, 100);
	case 2:
		return (uint32_t)test_rng_next(&d.rng);
	default:
		return right;
	}
}

/* A mapping of ours, the one above a random place. */
static bool some_mapping(struct vprim_type1_mapping *m)
{
	struct vprim_range all = { random_iova(), UINT64_MAX };

	if (!vprim_type1_first(&ours, &all, NULL, m))
		return true;
	all.start = 0;
	return !vprim_type1_first(&ours, &all, NULL, m);
}

/* Something of ours ends at 2^64-1, where that spoils the container. */
static bool topped(void)
{
	struct vprim_range last = { UINT64_MAX, UINT64_MAX };
	struct vprim_type1_mapping m;

	return !vprim_linux_has(release, VPRIM_CHANGE_TYPE1_TOP) &&
	       !vprim_type1_first(&ours, &last, NULL, &m);
}

static bool ends_at_top(uint64_t iova, uint64_t size)
{
	return !vprim_linux_has(release, VPRIM_CHANGE_TYPE1_TOP) && size &&
	       iova + (size - 1) == UINT64_MAX;
}

/* Such a request may spoil the container: not too often. */
static bool too_high(uint64_t iova, uint64_t size)
{
	return ends_at_top(iova, size) && !diff_one_in(&d, 4);
}

static const char *flag_text(uint32_t flags, const char *const *names,
			     char *text, size_t room)
{
	size_t at = 0, i;

	for (i = 0; i < 3; i++)
		if (flags & (1u << i))
			at += (size_t)snprintf(text + at, room - at, "%s%s",
					       at ? "+" : "", names[i]);
	if (flags & ~7u)
		snprintf(text + at, room - at, "%s%#x", at ? "+" : "",
			 flags & ~7u);
	else if (!at)
		snprintf(text, room, "none");
	return text;
}

/* -- one map ---------------------------------------------------------------------- */

static uint32_t random_map_flags(void)
{
	switch (diff_below(&d, 40)) {
	case 0:
		return 0;
	case 1:
		return (uint32_t)diff_below(&d, 8);
	case 2:
		return 3u | 1u << diff_below(&d, 32);
	case 3:
	case 4:
		return VPRIM_TYPE1_MAP_READ;
	case 5:
		return VPRIM_TYPE1_MAP_WRITE;
	default:
		return 3;
	}
}

/* What a kernel before 6.18 answers where it misses a mapping in its tree. */
static bool lost_in_tree(int we, int kernel, bool vaddr)
{
	if (vaddr)
		return kernel == -ENOENT && (!we || we == -EINVAL);
	return we == -EEXIST && (!kernel || kernel == -ENOSPC ||
				 kernel == -EINVAL || kernel == -EFAULT ||
				 kernel == -ENOMEM);
}

/*
 * Where such a kernel loses its way it maps over a mapping, and later gives pages back that
 * it does not hold: the guest does not survive that. It does when both mappings are
 * of the same pages.
 */
static bool harmful(const struct vprim_type1_map_args *args, int we, bool top)
{
	struct vprim_range range = { args->iova, 0 };
	struct vprim_type1_mapping m;

	range.last = args->iova + (args->size_bytes - 1);
	if (we != -EEXIST || (!top && range.last != UINT64_MAX) ||
	    vprim_type1_first(&ours, &range, NULL, &m))
		return false;
	return m.range.start != range.start || m.range.last != range.last ||
		m.vaddr != args->vaddr || m.prot != args->flags;
}

/* Something random; now and then a mapping's new vaddr, or the mapping again. */
static void random_map(struct vprim_type1_map_args *args, bool top)
{
	struct vprim_type1_mapping m;

	args->argsz = random_argsz(VPRIM_TYPE1_MAP_ARGSZ);
	args->flags = random_map_flags();
	args->vaddr = random_vaddr();
	args->iova = random_iova();
	args->size_bytes = random_size();
	if (diff_below(&d, top ? 4 : 10) || !some_mapping(&m))
		return;
	args->iova = m.range.start;
	args->size_bytes = m.range.last - m.range.start + 1;
	args->flags = VPRIM_TYPE1_MAP_VADDR;
	if (top && diff_below(&d, 3)) {
		args->flags = m.prot;
		args->vaddr = m.vaddr;
	}
}

static void do_map(void)
{
	static const char *const names[] = { "r", "w", "vaddr" };
	struct vprim_type1_map_args args = { 0 };
	struct vfio_iommu_type1_dma_map map = { 0 };
	bool top = topped();
	char flags[64];
	int we, kernel;

	do {
		random_map(&args, top);
	} while (!top && too_high(args.iova, args.size_bytes));
	map.argsz = args.argsz;
	map.flags = args.flags;
	map.vaddr = args.vaddr;
	map.iova = args.iova;
	map.size = args.size_bytes;
	we = vprim_type1_map(&ours, &args, NULL);
	if (harmful(&args, we, top)) {
		d.withheld++;
		d.operations--;
		return;
	}
	kernel = ioctl(container, VFIO_IOMMU_MAP_DMA, &map) ? -errno : 0;
	diff_count(&d, kernel);
	diff_trace(&d, "c.map %#" PRIx64 " %#" PRIx64 " %#" PRIx64
		   " flags=%s argsz=%u%s -> %s", args.iova, args.vaddr,
		   args.size_bytes,
		   flag_text(args.flags, names, flags, sizeof(flags)),
		   args.argsz, we == -EFAULT ? " pin=fault" :
		   we == -ENOMEM ? " pin=nomem" : "", diff_answer(we));
	if (we == kernel)
		return;
	if ((top || ends_at_top(args.iova, args.size_bytes)) &&
		   lost_in_tree(we, kernel,
				args.flags & VPRIM_TYPE1_MAP_VADDR)) {
		diff_allowed(&d, BESIDE_TOP);
		fresh();
	} else {
		diff_disagree(&d, "the kernel says %s", diff_answer(kernel));
	}
}

/* -- bitmaps ----------------------------------------------------------------------- */

/*
 * Not on the stack: Linux refuses a bitmap that ends, when it is as long as it is said
 * to be, above the addresses of a process.
 */
static struct {
	uint64_t before[BITMAP_WORDS], kernel[BITMAP_WORDS], ours[BITMAP_WORDS];
	uint64_t mapped[BITMAP_WORDS];	/* bits that stand for a mapped page */
	bool foreign;		/* not the caller's memory at all */
} bits;

static void random_bits(uint64_t iova, uint64_t size)
{
	struct vprim_range at;
	struct vprim_type1_mapping m;
	size_t i;

	memset(&bits, 0, sizeof(bits));
	for (i = 0; i < BITMAP_WORDS; i++)
		bits.before[i] = diff_one_in(&d, 8) ? test_rng_next(&d.rng) : 0;
	memcpy(bits.kernel, bits.before, sizeof(bits.kernel));
	memcpy(bits.ours, bits.before, sizeof(bits.ours));
	bits.foreign = diff_one_in(&d, 40);
	for (i = 0; i < 64 * BITMAP_WORDS && i * PAGE < size; i++) {
		at.start = at.last = iova + i * PAGE;
		if (!vprim_type1_first(&ours, &at, NULL, &m))
			bits.mapped[i / 64] |= UINT64_C(1) << i % 64;
	}
}

/* The argument as it is given to us and to the kernel. */
static void random_bitmap(uint64_t iova, uint64_t size,
			  struct vprim_type1_bitmap *we,
			  struct vfio_bitmap *kernel)
{
	random_bits(iova, size);
	we->pgsize_bytes = diff_one_in(&d, 30) ?
		UINT64_C(1) << diff_below(&d, 20) : PAGE;
	we->size_bytes = (size / PAGE + 63) / 64 * 8;
	if (diff_one_in(&d, 30))
		we->size_bytes = test_rng_next(&d.rng) >> diff_below(&d, 64);
	/* More than there is may only be claimed where it is not written. */
	if (we->size_bytes > sizeof(bits.ours) && size > 64 * PAGE * BITMAP_WORDS)
		we->size_bytes = sizeof(bits.ours);
	we->data = bits.foreign ? NULL : bits.ours;
	kernel->pgsize = we->pgsize_bytes;
	kernel->size = we->size_bytes;
	kernel->data = bits.foreign ? (void *)(uintptr_t)UINT64_C(0xffff888000000000)
				  : (void *)bits.kernel;
}

/*
 * The bits that an answer left. Both must tell the same of every mapped page. Of
 * the others we leave what stood there; the kernel may clear it, or set bits
 * behind a mapping that it moved in its own memory for an earlier answer.
 */
static void compare_bits(void)
{
	bool kept = false, stray = false, behind = false;
	uint64_t less, more;
	size_t i;

	for (i = 0; i < BITMAP_WORDS; i++) {
		less = bits.ours[i] & ~bits.kernel[i];
		more = bits.kernel[i] & ~bits.ours[i];
		behind = behind || bits.mapped[i];
		if ((less | more) & bits.mapped[i] || less & ~bits.before[i] ||
		    (more && !behind))
			diff_disagree(&d, "bits of word %zu: %#" PRIx64
				      ", the kernel's %#" PRIx64, i, bits.ours[i],
				      bits.kernel[i]);
		kept = kept || less;
		stray = stray || more;
	}
	if (kept)
		diff_allowed(&d, DIRTY_BITS_KEPT);
	if (stray)
		diff_allowed(&d, DIRTY_BITS_STRAY);
}

/* -- one unmap --------------------------------------------------------------------- */

static uint32_t random_unmap_flags(void)
{
	switch (diff_below(&d, 60)) {
	case 0:
		return (uint32_t)diff_below(&d, 8);
	case 1:
		return 1u << diff_below(&d, 32);
	case 2:
		return VPRIM_TYPE1_UNMAP_ALL_MAPPINGS;
	case 3:
		return VPRIM_TYPE1_UNMAP_ALL_MAPPINGS | VPRIM_TYPE1_UNMAP_VADDR;
	case 4: case 5: case 6: case 7: case 8: case 9:
		return VPRIM_TYPE1_UNMAP_VADDR;
	case 10: case 11: case 12: case 13:
		return VPRIM_TYPE1_UNMAP_GET_DIRTY;
	default:
		return 0;
	}
}

static void random_unmap_range(struct vprim_type1_unmap_args *args)
{
	struct vprim_type1_mapping m;

	args->iova = random_iova();
	args->size_bytes = random_size();
	if (args->flags & VPRIM_TYPE1_UNMAP_ALL_MAPPINGS && !diff_one_in(&d, 8)) {
		args->iova = args->size_bytes = 0;
	} else if (diff_below(&d, 3) && some_mapping(&m)) {
		args->iova = m.range.start;
		args->size_bytes = m.range.last - m.range.start + 1;
		if (diff_one_in(&d, 10))
			args->iova -= PAGE;
		if (diff_one_in(&d, 10))
			args->size_bytes += diff_below(&d, 3) * PAGE;
		if (diff_one_in(&d, 30))
			args->size_bytes = 0 - args->iova;
	}
}

/* A kernel before 6.18 finds less beside the top, or cuts what it does not see. */
static void judge_unmap(const struct vprim_type1_unmap_args *args, bool top,
			int we, uint64_t we_size, int kernel,
			uint64_t kernel_size)
{
	bool lost = !kernel && (!we || (we == -EINVAL && !kernel_size));

	if (kernel == -EINVAL && !we && args->flags & VPRIM_TYPE1_UNMAP_VADDR)
		lost = true;
	if (top && lost)
		diff_allowed(&d, BESIDE_TOP);
	else
		diff_disagree(&d, "ours %s size=%#" PRIx64 ", the kernel's %s "
			      "size=%#" PRIx64, diff_answer(we), we_size,
			      diff_answer(kernel), kernel_size);
	fresh();
}

static void do_unmap(void)
{
	static const char *const names[] = { "dirty", "all", "vaddr" };
	/* What is given with the request stands behind its structure. */
	uint64_t request[6] = { 0 };
	struct vfio_iommu_type1_dma_unmap *unmap = (void *)request;
	struct vfio_bitmap *bitmap = (void *)unmap->data;
	struct vprim_type1_unmap_args args = { 0 };
	struct vprim_type1_unmapped done = { 0 };
	bool top = topped();
	char flags[64];
	int we, kernel;

	do {
		args.flags = random_unmap_flags();
		args.argsz = random_argsz(args.flags & 1 ?
					  VPRIM_TYPE1_BITMAP_ARGSZ :
					  VPRIM_TYPE1_UNMAP_ARGSZ);
		random_unmap_range(&args);
	} while (!top && too_high(args.iova, args.size_bytes));
	random_bitmap(args.iova, args.size_bytes, &args.bitmap, bitmap);
	unmap->argsz = args.argsz;
	unmap->flags = args.flags;
	unmap->iova = args.iova;
	unmap->size = args.size_bytes;
	we = vprim_type1_unmap(&ours, &args, &done, NULL);
	kernel = ioctl(container, VFIO_IOMMU_UNMAP_DMA, unmap) ? -errno : 0;
	diff_count(&d, kernel);
	diff_trace(&d, "c.unmap %#" PRIx64 " %#" PRIx64 " flags=%s argsz=%u "
		   "pgsize=%#" PRIx64 " bytes=%#" PRIx64 "%s -> %s size=%#" PRIx64,
		   args.iova, args.size_bytes,
		   flag_text(args.flags, names, flags, sizeof(flags)), args.argsz,
		   args.bitmap.pgsize_bytes, args.bitmap.size_bytes,
		   bits.foreign ? " data=0" : "", diff_answer(we), done.size_bytes);
	if (kernel && unmap->size != args.size_bytes)
		diff_disagree(&d, "the kernel refused and wrote size=%#llx",
			      (unsigned long long)unmap->size);
	if (we != kernel || (!we && done.size_bytes != unmap->size))
		judge_unmap(&args, top, we, done.size_bytes, kernel,
			    unmap->size);
	else if (!we && args.flags & VPRIM_TYPE1_UNMAP_GET_DIRTY)
		compare_bits();
}

/* -- dirty pages, and questions ------------------------------------------------------ */

static void do_dirty(void)
{
	static const char *const names[] = { "start", "stop", "get" };
	uint64_t request[6] = { 0 };
	struct vfio_iommu_type1_dirty_bitmap *dirty = (void *)request;
	struct vfio_iommu_type1_dirty_bitmap_get *get = (void *)dirty->data;
	static const uint32_t mostly[] = { 1, 1, 2, 4, 4, 4, 4, 4 };
	struct vprim_type1_dirty_args args = { 0 };
	struct vprim_type1_unmap_args range = { 0 };
	char flags[64];
	bool top = topped();
	int we, kernel;

	args.flags = diff_one_in(&d, 20) ? (uint32_t)test_rng_next(&d.rng) >> diff_below(&d, 32)
					 : mostly[diff_below(&d, 8)];
	args.argsz = random_argsz(args.flags & 4 ? VPRIM_TYPE1_BITMAP_ARGSZ :
						   VPRIM_TYPE1_DIRTY_ARGSZ);
	random_unmap_range(&range);
	args.iova = range.iova;
	args.size_bytes = range.size_bytes;
	random_bitmap(args.iova, args.size_bytes, &args.bitmap, &get->bitmap);
	dirty->argsz = args.argsz;
	dirty->flags = args.flags;
	get->iova = args.iova;
	get->size = args.size_bytes;
	we = vprim_type1_dirty_pages(&ours, &args, NULL);
	kernel = ioctl(container, VFIO_IOMMU_DIRTY_PAGES, dirty) ? -errno : 0;
	diff_count(&d, kernel);
	diff_trace(&d, "c.dirty %s iova=%#" PRIx64 " size=%#" PRIx64 " argsz=%u "
		   "pgsize=%#" PRIx64 " bytes=%#" PRIx64 "%s -> %s",
		   flag_text(args.flags, names, flags, sizeof(flags)), args.iova,
		   args.size_bytes, args.argsz, args.bitmap.pgsize_bytes,
		   args.bitmap.size_bytes, bits.foreign ? " data=0" : "",
		   diff_answer(we));
	if (we == kernel) {
		if (top && memcmp(bits.ours, bits.kernel, sizeof(bits.ours)))
			diff_allowed(&d, BESIDE_TOP);
		else if (!we && args.flags == VPRIM_TYPE1_DIRTY_GET)
			compare_bits();
	} else if (top && args.flags == VPRIM_TYPE1_DIRTY_GET &&
		   (we == -EINVAL || kernel == -EINVAL)) {
		diff_allowed(&d, BESIDE_TOP);
	} else {
		diff_disagree(&d, "the kernel says %s", diff_answer(kernel));
	}
}

static void do_extension(void)
{
	uint32_t extension = (uint32_t)diff_below(&d, 16);
	int we = vprim_type1_check_extension(&ours, extension);
	int kernel = ioctl(container, VFIO_CHECK_EXTENSION, extension);

	diff_trace(&d, "c.extension %u -> ok value=%d", extension, we);
	if (extension == VPRIM_TYPE1_DMA_CC)	/* not read from the kernel */
		return;
	if (we != kernel)
		diff_disagree(&d, "the kernel says %d", kernel);
}

/* The numbers of GET_INFO, and how many mappings are left: the whole state's. */
static void do_info(void)
{
	struct vfio_iommu_type1_info *info = (void *)buffer;
	struct vprim_type1_stats stats = { 0 };
	struct vprim_type1_info we = { 0 };
	uint32_t argsz = (uint32_t)diff_below(&d, 200);
	uint64_t avail;
	int ours_said = vprim_type1_get_info(&ours, argsz, &we), kernel;

	memset(buffer, 0, sizeof(buffer));
	info->argsz = argsz;
	kernel = ioctl(container, VFIO_IOMMU_GET_INFO, info) ? -errno : 0;
	diff_trace(&d, "c.get_info argsz=%u -> %s argsz=%u flags=%#x cap_offset=%u",
		   argsz, diff_answer(ours_said), we.argsz, we.flags,
		   we.cap_offset);
	if (ours_said != kernel)
		diff_disagree(&d, "the kernel says %s", diff_answer(kernel));
	if (!kernel && (info->argsz != we.argsz || info->flags != we.flags ||
			info->iova_pgsizes != we.iova_pgsizes ||
			(argsz >= 24 && info->cap_offset != we.cap_offset)))
		diff_disagree(&d, "the kernel says argsz=%u flags=%#x pgsizes=%#llx"
			      " cap_offset=%u", info->argsz, info->flags,
			      (unsigned long long)info->iova_pgsizes,
			      info->cap_offset);
	avail = kernel_avail();
	vprim_type1_get_stats(&ours, &stats);
	if (stats.avail != avail)
		diff_disagree(&d, "%" PRIu64 " mappings are left, the kernel says "
			      "%" PRIu64, stats.avail, avail);
	if (vprim_type1_audit(&ours))
		diff_disagree(&d, "our container is broken");
}

static void operation(void)
{
	/* By turns mostly map and mostly unmap. */
	const uint64_t maps = d.traced / 64 % 2 ? 42 : 72;
	uint64_t which = diff_below(&d, 100);

	d.operations++;
	if (which < maps)
		do_map();
	else if (which < 86)
		do_unmap();
	else if (which < 95)
		do_dirty();
	else if (which < 98)
		do_info();
	else
		do_extension();
	/*
	 * When such a kernel removes a mapping that ends at 2^64-1 its IOMMU keeps it, and
	 * to map there again hangs the guest.
	 */
	if (topped() ? ++topped_for > MAX_TOPPED : topped_for)
		fresh();
	else if (d.traced >= MAX_OPERATIONS)
		fresh();
}

/* -- set up ---------------------------------------------------------------------------- */

/* The limit binds only who may not lock memory at will. */
static void limit_lock(uint64_t pages)
{
	struct __user_cap_header_struct header = {
		.version = _LINUX_CAPABILITY_VERSION_3,
	};
	struct __user_cap_data_struct data[2];
	struct rlimit limit = { pages * PAGE, pages * PAGE };

	if (setrlimit(RLIMIT_MEMLOCK, &limit) ||
	    syscall(SYS_capget, &header, data))
		diff_die("limit locked memory");
	data[CAP_TO_INDEX(CAP_IPC_LOCK)].effective &= ~CAP_TO_MASK(CAP_IPC_LOCK);
	data[CAP_TO_INDEX(CAP_IPC_LOCK)].permitted &= ~CAP_TO_MASK(CAP_IPC_LOCK);
	if (syscall(SYS_capset, &header, data))
		diff_die("give up CAP_IPC_LOCK");
	locked_limit = pages;
	limit_locked = true;
}

int main(int argc, char **argv)
{
	unsigned long count;
	char path[64];

	if (argc < 5) {
		printf("usage: diff_type1 GROUP v1|v2 SEED COUNT [locked=PAGES]\n");
		return 2;
	}
	setvbuf(stdout, NULL, _IOLBF, 0);
	release = diff_release();
	snprintf(path, sizeof(path), "/dev/vfio/%s", argv[1]);
	group = open(path, O_RDWR | O_CLOEXEC);
	if (group < 0)
		diff_die("open the group");
	kind = strcmp(argv[2], "v1") ? VFIO_TYPE1v2_IOMMU : VFIO_TYPE1_IOMMU;
	d.what = kind == VFIO_TYPE1_IOMMU ? "type1 v1" : "type1 v2";
	d.seed = d.rng.state = strtoull(argv[3], NULL, 0);
	count = strtoul(argv[4], NULL, 0);
	diff_memory();
	if (argc > 5 && !strncmp(argv[5], "locked=", 7))
		limit_lock(strtoull(argv[5] + 7, NULL, 0));
	fresh();
	printf("%s\n", begin_line);
	while (d.operations < count)
		operation();
	diff_summary(&d);
	vprim_type1_fini(&ours);
	return 0;
}
