// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/* Why extended state is refused. */
#include "xstate_internal.h"

static const char *component(uint64_t number)
{
	return vprim_xstate_component_name(number < VPRIM_XSTATE_COMPONENTS ?
					   (unsigned int)number :
					   VPRIM_XSTATE_COMPONENTS);
}

#define ROW(id, error, word, text) \
	[VPRIM_XSTATE_RULE_##id - VPRIM_XSTATE_RULE_LEAF_MASK] = \
		{ VPRIM_XSTATE_RULE_##id, error, word, text, component }

const struct vprim_rule vprim_xstate_rule_[] = {
	ROW(LEAF_MASK, -EINVAL, "leaf_mask",
	    "sub-leaf {A}: bit 63 of its mask is no component"),
	ROW(BOTH_KINDS, -EINVAL, "both_kinds",
	    "[component {N}: ]it is said to be user state and supervisor state"),
	ROW(APX_WITH_MPX, -EINVAL, "apx_with_mpx",
	    "[component {N}[ and {M}]: ]APX and MPX share the same bytes"),
	ROW(OVERFLOW, -EINVAL, "overflow",
	    "[component {N}: ]its end does not fit in 32 bits"),
	ROW(PLACE, -EINVAL, "place",
	    "[component {N}: ]it lies inside the legacy region or the header"),
	ROW(OVERLAP, -EINVAL, "overlap",
	    "[component {N}[ and {M}]: ]they share bytes of the standard format"),
	ROW(BIT63, -EINVAL, "bit63",
	    "[component {N}: ]bit 63 is no component"),
	ROW(UNKNOWN, -EINVAL, "unknown",
	    "[component {N}: ]the table does not enumerate it"),
	ROW(SUPERVISOR, -EINVAL, "supervisor",
	    "[component {N}: ]supervisor state is enabled by IA32_XSS and has no place here"),
	ROW(ABSENT, -ENOENT, "absent",
	    "[component {N}: ]the mask does not have it"),
	ROW(INDEX, -EINVAL, "index",
	    "only extended control register 0 exists"),
	ROW(X87, -EINVAL, "x87",
	    "[component {N}: ]bit 0 must be set"),
	ROW(AVX, -EINVAL, "avx",
	    "[component {N}[ and {M}]: ]AVX needs SSE"),
	ROW(MPX, -EINVAL, "mpx",
	    "[component {N}[ and {M}]: ]BNDREGS and BNDCSR go together"),
	ROW(AVX512, -EINVAL, "avx512",
	    "[component {N}[ and {M}]: ]AVX-512 needs all of its three components, and AVX"),
	ROW(TILE, -EINVAL, "tile",
	    "[component {N}[ and {M}]: ]XTILECFG and XTILEDATA go together"),
	ROW(UNASSIGNED, -EINVAL, "unassigned",
	    "[component {N}: ]the number belongs to no component"),
	ROW(UNSUPPORTED, -EINVAL, "unsupported",
	    "[component {N}: ]it is outside the supported mask"),
	ROW(CPL, -EINVAL, "cpl",
	    "the privilege level must be 0"),
	ROW(FORMAT, -EINVAL, "format",
	    "the image is not in the compacted format"),
	ROW(XSAVEC, -EINVAL, "xsavec",
	    "a compacted image needs XSAVEC"),
	ROW(XSTATE_BV, -EINVAL, "xstate_bv",
	    "[component {N}: ]XSTATE_BV has a bit that is not allowed"),
	ROW(XCOMP_BV, -EINVAL, "xcomp_bv",
	    "[component {N}: ]XCOMP_BV has a bit that is not allowed"),
	ROW(RESERVED, -EINVAL, "reserved",
	    "a reserved byte of the header is set"),
	ROW(MXCSR, -EINVAL, "mxcsr",
	    "a reserved bit of MXCSR is set"),
	ROW(SHORT, -EBADMSG, "short",
	    "[component {N}: ]the image ends before it does"),
	ROW(SIZE, -EOPNOTSUPP, "size",
	    "[component {N}: ]the two machines give it different sizes"),
	ROW(MAGIC1, 0, "magic1",
	    "the first magic number is wrong"),
	ROW(FRAME_SMALL, 0, "frame_small",
	    "xstate_size is below 576"),
	ROW(FRAME_LARGE, 0, "frame_large",
	    "xstate_size is over the task's state size"),
	ROW(FRAME_EXTENT, 0, "frame_extent",
	    "xstate_size is over extended_size"),
	ROW(MAGIC2, 0, "magic2",
	    "the magic number behind the image is wrong"),
	ROW(PERM_COMPONENT, -EBADMSG, "perm_component",
	    "[component {N}: ]the kernel uses no such component"),
	ROW(PERM_SIZE, -EBADMSG, "perm_size",
	    "a size[ of {D} bytes] is not that of its mask"),
	ROW(PERM_NOT_64BIT, -EOPNOTSUPP, "perm_not_64bit",
	    "[component {N}: ]only a 64-bit kernel gives permissions"),
	ROW(PERM_NUMBER, -EINVAL, "perm_number",
	    "the kernel knows no component[ {D}] of that number"),
	ROW(PERM_NOT_ASKABLE, -EOPNOTSUPP, "perm_not_askable",
	    "[component {N}: ]nobody can ask for it"),
	ROW(PERM_MACHINE, -EOPNOTSUPP, "perm_machine",
	    "[component {N}: ]this machine does not have it"),
	ROW(PERM_LOCKED, -EBUSY, "perm_locked",
	    "[component {N}: ]the first vCPU has locked the guest permission"),
	ROW(PERM_ALTSTACK, -ENOSPC, "perm_altstack",
	    "[component {N}: ]a thread's alternate stack[ of {D} bytes] is too small"),
	ROW(PERM_POINTER, -EFAULT, "perm_pointer",
	    "the answer cannot be written"),
	ROW(PERM_PROTECTED, -EINVAL, "perm_protected",
	    "the VM's state is protected"),
	ROW(PERM_FIXED, -EINVAL, "perm_fixed",
	    "the state[ of {D} bytes] does not fit in 4096"),
};

const struct vprim_rules vprim_xstate_rules = {
	"xstate", vprim_xstate_rule_, VPRIM_ARRAY_LEN(vprim_xstate_rule_)
};
