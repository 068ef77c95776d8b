// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * Interrupts, resets of a whole bus, KVM's list of files and reserved regions, by
 * the bytes that reach a kernel of our own.
 */
#include "../libvirtprim/shim/user/user_vfio_internal.h"
#include "fake_malloc.h"
#include "testlib.h"
#include <errno.h>
#include <stdio.h>
#include <string.h>

#define CONTAINER 3
#define IOMMUFD 4
#define DEVICE 9
#define VM 20
#define KVM_VFIO 21

/* What the kernel was told last, and what it answers. */
static struct {
	int error;
	unsigned int calls;
	uint32_t words[64];	/* of the last struct */
	size_t bytes;
	int32_t file;
	uint64_t attr;
	/* a reset's set */
	struct vprim_user_vfio_dependent set[40];
	uint32_t nr_set, grow, flags;
	bool says_all_fit;
	bool resets_only_fail;
	const char *regions;
} k;

static int k_open(void *ctx, const char *path)
{
	unsigned int group;

	(void)ctx;
	if (!strcmp(path, "/dev/vfio/vfio"))
		return CONTAINER;
	if (!strcmp(path, "/dev/iommu"))
		return IOMMUFD;
	if (sscanf(path, "/dev/vfio/%u", &group) == 1)
		return (int)group;
	return DEVICE;
}

static void k_close(void *ctx, int fd)
{
	(void)ctx;
	(void)fd;
}

/* 0000:01:00.x is in group 16 + x. */
static int k_link(void *ctx, const char *path, char *name, size_t size_bytes)
{
	const char *dot = strrchr(path, '.');

	(void)ctx;
	if (strstr(path, "/subsystem"))
		snprintf(name, size_bytes, "pci");
	else
		snprintf(name, size_bytes, "%d", 16 + dot[1] - '0');
	return strstr(path, "/pci/") ? 0 : -ENOENT;
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
	size_t length;

	(void)ctx;
	require(!offset && !strcmp(path, "/sys/kernel/iommu_groups/16/reserved_regions"));
	if (!k.regions)
		return -EACCES;
	length = strlen(k.regions);
	require(length <= size_bytes);
	memcpy(buf, k.regions, length);
	return (int)length;
}

static void keep(const uint32_t *words)
{
	k.bytes = words[0];
	require(k.bytes <= sizeof(k.words));
	memcpy(k.words, words, k.bytes);
}

static int reset_info(struct vfio_hot_reset_ *info)
{
	uint32_t fit = (info->argsz - 12) / 8;

	k.nr_set += k.grow;
	info->count = k.nr_set;
	info->flags = k.flags;
	if (k.nr_set > fit)
		return k.says_all_fit ? 0 : -ENOSPC;
	memcpy(info + 1, k.set, 8 * k.nr_set);
	return 0;
}

static int k_kvm(int fd, unsigned long request, void *arg)
{
	struct kvm_create_ *create = arg;
	struct kvm_attr_ *attr = arg;

	if (request == KVM_CREATE_DEVICE_) {
		require(fd == VM && create->type == 4 && !create->flags);
		create->fd = KVM_VFIO;
	} else {
		require(fd == KVM_VFIO && request == KVM_SET_DEVICE_ATTR_);
		require(attr->group == 1 && !attr->flags);
		k.attr = attr->attr;
		memcpy(&k.file, (void *)(uintptr_t)attr->addr, 4);
	}
	return -k.error;
}

static int k_ioctl(void *ctx, int fd, unsigned long request, void *arg)
{
	(void)ctx;
	k.calls++;
	if (fd >= VM)
		return k_kvm(fd, request, arg);
	switch (request) {
	case VFIO_CHECK_EXTENSION_:
		return 1;
	case VFIO_GROUP_GET_STATUS_:
		((uint32_t *)arg)[1] = 1;
		return 0;
	case VFIO_GROUP_GET_DEVICE_FD_:
		return DEVICE;
	case VFIO_DEVICE_GET_IRQ_INFO_:
		require(((uint32_t *)arg)[0] == 16 && !((uint32_t *)arg)[1]);
		((uint32_t *)arg)[1] = 9;
		((uint32_t *)arg)[3] = ((uint32_t *)arg)[2] + 5;
		return -k.error;
	case VFIO_DEVICE_SET_IRQS_:
		keep(arg);
		return -k.error;
	case VFIO_DEVICE_GET_PCI_HOT_RESET_INFO_:
		return k.error && !k.resets_only_fail ? -k.error :
							reset_info(arg);
	case VFIO_DEVICE_PCI_HOT_RESET_:
		keep(arg);
		return -k.error;
	default:
		return 0;
	}
}

static const struct vprim_user_sys sys = {
	.open = k_open, .close = k_close, .ioctl = k_ioctl, .link = k_link,
	.entry = k_entry, .read = k_read,
};
static struct vprim_user_fault fault;
static struct vprim_user_vfio_space space;
static struct vprim_user_vfio_device device, closed;

/* 0 is the container, 1 the IOAS. */
static void begin(int way)
{
	memset(&k, 0, sizeof(k));
	memset(&fault, 0, sizeof(fault));
	ck_assert_int_eq(vprim_user_vfio_space_open(&space, &sys,
				way ? 0 : VPRIM_TYPE1_V2, &fault), 0);
	ck_assert_int_eq(vprim_user_vfio_device_open(&device, &space,
						     "0000:01:00.0", &fault), 0);
	k.calls = 0;
}

static void end(void)
{
	vprim_user_vfio_device_close(&device);
	vprim_user_vfio_space_close(&space);
}

START_TEST(interrupts_are_asked_about)
{
	struct vprim_user_vfio_irq irq = { 7, 7 };

	begin(0);
	ck_assert_int_eq(vprim_user_vfio_irq_info(&device, 2, &irq, &fault), 0);
	ck_assert_uint_eq(irq.flags, VPRIM_USER_VFIO_IRQ_EVENTFD |
				     VPRIM_USER_VFIO_IRQ_NORESIZE);
	ck_assert_uint_eq(irq.count, 7);
	k.error = EINVAL;
	ck_assert_int_eq(vprim_user_vfio_irq_info(&device, 9, &irq, &fault), -EINVAL);
	ck_assert_str_eq(vprim_reason_word(&fault.reason), "irq");
	ck_assert_str_eq(fault.subject, "interrupts 9");
	ck_assert_uint_eq(irq.count, 7);
	end();
	ck_assert_int_eq(vprim_user_vfio_irq_info(&closed, 2, &irq, &fault), -EINVAL);
}
END_TEST

static const int fds[3] = { 11, -1, 13 };

static const struct told {
	const char *name;
	struct vprim_user_vfio_irqs irqs;
	enum vprim_user_vfio_irq_action action;
	const int *eventfds;
	size_t bytes;
	uint32_t flags;
} tolds[] = {
	{ "turn on", { 2, 4, 3 }, VPRIM_USER_VFIO_IRQ_TRIGGER, fds, 32, 0x24 },
	{ "unmask by file", { 0, 0, 1 }, VPRIM_USER_VFIO_IRQ_UNMASK, fds, 24, 0x14 },
	{ "mask by file", { 0, 0, 1 }, VPRIM_USER_VFIO_IRQ_MASK, fds, 24, 0x0c },
	{ "mask", { 0, 0, 1 }, VPRIM_USER_VFIO_IRQ_MASK, NULL, 20, 0x09 },
	{ "unmask", { 1, 2, 2 }, VPRIM_USER_VFIO_IRQ_UNMASK, NULL, 20, 0x11 },
	{ "test", { 2, 0, 3 }, VPRIM_USER_VFIO_IRQ_TRIGGER, NULL, 20, 0x21 },
	{ "turn off", { 2, 0, 0 }, VPRIM_USER_VFIO_IRQ_TRIGGER, NULL, 20, 0x21 },
};

START_TEST(interrupts_are_set_by_the_bytes_of_vfio)
{
	const struct told *t = &tolds[_i];

	begin(0);
	k.bytes = 0;
	fake_starve(vprim_user_vfio_irq_set(&device, &t->irqs, t->action, t->eventfds,
					    &fault),
		    require(!k.bytes && fault.error == ENOMEM));
	ck_assert_msg(k.bytes == t->bytes, "%s: %zu bytes", t->name, k.bytes);
	ck_assert_msg(k.words[1] == t->flags, "%s: 0x%x", t->name, k.words[1]);
	ck_assert_uint_eq(k.words[2], t->irqs.index);
	ck_assert_uint_eq(k.words[3], t->irqs.start);
	ck_assert_uint_eq(k.words[4], t->irqs.count);
	ck_assert_int_eq(memcmp(k.words + 5, fds, t->bytes - 20), 0);
	k.error = EINVAL;
	ck_assert_int_eq(vprim_user_vfio_irq_set(&device, &t->irqs, t->action,
						 t->eventfds, &fault), -EINVAL);
	ck_assert_str_eq(vprim_reason_word(&fault.reason), "irq");
	end();
}
END_TEST

START_TEST(what_no_interrupts_are_reaches_no_kernel)
{
	static const struct vprim_user_vfio_irqs none = { 2, 0, 0 },
		late = { 2, 1, 0 }, over = { 2, UINT32_MAX, 1 },
		huge = { 2, 0, 0x3ffffffb }, one = { 2, 0, 1 };
	const enum vprim_user_vfio_irq_action trigger = VPRIM_USER_VFIO_IRQ_TRIGGER;

	begin(0);
	ck_assert_int_eq(vprim_user_vfio_irq_set(&device, &none, trigger, fds,
						 &fault), -EINVAL);
	ck_assert_int_eq(vprim_user_vfio_irq_set(&device, &none,
						 VPRIM_USER_VFIO_IRQ_MASK, NULL,
						 &fault), -EINVAL);
	ck_assert_int_eq(vprim_user_vfio_irq_set(&device, &late, trigger, NULL,
						 &fault), -EINVAL);
	ck_assert_int_eq(vprim_user_vfio_irq_set(&device, &over, trigger, NULL,
						 &fault), -EINVAL);
	ck_assert_int_eq(vprim_user_vfio_irq_set(&device, &huge, trigger, fds,
						 &fault), -EINVAL);
	ck_assert_int_eq(vprim_user_vfio_irq_set(&device, &one,
				(enum vprim_user_vfio_irq_action)3, NULL, &fault),
			 -EINVAL);
	ck_assert_str_eq(vprim_reason_word(&fault.reason), "argument");
	ck_assert_uint_eq(k.calls, 0);
	end();
	ck_assert_int_eq(vprim_user_vfio_irq_set(&closed, &one, trigger, NULL,
						 NULL), -EINVAL);
}
END_TEST

START_TEST(a_reset_names_its_set)
{
	struct vprim_user_vfio_dependent list[4];
	uint32_t flags = 7;
	size_t count = 99;

	begin(0);
	k.nr_set = 2;
	k.set[1] = (struct vprim_user_vfio_dependent){ 17, 0, 1, 1 };
	ck_assert_int_eq(vprim_user_vfio_hot_reset_info(&device, NULL, 0, &count,
							&flags, &fault), -EMSGSIZE);
	ck_assert_uint_eq(count, 2);
	ck_assert_int_eq(fault.error, EMSGSIZE);
	ck_assert_uint_eq(flags, 7);
	fake_starve(vprim_user_vfio_hot_reset_info(&device, list, 4, &count, &flags,
						   &fault),
		    require(count == 2 && flags == 7 && fault.error == ENOMEM));
	ck_assert_uint_eq(count, 2);
	ck_assert_uint_eq(list[1].id, 17);
	ck_assert_uint_eq(list[1].devfn, 1);
	ck_assert_uint_eq(flags, 0);
	/* The room may be any, and the kernel's number is not believed. */
	ck_assert_int_eq(vprim_user_vfio_hot_reset_info(&device, list, SIZE_MAX, &count,
							&flags, &fault), 0);
	ck_assert_uint_eq(count, 2);
	k.says_all_fit = true;
	ck_assert_int_eq(vprim_user_vfio_hot_reset_info(&device, list, 1, &count,
							&flags, &fault), -EMSGSIZE);
	ck_assert_uint_eq(count, 2);
	k.nr_set = 0;
	k.flags = 1;
	ck_assert_int_eq(vprim_user_vfio_hot_reset_info(&device, NULL, 0, &count,
							&flags, &fault), 0);
	ck_assert_uint_eq(count, 0);
	ck_assert_uint_eq(flags, 1);
	k.error = ENODEV;
	ck_assert_int_eq(vprim_user_vfio_hot_reset_info(&device, list, 4, &count,
							&flags, &fault), -ENODEV);
	ck_assert_str_eq(vprim_reason_word(&fault.reason), "hot-reset");
	/* More is wanted, and no number named. */
	k.error = ENOSPC;
	k.nr_set = 0;
	ck_assert_int_eq(vprim_user_vfio_hot_reset_info(&device, list, 4, &count,
							&flags, &fault), -E2BIG);
	end();
	ck_assert_int_eq(vprim_user_vfio_hot_reset_info(&closed, list, 4, &count,
							&flags, &fault), -EINVAL);
}
END_TEST

START_TEST(a_bus_is_reset_by_whoever_has_all_of_it)
{
	struct vprim_user_vfio_device b;
	uint32_t i;

	begin(0);
	/* Twelve functions in two groups: more than a first guess holds. */
	k.nr_set = 12;
	for (i = 0; i < 12; i++)
		k.set[i] = (struct vprim_user_vfio_dependent){
			16 + i % 2, 0, 1, (uint8_t)(8 * i + i % 2) };
	ck_assert_int_eq(vprim_user_vfio_hot_reset(&device, &fault), -EPERM);
	ck_assert_str_eq(vprim_reason_word(&fault.reason), "not-ours");
	ck_assert_str_eq(fault.subject, "0000:01:01.1");
	ck_assert_uint_eq(k.bytes, 0);
	ck_assert_int_eq(vprim_user_vfio_device_open(&b, &space, "0000:01:00.1",
						     &fault), 0);
	fake_starve(vprim_user_vfio_hot_reset(&device, &fault),
		    require(!k.bytes && fault.error == ENOMEM));
	ck_assert_uint_eq(k.bytes, 12 + 2 * 4);
	ck_assert_uint_eq(k.words[2], 2);
	ck_assert_uint_eq(k.words[3], 16);
	ck_assert_uint_eq(k.words[4], 17);
	k.resets_only_fail = true;
	k.error = EIO;
	ck_assert_int_eq(vprim_user_vfio_hot_reset(&device, &fault), -EIO);
	ck_assert_str_eq(fault.call, "ioctl VFIO_DEVICE_PCI_HOT_RESET");
	k.resets_only_fail = false;
	ck_assert_int_eq(vprim_user_vfio_hot_reset(&device, NULL), -EIO);
	/* A set that grows at each question is given up. */
	k.error = 0;
	k.grow = 5;
	ck_assert_int_eq(vprim_user_vfio_hot_reset(&device, &fault), -E2BIG);
	ck_assert_str_eq(vprim_reason_word(&fault.reason), "grew");
	vprim_user_vfio_device_close(&b);
	end();
	ck_assert_int_eq(vprim_user_vfio_hot_reset(&closed, &fault), -EINVAL);
	closed.space = &space;		/* which is closed, too */
	ck_assert_int_eq(vprim_user_vfio_hot_reset(&closed, &fault), -EINVAL);
	closed.space = NULL;
}
END_TEST

START_TEST(iommufd_proves_the_set_itself)
{
	begin(1);
	k.nr_set = 3;
	k.flags = 3;
	k.set[0].id = 77;
	ck_assert_int_eq(vprim_user_vfio_hot_reset(&device, &fault), 0);
	ck_assert_uint_eq(k.bytes, 12);
	ck_assert_uint_eq(k.words[2], 0);
	k.bytes = 0;
	k.flags = 1;
	k.set[2] = (struct vprim_user_vfio_dependent){ VPRIM_USER_VFIO_NOT_OWNED,
						       1, 0x23, 0xff };
	ck_assert_int_eq(vprim_user_vfio_hot_reset(&device, &fault), -EPERM);
	ck_assert_str_eq(fault.subject, "0001:23:1f.7");
	ck_assert_uint_eq(k.bytes, 0);
	end();
}
END_TEST

START_TEST(kvm_is_told_of_the_file)
{
	int fd;

	begin(_i);
	fd = vprim_user_vfio_kvm_open(&sys, VM, &fault);
	ck_assert_int_eq(fd, KVM_VFIO);
	ck_assert_int_eq(vprim_user_vfio_kvm_add(&device, fd, &fault), 0);
	ck_assert_uint_eq(k.attr, 1);
	ck_assert_int_eq(k.file, _i ? DEVICE : 16);
	ck_assert_int_eq(vprim_user_vfio_kvm_remove(&device, fd, &fault), 0);
	ck_assert_uint_eq(k.attr, 2);
	ck_assert_int_eq(k.file, _i ? DEVICE : 16);
	k.error = EEXIST;
	ck_assert_int_eq(vprim_user_vfio_kvm_add(&device, fd, &fault), -EEXIST);
	ck_assert_str_eq(fault.call, "ioctl KVM_DEV_VFIO_FILE_ADD");
	k.error = ENOENT;
	ck_assert_int_eq(vprim_user_vfio_kvm_remove(&device, fd, &fault), -ENOENT);
	k.error = ENODEV;
	ck_assert_int_eq(vprim_user_vfio_kvm_open(&sys, VM, &fault), -ENODEV);
	ck_assert_str_eq(vprim_reason_word(&fault.reason), "module");
	ck_assert_int_eq(vprim_user_vfio_kvm_add(&closed, fd, &fault), -EINVAL);
	ck_assert_int_eq(vprim_user_vfio_kvm_remove(&closed, fd, &fault), -EINVAL);
	end();
}
END_TEST

START_TEST(reserved_regions_come_with_their_kinds)
{
	static const char *const wrong[] = {
		"0x0", "0x0 0xfff", "0x0 0xfff odd", "0x1000 0xfff msi",
		"0x0 0x11112222333344445 msi", "0y0 0xfff msi",
		"0x0 0x111122223333444455 msi", "x msi", "0x0 0xfff\nmsi",
	};
	struct vprim_user_sys blind = sys;
	struct vprim_iova_windows_reserved list[4];
	size_t count = 99, i;

	begin(0);
	k.regions = "0x0000000000000000 0x0000000000ffffff direct\n"
		    "0x00000000bdf6e000 0x00000000bdf84fff direct-relaxable\n"
		    "0x00000000fee00000 0x00000000feefffff msi\n"
		    "0x000000FD00000000 0xffffffffffffffff reserved\n";
	ck_assert_int_eq(vprim_user_vfio_reserved(&sys, "0000:01:00.0", NULL, 0,
						  &count, &fault), -EMSGSIZE);
	ck_assert_uint_eq(count, 4);
	ck_assert_int_eq(vprim_user_vfio_reserved(&sys, "0000:01:00.0", list, 4,
						  &count, &fault), 0);
	ck_assert(list[0].type == VPRIM_IOVA_WINDOWS_DIRECT);
	ck_assert(list[1].type == VPRIM_IOVA_WINDOWS_DIRECT_RELAXABLE);
	ck_assert(list[2].type == VPRIM_IOVA_WINDOWS_MSI);
	ck_assert(list[3].type == VPRIM_IOVA_WINDOWS_RESERVED);
	ck_assert_uint_eq(list[1].range.start, 0xbdf6e000);
	ck_assert_uint_eq(list[3].range.start, UINT64_C(0xfd00000000));
	ck_assert_uint_eq(list[3].range.last, UINT64_MAX);
	k.regions = "";
	ck_assert_int_eq(vprim_user_vfio_reserved(&sys, "0000:01:00.0", NULL, 0,
						  &count, &fault), 0);
	ck_assert_uint_eq(count, 0);
	for (i = 0; i < VPRIM_ARRAY_LEN(wrong); i++) {
		k.regions = wrong[i];
		ck_assert_msg(vprim_user_vfio_reserved(&sys, "0000:01:00.0", list,
						       4, &count, &fault) ==
			      -EBADMSG, "%s", wrong[i]);
		ck_assert_str_eq(vprim_reason_word(&fault.reason), "regions");
	}
	k.regions = NULL;
	ck_assert_int_eq(vprim_user_vfio_reserved(&sys, "0000:01:00.0", list, 4,
						  &count, &fault), -EACCES);
	ck_assert_int_eq(vprim_user_vfio_reserved(&sys, "a/b", list, 4, &count,
						  &fault), -EINVAL);
	blind.read = NULL;
	ck_assert_int_eq(vprim_user_vfio_reserved(&blind, "0000:01:00.0", list, 4,
						  &count, &fault), -EOPNOTSUPP);
	ck_assert_uint_eq(count, 0);
	end();
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("user_vfio_set");
	TCase *tc = tcase_create("user_vfio_set");

	tcase_add_test(tc, interrupts_are_asked_about);
	tcase_add_loop_test(tc, interrupts_are_set_by_the_bytes_of_vfio, 0,
			    VPRIM_ARRAY_LEN(tolds));
	tcase_add_test(tc, what_no_interrupts_are_reaches_no_kernel);
	tcase_add_test(tc, a_reset_names_its_set);
	tcase_add_test(tc, a_bus_is_reset_by_whoever_has_all_of_it);
	tcase_add_test(tc, iommufd_proves_the_set_itself);
	tcase_add_loop_test(tc, kvm_is_told_of_the_file, 0, 2);
	tcase_add_test(tc, reserved_regions_come_with_their_kinds);
	suite_add_tcase(suite, tc);
	return test_main(suite);
}
