/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/* Top-down first fit for peers that have no gap search: a walk from the last
 * mapping that starts at or below hi towards lower addresses, one mapping at a
 * time.  Use as: GW_BEGIN; for (each mapping p, descending) GW_STEP(p.start,
 * p.last); GW_END;  It is what the peers' consumers do. */
#include <stdint.h>
static inline uint64_t gw_fit(uint64_t lo, uint64_t hi, uint64_t size, uint64_t align)
{
	if (hi < lo || hi - lo < size - 1)
		return 0;
	uint64_t x = (hi - (size - 1)) & ~(align - 1);
	return x >= lo ? x : 0;
}
#define GW_BEGIN uint64_t gw_hi = hi, gw_x
#define GW_STEP(S, L) do {						\
	if ((L) < gw_hi) {						\
		uint64_t gw_l = (L) + 1;				\
		gw_x = gw_fit(gw_l > lo ? gw_l : lo, gw_hi, size, align); \
		if (gw_x) return gw_x;					\
	}								\
	if ((S) <= lo) return 0;					\
	gw_hi = (S) - 1;						\
} while (0)
#define GW_END return gw_fit(lo, gw_hi, size, align)
