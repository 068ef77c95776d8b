/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/* A map that threads share: one shared object each exports threads_get(). Lookups
 * and updates take what lock they need; a thread that reads enters first. */
#ifndef THREADS_H
#define THREADS_H
#include <stdint.h>

struct threads_ops {
	const char *name;
	void *(*create)(void);
	void (*destroy)(void *);
	void (*enter)(void);
	void (*leave)(void);
	/* 1 where it was free, was there, is there; else 0 */
	int (*insert)(void *, uint64_t start, uint64_t last, uint64_t value);
	int (*remove)(void *, uint64_t start, uint64_t last);
	int (*stab)(void *, uint64_t addr, uint64_t *value);
};

#ifdef __cplusplus
extern "C"
#endif
const struct threads_ops *threads_get(void);
#endif
