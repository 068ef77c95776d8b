// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * kernel_module - what a guest does with the kernel module built for tests.
 *
 *	kernel_module sweep DEBUGFS FILE...	refuse every request for memory once
 *	kernel_module cycle KO NAME COUNT	load and unload it, over and over
 *
 * The sweep first notes the answers of a vector file. Then it executes each line
 * with its first request refused, with its second (after the 64th with ever fewer
 * of them), until none is refused; a call that ran out of memory must have left
 * everything as it was, so in the end the line, and each later one, gives the
 * answer that was noted. When the interpreter itself runs out, the verb may have
 * run: if an answer is then another one, the file is replayed up to the line, and
 * such refusals are left out of its second go. At the end of a file as much memory
 * is out as before.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#define LINE_MAX_BYTES (1 << 17)
#define REFUSALS_MAX 1000000

static const char *folder;
static int memory_fd, run_fd = -1;
static unsigned long long lines, refusals, enomem, scripts, replays;

static void fail(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vprintf(format, args);
	va_end(args);
	putchar('\n');
	exit(EXIT_FAILURE);
}

static int open_file(const char *name, int flags)
{
	char path[200];
	int fd;

	snprintf(path, sizeof(path), "%s/%s", folder, name);
	fd = open(path, flags | O_CLOEXEC);
	if (fd < 0)
		fail("%s: %s", path, strerror(errno));
	return fd;
}

struct memory {
	unsigned long long live, bytes, requests, refused;
};

static struct memory memory(void)
{
	struct memory m;
	char text[200];
	ssize_t len = pread(memory_fd, text, sizeof(text) - 1, 0);

	if (len <= 0)
		fail("memory: %s", strerror(errno));
	text[len] = '\0';
	if (sscanf(text, "%llu %llu %llu %llu", &m.live, &m.bytes, &m.requests,
		   &m.refused) != 4)
		fail("memory says: %s", text);
	return m;
}

static void refuse(unsigned long long nth)
{
	char text[30];
	int len = snprintf(text, sizeof(text), "%llu\n", nth);

	if (pwrite(memory_fd, text, (size_t)len, 0) != len)
		fail("memory: %s", strerror(errno));
}

/* Run one line; what came, in a buffer of ours. */
static const char *run(const char *line, size_t len)
{
	static char answer[LINE_MAX_BYTES];
	size_t got = 0;
	ssize_t n;

	while (len) {
		n = write(run_fd, line, len);
		if (n <= 0)
			fail("write: %s", strerror(errno));
		line += n;
		len -= (size_t)n;
	}
	while ((n = read(run_fd, answer + got, sizeof(answer) - 1 - got)) > 0)
		got += (size_t)n;
	if (n < 0)
		fail("read: %s", strerror(errno));
	answer[got] = '\0';
	return answer;
}

struct script {
	char **line;	/* each with its newline, the last with or without */
	size_t *len;
	char **wanted;	/* the answer when nothing is refused */
	size_t nr;
};

static void *grown(void *old, size_t bytes)
{
	void *new = realloc(old, bytes);

	if (!new)
		fail("no memory here");
	return new;
}

static struct script load(const char *path)
{
	struct script s = { 0 };
	FILE *in = fopen(path, "rb");
	size_t room = 0;
	char *line = NULL;
	ssize_t len;

	if (!in)
		fail("%s: %s", path, strerror(errno));
	while ((len = getline(&line, &room, in)) > 0) {
		s.line = grown(s.line, (s.nr + 1) * sizeof(*s.line));
		s.len = grown(s.len, (s.nr + 1) * sizeof(*s.len));
		s.line[s.nr] = line;
		s.len[s.nr++] = (size_t)len;
		line = NULL;
		room = 0;
	}
	s.wanted = grown(NULL, (s.nr + 1) * sizeof(*s.wanted));
	free(line);
	fclose(in);
	return s;
}

static void unload(struct script *s)
{
	while (s->nr) {
		free(s->line[--s->nr]);
		free(s->wanted[s->nr]);
	}
	free(s->line);
	free(s->len);
	free(s->wanted);
}

static void reopen(void)
{
	if (run_fd >= 0)
		close(run_fd);
	run_fd = open_file("run", O_RDWR);
}

static void note_answers(const char *path, struct script *s)
{
	size_t i;

	reopen();
	for (i = 0; i < s->nr; i++) {
		s->wanted[i] = strdup(run(s->line[i], s->len[i]));
		if (!s->wanted[i])
			fail("no memory here");
		if (s->wanted[i][0] == '!' || strstr(s->wanted[i], "\n!"))
			fail("%s:%zu: %s", path, i + 1, s->wanted[i]);
	}
}

static void replay(const struct script *s, size_t count)
{
	size_t i;

	reopen();
	for (i = 0; i < count; i++)
		run(s->line[i], s->len[i]);
	replays++;
}

/* The refusal after this one. */
static unsigned long long next(const char *path, size_t i,
			       unsigned long long nth)
{
	nth += nth < 64 ? 1 : nth / 16;
	if (nth >= REFUSALS_MAX)
		fail("%s:%zu: no end of requests", path, i + 1);
	return nth;
}

/*
 * One line, with each of its requests refused in turn. @suspect: the interpreter
 * has run out since the file was begun or replayed.
 */
static bool sweep_line(const char *path, const struct script *s, size_t i,
		       bool suspect)
{
	static bool skip[REFUSALS_MAX];
	unsigned long long nth = 1;

	memset(skip, 0, sizeof(skip));
	lines++;
	for (;;) {
		unsigned long long before = memory().refused;
		const char *answer;
		bool same;

		while (skip[nth])
			nth = next(path, i, nth);
		refuse(nth);
		answer = run(s->line[i], s->len[i]);
		refuse(0);
		same = !strcmp(answer, s->wanted[i]);
		if (memory().refused == before && same)
			return suspect;
		if (memory().refused == before && !suspect)
			fail("%s:%zu: after %llu refusals: %s", path, i + 1,
			     nth - 1, answer);
		if (memory().refused == before) {
			replay(s, i);
			suspect = false;
			nth = 1;
			continue;
		}
		refusals++;
		if (same) {
			/* Done already; the refusals to come want it undone. */
			replay(s, i);
			suspect = false;
		} else if (strstr(answer, "script error")) {
			scripts++;
			skip[nth] = true;
			suspect = true;
		} else if (strstr(answer, "-> -ENOMEM")) {
			enomem++;
		} else if (suspect) {
			replay(s, i);
			suspect = false;
			continue;
		} else {
			fail("%s:%zu: refusal %llu gave: %s", path, i + 1, nth,
			     answer);
		}
		nth = next(path, i, nth);
	}
}

/* An object that counts its own requests cannot have them refused by others. */
static bool counts_itself(const char *line, bool before)
{
	return strstr(line, "fail_alloc=") ||
	       (before && strncmp(line, "reset", 5));
}

static void sweep(const char *path)
{
	struct script s = load(path);
	struct memory before = memory(), after;
	bool suspect = false, counts = false;
	size_t i;

	note_answers(path, &s);
	reopen();
	for (i = 0; i < s.nr; i++) {
		counts = counts_itself(s.line[i], counts);
		if (counts)
			run(s.line[i], s.len[i]);
		else
			suspect = sweep_line(path, &s, i, suspect);
	}
	close(run_fd);
	run_fd = -1;
	after = memory();
	if (after.live != before.live || after.bytes != before.bytes)
		fail("%s: %llu pieces were out before, %llu after", path,
		     before.live, after.live);
	unload(&s);
}

/* -- load and unload -- */

static unsigned long slab_kib(void)
{
	FILE *in = fopen("/proc/meminfo", "r");
	char line[200];
	unsigned long kib = 0;

	while (in && fgets(line, sizeof(line), in))
		if (sscanf(line, "SUnreclaim: %lu", &kib) == 1)
			break;
	if (in)
		fclose(in);
	return kib;
}

static void cycle(const char *ko, const char *name, long count)
{
	static const char line[] = "range.size 0x1000..0x1fff -> ok size=4096\n";
	unsigned long kib = 0;
	long i;

	for (i = 0; i < count; i++) {
		int fd = open(ko, O_RDONLY | O_CLOEXEC);

		if (fd < 0 || syscall(SYS_finit_module, fd, "", 0))
			fail("load %ld: %s", i, strerror(errno));
		close(fd);
		reopen();
		if (strstr(run(line, sizeof(line) - 1), "!"))
			fail("cycle %ld: a wrong answer", i);
		close(run_fd);
		run_fd = -1;
		if (syscall(SYS_delete_module, name, O_NONBLOCK))
			fail("unload %ld: %s", i, strerror(errno));
		if (i == count / 10)
			kib = slab_kib();
	}
	printf("%ld cycles, slab %+ld KiB over the last %ld\n", count,
	       (long)slab_kib() - (long)kib, count - count / 10);
}

int main(int argc, char **argv)
{
	int i;

	if (argc > 3 && !strcmp(argv[1], "sweep")) {
		folder = argv[2];
		memory_fd = open_file("memory", O_RDWR);
		for (i = 3; i < argc; i++)
			sweep(argv[i]);
		printf("%llu lines, %llu requests refused: %llu ENOMEM, %llu in the interpreter, %llu replays\n",
		       lines, refusals, enomem, scripts, replays);
		return 0;
	}
	if (argc == 5 && !strcmp(argv[1], "cycle")) {
		static char path[100];

		snprintf(path, sizeof(path), "/sys/kernel/debug/%s", argv[3]);
		folder = path;
		cycle(argv[2], argv[3], atol(argv[4]));
		return 0;
	}
	fprintf(stderr, "kernel_module sweep DEBUGFS FILE... | cycle KO NAME COUNT\n");
	return 2;
}
