// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * stress_card - reach for the example card's window from four threads while it
 * sleeps, wakes, is reset and opened anew.
 *
 *   stress_card [EVENTS]       default 2000
 *
 * The threads take what they get. The main thread makes the events and knows what
 * must hold when one has returned: asleep nothing reaches the window, awake all but
 * an engine that has not borrowed anew does.
 */
#include <virtprim/user_vfio.h>

#include <fcntl.h>
#include <inttypes.h>
#include <pthread.h>
#include <sched.h>
#include <setjmp.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>
#include <linux/vfio.h>

#include "../../examples/kmod/card.h"

#define REOPEN 8	/* events between two opens */

static struct vprim_user_vfio_space space;
static struct vprim_user_vfio_device card;
static volatile char *own, *borrowed;
static int lent, engine;
static uint64_t event;
static _Thread_local sigjmp_buf no_memory;

/* The threads hold it to use the files; open and close make them rest first. */
static pthread_rwlock_t files = PTHREAD_RWLOCK_INITIALIZER;
static atomic_bool rest, done;
static atomic_ullong reached, refused;

static void require(bool holds, const char *what)
{
	if (holds)
		return;
	printf("event %" PRIu64 ": %s\n", event, what);
	exit(EXIT_FAILURE);
}

static int find_card(void *ctx, const char *path, char *name, size_t size_bytes)
{
	(void)ctx;
	(void)path;
	return vprim_user_sys_real()->link(NULL, "/sys/bus/platform/devices/card/iommu_group",
				      name, size_bytes);
}

static int feature(uint32_t flags)
{
	struct {
		uint32_t argsz, flags;
		struct card_lend ask;
	} f = { sizeof(f), flags,
		{ 0, O_RDWR | O_CLOEXEC, 0, 1, CARD_WINDOW, CARD_WINDOW_BYTES } };

	return ioctl(card.fd, VFIO_DEVICE_FEATURE, &f);
}

static void on_bus_error(int sig)
{
	(void)sig;
	siglongjmp(no_memory, 1);
}

/* Reads and writes a byte of the window. */
static bool touch(volatile char *window, size_t at)
{
	if (sigsetjmp(no_memory, 1))
		return false;
	window[at] = (char)(window[at] + 1);
	return true;
}

static bool read_card(void)
{
	char byte;

	return pread(card.fd, &byte, 1, CARD_WINDOW) == 1;
}

static bool read_engine(int fd)
{
	char byte;

	return pread(fd, &byte, 1, CARD_ENGINE_IOVA) == 1;
}

static bool borrow(int fd)
{
	return dprintf(fd, "%d", lent) > 0;
}

/* -- the threads -- */

static void *run(void *which)
{
	int mine = open("/dev/card-engine", O_RDWR | O_CLOEXEC);
	unsigned int i = 0;

	require(mine >= 0, "the engine's file");
	while (!atomic_load(&done)) {
		bool got = false;

		if (atomic_load(&rest)) {
			sched_yield();
			continue;
		}
		pthread_rwlock_rdlock(&files);
		switch ((uintptr_t)which) {
		case 0: got = touch(own, 4096 * (++i % 3)); break;
		case 1: got = touch(borrowed, 4096 * (++i % 3)); break;
		case 2: got = read_card(); break;
		default: got = borrow(mine) && read_engine(mine); break;
		}
		pthread_rwlock_unlock(&files);
		atomic_fetch_add(got ? &reached : &refused, 1);
		if (!got)
			usleep(200);	/* the events are to come soon */
	}
	close(mine);
	return NULL;
}

/* -- the events -- */

static void open_card(void)
{
	require(!vprim_user_vfio_device_open(&card, &space, "card", NULL), "open");
	lent = feature(VFIO_DEVICE_FEATURE_GET | CARD_LEND);
	require(lent >= 0, "lend");
	own = mmap(NULL, CARD_WINDOW_BYTES, PROT_READ | PROT_WRITE, MAP_SHARED, card.fd,
		   CARD_WINDOW);
	borrowed = mmap(NULL, CARD_WINDOW_BYTES, PROT_READ | PROT_WRITE, MAP_SHARED,
			lent, 0);
	require(own != MAP_FAILED && borrowed != MAP_FAILED, "mmap");
	require(borrow(engine), "borrow");
}

/* The device goes first: what is mapped and borrowed is left behind, and dead. */
static void close_card(void)
{
	vprim_user_vfio_device_close(&card);
	require(!touch(own, 0) && !touch(borrowed, 0), "closed, and memory is there");
	require(!read_engine(engine), "closed, and the engine reads");
	require(!borrow(engine), "closed, and the engine borrows");
	munmap((void *)own, CARD_WINDOW_BYTES);
	munmap((void *)borrowed, CARD_WINDOW_BYTES);
	close(lent);
}

static void nap(void)
{
	require(!feature(VFIO_DEVICE_FEATURE_SET | VFIO_DEVICE_FEATURE_LOW_POWER_ENTRY),
		"sleep");
	require(!touch(own, 0) && !touch(borrowed, 4096), "asleep, and memory is there");
	require(!read_card(), "asleep, and the card is read");
	require(!read_engine(engine), "asleep, and the engine reads");
	require(!borrow(engine), "asleep, and the engine borrows");
	require(!feature(VFIO_DEVICE_FEATURE_SET | VFIO_DEVICE_FEATURE_LOW_POWER_EXIT),
		"wake");
}

static void one_event(void)
{
	if (event % REOPEN == REOPEN - 1) {
		atomic_store(&rest, true);
		pthread_rwlock_wrlock(&files);
		close_card();
		open_card();
		pthread_rwlock_unlock(&files);
		atomic_store(&rest, false);
		return;
	}
	if (event % 3)
		nap();
	else
		require(!vprim_user_vfio_reset(&card, NULL), "reset");
	require(touch(own, 0) && touch(borrowed, 4096), "awake, and no memory is there");
	require(read_card(), "awake, and the card is not read");
	require(!read_engine(engine), "the engine reads what was withdrawn");
	require(borrow(engine) && read_engine(engine), "awake, and the engine may not");
}

int main(int argc, char **argv)
{
	uint64_t events = argc > 1 ? strtoull(argv[1], NULL, 0) : 2000;
	struct sigaction action = { .sa_handler = on_bus_error };
	struct vprim_user_sys sys = *vprim_user_sys_real();
	pthread_t threads[4];
	uintptr_t i;

	sys.link = find_card;
	sigaction(SIGBUS, &action, NULL);
	engine = open("/dev/card-engine", O_RDWR | O_CLOEXEC);
	require(engine >= 0 && !vprim_user_vfio_space_open(&space, &sys,
						VPRIM_TYPE1_V2, NULL), "files");
	open_card();
	for (i = 0; i < 4; i++)
		require(!pthread_create(&threads[i], NULL, run, (void *)i), "thread");
	for (event = 0; event < events; event++)
		one_event();
	atomic_store(&done, true);
	for (i = 0; i < 4; i++)
		pthread_join(threads[i], NULL);
	close_card();
	close(engine);
	vprim_user_vfio_space_close(&space);
	printf("%" PRIu64 " events; the threads reached the window %llu times and were refused %llu times\n",
	       events, (unsigned long long)atomic_load(&reached),
	       (unsigned long long)atomic_load(&refused));
	return EXIT_SUCCESS;
}
