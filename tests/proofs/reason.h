/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/* The printer of sentences: every byte that it writes lies in the buffer. */
#include "range.h"

/*@ predicate text_ok(struct vprim_text *t) = \valid(t) &&
      (t->size_bytes > 0 ==> \valid(t->buf + (0 .. t->size_bytes - 1)) &&
       \separated(t, t->buf + (0 .. t->size_bytes - 1)));
*/

/*@ requires text_ok(text) && text->used < SIZE_MAX;
    assigns text->used, text->buf[0 .. text->size_bytes - 1];
    ensures counts: text->used == \old(text->used) + 1;
    ensures stored: \old(text->used) < text->size_bytes ==>
      text->buf[\old(text->used)] == c;
    ensures before: \forall integer i; 0 <= i < text->size_bytes ==>
      i != \old(text->used) ==> text->buf[i] == \old(text->buf[i]);
*/
void vprim_text_char_(struct vprim_text *text, char c);

/*@ requires text_ok(text) && text->used < SIZE_MAX;
    assigns text->used, text->buf[0 .. text->size_bytes - 1];
    ensures length: \result == \old(text->used);
    ensures ends: text->size_bytes > 0 ==>
      text->buf[\min(\result, text->size_bytes - 1)] == 0;
*/
size_t vprim_text_end_(struct vprim_text *text);
