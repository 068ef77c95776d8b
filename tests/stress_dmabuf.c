// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * DMABUF revoke under load.
 *
 * Two devices lend memory that is a memfd each. A "domain" is a window of this
 * process's addresses: map puts pages of the memfd there, unmap takes them away, so
 * an access after a revoke ends in a signal. Importers map, fill, copy, unfill and
 * release; touchers write through the windows all the time and never ask whether
 * they may; the devices' owners reset them, alone and together, switch their memory
 * off and on, and tear them out.
 *
 * The trap: while the hardware is touched, a word in each page says CLOSED. Who
 * reads that word through a window has reached the memory after the revoke
 * returned; who writes then is seen by what has changed meanwhile. A first round
 * with a domain that does not unmap shows that the trap works.
 *
 *   stress_dmabuf [REVOKES]       default 50000, or VPRIM_TEST_STEPS if fewer
 */
#include <virtprim/user_dmabuf.h>

#include <inttypes.h>
#include <pthread.h>
#include <sched.h>
#include <semaphore.h>
#include <setjmp.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#define PAGE 4096u
#define BAR_PAGES 2u
#define DEVICES 2u
#define IMPORTERS 3u	/* the last one answers late */
#define SLOTS 2u	/* windows of each importer */
#define WINDOW (BAR_PAGES * PAGE)
#define BARS 4096u

enum { OPEN = 1, CLOSED = 2 };

struct words {
	_Atomic uint64_t gate, scribble;
};

/* The memory of one device; a new one each time that it is plugged in. */
struct bar {
	int fd;
	char *own;	/* the exporter's mapping of it */
	uint64_t seen[BAR_PAGES];
	bool closed;
};

static struct bar bars[BARS];
static atomic_uint nr_bars;

static struct device {
	pthread_mutex_t plug;	/* of the two below */
	struct vprim_user_dmabuf_device *device;
	struct vprim_user_dmabuf *buf;
	struct bar *bar;	/* the owner's own */
	bool on;
} devices[DEVICES];

static char *windows;
static atomic_bool over, broken;
static atomic_ullong revokes, caught, touches, stopped, maps, unmaps, plugs, lates;
static uint64_t target;

static void die(const char *what)
{
	perror(what);
	abort();
}

/*
 * Straight to the kernel: for a race detector these mappings are the domain's
 * business, and not memory that the program hands out.
 */
static void put_pages(char *at, int prot, int flags, int fd, uint64_t offset)
{
#ifdef SYS_mmap2
	long ret = syscall(SYS_mmap2, at, WINDOW, prot, flags, fd, (long)(offset / PAGE));
#else
	long ret = syscall(SYS_mmap, at, WINDOW, prot, flags, fd, (long)offset);
#endif
	if (ret == -1)
		die("mmap");
}

static int domain_map(void *domain, uint64_t iova, const struct vprim_range *phys)
{
	const struct bar *bar = &bars[phys->start >> 32];

	put_pages((char *)domain + iova, PROT_READ | PROT_WRITE,
		  MAP_SHARED | MAP_FIXED, bar->fd, (uint32_t)phys->start);
	atomic_fetch_add_explicit(&maps, 1, memory_order_relaxed);
	return 0;
}

static void block_window(char *at)
{
	put_pages(at, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0);
}

static void domain_unmap(void *domain, uint64_t iova, const struct vprim_range *phys)
{
	(void)phys;
	atomic_fetch_add_explicit(&unmaps, 1, memory_order_relaxed);
	if (!atomic_load_explicit(&broken, memory_order_relaxed))
		block_window((char *)domain + iova);
}

static const struct vprim_dmabuf_domain_ops domain_ops = { domain_map, domain_unmap };

/* xorshift: every thread has its own. */
static uint32_t next_random(uint32_t *state)
{
	*state ^= *state << 13;
	*state ^= *state >> 17;
	*state ^= *state << 5;
	return *state;
}

/* -- the devices' owners -- */

static struct words *words_of(const struct bar *bar, unsigned int page)
{
	return (struct words *)(void *)(bar->own + page * PAGE);
}

/* Nobody may reach the memory from here to reopen(). */
static void close_gate(struct bar *bar)
{
	unsigned int p;

	if (bar->closed)
		return;
	bar->closed = true;
	for (p = 0; p < BAR_PAGES; p++) {
		atomic_store(&words_of(bar, p)->gate, CLOSED);
		bar->seen[p] = atomic_load(&words_of(bar, p)->scribble);
	}
}

static void reopen(struct bar *bar)
{
	unsigned int p;

	for (p = 0; p < BAR_PAGES; p++) {
		if (atomic_load(&words_of(bar, p)->scribble) != bar->seen[p])
			atomic_fetch_add(&caught, 1);
		atomic_store(&words_of(bar, p)->gate, OPEN);
	}
	bar->closed = false;
}

static void hardware_reset(void *ctx)
{
	close_gate(ctx);
	reopen(ctx);
}

/* A longer look, for the round in which somebody must be caught. */
static void hardware_slow(void *ctx)
{
	close_gate(ctx);
	usleep(100);
	reopen(ctx);
}

static void hardware_off(void *ctx)
{
	close_gate(ctx);
}

static void hardware_on(void *ctx)
{
	struct bar *bar = ctx;

	if (bar->closed)
		reopen(bar);
}

static void hardware_both(void *ctx)
{
	struct device *d = ctx;
	unsigned int i;

	for (i = 0; i < DEVICES; i++)
		close_gate(d[i].bar);
	for (i = 0; i < DEVICES; i++)
		if (d[i].on)
			reopen(d[i].bar);
}

static struct bar *make_bar(void)
{
	unsigned int i = atomic_fetch_add(&nr_bars, 1);
	struct bar *bar = &bars[i];

	if (i >= BARS)
		return NULL;
	bar->fd = (int)syscall(SYS_memfd_create, "bar", 0);
	if (bar->fd < 0 || ftruncate(bar->fd, BAR_PAGES * PAGE))
		die("memfd");
	bar->own = mmap(NULL, BAR_PAGES * PAGE, PROT_READ | PROT_WRITE, MAP_SHARED,
			bar->fd, 0);
	if (bar->own == MAP_FAILED)
		die("mmap");
	for (i = 0; i < BAR_PAGES; i++)
		atomic_store(&words_of(bar, i)->gate, OPEN);
	return bar;
}

static void plug_in(struct device *d)
{
	struct bar *bar = make_bar();
	struct vprim_range phys;
	struct vprim_dmabuf_layout layout = { &phys, 1, true, false };
	struct vprim_user_dmabuf_device *device = vprim_user_dmabuf_device_new();
	struct vprim_user_dmabuf *buf;

	if (!bar || !device)
		die("plug_in");
	phys.start = (uint64_t)(bar - bars) << 32;
	phys.last = phys.start + (BAR_PAGES * PAGE - 1);
	if (vprim_user_dmabuf_new(device, &layout, &buf, NULL))
		die("vprim_user_dmabuf_new");
	pthread_mutex_lock(&d->plug);
	d->device = device;
	d->buf = buf;
	d->bar = bar;
	d->on = true;
	pthread_mutex_unlock(&d->plug);
}

/* Gone while it is in use, each time another way; its buffer lives on as long as
 * somebody has it. */
static void tear_out(struct device *d)
{
	static const enum vprim_dmabuf_trigger ways[] = {
		VPRIM_DMABUF_TRIGGER_SURPRISE, VPRIM_DMABUF_TRIGGER_UNPLUG,
		VPRIM_DMABUF_TRIGGER_UNBIND, VPRIM_DMABUF_TRIGGER_CLOSE,
	};

	if (vprim_user_dmabuf_run(&d->device, 1, ways[atomic_load(&plugs) % 4],
				  hardware_off, d->bar, NULL))
		die("trigger");
	pthread_mutex_lock(&d->plug);
	vprim_user_dmabuf_put(d->buf);
	vprim_user_dmabuf_device_put(d->device);
	d->buf = NULL;
	d->device = NULL;
	pthread_mutex_unlock(&d->plug);
	close(d->bar->fd);
	atomic_fetch_add(&plugs, 1);
}

static void trigger(struct device *d, enum vprim_dmabuf_trigger what,
		    void (*hardware)(void *ctx))
{
	if (vprim_user_dmabuf_run(&d->device, 1, what, hardware, d->bar, NULL))
		die("trigger");
}

static void reset_both(void)
{
	struct vprim_user_dmabuf_device *set[DEVICES];
	unsigned int i;

	/* Descending sometimes, so that the shim has to sort. */
	for (i = 0; i < DEVICES; i++)
		set[i] = devices[DEVICES - 1 - i].device;
	if (vprim_user_dmabuf_run(set, DEVICES, VPRIM_DMABUF_TRIGGER_HOT_RESET,
				  hardware_both, devices, NULL))
		die("reset_set");
}

/*
 * One owner has both devices, so that the account of what is on is one thread's;
 * the other threads keep the locks busy.
 */
static void own(uint32_t *random)
{
	struct device *d = &devices[next_random(random) % DEVICES];
	unsigned long long n = 0;

	switch (next_random(random) % 64) {
	case 0:
		trigger(d, d->on ? VPRIM_DMABUF_TRIGGER_MEMORY_OFF :
				   VPRIM_DMABUF_TRIGGER_MEMORY_ON,
			d->on ? hardware_off : hardware_on);
		n = d->on;
		d->on = !d->on;
		break;
	case 1:
		n = devices[0].on + devices[1].on;
		reset_both();
		break;
	case 2:
		if (next_random(random) % 64 || atomic_load(&nr_bars) >= BARS - 1)
			break;
		n = d->on;
		tear_out(d);
		plug_in(d);
		break;
	default:
		if (!d->on) {
			trigger(d, VPRIM_DMABUF_TRIGGER_MEMORY_ON, hardware_on);
			d->on = true;
		}
		n = 1;
		trigger(d, VPRIM_DMABUF_TRIGGER_RESET,
			atomic_load_explicit(&broken, memory_order_relaxed) ?
				hardware_slow : hardware_reset);
	}
	atomic_fetch_add_explicit(&revokes, n, memory_order_relaxed);
}

/* Wait a little for somebody to map and to touch, or the storm finds nothing. */
static void let_others(void)
{
	unsigned long long before = atomic_load(&touches);
	unsigned int n = 100;

	while (n-- && atomic_load(&touches) == before)
		sched_yield();
}

static void *owner(void *arg)
{
	uint32_t random = 0x64657631;

	(void)arg;
	while (atomic_load_explicit(&revokes, memory_order_relaxed) < target) {
		if (!(next_random(&random) % 16))
			let_others();
		own(&random);
	}
	atomic_store(&over, true);
	return NULL;
}

/* -- importers -- */

static struct importer {
	struct vprim_dmabuf_pair entries[SLOTS];
	char *windows;
	uint32_t random;
	bool late;
	/* Only when late. */
	pthread_mutex_t mutex;		/* of pages */
	struct vprim_user_dmabuf_pages *pages;
	sem_t bell;
	atomic_bool told;
} importers[IMPORTERS];

/* The callback of a late importer: it only rings. */
static void ring(void *ctx)
{
	struct importer *m = ctx;

	atomic_store(&m->told, true);
	sem_post(&m->bell);
}

static void answer(struct importer *m)
{
	pthread_mutex_lock(&m->mutex);
	if (m->pages && atomic_exchange(&m->told, false)) {
		vprim_user_dmabuf_pages_stop(m->pages);
		atomic_fetch_add_explicit(&lates, 1, memory_order_relaxed);
	}
	pthread_mutex_unlock(&m->mutex);
}

static void *answerer(void *arg)
{
	struct importer *m = arg;

	while (!atomic_load_explicit(&over, memory_order_relaxed)) {
		sem_wait(&m->bell);
		answer(m);
	}
	return NULL;
}

static struct vprim_user_dmabuf *some_buffer(uint32_t *random)
{
	struct device *d = &devices[next_random(random) % DEVICES];
	struct vprim_user_dmabuf *buf;

	pthread_mutex_lock(&d->plug);
	buf = d->buf;
	if (buf)
		vprim_user_dmabuf_get(buf);
	pthread_mutex_unlock(&d->plug);
	return buf;
}

static void publish(struct importer *m, struct vprim_user_dmabuf_pages *pages)
{
	pthread_mutex_lock(&m->mutex);
	m->pages = pages;
	pthread_mutex_unlock(&m->mutex);
	if (pages)
		answer(m);	/* it may have rung before */
}

static void use_pages(struct importer *m, struct vprim_user_dmabuf_pages *pages)
{
	unsigned int n = next_random(&m->random) % 64, s;

	for (s = 0; s < SLOTS; s++)
		if (vprim_user_dmabuf_fill(pages, &m->entries[s], 0, WINDOW,
					   NULL))
			die("fill");
	while (n--)
		sched_yield();
	for (s = 0; s < SLOTS; s++)
		vprim_user_dmabuf_unfill(pages, &m->entries[s]);
}

static void import(struct importer *m)
{
	struct vprim_user_dmabuf *buf = some_buffer(&m->random);
	struct vprim_user_dmabuf_pages *pages;

	if (!buf)
		return;
	atomic_store(&m->told, false);
	if (vprim_user_dmabuf_map_file(buf, 0, WINDOW, m->late ? ring : NULL, m,
				       &pages, NULL)) {
		vprim_user_dmabuf_put(buf);
		sched_yield();
		return;
	}
	if (m->late)
		publish(m, pages);
	use_pages(m, pages);
	/* Nobody may stop pages that go. */
	if (m->late) {
		pthread_mutex_lock(&m->mutex);
		m->pages = NULL;
	}
	if (vprim_user_dmabuf_release(pages))
		die("release");
	if (m->late)
		pthread_mutex_unlock(&m->mutex);
	vprim_user_dmabuf_put(buf);
}

static void *importer(void *arg)
{
	while (!atomic_load_explicit(&over, memory_order_relaxed))
		import(arg);
	return NULL;
}

/* -- touchers -- */

static _Thread_local sigjmp_buf back;

/* Instruments may have blocked signals around this; the next one must come again. */
static void fault(int sig)
{
	sigset_t none;

	(void)sig;
	sigemptyset(&none);
	pthread_sigmask(SIG_SETMASK, &none, NULL);
	siglongjmp(back, 1);
}

/*
 * The access itself. A race detector must not take it into its own hands: the
 * signal would come out of there, and leave its locks taken. Clang goes on handling
 * atomics where it is told to sanitize nothing; it has a stronger word.
 */
#if __has_attribute(disable_sanitizer_instrumentation)
#define BY_HAND __attribute__((noinline, disable_sanitizer_instrumentation))
#else
#define BY_HAND __attribute__((noinline, no_sanitize("thread")))
#endif

BY_HAND
static bool look_and_stroke(struct words *at)
{
	bool closed = atomic_load(&at->gate) == CLOSED;

	atomic_fetch_add(&at->scribble, 1);
	return closed;
}

/* One look and one stroke through a window, with no question asked. */
static bool touch(struct words *at)
{
	if (sigsetjmp(back, 0)) {
		atomic_fetch_add_explicit(&stopped, 1, memory_order_relaxed);
		return false;
	}
	if (look_and_stroke(at))
		atomic_fetch_add(&caught, 1);
	atomic_fetch_add_explicit(&touches, 1, memory_order_relaxed);
	return true;
}

/* As long as it is let, and once more. */
static void *toucher(void *arg)
{
	uint32_t random = *(uint32_t *)arg;

	while (!atomic_load_explicit(&over, memory_order_relaxed)) {
		unsigned int page = next_random(&random) % (IMPORTERS * SLOTS * BAR_PAGES);
		unsigned int n = 256;

		while (n-- && touch((struct words *)(void *)(windows + page * PAGE)))
			;
		if (n == 255)
			usleep(10);
	}
	return NULL;
}

/* -- the rounds -- */

#define TOUCHERS 2

static void start(pthread_t *t, void *(*fn)(void *), void *arg)
{
	if (pthread_create(t, NULL, fn, arg))
		die("pthread_create");
}

static void play(uint64_t n)
{
	static uint32_t seeds[TOUCHERS] = { 0x746f7563, 0x68657273 };
	pthread_t own_thread, import_threads[IMPORTERS], touch_threads[TOUCHERS], late;
	unsigned int i;

	target = n;
	atomic_store(&over, false);
	atomic_store(&revokes, 0);
	for (i = 0; i < TOUCHERS; i++)
		start(&touch_threads[i], toucher, &seeds[i]);
	for (i = 0; i < IMPORTERS; i++)
		start(&import_threads[i], importer, &importers[i]);
	start(&late, answerer, &importers[IMPORTERS - 1]);
	start(&own_thread, owner, NULL);
	pthread_join(own_thread, NULL);
	for (i = 0; i < IMPORTERS; i++)
		pthread_join(import_threads[i], NULL);
	sem_post(&importers[IMPORTERS - 1].bell);
	pthread_join(late, NULL);
	for (i = 0; i < TOUCHERS; i++)
		pthread_join(touch_threads[i], NULL);
}

static void prepare(void)
{
	struct sigaction sa;
	unsigned int i, s;

	memset(&sa, 0, sizeof(sa));
	sa.sa_handler = fault;
	sa.sa_flags = SA_NODEFER;
	if (sigaction(SIGSEGV, &sa, NULL) || sigaction(SIGBUS, &sa, NULL))
		die("sigaction");
	windows = mmap(NULL, (size_t)IMPORTERS * SLOTS * WINDOW, PROT_NONE,
		       MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (windows == MAP_FAILED)
		die("mmap");
	for (i = 0; i < IMPORTERS; i++) {
		struct importer *m = &importers[i];

		m->random = 0x696d7031 + i;
		m->late = i == IMPORTERS - 1;
		pthread_mutex_init(&m->mutex, NULL);
		sem_init(&m->bell, 0, 0);
		for (s = 0; s < SLOTS; s++) {
			m->entries[s].ops = &domain_ops;
			m->entries[s].domain = windows;
			m->entries[s].iova = (uint64_t)(i * SLOTS + s) * WINDOW;
		}
	}
	for (i = 0; i < DEVICES; i++) {
		pthread_mutex_init(&devices[i].plug, NULL);
		plug_in(&devices[i]);
	}
}

static void finish(void)
{
	unsigned int i;

	for (i = 0; i < DEVICES; i++)
		tear_out(&devices[i]);
}

/* With a domain that forgets to unmap somebody must be caught. */
static bool trap_works(void)
{
	unsigned int i;
	uint64_t n;

	atomic_store(&broken, true);
	for (n = 0; n < 50 && !atomic_load(&caught); n++)
		play(200);
	atomic_store(&broken, false);
	for (i = 0; i < IMPORTERS * SLOTS; i++)
		block_window(windows + i * WINDOW);
	printf("trap: %llu caught\n", atomic_exchange(&caught, 0));
	return n < 50;
}

int main(int argc, char **argv)
{
	const char *steps = getenv("VPRIM_TEST_STEPS");
	uint64_t n = 50000, limit = steps ? strtoull(steps, NULL, 0) : 0;
	bool good = true;

	if (limit && limit < n)
		n = limit;
	if (argc > 1)
		n = strtoull(argv[1], NULL, 0);
	if (getenv("LD_PRELOAD") && strstr(getenv("LD_PRELOAD"), "vgpreload")) {
		puts("memcheck reports the accesses that must end in a signal");
		return 77;
	}
	alarm(3000);	/* a deadlock must end as well */
	prepare();
	if (!trap_works()) {
		puts("a domain that does not unmap was not noticed");
		good = false;
	}
	atomic_store(&touches, 0);
	atomic_store(&maps, 0);
	atomic_store(&unmaps, 0);
	play(n);
	finish();
	printf("%llu revokes, %llu maps, %llu unmaps, %llu late answers, %llu torn out\n"
	       "%llu accesses, %llu stopped by protection, %llu after a revoke returned\n"
	       "%" PRIu64 " locks out of order\n",
	       atomic_load(&revokes), atomic_load(&maps), atomic_load(&unmaps),
	       atomic_load(&lates), atomic_load(&plugs), atomic_load(&touches),
	       atomic_load(&stopped), atomic_load(&caught),
	       vprim_user_dmabuf_lock_faults());
	good = good && !atomic_load(&caught) && !vprim_user_dmabuf_lock_faults() &&
	       atomic_load(&touches) && atomic_load(&stopped) &&
	       atomic_load(&maps) == atomic_load(&unmaps);
	return good ? EXIT_SUCCESS : EXIT_FAILURE;
}
