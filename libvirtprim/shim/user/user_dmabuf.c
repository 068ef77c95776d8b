// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * The machines and sequences of dmabuf.h under POSIX locks.
 *
 * Locks, in their order: a device's MEMORY (several in ascending address), a
 * buffer's RESV, the pages' PAGES. Lifetimes: a buffer's memory goes under MEMORY
 * only, so the loops over a device's buffers need no reference to them; a device
 * stays while a buffer of its does, so that MEMORY can always be taken.
 */
#include <virtprim/refuse.h>
#include <virtprim/user_dmabuf.h>

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>

/* A refusal of the shim's own, by a rule of the core's. */
#define refuse(why, id, ...) \
	vprim_refuse_(why, (struct vprim_reason){ \
		.rule = vprim_rules_find(&vprim_dmabuf_rules, \
					 VPRIM_DMABUF_RULE_##id), __VA_ARGS__ })

struct vprim_user_dmabuf_device {
	struct vprim_dmabuf_device core;
	pthread_rwlock_t memory;
	atomic_size_t refs;
};

struct vprim_user_dmabuf {
	struct vprim_dmabuf core;
	struct vprim_user_dmabuf_device *device;
	pthread_mutex_t resv;
	pthread_cond_t answered;	/* with resv: a mapping has come back */
	atomic_size_t refs;
	struct vprim_range ranges[];
};

struct vprim_user_dmabuf_pages {
	struct vprim_dmabuf_pages core;
	struct vprim_dmabuf_attachment attach;
	struct vprim_user_dmabuf *buf;
	pthread_mutex_t mutex;
	void (*late)(void *ctx);
	void *ctx;
};

/* -- the lock-order checker -- */

#define SET_MAX VPRIM_USER_DMABUF_SET_MAX

static atomic_ullong faults;

/*
 * What this thread holds, by the core's object; MEMORY ascends. A callback that
 * must not may take more than a set has: those are counted, as the fault that
 * they are, and not remembered.
 */
static _Thread_local struct {
	const void *memory[SET_MAX];
	unsigned int nr_memory;
	const void *resv, *pages;
} held;

static void expect(bool right)
{
	if (!right)
		atomic_fetch_add_explicit(&faults, 1, memory_order_relaxed);
}

static bool holds_memory(const void *device)
{
	unsigned int i;

	for (i = 0; i < held.nr_memory && i < SET_MAX; i++)
		if (held.memory[i] == device)
			return true;
	return false;
}

/* The core's hook. */
static void check(void *ctx, enum vprim_dmabuf_lock lock, const void *object,
		  bool wanted)
{
	(void)ctx;
	if (lock == VPRIM_DMABUF_LOCK_MEMORY)
		expect(holds_memory(object) == wanted);
	else if (lock == VPRIM_DMABUF_LOCK_RESV)
		expect((held.resv == object) == wanted);
	else
		expect((held.pages == object) == wanted);
}

static const struct vprim_dmabuf_debug debug = { check, NULL };

uint64_t vprim_user_dmabuf_lock_faults(void)
{
	return atomic_load_explicit(&faults, memory_order_relaxed);
}

static void lock_memory(struct vprim_user_dmabuf_device *device)
{
	unsigned int n = held.nr_memory;

	expect(!held.resv);
	expect(!held.pages);
	expect(n < SET_MAX);
	if (n && n < SET_MAX)
		expect((const char *)held.memory[n - 1] <
		       (const char *)&device->core);
	pthread_rwlock_wrlock(&device->memory);
	if (n < SET_MAX)
		held.memory[n] = &device->core;
	held.nr_memory++;
}

/* The one that was taken last. */
static void unlock_memory(struct vprim_user_dmabuf_device *device)
{
	unsigned int n = --held.nr_memory;

	if (n < SET_MAX)
		expect(held.memory[n] == &device->core);
	pthread_rwlock_unlock(&device->memory);
}

static void lock_resv(struct vprim_user_dmabuf *buf)
{
	expect(!held.resv);
	expect(!held.pages);
	pthread_mutex_lock(&buf->resv);
	held.resv = &buf->core;
}

static void unlock_resv(struct vprim_user_dmabuf *buf)
{
	held.resv = NULL;
	pthread_mutex_unlock(&buf->resv);
}

static void lock_pages(struct vprim_user_dmabuf_pages *pages)
{
	expect(!held.pages);
	pthread_mutex_lock(&pages->mutex);
	held.pages = &pages->core;
}

static void unlock_pages(struct vprim_user_dmabuf_pages *pages)
{
	held.pages = NULL;
	pthread_mutex_unlock(&pages->mutex);
}

/* The rules rule out failure here: a fault of this file, which must be seen. */
static void abort_if(int ret)
{
	if (ret)
		abort();
}

/* -- from the core's objects to ours; each stands first -- */

static struct vprim_user_dmabuf *buf_of(struct vprim_dmabuf *core)
{
	return (struct vprim_user_dmabuf *)(void *)core;
}

static struct vprim_user_dmabuf_pages *pages_of(struct vprim_dmabuf_attachment *attach)
{
	return (struct vprim_user_dmabuf_pages *)(void *)
		((char *)attach - offsetof(struct vprim_user_dmabuf_pages, attach));
}

/* -- what the sequences of the core ask for -- */

static void take(void *ctx, enum vprim_dmabuf_lock lock, void *object)
{
	(void)ctx;
	if (lock == VPRIM_DMABUF_LOCK_MEMORY)
		lock_memory(object);
	else if (lock == VPRIM_DMABUF_LOCK_RESV)
		lock_resv(object);
	else
		lock_pages(object);
}

static void give(void *ctx, enum vprim_dmabuf_lock lock, void *object)
{
	(void)ctx;
	if (lock == VPRIM_DMABUF_LOCK_MEMORY)
		unlock_memory(object);
	else if (lock == VPRIM_DMABUF_LOCK_RESV)
		unlock_resv(object);
	else
		unlock_pages(object);
}

static const struct vprim_dmabuf_ops ops;

static void notify(void *ctx, struct vprim_dmabuf *core)
{
	struct vprim_dmabuf_attachment *attach;

	for (attach = core->attachments; attach; attach = attach->next) {
		struct vprim_user_dmabuf_pages *pages = pages_of(attach);

		if (!attach->due)
			continue;
		if (pages->late)
			pages->late(pages->ctx);
		else
			abort_if(vprim_dmabuf_pages_notify(&pages->core, &ops, ctx));
	}
}

/* Wait for an answer; the lock is given up meanwhile. */
static void wait(void *ctx, struct vprim_dmabuf *core)
{
	struct vprim_user_dmabuf *buf = buf_of(core);

	(void)ctx;
	held.resv = NULL;
	pthread_cond_wait(&buf->answered, &buf->resv);
	held.resv = core;
}

static void wake(void *ctx, struct vprim_dmabuf *core)
{
	(void)ctx;
	pthread_cond_broadcast(&buf_of(core)->answered);
}

static void detach(void *ctx, struct vprim_dmabuf_attachment *attach)
{
	struct vprim_user_dmabuf *buf = pages_of(attach)->buf;

	(void)ctx;
	lock_resv(buf);
	abort_if(vprim_dmabuf_detach(attach, NULL));
	unlock_resv(buf);
}

/* What a run has for its @ctx. */
struct call {
	void (*hardware)(void *ctx);
	void *ctx;
};

static void touch(void *ctx)
{
	struct call *call = ctx;

	if (call->hardware)
		call->hardware(call->ctx);
}

static const struct vprim_dmabuf_ops ops = {
	take, give, notify, wait, wake, detach, touch,
};

/* -- devices -- */

struct vprim_user_dmabuf_device *vprim_user_dmabuf_device_new(void)
{
	struct vprim_user_dmabuf_device *device = calloc(1, sizeof(*device));

	if (!device)
		return NULL;
	abort_if(vprim_dmabuf_device_init(&device->core, sizeof(device->core),
				      &debug));
	pthread_rwlock_init(&device->memory, NULL);
	atomic_init(&device->refs, 1);
	device->core.open = true;
	device->core.memory_on = true;
	return device;
}

void vprim_user_dmabuf_device_put(struct vprim_user_dmabuf_device *device)
{
	if (!device || atomic_fetch_sub(&device->refs, 1) != 1)
		return;
	pthread_rwlock_destroy(&device->memory);
	free(device);
}

int vprim_user_dmabuf_run(struct vprim_user_dmabuf_device *const *devices,
			  size_t nr_devices, enum vprim_dmabuf_trigger trigger,
			  void (*hardware)(void *ctx), void *ctx,
			  struct vprim_reason *why)
{
	struct vprim_dmabuf_device *cores[SET_MAX];
	struct call call = { hardware, ctx };
	size_t i;

	if (nr_devices > SET_MAX)
		return refuse(why, MANY_DEVICES, VALUE(nr_devices));
	for (i = 0; i < nr_devices; i++)
		cores[i] = &devices[i]->core;
	return vprim_dmabuf_run(cores, nr_devices, trigger, &ops, &call, why);
}

/* -- buffers -- */

static struct vprim_user_dmabuf *make_buf(const struct vprim_dmabuf_layout *layout)
{
	struct vprim_user_dmabuf *buf;
	size_t bytes;

	if (layout->nr_ranges > (SIZE_MAX - sizeof(*buf)) / sizeof(buf->ranges[0]))
		return NULL;
	bytes = layout->nr_ranges * sizeof(buf->ranges[0]);
	buf = calloc(1, sizeof(*buf) + bytes);
	if (!buf)
		return NULL;
	memcpy(buf->ranges, layout->ranges, bytes);
	pthread_mutex_init(&buf->resv, NULL);
	pthread_cond_init(&buf->answered, NULL);
	atomic_init(&buf->refs, 1);
	return buf;
}

static void free_buf(struct vprim_user_dmabuf *buf)
{
	pthread_cond_destroy(&buf->answered);
	pthread_mutex_destroy(&buf->resv);
	free(buf);
}

int vprim_user_dmabuf_new(struct vprim_user_dmabuf_device *device,
			  const struct vprim_dmabuf_layout *layout,
			  struct vprim_user_dmabuf **buf,
			  struct vprim_reason *why)
{
	struct vprim_dmabuf_layout copy;
	struct vprim_user_dmabuf *made;
	int ret;

	vprim_reason_clear(why);
	made = make_buf(layout);
	if (!made)
		return -ENOMEM;
	copy = *layout;
	copy.ranges = made->ranges;
	made->device = device;
	lock_memory(device);
	ret = vprim_dmabuf_init(&made->core, sizeof(made->core), &device->core,
				&copy, why);
	if (!ret)
		atomic_fetch_add(&device->refs, 1);
	unlock_memory(device);
	if (ret)
		free_buf(made);
	else
		*buf = made;
	return ret;
}

void vprim_user_dmabuf_get(struct vprim_user_dmabuf *buf)
{
	atomic_fetch_add(&buf->refs, 1);
}

void vprim_user_dmabuf_put(struct vprim_user_dmabuf *buf)
{
	struct vprim_user_dmabuf_device *device;

	if (!buf || atomic_fetch_sub(&buf->refs, 1) != 1)
		return;
	device = buf->device;
	lock_memory(device);
	abort_if(vprim_dmabuf_release(&buf->core, NULL));
	unlock_memory(device);
	free_buf(buf);
	vprim_user_dmabuf_device_put(device);
}

enum vprim_dmabuf_exporter_state
vprim_user_dmabuf_state(struct vprim_user_dmabuf *buf)
{
	enum vprim_dmabuf_exporter_state state;

	lock_resv(buf);
	state = buf->core.state;
	unlock_resv(buf);
	return state;
}

/* -- importers -- */

static void free_pages(struct vprim_user_dmabuf_pages *pages)
{
	pthread_mutex_destroy(&pages->mutex);
	free(pages);
}

/* Attach, then ask for the address: a revoke may come in between. */
static int open_pages(struct vprim_user_dmabuf_pages *pages,
		      uint64_t start_bytes, uint64_t length_bytes,
		      struct vprim_reason *why)
{
	uint32_t flags = VPRIM_DMABUF_ATTACH_DEVICE |
			 VPRIM_DMABUF_ATTACH_PEER2PEER |
			 VPRIM_DMABUF_ATTACH_REVOCABLE;
	int ret;

	if (pages->late)
		flags |= VPRIM_DMABUF_ATTACH_COUNTED;
	lock_resv(pages->buf);
	ret = vprim_dmabuf_attach(&pages->buf->core, &pages->attach, flags,
				  why);
	unlock_resv(pages->buf);
	if (ret)
		return ret;
	lock_resv(pages->buf);
	ret = vprim_dmabuf_pages_map_file(&pages->core, &pages->attach,
					  start_bytes, length_bytes, why);
	unlock_resv(pages->buf);
	if (ret)
		detach(NULL, &pages->attach);
	return ret;
}

int vprim_user_dmabuf_map_file(struct vprim_user_dmabuf *buf,
			       uint64_t start_bytes, uint64_t length_bytes,
			       void (*late)(void *ctx), void *ctx,
			       struct vprim_user_dmabuf_pages **pages,
			       struct vprim_reason *why)
{
	struct vprim_user_dmabuf_pages *made;
	int ret;

	ret = vprim_dmabuf_check_slice(start_bytes, length_bytes,
				       buf->core.size_bytes, why);
	if (ret)
		return ret;
	made = calloc(1, sizeof(*made));
	if (!made)
		return -ENOMEM;
	abort_if(vprim_dmabuf_pages_init(&made->core, sizeof(made->core), &debug));
	pthread_mutex_init(&made->mutex, NULL);
	made->buf = buf;
	made->late = late;
	made->ctx = ctx;
	vprim_user_dmabuf_get(buf);
	ret = open_pages(made, start_bytes, length_bytes, why);
	if (ret) {
		vprim_user_dmabuf_put(buf);
		free_pages(made);
	} else {
		*pages = made;
	}
	return ret;
}

enum vprim_dmabuf_importer_state
vprim_user_dmabuf_pages_state(struct vprim_user_dmabuf_pages *pages)
{
	enum vprim_dmabuf_importer_state state;

	lock_pages(pages);
	state = pages->core.state;
	unlock_pages(pages);
	return state;
}

void vprim_user_dmabuf_pages_stop(struct vprim_user_dmabuf_pages *pages)
{
	struct vprim_user_dmabuf *buf = pages->buf;

	lock_resv(buf);
	if (buf->core.state != VPRIM_DMABUF_EXPORTER_LIVE)
		abort_if(vprim_dmabuf_pages_notify(&pages->core, &ops, NULL));
	wake(NULL, &buf->core);
	unlock_resv(buf);
}

int vprim_user_dmabuf_fill(struct vprim_user_dmabuf_pages *pages,
			   struct vprim_dmabuf_pair *pair,
			   uint64_t offset_bytes, uint64_t length_bytes,
			   struct vprim_reason *why)
{
	return vprim_dmabuf_pages_fill(&pages->core, pair, offset_bytes,
				       length_bytes, &ops, NULL, why);
}

void vprim_user_dmabuf_unfill(struct vprim_user_dmabuf_pages *pages,
			      struct vprim_dmabuf_pair *pair)
{
	vprim_dmabuf_pages_unfill(&pages->core, pair, &ops, NULL);
}

int vprim_user_dmabuf_release(struct vprim_user_dmabuf_pages *pages)
{
	struct vprim_user_dmabuf *buf = pages->buf;
	int ret = vprim_dmabuf_pages_release(&pages->core, &ops, NULL, NULL);

	if (ret)
		return ret;
	free_pages(pages);
	vprim_user_dmabuf_put(buf);
	return 0;
}
