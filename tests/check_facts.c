// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * What texts say about mappings: each form in which people have it, a row; what
 * is damaged, and what says nothing.
 */
#include "testlib.h"

#include "../examples/virtprim/facts/facts.h"

#include <errno.h>
#include <string.h>

/* -- facts as text --------------------------------------------------------- */

static const char *layer_name(enum fact_layer layer)
{
	static const char *const names[LAYER_NR] = {
		"none", "guest", "listener", "vfio", "iommufd", "vdpa",
		"server", "iommu",
	};

	return names[layer];
}

static const char *result_name(int result)
{
	return result == FACT_FAILED ? "failed" : fact_errno_text(result);
}

static size_t request(const struct fact *f, const char *what, char *to, size_t n)
{
	size_t at = (size_t)snprintf(to, n, "%s %s %" PRIx64 "..%" PRIx64, what,
				     layer_name(f->layer), f->range.start,
				     f->range.last);

	if (f->target)
		at += (size_t)snprintf(to + at, n - at, " to %" PRIx64, f->target);
	if (f->prot != 3)
		at += (size_t)snprintf(to + at, n - at, " prot %u", f->prot);
	if (f->malformed)
		at += (size_t)snprintf(to + at, n - at, " malformed %s",
				       fact_errno_text(f->malformed));
	if (f->result)
		at += (size_t)snprintf(to + at, n - at, " %s",
				       result_name(f->result));
	return at;
}

/* One fact and a semicolon. */
static size_t show(const struct fact *f, char *to, size_t n)
{
	size_t at;

	switch (f->kind) {
	case FACT_MAP:
		at = request(f, "map", to, n);
		break;
	case FACT_UNMAP:
		at = request(f, "unmap", to, n);
		break;
	case FACT_VIEW:
		at = (size_t)snprintf(to, n, "view '%s'", f->name);
		break;
	case FACT_SPACE:
		at = (size_t)snprintf(to, n, "space '%s'", f->name);
		break;
	case FACT_REGION:
		at = (size_t)snprintf(to, n, "region '%s' %" PRIx64 "..%" PRIx64
				      " at %" PRIx64 " prot %u", f->name,
				      f->range.start, f->range.last, f->target,
				      f->prot);
		break;
	case FACT_RESERVED:
		at = (size_t)snprintf(to, n, "%s %" PRIx64 "..%" PRIx64,
				      fact_reserved_text(f->reserved),
				      f->range.start, f->range.last);
		break;
	case FACT_WIDTH:
		at = (size_t)snprintf(to, n, "width %" PRIu64 " of %s", f->count,
				      f->text);
		break;
	case FACT_FAULT:
		at = (size_t)snprintf(to, n, "fault %s %" PRIx64 " prot %u",
				      f->name, f->range.start, f->prot);
		break;
	case FACT_ALLOWED:
		at = (size_t)snprintf(to, n, "allowed %" PRIx64 "..%" PRIx64,
				      f->range.start, f->range.last);
		break;
	case FACT_ERROR:
		at = (size_t)snprintf(to, n, "error %s %s", layer_name(f->layer),
				      f->result ? result_name(f->result) : "?");
		if (f->cause)
			at += (size_t)snprintf(to + at, n - at, " cause %d",
					       (int)f->cause);
		break;
	case FACT_MEMBER:
		at = (size_t)snprintf(to, n, "member %s of %" PRIu64, f->name,
				      f->count);
		break;
	case FACT_DRIVER:
		at = (size_t)snprintf(to, n, "driver %s %s", f->name, f->text);
		break;
	case FACT_LOST:
		at = (size_t)snprintf(to, n, "lost %" PRIu64, f->count);
		break;
	case FACT_HEAD:
		at = (size_t)snprintf(to, n, "head");
		break;
	case FACT_UNDECODED:
		at = (size_t)snprintf(to, n, "undecoded %s", layer_name(f->layer));
		break;
	case FACT_HINT:
		at = (size_t)snprintf(to, n, "hint: %s", f->text);
		break;
	case FACT_DAMAGED:
		at = (size_t)snprintf(to, n, "damaged in %" PRIu64 ": %s",
				      f->line, f->text);
		break;
	default:
		at = (size_t)snprintf(to, n, "?");
	}
	return at + (size_t)snprintf(to + at, n - at, "; ");
}

/* All facts of a text; the number of lines that said nothing behind them. */
static void all_facts(const char *text, size_t len, char *to, size_t n)
{
	struct input *in = input_memory(text, len);
	struct facts *f = facts_new(in);
	struct facts_passed passed;
	struct fact fact;
	size_t at = 0;

	ck_assert_ptr_nonnull(in);
	ck_assert_ptr_nonnull(f);
	*to = '\0';
	while (facts_next(f, &fact) > 0 && at + 400 < n)
		at += show(&fact, to + at, n - at);
	passed = facts_passed(f);
	if (passed.lines)
		snprintf(to + at, n - at, "passed %" PRIu64 " from %" PRIu64,
			 passed.lines, passed.first);
	facts_free(f);
	input_close(in);
}

/* -- forms ----------------------------------------------------------------- */

#define EV " dd-1 [000] ..... 1.0: "

static const struct row {
	const char *name, *text, *facts;
} rows[] = {
	{ "nothing", "", "" },
	{ "some text", "hello\n\nworld\n", "passed 2 from 1" },

	/* traces of Linux */
	{ "ftrace", "# tracer: nop\n#\n"
	  EV "map: IOMMU: iova=0x1000 - 0x2000 paddr=0x8000 size=4096\n"
	  EV "unmap: IOMMU: iova=0x1000 - 0x2000 size=4096 unmapped_size=4096\n",
	  "head; map iommu 1000..1fff to 8000; unmap iommu 1000..1fff; "
	  "passed 1 from 2" },
	{ "before 5.17", EV "map: IOMMU: iova=0x1000 paddr=0x8000 size=4096\n",
	  "map iommu 1000..1fff to 8000; " },
	{ "a vendor's, with the device",
	  " kworker/u16:3-331 [004] .... 10.1: map: IOMMU: dev=1d84000.ufshc iova=0x0000000fffa88000 paddr=0x00000001063db000 size=4096\n",
	  "map iommu fffa88000..fffa88fff to 1063db000; " },
	{ "trace-cmd, padded", " dd-1 [000] 1.0: unmap:                IOMMU: "
	  "iova=0x1000 - 0x2000 size=4096 unmapped_size=4096 \r\n",
	  "unmap iommu 1000..1fff; " },
	{ "trace-cmd report -R", " dd-1 [000] 1.0: map:                   iova=4096 paddr=32768 size=4096\n"
	  " dd-1 [000] 1.0: unmap:                 iova=0x1000 size=4096 unmapped_size=4096\n",
	  "map iommu 1000..1fff to 8000; unmap iommu 1000..1fff; " },
	{ "perf script", " dd 1 [000] 1.0: iommu:map: IOMMU: iova=0x1000 - 0x2000 paddr=0x8000 size=4096\n",
	  "map iommu 1000..1fff to 8000; " },
	{ "perf trace", "   438.308 ( 0.003 ms): qemu-kvm/4575 iommu:map(iova: 0, paddr: 4580147200, size: 8192)\n"
	  "   438.309 ( 0.003 ms): qemu-kvm/4575 iommu:unmap(iova: 0, size: 8192, unmapped_size: 8192)\n",
	  "map iommu 0..1fff to 110ff8000; unmap iommu 0..1fff; " },
	{ "the top of the space", EV "map: IOMMU: iova=0xfffffffffffff000 - 0x0000000000000000 paddr=0x8000 size=4096\n",
	  "map iommu fffffffffffff000..ffffffffffffffff to 8000; " },
	{ "over the top", EV "map: IOMMU: iova=0xfffffffffffff000 - 0x0000000000001000 paddr=0x8000 size=8192\n",
	  "map iommu fffffffffffff000..2000 to 8000 malformed EOVERFLOW; " },
	{ "no bytes", EV "map: IOMMU: iova=0x1000 - 0x1000 paddr=0x8000 size=0\n",
	  "map iommu 1000..0 to 8000 malformed EINVAL; " },
	{ "lost events", "CPU:1 [LOST 12 EVENTS]\nCPU:0 [LOST EVENTS]\n"
	  "# entries-in-buffer/entries-written: 5/9   #P:2\n"
	  "LOST 7 events!\n",
	  "lost 12; lost 0; lost 4; lost 7; " },
	{ "lost events of bpftrace", "Lost 3 events\nLost my keys\n",
	  "lost 3; passed 1 from 2" },
	{ "no lost events", "# entries-in-buffer/entries-written: 9/9   #P:2\n",
	  "head; " },
	{ "other events", "# tracer: nop\n" EV "sched_switch: prev_comm=dd\n"
	  EV "attach_device_to_domain: IOMMU: device=0000:00:05.0\n"
	  EV "remap: IOMMU: iova=0x1 - 0x2 junk\n", "head; passed 3 from 2" },

	/* logs of Linux */
	{ "debug lines",
	  "[  236.898865] iommu: map: iova 0xfcbbf000 pa 0x00000008b2f33000 size 0x1000\n"
	  "[  236.898866] iommu: mapping: iova 0xfcbbf000 pa 0x00000008b2f33000 pgsize 0x1000 count 1\n"
	  "[  237.463349] iommu: unmap this: iova 0xfcbbf000 size 0x1000\n"
	  "[  237.463359] iommu: unmapped: iova 0xfcbbf000 size 0x1000\n"
	  "[  237.463360] iommu: unaligned: iova 0x1001 pa 0x0 size 0x1000 min_pagesz 0x1000\n",
	  "map iommu fcbbf000..fcbbffff to 8b2f33000; "
	  "unmap iommu fcbbf000..fcbbffff; map iommu 1001..2000 EINVAL; " },
	{ "refusals of the kernel",
	  "vfio-pci 0000:00:1f.3: Firmware has requested this device have a 1:1 IOMMU mapping, rejecting configuring the device without a 1:1 mapping. Contact your platform vendor.\n"
	  "DMAR: 0000:03:00.0: Device is ineligible for IOMMU domain attach due to platform RMRR requirement.  Contact your platform vendor.\n",
	  "error vfio EINVAL cause 1; error vfio EPERM cause 1; " },

	{ "DPDK's table of a guest's memory",
	  "VHOST_CONFIG: (/tmp/s0) guest memory region size: 0xc0000000\n"
	  "VHOST_CONFIG: (/tmp/s0) \t guest physical addr: 0x0\n"
	  "VHOST_CONFIG: (/tmp/s0) \t guest virtual  addr: 0x7f0000000000\n"
	  "VHOST_CONFIG: (/tmp/s0) \t host  virtual  addr: 0x7f1000000000\n"
	  "VHOST_CONFIG: (/tmp/s0) \t mmap addr : 0x7f1000000000\n"
	  "VHOST_CONFIG: guest memory region size: 0x1000\n"
	  "\t guest physical addr: 0x100000000\n"
	  "VHOST_CONFIG: guest memory region size: 0x1000\n",
	  "map server 0..bfffffff to 7f1000000000; "
	  "map server 100000000..100000fff; passed 2 from 5" },
	{ "a limit of memory", "[ 1.0] vfio_pin_pages_remote: RLIMIT_MEMLOCK (65536) exceeded\n",
	  "error vfio ENOMEM; " },

	/* the IOMMU: its width, and what it stopped */
	{ "VT-d's width", "[    0.012345] DMAR: Host address width 39\n"
	  "[    0.012349] DMAR: dmar0: reg_base_addr fed90000 ver 1:0 cap 1c0000c40660462 ecap 19e2ff0505e\n"
	  "/sys/class/iommu/dmar1/intel-iommu/cap:d2008c40660462\n"
	  "/sys/class/iommu/dmar2/intel-iommu/cap:8d2078c106f0466\n",
	  "width 39 of this machine; width 39 of this IOMMU; "
	  "width 39 of this IOMMU; width 48 of this IOMMU; " },
	{ "QEMU compares widths", "qemu-system-x86_64: -device vfio-pci,host=01:00.0: vfio 0000:01:00.0: aw-bits 48 > host aw-bits 39\n",
	  "width 39 of this IOMMU; " },
	{ "no width", "DMAR: Host address width 65\nDMAR: Host address width x\n"
	  "/sys/class/iommu/dmar0/intel-iommu/cap:0\n", "passed 3 from 1" },
	{ "VT-d faults", "DMAR: [DMA Write NO_PASID] Request device [01:00.0] fault addr 0xec000000 [fault reason 0x05] PTE Write access is not set\n"
	  "DMAR:[DMA Read] Request device [00:02.0] fault addr 9f800000 \n"
	  "DMAR: Request device [000000000000000:00.0] fault addr 1\n",
	  "fault 01:00.0 ec000000 prot 2; fault 00:02.0 9f800000 prot 1; "
	  "passed 1 from 3" },
	{ "AMD faults", "vfio-pci 0000:0b:00.0: AMD-Vi: Event logged [IO_PAGE_FAULT domain=0x0014 address=0xfdf8000000 flags=0x0020]\n"
	  "AMD-Vi: Event logged [IO_PAGE_FAULT device=0a:00.0 domain=0x0000 address=0xd0f00000 flags=0x0000]\n"
	  "AMD-Vi: Event logged [IO_PAGE_FAULT domain=0x0014]\n",
	  "fault 0000:0b:00.0 fdf8000000 prot 2; fault 0a:00.0 d0f00000 prot 1; "
	  "passed 1 from 3" },

	/* what people print themselves */
	{ "bpftrace", "Attaching 2 probes...\n"
	  "map iova=0xfcbbf000 paddr=0x8b2f33000 size=4096\n"
	  "unmap iova=0xfcbbf000 size=4096\n",
	  "map iommu fcbbf000..fcbbffff to 8b2f33000; "
	  "unmap iommu fcbbf000..fcbbffff; passed 1 from 1" },
	{ "in another order",
	  "12:00:01 vfio_iommu_map pid=12, size=0x2000, vaddr=0x7f0000000000, iova=0x1000\n"
	  "12:00:02 UNMAP len=8192 iova=0x1000\n",
	  "map vfio 1000..2fff to 7f0000000000; unmap vfio 1000..2fff; " },
	{ "with a colon, in another order",
	  "map: iova=0x1000 size=4096 paddr=0x8000\nunmap: iova=0x1000 len=4096\n",
	  "map iommu 1000..1fff to 8000; unmap iommu 1000..1fff; " },
	{ "neither", "dirty_bitmap iova=0x0 size=0x1000\niova=0x0 size=0x1000\n"
	  "map iova=0x0\n", "passed 3 from 1" },

	/* strace */
	{ "strace, VFIO",
	  "ioctl(15, VFIO_IOMMU_MAP_DMA, 0x7ffd6b1b7a40) = 0\n"
	  "[pid  12] ioctl(15, VFIO_IOMMU_MAP_DMA, {argsz=32, flags=VFIO_DMA_MAP_FLAG_READ|VFIO_DMA_MAP_FLAG_WRITE, vaddr=0x7f83f2000000, iova=0, size=0xa0000}) = 0\n"
	  "12 10:00:00.1 ioctl(15, VFIO_IOMMU_MAP_DMA, {argsz=32, flags=VFIO_DMA_MAP_FLAG_READ, vaddr=0x7f83f2000000, iova=0xc0000, size=4096}) = -1 EEXIST (File exists)\n"
	  "ioctl(15, VFIO_IOMMU_UNMAP_DMA, {argsz=24, flags=0, iova=0, size=0xa0000} => {size=0xa0000}) = 0 <0.0001>\n"
	  "ioctl(15, VFIO_IOMMU_UNMAP_DMA, {argsz=24, flags=VFIO_DMA_UNMAP_FLAG_ALL, iova=0, size=0}) = 0\n"
	  "ioctl(15, VFIO_IOMMU_UNMAP_DMA, {argsz=24, flags=VFIO_DMA_UNMAP_FLAG_VADDR, iova=0, size=4096}) = 0\n",
	  "undecoded vfio; map vfio 0..9ffff to 7f83f2000000; "
	  "map vfio c0000..c0fff to 7f83f2000000 prot 1 EEXIST; "
	  "unmap vfio 0..9ffff; unmap vfio 0..ffffffffffffffff; " },
	{ "strace, iommufd",
	  "ioctl(22, IOMMU_IOAS_MAP, {size=40, flags=IOMMU_IOAS_MAP_FIXED_IOVA|IOMMU_IOAS_MAP_WRITEABLE|IOMMU_IOAS_MAP_READABLE, ioas_id=1, user_va=0x7f0000000000, length=0x2000, iova=0x1000}) = 0\n"
	  "ioctl(22, IOMMU_IOAS_MAP, {size=40, flags=0x6, ioas_id=1, user_va=0x7f0000000000, length=0x2000, iova=0} => {iova=0x8000}) = 0\n"
	  "ioctl(22, IOMMU_IOAS_UNMAP, {size=24, ioas_id=1, iova=0x1000, length=8192}) = -1 ENOENT (No such file or directory)\n"
	  "ioctl(22, _IOC(_IOC_NONE, 0x3b, 0x85, 0), 0x7ffc) = 0\n",
	  "map iommufd 1000..2fff to 7f0000000000; map iommufd 8000..9fff to 7f0000000000; "
	  "unmap iommufd 1000..2fff ENOENT; undecoded iommufd; " },
	{ "strace, unfinished",
	  "[pid    12] ioctl(15, VFIO_IOMMU_MAP_DMA, {argsz=32, flags=0x3, vaddr=0x7f83f2000000, iova=0, size=0xa0000} <unfinished ...>\n"
	  "[pid    13] ioctl(15, VFIO_IOMMU_UNMAP_DMA, {argsz=24, flags=0, iova=0x1000, size=0x1000}) <unfinished ...>\n"
	  "[pid    14] <... ioctl resumed>) = 0\n"
	  "[pid    13] <... ioctl resumed>) = 0\n"
	  "[pid    12] <... ioctl resumed>) = -1 EEXIST (File exists)\n",
	  "unmap vfio 1000..1fff; map vfio 0..9ffff to 7f83f2000000 EEXIST; passed 1 from 3" },
	{ "allowed ranges",
	  "ioctl(22, IOMMU_IOAS_IOVA_RANGES, {size=32, ioas_id=1, num_iovas=2, allowed_iovas=[{start=0, last=0xfedfffff}, {start=0xfef00000, last=0x7fffffffffff}], out_iova_alignment=4096}) = 0\n",
	  "allowed 0..fedfffff; allowed fef00000..7fffffffffff; " },

	/* QEMU */
	{ "the listener of QEMU",
	  "vfio_listener_region_add_ram region_add [ram] 0x0 - 0x9ffff [0x7f83f2000000]\n"
	  "12@1620123925.311034:vfio_listener_region_add_ram region_add [ram] 0xc0000 - 0x7fffffff [0x7f83f20c0000]\n"
	  "vfio_listener_region_add_skip SKIPPING region_add 0xfee00000 - 0xfeefffff\n"
	  "vfio_listener_region_skip SKIPPING region_del 0xfee00000 - 0xfeefffff\n"
	  "vfio_listener_region_del region_del 0x0 - 0x9ffff\n"
	  "vfio_listener_region_add_ram 0.011 pid=12 iova_start=0x0 iova_end=0x9ffff vaddr=0x7f83f2000000\n"
	  "vfio_listener_region_del 0.011 pid=12 start=0x0 end=0x9ffff\n",
	  "map listener 0..9ffff to 7f83f2000000; map listener c0000..7fffffff to 7f83f20c0000; "
	  "unmap listener 0..9ffff; map listener 0..9ffff to 7f83f2000000; unmap listener 0..9ffff; " },
	{ "errors of QEMU",
	  "qemu-kvm: VFIO_UNMAP_DMA: -22\n"
	  "2021-05-04T10:25:25.311034Z qemu-kvm: vfio_dma_unmap(0x561f059948f0, 0xfef00000, 0xffffffff01100000) = -22 (Invalid argument)\n"
	  "qemu-system-x86_64: -device vfio-pci,host=1: Region pc.ram: vfio_container_dma_map(0x55a21b03a150, 0x380000001000, 0x3000, 0x7fce2c28b000) = -14 (Bad address)\n"
	  "qemu-kvm: warning: IOMMU_IOAS_MAP failed: Bad address, PCI BAR?\n"
	  "qemu-kvm: VFIO_MAP_DMA failed: Cannot allocate memory\n",
	  "error vfio EINVAL; unmap vfio fef00000..ffffffffffffffff EINVAL; "
	  "map vfio 380000001000..380000003fff to 7fce2c28b000 EFAULT; "
	  "error iommufd EFAULT; error vfio ENOMEM; " },
	{ "QEMU's iommufd",
	  ">>   iommufd_backend_map_dma  iommufd=10 ioas=2 iova=0x380000001000\n"
	  ">> size=0x3000 addr=0x7fce2c28b000 readonly=1 (-1)\n"
	  "iommufd_backend_unmap_dma  iommufd=10 ioas=2 iova=0x1000 size=0x3000 (0)\n"
	  "iommufd_backend_unmap_dma_non_exist  Unmap nonexistent mapping: iommufd=10 ioas=2 iova=0x1000 size=0x3000 (0)\n",
	  "map iommufd 380000001000..380000003fff to 7fce2c28b000 prot 1 failed; "
	  "unmap iommufd 1000..3fff; unmap iommufd 1000..3fff ENOENT; " },
	{ "QEMU's vdpa and virtio-iommu",
	  "vhost_vdpa_dma_map vdpa:0x55 fd: 12 msg_type: 2 asid: 0 iova: 0x1000 size: 0x3000 uaddr: 0x7f0000000000 perm: 0x1 type: 2\n"
	  "vhost_vdpa_dma_unmap vdpa:0x55 fd: 12 msg_type: 2 asid: 0 iova: 0x1000 size: 0x3000 type: 3\n"
	  "virtio_iommu_map domain=1 virt_start=0x1000 virt_end=0x1fff phys_start=0x8000 flags=3\n"
	  "virtio_iommu_unmap domain=1 virt_start=0x1000 virt_end=0x1fff\n"
	  "vfio_iommu_map_notify iommu MAP @ 0x1000 - 0x1fff\n"
	  "qemu_vfio_do_mapping s 0x1 host 0x2 <-> iova 0x10000 size 0x1000\n",
	  "map vdpa 1000..3fff to 7f0000000000 prot 1; unmap vdpa 1000..3fff; "
	  "map guest 1000..1fff to 8000; unmap guest 1000..1fff; "
	  "map listener 1000..1fff; map vfio 10000..10fff; " },

	/* vfio-user, SPDK, DPDK */
	{ "libvfio-user",
	  "[2021-05-04 10:25:25.311034] vfio_user.c:1476:vfio_user_log: *DEBUG*: /var/tmp: adding DMA region [0xc4000, 0xe0000) offset=0 prot=0x1 flags=0\n"
	  "gpio: adding DMA region [0, 0xc0000) offset=0 flags=0x3\n"
	  "ERROR: failed to add DMA region [0x10000, 0x80000011000) offset=0 flags=0x3: No space left on device\n"
	  "x: removing DMA region [0xc4000, 0xe0000) flags=0\n",
	  "map server c4000..dffff prot 1; map server 0..bffff; "
	  "map server 10000..80000010fff ENOSPC; unmap server c4000..dffff; " },
	{ "SPDK and DPDK",
	  "Add memory region: FD 5, VADDR 0x7f0000000000, IOVA 0x1000, Size 0x3000\n"
	  "Remove memory region: FD 5, VADDR 0x7f0000000000, IOVA 0x1000, Size 0x3000\n"
	  "ifcvf_vdpa: DMA map, region 0: HVA 0x7f0000000000, GPA 0x0, size 0xa0000.\n"
	  "EAL: Cannot set up DMA remapping, error 12 (Cannot allocate memory)\n"
	  "EAL:   cannot set up DMA remapping, error 14 (Bad address)\n"
	  "EAL: Memory segment is already mapped, skipping\n",
	  "map server 1000..3fff to 7f0000000000; unmap server 1000..3fff to 7f0000000000; "
	  "map vfio 0..9ffff to 7f0000000000; error vfio ENOMEM; error vfio EFAULT; error vfio EEXIST; " },

	/* views */
	{ "info mtree -f",
	  "FlatView #1\n AS \"memory\", root: system\n Root memory region: system\n"
	  "  0000000000000000-000000000009ffff (prio 0, ram): m0\n"
	  "  00000000000a0000-00000000000bffff (prio 1, i/o): vga\n"
	  "  00000000000c0000-00000000000fffff (prio -1, nv-rom): m0 @00000000000c0000\n",
	  "view '#1'; space 'memory'; region 'm0' 0..9ffff at 0 prot 3; "
	  "region 'vga' a0000..bffff at 0 prot 0; region 'm0' c0000..fffff at c0000 prot 1; " },
	{ "accelerators, owners, a dispatch table",
	  "FlatView #0\n"
	  "  0000000000000000-000000000009ffff (prio 0, ram): pc.ram KVM KVM\n"
	  "  00000000000a0000-000000007fffffff (prio 0, ram): pc.ram @00000000000a0000 kvm\n"
	  "  0000007030000000-000000703fffffff (prio 0, ramd): 0000:01:00.0 BAR 1 mmaps[0] owner:{dev path=/machine/peripheral/hostdev0} parent:{obj path=/machine/x/0000:01:00.0 BAR 1[0]} KVM\n"
	  "  Dispatch\n    Physical sections\n"
	  "      #0 @0000000000000000..ffffffffffffffff (noname) [unassigned]\n"
	  "    Nodes (9 bits per level, 6 levels) ptr=[3] skip=4\n      [0]\n"
	  "        0       skip=3  ptr=[3]\n"
	  "FlatView #1\n",
	  "view '#0'; region 'pc.ram' 0..9ffff at 0 prot 3; "
	  "region 'pc.ram' a0000..7fffffff at a0000 prot 3; "
	  "region '0000:01:00.0 BAR 1 mmaps[0]' 7030000000..703fffffff at 0 prot 3; view '#1'; " },
	{ "wrapped by a mailer",
	  "> FlatView #0\n>   00000000000e8000-00000000000effff (prio 0, ram): pc.ram\n"
	  ">  @00000000000e8000 kvm\n"
	  ">   00000000febc0000-00000000febc0fff (prio 0, ramd): 0000:00:1a.0 BAR 0\n"
	  ">  mmaps[0] kvm\n"
	  ">   00000000fec00000-00000000fec00fff (prio 0,\n> i/o): ioapic\n",
	  "view '#0'; region 'pc.ram' e8000..effff at e8000 prot 3; "
	  "region '0000:00:1a.0 BAR 0 mmaps[0]' febc0000..febc0fff at 0 prot 3; "
	  "region 'ioapic' fec00000..fec00fff at 0 prot 0; " },
	{ "of QEMU 2.9", "address-space (flat view): memory\n"
	  "  0000000000000000-0000000000000fff (prio 0, ram): m0\n",
	  "view 'memory'; space 'memory'; region 'm0' 0..fff at 0 prot 3; " },
	{ "a region without a name", "FlatView #0\n"
	  "  0000000000000000-0000000000000fff (prio 0, i/o): \n"
	  "  0000000000001000-0000000000001fff (prio 0, ram): m0\n",
	  "view '#0'; region '' 0..fff at 0 prot 0; region 'm0' 1000..1fff at 0 prot 3; " },
	{ "without its head", "0000000000000000-0000000000000fff (prio 0, ram): m0\n",
	  "view ''; region 'm0' 0..fff at 0 prot 3; " },
	{ "the tree", "address-space: memory\n"
	  "  0000000000000000-ffffffffffffffff (prio 0, i/o): system\n"
	  "    0000000000000000-000000000000ffff (prio 0, ram): alias lo @pc.ram 0000000000010000-000000000001ffff KVM\n"
	  "    0000000000000000-ffffffffffffffff (prio -1, i/o): pci\n"
	  "      000000000000f000-0000000000010fff (prio 1, rom): bios owner:{dev id=x} [disabled]\n"
	  "      000000000000f000-0000000000010fff (prio 0, rom): bios\n"
	  "    0000000000002000-0000000000002fff (prio 1, i/o): vga\n",
	  "view 'memory'; space 'memory'; region 'pc.ram' 0..1fff at 10000 prot 3; "
	  "region 'vga' 2000..2fff at 0 prot 0; "
	  "region 'pc.ram' 3000..ffff at 13000 prot 3; region 'bios' 10000..10fff at 1000 prot 1; " },
	{ "two spaces with one tree, and lines without a head",
	  "address-space: a\naddress-space: b\n"
	  "  0000000000000000-0000000000000fff (prio 0, ram): m\n\n"
	  "memory-region: pci\n  0000000000000000-0000000000000fff (prio 0, ram): other\n",
	  "view 'a'; space 'a'; space 'b'; region 'm' 0..fff at 0 prot 3; " },
	{ "a part of a tree",
	  "    0000000000000000-0000000000000fff (prio 0, ram): alias a @m 0000000000000000-0000000000000fff\n",
	  "view ''; region 'm' 0..fff at 0 prot 3; " },
	{ "a tree of QEMU 2.5", "address-space: memory\n"
	  "  0000000000000000-ffffffffffffffff (prio 0, RW): system\n",
	  "hint: this tree does not say what is RAM: 'info mtree -f' of QEMU 2.9 or later is needed; " },
	{ "vdpa's listener, zeros of perf trace, an unmap of part of a page",
	  "vhost_vdpa_listener_region_add vdpa: 0x5 iova 0x1000 llend 0x3000 vaddr: 0x7f00 read-only: 1\n"
	  "vhost_vdpa_listener_region_del vdpa: 0x5 iova 0x1000 llend 0x3000\n"
	  "iommu:map(paddr: 4096, size: 8192)\niommu:unmap(size: 8192, unmapped_size: 8192)\n"
	  "x/1 iommu:unmap:IOMMU: iova=0x1000 - 0x2000 size=4096 unmapped_size=4096)\n"
	  "unaligned: iova 0x1 size 0x1000 min_pagesz 0x1000\n"
	  "Unaligned: iova 0x1 pa 0x1000 size 0x1000 min_pagesz 0x1000\n",
	  "map listener 1000..2fff to 7f00 prot 1; unmap listener 1000..2fff; "
	  "map iommu 0..1fff to 1000; unmap iommu 0..1fff; unmap iommu 1000..1fff; "
	  "unmap iommu 1..1000 EINVAL; map iommu 1..1000 to 1000 EINVAL; " },
	{ "/proc/iomem", "00000000-00000fff : Reserved\n00001000-0009fbff : System RAM\n"
	  "  01000000-01ffffff : Kernel code\n100000000-23fffffff : System RAM\n",
	  "view ''; region 'Reserved' 0..fff at 0 prot 0; region 'System RAM' 1000..9fbff at 1000 prot 3; "
	  "region 'Kernel code' 1000000..1ffffff at 1000000 prot 0; "
	  "region 'System RAM' 100000000..23fffffff at 100000000 prot 3; " },
	{ "/proc/iomem for everyone", "00000000-00000000 : System RAM\n00000000-00000000 : System RAM\n",
	  "hint: all addresses are 0: the kernel shows them to root alone, so 'sudo cat /proc/iomem' is needed; " },
	{ "/proc/PID/maps",
	  "55d0c0a00000-55d0c0a21000 r--p 00000000 fd:01 1234       /usr/bin/x y\n"
	  "7f83f2000000-7f8472000000 rw-s 00000000 00:01 1024  /memfd:ram (deleted)\n"
	  "7ffc00000000-7ffc00021000 rw-p 00000000 00:00 0      [stack]\n"
	  "ffffffffff600000-ffffffffff601000 --xp 00000000 00:00 0 [vsyscall]\n",
	  "view ''; region '/usr/bin/x y' 55d0c0a00000..55d0c0a20fff at 55d0c0a00000 prot 1; "
	  "region '/memfd:ram (deleted)' 7f83f2000000..7f8471ffffff at 7f83f2000000 prot 3; "
	  "region '[stack]' 7ffc00000000..7ffc00020fff at 7ffc00000000 prot 3; "
	  "region '[vsyscall]' ffffffffff600000..ffffffffff600fff at ffffffffff600000 prot 0; " },

	{ "faults of a trace and of an SMMU, and an older region of vhost",
	  "x-1 [0] 1.3: io_page_fault: IOMMU:0000:01:00.0 0000:00:00.0 iova=0x0000000012345000 flags=0x0001\n"
	  "arm-smmu 5000000.iommu: Unhandled context fault: fsr=0x402, iova=0xffe00000, fsynr=0x1, cbfrsynra=0x1801, cb=2\n"
	  "VHOST_CONFIG: guest memory region 1, size: 0x1000\n\t guest physical addr: 0x2000\n"
	  "\t guest virtual  addr: 0x3000\n\t host  virtual  addr: 0x4000\n",
	  "fault 0000:01:00.0 12345000 prot 2; fault of stream 0x1801 ffe00000 prot 1; "
	  "map server 2000..2fff to 4000; " },

	/* groups */
	{ "groups and drivers",
	  "pci 0000:01:00.0: Adding to iommu group 12\n"
	  "iommu: Adding device 0000:01:00.1 to group 12\n"
	  "/sys/kernel/iommu_groups/13/devices/0000:02:00.0\n"
	  "IOMMU Group 14 03:00.0 Ethernet controller [0200]: x\n"
	  "IOMMU group 15\n\t04:00.0 Ethernet controller\n\n"
	  "ls /sys/kernel/iommu_groups/16/devices/\n0000:05:00.0  0000:05:00.1\n\n"
	  "05:00.0 VGA compatible controller: x\n\tKernel driver in use: nouveau\n"
	  "/sys/bus/pci/devices/0000:05:00.1/driver -> ../../bus/pci/drivers/snd\n",
	  "member 0000:01:00.0 of 12; member 0000:01:00.1 of 12; "
	  "member 0000:02:00.0 of 13; member 0000:03:00.0 of 14; "
	  "member 0000:04:00.0 of 15; member 0000:05:00.0 of 16; member 0000:05:00.1 of 16; "
	  "driver 0000:05:00.0 nouveau; driver 0000:05:00.1 snd; " },
	{ "devices that are refused",
	  "vfio 0000:01:00.0: group 1 is not viable\n"
	  "vfio: Failed to set iommu for container: Operation not permitted\n"
	  "vfio-pci 0000:01:00.0: Incorrect VF token provided for device\n"
	  "vfio-pci: probe of 0000:01:00.0 failed with error -22\n",
	  "error vfio ? cause 2; error vfio EPERM cause 5; error vfio EACCES cause 4; "
	  "error vfio EINVAL cause 7; " },

	/* reserved addresses */
	{ "reserved_regions", "0x0000000000000000 0x0000000000ffffff direct\n"
	  "0x00000000bdf6e000 0x00000000bdf84fff direct-relaxable\n"
	  "0x00000000fee00000 0x00000000feefffff msi\n"
	  "0x000000fd00000000 0x000000ffffffffff reserved\n",
	  "direct 0..ffffff; direct-relaxable bdf6e000..bdf84fff; "
	  "msi fee00000..feefffff; reserved fd00000000..ffffffffff; " },
	{ "reserved_regions by grep",
	  "/sys/kernel/iommu_groups/1/reserved_regions:0x00000000fee00000 0x00000000feefffff msi\n",
	  "msi fee00000..feefffff; " },
	{ "RMRR in dmesg", "[    0.1] DMAR: RMRR base: 0x000000bdf6e000 end: 0x000000bdf84fff\n",
	  "direct bdf6e000..bdf84fff; " },

	/* not ours */
	{ "perf.data", "PERFILE2h\n",
	  "hint: this is perf's own file: 'perf script -i FILE' makes text of it; " },
	{ "trace.dat", "\x17\x08" "Dtracing6\n",
	  "hint: this is trace-cmd's own file: 'trace-cmd report -i FILE' makes text of it; " },

	/* quoted and wrapped */
	{ "quoted-printable",
	  "qemu-kvm: vfio_dma_unmap(0x561f059948f0, 0xfef00000, 0xffffffff01100=\n"
	  "000) =3D -22 (Invalid argument)\n",
	  "unmap vfio fef00000..ffffffffffffffff EINVAL; " },
	{ "an error in two lines",
	  ">> qemu-system-x86_64: vfio_container_dma_map(0x55a21b03a150,\n"
	  ">> 0x380000001000, 0x3000, 0x7fce2c28b000) = -22 (Invalid argument)\n",
	  "map vfio 380000001000..380000003fff to 7fce2c28b000 EINVAL; " },

	/* damage */
	{ "ends that do not agree", EV "map: IOMMU: iova=0x1000 - 0x2001 paddr=0x8000 size=4096\n",
	  "damaged in 1: a damaged event: 0x1000 and 4096 bytes do not end before 0x2001; " },
	{ "a cut map", "x\n" EV "map: IOMMU: iova=0x1000 - 0x20",
	  "damaged in 2: a damaged map event; passed 1 from 1" },
	{ "a cut map, and one that is whole", EV "map: IOMMU: iova=0x1000 -\n"
	  EV "map: IOMMU: iova=0x1000 - 0x2000 paddr=0x8000 size=4096\n",
	  "damaged in 1: a damaged map event; map iommu 1000..1fff to 8000; " },
	{ "a cut unmap", EV "unmap: IOMMU: iova=0x1000 - 0x2000\n",
	  "damaged in 1: a damaged unmap event; " },
	{ "65 bits", EV "map: IOMMU: iova=0x10000000000000000 - 0x1000 paddr=0x0 size=4096\n",
	  "damaged in 1: a damaged map event; " },
	{ "text behind", EV "map: IOMMU: iova=0x1000 - 0x2000 paddr=0x8000 size=4096 x\n",
	  "damaged in 1: a damaged map event; " },
	{ "letters in a number", "map: IOMMU: iova=0x1000 - 0x2000 paddr=0x8000 size=4096x\n",
	  "damaged in 1: a damaged map event; " },
	{ "a cut error", "vfio_dma_map(0x7f86fdc7c480, 0xc0000, 0x7ff4\n",
	  "damaged in 1: a damaged map event; " },
	{ "a cut region", "adding DMA region [0xc4000, 0xe0000) off\n",
	  "damaged in 1: a damaged map event; " },
	{ "a region that ends where it begins", "x: adding DMA region [0x1000, 0x1000) offset=0 flags=0x3\n",
	  "map server 1000..0 malformed EINVAL; " },
	{ "a section upside down", "region_add [ram] 0x2000 - 0xfff [0x7f0000000000]\n",
	  "map listener 2000..fff to 7f0000000000 malformed EDOM; " },
	{ "a view upside down", "FlatView #0\n  0000000000001000-0000000000000fff (prio 0, ram): m0\n",
	  "view '#0'; damaged in 2: a damaged range of a memory view; " },
	{ "a view that was cut", "FlatView #0\n  0000000000000000-00000000\n",
	  "view '#0'; damaged in 2: a damaged range of a memory view; " },
	{ "a control byte", "a\033b\n# tracer: nop\na\033b\n",
	  "head; damaged in 3: byte 0x1b: this is no text; passed 1 from 1" },
};

START_TEST(each_form_is_read)
{
	static char facts[8192];
	const struct row *r = &rows[_i];

	all_facts(r->text, strlen(r->text), facts, sizeof(facts));
	ck_assert_msg(!strcmp(facts, r->facts), "%s: got\n%s\nnot\n%s", r->name,
		      facts, r->facts);
}
END_TEST

/* All forms in one text are what they are alone. */
START_TEST(forms_may_be_mixed)
{
	static char text[65536], facts[65536];
	size_t i, n = 0;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		n += (size_t)snprintf(text + n, sizeof(text) - n, "%s\n\n",
				      rows[i].text);
	all_facts(text, n, facts, sizeof(facts));
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		if ((strstr(rows[i].facts, "map ") ||
		     strstr(rows[i].facts, "region")) &&
		    !strstr(rows[i].facts, "passed") &&
		    !strstr(rows[i].facts, "view ''"))
			ck_assert_msg(strstr(facts, rows[i].facts) ||
				      strstr(rows[i].facts, "damaged in"),
				      "%s: lost", rows[i].name);
}
END_TEST

START_TEST(no_damage_does_harm)
{
	static char text[4096], facts[65536];
	struct test_rng rng = test_rng_seed(0xfac7);
	uint64_t steps = test_steps(40000), n;

	for (n = 0; n < steps; n++) {
		const struct row *r = &rows[test_rng_below(&rng,
			sizeof(rows) / sizeof(rows[0]))];
		size_t len = strlen(r->text);
		size_t times = (size_t)test_rng_below(&rng, 6);

		if (!len)
			continue;
		memcpy(text, r->text, len);
		while (times--)
			text[test_rng_below(&rng, len)] =
				test_rng_below(&rng, 3) ?
				(char)test_rng_next(&rng) :
				r->text[test_rng_below(&rng, len)];
		all_facts(text, (size_t)test_rng_below(&rng, len + 1), facts,
			  sizeof(facts));
	}
}
END_TEST

int main(void)
{
	TCase *tc = tcase_create("facts");
	Suite *s = suite_create("facts");

	tcase_set_timeout(tc, 60);
	tcase_add_loop_test(tc, each_form_is_read, 0,
			    (int)(sizeof(rows) / sizeof(rows[0])));
	tcase_add_test(tc, forms_may_be_mixed);
	tcase_add_test(tc, no_damage_does_harm);
	suite_add_tcase(s, tc);
	return test_main(s);
}
