/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/* The check of one capability's payload, for any bytes of any length. */
#include "vfio_walk.h"

/*@ requires \valid_read(view) && view_ok(view) && \valid_read(cap);
    requires known(view->kind_, cap->id);
    assigns \nothing;
    exits never: \false;
    ensures least: enough(\result, view->kind_, cap->id);
*/
static uint32_t min_bytes(const struct vprim_vfio_cap_view *view,
			  const struct vprim_vfio_cap *cap);

/*@ requires rows && given(view, cap, why) && inside(*cap, view->len_);
    requires known(view->kind_, cap->id);
    assigns *why;
    exits never: \false;
    ensures codes: \result == 0 || \result == -EBADMSG;
    ensures least: \result == 0 ==>
      enough(cap->extent_bytes, view->kind_, cap->id);
*/
static int whole(const struct vprim_vfio_cap_view *view,
		 const struct vprim_vfio_cap *cap,
		 struct vprim_reason *why);

/*@ requires rows && given(view, cap, why) && holds(cap, view->len_, 0);
    requires \valid(nr) && \separated(nr, view, cap) && \separated(why, nr);
    assigns *nr, *why;
    exits never: \false;
    ensures codes: \result == 0 || \result == -EBADMSG;
    ensures kept: \result != 0 ==> *nr == \old(*nr);
    ensures room: \result == 0 ==> 16 + 16 * *nr <= \old(cap->extent_bytes);
*/
static int list_nr(const struct vprim_vfio_cap_view *view,
		   const struct vprim_vfio_cap *cap, uint32_t *nr,
		   struct vprim_reason *why);

/*@ requires rows && given(view, cap, why) && inside(*cap, view->len_);
    requires cap->extent_bytes >= 12;
    requires \valid(nr) && \separated(nr, view, cap) && \separated(why, nr);
    assigns *nr, *why;
    exits never: \false;
    ensures codes: \result == 0 || \result == -EBADMSG;
    ensures kept: \result != 0 ==> *nr == \old(*nr);
    ensures room: \result == 0 ==> 12 + *nr <= \old(cap->extent_bytes);
*/
static int bytes_nr(const struct vprim_vfio_cap_view *view,
		    const struct vprim_vfio_cap *cap, uint32_t *nr,
		    struct vprim_reason *why);

/*@ requires \valid_read(cap) && 32 + 16 * i <= cap->extent_bytes;
    requires cap->offset + cap->extent_bytes <= UINT32_MAX;
    assigns \nothing;
    exits never: \false;
    ensures where: \result == cap->offset + 16 + 16 * i;
*/
static uint32_t item_at(const struct vprim_vfio_cap *cap, uint32_t i);

/*@ requires rows && given(view, cap, why) && holds(cap, view->len_, i + 1);
    requires \valid(area) && \separated(area, view, cap) && \separated(why, area);
    assigns *area, *why;
    exits never: \false;
    ensures codes: \result == 0 || \result == -EBADMSG;
    ensures kept: \result != 0 ==> *area == \old(*area);
*/
static int load_area(const struct vprim_vfio_cap_view *view,
		     const struct vprim_vfio_cap *cap, uint32_t i,
		     struct vprim_vfio_cap_area *area,
		     struct vprim_reason *why);

/*@ requires rows && given(view, cap, why) && holds(cap, view->len_, i + 1);
    requires \valid(range) && \separated(range, view, cap) && \separated(why, range);
    assigns *range, *why;
    exits never: \false;
    ensures codes: \result == 0 || \result == -EBADMSG;
    ensures kept: \result != 0 ==> *range == \old(*range);
    ensures range: \result == 0 ==> is_range(*range);
*/
static int load_range(const struct vprim_vfio_cap_view *view,
		      const struct vprim_vfio_cap *cap, uint32_t i,
		      struct vprim_range *range,
		      struct vprim_reason *why);

/*@ requires rows && given(view, cap, why) && holds(cap, view->len_, i + 1);
    requires \valid(r) && \separated(r, view, cap) && \separated(why, r);
    assigns *r, *why;
    exits never: \false;
    ensures codes: \result == 0 || \result == -EBADMSG || \result == -ENOENT;
    ensures range: \result == 0 ==> is_range(*r);
*/
static int load_item(const struct vprim_vfio_cap_view *view,
		     const struct vprim_vfio_cap *cap, uint32_t i,
		     struct vprim_range *r, struct vprim_reason *why);

/*@ requires rows && given(view, cap, \null) && holds(cap, view->len_, i);
    requires \valid_read(r);
    assigns \nothing;
    exits never: \false;
*/
static bool meets_earlier(const struct vprim_vfio_cap_view *view,
			  const struct vprim_vfio_cap *cap, uint32_t i,
			  const struct vprim_range *r);

/*@ requires rows && given(view, cap, why) && holds(cap, view->len_, nr);
    requires \valid(notes) && \separated(notes, view, cap) && \separated(why, notes);
    assigns *notes, *why;
    exits never: \false;
    ensures codes: \result == 0 || \result == -EBADMSG;
*/
static int check_areas(const struct vprim_vfio_cap_view *view,
		       const struct vprim_vfio_cap *cap, uint32_t nr,
		       uint32_t *notes, struct vprim_reason *why);

/*@ requires rows && given(view, cap, why) && holds(cap, view->len_, nr);
    requires \valid(notes) && \separated(notes, view, cap) && \separated(why, notes);
    assigns *notes, *why;
    exits never: \false;
    ensures codes: \result == 0 || \result == -EBADMSG;
*/
static int check_ranges(const struct vprim_vfio_cap_view *view,
			const struct vprim_vfio_cap *cap, uint32_t nr,
			uint32_t *notes, struct vprim_reason *why);

/*@ requires rows && given(view, cap, why) && apart(view, cap, why) && holds(cap, view->len_, 0);
    assigns cap->notes, *why;
    exits never: \false;
    ensures codes: \result == 0 || \result == -EBADMSG;
    ensures kept: \result != 0 ==> cap->notes == \old(cap->notes);
*/
static int check_list(const struct vprim_vfio_cap_view *view,
		      struct vprim_vfio_cap *cap,
		      struct vprim_reason *why);

/*@ requires rows && asked(why) && apart(view, cap, why);
    assigns cap->notes, *why;
    exits never: \false;
    ensures codes: \result == 0 || \result == -EBADMSG || \result == -EINVAL;
    ensures kept: \result != 0 ==> cap->notes == \old(cap->notes);
    ensures ours: \result != -EINVAL ==> \old(inside(*cap, view->len_));
*/
int vprim_vfio_cap_check(const struct vprim_vfio_cap_view *view,
			 struct vprim_vfio_cap *cap,
			 struct vprim_reason *why);

/*@ requires \valid_read(view);
    assigns \nothing;
    exits never: \false;
    ensures tells: \result <==> list(view->kind_, id);
*/
static bool is_list(const struct vprim_vfio_cap_view *view, uint16_t id);

/*@ requires \valid_read(view);
    assigns \nothing;
    exits never: \false;
    ensures tells: \result <==> string(view->kind_, id);
*/
static bool is_bytes(const struct vprim_vfio_cap_view *view, uint16_t id);
