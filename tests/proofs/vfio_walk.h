/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/* A walk over a capability chain, for any bytes of any length. */
#include "vfio_rules.h"
#include "vfio_cap.h"
#include "libvirtprim/vfio_cap/vfio_cap_rules.c"
#include "libvirtprim/vfio_cap/vfio_cap_build.c"

/*@ axiomatic seen {
    axiom bit_room: \forall integer n; 0 <= n < 64 ==> 0 <= (1 << n) <= UINT64_MAX;
    }
*/

/*@ requires rows && asked(why) && apart(view, cap, why);
    requires header(at, view->len_);
    assigns *cap, *why;
    exits never: \false;
    ensures codes: \result == 0 || \result == -EBADMSG;
    ensures kept: \result != 0 ==> *cap == \old(*cap);
    ensures taken: \result == 0 ==> cap->offset == at;
    ensures inside: \result == 0 ==> inside(*cap, \old(view->len_));
*/
static int take(const struct vprim_vfio_cap_view *view, uint32_t at,
		uint64_t seen, struct vprim_vfio_cap *cap,
		struct vprim_reason *why);

/*@ requires rows && asked(why) && apart(view, cap, why);
    assigns *cap, *why;
    exits never: \false;
    ensures codes: \result == 0 || \result == -EBADMSG || \result == -ENOENT;
    ensures kept: \result != 0 ==> *cap == \old(*cap);
    ensures inside: \result == 0 ==> inside(*cap, \old(view->len_));
*/
int vprim_vfio_cap_first(const struct vprim_vfio_cap_view *view,
			 struct vprim_vfio_cap *cap,
			 struct vprim_reason *why);

/*@ requires rows && asked(why) && apart(view, cap, why);
    assigns *cap, *why;
    exits never: \false;
    ensures codes: \result == 0 || \result == -EBADMSG || \result == -ENOENT ||
      \result == -EINVAL;
    ensures kept: \result != 0 ==> *cap == \old(*cap);
    ensures inside: \result == 0 ==> inside(*cap, \old(view->len_));
    ensures forward: \result == 0 ==> cap->offset >= \old(cap->offset) + 8;
*/
int vprim_vfio_cap_next(const struct vprim_vfio_cap_view *view,
			struct vprim_vfio_cap *cap,
			struct vprim_reason *why);

/*@ requires rows && asked(why) && apart(view, cap, why);
    assigns *cap, *why;
    exits never: \false;
    ensures codes: \result == 0 || \result == -EBADMSG || \result == -ENOENT ||
      \result == -EINVAL;
    ensures kept: \result != 0 ==> *cap == \old(*cap);
    ensures inside: \result == 0 ==> inside(*cap, \old(view->len_));
*/
int vprim_vfio_cap_find(const struct vprim_vfio_cap_view *view, uint16_t id,
			struct vprim_vfio_cap *cap,
			struct vprim_reason *why);
