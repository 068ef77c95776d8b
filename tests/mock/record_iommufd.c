// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * What iommufd's IO address spaces answer at the edges: recorded/iommufd-*.txt.
 *
 *   record_iommufd [/dev/vfio/devices/vfioN]
 *
 * Lines of case, answer, and what came back, separated by tabs; each case has an
 * address space of its own. Without a device it spans all of 64 bits; with one it
 * is what the device's IOMMU can do.
 */
#include "record.h"

#include "../bed/iommufd.h"

#define BASE 0x100000ull
#define FIXED 1u
#define WRITE 2u
#define READ 4u
#define USUAL (FIXED | READ | WRITE)

struct span {
	uint64_t start, last;
};

static int iommufd, device = -1;
static uint32_t ioas;
static uint64_t buffer;
static struct span first, final;	/* of what is allowed */
static uint32_t nr;
static uint64_t out;

static uint32_t new_ioas(void)
{
	struct alloc alloc = { .size = sizeof(alloc) };

	if (ioctl(iommufd, IOAS_ALLOC, &alloc))
		perror("IOAS_ALLOC");
	return alloc.out_id;
}

static int destroy(uint32_t id)
{
	struct destroy destroy = { sizeof(destroy), id };

	return ioctl(iommufd, DESTROY, &destroy);
}

static void fresh(void)
{
	uint32_t before = ioas;
	struct attach attach = { .argsz = sizeof(attach) };

	ioas = new_ioas();
	attach.id = ioas;
	if (device >= 0) {
		ioctl(device, DEVICE_DETACH, &attach);
		if (ioctl(device, DEVICE_ATTACH, &attach))
			perror("attach");
	}
	if (before && destroy(before))
		perror("destroy");
	out = 0;
}

static int map_as(uint64_t uptr, uint64_t iova, uint64_t length, uint32_t flags)
{
	struct map map = { sizeof(map), flags, ioas, 0, uptr, length, iova };
	int ret = ioctl(iommufd, IOAS_MAP, &map);

	out = map.iova;
	return ret;
}

static int map(uint64_t iova, uint64_t length)
{
	return map_as(buffer, iova, length, USUAL);
}

static int pick(void)
{
	return map_as(buffer, 0, PAGE, READ | WRITE);
}

/* A struct of @size bytes with something behind it. */
static int map_sized(uint32_t size, uint32_t id, uint32_t reserved, uint64_t tail)
{
	struct {
		struct map map;
		uint64_t tail;
	} arg = { { size, USUAL, id, reserved, buffer, PAGE, BASE }, tail };

	return ioctl(iommufd, IOAS_MAP, &arg);
}

static int unmap(uint64_t iova, uint64_t length)
{
	struct unmap unmap = { sizeof(unmap), ioas, iova, length };
	int ret = ioctl(iommufd, IOAS_UNMAP, &unmap);

	out = unmap.length;
	return ret;
}

static int spans(uint32_t capacity, struct span *list, uint32_t *count)
{
	struct ranges ranges = { sizeof(ranges), ioas, capacity, 0, (uintptr_t)list, 0 };
	int ret = ioctl(iommufd, IOAS_RANGES, &ranges);

	*count = ranges.count;
	out = ranges.alignment;
	return ret;
}

static int allow(uint32_t count, const struct span *list)
{
	struct allow allow = { sizeof(allow), ioas, count, 0, (uintptr_t)list };

	return ioctl(iommufd, IOAS_ALLOW, &allow);
}

static int allow_one(uint64_t start, uint64_t last)
{
	struct span one = { start, last };

	return allow(1, &one);
}

static int allow_two(struct span one, struct span other)
{
	struct span two[] = { one, other };

	return allow(2, two);
}

static int copy(uint64_t length, uint64_t to, uint64_t from)
{
	struct copy copy = { sizeof(copy), USUAL, ioas, ioas, length, to, from };
	int ret = ioctl(iommufd, IOAS_COPY, &copy);

	out = copy.dst_iova;
	return ret;
}

static void tell(const char *what, const char *name, int ret)
{
	printf("%s\t%s\t%s\tout=%#" PRIx64 "\n", what, name, answer(ret), out);
}

#define T(what, name, call) (fresh(), tell(what, name, (call)))
#define M(name, call) T("map", name, call)
#define U(name, call) T("unmap", name, call)
#define A(name, call) T("allow", name, call)
#define C(name, call) T("copy", name, call)

static void opening(const char *path)
{
	struct span list[16];
	int ret;

	if (path) {
		struct bind bind = { .argsz = sizeof(bind), .iommufd = iommufd };

		device = open(path, O_RDWR);
		ret = ioctl(device, DEVICE_BIND, &bind);
		printf("bind\t%s\tdevid=%u\n", answer(ret), bind.out_id);
		printf("bind\tagain\t%s\n", answer(ioctl(device, DEVICE_BIND, &bind)));
	}
	fresh();
	ret = spans(NR(list), list, &nr);
	printf("iova_ranges\t%s\t%s\tn=%u align=%#" PRIx64, path ? "with device" : "no device",
	       answer(ret), nr, out);
	for (uint32_t i = 0; i < nr; i++)
		printf(" [%#" PRIx64 ",%#" PRIx64 "]", list[i].start, list[i].last);
	printf("\n");
	first = list[0];
	final = list[nr - 1];
	fresh();
	ret = spans(0, list, &nr);
	tell("ranges", "capacity 0", ret);
	printf("ranges\tcapacity 0\tn_out=%u\n", nr);
}

static void arguments(void)
{
	M("fixed one page", map(BASE, PAGE));
	M("length 0", map(BASE, 0));
	M("iova unaligned", map(BASE + 1, PAGE));
	M("iova unaligned by half page", map(BASE + PAGE / 2, PAGE));
	M("va unaligned, iova aligned", map_as(buffer + 1, BASE, PAGE, USUAL));
	M("va and iova off by the same 0x10", map_as(buffer + 16, BASE + 16, PAGE, USUAL));
	M("length unaligned", map(BASE, PAGE + 1));
	M("length half page", map(BASE, PAGE / 2));
	M("flags 0", map_as(buffer, BASE, PAGE, 0));
	M("flags FIXED only", map_as(buffer, BASE, PAGE, FIXED));
	M("flags FIXED|READ", map_as(buffer, BASE, PAGE, FIXED | READ));
	M("flags FIXED|WRITE", map_as(buffer, BASE, PAGE, FIXED | WRITE));
	M("flags bit 3", map_as(buffer, BASE, PAGE, USUAL | 8));
	M("bad ioas id", map_sized(sizeof(struct map), 9999, 0, 0));
	M("size short by 8", map_sized(sizeof(struct map) - 8, ioas, 0, 0));
	M("reserved set", map_sized(sizeof(struct map), ioas, 1, 0));
	M("size larger, tail zero", map_sized(sizeof(struct map) + 8, ioas, 0, 0));
	M("size larger, tail set", map_sized(sizeof(struct map) + 8, ioas, 0, 1));
	M("va not mapped in process", map_as(PAGE, BASE, PAGE, USUAL));
	M("va+length wraps", map_as(TOP, BASE, 2 * PAGE, USUAL));
	M("va last page", map_as(TOP, BASE, PAGE, USUAL));
	M("iova 0", map(0, PAGE));
	M("iova last page of u64", map(TOP, PAGE));
	M("iova last two pages of u64", map(TOP - PAGE, 2 * PAGE));
	M("iova last page of u64, 2 pages (wraps)", map(TOP, 2 * PAGE));
	M("iova 0 length 2^64-page", map(0, TOP));
}

static void places(void)
{
	M("last aperture page", map(final.last - PAGE + 1, PAGE));
	M("last aperture page, one page too long", map(final.last - PAGE + 1, 2 * PAGE));
	M("first page beyond aperture", map(final.last + 1, PAGE));
	if (nr > 1) {
		M("last page before hole", map(first.last - PAGE + 1, PAGE));
		M("first page of hole", map(first.last + 1, PAGE));
		M("one page each side of hole start", map(first.last - PAGE + 1, 2 * PAGE));
		M("one page each side of hole end", map(final.start - PAGE, 2 * PAGE));
	}
	M("same range twice", (map(BASE, PAGE), map(BASE, PAGE)));
	M("overlap low", (map(BASE + PAGE, 2 * PAGE), map(BASE, 2 * PAGE)));
	M("overlap high", (map(BASE + PAGE, 2 * PAGE), map(BASE + 2 * PAGE, 2 * PAGE)));
	M("inside existing", (map(BASE, 4 * PAGE), map(BASE + PAGE, PAGE)));
	M("adjacent after", (map(BASE, PAGE), map(BASE + PAGE, PAGE)));
	M("last page of u64 twice", (map(TOP, PAGE), map(TOP, PAGE)));
	M("picked iova, one page", pick());
	M("picked iova, two after another", (pick(), pick()));
}

static void unmaps(void)
{
	U("nothing there", unmap(BASE, PAGE));
	U("length 0", unmap(BASE, 0));
	U("exact", (map(BASE, 4 * PAGE), unmap(BASE, 4 * PAGE)));
	U("second time", (map(BASE, PAGE), unmap(BASE, PAGE), unmap(BASE, PAGE)));
	U("wider than the mapping", (map(BASE + PAGE, PAGE), unmap(BASE, 4 * PAGE)));
	U("two mappings and a gap", (map(BASE, PAGE), map(BASE + 2 * PAGE, PAGE),
				     unmap(BASE, 4 * PAGE)));
	U("first half of one mapping", (map(BASE, 4 * PAGE), unmap(BASE, 2 * PAGE)));
	U("second half of one mapping", (map(BASE, 4 * PAGE),
					 unmap(BASE + 2 * PAGE, 2 * PAGE)));
	U("middle of one mapping", (map(BASE, 4 * PAGE), unmap(BASE + PAGE, PAGE)));
	U("whole one plus half of next", (map(BASE, PAGE), map(BASE + PAGE, 2 * PAGE),
					  unmap(BASE, 2 * PAGE)));
	U("iova unaligned, covers mapping", (map(BASE, PAGE), unmap(BASE - 1, PAGE + 2)));
	U("last page of u64, nothing there", unmap(TOP, PAGE));
	U("last page of u64, mapped", (map(TOP, PAGE), unmap(TOP, PAGE)));
	U("last page of u64, 2 pages (wraps)", (map(TOP, PAGE), unmap(TOP, 2 * PAGE)));
	U("page to u64 max, last page and a low page mapped",
	  (map(TOP, PAGE), map(BASE, PAGE), unmap(PAGE, TOP)));
	U("all (0, 2^64-1), two mappings",
	  (map(BASE, PAGE), map(BASE + PAGE, 2 * PAGE), unmap(0, UINT64_MAX)));
	U("all (0, 2^64-1), last page mapped too",
	  (map(BASE, PAGE), map(TOP, PAGE), unmap(0, UINT64_MAX)));
	U("all (0, 2^64-1), nothing mapped", unmap(0, UINT64_MAX));
	U("1, 2^64-1", (map(BASE, PAGE), unmap(1, UINT64_MAX)));
	U("1, 2^64-2", (map(BASE, PAGE), unmap(1, UINT64_MAX - 1)));
}

static void allowed(void)
{
	const uint64_t last = BASE + 16 * PAGE - 1;
	const struct span low = { BASE, BASE + PAGE - 1 };
	const struct span next = { BASE + PAGE, BASE + 2 * PAGE - 1 };
	const struct span both = { BASE, BASE + 2 * PAGE - 1 };
	const struct span high = { BASE + 8 * PAGE, BASE + 9 * PAGE - 1 };

	A("none (n=0)", allow(0, NULL));
	A("one range", allow_one(BASE, last));
	A("one range then fixed map inside", (allow_one(BASE, last), map(BASE, PAGE)));
	A("one range then fixed map outside", (allow_one(BASE, last), map(last + 1, PAGE)));
	A("one range then picked iova", (allow_one(BASE, last), pick()));
	A("one range filled, then picked iova",
	  (allow_one(BASE, last), map(BASE, 16 * PAGE), pick()));
	A("range over an existing mapping", (map(BASE, PAGE), allow_one(BASE, last)));
	A("range that leaves an existing mapping out",
	  (map(BASE + 64 * PAGE, PAGE), allow_one(BASE, last)));
	A("unaligned range", allow_one(BASE + 1, BASE + PAGE));
	A("start = last + 1", allow_one(BASE, BASE - 1));
	A("start > last", allow_one(BASE, BASE - PAGE));
	A("0 to u64 max", allow_one(0, UINT64_MAX));
	A("last page", allow_one(TOP, UINT64_MAX));
	A("last page then picked iova", (allow_one(TOP, UINT64_MAX), pick()));
	A("two adjacent", allow_two(low, next));
	A("two overlapping", allow_two(low, both));
	A("two equal", allow_two(low, low));
	A("two in descending order", allow_two(high, low));
}

static void copies(void)
{
	const uint64_t to = BASE + 16 * PAGE;

	C("whole area to itself elsewhere", (map(BASE, 2 * PAGE), copy(2 * PAGE, to, BASE)));
	C("part of an area", (map(BASE, 4 * PAGE), copy(PAGE, to, BASE + PAGE)));
	C("source not fully mapped", (map(BASE, PAGE), copy(2 * PAGE, to, BASE)));
	C("across two adjacent areas", (map(BASE, PAGE), map(BASE + PAGE, PAGE),
					copy(2 * PAGE, to, BASE)));
	C("destination overlaps source",
	  (map(BASE, 2 * PAGE), copy(2 * PAGE, BASE + PAGE, BASE)));
	C("source range wraps", (map(TOP, PAGE), copy(2 * PAGE, BASE, TOP)));
	C("length 0", (map(BASE, PAGE), copy(0, BASE + PAGE, BASE)));
}

static void ends(void)
{
	int ret;

	T("destroy", "ioas in use by nothing else", destroy(new_ioas()));
	fresh();
	ret = destroy(ioas);
	tell("destroy", "ioas with device attached / plain", ret);
	if (!ret)
		ioas = 0;
	T("destroy", "unknown id", destroy(9999));
	T("ioctl", "unknown number", ioctl(iommufd, COMMAND(0xff), &ret));
}

int main(int argc, char **argv)
{
	iommufd = open("/dev/iommu", O_RDWR);
	if (iommufd < 0) {
		perror("/dev/iommu");
		return 1;
	}
	buffer = (uintptr_t)memory();
	opening(argc > 1 ? argv[1] : NULL);
	arguments();
	places();
	unmaps();
	allowed();
	copies();
	ends();
	return 0;
}
