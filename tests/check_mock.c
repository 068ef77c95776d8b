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

static int copy_in(void *ctx, uint64_t task, void *to, uint64_t from, size_t n)
{
	(void)ctx;
	(void)task;
	if (!inside(from, n))
		return -EFAULT;
	memcpy(to, (const void *)(uintptr_t)from, n);
	return 0;
}

static int copy_out(void *ctx, uint64_t task, uint64_t to, const void *from, size_t n)
{
	(void)ctx;
	(void)task;
	if (!inside(to, n))
		return -EFAULT;
	memcpy((void *)(uintptr_t)to, from, n);
	return 0;
}

static int pin(void *ctx, uint64_t owner, uint64_t vaddr, uint64_t size, uint32_t prot)
{
	(void)ctx;
	(void)owner;
	(void)prot;
	return inside(vaddr, (size_t)size) && !outside.unpinnable ? 0 : -EFAULT;
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
	if (n->news != VPRIM_MOCK_FAULT)
		return;
	outside.faults++;
	snprintf(outside.last, sizeof(outside.last), "%s", n->text);
}

static const struct vprim_mock_ops ops = {
	.copy_in = copy_in, .copy_out = copy_out, .pin = pin, .dma = dma,
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
	must(!vprim_mock_new(&mock, &config));
	must(!vprim_mock_add(mock, vprim_mock_model_find("edu"), EDU, 16, options, &edu));
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
	must(vprim_mock_poll(mock));
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
		must(arena[i] == (uint8_t)(i * 7));
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
	must(vprim_mock_poll(mock));
	ck_assert_uint_eq(bar[0x24 / 4], 5);
	ck_assert_uint_eq(bar[0x60 / 4], 0);
	ck_assert_uint_eq(outside.events[0], 1);
	bar[0x60 / 4] = 2;
	must(vprim_mock_poll(mock));
	ck_assert_uint_eq(outside.events[0], 1);	/* masked */
	ck_assert_int_eq(set_irqs(0x11, 0, 0, 1, 0), 0);
	ck_assert_uint_eq(outside.events[0], 2);	/* still raised */
	bar[0x64 / 4] = 7;
	must(vprim_mock_poll(mock));
	ck_assert_uint_eq(bar[0x24 / 4], 0);
	ck_assert_int_eq(set_irqs(0x11, 0, 0, 1, 0), 0);
	ck_assert_uint_eq(outside.events[0], 2);
	/* Unmasked by an eventfd. */
	ck_assert_int_eq(set_irqs(0x14, 0, 0, 1, 102), 0);
	ck_assert_ptr_eq(outside.watched, edu);
	bar[0x60 / 4] = 1;
	must(vprim_mock_poll(mock));
	ck_assert_uint_eq(outside.events[0], 3);
	vprim_mock_unmask(edu);
	ck_assert_uint_eq(outside.events[0], 4);
	ck_assert_int_eq(set_irqs(0x21, 0, 0, 0, 0), 0);
	ck_assert_int_eq(outside.held, 0);
	must(!vprim_mock_poll(mock));
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
	must(vprim_mock_poll(mock));
	ck_assert_uint_eq(bar[0x08 / 4], 3628800);
	ck_assert_uint_eq(outside.events[1], 1);
	bar[0x04 / 4] = 0x12345678;
	must(vprim_mock_poll(mock));
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
	must(!vprim_mock_open(mock, path, &f));
	return f;
}

static struct vprim_mock_file *bound(struct vprim_mock_device *d, int iommufd)
{
	struct vfio_bind_iommufd_ bind = { .argsz = sizeof(bind), .iommufd = iommufd };
	struct vprim_mock_file *f = opened(d);

	must(!vprim_mock_ioctl(f, 0, (uint32_t)VFIO_DEVICE_BIND_IOMMUFD_,
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
	must(!vprim_mock_add(mock, vprim_mock_model_find("card"), "0000:02:00.0", 7, NULL, &card));
	f = bound(card, open_file("/dev/iommu"));
	must(!vprim_mock_ioctl(f, 0, (uint32_t)VFIO_DEVICE_GET_IRQ_INFO_,
			       (uintptr_t)&info));
	ck_assert_uint_gt(info.count, 4);
	ck_assert_uint_eq(info.flags & VFIO_IRQ_NORESIZE_,
			  dynamic ? 0 : VFIO_IRQ_NORESIZE_);
	must(!vprim_mock_ioctl(f, 0, (uint32_t)VFIO_DEVICE_SET_IRQS_, (uintptr_t)&r));
	r.set.start = 3;
	ck_assert_int_eq(vprim_mock_ioctl(f, 0, (uint32_t)VFIO_DEVICE_SET_IRQS_,
					  (uintptr_t)&r), dynamic ? 0 : -EINVAL);
	ck_assert_int_eq(outside.held, dynamic ? 4 : 2);
	ck_assert(vprim_mock_msi(card, 4));
	ck_assert_uint_eq(outside.events[1], dynamic ? 1 : 0);
	/* Those that are on can be changed in any release. */
	r.set.start = 0;
	must(!vprim_mock_ioctl(f, 0, (uint32_t)VFIO_DEVICE_SET_IRQS_, (uintptr_t)&r));
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
	must(!vprim_mock_add(mock, vprim_mock_model_find("card"), "0000:02:00.0", 7, NULL, &a));
	must(!vprim_mock_add(mock, vprim_mock_model_find("card"), "0000:02:00.1", 7, NULL, &b));
	ck_assert_int_eq(vprim_mock_add(mock, vprim_mock_model_find("card"), "0000:02:00.1", 7,
					NULL, &b), -EEXIST);
	ck_assert_int_eq(vprim_mock_add(mock, vprim_mock_model_find("card"), "0000:02:00.9", 7,
					NULL, &b), -EINVAL);
	ck_assert_int_eq(vprim_mock_add(mock, vprim_mock_model_find("edu"), "0000:03:00.0", 7,
					"mask=65", &b), -EINVAL);
	i = open_file("/dev/iommu");
	f = bound(a, i);
	answer[8] = 0;
	must(!vprim_mock_ioctl(f, 0, (uint32_t)VFIO_DEVICE_GET_REGION_INFO_,
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
	must(!vprim_mock_add(mock, vprim_mock_model_find("card"), "0000:02:00.0", 7, NULL, &a));
	must(!vprim_mock_add(mock, vprim_mock_model_find("card"), "0000:02:00.1", 8, NULL, &b));
	i = open_file("/dev/iommu");
	f = bound(a, i);
	must(!vprim_mock_ioctl(f, 0, (uint32_t)VFIO_DEVICE_GET_PCI_HOT_RESET_INFO_,
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
	must(!vprim_mock_add(mock, vprim_mock_model_find("card"), "0000:02:00.0", 7, NULL, &a));
	must(!vprim_mock_add(mock, vprim_mock_model_find("card"), "0000:02:00.1", 8, NULL, &b));
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
	must(!vprim_mock_add(mock, vprim_mock_model_find("card"), "0000:02:00.0", 7, NULL, &a));
	must(!vprim_mock_add(mock, vprim_mock_model_find("card"), "0000:02:00.1", 8, NULL, &b));
	c = open_file("/dev/vfio/vfio");
	g = open_file("/dev/vfio/7");
	must(!call(g, VFIO_GROUP_SET_CONTAINER_, &c));
	must(!number(c, VFIO_SET_IOMMU_, 3));
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
	must(!vprim_mock_add(mock, vprim_mock_model_find("card"), "0000:02:00.0", 7, NULL, &a));
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

	must(!vprim_mock_add(mock, vprim_mock_model_find("card"), "0000:02:00.0", 7, NULL, &card));
	memory = vprim_mock_memory(card, 4);
	c = bound(card, i);
	must(vprim_mock_rw(e, REGION(7) + 4, &command, 2, true) == 2);
	must(!call(i, IOMMU_IOAS_ALLOC_, &ioas));
	attach.pt_id = map.ioas_id = ioas.out_ioas_id;
	must(!vprim_mock_ioctl(e, 0, (uint32_t)VFIO_DEVICE_ATTACH_IOMMUFD_PT_,
			       (uintptr_t)&attach));
	map.fd = (int32_t)vprim_mock_ioctl(c, 0, (uint32_t)VFIO_DEVICE_FEATURE_,
					   (uintptr_t)&q);
	map.length = 2 * PAGE;
	ck_assert_int_eq(call(i, IOMMU_IOAS_MAP_FILE_, &map), -EINVAL);
	map.length = PAGE;
	ck_assert_int_eq(call(i, IOMMU_IOAS_MAP_FILE_, &map), 0);
	ck_assert_int_eq(vprim_mock_dma(edu, 0x10004, &byte, 1, true), 0);
	ck_assert_int_eq(memory[2 * PAGE + 4], 0x5a);
	must(!vprim_mock_ioctl(c, 0, (uint32_t)VFIO_DEVICE_RESET_, 0));
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

	must(vprim_mock_rw(e, REGION(7) + 4, &command, 2, true) == 2);
	must(!call(i, IOMMU_IOAS_ALLOC_, &ioas));
	attach.pt_id = file.ioas_id = vfio.ioas_id = ioas.out_ioas_id;
	must(!call(i, IOMMU_VFIO_IOAS_, &vfio));
	must(!number(i, VFIO_SET_IOMMU_, 1));
	must(!vprim_mock_ioctl(e, 0, (uint32_t)VFIO_DEVICE_ATTACH_IOMMUFD_PT_,
			       (uintptr_t)&attach));

	/* Another process maps two pages; they go one by one. */
	must(!call(i, VFIO_IOMMU_MAP_DMA_, &map));
	map.iova = 0x10000;
	map.size = 2 * PAGE;
	outside.task = 2;
	must(!call(i, VFIO_IOMMU_MAP_DMA_, &map));
	outside.task = 0;
	ck_assert_int_eq(call(i, VFIO_IOMMU_UNMAP_DMA_, &unmap), 0);
	must(!vprim_mock_dma(edu, 0x11000, &byte, 1, true));
	ck_assert_uint_eq(outside.owner, 2);
	unmap.iova = 0x11000;
	ck_assert_int_eq(call(i, VFIO_IOMMU_UNMAP_DMA_, &unmap), 0);
	must(!call(i, VFIO_IOMMU_MAP_DMA_, &map));
	must(!vprim_mock_dma(edu, 0x11000, &byte, 1, true));
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

START_TEST(written_pages_are_told_by_a_hwpt)
{
	struct vfio_attach_iommufd_pt_ attach = { .argsz = sizeof(attach) };
	struct iommu_ioas_alloc_ ioas = { .size = sizeof(ioas) };
	struct iommu_hwpt_alloc_whole_ hwpt = { .size = 24, .flags = 2, .dev_id = 1,
					  .pt_id = 2 };
	struct iommu_hwpt_set_dirty_ track = { sizeof(track), 1, 3, 0 };
	struct iommu_ioas_map_ map = {
		.size = sizeof(map), .flags = 7, .ioas_id = 2,
		.user_va = (uintptr_t)arena, .length = 4 * PAGE, .iova = 0x10000,
	};
	uint64_t bits = 0;
	struct iommu_hwpt_get_dirty_ get = { sizeof(get), 3, 0, 0, 0x10000, 4 * PAGE,
					     PAGE, (uintptr_t)&bits };
	struct vprim_mock_device *edu = boot_with("amd", "mask=64");
	int i = open_file("/dev/iommu");
	struct vprim_mock_file *f = bound(edu, i);
	uint16_t command = 6;
	char byte = 1;

	vprim_mock_rw(f, REGION(7) + 4, &command, 2, true);
	must(!call(i, IOMMU_IOAS_ALLOC_, &ioas));
	ck_assert_int_eq(call(i, IOMMU_HWPT_ALLOC_, &hwpt), 0);
	attach.pt_id = hwpt.out_hwpt_id;
	ck_assert_uint_eq(attach.pt_id, 3);
	must(!vprim_mock_ioctl(f, 0, (uint32_t)VFIO_DEVICE_ATTACH_IOMMUFD_PT_,
			       (uintptr_t)&attach));
	must(!call(i, IOMMU_IOAS_MAP_, &map));
	ck_assert_int_eq(call(i, IOMMU_HWPT_GET_DIRTY_BITMAP_, &get), -EINVAL);
	must(!call(i, IOMMU_HWPT_SET_DIRTY_TRACKING_, &track));
	must(!vprim_mock_dma(edu, 0x12fff, &byte, 1, true));
	get.flags = 1;		/* keep them */
	must(!call(i, IOMMU_HWPT_GET_DIRTY_BITMAP_, &get));
	ck_assert_uint_eq(bits, 4);
	get.flags = 0;
	bits = 0;
	must(!call(i, IOMMU_HWPT_GET_DIRTY_BITMAP_, &get));
	ck_assert_uint_eq(bits, 4);
	bits = 0;
	must(!call(i, IOMMU_HWPT_GET_DIRTY_BITMAP_, &get));
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
	must(!call(g, VFIO_GROUP_SET_CONTAINER_, &c));
	must(!number(c, VFIO_SET_IOMMU_, 3));
	must(!call(c, VFIO_IOMMU_MAP_DMA_, &map));
	must(!call(c, VFIO_IOMMU_DIRTY_PAGES_, &dirty));
	dirty = (struct vfio_dirty_range_){ sizeof(dirty), 4, 0x1000, 8 * PAGE,
				      { PAGE, 8, (uintptr_t)&bits } };
	ck_assert_int_eq(call(c, VFIO_IOMMU_DIRTY_PAGES_, &dirty), 0);
	ck_assert_uint_eq(bits, 0x8000000000000010);
	dirty.bitmap.data = M;
	ck_assert_int_eq(call(c, VFIO_IOMMU_DIRTY_PAGES_, &dirty), -EINVAL);
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

	must(!vprim_mock_add(mock, vprim_mock_model_find("card"), "0000:02:00.0", 7, NULL, &a));
	must(!vprim_mock_add(mock, vprim_mock_model_find("card"), "0000:02:00.1", 7, NULL, &a));
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
	tcase_add_test(tc, no_call_breaks_it);
	suite_add_tcase(suite, tc);
	return test_main(suite);
}
