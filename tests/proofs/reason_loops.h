/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/* The terms in which the loops of reason.c say what holds in them. */
#ifndef REASON_LOOPS_H
#define REASON_LOOPS_H
#include "range.h"
#include <virtprim/refuse.h>

/*@ predicate text_ok(struct vprim_text *t) = \valid(t) &&
      (t->size_bytes > 0 ==> \valid(t->buf + (0 .. t->size_bytes - 1)) &&
       \separated(t, t->buf + (0 .. t->size_bytes - 1)));
*/

/* What is left of a word, at most, without its last n digits. */
/*@ logic integer most(integer n) =
      n == 0 ? 18446744073709551615 :
      n == 1 ? 1844674407370955161 :
      n == 2 ? 184467440737095516 :
      n == 3 ? 18446744073709551 :
      n == 4 ? 1844674407370955 :
      n == 5 ? 184467440737095 :
      n == 6 ? 18446744073709 :
      n == 7 ? 1844674407370 :
      n == 8 ? 184467440737 :
      n == 9 ? 18446744073 :
      n == 10 ? 1844674407 :
      n == 11 ? 184467440 :
      n == 12 ? 18446744 :
      n == 13 ? 1844674 :
      n == 14 ? 184467 :
      n == 15 ? 18446 :
      n == 16 ? 1844 :
      n == 17 ? 184 :
      n == 18 ? 18 :
      n == 19 ? 1 : 0;
*/
#endif
