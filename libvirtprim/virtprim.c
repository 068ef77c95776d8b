// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * What other languages need of the headers: their inline functions and the sizes
 * of their objects as symbols.
 */
#define VPRIM_INLINE extern inline VPRIM_API
#define VPRIM_OBJECT(name) \
	VPRIM_API size_t vprim_##name##_size(void); \
	size_t vprim_##name##_size(void) \
	{ \
		return sizeof(struct vprim_##name); \
	} \
	struct vprim_##name
#include <virtprim/virtprim.h>
