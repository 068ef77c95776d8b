// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * vfio_broker - a device that one process opens and another one drives.
 *
 * The broker has the rights: it opens a device, sends its files through a socket and
 * is gone. The driver has none but these files. It opens the second device of the
 * group by name, takes an interrupt, and resets the bus that both are on.
 *   cc vfio_broker.c $(pkg-config --cflags --libs virtprim) -o vfio_broker
 *   ./vfio_broker container 0000:02:00.0 0000:02:00.1       # or: iommufd
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>
#include <virtprim/user_vfio.h>

/* What goes with the files: of a container, of the device, and of its group. */
struct offer {
	uint32_t kind, ioas_id, group;
	int files[3];
};

static struct vprim_user_vfio_space space;
static struct vprim_user_vfio_device device, other;
static struct vprim_user_fault fault;

static void need(bool done, int status, const char *why)
{
	char text[320];

	if (done)
		return;
	vprim_user_fault_text(&fault, text, sizeof(text));
	printf("vfio_broker: %s%s\n", status == 77 ? "not on this machine: " : "",
	       why ? why : text);
	exit(status);
}

/* One message either way: the offer, and its files beside it. */
static ssize_t pass(int socket, struct offer *offer, bool send)
{
	size_t files = (offer->kind ? 3 : 2) * sizeof(int);
	_Alignas(struct cmsghdr) char beside[CMSG_SPACE(3 * sizeof(int))] = { 0 };
	struct iovec data = { offer, sizeof(*offer) };
	struct msghdr message = { .msg_iov = &data, .msg_iovlen = 1,
		.msg_control = beside, .msg_controllen = CMSG_SPACE(files) };
	struct cmsghdr *head = CMSG_FIRSTHDR(&message);
	ssize_t n;

	if (send) {
		*head = (struct cmsghdr){ .cmsg_len = CMSG_LEN(files),
			.cmsg_level = SOL_SOCKET, .cmsg_type = SCM_RIGHTS };
		memcpy(CMSG_DATA(head), offer->files, files);
		return sendmsg(socket, &message, 0);
	}
	message.msg_controllen = sizeof(beside);
	n = recvmsg(socket, &message, MSG_CMSG_CLOEXEC);
	if (n > 0 && head->cmsg_len >= CMSG_LEN(files))
		memcpy(offer->files, CMSG_DATA(head), files);
	return n;
}

static void broker(int socket, struct offer *offer, const char *name)
{
	char path[128], link[128] = "";

	need(!vprim_user_vfio_space_open(&space, NULL, offer->kind, &fault) &&
	     !vprim_user_vfio_device_open(&device, &space, name, &fault), 77, NULL);
	snprintf(path, sizeof(path), "/sys/bus/pci/devices/%s/iommu_group", name);
	need(readlink(path, link, sizeof(link) - 1) > 0, 77, "no PCI device");
	offer->group = (uint32_t)strtoul(strrchr(link, '/') + 1, NULL, 10);
	offer->ioas_id = space.ioas_id;
	memcpy(offer->files, (int[]){ space.fd, device.fd, device.group_fd },
	       sizeof(offer->files));
	need(pass(socket, offer, true) > 0, 1, "the socket is broken");
	exit(0);
}

static void take_over(struct offer *offer)
{
	need(!vprim_user_vfio_space_take(&space, NULL, offer->files[0], offer->kind,
					 offer->ioas_id, &fault) &&
	     (!offer->kind ||
	      !vprim_user_vfio_group_take(&space, offer->files[2], offer->group, &fault)) &&
	     !vprim_user_vfio_device_take(&device, &space, offer->files[1], &fault),
	     1, NULL);
	printf("taken over: %u device\n", space.devices);
}

/* An interrupt that is raised by hand arrives in the eventfd that was set for it. */
static void interrupt(void)
{
	const struct vprim_user_vfio_irqs first = { 2, 0, 1 }, off = { 2, 0, 0 };
	struct vprim_user_vfio_irq irq;
	int event = eventfd(0, EFD_CLOEXEC);
	uint64_t came = 0;

	need(!vprim_user_vfio_irq_info(&device, first.index, &irq, &fault), 1, NULL);
	need(irq.count, 77, "a device with MSI-X is needed");
	need(!vprim_user_vfio_irq_set(&device, &first, VPRIM_USER_VFIO_IRQ_TRIGGER,
				      &event, &fault) &&
	     !vprim_user_vfio_irq_set(&device, &first, VPRIM_USER_VFIO_IRQ_TRIGGER,
				      NULL, &fault), 1, NULL);
	need(read(event, &came, sizeof(came)) == sizeof(came), 1, "no interrupt");
	printf("MSI-X 0 of %u came %" PRIu64 " time\n", irq.count, came);
	need(!vprim_user_vfio_irq_set(&device, &off, VPRIM_USER_VFIO_IRQ_TRIGGER, NULL,
				      &fault), 1, NULL);
	close(event);
}

/* All that is on the bus must be this program's; both devices are. */
static void reset_bus(const char *sibling)
{
	struct vprim_user_vfio_dependent on_bus[8];
	uint32_t flags;
	size_t n;

	need(!vprim_user_vfio_device_open(&other, &space, sibling, &fault), 1, NULL);
	printf("and %s: %u devices, one group\n", sibling, space.devices);
	need(!vprim_user_vfio_hot_reset_info(&device, on_bus, 8, &n, &flags, &fault) &&
	     !vprim_user_vfio_hot_reset(&device, &fault), 1, NULL);
	printf("reset of the bus with its %zu devices: done\n", n);
}

int main(int argc, char **argv)
{
	const char *name = argc > 2 ? argv[2] : "0000:02:00.0";
	bool iommufd = argc > 1 && !strcmp(argv[1], "iommufd");
	struct offer offer = { .kind = iommufd ? 0 : VPRIM_TYPE1_V2 };
	int ends[2], status = 0;

	need(!socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends), 77, "no sockets");
	if (!fork())
		broker(ends[1], &offer, name);
	close(ends[1]);
	if (pass(ends[0], &offer, false) <= 0) {
		wait(&status);
		return WEXITSTATUS(status);
	}
	wait(NULL);
	take_over(&offer);
	interrupt();
	reset_bus(argc > 3 ? argv[3] : "0000:02:00.1");
	vprim_user_vfio_device_close(&other);
	vprim_user_vfio_device_close(&device);
	vprim_user_vfio_space_close(&space);
}
