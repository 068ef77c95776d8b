/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * What guards the walk over capability chains, for any bytes of any length, which may
 * change between any two reads: no contract says what a read gives.
 */
#include "bytes.h"

/*@ predicate known(integer kind, integer id) =
      0 <= id < 6 && shapes[kind][id].name != \null;
*/

/*@ requires \valid_read(view) && view_ok(view);
    requires inside: 1 <= width <= 8 && at + width <= view->len_;
    assigns \nothing;
    exits never: \false;
*/
static uint64_t load(const struct vprim_vfio_cap_view *view, uint32_t at,
		     unsigned int width);

/*@ requires \valid_read(view) && view_ok(view) && at + 4 <= view->len_;
    assigns \nothing;
    exits never: \false;
*/
static uint32_t load32(const struct vprim_vfio_cap_view *view, uint32_t at);

/*@ requires \valid_read(view);
    assigns \nothing;
    exits never: \false;
    ensures sound: \result == 0 ==> header(at, view->len_);
    ensures rules: \result == 0 || \result == VPRIM_VFIO_CAP_RULE_ALIGN ||
      \result == VPRIM_VFIO_CAP_RULE_BOUNDS;
*/
static unsigned int header_rule(const struct vprim_vfio_cap_view *view, uint32_t at);

/*@ requires \valid_read(view);
    assigns \nothing;
    exits never: \false;
    ensures forward: \result == 0 && next != 0 ==>
      next >= at + 8 && header(next, view->len_);
    ensures rules: \result == 0 || \result == VPRIM_VFIO_CAP_RULE_LINK ||
      \result == VPRIM_VFIO_CAP_RULE_ALIGN || \result == VPRIM_VFIO_CAP_RULE_BOUNDS;
*/
static unsigned int link_rule(const struct vprim_vfio_cap_view *view, uint32_t at,
			      uint32_t next);

/*@ assigns \nothing;
    exits never: \false;
    ensures tells: \result <==> kind <= VPRIM_VFIO_CAP_IOMMU;
*/
static bool vprim_vfio_cap_kind_ok_(enum vprim_vfio_cap_kind kind);

/*@ requires kind <= VPRIM_VFIO_CAP_IOMMU;
    assigns \nothing;
    exits never: \false;
    ensures known: \result != \null <==> known(kind, id);
    ensures entry: \result != \null ==> \valid_read(\result);
    ensures least: \result != \null ==> enough(\result->min, kind, id) &&
      (\result->min_v2 == 0 || enough(\result->min_v2, kind, id));
*/
static const struct shape *shape_of(enum vprim_vfio_cap_kind kind, uint16_t id);

/*@ requires \valid_read(view) && view_ok(view) && \valid_read(cap);
    assigns \nothing;
    exits never: \false;
*/
static uint32_t notes_of(const struct vprim_vfio_cap_view *view,
			 const struct vprim_vfio_cap *cap, uint64_t seen);

/*@ requires \valid_read(view) && \valid_read(cap);
    assigns \nothing;
    exits never: \false;
    ensures tells: \result ==> inside(*cap, view->len_);
*/
static bool belongs(const struct vprim_vfio_cap_view *view,
		    const struct vprim_vfio_cap *cap);
