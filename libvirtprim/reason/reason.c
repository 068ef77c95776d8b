// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * The table of rules, and sentences from it.
 *
 * In a sentence {R} and {H} stand for the range and the hit, {V} for the value
 * in hex and {D} for it in decimal. [ ... ] is left out whole when a field it
 * names is not valid.
 */
#include <virtprim/reason.h>

struct rule {
	const char *word;
	const char *text;
	int err;
};

#define GENERAL_FIRST VPRIM_REASON_ARGUMENT
#define GENERAL(id) [VPRIM_REASON_##id - GENERAL_FIRST]

static const struct rule general[] = {
	GENERAL(ARGUMENT) = { "argument",
		"an argument is missing or has no known value", -EINVAL },
	GENERAL(INVERTED) = { "inverted",
		"range {R} has its start above its last", -EINVAL },
	GENERAL(MAP_OVERLAP) = { "overlap",
		"range {R} overlaps mapping {H}", -EEXIST },
};

#define WINDOWS_FIRST VPRIM_REASON_WINDOWS_ORDER
#define WINDOWS(id) [VPRIM_REASON_##id - WINDOWS_FIRST]

static const struct rule windows[] = {
	WINDOWS(WINDOWS_ORDER) = { "order",
		"range {R} does not lie above the one before it, {H}", -EINVAL },
	WINDOWS(WINDOWS_EMPTY) = { "empty",
		"without {R} no usable address would be left", -EINVAL },
	WINDOWS(WINDOWS_APART) = { "apart",
		"no usable address lies in {R}", -EINVAL },
	WINDOWS(WINDOWS_ROOM) = { "room",
		"the array is too small: {D} ranges must fit", -EMSGSIZE },
	WINDOWS(WINDOWS_HOLE) = { "hole",
		"range {R} hits {H}, which lies in no window", -ERANGE },
	WINDOWS(WINDOWS_SEAM) = { "seam",
		"range {R} crosses into the next window, {H}", -ERANGE },
	WINDOWS(WINDOWS_WIDTH) = { "width",
		"range {R} needs {D} address bits", -ERANGE },
	WINDOWS(WINDOWS_BITS) = { "bits",
		"{D} is no number of address bits", -EINVAL },
	WINDOWS(WINDOWS_SIZE) = { "size-zero",
		"the size is 0", -EINVAL },
	WINDOWS(WINDOWS_ALIGN) = { "align",
		"alignment {V} is not a power of two", -EINVAL },
	WINDOWS(WINDOWS_OFFSET) = { "offset",
		"offset {V} is not below the alignment", -EINVAL },
	WINDOWS(WINDOWS_BOUNDS) = { "bounds",
		"the lower bound is above the upper one: {R}", -EINVAL },
	WINDOWS(WINDOWS_SPACE) = { "space",
		"no hole is large enough[ for {D} bytes]", -ENOSPC },
	WINDOWS(WINDOWS_LENGTH) = { "length",
		"length {V} is 0, or half of the space or more", -EOVERFLOW },
	WINDOWS(WINDOWS_BUFFER) = { "buffer",
		"the buffer is aligned to {V} only, less than the IOAS needs",
		-EINVAL },
	WINDOWS(WINDOWS_FRAMES) = { "frames",
		"no gap of {D} frames is left", -ENOMEM },
	WINDOWS(PLAN_ORDER) = { "plan-order",
		"piece {R} does not lie above the one before it, {H}", -EINVAL },
	WINDOWS(PLAN_TARGET) = { "plan-target",
		"the target of piece {R} goes past the last address", -EINVAL },
};

#define TYPE1_FIRST VPRIM_REASON_TYPE1_ARGSZ
#define TYPE1(id) [VPRIM_REASON_TYPE1_##id - TYPE1_FIRST]

static const struct rule type1[] = {
	TYPE1(ARGSZ) = { "argsz", "argsz {D} is too small", -EINVAL },
	TYPE1(READ) = { "read", "the argument cannot be read", -EFAULT },
	TYPE1(FLAG) = { "flag", "flag bits {V} are unknown", -EINVAL },
	TYPE1(NATIVE) = { "native",
		"{V} does not fit the kernel's native word", -EOVERFLOW },
	TYPE1(SIZE) = { "size-zero", "the size is 0", -EINVAL },
	TYPE1(IOVA_WRAP) = { "iova-wrap",
		"the range from iova {V} on goes past the last address",
		-EOVERFLOW },
	TYPE1(VADDR_WRAP) = { "vaddr-wrap",
		"the range from vaddr {V} on goes past the last address",
		-EOVERFLOW },
	TYPE1(PROT) = { "prot",
		"flags {V} do not ask for either a protection or VADDR",
		-EINVAL },
	TYPE1(ALIGN) = { "align",
		"{V} is not a multiple of the smallest page", -EINVAL },
	TYPE1(VADDR_ABSENT) = { "vaddr-absent",
		"a new vaddr for iova {R}, where nothing is mapped", -ENOENT },
	TYPE1(VADDR_VALID) = { "vaddr-valid",
		"a new vaddr for mapping {H}, whose vaddr is still valid",
		-EINVAL },
	TYPE1(VADDR_SHAPE) = { "vaddr-shape",
		"a new vaddr for iova {R}, which is not all of mapping {H}",
		-EINVAL },
	TYPE1(VADDR_ACCOUNT) = { "vaddr-account",
		"the new owner may not lock the memory of iova {R}", -ENOMEM },
	TYPE1(OVERLAP) = { "overlap", "iova {R} overlaps mapping {H}", -EEXIST },
	TYPE1(LIMIT) = { "limit",
		"all {D} entries of the container are in use", -ENOSPC },
	TYPE1(WINDOW) = { "window",
		"iova {R} is not in one usable window[: {H} is in the way]",
		-EINVAL },
	TYPE1(MEMORY) = { "memory", "no memory for the mapping", -ENOMEM },
	TYPE1(BACKEND) = { "backend",
		"pinning or mapping[ iova {R}] failed[ with errno {D}]", 0 },
	TYPE1(BITMAP_PAGES) = { "bitmap-pages",
		"{D} pages are too many for one dirty bitmap", -EINVAL },
	TYPE1(BITMAP_MEMORY) = { "bitmap-memory",
		"no memory for the dirty bitmap of iova {R}", -ENOMEM },
	TYPE1(DIRTY_FLAGS) = { "dirty-flags",
		"flags {V} join GET_DIRTY_BITMAP with ALL or VADDR", -EINVAL },
	TYPE1(BITMAP_ACCESS) = { "bitmap-access",
		"the bitmap does not lie in the caller's memory", -EINVAL },
	TYPE1(BITMAP_PGSIZE_ZERO) = { "pgsize-zero",
		"the bitmap's page size is 0", -EINVAL },
	TYPE1(BITMAP_SIZE) = { "bitmap-size",
		"{D} bytes are no size for the bitmap of this range", -EINVAL },
	TYPE1(BITMAP_PGSIZE) = { "pgsize",
		"the bitmap's page size {V} is not the smallest page", -EINVAL },
	TYPE1(BITMAP_WRITE) = { "bitmap-write",
		"the dirty bits of mapping {H} cannot be written", -EFAULT },
	TYPE1(MDEV) = { "mdev",
		"VADDR while a mediated device is attached", -EBUSY },
	TYPE1(ALL) = { "all",
		"ALL takes iova 0 and size 0, not {V}", -EINVAL },
	TYPE1(DIRTY_OFF) = { "dirty-off", "dirty tracking is off", -EINVAL },
	TYPE1(BISECT) = { "bisect",
		"iova {R} would cut mapping {H} in two", -EINVAL },
	TYPE1(VADDR_TWICE) = { "vaddr-twice",
		"the vaddr of mapping {H} is invalid already", -EINVAL },
	TYPE1(PINNED) = { "pinned",
		"mapping {H} stays pinned although its driver was told", -EBUSY },
	TYPE1(V1) = { "v1", "a v1 container does not do this", -EACCES },
	TYPE1(VADDR_HELD) = { "vaddr-held",
		"{D} mappings have an invalid vaddr", -EBUSY },
	TYPE1(PIN_NOTIFY) = { "pin-notify",
		"no device could be told to unpin", -EINVAL },
	TYPE1(PIN_HOLE) = { "pin-hole",
		"nothing is mapped at iova {V}", -EINVAL },
	TYPE1(PIN_READ_ONLY) = { "access",
		"mapping {H} does not allow that access to iova {V}", -EPERM },
	TYPE1(PIN_COUNT) = { "pin-count",
		"the number of pages to pin is not positive", -EINVAL },
	TYPE1(PIN_WRAP) = { "pin-wrap",
		"the pages from iova {V} on go past the last address",
		-EOVERFLOW },
	TYPE1(APERTURE_APART) = { "aperture-apart",
		"aperture {R} lies beside the usable addresses {H}", -EINVAL },
	TYPE1(APERTURE_MAPPED) = { "aperture-mapped",
		"mapping {H} reaches out of aperture {R}", -EINVAL },
	TYPE1(RESERVED_MAPPED) = { "reserved-mapped",
		"mapping {H} lies in reserved range {R}", -EINVAL },
	TYPE1(NOTHING_LEFT) = { "nothing-left",
		"aperture {R} without its reserved ranges is empty", -EINVAL },
	TYPE1(ONE_FLAG) = { "one-flag",
		"flags {V} are not exactly one of START, STOP and GET_BITMAP",
		-EINVAL },
	TYPE1(DIRTY_CUT) = { "dirty-cut",
		"the bitmap's range {R} cuts mapping {H}", -EINVAL },
	TYPE1(PGSIZES) = { "pgsizes",
		"page sizes {V} leave no size in common", -EINVAL },
	TYPE1(ATTACHED) = { "attached", "the group is attached already",
		-EINVAL },
	TYPE1(NOT_ATTACHED) = { "not-attached", "the group is not attached",
		-ENOENT },
	TYPE1(DIRTY_ON) = { "dirty-on",
		"the smallest page would become {V} while dirty tracking is on",
		-EBUSY },
	TYPE1(NOT_PINNED) = { "not-pinned",
		"no page at iova {V} is pinned", -ENOENT },
	TYPE1(PIN_MANY) = { "pin-many",
		"{D} pages are more than one call pins", -E2BIG },
};

#define IOAS_FIRST VPRIM_REASON_IOAS_FLAG
#define IOAS(id) [VPRIM_REASON_IOAS_##id - IOAS_FIRST]

static const struct rule ioas[] = {
	IOAS(FLAG) = { "flag", "flag bits {V} are unknown", -EOPNOTSUPP },
	IOAS(RESERVED_FIELD) = { "reserved-field",
		"a reserved field holds {V}", -EOPNOTSUPP },
	IOAS(IOVA_MAX) = { "iova-max",
		"the iova is the last address", -EOVERFLOW },
	IOAS(LENGTH_MAX) = { "length-max",
		"the length is the highest number", -EOVERFLOW },
	IOAS(PROT) = { "prot", "neither READABLE nor WRITEABLE", -EINVAL },
	IOAS(ABSENT) = { "absent", "no object has id {D}", -ENOENT },
	IOAS(LENGTH) = { "length-zero", "the length is 0", -EINVAL },
	IOAS(LENGTH_LIMIT) = { "length-limit",
		"length {V} leaves no page at the end of the native word",
		-EINVAL },
	IOAS(UPTR_WRAP) = { "uptr-wrap",
		"the buffer from {V} on reaches the last address", -EOVERFLOW },
	IOAS(LENGTH_ALIGN) = { "length-align",
		"length {V} is not aligned", -EINVAL },
	IOAS(IOVA_ALIGN) = { "iova-align",
		"iova {V} is not aligned", -EINVAL },
	IOAS(IOVA_WRAP) = { "iova-wrap",
		"the range from iova {V} on goes past the last address",
		-EOVERFLOW },
	IOAS(RESERVED) = { "reserved",
		"iova {R} hits reserved range {H}", -EINVAL },
	IOAS(OVERLAP) = { "overlap", "iova {R} hits area {H}", -EEXIST },
	IOAS(ALLOC_LENGTH) = { "alloc-length",
		"length {V} is 0, or half of the space or more", -EOVERFLOW },
	IOAS(ALLOC_ALIGN) = { "alloc-align",
		"the buffer is aligned to {V} only, less than the IOAS needs",
		-EINVAL },
	IOAS(SPACE) = { "space",
		"no allowed hole is large enough[ for {V} bytes]", -ENOSPC },
	IOAS(READ_ONLY) = { "read-only",
		"WRITEABLE is asked of read-only pages", -EPERM },
	IOAS(PAGE_OFFSET) = { "page-offset",
		"the buffer's page offset {V} is not aligned", -EINVAL },
	IOAS(BACKEND) = { "backend",
		"pinning or mapping[ iova {R}] failed[ with errno {D}]", 0 },
	IOAS(MEMORY) = { "memory", "no memory for the area", -ENOMEM },
	IOAS(SOURCE_HOLE) = { "source-hole",
		"nothing is mapped at {H} of source {R}", -ENOENT },
	IOAS(IN_FLIGHT) = { "in-flight",
		"area {H} is being mapped or unmapped", -EBUSY },
	IOAS(LOCKED) = { "locked", "area {H} is locked", -EBUSY },
	IOAS(STICKS_OUT) = { "sticks-out",
		"area {H} sticks out of range {R}", -ENOENT },
	IOAS(ACCESS_STUCK) = { "access-stuck",
		"an access does not let go of area {H}", -EDEADLK },
	IOAS(NOTHING) = { "nothing", "nothing is mapped in {R}", -ENOENT },
	IOAS(ALLOW_START) = { "allow-start",
		"the start of allowed range {R} is not below its last",
		-EINVAL },
	IOAS(ALLOW_OVERLAP) = { "allow-overlap",
		"allowed range {R} overlaps {H} of the same list", -EINVAL },
	IOAS(ALLOW_RESERVED) = { "allow-reserved",
		"allowed range {R} overlaps reserved range {H}", -EADDRINUSE },
	IOAS(RESERVE_AREA) = { "reserve-area",
		"reserved range {R} overlaps area {H}", -EADDRINUSE },
	IOAS(RESERVE_ALLOWED) = { "reserve-allowed",
		"reserved range {R} overlaps allowed range {H}", -EADDRINUSE },
	IOAS(ROOM) = { "room",
		"the array is too small: {D} ranges exist", -EMSGSIZE },
	IOAS(LARGE_PAGES) = { "large-pages",
		"large pages cannot be turned off while areas are mapped",
		-EINVAL },
	IOAS(PGSIZE) = { "pgsize",
		"the domain's smallest page {V} exceeds the CPU's", -EINVAL },
	IOAS(AREA_ALIGN) = { "area-align",
		"area {H} is not aligned to {V}", -EADDRINUSE },
	IOAS(SPLIT_BUSY) = { "split-busy",
		"area {H} is in use and cannot be split", -EBUSY },
	IOAS(SPLIT) = { "split",
		"area {H} cannot be split at {V}: misaligned, or in use",
		-EINVAL },
	IOAS(SPLIT_DMABUF) = { "split-dmabuf",
		"area {H} is a DMABUF and cannot be split", -EOPNOTSUPP },
	IOAS(ACCESS_DETACHED) = { "access-detached",
		"the access has no IOAS", -ENOENT },
	IOAS(ACCESS_TEARDOWN) = { "access-teardown",
		"area {H} is being torn down", -EINVAL },
	IOAS(ACCESS_ALIGN) = { "access-align",
		"range {R} does not suit the access's alignment in area {H}",
		-EINVAL },
	IOAS(ACCESS_READ_ONLY) = { "access-read-only",
		"range {R} is to be written, but area {H} is read-only",
		-EPERM },
	IOAS(ACCESS_HOLE) = { "access-hole",
		"nothing is mapped at {H} of range {R}", -ENOENT },
	IOAS(ALL) = { "all",
		"unmap-all takes iova 0 and size 0, not {V}", -EINVAL },
	IOAS(COMPAT_FLAG) = { "compat-flag",
		"flag bits {V} are unknown", -EINVAL },
	IOAS(ARGSZ) = { "argsz", "argsz {D} is too small", -EINVAL },
	IOAS(ATTACHED) = { "attached", "it is attached already", -EEXIST },
	IOAS(NOT_ATTACHED) = { "not-attached", "it is not attached here",
		-ENOENT },
	IOAS(HELD) = { "held", "the access still holds {H}", -EBUSY },
	IOAS(NOT_IN_FLIGHT) = { "not-in-flight",
		"{R} is not exactly what is being mapped", -ENOENT },
	IOAS(ALIGNMENT) = { "alignment",
		"alignment {V} is not a power of two", -EINVAL },
};

#define USER_FIRST VPRIM_REASON_USER_ERRNO
#define USER(id) [VPRIM_REASON_##id - USER_FIRST]

/* What the userspace shim says of a kernel. */
static const struct rule user[] = {
	USER(USER_ERRNO) = { "errno",
		"the kernel answered errno {D}", 0 },
	USER(USER_NAME) = { "name",
		"that is no name of a device", -EINVAL },
	USER(USER_DEVICE) = { "device",
		"no bus has such a device: neither pci nor mdev nor platform", -ENOENT },
	USER(USER_DRIVER) = { "driver",
		"no VFIO driver is bound to the device", -ENOENT },
	USER(USER_MODULE) = { "module",
		"the kernel does not have this interface, or its module is not loaded", -ENOENT },
	USER(USER_ACCESS) = { "access",
		"this user may not open it", -EACCES },
	USER(USER_IN_USE) = { "in-use",
		"it is in use already", -EBUSY },
	USER(USER_VERSION) = { "version",
		"the kernel speaks version {D} of the interface", -EOPNOTSUPP },
	USER(USER_KIND) = { "kind",
		"the container has no IOMMU of kind {D}", -EOPNOTSUPP },
	USER(USER_VIABLE) = { "viable",
		"a device of the group belongs to another driver", -EPERM },
	USER(USER_INTERRUPTS) = { "interrupts",
		"the IOMMU does not remap interrupts", -EPERM },
	USER(USER_IOMMU) = { "iommu",
		"no IOMMU takes the device", -ENODEV },
	USER(USER_GROUP) = { "group",
		"the device is not in the group", -ENODEV },
	USER(USER_MEMORY) = { "memory",
		"memory or the limit of locked memory is used up", -ENOMEM },
	USER(USER_VADDR) = { "vaddr",
		"no memory of the process with these rights is behind iova {R}", -EFAULT },
	USER(USER_ALIGN) = { "align",
		"iova {R} or the memory behind it is not whole pages, or reserved", -EINVAL },
	USER(USER_PRESENT) = { "present",
		"the kernel holds a mapping in {R} that was made elsewhere", -EEXIST },
	USER(USER_ENTRIES) = { "entries",
		"the container takes no more mappings", -ENOSPC },
	USER(USER_GREW) = { "grew",
		"the answer grew too often, or beyond the buffer: {D} bytes", -E2BIG },
	USER(USER_REPLY) = { "reply",
		"the answer breaks rule P{D} of the capability chain", -EBADMSG },
	USER(USER_NOTHING) = { "nothing",
		"nothing is mapped in {R}", -ENOENT },
	USER(USER_STICKS_OUT) = { "sticks-out",
		"mapping {H} sticks out of {R}", -EINVAL },
	USER(USER_UNMAPPED) = { "unmapped",
		"the kernel unmapped {D} bytes of {R}, which the device may reach still", -EIO },
	USER(USER_SPOILED) = { "spoiled",
		"an earlier unmap went wrong: only closing the container helps", -EIO },
	USER(USER_RESET) = { "reset",
		"the device cannot be reset alone", -ENOTTY },
	USER(USER_GROUPLESS) = { "groupless",
		"the device has no IOMMU group: is the IOMMU on?", -ENOENT },
};

#define X86_FIRST VPRIM_REASON_X86_OTHER
#define X86(id) [VPRIM_REASON_X86_##id - X86_FIRST]

/* What it says of a processor and of KVM. */
static const struct rule x86[] = {
	X86(OTHER) = { "other",
		"only for programs on x86 processors under Linux",
		-EOPNOTSUPP },
	X86(XSAVE) = { "xsave",
		"the processor has no XSAVE, or the system does not use it",
		-EOPNOTSUPP },
	X86(LEAF) = { "leaf",
		"sub-leaf {D} of the CPUID leaf of XSAVE contradicts another", -EINVAL },
	X86(PAT) = { "pat",
		"PAT {V} has an entry that is no memory type", -EINVAL },
	X86(MSR) = { "msr",
		"the vCPU has no MSR {V}, or refuses the value", -EOPNOTSUPP },
	X86(UNKNOWN) = { "unknown-component",
		"the kernel knows no component {D}", -EINVAL },
	X86(ABSENT) = { "absent",
		"component {D} is not on this machine, or not to be asked for",
		-EOPNOTSUPP },
	X86(LOCKED) = { "locked",
		"component {D} was asked for after the first vCPU was made",
		-EBUSY },
	X86(ALTSTACK) = { "altstack",
		"a thread's alternate signal stack is too small for component {D}",
		-ENOSPC },
	X86(ROOM) = { "room", "the extended state takes {D} bytes", -EMSGSIZE },
	X86(OLD) = { "old", "the kernel is too old for this call", -EINVAL },
};

static const struct block {
	const char *room;
	uint32_t first;
	uint32_t count;
	const struct rule *rules;
} blocks[] = {
	{ "general", GENERAL_FIRST, VPRIM_ARRAY_LEN(general), general },
	{ "windows", WINDOWS_FIRST, VPRIM_ARRAY_LEN(windows), windows },
	{ "type1", TYPE1_FIRST, VPRIM_ARRAY_LEN(type1), type1 },
	{ "ioas", IOAS_FIRST, VPRIM_ARRAY_LEN(ioas), ioas },
	{ "user", USER_FIRST, VPRIM_ARRAY_LEN(user), user },
	{ "x86", X86_FIRST, VPRIM_ARRAY_LEN(x86), x86 },
};

static const struct block *block_of(enum vprim_reason_rule rule)
{
	size_t i;

	/* An id below a block's first wraps to a large number. */
	for (i = 0; i < VPRIM_ARRAY_LEN(blocks); i++) {
		if ((uint32_t)rule - blocks[i].first < blocks[i].count)
			return &blocks[i];
	}
	return NULL;
}

static const struct rule *rule_of(enum vprim_reason_rule rule)
{
	const struct block *b = block_of(rule);

	return b ? &b->rules[(uint32_t)rule - b->first] : NULL;
}

int vprim_reason_set(struct vprim_reason *reason, enum vprim_reason_rule rule,
		     const struct vprim_range *range,
		     const struct vprim_range *hit)
{
	if (reason) {
		memset(reason, 0, sizeof(*reason));
		reason->rule = rule;
		if (range) {
			reason->valid |= VPRIM_REASON_HAS_RANGE;
			reason->range = *range;
		}
		if (hit) {
			reason->valid |= VPRIM_REASON_HAS_HIT;
			reason->hit = *hit;
		}
	}
	return vprim_reason_errno(rule);
}

int vprim_reason_set_value(struct vprim_reason *reason,
			   enum vprim_reason_rule rule, uint64_t value)
{
	int ret = vprim_reason_set(reason, rule, NULL, NULL);

	if (reason) {
		reason->valid = VPRIM_REASON_HAS_VALUE;
		reason->value = value;
	}
	return ret;
}

int vprim_reason_errno(enum vprim_reason_rule rule)
{
	const struct rule *r = rule_of(rule);

	return r ? r->err : 0;
}

const char *vprim_reason_word(enum vprim_reason_rule rule)
{
	const struct rule *r = rule_of(rule);

	if (rule == VPRIM_REASON_NONE)
		return "none";
	return r ? r->word : "unknown";
}

const char *vprim_reason_room(enum vprim_reason_rule rule)
{
	const struct block *b = block_of(rule);

	return b ? b->room : "none";
}

enum vprim_reason_rule vprim_reason_next(enum vprim_reason_rule after)
{
	uint32_t id = (uint32_t)after;
	size_t i;

	for (i = 0; i < VPRIM_ARRAY_LEN(blocks); i++) {
		if (id < blocks[i].first)
			return (enum vprim_reason_rule)blocks[i].first;
		if (id - blocks[i].first + 1 < blocks[i].count)
			return (enum vprim_reason_rule)(id + 1);
	}
	return VPRIM_REASON_NONE;
}

/* A buffer that counts on when it is full. */
struct writer {
	char *text;
	size_t size;
	size_t used;
};

static void put(struct writer *w, char c)
{
	if (w->used < w->size)
		w->text[w->used] = c;
	w->used++;
}

static void put_text(struct writer *w, const char *s)
{
	while (*s)
		put(w, *s++);
}

static void put_hex(struct writer *w, uint64_t v)
{
	int shift = 60;

	while (shift && !(v >> shift))
		shift -= 4;
	put_text(w, "0x");
	for (; shift >= 0; shift -= 4)
		put(w, "0123456789abcdef"[(v >> shift) & 15]);
}

static void put_dec(struct writer *w, uint64_t v)
{
	char digits[20];
	unsigned int n = 0;
	uint64_t digit;

	do {
		v = vprim_div_u64(v, 10, &digit);
		digits[n++] = (char)('0' + digit);
	} while (v);
	while (n)
		put(w, digits[--n]);
}

static void put_range(struct writer *w, const struct vprim_range *r)
{
	put_hex(w, r->start);
	put_text(w, "..");
	put_hex(w, r->last);
}

static uint32_t field_of(char letter)
{
	switch (letter) {
	case 'R':
		return VPRIM_REASON_HAS_RANGE;
	case 'H':
		return VPRIM_REASON_HAS_HIT;
	default:
		return VPRIM_REASON_HAS_VALUE;
	}
}

static void put_field(struct writer *w, const struct vprim_reason *reason,
		      char letter)
{
	if (!(reason->valid & field_of(letter)))
		put_text(w, "(unknown)");
	else if (letter == 'R')
		put_range(w, &reason->range);
	else if (letter == 'H')
		put_range(w, &reason->hit);
	else if (letter == 'V')
		put_hex(w, reason->value);
	else
		put_dec(w, reason->value);
}

/* Whether all fields of the clause that begins at @s are valid. */
static bool clause_holds(const struct vprim_reason *reason, const char *s)
{
	for (; *s != ']'; s++) {
		if (*s == '{' && !(reason->valid & field_of(s[1])))
			return false;
	}
	return true;
}

static void put_sentence(struct writer *w, const struct vprim_reason *reason,
			 const char *s)
{
	for (; *s; s++) {
		if (*s == '{') {
			put_field(w, reason, s[1]);
			s += 2;
		} else if (*s == '[' && !clause_holds(reason, s)) {
			while (*s != ']')
				s++;
		} else if (*s != '[' && *s != ']') {
			put(w, *s);
		}
	}
}

size_t vprim_reason_text(const struct vprim_reason *reason, char *text,
			 size_t size_bytes)
{
	struct writer w = { text, size_bytes, 0 };
	const struct rule *r;

	if (!reason || (!text && size_bytes))
		return 0;
	r = rule_of(reason->rule);
	if (r)
		put_sentence(&w, reason, r->text);
	else
		put_text(&w, reason->rule == VPRIM_REASON_NONE ?
				     "nothing was refused" : "unknown rule");
	put(&w, '\0');
	if (size_bytes && w.used > size_bytes)
		text[size_bytes - 1] = '\0';
	return w.used;
}
