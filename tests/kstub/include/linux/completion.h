/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/* Stand-in for the kernel's header: something to wait for. */
#ifndef KSTUB_COMPLETION_H
#define KSTUB_COMPLETION_H
struct completion { unsigned int done; };
void init_completion(struct completion *x);
void reinit_completion(struct completion *x);
void wait_for_completion(struct completion *x);
void complete(struct completion *x);

#endif
