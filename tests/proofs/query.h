/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/* The client's side of argsz: it ends, whatever the kernel answers. */
#include "bytes.h"
#include "vfio_rules.h"
#include <virtprim/vfio_cap.h>
#include "libvirtprim/vfio_cap/vfio_cap_build.c"
#include "libvirtprim/vfio_cap/vfio_cap_rules.c"

/*@ requires \valid_read((uint8_t *)src + (0 .. bytes - 1)) && \valid(info);
    assigns *info;
    exits never: \false;
    ensures codes: \result == 0 || \result == -EINVAL;
    ensures kinds: \result == 0 ==> kind <= VPRIM_VFIO_CAP_IOMMU;
*/
int vprim_vfio_cap_fixed_load(enum vprim_vfio_cap_kind kind, uint32_t options,
			      const void *src, size_t bytes,
			      struct vprim_vfio_cap_fixed *info);

/*@ requires \valid(query) && \valid_read((uint8_t *)buf + (0 .. bytes - 1));
    requires query->argsz_ <= query->limit_bytes_ && rows && asked(why);
    requires why != \null ==> \separated(why, query) &&
      \separated(why, &vprim_vfio_cap_rule_[0 .. 16]);
    assigns *query, *why;
    ensures codes: \result == 0 || \result == -EINVAL || \result == -EBADMSG ||
      \result == -E2BIG || \result == -EMSGSIZE;
    ensures kept: \result != -EMSGSIZE ==> *query == \old(*query);
    ensures ends: \result == -EMSGSIZE ==> query->retries_ == \old(query->retries_) - 1;
    ensures grows: \result == -EMSGSIZE ==>
      \old(query->argsz_) <= query->argsz_ <= query->limit_bytes_;
    ensures limit: query->limit_bytes_ == \old(query->limit_bytes_);
*/
int vprim_vfio_cap_query_answer(struct vprim_vfio_cap_query *query,
				const void *buf, size_t bytes,
				struct vprim_reason *why);
