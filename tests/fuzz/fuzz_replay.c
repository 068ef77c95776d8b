// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * The first byte chooses rules and options, the rest is a file, plain or packed.
 * What can be read is played, and its text, its JSON and its picture are bounded
 * and fit for a terminal and a browser.
 */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE	/* memfd_create() */
#endif
#include "../../examples/virtprim/replay/replay.h"

#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define PICTURE_MAX 1048576u

static void demand(bool what)
{
	if (!what)
		abort();
}

/* A file in memory with a name. */
static int file_of(const uint8_t *data, size_t size, char *path, size_t room)
{
	int fd = memfd_create("fuzz", 0);

	demand(fd >= 0);
	demand(write(fd, data, size) == (ssize_t)size);
	snprintf(path, room, "/proc/self/fd/%d", fd);
	return fd;
}

static void check_text(const char *text, size_t n)
{
	for (size_t i = 0; i < n; i++)
		demand((unsigned char)text[i] >= ' ' || text[i] == '\n');
}

static void check_picture(const struct replay_run *run)
{
	char *text = NULL;
	size_t n = 0;
	FILE *to = open_memstream(&text, &n);

	demand(to && !replay_draw(to, run, 1));
	fclose(to);
	demand(n < PICTURE_MAX && !memcmp(text + n - 7, "</svg>\n", 7));
	check_text(text, n);
	free(text);
}

/* The tool prints to standard output; here that is memory. */
static void check_output(const struct replay_run *run)
{
	FILE *standard = stdout;
	char *text = NULL;
	size_t n = 0;

	stdout = open_memstream(&text, &n);
	demand(stdout != NULL);
	replay_print(run);
	demand(!replay_print_json(run, 1));
	fclose(stdout);
	stdout = standard;
	check_text(text, n);
	free(text);
}

/* Played while it is read, it comes to the same. */
static void stream(const char *path, const struct replay_options *options,
		   const struct replay_run *whole)
{
	struct replay_progress quiet = { 0 };
	struct replay_options o = *options;
	struct replay_recording rec;
	struct replay_error err;
	struct replay_run run;

	o.want.stream = &run;
	demand(!replay_stream_begin(&run, &rec, &o));
	demand(!replay_load(&rec, path, &o.want, &quiet, &err));
	replay_stream_end(&run);
	demand(rec.nr == whole->rec->nr && rec.maps == whole->rec->maps);
	demand(run.nr_rejected == whole->nr_rejected);
	demand(run.nr_unexplained == whole->nr_unexplained);
	demand(run.peak_mappings == whole->peak_mappings);
	demand(run.peak_line == whole->peak_line);
	demand(run.final_mappings == whole->final_mappings);
	demand(run.final_bytes.last_offset == whole->final_bytes.last_offset);
	replay_discard(&run);
	replay_unload(&rec);
}

static void play(struct replay_recording *rec, struct replay_options *o,
		 const char *path)
{
	struct replay_progress quiet = { 0 };
	struct replay_run run;

	demand(!replay_play(&run, rec, o, &quiet));
	demand(run.nr_rejected <= rec->nr && run.peak_mappings <= 2 * rec->nr);
	demand(run.coalesced <= run.nr_live && run.nr_live == run.peak_mappings);
	check_picture(&run);
	check_output(&run);
	if (!o->to_top)
		stream(path, o, &run);
	replay_discard(&run);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct replay_policy *const policies[] = {
		&replay_policy_map, &replay_policy_type1, &replay_policy_ioas,
		&replay_policy_map,
	};
	struct replay_progress quiet = { 0 };
	struct replay_recording rec;
	struct replay_options o = { 0 };
	struct replay_error err;
	uint64_t direct;
	char path[64];
	int fd;

	if (!size)
		return 0;
	o.policy = policies[data[0] & 3];
	o.to_top = data[0] >> 2 & 1;
	o.want.exact = data[0] >> 3 & 1;
	o.want.view = data[0] >> 4 & 1 ? "#0" : NULL;
	o.shown = 20;
	o.draw = true;
	fd = file_of(data + 1, size - 1, path, sizeof(path));
	if (data[0] >> 5 & 1 && replay_reserve(&o, path, &direct, &err))
		demand(err.text[0]);
	if (replay_load(&rec, path, &o.want, &quiet, &err))
		demand(err.text[0]);
	else if (rec.nr < 5000)
		play(&rec, &o, path);
	replay_unload(&rec);
	free(o.windows);
	close(fd);
	return 0;
}
