/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/* What the files of this module share. */
#ifndef DMABUF_INTERNAL_H
#define DMABUF_INTERNAL_H
#include <virtprim/dmabuf.h>
#include <virtprim/refuse.h>

/* dmabuf_rules.c; by their ids. */
extern const struct vprim_rule vprim_dmabuf_rule_[];
#define refuse_by(why, id, ...) \
	VPRIM_REFUSE(why, vprim_dmabuf_rule_, \
		     (id) - VPRIM_DMABUF_RULE_GONE, __VA_ARGS__)
#define refuse(why, id, ...) \
	refuse_by(why, VPRIM_DMABUF_RULE_##id, __VA_ARGS__)
#define note(why, id, ...) \
	VPRIM_NOTE(why, vprim_dmabuf_rule_, \
		   VPRIM_DMABUF_RULE_##id - VPRIM_DMABUF_RULE_GONE, __VA_ARGS__)

/* @fact when @yes, for sums of facts. */
static inline uint32_t fact(bool yes, enum vprim_dmabuf_fact fact)
{
	return yes ? (uint32_t)fact : 0;
}

/*
 * Ask the table: 0 and the row, or the refusal that it answers with.
 */
static inline int ask(enum vprim_dmabuf_machine machine, unsigned int state,
		      enum vprim_dmabuf_event event, uint32_t facts,
		      const struct vprim_dmabuf_transition **row,
		      struct vprim_reason *why)
{
	*row = vprim_dmabuf_decide(machine, state, event, facts);
	if (!*row)
		return refuse(why, EVENT, VALUE((unsigned int)event));
	return (*row)->why ? refuse_by(why, (*row)->why) : 0;
}

/* Whether @row asks for @action. */
static inline bool asks(const struct vprim_dmabuf_transition *row,
			enum vprim_dmabuf_action action)
{
	return row->actions & (uint32_t)action;
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
uint32_t vprim_dmabuf_attach_facts_(const struct vprim_dmabuf_attachment *attach);

/*
 * The steps that the sequences are made of. What a step leaves to do stands in the
 * row that answered it.
 */

/* As vprim_dmabuf_check_slice(); what @why says before is kept. */
int vprim_dmabuf_slice_(uint64_t start_bytes, uint64_t length_bytes,
			uint64_t size_bytes, struct vprim_reason *why);

/* As vprim_dmabuf_step(). Locks: MEMORY, RESV. */
int vprim_dmabuf_step_(struct vprim_dmabuf *buf, enum vprim_dmabuf_event event,
		       const struct vprim_dmabuf_transition **answer,
		       struct vprim_reason *why);

/*
 * Keep account of an event, between the hardware's part and the un-revoke, which
 * asks what is written here. Locks: MEMORY.
 */
void vprim_dmabuf_account_(struct vprim_dmabuf_device *device,
			   enum vprim_dmabuf_trigger trigger);

/*
 * An area meets a domain: track the pair. With IOMMU_MAP the caller maps pair->phys
 * in the same critical section, or calls vprim_dmabuf_untrack_() with FILL_FAILED.
 * Locks: PAGES.
 */
int vprim_dmabuf_track_(struct vprim_dmabuf_pages *pages,
			struct vprim_dmabuf_pair *pair, uint64_t offset_bytes,
			uint64_t length_bytes,
			const struct vprim_dmabuf_transition **answer,
			struct vprim_reason *why);

/*
 * FILL_FAILED, or UNFILL, which is idempotent: the pair is ABSENT. With IOMMU_UNMAP
 * the caller unmaps pair->phys in the same critical section. Locks: PAGES.
 */
int vprim_dmabuf_untrack_(struct vprim_dmabuf_pair *pair,
			  enum vprim_dmabuf_event event,
			  const struct vprim_dmabuf_transition **answer);

/*
 * The notification, a pair a call: unmap it, with the IOTLB sync, before the next.
 * The pages are REVOKED once it has given none. All calls of one notification stand
 * in one critical section of PAGES. Locks: RESV, PAGES.
 */
int vprim_dmabuf_notify_(struct vprim_dmabuf_pages *pages,
			 struct vprim_dmabuf_pair **pair);

/*
 * The release of pages that nobody uses: begin (locks: PAGES); give mapping and pins
 * back, those that are left (RESV); detach; finish (neither).
 */
int vprim_dmabuf_release_begin_(struct vprim_dmabuf_pages *pages,
				struct vprim_reason *why);
int vprim_dmabuf_release_unmap_(struct vprim_dmabuf_pages *pages);
int vprim_dmabuf_release_finish_(struct vprim_dmabuf_pages *pages,
				 struct vprim_reason *why);

#endif
