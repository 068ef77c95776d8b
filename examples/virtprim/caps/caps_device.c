// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * virtprim caps --device: ask a real VFIO device.
 *
 * The way in is the group interface: container, group, type1 IOMMU, device. Each
 * step that fails says what would help.
 */
#include "caps.h"
#include "../tool.h"

#if defined(__linux__) && __has_include(<linux/vfio.h>)
#include <errno.h>
#include <fcntl.h>
#include <linux/vfio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

struct opened {
	const char *name;	/* of the device, as sysfs spells it */
	int container, group, device;
};

/* "01:00.0" means domain 0. Anything with another shape is taken as it is. */
static void spell(const char *name, char *full, size_t room)
{
	bool is_short = strlen(name) == 7 && name[2] == ':' && name[5] == '.';

	snprintf(full, room, "%s%s", is_short ? "0000:" : "", name);
}

/* The last part of what a link below the device's folder points to. */
static bool link_name(const char *folder, const char *link, char *last,
		      size_t room)
{
	char path[256], target[256], *slash;
	ssize_t n;

	snprintf(path, sizeof(path), "%s/%s", folder, link);
	n = readlink(path, target, sizeof(target) - 1);
	if (n < 0)
		return false;
	target[n] = '\0';
	slash = strrchr(target, '/');
	snprintf(last, room, "%s", slash ? slash + 1 : target);
	return true;
}

static bool find_group(const char *name, char *group, size_t room)
{
	static const char *const buses[] = { "pci", "mdev", "platform" };
	char folder[128], driver[256];
	size_t i;

	for (i = 0; i < sizeof(buses) / sizeof(buses[0]); i++) {
		snprintf(folder, sizeof(folder), "/sys/bus/%s/devices/%s",
			 buses[i], name);
		if (!access(folder, F_OK))
			break;
	}
	if (i == sizeof(buses) / sizeof(buses[0])) {
		tool_warn("caps: there is no device %s; 'lspci -D' lists PCI devices",
			  name);
		return false;
	}
	if (!link_name(folder, "driver", driver, sizeof(driver)))
		snprintf(driver, sizeof(driver), "none");
	if (link_name(folder, "iommu_group", group, room))
		return true;
	if (!strstr(driver, "vfio"))
		tool_warn("caps: %s has no IOMMU group and its driver is %s; bind "
			  "it to vfio-pci on a machine whose IOMMU is on",
			  name, driver);
	else
		tool_warn("caps: %s has no IOMMU group; is the IOMMU on?", name);
	return false;
}

static bool open_node(int *fd, const char *path, const char *hint)
{
	*fd = open(path, O_RDWR | O_CLOEXEC);
	if (*fd < 0)
		tool_warn("caps: %s: %s%s", path, strerror(errno), hint);
	return *fd >= 0;
}

static bool did(int rc, const char *what)
{
	if (rc < 0)
		tool_warn("caps: %s: %s", what, strerror(errno));
	return rc >= 0;
}

static bool attach(struct opened *s)
{
	struct vfio_group_status status = { .argsz = sizeof(status) };
	char group[256], path[300];

	if (!find_group(s->name, group, sizeof(group)))
		return false;
	snprintf(path, sizeof(path), "/dev/vfio/%s", group);
	if (!open_node(&s->container, "/dev/vfio/vfio",
		    "; load vfio-pci, and run with the rights to open it") ||
	    !open_node(&s->group, path,
		    "; bind the device and all of its group to vfio-pci, and "
		    "let nobody else hold it") ||
	    !did(ioctl(s->group, VFIO_GROUP_GET_STATUS, &status), "group status"))
		return false;
	if (!(status.flags & VFIO_GROUP_FLAGS_VIABLE)) {
		tool_warn("caps: group %s is not viable: another device of it is "
			  "bound to a driver that is none of VFIO's", group);
		return false;
	}
	if (!did(ioctl(s->group, VFIO_GROUP_SET_CONTAINER, &s->container),
		 "set container") ||
	    !did(ioctl(s->container, VFIO_SET_IOMMU, VFIO_TYPE1v2_IOMMU),
		 "set IOMMU"))
		return false;
	s->device = ioctl(s->group, VFIO_GROUP_GET_DEVICE_FD, s->name);
	return did(s->device, "get device");
}

/* Ask until the reply fits. NULL with errno when there is none. */
static uint8_t *ask(int fd, unsigned long request, enum vprim_vfio_cap_kind kind,
		    uint32_t index, size_t *len)
{
	struct vprim_vfio_cap_query q;
	uint8_t *buf = NULL, *more;
	int ret;

	ret = vprim_vfio_cap_query_init(&q, kind, 0, 0, 0);
	do {
		*len = vprim_vfio_cap_query_argsz(&q);
		more = realloc(buf, *len);
		if (!more) {
			ret = -ENOMEM;
			break;
		}
		buf = more;
		ret = vprim_vfio_cap_query_request(&q, index, buf, *len);
		if (!ret && ioctl(fd, request, buf) < 0)
			ret = -errno;
		if (!ret)
			ret = vprim_vfio_cap_query_answer(&q, buf, *len);
	} while (ret == -EMSGSIZE);
	if (!ret)
		return buf;
	free(buf);
	errno = -ret;
	return NULL;
}

static int show(struct caps_out *out, int fd, unsigned long request,
		enum vprim_vfio_cap_kind kind, uint32_t index)
{
	size_t len;
	uint8_t *buf = ask(fd, request, kind, index, &len);
	int status;

	if (!buf && kind == VPRIM_VFIO_CAP_REGION && errno == EINVAL)
		return TOOL_OK;		/* the device has no such region */
	if (!buf) {
		tool_warn("caps: the device's answer: %s", strerror(errno));
		return TOOL_FAILED;
	}
	status = caps_show(out, kind, buf, len);
	free(buf);
	return status;
}

static int show_all(struct caps_out *out, const struct opened *s)
{
	struct vfio_device_info info = { .argsz = sizeof(info) };
	int status;
	uint32_t i;

	if (!did(ioctl(s->device, VFIO_DEVICE_GET_INFO, &info), "device info"))
		return TOOL_USAGE;
	status = show(out, s->device, VFIO_DEVICE_GET_INFO,
		      VPRIM_VFIO_CAP_DEVICE, 0);
	for (i = 0; i < info.num_regions; i++)
		status |= show(out, s->device, VFIO_DEVICE_GET_REGION_INFO,
			       VPRIM_VFIO_CAP_REGION, i);
	return status | show(out, s->container, VFIO_IOMMU_GET_INFO,
			     VPRIM_VFIO_CAP_IOMMU, 0);
}

int caps_device(struct caps_out *out, const char *name)
{
	char full[64];
	struct opened s = { full, -1, -1, -1 };
	int status = TOOL_USAGE;

	spell(name, full, sizeof(full));
	out->options &= VPRIM_VFIO_CAP_STRICT;	/* the rest is our kernel's */
	if (out->json)
		out->replies = json_object_new_array();
	if (attach(&s))
		status = show_all(out, &s);
	if (out->json && status != TOOL_USAGE)
		puts(json_object_to_json_string_ext(out->replies,
			JSON_C_TO_STRING_PRETTY | JSON_C_TO_STRING_SPACED));
	json_object_put(out->replies);
	if (s.device >= 0)
		close(s.device);
	if (s.group >= 0)
		close(s.group);
	if (s.container >= 0)
		close(s.container);
	return status;
}

#else

int caps_device(struct caps_out *out, const char *name)
{
	(void)out;
	tool_warn("caps: %s: this system has no VFIO", name);
	return TOOL_USAGE;
}

#endif
