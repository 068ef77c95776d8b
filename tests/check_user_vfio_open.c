// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * Opening in pieces: groups with several devices, files that came from elsewhere,
 * tokens, groups without an IOMMU, and what sysfs says of a refusal. Before the
 * pretended kernel of mock.h with two groups of three devices, and a sysfs of lines.
 */
#include "../libvirtprim/shim/user/user_vfio_internal.h"
#include "fake_malloc.h"
#include "testlib.h"
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>
#include <virtprim/mock.h>
#include <virtprim/user.h>
#include <virtprim/user_dma.h>

#define A "0000:01:00.0"
#define B "0000:01:00.1"
#define C "0000:02:00.0"
#define UUID "00112233-4455-6677-8899-aabbccddeeff"
#define FIRST_FD 1000		/* of the mock */

/* A line of sysfs: a link's last part, a folder's entry, or a file's text. */
struct line {
	const char *path, *text;
};

/* What a hook around each of the mock's calls sees and forces. */
static struct {
	struct vprim_mock *mock;
	struct vprim_user_sys real;
	unsigned int open;	/* files */
	uint64_t joined;	/* groups in a container: bit of the file */
	struct line sysfs[24];
	unsigned int lines;
	bool noiommu;
	unsigned int iommus;
	uint32_t attached_to, devid;
	char name[128];		/* asked of a group */
	bool had_token;
	uint8_t token[16];
	const char *fail;	/* the step that fails */
	int error;
	int list_error;		/* of a folder behind its last line */
} k;

static uint64_t bit(int fd)
{
	require(fd >= FIRST_FD && fd < FIRST_FD + 64);
	return UINT64_C(1) << (fd - FIRST_FD);
}

static int step(const char *what)
{
	return k.fail && !strcmp(what, k.fail) ? -k.error : 0;
}

/* Groups without an IOMMU are ours: the mock's, by another name. */
static int k_open(void *ctx, const char *path)
{
	const char *prefix = "/dev/vfio/noiommu-";
	char other[40];
	int ret = step(path);

	(void)ctx;
	if (ret)
		return ret;
	if (k.noiommu && !strncmp(path, prefix, strlen(prefix))) {
		snprintf(other, sizeof(other), "/dev/vfio/%s", path + strlen(prefix));
		path = other;
	} else if (k.noiommu && !strncmp(path, "/dev/vfio/1", 11)) {
		return -ENOENT;
	}
	ret = k.real.open(k.mock, path);
	k.open += ret >= 0;
	return ret;
}

static void k_close(void *ctx, int fd)
{
	(void)ctx;
	require(k.open);
	k.open--;
	k.real.close(k.mock, fd);
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
		return k.list_error && index ? -k.list_error : -ENOENT;
	snprintf(name, size_bytes, "%s", text);
	return 0;
}

static int k_entry(void *ctx, const char *path, char *name, size_t size_bytes)
{
	return k_list(ctx, path, 0, name, size_bytes);
}

static int k_link(void *ctx, const char *path, char *name, size_t size_bytes)
{
	int ret = k_list(ctx, path, 0, name, size_bytes);

	if (strstr(path, "/iommu_group") && step("group"))
		return step("group");
	return ret == -ENOENT ? k.real.link(k.mock, path, name, size_bytes) : ret;
}

static int k_read(void *ctx, const char *path, uint64_t offset, void *buf,
		  size_t size_bytes)
{
	const char *text = find_line(path, 0);
	size_t length;

	(void)ctx;
	require(!offset);
	if (!text)
		return -ENOENT;
	length = strlen(text) < size_bytes ? strlen(text) : size_bytes;
	memcpy(buf, text, length);
	return (int)length;
}

static int pass(int fd, unsigned long request, void *arg)
{
	return k.real.ioctl(k.mock, fd, request, arg);
}

static int get_status(int fd, struct vfio_group_status_ *status)
{
	int ret = pass(fd, VFIO_GROUP_GET_STATUS_, status);

	if (step("viable"))
		status->flags &= ~1u;
	return ret;
}

/* The token is for us: the mock's devices are no virtual functions. */
static int get_device(int fd, const char *name)
{
	char plain[13] = "";
	int ret;

	snprintf(k.name, sizeof(k.name), "%s", name);
	memcpy(plain, k.name, sizeof(plain) - 1);
	ret = pass(fd, VFIO_GROUP_GET_DEVICE_FD_, plain);
	k.open += ret >= 0;
	return ret;
}

static int bind(int fd, struct vfio_bind_iommufd_ *b)
{
	struct vfio_bind_iommufd_ plain = { .argsz = 16, .iommufd = b->iommufd };
	int ret;

	k.had_token = b->flags & VFIO_BIND_TOKEN_;
	require(b->argsz == (k.had_token ? 24 : 16));
	if (k.had_token)
		memcpy(k.token, (void *)(uintptr_t)b->token_uuid_ptr, 16);
	ret = pass(fd, VFIO_DEVICE_BIND_IOMMUFD_, &plain);
	b->out_devid = k.devid = plain.out_devid;
	return ret;
}

static int set_iommu(int fd, uintptr_t kind)
{
	int ret;

	require((kind == VPRIM_USER_VFIO_NOIOMMU) == k.noiommu);
	ret = pass(fd, VFIO_SET_IOMMU_,
		   (void *)(k.noiommu ? (uintptr_t)VPRIM_TYPE1_V2 : kind));
	k.iommus += !ret;
	return ret;
}

static const struct hook {
	unsigned long request;
	const char *step;
} hooks[] = {
	{ VFIO_GROUP_SET_CONTAINER_, "join" },
	{ VFIO_GROUP_GET_DEVICE_FD_, "device" },
	{ VFIO_DEVICE_BIND_IOMMUFD_, "bind" },
	{ VFIO_DEVICE_ATTACH_IOMMUFD_PT_, "attach" },
	{ VFIO_DEVICE_GET_INFO_, "info" },
	{ IOMMU_IOAS_ALLOC_, "ioas" },
	{ VFIO_SET_IOMMU_, "iommu" },
	{ VFIO_IOMMU_GET_INFO_, "windows" },
};

static int k_ioctl(void *ctx, int fd, unsigned long request, void *arg)
{
	size_t i;
	int ret;

	(void)ctx;
	for (i = 0; i < VPRIM_ARRAY_LEN(hooks); i++)
		if (hooks[i].request == request && step(hooks[i].step))
			return step(hooks[i].step);
	switch (request) {
	case VFIO_GROUP_GET_STATUS_:
		return get_status(fd, arg);
	case VFIO_GROUP_SET_CONTAINER_:
		ret = pass(fd, request, arg);
		k.joined |= ret ? 0 : bit(fd);
		return ret;
	case VFIO_GROUP_UNSET_CONTAINER_:
		require(k.joined & bit(fd));
		k.joined &= ~bit(fd);
		return pass(fd, request, arg);
	case VFIO_GROUP_GET_DEVICE_FD_:
		return get_device(fd, arg);
	case VFIO_DEVICE_BIND_IOMMUFD_:
		return bind(fd, arg);
	case VFIO_DEVICE_ATTACH_IOMMUFD_PT_:
		k.attached_to = ((struct vfio_attach_iommufd_pt_ *)arg)->pt_id;
		return pass(fd, request, arg);
	case VFIO_SET_IOMMU_:
		return set_iommu(fd, (uintptr_t)arg);
	case VFIO_CHECK_EXTENSION_:
		ret = pass(fd, request, arg);
		return k.noiommu ? 1 : ret;
	default:
		return pass(fd, request, arg);
	}
}

static struct vprim_user_sys sys;
static struct vprim_user_fault fault;
static struct vprim_user_vfio_space space;
static char text[400];

static void line(const char *path, const char *what)
{
	require(k.lines < VPRIM_ARRAY_LEN(k.sysfs));
	k.sysfs[k.lines++] = (struct line){ path, what };
}

static void boot(void)
{
	static const struct vprim_mock_ops no_ops;
	struct vprim_mock_config config = {
		.ops = &no_ops, .alloc = vprim_user_alloc(),
	};
	struct vprim_mock_device *d;

	vprim_mock_free(k.mock);
	memset(&k, 0, sizeof(k));
	memset(&fault, 0, sizeof(fault));
	require(!vprim_mock_new(&k.mock, &config));
	require(!vprim_mock_add(k.mock, vprim_mock_model_find("edu"), A, 16, NULL, &d));
	require(!vprim_mock_add(k.mock, vprim_mock_model_find("edu"), B, 16, NULL, &d));
	require(!vprim_mock_add(k.mock, vprim_mock_model_find("edu"), C, 17, NULL, &d));
	vprim_mock_sys(k.mock, &k.real);
	sys = (struct vprim_user_sys){
		.open = k_open, .close = k_close, .ioctl = k_ioctl, .link = k_link,
		.entry = k_entry, .read = k_read, .list = k_list,
	};
	line("/sys/bus/pci/devices/" A "/vfio-dev", "vfio0");
	line("/sys/bus/pci/devices/" B "/vfio-dev", "vfio1");
}

static int open_space(int way)
{
	uint32_t kind = k.noiommu ? VPRIM_USER_VFIO_NOIOMMU : VPRIM_TYPE1_V2;

	return vprim_user_vfio_space_open(&space, &sys, way ? 0 : kind, &fault);
}

START_TEST(devices_of_one_group_share_it)
{
	struct vprim_user_vfio_device a, b, c;

	boot();
	ck_assert_int_eq(open_space(0), 0);
	fake_starve(vprim_user_vfio_device_open(&a, &space, A, &fault),
		    require(k.open == 1 && !k.joined && fault.error == ENOMEM);
		    k.iommus = 0);	/* one may have been chosen, and left */
	ck_assert_int_eq(vprim_user_vfio_device_open(&b, &space, B, &fault), 0);
	ck_assert_int_eq(vprim_user_vfio_device_open(&c, &space, C, &fault), 0);
	ck_assert_int_eq(a.group_fd, b.group_fd);
	ck_assert_int_ne(a.group_fd, c.group_fd);
	ck_assert_uint_eq(k.iommus, 1);
	ck_assert_uint_eq(k.open, 6);
	/* A device that is refused leaves the group to the others. */
	k.fail = "device";
	k.error = EBUSY;
	ck_assert_int_eq(vprim_user_vfio_device_open(&b, &space, B, &fault), -EBUSY);
	ck_assert_uint_eq(k.open, 6);
	k.fail = NULL;
	vprim_user_vfio_device_close(&a);
	ck_assert(k.joined & bit(b.group_fd));
	vprim_user_vfio_device_close(&b);
	ck_assert_uint_eq(k.open, 3);
	/* One of them may outlive the space. */
	vprim_user_vfio_space_close(&space);
	vprim_user_vfio_device_close(&c);
	ck_assert_uint_eq(k.open, 0);
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
		ck_assert_uint_eq(d.devid, k.devid);
		ck_assert_uint_gt(k.devid, 0);
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
	ck_assert_uint_eq(k.open, 0);
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
	/* It is there, whether it may be opened or not. */
	k.fail = "/dev/vfio/noiommu-16";
	k.error = EACCES;
	ck_assert_int_eq(vprim_user_vfio_device_open(&d, &space, A, &fault), -ENODEV);
	ck_assert_str_eq(vprim_reason_word(&fault.reason), "noiommu");
	k.fail = NULL;
	vprim_user_vfio_space_close(&space);
	ck_assert_uint_eq(k.open, 0);
	ck_assert_int_eq(open_space(0), 0);
	ck_assert_int_eq(vprim_user_vfio_device_open(&d, &space, A, &fault), 0);
	ck_assert_uint_eq(k.iommus, 1);
	ck_assert_int_eq(vprim_user_dma_init(&dma, &space, NULL, NULL, &fault),
			 -EOPNOTSUPP);
	ck_assert_str_eq(vprim_reason_word(&fault.reason), "unmappable");
	vprim_user_vfio_device_close(&d);
	vprim_user_vfio_space_close(&space);
	ck_assert_uint_eq(k.open, 0);
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

/* The same errno means that only of what a container itself refuses. */
START_TEST(a_container_with_a_device_is_not_called_empty)
{
	struct vprim_user_vfio_device d;
	struct vprim_vfio_cap_view view;
	uint8_t buf[64];

	boot();
	ck_assert_int_eq(open_space(0), 0);
	ck_assert_int_eq(vprim_user_vfio_iommu_info(&space, buf, 0, &view, &fault),
			 -EINVAL);
	ck_assert_uint_eq(vprim_reason_id(&fault.reason), VPRIM_REASON_ARGUMENT);
	ck_assert_int_eq(vprim_user_vfio_iommu_info(&space, buf, sizeof(buf), &view,
						    NULL), -EINVAL);
	ck_assert_int_eq(vprim_user_vfio_device_open(&d, &space, A, &fault), 0);
	k.fail = "windows";
	k.error = EINVAL;
	ck_assert_int_eq(vprim_user_vfio_iommu_info(&space, buf, sizeof(buf), &view,
						    &fault), -EINVAL);
	ck_assert_uint_eq(vprim_reason_id(&fault.reason), VPRIM_USER_RULE_ERRNO);
	vprim_user_vfio_device_close(&d);
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

/* One region more than is looked at. */
#define FOUR "0x1000 0x1fff msi\n0x2000 0x2fff msi\n0x3000 0x3fff msi\n" \
	     "0x4000 0x4fff msi\n"
#define SIXTEEN FOUR FOUR FOUR FOUR

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
	{ "RMRR in 6.1", 0, "join", EPERM, RMRR, NULL, "direct",
	  "/dev/vfio/16", "0x0..0xffffff" },
	{ "no RMRR: a sibling", 0, "join", EPERM, RELAXED, "nouveau", "viable",
	  B " (nouveau)", "another driver" },
	{ "nobody says which", 0, "join", EPERM, NULL, NULL, "direct-or-viable",
	  "/dev/vfio/16", "one of: " },
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
	{ "a list too long to know", 0, "iommu", EPERM, SIXTEEN RMRR, NULL,
	  "interrupts-or-direct", "/dev/vfio/16", "one of: " },
	{ "a long list that begins with it", 0, "iommu", EPERM, RMRR SIXTEEN, NULL,
	  "direct", "/dev/vfio/16", "RMRR" },
	{ "no RMRR, and a group without a device", 0, "join", EPERM, RELAXED, NULL,
	  "viable", "/dev/vfio/16", "another driver" },
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
	ck_assert_uint_eq(k.open, 1);
	vprim_user_vfio_space_close(&space);
}
END_TEST

/* Who has it cannot be told: the folder breaks off, or nobody says which group. */
START_TEST(what_sysfs_does_not_say_is_not_guessed)
{
	struct vprim_user_vfio_device d;

	boot();
	line(GROUP16 "/devices", A);
	line(GROUP16 "/devices/" A "/driver", "vfio-pci");
	ck_assert_int_ge(k_open(NULL, "/dev/vfio/16"), 0);
	ck_assert_int_eq(open_space(1), 0);
	k.list_error = EIO;
	ck_assert_int_eq(vprim_user_vfio_device_open(&d, &space, A, &fault), -EBUSY);
	ck_assert_str_eq(vprim_reason_word(&fault.reason), "in-use-or-viable");
	k.list_error = 0;
	ck_assert_int_eq(vprim_user_vfio_device_open(&d, &space, A, &fault), -EBUSY);
	ck_assert_str_eq(vprim_reason_word(&fault.reason), "in-use");
	k.fail = "group";
	k.error = EIO;
	ck_assert_int_eq(vprim_user_vfio_device_open(&d, &space, A, &fault), -EBUSY);
	ck_assert_str_eq(vprim_reason_word(&fault.reason), "in-use-or-viable");
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
	line("/sys/kernel/iommu_groups/17/name", "vfio-mdev\n");
	ck_assert_int_eq(vprim_user_vfio_device_open(&d, &space, C, &fault), -ENOENT);
	ck_assert_str_eq(vprim_reason_word(&fault.reason), "driver");
	k.lines--;
	line("/sys/kernel/iommu_groups/17/name", "vfio-noiommu\n");
	ck_assert_int_eq(vprim_user_vfio_device_open(&d, &space, C, &fault), -ENOENT);
	ck_assert_str_eq(vprim_reason_word(&fault.reason), "noiommu");
	/* Linux 6.12 has something there, and no file in /dev. */
	line("/sys/bus/pci/devices/" C "/vfio-dev", "vfio9");
	ck_assert_int_eq(vprim_user_vfio_device_open(&d, &space, C, &fault), -ENOENT);
	ck_assert_str_eq(fault.subject, "/dev/vfio/devices/vfio9");
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
	k.error = EBUSY;
	ck_assert_int_eq(vprim_user_vfio_device_open(&d, &space,
						     A " vf_token=" UUID, &fault),
			 -EBUSY);
	ck_assert_str_eq(vprim_reason_word(&fault.reason), "in-use-or-viable");
	vprim_user_vfio_space_close(&space);
}
END_TEST

/* -- files from elsewhere -------------------------------------------------- */

static int elsewhere(const char *path)
{
	return k_open(NULL, path);
}

START_TEST(a_container_and_its_group_are_taken_over)
{
	struct vprim_user_vfio_device a, b;
	int container, group;

	boot();
	container = elsewhere("/dev/vfio/vfio");
	group = elsewhere("/dev/vfio/16");
	/* By turns as opened, joined, and with its IOMMU set. */
	if (_i > 0)
		require(!k_ioctl(NULL, group, VFIO_GROUP_SET_CONTAINER_, &container));
	if (_i > 1)
		require(!pass(container, VFIO_SET_IOMMU_, (void *)VPRIM_TYPE1_V2));
	ck_assert_int_eq(vprim_user_vfio_space_take(&space, &sys, container,
						    VPRIM_TYPE1_V2, 0, &fault), 0);
	ck_assert_int_eq(vprim_user_vfio_group_take(&space, group, 16, &fault), 0);
	ck_assert_uint_eq(k.iommus, _i > 1 ? 0 : 1);
	ck_assert(k.joined & bit(group));
	ck_assert_int_eq(vprim_user_vfio_group_take(&space, group, 16, &fault),
			 -EBUSY);
	ck_assert_int_eq(vprim_user_vfio_device_open(&a, &space, A, &fault), 0);
	ck_assert_int_eq(vprim_user_vfio_device_open(&b, &space, B, &fault), 0);
	ck_assert_int_eq(a.group_fd, group);
	vprim_user_vfio_device_close(&a);
	vprim_user_vfio_device_close(&b);
	/* The space keeps it, and in the end closes it without taking it out. */
	ck_assert_uint_eq(k.open, 2);
	vprim_user_vfio_space_close(&space);
	ck_assert_uint_eq(k.open, 0);
	ck_assert(k.joined & bit(group));
}
END_TEST

START_TEST(a_group_that_is_refused_stays_with_its_owner)
{
	int container, group;

	boot();
	line(GROUP16 "/reserved_regions", RMRR);
	container = elsewhere("/dev/vfio/vfio");
	group = elsewhere("/dev/vfio/16");
	ck_assert_int_eq(vprim_user_vfio_space_take(&space, &sys, container,
						    VPRIM_TYPE1_V2, 0, &fault), 0);
	k.fail = _i ? "iommu" : "join";
	k.error = EINVAL + _i;
	ck_assert_int_eq(vprim_user_vfio_group_take(&space, group, 16, &fault),
			 -k.error);
	ck_assert(!_i == !strcmp(vprim_reason_word(&fault.reason), "direct"));
	ck_assert_uint_eq(k.joined, 0);
	vprim_user_vfio_space_close(&space);
	ck_assert_uint_eq(k.open, 1);
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
	struct iommu_ioas_alloc_ there = { .size = sizeof(there) };
	struct vprim_user_vfio_device d, before;
	struct vfio_bind_iommufd_ b = { .argsz = 16 };
	int device;

	boot();
	b.iommufd = elsewhere("/dev/iommu");
	device = elsewhere("/dev/vfio/devices/vfio0");
	if (_i) {
		require(!pass(device, VFIO_DEVICE_BIND_IOMMUFD_, &b));
		require(!pass(b.iommufd, IOMMU_IOAS_ALLOC_, &there));
	}
	/* Its IOAS is made, or the one that is there. */
	ck_assert_int_eq(vprim_user_vfio_space_take(&space, &sys, b.iommufd, 0,
						    there.out_ioas_id, &fault), 0);
	ck_assert(_i ? space.ioas_id == there.out_ioas_id : space.ioas_id);
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
	ck_assert_uint_eq(k.attached_to, space.ioas_id);
	ck_assert_uint_eq(d.devid, _i ? 0 : k.devid);
	ck_assert(_i || k.devid);
	ck_assert_uint_eq(space.devices, 1);
	vprim_user_vfio_device_close(&d);
	vprim_user_vfio_space_close(&space);
	ck_assert_uint_eq(k.open, 0);
}
END_TEST

START_TEST(a_device_of_a_container_is_taken_over)
{
	struct vprim_user_vfio_device d;
	int device, group;

	boot();
	ck_assert_int_eq(open_space(0), 0);
	group = elsewhere("/dev/vfio/16");
	require(!pass(group, VFIO_GROUP_SET_CONTAINER_, &space.fd));
	require(!pass(space.fd, VFIO_SET_IOMMU_, (void *)VPRIM_TYPE1_V2));
	device = get_device(group, A);
	k_close(NULL, group);
	ck_assert_int_eq(vprim_user_vfio_device_take(&d, &space, -1, &fault),
			 -EINVAL);
	ck_assert_int_eq(vprim_user_vfio_device_take(&d, &space, device, &fault), 0);
	ck_assert_int_eq(d.group_fd, -1);
	vprim_user_vfio_device_close(&d);
	vprim_user_vfio_space_close(&space);
	ck_assert_int_eq(vprim_user_vfio_device_take(&d, &space, device, &fault),
			 -EINVAL);
	ck_assert_uint_eq(k.open, 0);
}
END_TEST

START_TEST(what_cannot_be_a_space_is_not_taken)
{
	struct vprim_user_vfio_space s, before;
	int iommufd;

	boot();
	memset(&s, 0x5a, sizeof(s));
	before = s;
	iommufd = elsewhere("/dev/iommu");
	ck_assert_int_eq(vprim_user_vfio_space_take(&s, &sys, -1, 0, 0, &fault),
			 -EINVAL);
	ck_assert_int_eq(vprim_user_vfio_space_take(&s, &sys, iommufd, 2, 0, &fault),
			 -EINVAL);
	ck_assert_int_eq(vprim_user_vfio_space_take(&s, &sys, iommufd,
						    VPRIM_TYPE1_V2, 5, &fault),
			 -EINVAL);
	/* An iommufd can be asked as a container; a group cannot. */
	ck_assert_int_eq(vprim_user_vfio_space_take(&s, &sys,
						    elsewhere("/dev/vfio/16"),
						    VPRIM_TYPE1_V2, 0, &fault),
			 -ENOTTY);
	k.fail = "ioas";
	k.error = ENOMEM;
	ck_assert_int_eq(vprim_user_vfio_space_take(&s, &sys, iommufd, 0, 0, &fault),
			 -ENOMEM);
	ck_assert_mem_eq(&s, &before, sizeof(s));
	ck_assert_uint_eq(k.open, 2);
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
	tcase_add_test(tc, a_container_with_a_device_is_not_called_empty);
	tcase_add_loop_test(tc, sysfs_tells_causes_apart, 0,
			    VPRIM_ARRAY_LEN(causes));
	tcase_add_test(tc, what_sysfs_does_not_say_is_not_guessed);
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
