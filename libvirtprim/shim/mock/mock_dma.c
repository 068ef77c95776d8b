// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * A device reads or writes memory: IOVA, engine, the owner's address, its bytes.
 *
 * Whatever is stopped is noted with the nearest mapping, for that is what the
 * program's author wants to know.
 */
#include "mock_internal.h"

/* Where an IOVA leads: a mapping of a container or an area of an IOAS. */
struct target {
	struct vprim_range range;	/* of the mapping */
	uint64_t at;			/* address, or offset in the file */
	uint64_t owner;
	const struct mock_memfd *memfd;
	bool readable, writable, there;
};

static int stop(struct vprim_mock_device *d, uint64_t iova, uint64_t n, bool write,
		const struct target *near, const char *text)
{
	struct vprim_mock_note note = {
		.news = VPRIM_MOCK_FAULT, .device = d, .iova = iova,
		.size_bytes = n, .value = { write }, .text = text,
	};

	if (near) {
		note.value[1] = 1;
		note.value[2] = near->range.start;
		note.value[3] = near->range.last;
	}
	mock_note_(d->mock, &note);
	return -EFAULT;
}

static void in_container(const struct mock_container *c, const struct vprim_range *r,
			 struct target *t)
{
	struct vprim_type1_mapping m;

	if (!c->set || vprim_type1_first(&c->engine, r, NULL, &m))
		return;
	t->there = true;
	t->range = m.range;
	t->at = m.vaddr + (r->start - m.range.start);
	t->owner = mock_owners_find_(&c->owners, m.range.start);
	t->readable = m.prot & VPRIM_TYPE1_MAP_READ;
	t->writable = m.prot & VPRIM_TYPE1_MAP_WRITE;
}

static void in_ioas(const struct mock_ioas *ioas, const struct vprim_range *r,
		    struct target *t)
{
	struct vprim_ioas_mapping m;
	const struct mock_memfd *f;

	if (vprim_ioas_first(&ioas->engine, r, NULL, &m) || m.in_flight)
		return;
	t->there = true;
	t->range = m.range;
	t->at = m.uptr + (r->start - m.range.start);
	t->owner = mock_ioas_pages_(ioas, &m).owner;
	t->readable = m.prot & VPRIM_IOAS_READABLE;
	t->writable = m.prot & VPRIM_IOAS_WRITEABLE;
	for (f = ioas->memfds; f && m.kind != VPRIM_IOAS_USER; f = f->next)
		if (f->pages == m.pages)
			t->memfd = f;
}

static void look(const struct vprim_mock_device *d, const struct vprim_range *r,
		 struct target *t)
{
	memset(t, 0, sizeof(*t));
	if (d->hwpt)
		in_ioas(d->hwpt->ioas, r, t);
	else if (d->emulated)
		in_ioas(d->emulated, r, t);
	else if (d->group->container)
		in_container(d->group->container, r, t);
}

/* For the note: what is mapped above, or else below. */
static const struct target *nearest(const struct vprim_mock_device *d, uint64_t iova,
				    struct target *t)
{
	const struct vprim_range above = { iova, UINT64_MAX }, all = { 0, UINT64_MAX };

	look(d, &above, t);
	if (!t->there)
		look(d, &all, t);
	return t->there ? t : NULL;
}

static int move(struct vprim_mock_device *d, const struct target *t, void *data,
		size_t n, bool write)
{
	struct vprim_mock *mock = d->mock;
	char *bytes;

	if (t->memfd && t->memfd->buffer.device) {
		bytes = mock_buffer_bytes_(&t->memfd->buffer);
		if (bytes && write)
			memcpy(bytes + t->at, data, n);
		else if (bytes)
			memcpy(data, bytes + t->at, n);
		return bytes ? 0 : -EFAULT;
	}
	if (t->memfd)
		return mock->ops.memfd_rw ?
		       mock->ops.memfd_rw(mock->config.ctx, t->memfd->memfd, t->at,
					  data, n, write) : -EFAULT;
	if (mock->ops.dma)
		return mock->ops.dma(mock->config.ctx, t->owner, t->at, data, n,
				     write);
	if (write)
		memcpy((void *)(uintptr_t)t->at, data, n);
	else
		memcpy(data, (const void *)(uintptr_t)t->at, n);
	return 0;
}

/* What a write leaves behind: the engines' dirty pages. */
static void note_written(struct vprim_mock_device *d, uint64_t iova, size_t n)
{
	struct mock_container *c = d->group->container;
	struct vprim_type1_piece piece;

	if (d->hwpt)
		mock_hwpt_written_(d->hwpt, iova, n);
	else if (c && d->mock->config.iommu->emulated)
		certain(vprim_type1_rw(&c->engine, iova, n, true, &piece, NULL));
}

int vprim_mock_dma(struct vprim_mock_device *device, uint64_t iova, void *data,
		   size_t n, bool write)
{
	char *bytes = data;

	if (!(device->config[4] & 4))
		return stop(device, iova, n, write, NULL, "bus mastering is off");
	while (n) {
		struct vprim_range here = { iova, iova };
		struct target t, near;
		size_t piece = n;

		look(device, &here, &t);
		if (!t.there)
			return stop(device, iova, n, write,
				    nearest(device, iova, &near),
				    "nothing is mapped there");
		if (write ? !t.writable : !t.readable)
			return stop(device, iova, n, write, &t,
				    write ? "the mapping is read-only" :
					    "the mapping is write-only");
		if (piece - 1 > t.range.last - iova)
			piece = (size_t)(t.range.last - iova) + 1;
		if (move(device, &t, bytes, piece, write))
			return stop(device, iova, piece, write, &t,
				    "the memory behind the mapping is gone");
		if (write)
			note_written(device, iova, piece);
		bytes += piece;
		n -= piece;
		iova += piece;
		if (n && !iova)
			return stop(device, iova, n, write, NULL,
				    "the address wraps");
	}
	return 0;
}
