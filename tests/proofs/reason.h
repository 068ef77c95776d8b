/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/* The printer of sentences: every byte that it writes lies in the buffer. */
#include "reason_loops.h"

/*@ requires text_ok(text) && text->used < SIZE_MAX;
    assigns text->used, text->buf[0 .. text->size_bytes - 1];
    exits never: \false;
    ensures still: text->size_bytes == \old(text->size_bytes) &&
      text->buf == \old(text->buf);
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

/*@ requires text_ok(text) && text->used <= SIZE_MAX - 20;
    requires \separated(text, text->buf + (0 .. text->size_bytes - 1));
    assigns text->used, text->buf[0 .. text->size_bytes - 1];
    exits never: \false;
    ensures digits: \old(text->used) < text->used <= \old(text->used) + 20;
*/
void vprim_text_dec_(struct vprim_text *text, uint64_t v);
