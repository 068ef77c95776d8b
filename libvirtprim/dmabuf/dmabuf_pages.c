// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * The importer's side: pages and pairs.
 *
 * Invariant of the pairs' circle: the MAPPED ones come first. While the pages are
 * LIVE and nobody is notifying, all are MAPPED; once REVOKED, none is. A
 * notification turns the circle by one pair a step, so it needs no cursor that
 * another step could leave dangling.
 */
#include "dmabuf_internal.h"

int vprim_dmabuf_pages_init(struct vprim_dmabuf_pages *pages,
			    size_t pages_size_bytes,
			    const struct vprim_dmabuf_debug *debug)
{
	if (pages_size_bytes != sizeof(*pages))
		return -EINVAL;
	memset(pages, 0, sizeof(*pages));
	pages->debug = debug;
	return 0;
}

static void hold_pages(const struct vprim_dmabuf_pages *pages, bool held)
{
	lock_held(pages->debug, VPRIM_DMABUF_LOCK_PAGES, pages, held);
}

static bool is_attached(const struct vprim_dmabuf_attach *attach)
{
	return attach && attach->buf;
}

/* What PAGES protects. The exporter's facts are another lock's. */
static uint32_t own_facts(const struct vprim_dmabuf_pages *pages)
{
	return fact(pages->pairs, VPRIM_DMABUF_IF_TRACKED) |
	       fact(pages->pinned, VPRIM_DMABUF_IF_PINNED) |
	       fact(pages->releasing, VPRIM_DMABUF_IF_RELEASING);
}

/* What RESV protects: only for calls under that lock. */
static uint32_t attach_facts(const struct vprim_dmabuf_attach *attach)
{
	return is_attached(attach) ? vprim_dmabuf_attach_facts_(attach) : 0;
}

/* Ask the table what the event does to the pages; nothing is changed. */
static int ask(const struct vprim_dmabuf_pages *pages,
	       enum vprim_dmabuf_event event, uint32_t facts,
	       struct vprim_dmabuf_step *step)
{
	int ret = vprim_dmabuf_decide(VPRIM_DMABUF_IMPORTER, pages->state,
				      event, facts, step);

	return ret ? ret : step->error;
}

int vprim_dmabuf_pages_map_file(struct vprim_dmabuf_pages *pages,
				struct vprim_dmabuf_attach *attach,
				uint64_t start_bytes, uint64_t length_bytes)
{
	struct vprim_dmabuf_step step;
	struct vprim_range phys;
	int ret = 0;

	hold_pages(pages, false);
	if (is_attached(attach))
		ret = vprim_dmabuf_check_slice(start_bytes, length_bytes,
					       attach->buf->size_bytes);
	if (!ret)
		ret = ask(pages, VPRIM_DMABUF_ON_MAP_FILE,
			  attach_facts(attach), &step);
	if (!ret)
		ret = vprim_dmabuf_phys_map(attach, &phys);
	if (ret)
		return ret;
	/* The slice lies inside the range, so neither sum wraps. */
	pages->phys.start = phys.start + start_bytes;
	pages->phys.last = pages->phys.start + (length_bytes - 1);
	pages->length_bytes = length_bytes;
	pages->attach = attach;
	pages->pinned = attach->pins;
	pages->state = (uint8_t)step.next;
	return 0;
}

enum vprim_dmabuf_importer_state
vprim_dmabuf_pages_state(const struct vprim_dmabuf_pages *pages)
{
	return (enum vprim_dmabuf_importer_state)pages->state;
}

uint64_t vprim_dmabuf_pages_length(const struct vprim_dmabuf_pages *pages)
{
	return pages->length_bytes;
}

/* The next pair that is in the IOMMU, taken out of it and put to the end. */
static struct vprim_dmabuf_pair *next_mapped(struct vprim_dmabuf_pages *pages)
{
	struct vprim_dmabuf_pair *pair = pages->pairs;
	struct vprim_dmabuf_step step;

	if (!pair || vprim_dmabuf_decide(VPRIM_DMABUF_PAIR, pair->state,
					 VPRIM_DMABUF_ON_NOTIFY, 0, &step))
		return NULL;
	if (!asks(step.actions, VPRIM_DMABUF_DO_IOMMU_UNMAP))
		return NULL;
	pair->state = (uint8_t)step.next;
	pages->pairs = pair->next;
	return pair;
}

int vprim_dmabuf_pages_notify(struct vprim_dmabuf_pages *pages,
			      struct vprim_dmabuf_pair **pair)
{
	struct vprim_dmabuf_pair *found = NULL;
	struct vprim_dmabuf_step step;
	int ret;

	hold_pages(pages, true);
	ret = ask(pages, VPRIM_DMABUF_ON_NOTIFY, attach_facts(pages->attach),
		  &step);
	if (ret)
		return ret;
	if (asks(step.actions, VPRIM_DMABUF_DO_UNMAP_PAIRS))
		found = next_mapped(pages);
	/* The address is forgotten after the last pair is unmapped, not before. */
	if (!found) {
		if (asks(step.actions, VPRIM_DMABUF_DO_PHYS_UNMAP))
			ret = vprim_dmabuf_unmap(pages->attach);
		if (ret)
			return ret;
		pages->state = (uint8_t)step.next;
	}
	*pair = found;
	return 0;
}

static void track(struct vprim_dmabuf_pages *pages,
		  struct vprim_dmabuf_pair *pair, bool mapped)
{
	struct vprim_dmabuf_pair *first = pages->pairs;

	pair->pages = pages;
	pair->next = pair;
	pair->prev = pair;
	if (first) {
		pair->next = first;
		pair->prev = first->prev;
		first->prev->next = pair;
		first->prev = pair;
	}
	/* Between the last and the first; which of the two it becomes: */
	if (!first || mapped)
		pages->pairs = pair;
}

static void untrack(struct vprim_dmabuf_pair *pair)
{
	struct vprim_dmabuf_pages *pages = pair->pages;

	if (pages->pairs == pair)
		pages->pairs = pair->next == pair ? NULL : pair->next;
	pair->next->prev = pair->prev;
	pair->prev->next = pair->next;
	memset(pair, 0, sizeof(*pair));
}

int vprim_dmabuf_fill(struct vprim_dmabuf_pages *pages,
		      struct vprim_dmabuf_pair *pair,
		      uint64_t offset_bytes, uint64_t length_bytes,
		      uint32_t *actions, struct vprim_range *phys)
{
	struct vprim_dmabuf_step step, pair_step;
	bool open, map;
	int ret;

	hold_pages(pages, true);
	ret = ask(pages, VPRIM_DMABUF_ON_FILL, own_facts(pages), &step);
	if (ret)
		return ret;
	ret = vprim_dmabuf_check_slice(offset_bytes, length_bytes,
				       pages->length_bytes);
	if (ret)
		return ret;
	open = pages->state == VPRIM_DMABUF_IMPORTER_LIVE;
	ret = vprim_dmabuf_decide(VPRIM_DMABUF_PAIR, pair->state,
				  VPRIM_DMABUF_ON_FILL,
				  fact(open, VPRIM_DMABUF_IF_OPEN), &pair_step);
	if (!ret)
		ret = pair_step.error;
	if (ret)
		return ret;
	map = asks(pair_step.actions, VPRIM_DMABUF_DO_IOMMU_MAP);
	track(pages, pair, map);
	pair->state = (uint8_t)pair_step.next;
	*actions = pair_step.actions;
	if (map) {
		phys->start = pages->phys.start + offset_bytes;
		phys->last = phys->start + (length_bytes - 1);
		pair->phys = *phys;
	}
	return 0;
}

/* An event that takes a pair off its pages, if it is on any. */
static int leave(struct vprim_dmabuf_pair *pair, enum vprim_dmabuf_event event,
		 uint32_t *actions)
{
	struct vprim_dmabuf_step step;
	int ret;

	if (pair->pages)
		hold_pages(pair->pages, true);
	ret = vprim_dmabuf_decide(VPRIM_DMABUF_PAIR, pair->state, event, 0,
				  &step);
	if (!ret)
		ret = step.error;
	if (ret)
		return ret;
	if (asks(step.actions, VPRIM_DMABUF_DO_UNTRACK))
		untrack(pair);
	*actions = step.actions;
	return 0;
}

int vprim_dmabuf_fill_failed(struct vprim_dmabuf_pair *pair)
{
	uint32_t actions;

	return leave(pair, VPRIM_DMABUF_ON_FILL_FAILED, &actions);
}

void vprim_dmabuf_unfill(struct vprim_dmabuf_pair *pair, uint32_t *actions)
{
	/* The table refuses it in no state. */
	if (leave(pair, VPRIM_DMABUF_ON_UNFILL, actions))
		*actions = 0;
}

enum vprim_dmabuf_pair_state
vprim_dmabuf_pair_state(const struct vprim_dmabuf_pair *pair)
{
	return (enum vprim_dmabuf_pair_state)pair->state;
}

int vprim_dmabuf_pages_release(struct vprim_dmabuf_pages *pages,
			       uint32_t *actions)
{
	struct vprim_dmabuf_step step;
	int ret;

	hold_pages(pages, true);
	ret = ask(pages, VPRIM_DMABUF_ON_RELEASE, own_facts(pages), &step);
	if (ret)
		return ret;
	pages->releasing = true;
	if (actions)
		*actions = step.actions;
	return 0;
}

int vprim_dmabuf_pages_unmap(struct vprim_dmabuf_pages *pages)
{
	struct vprim_dmabuf_attach *attach;
	int ret = 0;

	if (!pages->releasing || !is_attached(pages->attach))
		return -EINVAL;
	attach = pages->attach;
	lock_held(attach->buf->debug, VPRIM_DMABUF_LOCK_RESV, attach->buf, true);
	while (!ret && attach->mappings)
		ret = vprim_dmabuf_unmap(attach);
	while (!ret && attach->pins)
		ret = vprim_dmabuf_unpin(attach);
	return ret;
}

int vprim_dmabuf_pages_finish(struct vprim_dmabuf_pages *pages,
			      uint32_t *actions)
{
	struct vprim_dmabuf_step step;
	int ret;

	hold_pages(pages, false);
	ret = ask(pages, VPRIM_DMABUF_ON_FINISH,
		  own_facts(pages) | fact(is_attached(pages->attach),
					  VPRIM_DMABUF_IF_ATTACHED),
		  &step);
	if (ret)
		return ret;
	pages->attach = NULL;
	pages->releasing = false;
	pages->state = (uint8_t)step.next;
	if (actions)
		*actions = step.actions;
	return 0;
}
