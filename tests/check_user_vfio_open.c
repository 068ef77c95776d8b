// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * Opening in pieces: groups with several devices, files that came from elsewhere,
 * tokens, groups without an IOMMU, and what sysfs says of a refusal. Before a
 * kernel of our own with two groups of three devices, and a sysfs of lines.
 */
#include "../libvirtprim/shim/user/user_vfio_internal.h"
#include "testlib.h"
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>
#include <virtprim/user_dma.h>

#define A "0000:01:00.0"
#define B "0000:01:00.1"
#define C "0000:02:00.0"
#define UUID "00112233-4455-6677-8899-aabbccddeeff"
#define FILES 24

enum what { CLOSED, CONTAINER, IOMMUFD, GROUP, DEVICE };

struct file {
	enum what what;
	unsigned int number;	/* of a group */
	bool joined, bound, attached;
};

/* A line of sysfs: a link's last part, a folder's entry, or a file's text. */
struct line {
	const char *path, *text;
};

static struct {
	struct file file[FILES];
	struct line sysfs[24];
	unsigned int lines;
	bool noiommu;
	bool iommu_set;
	unsigned int iommus;
	uint32_t attached_to;
	char name[128];		/* asked of a group */
	bool had_token;
	uint8_t token[16];
	const char *fail;	/* the step that fails */
	int error;
} k;

static unsigned int nr_open(void)
{
	unsigned int i, n = 0;

	for (i = 0; i < FILES; i++)
		n += k.file[i].what != CLOSED;
	return n;
}

static int new_file(enum what what, unsigned int number)
{
	int fd = 0;

	while (k.file[fd].what)
		must(++fd < FILES);
	k.file[fd] = (struct file){ .what = what, .number = number };
	return fd;
}

static int step(const char *what)
{
	return k.fail && !strcmp(what, k.fail) ? -k.error : 0;
}

static int k_open(void *ctx, const char *path)
{
	const char *prefix = k.noiommu ? "/dev/vfio/noiommu-" : "/dev/vfio/";
	unsigned int number, i;
	int ret = step(path), end = 0;

	(void)ctx;
	if (ret)
		return ret;
	if (!strcmp(path, "/dev/vfio/vfio"))
		return new_file(CONTAINER, 0);
	if (!strcmp(path, "/dev/iommu"))
		return new_file(IOMMUFD, 0);
	if (!strncmp(path, "/dev/vfio/devices/", 18))
		return new_file(DEVICE, 0);
	if (strncmp(path, prefix, strlen(prefix)) ||
	    sscanf(path + strlen(prefix), "%u%n", &number, &end) != 1 ||
	    path[strlen(prefix) + (size_t)end])
		return -ENOENT;
	/* As the kernel: once at a time. */
	for (i = 0; i < FILES; i++)
		if (k.file[i].what == GROUP && k.file[i].number == number)
			return -EBUSY;
	return new_file(GROUP, number);
}

static void k_close(void *ctx, int fd)
{
	(void)ctx;
	must(k.file[fd].what != CLOSED);
	k.file[fd].what = CLOSED;
}

static const char *find_line(const char *path, size_t index)
{
	unsigned int i;

	for (i = 0; i < k.lines; i++)
		if (!strcmp(k.sysfs[i].path, path) && !index--)
			return k.sysfs[i].text;
	return NULL;
}

static int k_list(void *ctx, const char *path, size_t index, char *name,
		  size_t size_bytes)
{
	const char *text = find_line(path, index);

	(void)ctx;
	if (!text)
		return -ENOENT;
	snprintf(name, size_bytes, "%s", text);
	return 0;
}

static int k_link(void *ctx, const char *path, char *name, size_t size_bytes)
{
	return k_list(ctx, path, 0, name, size_bytes);
}

static int k_read(void *ctx, const char *path, uint64_t offset, void *buf,
		  size_t size_bytes)
{
	const char *text = find_line(path, 0);
	size_t length;

	(void)ctx;
	must(!offset);
	if (!text)
		return -ENOENT;
	length = strlen(text) < size_bytes ? strlen(text) : size_bytes;
	memcpy(buf, text, length);
	return (int)length;
}

static int k_group(struct file *f, unsigned long request, void *arg)
{
	struct vfio_group_status_ *status = arg;
	int ret;

	switch (request) {
	case VFIO_GROUP_GET_STATUS_:
		status->flags = (step("viable") ? 0 : 1u) | (f->joined ? 2u : 0);
		return 0;
	case VFIO_GROUP_SET_CONTAINER_:
		must(!f->joined);
		ret = step("join");
		f->joined = !ret;
		return ret;
	case VFIO_GROUP_UNSET_CONTAINER_:
		must(f->joined);
		f->joined = false;
		k.iommu_set = false;
		return 0;
	default:
		must(request == VFIO_GROUP_GET_DEVICE_FD_ && f->joined);
		snprintf(k.name, sizeof(k.name), "%s", (char *)arg);
		ret = step("device");
		return ret ? ret : new_file(DEVICE, 0);
	}
}

static int k_device(struct file *f, unsigned long request, void *arg)
{
	struct vfio_bind_iommufd_ *bind = arg;
	struct vfio_attach_iommufd_pt_ *attach = arg;
	int ret;

	switch (request) {
	case VFIO_DEVICE_BIND_IOMMUFD_:
		ret = step("bind");
		k.had_token = bind->flags & VFIO_BIND_TOKEN_;
		must(bind->argsz == (k.had_token ? 24 : 16));
		if (k.had_token)
			memcpy(k.token, (void *)(uintptr_t)bind->token_uuid_ptr, 16);
		bind->out_devid = 77;
		f->bound = !ret;
		return ret;
	case VFIO_DEVICE_ATTACH_IOMMUFD_PT_:
		must(f->bound);
		ret = step("attach");
		f->attached = !ret;
		k.attached_to = attach->pt_id;
		return ret;
	default:
		must(request == VFIO_DEVICE_GET_INFO_);
		ret = step("info");
		return ret ? ret : f->number || f->bound ? 0 : -EINVAL;
	}
}

static int k_ioctl(void *ctx, int fd, unsigned long request, void *arg)
{
	struct file *f = &k.file[fd];
	int ret;

	(void)ctx;
	must(fd >= 0 && fd < FILES);
	if (f->what == GROUP)
		return k_group(f, request, arg);
	if (f->what == DEVICE)
		return k_device(f, request, arg);
	if (f->what == IOMMUFD && request == IOMMU_IOAS_ALLOC_) {
		((struct iommu_ioas_alloc_ *)arg)->out_ioas_id = 9;
		return step("ioas");
	}
	must(f->what == CONTAINER || request == VFIO_GET_API_VERSION_);
	if (f->what != CONTAINER)
		return -ENOTTY;
	switch (request) {
	case VFIO_GET_API_VERSION_:
		return 0;
	case VFIO_CHECK_EXTENSION_:
		return 1;
	case VFIO_SET_IOMMU_:
		ret = step("iommu");
		must(((uintptr_t)arg == VPRIM_USER_VFIO_NOIOMMU) == k.noiommu);
		k.iommus += !ret;
		k.iommu_set = !ret;
		return ret;
	default:
		must(request == VFIO_IOMMU_GET_INFO_);
		return k.iommu_set ? 0 : -EINVAL;
	}
}

static struct vprim_user_sys sys;
static struct vprim_user_fault fault;
static struct vprim_user_vfio_space space;
static char text[400];

static void line(const char *path, const char *what)
{
	must(k.lines < VPRIM_ARRAY_LEN(k.sysfs));
	k.sysfs[k.lines++] = (struct line){ path, what };
}

static void boot(void)
{
	memset(&k, 0, sizeof(k));
	memset(&fault, 0, sizeof(fault));
	sys = (struct vprim_user_sys){
		.open = k_open, .close = k_close, .ioctl = k_ioctl, .link = k_link,
		.entry = k_link, .read = k_read, .list = k_list,
	};
	line("/sys/bus/pci/devices/" A "/subsystem", "pci");
	line("/sys/bus/pci/devices/" B "/subsystem", "pci");
	line("/sys/bus/pci/devices/" C "/subsystem", "pci");
	line("/sys/bus/pci/devices/" A "/iommu_group", "16");
	line("/sys/bus/pci/devices/" B "/iommu_group", "16");
	line("/sys/bus/pci/devices/" C "/iommu_group", "17");
	line("/sys/bus/pci/devices/" A "/vfio-dev", "vfio0");
	line("/sys/bus/pci/devices/" B "/vfio-dev", "vfio1");
}

static int open_space(int way)
{
	if (way)
		return vprim_user_vfio_iommufd_open(&space, &sys, &fault);
	return vprim_user_vfio_container_open(&space, &sys,
					      k.noiommu ? VPRIM_USER_VFIO_NOIOMMU :
							  VPRIM_TYPE1_V2, &fault);
}

START_TEST(devices_of_one_group_share_it)
{
	struct vprim_user_vfio_device a, b, c;

	boot();
	ck_assert_int_eq(open_space(0), 0);
	ck_assert_int_eq(vprim_user_vfio_device_open(&a, &space, A, &fault), 0);
	ck_assert_int_eq(vprim_user_vfio_device_open(&b, &space, B, &fault), 0);
	ck_assert_int_eq(vprim_user_vfio_device_open(&c, &space, C, &fault), 0);
	ck_assert_int_eq(a.group_fd, b.group_fd);
	ck_assert_int_ne(a.group_fd, c.group_fd);
	ck_assert_uint_eq(k.iommus, 1);
	ck_assert_uint_eq(nr_open(), 6);
	/* A device that is refused leaves the group to the others. */
	k.fail = "device";
	k.error = EBUSY;
	ck_assert_int_eq(vprim_user_vfio_device_open(&b, &space, B, &fault), -EBUSY);
	ck_assert_uint_eq(nr_open(), 6);
	k.fail = NULL;
	vprim_user_vfio_device_close(&a);
	ck_assert(k.file[b.group_fd].joined);
	vprim_user_vfio_device_close(&b);
	ck_assert_uint_eq(nr_open(), 3);
	/* One of them may outlive the space. */
	vprim_user_vfio_space_close(&space);
	vprim_user_vfio_device_close(&c);
	ck_assert_uint_eq(nr_open(), 0);
}
END_TEST

START_TEST(a_token_goes_with_the_name)
{
	static const uint8_t bytes[16] = { 0x00, 0x11, 0x22, 0x33, 0x44, 0x55,
		0x66, 0x77, 0x88, 0x99, 0xaa, 0xbb, 0xcc, 0xdd, 0xee, 0xff };
	static const char *const wrong[] = {
		A " ", A " vf_token=", A " token=" UUID, A " vf_token=" UUID "0",
		A " vf_token=0011223344556677-8899-aabbccddeeff0",
		A " vf_token=0011223g-4455-6677-8899-aabbccddeeff",
		A "  vf_token=" UUID, A " vf_token=" UUID " vf_token=" UUID,
	};
	struct vprim_user_vfio_device d;
	size_t i;

	boot();
	ck_assert_int_eq(open_space(_i), 0);
	ck_assert_int_eq(vprim_user_vfio_device_open(&d, &space,
						     A " vf_token=" UUID, &fault), 0);
	if (_i) {
		ck_assert(k.had_token);
		ck_assert_mem_eq(k.token, bytes, 16);
		ck_assert_uint_eq(d.devid, 77);
	} else {
		ck_assert_str_eq(k.name, A " vf_token=" UUID);
	}
	vprim_user_vfio_device_close(&d);
	ck_assert_int_eq(vprim_user_vfio_device_open(&d, &space, A, &fault), 0);
	ck_assert(!_i == !strcmp(k.name, A));
	ck_assert(!k.had_token);
	vprim_user_vfio_device_close(&d);
	for (i = 0; i < VPRIM_ARRAY_LEN(wrong); i++) {
		ck_assert_msg(vprim_user_vfio_device_open(&d, &space, wrong[i],
							  &fault) == -EINVAL,
			      "%s", wrong[i]);
		ck_assert_str_eq(vprim_reason_word(&fault.reason), "name");
	}
	vprim_user_vfio_space_close(&space);
	ck_assert_uint_eq(nr_open(), 0);
}
END_TEST

START_TEST(a_group_without_iommu_is_for_those_who_ask)
{
	struct vprim_user_vfio_device d;
	struct vprim_user_dma dma;

	boot();
	ck_assert_int_eq(open_space(0), 0);
	k.noiommu = true;
	ck_assert_int_eq(vprim_user_vfio_device_open(&d, &space, A, &fault), -ENODEV);
	ck_assert_str_eq(vprim_reason_word(&fault.reason), "noiommu");
	ck_assert_str_eq(fault.subject, "/dev/vfio/noiommu-16");
	vprim_user_vfio_space_close(&space);
	ck_assert_uint_eq(nr_open(), 0);
	ck_assert_int_eq(open_space(0), 0);
	ck_assert_int_eq(vprim_user_vfio_device_open(&d, &space, A, &fault), 0);
	ck_assert_uint_eq(k.iommus, 1);
	ck_assert_int_eq(vprim_user_dma_init(&dma, &space, NULL, NULL, &fault),
			 -EOPNOTSUPP);
	ck_assert_str_eq(vprim_reason_word(&fault.reason), "unmappable");
	vprim_user_vfio_device_close(&d);
	vprim_user_vfio_space_close(&space);
	ck_assert_uint_eq(nr_open(), 0);
}
END_TEST

START_TEST(nothing_is_mapped_before_the_first_device)
{
	struct vprim_user_dma dma;

	boot();
	ck_assert_int_eq(open_space(0), 0);
	ck_assert_int_eq(vprim_user_dma_init(&dma, &space, NULL, NULL, &fault),
			 -EINVAL);
	ck_assert_str_eq(vprim_reason_word(&fault.reason), "empty");
	ck_assert_str_eq(fault.call, "ioctl VFIO_IOMMU_GET_INFO");
	vprim_user_vfio_space_close(&space);
}
END_TEST

/* -- what sysfs says ------------------------------------------------------- */

#define GROUP16 "/sys/kernel/iommu_groups/16"
#define RMRR "0x0000000000000000 0x0000000000ffffff direct\n" \
	     "0x00000000fee00000 0x00000000feefffff msi\n"
#define RELAXED "0x00000000bdf6e000 0x00000000bdf84fff direct-relaxable\n" \
		"0x00000000fee00000 0x00000000feefffff msi\n" \
		"0x000000fd00000000 0x000000ffffffffff reserved\n"

static const struct cause {
	const char *name;
	int way;
	const char *fail;
	int error;
	const char *regions, *driver;
	const char *word, *subject, *sentence;
} causes[] = {
	{ "RMRR since 6.6", 0, "join", EINVAL, RMRR, NULL, "direct",
	  "/dev/vfio/16", "0x0..0xffffff" },
	{ "RMRR before 6.6", 0, "iommu", EPERM, RMRR, NULL, "direct",
	  "/dev/vfio/16", "RMRR" },
	{ "RMRR, iommufd", 1, "bind", EINVAL, RMRR, NULL, "direct",
	  "/dev/vfio/devices/vfio0", "reserved_regions" },
	{ "RMRR at attach", 1, "attach", EINVAL, RMRR, NULL, "direct",
	  "/dev/vfio/devices/vfio0", "RMRR" },
	{ "no RMRR: interrupts", 0, "iommu", EPERM, RELAXED, NULL, "interrupts",
	  "/dev/vfio/16", "does not remap interrupts" },
	{ "no RMRR: in use", 0, "join", EINVAL, RELAXED, NULL, "in-use",
	  "/dev/vfio/16", "in use" },
	{ "no RMRR: unfit", 1, "attach", EINVAL, RELAXED, NULL, "unfit",
	  "/dev/vfio/devices/vfio0", "differs" },
	{ "an unknown kind says nothing", 0, "iommu", EPERM, "0x0 0xfff odd\n",
	  NULL, "interrupts-or-direct", "/dev/vfio/16", "one of: " },
	{ "a cut line says nothing", 0, "iommu", EPERM, "0x0 0xf", NULL,
	  "interrupts-or-direct", "/dev/vfio/16", "one of: " },
	{ "no file", 0, "join", EINVAL, NULL, NULL, "direct-or-in-use",
	  "/dev/vfio/16", "one of: " },
	{ "not viable", 0, "viable", 1, NULL, "nouveau", "viable",
	  B " (nouveau)", "another driver" },
	{ "not viable, nobody to blame", 0, "viable", 1, NULL, "pcieport", "viable",
	  "/dev/vfio/16", "another driver" },
	{ "bound elsewhere", 1, "bind", EBUSY, NULL, "nouveau", "viable",
	  B " (nouveau)", "another driver" },
	{ "bound to VFIO", 1, "bind", EBUSY, NULL, "vfio-pci", "in-use",
	  "/dev/vfio/devices/vfio0", "in use" },
	{ "a driver of VFIO by its folder", 1, "bind", EBUSY, NULL, "xe-vf",
	  "in-use", "/dev/vfio/devices/vfio0", "in use" },
};

START_TEST(sysfs_tells_causes_apart)
{
	const struct cause *c = &causes[_i];
	struct vprim_user_vfio_device d;

	boot();
	if (c->regions)
		line(GROUP16 "/reserved_regions", c->regions);
	if (c->driver) {
		line(GROUP16 "/devices", A);
		line(GROUP16 "/devices", B);
		line(GROUP16 "/devices/" A "/driver", "vfio-pci");
		line(GROUP16 "/devices/" B "/driver", c->driver);
	}
	if (c->driver && !strcmp(c->driver, "xe-vf"))
		line(GROUP16 "/devices/" B "/vfio-dev", "vfio1");
	k.fail = c->fail;
	k.error = c->error;
	ck_assert_int_eq(open_space(c->way), 0);
	ck_assert_msg(vprim_user_vfio_device_open(&d, &space, A, &fault) ==
		      -c->error, "%s", c->name);
	ck_assert_msg(!strcmp(vprim_reason_word(&fault.reason), c->word), "%s: %s",
		      c->name, vprim_reason_word(&fault.reason));
	ck_assert_msg(!strcmp(fault.subject, c->subject), "%s: %s", c->name,
		      fault.subject);
	vprim_user_fault_text(&fault, text, sizeof(text));
	ck_assert_msg(strstr(text, c->sentence), "%s: %s", c->name, text);
	/* Nobody has to ask, and facts may be out of reach. */
	ck_assert_int_eq(vprim_user_vfio_device_open(&d, &space, A, NULL), -c->error);
	sys.read = NULL;
	sys.list = NULL;
	ck_assert_int_eq(vprim_user_vfio_device_open(&d, &space, A, &fault),
			 -c->error);
	ck_assert_uint_eq(nr_open(), 1);
	vprim_user_vfio_space_close(&space);
}
END_TEST

START_TEST(the_physical_function_and_the_power_are_named)
{
	struct vprim_user_vfio_device d;

	boot();
	line("/sys/bus/pci/devices/" A "/physfn", "0000:01:10.0");
	line("/sys/bus/pci/devices/" A "/power_state", "D3cold\n");
	ck_assert_int_eq(open_space(0), 0);
	k.fail = "device";
	k.error = EACCES;
	ck_assert_int_eq(vprim_user_vfio_device_open(&d, &space, A, &fault), -EACCES);
	ck_assert_str_eq(vprim_reason_word(&fault.reason), "token");
	ck_assert_str_eq(fault.subject, A " (VF of 0000:01:10.0)");
	/* Whose token is no business of the report's. */
	ck_assert_int_eq(vprim_user_vfio_device_open(&d, &space,
						     A " vf_token=" UUID, &fault),
			 -EACCES);
	ck_assert_str_eq(fault.subject, A " (VF of 0000:01:10.0)");
	k.error = EINVAL;
	ck_assert_int_eq(vprim_user_vfio_device_open(&d, &space, A, &fault), -EINVAL);
	ck_assert_str_eq(vprim_reason_word(&fault.reason), "asleep");
	ck_assert_str_eq(fault.subject, A " (power_state D3cold)");
	vprim_user_vfio_space_close(&space);
}
END_TEST

START_TEST(iommufd_names_a_group_without_iommu)
{
	struct vprim_user_vfio_device d;

	boot();
	ck_assert_int_eq(open_space(1), 0);
	/* Nothing is in its folder. */
	ck_assert_int_eq(vprim_user_vfio_device_open(&d, &space, C, &fault), -ENOENT);
	ck_assert_str_eq(vprim_reason_word(&fault.reason), "driver");
	line("/sys/kernel/iommu_groups/17/name", "vfio-noiommu\n");
	ck_assert_int_eq(vprim_user_vfio_device_open(&d, &space, C, &fault), -ENOENT);
	ck_assert_str_eq(vprim_reason_word(&fault.reason), "noiommu");
	vprim_user_vfio_space_close(&space);
}
END_TEST

START_TEST(a_token_that_is_not_taken_is_one_of_the_causes)
{
	struct vprim_user_vfio_device d;

	boot();
	ck_assert_int_eq(open_space(1), 0);
	k.fail = "bind";
	k.error = EINVAL;
	ck_assert_int_eq(vprim_user_vfio_device_open(&d, &space,
						     A " vf_token=" UUID, &fault),
			 -EINVAL);
	ck_assert_str_eq(vprim_reason_word(&fault.reason), "no-token");
	vprim_user_fault_text(&fault, text, sizeof(text));
	ck_assert_ptr_nonnull(strstr(text, "one of: "));
	ck_assert_ptr_nonnull(strstr(text, "in use already"));
	vprim_user_vfio_space_close(&space);
}
END_TEST

/* -- files from elsewhere -------------------------------------------------- */

START_TEST(a_container_and_its_group_are_taken_over)
{
	struct vprim_user_vfio_device a, b;
	int container, group;

	boot();
	container = new_file(CONTAINER, 0);
	group = new_file(GROUP, 16);
	/* By turns as opened, joined, and with its IOMMU set. */
	k.file[group].joined = _i > 0;
	k.iommu_set = _i > 1;
	ck_assert_int_eq(vprim_user_vfio_space_take(&space, &sys, container,
						    VPRIM_TYPE1_V2, 0, &fault), 0);
	ck_assert_int_eq(vprim_user_vfio_group_take(&space, group, 16, &fault), 0);
	ck_assert_uint_eq(k.iommus, _i > 1 ? 0 : 1);
	ck_assert(k.file[group].joined);
	ck_assert_int_eq(vprim_user_vfio_group_take(&space, group, 16, &fault),
			 -EBUSY);
	ck_assert_int_eq(vprim_user_vfio_device_open(&a, &space, A, &fault), 0);
	ck_assert_int_eq(vprim_user_vfio_device_open(&b, &space, B, &fault), 0);
	ck_assert_int_eq(a.group_fd, group);
	vprim_user_vfio_device_close(&a);
	vprim_user_vfio_device_close(&b);
	/* The space keeps it, and in the end closes it without taking it out. */
	ck_assert_uint_eq(nr_open(), 2);
	vprim_user_vfio_space_close(&space);
	ck_assert_uint_eq(nr_open(), 0);
	ck_assert(k.file[group].joined);
}
END_TEST

START_TEST(a_group_that_is_refused_stays_with_its_owner)
{
	int container, group;

	boot();
	line(GROUP16 "/reserved_regions", RMRR);
	container = new_file(CONTAINER, 0);
	group = new_file(GROUP, 16);
	ck_assert_int_eq(vprim_user_vfio_space_take(&space, &sys, container,
						    VPRIM_TYPE1_V2, 0, &fault), 0);
	k.fail = _i ? "iommu" : "join";
	k.error = EINVAL + _i;
	ck_assert_int_eq(vprim_user_vfio_group_take(&space, group, 16, &fault),
			 -k.error);
	ck_assert(!_i == !strcmp(vprim_reason_word(&fault.reason), "direct"));
	ck_assert(k.file[group].what == GROUP && !k.file[group].joined);
	vprim_user_vfio_space_close(&space);
	ck_assert_uint_eq(nr_open(), 1);
	/* Closed, or of the wrong kind. */
	ck_assert_int_eq(vprim_user_vfio_group_take(&space, group, 16, &fault),
			 -EINVAL);
	ck_assert_int_eq(open_space(1), 0);
	ck_assert_int_eq(vprim_user_vfio_group_take(&space, group, 16, &fault),
			 -EOPNOTSUPP);
	ck_assert_int_eq(vprim_user_vfio_group_take(&space, -1, 16, &fault),
			 -EINVAL);
	vprim_user_vfio_space_close(&space);
}
END_TEST

START_TEST(an_iommufd_and_its_device_are_taken_over)
{
	struct vprim_user_vfio_device d, before;
	int iommufd, device;

	boot();
	iommufd = new_file(IOMMUFD, 0);
	device = new_file(DEVICE, 0);
	k.file[device].bound = _i;
	/* Its IOAS is made, or the one that is there. */
	ck_assert_int_eq(vprim_user_vfio_space_take(&space, &sys, iommufd, 0,
						    _i ? 5 : 0, &fault), 0);
	ck_assert_uint_eq(space.ioas_id, _i ? 5 : 9);
	memset(&d, 0x5a, sizeof(d));
	before = d;
	k.fail = _i ? "attach" : "bind";
	k.error = ENOMEM;
	ck_assert_int_eq(vprim_user_vfio_device_take(&d, &space, device, &fault),
			 -ENOMEM);
	k.fail = "info";
	k.error = ENOTTY;
	ck_assert_int_eq(vprim_user_vfio_device_take(&d, &space, device, &fault),
			 -ENOTTY);
	ck_assert_mem_eq(&d, &before, sizeof(d));
	ck_assert_uint_eq(space.devices, 0);
	k.fail = NULL;
	ck_assert_int_eq(vprim_user_vfio_device_take(&d, &space, device, &fault), 0);
	ck_assert(k.file[device].attached);
	ck_assert_uint_eq(k.attached_to, space.ioas_id);
	ck_assert_uint_eq(d.devid, _i ? 0 : 77);
	ck_assert_uint_eq(space.devices, 1);
	vprim_user_vfio_device_close(&d);
	vprim_user_vfio_space_close(&space);
	ck_assert_uint_eq(nr_open(), 0);
}
END_TEST

START_TEST(a_device_of_a_container_is_taken_over)
{
	struct vprim_user_vfio_device d;
	int device;

	boot();
	ck_assert_int_eq(open_space(0), 0);
	device = new_file(DEVICE, 1);
	ck_assert_int_eq(vprim_user_vfio_device_take(&d, &space, -1, &fault),
			 -EINVAL);
	ck_assert_int_eq(vprim_user_vfio_device_take(&d, &space, device, &fault), 0);
	ck_assert_int_eq(d.group_fd, -1);
	vprim_user_vfio_device_close(&d);
	vprim_user_vfio_space_close(&space);
	ck_assert_int_eq(vprim_user_vfio_device_take(&d, &space, device, &fault),
			 -EINVAL);
	ck_assert_uint_eq(nr_open(), 0);
}
END_TEST

START_TEST(what_cannot_be_a_space_is_not_taken)
{
	struct vprim_user_vfio_space s, before;
	int iommufd;

	boot();
	memset(&s, 0x5a, sizeof(s));
	before = s;
	iommufd = new_file(IOMMUFD, 0);
	ck_assert_int_eq(vprim_user_vfio_space_take(&s, &sys, -1, 0, 0, &fault),
			 -EINVAL);
	ck_assert_int_eq(vprim_user_vfio_space_take(&s, &sys, iommufd, 2, 0, &fault),
			 -EINVAL);
	ck_assert_int_eq(vprim_user_vfio_space_take(&s, &sys, iommufd,
						    VPRIM_TYPE1_V2, 5, &fault),
			 -EINVAL);
	ck_assert_int_eq(vprim_user_vfio_space_take(&s, &sys, iommufd,
						    VPRIM_TYPE1_V2, 0, &fault),
			 -ENOTTY);
	k.fail = "ioas";
	k.error = ENOMEM;
	ck_assert_int_eq(vprim_user_vfio_space_take(&s, &sys, iommufd, 0, 0, &fault),
			 -ENOMEM);
	ck_assert_mem_eq(&s, &before, sizeof(s));
	ck_assert_uint_eq(nr_open(), 1);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("user_vfio_open");
	TCase *tc = tcase_create("user_vfio_open");

	tcase_add_test(tc, devices_of_one_group_share_it);
	tcase_add_loop_test(tc, a_token_goes_with_the_name, 0, 2);
	tcase_add_test(tc, a_group_without_iommu_is_for_those_who_ask);
	tcase_add_test(tc, nothing_is_mapped_before_the_first_device);
	tcase_add_loop_test(tc, sysfs_tells_causes_apart, 0,
			    VPRIM_ARRAY_LEN(causes));
	tcase_add_test(tc, the_physical_function_and_the_power_are_named);
	tcase_add_test(tc, iommufd_names_a_group_without_iommu);
	tcase_add_test(tc, a_token_that_is_not_taken_is_one_of_the_causes);
	tcase_add_loop_test(tc, a_container_and_its_group_are_taken_over, 0, 3);
	tcase_add_loop_test(tc, a_group_that_is_refused_stays_with_its_owner, 0, 2);
	tcase_add_loop_test(tc, an_iommufd_and_its_device_are_taken_over, 0, 2);
	tcase_add_test(tc, a_device_of_a_container_is_taken_over);
	tcase_add_test(tc, what_cannot_be_a_space_is_not_taken);
	suite_add_tcase(suite, tc);
	return test_main(suite);
}
