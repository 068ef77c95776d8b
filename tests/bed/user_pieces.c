// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * The userspace shim in pieces before a live kernel, inside a guest:
 *
 *   user_pieces container|iommufd DEVICE SIBLING SIBLING
 *   user_pieces token PHYSICAL VIRTUAL PLAIN
 *   user_pieces noiommu DEVICE
 *   user_pieces direct container|iommufd DEVICE ERRNO
 *
 * DEVICE is an edu at the root or with a bus to itself; the siblings are two devices of one
 * group on one bus; PLAIN has no functions beside itself. What the kernel here does not
 * have must be refused with the reason that says so.
 */
#include "edu.h"
#include "live.h"
#include <fcntl.h>
#include <inttypes.h>
#include <linux/capability.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <virtprim/user_kvm.h>

#define MSI 0xfee00000u

static bool iommufd;
static const struct vprim_range place = { 0x100000, 0x100fff };

static void *pages(size_t count)
{
	void *memory = mmap(NULL, count * PAGE, PROT_READ | PROT_WRITE,
			    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	require(memory != MAP_FAILED);
	return memory;
}

static int open_space(void)
{
	return vprim_user_vfio_space_open(&space, NULL,
					  iommufd ? 0 : VPRIM_TYPE1_V2, &fault);
}

/* -- interrupts -- */

/* How often an interrupt came, within a time that is long enough for any guest. */
static uint64_t came(int event)
{
	struct pollfd wait = { .fd = event, .events = POLLIN };
	uint64_t count = 0;

	if (poll(&wait, 1, 10000) == 1)
		require(read(event, &count, sizeof(count)) == sizeof(count));
	return count;
}

static void interrupts(void)
{
	const struct vprim_user_vfio_irqs intx = { 0, 0, 1 }, msi = { 1, 0, 1 };
	const struct vprim_user_vfio_irqs two = { 1, 0, 2 }, off = { 1, 0, 0 };
	const struct vprim_user_vfio_irqs intx_off = { 0, 0, 0 };
	volatile uint32_t *regs = (volatile uint32_t *)edu_open(device.fd);
	struct vprim_user_vfio_irq irq;
	int event[2] = { eventfd(0, 0), -1 };

	require(!vprim_user_vfio_irq_info(&device, 0, &irq, &fault) && irq.count == 1);
	require(irq.flags & VPRIM_USER_VFIO_IRQ_MASKABLE);
	require(irq.flags & VPRIM_USER_VFIO_IRQ_AUTOMASKED);
	require(!vprim_user_vfio_irq_info(&device, 2, &irq, &fault) && !irq.count);
	require(vprim_user_vfio_irq_info(&device, 99, &irq, &fault) == -EINVAL);
	require(says("irq") && !strcmp(fault.subject, "interrupts 99"));
	require(!vprim_user_vfio_irq_info(&device, 1, &irq, &fault) && irq.count == 1);
	require(irq.flags & VPRIM_USER_VFIO_IRQ_EVENTFD);

	require(vprim_user_vfio_irq_set(&device, &two, VPRIM_USER_VFIO_IRQ_TRIGGER,
					event, &fault) == -EINVAL && says("irq"));
	require(!vprim_user_vfio_irq_set(&device, &msi, VPRIM_USER_VFIO_IRQ_TRIGGER,
					 event, &fault));
	require(!vprim_user_vfio_irq_set(&device, &msi, VPRIM_USER_VFIO_IRQ_TRIGGER,
					 NULL, &fault));
	require(came(event[0]) == 1);
	/* And by the device. */
	regs[0x60 / 4] = 1;
	require(came(event[0]) == 1);
	regs[0x64 / 4] = 1;
	require(!vprim_user_vfio_irq_set(&device, &off, VPRIM_USER_VFIO_IRQ_TRIGGER,
					 NULL, &fault));

	require(!vprim_user_vfio_irq_set(&device, &intx, VPRIM_USER_VFIO_IRQ_TRIGGER,
					 event, &fault));
	require(!vprim_user_vfio_irq_set(&device, &intx, VPRIM_USER_VFIO_IRQ_MASK, NULL,
					 &fault));
	require(!vprim_user_vfio_irq_set(&device, &intx, VPRIM_USER_VFIO_IRQ_UNMASK,
					 NULL, &fault));
	require(!vprim_user_vfio_irq_set(&device, &intx_off, VPRIM_USER_VFIO_IRQ_TRIGGER,
					 NULL, &fault));
	require(!munmap((void *)(uintptr_t)regs, 1 << 20));
	close(event[0]);
}

/* -- a group, and resets -- */

static void siblings(const char *one, const char *other)
{
	struct vprim_user_vfio_device a, b;
	struct vprim_user_vfio_dependent set[4];
	unsigned int before = open_files();
	uint32_t flags;
	size_t n;

	require(!vprim_user_vfio_device_open(&a, &space, one, &fault));
	require(open_files() == before + (iommufd ? 1 : 2));
	require(!vprim_user_vfio_device_open(&b, &space, other, &fault));
	require(open_files() == before + (iommufd ? 2 : 3) && space.devices == 3);
	require(vprim_user_vfio_hot_reset_info(&a, set, 1, &n, &flags, &fault) ==
		-EMSGSIZE && n == 2);
	require(!vprim_user_vfio_hot_reset_info(&a, set, 4, &n, &flags, &fault));
	require(n == 2 && set[0].bus == set[1].bus && set[0].devfn != set[1].devfn);
	require(iommufd || set[0].id == set[1].id);
	require(!vprim_user_vfio_hot_reset(&a, &fault));
	vprim_user_vfio_device_close(&a);
	/* The group is open still, or owned still. */
	require(!vprim_user_vfio_hot_reset(&b, &fault));
	vprim_user_vfio_device_close(&b);
	require(open_files() == before && space.devices == 1);
}

/* Behind a port its bus can be reset; at the root nothing can. */
static void resets(bool at_root)
{
	struct vprim_user_vfio_dependent only;
	uint32_t flags;
	size_t n;

	if (at_root) {
		require(vprim_user_vfio_hot_reset(&device, &fault) == -ENODEV);
		require(says("hot-reset"));
		require(vprim_user_vfio_reset(&device, &fault) < 0 && says("reset"));
		return;
	}
	require(!vprim_user_vfio_hot_reset_info(&device, &only, 1, &n, &flags, &fault));
	require(n == 1 && only.devfn == 0);
	require(!vprim_user_vfio_hot_reset(&device, &fault));
	require(!vprim_user_vfio_reset(&device, &fault));
}

/* -- KVM -- */

static void kvm(void)
{
	struct vprim_user_kvm vm;
	int list;

	if (vprim_user_kvm_init(&vm, &fault)) {
		require(fault.error == ENOENT);
		printf("no KVM here\n");
		return;
	}
	list = vprim_user_vfio_kvm_open(NULL, vm.vm, &fault);
	require(list >= 0);
	require(vprim_user_vfio_kvm_open(NULL, vm.vm, &fault) == -EBUSY);
	require(vprim_user_vfio_kvm_remove(&device, list, &fault) == -ENOENT);
	require(!vprim_user_vfio_kvm_add(&device, list, &fault));
	require(vprim_user_vfio_kvm_add(&device, list, &fault) == -EEXIST);
	require(!vprim_user_vfio_kvm_remove(&device, list, &fault));
	close(list);
	vprim_user_kvm_fini(&vm);
	printf("KVM takes the device\n");
}

/* -- reserved regions -- */

static void reserved(const char *name)
{
	struct vprim_iova_windows_reserved list[16];
	bool interrupts = false;
	size_t n, i, w;

	require(!vprim_user_vfio_reserved(NULL, name, list, 16, &n, &fault));
	for (i = 0; i < n; i++) {
		interrupts |= list[i].type == VPRIM_IOVA_WINDOWS_MSI &&
			      vprim_range_has(&list[i].range, MSI);
		if (list[i].type == VPRIM_IOVA_WINDOWS_DIRECT_RELAXABLE)
			continue;
		for (w = 0; w < dma.nr_windows; w++)
			require(!vprim_range_overlaps(&dma.windows[w], &list[i].range));
	}
	require(interrupts);
	require(vprim_user_vfio_reserved(NULL, name, list, 0, &i, &fault) == -EMSGSIZE);
	require(i == n);
}

/* -- mapping -- */

static void files(void)
{
	int memory = memfd_create("pieces", MFD_CLOEXEC), ret;
	static const struct vprim_range part = { 0, 0xfff };
	const struct vprim_ranges log = { &place, 1 };
	uint64_t page_bytes = PAGE;

	require(memory >= 0 && !ftruncate(memory, (off_t)PAGE));
	ret = vprim_user_dma_map_file(&dma, &place, memory, 0, 3, &fault);
	if (!iommufd)
		require(ret == -EOPNOTSUPP && says("iommufd"));
	else if (ret)
		require(ret == -ENOTTY && says("file"));
	else
		require(!vprim_user_dma_unmap(&dma, &place, &fault));
	require(!vprim_iova_map_count(&dma.map));
	close(memory);

	ret = vprim_user_vfio_dmabuf(&device, 0, &part, 1, &fault);
	require(ret >= 0 || (ret == -ENOTTY && says("dmabuf")));
	if (ret >= 0)
		close(ret);
	require(vprim_user_dma_log_start(&device, log, &page_bytes, NULL, &fault) ==
		-ENOTTY && says("untracked"));
}

static void dirty(void)
{
	const struct vprim_range two = { place.start, place.last + PAGE };
	void *memory = pages(2);
	uint64_t bits = 0;
	uint32_t domain = 0;
	int ret;

	if (iommufd) {
		ret = vprim_user_dma_dirty_domain(&device, &domain, &fault);
		if (ret) {
			require(ret == -EOPNOTSUPP && says("untracked"));
			printf("this IOMMU does not track\n");
			return;
		}
	}
	require(!vprim_user_dma_map(&dma, &two, memory, 3, &fault));
	require(!vprim_user_dma_dirty_track(&space, domain, true, &fault));
	require(!vprim_user_dma_dirty_read(&space, domain, &two, PAGE, &bits, 1, &fault));
	/* An IOMMU that cannot tell: all that is pinned. */
	require(iommufd || bits == 3);
	require(!vprim_user_dma_dirty_track(&space, domain, false, &fault));
	if (!iommufd) {
		require(vprim_user_dma_dirty_read(&space, domain, &two, PAGE, &bits, 1,
						  &fault) == -EINVAL);
		require(says("dirty") && fault.reason.range.start == two.start);
	}
	require(!vprim_user_dma_unmap(&dma, &two, &fault));
}

/* -- locked memory -- */

/* Root's processes are exempt; this one gives that up. */
static void give_up_locking(uint64_t limit_bytes)
{
	struct __user_cap_header_struct head = { _LINUX_CAPABILITY_VERSION_3, 0 };
	struct __user_cap_data_struct caps[2];
	struct rlimit limit = { limit_bytes, limit_bytes };

	require(!setrlimit(RLIMIT_MEMLOCK, &limit));
	require(!syscall(SYS_capget, &head, caps));
	caps[0].effective &= ~(1u << CAP_IPC_LOCK);
	caps[0].permitted &= ~(1u << CAP_IPC_LOCK);
	require(!syscall(SYS_capset, &head, caps));
}

/* The estimate is what the kernel then does. */
static void estimate(uint64_t count)
{
	struct vprim_range range = { place.start, place.start + count * PAGE - 1 };
	struct vprim_user_memlock lock;
	void *memory = pages((size_t)count);
	int ret;

	require(!vprim_user_dma_memlock(&space, count * PAGE, &lock, &fault));
	ret = vprim_user_dma_map(&dma, &range, memory, 3, &fault);
	require(!lock.exempt && lock.limit_bytes == 32 * PAGE);
	require(ret == (lock.fits ? 0 : -ENOMEM));
	require(lock.fits == (count <= 32));
	if (!ret)
		require(!vprim_user_dma_unmap(&dma, &range, &fault));
	else
		require(says("locked") && fault.reason.value == 32 * PAGE);
	munmap(memory, (size_t)count * PAGE);
}

static void locked(void)
{
	struct vprim_user_memlock lock;
	int status;
	pid_t child;

	require(!vprim_user_dma_memlock(&space, UINT64_MAX, &lock, &fault));
	require(lock.exempt && lock.fits);
	fflush(stdout);
	child = fork();
	require(child >= 0);
	if (!child) {
		give_up_locking(32 * PAGE);
		estimate(8);
		estimate(32);
		estimate(33);
		exit(0);
	}
	require(waitpid(child, &status, 0) == child && !status);
}

/* -- taking over -- */

/* Its files are container or iommufd, device, and group. */
struct offer {
	int files[3];
	uint32_t ioas_id;
};

/* The broker opens everything, says what it has, and ends when it is told. */
static void broker(const int *ask, const int *tell, const char *name)
{
	struct offer offer;
	char end;

	require(!open_space());
	require(!vprim_user_vfio_device_open(&device, &space, name, &fault));
	offer = (struct offer){ { space.fd, device.fd, device.group_fd },
				space.ioas_id };
	require(write(tell[1], &offer, sizeof(offer)) == sizeof(offer));
	close(ask[1]);
	require(!read(ask[0], &end, 1));
	exit(0);
}

static uint32_t group_number(const char *name)
{
	char path[128], link[128];
	ssize_t n;

	snprintf(path, sizeof(path), "/sys/bus/pci/devices/%s/iommu_group", name);
	n = readlink(path, link, sizeof(link) - 1);
	require(n > 0);
	link[n] = 0;
	return (uint32_t)strtoul(strrchr(link, '/') + 1, NULL, 10);
}

static void use(void)
{
	volatile uint64_t *regs = edu_open(device.fd);
	unsigned char *memory = pages(1);

	require(!vprim_user_dma_init(&dma, &space, NULL, NULL, &fault));
	require(!vprim_user_dma_map(&dma, &place, memory, 3, &fault));
	require(edu_reaches(regs, place.start, memory));
	require(!vprim_user_dma_unmap(&dma, &place, &fault));
	vprim_user_dma_fini(&dma);
	require(!munmap((void *)(uintptr_t)regs, 1 << 20));
	munmap(memory, PAGE);
}

/* Another process's files; as by SCM_RIGHTS, which needs sockets. */
static void fetch_from_broker(const char *name, struct offer *offer)
{
	int ask[2], tell[2], process, status;
	unsigned int i;
	pid_t child;

	require(!pipe(ask) && !pipe(tell));
	fflush(stdout);
	child = fork();
	require(child >= 0);
	if (!child)
		broker(ask, tell, name);
	require(read(tell[0], offer, sizeof(*offer)) == sizeof(*offer));
	process = (int)syscall(SYS_pidfd_open, child, 0);
	require(process >= 0);
	for (i = 0; i < (iommufd ? 2 : 3); i++) {
		offer->files[i] = (int)syscall(SYS_pidfd_getfd, process,
					       offer->files[i], 0);
		require(offer->files[i] >= 0);
	}
	for (i = 0; i < 2; i++) {
		close(ask[i]);
		close(tell[i]);
	}
	require(waitpid(child, &status, 0) == child && !status);
	close(process);
}

static void take_over(const char *name)
{
	struct vprim_user_vfio_device again;
	unsigned int before = open_files();
	struct offer offer;

	fetch_from_broker(name, &offer);
	require(!vprim_user_vfio_space_take(&space, NULL, offer.files[0],
					    iommufd ? 0 : VPRIM_TYPE1_V2, offer.ioas_id,
					    &fault));
	if (!iommufd)
		require(!vprim_user_vfio_group_take(&space, offer.files[2],
						    group_number(name), &fault));
	require(!vprim_user_vfio_device_take(&device, &space, offer.files[1], &fault));
	use();
	if (!iommufd) {
		/* Through the group that was taken over. */
		require(!vprim_user_vfio_device_open(&again, &space, name, &fault));
		vprim_user_vfio_device_close(&again);
	}
	vprim_user_vfio_device_close(&device);
	vprim_user_vfio_space_close(&space);
	require(open_files() == before);
}

/* -- tokens -- */

#define UUID "00112233-4455-6677-8899-aabbccddee"

static int open_with(struct vprim_user_vfio_device *to, const char *name,
		     const char *token)
{
	char whole[128];

	snprintf(whole, sizeof(whole), "%s vf_token=%s", name, token);
	return vprim_user_vfio_device_open(to, &space, whole, &fault);
}

/* A virtual function belongs to whoever knows the token of its physical one. */
static void token(const char *physical, const char *virtual, const char *plain)
{
	struct vprim_user_vfio_device owner;
	struct vprim_vfio_cap_view view;
	unsigned char *memory = pages(1);
	char answer[1024];

	require(!open_space());
	require(vprim_user_vfio_device_open(&device, &space, virtual, &fault) == -EACCES);
	require(says("token") && strstr(fault.subject, physical));
	require(open_with(&device, plain, UUID "ff") == -EINVAL && says("asleep"));
	require(!open_with(&owner, physical, UUID "ff"));
	require(open_with(&device, virtual, UUID "00") == -EACCES && says("token"));
	require(!open_with(&device, virtual, UUID "ff"));
	require(!vprim_user_vfio_region_info(&device, 0, answer, sizeof(answer), &view,
					     &fault) && view.fixed.size >= PAGE);
	require(!vprim_user_dma_init(&dma, &space, NULL, NULL, &fault));
	require(!vprim_user_dma_map(&dma, &place, memory, 3, &fault));
	require(!vprim_user_dma_unmap(&dma, &place, &fault));
	vprim_user_dma_fini(&dma);
	vprim_user_vfio_device_close(&device);
	vprim_user_vfio_device_close(&owner);
	vprim_user_vfio_space_close(&space);
	munmap(memory, PAGE);
}

/* -- no IOMMU -- */

/* Registers can be reached, and nothing is mapped: the device reaches all there is. */
static void noiommu(const char *name)
{
	volatile uint32_t *regs;

	require(!open_space());
	require(vprim_user_vfio_device_open(&device, &space, name, &fault) == -ENODEV);
	require(says("noiommu") && !strncmp(fault.subject, "/dev/vfio/noiommu-", 18));
	vprim_user_vfio_space_close(&space);
	require(!vprim_user_vfio_space_open(&space, NULL, 0, &fault));
	require(vprim_user_vfio_device_open(&device, &space, name, &fault) == -ENOENT);
	require(says("noiommu"));
	vprim_user_vfio_space_close(&space);

	require(!vprim_user_vfio_space_open(&space, NULL, VPRIM_USER_VFIO_NOIOMMU, &fault));
	require(!vprim_user_vfio_device_open(&device, &space, name, &fault));
	require(vprim_user_dma_init(&dma, &space, NULL, NULL, &fault) == -EOPNOTSUPP);
	require(says("unmappable"));
	regs = (volatile uint32_t *)edu_open(device.fd);
	regs[1] = 0x1234;
	require(regs[1] == ~0x1234u);
	require(!munmap((void *)(uintptr_t)regs, 1 << 20));
	vprim_user_vfio_device_close(&device);
	vprim_user_vfio_space_close(&space);
}

/* -- a region of the firmware's -- */

/* Seen before anything is open, and named as the cause when the device is refused. */
static void direct(const char *name, int error)
{
	struct vprim_iova_windows_reserved list[16];
	size_t n, i = 0;

	require(!vprim_user_vfio_reserved(NULL, name, list, 16, &n, &fault));
	while (i < n && list[i].type != VPRIM_IOVA_WINDOWS_DIRECT)
		i++;
	require(i < n);
	require(!open_space());
	require(vprim_user_vfio_device_open(&device, &space, name, &fault) == -error);
	require(says("direct") && fault.reason.has_hit);
	require(fault.reason.hit.start == list[i].range.start);
	require(fault.reason.hit.last == list[i].range.last);
	vprim_user_vfio_space_close(&space);
}

static void pieces(char **argv)
{
	iommufd = !strcmp(argv[1], "iommufd");
	require(!open_space());
	require(!vprim_user_vfio_device_open(&device, &space, argv[2], &fault));
	require(!vprim_user_dma_init(&dma, &space, NULL, NULL, &fault));
	interrupts();
	siblings(argv[3], argv[4]);
	resets(!strncmp(argv[2], "0000:00:", 8));
	kvm();
	reserved(argv[2]);
	files();
	locked();
	dirty();
	vprim_user_dma_fini(&dma);
	vprim_user_vfio_device_close(&device);
	vprim_user_vfio_space_close(&space);
	take_over(argv[2]);
}

int main(int argc, char **argv)
{
	unsigned int before = open_files();

	if (argc == 5 && !strcmp(argv[1], "token"))
		token(argv[2], argv[3], argv[4]);
	else if (argc == 3 && !strcmp(argv[1], "noiommu"))
		noiommu(argv[2]);
	else if (argc == 5 && !strcmp(argv[1], "direct")) {
		iommufd = !strcmp(argv[2], "iommufd");
		direct(argv[3], atoi(argv[4]));
	} else if (argc == 5)
		pieces(argv);
	else
		return 2;
	require(open_files() == before);
	printf("%u checks hold\n", checks);
	return 0;
}
