/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/* The one function that reads the bytes of a reply. */
#ifndef BYTES_PROOF_H
#define BYTES_PROOF_H
#include "range.h"
#include "libvirtprim/vfio_cap/vfio_cap_bytes.h"

/*@ requires readable: 1 <= bytes <= 8 && \valid_read((uint8_t *)p + (0 .. bytes - 1));
    assigns \nothing;
    exits never: \false;
*/
VPRIM_INLINE uint64_t vprim_load_once(const void *p, unsigned int bytes, bool big);

/*@ assigns \nothing; exits never: \false; */
static bool vprim_vfio_cap_big_(uint32_t options);
#endif
