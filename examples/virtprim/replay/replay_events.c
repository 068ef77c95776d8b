// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * Room for the events of a recording. The first stay in memory; those of a long one
 * are in a file without a name, of which only what is looked at is in memory, so
 * that a recording with millions of live mappings leaves the memory to them.
 *
 * Room on the disk is taken before it is written to. Where there is no such file,
 * all stay in memory.
 */
#include "replay.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <unistd.h>

/* 4 MiB of them. */
#define IN_MEMORY ((size_t)1 << 17)

static int open_nameless(void)
{
	const char *const folders[] = { getenv("TMPDIR"), "/var/tmp", "/tmp" };
	struct rlimit most;
	size_t i;
	int fd = -1;

	/* A file that grows past such a limit ends the program. */
	if (getrlimit(RLIMIT_FSIZE, &most) || most.rlim_cur != RLIM_INFINITY)
		return -1;
	for (i = 0; i < 3 && fd < 0; i++)
		if (folders[i])
			fd = open(folders[i], O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
	return fd;
}

static bool is_in_file(const struct replay_recording *rec)
{
	return rec->in_file;
}

/* Larger room in the file; false leaves all as it was. */
static bool widen(struct replay_recording *rec, int fd, size_t capacity)
{
	const size_t size = sizeof(*rec->events);
	void *at;

	if (posix_fallocate(fd, 0, (off_t)(capacity * size)))
		return false;
	at = mmap(NULL, capacity * size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (at == MAP_FAILED)
		return false;
	if (is_in_file(rec)) {
		munmap(rec->events, rec->capacity * size);
	} else {
		memcpy(at, rec->events, rec->nr * size);
		free(rec->events);
	}
	rec->events = at;
	rec->capacity = capacity;
	rec->in_file = true;
	return true;
}

/* Back into memory, or farther into it. */
static bool in_memory(struct replay_recording *rec, size_t capacity)
{
	struct replay_event *grown;

	if (!is_in_file(rec)) {
		grown = reallocarray(rec->events, capacity, sizeof(*grown));
	} else {
		grown = reallocarray(NULL, capacity, sizeof(*grown));
		if (grown) {
			memcpy(grown, rec->events, rec->nr * sizeof(*grown));
			munmap(rec->events, rec->capacity * sizeof(*grown));
			close(rec->fd);
			rec->in_file = false;
		}
	}
	if (!grown)
		return false;
	rec->events = grown;
	rec->capacity = capacity;
	return true;
}

bool replay_events_grow(struct replay_recording *rec)
{
	/* Half as much again: what is not used yet costs little. */
	const size_t capacity = rec->capacity ? rec->capacity + rec->capacity / 2 : 1024;

	if (capacity > IN_MEMORY && !is_in_file(rec) && !rec->no_file) {
		rec->fd = open_nameless();
		if (rec->fd >= 0 && widen(rec, rec->fd, capacity))
			return true;
		if (rec->fd >= 0)
			close(rec->fd);
		rec->no_file = true;
	}
	if (is_in_file(rec) && widen(rec, rec->fd, capacity))
		return true;
	rec->no_file |= is_in_file(rec);
	return in_memory(rec, capacity);
}

void replay_events_rest(const struct replay_recording *rec, size_t i)
{
	if (is_in_file(rec) && !(i & (IN_MEMORY / 4 - 1)))
		(void)madvise(rec->events, rec->capacity * sizeof(*rec->events),
			      MADV_DONTNEED);
}

void replay_events_free(struct replay_recording *rec)
{
	if (is_in_file(rec)) {
		munmap(rec->events, rec->capacity * sizeof(*rec->events));
		close(rec->fd);
	} else {
		free(rec->events);
	}
}
