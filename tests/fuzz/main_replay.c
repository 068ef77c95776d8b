// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * A plain main for a fuzz target: no fuzzer needed, no instrumentation needed.
 *
 *   fuzz_NAME FILE|FOLDER...        give each file to the target, once
 *   fuzz_NAME [-n N] [-s SEED] [-d FOLDER]
 *                                   give it the files of FOLDER, then N changed
 *                                   ones; the same SEED makes the same ones
 *
 * Without -d the folder is tests/fuzz/corpus/NAME below $VPRIM_SRCDIR or below
 * here. N is FUZZ_RUNS, or less where $VPRIM_TEST_STEPS says so. When the target
 * dies, the input that did it is left in crash-NAME.
 */
#include "../rng.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define INPUT_MAX 4096u

/* A target that takes its time has fewer. */
#ifndef FUZZ_RUNS
#define FUZZ_RUNS 1000000u
#endif

struct input {
	uint8_t *bytes;
	size_t size;
};

static struct input *seeds;
static size_t nr_seeds;

/* What the handler needs: the input at work, and the file for it. */
static const uint8_t *now;
static size_t now_size;
static char crash_file[300];

static void on_death(int number)
{
	int fd = open(crash_file, O_WRONLY | O_CREAT | O_TRUNC, 0644);
	static const char text[] = "the input is in ";
	ssize_t n = 0;

	if (fd >= 0) {
		n = write(fd, now, now_size);
		close(fd);
		n = write(STDERR_FILENO, text, sizeof(text) - 1);
		n = write(STDERR_FILENO, crash_file, strlen(crash_file));
		n = write(STDERR_FILENO, "\n", 1);
	}
	(void)n;
	signal(number, SIG_DFL);
	raise(number);
}

static void give(const uint8_t *bytes, size_t size)
{
	now = bytes;
	now_size = size;
	LLVMFuzzerTestOneInput(bytes, size);
}

static int read_file(const char *path, struct input *input)
{
	FILE *in = fopen(path, "rb");

	if (!in)
		return -1;
	/* One byte more, so that an empty file has memory too. */
	input->bytes = malloc(INPUT_MAX * 64);
	if (input->bytes)
		input->size = fread(input->bytes, 1, INPUT_MAX * 64, in);
	fclose(in);
	return input->bytes ? 0 : -1;
}

static int add_seed(const char *path)
{
	struct input *more = realloc(seeds, (nr_seeds + 1) * sizeof(*seeds));

	if (!more)
		return -1;
	seeds = more;
	if (read_file(path, &seeds[nr_seeds])) {
		fprintf(stderr, "%s: %s\n", path, strerror(errno));
		return -1;
	}
	nr_seeds++;
	return 0;
}

/* In the order of their names, so that a run is the same everywhere. */
static int add_folder(const char *path)
{
	struct dirent **names;
	int n = scandir(path, &names, NULL, alphasort), ret = 0;
	char file[4096];

	if (n < 0) {
		fprintf(stderr, "%s: %s\n", path, strerror(errno));
		return -1;
	}
	for (int i = 0; i < n; i++) {
		if (names[i]->d_name[0] != '.' && !ret) {
			snprintf(file, sizeof(file), "%s/%s", path, names[i]->d_name);
			ret = add_seed(file);
		}
		free(names[i]);
	}
	free(names);
	return ret;
}

static int add_path(const char *path)
{
	struct stat st;

	if (!stat(path, &st) && S_ISDIR(st.st_mode))
		return add_folder(path);
	return add_seed(path);
}

static struct test_rng rng;

static size_t below(size_t bound)
{
	return bound ? (size_t)test_rng_below(&rng, bound) : 0;
}

/* A number that tends to break things, in 1, 2, 4 or 8 bytes. */
static void put_number(uint8_t *buf, size_t size)
{
	static const uint64_t special[] = {
		0, 1, 2, 3, 4, 7, 8, 15, 16, 24, 32, 40, 64, 127, 128, 255, 256,
		0x7fff, 0x8000, 0xffff, 0x7fffffff, 0x80000000, 0xfffffff8,
		0xffffffff, 0x7fffffffffffffff, 0x8000000000000000,
		0xfffffffffffff000, 0xffffffffffffffff,
	};
	size_t width = (size_t)1 << below(4), at, i;
	uint64_t v = special[below(sizeof(special) / sizeof(special[0]))];

	if (!below(3))
		v = below(size + 16);
	if (size < width)
		return;
	at = below(size - width + 1);
	if (below(4))
		at &= ~(width - 1);
	for (i = 0; i < width; i++)
		buf[at + i] = (uint8_t)(v >> 8 * i);
}

static size_t mutate(uint8_t *buf, size_t size)
{
	const struct input *other = &seeds[below(nr_seeds)];
	size_t at = below(size), n = below(size - at) + 1, to;

	switch (below(8)) {
	case 0:
		if (size)
			buf[at] ^= (uint8_t)(1u << below(8));
		break;
	case 1:
		if (size)
			buf[at] = (uint8_t)test_rng_next(&rng);
		break;
	case 2:
		return below(size + 1);			/* cut off */
	case 3:						/* take a piece out */
		if (size && at + n <= size) {
			memmove(buf + at, buf + at + n, size - at - n);
			size -= n;
		}
		break;
	case 4:						/* a piece twice */
		if (size && at + n <= size && size + n <= INPUT_MAX) {
			memmove(buf + at + n, buf + at, size - at);
			size += n;
		}
		break;
	case 5:						/* another's bytes */
		to = other->size < INPUT_MAX ? other->size : INPUT_MAX;
		if (at < to) {
			memcpy(buf + at, other->bytes + at, to - at);
			size = to > size ? to : size;
		}
		break;
	default:
		put_number(buf, size);
		break;
	}
	return size;
}

static void search(uint64_t runs)
{
	static uint8_t buf[INPUT_MAX];
	uint64_t i;

	for (i = 0; i < runs; i++) {
		const struct input *seed = &seeds[below(nr_seeds)];
		size_t size = seed->size < INPUT_MAX ? seed->size : INPUT_MAX;
		size_t times = 1 + below(6);

		memcpy(buf, seed->bytes, size);
		while (times--)
			size = mutate(buf, size);
		give(buf, size);
	}
}

/* "…/lt-fuzz_NAME" is called NAME. */
static const char *name_of(const char *path)
{
	const char *slash = strrchr(path, '/'), *name = slash ? slash + 1 : path;

	if (!strncmp(name, "lt-", 3))
		name += 3;
	return strncmp(name, "fuzz_", 5) ? name : name + 5;
}

static uint64_t default_runs(void)
{
	const char *text = getenv("VPRIM_TEST_STEPS");
	uint64_t limit = text ? strtoull(text, NULL, 0) : 0;

	return limit && limit < FUZZ_RUNS ? limit : FUZZ_RUNS;
}

int main(int argc, char **argv)
{
	const char *source = getenv("VPRIM_SRCDIR"), *name = name_of(argv[0]);
	uint64_t runs = default_runs(), seed = 1;
	char folder[4096];
	int option;

	snprintf(folder, sizeof(folder), "%s/tests/fuzz/corpus/%s",
		 source ? source : ".", name);
	snprintf(crash_file, sizeof(crash_file), "crash-%s", name);
	while ((option = getopt(argc, argv, "n:s:d:")) != -1) {
		if (option == 'n')
			runs = strtoull(optarg, NULL, 0);
		else if (option == 's')
			seed = strtoull(optarg, NULL, 0);
		else if (option == 'd')
			snprintf(folder, sizeof(folder), "%s", optarg);
		else
			return 2;
	}
	if (optind < argc)
		runs = 0;
	for (int i = optind; i < argc; i++)
		if (add_path(argv[i]))
			return 2;
	if (optind == argc && add_path(folder))
		return 2;
	signal(SIGABRT, on_death);
	signal(SIGSEGV, on_death);
	signal(SIGBUS, on_death);
	signal(SIGFPE, on_death);
	signal(SIGILL, on_death);
	for (size_t i = 0; i < nr_seeds; i++)
		give(seeds[i].bytes, seeds[i].size);
	rng.state = seed;
	if (nr_seeds)
		search(runs);
	printf("%s: %zu files, %" PRIu64 " changed ones, seed %" PRIu64 "\n",
	       name, nr_seeds, nr_seeds ? runs : 0, seed);
	for (size_t i = 0; i < nr_seeds; i++)
		free(seeds[i].bytes);
	free(seeds);
	return nr_seeds ? 0 : 2;
}
