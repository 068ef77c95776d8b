// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * virtprim caps --device before a kernel of our own, which has a device with three
 * regions and answers about one of them what a test wants.
 */
#include "../examples/virtprim/caps/caps.h"
#include "../examples/virtprim/tool.h"
#include "../libvirtprim/shim/user/user_vfio_internal.h"
#include "testlib.h"
#include <errno.h>
#include <stdarg.h>
#include <string.h>
#include <unistd.h>

#define BDF "0000:01:00.0"
#define FOLDER "/sys/bus/pci/devices/" BDF "/"

static struct {
	uint32_t reply[24];	/* to questions about region 1, from argsz on */
	size_t bytes;		/* 0: there is no such region */
	const char *lacks;	/* what the machine has not */
	int open;		/* files */
} kernel;

static char said[4096], shown[1 << 16];

/* -- what the tool's main() gives else -- */

void tool_warn(const char *format, ...)
{
	size_t used = strlen(said);
	va_list ap;

	va_start(ap, format);
	vsnprintf(said + used, sizeof(said) - used, format, ap);
	va_end(ap);
	used = strlen(said);
	snprintf(said + used, sizeof(said) - used, "\n");
}

bool tool_colour(FILE *to)
{
	(void)to;
	return false;
}

poptContext tool_options(int argc, const char **argv, struct poptOption *table,
			 const char *usage, int *status)
{
	(void)argc;
	(void)argv;
	(void)table;
	(void)usage;
	*status = TOOL_USAGE;
	return NULL;
}

/* -- the kernel: its files are numbered from 100 -- */

static bool lacks(const char *what)
{
	return kernel.lacks && !strcmp(kernel.lacks, what);
}

static int fake_open(void *ctx, const char *path)
{
	(void)ctx;
	return lacks(path) || strstr(path, "noiommu") ? -ENOENT :
						       100 + kernel.open++;
}

static void fake_close(void *ctx, int fd)
{
	(void)ctx;
	require(fd >= 100);
	kernel.open--;
}

static int fake_link(void *ctx, const char *path, char *name, size_t size_bytes)
{
	(void)ctx;
	if (strncmp(path, FOLDER, strlen(FOLDER)))
		return -ENOENT;
	path += strlen(FOLDER);
	snprintf(name, size_bytes, "%s", strcmp(path, "driver") ? "7" : "e1000e");
	return lacks(path) ? -ENOENT : 0;
}

static int fake_entry(void *ctx, const char *path, char *name, size_t size_bytes)
{
	(void)ctx;
	require(!strcmp(path, FOLDER "vfio-dev"));
	snprintf(name, size_bytes, "vfio3");
	return lacks("vfio-dev") ? -ENOENT : 0;
}

static int answer_ranges(struct iommu_ioas_iova_ranges_ *r)
{
	static const struct vprim_range list[2] = {
		{ 0, 0xfedfffff }, { 0xfef00000, UINT64_MAX },
	};

	require(r->num_iovas >= 2);
	memcpy((void *)(uintptr_t)r->allowed_iovas, list, sizeof(list));
	r->num_iovas = 2;
	return 0;
}

/* As Linux does: the chain comes only when there is room for all of it. */
static void answer_region(uint32_t *q)
{
	bool fits = kernel.bytes <= q[0];

	memcpy(q, kernel.reply, fits ? kernel.bytes : 32);
	if (!fits)
		q[3] = 0;
}

static int fake_ioctl(void *ctx, int fd, unsigned long request, void *arg)
{
	uint32_t *q = arg;

	(void)ctx;
	require(fd >= 100);
	switch (request) {
	case VFIO_CHECK_EXTENSION_:
		return 1;
	case VFIO_GROUP_GET_STATUS_:
		((struct vfio_group_status_ *)arg)->flags = VFIO_GROUP_VIABLE_;
		return 0;
	case VFIO_GROUP_GET_DEVICE_FD_:
		require(!strcmp(arg, BDF));
		return 100 + kernel.open++;
	case VFIO_DEVICE_GET_INFO_:
		q[1] = VPRIM_VFIO_CAP_DEVICE_PCI;
		q[2] = 3;
		return 0;
	case VFIO_DEVICE_GET_REGION_INFO_:
		if (q[2] != 1)
			return 0;
		if (!kernel.bytes)
			return -EINVAL;
		answer_region(q);
		return 0;
	case IOMMU_IOAS_IOVA_RANGES_:
		return answer_ranges(arg);
	default:
		return 0;
	}
}

static const struct vprim_user_sys sys = {
	.open = fake_open, .close = fake_close, .ioctl = fake_ioctl,
	.link = fake_link, .entry = fake_entry,
};

/* What comes on standard output goes to @shown. */
static int run(struct caps_out out, const char *name, bool iommufd)
{
	FILE *file = tmpfile();
	int old = dup(1), status;
	size_t n;

	require(file && old >= 0);
	fflush(stdout);
	require(dup2(fileno(file), 1) == 1);
	said[0] = '\0';
	status = caps_device(&out, &sys, name, iommufd);
	fflush(stdout);
	require(dup2(old, 1) == 1);
	close(old);
	rewind(file);
	n = fread(shown, 1, sizeof(shown) - 1, file);
	shown[n] = '\0';
	fclose(file);
	ck_assert_int_eq(kernel.open, 0);
	return status;
}

static void boot(void)
{
	memset(&kernel, 0, sizeof(kernel));
}

#define HAS(text, what) ck_assert_msg(strstr(text, what), "no '%s' in: %s", what, text)
#define LACKS(text, what) ck_assert_msg(!strstr(text, what), "'%s' in: %s", what, text)

START_TEST(regions_that_are_not_there_are_passed_over)
{
	boot();
	ck_assert_int_eq(run((struct caps_out){ .json = false }, "01:00.0", _i), TOOL_OK);
	ck_assert_str_eq(said, "");
	HAS(shown, "device info, 24 bytes\n");
	HAS(shown, "num_regions    3\n");
	HAS(shown, "index          0\n");
	LACKS(shown, "index          1\n");
	HAS(shown, "index          2\n");
	if (_i)
		HAS(shown, "\nioas ranges, 2\n"
		    "  0x0000    iova[0]      0x0..0xfedfffff\n"
		    "  0x0010    iova[1]      0xfef00000..0xffffffffffffffff\n");
	else
		HAS(shown, "\niommu info, 24 bytes\n");
	ck_assert_int_eq(run((struct caps_out){ .json = true }, BDF, _i), TOOL_OK);
	HAS(shown, _i ? "\"kind\": \"ioas\",\n    \"ranges\": [" : "\"kind\": \"iommu\"");
	ck_assert_int_eq(run((struct caps_out){ .vec = true }, BDF, _i), TOOL_OK);
	HAS(shown, _i ? "windows.check 0x0..0xfedfffff,0xfef00000..0xffffffffffffffff"
			" -> ok\n" :
			"vfio_cap.parse kind=iommu ");
}
END_TEST

/* Words of 32 bits; the order is this host's, as a kernel's is. */
static const struct row {
	const char *name;
	uint32_t reply[24];
	size_t bytes;
	const char *shown, *said, *vec;
} rows[] = {
	{ "a link to itself",
	  { 40, 15, 1, 32, 0x4000, 0, 0, 0, 0, 32 }, 40,
	  "breaks P7: a link must lead forward", "a link must lead forward", "why=P7\n" },
	{ "a chain inside the fixed part",
	  { 40, 15, 1, 16, 0x4000, 0, 0, 0, 0, 0 }, 40,
	  "breaks P4", "must lie behind the fixed part", "why=P4\n" },
	{ "shorter than itself",
	  { 12, 7, 1, 0, 0x4000 }, 32,
	  "region info, 12 bytes\n  0x0000  breaks P1", "must hold the fixed part", "-> -EINVAL\n" },
	{ "fits and has no chain",
	  { 32, 15, 1, 0, 0x4000 }, 32,
	  "index          1\n", "announced but did not fit", "-> -EMSGSIZE needed=" },
};

START_TEST(a_malformed_reply_is_shown_up_to_its_fault)
{
	const struct row *r = &rows[_i];

	boot();
	memcpy(kernel.reply, r->reply, sizeof(kernel.reply));
	kernel.bytes = r->bytes;
	ck_assert_int_eq(run((struct caps_out){ .json = false }, BDF, false), TOOL_FAILED);
	HAS(shown, r->shown);
	HAS(said, r->said);
	HAS(said, "region 1");
	/* What comes after it is shown still. */
	HAS(shown, "index          2\n");
	HAS(shown, "iommu info");
	ck_assert_int_eq(run((struct caps_out){ .vec = true }, BDF, false), TOOL_FAILED);
	HAS(shown, r->vec);
	ck_assert_int_eq(run((struct caps_out){ .json = true }, BDF, false), TOOL_FAILED);
	HAS(shown, "\"fault\": {");
}
END_TEST

/* Aligned to 4, as before Linux 6.6. */
START_TEST(strict_means_what_kernels_give_today)
{
	static const uint32_t reply[] = { 44, 15, 1, 36, 0x4000, 0, 0, 0, 0, 0, 0 };
	static const uint16_t head[] = { 3, 1 };

	boot();
	memcpy(kernel.reply, reply, sizeof(reply));
	kernel.bytes = sizeof(reply);
	/* Id and version are two fields of 16 bits. */
	memcpy(kernel.reply + 9, head, sizeof(head));
	ck_assert_int_eq(run((struct caps_out){ .json = false }, BDF, false), TOOL_OK);
	HAS(shown, "0x0024  MSIX_MAPPABLE (3) version 1");
	ck_assert_int_eq(run((struct caps_out){ .options = VPRIM_VFIO_CAP_STRICT },
			     BDF, false), TOOL_FAILED);
	HAS(shown, "breaks P5");
	/* The order and the layout are of a file. */
	ck_assert_int_eq(run((struct caps_out){ .options = VPRIM_VFIO_CAP_BE |
				VPRIM_VFIO_CAP_LE | VPRIM_VFIO_CAP_I386 }, BDF, false),
			 TOOL_OK);
}
END_TEST

static const struct missing {
	const char *lacks, *name;
	bool iommufd;
	const char *said;
} missings[] = {
	{ "/dev/vfio/vfio", BDF, false, "load vfio-pci for a container" },
	{ "/dev/iommu", BDF, true, "--iommufd needs Linux 6.6" },
	{ NULL, "0000:02:00.0", false, "'lspci -D' lists PCI devices" },
	{ NULL, "0000:02:00.0", true, "no bus has such a device" },
	{ "iommu_group", BDF, false, "its driver is e1000e; bind it to vfio-pci on a "
	  "machine whose IOMMU is on" },
	{ "/dev/vfio/7", BDF, false, "its driver is e1000e; bind the device and all of "
	  "its group to vfio-pci" },
	{ "vfio-dev", BDF, true, "its driver is e1000e; bind the device" },
};

START_TEST(what_is_missing_is_said_with_a_hint)
{
	const struct missing *m = &missings[_i];

	boot();
	kernel.lacks = m->lacks;
	ck_assert_int_eq(run((struct caps_out){ .json = true }, m->name, m->iommufd),
			 TOOL_USAGE);
	ck_assert_str_eq(shown, "");
	HAS(said, m->said);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("caps_device");
	TCase *tc = tcase_create("caps_device");

	tcase_add_loop_test(tc, regions_that_are_not_there_are_passed_over, 0, 2);
	tcase_add_loop_test(tc, a_malformed_reply_is_shown_up_to_its_fault, 0,
			    VPRIM_ARRAY_LEN(rows));
	tcase_add_test(tc, strict_means_what_kernels_give_today);
	tcase_add_loop_test(tc, what_is_missing_is_said_with_a_hint, 0,
			    VPRIM_ARRAY_LEN(missings));
	suite_add_tcase(suite, tc);
	return test_main(suite);
}
