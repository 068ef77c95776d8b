// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * virtprim caps --device: ask a real VFIO device.
 *
 * The userspace shim opens it, through a container or through iommufd, and asks;
 * here its answers are shown, and what it says of a failure is said, with a hint
 * at what would help.
 */
#include "caps.h"
#include "../tool.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* What is being asked. */
struct asked {
	const struct vprim_user_sys *sys;
	const char *name;		/* of the device, as sysfs spells it */
	struct vprim_user_vfio_space space;
	struct vprim_user_vfio_device device;
	struct vprim_user_fault fault;
	uint8_t *buf;			/* of the longest reply there may be */
};

/* "01:00.0" means domain 0. Anything with another shape is taken as it is. */
static const char *spell(const char *name, char *full, size_t capacity)
{
	if (strlen(name) != 7 || name[2] != ':' || name[5] != '.')
		return name;
	snprintf(full, capacity, "0000:%s", name);
	return full;
}

/* -- what would help ----------------------------------------------------------- */

/* The device's driver: "none" without one. */
static void find_driver(const struct asked *asked, char *driver, size_t capacity)
{
	static const char *const buses[] = { "pci", "mdev", "platform" };
	char path[160];
	size_t i;

	for (i = 0; i < VPRIM_ARRAY_LEN(buses); i++) {
		snprintf(path, sizeof(path), "/sys/bus/%s/devices/%s/driver",
			 buses[i], asked->name);
		if (!asked->sys->link(asked->sys->ctx, path, driver, capacity))
			return;
	}
	snprintf(driver, capacity, "none");
}

static const struct {
	enum vprim_user_rule rule;
	bool driver;			/* its name stands before the hint */
	const char *hint;
} hints[] = {
	{ VPRIM_USER_RULE_DEVICE, false, "'lspci -D' lists PCI devices" },
	{ VPRIM_USER_RULE_GROUPLESS, true,
	  "bind it to vfio-pci on a machine whose IOMMU is on" },
	{ VPRIM_USER_RULE_DRIVER, true,
	  "bind the device and all of its group to vfio-pci" },
	{ VPRIM_USER_RULE_MODULE, false,
	  "load vfio-pci for a container; --iommufd needs Linux 6.6 with iommufd" },
	{ VPRIM_USER_RULE_ACCESS, false, "run with the rights to open it" },
	{ VPRIM_USER_RULE_IN_USE, false, "let nobody else hold the device" },
	{ VPRIM_USER_RULE_VIABLE, false,
	  "bind all of the group to VFIO's drivers, or to none" },
	{ VPRIM_USER_RULE_INTERRUPTS, false,
	  "the module option allow_unsafe_interrupts=1 takes the risk" },
};

static void say(const struct asked *asked)
{
	char text[320], driver[64];
	size_t i;

	vprim_user_fault_text(&asked->fault, text, sizeof(text));
	tool_warn("caps: %s", text);
	for (i = 0; i < VPRIM_ARRAY_LEN(hints); i++) {
		if (hints[i].rule != vprim_reason_id(&asked->fault.reason))
			continue;
		find_driver(asked, driver, sizeof(driver));
		tool_warn("caps: %s%s%s%s", hints[i].driver ? "its driver is " : "",
			  hints[i].driver ? driver : "",
			  hints[i].driver ? "; " : "", hints[i].hint);
	}
}

/* -- asking -------------------------------------------------------------------- */

static int ask(struct asked *asked, enum vprim_vfio_cap_kind kind, uint32_t index)
{
	struct vprim_vfio_cap_view view;
	size_t capacity = VPRIM_VFIO_CAP_QUERY_LIMIT;

	switch (kind) {
	case VPRIM_VFIO_CAP_REGION:
		return vprim_user_vfio_region_info(&asked->device, index,
						   asked->buf, capacity, &view,
						   &asked->fault);
	case VPRIM_VFIO_CAP_DEVICE:
		return vprim_user_vfio_device_info(&asked->device, asked->buf,
						   capacity, &view, &asked->fault);
	case VPRIM_VFIO_CAP_IOMMU:
		break;
	}
	return vprim_user_vfio_iommu_info(&asked->space, asked->buf, capacity, &view,
					  &asked->fault);
}

/* A reply that breaks a rule is there, and worth seeing up to the fault. */
static int show(struct caps_out *out, struct asked *asked,
		enum vprim_vfio_cap_kind kind, uint32_t index)
{
	struct vprim_vfio_cap_fixed reply = { .argsz = 0 };
	int ret, status;

	memset(asked->buf, 0, VPRIM_VFIO_CAP_QUERY_LIMIT);
	ret = ask(asked, kind, index);
	if (ret == -EINVAL && kind == VPRIM_VFIO_CAP_REGION)
		return TOOL_OK;		/* the device has no such region */
	if (ret)
		say(asked);
	if (ret && ret != -EBADMSG)
		return TOOL_FAILED;
	(void)!vprim_vfio_cap_fixed_load(kind, 0, asked->buf,
					 VPRIM_VFIO_CAP_QUERY_LIMIT, &reply);
	if (reply.argsz > VPRIM_VFIO_CAP_QUERY_LIMIT)
		reply.argsz = VPRIM_VFIO_CAP_QUERY_LIMIT;
	status = caps_show(out, kind, asked->buf, reply.argsz);
	return ret ? TOOL_FAILED : status;
}

/* An IOAS has no info struct, only its usable addresses. */
static int show_ranges(struct caps_out *out, struct asked *asked)
{
	struct vprim_range *list = (void *)asked->buf;
	size_t nr;

	if (vprim_user_vfio_windows(&asked->space, list,
				    VPRIM_VFIO_CAP_QUERY_LIMIT / sizeof(*list),
				    &nr, &asked->fault)) {
		say(asked);
		return TOOL_FAILED;
	}
	caps_show_ranges(out, list, nr);
	return TOOL_OK;
}

static int show_all(struct caps_out *out, struct asked *asked)
{
	struct vprim_vfio_cap_fixed info = { .num_regions = 0 };
	int status = show(out, asked, VPRIM_VFIO_CAP_DEVICE, 0);
	uint32_t i;

	(void)!vprim_vfio_cap_fixed_load(VPRIM_VFIO_CAP_DEVICE, 0, asked->buf,
					 VPRIM_VFIO_CAP_QUERY_LIMIT, &info);
	for (i = 0; i < info.num_regions; i++)
		status |= show(out, asked, VPRIM_VFIO_CAP_REGION, i);
	return status | (asked->space.kind ?
			 show(out, asked, VPRIM_VFIO_CAP_IOMMU, 0) :
			 show_ranges(out, asked));
}

static int open_both(struct asked *asked, bool iommufd)
{
	int ret = vprim_user_vfio_space_open(&asked->space, asked->sys,
					     iommufd ? 0 : VPRIM_TYPE1_V2,
					     &asked->fault);

	if (!ret)
		ret = vprim_user_vfio_device_open(&asked->device, &asked->space,
						  asked->name, &asked->fault);
	return ret;
}

int caps_device(struct caps_out *out, const struct vprim_user_sys *sys,
		const char *name, bool iommufd)
{
	char full[16];
	struct asked asked = { .sys = sys,
			       .name = spell(name, full, sizeof(full)),
			       .buf = malloc(VPRIM_VFIO_CAP_QUERY_LIMIT) };
	int status = TOOL_USAGE;

	if (!asked.buf) {
		tool_warn("caps: out of memory");
		return TOOL_USAGE;
	}
	out->options &= VPRIM_VFIO_CAP_STRICT;	/* the rest is our kernel's */
	if (open_both(&asked, iommufd)) {
		say(&asked);
	} else {
		if (out->json)
			out->replies = json_object_new_array();
		status = show_all(out, &asked);
		if (out->json)
			puts(json_object_to_json_string_ext(out->replies,
				JSON_C_TO_STRING_PRETTY |
				JSON_C_TO_STRING_SPACED));
		json_object_put(out->replies);
	}
	vprim_user_vfio_device_close(&asked.device);
	vprim_user_vfio_space_close(&asked.space);
	free(asked.buf);
	return status;
}
