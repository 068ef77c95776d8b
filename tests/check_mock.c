// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * mock.h in one process: the user shim before a pretended kernel, and the kernel's
 * order of checks, row by row.
 */
#include "../libvirtprim/shim/mock/mock_abi.h"
#include "testlib.h"
#include <errno.h>
#include <string.h>
#include <virtprim/mock.h>
#include <virtprim/user_dma.h>

#define M UINT64_MAX
#define PAGE UINT64_C(4096)
#define EDU "0000:01:00.0"
#define BUFFER UINT64_C(0x40000)
#define REGION(i) ((uint64_t)((i) + VPRIM_MOCK_FIRST_REGION) << 40)

/* The outside: memory that may be bounded, eventfds that count, notes. */
static struct {
	struct test_memory memory;
	bool bounded;			/* only the arena can be read and written */
	bool unpinnable;		/* memory that the program gives */
	unsigned int events[16];	/* signals; numbers 100 to 115 are eventfds */
	int held;			/* eventfds and files taken, less put */
	volatile uint64_t *command;	/* a register to write when one is signalled */
	uint64_t next_command;
	unsigned int faults, left;
	char last[80];			/* text of the last fault */
	struct vprim_reason why;	/* of the last call */
	uint64_t copies;		/* the so manieth copy fails; 0: none */
	bool copy_failed;
	int unpinned;			/* what an unpin says */
	unsigned int unpins, freed;
	struct vprim_mock_device *looks;	/* at 0x1000 while memory is pinned … */
	int seen;			/* … and is answered so */
	const char *fail;		/* refuse this call … */
	int fail_with;			/* … so */
	struct vprim_mock_device *watched;
	uint64_t task;			/* who calls */
	uint64_t owner;			/* of what was reached last */
} outside;

static _Alignas(4096) uint8_t arena[16 * 4096];
static struct vprim_mock *mock;
static struct vprim_user_sys sys;
static struct vprim_user_fault fault;

static bool inside(uint64_t at, size_t n)
{
	uint64_t start = (uintptr_t)arena;

	return !outside.bounded ||
	       (at >= start && at - start <= sizeof(arena) &&
		n <= sizeof(arena) - (at - start));
}

static bool copy_fails(void)
{
	bool now = outside.copies && !--outside.copies;

	outside.copy_failed |= now;
	return now;
}

static int copy_in(void *ctx, uint64_t task, void *to, uint64_t from, size_t n)
{
	(void)ctx;
	(void)task;
	if (copy_fails() || !inside(from, n))
		return -EFAULT;
	memcpy(to, (const void *)(uintptr_t)from, n);
	return 0;
}

static int copy_out(void *ctx, uint64_t task, uint64_t to, const void *from, size_t n)
{
	(void)ctx;
	(void)task;
	if (copy_fails() || !inside(to, n))
		return -EFAULT;
	memcpy((void *)(uintptr_t)to, from, n);
	return 0;
}

static int pin(void *ctx, uint64_t owner, uint64_t vaddr, uint64_t size, uint32_t prot)
{
	(void)ctx;
	(void)owner;
	char byte;

	(void)prot;
	if (outside.looks)
		outside.seen = vprim_mock_dma(outside.looks, 0x1000, &byte, 1, false);
	return inside(vaddr, (size_t)size) && !outside.unpinnable ? 0 : -EFAULT;
}

static int unpin(void *ctx, uint64_t owner, uint64_t vaddr, uint64_t size, uint32_t prot)
{
	(void)ctx;
	(void)owner;
	(void)vaddr;
	(void)size;
	(void)prot;
	outside.unpins++;
	return outside.unpinned;
}

static uint64_t owner_of(void *ctx, uint64_t task)
{
	(void)ctx;
	(void)task;
	return outside.task;
}

static int dma(void *ctx, uint64_t owner, uint64_t vaddr, void *data, size_t n,
	       bool write)
{
	outside.owner = owner;
	return write ? copy_out(ctx, 0, vaddr, data, n) : copy_in(ctx, 0, data, vaddr, n);
}

static int event_get(void *ctx, uint64_t task, int32_t fd, void **event)
{
	(void)ctx;
	(void)task;
	if (fd < 100 || fd >= 116)
		return fd == 1000 ? -EINVAL : -EBADF;
	outside.held++;
	*event = &outside.events[fd - 100];
	return 0;
}

static void event_put(void *ctx, void *event)
{
	(void)ctx;
	(void)event;
	outside.held--;
}

/* Number 200 is a file, whose bytes are the arena. */
static int memfd_get(void *ctx, uint64_t task, int32_t fd, void **memfd)
{
	(void)ctx;
	(void)task;
	if (fd != 200)
		return -EBADF;
	outside.held++;
	*memfd = arena;
	return 0;
}

static int memfd_rw(void *ctx, void *memfd, uint64_t at, void *data, size_t n,
		    bool write)
{
	return dma(ctx, outside.owner, (uintptr_t)memfd + at, data, n, write);
}

static void event_signal(void *ctx, void *event)
{
	(void)ctx;
	++*(unsigned int *)event;
	if (outside.command)
		*outside.command = outside.next_command;
	outside.command = NULL;
}

static void event_watch(void *ctx, void *event, struct vprim_mock_device *device)
{
	(void)ctx;
	(void)event;
	outside.watched = device;
}

static int refuse(void *ctx, const char *call)
{
	(void)ctx;
	return outside.fail && !strcmp(outside.fail, call) ? outside.fail_with : 0;
}

static void note(void *ctx, const struct vprim_mock_note *n)
{
	(void)ctx;
	if (n->news == VPRIM_MOCK_CALL)
		outside.why = *n->why;
	outside.left += n->news == VPRIM_MOCK_LEFT;
	outside.freed += n->news == VPRIM_MOCK_FREED;
	if (n->news != VPRIM_MOCK_FAULT)
		return;
	outside.faults++;
	snprintf(outside.last, sizeof(outside.last), "%s", n->text);
}

static const struct vprim_mock_ops ops = {
	.copy_in = copy_in, .copy_out = copy_out, .pin = pin, .unpin = unpin,
	.dma = dma,
	.owner = owner_of,
	.event_get = event_get, .event_put = event_put,
	.memfd_get = memfd_get, .memfd_put = event_put, .memfd_rw = memfd_rw,
	.event_signal = event_signal, .event_watch = event_watch, .fail = refuse,
	.note = note,
};

static uint32_t release;	/* of the next boot */

static struct vprim_mock_device *boot_with(const char *iommu, const char *options)
{
	struct vprim_mock_config config = {
		.ops = &ops, .alloc = &test_alloc_ops, .alloc_ctx = &outside.memory,
		.iommu = vprim_mock_iommu_find(iommu), .release = release,
	};
	struct vprim_mock_device *edu;

	memset(&outside, 0, sizeof(outside));
	memset(&fault, 0, sizeof(fault));
	memset(arena, 0, sizeof(arena));
	require(!vprim_mock_new(&mock, &config));
	require(!vprim_mock_add(mock, vprim_mock_model_find("edu"), EDU, 16, options, &edu));
	vprim_mock_sys(mock, &sys);
	return edu;
}

static struct vprim_mock_device *boot(void)
{
	return boot_with("intel48", "mask=64");
}

static void halt(void)
{
	vprim_mock_free(mock);
	ck_assert_uint_eq(outside.memory.blocks, 0);
	ck_assert_int_eq(outside.held, 0);
}

static int call(int fd, unsigned long request, void *arg)
{
	return sys.ioctl(sys.ctx, fd, request, arg);
}

static int number(int fd, unsigned long request, uintptr_t arg)
{
	return sys.ioctl(sys.ctx, fd, request, (void *)arg);
}

static int open_file(const char *path)
{
	return sys.open(sys.ctx, path);
}

/* Each of the call's copies from and to the program fails once; then it succeeds. */
#define fails_by_copies(call, undo) do {				\
	uint64_t copies_nth;						\
	int64_t copies_ret;						\
	for (copies_nth = 1;; copies_nth++) {				\
		outside.copies = copies_nth;				\
		outside.copy_failed = false;				\
		copies_ret = (call);					\
		outside.copies = 0;					\
		if (!outside.copy_failed)				\
			break;						\
		ck_assert_msg(copies_ret == -EFAULT, "%s: %d", #call,	\
			      (int)copies_ret);				\
		undo;							\
	}								\
	ck_assert_msg(copies_ret >= 0 && copies_nth > 1, "%s", #call);	\
} while (0)

/* Its allocations, too. */
#define starves(call) test_starve(&outside.memory, call, (void)0)

/* A descriptor, or an errno, where 0 means success. */
static int kept;

static int keep(int fd)
{
	kept = fd;
	return fd < 0 ? fd : 0;
}

static int device_call(struct vprim_mock_file *f, unsigned long request, void *arg)
{
	return (int)vprim_mock_ioctl(f, 0, (uint32_t)request, (uintptr_t)arg);
}

static void take_bus(struct vprim_mock_device *d)
{
	struct vprim_mock_device_info info;

	vprim_mock_device_describe(d, &info);
	((uint8_t *)(uintptr_t)info.config)[4] = 6;
}

/* -- the order of things ------------------------------------------------------- */

START_TEST(groups_and_containers_go_in_the_kernels_order)
{
	struct vfio_group_status_ status = { .argsz = sizeof(status) };
	struct vfio_dma_map_ map = { sizeof(map), 3, (uintptr_t)arena, 0, PAGE };
	int c, g, d, bad = 7;

	boot();
	ck_assert_int_eq(open_file("/dev/vfio/17"), -ENOENT);
	ck_assert_int_eq(open_file("/dev/vfio/016"), -ENOENT);
	ck_assert_int_eq(open_file("/dev/null"), -ENOENT);
	c = open_file("/dev/vfio/vfio");
	g = open_file("/dev/vfio/16");
	ck_assert_int_eq(open_file("/dev/vfio/16"), -EBUSY);
	ck_assert_int_eq(number(c, VFIO_GET_API_VERSION_, 0), 0);
	ck_assert_int_eq(number(c, VFIO_SET_IOMMU_, 3), -EINVAL);
	ck_assert_int_eq(call(g, VFIO_GROUP_GET_STATUS_, &status), 0);
	ck_assert_uint_eq(status.flags, 1);
	ck_assert_int_eq(call(g, VFIO_GROUP_SET_CONTAINER_, &bad), -EBADF);
	ck_assert_int_eq(call(g, VFIO_GROUP_SET_CONTAINER_, &g), -EBADFD);
	ck_assert_int_eq(call(g, VFIO_GROUP_GET_DEVICE_FD_, (char[]){ EDU }), -EINVAL);
	ck_assert_int_eq(call(g, VFIO_GROUP_SET_CONTAINER_, &c), 0);
	ck_assert_int_eq(call(g, VFIO_GROUP_SET_CONTAINER_, &c), -EINVAL);
	ck_assert_int_eq(call(g, VFIO_GROUP_GET_STATUS_, &status), 0);
	ck_assert_uint_eq(status.flags, 3);
	ck_assert_int_eq(call(g, VFIO_GROUP_GET_DEVICE_FD_, (char[]){ EDU }), -EINVAL);
	ck_assert_int_eq(call(c, VFIO_IOMMU_MAP_DMA_, &map), -EINVAL);
	ck_assert_int_eq(number(c, VFIO_SET_IOMMU_, 99), -ENODEV);
	ck_assert_int_eq(number(c, VFIO_SET_IOMMU_, 3), 0);
	ck_assert_int_eq(number(c, VFIO_SET_IOMMU_, 3), -EINVAL);
	ck_assert_int_eq(call(c, VFIO_IOMMU_MAP_DMA_, &map), 0);
	ck_assert_int_eq(call(c, VFIO_IOMMU_MAP_DMA_, &map), -EEXIST);
	ck_assert_str_eq(vprim_reason_word(&outside.why), "overlap");
	ck_assert_int_eq(call(g, VFIO_GROUP_GET_DEVICE_FD_,
			      (char[]){ "0000:09:00.0" }), -ENODEV);
	ck_assert_int_eq(call(g, VFIO_GROUP_GET_DEVICE_FD_,
			      (char[]){ EDU " vf_token=x" }), -EINVAL);
	d = call(g, VFIO_GROUP_GET_DEVICE_FD_, (char[]){ EDU });
	ck_assert_int_ge(d, 0);
	ck_assert_int_eq(number(g, VFIO_GROUP_UNSET_CONTAINER_, 0), -EBUSY);
	ck_assert_int_eq(number(c, VFIO_DEVICE_RESET_, 0), -ENOTTY);
	ck_assert_int_eq(number(d, VFIO_DEVICE_RESET_, 0), 0);
	/* The container lives on by its group, the group by its device. */
	sys.close(sys.ctx, c);
	sys.close(sys.ctx, g);
	ck_assert_int_eq(number(d, VFIO_DEVICE_RESET_, 0), 0);
	ck_assert_uint_eq(outside.left, 0);
	sys.close(sys.ctx, d);
	ck_assert_uint_eq(outside.left, 1);	/* the mapping */
	ck_assert_int_eq(call(d, VFIO_DEVICE_RESET_, NULL), -EBADF);
	halt();
}
END_TEST

START_TEST(a_last_group_takes_the_iommu_along)
{
	struct vfio_dma_map_ map = { sizeof(map), 3, (uintptr_t)arena, 0, PAGE };
	int c, g;

	boot();
	c = open_file("/dev/vfio/vfio");
	g = open_file("/dev/vfio/16");
	ck_assert_int_eq(number(g, VFIO_GROUP_UNSET_CONTAINER_, 0), -EINVAL);
	ck_assert_int_eq(call(g, VFIO_GROUP_SET_CONTAINER_, &c), 0);
	ck_assert_int_eq(number(c, VFIO_SET_IOMMU_, 1), 0);
	ck_assert_int_eq(call(c, VFIO_IOMMU_MAP_DMA_, &map), 0);
	ck_assert_int_eq(number(g, VFIO_GROUP_UNSET_CONTAINER_, 0), 0);
	ck_assert_int_eq(call(c, VFIO_IOMMU_MAP_DMA_, &map), -EINVAL);
	ck_assert_int_eq(call(g, VFIO_GROUP_SET_CONTAINER_, &c), 0);
	ck_assert_int_eq(number(c, VFIO_SET_IOMMU_, 3), 0);
	ck_assert_int_eq(call(c, VFIO_IOMMU_MAP_DMA_, &map), 0);
	halt();
}
END_TEST

START_TEST(iommufd_objects_go_in_the_kernels_order)
{
	struct vfio_bind_iommufd_ bind = { .argsz = sizeof(bind) };
	struct vfio_attach_iommufd_pt_ attach = { .argsz = sizeof(attach) };
	struct vfio_detach_iommufd_pt_ detach = { .argsz = sizeof(detach) };
	struct iommu_ioas_alloc_ ioas = { .size = sizeof(ioas) };
	struct iommu_destroy_ destroy = { .size = sizeof(destroy) };
	struct iommu_ioas_map_ map = {
		.size = sizeof(map), .flags = 7, .user_va = (uintptr_t)arena,
		.length = PAGE, .iova = 0xfee00000,
	};
	int i, d, g;

	boot();
	i = open_file("/dev/iommu");
	d = open_file("/dev/vfio/devices/vfio0");
	ck_assert_int_eq(open_file("/dev/vfio/devices/vfio1"), -ENOENT);
	ck_assert_int_eq(number(d, VFIO_DEVICE_RESET_, 0), -EINVAL);
	bind.iommufd = -1;
	ck_assert_int_eq(call(d, VFIO_DEVICE_BIND_IOMMUFD_, &bind), -EINVAL);
	bind.iommufd = 7;
	ck_assert_int_eq(call(d, VFIO_DEVICE_BIND_IOMMUFD_, &bind), -EBADF);
	bind.iommufd = d;
	ck_assert_int_eq(call(d, VFIO_DEVICE_BIND_IOMMUFD_, &bind), -EBADFD);
	bind.iommufd = i;
	g = open_file("/dev/vfio/16");
	ck_assert_int_eq(call(d, VFIO_DEVICE_BIND_IOMMUFD_, &bind), -EBUSY);
	sys.close(sys.ctx, g);
	ck_assert_int_eq(call(d, VFIO_DEVICE_BIND_IOMMUFD_, &bind), 0);
	ck_assert_uint_eq(bind.out_devid, 1);
	ck_assert_int_eq(call(d, VFIO_DEVICE_BIND_IOMMUFD_, &bind), -EINVAL);
	ck_assert_int_eq(open_file("/dev/vfio/16"), -EBUSY);
	ck_assert_int_eq(call(i, IOMMU_IOAS_ALLOC_, &ioas), 0);
	ck_assert_uint_eq(ioas.out_ioas_id, 2);
	attach.pt_id = 9;
	ck_assert_int_eq(call(d, VFIO_DEVICE_ATTACH_IOMMUFD_PT_, &attach), -ENOENT);
	attach.pt_id = 1;
	ck_assert_int_eq(call(d, VFIO_DEVICE_ATTACH_IOMMUFD_PT_, &attach), -EINVAL);
	/* Reserved only once the device is there; then in the way of it. */
	map.ioas_id = 2;
	ck_assert_int_eq(call(i, IOMMU_IOAS_MAP_, &map), 0);
	attach.pt_id = 2;
	ck_assert_int_eq(call(d, VFIO_DEVICE_ATTACH_IOMMUFD_PT_, &attach), -EADDRINUSE);
	map.iova = 0x1000;
	ck_assert_int_eq(call(i, IOMMU_IOAS_UNMAP_, &(struct iommu_ioas_unmap_){
		24, 2, 0, M }), 0);
	ck_assert_int_eq(call(i, IOMMU_IOAS_MAP_, &map), 0);
	ck_assert_int_eq(call(d, VFIO_DEVICE_ATTACH_IOMMUFD_PT_, &attach), 0);
	ck_assert_uint_eq(attach.pt_id, 3);	/* the HWPT made for it */
	map.iova = 0xfee00000;
	ck_assert_int_eq(call(i, IOMMU_IOAS_MAP_, &map), -EINVAL);
	for (destroy.id = 1; destroy.id <= 3; destroy.id++)
		ck_assert_int_eq(call(i, IOMMU_DESTROY_, &destroy), -EBUSY);
	ck_assert_int_eq(call(i, IOMMU_DESTROY_, &destroy), -ENOENT);
	ck_assert_int_eq(call(d, VFIO_DEVICE_DETACH_IOMMUFD_PT_, &detach), 0);
	destroy.id = 3;
	ck_assert_int_eq(call(i, IOMMU_DESTROY_, &destroy), -ENOENT);
	destroy.id = 2;
	ck_assert_int_eq(call(i, IOMMU_DESTROY_, &destroy), 0);
	ck_assert_int_eq(call(i, IOMMU_IOAS_MAP_, &map), -ENOENT);
	sys.close(sys.ctx, i);
	sys.close(sys.ctx, d);
	halt();
}
END_TEST

/* size, tail, request: a structure that grew and one that is too short. */
START_TEST(iommufd_structures_may_grow_with_zeroes)
{
	struct {
		struct iommu_ioas_alloc_ a;
		uint32_t tail[3];
	} long_one = { .a = { .size = sizeof(long_one) } };
	struct iommu_option_ option = { .size = sizeof(option), .option_id = 1,
					.op = 1, .object_id = 1 };
	struct iommu_vfio_ioas_ vfio = { .size = sizeof(vfio) };
	int i;

	boot();
	i = open_file("/dev/iommu");
	ck_assert_int_eq(call(i, IOMMU_VFIO_IOAS_, &vfio), -ENODEV);
	ck_assert_int_eq(call(i, IOMMU_IOAS_ALLOC_, &long_one), 0);
	ck_assert_uint_eq(long_one.a.out_ioas_id, 1);
	long_one.tail[2] = 1;
	ck_assert_int_eq(call(i, IOMMU_IOAS_ALLOC_, &long_one), -E2BIG);
	long_one.a.size = 8;
	ck_assert_int_eq(call(i, IOMMU_IOAS_ALLOC_, &long_one), -EINVAL);
	ck_assert_int_eq(call(i, VFIO_REQUEST_(0xff), &long_one), -ENOTTY);
	ck_assert_int_eq(call(i, VFIO_IOMMU_DIRTY_PAGES_, &long_one), -ENOTTY);
	ck_assert_int_eq(call(i, IOMMU_OPTION_, &option), 0);
	ck_assert_uint_eq(option.val64, 1);
	option.op = 0;
	option.val64 = 2;
	ck_assert_int_eq(call(i, IOMMU_OPTION_, &option), -EINVAL);
	option.val64 = 0;
	ck_assert_int_eq(call(i, IOMMU_OPTION_, &option), 0);
	vfio.op = 1;
	vfio.ioas_id = 1;
	ck_assert_int_eq(call(i, IOMMU_VFIO_IOAS_, &vfio), 0);
	ck_assert_int_eq(number(i, VFIO_SET_IOMMU_, 3), 0);
	ck_assert_int_eq(number(i, VFIO_CHECK_EXTENSION_, 3), 1);
	halt();
}
END_TEST

/* -- the user shim in front ------------------------------------------------------- */

static struct vprim_user_vfio_space space;
static struct vprim_user_vfio_device device;
static struct vprim_user_dma maps;

static void start(int way)
{
	int ret = vprim_user_vfio_space_open(&space, &sys,
					     way ? 0 : VPRIM_TYPE1_V2, &fault);

	ck_assert_int_eq(ret, 0);
	ck_assert_int_eq(vprim_user_vfio_device_open(&device, &space, EDU, &fault), 0);
	ck_assert_int_eq(vprim_user_dma_init(&maps, &space, NULL, NULL, &fault), 0);
}

static void stop(void)
{
	vprim_user_dma_fini(&maps);
	vprim_user_vfio_device_close(&device);
	vprim_user_vfio_space_close(&space);
	halt();
}

static void put(volatile uint64_t *bar, uint64_t from, uint64_t to, uint64_t n,
		uint64_t command)
{
	bar[0x80 / 8] = from;
	bar[0x88 / 8] = to;
	bar[0x90 / 8] = n;
	bar[0x98 / 8] = command;
	require(vprim_mock_poll(mock));
	ck_assert_uint_eq(bar[0x98 / 8] & 1, 0);
}

static const char *const profiles[] = { "intel39", "intel48", "amd", "virtio64" };

START_TEST(edu_copies_at_the_top_of_each_aperture_both_ways)
{
	const struct vprim_mock_iommu *iommu = vprim_mock_iommu_find(profiles[_i / 2]);
	struct vprim_mock_device *edu = boot_with(profiles[_i / 2], "mask=64");
	uint64_t top = iommu->aperture.last - (PAGE - 1);
	const struct vprim_range page = { top, iommu->aperture.last };
	volatile uint64_t *bar = vprim_mock_memory(edu, 0);
	struct vprim_mock_device_info info;
	size_t i;

	start(_i % 2);
	ck_assert_uint_eq(maps.windows[maps.nr_windows - 1].last, page.last);
	ck_assert_int_eq(vprim_user_dma_map(&maps, &page, arena, 3, &fault), 0);
	for (i = 0; i < PAGE; i++)
		arena[i] = (uint8_t)(i * 7);
	/* Bus mastering is still off. */
	put(bar, top, BUFFER, 16, 1);
	ck_assert_uint_eq(outside.faults, 1);
	vprim_mock_device_describe(edu, &info);
	((uint8_t *)(uintptr_t)info.config)[4] = 6;
	put(bar, top, BUFFER, PAGE, 1);
	memset(arena, 0, PAGE);
	put(bar, BUFFER, top, PAGE, 3);
	for (i = 0; i < PAGE; i++)
		require(arena[i] == (uint8_t)(i * 7));
	ck_assert_uint_eq(outside.faults, 1);
	/* Out of the buffer, out of the mapping, after the unmap. */
	put(bar, BUFFER + 1, top, PAGE, 3);
	put(bar, BUFFER, top - 1, 2, 3);
	ck_assert_str_eq(outside.last, "nothing is mapped there");
	ck_assert_int_eq(vprim_user_dma_unmap(&maps, &page, &fault), 0);
	arena[0] = 1;
	put(bar, BUFFER, top, 16, 3);
	ck_assert_uint_eq(arena[0], 1);
	ck_assert_uint_eq(outside.faults, 4);
	ck_assert_int_eq(vprim_user_dma_map(&maps, &page, arena, 1, &fault), 0);
	put(bar, BUFFER, top, 16, 3);
	ck_assert_str_eq(outside.last, "the mapping is read-only");
	ck_assert_int_eq(vprim_user_dma_unmap(&maps, &page, &fault), 0);
	stop();
}
END_TEST

START_TEST(memory_that_cannot_be_pinned_is_refused)
{
	const struct vprim_range page = { 0x1000, 0x1fff };

	boot();
	start(_i);
	outside.unpinnable = true;
	ck_assert_int_eq(vprim_user_dma_map(&maps, &page, arena, 3, &fault), -EFAULT);
	outside.unpinnable = false;
	outside.fail = _i ? "IOMMU_IOAS_MAP" : "VFIO_IOMMU_MAP_DMA";
	outside.fail_with = ENOMEM;
	ck_assert_int_eq(vprim_user_dma_map(&maps, &page, arena, 3, &fault), -ENOMEM);
	outside.fail = NULL;
	ck_assert_int_eq(vprim_user_dma_map(&maps, &page, arena, 3, &fault), 0);
	ck_assert_int_eq(vprim_user_dma_unmap(&maps, &page, &fault), 0);
	stop();
}
END_TEST

/* -- interrupts ------------------------------------------------------------------------ */

struct irqs {
	struct vfio_irq_set_ set;
	int32_t fd[4];
};

static int set_irqs(uint32_t flags, uint32_t index, uint32_t start_at, uint32_t count,
		    int32_t first)
{
	struct irqs r = {
		{ sizeof(r), flags, index, start_at, count },
		{ first, first + 1, first + 2, first + 3 },
	};

	return call(device.fd, VFIO_DEVICE_SET_IRQS_, &r);
}

static const struct irq_row {
	const char *name;
	uint32_t flags, index, start, count;
	int32_t fd;
	int ret;
} irq_rows[] = {
	{ "unknown index", 0x24, 5, 0, 1, 100, -EINVAL },
	{ "unknown flag", 0x64, 0, 0, 1, 100, -EINVAL },
	{ "no data type", 0x20, 0, 0, 1, 100, -EINVAL },
	{ "two data types", 0x23, 0, 0, 1, 100, -EINVAL },
	{ "two actions", 0x2c, 0, 0, 1, 100, -ENOTTY },
	{ "no action", 0x04, 0, 0, 1, 100, -ENOTTY },
	{ "start behind the last", 0x24, 0, 1, 1, 100, -EINVAL },
	{ "too many", 0x24, 0, 0, 2, 100, -EINVAL },
	{ "no eventfd", 0x24, 0, 0, 1, 1000, -EINVAL },
	{ "a closed descriptor", 0x24, 0, 0, 1, 7, -EBADF },
	{ "fds shorter than count", 0x24, 4, 0, 5, 100, -EINVAL },
	{ "mask of what is off", 0x09, 0, 0, 1, 0, -EINVAL },
	{ "trigger of what is off", 0x21, 0, 0, 1, 0, -EINVAL },
	{ "mask of MSI", 0x09, 1, 0, 1, 0, -ENOTTY },
	{ "MSI-X where there is none", 0x24, 2, 0, 1, 100, -EINVAL },
	{ "ERR where there is none", 0x24, 3, 0, 1, 100, -EINVAL },
	{ "REQ by hand, none set", 0x21, 4, 0, 1, 0, -EINVAL },
	{ "off when off", 0x21, 0, 0, 0, 0, -EINVAL },
	{ "INTx on", 0x24, 0, 0, 1, 100, 0 },
	{ "MSI on", 0x24, 1, 0, 1, 100, 0 },
	{ "REQ on", 0x24, 4, 0, 1, 100, 0 },
};

START_TEST(set_irqs_table)
{
	const struct irq_row *r = &irq_rows[_i];
	int ret;

	boot();
	start(0);
	ret = set_irqs(r->flags, r->index, r->start, r->count, r->fd);
	ck_assert_msg(ret == r->ret, "%s: %d", r->name, ret);
	ck_assert_int_eq(outside.held, ret ? 0 : 1);
	stop();
}
END_TEST

/* As real kernels say of a QEMU edu: MSI-X that is not there cannot be resized. */
START_TEST(irq_info_of_edu)
{
	static const struct vfio_irq_info_ expected[] = {
		{ 16, 0x7, 0, 1 }, { 16, 0x9, 1, 1 }, { 16, 0x9, 2, 0 },
	};
	struct vfio_irq_info_ info = { .argsz = sizeof(info), .index = (uint32_t)_i };

	boot();
	start(0);
	ck_assert_int_eq(call(device.fd, VFIO_DEVICE_GET_IRQ_INFO_, &info), 0);
	ck_assert_mem_eq(&info, &expected[_i], sizeof(info));
	stop();
}
END_TEST

START_TEST(intx_masks_itself_and_comes_again_while_raised)
{
	struct vprim_mock_device *edu = boot();
	volatile uint32_t *bar = vprim_mock_memory(edu, 0);

	start(0);
	ck_assert_int_eq(set_irqs(0x24, 0, 0, 1, 100), 0);
	ck_assert_int_eq(set_irqs(0x24, 1, 0, 1, 101), -EINVAL);
	bar[0x60 / 4] = 5;
	require(vprim_mock_poll(mock));
	ck_assert_uint_eq(bar[0x24 / 4], 5);
	ck_assert_uint_eq(bar[0x60 / 4], 0);
	ck_assert_uint_eq(outside.events[0], 1);
	bar[0x60 / 4] = 2;
	require(vprim_mock_poll(mock));
	ck_assert_uint_eq(outside.events[0], 1);	/* masked */
	ck_assert_int_eq(set_irqs(0x11, 0, 0, 1, 0), 0);
	ck_assert_uint_eq(outside.events[0], 2);	/* still raised */
	bar[0x64 / 4] = 7;
	require(vprim_mock_poll(mock));
	ck_assert_uint_eq(bar[0x24 / 4], 0);
	ck_assert_int_eq(set_irqs(0x11, 0, 0, 1, 0), 0);
	ck_assert_uint_eq(outside.events[0], 2);
	/* Unmasked by an eventfd. */
	ck_assert_int_eq(set_irqs(0x14, 0, 0, 1, 102), 0);
	ck_assert_ptr_eq(outside.watched, edu);
	bar[0x60 / 4] = 1;
	require(vprim_mock_poll(mock));
	ck_assert_uint_eq(outside.events[0], 3);
	vprim_mock_unmask(edu);
	ck_assert_uint_eq(outside.events[0], 4);
	ck_assert_int_eq(set_irqs(0x21, 0, 0, 0, 0), 0);
	ck_assert_int_eq(outside.held, 0);
	require(!vprim_mock_poll(mock));
	stop();
	ck_assert_uint_eq(outside.left, 0);
}
END_TEST

/* Who was woken writes the next command before the device has looked away. */
START_TEST(a_command_given_at_the_interrupt_is_not_lost)
{
	struct vprim_mock_device *edu = boot();
	volatile uint64_t *bar = vprim_mock_memory(edu, 0);

	start(0);
	ck_assert_int_eq(set_irqs(0x24, 1, 0, 1, 100), 0);
	bar[0x80 / 8] = bar[0x88 / 8] = BUFFER;
	bar[0x90 / 8] = 1;
	outside.command = &bar[0x98 / 8];
	outside.next_command = 5;
	bar[0x98 / 8] = 5;
	ck_assert(vprim_mock_poll(mock));
	ck_assert_uint_eq(outside.events[0], 1);
	ck_assert_uint_eq(bar[0x98 / 8], 5);
	ck_assert(vprim_mock_poll(mock));
	ck_assert_uint_eq(outside.events[0], 2);
	ck_assert_uint_eq(bar[0x98 / 8], 4);
	stop();
}
END_TEST

START_TEST(msi_is_sent_and_factorials_are_right)
{
	struct vprim_mock_device *edu = boot();
	volatile uint32_t *bar = vprim_mock_memory(edu, 0);

	start(1);
	ck_assert_uint_eq(bar[0], 0x010000ed);
	ck_assert_int_eq(set_irqs(0x24, 1, 0, 1, 101), 0);
	bar[0x20 / 4] = 0x80;
	bar[0x08 / 4] = 10;
	require(vprim_mock_poll(mock));
	ck_assert_uint_eq(bar[0x08 / 4], 3628800);
	ck_assert_uint_eq(outside.events[1], 1);
	bar[0x04 / 4] = 0x12345678;
	require(vprim_mock_poll(mock));
	ck_assert_uint_eq(bar[0x04 / 4], ~0x12345678u);
	vprim_mock_unplug(edu);
	ck_assert_int_eq(open_file("/dev/vfio/devices/vfio0"), -ENODEV);
	stop();
	ck_assert_uint_eq(outside.left, 1);	/* MSI was on */
}
END_TEST

/* -- regions, resets, buffers ---------------------------------------------------------- */

static struct vprim_mock_file *opened(struct vprim_mock_device *d)
{
	struct vprim_mock_device_info info;
	struct vprim_mock_file *f;
	char path[40];

	vprim_mock_device_describe(d, &info);
	snprintf(path, sizeof(path), "/dev/vfio/devices/vfio%" PRIu32, info.number);
	require(!vprim_mock_open(mock, path, &f));
	return f;
}

static struct vprim_mock_file *bound(struct vprim_mock_device *d, int iommufd)
{
	struct vfio_bind_iommufd_ bind = { .argsz = sizeof(bind), .iommufd = iommufd };
	struct vprim_mock_file *f = opened(d);

	require(!vprim_mock_ioctl(f, 0, (uint32_t)VFIO_DEVICE_BIND_IOMMUFD_,
				  (uintptr_t)&bind));
	return f;
}

/*
 * A vector more while MSI-X is on, which QEMU asks for; MSI takes none.
 * @vfio-msix-dynamic: "vfio/pci: Support dynamic MSI-X"
 */
START_TEST(vectors_are_added_to_msix_as_the_release_allows)
{
	const bool dynamic = _i != 1;
	struct vfio_irq_info_ info = { .argsz = sizeof(info), .index = 2 };
	struct irqs r = { { sizeof(r), 0x24, 2, 0, 2 }, { 100, 101 } };
	struct vprim_mock_device *card;
	struct vprim_mock_file *f;

	release = (uint32_t[]){ 0, VPRIM_LINUX(6, 4), VPRIM_LINUX(6, 5) }[_i];
	boot();
	release = 0;
	require(!vprim_mock_add(mock, vprim_mock_model_find("card"), "0000:02:00.0", 7, NULL,
				&card));
	f = bound(card, open_file("/dev/iommu"));
	require(!vprim_mock_ioctl(f, 0, (uint32_t)VFIO_DEVICE_GET_IRQ_INFO_,
				  (uintptr_t)&info));
	ck_assert_uint_gt(info.count, 4);
	ck_assert_uint_eq(info.flags & VFIO_IRQ_NORESIZE_,
			  dynamic ? 0 : VFIO_IRQ_NORESIZE_);
	require(!vprim_mock_ioctl(f, 0, (uint32_t)VFIO_DEVICE_SET_IRQS_, (uintptr_t)&r));
	r.set.start = 3;
	ck_assert_int_eq(vprim_mock_ioctl(f, 0, (uint32_t)VFIO_DEVICE_SET_IRQS_,
					  (uintptr_t)&r), dynamic ? 0 : -EINVAL);
	ck_assert_int_eq(outside.held, dynamic ? 4 : 2);
	ck_assert(vprim_mock_msi(card, 4));
	ck_assert_uint_eq(outside.events[1], dynamic ? 1 : 0);
	/* Those that are on can be changed in any release. */
	r.set.start = 0;
	require(!vprim_mock_ioctl(f, 0, (uint32_t)VFIO_DEVICE_SET_IRQS_, (uintptr_t)&r));
	halt();
}
END_TEST

START_TEST(configuration_space_sizes_its_bars)
{
	struct vprim_mock_device *edu = boot();
	struct vprim_mock_file *f = bound(edu, open_file("/dev/iommu"));
	uint32_t word = 0;

	ck_assert_int_eq(vprim_mock_rw(f, REGION(7), &word, 4, false), 4);
	ck_assert_uint_eq(word, 0x11e81234);
	word = 0xffffffff;
	ck_assert_int_eq(vprim_mock_rw(f, REGION(7) + 0x10, &word, 4, true), 4);
	ck_assert_int_eq(vprim_mock_rw(f, REGION(7) + 0x10, &word, 4, false), 4);
	ck_assert_uint_eq(word, 0xfff00000);
	ck_assert_int_eq(vprim_mock_rw(f, REGION(7) + 0xfe, &word, 4, false), -EFAULT);
	ck_assert_int_eq(vprim_mock_rw(f, REGION(0), &word, 4, false), -EIO);
	word = 2;
	ck_assert_int_eq(vprim_mock_rw(f, REGION(7) + 4, &word, 2, true), 2);
	ck_assert_int_eq(vprim_mock_rw(f, REGION(0), &word, 4, false), 4);
	ck_assert_uint_eq(word, 0x010000ed);
	ck_assert_int_eq(vprim_mock_rw(f, REGION(1), &word, 4, false), -EINVAL);
	ck_assert_int_eq(vprim_mock_rw(f, REGION(16), &word, 4, false), -EINVAL);
	ck_assert_int_eq(vprim_mock_rw(f, 0, &word, 4, false), -EINVAL);
	ck_assert_int_eq(vprim_mock_rw(f, REGION(0) + 0xffffe, &word, 4, false), 2);
	word = 5;
	ck_assert_int_eq(vprim_mock_rw(f, REGION(0) + 8, &word, 4, true), 4);
	ck_assert_int_eq(vprim_mock_rw(f, REGION(0) + 8, &word, 4, false), 4);
	ck_assert_uint_eq(word, 120);
	ck_assert_int_eq(vprim_mock_mmap(f, REGION(0), 0x100000), 0);
	ck_assert_int_eq(vprim_mock_mmap(f, REGION(0), 0x101000), -EINVAL);
	ck_assert_int_eq(vprim_mock_mmap(f, REGION(7), PAGE), -EINVAL);
	halt();
}
END_TEST

START_TEST(card_has_areas_a_type_and_two_functions)
{
	struct vprim_mock_device *a, *b;
	struct vprim_mock_file *f;
	struct {
		struct vfio_hot_reset_ head;
		struct vfio_dependent_device_ one[2];
	} info = { .head = { .argsz = sizeof(info.head) } };
	uint8_t answer[128] = { 64 };
	uint64_t area[2];
	char text[20];
	int i;

	boot();
	require(!vprim_mock_add(mock, vprim_mock_model_find("card"), "0000:02:00.0", 7, NULL, &a));
	require(!vprim_mock_add(mock, vprim_mock_model_find("card"), "0000:02:00.1", 7, NULL, &b));
	ck_assert_int_eq(vprim_mock_add(mock, vprim_mock_model_find("card"), "0000:02:00.1", 7,
					NULL, &b), -EEXIST);
	ck_assert_int_eq(vprim_mock_add(mock, vprim_mock_model_find("card"), "0000:02:00.9", 7,
					NULL, &b), -EINVAL);
	ck_assert_int_eq(vprim_mock_add(mock, vprim_mock_model_find("edu"), "0000:03:00.0", 7,
					"mask=65", &b), -EINVAL);
	i = open_file("/dev/iommu");
	f = bound(a, i);
	answer[8] = 0;
	require(!vprim_mock_ioctl(f, 0, (uint32_t)VFIO_DEVICE_GET_REGION_INFO_,
				  (uintptr_t)answer));
	ck_assert_uint_eq(answer[4], 15);
	ck_assert_uint_eq(answer[12], 32);
	ck_assert_uint_eq(answer[32], VPRIM_VFIO_CAP_SPARSE_MMAP);
	memcpy(area, answer + 48, 16);
	ck_assert_uint_eq(area[0], PAGE);
	ck_assert_int_eq(vprim_mock_mmap(f, REGION(0), PAGE), -EINVAL);
	ck_assert_int_eq(vprim_mock_mmap(f, REGION(0) + PAGE, 0xf000), 0);
	ck_assert_int_eq(vprim_mock_rw(f, REGION(9), text, sizeof(text), false), 20);
	ck_assert_str_eq(text, "libvirtprim's card");
	ck_assert_int_eq(vprim_mock_ioctl(f, 0,
			(uint32_t)VFIO_DEVICE_GET_PCI_HOT_RESET_INFO_,
			(uintptr_t)&info), -ENOSPC);
	ck_assert_uint_eq(info.head.count, 2);
	info.head.argsz = sizeof(info);
	ck_assert_int_eq(vprim_mock_ioctl(f, 0,
			(uint32_t)VFIO_DEVICE_GET_PCI_HOT_RESET_INFO_,
			(uintptr_t)&info), 0);
	/* The other is of the group that is ours, and has no object of its own. */
	ck_assert_uint_eq(info.head.flags, 3);
	ck_assert_uint_gt(info.one[0].group_or_id, 0);
	ck_assert_uint_eq(info.one[1].group_or_id, 0);
	ck_assert_uint_eq(info.one[1].devfn, 1);
	ck_assert_uint_eq(info.one[1].bus, 2);
	info.head.flags = info.head.count = 0;
	ck_assert_int_eq(vprim_mock_ioctl(f, 0, (uint32_t)VFIO_DEVICE_PCI_HOT_RESET_,
					  (uintptr_t)&info), 0);
	halt();
}
END_TEST

/* Linux vfio_iommufd_get_dev_id(): a function of another group is another's. */
START_TEST(an_iommufd_resets_the_groups_that_it_has)
{
	struct {
		struct vfio_hot_reset_ head;
		struct vfio_dependent_device_ one[2];
	} info = { .head = { .argsz = sizeof(info) } };
	struct vprim_mock_device *a, *b;
	struct vprim_mock_file *f;
	int i;

	boot();
	require(!vprim_mock_add(mock, vprim_mock_model_find("card"), "0000:02:00.0", 7, NULL, &a));
	require(!vprim_mock_add(mock, vprim_mock_model_find("card"), "0000:02:00.1", 8, NULL, &b));
	i = open_file("/dev/iommu");
	f = bound(a, i);
	require(!vprim_mock_ioctl(f, 0, (uint32_t)VFIO_DEVICE_GET_PCI_HOT_RESET_INFO_,
				  (uintptr_t)&info));
	ck_assert_uint_eq(info.head.flags, 1);
	ck_assert_uint_eq(info.one[1].group_or_id, UINT32_MAX);
	info.head.flags = info.head.count = 0;
	ck_assert_int_eq(vprim_mock_ioctl(f, 0, (uint32_t)VFIO_DEVICE_PCI_HOT_RESET_,
					  (uintptr_t)&info), -EINVAL);
	bound(b, open_file("/dev/iommu"));
	ck_assert_int_eq(vprim_mock_ioctl(f, 0, (uint32_t)VFIO_DEVICE_PCI_HOT_RESET_,
					  (uintptr_t)&info), -EINVAL);
	halt();
	boot();
	require(!vprim_mock_add(mock, vprim_mock_model_find("card"), "0000:02:00.0", 7, NULL, &a));
	require(!vprim_mock_add(mock, vprim_mock_model_find("card"), "0000:02:00.1", 8, NULL, &b));
	i = open_file("/dev/iommu");
	f = bound(a, i);
	bound(b, i);
	ck_assert_int_eq(vprim_mock_ioctl(f, 0, (uint32_t)VFIO_DEVICE_PCI_HOT_RESET_,
					  (uintptr_t)&info), 0);
	halt();
}
END_TEST

START_TEST(a_bus_is_reset_by_who_shows_its_groups)
{
	struct {
		struct vfio_hot_reset_ head;
		int32_t fd[3];
	} reset = { .head = { sizeof(reset), 0, 1 } };
	struct vprim_mock_device *a, *b;
	int c, g, d;

	boot();
	require(!vprim_mock_add(mock, vprim_mock_model_find("card"), "0000:02:00.0", 7, NULL, &a));
	require(!vprim_mock_add(mock, vprim_mock_model_find("card"), "0000:02:00.1", 8, NULL, &b));
	c = open_file("/dev/vfio/vfio");
	g = open_file("/dev/vfio/7");
	require(!call(g, VFIO_GROUP_SET_CONTAINER_, &c));
	require(!number(c, VFIO_SET_IOMMU_, 3));
	d = call(g, VFIO_GROUP_GET_DEVICE_FD_, (char[]){ "0000:02:00.0" });
	reset.fd[0] = g;
	ck_assert_int_eq(call(d, VFIO_DEVICE_PCI_HOT_RESET_, &reset), -EINVAL);
	reset.head.count = 2;
	reset.fd[1] = 7;
	ck_assert_int_eq(call(d, VFIO_DEVICE_PCI_HOT_RESET_, &reset), -EBADF);
	reset.fd[1] = c;
	ck_assert_int_eq(call(d, VFIO_DEVICE_PCI_HOT_RESET_, &reset), -EINVAL);
	reset.fd[1] = open_file("/dev/vfio/8");
	memset(vprim_mock_memory(b, 4), 1, 16);
	ck_assert_int_eq(call(d, VFIO_DEVICE_PCI_HOT_RESET_, &reset), 0);
	ck_assert_int_eq(*(char *)vprim_mock_memory(b, 4), 0);
	fails_by_copies(call(d, VFIO_DEVICE_PCI_HOT_RESET_, &reset), (void)0);
	reset.head.count = 3;
	ck_assert_int_eq(call(d, VFIO_DEVICE_PCI_HOT_RESET_, &reset), -EINVAL);
	reset.head.count = 0;
	ck_assert_int_eq(call(d, VFIO_DEVICE_PCI_HOT_RESET_, &reset), -EINVAL);
	halt();
}
END_TEST

START_TEST(features_are_probed_and_buffers_exported)
{
	struct {
		struct vfio_feature_ head;
		struct vfio_feature_dma_buf_ get;
		struct vfio_dma_range_ range;
	} q = { { sizeof(q), 11 | VFIO_FEATURE_PROBE_ | VFIO_FEATURE_GET_ },
		{ .region = 4, .nr_ranges = 1 }, { PAGE, PAGE } };
	struct vprim_mock_device *a;
	struct vprim_mock_file *f;
	int64_t fd;

	boot();
	require(!vprim_mock_add(mock, vprim_mock_model_find("card"), "0000:02:00.0", 7, NULL, &a));
	f = bound(a, open_file("/dev/iommu"));
#define FEATURE() vprim_mock_ioctl(f, 0, (uint32_t)VFIO_DEVICE_FEATURE_, (uintptr_t)&q)
	ck_assert_int_eq(FEATURE(), 0);
	q.head.flags = 1 | VFIO_FEATURE_PROBE_ | VFIO_FEATURE_GET_;
	ck_assert_int_eq(FEATURE(), -ENOTTY);
	q.head.flags = 11 | VFIO_FEATURE_SET_ | VFIO_FEATURE_GET_;
	ck_assert_int_eq(FEATURE(), -EINVAL);
	q.head.flags = 11 | VFIO_FEATURE_GET_;
	q.range.offset = 1;
	ck_assert_int_eq(FEATURE(), -EINVAL);
	q.range.offset = 0x100000;
	ck_assert_int_eq(FEATURE(), -EINVAL);
	q.range.offset = 0xff000;
	fd = FEATURE();
	ck_assert_int_ge(fd, 1000);
	ck_assert_int_eq(number((int)fd, VFIO_DEVICE_RESET_, 0), -ENOTTY);
	sys.close(sys.ctx, (int)fd);
	halt();
}
END_TEST

/* edu writes into a card's memory, until the card is reset. */
START_TEST(a_buffer_is_mapped_for_another_device_until_a_reset)
{
	struct {
		struct vfio_feature_ head;
		struct vfio_feature_dma_buf_ get;
		struct vfio_dma_range_ range;
	} q = { { sizeof(q), 11 | VFIO_FEATURE_GET_ },
		{ .region = 4, .nr_ranges = 1 }, { PAGE, 2 * PAGE } };
	struct vfio_attach_iommufd_pt_ attach = { .argsz = sizeof(attach) };
	struct iommu_ioas_alloc_ ioas = { .size = sizeof(ioas) };
	struct iommu_ioas_map_file_ map = { .size = sizeof(map), .flags = 7,
					    .length = PAGE, .start = PAGE,
					    .iova = 0x10000 };
	struct vprim_mock_device *edu = boot(), *card;
	int i = open_file("/dev/iommu");
	struct vprim_mock_file *e = bound(edu, i), *c;
	uint16_t command = 6;
	char *memory, byte = 0x5a;

	require(!vprim_mock_add(mock, vprim_mock_model_find("card"), "0000:02:00.0", 7, NULL,
				&card));
	memory = vprim_mock_memory(card, 4);
	c = bound(card, i);
	require(vprim_mock_rw(e, REGION(7) + 4, &command, 2, true) == 2);
	require(!call(i, IOMMU_IOAS_ALLOC_, &ioas));
	attach.pt_id = map.ioas_id = ioas.out_ioas_id;
	require(!vprim_mock_ioctl(e, 0, (uint32_t)VFIO_DEVICE_ATTACH_IOMMUFD_PT_,
				  (uintptr_t)&attach));
	map.fd = (int32_t)vprim_mock_ioctl(c, 0, (uint32_t)VFIO_DEVICE_FEATURE_,
					   (uintptr_t)&q);
	map.length = 2 * PAGE;
	ck_assert_int_eq(call(i, IOMMU_IOAS_MAP_FILE_, &map), -EINVAL);
	map.length = PAGE;
	ck_assert_int_eq(call(i, IOMMU_IOAS_MAP_FILE_, &map), 0);
	ck_assert_int_eq(vprim_mock_dma(edu, 0x10004, &byte, 1, true), 0);
	ck_assert_int_eq(memory[2 * PAGE + 4], 0x5a);
	require(!vprim_mock_ioctl(c, 0, (uint32_t)VFIO_DEVICE_RESET_, 0));
	ck_assert_int_eq(vprim_mock_dma(edu, 0x10004, &byte, 1, true), -EFAULT);
	ck_assert_int_eq(memory[2 * PAGE + 4], 0);
	map.iova = 0x20000;
	ck_assert_int_eq(call(i, IOMMU_IOAS_MAP_FILE_, &map), -ENODEV);
	halt();
}
END_TEST

/* A v1 container of iommufd cuts mappings: what is left has its owner, or its file. */
START_TEST(a_cut_mapping_keeps_what_it_is_of)
{
	struct vfio_attach_iommufd_pt_ attach = { .argsz = sizeof(attach) };
	struct iommu_ioas_alloc_ ioas = { .size = sizeof(ioas) };
	struct iommu_vfio_ioas_ vfio = { .size = sizeof(vfio), .op = 1 };
	struct iommu_ioas_map_file_ file = { .size = sizeof(file), .flags = 7,
					     .fd = 200, .length = 2 * PAGE,
					     .iova = 0x20000 };
	struct vfio_dma_map_ map = { sizeof(map), 3, (uintptr_t)arena, 0, PAGE };
	struct vfio_dma_unmap_ unmap = { sizeof(unmap), 0, 0x10000, PAGE };
	struct vprim_mock_device *edu = boot();
	int i = open_file("/dev/iommu");
	struct vprim_mock_file *e = bound(edu, i);
	uint16_t command = 6;
	char byte = 1;

	require(vprim_mock_rw(e, REGION(7) + 4, &command, 2, true) == 2);
	require(!call(i, IOMMU_IOAS_ALLOC_, &ioas));
	attach.pt_id = file.ioas_id = vfio.ioas_id = ioas.out_ioas_id;
	require(!call(i, IOMMU_VFIO_IOAS_, &vfio));
	require(!number(i, VFIO_SET_IOMMU_, 1));
	require(!vprim_mock_ioctl(e, 0, (uint32_t)VFIO_DEVICE_ATTACH_IOMMUFD_PT_,
				  (uintptr_t)&attach));

	/* Another process maps two pages; they go one by one. */
	require(!call(i, VFIO_IOMMU_MAP_DMA_, &map));
	map.iova = 0x10000;
	map.size = 2 * PAGE;
	outside.task = 2;
	require(!call(i, VFIO_IOMMU_MAP_DMA_, &map));
	outside.task = 0;
	ck_assert_int_eq(call(i, VFIO_IOMMU_UNMAP_DMA_, &unmap), 0);
	require(!vprim_mock_dma(edu, 0x11000, &byte, 1, true));
	ck_assert_uint_eq(outside.owner, 2);
	unmap.iova = 0x11000;
	ck_assert_int_eq(call(i, VFIO_IOMMU_UNMAP_DMA_, &unmap), 0);
	require(!call(i, VFIO_IOMMU_MAP_DMA_, &map));
	require(!vprim_mock_dma(edu, 0x11000, &byte, 1, true));
	ck_assert_uint_eq(outside.owner, 0);

	/* Two pages of a file; the first one goes. */
	ck_assert_int_eq(call(i, IOMMU_IOAS_MAP_FILE_, &file), 0);
	ck_assert_int_eq(outside.held, 1);
	unmap.iova = 0x20000;
	ck_assert_int_eq(call(i, VFIO_IOMMU_UNMAP_DMA_, &unmap), 0);
	ck_assert_int_eq(vprim_mock_dma(edu, 0x21004, &byte, 1, true), 0);
	ck_assert_int_eq(arena[PAGE + 4], 1);
	unmap.iova = 0x21000;
	ck_assert_int_eq(call(i, VFIO_IOMMU_UNMAP_DMA_, &unmap), 0);
	ck_assert_int_eq(outside.held, 0);
	halt();
}
END_TEST

/* An edu in page tables that say what is written: 3, with memory of arena at 0x10000. */
static struct vprim_mock_device *boot_with_hwpt(uint64_t length, int *iommufd)
{
	struct vfio_attach_iommufd_pt_ attach = { .argsz = sizeof(attach) };
	struct iommu_ioas_alloc_ ioas = { .size = sizeof(ioas) };
	struct iommu_hwpt_alloc_whole_ hwpt = { .size = 24, .flags = 2, .dev_id = 1,
					  .pt_id = 2 };
	struct iommu_ioas_map_ map = {
		.size = sizeof(map), .flags = 7, .ioas_id = 2,
		.user_va = (uintptr_t)arena, .length = length, .iova = 0x10000,
	};
	struct vprim_mock_device *edu = boot_with("amd", "mask=64");
	int i = open_file("/dev/iommu");
	struct vprim_mock_file *f = bound(edu, i);
	uint16_t command = 6;

	vprim_mock_rw(f, REGION(7) + 4, &command, 2, true);
	require(!call(i, IOMMU_IOAS_ALLOC_, &ioas));
	ck_assert_int_eq(call(i, IOMMU_HWPT_ALLOC_, &hwpt), 0);
	attach.pt_id = hwpt.out_hwpt_id;
	ck_assert_uint_eq(attach.pt_id, 3);
	require(!device_call(f, VFIO_DEVICE_ATTACH_IOMMUFD_PT_, &attach));
	require(!call(i, IOMMU_IOAS_MAP_, &map));
	*iommufd = i;
	return edu;
}

START_TEST(written_pages_are_told_by_a_hwpt)
{
	struct iommu_hwpt_set_dirty_ track = { sizeof(track), 1, 3, 0 };
	uint64_t bits = 0;
	struct iommu_hwpt_get_dirty_ get = { sizeof(get), 3, 0, 0, 0x10000, 4 * PAGE,
					     PAGE, (uintptr_t)&bits };
	int i;
	struct vprim_mock_device *edu = boot_with_hwpt(4 * PAGE, &i);
	char byte = 1;

	ck_assert_int_eq(call(i, IOMMU_HWPT_GET_DIRTY_BITMAP_, &get), -EINVAL);
	require(!call(i, IOMMU_HWPT_SET_DIRTY_TRACKING_, &track));
	require(!vprim_mock_dma(edu, 0x12fff, &byte, 1, true));
	get.flags = 1;		/* keep them */
	require(!call(i, IOMMU_HWPT_GET_DIRTY_BITMAP_, &get));
	ck_assert_uint_eq(bits, 4);
	get.flags = 0;
	bits = 0;
	require(!call(i, IOMMU_HWPT_GET_DIRTY_BITMAP_, &get));
	ck_assert_uint_eq(bits, 4);
	bits = 0;
	require(!call(i, IOMMU_HWPT_GET_DIRTY_BITMAP_, &get));
	ck_assert_uint_eq(bits, 0);
	halt();
}
END_TEST

START_TEST(dirty_bits_of_a_container_reach_the_programs_bitmap)
{
	struct vfio_dma_map_ map = { sizeof(map), 3, (uintptr_t)arena, 0x5000, PAGE };
	struct vfio_dirty_range_ dirty = { .argsz = 8, .flags = 1 };
	uint64_t bits = 0x8000000000000000;
	int c, g;

	boot();
	c = open_file("/dev/vfio/vfio");
	g = open_file("/dev/vfio/16");
	require(!call(g, VFIO_GROUP_SET_CONTAINER_, &c));
	require(!number(c, VFIO_SET_IOMMU_, 3));
	require(!call(c, VFIO_IOMMU_MAP_DMA_, &map));
	require(!call(c, VFIO_IOMMU_DIRTY_PAGES_, &dirty));
	dirty = (struct vfio_dirty_range_){ sizeof(dirty), 4, 0x1000, 8 * PAGE,
				      { PAGE, 8, (uintptr_t)&bits } };
	ck_assert_int_eq(call(c, VFIO_IOMMU_DIRTY_PAGES_, &dirty), 0);
	ck_assert_uint_eq(bits, 0x8000000000000010);
	dirty.bitmap.data = M;
	ck_assert_int_eq(call(c, VFIO_IOMMU_DIRTY_PAGES_, &dirty), -EINVAL);
	halt();
}
END_TEST

/* -- files, names, options ----------------------------------------------------- */

START_TEST(paths_are_taken_to_the_letter)
{
	static const char *const wrong[] = {
		"/dev/vfio/", "/dev/vfio/1-", "/dev/vfio/1a", "/dev/vfio/99999999999",
		"/dev/vfio/devices/vfio", "/dev/vfio/devices/vfio1:", "/dev/vfi",
	};
	size_t i;

	boot();
	for (i = 0; i < VPRIM_ARRAY_LEN(wrong); i++)
		ck_assert_msg(open_file(wrong[i]) == -ENOENT, "%s", wrong[i]);
	ck_assert_ptr_null(vprim_mock_iommu_find("intel"));
	ck_assert_ptr_null(vprim_mock_model_find("ed"));
	halt();
}
END_TEST

START_TEST(sysfs_links_are_those_of_the_devices)
{
	char name[8];

	boot();
	ck_assert_int_eq(sys.link(sys.ctx, "/sys/bus/pci/devices/" EDU "/subsystem", name,
				  sizeof(name)), 0);
	ck_assert_str_eq(name, "pci");
	ck_assert_int_eq(sys.link(sys.ctx, "/sys/bus/pci/devices/" EDU "/iommu_group", name,
				  sizeof(name)), 0);
	ck_assert_str_eq(name, "16");
	ck_assert_int_eq(sys.link(sys.ctx, "/sys/bus/pci/devices/" EDU "/iommu_group", name,
				  2), -ENAMETOOLONG);
	ck_assert_int_eq(sys.link(sys.ctx, "/sys/bus/pci/devices/" EDU "/driver", name,
				  sizeof(name)), -ENOENT);
	ck_assert_int_eq(sys.link(sys.ctx, "/sys/bus/pci/devices/" EDU "0/subsystem", name,
				  sizeof(name)), -ENOENT);
	ck_assert_int_eq(sys.link(sys.ctx, "/sys/bus/pci/devices/0000:01:00.1/subsystem",
				  name, sizeof(name)), -ENOENT);
	ck_assert_int_eq(sys.link(sys.ctx, "/sys/bus/usb", name, sizeof(name)), -ENOENT);
	ck_assert_int_eq(sys.entry(sys.ctx, "/sys/bus/pci/devices/" EDU "/vfio-dev", name,
				   sizeof(name)), 0);
	ck_assert_str_eq(name, "vfio0");
	ck_assert_int_eq(sys.entry(sys.ctx, "/sys/bus/pci/devices/" EDU "/driver", name,
				   sizeof(name)), -ENOENT);
	ck_assert_int_eq(sys.entry(sys.ctx, "/sys/bus/usb", name, sizeof(name)), -ENOENT);
	sys.close(sys.ctx, 7);
	halt();
}
END_TEST

START_TEST(devices_are_added_as_they_are_named)
{
	static const struct {
		const char *model, *name, *options;
		int ret;
	} rows[] = {
		{ "edu", "0000:0a:1f.7", "trap", 0 },
		{ "edu", "0000:0b:00.0", "trap,mask=32", 0 },
		{ "edu", "0000:0c:00.0", "mask=1,trap", 0 },
		{ "edu", "0000:0d:00.0", "mask=0", -EINVAL },
		{ "edu", "0000:0d:00.0", "mask=", -EINVAL },
		{ "edu", "0000:0d:00.0", "mask=3x", -EINVAL },
		{ "edu", "0000:0d:00.0", "mask=3x,trap", -EINVAL },
		{ "edu", "0000:0d:00.0", "cage", -EINVAL },
		{ "edu", "0000:0d:00.0", "maskX32", -EINVAL },
		{ "edu", "0000:0d:00.0", "traps", -EINVAL },
		{ "card", "0000:0d:00.0", "trap", -EINVAL },
		{ "card", "0000:0d:00.0", "", 0 },
		{ "card", "0000:0g:00.0", NULL, -EINVAL },
		{ "card", "0000:0/:00.0", NULL, -EINVAL },
		{ "card", "0000:0`:00.0", NULL, -EINVAL },
		{ "card", "0000:0::00.0", NULL, -EINVAL },
		{ "card", "0000:0e:00./", NULL, -EINVAL },
		{ "card", "0000:0e:00.00", NULL, -EINVAL },
		{ "card", "0000-0e:00.0", NULL, -EINVAL },
	};
	struct vprim_mock_device *d, *first = boot(), *last = first;
	size_t i;

	for (i = 0; i < VPRIM_ARRAY_LEN(rows); i++) {
		int ret = vprim_mock_add(mock, vprim_mock_model_find(rows[i].model),
					 rows[i].name, (uint32_t)i, rows[i].options, &d);

		ck_assert_msg(ret == rows[i].ret, "%s %s: %d", rows[i].name,
			      rows[i].options ? rows[i].options : "", ret);
		if (ret)
			continue;
		ck_assert_ptr_eq(vprim_mock_next(mock, last), d);
		last = d;
	}
	ck_assert_ptr_eq(vprim_mock_next(mock, NULL), first);
	ck_assert_ptr_null(vprim_mock_next(mock, last));
	ck_assert_ptr_null(vprim_mock_memory(last, VPRIM_MOCK_REGIONS));
	halt();
}
END_TEST

START_TEST(a_kernel_may_lack_one_way)
{
	struct vprim_mock_config config = {
		.ops = &ops, .alloc = &test_alloc_ops, .alloc_ctx = &outside.memory,
	};
	struct vprim_mock_device *d;
	char name[8];

	memset(&outside, 0, sizeof(outside));
	config.no_vfio = !_i;
	config.no_iommufd = _i;
	starves(vprim_mock_new(&mock, &config));
	starves(vprim_mock_add(mock, vprim_mock_model_find("edu"), EDU, 16, NULL, &d));
	vprim_mock_sys(mock, &sys);
	ck_assert_int_eq(open_file("/dev/vfio/vfio") < 0, !_i);
	ck_assert_int_eq(open_file("/dev/vfio/16") < 0, !_i);
	ck_assert_int_eq(open_file("/dev/iommu") < 0, _i);
	ck_assert_int_eq(open_file("/dev/vfio/devices/vfio0") < 0, _i);
	ck_assert_int_eq(sys.entry(sys.ctx, "/sys/bus/pci/devices/" EDU "/vfio-dev", name,
				   sizeof(name)), _i ? -ENOENT : 0);
	halt();
}
END_TEST

/* What is unplugged is opened no more, by whatever name. */
START_TEST(an_unplugged_device_is_asked_for_back)
{
	struct irqs r = { { sizeof(r), 0x24, 4, 0, 1 }, { 103 } };
	struct vprim_mock_device *edu = boot(), *two;
	int c = open_file("/dev/vfio/vfio"), g = open_file("/dev/vfio/16"), d;

	require(!vprim_mock_add(mock, vprim_mock_model_find("edu"), "0000:01:00.1", 16, NULL,
				&two));
	require(!call(g, VFIO_GROUP_SET_CONTAINER_, &c));
	require(!number(c, VFIO_SET_IOMMU_, 3));
	d = call(g, VFIO_GROUP_GET_DEVICE_FD_, (char[]){ EDU });
	require(!call(d, VFIO_DEVICE_SET_IRQS_, &r));
	vprim_mock_unplug(two);
	vprim_mock_unplug(edu);
	ck_assert_uint_eq(outside.events[3], 1);
	ck_assert_int_eq(call(g, VFIO_GROUP_GET_DEVICE_FD_, (char[]){ EDU }), -ENODEV);
	sys.close(sys.ctx, d);
	ck_assert_uint_eq(outside.left, 0);	/* REQ is no loss */
	sys.close(sys.ctx, g);
	ck_assert_int_eq(open_file("/dev/vfio/16"), -ENODEV);
	ck_assert_int_eq(open_file("/dev/vfio/devices/vfio0"), -ENODEV);
	halt();
}
END_TEST

START_TEST(a_name_is_a_string_of_a_page)
{
	int c, g;

	boot();
	c = open_file("/dev/vfio/vfio");
	g = open_file("/dev/vfio/16");
	require(!call(g, VFIO_GROUP_SET_CONTAINER_, &c));
	require(!number(c, VFIO_SET_IOMMU_, 3));
	memset(arena, 'x', PAGE);
	ck_assert_int_eq(call(g, VFIO_GROUP_GET_DEVICE_FD_, arena), -EINVAL);
	arena[PAGE - 1] = 0;
	ck_assert_int_eq(call(g, VFIO_GROUP_GET_DEVICE_FD_, arena), -ENODEV);
	halt();
}
END_TEST

/* -- every copy and every allocation ------------------------------------------------ */

START_TEST(a_containers_calls_fail_by_their_copies_and_allocations)
{
	struct vfio_group_status_ status = { .argsz = sizeof(status) };
	struct vfio_dma_map_ map = { sizeof(map), 3, (uintptr_t)arena, 0x5000, 4 * PAGE };
	struct vfio_dirty_range_ dirty = { .argsz = 8, .flags = 1 };
	struct vfio_dma_unmap_ unmap = { sizeof(unmap), 0, 0x5000, 4 * PAGE };
	struct vfio_dma_unmap_dirty_ last = { { sizeof(last), 1, 0x5000, 4 * PAGE },
					      { PAGE, 8, 0 } };
	uint64_t bits = 0;
	uint8_t info[256];
	uint32_t argsz = sizeof(info);
	int c, g;

	boot();
	starves(keep(open_file("/dev/vfio/vfio")));
	c = kept;
	starves(keep(open_file("/dev/vfio/16")));
	g = kept;
	fails_by_copies(call(g, VFIO_GROUP_GET_STATUS_, &status), (void)0);
	fails_by_copies(call(g, VFIO_GROUP_SET_CONTAINER_, &c), (void)0);
	starves(number(c, VFIO_SET_IOMMU_, 3));
	fails_by_copies(call(c, VFIO_IOMMU_MAP_DMA_, &map), (void)0);
	require(!call(c, VFIO_IOMMU_UNMAP_DMA_, &unmap));
	starves(call(c, VFIO_IOMMU_MAP_DMA_, &map));
	memcpy(info, &argsz, 4);
	fails_by_copies(call(c, VFIO_IOMMU_GET_INFO_, info), memcpy(info, &argsz, 4));
	ck_assert_uint_eq(info[16], 24);
	memcpy(info, &argsz, 4);
	starves(call(c, VFIO_IOMMU_GET_INFO_, info));
	argsz = 15;
	memcpy(info, &argsz, 4);
	ck_assert_int_eq(call(c, VFIO_IOMMU_GET_INFO_, info), -EINVAL);
	argsz = 16;
	memcpy(info, &argsz, 4);
	ck_assert_int_eq(call(c, VFIO_IOMMU_GET_INFO_, info), 0);
	memcpy(&argsz, info, 4);
	ck_assert_uint_gt(argsz, 24);		/* what all of it takes */
	fails_by_copies(call(c, VFIO_IOMMU_DIRTY_PAGES_, &dirty), (void)0);
	dirty = (struct vfio_dirty_range_){ sizeof(dirty), 4, 0x5000, 4 * PAGE,
					    { PAGE, 8, (uintptr_t)&bits } };
	fails_by_copies(call(c, VFIO_IOMMU_DIRTY_PAGES_, &dirty), (void)0);
	ck_assert_uint_eq(bits, 15);
	/* A kernel's address is no program's. */
	dirty.bitmap.size = M;
	ck_assert_int_eq(call(c, VFIO_IOMMU_DIRTY_PAGES_, &dirty), -EINVAL);
	dirty.argsz = 8;
	ck_assert_int_eq(call(c, VFIO_IOMMU_DIRTY_PAGES_, &dirty), -EINVAL);
	last.bitmap.data = (uintptr_t)&bits;
	last.unmap.argsz = sizeof(last.unmap);
	ck_assert_int_eq(call(c, VFIO_IOMMU_UNMAP_DMA_, &last), -EINVAL);
	last.unmap.argsz = sizeof(last);
	fails_by_copies(call(c, VFIO_IOMMU_UNMAP_DMA_, &last),
			last.unmap.size = 4 * PAGE;
			if (call(c, VFIO_IOMMU_MAP_DMA_, &map))
				bits = 0);
	ck_assert_uint_eq(bits, 15);
	starves(keep(call(g, VFIO_GROUP_GET_DEVICE_FD_, (char[]){ EDU })));
	fails_by_copies(keep(call(g, VFIO_GROUP_GET_DEVICE_FD_, (char[]){ EDU })), (void)0);
	halt();
}
END_TEST

START_TEST(a_devices_calls_fail_by_their_copies_and_allocations)
{
	struct vfio_bind_iommufd_ bind = { .argsz = 16 };
	struct vfio_attach_iommufd_pt_ attach = { .argsz = sizeof(attach) };
	struct vfio_detach_iommufd_pt_ detach = { .argsz = sizeof(detach) };
	struct iommu_ioas_alloc_ ioas = { .size = sizeof(ioas) };
	struct vfio_irq_info_ irq = { .argsz = sizeof(irq), .index = 0 };
	struct irqs on = { { sizeof(on), 0x24, 2, 0, 4 }, { 100, 101, 102, 103 } };
	struct {
		struct vfio_feature_ head;
		struct vfio_feature_dma_buf_ get;
		struct vfio_dma_range_ range;
	} q = { { sizeof(q), 11 | VFIO_FEATURE_GET_ },
		{ .region = 4, .nr_ranges = 1 }, { PAGE, 2 * PAGE } };
	struct {
		struct vfio_hot_reset_ head;
		struct vfio_dependent_device_ one[2];
	} bus = { .head = { .argsz = sizeof(bus) } };
	uint32_t region[32] = { sizeof(region), 0, 2 }, info[6] = { sizeof(info) };
	struct vprim_mock_device *card;
	int i, d;

	boot();
	require(!vprim_mock_add(mock, vprim_mock_model_find("card"), "0000:02:00.0", 7, NULL,
				&card));
	starves(keep(open_file("/dev/iommu")));
	bind.iommufd = i = kept;
	starves(keep(open_file("/dev/vfio/devices/vfio1")));
	d = kept;
	fails_by_copies(call(d, VFIO_DEVICE_BIND_IOMMUFD_, &bind), bind.argsz = 16);
	sys.close(sys.ctx, d);
	d = open_file("/dev/vfio/devices/vfio1");
	starves(call(d, VFIO_DEVICE_BIND_IOMMUFD_, &bind));
	fails_by_copies(call(i, IOMMU_IOAS_ALLOC_, &ioas), (void)0);
	starves(call(i, IOMMU_IOAS_ALLOC_, &ioas));
	attach.pt_id = ioas.out_ioas_id;
	fails_by_copies(call(d, VFIO_DEVICE_ATTACH_IOMMUFD_PT_, &attach),
			attach.pt_id = ioas.out_ioas_id);
	fails_by_copies(call(d, VFIO_DEVICE_DETACH_IOMMUFD_PT_, &detach), (void)0);
	detach.flags = 1;
	ck_assert_int_eq(call(d, VFIO_DEVICE_DETACH_IOMMUFD_PT_, &detach), -EINVAL);
	attach.pt_id = ioas.out_ioas_id;
	starves(call(d, VFIO_DEVICE_ATTACH_IOMMUFD_PT_, &attach));
	attach.flags = 1;
	ck_assert_int_eq(call(d, VFIO_DEVICE_ATTACH_IOMMUFD_PT_, &attach), -EINVAL);
	fails_by_copies(call(d, VFIO_DEVICE_GET_INFO_, info), info[0] = sizeof(info));
	ck_assert_uint_eq(info[2], 10);		/* with the region of its own */
	info[0] = 15;
	ck_assert_int_eq(call(d, VFIO_DEVICE_GET_INFO_, info), -EINVAL);
	/* The BAR of the MSI-X table, with its capability. */
	fails_by_copies(call(d, VFIO_DEVICE_GET_REGION_INFO_, region),
			region[0] = sizeof(region));
	ck_assert_uint_eq(region[3], 32);
	ck_assert_uint_eq(region[8] & 0xffff, VPRIM_VFIO_CAP_MSIX_MAPPABLE);
	region[0] = 31;
	ck_assert_int_eq(call(d, VFIO_DEVICE_GET_REGION_INFO_, region), -EINVAL);
	fails_by_copies(call(d, VFIO_DEVICE_GET_IRQ_INFO_, &irq), (void)0);
	fails_by_copies(call(d, VFIO_DEVICE_SET_IRQS_, &on), (void)0);
	fails_by_copies(call(d, VFIO_DEVICE_GET_PCI_HOT_RESET_INFO_, &bus), (void)0);
	bus.head.flags = bus.head.count = 0;
	fails_by_copies(call(d, VFIO_DEVICE_PCI_HOT_RESET_, &bus), (void)0);
	bus.head.flags = 1;
	ck_assert_int_eq(call(d, VFIO_DEVICE_PCI_HOT_RESET_, &bus), -EINVAL);
	fails_by_copies(keep(call(d, VFIO_DEVICE_FEATURE_, &q)), (void)0);
	starves(keep(call(d, VFIO_DEVICE_FEATURE_, &q)));
	halt();
}
END_TEST

START_TEST(an_iommufds_calls_fail_by_their_copies_and_allocations)
{
	struct iommu_ioas_alloc_ ioas = { .size = sizeof(ioas) };
	struct vprim_range allowed[2] = { { 0, 0xffff }, { 0x20000, 0x2ffff } }, got[2];
	struct iommu_ioas_allow_ allow = { sizeof(allow), 1, 2, 0, (uintptr_t)allowed };
	struct iommu_ioas_iova_ranges_ ranges = { sizeof(ranges), 1, 2, 0,
						  (uintptr_t)got, 0 };
	struct iommu_ioas_map_ map = {
		.size = sizeof(map), .flags = 6, .ioas_id = 1,
		.user_va = (uintptr_t)arena, .length = PAGE,
	};
	struct iommu_ioas_copy_ copy = { .size = sizeof(copy), .flags = 6,
					 .dst_ioas_id = 1, .src_ioas_id = 1,
					 .length = PAGE };
	struct iommu_ioas_unmap_ unmap = { sizeof(unmap), 1, 0, M };
	struct iommu_option_ option = { .size = sizeof(option), .option_id = 1,
					.op = 1, .object_id = 1 };
	struct iommu_vfio_ioas_ vfio = { .size = sizeof(vfio), .ioas_id = 1, .op = 1 };
	struct iommu_destroy_ destroy = { sizeof(destroy), 1 };
	struct {
		struct iommu_destroy_ head;
		uint8_t tail[8];
	} grown = { .head = { sizeof(grown), 9 } };
	int i;

	boot();
	i = open_file("/dev/iommu");
	require(!call(i, IOMMU_IOAS_ALLOC_, &ioas));
	fails_by_copies(call(i, IOMMU_IOAS_ALLOW_IOVAS_, &allow), (void)0);
	starves(call(i, IOMMU_IOAS_ALLOW_IOVAS_, &allow));
	fails_by_copies(call(i, IOMMU_IOAS_IOVA_RANGES_, &ranges), ranges.num_iovas = 2);
	ck_assert_uint_eq(ranges.num_iovas, 1);
	ck_assert_uint_eq(got[0].last, M);	/* allowed is no more than asked for first */
	starves(call(i, IOMMU_IOAS_IOVA_RANGES_, &ranges));
	fails_by_copies(call(i, IOMMU_IOAS_MAP_, &map), (void)0);
	starves(call(i, IOMMU_IOAS_MAP_, &map));
	copy.src_iova = map.iova;
	fails_by_copies(call(i, IOMMU_IOAS_COPY_, &copy), (void)0);
	ck_assert_uint_ne(copy.dst_iova, map.iova);
	fails_by_copies(call(i, IOMMU_IOAS_UNMAP_, &unmap),
			require(!call(i, IOMMU_IOAS_MAP_, &map)); unmap.length = M);
	ck_assert_uint_gt(unmap.length, 0);
	fails_by_copies(call(i, IOMMU_OPTION_, &option), (void)0);
	fails_by_copies(call(i, IOMMU_VFIO_IOAS_, &vfio), (void)0);
	vfio.op = 0;
	vfio.ioas_id = 0;
	fails_by_copies(call(i, IOMMU_VFIO_IOAS_, &vfio), (void)0);
	ck_assert_uint_eq(vfio.ioas_id, 1);
	fails_by_copies(call(i, IOMMU_DESTROY_, &destroy), (void)0);
	ck_assert_int_eq(call(i, IOMMU_VFIO_IOAS_, &vfio), -ENODEV);
	/* Three pages behind a structure are read in pieces, the last one cut. */
	outside.copies = 2;
	ck_assert_int_eq(call(i, IOMMU_DESTROY_, &grown), -EFAULT);
	outside.copies = 0;
	ck_assert_int_eq(call(i, IOMMU_DESTROY_, &grown), -ENOENT);
	memset(arena, 0, 3 * PAGE);
	memcpy(arena, &(struct iommu_destroy_){ 8200, 9 }, 8);
	ck_assert_int_eq(call(i, IOMMU_DESTROY_, arena), -ENOENT);
	arena[8199] = 1;
	ck_assert_int_eq(call(i, IOMMU_DESTROY_, arena), -E2BIG);
	halt();
}
END_TEST

START_TEST(what_iommufd_does_not_know_is_refused)
{
	struct iommu_ioas_alloc_ ioas = { .size = sizeof(ioas), .flags = 1 };
	struct iommu_ioas_allow_ allow = { sizeof(allow), 9, 0, 0, 0 };
	struct iommu_ioas_iova_ranges_ ranges = { sizeof(ranges), 9, 0, 0, 0, 0 };
	struct iommu_ioas_map_ map = { .size = sizeof(map), .flags = 6, .ioas_id = 9 };
	struct iommu_ioas_map_file_ file = { .size = sizeof(file), .flags = 6,
					     .ioas_id = 9 };
	struct iommu_ioas_copy_ copy = { .size = sizeof(copy), .flags = 6,
					 .dst_ioas_id = 1, .src_ioas_id = 9,
					 .length = PAGE };
	struct iommu_ioas_unmap_ unmap = { sizeof(unmap), 9, 0, PAGE };
	struct iommu_vfio_ioas_ vfio = { .size = sizeof(vfio), .ioas_id = 9, .op = 1 };
	static const struct {
		uint32_t id, object;
		uint16_t op, reserved;
		uint64_t val64;
		int ret;
	} options[] = {
		{ 0, 0, 1, 0, 0, 0 },		/* whose memory counts: the process's */
		{ 0, 0, 0, 0, 0, -EPERM },
		{ 0, 0, 2, 0, 0, -EOPNOTSUPP },
		{ 0, 1, 1, 0, 0, -EOPNOTSUPP },
		{ 0, 0, 1, 1, 0, -EOPNOTSUPP },
		{ 1, 1, 0, 0, 1, 0 },
		{ 1, 1, 2, 0, 0, -EOPNOTSUPP },
		{ 1, 9, 1, 0, 0, -ENOENT },
		{ 2, 0, 1, 0, 0, -EOPNOTSUPP },
	};
	size_t n;
	int i;

	boot();
	i = open_file("/dev/iommu");
	ck_assert_int_eq(call(i, IOMMU_IOAS_ALLOC_, &ioas), -EOPNOTSUPP);
	ioas.flags = 0;
	require(!call(i, IOMMU_IOAS_ALLOC_, &ioas));
	ck_assert_int_eq(call(i, IOMMU_IOAS_ALLOW_IOVAS_, &allow), -ENOENT);
	allow.ioas_id = 1;
	ck_assert_int_eq(call(i, IOMMU_IOAS_ALLOW_IOVAS_, &allow), 0);
	allow.num_iovas = 1u << 25;
	ck_assert_int_eq(call(i, IOMMU_IOAS_ALLOW_IOVAS_, &allow), -ENOMEM);
	allow.reserved = 1;
	ck_assert_int_eq(call(i, IOMMU_IOAS_ALLOW_IOVAS_, &allow), -EOPNOTSUPP);
	ck_assert_int_eq(call(i, IOMMU_IOAS_IOVA_RANGES_, &ranges), -ENOENT);
	ranges.ioas_id = 1;
	ck_assert_int_eq(call(i, IOMMU_IOAS_IOVA_RANGES_, &ranges), -EMSGSIZE);
	ck_assert_uint_eq(ranges.num_iovas, 1);
	ranges.reserved = 1;
	ck_assert_int_eq(call(i, IOMMU_IOAS_IOVA_RANGES_, &ranges), -EOPNOTSUPP);
	ck_assert_int_eq(call(i, IOMMU_IOAS_MAP_, &map), -ENOENT);
	ck_assert_int_eq(call(i, IOMMU_IOAS_MAP_FILE_, &file), -ENOENT);
	ck_assert_int_eq(call(i, IOMMU_IOAS_COPY_, &copy), -ENOENT);
	copy.dst_ioas_id = 9;
	copy.src_ioas_id = 1;
	ck_assert_int_eq(call(i, IOMMU_IOAS_COPY_, &copy), -ENOENT);
	ck_assert_int_eq(call(i, IOMMU_IOAS_UNMAP_, &unmap), -ENOENT);
	for (n = 0; n < VPRIM_ARRAY_LEN(options); n++) {
		struct iommu_option_ o = { sizeof(o), options[n].id, options[n].op,
					   options[n].reserved, options[n].object,
					   options[n].val64 };
		int ret = call(i, IOMMU_OPTION_, &o);

		ck_assert_msg(ret == options[n].ret, "option row %zu: %d", n, ret);
	}
	ck_assert_int_eq(call(i, IOMMU_VFIO_IOAS_, &vfio), -ENOENT);
	vfio.ioas_id = 1;
	require(!call(i, IOMMU_VFIO_IOAS_, &vfio));
	vfio.op = 2;
	require(!call(i, IOMMU_VFIO_IOAS_, &vfio));
	vfio.op = 0;
	ck_assert_int_eq(call(i, IOMMU_VFIO_IOAS_, &vfio), -ENODEV);
	vfio.op = 3;
	ck_assert_int_eq(call(i, IOMMU_VFIO_IOAS_, &vfio), -EOPNOTSUPP);
	vfio.reserved = 1;
	ck_assert_int_eq(call(i, IOMMU_VFIO_IOAS_, &vfio), -EOPNOTSUPP);
	halt();
}
END_TEST

/* An iommufd in a container's place, with its groups. */
START_TEST(an_iommufd_stands_for_a_container)
{
	struct vfio_dma_map_ map = { sizeof(map), 3, (uintptr_t)arena, 0x5000, PAGE };
	struct vfio_dma_unmap_ unmap = { sizeof(unmap), 0, 0x5000, PAGE };
	struct iommu_vfio_ioas_ vfio = { .size = sizeof(vfio), .op = 2 };
	uint32_t info[64] = { sizeof(info) };
	int i, g, d;

	boot();
	i = open_file("/dev/iommu");
	g = open_file("/dev/vfio/16");
	ck_assert_int_eq(number(i, VFIO_GET_API_VERSION_, 0), 0);
	ck_assert_int_eq(number(i, VFIO_SET_IOMMU_, 3), -ENODEV);
	ck_assert_int_eq(number(i, VFIO_SET_IOMMU_, 6), -EINVAL);
	ck_assert_int_eq(call(i, VFIO_IOMMU_GET_INFO_, info), -ENODEV);
	starves(call(g, VFIO_GROUP_SET_CONTAINER_, &i));
	ck_assert_int_eq(call(g, VFIO_GROUP_SET_CONTAINER_, &i), -EINVAL);
	require(!number(i, VFIO_SET_IOMMU_, 3));
	fails_by_copies(call(i, VFIO_IOMMU_MAP_DMA_, &map), (void)0);
	fails_by_copies(call(i, VFIO_IOMMU_UNMAP_DMA_, &unmap),
			if (outside.memory.blocks && call(i, VFIO_IOMMU_MAP_DMA_, &map))
				unmap.size = PAGE);
	unmap.flags = 4;
	ck_assert_int_eq(call(i, VFIO_IOMMU_UNMAP_DMA_, &unmap), -EINVAL);
	fails_by_copies(call(i, VFIO_IOMMU_GET_INFO_, info), info[0] = sizeof(info));
	ck_assert_uint_eq(info[4], 24);
	info[0] = sizeof(info);
	starves(call(i, VFIO_IOMMU_GET_INFO_, info));
	info[0] = 15;
	ck_assert_int_eq(call(i, VFIO_IOMMU_GET_INFO_, info), -EINVAL);
	starves(keep(call(g, VFIO_GROUP_GET_DEVICE_FD_, (char[]){ EDU })));
	d = kept;
	/* The group may be opened anew beside its own device, which nobody else may. */
	sys.close(sys.ctx, g);
	g = open_file("/dev/vfio/16");
	ck_assert_int_ge(g, 1000);
	/* A second file of it needs no second binding. */
	starves(keep(call(g, VFIO_GROUP_GET_DEVICE_FD_, (char[]){ EDU })));
	ck_assert_int_eq(call(d, VFIO_DEVICE_BIND_IOMMUFD_,
			      &(struct vfio_bind_iommufd_){ 16, 0, i, 0, 0 }), -EINVAL);
	ck_assert_int_eq(number(d, VFIO_DEVICE_RESET_, 0), 0);
	require(!call(i, IOMMU_VFIO_IOAS_, &vfio));
	halt();
	boot();
	i = open_file("/dev/iommu");
	g = open_file("/dev/vfio/16");
	require(!call(g, VFIO_GROUP_SET_CONTAINER_, &i));
	require(!call(i, IOMMU_VFIO_IOAS_, &vfio));
	ck_assert_int_eq(call(g, VFIO_GROUP_GET_DEVICE_FD_, (char[]){ EDU }), -ENODEV);
	halt();
}
END_TEST

/* Pages are pinned at an attach, given back at an unmap, and their loss is noted. */
START_TEST(pages_are_pinned_and_their_loss_is_told)
{
	struct vfio_attach_iommufd_pt_ attach = { .argsz = sizeof(attach), .pt_id = 2 };
	struct vfio_detach_iommufd_pt_ detach = { .argsz = sizeof(detach) };
	struct iommu_ioas_alloc_ ioas = { .size = sizeof(ioas) };
	struct iommu_ioas_map_ map = {
		.size = sizeof(map), .flags = 7, .ioas_id = 2,
		.user_va = (uintptr_t)arena, .length = PAGE, .iova = 0x1000,
	};
	struct iommu_ioas_map_file_ file = { .size = sizeof(file), .flags = 7,
					     .ioas_id = 2, .fd = 200, .length = PAGE,
					     .iova = 0x8000 };
	struct iommu_ioas_unmap_ unmap = { sizeof(unmap), 2, 0x1000, PAGE };
	struct vprim_mock_device *edu = boot();
	struct vprim_mock_file *f = bound(edu, open_file("/dev/iommu"));
	int i = 1000;
	char byte = 1;

	take_bus(edu);
	require(!call(i, IOMMU_IOAS_ALLOC_, &ioas));
	require(!call(i, IOMMU_IOAS_MAP_, &map));
	map.iova = 0x3000;
	require(!call(i, IOMMU_IOAS_MAP_, &map));
	require(!call(i, IOMMU_IOAS_MAP_FILE_, &file));
	ck_assert_uint_eq(outside.unpins, 0);
	/* What cannot be pinned is in the way of the attach, and nothing is left of it. */
	outside.unpinnable = true;
	ck_assert_int_eq(device_call(f, VFIO_DEVICE_ATTACH_IOMMUFD_PT_, &attach), -EFAULT);
	outside.unpinnable = false;
	ck_assert_int_eq(call(i, IOMMU_DESTROY_, &(struct iommu_destroy_){ 8, 3 }), -ENOENT);
	ck_assert_int_eq(device_call(f, VFIO_DEVICE_ATTACH_IOMMUFD_PT_, &attach), 0);
	ck_assert_uint_eq(attach.pt_id, 3);
	require(!vprim_mock_dma(edu, 0x8004, &byte, 1, true));
	ck_assert_uint_eq(arena[4], 1);
	/* Gone under its mapping. */
	outside.unpinned = -ENOENT;
	require(!call(i, IOMMU_IOAS_UNMAP_, &unmap));
	ck_assert(outside.unpins == 1 && outside.freed == 1);
	outside.unpinned = 0;
	unmap.iova = 0x3000;
	unmap.length = PAGE;
	require(!call(i, IOMMU_IOAS_UNMAP_, &unmap));
	ck_assert(outside.unpins == 2 && outside.freed == 1);
	/* A device that looks before the memory is pinned sees none of it. */
	map.iova = 0x1000;
	outside.looks = edu;
	require(!call(i, IOMMU_IOAS_MAP_, &map));
	ck_assert_int_eq(outside.seen, -EFAULT);
	outside.looks = NULL;
	ck_assert_int_eq(vprim_mock_dma(edu, 0x1000, &byte, 1, false), 0);
	outside.unpinnable = true;
	map.iova = 0x20000;
	ck_assert_int_eq(call(i, IOMMU_IOAS_MAP_, &map), -EFAULT);
	outside.unpinnable = false;
	starves(call(i, IOMMU_IOAS_MAP_, &map));
	file.iova = 0x30000;
	file.start = PAGE;
	starves(call(i, IOMMU_IOAS_MAP_FILE_, &file));
	file.iova = 0x40000;
	file.fd = 201;
	ck_assert_int_eq(call(i, IOMMU_IOAS_MAP_FILE_, &file), -EBADF);
	byte = 1;
	require(!vprim_mock_dma(edu, 0x8004, &byte, 1, true));
	require(!vprim_mock_dma(edu, 0x30004, &byte, 1, true));
	ck_assert_uint_eq(arena[PAGE + 4], 1);
	unmap.iova = 0x8000;
	unmap.length = PAGE;
	require(!call(i, IOMMU_IOAS_UNMAP_, &unmap));
	ck_assert_int_eq(outside.held, 1);
	require(!device_call(f, VFIO_DEVICE_DETACH_IOMMUFD_PT_, &detach));
	/* At the end nobody is told of memory that went before. */
	outside.unpinned = -ENOENT;
	halt();
	ck_assert_uint_eq(outside.freed, 1);
}
END_TEST

/* A container pins at the map; a process that ends has lost its memory before. */
START_TEST(a_containers_pages_are_given_back)
{
	struct vfio_dma_map_ map = { sizeof(map), 3, (uintptr_t)arena, 0x5000, PAGE };
	struct vfio_dma_unmap_ unmap = { sizeof(unmap), 0, 0x5000, PAGE };
	struct vprim_mock_device *edu = boot();
	char byte = 1;
	int c, g;

	take_bus(edu);
	c = open_file("/dev/vfio/vfio");
	g = open_file("/dev/vfio/16");
	require(!call(g, VFIO_GROUP_SET_CONTAINER_, &c));
	ck_assert_int_eq(vprim_mock_dma(edu, 0x5000, &byte, 1, true), -EFAULT);
	require(!number(c, VFIO_SET_IOMMU_, 6));
	require(!call(c, VFIO_IOMMU_MAP_DMA_, &map));
	outside.task = 2;
	map.iova = 0x6000;
	map.vaddr += PAGE;
	require(!call(c, VFIO_IOMMU_MAP_DMA_, &map));
	require(!vprim_mock_dma(edu, 0x6000, &byte, 1, true));
	ck_assert_uint_eq(outside.owner, 2);
	require(!vprim_mock_dma(edu, 0x5fff, (char[]){ "ab" }, 2, true));
	ck_assert(arena[PAGE - 1] == 'a' && arena[PAGE] == 'b');
	outside.unpinned = -ENOENT;
	require(!call(c, VFIO_IOMMU_UNMAP_DMA_, &unmap));
	ck_assert(outside.unpins == 1 && outside.freed == 1);
	outside.unpinned = 0;
	unmap.iova = 0x6000;
	require(!call(c, VFIO_IOMMU_UNMAP_DMA_, &unmap));
	ck_assert_uint_eq(outside.freed, 1);
	map.flags = 2;
	require(!call(c, VFIO_IOMMU_MAP_DMA_, &map));
	ck_assert_int_eq(vprim_mock_dma(edu, 0x6000, &byte, 1, false), -EFAULT);
	ck_assert_str_eq(outside.last, "the mapping is write-only");
	outside.unpinned = -ENOENT;
	halt();
	ck_assert_uint_eq(outside.freed, 1);
}
END_TEST

START_TEST(an_access_ends_where_the_addresses_do)
{
	struct vfio_dma_map_ map = { sizeof(map), 3, (uintptr_t)arena, M - PAGE + 1, PAGE };
	struct vprim_mock_device *edu = boot_with("amd", NULL);
	char two[] = "ab";
	int c = open_file("/dev/vfio/vfio"), g = open_file("/dev/vfio/16");

	take_bus(edu);
	require(!call(g, VFIO_GROUP_SET_CONTAINER_, &c));
	require(!number(c, VFIO_SET_IOMMU_, 3));
	require(!call(c, VFIO_IOMMU_MAP_DMA_, &map));
	ck_assert_int_eq(vprim_mock_dma(edu, M, two, 2, true), -EFAULT);
	ck_assert_str_eq(outside.last, "the address wraps");
	ck_assert_uint_eq(arena[PAGE - 1], 'a');
	ck_assert_int_eq(vprim_mock_dma(edu, M - 1, two, 2, true), 0);
	ck_assert_int_eq(vprim_mock_dma(edu, M - 1, two, 0, true), 0);
	halt();
}
END_TEST

/* No IOMMU: nothing is pinned, and drivers note what they write. */
START_TEST(mediated_devices_go_both_ways)
{
	struct vfio_dma_map_ map = { sizeof(map), 3, (uintptr_t)arena, 0x5000, 4 * PAGE };
	struct vfio_dirty_range_ dirty = { .argsz = 8, .flags = 1 };
	struct vfio_dma_unmap_ unmap = { sizeof(unmap), 0, 0x5000, 4 * PAGE };
	struct vfio_attach_iommufd_pt_ attach = { .argsz = sizeof(attach), .pt_id = 2 };
	struct iommu_ioas_alloc_ ioas = { .size = sizeof(ioas) };
	struct iommu_ioas_map_ area = {
		.size = sizeof(area), .flags = 7, .ioas_id = 2,
		.user_va = (uintptr_t)arena, .length = PAGE, .iova = 0x1000,
	};
	struct iommu_hwpt_alloc_whole_ hwpt = { .size = 24, .dev_id = 1, .pt_id = 2 };
	struct iommu_hw_info_ hw = { .size = sizeof(hw), .dev_id = 1 };
	struct vprim_mock_device *edu = boot_with("none", NULL);
	struct vprim_mock_file *f;
	uint64_t bits = 0;
	char byte = 7;
	int c, g, i;

	take_bus(edu);
	outside.unpinnable = true;
	c = open_file("/dev/vfio/vfio");
	g = open_file("/dev/vfio/16");
	require(!call(g, VFIO_GROUP_SET_CONTAINER_, &c));
	require(!number(c, VFIO_SET_IOMMU_, 3));
	require(!call(c, VFIO_IOMMU_MAP_DMA_, &map));
	require(!vprim_mock_dma(edu, 0x5000, &byte, 1, true));
	require(!call(c, VFIO_IOMMU_DIRTY_PAGES_, &dirty));
	require(!vprim_mock_dma(edu, 0x7000, &byte, 1, true));
	require(!vprim_mock_dma(edu, 0x6000, &byte, 1, false));
	dirty = (struct vfio_dirty_range_){ sizeof(dirty), 4, 0x5000, 4 * PAGE,
					    { PAGE, 8, (uintptr_t)&bits } };
	require(!call(c, VFIO_IOMMU_DIRTY_PAGES_, &dirty));
	ck_assert_uint_eq(bits & 4, 4);
	require(!call(c, VFIO_IOMMU_UNMAP_DMA_, &unmap));
	ck_assert_uint_eq(outside.unpins, 0);
	sys.close(sys.ctx, c);
	sys.close(sys.ctx, g);
	i = open_file("/dev/iommu");
	f = bound(edu, i);
	require(!call(i, IOMMU_IOAS_ALLOC_, &ioas));
	require(!call(i, IOMMU_IOAS_MAP_, &area));
	ck_assert_int_eq(vprim_mock_dma(edu, 0x1000, &byte, 1, true), -EFAULT);
	ck_assert_int_eq(call(i, IOMMU_HWPT_ALLOC_, &hwpt), -EOPNOTSUPP);
	ck_assert_int_eq(call(i, IOMMU_GET_HW_INFO_, &hw), -ENOENT);
	ck_assert_int_eq(device_call(f, VFIO_DEVICE_ATTACH_IOMMUFD_PT_, &attach), 0);
	byte = 7;
	ck_assert_int_eq(vprim_mock_dma(edu, 0x1000, &byte, 1, true), 0);
	ck_assert_uint_eq(arena[0], 7);
	/* Into another, and back: the first is free again. */
	require(!call(i, IOMMU_IOAS_ALLOC_, &ioas));
	attach.pt_id = ioas.out_ioas_id;
	ck_assert_int_eq(device_call(f, VFIO_DEVICE_ATTACH_IOMMUFD_PT_, &attach), 0);
	ck_assert_int_eq(vprim_mock_dma(edu, 0x1000, &byte, 1, true), -EFAULT);
	require(!call(i, IOMMU_DESTROY_, &(struct iommu_destroy_){ 8, 2 }));
	attach.pt_id = 1;
	ck_assert_int_eq(device_call(f, VFIO_DEVICE_ATTACH_IOMMUFD_PT_, &attach), -EINVAL);
	halt();
}
END_TEST

START_TEST(page_tables_of_their_own)
{
	struct vfio_attach_iommufd_pt_ attach = { .argsz = sizeof(attach) };
	struct iommu_ioas_alloc_ ioas = { .size = sizeof(ioas) };
	struct iommu_hw_info_ hw = { .size = sizeof(hw), .dev_id = 1, .data_len = 100,
				     .data_uptr = (uintptr_t)arena };
	static const struct {
		struct iommu_hwpt_alloc_whole_ args;
		int ret;
	} rows[] = {
		{ { .dev_id = 1, .pt_id = 2, .flags = 4 }, -EOPNOTSUPP },
		{ { .dev_id = 1, .pt_id = 2, .reserved = 1 }, -EOPNOTSUPP },
		{ { .dev_id = 1, .pt_id = 2, .data_type = 1 }, -EINVAL },
		{ { .dev_id = 1, .pt_id = 2, .data_len = 1 }, -EINVAL },
		{ { .dev_id = 1, .pt_id = 2, .data_type = 1, .data_len = 1 }, -EOPNOTSUPP },
		{ { .dev_id = 2, .pt_id = 2 }, -ENOENT },
		{ { .dev_id = 1, .pt_id = 9 }, -ENOENT },
		{ { .dev_id = 1, .pt_id = 1 }, -EINVAL },
		{ { .dev_id = 1, .pt_id = 2, .flags = 1 }, -EOPNOTSUPP },
		{ { .dev_id = 1, .pt_id = 2, .flags = 2 }, -EOPNOTSUPP },
		{ { .dev_id = 1, .pt_id = 2 }, 0 },
	};
	struct iommu_hwpt_set_dirty_ track = { sizeof(track), 1, 3, 0 };
	struct iommu_hwpt_get_dirty_ get = { sizeof(get), 3, 0, 0, 0, PAGE, PAGE, 0 };
	struct vprim_mock_device *edu = boot();
	int i = open_file("/dev/iommu");
	struct vprim_mock_file *f = bound(edu, i);
	struct iommu_hwpt_alloc_whole_ hwpt;
	size_t n;

	require(!call(i, IOMMU_IOAS_ALLOC_, &ioas));
	for (n = 0; n < VPRIM_ARRAY_LEN(rows); n++) {
		int ret;

		hwpt = rows[n].args;
		hwpt.size = sizeof(hwpt);
		ret = call(i, IOMMU_HWPT_ALLOC_, &hwpt);
		ck_assert_msg(ret == rows[n].ret, "row %zu: %d", n, ret);
	}
	ck_assert_uint_eq(hwpt.out_hwpt_id, 3);
	ck_assert_int_eq(call(i, IOMMU_HWPT_SET_DIRTY_TRACKING_, &track), -EOPNOTSUPP);
	ck_assert_int_eq(call(i, IOMMU_HWPT_GET_DIRTY_BITMAP_, &get), -EOPNOTSUPP);
	track.hwpt_id = get.hwpt_id = 2;
	ck_assert_int_eq(call(i, IOMMU_HWPT_SET_DIRTY_TRACKING_, &track), -ENOENT);
	ck_assert_int_eq(call(i, IOMMU_HWPT_GET_DIRTY_BITMAP_, &get), -ENOENT);
	track.reserved = get.reserved = 1;
	ck_assert_int_eq(call(i, IOMMU_HWPT_SET_DIRTY_TRACKING_, &track), -EOPNOTSUPP);
	ck_assert_int_eq(call(i, IOMMU_HWPT_GET_DIRTY_BITMAP_, &get), -EOPNOTSUPP);
	track.flags = get.flags = 2;
	ck_assert_int_eq(call(i, IOMMU_HWPT_SET_DIRTY_TRACKING_, &track), -EOPNOTSUPP);
	ck_assert_int_eq(call(i, IOMMU_HWPT_GET_DIRTY_BITMAP_, &get), -EOPNOTSUPP);
	hwpt = (struct iommu_hwpt_alloc_whole_){ .size = 24, .dev_id = 1, .pt_id = 2 };
	fails_by_copies(call(i, IOMMU_HWPT_ALLOC_, &hwpt), (void)0);
	ck_assert_uint_eq(hwpt.out_hwpt_id, 4);
	starves(call(i, IOMMU_HWPT_ALLOC_, &hwpt));
	ck_assert_uint_eq(hwpt.out_hwpt_id, 5);
	/* To its own, to another, to the same again, and to its IOAS. */
	for (n = 3; n < 6; n++) {
		attach.pt_id = n < 5 ? (uint32_t)n : 4;
		require(!device_call(f, VFIO_DEVICE_ATTACH_IOMMUFD_PT_, &attach));
		ck_assert_uint_eq(attach.pt_id, n < 5 ? n : 4);
	}
	require(!call(i, IOMMU_DESTROY_, &(struct iommu_destroy_){ 8, 3 }));
	ck_assert_int_eq(call(i, IOMMU_DESTROY_, &(struct iommu_destroy_){ 8, 4 }), -EBUSY);
	attach.pt_id = 2;
	starves((attach.pt_id = 2,
		 device_call(f, VFIO_DEVICE_ATTACH_IOMMUFD_PT_, &attach)));
	ck_assert_uint_eq(attach.pt_id, 3);	/* made for it */
	attach.pt_id = 2;
	require(!device_call(f, VFIO_DEVICE_ATTACH_IOMMUFD_PT_, &attach));
	ck_assert_uint_eq(attach.pt_id, 3);	/* the same */
	/* The one made for it goes when it leaves for another. */
	attach.pt_id = 4;
	require(!device_call(f, VFIO_DEVICE_ATTACH_IOMMUFD_PT_, &attach));
	ck_assert_int_eq(call(i, IOMMU_DESTROY_, &(struct iommu_destroy_){ 8, 3 }), -ENOENT);
	/* A driver's data there is none: the room for it is cleared. */
	memset(arena, 1, PAGE);
	fails_by_copies(call(i, IOMMU_GET_HW_INFO_, &hw), hw.data_len = 100);
	ck_assert(!arena[99] && arena[100] == 1 && !hw.data_len);
	ck_assert_uint_eq(hw.out_capabilities, 0);
	hw.dev_id = 9;
	ck_assert_int_eq(call(i, IOMMU_GET_HW_INFO_, &hw), -ENOENT);
	hw.reserved = 1;
	ck_assert_int_eq(call(i, IOMMU_GET_HW_INFO_, &hw), -EOPNOTSUPP);
	hw.flags = 1;
	ck_assert_int_eq(call(i, IOMMU_GET_HW_INFO_, &hw), -EOPNOTSUPP);
	halt();
}
END_TEST

/* A refused attach leaves the device where it was, or out if that has gone too. */
START_TEST(a_failed_move_goes_back)
{
	struct vfio_attach_iommufd_pt_ attach = { .argsz = sizeof(attach), .pt_id = 2 };
	struct iommu_ioas_alloc_ ioas = { .size = sizeof(ioas) };
	struct iommu_ioas_map_ map = {
		.size = sizeof(map), .flags = 7, .ioas_id = 2,
		.user_va = (uintptr_t)arena, .length = PAGE, .iova = 0x1000,
	};
	struct vprim_mock_device *edu = boot();
	int i = open_file("/dev/iommu");
	struct vprim_mock_file *f = bound(edu, i);
	char byte = 3;

	take_bus(edu);
	require(!call(i, IOMMU_IOAS_ALLOC_, &ioas));
	require(!device_call(f, VFIO_DEVICE_ATTACH_IOMMUFD_PT_, &attach));
	require(!call(i, IOMMU_IOAS_MAP_, &map));
	require(!call(i, IOMMU_IOAS_ALLOC_, &ioas));
	map.ioas_id = ioas.out_ioas_id;
	map.iova = 0xfee00000;
	require(!call(i, IOMMU_IOAS_MAP_, &map));
	attach.pt_id = ioas.out_ioas_id;
	ck_assert_int_eq(device_call(f, VFIO_DEVICE_ATTACH_IOMMUFD_PT_, &attach), -EADDRINUSE);
	ck_assert_int_eq(vprim_mock_dma(edu, 0x1000, &byte, 1, true), 0);
	outside.unpinnable = true;
	ck_assert_int_eq(device_call(f, VFIO_DEVICE_ATTACH_IOMMUFD_PT_, &attach), -EADDRINUSE);
	outside.unpinnable = false;
	ck_assert_int_eq(vprim_mock_dma(edu, 0x1000, &byte, 1, true), -EFAULT);
	attach.pt_id = 2;
	ck_assert_int_eq(device_call(f, VFIO_DEVICE_ATTACH_IOMMUFD_PT_, &attach), 0);
	ck_assert_int_eq(vprim_mock_dma(edu, 0x1000, &byte, 1, true), 0);
	halt();
}
END_TEST

/* -- interrupts by hand ----------------------------------------------------------------- */

START_TEST(intx_is_masked_and_sent_by_hand)
{
	struct vprim_mock_device *edu = boot();
	struct vprim_mock_device_info info;
	uint8_t *config;
	uint64_t sent;

	start(0);
	vprim_mock_device_describe(edu, &info);
	config = (uint8_t *)(uintptr_t)info.config;
	/* Raised before it is on, and sent when it comes on. */
	vprim_mock_intx(edu, true);
	ck_assert_uint_eq(outside.events[0], 0);
	ck_assert_int_eq(set_irqs(0x24, 0, 0, 0, 100), -EINVAL);
	ck_assert_int_eq(set_irqs(0x24, 0, 0, 1, 100), 0);
	ck_assert_uint_eq(outside.events[0], 1);
	vprim_mock_intx(edu, false);
	vprim_mock_unmask(edu);
	/* Disabled in the command register. */
	config[5] |= 4;
	vprim_mock_intx(edu, true);
	ck_assert_uint_eq(outside.events[0], 1);
	config[5] = (uint8_t)(config[5] & ~4);
	vprim_mock_intx(edu, false);
	ck_assert_int_eq(set_irqs(0x21, 0, 0, 1, 0), 0);
	ck_assert_uint_eq(outside.events[0], 2);
	ck_assert_int_eq(set_irqs(0x22, 0, 0, 1, 1), 0);
	ck_assert_uint_eq(outside.events[0], 3);
	ck_assert_int_eq(set_irqs(0x22, 0, 0, 1, 0), 0);
	ck_assert_uint_eq(outside.events[0], 3);
	ck_assert_int_eq(set_irqs(0x22, 0, 0, 0, 1), -EINVAL);
	fails_by_copies(set_irqs(0x22, 0, 0, 1, 1), (void)0);
	ck_assert_uint_eq(outside.events[0], 4);
	/* Masks, and what they are not. */
	ck_assert_int_eq(set_irqs(0x09, 0, 0, 0, 0), -EINVAL);
	ck_assert_int_eq(set_irqs(0x0c, 0, 0, 1, 100), -ENOTTY);
	ck_assert_int_eq(set_irqs(0x0a, 0, 0, 1, 0), 0);
	ck_assert_int_eq(set_irqs(0x0a, 0, 0, 1, 1), 0);
	vprim_mock_intx(edu, true);
	ck_assert_uint_eq(outside.events[0], 4);
	fails_by_copies(set_irqs(0x12, 0, 0, 1, 1), (void)0);
	ck_assert_uint_eq(outside.events[0], 5);
	vprim_mock_intx(edu, false);
	vprim_mock_unmask(edu);
	ck_assert_int_eq(set_irqs(0x09, 0, 0, 1, 0), 0);
	vprim_mock_intx(edu, true);
	ck_assert_uint_eq(outside.events[0], 5);
	ck_assert_int_eq(set_irqs(0x14, 0, 0, 1, 102), 0);
	ck_assert_int_eq(set_irqs(0x14, 0, 0, 1, 7), -EBADF);
	ck_assert_int_eq(outside.held, 2);
	outside.watched = NULL;
	ck_assert_int_eq(set_irqs(0x14, 0, 0, 1, -1), 0);
	ck_assert_ptr_null(outside.watched);
	ck_assert_int_eq(outside.held, 1);
	/* On, with nobody to hear of it. */
	vprim_mock_device_describe(edu, &info);
	ck_assert_int_eq(set_irqs(0x24, 0, 0, 1, -1), 0);
	vprim_mock_unmask(edu);
	ck_assert_uint_eq(outside.events[0], 5);
	sent = info.interrupts;
	vprim_mock_device_describe(edu, &info);
	ck_assert_uint_eq(info.interrupts, sent + 1);
	ck_assert_int_eq(set_irqs(0x24, 1, 0, 1, 101), -EINVAL);
	ck_assert_int_eq(set_irqs(0x21, 0, 0, 0, 0), 0);
	ck_assert_int_eq(outside.held, 0);
	stop();
}
END_TEST

START_TEST(msi_is_sent_by_hand)
{
	struct vprim_mock_device *edu = boot();

	start(0);
	ck_assert_int_eq(set_irqs(0x21, 1, 0, 1, 0), -EINVAL);
	ck_assert(!vprim_mock_msi(edu, 0));
	ck_assert_int_eq(set_irqs(0x24, 1, 0, UINT32_MAX, 101), -EINVAL);
	ck_assert_int_eq(set_irqs(0x24, 1, 0, 1, 7), -EBADF);
	ck_assert_int_eq(set_irqs(0x24, 1, 0, 1, 101), 0);
	ck_assert_int_eq(set_irqs(0x24, 0, 0, 1, 100), -EINVAL);
	ck_assert_int_eq(set_irqs(0x21, 1, 0, 1, 0), 0);
	ck_assert_uint_eq(outside.events[1], 1);
	fails_by_copies(set_irqs(0x22, 1, 0, 1, 1), (void)0);
	ck_assert_uint_eq(outside.events[1], 2);
	ck_assert_int_eq(set_irqs(0x22, 1, 0, 1, 0), 0);
	ck_assert_int_eq(set_irqs(0x22, 1, 0, 0, 0), 0);
	ck_assert_uint_eq(outside.events[1], 2);
	ck_assert(vprim_mock_msi(edu, 1) && vprim_mock_msi(edu, 0));
	ck_assert_uint_eq(outside.events[1], 3);
	/* A bad descriptor leaves the others as they are, and it on. */
	ck_assert_int_eq(set_irqs(0x24, 1, 0, 1, 7), -EBADF);
	ck_assert_int_eq(outside.held, 1);
	ck_assert_int_eq(set_irqs(0x24, 1, 0, 1, -1), 0);
	ck_assert_int_eq(outside.held, 0);
	ck_assert(vprim_mock_msi(edu, 0));
	ck_assert_int_eq(set_irqs(0x21, 1, 0, 1, 0), 0);
	ck_assert_uint_eq(outside.events[1], 3);
	ck_assert_int_eq(set_irqs(0x21, 1, 0, 0, 0), 0);
	ck_assert(!vprim_mock_msi(edu, 0));
	stop();
}
END_TEST

START_TEST(a_single_event_is_set_sent_and_taken_away)
{
	boot();
	start(0);
	ck_assert_int_eq(set_irqs(0x21, 4, 0, 0, 0), 0);
	ck_assert_int_eq(set_irqs(0x21, 4, 0, 1, 0), -EINVAL);
	ck_assert_int_eq(set_irqs(0x22, 4, 0, 1, 1), 0);
	ck_assert_int_eq(set_irqs(0x22, 4, 0, 0, 1), -EINVAL);
	ck_assert_int_eq(set_irqs(0x24, 4, 0, 0, 104), -EINVAL);
	ck_assert_int_eq(set_irqs(0x24, 4, 0, 1, 104), 0);
	ck_assert_int_eq(set_irqs(0x21, 4, 0, 1, 0), 0);
	ck_assert_uint_eq(outside.events[4], 1);
	fails_by_copies(set_irqs(0x22, 4, 0, 1, 1), (void)0);
	ck_assert_uint_eq(outside.events[4], 2);
	ck_assert_int_eq(set_irqs(0x22, 4, 0, 1, 0), 0);
	ck_assert_uint_eq(outside.events[4], 2);
	ck_assert_int_eq(set_irqs(0x11, 4, 0, 1, 0), -ENOTTY);
	ck_assert_int_eq(set_irqs(0x21, 4, 0, 0, 0), 0);
	ck_assert_int_eq(outside.held, 0);
	stop();
}
END_TEST

/* -- registers by pread and pwrite -------------------------------------------------------- */

static uint64_t reads(struct vprim_mock_file *f, uint64_t at, size_t n)
{
	uint64_t v = 0;

	ck_assert_int_eq(vprim_mock_rw(f, at, &v, n, false), (int64_t)n);
	return v;
}

static void writes(struct vprim_mock_file *f, uint64_t at, size_t n, uint64_t v)
{
	ck_assert_int_eq(vprim_mock_rw(f, at, &v, n, true), (int64_t)n);
}

START_TEST(edus_registers_take_what_edu_takes)
{
	struct vprim_mock_device *edu = boot_with("intel48", _i ? "trap" : NULL);
	struct vprim_mock_file *f = bound(edu, open_file("/dev/iommu"));
	uint64_t r = REGION(0);

	take_bus(edu);
	ck_assert_int_eq(vprim_mock_mmap(f, r, PAGE), _i ? -EINVAL : 0);
	ck_assert_int_eq(vprim_mock_mmap(f, r + PAGE, PAGE), 0);
	ck_assert_int_eq(vprim_mock_mmap(f, r + 0xff000, PAGE), 0);
	ck_assert_int_eq(vprim_mock_mmap(f, r + 0xff000, PAGE + 1), -EINVAL);
	ck_assert_int_eq(vprim_mock_mmap(f, r + 0x100000, PAGE), -EINVAL);
	ck_assert_uint_eq(reads(f, r, 4), 0x010000ed);
	writes(f, r, 4, 0);				/* nothing is there */
	ck_assert_uint_eq(reads(f, r, 4), 0x010000ed);
	writes(f, r + 8, 4, 40);
	ck_assert_uint_eq(reads(f, r + 8, 4), 0);	/* 40! mod 2^32 */
	/* Raised with 0 nothing is; acknowledged in part, the rest stays. */
	writes(f, r + 0x60, 4, 0);
	ck_assert_uint_eq(reads(f, REGION(7) + 6, 1) & 8, 0);
	writes(f, r + 0x60, 4, 5);
	ck_assert_uint_eq(reads(f, REGION(7) + 6, 1) & 8, 8);
	writes(f, r + 0x64, 4, 1);
	ck_assert_uint_eq(reads(f, r + 0x24, 4), 4);
	ck_assert_uint_eq(reads(f, REGION(7) + 6, 1) & 8, 8);
	writes(f, r + 0x64, 4, 4);
	ck_assert_uint_eq(reads(f, REGION(7) + 6, 1) & 8, 0);
	/* Halves of a wide register, and sizes that are none. */
	writes(f, r + 0x80, 8, 0x1111111122222222);
	writes(f, r + 0x84, 4, 0x33333333);
	ck_assert_uint_eq(reads(f, r + 0x80, 8), 0x3333333322222222);
	writes(f, r + 0x80, 4, 0x44444444);
	ck_assert_uint_eq(reads(f, r + 0x80, 8), 0x3333333344444444);
	writes(f, r + 0x80, 2, 0);
	writes(f, r + 0x82, 4, 0);
	ck_assert_uint_eq(reads(f, r + 0x80, 8), 0x3333333344444444);
	writes(f, r + 4, 4, 1);
	writes(f, r + 0, 8, 0);
	ck_assert_uint_eq(reads(f, r + 4, 4), 0xfffffffe);
	ck_assert_uint_eq(reads(f, r + 0x9c, 8), M);
	ck_assert_uint_eq(reads(f, r + 0xa0, 4), 0xffffffff);
	writes(f, r + 0xa0, 4, 0);
	ck_assert_uint_eq(reads(f, r + 0xa0, 4), 0xffffffff);
	writes(f, r + PAGE, 4, 9);
	ck_assert_uint_eq(reads(f, r + PAGE, 4), 9);
	/* Copies that miss the buffer. */
	writes(f, r + 0x90, 8, 1);
	writes(f, r + 0x88, 8, BUFFER - 1);
	writes(f, r + 0x98, 8, 1);
	ck_assert_uint_eq(outside.faults, 1);
	writes(f, r + 0x88, 8, BUFFER + 4097);
	writes(f, r + 0x98, 8, 1);
	ck_assert_uint_eq(outside.faults, 2);
	writes(f, r + 0x98, 8, 2);
	ck_assert_uint_eq(reads(f, r + 0x98, 8), 2);
	ck_assert_uint_eq(outside.faults, 2);
	ck_assert(!vprim_mock_poll(mock));
	halt();
}
END_TEST

START_TEST(cards_registers_take_what_card_takes)
{
	struct iommu_ioas_alloc_ ioas = { .size = sizeof(ioas) };
	struct vfio_attach_iommufd_pt_ attach = { .argsz = sizeof(attach), .pt_id = 2 };
	struct iommu_ioas_map_ map = {
		.size = sizeof(map), .flags = 7, .ioas_id = 2,
		.user_va = (uintptr_t)arena, .length = PAGE, .iova = 0x5000,
	};
	struct irqs on = { { sizeof(on), 0x24, 2, 0, 4 }, { 100, 101, 102, 103 } };
	struct vprim_mock_device *card;
	struct vprim_mock_file *f;
	uint64_t r = REGION(0);
	uint8_t *memory;
	int i;

	boot();
	require(!vprim_mock_add(mock, vprim_mock_model_find("card"), "0000:02:00.0", 7, NULL,
				&card));
	take_bus(card);
	i = open_file("/dev/iommu");
	f = bound(card, i);
	require(!call(i, IOMMU_IOAS_ALLOC_, &ioas));
	require(!device_call(f, VFIO_DEVICE_ATTACH_IOMMUFD_PT_, &attach));
	require(!call(i, IOMMU_IOAS_MAP_, &map));
	memory = vprim_mock_memory(card, 4);
	ck_assert_uint_eq(reads(f, r, 4), 0x0100ca4d);
	ck_assert_uint_eq(reads(f, r + 0x1c, 8), 0);	/* over the last one */
	ck_assert_uint_eq(reads(f, r + 0x20, 4), 0);
	writes(f, r + 8, 8, 0x5000);
	writes(f, r + 0x10, 8, 16);
	writes(f, r + 4, 4, 0);				/* no MSI-X yet */
	memcpy(arena, "sixteen bytes...", 16);
	writes(f, r + 0x18, 4, 1);
	ck_assert_mem_eq(memory, "sixteen bytes...", 16);
	ck_assert_uint_eq(reads(f, r + 0x18, 4), 0);
	memory[0] = 'S';
	writes(f, r + 0x18, 4, 2);
	ck_assert_uint_eq(arena[0], 'S');
	writes(f, r + 0x18, 4, 3);			/* no command */
	writes(f, r + 0x0c, 4, 1);			/* no register */
	ck_assert_uint_eq(reads(f, r + 8, 8), 0x5000);
	writes(f, r + 8, 8, 0x9000);
	writes(f, r + 0x18, 4, 2);
	ck_assert_uint_eq(reads(f, r + 0x18, 4), 0xffffffff);
	writes(f, r + 0x10, 8, 0x100001);
	writes(f, r + 0x18, 4, 1);
	ck_assert_uint_eq(reads(f, r + 0x18, 4), 0xffffffff);
	ck_assert_uint_eq(outside.faults, 1);
	require(!device_call(f, VFIO_DEVICE_SET_IRQS_, &on));
	writes(f, r + 4, 4, 2);
	writes(f, r + 4, 4, 8);
	ck_assert(outside.events[2] == 1 && !outside.events[0]);
	/* By hand, as far as the list can be read. */
	on.set.flags = 0x22;
	on.fd[0] = 0x01000101;
	fails_by_copies(device_call(f, VFIO_DEVICE_SET_IRQS_, &on), (void)0);
	ck_assert(outside.events[0] == 4 && outside.events[2] == 1 &&
		  outside.events[3] == 1);
	on.set.flags = 0x24;
	on.set.count = 8;				/* and four descriptors */
	ck_assert_int_eq(device_call(f, VFIO_DEVICE_SET_IRQS_, &on), -EINVAL);
	/* Memory behind the registers, the table, and what is only read. */
	writes(f, r + PAGE, 4, 5);
	ck_assert_uint_eq(reads(f, r + PAGE, 4), 5);
	writes(f, REGION(2), 4, 6);
	ck_assert_uint_eq(reads(f, REGION(2), 4), 6);
	ck_assert_int_eq(vprim_mock_rw(f, REGION(9), memory, 4, true), -EINVAL);
	ck_assert_int_eq(vprim_mock_rw(f, REGION(7) + 4096, memory, 4, false), -EFAULT);
	ck_assert_int_eq(vprim_mock_rw(f, r, memory, 0, false), 0);
	halt();
}
END_TEST

/* -- a model of the program's own --------------------------------------------------------- */

static void odd_reset(struct vprim_mock_device *d)
{
	(void)d;
}

static int odd_setup(struct vprim_mock_device *d, struct vprim_mock_setup *s,
		     const char *options)
{
	static const struct vprim_vfio_cap_area two[2] = { { 0, PAGE }, { 2 * PAGE, PAGE } };
	static struct vprim_vfio_cap_area many[20];
	uint32_t i, rw = VPRIM_VFIO_CAP_REGION_READ | VPRIM_VFIO_CAP_REGION_WRITE;

	(void)d;
	(void)options;
	for (i = 0; i < VPRIM_ARRAY_LEN(many); i++)
		many[i] = (struct vprim_vfio_cap_area){ 2 * i * PAGE, PAGE };
	s->no_reset = true;
	s->regions[0] = (struct vprim_mock_region){ 4 * PAGE,
		rw | VPRIM_VFIO_CAP_REGION_MMAP, two, 2, 0, 0, NULL };
	s->regions[1] = (struct vprim_mock_region){ .size_bytes = PAGE,
		.flags = VPRIM_VFIO_CAP_REGION_READ };
	s->regions[2] = (struct vprim_mock_region){ 64 * PAGE,
		rw | VPRIM_VFIO_CAP_REGION_MMAP, many, 20, 0, 0, NULL };
	s->irqs[2] = 2;
	return 0;
}

static const struct vprim_mock_model odd = {
	.name = "odd", .state_bytes = 8, .setup = odd_setup, .reset = odd_reset,
};

START_TEST(a_model_may_be_odd)
{
	struct vfio_bind_iommufd_ bind = { .argsz = 16 };
	uint32_t info[6] = { sizeof(info) }, region[256] = { sizeof(region) };
	struct {
		struct vfio_hot_reset_ head;
		struct vfio_dependent_device_ one[2];
	} bus = { .head = { .argsz = sizeof(bus) } };
	struct vprim_mock_device *d, *edu = boot();
	struct vprim_mock_file *f;
	char byte = 1;
	int i = open_file("/dev/iommu");

	require(!vprim_mock_add(mock, &odd, "00ab:cd:1f.7", 9, NULL, &d));
	f = opened(d);
	ck_assert_int_eq(vprim_mock_rw(f, REGION(0), &byte, 1, true), -EINVAL);
	ck_assert_int_eq(vprim_mock_mmap(f, REGION(0), PAGE), -EINVAL);
	bind.iommufd = i;
	require(!device_call(f, VFIO_DEVICE_BIND_IOMMUFD_, &bind));
	ck_assert_int_eq(vprim_mock_rw(f, REGION(0), &byte, 1, true), -EIO);
	take_bus(d);
	require(!device_call(f, VFIO_DEVICE_GET_INFO_, info));
	ck_assert_uint_eq(info[1], VPRIM_VFIO_CAP_DEVICE_PCI);
	ck_assert_int_eq(device_call(f, VFIO_DEVICE_RESET_, NULL), -EINVAL);
	writes(f, REGION(0) + 5, 1, 7);
	ck_assert_uint_eq(reads(f, REGION(0) + 5, 1), 7);
	ck_assert_int_eq(vprim_mock_rw(f, REGION(1), &byte, 1, false), -EOPNOTSUPP);
	ck_assert_int_eq(vprim_mock_rw(f, REGION(1), &byte, 1, true), -EINVAL);
	ck_assert_int_eq(vprim_mock_mmap(f, REGION(0), PAGE), 0);
	ck_assert_int_eq(vprim_mock_mmap(f, REGION(0), PAGE + 1), -EINVAL);
	ck_assert_int_eq(vprim_mock_mmap(f, REGION(0) + PAGE, PAGE), -EINVAL);
	ck_assert_int_eq(vprim_mock_mmap(f, REGION(0) + 2 * PAGE, PAGE), 0);
	ck_assert_int_eq(vprim_mock_mmap(f, REGION(1), PAGE), -EINVAL);
	ck_assert_int_eq(vprim_mock_mmap(f, REGION(16), PAGE), -EINVAL);
	/* The table's BAR has areas of its own; a list too long is not cut. */
	require(!device_call(f, VFIO_DEVICE_GET_REGION_INFO_, region));
	ck_assert_uint_eq(region[8] & 0xffff, VPRIM_VFIO_CAP_SPARSE_MMAP);
	ck_assert_uint_eq(region[9], 0);
	region[0] = sizeof(region);
	region[2] = 2;
	ck_assert_int_lt(device_call(f, VFIO_DEVICE_GET_REGION_INFO_, region), 0);
	region[2] = 8;				/* VGA, which no PCI device here has */
	ck_assert_int_eq(device_call(f, VFIO_DEVICE_GET_REGION_INFO_, region), -EINVAL);
	region[2] = 9;
	ck_assert_int_eq(device_call(f, VFIO_DEVICE_GET_REGION_INFO_, region), -EINVAL);
	require(!device_call(f, VFIO_DEVICE_GET_PCI_HOT_RESET_INFO_, &bus));
	ck_assert(bus.one[0].segment == 0xab && bus.one[0].bus == 0xcd &&
		  bus.one[0].devfn == 0xff);
	ck_assert(!vprim_mock_poll(mock));
	vprim_mock_unplug(d);
	vprim_mock_unplug(edu);
	halt();
}
END_TEST

START_TEST(a_region_of_its_own_has_its_type)
{
	uint32_t region[32] = { sizeof(region), 0, 9 };
	struct vprim_mock_device *card;
	struct vprim_mock_file *f;

	boot();
	require(!vprim_mock_add(mock, vprim_mock_model_find("card"), "0000:02:00.0", 7, NULL,
				&card));
	f = bound(card, open_file("/dev/iommu"));
	require(!device_call(f, VFIO_DEVICE_GET_REGION_INFO_, region));
	ck_assert_uint_eq(region[8] & 0xffff, VPRIM_VFIO_CAP_TYPE);
	ck_assert(region[10] == 0x80001234 && region[11] == 1);
	region[2] = 16;
	ck_assert_int_eq(device_call(f, VFIO_DEVICE_GET_REGION_INFO_, region), -EINVAL);
	halt();
}
END_TEST

START_TEST(what_is_exported_is_a_piece_of_memory)
{
	static const struct {
		const char *name;
		uint32_t argsz, flags;
		struct vfio_feature_dma_buf_ get;
		struct vfio_dma_range_ range;
		int ret;
	} rows[] = {
		{ "probed to be set", 40, 0x6000b, { 4, 0, 0, 1 }, { 0, PAGE }, -EINVAL },
		{ "probed", 40, 0x4000b, { 4, 0, 0, 1 }, { 0, PAGE }, 0 },
		{ "an unknown flag", 40, 0x9000b, { 4, 0, 0, 1 }, { 0, PAGE }, -EINVAL },
		{ "set", 40, 0x2000b, { 4, 0, 0, 1 }, { 0, PAGE }, -EINVAL },
		{ "neither", 40, 0x0000b, { 4, 0, 0, 1 }, { 0, PAGE }, -EINVAL },
		{ "too short", 23, 0x1000b, { 4, 0, 0, 1 }, { 0, PAGE }, -EINVAL },
		{ "a flag", 40, 0x1000b, { 4, 0, 1, 1 }, { 0, PAGE }, -EINVAL },
		{ "two ranges", 40, 0x1000b, { 4, 0, 0, 2 }, { 0, PAGE }, -EINVAL },
		{ "an open flag", 40, 0x1000b, { 4, 0x40, 0, 1 }, { 0, PAGE }, -EINVAL },
		{ "the ROM", 40, 0x1000b, { 6, 0, 0, 1 }, { 0, PAGE }, -EINVAL },
		{ "no region", 40, 0x1000b, { 1, 0, 0, 1 }, { 0, PAGE }, -EINVAL },
		{ "nothing", 40, 0x1000b, { 4, 0, 0, 1 }, { 0, 0 }, -EINVAL },
		{ "half a page", 40, 0x1000b, { 4, 0, 0, 1 }, { 0, 2048 }, -EINVAL },
		{ "behind the end", 40, 0x1000b, { 4, 0, 0, 1 }, { 0xff000, 2 * PAGE }, -EINVAL },
		{ "all of it", 40, 0x1000b, { 4, 2, 0, 1 }, { 0, 0x100000 }, 1 },
	};
	struct {
		struct vfio_feature_ head;
		struct vfio_feature_dma_buf_ get;
		struct vfio_dma_range_ range;
	} q;
	struct vprim_mock_device *card;
	struct vprim_mock_file *f;
	size_t n;
	int ret;

	boot();
	require(!vprim_mock_add(mock, vprim_mock_model_find("card"), "0000:02:00.0", 7, NULL,
				&card));
	f = bound(card, open_file("/dev/iommu"));
	for (n = 0; n < VPRIM_ARRAY_LEN(rows); n++) {
		q.head = (struct vfio_feature_){ rows[n].argsz, rows[n].flags };
		q.get = rows[n].get;
		q.range = rows[n].range;
		ret = device_call(f, VFIO_DEVICE_FEATURE_, &q);
		ck_assert_msg(rows[n].ret < 1 ? ret == rows[n].ret : ret >= 1000,
			      "%s: %d", rows[n].name, ret);
	}
	halt();
}
END_TEST

/* edu reads out of a card's memory; what is no such file, or too long, is not mapped. */
START_TEST(a_buffer_is_read_by_another_device)
{
	struct {
		struct vfio_feature_ head;
		struct vfio_feature_dma_buf_ get;
		struct vfio_dma_range_ range;
	} q = { { sizeof(q), 11 | VFIO_FEATURE_GET_ },
		{ .region = 4, .nr_ranges = 1 }, { PAGE, 2 * PAGE } };
	struct vfio_attach_iommufd_pt_ attach = { .argsz = sizeof(attach) };
	struct iommu_ioas_alloc_ ioas = { .size = sizeof(ioas) };
	struct iommu_ioas_map_file_ map = { .size = sizeof(map), .flags = 7,
					    .length = PAGE, .iova = 0x10000 };
	struct vprim_mock_device *edu = boot(), *card;
	int i = open_file("/dev/iommu");
	struct vprim_mock_file *e = bound(edu, i), *c;
	char byte = 0;

	require(!vprim_mock_add(mock, vprim_mock_model_find("card"), "0000:02:00.0", 7, NULL,
				&card));
	c = bound(card, i);
	take_bus(edu);
	require(!call(i, IOMMU_IOAS_ALLOC_, &ioas));
	attach.pt_id = map.ioas_id = ioas.out_ioas_id;
	require(!device_call(e, VFIO_DEVICE_ATTACH_IOMMUFD_PT_, &attach));
	map.fd = device_call(c, VFIO_DEVICE_FEATURE_, &q);
	((char *)vprim_mock_memory(card, 4))[PAGE + 3] = 0x77;
	require(!call(i, IOMMU_IOAS_MAP_FILE_, &map));
	ck_assert_int_eq(vprim_mock_dma(edu, 0x10003, &byte, 1, false), 0);
	ck_assert_int_eq(byte, 0x77);
	map.iova = 0x20000;
	map.start = 2 * PAGE + 1;
	ck_assert_int_eq(call(i, IOMMU_IOAS_MAP_FILE_, &map), -EINVAL);
	map.start = 0;
	map.fd = i;
	ck_assert_int_eq(call(i, IOMMU_IOAS_MAP_FILE_, &map), -EBADF);
	/* A copy in the same place is of the same file. */
	map.fd = 200;
	require(!call(i, IOMMU_IOAS_MAP_FILE_, &map));
	require(!call(i, IOMMU_IOAS_COPY_, &(struct iommu_ioas_copy_){
		40, 7, map.ioas_id, map.ioas_id, PAGE, 0x30000, 0x20000 }));
	ck_assert_int_eq(outside.held, 1);
	require(!call(i, IOMMU_IOAS_UNMAP_, &(struct iommu_ioas_unmap_){
		24, map.ioas_id, 0x20000, PAGE }));
	ck_assert_int_eq(outside.held, 1);
	byte = 5;
	ck_assert_int_eq(vprim_mock_dma(edu, 0x30001, &byte, 1, true), 0);
	ck_assert_uint_eq(arena[1], 5);
	halt();
}
END_TEST

/* -- other outsides ------------------------------------------------------------------------- */

/* Nothing is given: the program's memory is the process's, and nobody listens. */
START_TEST(an_outside_may_give_nothing)
{
	static const struct vprim_mock_ops none;
	struct vprim_mock_config config = {
		.ops = &none, .alloc = &test_alloc_ops, .alloc_ctx = &outside.memory,
	};
	struct vfio_dma_map_ map = { sizeof(map), 3, (uintptr_t)arena, 0x5000, PAGE };
	struct vfio_dma_unmap_ unmap = { sizeof(unmap), 0, 0x5000, PAGE };
	struct vfio_attach_iommufd_pt_ attach = { .argsz = sizeof(attach), .pt_id = 2 };
	struct iommu_ioas_alloc_ ioas = { .size = sizeof(ioas) };
	struct iommu_ioas_map_ area = {
		.size = sizeof(area), .flags = 7, .ioas_id = 2,
		.user_va = (uintptr_t)arena, .length = PAGE, .iova = 0x1000,
	};
	struct iommu_ioas_map_file_ file = { .size = sizeof(file), .flags = 7,
					     .ioas_id = 2, .fd = 200, .length = PAGE };
	struct irqs on = { { sizeof(on), 0x24, 1, 0, 1 }, { 100 } };
	struct vprim_mock_device *edu;
	struct vprim_mock_file *f;
	char byte = 9;
	int c, g, i;

	memset(&outside, 0, sizeof(outside));
	vprim_mock_free(NULL);
	require(!vprim_mock_new(&mock, &config));
	require(!vprim_mock_add(mock, vprim_mock_model_find("edu"), EDU, 16, NULL, &edu));
	vprim_mock_sys(mock, &sys);
	take_bus(edu);
	c = open_file("/dev/vfio/vfio");
	g = open_file("/dev/vfio/16");
	require(!call(g, VFIO_GROUP_SET_CONTAINER_, &c));
	require(!number(c, VFIO_SET_IOMMU_, 3));
	require(!call(c, VFIO_IOMMU_MAP_DMA_, &map));
	require(!vprim_mock_dma(edu, 0x5001, &byte, 1, true));
	ck_assert_uint_eq(arena[1], 9);
	arena[1] = 8;
	require(!vprim_mock_dma(edu, 0x5001, &byte, 1, false));
	ck_assert_int_eq(byte, 8);
	require(!call(c, VFIO_IOMMU_UNMAP_DMA_, &unmap));
	sys.close(sys.ctx, c);
	sys.close(sys.ctx, g);
	i = open_file("/dev/iommu");
	f = bound(edu, i);
	ck_assert_int_eq(device_call(f, VFIO_DEVICE_SET_IRQS_, &on), -EBADF);
	require(!call(i, IOMMU_IOAS_ALLOC_, &ioas));
	require(!device_call(f, VFIO_DEVICE_ATTACH_IOMMUFD_PT_, &attach));
	require(!call(i, IOMMU_IOAS_MAP_, &area));
	require(!vprim_mock_dma(edu, 0x1002, &byte, 1, true));
	ck_assert_uint_eq(arena[2], 8);
	require(!call(i, IOMMU_IOAS_UNMAP_, &(struct iommu_ioas_unmap_){ 24, 2, 0, M }));
	ck_assert_int_eq(call(i, IOMMU_IOAS_MAP_FILE_, &file), -EBADF);
	halt();
}
END_TEST

/* Takes hold of files and events, and never lets go, hears or looks. */
START_TEST(an_outside_may_only_take)
{
	struct vprim_mock_ops some = ops;
	struct vprim_mock_config config = {
		.ops = &some, .alloc = &test_alloc_ops, .alloc_ctx = &outside.memory,
	};
	struct vfio_attach_iommufd_pt_ attach = { .argsz = sizeof(attach), .pt_id = 2 };
	struct iommu_ioas_alloc_ ioas = { .size = sizeof(ioas) };
	struct iommu_ioas_map_file_ file = { .size = sizeof(file), .flags = 7,
					     .ioas_id = 2, .fd = 200, .length = PAGE,
					     .iova = 0x1000 };
	struct irqs on = { { sizeof(on), 0x24, 0, 0, 1 }, { 100 } };
	struct vprim_mock_device *edu;
	struct vprim_mock_file *f;
	char byte = 9;
	int i;

	memset(&outside, 0, sizeof(outside));
	some.event_put = some.memfd_put = NULL;
	some.event_signal = NULL;
	some.event_watch = NULL;
	some.memfd_rw = NULL;
	require(!vprim_mock_new(&mock, &config));
	require(!vprim_mock_add(mock, vprim_mock_model_find("edu"), EDU, 16, NULL, &edu));
	vprim_mock_sys(mock, &sys);
	take_bus(edu);
	i = open_file("/dev/iommu");
	f = bound(edu, i);
	require(!device_call(f, VFIO_DEVICE_SET_IRQS_, &on));
	vprim_mock_intx(edu, true);
	on.set.flags = 0x14;
	require(!device_call(f, VFIO_DEVICE_SET_IRQS_, &on));
	on.set.flags = 0x24;
	on.set.index = 4;
	require(!device_call(f, VFIO_DEVICE_SET_IRQS_, &on));
	vprim_mock_unplug(edu);
	ck_assert_uint_eq(outside.events[0], 0);
	require(!call(i, IOMMU_IOAS_ALLOC_, &ioas));
	require(!device_call(f, VFIO_DEVICE_ATTACH_IOMMUFD_PT_, &attach));
	require(!call(i, IOMMU_IOAS_MAP_FILE_, &file));
	ck_assert_int_eq(vprim_mock_dma(edu, 0x1000, &byte, 1, true), -EFAULT);
	ck_assert_str_eq(outside.last, "the memory behind the mapping is gone");
	ck_assert_int_eq(outside.held, 4);
	outside.held = 0;
	halt();
}
END_TEST

/* As a server of other processes has it: descriptors and mapped memory are its own. */
static struct vprim_mock_file *table[64];
static int next_fd;

static int table_file(void *ctx, uint64_t task, int32_t fd, struct vprim_mock_file **file)
{
	(void)ctx;
	(void)task;
	if (fd >= (int)VPRIM_ARRAY_LEN(table))
		return -EBADF;
	*file = table[fd];		/* or none of the kernel's */
	return 0;
}

static int table_install(void *ctx, uint64_t task, struct vprim_mock_file *file)
{
	(void)ctx;
	(void)task;
	if (next_fd == (int)VPRIM_ARRAY_LEN(table))
		return -EMFILE;
	table[next_fd] = file;
	return next_fd++;
}

static _Alignas(4096) uint8_t bar0[1 << 20];

static void *table_memory(void *ctx, struct vprim_mock_device *d, uint32_t index,
			  uint64_t size)
{
	(void)ctx;
	(void)d;
	return !index && size <= sizeof(bar0) ? bar0 : NULL;
}

START_TEST(a_server_has_descriptors_of_its_own)
{
	struct vprim_mock_ops server = ops;
	struct vprim_mock_config config = {
		.ops = &server, .alloc = &test_alloc_ops, .alloc_ctx = &outside.memory,
	};
	struct vfio_bind_iommufd_ bind = { .argsz = 16, .iommufd = 3 };
	struct {
		struct vfio_hot_reset_ head;
		int32_t fd[1];
	} reset = { .head = { sizeof(reset), 0, 1 }, .fd = { 3 } };
	struct iommu_ioas_alloc_ ioas = { .size = sizeof(ioas) };
	struct iommu_ioas_map_file_ file = { .size = sizeof(file), .flags = 7,
					     .ioas_id = 1, .fd = 3, .length = PAGE,
					     .iova = 0x1000 };
	struct vprim_mock_device *edu;
	int c, g, d, i, none = 3, bad = 64;

	memset(&outside, 0, sizeof(outside));
	server.file = table_file;
	server.install = table_install;
	server.memory = table_memory;
	next_fd = 5;
	require(!vprim_mock_new(&mock, &config));
	ck_assert_int_eq(vprim_mock_add(mock, vprim_mock_model_find("card"), "0000:02:00.0", 7,
					NULL, &edu), -ENOMEM);
	require(!vprim_mock_add(mock, vprim_mock_model_find("edu"), EDU, 16, NULL, &edu));
	ck_assert_ptr_eq(vprim_mock_memory(edu, 0), bar0);
	vprim_mock_sys(mock, &sys);
	c = open_file("/dev/vfio/vfio");
	g = open_file("/dev/vfio/16");
	ck_assert(c == 5 && g == 6);
	ck_assert_int_eq(call(none, VFIO_GROUP_GET_STATUS_, NULL), -ENOTTY);
	ck_assert_int_eq(call(g, VFIO_GROUP_SET_CONTAINER_, &none), -EBADFD);
	ck_assert_int_eq(call(g, VFIO_GROUP_SET_CONTAINER_, &bad), -EBADF);
	require(!call(g, VFIO_GROUP_SET_CONTAINER_, &c));
	require(!number(c, VFIO_SET_IOMMU_, 3));
	d = call(g, VFIO_GROUP_GET_DEVICE_FD_, (char[]){ EDU });
	ck_assert_int_eq(d, 7);
	ck_assert_int_eq(call(d, VFIO_DEVICE_PCI_HOT_RESET_, &reset), -EINVAL);
	ck_assert_int_eq(vprim_mock_mmap(table[c], REGION(0), PAGE), -EINVAL);
	ck_assert_int_eq(vprim_mock_rw(table[c], REGION(0), &bad, 4, false), -EINVAL);
	ck_assert_ptr_eq(vprim_mock_file_device(table[d]), edu);
	ck_assert_int_eq(vprim_mock_file_kind(table[c]), VPRIM_MOCK_CONTAINER);
	i = open_file("/dev/iommu");
	require(!call(i, IOMMU_IOAS_ALLOC_, &ioas));
	ck_assert_int_eq(call(i, IOMMU_IOAS_MAP_FILE_, &file), -EBADF);
	sys.close(sys.ctx, none);
	sys.close(sys.ctx, d);
	sys.close(sys.ctx, g);
	d = open_file("/dev/vfio/devices/vfio0");
	ck_assert_int_eq(call(d, VFIO_DEVICE_BIND_IOMMUFD_, &bind), -EBADFD);
	/* Its table is full: the file is gone again. */
	next_fd = (int)VPRIM_ARRAY_LEN(table);
	ck_assert_int_eq(open_file("/dev/vfio/16"), -EMFILE);
	next_fd = 20;
	ck_assert_int_ge(open_file("/dev/vfio/16"), 20);
	halt();
}
END_TEST

/* -- several groups and devices ------------------------------------------------------------ */

START_TEST(groups_share_a_container)
{
	struct vfio_dma_map_ map = { sizeof(map), 3, (uintptr_t)arena, 0x5000, PAGE };
	struct vprim_mock_device *two;
	int c, g, h;

	boot();
	require(!vprim_mock_add(mock, vprim_mock_model_find("edu"), "0000:02:00.0", 17, NULL,
				&two));
	c = open_file("/dev/vfio/vfio");
	g = open_file("/dev/vfio/16");
	h = open_file("/dev/vfio/17");
	/* In and out again before there is an IOMMU. */
	require(!call(g, VFIO_GROUP_SET_CONTAINER_, &c));
	require(!number(g, VFIO_GROUP_UNSET_CONTAINER_, 0));
	require(!call(g, VFIO_GROUP_SET_CONTAINER_, &c));
	require(!call(h, VFIO_GROUP_SET_CONTAINER_, &c));
	starves(number(c, VFIO_SET_IOMMU_, 3));
	require(!call(c, VFIO_IOMMU_MAP_DMA_, &map));
	require(!number(h, VFIO_GROUP_UNSET_CONTAINER_, 0));
	ck_assert_uint_eq(outside.left, 0);
	ck_assert_int_eq(call(c, VFIO_IOMMU_MAP_DMA_, &map), -EEXIST);
	starves(call(h, VFIO_GROUP_SET_CONTAINER_, &c));
	require(!number(g, VFIO_GROUP_UNSET_CONTAINER_, 0));
	ck_assert_int_eq(call(c, VFIO_IOMMU_MAP_DMA_, &map), -EEXIST);
	require(!number(h, VFIO_GROUP_UNSET_CONTAINER_, 0));
	ck_assert_uint_eq(outside.left, 1);
	halt();
}
END_TEST

/* More mappings than a number of 32 bits are said to be as many as it holds. */
START_TEST(a_limit_of_mappings_is_told)
{
	struct vprim_mock_config config = {
		.ops = &ops, .alloc = &test_alloc_ops, .alloc_ctx = &outside.memory,
		.limited = true, .entry_limit = UINT64_C(1) << 33,
	};
	struct vprim_mock_device *edu;
	uint32_t info[64] = { sizeof(info) }, at;
	int c, g;

	memset(&outside, 0, sizeof(outside));
	require(!vprim_mock_new(&mock, &config));
	require(!vprim_mock_add(mock, vprim_mock_model_find("edu"), EDU, 16, NULL, &edu));
	vprim_mock_sys(mock, &sys);
	c = open_file("/dev/vfio/vfio");
	g = open_file("/dev/vfio/16");
	require(!call(g, VFIO_GROUP_SET_CONTAINER_, &c));
	require(!number(c, VFIO_SET_IOMMU_, 3));
	require(!call(c, VFIO_IOMMU_GET_INFO_, info));
	for (at = info[4]; at && (info[at / 4] & 0xffff) != VPRIM_VFIO_CAP_DMA_AVAIL;)
		at = info[at / 4 + 1];
	ck_assert_uint_gt(at, 0);
	ck_assert_uint_eq(info[at / 4 + 2], UINT32_MAX);
	halt();
}
END_TEST

/* A mapping whose address was given up is not missed; a bitmap goes in pieces. */
START_TEST(a_long_bitmap_and_a_lost_address)
{
	static uint64_t bits[64];
	struct vfio_dma_map_ map = { sizeof(map), 3, (uintptr_t)arena, 0, 4096 * PAGE };
	struct vfio_dma_unmap_ unmap = { sizeof(unmap), 4, 0, 4096 * PAGE };
	struct vfio_dirty_range_ dirty = { .argsz = 8, .flags = 1 };
	size_t n;
	int c, g;

	boot();
	c = open_file("/dev/vfio/vfio");
	g = open_file("/dev/vfio/16");
	require(!call(g, VFIO_GROUP_SET_CONTAINER_, &c));
	require(!number(c, VFIO_SET_IOMMU_, 3));
	require(!call(c, VFIO_IOMMU_MAP_DMA_, &map));
	require(!call(c, VFIO_IOMMU_DIRTY_PAGES_, &dirty));
	dirty = (struct vfio_dirty_range_){ sizeof(dirty), 4, 0, 4096 * PAGE,
					    { PAGE, sizeof(bits), (uintptr_t)bits } };
	require(!call(c, VFIO_IOMMU_DIRTY_PAGES_, &dirty));
	for (n = 0; n < VPRIM_ARRAY_LEN(bits); n++)
		ck_assert_uint_eq(bits[n], M);
	require(!call(c, VFIO_IOMMU_UNMAP_DMA_, &unmap));
	outside.unpinned = -ENOENT;
	unmap.flags = 0;
	unmap.size = 4096 * PAGE;
	require(!call(c, VFIO_IOMMU_UNMAP_DMA_, &unmap));
	ck_assert(outside.unpins && !outside.freed);
	halt();
}
END_TEST

START_TEST(written_pages_are_counted_one_by_one)
{
	struct iommu_hwpt_set_dirty_ track = { sizeof(track), 1, 3, 0 };
	uint64_t bits = 0;
	struct iommu_hwpt_get_dirty_ get = { sizeof(get), 3, 0, 0, 0x10000, 8 * PAGE,
					     PAGE, (uintptr_t)&bits };
	int i;
	struct vprim_mock_device *edu = boot_with_hwpt(8 * PAGE, &i);
	char bytes[2 * 4096] = { 0 };

	require(!call(i, IOMMU_HWPT_SET_DIRTY_TRACKING_, &track));
	require(!vprim_mock_dma(edu, 0x12800, bytes, sizeof(bytes), true));
	/* On already: nothing begins anew. */
	require(!call(i, IOMMU_HWPT_SET_DIRTY_TRACKING_, &track));
	get.flags = 1;
	fails_by_copies(call(i, IOMMU_HWPT_GET_DIRTY_BITMAP_, &get), bits = 0);
	ck_assert_uint_eq(bits, 0x1c);
	get.page_bytes = 0;
	ck_assert_int_eq(call(i, IOMMU_HWPT_GET_DIRTY_BITMAP_, &get), -EINVAL);
	get.page_bytes = PAGE;
	/* Up to the last of them, and no further. */
	get.length = 5 * PAGE;
	get.flags = 0;
	bits = 0;
	require(!call(i, IOMMU_HWPT_GET_DIRTY_BITMAP_, &get));
	ck_assert_uint_eq(bits, 0x1c);
	/* What there was no memory for is not known. */
	outside.memory.countdown = 1;
	require(!vprim_mock_dma(edu, 0x10800, bytes, 1, true));
	outside.memory.countdown = 0;
	track.flags = 0;
	require(!call(i, IOMMU_HWPT_SET_DIRTY_TRACKING_, &track));
	ck_assert_int_eq(call(i, IOMMU_HWPT_GET_DIRTY_BITMAP_, &get), -EINVAL);
	require(!vprim_mock_dma(edu, 0x10800, bytes, 1, true));
	halt();
}
END_TEST

/* A second device comes into the page table that the first had made, or fails. */
START_TEST(a_second_device_shares_the_page_table)
{
	struct vfio_attach_iommufd_pt_ attach = { .argsz = sizeof(attach), .pt_id = 3 };
	struct iommu_ioas_alloc_ ioas = { .size = sizeof(ioas) };
	struct iommu_ioas_map_ map = {
		.size = sizeof(map), .flags = 7, .ioas_id = 3,
		.user_va = (uintptr_t)arena, .length = PAGE, .iova = 0x1000,
	};
	struct vprim_mock_device *a = boot_with(_i ? "none" : "intel48", NULL), *b;
	struct vprim_mock_file *f, *g;
	int i = open_file("/dev/iommu");

	require(!vprim_mock_add(mock, vprim_mock_model_find("edu"), "0000:02:00.0", 17, NULL, &b));
	f = bound(a, i);
	g = bound(b, i);
	require(!call(i, IOMMU_IOAS_ALLOC_, &ioas));
	require(!call(i, IOMMU_IOAS_MAP_, &map));
	starves((attach.pt_id = 3, device_call(f, VFIO_DEVICE_ATTACH_IOMMUFD_PT_, &attach)));
	ck_assert_uint_eq(attach.pt_id, _i ? 3 : 4);
	attach.pt_id = 3;
	outside.unpinnable = !_i;
	ck_assert_int_eq(device_call(g, VFIO_DEVICE_ATTACH_IOMMUFD_PT_, &attach),
			 _i ? 0 : -EFAULT);
	outside.unpinnable = false;
	attach.pt_id = 3;
	require(!device_call(g, VFIO_DEVICE_ATTACH_IOMMUFD_PT_, &attach));
	ck_assert_uint_eq(attach.pt_id, _i ? 3 : 4);
	vprim_mock_close(f);
	ck_assert_int_eq(call(i, IOMMU_DESTROY_, &(struct iommu_destroy_){ 8, 3 }), -EBUSY);
	halt();
}
END_TEST

/* -- bad input ------------------------------------------------------------------------- */

static const char *const paths[] = {
	"/dev/vfio/vfio", "/dev/vfio/16", "/dev/vfio/7", "/dev/iommu",
	"/dev/vfio/devices/vfio0", "/dev/vfio/devices/vfio1",
	"/dev/vfio/devices/vfio2",
};

/* A number that has a chance to mean something. */
static uint64_t plausible(struct test_rng *rng, const int *fds)
{
	switch (test_rng_below(rng, 10)) {
	case 0:
		return (uint64_t)fds[test_rng_below(rng, 8)];
	case 1:
		return 100 + test_rng_below(rng, 16);
	case 2:
		return (uintptr_t)arena + test_rng_below(rng, sizeof(arena));
	case 3:
		return (uintptr_t)arena + PAGE * test_rng_below(rng, 16);
	case 4:
		return PAGE * test_rng_below(rng, 64);
	case 5:
		return M - PAGE * test_rng_below(rng, 3) - test_rng_below(rng, 2) * 4095;
	case 6:
		return test_rng_next(rng);
	default:
		return test_rng_below(rng, 48);
	}
}

/* Slot i holds a file of paths[i], or a device from a group, or an errno. */
static void reopen(int *fds, uint64_t i)
{
	if (fds[i] >= 0)
		sys.close(sys.ctx, fds[i]);
	fds[i] = open_file(paths[i % VPRIM_ARRAY_LEN(paths)]);
}

/* What programs do first, with files that may or may not be fit for it. */
static void settle(struct test_rng *rng, int *fds)
{
	struct vfio_bind_iommufd_ *bind = (void *)arena;
	struct vfio_attach_iommufd_pt_ *attach = (void *)arena;
	struct iommu_ioas_alloc_ *ioas = (void *)arena;
	int a = fds[1 + test_rng_below(rng, 2)], b = fds[test_rng_below(rng, 8) ? 0 : 3];
	int got;

	*(int *)(void *)arena = b;
	call(a, VFIO_GROUP_SET_CONTAINER_, arena);
	number(b, VFIO_SET_IOMMU_, test_rng_below(rng, 2) ? 3 : 1);
	memcpy(arena, test_rng_below(rng, 2) ? EDU : "0000:02:00.0", 13);
	got = call(a, VFIO_GROUP_GET_DEVICE_FD_, arena);
	if (got >= 1000) {
		if (fds[7] >= 0)
			sys.close(sys.ctx, fds[7]);
		fds[7] = got;
	}
	a = fds[4 + test_rng_below(rng, 3)];
	b = fds[3];
	*bind = (struct vfio_bind_iommufd_){ sizeof(*bind), 0, b, 0, 0 };
	call(a, VFIO_DEVICE_BIND_IOMMUFD_, arena);
	*ioas = (struct iommu_ioas_alloc_){ sizeof(*ioas), 0, 0 };
	call(b, IOMMU_IOAS_ALLOC_, arena);
	*attach = (struct vfio_attach_iommufd_pt_){ sizeof(*attach), 0,
						    (uint32_t)test_rng_below(rng, 5) };
	call(a, VFIO_DEVICE_ATTACH_IOMMUFD_PT_, arena);
}

/* Sizes as structures have them, flags and ids that are small, whole pages. */
static void fill(struct test_rng *rng, const int *fds, uint32_t *args)
{
	static const uint8_t sizes[] = { 8, 12, 16, 20, 24, 24, 32, 32, 40, 40, 48, 64 };
	int i;

	for (i = 0; i < 16; i += 2) {
		uint64_t v = test_rng_below(rng, 2) ? PAGE * test_rng_below(rng, 8) :
			     (uintptr_t)arena + PAGE * test_rng_below(rng, 16);

		if (!i)
			v = test_rng_below(rng, 8) << 32;
		else if (i == 2 && test_rng_below(rng, 2))
			v = test_rng_below(rng, 5);
		else if (!test_rng_below(rng, 4))
			v = plausible(rng, fds);
		memcpy(args + i, &v, 8);
		if (!test_rng_below(rng, 16))
			args[i + 1] = (uint32_t)plausible(rng, fds);
	}
	if (test_rng_below(rng, 8))
		args[0] = sizes[test_rng_below(rng, sizeof(sizes))];
	if (!test_rng_below(rng, 16))
		memcpy(args, test_rng_below(rng, 2) ? EDU : "0000:02:00.0", 13);
}

static void random_call(struct test_rng *rng, int *fds, uint64_t *done)
{
	/* Half of it are mapping calls. */
	static const uint8_t mapping[] = { 112, 113, 113, 114, 117, 0x83, 0x84, 0x85,
					   0x85, 0x86 };
	uint64_t slot = test_rng_below(rng, 8);
	uint32_t nr = (uint32_t)(test_rng_below(rng, 2) ?
				 mapping[test_rng_below(rng, sizeof(mapping))] :
				 test_rng_below(rng, 2) ?
				 100 + test_rng_below(rng, 21) :
				 0x80 + test_rng_below(rng, 16));
	uint32_t *args = (uint32_t *)(void *)(arena + test_rng_below(rng, 32) * 8);
	int ret;

	if (!test_rng_below(rng, 32))
		settle(rng, fds);
	if (!test_rng_below(rng, 128) || fds[slot] < 0)
		reopen(fds, slot);
	fill(rng, fds, args);
	outside.memory.countdown = test_rng_below(rng, 8) ? 0 : 1 + test_rng_below(rng, 6);
	ret = number(fds[slot], VFIO_REQUEST_(nr), test_rng_below(rng, 16) ?
		     (uintptr_t)args : (uintptr_t)plausible(rng, fds));
	if (ret >= 1000)
		sys.close(sys.ctx, ret);
	*done += ret >= 0;
	outside.memory.countdown = 0;
}

START_TEST(no_call_breaks_it)
{
	struct test_rng rng = test_rng_seed(0x30c4);
	struct vprim_mock_device *edu = boot(), *a;
	uint64_t steps = test_steps(400000), i, done = 0;
	int fds[8];
	char bytes[64];

	require(!vprim_mock_add(mock, vprim_mock_model_find("card"), "0000:02:00.0", 7, NULL, &a));
	require(!vprim_mock_add(mock, vprim_mock_model_find("card"), "0000:02:00.1", 7, NULL, &a));
	for (i = 0; i < 8; i++)
		fds[i] = -1;
	outside.bounded = true;
	for (i = 0; i < steps; i++) {
		random_call(&rng, fds, &done);
		if (i % 16)
			continue;
		vprim_mock_dma(edu, plausible(&rng, fds), bytes,
			       test_rng_below(&rng, sizeof(bytes)), i & 1);
		vprim_mock_poll(mock);
	}
	ck_assert_uint_gt(done, steps / 100);
	halt();
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("mock");
	TCase *tc = tcase_create("mock");

	tcase_set_timeout(tc, 120);
	tcase_add_test(tc, groups_and_containers_go_in_the_kernels_order);
	tcase_add_test(tc, a_last_group_takes_the_iommu_along);
	tcase_add_test(tc, iommufd_objects_go_in_the_kernels_order);
	tcase_add_test(tc, iommufd_structures_may_grow_with_zeroes);
	tcase_add_loop_test(tc, edu_copies_at_the_top_of_each_aperture_both_ways, 0,
			    2 * VPRIM_ARRAY_LEN(profiles));
	tcase_add_loop_test(tc, memory_that_cannot_be_pinned_is_refused, 0, 2);
	tcase_add_loop_test(tc, set_irqs_table, 0, VPRIM_ARRAY_LEN(irq_rows));
	tcase_add_loop_test(tc, irq_info_of_edu, 0, 3);
	tcase_add_loop_test(tc, vectors_are_added_to_msix_as_the_release_allows, 0, 3);
	tcase_add_test(tc, intx_masks_itself_and_comes_again_while_raised);
	tcase_add_test(tc, a_command_given_at_the_interrupt_is_not_lost);
	tcase_add_test(tc, msi_is_sent_and_factorials_are_right);
	tcase_add_test(tc, configuration_space_sizes_its_bars);
	tcase_add_test(tc, card_has_areas_a_type_and_two_functions);
	tcase_add_test(tc, an_iommufd_resets_the_groups_that_it_has);
	tcase_add_test(tc, a_bus_is_reset_by_who_shows_its_groups);
	tcase_add_test(tc, features_are_probed_and_buffers_exported);
	tcase_add_test(tc, a_buffer_is_mapped_for_another_device_until_a_reset);
	tcase_add_test(tc, a_cut_mapping_keeps_what_it_is_of);
	tcase_add_test(tc, written_pages_are_told_by_a_hwpt);
	tcase_add_test(tc, dirty_bits_of_a_container_reach_the_programs_bitmap);
	tcase_add_test(tc, paths_are_taken_to_the_letter);
	tcase_add_test(tc, sysfs_links_are_those_of_the_devices);
	tcase_add_test(tc, devices_are_added_as_they_are_named);
	tcase_add_loop_test(tc, a_kernel_may_lack_one_way, 0, 2);
	tcase_add_test(tc, an_unplugged_device_is_asked_for_back);
	tcase_add_test(tc, a_name_is_a_string_of_a_page);
	tcase_add_test(tc, a_containers_calls_fail_by_their_copies_and_allocations);
	tcase_add_test(tc, a_devices_calls_fail_by_their_copies_and_allocations);
	tcase_add_test(tc, an_iommufds_calls_fail_by_their_copies_and_allocations);
	tcase_add_test(tc, what_iommufd_does_not_know_is_refused);
	tcase_add_test(tc, an_iommufd_stands_for_a_container);
	tcase_add_test(tc, pages_are_pinned_and_their_loss_is_told);
	tcase_add_test(tc, a_containers_pages_are_given_back);
	tcase_add_test(tc, an_access_ends_where_the_addresses_do);
	tcase_add_test(tc, mediated_devices_go_both_ways);
	tcase_add_test(tc, page_tables_of_their_own);
	tcase_add_test(tc, a_failed_move_goes_back);
	tcase_add_test(tc, intx_is_masked_and_sent_by_hand);
	tcase_add_test(tc, msi_is_sent_by_hand);
	tcase_add_test(tc, a_single_event_is_set_sent_and_taken_away);
	tcase_add_loop_test(tc, edus_registers_take_what_edu_takes, 0, 2);
	tcase_add_test(tc, cards_registers_take_what_card_takes);
	tcase_add_test(tc, a_model_may_be_odd);
	tcase_add_test(tc, a_region_of_its_own_has_its_type);
	tcase_add_test(tc, what_is_exported_is_a_piece_of_memory);
	tcase_add_test(tc, a_buffer_is_read_by_another_device);
	tcase_add_test(tc, an_outside_may_give_nothing);
	tcase_add_test(tc, an_outside_may_only_take);
	tcase_add_test(tc, a_server_has_descriptors_of_its_own);
	tcase_add_test(tc, groups_share_a_container);
	tcase_add_test(tc, a_limit_of_mappings_is_told);
	tcase_add_test(tc, a_long_bitmap_and_a_lost_address);
	tcase_add_test(tc, written_pages_are_counted_one_by_one);
	tcase_add_loop_test(tc, a_second_device_shares_the_page_table, 0, 2);
	tcase_add_test(tc, no_call_breaks_it);
	suite_add_tcase(suite, tc);
	return test_main(suite);
}
