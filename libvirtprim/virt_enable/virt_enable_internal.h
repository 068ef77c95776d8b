/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/* What the files of virt_enable share. */
#ifndef VIRTPRIM_VIRT_ENABLE_INTERNAL_H
#define VIRTPRIM_VIRT_ENABLE_INTERNAL_H
#include <virtprim/refuse.h>
#include <virtprim/virt_enable.h>

/* virt_enable_rules.c; by their ids. */
extern const struct vprim_rule vprim_virt_enable_rule_[];
#define refuse(why, id, ...) \
	VPRIM_REFUSE(why, vprim_virt_enable_rule_, \
		     VPRIM_VIRT_ENABLE_RULE_##id - VPRIM_VIRT_ENABLE_RULE_CPU, \
		     __VA_ARGS__)

static inline bool virt_is_cpu(const struct vprim_virt *virt, uint32_t cpu)
{
	return cpu < virt->ncpus_;
}

#endif
