// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * The exporter's side: devices, buffers, attachments.
 *
 * A call gathers the facts, asks the table, and carries out the bookkeeping that
 * the answer names. Lists are circles with a pointer to the first.
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

struct vprim_dmabuf *
vprim_dmabuf_device_first(const struct vprim_dmabuf_device *device)
{
	hold_memory(device);
	return device->buffers;
}

struct vprim_dmabuf *vprim_dmabuf_device_next(const struct vprim_dmabuf *buf)
{
	if (!buf->device)
		return NULL;
	hold_memory(buf->device);
	return buf->next == buf->device->buffers ? NULL : buf->next;
}

uint64_t
vprim_dmabuf_device_registrations(const struct vprim_dmabuf_device *device)
{
	hold_memory(device);
	return device->registrations;
}

static bool is_quiet(const struct vprim_dmabuf *buf)
{
	return buf->state != VPRIM_DMABUF_EXPORTER_LIVE && !buf->draining;
}

bool vprim_dmabuf_device_may_act(const struct vprim_dmabuf_device *device)
{
	struct vprim_dmabuf *buf = vprim_dmabuf_device_first(device);

	while (buf && is_quiet(buf))
		buf = vprim_dmabuf_device_next(buf);
	return !buf;
}

static void enlist(struct vprim_dmabuf *buf)
{
	struct vprim_dmabuf *first = buf->device->buffers;

	if (first) {
		buf->next = first;
		buf->prev = first->prev;
		first->prev->next = buf;
		first->prev = buf;
	} else {
		buf->next = buf;
		buf->prev = buf;
		buf->device->buffers = buf;
	}
	buf->device->registrations++;
}

static void leave_device(struct vprim_dmabuf *buf)
{
	struct vprim_dmabuf_device *device = buf->device;

	if (device->buffers == buf)
		device->buffers = buf->next == buf ? NULL : buf->next;
	buf->next->prev = buf->prev;
	buf->prev->next = buf->next;
	device->registrations--;
	buf->device = NULL;
	buf->next = NULL;
	buf->prev = NULL;
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

uint32_t vprim_dmabuf_attach_facts_(const struct vprim_dmabuf_attach *attach)
{
	return facts_of(attach->buf) | flag_facts(attach->flags) |
	       fact(attach->mappings, VPRIM_DMABUF_IF_MAPPED) |
	       fact(attach->pins, VPRIM_DMABUF_IF_PINNED) |
	       fact(attach->due, VPRIM_DMABUF_IF_DUE);
}

/* Every attachment owes an acknowledgement. */
static void make_due(struct vprim_dmabuf *buf)
{
	struct vprim_dmabuf_attach *a = buf->attachments;
	uint64_t n;

	for (n = buf->nr_attachments; n; n--, a = a->next)
		a->due = true;
	buf->due = buf->nr_attachments;
}

/*
 * Ask the table what the event does to the buffer, and carry out what concerns
 * the buffer alone.
 */
static int step(struct vprim_dmabuf *buf, enum vprim_dmabuf_event event,
		uint32_t facts, uint32_t *actions)
{
	struct vprim_dmabuf_step s;
	int ret = vprim_dmabuf_decide(VPRIM_DMABUF_EXPORTER, buf->state, event,
				      facts, &s);

	if (!ret)
		ret = s.error;
	if (ret)
		return ret;
	/* Armed before it is open: a map must never count up from nothing. */
	if (asks(s.actions, VPRIM_DMABUF_DO_ARM))
		buf->refs++;
	if (buf->state != s.next)
		buf->state = (uint8_t)s.next;
	if (asks(s.actions, VPRIM_DMABUF_DO_NOTIFY))
		make_due(buf);
	if (asks(s.actions, VPRIM_DMABUF_DO_DROP_BASE))
		buf->refs--;
	if (asks(s.actions, VPRIM_DMABUF_DO_WAIT))
		buf->draining = true;
	if (asks(s.actions, VPRIM_DMABUF_DO_COMPLETE))
		buf->draining = false;
	if (asks(s.actions, VPRIM_DMABUF_DO_UNLIST))
		leave_device(buf);
	if (actions)
		*actions = s.actions;
	return 0;
}

static int check_layout(const struct vprim_dmabuf_layout *layout,
			uint64_t *size_bytes)
{
	uint64_t sum = 0, size;
	size_t i;

	if (!layout->nr_ranges)
		return -EINVAL;
	for (i = 0; i < layout->nr_ranges; i++) {
		int ret = vprim_range_size(&layout->ranges[i], &size);

		if (ret)
			return ret;
		if (vprim_add_overflow(sum, size, &sum))
			return -EOVERFLOW;
	}
	*size_bytes = sum;
	return 0;
}

int vprim_dmabuf_init(struct vprim_dmabuf *buf, size_t buf_size_bytes,
		      struct vprim_dmabuf_device *device,
		      const struct vprim_dmabuf_layout *layout)
{
	struct vprim_dmabuf made;
	uint64_t size_bytes;
	int ret;

	if (buf_size_bytes != sizeof(*buf))
		return -EINVAL;
	ret = check_layout(layout, &size_bytes);
	if (ret)
		return ret;
	hold_memory(device);
	if (device->going)
		return -ENODEV;
	memset(&made, 0, sizeof(made));
	made.device = device;
	made.debug = device->debug;
	made.layout = *layout;
	made.size_bytes = size_bytes;
	ret = step(&made, VPRIM_DMABUF_ON_CREATE, device_facts(&made), NULL);
	if (ret)
		return ret;
	*buf = made;
	enlist(buf);
	return 0;
}

enum vprim_dmabuf_exporter_state
vprim_dmabuf_state(const struct vprim_dmabuf *buf)
{
	return (enum vprim_dmabuf_exporter_state)buf->state;
}

uint64_t vprim_dmabuf_size_bytes(const struct vprim_dmabuf *buf)
{
	return buf->size_bytes;
}

struct vprim_dmabuf_device *vprim_dmabuf_device(const struct vprim_dmabuf *buf)
{
	return buf->device;
}

/* An event that comes from the device: its lock, then the buffer's. */
static int device_step(struct vprim_dmabuf *buf, enum vprim_dmabuf_event event,
		       uint32_t *actions)
{
	hold_memory(buf->device);
	hold_resv(buf);
	return step(buf, event, facts_of(buf) | device_facts(buf), actions);
}

int vprim_dmabuf_revoke(struct vprim_dmabuf *buf, uint32_t *actions)
{
	return device_step(buf, VPRIM_DMABUF_ON_REVOKE, actions);
}

int vprim_dmabuf_cleanup(struct vprim_dmabuf *buf, uint32_t *actions)
{
	return device_step(buf, VPRIM_DMABUF_ON_CLEANUP, actions);
}

int vprim_dmabuf_complete(struct vprim_dmabuf *buf, uint32_t *actions)
{
	return device_step(buf, VPRIM_DMABUF_ON_COMPLETE, actions);
}

int vprim_dmabuf_unrevoke(struct vprim_dmabuf *buf, uint32_t *actions)
{
	return device_step(buf, VPRIM_DMABUF_ON_UNREVOKE, actions);
}

int vprim_dmabuf_release(struct vprim_dmabuf *buf, uint32_t *actions)
{
	hold_memory(buf->device);
	return step(buf, VPRIM_DMABUF_ON_RELEASE, facts_of(buf), actions);
}

bool vprim_dmabuf_may_act(const struct vprim_dmabuf *buf)
{
	hold_resv(buf);
	return is_quiet(buf);
}

/* The first attachment that is due, from @a to the end of the list. */
static struct vprim_dmabuf_attach *due_from(struct vprim_dmabuf_attach *a,
					    const struct vprim_dmabuf *buf)
{
	for (; a; a = a->next == buf->attachments ? NULL : a->next)
		if (a->due)
			return a;
	return NULL;
}

struct vprim_dmabuf_attach *
vprim_dmabuf_first_due(const struct vprim_dmabuf *buf)
{
	hold_resv(buf);
	return due_from(buf->attachments, buf);
}

struct vprim_dmabuf_attach *
vprim_dmabuf_next_due(const struct vprim_dmabuf_attach *attach)
{
	if (!attach->buf)
		return NULL;
	hold_resv(attach->buf);
	if (attach->next == attach->buf->attachments)
		return NULL;
	return due_from(attach->next, attach->buf);
}

int vprim_dmabuf_attach(struct vprim_dmabuf *buf,
			struct vprim_dmabuf_attach *attach, uint32_t flags)
{
	const uint32_t known = VPRIM_DMABUF_ATTACH_DEVICE |
			       VPRIM_DMABUF_ATTACH_PEER2PEER |
			       VPRIM_DMABUF_ATTACH_REVOCABLE |
			       VPRIM_DMABUF_ATTACH_COUNTED;
	struct vprim_dmabuf_attach *first;
	int ret;

	if (flags & ~known)
		return -EINVAL;
	hold_resv(buf);
	ret = step(buf, VPRIM_DMABUF_ON_ATTACH,
		   facts_of(buf) | flag_facts(flags), NULL);
	if (ret)
		return ret;
	memset(attach, 0, sizeof(*attach));
	attach->buf = buf;
	attach->flags = flags;
	attach->next = attach;
	attach->prev = attach;
	first = buf->attachments;
	if (first) {
		attach->next = first;
		attach->prev = first->prev;
		first->prev->next = attach;
		first->prev = attach;
	} else {
		buf->attachments = attach;
	}
	buf->nr_attachments++;
	return 0;
}

/* An event that comes from an importer. */
static int importer_step(struct vprim_dmabuf_attach *attach,
			 enum vprim_dmabuf_event event, uint32_t *actions)
{
	if (!attach->buf)
		return -EINVAL;
	hold_resv(attach->buf);
	return step(attach->buf, event, vprim_dmabuf_attach_facts_(attach),
		    actions);
}

int vprim_dmabuf_detach(struct vprim_dmabuf_attach *attach)
{
	int ret = importer_step(attach, VPRIM_DMABUF_ON_DETACH, NULL);
	struct vprim_dmabuf *buf;

	if (ret)
		return ret;
	buf = attach->buf;
	if (buf->attachments == attach)
		buf->attachments = attach->next == attach ? NULL : attach->next;
	attach->next->prev = attach->prev;
	attach->prev->next = attach->next;
	buf->nr_attachments--;
	attach->buf = NULL;
	attach->next = NULL;
	attach->prev = NULL;
	return 0;
}

static bool is_counted(const struct vprim_dmabuf_attach *attach)
{
	return attach->flags & VPRIM_DMABUF_ATTACH_COUNTED;
}

static void count_mapping(struct vprim_dmabuf_attach *attach)
{
	attach->mappings++;
	if (is_counted(attach))
		attach->buf->refs++;
}

int vprim_dmabuf_map(struct vprim_dmabuf_attach *attach)
{
	int ret = importer_step(attach, VPRIM_DMABUF_ON_MAP, NULL);

	if (!ret)
		count_mapping(attach);
	return ret;
}

int vprim_dmabuf_phys_map(struct vprim_dmabuf_attach *attach,
			  struct vprim_range *phys)
{
	int ret = importer_step(attach, VPRIM_DMABUF_ON_PHYS_MAP, NULL);

	if (ret)
		return ret;
	count_mapping(attach);
	*phys = attach->buf->layout.ranges[0];
	return 0;
}

int vprim_dmabuf_unmap(struct vprim_dmabuf_attach *attach)
{
	int ret = importer_step(attach, VPRIM_DMABUF_ON_UNMAP, NULL);

	if (ret)
		return ret;
	attach->mappings--;
	if (is_counted(attach))
		attach->buf->refs--;
	return 0;
}

int vprim_dmabuf_acknowledge(struct vprim_dmabuf_attach *attach)
{
	uint32_t actions;
	int ret = importer_step(attach, VPRIM_DMABUF_ON_ACKNOWLEDGE, &actions);

	if (ret)
		return ret;
	attach->due = false;
	attach->buf->due--;
	if (asks(actions, VPRIM_DMABUF_DO_DROP_MAPPING))
		attach->mappings = 0;
	return 0;
}

int vprim_dmabuf_pin(struct vprim_dmabuf_attach *attach)
{
	int ret = importer_step(attach, VPRIM_DMABUF_ON_PIN, NULL);

	if (!ret)
		attach->pins++;
	return ret;
}

int vprim_dmabuf_unpin(struct vprim_dmabuf_attach *attach)
{
	int ret = importer_step(attach, VPRIM_DMABUF_ON_UNPIN, NULL);

	if (!ret)
		attach->pins--;
	return ret;
}

struct vprim_dmabuf *
vprim_dmabuf_attach_buf(const struct vprim_dmabuf_attach *attach)
{
	return attach->buf;
}

uint64_t vprim_dmabuf_attach_mappings(const struct vprim_dmabuf_attach *attach)
{
	return attach->mappings;
}
