// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * A program with a VFIO device, for real kernels and pretended ones:
 *
 *   client story BDF container|iommufd    drive edu: registers, interrupts, DMA
 *   client threads BDF                    eight of them map and unmap
 *   client family BDF                     fork, dup, and a descriptor sent on
 *   client file                           DMA to a memfd, through iommufd
 *   client freed BDF                      free memory that is mapped
 *   client hostile SEED COUNT             calls with random arguments
 *   client storm SEED COUNT               four threads of them on the same files, which
 *                                         fork, run themselves anew and kill what they made
 *   client cost COUNT                     what one empty call costs, in ns
 *   client bare COUNT                     the same with a supervisor that does nothing
 */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <linux/vfio.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>
#include "../../libvirtprim/shim/mock/mock_abi.h"

#define PAGE 4096
#define BUFFER UINT64_C(0x40000)

static int container = -1, group = -1, device = -1, iommufd = -1;
static uint32_t ioas;
static off_t bar_at, config_at;
static _Alignas(PAGE) unsigned char memory[4 * PAGE];

__attribute__((noreturn)) static void die(int line, const char *what)
{
	printf("FAILED: line %d: %s (%s)\n", line, what, strerror(errno));
	exit(1);
}

#define require(holds) ((holds) ? (void)0 : die(__LINE__, #holds))

static uint64_t now_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

/* -- opening ------------------------------------------------------------------------ */

static void open_container(const char *bdf)
{
	struct vfio_group_status status = { .argsz = sizeof(status) };
	char path[128], target[256];
	ssize_t n;

	snprintf(path, sizeof(path), "/sys/bus/pci/devices/%s/iommu_group", bdf);
	n = readlink(path, target, sizeof(target) - 1);
	require(n > 0);
	target[n] = '\0';
	snprintf(path, sizeof(path), "/dev/vfio%s", strrchr(target, '/'));
	container = open("/dev/vfio/vfio", O_RDWR | O_CLOEXEC);
	group = open(path, O_RDWR | O_CLOEXEC);
	require(container >= 0 && group >= 0);
	require(open(path, O_RDWR) < 0 && errno == EBUSY);
	require(!ioctl(group, VFIO_GROUP_GET_STATUS, &status));
	require(status.flags & VFIO_GROUP_FLAGS_VIABLE);
	require(!ioctl(group, VFIO_GROUP_SET_CONTAINER, &container));
	require(!ioctl(container, VFIO_SET_IOMMU, VFIO_TYPE1v2_IOMMU));
	device = ioctl(group, VFIO_GROUP_GET_DEVICE_FD, bdf);
	require(device >= 0);
}

static void open_iommufd(void)
{
	struct vfio_bind_iommufd_ bind = { .argsz = sizeof(bind) };
	struct vfio_attach_iommufd_pt_ attach = { .argsz = sizeof(attach) };
	struct iommu_ioas_alloc_ alloc = { .size = sizeof(alloc) };
	struct stat st;

	iommufd = open("/dev/iommu", O_RDWR | O_CLOEXEC);
	device = open("/dev/vfio/devices/vfio0", O_RDWR | O_CLOEXEC);
	require(iommufd >= 0 && device >= 0);
	require(!fstat(device, &st) && S_ISCHR(st.st_mode));
	bind.iommufd = iommufd;
	require(!ioctl(device, VFIO_DEVICE_BIND_IOMMUFD_, &bind));
	require(!ioctl(iommufd, IOMMU_IOAS_ALLOC_, &alloc));
	ioas = attach.pt_id = alloc.out_ioas_id;
	require(!ioctl(device, VFIO_DEVICE_ATTACH_IOMMUFD_PT_, &attach));
}

static off_t region(uint32_t index)
{
	struct vfio_region_info info = { .argsz = sizeof(info), .index = index };

	require(!ioctl(device, VFIO_DEVICE_GET_REGION_INFO, &info));
	require(info.size);
	return (off_t)info.offset;
}

static void begin(const char *bdf, const char *way)
{
	uint16_t id[3];

	if (!strcmp(way, "iommufd"))
		open_iommufd();
	else
		open_container(bdf);
	bar_at = region(VFIO_PCI_BAR0_REGION_INDEX);
	config_at = region(VFIO_PCI_CONFIG_REGION_INDEX);
	require(pread(device, id, sizeof(id), config_at) == sizeof(id));
	require(id[0] == 0x1234 && id[1] == 0x11e8);
	id[2] |= 6;
	require(pwrite(device, &id[2], 2, config_at + 4) == 2);
}

static int map(uint64_t iova, void *where, uint64_t n)
{
	struct vfio_iommu_type1_dma_map m = {
		.argsz = sizeof(m), .flags = 3, .vaddr = (uintptr_t)where,
		.iova = iova, .size = n,
	};
	struct iommu_ioas_map_ i = {
		.size = sizeof(i), .flags = 7, .ioas_id = ioas,
		.user_va = (uintptr_t)where, .length = n, .iova = iova,
	};

	return iommufd < 0 ? ioctl(container, VFIO_IOMMU_MAP_DMA, &m) :
			     ioctl(iommufd, IOMMU_IOAS_MAP_, &i);
}

static int unmap(uint64_t iova, uint64_t n)
{
	struct vfio_iommu_type1_dma_unmap u = { .argsz = sizeof(u), .iova = iova,
						.size = n };
	struct iommu_ioas_unmap_ i = { .size = sizeof(i), .ioas_id = ioas,
				       .iova = iova, .length = n };

	return iommufd < 0 ? ioctl(container, VFIO_IOMMU_UNMAP_DMA, &u) :
			     ioctl(iommufd, IOMMU_IOAS_UNMAP_, &i);
}

/* -- edu ------------------------------------------------------------------------------- */

static uint32_t get(off_t at)
{
	uint32_t v;

	require(pread(device, &v, sizeof(v), bar_at + at) == sizeof(v));
	return v;
}

static void put(off_t at, uint32_t v)
{
	require(pwrite(device, &v, sizeof(v), bar_at + at) == sizeof(v));
}

static void move(uint64_t from, uint64_t to, uint32_t n, uint32_t command)
{
	int i;

	put(0x80, (uint32_t)from);
	put(0x84, (uint32_t)(from >> 32));
	put(0x88, (uint32_t)to);
	put(0x8c, (uint32_t)(to >> 32));
	put(0x90, n);
	put(0x94, 0);
	put(0x98, command);
	for (i = 0; i < 5000 && get(0x98) & 1; i++)
		usleep(1000);
	require(!(get(0x98) & 1));
}

static int set_irq(uint32_t flags, uint32_t index, uint32_t count, int fd)
{
	char buf[sizeof(struct vfio_irq_set) + sizeof(int)] = { 0 };
	struct vfio_irq_set *set = (void *)buf;

	set->argsz = sizeof(buf);
	set->flags = flags;
	set->index = index;
	set->count = count;
	memcpy(set->data, &fd, sizeof(fd));
	return ioctl(device, VFIO_DEVICE_SET_IRQS, set);
}

static void wait_event(int fd)
{
	struct pollfd p = { .fd = fd, .events = POLLIN };
	uint64_t n;

	require(poll(&p, 1, 5000) == 1);
	require(read(fd, &n, sizeof(n)) == sizeof(n) && n);
}

static void interrupts(void)
{
	int fd = eventfd(0, EFD_CLOEXEC);
	struct pollfd p = { .fd = fd, .events = POLLIN };

	require(fd >= 0);
	require(!set_irq(VFIO_IRQ_SET_DATA_EVENTFD | VFIO_IRQ_SET_ACTION_TRIGGER,
			 VFIO_PCI_INTX_IRQ_INDEX, 1, fd));
	put(0x60, 2);
	wait_event(fd);
	require(get(0x24) == 2);
	/* Still raised: it comes again when it is unmasked. */
	require(!set_irq(VFIO_IRQ_SET_DATA_NONE | VFIO_IRQ_SET_ACTION_UNMASK,
			 VFIO_PCI_INTX_IRQ_INDEX, 1, 0));
	wait_event(fd);
	put(0x64, 2);
	require(!set_irq(VFIO_IRQ_SET_DATA_NONE | VFIO_IRQ_SET_ACTION_UNMASK,
			 VFIO_PCI_INTX_IRQ_INDEX, 1, 0));
	require(poll(&p, 1, 50) == 0);
	require(!set_irq(VFIO_IRQ_SET_DATA_NONE | VFIO_IRQ_SET_ACTION_TRIGGER,
			 VFIO_PCI_INTX_IRQ_INDEX, 0, 0));
	printf("INTx: twice while raised, not after\n");
	require(!set_irq(VFIO_IRQ_SET_DATA_EVENTFD | VFIO_IRQ_SET_ACTION_TRIGGER,
			 VFIO_PCI_MSI_IRQ_INDEX, 1, fd));
	put(0x20, 0x80);
	put(0x08, 6);
	wait_event(fd);
	require(get(0x08) == 720 && get(0x24) == 1);
	put(0x64, 1);
	require(!set_irq(VFIO_IRQ_SET_DATA_NONE | VFIO_IRQ_SET_ACTION_TRIGGER,
			 VFIO_PCI_MSI_IRQ_INDEX, 0, 0));
	printf("MSI: 6! is 720\n");
	close(fd);
}

static int story(const char *bdf, const char *way)
{
	size_t i;

	begin(bdf, way);
	printf("edu: 0x%08" PRIx32 "\n", get(0));
	put(0x04, 0x12345678);
	require(get(0x04) == ~UINT32_C(0x12345678));
	interrupts();
	for (i = 0; i < sizeof(memory); i++)
		memory[i] = (unsigned char)(i * 7 + i / 256);
	require(!map(0x100000, memory, sizeof(memory)));
	require(map(0x100000, memory, sizeof(memory)) && errno == EEXIST);
	move(0x100000, BUFFER, PAGE / 2, 1);
	move(BUFFER, 0x100000 + 2 * PAGE, PAGE / 2, 3);
	require(!memcmp(memory, memory + 2 * PAGE, PAGE / 2));
	printf("DMA: %d bytes there and back\n", PAGE / 2);
	require(!unmap(0x100000, sizeof(memory)));
	require(!ioctl(device, VFIO_DEVICE_RESET));
	require(get(0x08) == 0);
	close(device);
	if (group >= 0) {
		require(!ioctl(group, VFIO_GROUP_UNSET_CONTAINER));
		close(group);
		close(container);
		/* All closed: it begins anew. */
		open_container(bdf);
	}
	printf("all of it holds\n");
	return 0;
}

static int file(void)
{
	struct iommu_ioas_map_file_ m = { .size = sizeof(m), .flags = 7,
					  .length = PAGE, .start = PAGE,
					  .iova = 0x200000 };
	char bytes[16] = "in a file", got[16] = "";
	int null = open("/dev/null", O_RDWR);

	begin("", "iommufd");
	m.ioas_id = ioas;
	m.fd = null;
	require(ioctl(iommufd, IOMMU_IOAS_MAP_FILE_, &m) < 0 && errno == EINVAL);
	m.fd = memfd_create("memory", MFD_CLOEXEC);
	require(m.fd >= 0 && !ftruncate(m.fd, 2 * PAGE));
	require(pwrite(m.fd, bytes, sizeof(bytes), PAGE) == sizeof(bytes));
	require(!ioctl(iommufd, IOMMU_IOAS_MAP_FILE_, &m));
	move(0x200000, BUFFER, 16, 1);
	move(BUFFER, 0x200100, 16, 3);
	require(pread(m.fd, got, sizeof(got), PAGE + 0x100) == sizeof(got));
	require(!memcmp(bytes, got, sizeof(got)));
	require(!unmap(0x200000, PAGE));
	printf("16 bytes of a memfd\n");
	return 0;
}

static int freed(const char *bdf)
{
	void *page = mmap(NULL, PAGE, PROT_READ | PROT_WRITE,
			  MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	begin(bdf, "container");
	require(page != MAP_FAILED && !map(0x100000, page, PAGE));
	require(!munmap(page, PAGE));
	require(!unmap(0x100000, PAGE));
	return 0;
}

/* -- threads, processes --------------------------------------------------------------------- */

static void *maps(void *data)
{
	uint64_t base = (uintptr_t)data * 0x1000000, i;

	for (i = 0; i < 500; i++) {
		require(!map(base + i * PAGE, memory, PAGE));
		if (i % 2)
			require(!unmap(base + (i - 1) * PAGE, 2 * PAGE));
	}
	return NULL;
}

static int threads(const char *bdf)
{
	pthread_t thread[8];
	uintptr_t i;

	begin(bdf, "container");
	for (i = 0; i < 8; i++)
		require(!pthread_create(&thread[i], NULL, maps, (void *)(i + 1)));
	for (i = 0; i < 8; i++)
		require(!pthread_join(thread[i], NULL));
	printf("8 threads, 4000 maps\n");
	return 0;
}

static void send_fd(int socket, int fd)
{
	char control[CMSG_SPACE(sizeof(int))] = { 0 }, byte = 0;
	struct iovec iov = { &byte, 1 };
	struct msghdr msg = { .msg_iov = &iov, .msg_iovlen = 1, .msg_control = control,
			      .msg_controllen = sizeof(control) };
	struct cmsghdr *c = CMSG_FIRSTHDR(&msg);

	c->cmsg_level = SOL_SOCKET;
	c->cmsg_type = SCM_RIGHTS;
	c->cmsg_len = CMSG_LEN(sizeof(int));
	memcpy(CMSG_DATA(c), &fd, sizeof(fd));
	require(sendmsg(socket, &msg, 0) == 1);
}

static int receive_fd(int socket)
{
	char control[CMSG_SPACE(sizeof(int))], byte;
	struct iovec iov = { &byte, 1 };
	struct msghdr msg = { .msg_iov = &iov, .msg_iovlen = 1, .msg_control = control,
			      .msg_controllen = sizeof(control) };
	int fd;

	require(recvmsg(socket, &msg, 0) == 1);
	memcpy(&fd, CMSG_DATA(CMSG_FIRSTHDR(&msg)), sizeof(fd));
	return fd;
}

/* The child gets everything by socket: it had nothing open when it was made. */
static int family(const char *bdf)
{
	int sockets[2], status, high;
	pid_t child;

	require(!socketpair(AF_UNIX, SOCK_SEQPACKET, 0, sockets));
	child = fork();
	if (!child) {
		container = receive_fd(sockets[1]);
		device = receive_fd(sockets[1]);
		bar_at = region(VFIO_PCI_BAR0_REGION_INDEX);
		memset(memory, 0x5a, PAGE);
		require(!map(0x200000, memory, PAGE));
		move(0x200000, BUFFER, 16, 1);
		_exit(0);
	}
	begin(bdf, "container");
	send_fd(sockets[0], container);
	send_fd(sockets[0], device);
	require(waitpid(child, &status, 0) == child && !status);
	/* What the child gave away is in the device; its memory is gone with it. */
	require(!map(0x300000, memory, PAGE));
	high = dup2(device, 700);
	close(device);
	device = high;
	move(BUFFER, 0x300000, 16, 3);
	require(memory[0] == 0x5a && memory[15] == 0x5a && !memory[16]);
	move(BUFFER, 0x200000, 16, 3);
	require(fcntl(device, F_SETFD, FD_CLOEXEC) == 0);
	printf("a child's memory, a sent descriptor, a copied one\n");
	return 0;
}

/* -- hostile ------------------------------------------------------------------------------- */

static _Thread_local uint64_t state;

static uint64_t below(uint64_t n)
{
	state ^= state << 13;
	state ^= state >> 7;
	state ^= state << 17;
	return state % n;
}

static void *pointer(unsigned char *arena)
{
	static const uint64_t bad[] = { 0, 1, 0x7fffffffefff, 0xffffffffff600000,
					UINT64_MAX, 0x8000000000000000 };

	if (below(8))
		return arena + below(2 * PAGE);		/* its second page is not there */
	return (void *)(uintptr_t)bad[below(6)];
}

/* A region's pages, which may or may not be given; gone again at once. */
static int map_region(int fd)
{
	size_t n = (1 + below(3)) * PAGE;
	void *at = mmap(NULL, n, PROT_READ, MAP_SHARED, fd,
			(off_t)((15 + below(20)) << 40 | below(4) * PAGE));

	return at == MAP_FAILED ? -1 : munmap(at, n);
}

static void fill(unsigned char *arena)
{
	uint32_t *words = (uint32_t *)(void *)arena;

	if (!below(64))
		memset(arena, 0, PAGE);
	words[below(16)] = (uint32_t)(below(4) ? below(64) : below(UINT32_MAX));
	if (below(4))
		words[0] = 8 + 4 * (uint32_t)below(12);
	if (!below(4))
		words[1] = (uint32_t)below(8);
	if (!below(8))
		words[below(8)] = (uint32_t)below(4) * PAGE;
	if (!below(8))
		memcpy(words + 2 * below(6), &arena, sizeof(arena));
	if (!below(16))
		strcpy((char *)arena, "0000:01:00.0");
}

static int one_call(int fd, unsigned char *arena)
{
	int ret;

	switch (below(17)) {
	case 0:
		return (int)syscall(SYS_pread64, fd, pointer(arena), below(300),
				    below(2) ? UINT64_C(16) << 40 :
				    (16 + below(20)) << 40 | below(PAGE));
	case 1:
		return (int)syscall(SYS_pwritev, fd, pointer(arena), below(80),
				    (16 + below(20)) << 40 | below(PAGE), 0);
	case 2:
		ret = (int)syscall(SYS_openat, (int)below(10) - 100, pointer(arena),
				   O_RDONLY);
		if (ret >= 0)
			close(ret);
		return ret;
	case 3:
		return (int)syscall(SYS_newfstatat, fd, pointer(arena), pointer(arena),
				    (int)below(0x3000));
	case 4:
		return (int)syscall(SYS_readlinkat, AT_FDCWD, pointer(arena),
				    pointer(arena), below(100));
	case 5:
		return map_region(fd);
	default:
		ret = ioctl(below(20) ? fd : (int)below(30),
			    (below(2) ? 0x3b64 : 0x3b80) + below(24),
			    below(8) ? arena : pointer(arena));
		if (ret > 2 && ret < 1000)
			close(ret);
		return ret;
	}
}

static int fds[8] = { -1, -1, -1, -1, -1, -1, -1, -1 };	/* of all threads */

static void put_at(int *place, int fd)
{
	if (*place > 2)
		close(*place);
	*place = fd;
}

/* Open things as far as they go, so that calls reach what lies behind the first door. */
static void set_up(void)
{
	struct vfio_bind_iommufd_ bind = { .argsz = sizeof(bind) };
	struct iommu_ioas_alloc_ alloc = { .size = sizeof(alloc) };
	struct vfio_attach_iommufd_pt_ attach = { .argsz = sizeof(attach) };
	struct vfio_iommu_type1_dma_map m = {
		.argsz = sizeof(m), .flags = 3, .vaddr = (uintptr_t)memory,
		.iova = below(16) * PAGE, .size = sizeof(memory),
	};
	struct iommu_ioas_map_ p = {
		.size = sizeof(p), .flags = 7, .user_va = m.vaddr, .length = m.size,
		.iova = m.iova,
	};
	int space, dev, door = -1;
	size_t i;

	for (i = 0; i < sizeof(fds) / sizeof(fds[0]); i++)
		put_at(&fds[i], -1);
	if (below(2)) {
		space = open("/dev/vfio/vfio", O_RDWR);
		door = open("/dev/vfio/16", O_RDWR);
		ioctl(door, VFIO_GROUP_SET_CONTAINER, &space);
		ioctl(space, VFIO_SET_IOMMU, below(2) ? VFIO_TYPE1v2_IOMMU :
						       VFIO_TYPE1_IOMMU);
		dev = ioctl(door, VFIO_GROUP_GET_DEVICE_FD, "0000:01:00.0");
		ioctl(space, VFIO_IOMMU_MAP_DMA, &m);
	} else {
		space = bind.iommufd = open("/dev/iommu", O_RDWR);
		dev = open(below(2) ? "/dev/vfio/devices/vfio0" :
				      "/dev/vfio/devices/vfio1", O_RDWR);
		ioctl(dev, VFIO_DEVICE_BIND_IOMMUFD_, &bind);
		ioctl(space, IOMMU_IOAS_ALLOC_, &alloc);
		attach.pt_id = p.ioas_id = alloc.out_ioas_id;
		ioctl(dev, VFIO_DEVICE_ATTACH_IOMMUFD_PT_, &attach);
		ioctl(space, IOMMU_IOAS_MAP_, &p);
	}
	put_at(&fds[0], space);
	put_at(&fds[1], dev);
	put_at(&fds[2], door);
}

/* How many calls succeeded. */
static uint64_t calls(uint64_t seed, uint64_t n)
{
	static const char *const paths[] = {
		"/dev/vfio/vfio", "/dev/vfio/16", "/dev/iommu",
		"/dev/vfio/devices/vfio0", "/dev/null", "/dev/vfio", "/proc/self/fd/5",
	};
	unsigned char *arena = mmap(NULL, 2 * PAGE, PROT_READ | PROT_WRITE,
				    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	uint64_t done = 0, i;

	require(arena != MAP_FAILED && !munmap(arena + PAGE, PAGE));
	state = seed * 2654435761u + 1;
	for (i = 0; i < n; i++) {
		int *fd = &fds[below(8)];

		if (!below(500))
			set_up();
		if (*fd < 0 || !below(200))
			put_at(fd, open(paths[below(7)], O_RDWR));
		fill(arena);
		done += one_call(*fd, arena) >= 0;
	}
	munmap(arena, PAGE);
	return done;
}

static int hostile(const char *seed, const char *count)
{
	uint64_t n = strtoull(count, NULL, 10);
	uint64_t done = calls(strtoull(seed, NULL, 0), n);

	printf("%" PRIu64 " calls\n", n);
	return done > n / 1000 ? 0 : 1;
}

/* A child that has all files: it goes by itself, becomes another, or is killed. */
static void beget(uint64_t seed, uint64_t i)
{
	char text[24];
	pid_t child;

	snprintf(text, sizeof(text), "%" PRIu64, seed * 1000 + i);
	child = fork();
	if (!child) {
		if (i % 3 == 1)
			execl("/proc/self/exe", "client", "hostile", text, "40", NULL);
		_exit((int)(calls(seed + i, i % 3 ? 1000000 : 40) & 1));
	}
	require(child > 0);
	if (i % 3 == 2) {
		usleep((useconds_t)(i * 37 % 3000));
		require(!kill(child, SIGKILL));
	}
	require(waitpid(child, NULL, 0) == child);
}

static uint64_t storm_calls;

static void *storm_thread(void *data)
{
	uint64_t seed = (uintptr_t)data, i;

	for (i = 0; i < 30; i++) {
		calls(seed * 100 + i, storm_calls / 120);
		beget(seed, i);
	}
	return NULL;
}

static int storm(const char *seed, const char *count)
{
	uintptr_t first = (uintptr_t)strtoull(seed, NULL, 0), i;
	pthread_t thread[4];

	storm_calls = strtoull(count, NULL, 10);
	for (i = 0; i < 4; i++)
		require(!pthread_create(&thread[i], NULL, storm_thread,
					(void *)(4 * first + i)));
	for (i = 0; i < 4; i++)
		require(!pthread_join(thread[i], NULL));
	return 0;
}

/* -- cost ------------------------------------------------------------------------------------ */

static int cost(int fd, const char *count)
{
	uint64_t n = strtoull(count, NULL, 10), i, began, best = UINT64_MAX;
	int round;

	for (round = 0; round < 50; round++) {
		began = now_ns();
		for (i = 0; i < n; i++)
			require(ioctl(fd, VFIO_GET_API_VERSION) == 0);
		began = (now_ns() - began) / n;
		best = began < best ? began : best;
	}
	printf("%" PRIu64 "\n", best);
	return 0;
}

static void do_nothing(int listener)
{
	struct seccomp_notif n;
	struct seccomp_notif_resp r;

	for (;;) {
		memset(&n, 0, sizeof(n));
		if (ioctl(listener, SECCOMP_IOCTL_NOTIF_RECV, &n))
			return;
		memset(&r, 0, sizeof(r));
		r.id = n.id;
		if (ioctl(listener, SECCOMP_IOCTL_NOTIF_SEND, &r))
			return;
	}
}

static int bare(const char *count)
{
	struct sock_filter code[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_ioctl, 0, 2),
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS,
			 offsetof(struct seccomp_data, args[1])),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, VFIO_GET_API_VERSION, 1, 0),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_USER_NOTIF),
	};
	struct sock_fprog prog = { sizeof(code) / sizeof(code[0]), code };
	int sockets[2], listener;
	pid_t child;

	require(!socketpair(AF_UNIX, SOCK_SEQPACKET, 0, sockets));
	child = fork();
	if (!child) {
		require(!prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0));
		listener = (int)syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER,
					SECCOMP_FILTER_FLAG_NEW_LISTENER, &prog);
		require(listener >= 0);
		send_fd(sockets[0], listener);
		close(listener);
		exit(cost(0, count));
	}
	listener = receive_fd(sockets[1]);
	do_nothing(listener);
	require(waitpid(child, NULL, 0) == child);
	return 0;
}

int main(int argc, char **argv)
{
	const char *what = argc > 2 ? argv[1] : "";

	setvbuf(stdout, NULL, _IOLBF, 0);
	if (!strcmp(what, "story") && argc == 4)
		return story(argv[2], argv[3]);
	if (argc == 2 && !strcmp(argv[1], "file"))
		return file();
	if (!strcmp(what, "freed"))
		return freed(argv[2]);
	if (!strcmp(what, "threads"))
		return threads(argv[2]);
	if (!strcmp(what, "family"))
		return family(argv[2]);
	if (!strcmp(what, "hostile") && argc == 4)
		return hostile(argv[2], argv[3]);
	if (!strcmp(what, "storm") && argc == 4)
		return storm(argv[2], argv[3]);
	if (!strcmp(what, "cost"))
		return cost(open("/dev/vfio/vfio", O_RDWR), argv[2]);
	if (!strcmp(what, "bare"))
		return bare(argv[2]);
	fprintf(stderr, "see the head of client.c\n");
	return 2;
}
