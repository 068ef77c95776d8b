/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * The worst sequences known for dma-bufs that are revoked.
 *
 * Each is a function of n that makes n objects and about as many calls, linear in
 * all. For whoever counts instructions at n and at 4n; the unit tests run them with
 * a small n.
 */
#ifndef ADVERSARY_DMABUF_H
#define ADVERSARY_DMABUF_H
#include <stdio.h>
#include <stdlib.h>
#include <virtprim/dmabuf.h>

static inline void adv_dmabuf_require(int right, const char *what)
{
	if (!right) {
		fprintf(stderr, "adversary: %s\n", what);
		abort();
	}
}

#define ADV_DMABUF(call) adv_dmabuf_require(!(call), #call)

static inline void *adv_dmabuf_array(uint64_t n, size_t size_bytes)
{
	void *p = calloc((size_t)n, size_bytes);

	adv_dmabuf_require(p != NULL, "no memory");
	return p;
}

/* Operations without locks: one thread has all. */
static inline void adv_dmabuf_lock(void *ctx, enum vprim_dmabuf_lock lock,
				   void *object)
{
	(void)ctx;
	(void)lock;
	(void)object;
}

static inline void adv_dmabuf_buf(void *ctx, struct vprim_dmabuf *buf)
{
	(void)ctx;
	(void)buf;
}

static inline void adv_dmabuf_detach(void *ctx, struct vprim_dmabuf_attachment *attach)
{
	(void)ctx;
	ADV_DMABUF(vprim_dmabuf_detach(attach, NULL));
}

static inline int adv_dmabuf_map(void *domain, uint64_t iova,
				 const struct vprim_range *phys)
{
	(void)iova;
	(void)phys;
	++*(uint64_t *)domain;
	return 0;
}

static inline void adv_dmabuf_unmap(void *domain, uint64_t iova,
				    const struct vprim_range *phys)
{
	(void)iova;
	(void)phys;
	--*(uint64_t *)domain;
}

static const struct vprim_dmabuf_ops adv_dmabuf_ops = {
	adv_dmabuf_lock, adv_dmabuf_lock, adv_dmabuf_buf, adv_dmabuf_buf,
	adv_dmabuf_buf, adv_dmabuf_detach, NULL,
};
static const struct vprim_dmabuf_domain_ops adv_dmabuf_domain = {
	adv_dmabuf_map, adv_dmabuf_unmap,
};
static const struct vprim_range adv_dmabuf_bar = { 0x10000, 0x1ffff };

#define ADV_DMABUF_GOOD                                            \
	((uint32_t)VPRIM_DMABUF_ATTACH_DEVICE |                    \
	 (uint32_t)VPRIM_DMABUF_ATTACH_PEER2PEER |                 \
	 (uint32_t)VPRIM_DMABUF_ATTACH_REVOCABLE)

static inline void adv_dmabuf_lend(struct vprim_dmabuf_device *device,
				   struct vprim_dmabuf *buf, uint64_t n)
{
	const struct vprim_dmabuf_layout layout = { &adv_dmabuf_bar, 1, true, false };
	uint64_t i;

	ADV_DMABUF(vprim_dmabuf_device_init(device, sizeof(*device), NULL));
	device->open = true;
	device->memory_on = true;
	for (i = 0; i < n; i++)
		ADV_DMABUF(vprim_dmabuf_init(&buf[i], sizeof(buf[i]), device,
					     &layout, NULL));
}

static inline void adv_dmabuf_event(struct vprim_dmabuf_device *device,
				    enum vprim_dmabuf_trigger trigger)
{
	ADV_DMABUF(vprim_dmabuf_run(&device, 1, trigger, &adv_dmabuf_ops, NULL,
				    NULL));
}

/* Resets of a device with n buffers, and its end; the buffers go, oldest first. */
static inline void adv_dmabuf_buffers(uint64_t n)
{
	struct vprim_dmabuf *buf = (struct vprim_dmabuf *)
		adv_dmabuf_array(n, sizeof(*buf));
	struct vprim_dmabuf_device device;
	uint64_t i;

	adv_dmabuf_lend(&device, buf, n);
	adv_dmabuf_event(&device, VPRIM_DMABUF_TRIGGER_HOT_RESET);
	adv_dmabuf_event(&device, VPRIM_DMABUF_TRIGGER_MEMORY_OFF);
	adv_dmabuf_event(&device, VPRIM_DMABUF_TRIGGER_RESET);
	adv_dmabuf_event(&device, VPRIM_DMABUF_TRIGGER_MEMORY_ON);
	adv_dmabuf_event(&device, VPRIM_DMABUF_TRIGGER_UNPLUG);
	for (i = 0; i < n; i++)
		ADV_DMABUF(vprim_dmabuf_release(&buf[i], NULL));
	adv_dmabuf_require(!device.buffers, "one is left");
	free(buf);
}

/* One buffer with n importers, a mapping each; they leave, oldest first. */
static inline void adv_dmabuf_importers(uint64_t n)
{
	struct vprim_dmabuf_attachment *attach = (struct vprim_dmabuf_attachment *)
		adv_dmabuf_array(n, sizeof(*attach));
	struct vprim_dmabuf_device device;
	struct vprim_dmabuf buf;
	uint64_t i;

	adv_dmabuf_lend(&device, &buf, 1);
	for (i = 0; i < n; i++) {
		ADV_DMABUF(vprim_dmabuf_attach(&buf, &attach[i], ADV_DMABUF_GOOD,
					       NULL));
		ADV_DMABUF(vprim_dmabuf_map(&attach[i], NULL, NULL));
	}
	adv_dmabuf_event(&device, VPRIM_DMABUF_TRIGGER_RESET);
	for (i = 0; i < n; i++)
		ADV_DMABUF(vprim_dmabuf_detach(&attach[i], NULL));
	ADV_DMABUF(vprim_dmabuf_release(&buf, NULL));
	free(attach);
}

/* One importer with n entries, told to stop; they go, oldest first. */
static inline void adv_dmabuf_entries(uint64_t n)
{
	struct vprim_dmabuf_pair *entry = (struct vprim_dmabuf_pair *)
		adv_dmabuf_array(n, sizeof(*entry));
	struct vprim_dmabuf_device device;
	struct vprim_dmabuf_attachment attach;
	struct vprim_dmabuf_pages pages;
	struct vprim_dmabuf buf;
	uint64_t i, there = 0;

	adv_dmabuf_lend(&device, &buf, 1);
	ADV_DMABUF(vprim_dmabuf_pages_init(&pages, sizeof(pages), NULL));
	ADV_DMABUF(vprim_dmabuf_attach(&buf, &attach, ADV_DMABUF_GOOD, NULL));
	ADV_DMABUF(vprim_dmabuf_pages_map_file(&pages, &attach, 0, 0x10000,
					       NULL));
	for (i = 0; i < n; i++) {
		entry[i].ops = &adv_dmabuf_domain;
		entry[i].domain = &there;
		entry[i].iova = i;
		ADV_DMABUF(vprim_dmabuf_pages_fill(&pages, &entry[i], i % 0x10000,
						   1, &adv_dmabuf_ops, NULL,
						   NULL));
	}
	adv_dmabuf_require(there == n, "not all are mapped");
	ADV_DMABUF(vprim_dmabuf_pages_notify(&pages, &adv_dmabuf_ops, NULL));
	adv_dmabuf_require(!there, "one is mapped still");
	for (i = 0; i < n; i++)
		vprim_dmabuf_pages_unfill(&pages, &entry[i], &adv_dmabuf_ops, NULL);
	ADV_DMABUF(vprim_dmabuf_pages_release(&pages, &adv_dmabuf_ops, NULL,
					      NULL));
	ADV_DMABUF(vprim_dmabuf_release(&buf, NULL));
	free(entry);
}

/* -- all of them ------------------------------------------------------------- */

static const struct adversary_dmabuf {
	const char *name;
	void (*run)(uint64_t n);	/* linear in all */
} adv_dmabuf_all[] = {
	{ "dmabuf: events of a device with n buffers", adv_dmabuf_buffers },
	{ "dmabuf: a buffer with n importers", adv_dmabuf_importers },
	{ "dmabuf: an importer with n entries", adv_dmabuf_entries },
};

#endif
