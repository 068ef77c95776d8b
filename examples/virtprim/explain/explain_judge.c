// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * From evidence to findings. Windows are made of what is reserved and of the
 * width; each request is put, in its order, to a container or an IOAS that has
 * them; and the reason that comes back says which rule refused and what was in the
 * way. What is here besides is advice, and what is missing to say more.
 */
#include "explain.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <virtprim/ioas.h>
#include <virtprim/iova_windows.h>
#include <virtprim/type1.h>
#include <virtprim/user.h>
#include <virtprim/user_fault.h>

/* The rules of one layer, and what it has been given so far. */
struct books {
	bool iommufd;
	struct vprim_type1 type1;
	struct vprim_ioas ioas;
	int backend;		/* what pinning comes to */
};

struct judge {
	const struct explain_evidence *e;
	struct explain_findings *found;
	struct vprim_range *windows;	/* what may be mapped */
	size_t nr_windows;
	bool restricted;		/* there is something to ask about */
	size_t failures;
	bool said_direct;	/* what a direct region means */
	struct books *books[LAYER_NR];
};

/* -- advice ---------------------------------------------------------------- */

enum {
	WHY_WIDTH = 1, WHY_MSI = 2, WHY_HOLE = 4, WHY_DIRECT = 8,
	WHY_OVERLAP = 16, WHY_LIMIT = 32, WHY_ALIGN = 64, WHY_LOCK = 128,
	WHY_ACCESS = 256, WHY_FAULT = 512, WHY_VIABLE = 1024,
	WHY_INTERRUPTS = 2048, WHY_TOKEN = 4096, WHY_IN_USE = 8192,
	WHY_GROUPLESS = 16384, WHY_DRIVER = 32768, WHY_RIGHTS = 65536,
	WHY_NOIOMMU = 131072,
};
enum { OF_RAM = 1, OF_BAR = 2, OF_UNKNOWN = 4, OF_ANY = 7 };

static const struct {
	unsigned int why, of;
	const char *text;
} advice[] = {
	{ WHY_WIDTH, OF_BAR | OF_UNKNOWN,
	  "give the guest no more address bits than the IOMMU has, so that its firmware puts BARs lower: QEMU -cpu host,host-phys-bits-limit=N" },
	{ WHY_WIDTH | WHY_HOLE | WHY_MSI, OF_BAR | OF_UNKNOWN,
	  "if it is a device's BAR, the guest works without: only transfers from one device to another need it" },
	{ WHY_WIDTH, OF_RAM | OF_UNKNOWN,
	  "guest RAM must end below 2^N: less RAM, or a smaller 64-bit hole below it" },
	{ WHY_HOLE, OF_RAM | OF_UNKNOWN,
	  "move guest RAM above the hole: QEMU does so from 7.1 on with machine types of 7.1 and later; the rule windows.split of `virtprim run` cuts a range around it" },
	{ WHY_HOLE | WHY_MSI, OF_BAR,
	  "have the guest's firmware place BARs elsewhere: a smaller -cpu host,host-phys-bits-limit=N, or OVMF's X-PciMmio64Mb" },
	{ WHY_MSI, OF_RAM | OF_UNKNOWN,
	  "leave these addresses out of guest memory: interrupts are written there" },
	{ WHY_DIRECT, OF_ANY,
	  "in the firmware's setup, turn off what keeps the memory: pre-boot DMA protection, USB legacy support, a server's management of this slot (HP: conrep, RMRDS)" },
	{ WHY_DIRECT, OF_ANY,
	  "put the device into another slot, or pass one through that no entry names" },
	{ WHY_DIRECT, OF_ANY,
	  "direct-relaxable regions do not stand in the way: with VT-d those of USB and graphics devices are" },
	{ WHY_DIRECT, OF_ANY,
	  "an unchanged kernel has no option for it; intel_iommu=relax_rmrr comes with some distributions, and lets firmware's writes hit guest memory" },
	{ WHY_OVERLAP, OF_ANY,
	  "unmap what is there first, or map the range once for all devices of the container" },
	{ WHY_LIMIT, OF_ANY,
	  "map fewer, larger ranges, or load vfio_iommu_type1 with dma_entry_limit=N" },
	{ WHY_ALIGN, OF_ANY,
	  "round to the IOMMU's pages; parts of a page cannot be mapped" },
	{ WHY_LOCK, OF_ANY,
	  "raise the limit of locked memory (ulimit -l, LimitMEMLOCK=, libvirt's <hard_limit>) to guest RAM and 1 GiB more; every container counts anew" },
	{ WHY_ACCESS, OF_ANY,
	  "the memory cannot be pinned: a BAR's mmap is none; with iommufd give its DMA-BUF to IOMMU_IOAS_MAP_FILE, or leave BARs out" },
	{ WHY_VIABLE, OF_ANY,
	  "bind every device of the group to vfio-pci or to no driver (driverctl, or vfio-pci.ids=): bridges may keep theirs" },
	{ WHY_VIABLE, OF_ANY,
	  "put the device into a slot with a group of its own: those of the processor rather than of the chipset" },
	{ WHY_INTERRUPTS, OF_ANY,
	  "turn interrupt remapping on: firmware's setup (VT-d, x2APIC), no intremap=off; in a guest -device intel-iommu,intremap=on" },
	{ WHY_INTERRUPTS, OF_ANY,
	  "where every guest is trusted: vfio_iommu_type1.allow_unsafe_interrupts=1 (iommufd: iommufd.allow_unsafe_interrupts=1)" },
	{ WHY_TOKEN, OF_ANY,
	  "give the virtual function the token that the opener of the physical function set: QEMU vf-token=UUID, or \"0000:01:10.0 vf_token=UUID\"" },
	{ WHY_TOKEN, OF_ANY,
	  "without a token: leave the physical function to its own driver, not to vfio-pci" },
	{ WHY_IN_USE, OF_ANY,
	  "find who has it (fuser -v /dev/vfio/*): one program has a group, and one container or iommufd a device" },
	{ WHY_RIGHTS, OF_ANY,
	  "give the user the device file of the group (udev rule, libvirt's cgroup_device_acl), or run as its owner" },
	{ WHY_DRIVER, OF_ANY,
	  "bind the device to vfio-pci first, and load vfio-pci; /dev/vfio/N is there only then" },
	{ WHY_GROUPLESS, OF_ANY,
	  "turn the IOMMU on: in firmware's setup, and intel_iommu=on where the kernel leaves it off" },
	{ WHY_NOIOMMU, OF_ANY,
	  "use a container of the no-IOMMU kind and physical addresses, or turn the IOMMU on" },
	{ WHY_FAULT, OF_ANY,
	  "the device used an address that nobody mapped for it, or no longer: look at the last unmap of it" },
};

static void advise(struct explain_finding *f, unsigned int why, unsigned int of)
{
	size_t i;

	for (i = 0; i < sizeof(advice) / sizeof(advice[0]); i++)
		if (advice[i].why & why && advice[i].of & of &&
		    f->nr_help < EXPLAIN_LINES)
			f->help[f->nr_help++] = advice[i].text;
}

static void miss(struct explain_finding *f, const char *command)
{
	if (f->nr_missing < EXPLAIN_LINES)
		f->missing[f->nr_missing++] = command;
}

#define MISS_RESERVED "grep . /sys/kernel/iommu_groups/*/reserved_regions"
#define MISS_WIDTH "grep . /sys/class/iommu/*/intel-iommu/cap"
#define MISS_MAPS "the requests before it: strace -f -e trace=ioctl of the VMM, or QEMU with -trace 'vfio_listener_*'"
#define MISS_GROUP "find /sys/kernel/iommu_groups/ -type l"
#define MISS_DRIVERS "lspci -nnk"
#define MISS_LOG "sudo dmesg | grep -iE 'vfio|iommu|DMAR|AMD-Vi'"
#define MISS_TABLES "sudo cat /sys/firmware/acpi/tables/DMAR (AMD: IVRS)"

/* -- findings -------------------------------------------------------------- */

static struct explain_finding *find(struct judge *j, enum explain_verdict verdict,
				    struct explain_where where)
{
	struct explain_finding *f = explain_add(&j->found->list);

	if (!f)
		return NULL;
	f->verdict = verdict;
	f->where = where;
	f->page = "explain";
	f->times = 1;
	j->failures++;
	return f;
}

/* The last finding goes when one before it says the same. */
static void merge(struct judge *j)
{
	const struct explain_finding *last =
		&j->found->list.at[j->found->list.nr - 1];
	size_t i;

	for (i = 0; i + 1 < j->found->list.nr; i++) {
		struct explain_finding *f = &j->found->list.at[i];

		if (f->verdict != last->verdict || f->result != last->result ||
		    f->range.start != last->range.start ||
		    f->range.last != last->range.last ||
		    strcmp(f->subject, last->subject) ||
		    strcmp(f->reason, last->reason))
			continue;
		f->times++;
		j->found->list.nr--;
		return;
	}
}

static void say_rule(struct explain_finding *f, const struct vprim_rules *rules,
		     const struct vprim_reason *why, const char *page)
{
	snprintf(f->rule, sizeof(f->rule), "%s.%s", rules->module,
		 vprim_reason_word(why));
	(void)vprim_reason_text(why, f->reason, sizeof(f->reason));
	f->page = page;
}

static struct explain_way *way(struct explain_finding *f, struct vprim_range range,
			       struct explain_where where)
{
	static struct explain_way none;
	struct explain_way *w = &none;

	if (f->nr_ways < EXPLAIN_WAYS)
		w = &f->ways[f->nr_ways++];
	*w = (struct explain_way){ .where = where, .has_range = true,
				   .range = range };
	return w;
}

static void taken_text(const struct explain_taken *t, char *to, size_t size)
{
	if (t->table[0])
		snprintf(to, size, "%s at 0x%" PRIx32 " of %s, for %s", t->what,
			 t->offset, t->table, t->devices[0] ? t->devices : "no device");
	else
		snprintf(to, size, "%s", t->firmware ? t->what :
			 fact_reserved_text(t->kind));
}

/* What the address is to a guest, by its view. */
static unsigned int kind_of(const struct judge *j, const struct vprim_range *r,
			    const char **name)
{
	size_t i;

	for (i = 0; i < j->e->regions.nr; i++) {
		const struct explain_region *g = &j->e->regions.at[i];

		if (!vprim_range_overlaps(&g->range, r))
			continue;
		*name = g->name;
		if (strstr(g->name, "BAR") || strstr(g->name, "mmaps"))
			return OF_BAR;
		return g->prot ? OF_RAM : OF_UNKNOWN;
	}
	*name = NULL;
	return OF_UNKNOWN;
}

/* -- windows --------------------------------------------------------------- */

static bool concerns(const struct explain_taken *t, struct explain_group group)
{
	return !t->group.known || !group.known ||
	       t->group.number == group.number;
}

/* The group that all failures are about. */
static struct explain_group failing(const struct judge *j)
{
	return j->e->groups ? (struct explain_group){ false, 0 } : j->e->group;
}

/* What users may not have. Firmware's own entries concern whole devices. */
static struct vprim_iova_windows_reserved *reserved(const struct judge *j, size_t *nr)
{
	struct vprim_iova_windows_reserved *list =
		calloc(j->e->taken.nr + 1, sizeof(*list));
	size_t i;

	*nr = 0;
	for (i = 0; list && i < j->e->taken.nr; i++) {
		static const enum vprim_iova_windows_type types[] = {
			[RESERVED_RESERVED] = VPRIM_IOVA_WINDOWS_RESERVED,
			[RESERVED_DIRECT] = VPRIM_IOVA_WINDOWS_DIRECT,
			[RESERVED_DIRECT_RELAXABLE] =
				VPRIM_IOVA_WINDOWS_DIRECT_RELAXABLE,
			[RESERVED_MSI] = VPRIM_IOVA_WINDOWS_MSI,
		};
		const struct explain_taken *t = &j->e->taken.at[i];

		if (!t->firmware && concerns(t, failing(j)))
			list[(*nr)++] = (struct vprim_iova_windows_reserved){
				t->range, types[t->kind] };
	}
	return list;
}

/* Several groups' lists may be in the text, in any order. */
static struct vprim_ranges allowed(const struct judge *j, struct vprim_range *list)
{
	size_t i, n = 0;

	for (i = 0; i < j->e->allowed.nr; i++)
		list[i] = j->e->allowed.at[i].range;
	vprim_iova_windows_sort(list, i);
	for (i = 0; i < j->e->allowed.nr; i++) {
		if (n && list[i].start <= list[n - 1].last) {
			if (list[i].last > list[n - 1].last)
				list[n - 1].last = list[i].last;
		} else {
			list[n++] = list[i];
		}
	}
	return (struct vprim_ranges){ list, n };
}

static int make_windows(struct judge *j)
{
	const bool width = j->e->width && !j->e->width_guessed;
	struct vprim_iova_windows_reserved *taken;
	struct vprim_iova_windows_iommu iommu = { .aperture = { 0, UINT64_MAX } };
	struct vprim_range_buf all, cut;
	struct vprim_reason why;
	size_t nr, capacity;
	struct vprim_range *space;
	int ret;

	j->restricted = width || j->e->reserved_known;
	if (width && vprim_iova_windows_width(j->e->width, &iommu.aperture))
		return -EINVAL;
	taken = reserved(j, &nr);
	capacity = nr + 1 + j->e->allowed.nr;
	space = calloc(capacity + nr + 1 + j->e->allowed.nr, sizeof(*space));
	if (!taken || !space) {
		free(taken);
		free(space);
		return -ENOMEM;
	}
	cut = (struct vprim_range_buf){ space, capacity, 0 };
	all = (struct vprim_range_buf){ space + capacity, nr + 1, 0 };
	iommu.reserved = taken;
	iommu.nr_reserved = nr;
	ret = vprim_iova_windows_build(&iommu, &all, &why);
	if (!ret)
		ret = vprim_iova_windows_intersect(
			vprim_range_buf_list(&all),
			allowed(j, space + capacity + nr + 1), &cut, &why);
	free(taken);
	j->windows = space;
	j->nr_windows = ret ? 0 : cut.count;
	/* All is taken: then these are several machines' lists. Say no more. */
	j->restricted &= !ret;
	return 0;
}

/* -- books ----------------------------------------------------------------- */

static int pin(void *ctx, const struct vprim_type1_mapping *m)
{
	const struct books *b = ctx;

	(void)m;
	return b->backend;
}

static int open_type1(struct judge *j, struct books *b)
{
	static const struct vprim_type1_ops ops = { .map = pin };
	struct vprim_type1_config config;

	vprim_type1_config_init(&config);
	config.alloc = vprim_user_alloc();
	config.ops = &ops;
	config.release = j->e->release;
	config.ops_ctx = b;
	if (vprim_type1_init(&b->type1, sizeof(b->type1), &config, NULL))
		return -EINVAL;
	return vprim_type1_set_windows(&b->type1, j->windows, j->nr_windows, NULL);
}

static int open_ioas(struct judge *j, struct books *b)
{
	struct vprim_ioas_config config;
	struct vprim_range gap = { 0, UINT64_MAX };
	size_t i;
	int ret;

	vprim_ioas_config_init(&config);
	config.alloc = vprim_user_alloc();
	config.release = j->e->release;
	ret = vprim_ioas_init(&b->ioas, sizeof(b->ioas), &config, NULL);
	for (i = 0; i < j->nr_windows && !ret; i++) {
		gap.last = j->windows[i].start - 1;
		if (j->windows[i].start > gap.start)
			ret = vprim_ioas_reserve(&b->ioas, &gap, 1, NULL);
		if (j->windows[i].last == UINT64_MAX)
			return ret;
		gap.start = j->windows[i].last + 1;
	}
	gap.last = UINT64_MAX;
	return ret || !j->nr_windows ? ret :
	       vprim_ioas_reserve(&b->ioas, &gap, 1, NULL);
}

static struct books *books_of(struct judge *j, enum fact_layer layer)
{
	struct books *b = j->books[layer];

	if (b)
		return b;
	b = calloc(1, sizeof(*b));
	if (!b)
		return NULL;
	j->books[layer] = b;
	b->iommufd = layer == LAYER_IOMMUFD;
	if (b->iommufd ? open_ioas(j, b) : open_type1(j, b)) {
		/* The object is whole or zero; it is retired with the others. */
		return NULL;
	}
	return b;
}

static void close_books(struct judge *j)
{
	size_t i;

	for (i = 0; i < LAYER_NR; i++) {
		if (!j->books[i])
			continue;
		if (j->books[i]->iommufd)
			vprim_ioas_fini(&j->books[i]->ioas);
		else
			vprim_type1_fini(&j->books[i]->type1);
		free(j->books[i]);
	}
	free(j->windows);
}

static uint64_t size_of(const struct explain_request *r)
{
	return r->malformed ? r->range.last : r->range.last - r->range.start + 1;
}

static int ask_ioas(struct books *b, const struct explain_request *r,
		    struct vprim_reason *why)
{
	const struct vprim_ioas_map_args args = {
		.flags = VPRIM_IOAS_FIXED_IOVA | VPRIM_IOAS_READABLE |
			 (r->prot & FACT_WRITE ? VPRIM_IOAS_WRITEABLE : 0),
		.uptr = r->target, .length_bytes = size_of(r),
		.iova = r->range.start, .kind = VPRIM_IOAS_USER,
	};

	return r->unmap ? vprim_ioas_unmap(&b->ioas, r->range.start, size_of(r),
					   NULL, why) :
			  vprim_ioas_map(&b->ioas, &args, NULL, why);
}

static int ask_type1(struct books *b, const struct explain_request *r,
		     struct vprim_reason *why)
{
	const bool all = r->unmap && !size_of(r) && !r->malformed;
	const struct vprim_type1_map_args map = {
		.argsz = VPRIM_TYPE1_MAP_ARGSZ,
		.flags = r->prot ? r->prot : VPRIM_TYPE1_MAP_READ,
		.vaddr = r->target, .iova = r->range.start,
		.size_bytes = size_of(r),
	};
	const struct vprim_type1_unmap_args unmap = {
		.argsz = VPRIM_TYPE1_UNMAP_ARGSZ,
		.flags = all ? VPRIM_TYPE1_UNMAP_ALL_MAPPINGS : 0,
		.iova = r->range.start, .size_bytes = size_of(r),
	};

	return r->unmap ? vprim_type1_unmap(&b->type1, &unmap, NULL, why) :
			  vprim_type1_map(&b->type1, &map, why);
}

static int ask(struct books *b, const struct explain_request *r,
	       struct vprim_reason *why)
{
	return b->iommufd ? ask_ioas(b, r, why) : ask_type1(b, r, why);
}

/* It was refused when the text was made: the books are to be without it. */
static void take_back(struct books *b, const struct explain_request *r)
{
	struct explain_request undo = *r;

	undo.unmap = true;
	if (!r->unmap)
		(void)ask(b, &undo, NULL);
}

/* -- what is in the way ---------------------------------------------------- */

static bool beyond_width(const struct judge *j, const struct vprim_range *r)
{
	return j->e->width && !j->e->width_guessed &&
	       vprim_iova_windows_fits(r, j->e->width, NULL);
}

static unsigned int reserved_ways(struct judge *j, struct explain_finding *f,
				  const struct vprim_range *r)
{
	unsigned int why = 0;
	size_t i;

	for (i = 0; i < j->e->taken.nr; i++) {
		const struct explain_taken *t = &j->e->taken.at[i];
		struct explain_way *w;

		if (t->firmware || t->kind == RESERVED_DIRECT_RELAXABLE ||
		    !concerns(t, failing(j)) ||
		    !vprim_range_overlaps(&t->range, r))
			continue;
		w = way(f, t->range, t->where);
		taken_text(t, w->what, sizeof(w->what));
		why |= t->kind == RESERVED_MSI ? WHY_MSI :
		       t->kind == RESERVED_DIRECT ? WHY_DIRECT : WHY_HOLE;
	}
	return why;
}

/* Ranges of the evidence that explain why H is none of the windows. */
static unsigned int window_ways(struct judge *j, struct explain_finding *f,
				const struct explain_request *r,
				const struct vprim_reason *why)
{
	unsigned int found = reserved_ways(j, f, &r->range);
	struct explain_way *w;

	if (beyond_width(j, &r->range)) {
		w = way(f, (struct vprim_range){
				UINT64_C(1) << j->e->width, UINT64_MAX },
			j->e->width_where);
		snprintf(w->what, sizeof(w->what),
			 "beyond the %u address bits of the IOMMU", j->e->width);
		found |= WHY_WIDTH;
	}
	if (!found && why->has_hit) {
		w = way(f, why->hit, j->e->allowed.nr ?
			j->e->allowed.at[0].where : r->where);
		snprintf(w->what, sizeof(w->what), "not among the allowed addresses");
		found = WHY_HOLE;
	}
	return found;
}

/* The request that mapped what was hit. */
static unsigned int overlap_way(struct judge *j, struct explain_finding *f,
				const struct explain_request *r,
				const struct vprim_range *hit)
{
	struct explain_where where = r->where;
	struct explain_way *w;
	size_t i;

	for (i = 0; &j->e->requests.at[i] < r && i < j->e->requests.nr; i++) {
		const struct explain_request *q = &j->e->requests.at[i];

		if (!q->unmap && !q->malformed && q->layer == r->layer &&
		    !q->result && vprim_range_overlaps(&q->range, hit))
			where = q->where;
	}
	w = way(f, *hit, where);
	snprintf(w->what, sizeof(w->what), "mapped already");
	return WHY_OVERLAP;
}

static unsigned int ways(struct judge *j, struct explain_finding *f,
			 const struct explain_request *r,
			 const struct vprim_reason *why)
{
	switch (vprim_reason_id(why)) {
	case VPRIM_TYPE1_RULE_WINDOW:
	case VPRIM_IOAS_RULE_RESERVED:
		return window_ways(j, f, r, why);
	case VPRIM_TYPE1_RULE_OVERLAP:
	case VPRIM_IOAS_RULE_OVERLAP:
	case VPRIM_TYPE1_RULE_BISECT:
		return overlap_way(j, f, r, &why->hit);
	case VPRIM_TYPE1_RULE_LIMIT:
		return WHY_LIMIT;
	case VPRIM_TYPE1_RULE_ALIGN:
	case VPRIM_IOAS_RULE_IOVA_ALIGN:
	case VPRIM_IOAS_RULE_LENGTH_ALIGN:
		return WHY_ALIGN;
	case VPRIM_TYPE1_RULE_BACKEND:
		return r->result == -ENOMEM ? WHY_LOCK :
		       r->result == -EFAULT ? WHY_ACCESS : 0;
	default:
		return 0;
	}
}

/* -- requests -------------------------------------------------------------- */

static void subject(const struct judge *j, struct explain_finding *f,
		    const struct explain_request *r)
{
	const char *name = NULL;

	f->result = r->result;
	f->has_range = !r->malformed;
	if (f->has_range) {
		f->range = r->range;
		(void)kind_of(j, &r->range, &name);
	}
	snprintf(f->subject, sizeof(f->subject), "%s%s%s",
		 r->unmap ? "unmap" : "map", name ? " of " : "", name ? name : "");
}

static int refused(struct judge *j, const struct explain_request *r, bool iommufd,
		   const struct vprim_reason *why)
{
	struct explain_finding *f = find(j, r->viewed ? EXPLAIN_WOULD :
					 EXPLAIN_REFUSED, r->where);
	const char *name;

	if (!f)
		return -ENOMEM;
	subject(j, f, r);
	say_rule(f, iommufd ? &vprim_ioas_rules : &vprim_type1_rules, why,
		 iommufd ? "ioas" : "type1");
	advise(f, ways(j, f, r, why), kind_of(j, &r->range, &name));
	merge(j);
	return 0;
}

/* The machine's width is a hint where the IOMMU's own is missing. */
static bool too_wide(struct judge *j, struct explain_finding *f,
		     const struct explain_request *r)
{
	const unsigned int bits = j->e->width ? j->e->width : 39;
	struct vprim_reason why;
	struct explain_way *w;
	const char *name;

	if (vprim_iova_windows_fits(&r->range, bits, &why) != -ERANGE)
		return false;
	say_rule(f, &vprim_iova_windows_rules, &why, "iova_windows");
	if (!j->e->width) {
		f->rule[0] = '\0';	/* it is not known to have refused */
		return false;
	}
	f->verdict = EXPLAIN_REFUSED;
	w = way(f, (struct vprim_range){ UINT64_C(1) << bits, UINT64_MAX },
		j->e->width_where);
	snprintf(w->what, sizeof(w->what),
		 "beyond the %u address bits of the machine, and so likely of the IOMMU",
		 bits);
	advise(f, WHY_WIDTH, kind_of(j, &r->range, &name));
	return true;
}

static void miss_for(struct judge *j, struct explain_finding *f,
		     const struct explain_request *r)
{
	if (r->result == -EEXIST || r->result == -ENOENT ||
	    r->result == -ENOSPC || r->unmap) {
		miss(f, MISS_MAPS);
		return;
	}
	if (!j->e->reserved_known)
		miss(f, MISS_RESERVED);
	if ((!j->e->width || j->e->width_guessed) && !j->e->amd)
		miss(f, MISS_WIDTH);
	if (f->nr_missing)
		return;
	if (!f->reason[0])
		snprintf(f->reason, sizeof(f->reason),
			 "no rule about addresses refuses this; a container of which no device has set the IOMMU answers EINVAL to every map");
	miss(f, MISS_MAPS);
}

static int unknown(struct judge *j, const struct explain_request *r)
{
	struct explain_finding *f = find(j, EXPLAIN_UNKNOWN, r->where);

	if (!f)
		return -ENOMEM;
	subject(j, f, r);
	if (r->malformed || r->unmap || r->result == -EEXIST ||
	    !too_wide(j, f, r))
		miss_for(j, f, r);
	if (r->result == -ENOSPC)
		advise(f, WHY_LIMIT, OF_ANY);
	merge(j);
	return 0;
}

/* Errors that no address brings come from pinning, behind all rules. */
static bool of_backend(int result)
{
	return result == -ENOMEM || result == -EFAULT || result == -EBUSY ||
	       result == -EPERM || result == -EACCES;
}

static int judge_request(struct judge *j, const struct explain_request *r)
{
	struct books *b;
	struct vprim_reason why;
	int ret;

	if (r->malformed == -EDOM)
		return 0;
	b = books_of(j, r->layer);
	if (!b)
		return -ENOMEM;
	ret = ask(b, r, &why);
	if (!r->result)
		return 0;
	if (!ret && of_backend(r->result) && !r->unmap && !b->iommufd) {
		take_back(b, r);
		b->backend = r->result;
		ret = ask(b, r, &why);
		b->backend = 0;
	}
	if (ret && (ret == r->result || r->result == FACT_FAILED))
		return refused(j, r, b->iommufd, &why);
	if (!ret)
		take_back(b, r);
	return unknown(j, r);
}

/* -- views ----------------------------------------------------------------- */

static int judge_region(struct judge *j, const struct explain_region *g)
{
	struct explain_request r = {
		.where = g->where, .range = g->range, .viewed = true,
		.prot = g->prot, .layer = LAYER_NONE, .result = -EINVAL,
	};
	struct books *b;
	struct vprim_reason why;
	int ret;

	/* Whole pages of it, as a VMM's listener takes them. */
	if (!g->prot || vprim_range_align_in(&g->range, 4096, &r.range))
		return 0;
	b = books_of(j, LAYER_NONE);
	if (!b)
		return -ENOMEM;
	ret = ask(b, &r, &why);
	if (!ret)
		take_back(b, &r);
	return ret == -EINVAL ? refused(j, &r, false, &why) : 0;
}

/* -- firmware -------------------------------------------------------------- */

static bool names(const struct explain_taken *t, const char *device)
{
	return t->all_devices || t->vague || !t->table[0] || !device[0] ||
	       strstr(t->devices, device);
}

static bool is_direct(const struct explain_taken *t)
{
	return t->kind == RESERVED_DIRECT;
}

/*
 * A group that has the region is put to a container: of VT-d and before Linux 6.6
 * where the error is that one's.
 */
static void ask_direct(struct explain_finding *f, struct vprim_range range)
{
	const bool old = f->result == -EPERM;
	const struct vprim_iova_windows_reserved reserved = {
		range, VPRIM_IOVA_WINDOWS_DIRECT };
	struct vprim_type1_group group = {
		.vtd = old, .cache_coherent = true,
		.aperture = { 0, UINT64_MAX }, .pgsize_bitmap = 4096,
		.reserved = &reserved, .nr_reserved = 1,
	};
	struct vprim_type1_config config;
	struct vprim_type1 c;
	struct vprim_reason why;

	vprim_type1_config_init(&config);
	config.alloc = vprim_user_alloc();
	if (old)
		config.release = VPRIM_LINUX(6, 5);
	if (vprim_type1_init(&c, sizeof(c), &config, NULL))
		return;
	/* A direct region always refuses. */
	if (vprim_type1_attach(&c, &group, &why))
		say_rule(f, &vprim_type1_rules, &why, "type1");
	vprim_type1_fini(&c);
}

/* Once: a table may have a score of entries. */
static void say_direct(struct judge *j, struct explain_finding *f)
{
	size_t n;

	if (f->nr_ways)
		ask_direct(f, f->ways[0].range);
	else if (f->has_range)
		ask_direct(f, f->range);
	if (j->said_direct)
		return;
	j->said_direct = true;
	n = strlen(f->reason);
	snprintf(f->reason + n, sizeof(f->reason) - n,
		 "%sno user gets such a device: EINVAL since Linux 6.6 (before it EPERM, with VT-d alone)",
		 n ? ", so " : "");
	advise(f, WHY_DIRECT, OF_ANY);
}

/* The group of the device, by the error itself or by who is in it. */
static struct explain_group group_of(const struct judge *j,
				     const struct explain_error *e)
{
	size_t i;

	if (e->group.known)
		return e->group;
	for (i = 0; e->device[0] && i < j->e->devices.nr; i++)
		if (!strcmp(j->e->devices.at[i].name, e->device))
			return j->e->devices.at[i].group;
	return (struct explain_group){ false, 0 };
}

static void direct_ways(struct judge *j, struct explain_finding *f,
			const struct explain_error *e)
{
	const struct explain_group group = group_of(j, e);
	size_t i;

	for (i = 0; i < j->e->taken.nr; i++) {
		const struct explain_taken *t = &j->e->taken.at[i];
		struct explain_way *w;

		if (!is_direct(t) || !names(t, e->device) || !concerns(t, group))
			continue;
		w = way(f, t->range, t->where);
		taken_text(t, w->what, sizeof(w->what));
	}
}

static void judge_firmware_error(struct judge *j, struct explain_finding *f,
				 const struct explain_error *e)
{
	direct_ways(j, f, e);
	say_direct(j, f);
	if (!f->nr_ways) {
		f->verdict = EXPLAIN_UNKNOWN;
		miss(f, MISS_TABLES);
		miss(f, MISS_RESERVED);
	}
}

static int judge_taken(struct judge *j, const struct explain_taken *t)
{
	struct explain_finding *f;

	if (!is_direct(t) || !concerns(t, failing(j)))
		return 0;
	f = find(j, EXPLAIN_FIRMWARE, t->where);
	if (!f)
		return -ENOMEM;
	f->has_range = true;
	f->range = t->range;
	taken_text(t, f->subject, sizeof(f->subject));
	say_direct(j, f);
	merge(j);
	return 0;
}

/* -- groups ---------------------------------------------------------------- */

/* A rule that the shim for users has for it, with its sentence. */
static void say_user(struct explain_finding *f, unsigned int id)
{
	const struct vprim_reason why = {
		.rule = vprim_rules_find(&vprim_user_rules, id),
	};

	say_rule(f, &vprim_user_rules, &why, "user");
}

/* Bridges may keep their drivers: what they do is no device's DMA. */
static bool may_share(const char *driver)
{
	return !driver[0] || strstr(driver, "vfio") ||
	       !strcmp(driver, "pci-stub") || !strcmp(driver, "pcieport") ||
	       !strcmp(driver, "shpchp");
}

/* The devices of the group that stand in the way. */
static void judge_viable(struct judge *j, struct explain_finding *f,
			 const struct explain_error *e)
{
	const struct explain_group group = group_of(j, e);
	bool members = false, drivers = false;
	size_t i;

	say_user(f, VPRIM_USER_RULE_VIABLE);
	advise(f, WHY_VIABLE, OF_ANY);
	for (i = 0; group.known && i < j->e->devices.nr; i++) {
		const struct explain_device *d = &j->e->devices.at[i];
		struct explain_way *w;

		drivers |= d->driver[0];
		if (!d->group.known || d->group.number != group.number)
			continue;
		members = true;
		if (may_share(d->driver))
			continue;
		w = way(f, (struct vprim_range){ 0, 0 }, d->where);
		w->has_range = false;
		snprintf(w->what, sizeof(w->what), "%s of the group has driver %s",
			 d->name, d->driver);
	}
	if (!members)
		miss(f, MISS_GROUP);
	if (!f->nr_ways && !(members && drivers))
		miss(f, MISS_DRIVERS);
}

static bool has_cause(const struct judge *j, enum fact_cause cause)
{
	size_t i;

	for (i = 0; i < j->e->errors.nr; i++)
		if (j->e->errors.at[i].cause == cause)
			return true;
	return false;
}

static bool any_direct(const struct judge *j, const struct explain_error *e)
{
	const struct explain_group group = group_of(j, e);
	size_t i;

	for (i = 0; i < j->e->taken.nr; i++)
		if (is_direct(&j->e->taken.at[i]) &&
		    concerns(&j->e->taken.at[i], group))
			return true;
	return false;
}

/* A container or iommufd does not take the group: two causes have one errno. */
static void judge_container(struct judge *j, struct explain_finding *f,
			    const struct explain_error *e)
{
	const bool iommufd = e->layer == LAYER_IOMMUFD;

	if (has_cause(j, CAUSE_FIRMWARE) || any_direct(j, e)) {
		judge_firmware_error(j, f, e);
	} else if (e->result == -EPERM && has_cause(j, CAUSE_INTERRUPTS)) {
		say_user(f, VPRIM_USER_RULE_INTERRUPTS);
		advise(f, WHY_INTERRUPTS, OF_ANY);
	} else if (e->result == -EPERM) {
		say_user(f, VPRIM_USER_RULE_INTERRUPTS_OR_DIRECT);
		miss(f, MISS_LOG);
		miss(f, MISS_RESERVED);
	} else if (e->result == -EINVAL) {
		say_user(f, iommufd ? VPRIM_USER_RULE_DIRECT_OR_UNFIT :
				      VPRIM_USER_RULE_DIRECT_OR_IN_USE);
		miss(f, MISS_LOG);
		miss(f, MISS_RESERVED);
	} else if (e->result == -EBUSY) {
		say_user(f, VPRIM_USER_RULE_IN_USE_OR_VIABLE);
		advise(f, WHY_IN_USE | WHY_VIABLE, OF_ANY);
		miss(f, MISS_DRIVERS);
	} else {
		miss(f, MISS_LOG);
	}
}

/* A device or its group that cannot be opened, by its errno. */
static void judge_open(struct judge *j, struct explain_finding *f,
		       const struct explain_error *e)
{
	static const struct {
		int result;
		bool token;
		unsigned int id, why;
	} rules[] = {
		{ -EACCES, true, VPRIM_USER_RULE_TOKEN, WHY_TOKEN },
		{ -EINVAL, true, VPRIM_USER_RULE_ASLEEP, WHY_TOKEN },
		{ -EACCES, false, VPRIM_USER_RULE_ACCESS, WHY_RIGHTS },
		{ -EPERM, false, VPRIM_USER_RULE_FORBIDDEN, WHY_RIGHTS },
		{ -EBUSY, false, VPRIM_USER_RULE_IN_USE, WHY_IN_USE },
		{ -ENOENT, false, VPRIM_USER_RULE_DRIVER, WHY_DRIVER },
		{ -ENODEV, false, VPRIM_USER_RULE_GROUP, WHY_DRIVER },
	};
	const bool token = e->cause == CAUSE_TOKEN || has_cause(j, CAUSE_TOKEN);
	size_t i;

	for (i = 0; i < sizeof(rules) / sizeof(rules[0]); i++) {
		if (rules[i].result != e->result || (rules[i].token && !token))
			continue;
		say_user(f, rules[i].id);
		advise(f, rules[i].why, OF_ANY);
		return;
	}
	miss(f, MISS_LOG);
}

static int judge_cause(struct judge *j, const struct explain_error *e)
{
	struct explain_finding *f = find(j, EXPLAIN_REFUSED, e->where);

	if (!f)
		return -ENOMEM;
	f->result = e->result;
	if (e->device[0])
		snprintf(f->subject, sizeof(f->subject), "device %s", e->device);
	else if (e->group.known)
		snprintf(f->subject, sizeof(f->subject), "group %" PRIu64,
			 e->group.number);
	else
		snprintf(f->subject, sizeof(f->subject), "a device");
	switch (e->cause) {
	case CAUSE_FIRMWARE:
		judge_firmware_error(j, f, e);
		break;
	case CAUSE_VIABLE:
		judge_viable(j, f, e);
		break;
	case CAUSE_INTERRUPTS:
		say_user(f, VPRIM_USER_RULE_INTERRUPTS);
		advise(f, WHY_INTERRUPTS, OF_ANY);
		break;
	case CAUSE_CONTAINER:
		judge_container(j, f, e);
		break;
	case CAUSE_GROUPLESS:
		say_user(f, VPRIM_USER_RULE_GROUPLESS);
		advise(f, WHY_GROUPLESS, OF_ANY);
		break;
	case CAUSE_NOIOMMU:
		say_user(f, VPRIM_USER_RULE_NOIOMMU);
		advise(f, WHY_NOIOMMU, OF_ANY);
		break;
	default:
		judge_open(j, f, e);
	}
	if (f->nr_missing)
		f->verdict = EXPLAIN_UNKNOWN;
	merge(j);
	return 0;
}

/* -- other errors, and faults ---------------------------------------------- */

static bool any_failed(const struct judge *j)
{
	size_t i;

	for (i = 0; i < j->e->requests.nr; i++)
		if (j->e->requests.at[i].result)
			return true;
	return false;
}

static int judge_error(struct judge *j, const struct explain_error *e)
{
	struct explain_finding *f;

	if (e->cause)
		return judge_cause(j, e);
	/* It repeats what the line with the addresses says. */
	if (any_failed(j))
		return 0;
	f = find(j, EXPLAIN_UNKNOWN, e->where);
	if (!f)
		return -ENOMEM;
	f->result = e->result;
	snprintf(f->subject, sizeof(f->subject), "a request to %s",
		 fact_layer_text(e->layer));
	if (e->result == -ENOMEM)
		advise(f, WHY_LOCK, OF_ANY);
	else if (e->result == -EFAULT)
		advise(f, WHY_ACCESS, OF_ANY);
	miss(f, "the line with the addresses: QEMU's \"vfio_dma_map(...) = -22\", or strace -f -e trace=ioctl of the VMM");
	merge(j);
	return 0;
}

/* Whether the books of any layer have the address, and with which rights. */
static bool mapped(struct judge *j, uint64_t addr, unsigned int *prot,
		   struct vprim_range *range)
{
	const struct vprim_range at = { addr, addr };
	struct vprim_type1_mapping m;
	size_t i;

	for (i = 0; i < LAYER_NR; i++) {
		if (!j->books[i] || j->books[i]->iommufd ||
		    vprim_type1_first(&j->books[i]->type1, &at, NULL, &m))
			continue;
		*prot = m.prot;
		*range = m.range;
		return true;
	}
	return false;
}

static void fault_reason(struct judge *j, struct explain_finding *f,
			 const struct explain_fault *a)
{
	struct vprim_range range;
	unsigned int prot = 0;

	if (mapped(j, a->addr, &prot, &range)) {
		snprintf(f->reason, sizeof(f->reason), prot & a->prot ?
			 "the address is mapped in this recording, before or after" :
			 "the mapping does not allow this access");
		snprintf(way(f, range, f->where)->what, 64, "mapped");
		return;
	}
	if (!j->e->requests.nr) {
		snprintf(f->reason, sizeof(f->reason),
			 "the IOMMU has no mapping there for this device");
		miss(f, MISS_MAPS);
		return;
	}
	snprintf(f->reason, sizeof(f->reason),
		 "nothing is mapped there at the end of the recording");
	advise(f, WHY_FAULT, OF_ANY);
}

static int judge_fault(struct judge *j, const struct explain_fault *a)
{
	struct explain_finding *f = find(j, EXPLAIN_FAULT, a->where);
	size_t i;

	if (!f)
		return -ENOMEM;
	f->has_range = true;
	f->range = (struct vprim_range){ a->addr, a->addr };
	f->page = "type1";
	snprintf(f->subject, sizeof(f->subject), "%s by device %s",
		 a->prot & FACT_WRITE ? "write" : "read",
		 a->device[0] ? a->device : "(unknown)");
	for (i = 0; i < j->e->taken.nr; i++) {
		const struct explain_taken *t = &j->e->taken.at[i];
		struct explain_way *w;

		if (!vprim_range_has(&t->range, a->addr))
			continue;
		w = way(f, t->range, t->where);
		taken_text(t, w->what, sizeof(w->what));
	}
	if (f->nr_ways)
		snprintf(f->reason, sizeof(f->reason),
			 "the device uses addresses that firmware or hardware keeps, and its domain does not map them");
	else
		fault_reason(j, f, a);
	merge(j);
	return 0;
}

/* -- all ------------------------------------------------------------------- */

/* Work for each is linear in the evidence, so there is an end to them. */
static bool enough(struct judge *j)
{
	j->found->more = j->failures >= EXPLAIN_FAILURES ||
			 j->found->list.nr >= EXPLAIN_FINDINGS;
	return j->found->more;
}

static int judge_all(struct judge *j)
{
	const struct explain_evidence *e = j->e;
	size_t i;
	int ret = 0;

	for (i = 0; i < e->errors.nr && !ret && !enough(j); i++)
		ret = judge_error(j, &e->errors.at[i]);
	for (i = 0; i < e->requests.nr && !ret && !enough(j); i++)
		ret = judge_request(j, &e->requests.at[i]);
	for (i = 0; i < e->regions.nr && !ret && j->restricted && !enough(j); i++)
		ret = judge_region(j, &e->regions.at[i]);
	for (i = 0; i < e->faults.nr && !ret && !enough(j); i++)
		ret = judge_fault(j, &e->faults.at[i]);
	for (i = 0; i < e->taken.nr && !ret && !enough(j); i++)
		ret = judge_taken(j, &e->taken.at[i]);
	return ret;
}

int explain_judge(const struct explain_evidence *e, struct explain_findings *found)
{
	struct judge j = { .e = e, .found = found };
	int ret = make_windows(&j);

	if (!ret)
		ret = judge_all(&j);
	close_books(&j);
	return ret;
}
