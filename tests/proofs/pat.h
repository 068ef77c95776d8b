/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/* The bytes of a PAT and what selects one, for all 64-bit values. */
#include "pat_rules.h"
#include "libvirtprim/pat/pat_rules.c"

/*@ logic integer entry(integer pat, integer i) = (pat >> (8 * i)) & 0xff;
    predicate pat_type(integer t) = t == 0 || t == 1 || 4 <= t <= 7;
    predicate pat_below(integer pat, integer n) =
      \forall integer i; 0 <= i < n ==> pat_type(entry(pat, i));
    logic integer bad_bits(integer pat) = (pat & 0xf8f8f8f8f8f8f8f8) |
      (pat & 0x0202020202020202 & (uint64_t)~(pat >> 1));
    axiomatic pats {
    axiom pat_masks: \forall integer x; word(x) ==>
      ((x & 0xf8f8f8f8f8f8f8f8) == 0 &&
       (x | (uint64_t)((x & 0x0202020202020202) << 1)) == x <==> pat_below(x, 8));
    axiom pat_bad: \forall integer x; word(x) ==>
      (bad_bits(x) == 0 <==> pat_below(x, 8));
    axiom pat_lowest: \forall integer x, n; word(x) ==> lowest_bit(bad_bits(x), n) ==>
      !pat_type(entry(x, n / 8)) && pat_below(x, n / 8);
    axiom pat_byte: \forall integer x, i; word(x) ==> 0 <= i < 8 ==>
      ((uint32_t)(x >> (8 * i)) & 0xff) == entry(x, i) && 0 <= entry(x, i) <= 255;
    axiom pat_high: \forall integer x, i; word(x) ==> 0 <= i < 8 ==>
      (((uint32_t)(x >> (8 * i)) & 0xf8) == 0 <==> entry(x, i) < 8);
    axiom pat_low: \forall integer x, i; word(x) ==> 0 <= i < 8 ==>
      ((uint32_t)(x >> (8 * i)) & 0xf8) == 0 ==>
      ((uint32_t)(x >> (8 * i)) & 7) == entry(x, i);
    axiom shift_in: \forall integer x, n; word(x) ==> 0 <= n < 64 ==>
      0 <= (x >> n) <= UINT64_MAX && 0 <= ((x >> n) & 1) <= 1 &&
      0 <= (((uint64_t)(x >> n) & 1) << 2) <= 4;
    axiom index_low: \forall integer x; word(x) ==>
      ((uint32_t)(x >> 3) & 3) == ((x >> 3) & 3) && 0 <= ((x >> 3) & 3) <= 3;
    axiom index_high: \forall integer x, b; 0 <= x <= 3 ==> 0 <= b <= 1 ==>
      (b << 2) == 4 * b && (x | (b << 2)) == x + 4 * b;
    axiom ept_bits: \forall integer x; word(x) ==> 0 <= ((x >> 3) & 7) <= 7;
    }
*/

/*@ assigns \nothing;
    ensures tells: \result <==> pat_below(pat, 8);
*/
VPRIM_INLINE bool vprim_pat_is_valid(uint64_t pat);

/*@ assigns \nothing;
    exits never: \false;
    ensures bits: \result == bad_bits(pat);
*/
VPRIM_INLINE uint64_t vprim_pat_bad_bits(uint64_t pat);

/*@ assigns \nothing;
    exits never: \false;
    ensures columns: \result == (type == 0 ? COL_UC : type == 1 ? COL_WC :
      type == 4 ? COL_WT : type == 5 ? COL_WP : type == 6 ? COL_WB :
      type == 7 ? COL_UC_MINUS : COLS);
*/
static unsigned int column(enum vprim_pat_type type);

/*@ assigns \nothing;
    exits never: \false;
    ensures tells: \result <==> pat_type(type);
*/
static bool is_pat(enum vprim_pat_type type);

/*@ requires rows && \valid(type) && asked(why);
    requires why != \null ==> \separated(why, type) &&
      \separated(why, &vprim_pat_rule_[0 .. 4]);
    assigns *type, *why;
    exits never: \false;
    ensures tells: \result == 0 <==> index < 8 && pat_type(entry(pat, index));
    ensures codes: \result == 0 || \result == -EINVAL;
    ensures kept: \result != 0 ==> *type == \old(*type);
    ensures stored: \result == 0 ==> *type == entry(pat, index);
    ensures where: why != \null && \result != 0 && index < 8 ==>
      why->has_at && why->at == index;
*/
int vprim_pat_entry(uint64_t pat, unsigned int index,
		    enum vprim_pat_type *type, struct vprim_reason *why);

/*@ assigns \nothing;
    exits never: \false;
    ensures kinds: \result == (level == 1 ? PAGE_4K :
      level < 4 && (entry & 128) != 0 ? PAGE_LARGE : REFERENCE);
*/
static enum entry_kind kind_of(uint64_t entry, unsigned int level);

/*@ requires rows && asked(why);
    requires why != \null ==> \separated(why, &vprim_pat_rule_[0 .. 4]);
    assigns *why;
    ensures tells: \result == 0 <==> pat_below(pat, 8);
    ensures codes: \result == 0 || \result == -EINVAL;
    ensures lowest: why != \null && \result != 0 ==> why->at < 8 &&
      !pat_type(entry(pat, why->at)) && pat_below(pat, why->at);
*/
int vprim_pat_check(uint64_t pat, struct vprim_reason *why);

/*@ requires \valid(index);
    assigns *index;
    ensures tells: \result == (1 <= level <= 5 ? 0 : -EINVAL);
    ensures kept: \result != 0 ==> *index == \old(*index);
    ensures small: level == 1 ==> *index ==
      ((entry >> 3) & 3) + 4 * ((entry >> 7) & 1);
    ensures large: 2 <= level <= 3 && ((entry >> 7) & 1) == 1 ==> *index ==
      ((entry >> 3) & 3) + 4 * ((entry >> 12) & 1);
    ensures table: 4 <= level <= 5 || (2 <= level <= 3 && ((entry >> 7) & 1) == 0) ==>
      *index == ((entry >> 3) & 3);
*/
int vprim_pat_index(uint64_t entry, unsigned int level, unsigned int *index);

/*@ assigns \nothing;
    exits never: \false;
    ensures tells: \result <==> pat_type(type) && type != 7;
*/
static bool is_mtrr(enum vprim_pat_type type);

/*@ requires \valid(ept);
    assigns *ept;
    ensures tells: \result == 0 <==>
      pat_type((entry >> 3) & 7) && ((entry >> 3) & 7) != 7;
    ensures codes: \result == 0 || \result == -EINVAL;
    ensures kept: \result != 0 ==> *ept == \old(*ept);
    ensures typing: \result == 0 ==> ept->type == ((entry >> 3) & 7) &&
      (ept->ignore_pat <==> ((entry >> 6) & 1) == 1);
*/
int vprim_pat_ept_decode(uint64_t entry, struct vprim_pat_ept *ept);
