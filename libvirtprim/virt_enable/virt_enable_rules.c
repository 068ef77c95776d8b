// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/* Why a switch is not given, not taken back, or a CPU stays as it is. */
#include "virt_enable_internal.h"

#define ROW(id, error, word, text) \
	[VPRIM_VIRT_ENABLE_RULE_##id - VPRIM_VIRT_ENABLE_RULE_CPU] = \
		{ VPRIM_VIRT_ENABLE_RULE_##id, error, word, text, NULL }

const struct vprim_rule vprim_virt_enable_rule_[] = {
	ROW(CPU, -EINVAL, "cpu",
	    "there is no CPU {D}"),
	ROW(FEATURE, -EOPNOTSUPP, "feature",
	    "the machine does not have this switch"),
	ROW(FOREIGN, -EBUSY, "foreign",
	    "someone else has switched CPU {A} on"),
	ROW(VMXON, -EFAULT, "vmxon",
	    "VMXON faulted on CPU {A}"),
	ROW(FULL, -EOVERFLOW, "full",
	    "it is held 2^32-1 times already"),
	ROW(NOT_HELD, -ENOENT, "not_held",
	    "nobody holds the switch of CPU {A}"),
	ROW(WAS_OFF, -EIO, "was_off",
	    "the switch of CPU {A} had been off"),
	ROW(GOING_DOWN, -EBUSY, "going_down",
	    "the machine is going down"),
	ROW(IN_NEED, -EBUSY, "in_need",
	    "the user still needs it {D} times"),
	ROW(UNREGISTERED, -ENOENT, "unregistered",
	    "the user is not registered"),
	ROW(ONLINE, -EEXIST, "online",
	    "CPU {A} is online already"),
	ROW(OFFLINE, -ENOENT, "offline",
	    "CPU {A} is not online"),
	ROW(NO_CPUS, -EINVAL, "no_cpus",
	    "a machine has at least one CPU"),
};

const struct vprim_rules vprim_virt_enable_rules = {
	"virt_enable", vprim_virt_enable_rule_,
	VPRIM_ARRAY_LEN(vprim_virt_enable_rule_)
};
