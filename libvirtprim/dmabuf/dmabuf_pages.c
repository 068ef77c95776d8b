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
	if (pages)
		lock_held(pages->debug, VPRIM_DMABUF_LOCK_PAGES, pages, held);
}

static bool is_attached(const struct vprim_dmabuf_attachment *attach)
{
	return attach && attach->buf;
}

/* What PAGES protects. The exporter's facts are another lock's. */
static uint32_t own_facts(const struct vprim_dmabuf_pages *pages)
{
	return fact(pages->pairs, VPRIM_DMABUF_IF_TRACKED) |
	       fact(pages->releasing, VPRIM_DMABUF_IF_RELEASING);
}

/* What RESV protects: only for calls under that lock. */
static uint32_t attach_facts(const struct vprim_dmabuf_attachment *attach)
{
	return is_attached(attach) ? vprim_dmabuf_attach_facts_(attach) : 0;
}

/* Ask the table what the event does to the pages; nothing is changed. */
static int ask_pages(const struct vprim_dmabuf_pages *pages,
		     enum vprim_dmabuf_event event, uint32_t facts,
		     const struct vprim_dmabuf_transition **row,
		     struct vprim_reason *why)
{
	return ask(VPRIM_DMABUF_IMPORTER, pages->state, event, facts, row, why);
}

static void go_on(struct vprim_dmabuf_pages *pages,
		  const struct vprim_dmabuf_transition *row)
{
	pages->state = (enum vprim_dmabuf_importer_state)row->next;
}

int vprim_dmabuf_pages_map_file(struct vprim_dmabuf_pages *pages,
				struct vprim_dmabuf_attachment *attach,
				uint64_t start_bytes, uint64_t length_bytes,
				struct vprim_reason *why)
{
	const struct vprim_dmabuf_transition *row;
	struct vprim_range phys;
	int ret = 0;

	hold_pages(pages, false);
	if (is_attached(attach))
		ret = vprim_dmabuf_slice_(start_bytes, length_bytes,
					  attach->buf->size_bytes, why);
	if (!ret)
		ret = ask_pages(pages, VPRIM_DMABUF_ON_MAP_FILE,
				attach_facts(attach), &row, why);
	if (!ret)
		ret = vprim_dmabuf_map(attach, &phys, why);
	if (ret)
		return ret;
	/* The slice lies inside the range, so the sum does not wrap. */
	pages->phys_start = phys.start + start_bytes;
	pages->length_bytes = length_bytes;
	pages->attach = attach;
	go_on(pages, row);
	return 0;
}

/*
 * The next pair that is in the IOMMU, taken out of it and put to the end; or none.
 * One that may be in it for all that its state says is an error.
 */
static int next_mapped(struct vprim_dmabuf_pages *pages,
		       struct vprim_dmabuf_pair **found)
{
	struct vprim_dmabuf_pair *pair = pages->pairs;
	const struct vprim_dmabuf_transition *row;
	int ret;

	if (!pair)
		return 0;
	ret = ask(VPRIM_DMABUF_PAIR, pair->state, VPRIM_DMABUF_ON_NOTIFY, 0,
		  &row, NULL);
	if (ret || !asks(row, VPRIM_DMABUF_DO_IOMMU_UNMAP))
		return ret;
	pair->state = (enum vprim_dmabuf_pair_state)row->next;
	pages->pairs = pair->next;
	*found = pair;
	return 0;
}

int vprim_dmabuf_notify_(struct vprim_dmabuf_pages *pages,
			 struct vprim_dmabuf_pair **pair)
{
	struct vprim_dmabuf_pair *found = NULL;
	const struct vprim_dmabuf_transition *row;
	int ret;

	hold_pages(pages, true);
	ret = ask_pages(pages, VPRIM_DMABUF_ON_NOTIFY,
			attach_facts(pages->attach), &row, NULL);
	if (ret)
		return ret;
	if (asks(row, VPRIM_DMABUF_DO_UNMAP_PAIRS))
		ret = next_mapped(pages, &found);
	if (ret)
		return ret;
	/* The address is forgotten after the last pair is unmapped, not before. */
	if (!found) {
		if (asks(row, VPRIM_DMABUF_DO_PHYS_UNMAP))
			certain(vprim_dmabuf_unmap(pages->attach));
		go_on(pages, row);
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
	pair->pages = NULL;
}

int vprim_dmabuf_track_(struct vprim_dmabuf_pages *pages,
			struct vprim_dmabuf_pair *pair, uint64_t offset_bytes,
			uint64_t length_bytes,
			const struct vprim_dmabuf_transition **answer,
			struct vprim_reason *why)
{
	const struct vprim_dmabuf_transition *row;
	bool open, map;
	int ret;

	hold_pages(pages, true);
	ret = ask_pages(pages, VPRIM_DMABUF_ON_FILL, own_facts(pages), &row,
			why);
	if (!ret)
		ret = vprim_dmabuf_slice_(offset_bytes, length_bytes,
					  pages->length_bytes, why);
	open = pages->state == VPRIM_DMABUF_IMPORTER_LIVE;
	if (!ret)
		ret = ask(VPRIM_DMABUF_PAIR, pair->state, VPRIM_DMABUF_ON_FILL,
			  fact(open, VPRIM_DMABUF_IF_OPEN), &row, why);
	if (ret)
		return ret;
	map = asks(row, VPRIM_DMABUF_DO_IOMMU_MAP);
	track(pages, pair, map);
	pair->state = (enum vprim_dmabuf_pair_state)row->next;
	if (map) {
		pair->phys.start = pages->phys_start + offset_bytes;
		pair->phys.last = pair->phys.start + (length_bytes - 1);
	}
	*answer = row;
	return 0;
}

int vprim_dmabuf_untrack_(struct vprim_dmabuf_pair *pair,
			  enum vprim_dmabuf_event event,
			  const struct vprim_dmabuf_transition **answer)
{
	int ret;

	hold_pages(pair->pages, true);
	ret = ask(VPRIM_DMABUF_PAIR, pair->state, event, 0, answer, NULL);
	if (ret)
		return ret;
	if (asks(*answer, VPRIM_DMABUF_DO_UNTRACK))
		untrack(pair);
	pair->state = (enum vprim_dmabuf_pair_state)(*answer)->next;
	return 0;
}

int vprim_dmabuf_release_begin_(struct vprim_dmabuf_pages *pages,
				struct vprim_reason *why)
{
	const struct vprim_dmabuf_transition *row;
	int ret;

	hold_pages(pages, true);
	ret = ask_pages(pages, VPRIM_DMABUF_ON_RELEASE, own_facts(pages), &row,
			why);
	if (!ret)
		pages->releasing = true;
	return ret;
}

int vprim_dmabuf_release_unmap_(struct vprim_dmabuf_pages *pages)
{
	struct vprim_dmabuf_attachment *attach = pages->attach;
	uint64_t left;

	if (!pages->releasing || !is_attached(attach))
		return -EINVAL;
	lock_held(attach->buf->debug, VPRIM_DMABUF_LOCK_RESV, attach->buf, true);
	for (left = attach->mappings; left; left--)
		certain(vprim_dmabuf_unmap(attach));
	for (left = attach->pins; left; left--)
		certain(vprim_dmabuf_unpin(attach));
	return 0;
}

int vprim_dmabuf_release_finish_(struct vprim_dmabuf_pages *pages,
				 struct vprim_reason *why)
{
	const struct vprim_dmabuf_transition *row;
	int ret;

	hold_pages(pages, false);
	ret = ask_pages(pages, VPRIM_DMABUF_ON_FINISH,
			own_facts(pages) | fact(is_attached(pages->attach),
						VPRIM_DMABUF_IF_ATTACHED),
			&row, why);
	if (ret)
		return ret;
	pages->attach = NULL;
	go_on(pages, row);
	return 0;
}
