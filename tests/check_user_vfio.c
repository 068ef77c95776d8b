// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * user_vfio.h and user_dma.h before the pretended kernel of mock.h, which fails any
 * call on request, and lies on request.
 */
#include "../libvirtprim/shim/user/user_vfio_internal.h"
#include "fake_malloc.h"
#include "testlib.h"
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>
#include <virtprim/mock.h>
#include <virtprim/user.h>
#include <virtprim/user_dma.h>

#define M UINT64_MAX
#define PAGE UINT64_C(4096)
#define BDF "0000:00:05.0"
#define UUID "83b8f4f2-509f-382f-3c1e-e6bfe0fa1001"
#define MAPPINGS 256
#define BEHIND "/sys/bus/pci/devices/" BDF "/"

/* Where devices are found, in the order of looking. */
static const struct place {
	const char *bus, *device;
} places[] = {
	{ "pci", BDF }, { "mdev", UUID }, { "platform", "fff51000.ethernet" },
};
static const struct place nowhere = { "usb", BDF };

/*
 * The pretended kernel of mock.h, with a hook around each call: it counts and names
 * those that can fail, fails one, and lies where a test wants it.
 */
struct hooks {
	struct vprim_mock *mock;
	struct vprim_user_sys real;	/* the mock's calls */
	const struct place *place;	/* of the only device; a PCI one behind it */
	unsigned int open;		/* files */
	int joined;			/* the group that is in the container, or 0 */
	unsigned int iommus;		/* VFIO_SET_IOMMU done */
	unsigned int calls, fail_at;	/* the fail_at-th call that can fail does */
	int fail_with;
	int version, extension;
	uint32_t group_flags;
	char log[2048];
	/* info */
	uint32_t argsz[8], asked[8];	/* needed at each question; sizes asked */
	unsigned int questions;
	bool no_caps, never_offset, tiny, loop;
	struct vprim_range ranges[8];
	uint32_t nr_ranges;
	unsigned int more_each_time;	/* IOAS: one range more at each question */
	bool claim_ranges;		/* claimed ranges; of an IOAS they never fit, or do */
	bool claims_success;
	uint32_t claimed;
	/* mappings */
	struct vprim_range map[MAPPINGS];
	uint64_t vaddr[MAPPINGS];
	unsigned int nr_map;
	int refuse;			/* errno of the next map or unmap */
	bool lie;			/* the next unmap says lie_bytes */
	uint64_t lie_bytes;
	unsigned int maps, unmaps;
	uint32_t last_flags;
};

static int fails(struct hooks *k, const char *what)
{
	size_t used = strlen(k->log);

	snprintf(k->log + used, sizeof(k->log) - used, "%s\n", what);
	return ++k->calls == k->fail_at ? -k->fail_with : 0;
}

static int hook_open(void *ctx, const char *path)
{
	struct hooks *k = ctx;
	int ret = fails(k, path);

	if (!ret)
		ret = k->real.open(k->mock, path);
	k->open += ret >= 0;
	return ret;
}

static void hook_close(void *ctx, int fd)
{
	struct hooks *k = ctx;

	/* A group leaves its container before it is closed. */
	require(k->open && fd != k->joined);
	k->open--;
	k->real.close(k->mock, fd);
}

/* What is behind the device's folder, or NULL for a path that leads elsewhere. */
static const char *below(const struct hooks *k, const char *path)
{
	char folder[128];
	int length = snprintf(folder, sizeof(folder), "/sys/bus/%s/devices/%s/",
			      k->place->bus, k->place->device);

	return strncmp(path, folder, (size_t)length) ? NULL : path + length;
}

static int hook_link(void *ctx, const char *path, char *name, size_t size_bytes)
{
	struct hooks *k = ctx;
	const char *what = below(k, path);
	int ret;

	if (!what) {
		require(!strncmp(path, "/sys/bus/", 9) && strstr(path, "/subsystem"));
		return fails(k, "elsewhere") ? -k->fail_with : -ENOENT;
	}
	if (!strcmp(what, "subsystem")) {
		snprintf(name, size_bytes, "%s", k->place->bus);
		return fails(k, k->place->bus);
	}
	if (!strcmp(what, "physfn"))
		return -ENOENT;
	require(!strcmp(what, "iommu_group"));
	ret = fails(k, "link");
	return ret ? ret : k->real.link(k->mock, BEHIND "iommu_group", name, size_bytes);
}

static int hook_entry(void *ctx, const char *path, char *name, size_t size_bytes)
{
	struct hooks *k = ctx;
	const char *what = below(k, path);
	int ret = fails(k, "entry");

	require(what && !strcmp(what, "vfio-dev"));
	return ret ? ret : k->real.entry(k->mock, BEHIND "vfio-dev", name, size_bytes);
}

/* The chain of a type1 IOMMU: IOVA_RANGE at 24, if there is room for all. */
static void iommu_info(struct hooks *k, uint8_t *buf, uint32_t argsz)
{
	uint32_t need = 24 + 16 + 16 * k->nr_ranges, cap_offset = 0;
	uint32_t flags = k->no_caps ? 1 : 3, next = 0;
	uint32_t nr = k->claim_ranges ? k->claimed : k->nr_ranges;
	uint64_t pgsizes = PAGE;
	uint16_t id = VPRIM_VFIO_CAP_IOVA_RANGE, version = 1;

	if (k->questions < VPRIM_ARRAY_LEN(k->argsz) && k->argsz[k->questions])
		need = k->argsz[k->questions];
	if (k->questions < VPRIM_ARRAY_LEN(k->asked))
		k->asked[k->questions] = argsz;
	k->questions++;
	if (k->no_caps)
		need = 24;
	if (k->tiny)
		need = 8;
	if (!k->no_caps && need <= argsz && !k->never_offset && !k->tiny) {
		cap_offset = 24;
		next = k->loop ? 24 : 0;
		memcpy(buf + 24, &id, 2);
		memcpy(buf + 26, &version, 2);
		memcpy(buf + 28, &next, 4);
		memcpy(buf + 32, &nr, 4);
		memcpy(buf + 40, k->ranges, 16 * k->nr_ranges);
	}
	memcpy(buf, &need, 4);
	memcpy(buf + 4, &flags, 4);
	memcpy(buf + 8, &pgsizes, 8);
	memcpy(buf + 16, &cap_offset, 4);
}

/* A list that grows, or a count that is no list's. */
static int lying_ranges(struct hooks *k, struct iommu_ioas_iova_ranges_ *r)
{
	uint32_t room = r->num_iovas;

	k->nr_ranges += k->more_each_time;
	r->num_iovas = k->claim_ranges ? k->claimed : k->nr_ranges;
	if (k->claim_ranges)
		return k->claims_success ? 0 : -EMSGSIZE;
	r->out_iova_alignment = PAGE;
	if (room)
		memcpy((void *)(uintptr_t)r->allowed_iovas, k->ranges,
		       16 * (room < k->nr_ranges ? room : k->nr_ranges));
	return room < k->nr_ranges ? -EMSGSIZE : 0;
}

/* Refused, or passed on and written down. */
static int add_mapping(struct hooks *k, int fd, unsigned long request, void *arg,
		       const struct vprim_range *at, uint64_t vaddr)
{
	int ret = -k->refuse;

	k->refuse = 0;
	k->maps++;
	if (!ret)
		ret = k->real.ioctl(k->mock, fd, request, arg);
	if (ret)
		return ret;
	require(k->nr_map < MAPPINGS);
	k->map[k->nr_map] = *at;
	k->vaddr[k->nr_map++] = vaddr;
	return 0;
}

static int drop_mapping(struct hooks *k, int fd, unsigned long request, void *arg,
			uint64_t iova, uint64_t *size)
{
	int ret = -k->refuse;
	struct vprim_range r;
	unsigned int i;

	k->refuse = 0;
	k->unmaps++;
	if (ret)
		return ret;
	if (k->lie) {
		k->lie = false;
		*size = k->lie_bytes;
		return 0;
	}
	require(!vprim_range_from_size(iova, *size, &r));
	for (i = 0; i < k->nr_map; i++)
		if (k->map[i].start == r.start && k->map[i].last == r.last)
			break;
	require(i < k->nr_map);
	ret = k->real.ioctl(k->mock, fd, request, arg);
	require(!ret && *size - 1 == r.last - r.start);
	k->map[i] = k->map[--k->nr_map];
	k->vaddr[i] = k->vaddr[k->nr_map];
	return 0;
}

/* Numbers that hot resets share; nobody asks for those here. */
static int mapping_ioctl(struct hooks *k, int fd, unsigned long request, void *arg)
{
	struct vfio_dma_map_ *m = arg;
	struct vfio_dma_unmap_ *u = arg;
	struct iommu_ioas_map_ *im = arg;
	struct iommu_ioas_unmap_ *iu = arg;
	struct vprim_range r;

	switch (request) {
	case VFIO_IOMMU_MAP_DMA_:
		require(!vprim_range_from_size(m->iova, m->size, &r));
		k->last_flags = m->flags;
		return add_mapping(k, fd, request, arg, &r, m->vaddr);
	case VFIO_IOMMU_UNMAP_DMA_:
		return drop_mapping(k, fd, request, arg, u->iova, &u->size);
	case IOMMU_IOAS_MAP_:
		require(!vprim_range_from_size(im->iova, im->length, &r));
		k->last_flags = im->flags;
		return add_mapping(k, fd, request, arg, &r, im->user_va);
	default:
		require(request == IOMMU_IOAS_UNMAP_);
		return drop_mapping(k, fd, request, arg, iu->iova, &iu->length);
	}
}

static const struct step {
	unsigned long request;
	const char *name;
} steps_of[] = {
	{ VFIO_GET_API_VERSION_, "version" },
	{ VFIO_CHECK_EXTENSION_, "extension" },
	{ VFIO_SET_IOMMU_, "set iommu" },
	{ VFIO_IOMMU_GET_INFO_, "iommu info" },
	{ VFIO_GROUP_GET_STATUS_, "status" },
	{ VFIO_GROUP_SET_CONTAINER_, "set container" },
	{ VFIO_GROUP_GET_DEVICE_FD_, "device fd" },
	{ VFIO_DEVICE_GET_INFO_, "device info" },
	{ VFIO_DEVICE_GET_REGION_INFO_, "region info" },
	{ VFIO_DEVICE_RESET_, "reset" },
	{ VFIO_DEVICE_BIND_IOMMUFD_, "bind" },
	{ VFIO_DEVICE_ATTACH_IOMMUFD_PT_, "attach" },
	{ IOMMU_IOAS_ALLOC_, "ioas" },
	{ IOMMU_IOAS_IOVA_RANGES_, "ranges" },
};

/* What the mock answers, or what the test wants instead. */
static int answer(struct hooks *k, int fd, unsigned long request, void *arg)
{
	bool info_lies = k->no_caps || k->never_offset || k->tiny || k->loop ||
			 k->argsz[0] || k->nr_ranges;
	int ret;

	if (request == VFIO_IOMMU_GET_INFO_) {
		if (k->questions < VPRIM_ARRAY_LEN(k->asked))
			k->asked[k->questions] = *(uint32_t *)arg;
		if (info_lies) {
			iommu_info(k, arg, *(uint32_t *)arg);
			return 0;
		}
		k->questions++;
	}
	if (request == IOMMU_IOAS_IOVA_RANGES_ && (k->nr_ranges || k->claim_ranges))
		return lying_ranges(k, arg);
	if (request == VFIO_GROUP_GET_DEVICE_FD_) {
		require(!strcmp(arg, k->place->device));
		arg = (void *)(uintptr_t)BDF;
	}
	ret = k->real.ioctl(k->mock, fd, request, arg);
	if (ret < 0)
		return ret;
	if (request == VFIO_GET_API_VERSION_)
		return k->version;
	if (request == VFIO_CHECK_EXTENSION_)
		return k->extension;
	if (request == VFIO_GROUP_GET_STATUS_)
		((struct vfio_group_status_ *)arg)->flags &= k->group_flags;
	k->open += request == VFIO_GROUP_GET_DEVICE_FD_;
	k->iommus += request == VFIO_SET_IOMMU_;
	if (request == VFIO_GROUP_SET_CONTAINER_)
		k->joined = fd;
	return ret;
}

static int hook_ioctl(void *ctx, int fd, unsigned long request, void *arg)
{
	struct hooks *k = ctx;
	size_t i;
	int ret;

	if (request == VFIO_GROUP_UNSET_CONTAINER_) {
		require(fd == k->joined);
		k->joined = 0;
		return k->real.ioctl(k->mock, fd, request, arg);
	}
	for (i = 0; i < VPRIM_ARRAY_LEN(steps_of); i++) {
		if (steps_of[i].request != request)
			continue;
		ret = fails(k, steps_of[i].name);
		return ret ? ret : answer(k, fd, request, arg);
	}
	return mapping_ioctl(k, fd, request, arg);
}

static struct hooks kernel;
static struct vprim_user_sys sys = {
	.open = hook_open, .close = hook_close, .ioctl = hook_ioctl,
	.link = hook_link, .entry = hook_entry, .ctx = &kernel,
};
static struct vprim_user_fault fault;

/* Four devices, of which ours is the last: group 7, /dev/vfio/devices/vfio3. */
static void boot(void)
{
	static const char *const names[] = { "0000:00:02.0", "0000:00:03.0",
					     "0000:00:04.0", BDF };
	static const struct vprim_mock_ops no_ops;
	struct vprim_mock_config config = {
		.ops = &no_ops, .alloc = vprim_user_alloc(),
		.iommu = vprim_mock_iommu_find("virtio64"),
	};
	struct vprim_mock_device *d;
	uint32_t i;

	vprim_mock_free(kernel.mock);
	memset(&kernel, 0, sizeof(kernel));
	memset(&fault, 0, sizeof(fault));
	require(!vprim_mock_new(&kernel.mock, &config));
	for (i = 0; i < VPRIM_ARRAY_LEN(names); i++)
		require(!vprim_mock_add(kernel.mock, vprim_mock_model_find("edu"), names[i], 4 + i,
					NULL, &d));
	vprim_mock_sys(kernel.mock, &kernel.real);
	kernel.place = &places[0];
	kernel.extension = 1;
	kernel.group_flags = UINT32_MAX;
}

/* From here on the test's list, not the mock's. */
static void lie_about_ranges(uint32_t nr)
{
	kernel.nr_ranges = nr;
	kernel.ranges[0] = (struct vprim_range){ 0, 0xfedfffff };
	kernel.ranges[1] = (struct vprim_range){ 0xfef00000, M };
}

/* Both ways: 0 is the container, 1 the IOAS. */
static int open_space(struct vprim_user_vfio_space *space, int way)
{
	return vprim_user_vfio_space_open(space, &sys, way ? 0 : VPRIM_TYPE1_V2, &fault);
}

/* What a program does: all or nothing. */
static int open_all(struct vprim_user_vfio_space *space,
		    struct vprim_user_vfio_device *device, int way)
{
	int ret = open_space(space, way);

	if (ret)
		return ret;
	ret = vprim_user_vfio_device_open(device, space, kernel.place->device,
					  &fault);
	if (ret)
		vprim_user_vfio_space_close(space);
	return ret;
}

static const char *const opening[2] = {
	"/dev/vfio/vfio\nversion\nextension\npci\nlink\n/dev/vfio/7\nstatus\n"
	"set container\nset iommu\ndevice fd\n",
	"/dev/iommu\nioas\npci\nentry\n/dev/vfio/devices/vfio3\nbind\nattach\n",
};

START_TEST(a_device_is_opened_and_closed_both_ways)
{
	struct vprim_user_vfio_space space;
	struct vprim_user_vfio_device device;

	boot();
	ck_assert_int_eq(open_all(&space, &device, _i), 0);
	ck_assert_str_eq(kernel.log, opening[_i]);
	ck_assert_ptr_null(fault.call);
	ck_assert_uint_eq(space.devices, 1);
	ck_assert_uint_eq(space.kind, _i ? 0 : VPRIM_TYPE1_V2);
	ck_assert_uint_eq(space.ioas_id, _i ? 1 : 0);
	ck_assert_uint_eq(kernel.open, _i ? 2 : 3);
	ck_assert_int_eq(device.group_fd, _i ? -1 : kernel.joined);
	ck_assert_int_eq(vprim_user_vfio_reset(&device, &fault), 0);
	kernel.fail_at = kernel.calls + 1;
	kernel.fail_with = ENOTTY;
	ck_assert_int_eq(vprim_user_vfio_reset(&device, &fault), -ENOTTY);
	ck_assert_str_eq(fault.call, "ioctl VFIO_DEVICE_RESET");
	ck_assert_str_eq(vprim_reason_word(&fault.reason), "reset");
	vprim_user_vfio_device_close(&device);
	ck_assert_uint_eq(space.devices, 0);
	ck_assert_uint_eq(kernel.open, 1);
	/* A second time nothing is left to close, and a new device may come. */
	vprim_user_vfio_device_close(&device);
	ck_assert_int_eq(vprim_user_vfio_device_open(&device, &space, BDF, NULL), 0);
	ck_assert_uint_eq(kernel.iommus, _i ? 0 : 2);
	vprim_user_vfio_device_close(&device);
	vprim_user_vfio_space_close(&space);
	vprim_user_vfio_space_close(&space);
	ck_assert_uint_eq(kernel.open, 0);
	ck_assert_int_eq(vprim_user_vfio_reset(&device, NULL), -EINVAL);
}
END_TEST

START_TEST(a_second_device_joins_the_iommu_that_is_set)
{
	struct vprim_user_vfio_space space;
	struct vprim_user_vfio_device a, b;

	boot();
	ck_assert_int_eq(open_all(&space, &a, 0), 0);
	ck_assert_int_eq(vprim_user_vfio_device_open(&b, &space, BDF, NULL), 0);
	ck_assert_uint_eq(kernel.iommus, 1);
	ck_assert_uint_eq(space.devices, 2);
	/* The group is open once, until the last of its devices goes. */
	ck_assert_int_eq(a.group_fd, b.group_fd);
	ck_assert_uint_eq(kernel.open, 4);
	vprim_user_vfio_device_close(&a);
	vprim_user_vfio_device_close(&b);
	vprim_user_vfio_space_close(&space);
	ck_assert_uint_eq(kernel.open, 0);
}
END_TEST

/* Every step fails once, with each errno; nothing stays open or joined. */
START_TEST(every_failure_while_opening_is_undone)
{
	static const int errors[] = { EIO, ENOENT, ENODEV, EACCES, EBUSY, EPERM,
				      ENOMEM, EINVAL, EADDRINUSE };
	const struct place *place = &places[_i / 2];
	const int way = _i % 2;
	const unsigned int found = (way ? 3 : 4) + (unsigned int)_i / 2;
	const unsigned int steps = found + (way ? 4 : 6);
	unsigned int at;
	size_t e;

	for (e = 0; e < VPRIM_ARRAY_LEN(errors); e++) {
		for (at = 1; at <= steps; at++) {
			struct vprim_user_vfio_space space;
			struct vprim_user_vfio_device device, before;
			char text[400];
			int ret;

			/* So answers every bus that does not have the device. */
			if (errors[e] == ENOENT && at < found && at > (way ? 2 : 3))
				continue;
			boot();
			kernel.place = place;
			kernel.fail_at = at;
			kernel.fail_with = errors[e];
			memset(&device, 0x5a, sizeof(device));
			before = device;
			ck_assert_int_eq(open_all(&space, &device, way), -errors[e]);
			ck_assert_uint_eq(kernel.open, 0);
			ck_assert_int_eq(memcmp(&device, &before, sizeof(device)), 0);
			ck_assert_ptr_nonnull(fault.call);
			ck_assert_int_eq(fault.error, errors[e]);
			ck_assert(vprim_reason_id(&fault.reason) != VPRIM_REASON_NONE);
			ck_assert_uint_le(vprim_user_fault_text(&fault, text,
								sizeof(text)),
					  sizeof(text));
			/* Nobody has to ask why. */
			boot();
			kernel.place = place;
			kernel.fail_at = at;
			kernel.fail_with = errors[e];
			ret = vprim_user_vfio_space_open(&space, &sys,
					way ? 0 : VPRIM_TYPE1_IOMMU, NULL);
			if (!ret) {
				ret = vprim_user_vfio_device_open(&device, &space,
								  place->device, NULL);
				ck_assert_uint_eq(space.devices, 0);
				vprim_user_vfio_space_close(&space);
			}
			ck_assert_int_eq(ret, -errors[e]);
			ck_assert_int_eq(memcmp(&device, &before, sizeof(device)), 0);
			ck_assert_uint_eq(kernel.open, 0);
		}
		/* And after the last step there is none that could fail. */
		{
			struct vprim_user_vfio_space space;
			struct vprim_user_vfio_device device;

			boot();
			kernel.place = place;
			kernel.fail_at = steps + 1;
			kernel.fail_with = errors[e];
			ck_assert_int_eq(open_all(&space, &device, way), 0);
			ck_assert_uint_eq(kernel.calls, steps);
			vprim_user_vfio_device_close(&device);
			vprim_user_vfio_space_close(&space);
			ck_assert_uint_eq(kernel.open, 0);
		}
	}
}
END_TEST

static const char *const searches[] = {
	"pci\n", "elsewhere\nmdev\n", "elsewhere\nelsewhere\nplatform\n",
};

START_TEST(a_device_is_found_on_each_bus)
{
	struct vprim_user_vfio_space space;
	struct vprim_user_vfio_device device;
	const char *at;

	boot();
	kernel.place = &places[_i / 2];
	ck_assert_int_eq(open_all(&space, &device, _i % 2), 0);
	at = strstr(kernel.log, _i % 2 ? "ioas\n" : "extension\n");
	require(at);
	at = strchr(at, '\n') + 1;
	ck_assert_int_eq(strncmp(at, searches[_i / 2], strlen(searches[_i / 2])), 0);
	ck_assert_ptr_null(fault.call);
	vprim_user_vfio_device_close(&device);
	vprim_user_vfio_space_close(&space);
	ck_assert_uint_eq(kernel.open, 0);
}
END_TEST

START_TEST(a_device_on_no_bus_is_no_device)
{
	struct vprim_user_vfio_space space;
	struct vprim_user_vfio_device device;
	char text[400];

	boot();
	kernel.place = &nowhere;
	ck_assert_int_eq(open_all(&space, &device, _i), -ENOENT);
	ck_assert_str_eq(fault.call, "readlink");
	ck_assert_str_eq(fault.subject, BDF);
	ck_assert_str_eq(vprim_reason_word(&fault.reason), "device");
	ck_assert_uint_gt(vprim_user_fault_text(&fault, text, sizeof(text)), 40);
	ck_assert_ptr_nonnull(strstr(text, "no bus has such a device"));
	ck_assert_uint_eq(kernel.open, 0);
}
END_TEST

static const struct why {
	const char *name;
	int way;
	unsigned int at;
	int error;
	const char *call, *word, *subject;
} whys[] = {
	{ "no VFIO", 0, 1, ENOENT, "open", "module", "/dev/vfio/vfio" },
	{ "no iommufd", 1, 1, ENOENT, "open", "module", "/dev/iommu" },
	{ "not allowed", 0, 1, EACCES, "open", "access", "/dev/vfio/vfio" },
	{ "sysfs is closed", 0, 4, EACCES, "readlink", "errno", BDF },
	{ "no group", 0, 5, ENOENT, "readlink", "groupless", BDF },
	{ "group not bound", 0, 6, ENOENT, "open", "driver", "/dev/vfio/7" },
	{ "group busy", 0, 6, EBUSY, "open", "in-use", "/dev/vfio/7" },
	{ "status", 0, 7, EIO, "ioctl VFIO_GROUP_GET_STATUS", "errno", "/dev/vfio/7" },
	{ "joined elsewhere", 0, 8, EINVAL, "ioctl VFIO_GROUP_SET_CONTAINER",
	  "direct-or-in-use", "/dev/vfio/7" },
	{ "no remapping", 0, 9, EPERM, "ioctl VFIO_SET_IOMMU",
	  "interrupts-or-direct", "/dev/vfio/7" },
	{ "not in the group", 0, 10, ENODEV, "ioctl VFIO_GROUP_GET_DEVICE_FD",
	  "group", BDF },
	{ "forbidden", 0, 6, EPERM, "open", "forbidden", "/dev/vfio/7" },
	{ "firmware or use", 1, 6, EINVAL, "ioctl VFIO_DEVICE_BIND_IOMMUFD",
	  "direct-or-in-use", "/dev/vfio/devices/vfio3" },
	{ "firmware or kind", 1, 7, EINVAL, "ioctl VFIO_DEVICE_ATTACH_IOMMUFD_PT",
	  "direct-or-unfit", "/dev/vfio/devices/vfio3" },
	{ "a token is wanted", 0, 10, EACCES, "ioctl VFIO_GROUP_GET_DEVICE_FD",
	  "token", BDF },
	{ "a token is wanted here too", 1, 6, EACCES,
	  "ioctl VFIO_DEVICE_BIND_IOMMUFD", "token", "/dev/vfio/devices/vfio3" },
	{ "asleep", 0, 10, EINVAL, "ioctl VFIO_GROUP_GET_DEVICE_FD", "asleep", BDF },
	{ "sysfs is closed too", 1, 3, EACCES, "readlink", "errno", BDF },
	{ "not bound", 1, 4, ENOENT, "opendir", "driver", BDF },
	{ "no character devices", 1, 5, ENOENT, "open", "module",
	  "/dev/vfio/devices/vfio3" },
	{ "bind", 1, 6, EBUSY, "ioctl VFIO_DEVICE_BIND_IOMMUFD", "in-use-or-viable",
	  "/dev/vfio/devices/vfio3" },
	{ "reserved range in use", 1, 7, EADDRINUSE,
	  "ioctl VFIO_DEVICE_ATTACH_IOMMUFD_PT", "present",
	  "/dev/vfio/devices/vfio3" },
};

START_TEST(a_failure_says_which_call_and_why)
{
	const struct why *w = &whys[_i];
	struct vprim_user_vfio_space space;
	struct vprim_user_vfio_device device;

	boot();
	kernel.fail_at = w->at;
	kernel.fail_with = w->error;
	ck_assert_msg(open_all(&space, &device, w->way) == -w->error, "%s", w->name);
	ck_assert_msg(!strcmp(fault.call, w->call), "%s: %s", w->name, fault.call);
	ck_assert_msg(!strcmp(vprim_reason_word(&fault.reason), w->word),
		      "%s: %s", w->name, vprim_reason_word(&fault.reason));
	ck_assert_msg(!strncmp(fault.subject, w->subject, 47), "%s: %s", w->name,
		      fault.subject);
}
END_TEST

START_TEST(what_the_kernel_cannot_do_is_refused)
{
	struct vprim_user_vfio_space space, before;
	struct vprim_user_vfio_device device;

	memset(&space, 0x5a, sizeof(space));
	before = space;
	boot();
	kernel.version = 1;
	ck_assert_int_eq(open_space(&space, 0), -EOPNOTSUPP);
	ck_assert_str_eq(vprim_reason_word(&fault.reason), "version");
	ck_assert_uint_eq(fault.reason.value, 1);
	ck_assert_uint_eq(kernel.open, 0);
	boot();
	kernel.extension = 0;
	ck_assert_int_eq(open_space(&space, 0), -EOPNOTSUPP);
	ck_assert_str_eq(vprim_reason_word(&fault.reason), "kind");
	ck_assert_uint_eq(fault.reason.value, VPRIM_TYPE1_V2);
	ck_assert_uint_eq(kernel.open, 0);
	ck_assert_int_eq(memcmp(&space, &before, sizeof(space)), 0);
	boot();
	kernel.group_flags = 0;
	ck_assert_int_eq(open_all(&space, &device, 0), -EPERM);
	ck_assert_str_eq(vprim_reason_word(&fault.reason), "viable");
	ck_assert_uint_eq(kernel.open, 0);
}
END_TEST

START_TEST(bad_arguments_of_opening_reach_no_kernel)
{
	static const char *const names[] = { "", ".", "..", "../05.0", "a/b",
		"a-name-without-an-end-that-is-longer-than-any-that-a-device-of-a-bus-has",
		"0000:00:05.0 and a tail that is longer than any name of a device" };
	struct vprim_user_vfio_space space, closed = { .sys = NULL };
	struct vprim_user_vfio_device device;
	size_t i;

	boot();
	ck_assert_int_eq(vprim_user_vfio_space_open(&space, &sys, 2, &fault), -EINVAL);
	ck_assert_int_eq(vprim_user_vfio_device_open(&device, &closed, BDF, &fault), -EINVAL);
	ck_assert_uint_eq(kernel.calls, 0);
	ck_assert_int_eq(open_space(&space, 0), 0);
	kernel.calls = 0;
	for (i = 0; i < VPRIM_ARRAY_LEN(names); i++) {
		ck_assert_int_eq(vprim_user_vfio_device_open(&device, &space,
							     names[i], &fault), -EINVAL);
		ck_assert_str_eq(vprim_reason_word(&fault.reason), "name");
	}
	ck_assert_uint_eq(kernel.calls, 0);
	vprim_user_vfio_space_close(&space);
}
END_TEST

/* -- asking ---------------------------------------------------------------- */

static struct vprim_user_vfio_space space;
static struct vprim_user_vfio_device device;

static void start(int way)
{
	boot();
	ck_assert_int_eq(open_all(&space, &device, way), 0);
	kernel.calls = 0;
	kernel.log[0] = '\0';
}

static void stop(void)
{
	vprim_user_vfio_device_close(&device);
	vprim_user_vfio_space_close(&space);
	ck_assert_uint_eq(kernel.open, 0);
}

START_TEST(regions_and_devices_are_asked_about)
{
	struct vprim_vfio_cap_view view;
	uint8_t buf[64];

	start(_i);
	ck_assert_int_eq(vprim_user_vfio_region_info(&device, 0, buf, sizeof(buf),
						     &view, &fault), 0);
	ck_assert_uint_eq(view.fixed.size, 0x100000);
	ck_assert_uint_eq(view.fixed.offset, (uint64_t)VPRIM_MOCK_FIRST_REGION << 40);
	ck_assert_uint_eq(view.nr_caps, 0);
	ck_assert_int_eq(vprim_user_vfio_device_info(&device, buf, 24, &view, &fault), 0);
	ck_assert_uint_eq(view.fixed.num_regions, 9);
	ck_assert_uint_eq(view.fixed.num_irqs, 5);
	ck_assert_ptr_null(fault.call);
	ck_assert_int_eq(vprim_user_vfio_region_info(&device, 99, buf, sizeof(buf),
						     &view, &fault), -EINVAL);
	ck_assert_str_eq(fault.call, "ioctl VFIO_DEVICE_GET_REGION_INFO");
	ck_assert_str_eq(fault.subject, "region 99");
	ck_assert_int_eq(vprim_user_vfio_region_info(&device, 3, buf, 31, &view,
						     &fault), -EINVAL);
	ck_assert_int_eq(vprim_user_vfio_region_info(&device, 3, buf, 0, &view,
						     NULL), -EINVAL);
	stop();
	ck_assert_int_eq(vprim_user_vfio_device_info(&device, buf, 64, &view, NULL), -EINVAL);
	ck_assert_int_eq(vprim_user_vfio_region_info(&device, 3, buf, 64, &view, NULL), -EINVAL);
	ck_assert_int_eq(vprim_user_vfio_iommu_info(&space, buf, 64, &view, NULL), -EINVAL);
}
END_TEST

START_TEST(an_answer_that_grows_is_asked_for_again_but_not_forever)
{
	struct vprim_vfio_cap_view view;
	uint8_t buf[256];
	unsigned int i;

	/* 24 bytes do not do; 72 do. */
	start(0);
	lie_about_ranges(2);
	ck_assert_int_eq(vprim_user_vfio_iommu_info(&space, buf, sizeof(buf), &view,
						    &fault), 0);
	ck_assert_uint_eq(kernel.questions, 2);
	ck_assert_uint_eq(kernel.asked[0], 24);
	ck_assert_uint_eq(kernel.asked[1], 72);
	ck_assert_uint_eq(view.nr_caps, 1);
	/* It grows while it is asked. */
	kernel.questions = 0;
	kernel.argsz[0] = 72;
	kernel.argsz[1] = 104;
	ck_assert_int_eq(vprim_user_vfio_iommu_info(&space, buf, sizeof(buf), &view,
						    &fault), 0);
	ck_assert_uint_eq(kernel.questions, 3);
	/* It grows each time. */
	kernel.questions = 0;
	for (i = 0; i < 8; i++)
		kernel.argsz[i] = 72 + 8 * i;
	ck_assert_int_eq(vprim_user_vfio_iommu_info(&space, buf, sizeof(buf), &view,
						    &fault), -E2BIG);
	ck_assert_uint_eq(kernel.questions, 1 + VPRIM_VFIO_CAP_QUERY_RETRIES);
	ck_assert_str_eq(vprim_reason_word(&fault.reason), "grew");
	/* Beyond the buffer. */
	kernel.questions = 0;
	kernel.argsz[0] = 257;
	ck_assert_int_eq(vprim_user_vfio_iommu_info(&space, buf, sizeof(buf), &view,
						    &fault), -E2BIG);
	ck_assert_uint_eq(kernel.questions, 1);
	ck_assert_uint_eq(fault.reason.value, 257);
	stop();
}
END_TEST

START_TEST(an_answer_that_contradicts_itself_is_refused)
{
	struct vprim_vfio_cap_view view, before;
	uint8_t buf[256];

	start(0);
	lie_about_ranges(2);
	memset(&view, 0x5a, sizeof(view));
	before = view;
	kernel.never_offset = true;
	ck_assert_int_eq(vprim_user_vfio_iommu_info(&space, buf, sizeof(buf), &view,
						    &fault), -EBADMSG);
	ck_assert_uint_eq(vprim_reason_id(&fault.reason), VPRIM_VFIO_CAP_RULE_MORE);
	kernel.never_offset = false;
	kernel.tiny = true;
	ck_assert_int_eq(vprim_user_vfio_iommu_info(&space, buf, sizeof(buf), &view,
						    &fault), -EBADMSG);
	ck_assert_uint_eq(vprim_reason_id(&fault.reason), VPRIM_VFIO_CAP_RULE_SHORT);
	kernel.tiny = false;
	kernel.loop = true;
	ck_assert_int_eq(vprim_user_vfio_iommu_info(&space, buf, sizeof(buf), &view,
						    &fault), -EBADMSG);
	ck_assert_uint_eq(vprim_reason_id(&fault.reason), VPRIM_VFIO_CAP_RULE_LINK);
	ck_assert_str_eq(vprim_reason_word(&fault.reason), "P7");
	ck_assert_int_eq(fault.error, EBADMSG);
	ck_assert_int_eq(memcmp(&view, &before, sizeof(view)), 0);
	stop();
	start(1);
	ck_assert_int_eq(vprim_user_vfio_iommu_info(&space, buf, sizeof(buf), &view,
						    &fault), -EOPNOTSUPP);
	stop();
}
END_TEST

START_TEST(windows_come_as_a_list_both_ways)
{
	struct vprim_range list[4] = { { 7, 3 }, { 7, 3 }, { 7, 3 }, { 7, 3 } };
	size_t count = 99;

	start(_i);
	ck_assert_int_eq(vprim_user_vfio_windows(&space, NULL, 0, &count, &fault), -EMSGSIZE);
	ck_assert_uint_eq(count, 2);
	ck_assert_uint_eq(fault.reason.value, 2);
	fake_starve(vprim_user_vfio_windows(&space, list, 4, &count, &fault),
		    require(fault.error == ENOMEM));
	ck_assert_uint_eq(count, 2);
	ck_assert_uint_eq(list[0].last, 0xfedfffff);
	ck_assert_uint_eq(list[1].last, M);
	ck_assert_uint_eq(list[2].start, 7);
	/* Ranges that are no list. */
	lie_about_ranges(2);
	kernel.ranges[0].last = 0xfef00000;
	count = 99;
	ck_assert_int_eq(vprim_user_vfio_windows(&space, list, 4, &count, &fault), -EBADMSG);
	ck_assert_int_eq(fault.error, EBADMSG);
	ck_assert_uint_eq(count, 99);
	kernel.ranges[0].last = 0xfedfffff;
	kernel.calls = 0;
	kernel.fail_at = 1;
	kernel.fail_with = EFAULT;
	ck_assert_int_eq(vprim_user_vfio_windows(&space, list, 4, &count, &fault), -EFAULT);
	ck_assert_uint_eq(count, 99);
	stop();
	ck_assert_int_eq(vprim_user_vfio_windows(&space, list, 4, &count, NULL), -EINVAL);
}
END_TEST

/* A chain whose list is longer than the chain. */
START_TEST(a_containers_count_of_windows_is_not_believed)
{
	struct vprim_range list[4];
	size_t count = 99;

	start(0);
	lie_about_ranges(2);
	kernel.claim_ranges = true;
	kernel.claimed = 3;
	ck_assert_int_eq(vprim_user_vfio_windows(&space, list, 4, &count, &fault), -EBADMSG);
	ck_assert_str_eq(fault.call, "ioctl VFIO_IOMMU_GET_INFO");
	ck_assert_uint_eq(count, 99);
	stop();
}
END_TEST

START_TEST(an_old_kernel_restricts_nothing)
{
	size_t count = 99;

	start(0);
	kernel.no_caps = true;
	ck_assert_int_eq(vprim_user_vfio_windows(&space, NULL, 0, &count, &fault), 0);
	ck_assert_uint_eq(count, 0);
	stop();
}
END_TEST

/* From what plays a kernel: too little room for a list that would fit, and more
 * ranges than anybody has. */
START_TEST(a_count_of_windows_is_not_believed)
{
	struct vprim_range list[4];
	struct vprim_user_dma d;
	struct test_memory m = { .blocks = 0 };
	size_t count = 99;

	start(1);
	kernel.claim_ranges = true;
	kernel.claimed = 2;
	ck_assert_int_eq(vprim_user_vfio_windows(&space, list, 4, &count, &fault), -EBADMSG);
	ck_assert_int_eq(fault.error, EBADMSG);
	ck_assert_str_eq(vprim_reason_word(&fault.reason), "room");
	ck_assert_uint_eq(fault.reason.value, 2);
	kernel.claims_success = true;
	kernel.claimed = 5;
	ck_assert_int_eq(vprim_user_vfio_windows(&space, list, 4, &count, &fault), -EBADMSG);
	ck_assert_str_eq(vprim_reason_word(&fault.reason), "room");
	ck_assert_int_eq(vprim_user_vfio_windows(&space, list, 4, &count, NULL), -EBADMSG);
	kernel.claims_success = false;
	ck_assert_uint_eq(count, 99);
	kernel.claimed = 0;
	ck_assert_int_eq(vprim_user_vfio_windows(&space, NULL, 0, &count, &fault), -EBADMSG);
	ck_assert_int_eq(vprim_user_dma_init(&d, &space, &test_alloc_ops, &m, &fault),
			 -EBADMSG);
	ck_assert_int_eq(vprim_user_dma_init(&d, &space, &test_alloc_ops, &m, NULL),
			 -EBADMSG);
	/* 16 times this is 32 GiB, or 16 bytes where sizes have 32 bits. */
	kernel.claimed = 0x80000001;
	ck_assert_int_eq(vprim_user_dma_init(&d, &space, &test_alloc_ops, &m, &fault),
			 -E2BIG);
	ck_assert_str_eq(vprim_reason_word(&fault.reason), "grew");
	ck_assert_uint_eq(fault.reason.value, 16 * UINT64_C(0x80000001));
	ck_assert_uint_eq(m.blocks, 0);
	stop();
}
END_TEST

START_TEST(a_device_outlives_its_space)
{
	struct vprim_vfio_cap_view view;
	struct vprim_user_dma d;
	struct vprim_range r = { 0x1000, 0x1fff };
	uint8_t buf[64];
	size_t count;

	start(_i);
	ck_assert_int_eq(vprim_user_dma_init(&d, &space, NULL, NULL, &fault), 0);
	vprim_user_vfio_space_close(&space);
	ck_assert_int_eq(vprim_user_vfio_device_info(&device, buf, 64, &view, &fault), 0);
	ck_assert_int_eq(vprim_user_vfio_region_info(&device, 3, buf, 64, &view, &fault), 0);
	ck_assert_int_eq(vprim_user_vfio_reset(&device, &fault), 0);
	/* Nothing can be mapped without it. */
	ck_assert_int_eq(vprim_user_dma_map(&d, &r, buf, 3, &fault), -EINVAL);
	ck_assert_str_eq(vprim_reason_word(&fault.reason), "argument");
	ck_assert_int_eq(vprim_user_dma_unmap(&d, &r, &fault), -EINVAL);
	ck_assert_int_eq(vprim_user_dma_refresh(&d, &fault), -EINVAL);
	ck_assert_int_eq(vprim_user_vfio_windows(&space, NULL, 0, &count, &fault), -EINVAL);
	ck_assert_uint_eq(kernel.maps, 0);
	vprim_user_dma_fini(&d);
	vprim_user_vfio_device_close(&device);
	ck_assert_uint_eq(space.devices, 0);
	ck_assert_uint_eq(kernel.open, 0);
}
END_TEST

/* -- mapping --------------------------------------------------------------- */

static struct vprim_user_dma dma;
static struct test_memory memory;

static void begin(int way)
{
	start(way);
	memset(&memory, 0, sizeof(memory));
	ck_assert_int_eq(vprim_user_dma_init(&dma, &space, &test_alloc_ops, &memory,
					     &fault), 0);
}

static void end(void)
{
	vprim_user_dma_fini(&dma);
	ck_assert_uint_eq(memory.blocks, 0);
	ck_assert_uint_eq(memory.bytes, 0);
	stop();
}

/* Every question and every allocation fails once, as does the list that grew. */
START_TEST(to_begin_mapping_is_all_or_nothing)
{
	struct vprim_user_dma before;
	unsigned int at;

	start(_i);
	memset(&dma, 0x5a, sizeof(dma));
	before = dma;
	memset(&memory, 0, sizeof(memory));
	for (at = 1;; at++) {
		kernel.calls = 0;
		kernel.fail_at = at;
		kernel.fail_with = EIO;
		if (!vprim_user_dma_init(&dma, &space, &test_alloc_ops, &memory, &fault))
			break;
		ck_assert_int_eq(fault.error, EIO);
		ck_assert_uint_eq(memory.blocks, 0);
		ck_assert_int_eq(memcmp(&dma, &before, sizeof(dma)), 0);
	}
	kernel.fail_at = 0;
	vprim_user_dma_fini(&dma);
	ck_assert_uint_eq(memory.blocks, 0);
	dma = before;
	test_starve(&memory, vprim_user_dma_init(&dma, &space, &test_alloc_ops, &memory,
						 &fault),
		    require(fault.error == ENOMEM && !memory.blocks);
		    require(!memcmp(&dma, &before, sizeof(dma))));
	ck_assert_uint_eq(dma.nr_windows, 2);
	vprim_user_dma_fini(&dma);
	ck_assert_uint_eq(memory.blocks, 0);
	/* A container answers without its chain, then with it, and so twice. */
	ck_assert_uint_eq(at - 1, _i ? 2 : 4);
	ck_assert_uint_eq(memory.starved, 1);
	stop();
}
END_TEST

/* The map and the kernel hold the same; quiet while they do. */
static void in_step(void)
{
	unsigned int i;

	require(vprim_iova_map_count(&dma.map) == kernel.nr_map);
	for (i = 0; i < kernel.nr_map; i++) {
		struct vprim_iova_mapping m;

		require(!vprim_iova_map_stab(&dma.map, kernel.map[i].start, &m));
		require(m.range.start == kernel.map[i].start);
		require(m.range.last == kernel.map[i].last);
		require(m.value == kernel.vaddr[i]);
	}
}

static struct vprim_range pages(uint64_t first, uint64_t last)
{
	struct vprim_range r = { first * PAGE, last * PAGE + (PAGE - 1) };

	return r;
}

static const struct vprim_range everything = { 0, M };
static _Alignas(4096) char buffer[9 * 4096];

START_TEST(a_mapping_goes_in_and_out_on_both_sides)
{
	const struct vprim_range r = pages(1, 2), top = { M - (PAGE - 1), M };
	uint32_t both = VPRIM_USER_DMA_READ | VPRIM_USER_DMA_WRITE;

	begin(_i);
	ck_assert_uint_eq(dma.nr_windows, 2);
	ck_assert_int_eq(vprim_user_dma_map(&dma, &r, buffer, both, &fault), 0);
	ck_assert_uint_eq(kernel.last_flags, _i ? 7 : 3);
	in_step();
	ck_assert_int_eq(vprim_user_dma_map(&dma, &top, buffer, VPRIM_USER_DMA_READ,
					    &fault), 0);
	ck_assert_uint_eq(kernel.last_flags, _i ? 5 : 1);
	in_step();
	ck_assert_uint_eq(kernel.nr_map, 2);
	ck_assert_int_eq(vprim_user_dma_unmap(&dma, &r, &fault), 0);
	in_step();
	ck_assert_int_eq(vprim_user_dma_map(&dma, &r, buffer, VPRIM_USER_DMA_WRITE,
					    &fault), 0);
	ck_assert_uint_eq(kernel.last_flags, _i ? 3 : 2);
	ck_assert_int_eq(vprim_user_dma_unmap(&dma, &everything, &fault), 0);
	in_step();
	ck_assert_uint_eq(kernel.nr_map, 0);
	ck_assert_ptr_null(fault.call);
	end();
}
END_TEST

static const struct refusal {
	const char *name;
	struct vprim_range range;
	uint32_t prot;
	int ret;
	const char *word;
} refusals[] = {
	{ "inverted", { 0x2000, 0x1fff }, 3, -EINVAL, "inverted" },
	{ "no access", { 0x5000, 0x5fff }, 0, -EINVAL, "argument" },
	{ "unknown access", { 0x5000, 0x5fff }, 4, -EINVAL, "argument" },
	{ "the whole space", { 0, M }, 3, -EOVERFLOW, "none" },
	{ "in a hole", { 0xfee00000, 0xfee00fff }, 3, -ERANGE, "hole" },
	{ "across a hole", { 0xfed00000, 0xfef00fff }, 3, -ERANGE, "hole" },
	{ "overlap", { 0x1000, 0x3fff }, 3, -EEXIST, "overlap" },
};

START_TEST(what_the_library_knows_against_it_reaches_no_kernel)
{
	const struct refusal *r = &refusals[_i];
	const struct vprim_range there = pages(2, 2);
	char text[400];

	begin(0);
	ck_assert_int_eq(vprim_user_dma_map(&dma, &there, buffer, 3, NULL), 0);
	ck_assert_msg(vprim_user_dma_map(&dma, &r->range, buffer, r->prot,
					 &fault) == r->ret, "%s", r->name);
	ck_assert_msg(!strcmp(vprim_reason_word(&fault.reason), r->word),
		      "%s: %s", r->name, vprim_reason_word(&fault.reason));
	ck_assert_int_eq(vprim_user_dma_map(&dma, &r->range, buffer, r->prot, NULL),
			 r->ret);
	ck_assert_uint_eq(kernel.maps, 1);
	ck_assert_uint_gt(vprim_user_fault_text(&fault, text, sizeof(text)), 20);
	in_step();
	ck_assert_int_eq(vprim_user_dma_unmap(&dma, &everything, NULL), 0);
	end();
}
END_TEST

static const struct answer {
	int error;
	const char *word;
} answers[] = {
	{ EFAULT, NULL }, { EINVAL, "align" }, { EEXIST, "present" },
	{ ENOMEM, "memory" }, { ENOSPC, "entries" }, { EIO, "errno" },
};

START_TEST(what_the_kernel_refuses_leaves_the_map_as_it_was)
{
	const struct vprim_range r = pages(1, 1), s = pages(5, 9);
	size_t i;

	begin(_i);
	ck_assert_int_eq(vprim_user_dma_map(&dma, &r, buffer, 3, NULL), 0);
	for (i = 0; i < VPRIM_ARRAY_LEN(answers); i++) {
		kernel.refuse = answers[i].error;
		ck_assert_int_eq(vprim_user_dma_map(&dma, &s, buffer, 3, &fault),
				 -answers[i].error);
		ck_assert_str_eq(fault.call, _i ? "ioctl IOMMU_IOAS_MAP" :
						  "ioctl VFIO_IOMMU_MAP_DMA");
		ck_assert_str_eq(fault.subject, "0x5000..0x9fff");
		ck_assert_int_eq(fault.error, answers[i].error);
		if (!answers[i].word)
			ck_assert_str_eq(vprim_reason_word(&fault.reason),
					 _i ? "vaddr-or-bar" : "vaddr");
		else if (!_i || answers[i].error != ENOSPC)
			ck_assert_str_eq(vprim_reason_word(&fault.reason),
					 answers[i].word);
		in_step();
		kernel.refuse = answers[i].error;
		ck_assert_int_eq(vprim_user_dma_unmap(&dma, &r, &fault),
				 -answers[i].error);
		ck_assert_str_eq(fault.call, _i ? "ioctl IOMMU_IOAS_UNMAP" :
						  "ioctl VFIO_IOMMU_UNMAP_DMA");
		ck_assert_str_eq(fault.subject, "0x1000..0x1fff");
		in_step();
		ck_assert(!dma.spoiled);
	}
	ck_assert_int_eq(vprim_user_dma_unmap(&dma, &r, &fault), 0);
	end();
}
END_TEST

START_TEST(an_unmap_takes_whole_mappings_or_none)
{
	const struct vprim_range a = pages(1, 3), b = pages(5, 5), c = pages(7, 9);
	const struct vprim_range cuts[] = { pages(2, 5), pages(5, 8), pages(2, 2),
					    pages(8, 8) };
	const struct vprim_range hole = pages(4, 4), two = pages(0, 6);
	size_t i;

	begin(_i);
	ck_assert_int_eq(vprim_user_dma_map(&dma, &a, buffer, 3, NULL), 0);
	ck_assert_int_eq(vprim_user_dma_map(&dma, &b, buffer, 3, NULL), 0);
	ck_assert_int_eq(vprim_user_dma_map(&dma, &c, buffer, 3, NULL), 0);
	for (i = 0; i < VPRIM_ARRAY_LEN(cuts); i++) {
		ck_assert_int_eq(vprim_user_dma_unmap(&dma, &cuts[i], &fault), -EINVAL);
		ck_assert_str_eq(vprim_reason_word(&fault.reason), "sticks-out");
		ck_assert(fault.reason.hit.start == a.start ||
			  fault.reason.hit.start == c.start);
	}
	ck_assert_int_eq(vprim_user_dma_unmap(&dma, &hole, &fault), -ENOENT);
	ck_assert_str_eq(vprim_reason_word(&fault.reason), "nothing");
	ck_assert_uint_eq(kernel.unmaps, 0);
	in_step();
	ck_assert_int_eq(vprim_user_dma_unmap(&dma, &two, &fault), 0);
	ck_assert_uint_eq(kernel.unmaps, 2);
	in_step();
	/* Refused half-way: the lower one is gone on both sides. */
	ck_assert_int_eq(vprim_user_dma_map(&dma, &a, buffer, 3, NULL), 0);
	kernel.refuse = EBUSY;
	ck_assert_int_eq(vprim_user_dma_unmap(&dma, &everything, &fault), -EBUSY);
	in_step();
	ck_assert_int_eq(vprim_user_dma_unmap(&dma, &everything, &fault), 0);
	end();
}
END_TEST

START_TEST(a_wrong_size_spoils_the_space_and_keeps_the_mapping)
{
	static const uint64_t lies[] = { 0, PAGE - 1, 2 * PAGE, M };
	const struct vprim_range top = { M - (PAGE - 1), M }, low = pages(1, 1);
	char text[400];
	size_t i;

	for (i = 0; i < VPRIM_ARRAY_LEN(lies); i++) {
		begin(_i);
		ck_assert_int_eq(vprim_user_dma_map(&dma, &top, buffer, 3, NULL), 0);
		kernel.lie = true;
		kernel.lie_bytes = lies[i];
		ck_assert_int_eq(vprim_user_dma_unmap(&dma, &top, &fault), -EIO);
		ck_assert_str_eq(vprim_reason_word(&fault.reason), "unmapped");
		ck_assert_uint_eq(fault.reason.value, lies[i]);
		ck_assert_uint_eq(fault.reason.range.last, M);
		ck_assert_uint_le(vprim_user_fault_text(&fault, text, sizeof(text)),
				  sizeof(text));
		ck_assert(dma.spoiled);
		ck_assert_uint_eq(vprim_iova_map_count(&dma.map), 1);
		in_step();
		/* From now on nobody is asked. */
		ck_assert_int_eq(vprim_user_dma_map(&dma, &low, buffer, 3, &fault), -EIO);
		ck_assert_str_eq(vprim_reason_word(&fault.reason), "spoiled");
		ck_assert_int_eq(vprim_user_dma_unmap(&dma, &top, NULL), -EIO);
		ck_assert_uint_eq(kernel.maps, 1);
		ck_assert_uint_eq(kernel.unmaps, 1);
		end();
	}
}
END_TEST

START_TEST(an_allocator_finds_the_last_page_that_is_left)
{
	struct vprim_hole_blocked blocked;
	struct vprim_hole_space where;
	struct vprim_hole want;
	struct vprim_range r;
	uint64_t iova = 7;

	begin(0);
	ck_assert_int_eq(vprim_hole_init(&want, PAGE), 0);
	want.align_bytes = PAGE;
	want.from = VPRIM_HOLE_HIGHEST;
	where = vprim_user_dma_space(&dma, &blocked);
	ck_assert_int_eq(vprim_hole_place(&where, &want, &iova, NULL), 0);
	ck_assert_uint_eq(iova, M - (PAGE - 1));
	ck_assert_int_eq(vprim_range_from_size(iova, PAGE, &r), 0);
	ck_assert_int_eq(vprim_user_dma_map(&dma, &r, buffer, 3, NULL), 0);
	ck_assert_int_eq(vprim_hole_place(&where, &want, &iova, NULL), 0);
	ck_assert_uint_eq(iova, M - (2 * PAGE - 1));
	want.from = VPRIM_HOLE_LOWEST;
	want.within.start = 0xfedff001;
	ck_assert_int_eq(vprim_hole_place(&where, &want, &iova, NULL), 0);
	ck_assert_uint_eq(iova, 0xfef00000);
	ck_assert_int_eq(vprim_user_dma_unmap(&dma, &r, NULL), 0);
	end();
}
END_TEST

START_TEST(a_place_is_found_and_mapped_or_nothing_is)
{
	struct vprim_range r = { 7, 8 };
	struct vprim_hole want;

	begin(_i);
	ck_assert_int_eq(vprim_hole_init(&want, PAGE), 0);
	want.align_bytes = PAGE;
	want.from = VPRIM_HOLE_HIGHEST;
	want.within.last = 0xffffffff;
	kernel.refuse = ENOSPC;
	ck_assert_int_eq(vprim_user_dma_place(&dma, &want, buffer, 3, &r, &fault),
			 -ENOSPC);
	ck_assert_uint_eq(r.start, 7);
	ck_assert_uint_eq(vprim_iova_map_count(&dma.map), 0);
	ck_assert_int_eq(vprim_user_dma_place(&dma, &want, buffer, 3, &r, NULL), 0);
	ck_assert_uint_eq(r.start, 0xfffff000);
	ck_assert_uint_eq(r.last, 0xffffffff);
	ck_assert_uint_eq(vprim_iova_map_count(&dma.map), 1);
	want.within = r;
	ck_assert_int_eq(vprim_user_dma_place(&dma, &want, buffer, 3, &r, &fault),
			 -ENOSPC);
	ck_assert_str_eq(vprim_reason_word(&fault.reason), "space");
	want.align_bytes = 3;
	ck_assert_int_eq(vprim_user_dma_place(&dma, &want, buffer, 3, &r, &fault),
			 -EINVAL);
	ck_assert_str_eq(vprim_reason_word(&fault.reason), "align");
	ck_assert_uint_eq(kernel.maps, 2);	/* the refused one too */
	ck_assert_int_eq(vprim_user_dma_unmap(&dma, &r, NULL), 0);
	end();
}
END_TEST

START_TEST(windows_are_read_anew_or_stay)
{
	struct vprim_range *old;

	begin(_i);
	old = dma.windows;
	kernel.calls = 0;
	kernel.fail_at = 1;
	kernel.fail_with = EIO;
	ck_assert_int_eq(vprim_user_dma_refresh(&dma, &fault), -EIO);
	ck_assert_ptr_eq(dma.windows, old);
	memory.countdown = 1;
	ck_assert_int_eq(vprim_user_dma_refresh(&dma, &fault), -ENOMEM);
	ck_assert_str_eq(vprim_reason_word(&fault.reason), "memory");
	ck_assert_ptr_eq(dma.windows, old);
	lie_about_ranges(1);
	ck_assert_int_eq(vprim_user_dma_refresh(&dma, &fault), 0);
	ck_assert_uint_eq(dma.nr_windows, 1);
	ck_assert_uint_eq(dma.windows[0].last, 0xfedfffff);
	end();
	ck_assert_int_eq(vprim_user_dma_refresh(&dma, &fault), -EINVAL);
}
END_TEST

START_TEST(a_list_that_grows_each_time_is_given_up)
{
	start(1);
	memset(&memory, 0, sizeof(memory));
	lie_about_ranges(2);
	kernel.more_each_time = 1;
	ck_assert_int_eq(vprim_user_dma_init(&dma, &space, &test_alloc_ops, &memory,
					     &fault), -E2BIG);
	ck_assert_str_eq(vprim_reason_word(&fault.reason), "grew");
	ck_assert_uint_eq(memory.blocks, 0);
	stop();
}
END_TEST

START_TEST(bad_arguments_of_mapping_change_nothing)
{
	const struct vprim_range r = pages(1, 1);
	struct vprim_user_vfio_space shut = { .sys = NULL };
	struct vprim_user_dma zero = { .spoiled = false };

	begin(0);
	ck_assert_int_eq(vprim_user_dma_init(&zero, &shut, NULL, NULL, &fault), -EINVAL);
	ck_assert_int_eq(vprim_user_dma_map(&zero, &r, buffer, 3, &fault), -EINVAL);
	ck_assert_int_eq(vprim_user_dma_unmap(&zero, &r, &fault), -EINVAL);
	vprim_user_dma_fini(&zero);
	/* The map itself may run out of memory. */
	memory.countdown = 1;
	ck_assert_int_eq(vprim_user_dma_map(&dma, &r, buffer, 3, &fault), -ENOMEM);
	ck_assert_str_eq(vprim_reason_word(&fault.reason), "memory");
	ck_assert_uint_eq(kernel.maps, 0);
	in_step();
	end();
	/* Without an allocator, the C library's. */
	start(0);
	ck_assert_int_eq(vprim_user_dma_init(&dma, &space, NULL, NULL, NULL), 0);
	vprim_user_dma_fini(&dma);
	stop();
}
END_TEST

/* Maps and unmaps at random, each refused at times by the kernel or for want of
 * memory; after each the two sides hold the same. */
START_TEST(a_random_run_keeps_both_sides_in_step)
{
	struct test_rng rng = test_rng_seed(0xd3a + (uint64_t)_i);
	uint64_t i, steps = test_steps(100000), refused = 0, done = 0;

	begin(_i);
	for (i = 0; i < steps; i++) {
		uint64_t first = test_rng_below(&rng, 60);
		struct vprim_range r = pages(first, first + test_rng_below(&rng, 6));
		int ret;

		/* Half of it at the very top. */
		if (test_rng_below(&rng, 2)) {
			r.start += M - (66 * PAGE - 1);
			r.last += M - (66 * PAGE - 1);
		}
		kernel.refuse = test_rng_below(&rng, 8) ? 0 : EFAULT;
		memory.countdown = test_rng_below(&rng, 16) ? 0 : 1;
		if (test_rng_below(&rng, 2))
			ret = vprim_user_dma_map(&dma, &r, buffer + PAGE * test_rng_below(&rng, 9),
						 3, &fault);
		else
			ret = vprim_user_dma_unmap(&dma, &r, &fault);
		require(!ret || ret == -EEXIST || ret == -ENOENT || ret == -EINVAL ||
			ret == -EFAULT || ret == -ENOMEM);
		refused += ret == -EFAULT;
		done += !ret;
		kernel.refuse = 0;
		memory.countdown = 0;
		in_step();
	}
	require(!vprim_iova_map_audit(&dma.map));
	ck_assert_uint_gt(refused, steps / 100);
	ck_assert_uint_gt(done, steps / 10);
	if (kernel.nr_map)
		ck_assert_int_eq(vprim_user_dma_unmap(&dma, &everything, &fault), 0);
	end();
}
END_TEST

/* -- the real calls -------------------------------------------------------- */

START_TEST(the_real_calls_answer_with_errnos)
{
	const struct vprim_user_sys *real = vprim_user_sys_real();
	char folder[] = "/tmp/check_user_vfio.XXXXXX", path[80], name[16];
	struct stat st;
	void *big;
	int fd = real->open(real->ctx, "/dev/null");

	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(fcntl(fd, F_GETFD) & FD_CLOEXEC, FD_CLOEXEC);
	ck_assert_int_eq(fcntl(fd, F_GETFL) & O_ACCMODE, O_RDWR);
	ck_assert_int_eq(real->ioctl(real->ctx, fd, VFIO_GET_API_VERSION_, NULL), -ENOTTY);
	real->close(real->ctx, fd);
	ck_assert_int_eq(fstat(fd, &st), -1);
	ck_assert_int_eq(real->open(real->ctx, "/dev/null/no"), -ENOTDIR);
	ck_assert_ptr_nonnull(mkdtemp(folder));
	ck_assert_int_eq(real->entry(real->ctx, folder, name, sizeof(name)), -ENOENT);
	snprintf(path, sizeof(path), "%s/vfio3", folder);
	ck_assert_int_eq(real->link(real->ctx, path, name, sizeof(name)), -ENOENT);
	ck_assert_int_eq(symlink("../../iommu_groups/17", path), 0);
	ck_assert_int_eq(real->link(real->ctx, path, name, sizeof(name)), 0);
	ck_assert_str_eq(name, "17");
	ck_assert_int_eq(real->link(real->ctx, path, name, 2), -ENAMETOOLONG);
	ck_assert_int_eq(real->entry(real->ctx, folder, name, sizeof(name)), 0);
	ck_assert_str_eq(name, "vfio3");
	ck_assert_int_eq(real->entry(real->ctx, folder, name, 5), -ENAMETOOLONG);
	ck_assert_int_eq(real->list(real->ctx, folder, 0, name, sizeof(name)), 0);
	ck_assert_int_eq(real->list(real->ctx, folder, 1, name, sizeof(name)), -ENOENT);
	ck_assert_int_eq(real->read(real->ctx, "/proc/self/status", 0, name, 5), 5);
	ck_assert_mem_eq(name, "Name:", 5);
	ck_assert_int_eq(real->read(real->ctx, "/proc/self/status", 2, name, 3), 3);
	ck_assert_mem_eq(name, "me:", 3);
	ck_assert_int_eq(real->read(real->ctx, "/dev/null", 0, name, 5), 0);
	ck_assert_int_eq(real->read(real->ctx, "/dev/null", M, name, 5), -EFBIG);
	ck_assert_int_eq(real->read(real->ctx, folder, 0, name, 5), -EISDIR);
	ck_assert_int_eq(real->read(real->ctx, "/dev/null/no", 0, name, 5), -ENOTDIR);
	/* More than an int counts; where so much has no place there is no such read. */
	big = mmap(NULL, (size_t)INT_MAX + 4096, PROT_READ | PROT_WRITE,
		   MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	if (big != MAP_FAILED) {
		ck_assert_int_eq(real->read(real->ctx, "/dev/null", 0, big,
					    (size_t)INT_MAX + 4096), 0);
		munmap(big, (size_t)INT_MAX + 4096);
	}
	unlink(path);
	ck_assert_int_eq(symlink("17", path), 0);
	ck_assert_int_eq(real->link(real->ctx, path, name, sizeof(name)), 0);
	ck_assert_str_eq(name, "17");
	unlink(path);
	rmdir(folder);
	ck_assert_int_eq(real->entry(real->ctx, folder, name, sizeof(name)), -ENOENT);
}
END_TEST

/* Whatever this machine has: a space, or a reason why there is none. */
START_TEST(the_real_kernel_gives_a_space_or_a_reason)
{
	struct vprim_user_vfio_space here = { .sys = NULL };
	int ret;

	boot();
	ret = vprim_user_vfio_space_open(&here, NULL, _i ? 0 : VPRIM_TYPE1_V2, &fault);
	ck_assert_int_eq(ret ? -fault.error : 0, ret);
	ck_assert(!ret == (here.sys == vprim_user_sys_real()));
	ck_assert(!ret == (vprim_reason_id(&fault.reason) == VPRIM_REASON_NONE));
	vprim_user_vfio_space_close(&here);
	ck_assert_uint_eq(kernel.calls, 0);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("user_vfio");
	TCase *tc = tcase_create("user_vfio");

	tcase_set_timeout(tc, 60);
	tcase_add_loop_test(tc, a_device_is_opened_and_closed_both_ways, 0, 2);
	tcase_add_test(tc, a_second_device_joins_the_iommu_that_is_set);
	tcase_add_loop_test(tc, every_failure_while_opening_is_undone, 0,
			    2 * VPRIM_ARRAY_LEN(places));
	tcase_add_loop_test(tc, a_device_is_found_on_each_bus, 0,
			    2 * VPRIM_ARRAY_LEN(places));
	tcase_add_loop_test(tc, a_device_on_no_bus_is_no_device, 0, 2);
	tcase_add_loop_test(tc, a_failure_says_which_call_and_why, 0,
			    VPRIM_ARRAY_LEN(whys));
	tcase_add_test(tc, what_the_kernel_cannot_do_is_refused);
	tcase_add_test(tc, bad_arguments_of_opening_reach_no_kernel);
	tcase_add_loop_test(tc, regions_and_devices_are_asked_about, 0, 2);
	tcase_add_test(tc, an_answer_that_grows_is_asked_for_again_but_not_forever);
	tcase_add_test(tc, an_answer_that_contradicts_itself_is_refused);
	tcase_add_loop_test(tc, windows_come_as_a_list_both_ways, 0, 2);
	tcase_add_test(tc, a_containers_count_of_windows_is_not_believed);
	tcase_add_test(tc, an_old_kernel_restricts_nothing);
	tcase_add_test(tc, a_count_of_windows_is_not_believed);
	tcase_add_loop_test(tc, a_device_outlives_its_space, 0, 2);
	tcase_add_loop_test(tc, to_begin_mapping_is_all_or_nothing, 0, 2);
	tcase_add_loop_test(tc, a_mapping_goes_in_and_out_on_both_sides, 0, 2);
	tcase_add_loop_test(tc, what_the_library_knows_against_it_reaches_no_kernel,
			    0, VPRIM_ARRAY_LEN(refusals));
	tcase_add_loop_test(tc, what_the_kernel_refuses_leaves_the_map_as_it_was, 0, 2);
	tcase_add_loop_test(tc, an_unmap_takes_whole_mappings_or_none, 0, 2);
	tcase_add_loop_test(tc, a_wrong_size_spoils_the_space_and_keeps_the_mapping, 0, 2);
	tcase_add_test(tc, an_allocator_finds_the_last_page_that_is_left);
	tcase_add_loop_test(tc, a_place_is_found_and_mapped_or_nothing_is, 0, 2);
	tcase_add_loop_test(tc, windows_are_read_anew_or_stay, 0, 2);
	tcase_add_test(tc, a_list_that_grows_each_time_is_given_up);
	tcase_add_test(tc, bad_arguments_of_mapping_change_nothing);
	tcase_add_loop_test(tc, a_random_run_keeps_both_sides_in_step, 0, 2);
	tcase_add_test(tc, the_real_calls_answer_with_errnos);
	tcase_add_loop_test(tc, the_real_kernel_gives_a_space_or_a_reason, 0, 2);
	suite_add_tcase(suite, tc);
	return test_main(suite);
}
