// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * Files that are mapped, a device's memory, dirty pages and the limit of locked
 * memory, by the bytes that reach a kernel of our own and what its /proc says.
 * Mapping itself is in check_user_vfio.c.
 */
#include "../libvirtprim/shim/user/user_vfio_internal.h"
#include "fake_malloc.h"
#include "testlib.h"
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <virtprim/user_dma.h>

#define CONTAINER 3
#define IOMMUFD 4
#define GROUP 5
#define DEVICE 9
#define BUF 33

static struct {
	unsigned long request;	/* the last one */
	int error, attach_error;
	union {
		uint32_t words[16];
		struct iommu_ioas_map_file_ file;
		struct iommu_hwpt_set_dirty_ set;
		struct iommu_hwpt_get_dirty_ read;
		struct vfio_dirty_get_ get;
		struct vfio_log_start_ start;
		struct vfio_log_report_ report;
	} last;
	uint64_t parts[8];
	uint64_t logged[2 * VPRIM_USER_DMA_LOG_RANGES];
	uint32_t attached, destroyed;
	const char *limits, *status, *maps;
	size_t chunk;		/* bytes of a read at most */
} k;

static int k_open(void *ctx, const char *path)
{
	(void)ctx;
	if (!strcmp(path, "/dev/vfio/vfio"))
		return CONTAINER;
	if (!strcmp(path, "/dev/iommu"))
		return IOMMUFD;
	return strstr(path, "devices") ? DEVICE : GROUP;
}

static void k_close(void *ctx, int fd)
{
	(void)ctx;
	(void)fd;
}

static int k_link(void *ctx, const char *path, char *name, size_t size_bytes)
{
	(void)ctx;
	snprintf(name, size_bytes, "%s", strstr(path, "/subsystem") ? "pci" : "16");
	return 0;
}

static int k_entry(void *ctx, const char *path, char *name, size_t size_bytes)
{
	(void)ctx;
	(void)path;
	snprintf(name, size_bytes, "vfio0");
	return 0;
}

static int k_read(void *ctx, const char *path, uint64_t offset, void *buf,
		  size_t size_bytes)
{
	const char *text = !strcmp(path, "/proc/self/limits") ? k.limits :
			   !strcmp(path, "/proc/self/status") ? k.status :
			   !strcmp(path, "/proc/self/maps") ? k.maps : NULL;
	size_t length;

	(void)ctx;
	if (!text)
		return -EACCES;
	require(offset <= strlen(text));
	length = strlen(text) - (size_t)offset;
	if (length > size_bytes)
		length = size_bytes;
	if (k.chunk && length > k.chunk)
		length = k.chunk;
	memcpy(buf, text + offset, length);
	return (int)length;
}

static int ranges(struct iommu_ioas_iova_ranges_ *r)
{
	static const struct vprim_range all = { 0, 0xffffffff };
	uint32_t fit = r->num_iovas;

	r->num_iovas = 1;
	if (!fit)
		return -EMSGSIZE;
	memcpy((void *)(uintptr_t)r->allowed_iovas, &all, sizeof(all));
	return 0;
}

/* A device that logs pages of 8 KiB. */
static int k_log(struct vfio_log_start_ *start)
{
	uint64_t *bits;

	memcpy(k.last.words, start, start->argsz);
	if (k.error)
		return -k.error;
	if (start->feature == VFIO_FEATURE_LOG_START_) {
		require(start->count <= VPRIM_USER_DMA_LOG_RANGES);
		memcpy(k.logged, (void *)(uintptr_t)start->ranges,
		       start->count * 2 * sizeof(k.logged[0]));
		start->page_bytes = 8192;
	} else if (start->feature == VFIO_FEATURE_LOG_REPORT_) {
		bits = (uint64_t *)(uintptr_t)k.last.report.bitmap;
		*bits |= 5;
	}
	return 0;
}

static int k_ioctl(void *ctx, int fd, unsigned long request, void *arg)
{
	(void)ctx;
	switch (request) {
	case VFIO_CHECK_EXTENSION_:
		return 1;
	case VFIO_GROUP_GET_STATUS_:
		((uint32_t *)arg)[1] = 1;
		return 0;
	case VFIO_GROUP_GET_DEVICE_FD_:
		return DEVICE;
	case VFIO_DEVICE_BIND_IOMMUFD_:
		((struct vfio_bind_iommufd_ *)arg)->out_devid = 77;
		return 0;
	case VFIO_DEVICE_ATTACH_IOMMUFD_PT_:
		if (((uint32_t *)arg)[2] == 12 && k.attach_error)
			return -k.attach_error;
		k.attached = ((uint32_t *)arg)[2];
		return 0;
	case VFIO_IOMMU_GET_INFO_:
		((uint32_t *)arg)[1] = 1;
		return 0;
	case IOMMU_IOAS_ALLOC_:
		((struct iommu_ioas_alloc_ *)arg)->out_ioas_id = 9;
		return 0;
	case IOMMU_IOAS_IOVA_RANGES_:
		return ranges(arg);
	case IOMMU_DESTROY_:
		k.destroyed = ((struct iommu_destroy_ *)arg)->id;
		return 0;
	case VFIO_GET_API_VERSION_:
	case VFIO_SET_IOMMU_:
	case VFIO_GROUP_SET_CONTAINER_:
	case VFIO_GROUP_UNSET_CONTAINER_:
		return 0;
	default:
		break;
	}
	k.request = request;
	if (request == VFIO_DEVICE_FEATURE_ && fd == DEVICE) {
		const struct vfio_dma_buf_ *get = arg;

		if (get->feature != VFIO_FEATURE_GET_DMA_BUF_)
			return k_log(arg);
		memcpy(k.last.words, get, sizeof(*get));
		memcpy(k.parts, get + 1, get->argsz - sizeof(*get));
		return k.error ? -k.error : BUF;
	}
	/* Each begins with its own size. */
	memcpy(k.last.words, arg, *(uint32_t *)arg);
	if (request == IOMMU_HWPT_ALLOC_)
		((struct iommu_hwpt_alloc_ *)arg)->out_hwpt_id = 12;
	if (request == IOMMU_HWPT_GET_DIRTY_ && !k.error)
		*(uint64_t *)(uintptr_t)k.last.read.bitmap |= 5;
	if (request == VFIO_IOMMU_DIRTY_PAGES_ && !k.error &&
	    k.last.words[1] == VFIO_DIRTY_GET_)
		*(uint64_t *)(uintptr_t)k.last.get.bitmap |= 5;
	return -k.error;
}

static const struct vprim_user_sys sys = {
	.open = k_open, .close = k_close, .ioctl = k_ioctl, .link = k_link,
	.entry = k_entry, .read = k_read,
};
static struct vprim_user_fault fault;
static struct vprim_user_vfio_space space;
static struct vprim_user_vfio_device device;
static struct vprim_user_dma dma;
static const struct vprim_range page = { 0x10000, 0x10fff };

/* 0 is the container, 1 the IOAS. */
static void begin(int way)
{
	memset(&k, 0, sizeof(k));
	memset(&fault, 0, sizeof(fault));
	ck_assert_int_eq(vprim_user_vfio_space_open(&space, &sys,
				way ? 0 : VPRIM_TYPE1_V2, &fault), 0);
	ck_assert_int_eq(vprim_user_vfio_device_open(&device, &space,
						     "0000:01:00.0", &fault), 0);
	ck_assert_int_eq(vprim_user_dma_init(&dma, &space, NULL, NULL, &fault), 0);
}

static void end(void)
{
	vprim_user_dma_fini(&dma);
	vprim_user_vfio_device_close(&device);
	vprim_user_vfio_space_close(&space);
}

START_TEST(a_file_is_mapped_as_memory_is)
{
	struct vprim_iova_mapping m;

	begin(1);
	ck_assert_int_eq(vprim_user_dma_map_file(&dma, &page, BUF, 0x5000, 3,
						 &fault), 0);
	ck_assert_uint_eq(k.request, IOMMU_IOAS_MAP_FILE_);
	ck_assert_uint_eq(k.last.file.size, 40);
	ck_assert_uint_eq(k.last.file.flags, 7);
	ck_assert_uint_eq(k.last.file.ioas_id, 9);
	ck_assert_int_eq(k.last.file.fd, BUF);
	ck_assert_uint_eq(k.last.file.start, 0x5000);
	ck_assert_uint_eq(k.last.file.length, 0x1000);
	ck_assert_uint_eq(k.last.file.iova, 0x10000);
	ck_assert_int_eq(vprim_iova_map_stab(&dma.map, 0x10000, &m), 0);
	ck_assert_uint_eq(m.value, 0x5000);
	ck_assert_int_eq(vprim_user_dma_map_file(&dma, &page, BUF, 0, 3, &fault),
			 -EEXIST);
	ck_assert_int_eq(vprim_user_dma_unmap(&dma, &page, &fault), 0);
	k.error = ENOTTY;
	ck_assert_int_eq(vprim_user_dma_map_file(&dma, &page, BUF, 0, 1, &fault),
			 -ENOTTY);
	ck_assert_str_eq(fault.call, "ioctl IOMMU_IOAS_MAP_FILE");
	ck_assert_str_eq(vprim_reason_word(&fault.reason), "file");
	ck_assert_uint_eq(vprim_iova_map_count(&dma.map), 0);
	ck_assert_int_eq(vprim_user_dma_map_file(&dma, &page, -1, 0, 1, &fault),
			 -EINVAL);
	end();
	ck_assert_int_eq(vprim_user_dma_map_file(&dma, &page, BUF, 0, 1, &fault),
			 -EINVAL);
	begin(0);
	k.request = 0;
	ck_assert_int_eq(vprim_user_dma_map_file(&dma, &page, BUF, 0, 1, &fault),
			 -EOPNOTSUPP);
	ck_assert_str_eq(vprim_reason_word(&fault.reason), "iommufd");
	ck_assert_uint_eq(k.request, 0);
	end();
}
END_TEST

START_TEST(a_bar_becomes_a_dmabuf)
{
	static const struct vprim_range parts[2] = { { 0, 0xfff },
						     { 0x4000, 0x7fff } };
	static const struct vprim_range bad[2] = { { 2, 1 }, { 0, UINT64_MAX } };
	static struct vprim_range many[4097];

	int fd = 0;

	begin(1);
	k.request = 0;
	fake_starve((fd = vprim_user_vfio_dmabuf(&device, 2, parts, 2, &fault)) < 0 ? fd : 0,
		    require(!k.request && fault.error == ENOMEM));
	ck_assert_int_eq(fd, BUF);
	ck_assert_uint_eq(k.last.words[0], 24 + 32);
	ck_assert_uint_eq(k.last.words[1], 0x1000b);
	ck_assert_uint_eq(k.last.words[2], 2);
	ck_assert_uint_eq(k.last.words[3], O_RDWR | O_CLOEXEC);
	ck_assert_uint_eq(k.last.words[4], 0);
	ck_assert_uint_eq(k.last.words[5], 2);
	ck_assert_uint_eq(k.parts[0], 0);
	ck_assert_uint_eq(k.parts[1], 0x1000);
	ck_assert_uint_eq(k.parts[2], 0x4000);
	ck_assert_uint_eq(k.parts[3], 0x4000);
	k.error = ENOTTY;
	ck_assert_int_eq(vprim_user_vfio_dmabuf(&device, 2, parts, 2, &fault),
			 -ENOTTY);
	ck_assert_str_eq(vprim_reason_word(&fault.reason), "dmabuf");
	ck_assert_str_eq(fault.subject, "region 2");
	k.request = 0;
	ck_assert_int_eq(vprim_user_vfio_dmabuf(&device, 2, &bad[0], 1, &fault),
			 -EINVAL);
	ck_assert_int_eq(vprim_user_vfio_dmabuf(&device, 2, &bad[1], 1, &fault),
			 -EINVAL);
	ck_assert_int_eq(vprim_user_vfio_dmabuf(&device, 2, parts, 0, &fault),
			 -EINVAL);
	for (size_t i = 0; i < VPRIM_ARRAY_LEN(many); i++)
		many[i] = parts[0];
	ck_assert_int_eq(vprim_user_vfio_dmabuf(&device, 2, many, 4097, &fault),
			 -EINVAL);
	ck_assert_uint_eq(k.request, 0);
	end();
	ck_assert_int_eq(vprim_user_vfio_dmabuf(&device, 2, parts, 2, &fault),
			 -EINVAL);
}
END_TEST

START_TEST(a_domain_that_tracks_is_made_and_used)
{
	uint32_t id = 7;

	begin(1);
	ck_assert_int_eq(vprim_user_dma_dirty_domain(&device, &id, &fault), 0);
	ck_assert_uint_eq(id, 12);
	ck_assert_uint_eq(k.attached, 12);
	ck_assert_uint_eq(k.last.words[0], 24);
	ck_assert_uint_eq(k.last.words[1], 2);
	ck_assert_uint_eq(k.last.words[2], 77);
	ck_assert_uint_eq(k.last.words[3], 9);
	/* What cannot be attached does not stay. */
	id = 7;
	k.attach_error = EINVAL;
	ck_assert_int_eq(vprim_user_dma_dirty_domain(&device, &id, &fault), -EINVAL);
	ck_assert_uint_eq(k.destroyed, 12);
	k.error = EOPNOTSUPP;
	ck_assert_int_eq(vprim_user_dma_dirty_domain(&device, &id, &fault),
			 -EOPNOTSUPP);
	ck_assert_str_eq(vprim_reason_word(&fault.reason), "untracked");
	device.devid = 0;
	ck_assert_int_eq(vprim_user_dma_dirty_domain(&device, &id, &fault), -EINVAL);
	ck_assert_uint_eq(id, 7);
	end();
	ck_assert_int_eq(vprim_user_dma_dirty_domain(&device, &id, &fault), -EINVAL);
	device.space = &space;		/* which is closed */
	ck_assert_int_eq(vprim_user_dma_dirty_domain(&device, &id, &fault), -EINVAL);
	begin(0);
	ck_assert_int_eq(vprim_user_dma_dirty_domain(&device, &id, &fault),
			 -EOPNOTSUPP);
	ck_assert_str_eq(vprim_reason_word(&fault.reason), "iommufd");
	end();
}
END_TEST

START_TEST(dirty_pages_are_read)
{
	/* 65 pages: two words. */
	static const struct vprim_range many = { 0x10000, 0x50fff };
	static const struct vprim_range odd = { 0x10800, 0x10fff };
	static const struct vprim_range all = { 0, UINT64_MAX }, bad = { 2, 1 };
	const uint32_t id = _i ? 12 : 0;
	uint64_t bits[3] = { 7, 7, 7 };

	begin(_i);
	ck_assert_int_eq(vprim_user_dma_dirty_track(&space, id, true, &fault), 0);
	ck_assert_uint_eq(k.last.words[1], 1);
	ck_assert_uint_eq(k.last.words[2], _i ? 12 : 0);
	ck_assert_int_eq(vprim_user_dma_dirty_track(&space, id, false, &fault), 0);
	ck_assert_uint_eq(k.last.words[1], _i ? 0 : 2);
	ck_assert_int_eq(vprim_user_dma_dirty_read(&space, id, &many, 4096, bits, 2,
						   &fault), 0);
	ck_assert_uint_eq(bits[0], 5);
	ck_assert_uint_eq(bits[1], 0);
	ck_assert_uint_eq(bits[2], 7);
	if (_i) {
		ck_assert_uint_eq(k.last.read.size, 48);
		ck_assert_uint_eq(k.last.read.hwpt_id, 12);
		ck_assert_uint_eq(k.last.read.iova, 0x10000);
		ck_assert_uint_eq(k.last.read.length, 0x41000);
		ck_assert_uint_eq(k.last.read.page_bytes, 4096);
	} else {
		ck_assert_uint_eq(k.last.get.head.argsz, 48);
		ck_assert_uint_eq(k.last.get.head.flags, 4);
		ck_assert_uint_eq(k.last.get.iova, 0x10000);
		ck_assert_uint_eq(k.last.get.size, 0x41000);
		ck_assert_uint_eq(k.last.get.page_bytes, 4096);
		ck_assert_uint_eq(k.last.get.bitmap_bytes, 16);
	}
	k.error = EINVAL;
	ck_assert_int_eq(vprim_user_dma_dirty_read(&space, id, &many, 4096, bits, 2,
						   &fault), -EINVAL);
	ck_assert_str_eq(vprim_reason_word(&fault.reason), "dirty");
	ck_assert_uint_eq(fault.reason.range.last, 0x50fff);
	k.error = ENOTTY;
	ck_assert_int_eq(vprim_user_dma_dirty_track(&space, id, true, &fault),
			 -ENOTTY);
	ck_assert_str_eq(vprim_reason_word(&fault.reason), "untracked");
	/* What is wrong in itself reaches nobody. */
	k.request = 0;
	bits[0] = 7;
	ck_assert_int_eq(vprim_user_dma_dirty_read(&space, id, &many, 4096, bits, 1,
						   &fault), -EMSGSIZE);
	ck_assert_int_eq(vprim_user_dma_dirty_read(&space, id, &odd, 4096, bits, 3,
						   &fault), -EINVAL);
	ck_assert_int_eq(vprim_user_dma_dirty_read(&space, id, &many, 0, bits, 3,
						   &fault), -EINVAL);
	ck_assert_int_eq(vprim_user_dma_dirty_read(&space, id, &many, 0x3000, bits,
						   3, &fault), -EINVAL);
	ck_assert_int_eq(vprim_user_dma_dirty_read(&space, id, &all, 4096, bits, 3,
						   &fault), -EINVAL);
	ck_assert_int_eq(vprim_user_dma_dirty_read(&space, id, &bad, 4096, bits, 3,
						   &fault), -EINVAL);
	ck_assert_int_eq(vprim_user_dma_dirty_read(&space, !id, &many, 4096, bits, 3,
						   &fault), -EINVAL);
	ck_assert_int_eq(vprim_user_dma_dirty_track(&space, !id, true, &fault),
			 -EINVAL);
	ck_assert_uint_eq(k.request, 0);
	ck_assert_uint_eq(bits[0], 7);
	end();
	ck_assert_int_eq(vprim_user_dma_dirty_track(&space, id, true, &fault),
			 -EINVAL);
}
END_TEST

/* -- what /proc says ------------------------------------------------------- */

#define LIMIT(text) "Limit                     Soft Limit\n" \
		    "Max locked memory         " text "      8388608  bytes\n"
#define STATUS(caps) "Name:\tqemu\nVmLck:\t    4096 kB\nVmPin:\t    8188 kB\n" \
		     "CapInh:\t0000000000000000\nCapEff:\t" caps "\n"

static const struct lock {
	const char *name, *limits, *status;
	uint64_t want, limit, locked;	/* locked with a container */
	bool exempt, fits, fits_pinned;
} locks[] = {
	{ "to the byte", LIMIT("8388608"), STATUS("0000000000000000"), 0x400000,
	  0x800000, 0x400000, false, true, false },
	{ "one page too many", LIMIT("8388608"), STATUS("0000000000000000"),
	  0x401000, 0x800000, 0x400000, false, false, false },
	{ "a page is left to iommufd", LIMIT("8388608"),
	  STATUS("0000000000000000"), 0x1000, 0x800000, 0x400000, false, true,
	  true },
	{ "with the capability", LIMIT("8388608"), STATUS("0000000000004000"),
	  UINT64_MAX, 0x800000, 0x400000, true, true, true },
	{ "with all but it", LIMIT("8388608"), STATUS("000001ffffffbfff"),
	  UINT64_MAX, 0x800000, 0x400000, false, false, false },
	{ "no limit", LIMIT("unlimited"), STATUS("0000000000000000"), 0x40000000,
	  UINT64_MAX, 0x400000, false, true, true },
	{ "over it already", LIMIT("65536"), STATUS("0000000000000000"), 0, 65536,
	  0x400000, false, false, false },
};

START_TEST(locked_memory_is_estimated)
{
	const struct lock *l = &locks[_i / 2];
	const int way = _i % 2;
	struct vprim_user_memlock m = { .limit_bytes = 7 };

	begin(way);
	k.limits = l->limits;
	k.status = l->status;
	ck_assert_msg(!vprim_user_dma_memlock(&space, l->want, &m, &fault), "%s",
		      l->name);
	ck_assert_msg(m.limit_bytes == l->limit, "%s: limit", l->name);
	ck_assert_msg(m.locked_bytes == (way ? 8188 * 1024 : l->locked),
		      "%s: locked", l->name);
	ck_assert_msg(m.exempt == l->exempt, "%s: exempt", l->name);
	ck_assert_msg(m.fits == (way ? l->fits_pinned : l->fits), "%s: fits",
		      l->name);
	m.limit_bytes = 7;
	k.status = NULL;
	ck_assert_int_eq(vprim_user_dma_memlock(&space, 1, &m, &fault), -EACCES);
	ck_assert_str_eq(fault.subject, "/proc/self/status");
	k.limits = NULL;
	ck_assert_int_eq(vprim_user_dma_memlock(&space, 1, &m, &fault), -EACCES);
	ck_assert_uint_eq(m.limit_bytes, 7);
	end();
	ck_assert_int_eq(vprim_user_dma_memlock(&space, 1, &m, &fault), -EINVAL);
}
END_TEST

/* A line that is missing, or has no number, says nothing. */
START_TEST(what_proc_does_not_say_is_not_guessed)
{
	static const struct {
		const char *limits, *status;
		uint64_t limit, locked;
		bool exempt;
	} rows[] = {
		{ "", "", UINT64_MAX, 0, false },
		{ "Max locked memory", "VmPin:\tmany kB\nCapEff:\n", UINT64_MAX, 0, false },
		{ LIMIT("4096"), "VmPin: 8 kB\nCapEff:\t00000000000004000\n", 4096, 8192, false },
		{ LIMIT("4096"), "VmPin: 8 kB\nCapEff:\t0X4000\n", 4096, 8192, true },
		{ LIMIT("4096"), "VmPin: 8 kB\nCapEff:\t0x4000\n", 4096, 8192, true },
	};
	struct vprim_user_memlock m;
	size_t i;

	begin(1);
	for (i = 0; i < VPRIM_ARRAY_LEN(rows); i++) {
		k.limits = rows[i].limits;
		k.status = rows[i].status;
		ck_assert_int_eq(vprim_user_dma_memlock(&space, 1, &m, &fault), 0);
		ck_assert_uint_eq(m.limit_bytes, rows[i].limit);
		ck_assert_uint_eq(m.locked_bytes, rows[i].locked);
		ck_assert_int_eq(m.exempt, rows[i].exempt);
		ck_assert_int_eq(m.fits, m.exempt || m.limit_bytes == UINT64_MAX);
	}
	end();
}
END_TEST

START_TEST(a_limit_that_refused_is_named)
{
	char text[400];

	begin(_i);
	k.error = ENOMEM;
	ck_assert_int_eq(vprim_user_dma_map(&dma, &page, text, 3, &fault), -ENOMEM);
	ck_assert_str_eq(vprim_reason_word(&fault.reason), "memory");
	k.limits = LIMIT("65536");
	k.status = STATUS("0000000000000000");
	ck_assert_int_eq(vprim_user_dma_map(&dma, &page, text, 3, &fault), -ENOMEM);
	ck_assert_str_eq(vprim_reason_word(&fault.reason), "locked");
	ck_assert_uint_eq(fault.reason.value, 65536);
	ck_assert_uint_eq(fault.reason.range.start, 0x10000);
	vprim_user_fault_text(&fault, text, sizeof(text));
	ck_assert_ptr_nonnull(strstr(text, "RLIMIT_MEMLOCK, is 65536 bytes"));
	/* Room enough: it was something else. */
	k.limits = LIMIT("unlimited");
	ck_assert_int_eq(vprim_user_dma_map(&dma, &page, text, 3, NULL), -ENOMEM);
	ck_assert_int_eq(vprim_user_dma_map(&dma, &page, text, 3, &fault), -ENOMEM);
	ck_assert_str_eq(vprim_reason_word(&fault.reason), "memory");
	end();
}
END_TEST

START_TEST(a_bar_behind_an_address_is_named)
{
	static const char maps[] =
		"what /resource\n1000 vfio\n1000-xyz vfio\n"
		"1000-3000 rw-p 00000000 00:00 0\n"
		"7f0000000000-7f0000001000 rw-s 20000000000 00:0e 1 anon_inode:[vfio-device]\n"
		"7f0000001000-7f0000002000 rw-p 00000000 00:00 0    [heap]\n"
		"7f0000002000-7f0000004000 rw-s 00000000 00:16 9 /sys/devices/pci0000:00/0000:00:02.0/resource0\n"
		"7f0000004000-7f00";
	static const struct {
		uint64_t vaddr;
		const char *word;
	} rows[] = {
		{ UINT64_C(0x7f0000000000), "bar" },
		{ UINT64_C(0x7f0000000fff), "bar" },
		{ UINT64_C(0x7f0000001000), "vaddr-or-bar" },
		{ UINT64_C(0x7f0000003000), "bar" },
		{ UINT64_C(0x7f0000004000), "vaddr-or-bar" },
		{ 0x2000, "vaddr-or-bar" },
	};
	size_t i;

	if (sizeof(void *) < 8)
		return;
	begin(1);
	k.error = EFAULT;
	k.chunk = (size_t)_i;
	for (i = 0; i < VPRIM_ARRAY_LEN(rows); i++) {
		k.maps = maps;
		ck_assert_int_eq(vprim_user_dma_map(&dma, &page,
				(const void *)(uintptr_t)rows[i].vaddr, 3, &fault),
				 -EFAULT);
		ck_assert_str_eq(vprim_reason_word(&fault.reason), rows[i].word);
		ck_assert_uint_eq(fault.reason.range.start, 0x10000);
		k.maps = NULL;
		ck_assert_int_eq(vprim_user_dma_map(&dma, &page,
				(const void *)(uintptr_t)rows[i].vaddr, 3, &fault),
				 -EFAULT);
		ck_assert_str_eq(vprim_reason_word(&fault.reason), "vaddr-or-bar");
	}
	end();
}
END_TEST

START_TEST(a_device_logs_its_writes)
{
	static const struct vprim_range list[2] = { { 0x10000, 0x1ffff },
						    { 0x40000, 0x4ffff } };
	uint64_t page_bytes = 4096, added = 7, bits[2] = { 7, 7 };

	begin(_i);
	fake_starve(vprim_user_dma_log_start(&device, (struct vprim_ranges){ list, 2 },
					     &page_bytes, &added, &fault),
		    require(page_bytes == 4096 && added == 7 && fault.error == ENOMEM));
	ck_assert_uint_eq(page_bytes, 8192);
	ck_assert_uint_eq(added, 0);
	ck_assert_uint_eq(k.last.start.argsz, 32);
	ck_assert_uint_eq(k.last.start.feature, 0x20006);
	ck_assert_uint_eq(k.last.start.page_bytes, 4096);
	ck_assert_uint_eq(k.last.start.count, 2);
	ck_assert_uint_eq(k.last.start.reserved, 0);
	ck_assert_uint_eq(k.logged[0], 0x10000);
	ck_assert_uint_eq(k.logged[1], 0x10000);
	ck_assert_uint_eq(k.logged[2], 0x40000);
	ck_assert_int_eq(vprim_user_dma_log_read(&device, &list[0], 4096, bits, 1,
						 &fault), 0);
	ck_assert_uint_eq(k.last.report.argsz, 40);
	ck_assert_uint_eq(k.last.report.feature, 0x10008);
	ck_assert_uint_eq(k.last.report.iova, 0x10000);
	ck_assert_uint_eq(k.last.report.length, 0x10000);
	ck_assert_uint_eq(k.last.report.page_bytes, 4096);
	ck_assert_uint_eq(bits[0], 5);
	ck_assert_uint_eq(bits[1], 7);
	/* How much was added need not be told. */
	page_bytes = 4096;
	ck_assert_int_eq(vprim_user_dma_log_start(&device,
			(struct vprim_ranges){ list, 1 }, &page_bytes, NULL, NULL), 0);
	ck_assert_uint_eq(page_bytes, 8192);
	ck_assert_int_eq(vprim_user_dma_log_stop(&device, &fault), 0);
	ck_assert_uint_eq(k.last.words[0], 8);
	ck_assert_uint_eq(k.last.words[1], 0x20007);
	end();
}
END_TEST

/* A range of 4 KiB each, 8 KiB apart, but for one smaller gap among the last. */
START_TEST(a_long_list_is_combined_on_the_way)
{
	enum { MANY = VPRIM_USER_DMA_LOG_RANGES + 2 };
	struct vprim_range list[MANY];
	uint64_t page_bytes = 4096, added = 0;
	size_t i;

	for (i = 0; i < MANY; i++)
		list[i] = (struct vprim_range){ i << 14, (i << 14) + 0xfff };
	list[MANY - 1].start -= 0x1000;
	begin(0);
	ck_assert_int_eq(vprim_user_dma_log_start(&device,
			(struct vprim_ranges){ list, MANY }, &page_bytes, &added,
			&fault), 0);
	ck_assert_uint_eq(k.last.start.count, VPRIM_USER_DMA_LOG_RANGES);
	/* The small gap, and the lowest of the others. */
	ck_assert_uint_eq(added, 0x2000 + 0x3000);
	ck_assert_uint_eq(k.logged[0], 0);
	ck_assert_uint_eq(k.logged[1], 0x5000);
	ck_assert_uint_eq(k.logged[2], 0x8000);
	ck_assert_uint_eq(list[0].last, 0xfff);
	end();
}
END_TEST

START_TEST(a_device_that_does_not_log_says_why)
{
	static const struct vprim_range two[2] = { { 0x10000, 0x1ffff },
						   { 0x18000, 0x4ffff } };
	static const struct vprim_range all = { 0, UINT64_MAX }, bad = { 2, 1 };
	static const struct vprim_range odd = { 0x10000, 0x10ffe };
	const struct vprim_ranges one = { two, 1 };
	uint64_t page_bytes = 4096, none = 0, three = 3, added = 7, bits = 7;

	begin(0);
	k.error = ENOTTY;
	ck_assert_int_eq(vprim_user_dma_log_start(&device, one, &page_bytes, &added,
						  &fault), -ENOTTY);
	ck_assert_str_eq(vprim_reason_word(&fault.reason), "untracked");
	k.error = EINVAL;
	ck_assert_int_eq(vprim_user_dma_log_start(&device, one, &page_bytes, &added,
						  &fault), -EINVAL);
	ck_assert_str_eq(vprim_reason_word(&fault.reason), "log");
	ck_assert_int_eq(vprim_user_dma_log_stop(&device, &fault), -EINVAL);
	ck_assert_str_eq(vprim_reason_word(&fault.reason), "log");
	ck_assert_int_eq(vprim_user_dma_log_read(&device, two, 4096, &bits, 1,
						 &fault), -EINVAL);
	ck_assert_str_eq(vprim_reason_word(&fault.reason), "log");
	ck_assert_uint_eq(fault.reason.range.last, 0x1ffff);
	ck_assert_int_eq(vprim_user_dma_log_read(&device, two, 4096, &bits, 1, NULL),
			 -EINVAL);
	ck_assert_uint_eq(page_bytes, 4096);
	ck_assert_uint_eq(added, 7);
	/* These reach no kernel. */
	k.request = 0;
	ck_assert_int_eq(vprim_user_dma_log_start(&device,
			(struct vprim_ranges){ two, 2 }, &page_bytes, NULL, NULL),
			 -EINVAL);
	ck_assert_int_eq(vprim_user_dma_log_start(&device,
			(struct vprim_ranges){ two, 0 }, &page_bytes, NULL, NULL),
			 -EINVAL);
	ck_assert_int_eq(vprim_user_dma_log_start(&device,
			(struct vprim_ranges){ &all, 1 }, &page_bytes, NULL, NULL),
			 -EINVAL);
	ck_assert_int_eq(vprim_user_dma_log_start(&device,
			(struct vprim_ranges){ &odd, 1 }, &page_bytes, NULL, NULL),
			 -EINVAL);
	ck_assert_int_eq(vprim_user_dma_log_start(&device, one, &none, NULL, NULL),
			 -EINVAL);
	ck_assert_int_eq(vprim_user_dma_log_start(&device, one, &three, NULL, NULL),
			 -EINVAL);
	ck_assert_int_eq(vprim_user_dma_log_read(&device, &bad, 4096, &bits, 1, NULL),
			 -EINVAL);
	ck_assert_int_eq(vprim_user_dma_log_read(&device, &all, 4096, &bits, 1, NULL),
			 -EINVAL);
	ck_assert_int_eq(vprim_user_dma_log_read(&device, &odd, 4096, &bits, 1, NULL),
			 -EINVAL);
	ck_assert_int_eq(vprim_user_dma_log_read(&device, two, 0, &bits, 1, NULL),
			 -EINVAL);
	ck_assert_int_eq(vprim_user_dma_log_read(&device, two, 512, &bits, 1, &fault),
			 -EMSGSIZE);
	ck_assert_uint_eq(bits, 0);	/* of the read that the kernel refused */
	ck_assert_uint_eq(k.request, 0);
	end();
	ck_assert_int_eq(vprim_user_dma_log_start(&device, one, &page_bytes, NULL,
						  NULL), -EINVAL);
	ck_assert_int_eq(vprim_user_dma_log_stop(&device, NULL), -EINVAL);
	ck_assert_int_eq(vprim_user_dma_log_read(&device, two, 4096, &bits, 1, NULL),
			 -EINVAL);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("user_dma");
	TCase *tc = tcase_create("user_dma");

	tcase_add_test(tc, a_file_is_mapped_as_memory_is);
	tcase_add_test(tc, a_bar_becomes_a_dmabuf);
	tcase_add_test(tc, a_domain_that_tracks_is_made_and_used);
	tcase_add_loop_test(tc, dirty_pages_are_read, 0, 2);
	tcase_add_loop_test(tc, a_device_logs_its_writes, 0, 2);
	tcase_add_test(tc, a_long_list_is_combined_on_the_way);
	tcase_add_test(tc, a_device_that_does_not_log_says_why);
	tcase_add_loop_test(tc, locked_memory_is_estimated, 0,
			    2 * VPRIM_ARRAY_LEN(locks));
	tcase_add_test(tc, what_proc_does_not_say_is_not_guessed);
	tcase_add_loop_test(tc, a_limit_that_refused_is_named, 0, 2);
	/* Read whole, and in pieces that cut lines. */
	tcase_add_loop_test(tc, a_bar_behind_an_address_is_named, 0, 1);
	tcase_add_loop_test(tc, a_bar_behind_an_address_is_named, 100, 140);
	suite_add_tcase(suite, tc);
	return test_main(suite);
}
