// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/* What the shim makes of a kernel's and a processor's answers. */
#include "user_internal.h"

#define ROW(id, error, word, text) \
	[VPRIM_USER_RULE_##id - VPRIM_USER_RULE_ERRNO] = \
		{ VPRIM_USER_RULE_##id, error, word, text, NULL }

static const struct vprim_rule rules[] = {
	ROW(ERRNO, 0, "errno",
	    "the kernel answered errno {D}"),
	ROW(NAME, -EINVAL, "name",
	    "that is no name of a device"),
	ROW(DEVICE, -ENOENT, "device",
	    "no bus has such a device: neither pci nor mdev nor platform"),
	ROW(DRIVER, -ENOENT, "driver",
	    "no VFIO driver is bound to the device"),
	ROW(MODULE, -ENOENT, "module",
	    "the kernel does not have this interface, or its module is not loaded"),
	ROW(ACCESS, -EACCES, "access",
	    "this user may not open it"),
	ROW(IN_USE, -EBUSY, "in-use",
	    "it is in use already"),
	ROW(VERSION, -EOPNOTSUPP, "version",
	    "the kernel speaks version {D} of the interface"),
	ROW(KIND, -EOPNOTSUPP, "kind",
	    "the container has no IOMMU of kind {D}"),
	ROW(VIABLE, -EPERM, "viable",
	    "a device of the group belongs to another driver"),
	ROW(INTERRUPTS, -EPERM, "interrupts",
	    "the IOMMU does not remap interrupts (allow_unsafe_interrupts is off)"),
	ROW(IOMMU, -ENODEV, "iommu",
	    "no IOMMU takes the device"),
	ROW(GROUP, -ENODEV, "group",
	    "the device is not in the group"),
	ROW(MEMORY, -ENOMEM, "memory",
	    "memory or the limit of locked memory is used up"),
	ROW(VADDR, -EFAULT, "vaddr",
	    "no memory of the process with these rights is behind iova {R}"),
	ROW(ALIGN, -EINVAL, "align",
	    "iova {R} or the memory behind it is not whole pages, or reserved"),
	ROW(PRESENT, -EEXIST, "present",
	    "the kernel holds a mapping in {R} that was made elsewhere"),
	ROW(ENTRIES, -ENOSPC, "entries",
	    "the container takes no more mappings"),
	ROW(GREW, -E2BIG, "grew",
	    "the answer grew too often, or beyond the buffer: {D} bytes"),
	ROW(NOTHING, -ENOENT, "nothing",
	    "nothing is mapped in {R}"),
	ROW(STICKS_OUT, -EINVAL, "sticks-out",
	    "mapping {H} sticks out of {R}"),
	ROW(UNMAPPED, -EIO, "unmapped",
	    "the kernel unmapped {D} bytes of {R}, which the device may reach still"),
	ROW(SPOILED, -EIO, "spoiled",
	    "an earlier unmap went wrong: only closing the container helps"),
	ROW(RESET, -ENOTTY, "reset",
	    "the device cannot be reset alone"),
	ROW(GROUPLESS, -ENOENT, "groupless",
	    "the device has no IOMMU group: is the IOMMU on?"),
	ROW(NOIOMMU, -ENODEV, "noiommu",
	    "the device has no IOMMU behind it (/dev/vfio/noiommu-N): only a "
	    "container of the no-IOMMU kind takes it, and nothing protects memory"),
	ROW(UNMAPPABLE, -EOPNOTSUPP, "unmappable",
	    "nothing is mapped without an IOMMU: the device uses physical "
	    "addresses, and nothing protects memory"),
	ROW(DIRECT, -EINVAL, "direct",
	    "firmware keeps {H} mapped 1:1 (RMRR; \"direct\" in the group's "
	    "reserved_regions): no program may have the device"),
	ROW(INTERRUPTS_OR_DIRECT, -EPERM, "interrupts-or-direct",
	    "one of: the IOMMU does not remap interrupts; firmware keeps a region "
	    "mapped 1:1 (RMRR, \"direct\" in the group's reserved_regions)"),
	ROW(DIRECT_OR_IN_USE, -EINVAL, "direct-or-in-use",
	    "one of: firmware keeps a region mapped 1:1 (RMRR, \"direct\" in the "
	    "group's reserved_regions); it is in a container or iommufd already"),
	ROW(DIRECT_OR_UNFIT, -EINVAL, "direct-or-unfit",
	    "one of: firmware keeps a region mapped 1:1 (RMRR, \"direct\" in the "
	    "group's reserved_regions); the device does not fit into the IOAS"),
	ROW(UNFIT, -EINVAL, "unfit",
	    "the device's IOMMU differs in kind, page sizes or coherency from what "
	    "the IOAS has; its reserved_regions list no direct region"),
	ROW(IN_USE_OR_VIABLE, -EBUSY, "in-use-or-viable",
	    "one of: it is in use already; a device of its group belongs to a "
	    "driver that is not VFIO's"),
	ROW(TOKEN, -EACCES, "token",
	    "the device asks for its VF token (or for another): NAME "
	    "vf_token=UUID, as whoever opened the physical function set it"),
	ROW(ASLEEP, -EINVAL, "asleep",
	    "one of: the device cannot be enabled (asleep or dead: power_state in "
	    "sysfs); a vf_token was given, and it takes none"),
	ROW(FORBIDDEN, -EPERM, "forbidden",
	    "one of: a device cgroup or security module forbids it; a group "
	    "without IOMMU asks for CAP_SYS_RAWIO"),
	ROW(EMPTY, -EINVAL, "empty",
	    "no device is in the container yet: the first sets its IOMMU, and "
	    "nothing can be mapped before"),
	ROW(VADDR_OR_BAR, -EFAULT, "vaddr-or-bar",
	    "one of: no memory of the process with these rights is behind iova "
	    "{R}; it is a device's BAR, which iommufd cannot pin (map its dma-buf)"),
	ROW(BAR, -EFAULT, "bar",
	    "a device's memory is behind iova {R} (/proc/self/maps), which iommufd "
	    "cannot pin: map its dma-buf"),
	ROW(LOCKED, -ENOMEM, "locked",
	    "the limit of locked memory, RLIMIT_MEMLOCK, is {D} bytes"),
	ROW(NOT_OURS, -EPERM, "not-ours",
	    "the reset concerns this device, which is not open in the same space"),
	ROW(IOMMUFD, -EOPNOTSUPP, "iommufd",
	    "only an address space of iommufd can do this"),
	ROW(IRQ, -EINVAL, "irq",
	    "the device has no such interrupts, or they cannot do that"),
	ROW(HOT_RESET, -ENODEV, "hot-reset",
	    "neither the slot nor the bus of the device can be reset"),
	ROW(REGIONS, -EBADMSG, "regions",
	    "a line of the group's reserved_regions is not START LAST KIND"),
	ROW(UNTRACKED, -EOPNOTSUPP, "untracked",
	    "the kernel or the IOMMU cannot track what is dirty"),
	ROW(DIRTY, -EINVAL, "dirty",
	    "one of: tracking is off; the IOMMU tracks pages of another size; {R} "
	    "cuts a mapping"),
	ROW(DMABUF, -EOPNOTSUPP, "dmabuf",
	    "the kernel (before Linux 6.19) or the region gives no dma-buf"),
	ROW(FILE, -EOPNOTSUPP, "file",
	    "the kernel (before Linux 6.13) cannot map files, or not this one"),
	ROW(NO_TOKEN, -EINVAL, "no-token",
	    "one of: iommufd takes a vf_token from Linux 6.17 on; the device takes "
	    "none; firmware keeps a region mapped 1:1 (RMRR); it is in use already"),
	ROW(LOG, -EINVAL, "log",
	    "one of: the device logs its writes already (to start) or does not (to "
	    "stop or read); these ranges or pages are not what it can log"),
	ROW(DIRECT_OR_VIABLE, -EPERM, "direct-or-viable",
	    "one of: firmware keeps a region mapped 1:1 (RMRR, \"direct\" in the "
	    "group's reserved_regions); a device of the group belongs to another "
	    "driver"),
};

#define X86(id, error, word, text) \
	[VPRIM_USER_RULE_X86_##id - VPRIM_USER_RULE_X86_OTHER] = \
		{ VPRIM_USER_RULE_X86_##id, error, word, text, NULL }

static const struct vprim_rule x86[] = {
	X86(OTHER, -EOPNOTSUPP, "other",
	    "only for programs on x86 processors under Linux"),
	X86(XSAVE, -EOPNOTSUPP, "xsave",
	    "the processor has no XSAVE, or the system does not use it"),
	X86(LEAF, -EINVAL, "leaf",
	    "sub-leaf {D} of the CPUID leaf of XSAVE contradicts another"),
	X86(PAT, -EINVAL, "pat",
	    "PAT {V} has an entry that is no memory type"),
	X86(MSR, -EOPNOTSUPP, "msr",
	    "the vCPU has no MSR {V}, or refuses the value"),
	X86(UNKNOWN, -EINVAL, "unknown-component",
	    "the kernel knows no component {D}"),
	X86(ABSENT, -EOPNOTSUPP, "absent",
	    "component {D} is not on this machine, or not to be asked for"),
	X86(LOCKED, -EBUSY, "locked",
	    "component {D} was asked for after the first vCPU was made"),
	X86(ALTSTACK, -ENOSPC, "altstack",
	    "a thread's alternate signal stack is too small for component {D}"),
	X86(ROOM, -EMSGSIZE, "room",
	    "the extended state takes {D} bytes"),
	X86(OLD, -EINVAL, "old",
	    "the kernel is too old for this call"),
};

const struct vprim_rules vprim_user_rules = {
	"user", rules, VPRIM_ARRAY_LEN(rules)
};

const struct vprim_rules vprim_user_x86_rules = {
	"x86", x86, VPRIM_ARRAY_LEN(x86)
};

const struct vprim_rule *vprim_user_rule_(enum vprim_user_rule id)
{
	if (id >= VPRIM_USER_RULE_X86_OTHER)
		return &x86[id - VPRIM_USER_RULE_X86_OTHER];
	return &rules[id - VPRIM_USER_RULE_ERRNO];
}

int vprim_user_refuse_(struct vprim_user_fault *fault, const char *call,
		       const char *subject, const struct vprim_reason *why)
{
	/* A rule without an errno of its own has the kernel's as its value. */
	int error = why->rule->error ? -why->rule->error : (int)why->value;

	vprim_user_fault_set(fault, call, error, subject);
	if (fault)
		fault->reason = *why;
	return -error;
}
