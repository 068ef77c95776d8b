/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/* The sub-leaves of real processors, for the tests of xstate.h. */
#ifndef XSTATE_TABLES_H
#define XSTATE_TABLES_H
#include <virtprim/xstate.h>

enum machine_name { SKX, ICX, SPR, ZEN2, ZEN3, ZEN4, APX, ZEN4D, MACHINES };

#define U(size, offset) { size, offset, 0, 0 }
#define UA(size, offset, ecx) { size, offset, ecx, 0 }
#define S(size) { size, 0, 1, 0 }

#define INTEL_AVX512 \
	[2] = U(256, 576), [5] = U(64, 1088), [6] = U(512, 1152), \
	[7] = U(1024, 1664), [9] = U(8, 2688)
#define INTEL_MPX [3] = U(64, 960), [4] = U(64, 1024)
#define INTEL_XSS \
	[8] = S(128), [10] = S(8), [11] = S(16), [12] = S(24), [14] = S(48), \
	[15] = S(808)
#define INTEL_AMX [17] = UA(64, 2752, 2), [18] = UA(8192, 2816, 6)
#define AMD_CET [11] = S(16), [12] = S(24)
#define AMD_AVX512 \
	[2] = U(256, 576), [5] = U(64, 832), [6] = U(512, 896), \
	[7] = U(1024, 1408), [9] = U(8, 2432)

static const struct vprim_xstate_leaf machine_leaves[MACHINES][VPRIM_XSTATE_LEAVES] = {
	[SKX] = { { 0x2ff, 2696, 2696, 0 }, { 0xf, 2568, 0x100, 0 },
		  INTEL_AVX512, INTEL_MPX, [8] = S(128) },
	[ICX] = { { 0x2e7, 2696, 2696, 0 }, { 0xf, 2440, 0, 0 }, INTEL_AVX512 },
	[SPR] = { { 0x602e7, 11008, 11008, 0 }, { 0x1f, 11520, 0xdd00, 0 },
		  INTEL_AVX512, INTEL_XSS, INTEL_AMX },
	[ZEN2] = { { 0x207, 832, 896, 0 }, { 0xf, 832, 0, 0 },
		   [2] = U(256, 576), [9] = U(64, 832) },
	[ZEN3] = { { 0x207, 832, 2440, 0 }, { 0xf, 872, 0x1800, 0 },
		   [2] = U(256, 576), [9] = U(8, 2432), AMD_CET },
	[ZEN4] = { { 0x2e7, 2440, 2440, 0 }, { 0xf, 2480, 0x1800, 0 },
		   AMD_AVX512, AMD_CET },
	/* Sapphire Rapids with APX in the old place of MPX. */
	[APX] = { { 0xe02e7, 11008, 11008, 0 }, { 0x1f, 11648, 0xdd00, 0 },
		  INTEL_AVX512, INTEL_XSS, INTEL_AMX, [19] = U(128, 960) },
	/* Zen4 with two invented components that can be asked for. */
	[ZEN4D] = { { 0x3002e7, 2440, 2696, 0 }, { 0x1f, 2480, 0x1800, 0 },
		    AMD_AVX512, AMD_CET, [20] = UA(128, 2440, 4),
		    [21] = UA(128, 2568, 4) },
};

#undef U
#undef UA
#undef S

/* Software bytes and second magic number of a frame, as Linux writes them. */
static inline void write_frame(uint8_t *frame, uint64_t features, uint32_t size)
{
	uint8_t *p = frame + VPRIM_XSTATE_SW_OFFSET;

	memset(p, 0, VPRIM_XSTATE_SW_BYTES);
	vprim_store_le32(p, VPRIM_XSTATE_MAGIC1);
	vprim_store_le32(p + 4, size + 4);
	vprim_store_le64(p + 8, features);
	vprim_store_le32(p + 16, size);
	vprim_store_le32(frame + size, VPRIM_XSTATE_MAGIC2);
}

static inline struct vprim_xstate_table machine_table(enum machine_name m)
{
	struct vprim_xstate_table t;

	if (vprim_xstate_table_init(&t, machine_leaves[m], VPRIM_XSTATE_LEAVES,
				    NULL))
		memset(&t, 0, sizeof(t));
	return t;
}

#endif
