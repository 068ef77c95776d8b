// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * The exporter's side: devices, buffers, attachments.
 *
 * A call gathers the facts, asks the table, and carries out the bookkeeping that
 * the answer names. Of a list the last has no next, and the first's prev is the last.
 *
 * Invariants of a buffer:
 *   refs = (1 while LIVE) + the mappings of counted attachments;
 *   due  = attachments with the flag due, and none while LIVE;
 *   not LIVE and not draining: refs and due are 0, no attachment has a mapping.
 *
 * State and draining are written under MEMORY and RESV both, so that either is
 * enough to read them: what an importer does under RESV alone never writes them.
 */
#include "dmabuf_internal.h"

int vprim_dmabuf_device_init(struct vprim_dmabuf_device *device,
			     size_t device_size_bytes,
			     const struct vprim_dmabuf_debug *debug)
{
	if (device_size_bytes != sizeof(*device))
		return -EINVAL;
	memset(device, 0, sizeof(*device));
	device->debug = debug;
	return 0;
}

static void hold_memory(const struct vprim_dmabuf_device *device)
{
	if (device)
		lock_held(device->debug, VPRIM_DMABUF_LOCK_MEMORY, device, true);
}

static void hold_resv(const struct vprim_dmabuf *buf)
{
	lock_held(buf->debug, VPRIM_DMABUF_LOCK_RESV, buf, true);
}

static bool is_quiet(const struct vprim_dmabuf *buf)
{
	return buf->state != VPRIM_DMABUF_EXPORTER_LIVE && !buf->draining;
}

bool vprim_dmabuf_device_may_act(const struct vprim_dmabuf_device *device)
{
	const struct vprim_dmabuf *buf;

	hold_memory(device);
	for (buf = device->buffers; buf && is_quiet(buf);)
		buf = buf->next;
	return !buf;
}

static void enlist(struct vprim_dmabuf *buf)
{
	struct vprim_dmabuf *first = buf->device->buffers;

	if (first) {
		buf->prev = first->prev;
		first->prev->next = buf;
		first->prev = buf;
	} else {
		buf->prev = buf;
		buf->device->buffers = buf;
	}
	buf->device->registrations++;
}

static void leave_device(struct vprim_dmabuf *buf)
{
	struct vprim_dmabuf_device *device = buf->device;

	if (device->buffers == buf)
		device->buffers = buf->next;
	else
		buf->prev->next = buf->next;
	if (buf->next)
		buf->next->prev = buf->prev;
	else if (device->buffers)
		device->buffers->prev = buf->prev;
	device->registrations--;
	buf->device = NULL;
	buf->next = NULL;
}

static bool memory_answers(const struct vprim_dmabuf_device *device)
{
	/* Nobody looks at the memory state of a device that is not open. */
	return device && device->open && device->memory_on;
}

/* What MEMORY protects: for events of the device alone. */
static uint32_t device_facts(const struct vprim_dmabuf *buf)
{
	return fact(memory_answers(buf->device), VPRIM_DMABUF_IF_MEMORY);
}

/* What RESV protects. */
static uint32_t facts_of(const struct vprim_dmabuf *buf)
{
	return fact(buf->draining, VPRIM_DMABUF_IF_DRAINING) |
	       fact(!buf->refs && !buf->due, VPRIM_DMABUF_IF_DRAINED) |
	       fact(buf->nr_attachments, VPRIM_DMABUF_IF_ATTACHED) |
	       fact(buf->layout.physical, VPRIM_DMABUF_IF_PHYSICAL) |
	       fact(buf->layout.nr_ranges == 1, VPRIM_DMABUF_IF_CONTIGUOUS) |
	       fact(buf->layout.system, VPRIM_DMABUF_IF_PEER2PEER) |
	       fact(buf->layout.system, VPRIM_DMABUF_IF_REVOCABLE) |
	       fact(buf->state == VPRIM_DMABUF_EXPORTER_LIVE,
		    VPRIM_DMABUF_IF_OPEN);
}

static uint32_t flag_facts(uint32_t flags)
{
	return fact(flags & VPRIM_DMABUF_ATTACH_DEVICE,
		    VPRIM_DMABUF_IF_DEVICE) |
	       fact(flags & VPRIM_DMABUF_ATTACH_PEER2PEER,
		    VPRIM_DMABUF_IF_PEER2PEER) |
	       fact(flags & VPRIM_DMABUF_ATTACH_REVOCABLE,
		    VPRIM_DMABUF_IF_REVOCABLE) |
	       fact(flags & VPRIM_DMABUF_ATTACH_COUNTED,
		    VPRIM_DMABUF_IF_COUNTED);
}

uint32_t vprim_dmabuf_attach_facts_(const struct vprim_dmabuf_attachment *attach)
{
	return facts_of(attach->buf) | flag_facts(attach->flags) |
	       fact(attach->mappings, VPRIM_DMABUF_IF_MAPPED) |
	       fact(attach->pins, VPRIM_DMABUF_IF_PINNED) |
	       fact(attach->due, VPRIM_DMABUF_IF_DUE);
}

/* Every attachment owes an acknowledgement. */
static void make_due(struct vprim_dmabuf *buf)
{
	struct vprim_dmabuf_attachment *a;

	for (a = buf->attachments; a; a = a->next)
		a->due = true;
	buf->due = buf->nr_attachments;
}

/*
 * Ask the table what the event does to the buffer, and carry out what concerns
 * the buffer alone.
 */
static int step(struct vprim_dmabuf *buf, enum vprim_dmabuf_event event,
		uint32_t facts, const struct vprim_dmabuf_transition **answer,
		struct vprim_reason *why)
{
	const struct vprim_dmabuf_transition *row;
	int ret = ask(VPRIM_DMABUF_EXPORTER, buf->state, event, facts, &row,
		      why);

	if (ret)
		return ret;
	/* Armed before it is open: a map must never count up from nothing. */
	if (asks(row, VPRIM_DMABUF_DO_ARM))
		buf->refs++;
	if (buf->state != row->next)
		buf->state = (enum vprim_dmabuf_exporter_state)row->next;
	if (asks(row, VPRIM_DMABUF_DO_NOTIFY))
		make_due(buf);
	if (asks(row, VPRIM_DMABUF_DO_DROP_BASE))
		buf->refs--;
	if (asks(row, VPRIM_DMABUF_DO_WAIT))
		buf->draining = true;
	if (asks(row, VPRIM_DMABUF_DO_COMPLETE))
		buf->draining = false;
	if (asks(row, VPRIM_DMABUF_DO_UNLIST))
		leave_device(buf);
	if (answer)
		*answer = row;
	return 0;
}

static int check_layout(const struct vprim_dmabuf_layout *layout,
			uint64_t *size_bytes, struct vprim_reason *why)
{
	uint64_t sum = 0, size;
	size_t i;

	if (!layout->nr_ranges)
		return refuse(why, NO_RANGES);
	for (i = 0; i < layout->nr_ranges; i++) {
		const struct vprim_range *range = &layout->ranges[i];

		if (!vprim_range_is_valid(range))
			return vprim_reason_inverted_(why, range);
		if (vprim_range_size(range, &size) ||
		    vprim_add_overflow(sum, size, &sum))
			return refuse(why, SIZES, RANGE(*range));
	}
	*size_bytes = sum;
	return 0;
}

int vprim_dmabuf_init(struct vprim_dmabuf *buf, size_t buf_size_bytes,
		      struct vprim_dmabuf_device *device,
		      const struct vprim_dmabuf_layout *layout,
		      struct vprim_reason *why)
{
	struct vprim_dmabuf made;
	uint64_t size_bytes = 0;
	int ret;

	vprim_reason_clear(why);
	ret = vprim_reason_object_size_(why, buf_size_bytes, sizeof(*buf));
	if (!ret)
		ret = check_layout(layout, &size_bytes, why);
	if (ret)
		return ret;
	hold_memory(device);
	if (device->going)
		return refuse(why, GOING);
	memset(&made, 0, sizeof(made));
	made.device = device;
	made.debug = device->debug;
	made.layout = *layout;
	made.size_bytes = size_bytes;
	certain(step(&made, VPRIM_DMABUF_ON_CREATE, device_facts(&made), NULL,
		     why));
	*buf = made;
	enlist(buf);
	return 0;
}

int vprim_dmabuf_step_(struct vprim_dmabuf *buf, enum vprim_dmabuf_event event,
		       const struct vprim_dmabuf_transition **answer,
		       struct vprim_reason *why)
{
	hold_memory(buf->device);
	hold_resv(buf);
	return step(buf, event, facts_of(buf) | device_facts(buf), answer, why);
}

int vprim_dmabuf_step(struct vprim_dmabuf *buf, enum vprim_dmabuf_event event,
		      struct vprim_reason *why)
{
	vprim_reason_clear(why);
	switch (event) {
	case VPRIM_DMABUF_ON_REVOKE:
	case VPRIM_DMABUF_ON_CLEANUP:
	case VPRIM_DMABUF_ON_COMPLETE:
	case VPRIM_DMABUF_ON_UNREVOKE:
		return vprim_dmabuf_step_(buf, event, NULL, why);
	default:
		return refuse(why, EVENT, VALUE((unsigned int)event));
	}
}

int vprim_dmabuf_release(struct vprim_dmabuf *buf, struct vprim_reason *why)
{
	vprim_reason_clear(why);
	hold_memory(buf->device);
	return step(buf, VPRIM_DMABUF_ON_RELEASE, facts_of(buf), NULL, why);
}

int vprim_dmabuf_attach(struct vprim_dmabuf *buf,
			struct vprim_dmabuf_attachment *attach, uint32_t flags,
			struct vprim_reason *why)
{
	const uint32_t known = VPRIM_DMABUF_ATTACH_DEVICE |
			       VPRIM_DMABUF_ATTACH_PEER2PEER |
			       VPRIM_DMABUF_ATTACH_REVOCABLE |
			       VPRIM_DMABUF_ATTACH_COUNTED;
	struct vprim_dmabuf_attachment *first;
	int ret;

	vprim_reason_clear(why);
	if (flags & ~known)
		return refuse(why, FLAGS, VALUE(flags & ~known));
	hold_resv(buf);
	ret = step(buf, VPRIM_DMABUF_ON_ATTACH,
		   facts_of(buf) | flag_facts(flags), NULL, why);
	if (ret)
		return ret;
	memset(attach, 0, sizeof(*attach));
	attach->buf = buf;
	attach->flags = flags;
	first = buf->attachments;
	if (first) {
		attach->prev = first->prev;
		first->prev->next = attach;
		first->prev = attach;
	} else {
		attach->prev = attach;
		buf->attachments = attach;
	}
	buf->nr_attachments++;
	return 0;
}

/* An event that comes from an importer. */
static int importer_step(struct vprim_dmabuf_attachment *attach,
			 enum vprim_dmabuf_event event,
			 const struct vprim_dmabuf_transition **answer,
			 struct vprim_reason *why)
{
	vprim_reason_clear(why);
	if (!attach->buf)
		return refuse(why, NOT_ATTACHED);
	hold_resv(attach->buf);
	return step(attach->buf, event, vprim_dmabuf_attach_facts_(attach),
		    answer, why);
}

int vprim_dmabuf_detach(struct vprim_dmabuf_attachment *attach,
			struct vprim_reason *why)
{
	int ret = importer_step(attach, VPRIM_DMABUF_ON_DETACH, NULL, why);
	struct vprim_dmabuf *buf;

	if (ret)
		return ret;
	buf = attach->buf;
	if (buf->attachments == attach)
		buf->attachments = attach->next;
	else
		attach->prev->next = attach->next;
	if (attach->next)
		attach->next->prev = attach->prev;
	else if (buf->attachments)
		buf->attachments->prev = attach->prev;
	buf->nr_attachments--;
	attach->buf = NULL;
	attach->next = NULL;
	return 0;
}

static bool is_counted(const struct vprim_dmabuf_attachment *attach)
{
	return attach->flags & VPRIM_DMABUF_ATTACH_COUNTED;
}

int vprim_dmabuf_map(struct vprim_dmabuf_attachment *attach,
		     struct vprim_range *phys, struct vprim_reason *why)
{
	int ret = importer_step(attach, phys ? VPRIM_DMABUF_ON_PHYS_MAP :
					       VPRIM_DMABUF_ON_MAP, NULL, why);

	if (ret)
		return ret;
	attach->mappings++;
	if (is_counted(attach))
		attach->buf->refs++;
	if (phys)
		*phys = attach->buf->layout.ranges[0];
	return 0;
}

int vprim_dmabuf_unmap(struct vprim_dmabuf_attachment *attach)
{
	int ret = importer_step(attach, VPRIM_DMABUF_ON_UNMAP, NULL, NULL);

	if (ret)
		return ret;
	attach->mappings--;
	if (is_counted(attach))
		attach->buf->refs--;
	return 0;
}

int vprim_dmabuf_acknowledge(struct vprim_dmabuf_attachment *attach)
{
	const struct vprim_dmabuf_transition *row;
	int ret = importer_step(attach, VPRIM_DMABUF_ON_ACKNOWLEDGE, &row, NULL);

	if (ret)
		return ret;
	attach->due = false;
	attach->buf->due--;
	if (asks(row, VPRIM_DMABUF_DO_DROP_MAPPING))
		attach->mappings = 0;
	return 0;
}

int vprim_dmabuf_pin(struct vprim_dmabuf_attachment *attach)
{
	int ret = importer_step(attach, VPRIM_DMABUF_ON_PIN, NULL, NULL);

	if (!ret)
		attach->pins++;
	return ret;
}

int vprim_dmabuf_unpin(struct vprim_dmabuf_attachment *attach)
{
	int ret = importer_step(attach, VPRIM_DMABUF_ON_UNPIN, NULL, NULL);

	if (!ret)
		attach->pins--;
	return ret;
}
