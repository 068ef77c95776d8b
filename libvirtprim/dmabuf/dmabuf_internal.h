/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/* What the files of this module share. */
#ifndef DMABUF_INTERNAL_H
#define DMABUF_INTERNAL_H
#include <virtprim/dmabuf.h>

/* @fact when @yes, for sums of facts. */
static inline uint32_t fact(bool yes, enum vprim_dmabuf_fact fact)
{
	return yes ? (uint32_t)fact : 0;
}

/* Whether @actions ask for @action. */
static inline bool asks(uint32_t actions, enum vprim_dmabuf_action action)
{
	return actions & (uint32_t)action;
}

/* Tell the hook what the call relies on. */
static inline void lock_held(const struct vprim_dmabuf_debug *debug,
			     enum vprim_dmabuf_lock lock, const void *object,
			     bool held)
{
	if (debug)
		debug->check(debug->ctx, lock, object, held);
}

/* What holds for an importer of this buffer. */
uint32_t vprim_dmabuf_attach_facts_(const struct vprim_dmabuf_attach *attach);

#endif
