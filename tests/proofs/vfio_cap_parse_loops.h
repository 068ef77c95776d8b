/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/* The terms in which the loops of vfio_cap_parse.c say what holds in them. */
#include "vfio_rules.h"

/*@ predicate view_ok(struct vprim_vfio_cap_view *v) =
      v->kind_ <= VPRIM_VFIO_CAP_IOMMU &&
      \valid_read(v->buf_ + (0 .. v->len_ - 1));
    predicate header(integer at, integer len) = 0 <= at && at + 8 <= len;
    predicate inside(struct vprim_vfio_cap c, integer len) = header(c.offset, len) &&
      (c.next != 0 ==> c.next >= c.offset + 8 && header(c.next, len)) &&
      c.extent_bytes == (c.next != 0 ? c.next : len) - c.offset;
    predicate same{A, B}(struct vprim_vfio_cap_view *v) =
      \at(v->kind_, A) == \at(v->kind_, B) && \at(v->buf_, A) == \at(v->buf_, B) &&
      \at(v->len_, A) == \at(v->len_, B);
*/

/* No object lies at NULL, so a reason that is not asked for lies apart as well. */
/*@ predicate apart(struct vprim_vfio_cap_view *view, struct vprim_vfio_cap *cap,
      struct vprim_reason *why) = \valid_read(view) && view_ok(view) && \valid(cap) &&
      \separated(cap, view) && \separated(why, view, cap) &&
      \separated(why, &vprim_vfio_cap_rule_[0 .. 16]);
*/

/* What has a list behind its header, or a string of bytes; and how long it is at least. */
/*@ predicate list(integer kind, integer id) = kind != VPRIM_VFIO_CAP_DEVICE && id == 1;
    predicate string(integer kind, integer id) = kind == VPRIM_VFIO_CAP_DEVICE &&
      (id == VPRIM_VFIO_CAP_ZPCI_UTIL || id == VPRIM_VFIO_CAP_ZPCI_PFIP);
    predicate enough(integer bytes, integer kind, integer id) =
      (list(kind, id) ==> bytes >= 16) && (string(kind, id) ==> bytes >= 12);
    predicate holds(struct vprim_vfio_cap *c, integer len, integer nr) =
      inside(*c, len) && 16 + 16 * nr <= c->extent_bytes;
*/

/* A capability that is only read; what is written besides the reason lies apart. */
/*@ predicate given(struct vprim_vfio_cap_view *view, struct vprim_vfio_cap *cap,
      struct vprim_reason *why) = \valid_read(view) && view_ok(view) &&
      \valid_read(cap) && asked(why) && \separated(why, view, cap) &&
      \separated(why, &vprim_vfio_cap_rule_[0 .. 16]);
*/
