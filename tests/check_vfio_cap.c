// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * vfio_cap.h: good and hostile replies against guard pages, random chains against
 * a naive model, and every way to be refused. The rows R1 to N26 of the parser are
 * in vectors/vfio_cap.vec.
 */
#include "testlib.h"
#include "cap_support.h"
#include <pthread.h>
#include <sched.h>

#define LE VPRIM_VFIO_CAP_LE
#define PAGE_MAX 65536u

static void store(uint8_t *p, unsigned int width, bool big, uint64_t v)
{
	for (unsigned int i = 0; i < width; i++)
		p[i] = (uint8_t)(v >> 8 * (big ? width - 1 - i : i));
}

/*
 * Read @n bytes where the byte before the first, or the one behind the last, and
 * any write, would fault. Both must see the same.
 */
static uint64_t read_guarded(const struct guarded *g,
			     enum vprim_vfio_cap_kind kind, uint32_t options,
			     const uint8_t *bytes, size_t n)
{
	uint64_t high = read_everything(kind, options, guard_end(g, bytes, n), n);
	uint64_t low = read_everything(kind, options, guard_start(g, bytes, n), n);

	ck_assert_uint_eq(low, high);
	return low;
}

START_TEST(every_prefix_stays_inside_its_bytes)
{
	const struct sample *s = &samples[_i];
	struct guarded g = guarded_pages(1);
	uint8_t b[SAMPLE_MAX];
	size_t n = sample_bytes(s, b);

	for (size_t len = 0; len <= n; len++) {
		for (uint32_t strict = 0; strict <= VPRIM_VFIO_CAP_STRICT; strict++) {
			/* As it came, and with an argsz that names the cut. */
			uint8_t cut[SAMPLE_MAX];

			memcpy(cut, b, n);
			read_guarded(&g, s->kind, LE | strict, cut, len);
			store(cut, 4, false, len);
			read_guarded(&g, s->kind, LE | strict, cut, len);
			/* argsz alone says where to stop. */
			ck_assert_uint_eq(read_everything(s->kind, LE | strict, cut, n),
					  read_everything(s->kind, LE | strict, cut, len));
		}
	}
}
END_TEST

START_TEST(every_flipped_bit_stays_inside_its_bytes)
{
	const struct sample *s = &samples[_i];
	struct guarded g = guarded_pages(1);
	uint8_t b[SAMPLE_MAX];
	size_t n = sample_bytes(s, b);

	for (size_t bit = 0; bit < 8 * n; bit++) {
		b[bit / 8] ^= (uint8_t)(1u << bit % 8);
		read_guarded(&g, s->kind, LE, b, n);
		read_guarded(&g, s->kind, LE | VPRIM_VFIO_CAP_STRICT, b, n);
		b[bit / 8] ^= (uint8_t)(1u << bit % 8);
	}
}
END_TEST

START_TEST(any_alignment_reads_the_same)
{
	const struct sample *s = &samples[_i];
	uint8_t b[SAMPLE_MAX] = { 0 }, moved[SAMPLE_MAX + 8];
	size_t n = sample_bytes(s, b);
	uint64_t want = read_everything(s->kind, LE, b, n);

	for (size_t at = 0; at < 8; at++) {
		memcpy(moved + at, b, n);
		ck_assert_uint_eq(read_everything(s->kind, LE, moved + at, n), want);
	}
}
END_TEST

/* What a sample must give; bytes that are well-formed but cut ask for more. */
START_TEST(every_good_reply_is_good)
{
	const struct sample *s = &samples[_i];
	bool cut = !strcmp(s->name, "R3") || !strcmp(s->name, "R9");
	struct vprim_vfio_cap_view v;
	uint8_t b[SAMPLE_MAX] = { 0 };
	size_t n = sample_bytes(s, b);

	for (uint32_t strict = 0; strict <= VPRIM_VFIO_CAP_STRICT; strict++)
		ck_assert_msg(vprim_vfio_cap_parse(&v, s->kind, LE | strict, b, n,
						   NULL) == (cut ? -EMSGSIZE : 0),
			      "%s", s->name);
}
END_TEST

START_TEST(mutated_replies_stay_inside_their_bytes)
{
	struct test_rng rng = test_rng_seed(0x63617073);
	struct guarded g = guarded_pages(1);
	uint64_t steps = test_steps(1000000), i, bad = 0;
	uint8_t b[SAMPLE_MAX];
	const uint8_t *to;

	for (i = 0; i < steps; i++) {
		const struct sample *s = &samples[test_rng_below(&rng, SAMPLES)];
		uint64_t changes = 1 + test_rng_below(&rng, 4), k;
		size_t n = sample_bytes(s, b), at;
		uint32_t options = LE | (uint32_t)test_rng_below(&rng, 2);

		for (k = 0; k < changes; k++) {
			at = (size_t)test_rng_below(&rng, n / 4) * 4;
			store(b + at, 4, false, test_rng_below(&rng, 2) ?
				test_rng_below(&rng, 2 * n) :
				test_rng_next(&rng) >> test_rng_below(&rng, 64));
		}
		if (!test_rng_below(&rng, 4))
			n = (size_t)test_rng_below(&rng, n + 1);
		to = guard_end(&g, b, n);
		read_everything(s->kind, options, to, n);
		bad += vprim_vfio_cap_parse(&(struct vprim_vfio_cap_view){ 0 },
					    s->kind, options, to, n, NULL) != 0;
	}
	/* The mutations do reach both verdicts. */
	ck_assert(bad > steps / 10 && bad < steps - steps / 10);
}
END_TEST

/* -- the builder against a model ------------------------------------------------ */

#define CAPS_MAX 12
#define KEY(kind, id) ((unsigned int)(kind) << 16 | (id))

/* One capability of the model, laid out by hand: version, size and all bytes. */
struct model_cap {
	uint16_t id, version;
	size_t size;			/* with the header, not rounded */
	uint8_t payload[400];
	bool raw;
	struct vprim_vfio_cap_area areas[20];
	struct vprim_range ranges[20];
	uint32_t nr;
	uint64_t words[9];
};

struct model {
	enum vprim_vfio_cap_kind kind;
	bool big;
	uint64_t region_size;
	unsigned int nr;
	struct model_cap caps[CAPS_MAX];
};

static void model_list(struct test_rng *rng, const struct model *m,
		       struct model_cap *c)
{
	uint64_t at = 0, room = m->region_size;

	c->nr = (uint32_t)test_rng_below(rng, 20);
	c->size = 16 + 16 * c->nr;
	store(c->payload, 4, m->big, c->nr);
	for (uint32_t i = 0; i < c->nr; i++) {
		uint64_t len = test_rng_below(rng, room / 40) +
			       (m->kind == VPRIM_VFIO_CAP_IOMMU);

		at += test_rng_below(rng, room / 40);
		c->areas[i] = (struct vprim_vfio_cap_area){ at, len };
		c->ranges[i] = (struct vprim_range){ at, at + len - 1 };
		store(c->payload + 8 + 16 * i, 8, m->big, at);
		store(c->payload + 16 + 16 * i, 8, m->big,
		      m->kind == VPRIM_VFIO_CAP_IOMMU ? at + len - 1 : len);
		at += len;
	}
}

static void model_words(struct test_rng *rng, const struct model *m,
			struct model_cap *c, const unsigned int *widths,
			const unsigned int *offsets, unsigned int n)
{
	for (unsigned int i = 0; i < n; i++) {
		c->words[i] = test_rng_next(rng) >> (64 - 8 * widths[i]);
		store(c->payload + offsets[i] - 8, widths[i], m->big, c->words[i]);
	}
}

static void model_bytes(struct test_rng *rng, const struct model *m,
			struct model_cap *c)
{
	c->nr = (uint32_t)test_rng_below(rng, 300);
	c->size = 12 + c->nr;
	store(c->payload, 4, m->big, c->nr);
	for (uint32_t i = 0; i < c->nr; i++)
		c->payload[4 + i] = (uint8_t)test_rng_next(rng);
}

static void model_raw(struct test_rng *rng, struct model_cap *c)
{
	c->raw = true;
	c->id = (uint16_t)(100 + test_rng_below(rng, 60000));
	c->version = (uint16_t)(1 + test_rng_below(rng, 65535));
	c->size = 8 + (size_t)test_rng_below(rng, 100);
	for (size_t i = 0; i < c->size - 8; i++)
		c->payload[i] = (uint8_t)test_rng_next(rng);
}

static void model_region(struct test_rng *rng, const struct model *m,
			 struct model_cap *c)
{
	static const unsigned int w44[] = { 4, 4 }, o44[] = { 8, 12 };
	static const unsigned int w8[] = { 8 }, w4[] = { 4 }, o8[] = { 8 };

	c->id = (uint16_t)(1 + test_rng_below(rng, 5));
	c->version = 1;
	c->size = 16;
	if (c->id == VPRIM_VFIO_CAP_SPARSE_MMAP)
		model_list(rng, m, c);
	else if (c->id == VPRIM_VFIO_CAP_TYPE)
		model_words(rng, m, c, w44, o44, 2);
	else if (c->id == VPRIM_VFIO_CAP_MSIX_MAPPABLE)
		c->size = 8;
	else if (c->id == VPRIM_VFIO_CAP_NVLINK2_SSATGT)
		model_words(rng, m, c, w8, o8, 1);
	else
		model_words(rng, m, c, w4, o8, 1);
}

static void model_iommu(struct test_rng *rng, const struct model *m,
			struct model_cap *c)
{
	static const unsigned int wm[] = { 4, 8, 8 }, om[] = { 8, 16, 24 };
	static const unsigned int w4[] = { 4 }, o4[] = { 8 };

	c->id = (uint16_t)(1 + test_rng_below(rng, 3));
	c->version = 1;
	c->size = 32;
	if (c->id == VPRIM_VFIO_CAP_IOVA_RANGE) {
		model_list(rng, m, c);
	} else if (c->id == VPRIM_VFIO_CAP_MIGRATION) {
		model_words(rng, m, c, wm, om, 3);
	} else {
		c->size = 12;
		model_words(rng, m, c, w4, o4, 1);
	}
}

static void model_device(struct test_rng *rng, const struct model *m,
			 struct model_cap *c)
{
	static const unsigned int w4[] = { 4 }, o4[] = { 8 };
	static const unsigned int wb[] = { 8, 8, 2, 2, 2, 1, 1, 4 };
	static const unsigned int ob[] = { 8, 16, 24, 26, 28, 30, 31, 32 };
	static const unsigned int wg[] = { 8, 8, 8, 2, 2, 2, 1, 2 };
	static const unsigned int og[] = { 8, 16, 24, 32, 34, 36, 38, 40 };
	bool second = test_rng_below(rng, 2);

	c->version = 1;
	c->id = (uint16_t)(1 + test_rng_below(rng, 5));
	c->size = 16;
	if (c->id == VPRIM_VFIO_CAP_PCI_ATOMIC_COMP) {
		model_words(rng, m, c, w4, o4, 1);
	} else if (c->id == VPRIM_VFIO_CAP_ZPCI_BASE) {
		c->version += second;
		c->size = second ? 40 : 32;
		model_words(rng, m, c, wb, ob, second ? 8 : 7);
	} else if (c->id == VPRIM_VFIO_CAP_ZPCI_GROUP) {
		c->version += second;
		c->size = second ? 48 : 40;
		model_words(rng, m, c, wg, og, second ? 8 : 7);
	} else {
		model_bytes(rng, m, c);
	}
}

static void model_random(struct test_rng *rng, struct model *m)
{
	memset(m, 0, sizeof(*m));
	m->kind = all_kinds[test_rng_below(rng, 3)];
	m->big = test_rng_below(rng, 2);
	m->region_size = 100 + (test_rng_next(rng) >> test_rng_below(rng, 50));
	m->nr = (unsigned int)test_rng_below(rng, CAPS_MAX + 1);
	for (unsigned int i = 0; i < m->nr; i++) {
		struct model_cap *c = &m->caps[i];

		if (!test_rng_below(rng, 4))
			model_raw(rng, c);
		else if (m->kind == VPRIM_VFIO_CAP_REGION)
			model_region(rng, m, c);
		else if (m->kind == VPRIM_VFIO_CAP_IOMMU)
			model_iommu(rng, m, c);
		else
			model_device(rng, m, c);
	}
}

/* The chain as Linux lays it out, for an info struct of @header bytes. */
static size_t model_layout(const struct model *m, uint32_t header, uint8_t *to)
{
	size_t at = 0, size;

	for (unsigned int i = 0; i < m->nr; i++, at += size) {
		const struct model_cap *c = &m->caps[i];

		size = (c->size + 7) / 8 * 8;
		memset(to + at, 0, size);
		store(to + at, 2, m->big, c->id);
		store(to + at + 2, 2, m->big, c->version);
		if (i + 1 < m->nr)
			store(to + at + 4, 4, m->big, header + at + size);
		memcpy(to + at + 8, c->payload, c->size - 8);
	}
	return at;
}

static uint32_t model_options(const struct model *m)
{
	return m->big ? VPRIM_VFIO_CAP_BE : VPRIM_VFIO_CAP_LE;
}

/* What of the model has fields, in fields; the rest of the payload is 0. */
static void model_value(const struct model *m, const struct model_cap *c,
			struct vprim_vfio_cap_value *v)
{
	const uint64_t *w = c->words;

	memset(v, 0, sizeof(*v));
	v->kind = m->kind;
	v->id = c->id;
	v->version = c->version;
	switch (KEY(m->kind, c->id)) {
	case KEY(VPRIM_VFIO_CAP_REGION, VPRIM_VFIO_CAP_TYPE):
		v->u.type.type = (uint32_t)w[0];
		v->u.type.subtype = (uint32_t)w[1];
		break;
	case KEY(VPRIM_VFIO_CAP_REGION, VPRIM_VFIO_CAP_NVLINK2_SSATGT):
		v->u.nvlink2_tgt = w[0];
		break;
	case KEY(VPRIM_VFIO_CAP_REGION, VPRIM_VFIO_CAP_NVLINK2_LNKSPD):
		v->u.nvlink2_spd = (uint32_t)w[0];
		break;
	case KEY(VPRIM_VFIO_CAP_IOMMU, VPRIM_VFIO_CAP_MIGRATION):
		v->u.migration.flags = (uint32_t)w[0];
		v->u.migration.pgsizes = w[1];
		v->u.migration.max_bitmap_bytes = w[2];
		break;
	case KEY(VPRIM_VFIO_CAP_IOMMU, VPRIM_VFIO_CAP_DMA_AVAIL):
		v->u.dma_avail = (uint32_t)w[0];
		break;
	case KEY(VPRIM_VFIO_CAP_DEVICE, VPRIM_VFIO_CAP_ZPCI_BASE):
		v->u.zpci_base.start_dma = w[0];
		v->u.zpci_base.end_dma = w[1];
		v->u.zpci_base.pchid = (uint16_t)w[2];
		v->u.zpci_base.vfn = (uint16_t)w[3];
		v->u.zpci_base.fmb_length = (uint16_t)w[4];
		v->u.zpci_base.pft = (uint8_t)w[5];
		v->u.zpci_base.gid = (uint8_t)w[6];
		v->u.zpci_base.fh = (uint32_t)w[7];
		break;
	case KEY(VPRIM_VFIO_CAP_DEVICE, VPRIM_VFIO_CAP_ZPCI_GROUP):
		v->u.zpci_group.dasm = w[0];
		v->u.zpci_group.msi_addr = w[1];
		v->u.zpci_group.flags = w[2];
		v->u.zpci_group.mui = (uint16_t)w[3];
		v->u.zpci_group.noi = (uint16_t)w[4];
		v->u.zpci_group.maxstbl = (uint16_t)w[5];
		v->u.zpci_group.pci_version = (uint8_t)w[6];
		v->u.zpci_group.imaxstbl = (uint16_t)w[7];
		break;
	case KEY(VPRIM_VFIO_CAP_DEVICE, VPRIM_VFIO_CAP_PCI_ATOMIC_COMP):
		v->u.atomic_comp = (uint32_t)w[0];
		break;
	default:
		v->u.nr = c->nr;
		break;
	}
}

static int add_typed(struct vprim_vfio_cap_chain *chain, const struct model *m,
		     const struct model_cap *c)
{
	struct vprim_vfio_cap_value v;

	model_value(m, c, &v);
	if (c->raw)
		return vprim_vfio_cap_add(chain, c->id, c->version, c->payload,
					  c->size);
	switch (KEY(m->kind, c->id)) {
	case KEY(VPRIM_VFIO_CAP_REGION, VPRIM_VFIO_CAP_SPARSE_MMAP):
		return vprim_vfio_cap_add_sparse_mmap(chain, c->areas, c->nr);
	case KEY(VPRIM_VFIO_CAP_IOMMU, VPRIM_VFIO_CAP_IOVA_RANGE):
		return vprim_vfio_cap_add_iova_ranges(chain, c->ranges, c->nr);
	case KEY(VPRIM_VFIO_CAP_DEVICE, VPRIM_VFIO_CAP_ZPCI_UTIL):
	case KEY(VPRIM_VFIO_CAP_DEVICE, VPRIM_VFIO_CAP_ZPCI_PFIP):
		return vprim_vfio_cap_add_zpci_bytes(chain, c->id, c->payload + 4, c->nr);
	case KEY(VPRIM_VFIO_CAP_REGION, VPRIM_VFIO_CAP_TYPE):
		return vprim_vfio_cap_add_type(chain, v.u.type.type, v.u.type.subtype);
	default:
		return vprim_vfio_cap_add_value(chain, &v);
	}
}

/* A complete reply of the model, built; gives its length. */
static size_t build_reply(const struct model *m, uint8_t *reply)
{
	uint32_t header = header_of(m->kind);
	struct vprim_vfio_cap_fixed f = { .argsz = PAGE_MAX,
					  .size = m->region_size };
	struct vprim_vfio_cap_chain chain;
	struct vprim_vfio_cap_reply r;
	const void *bytes;
	uint32_t size = 0;

	memset(reply, 0xff, PAGE_MAX);
	ck_assert_int_eq(vprim_vfio_cap_chain_init(&chain, model_options(m),
			 header, reply + header, PAGE_MAX - header), 0);
	for (unsigned int i = 0; i < m->nr; i++)
		ck_assert_int_eq(add_typed(&chain, m, &m->caps[i]), 0);
	f.argsz = vprim_vfio_cap_chain_argsz(&chain);
	ck_assert_int_eq(vprim_vfio_cap_chain_reply(&chain, m->kind, &f, &r), 0);
	ck_assert_int_eq(vprim_vfio_cap_fixed_store(m->kind, model_options(m),
						    &f, reply, header), 0);
	ck_assert_int_eq(vprim_vfio_cap_chain_finish(&chain, &bytes, &size),
			 m->nr ? 0 : -EINVAL);
	ck_assert_uint_eq(r.chain_bytes, size);
	ck_assert_uint_eq(f.argsz, header + size);
	return header + size;
}

/* What the readers give, against the model. */
static void check_payload(const struct vprim_vfio_cap_view *v,
			  const struct vprim_vfio_cap *cap, const struct model *m,
			  const struct model_cap *c)
{
	struct vprim_vfio_cap_value value, want;
	struct vprim_range ranges[20];
	struct vprim_vfio_cap_area a;
	uint8_t bytes[300];
	uint32_t w;

	model_value(m, c, &want);
	memset(&value, 0x55, sizeof(value));
	ck_assert_int_eq(vprim_vfio_cap_read_value(v, cap, &value, NULL), 0);
	ck_assert(!memcmp(&value, &want, sizeof(value)));
	switch (KEY(m->kind, c->id)) {
	case KEY(VPRIM_VFIO_CAP_REGION, VPRIM_VFIO_CAP_SPARSE_MMAP):
		for (uint32_t i = 0; i < value.u.nr; i++) {
			ck_assert_int_eq(vprim_vfio_cap_read_sparse_area(v, cap, i, &a, NULL), 0);
			ck_assert(a.offset == c->areas[i].offset && a.size == c->areas[i].size);
		}
		break;
	case KEY(VPRIM_VFIO_CAP_IOMMU, VPRIM_VFIO_CAP_IOVA_RANGE):
		ck_assert_int_eq(vprim_vfio_cap_read_iova_ranges(v, cap, ranges, 20, &w, NULL), 0);
		ck_assert(w == c->nr && !memcmp(ranges, c->ranges, w * sizeof(ranges[0])));
		break;
	case KEY(VPRIM_VFIO_CAP_DEVICE, VPRIM_VFIO_CAP_ZPCI_UTIL):
	case KEY(VPRIM_VFIO_CAP_DEVICE, VPRIM_VFIO_CAP_ZPCI_PFIP):
		ck_assert_int_eq(vprim_vfio_cap_read_zpci_bytes(v, cap, bytes, 300, &w, NULL), 0);
		ck_assert(w == c->nr && !memcmp(bytes, c->payload + 4, w));
		break;
	}
}

/* Append what the parser saw to another chain. */
static void rebuild(struct vprim_vfio_cap_chain *chain, const struct model *m,
		    const uint8_t *reply, size_t n)
{
	struct vprim_vfio_cap_view v;
	struct vprim_vfio_cap cap;
	unsigned int i = 0;
	int ret;

	ck_assert_int_eq(vprim_vfio_cap_parse(&v, m->kind, model_options(m) |
			 VPRIM_VFIO_CAP_STRICT, reply, n, NULL), 0);
	ck_assert_uint_eq(v.nr_caps, m->nr);
	for (ret = vprim_vfio_cap_first(&v, &cap, NULL); !ret;
	     ret = vprim_vfio_cap_next(&v, &cap, NULL), i++) {
		const struct model_cap *c = &m->caps[i];

		ck_assert_uint_eq(cap.id, c->id);
		ck_assert_uint_eq(cap.version, c->version);
		ck_assert_uint_eq(cap.extent_bytes, (c->size + 7) / 8 * 8);
		ck_assert(!(cap.notes & VPRIM_VFIO_CAP_UNKNOWN) == !c->raw);
		if (!c->raw)
			check_payload(&v, &cap, m, c);
		ck_assert_int_eq(vprim_vfio_cap_add(chain, cap.id, cap.version,
				 reply + cap.offset + 8, cap.extent_bytes), 0);
	}
	ck_assert_int_eq(ret, -ENOENT);
	ck_assert_uint_eq(i, m->nr);
}

START_TEST(random_chains_survive_build_parse_build)
{
	static uint8_t reply[PAGE_MAX], layout[PAGE_MAX], again[PAGE_MAX];
	struct test_rng rng = test_rng_seed(0x6275696c64);
	uint64_t steps = test_steps(60000);
	static struct model m;

	for (uint64_t i = 0; i < steps; i++) {
		struct vprim_vfio_cap_chain chain;
		const void *bytes;
		uint32_t header, size = 0;
		size_t n, want;

		model_random(&rng, &m);
		header = header_of(m.kind);
		n = build_reply(&m, reply);
		want = model_layout(&m, header, layout);
		ck_assert_uint_eq(n, header + want);
		ck_assert(!memcmp(reply + header, layout, want));
		ck_assert_int_eq(vprim_vfio_cap_chain_init(&chain,
				 model_options(&m), header, again, PAGE_MAX), 0);
		rebuild(&chain, &m, reply, n);
		ck_assert_int_eq(vprim_vfio_cap_chain_shift(&chain), 0);
		ck_assert_int_eq(vprim_vfio_cap_chain_finish(&chain, &bytes, &size), 0);
		ck_assert_uint_eq(size, want);
		ck_assert(bytes == again && !memcmp(bytes, layout, want));
	}
}
END_TEST

START_TEST(every_room_counts_the_same_and_keeps_to_itself)
{
	static uint8_t buf[PAGE_MAX], layout[PAGE_MAX], canary[PAGE_MAX];
	struct test_rng rng = test_rng_seed(0x726f6f6d);
	uint64_t steps = test_steps(100);
	static struct model m;

	memset(canary, 0xa5, sizeof(canary));
	for (uint64_t i = 0; i < steps; i++) {
		model_random(&rng, &m);
		uint32_t header = header_of(m.kind);
		size_t want = model_layout(&m, header, layout);

		for (size_t room = 0; room <= want + 8; room++) {
			for (uint32_t count = 0; count < 2; count++) {
				struct vprim_vfio_cap_chain chain;
				size_t sum = 0, k, stored = 0;

				memset(buf, 0xa5, want + 16);
				ck_assert_int_eq(vprim_vfio_cap_chain_init(&chain,
					model_options(&m) | (count ? VPRIM_VFIO_CAP_COUNT : 0),
					header, buf, room), 0);
				for (k = 0; k < m.nr; k++) {
					int ret = add_typed(&chain, &m, &m.caps[k]);

					sum += (m.caps[k].size + 7) / 8 * 8;
					if (sum <= room)
						stored = sum;
					ck_assert_int_eq(ret, sum <= room || count ? 0 : -EMSGSIZE);
					ck_assert_uint_eq(vprim_vfio_cap_chain_argsz(&chain),
							  header + sum);
				}
				ck_assert(!memcmp(buf + stored, canary, want + 16 - stored));
				ck_assert_int_eq(vprim_vfio_cap_chain_shift(&chain),
						 want <= room ? 0 : -EMSGSIZE);
			}
		}
	}
}
END_TEST

/* -- the client ------------------------------------------------------------------- */

/* A server whose chain changes size between answers, and which may lie. */
static void serve(struct test_rng *rng, enum vprim_vfio_cap_kind kind,
		  uint8_t *buf, size_t bytes)
{
	static const uint32_t caps[] = { 8, 0x80, 2 };
	struct vprim_vfio_cap_fixed f;
	struct vprim_vfio_cap_reply r;

	ck_assert_int_eq(vprim_vfio_cap_fixed_load(kind, LE, buf, bytes, &f), 0);
	if (!test_rng_below(rng, 4)) {
		r.argsz = (uint32_t)(test_rng_below(rng, 2) ? test_rng_below(rng, 64) :
				     test_rng_next(rng) >> test_rng_below(rng, 64));
		r.flags = test_rng_below(rng, 4) ? caps[kind] : 0;
		r.cap_offset = test_rng_below(rng, 4) ? 0 : 32;
	} else {
		ck_assert_int_eq(reply_for(kind, f, header_of(kind),
					   8 * (uint32_t)test_rng_below(rng, 10), &r), 0);
	}
	f.argsz = r.argsz;
	f.flags = r.flags;
	f.cap_offset = r.cap_offset;
	ck_assert_int_eq(vprim_vfio_cap_fixed_store(kind, LE, &f, buf,
						    header_of(kind)), 0);
}

START_TEST(a_client_ends_whatever_the_server_says)
{
	static const uint8_t zeros[4096];
	struct test_rng rng = test_rng_seed(0x636c69656e74);
	uint64_t steps = test_steps(200000), ends[4] = { 0 };

	for (uint64_t i = 0; i < steps; i++) {
		enum vprim_vfio_cap_kind kind = all_kinds[test_rng_below(&rng, 3)];
		struct vprim_vfio_cap_query q;
		uint8_t buf[4096];
		unsigned int asked = 0;
		int ret;

		ck_assert_int_eq(vprim_vfio_cap_query_init(&q, kind, LE, sizeof(buf), 3,
							   NULL), 0);
		do {
			uint32_t argsz = vprim_vfio_cap_query_argsz(&q);

			ck_assert(argsz <= sizeof(buf) && ++asked <= 4);
			memset(buf, 0xee, sizeof(buf));
			ck_assert_int_eq(vprim_vfio_cap_query_request(&q, 7, buf, argsz), 0);
			ck_assert_uint_eq(vprim_load_le32(buf), argsz);
			ck_assert_uint_eq(buf[8], kind == VPRIM_VFIO_CAP_REGION ? 7 : 0);
			ck_assert(!memcmp(buf + 4, zeros, 4));
			ck_assert(!memcmp(buf + 9, zeros, argsz - 9));
			ck_assert(argsz == sizeof(buf) || buf[argsz] == 0xee);
			serve(&rng, kind, buf, argsz);
			ret = vprim_vfio_cap_query_answer(&q, buf, argsz, NULL);
		} while (ret == -EMSGSIZE);
		ck_assert(!ret || ret == -E2BIG || ret == -EBADMSG || ret == -EINVAL);
		ends[!ret ? 0 : ret == -E2BIG ? 1 : ret == -EBADMSG ? 2 : 3]++;
	}
	/* Enough of them meet each end. */
	for (unsigned int k = 0; k < 4 && steps >= 2000; k++)
		ck_assert(ends[k] > 0);
}
END_TEST

/* -- promises about memory that changes ---------------------------------------------- */

static uint8_t shared[SAMPLE_MAX];
static volatile bool stop;

static void *scribble(void *arg)
{
	uint64_t x = 88172645463325252u;
	volatile uint8_t *p = shared;

	(void)arg;
	while (!stop) {
		x ^= x << 13;
		x ^= x >> 7;
		x ^= x << 17;
		/* Counts, links and the second range, now right, now wrong. */
		p[0x50] = (uint8_t)(x & 3);
		p[0x1c] = x & 4 ? 0x38 : 0x3c;
		p[0x69] = x & 8 ? 0x00 : (uint8_t)(x >> 8);
		p[0x6b] = x & 16 ? 0xfe : 0x00;
		p[0x6d] = x & 96 ? 0x00 : 0xff;
	}
	return NULL;
}

START_TEST(bytes_that_change_lead_nowhere)
{
	struct vprim_range ranges[4];
	struct vprim_vfio_cap_view v;
	struct vprim_vfio_cap cap;
	size_t n = 0, i;
	uint64_t steps = test_steps(300000), good = 0;
	pthread_t thread;
	uint32_t nr, k;

	for (i = 0; i < SAMPLES; i++)
		if (!strcmp(samples[i].name, "I1"))
			n = sample_bytes(&samples[i], shared);
	ck_assert_uint_eq(n, 120);
	stop = false;
	ck_assert_int_eq(pthread_create(&thread, NULL, scribble, NULL), 0);
	for (i = 0; i < steps || !good; i++) {
		if (i % 64 == 0)
			sched_yield();
		if (vprim_vfio_cap_view_init(&v, VPRIM_VFIO_CAP_IOMMU, LE, shared, n, NULL) ||
		    vprim_vfio_cap_find(&v, VPRIM_VFIO_CAP_IOVA_RANGE, &cap, NULL) ||
		    vprim_vfio_cap_read_iova_ranges(&v, &cap, ranges, 4, &nr, NULL))
			continue;
		good++;
		ck_assert(nr <= 2);
		for (k = 0; k < nr; k++)
			ck_assert(vprim_range_is_valid(&ranges[k]) &&
				  (!k || ranges[k].start > ranges[k - 1].last));
	}
	stop = true;
	pthread_join(thread, NULL);
}
END_TEST

/* -- lists out of order, compared with every pair ------------------------------------ */

static size_t list_reply(uint8_t *b, enum vprim_vfio_cap_kind kind, uint64_t size,
			 const struct vprim_range *items, uint32_t nr)
{
	bool region = kind == VPRIM_VFIO_CAP_REGION;
	size_t header = header_of(kind), n = header + 16 + 16 * (size_t)nr;

	memset(b, 0, n);
	store(b, 4, false, n);
	store(b + 4, 4, false, region ? 8 : 2);
	store(b + (region ? 12 : 16), 4, false, header);
	if (region)
		store(b + 16, 8, false, size);
	store(b + header, 2, false, 1);
	store(b + header + 2, 2, false, 1);
	store(b + header + 8, 4, false, nr);
	for (uint32_t i = 0; i < nr; i++) {
		store(b + header + 16 + 16 * i, 8, false, items[i].start);
		store(b + header + 24 + 16 * i, 8, false, region ?
		      items[i].last - items[i].start + 1 : items[i].last);
	}
	return n;
}

START_TEST(lists_out_of_order_agree_with_every_pair)
{
	struct test_rng rng = test_rng_seed(0x6c69737473);
	uint64_t steps = test_steps(200000);
	static uint8_t b[PAGE_MAX];

	for (uint64_t step = 0; step < steps; step++) {
		struct vprim_range items[8], out[8];
		uint32_t nr = (uint32_t)test_rng_below(&rng, 8), i, k, got = 0;
		bool meet = false, ascend = true;
		struct vprim_vfio_cap_view v;
		struct vprim_vfio_cap cap;
		size_t n;
		int ret;

		for (i = 0; i < nr; i++) {
			items[i].start = test_rng_below(&rng, 60);
			items[i].last = items[i].start + test_rng_below(&rng, 4);
			for (k = 0; k < i; k++)
				meet |= vprim_range_overlaps(&items[k], &items[i]);
			ascend &= !i || items[i].start > items[i - 1].last;
		}
		n = list_reply(b, VPRIM_VFIO_CAP_IOMMU, 0, items, nr);
		ret = vprim_vfio_cap_parse(&v, VPRIM_VFIO_CAP_IOMMU, LE | VPRIM_VFIO_CAP_STRICT,
					   b, n, NULL);
		ck_assert_int_eq(ret, ascend ? 0 : -EBADMSG);
		ret = vprim_vfio_cap_parse(&v, VPRIM_VFIO_CAP_IOMMU, LE, b, n, NULL);
		ck_assert_int_eq(ret, meet ? -EBADMSG : 0);
		if (!ret) {
			ck_assert(!(v.notes & VPRIM_VFIO_CAP_UNSORTED) == ascend);
			ck_assert_int_eq(vprim_vfio_cap_first(&v, &cap, NULL), 0);
			ck_assert_int_eq(vprim_vfio_cap_read_iova_ranges(&v, &cap, out, 8,
									 &got, NULL), 0);
			ck_assert_uint_eq(got, nr);
			for (i = 0; i < nr; i++) {
				for (k = 0; k < nr && (out[k].start != items[i].start ||
						       out[k].last != items[i].last); k++)
					;
				ck_assert(k < nr && (!i || out[i].start > out[i - 1].last));
			}
		}
		n = list_reply(b, VPRIM_VFIO_CAP_REGION, 70, items, nr);
		ck_assert_int_eq(vprim_vfio_cap_parse(&v, VPRIM_VFIO_CAP_REGION,
				 LE | VPRIM_VFIO_CAP_STRICT, b, n, NULL), 0);
		ck_assert(!(v.notes & VPRIM_VFIO_CAP_OVERLAP) == !meet);
	}
}
END_TEST

START_TEST(long_lists_cost_a_bounded_search)
{
	static struct vprim_range items[4000];
	static uint8_t b[PAGE_MAX];
	struct vprim_reason why;
	struct vprim_vfio_cap_view v;
	const uint32_t nr = 4000, max = VPRIM_VFIO_CAP_UNSORTED_MAX;
	size_t n;

	for (uint32_t i = 0; i < nr; i++)
		items[i] = (struct vprim_range){ 10 * (uint64_t)i, 10 * (uint64_t)i + 5 };
	n = list_reply(b, VPRIM_VFIO_CAP_IOMMU, 0, items, nr);
	ck_assert_int_eq(vprim_vfio_cap_parse(&v, VPRIM_VFIO_CAP_IOMMU, LE, b, n, NULL), 0);
	/* The last item that may step back, and the first that may not. */
	items[max - 1].start -= 14;
	items[max - 1].last = items[max - 1].start + 2;
	n = list_reply(b, VPRIM_VFIO_CAP_IOMMU, 0, items, nr);
	ck_assert_int_eq(vprim_vfio_cap_parse(&v, VPRIM_VFIO_CAP_IOMMU, LE, b, n, NULL), 0);
	ck_assert_uint_eq(v.notes, VPRIM_VFIO_CAP_UNSORTED);
	items[max].start -= 21;	/* free, but too far back */
	items[max].last = items[max].start;
	n = list_reply(b, VPRIM_VFIO_CAP_IOMMU, 0, items, nr);
	ck_assert_int_eq(vprim_vfio_cap_parse(&v, VPRIM_VFIO_CAP_IOMMU, LE, b, n, &why),
			 -EBADMSG);
	ck_assert_int_eq(vprim_reason_id(&why), VPRIM_VFIO_CAP_RULE_RANGE);
	ck_assert_uint_eq(why.at, 24 + 16 + 16 * max);
	n = list_reply(b, VPRIM_VFIO_CAP_REGION, 1u << 20, items, nr);
	ck_assert_int_eq(vprim_vfio_cap_parse(&v, VPRIM_VFIO_CAP_REGION, LE, b, n, NULL), 0);
	ck_assert_uint_eq(v.notes, VPRIM_VFIO_CAP_OVERLAP);
}
END_TEST

/* -- every way to be refused ------------------------------------------------------------ */

static const uint8_t r7[] = {
	0x58, 0, 0, 0, 0xf, 0, 0, 0, 0, 0, 0, 0, 0x20, 0, 0, 0,
	0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
	1, 0, 1, 0, 0x50, 0, 0, 0, 2, 0, 0, 0, 0, 0, 0, 0,
	0, 0, 0, 0, 0, 0, 0, 0, 0, 0x20, 0, 0, 0, 0, 0, 0,
	0, 0x30, 0, 0, 0, 0, 0, 0, 0, 0xd0, 0, 0, 0, 0, 0, 0,
	3, 0, 1, 0, 0, 0, 0, 0,
};

START_TEST(the_query_refuses)
{
	struct vprim_vfio_cap_query q, zeroed = { 0 };
	struct vprim_reason why;
	const enum vprim_vfio_cap_kind none = (enum vprim_vfio_cap_kind)3;
	uint8_t buf[64];

	memset(buf, 0x33, sizeof(buf));
	ck_assert_int_eq(vprim_vfio_cap_query_init(&q, none, LE, 0, 0, &why), -EINVAL);
	ck_assert_uint_eq(vprim_reason_id(&why), VPRIM_VFIO_CAP_RULE_KIND);
	ck_assert_int_eq(vprim_vfio_cap_query_init(&q, VPRIM_VFIO_CAP_REGION, 0x80, 0, 0,
						   &why), -EINVAL);
	ck_assert_uint_eq(vprim_reason_id(&why), VPRIM_VFIO_CAP_RULE_OPTIONS);
	ck_assert_int_eq(vprim_vfio_cap_query_init(&q, VPRIM_VFIO_CAP_REGION, LE, 31, 0,
						   &why), -EINVAL);
	ck_assert_uint_eq(vprim_reason_id(&why), VPRIM_VFIO_CAP_RULE_LIMIT);
	ck_assert(why.value == 31 && why.at == 32);
	ck_assert_int_eq(vprim_vfio_cap_query_init(&q, VPRIM_VFIO_CAP_REGION, LE, 32, 0,
						   &why), 0);
	ck_assert_uint_eq(vprim_reason_id(&why), VPRIM_REASON_NONE);
	ck_assert_int_eq(vprim_vfio_cap_query_request(&zeroed, 0, buf, 0), -EINVAL);
	ck_assert_int_eq(vprim_vfio_cap_query_request(&zeroed, 0, buf, 64), -EINVAL);
	ck_assert_uint_eq(buf[0], 0x33);
	ck_assert_int_eq(vprim_vfio_cap_query_answer(&zeroed, buf, 64, NULL), -EINVAL);
	zeroed.kind_ = none;
	ck_assert_int_eq(vprim_vfio_cap_query_request(&zeroed, 0, buf, 64), -EINVAL);
	ck_assert_uint_eq(buf[0], 0x33);
	ck_assert_int_eq(vprim_vfio_cap_query_request(&q, 0, buf, 31), -EMSGSIZE);
	ck_assert_uint_eq(buf[0], 0x33);
	ck_assert_int_eq(vprim_vfio_cap_query_answer(&q, r7, 31, NULL), -EINVAL);
}
END_TEST

START_TEST(the_parser_refuses)
{
	struct vprim_reason why = { .rule = NULL, .at = 5 };
	struct vprim_vfio_cap_view v, was;
	struct vprim_vfio_cap cap, other;
	uint8_t b[sizeof(r7)];

	memset(&v, 0x44, sizeof(v));
	was = v;
	ck_assert_int_eq(vprim_vfio_cap_parse(&v, (enum vprim_vfio_cap_kind)3, LE, r7, 88, NULL),
			 -EINVAL);
	ck_assert_int_eq(vprim_vfio_cap_parse(&v, VPRIM_VFIO_CAP_REGION, 0x80, r7, 88, NULL),
			 -EINVAL);
	ck_assert_int_eq(vprim_vfio_cap_parse(&v, VPRIM_VFIO_CAP_REGION, LE, r7, 31, NULL),
			 -EINVAL);
	ck_assert_uint_eq(why.at, 5);
	ck_assert_int_eq(vprim_vfio_cap_parse(&v, VPRIM_VFIO_CAP_REGION, LE, r7, 31, &why),
			 -EINVAL);
	ck_assert_int_eq(vprim_reason_id(&why), VPRIM_VFIO_CAP_RULE_SHORT);
	memcpy(b, r7, sizeof(b));
	b[0x24] = 0x20;
	ck_assert_int_eq(vprim_vfio_cap_parse(&v, VPRIM_VFIO_CAP_REGION, LE, b, 88, NULL), -EBADMSG);
	ck_assert_int_eq(vprim_vfio_cap_parse(&v, VPRIM_VFIO_CAP_REGION, LE, b, 88, &why),
			 -EBADMSG);
	ck_assert(vprim_reason_id(&why) == VPRIM_VFIO_CAP_RULE_LINK && why.at == 0x24 &&
		  !why.has_value);
	b[0x0c] = 0;
	ck_assert_int_eq(vprim_vfio_cap_parse(&v, VPRIM_VFIO_CAP_REGION, LE, b, 88, NULL),
			 -EMSGSIZE);
	ck_assert_int_eq(vprim_vfio_cap_parse(&v, VPRIM_VFIO_CAP_REGION, LE, b, 88, &why),
			 -EMSGSIZE);
	ck_assert(vprim_reason_id(&why) == VPRIM_VFIO_CAP_RULE_MORE && why.value == 88);
	ck_assert(!memcmp(&v, &was, sizeof(v)));

	ck_assert_int_eq(vprim_vfio_cap_parse(&v, VPRIM_VFIO_CAP_REGION, LE, r7, 88, NULL), 0);
	/* A view of less than a header, which no parse makes. */
	v.len_ = 4;
	ck_assert_int_eq(vprim_vfio_cap_first(&v, &cap, &why), -EBADMSG);
	ck_assert_int_eq(vprim_reason_id(&why), VPRIM_VFIO_CAP_RULE_BOUNDS);
	v.len_ = 88;
	ck_assert_uint_eq(v.nr_caps, 2);
	memset(&cap, 0x55, sizeof(cap));
	other = cap;
	ck_assert_int_eq(vprim_vfio_cap_next(&v, &cap, NULL), -EINVAL);	/* not its own */
	ck_assert_int_eq(vprim_vfio_cap_check(&v, &cap, NULL), -EINVAL);
	ck_assert_int_eq(vprim_vfio_cap_find(&v, 2, &cap, NULL), -ENOENT);
	ck_assert(!memcmp(&cap, &other, sizeof(cap)));
	/* A capability that somebody has bent leads nowhere either. */
	ck_assert_int_eq(vprim_vfio_cap_first(&v, &cap, NULL), 0);
	other = cap;
	other.extent_bytes = 4096;
	ck_assert_int_eq(vprim_vfio_cap_check(&v, &other, NULL), -EINVAL);
	other = cap;
	other.next = 0x1000;
	ck_assert_int_eq(vprim_vfio_cap_next(&v, &other, NULL), -EINVAL);
	other = cap;
	other.offset = 0xfffffff8;
	ck_assert_int_eq(vprim_vfio_cap_next(&v, &other, NULL), -EINVAL);
	ck_assert_int_eq(vprim_vfio_cap_next(&v, &cap, NULL), 0);
	ck_assert_int_eq(vprim_vfio_cap_next(&v, &cap, NULL), -ENOENT);
	ck_assert_uint_eq(cap.id, 3);
	/* A chain that breaks before what is looked for. */
	memcpy(b, r7, sizeof(b));
	b[0x54] = 0x20;
	ck_assert_int_eq(vprim_vfio_cap_view_init(&v, VPRIM_VFIO_CAP_REGION, LE, b, 88, NULL), 0);
	ck_assert_int_eq(vprim_vfio_cap_find(&v, 3, &cap, &why), -EBADMSG);
	ck_assert_uint_eq(why.at, 0x54);
	ck_assert_int_eq(vprim_vfio_cap_find(&v, 1, &cap, NULL), 0);
	ck_assert_int_eq(vprim_vfio_cap_match_type(&v, 1, 1, NULL), -EBADMSG);
}
END_TEST

/*
 * Every reader, on every capability of its own: another id, another kind, version 0,
 * and a payload cut by the next header.
 */
struct reader {
	const char *name;
	enum vprim_vfio_cap_kind kind;
	uint16_t id;
	uint32_t least;
	int (*read)(const struct vprim_vfio_cap_view *v, const struct vprim_vfio_cap *cap,
		    void *out, struct vprim_reason *why);
	size_t out_bytes;
};

static int do_value(const struct vprim_vfio_cap_view *v, const struct vprim_vfio_cap *cap,
		    void *out, struct vprim_reason *why)
{
	return vprim_vfio_cap_read_value(v, cap, out, why);
}

static int do_area(const struct vprim_vfio_cap_view *v, const struct vprim_vfio_cap *cap,
		   void *out, struct vprim_reason *why)
{
	return vprim_vfio_cap_read_sparse_area(v, cap, 0, out, why);
}

static int do_range(const struct vprim_vfio_cap_view *v, const struct vprim_vfio_cap *cap,
		    void *out, struct vprim_reason *why)
{
	return vprim_vfio_cap_read_iova_range(v, cap, 0, out, why);
}

static int do_ranges(const struct vprim_vfio_cap_view *v, const struct vprim_vfio_cap *cap,
		     void *out, struct vprim_reason *why)
{
	return vprim_vfio_cap_read_iova_ranges(v, cap, NULL, 0, out, why);
}

static int do_bytes(const struct vprim_vfio_cap_view *v, const struct vprim_vfio_cap *cap,
		    void *out, struct vprim_reason *why)
{
	return vprim_vfio_cap_read_zpci_bytes(v, cap, NULL, 0, out, why);
}

#define VALUE(name, kind, id, least)					\
	{ name, kind, id, least, do_value, sizeof(struct vprim_vfio_cap_value) }
static const struct reader readers[] = {
	VALUE("areas", VPRIM_VFIO_CAP_REGION, 1, 16),
	VALUE("type", VPRIM_VFIO_CAP_REGION, 2, 16),
	VALUE("ssatgt", VPRIM_VFIO_CAP_REGION, 4, 16),
	VALUE("lnkspd", VPRIM_VFIO_CAP_REGION, 5, 16),
	VALUE("ranges", VPRIM_VFIO_CAP_IOMMU, 1, 16),
	VALUE("migration", VPRIM_VFIO_CAP_IOMMU, 2, 32),
	VALUE("dma_avail", VPRIM_VFIO_CAP_IOMMU, 3, 12),
	VALUE("zpci_base", VPRIM_VFIO_CAP_DEVICE, 1, 32),
	VALUE("zpci_group", VPRIM_VFIO_CAP_DEVICE, 2, 40),
	VALUE("util", VPRIM_VFIO_CAP_DEVICE, 3, 12),
	VALUE("pfip", VPRIM_VFIO_CAP_DEVICE, 4, 12),
	VALUE("atomic", VPRIM_VFIO_CAP_DEVICE, 5, 16),
	{ "area", VPRIM_VFIO_CAP_REGION, 1, 16, do_area, 16 },
	{ "range", VPRIM_VFIO_CAP_IOMMU, 1, 16, do_range, 16 },
	{ "all ranges", VPRIM_VFIO_CAP_IOMMU, 1, 16, do_ranges, 4 },
	{ "util bytes", VPRIM_VFIO_CAP_DEVICE, 3, 12, do_bytes, 4 },
	{ "pfip bytes", VPRIM_VFIO_CAP_DEVICE, 4, 12, do_bytes, 4 },
};

/* A reply whose first capability has @extent bytes, with another one behind it. */
static size_t reader_reply(uint8_t *b, const struct reader *r, uint16_t version,
			   uint32_t extent)
{
	uint32_t header = header_of(r->kind), flags[] = { 8, 0x80, 2 };

	memset(b, 0, 256);
	store(b, 4, false, header + extent + 8);
	store(b + 4, 4, false, flags[r->kind]);
	store(b + (header == 32 ? 12 : 16), 4, false, header);
	store(b + header, 2, false, r->id);
	store(b + header + 2, 2, false, version);
	store(b + header + 4, 4, false, header + extent);
	store(b + header + extent, 2, false, 99);
	store(b + header + extent + 2, 2, false, 1);
	return header + extent + 8;
}

START_TEST(every_reader_refuses)
{
	const struct reader *r = &readers[_i];
	struct vprim_reason why;
	struct vprim_vfio_cap_view v;
	struct vprim_vfio_cap cap;
	_Alignas(8) uint8_t out[128];
	uint8_t b[256], was[128];
	uint32_t header = header_of(r->kind), extent;
	size_t n;

	memset(out, 0x66, sizeof(out));
	memcpy(was, out, sizeof(out));
	n = reader_reply(b, r, 0, (r->least + 7) / 8 * 8);
	ck_assert_int_eq(vprim_vfio_cap_view_init(&v, r->kind, LE, b, n, NULL), 0);
	ck_assert_int_eq(vprim_vfio_cap_first(&v, &cap, NULL), 0);
	ck_assert_uint_eq(cap.notes, VPRIM_VFIO_CAP_REJECTED);
	ck_assert_int_eq(r->read(&v, &cap, out, NULL), -EBADMSG);
	ck_assert_int_eq(r->read(&v, &cap, out, &why), -EBADMSG);
	ck_assert_int_eq(vprim_reason_id(&why), VPRIM_VFIO_CAP_RULE_VERSION);
	ck_assert_uint_eq(why.at, header + 2);

	for (extent = 8; extent < r->least; extent += 4) {
		n = reader_reply(b, r, 1, extent);
		ck_assert_int_eq(vprim_vfio_cap_view_init(&v, r->kind, LE, b, n, NULL), 0);
		ck_assert_int_eq(vprim_vfio_cap_first(&v, &cap, NULL), 0);
		ck_assert_int_eq(r->read(&v, &cap, out, &why), -EBADMSG);
		ck_assert_int_eq(vprim_reason_id(&why), VPRIM_VFIO_CAP_RULE_EXTENT);
		ck_assert_uint_eq(why.at, header + 4);
		ck_assert_int_eq(vprim_vfio_cap_check(&v, &cap, &why), -EBADMSG);
	}

	n = reader_reply(b, r, 1, r->least);
	ck_assert_int_eq(vprim_vfio_cap_view_init(&v, r->kind, LE, b, n, NULL), 0);
	ck_assert_int_eq(vprim_vfio_cap_first(&v, &cap, NULL), 0);
	cap.id += 10;
	ck_assert_int_eq(r->read(&v, &cap, out, &why), -EINVAL);
	ck_assert_uint_eq(vprim_reason_id(&why), VPRIM_REASON_ARGUMENT);
	cap.id -= 10;
	cap.offset += 4;
	ck_assert_int_eq(r->read(&v, &cap, out, &why), -EINVAL);
	cap.offset -= 4;
	v.kind_ = (enum vprim_vfio_cap_kind)((r->kind + 1) % 3);
	if (r->read != do_value || !vprim_vfio_cap_name(v.kind_, r->id))
		ck_assert_int_eq(r->read(&v, &cap, out, NULL), -EINVAL);
	v.kind_ = r->kind;
	/* Empty lists: the item readers have nothing to read. */
	if (r->read == do_area || r->read == do_range)
		ck_assert_int_eq(r->read(&v, &cap, out, NULL), -ENOENT);
	ck_assert(!memcmp(out, was, sizeof(out)));
	if (r->read != do_area && r->read != do_range)
		ck_assert_int_eq(r->read(&v, &cap, out, &why), 0);
	ck_assert(r->read == do_area || r->read == do_range || !why.rule);
	ck_assert(!memcmp(out + r->out_bytes, was + r->out_bytes, 128 - r->out_bytes));
}
END_TEST

/* Add @value as what it is told to be. */
static int add(struct vprim_vfio_cap_chain *chain, enum vprim_vfio_cap_kind kind,
	       uint16_t id, uint16_t version, struct vprim_vfio_cap_value *value)
{
	value->kind = kind;
	value->id = id;
	value->version = version;
	return vprim_vfio_cap_add_value(chain, value);
}

START_TEST(padding_carries_nothing)
{
	struct vprim_vfio_cap_value all_ones;
	struct vprim_vfio_cap_fixed f = { .argsz = ~0u, .flags = ~0u,
					  .cap_offset = ~0u, .pgsizes = UINT64_MAX };
	uint8_t buf[128], fixed[24];
	struct vprim_vfio_cap_chain chain;
	size_t i, zeros = 0;

	memset(buf, 0x77, sizeof(buf));
	ck_assert_int_eq(vprim_vfio_cap_chain_init(&chain, LE, 24, buf, sizeof(buf)), 0);
	memset(&all_ones, 0xff, sizeof(all_ones));
	ck_assert_int_eq(add(&chain, VPRIM_VFIO_CAP_IOMMU, VPRIM_VFIO_CAP_MIGRATION, 1,
			     &all_ones), 0);
	ck_assert_int_eq(add(&chain, VPRIM_VFIO_CAP_IOMMU, VPRIM_VFIO_CAP_DMA_AVAIL, 1,
			     &all_ones), 0);
	ck_assert_int_eq(add(&chain, VPRIM_VFIO_CAP_DEVICE, VPRIM_VFIO_CAP_ZPCI_GROUP, 2,
			     &all_ones), 0);
	ck_assert_int_eq(vprim_vfio_cap_add(&chain, 0xffff, 0xffff, "\xff", 9), 0);
	for (i = 12; i < 16; i++)
		ck_assert_uint_eq(buf[i], 0);
	for (i = 44; i < 48; i++)
		ck_assert_uint_eq(buf[i], 0);
	ck_assert_uint_eq(buf[48 + 39], 0);
	for (i = 48 + 42; i < 96; i++)
		ck_assert_uint_eq(buf[i], 0);
	for (i = 96 + 9; i < 112; i++)
		ck_assert_uint_eq(buf[i], 0);
	for (i = 112; i < sizeof(buf); i++)
		ck_assert_uint_eq(buf[i], 0x77);
	memset(fixed, 0x77, sizeof(fixed));
	ck_assert_int_eq(vprim_vfio_cap_fixed_store(VPRIM_VFIO_CAP_IOMMU, LE, &f, fixed,
						    sizeof(fixed)), 0);
	for (i = 0; i < sizeof(fixed); i++)
		zeros += !fixed[i];
	ck_assert_uint_eq(zeros, 4);
}
END_TEST

/* What has no list and no string of bytes, and its newest version. */
static const struct {
	enum vprim_vfio_cap_kind kind;
	uint16_t id, newest;
} values[] = {
	{ VPRIM_VFIO_CAP_REGION, VPRIM_VFIO_CAP_TYPE, 1 },
	{ VPRIM_VFIO_CAP_REGION, VPRIM_VFIO_CAP_MSIX_MAPPABLE, 1 },
	{ VPRIM_VFIO_CAP_REGION, VPRIM_VFIO_CAP_NVLINK2_SSATGT, 1 },
	{ VPRIM_VFIO_CAP_REGION, VPRIM_VFIO_CAP_NVLINK2_LNKSPD, 1 },
	{ VPRIM_VFIO_CAP_DEVICE, VPRIM_VFIO_CAP_ZPCI_BASE, 2 },
	{ VPRIM_VFIO_CAP_DEVICE, VPRIM_VFIO_CAP_ZPCI_GROUP, 2 },
	{ VPRIM_VFIO_CAP_DEVICE, VPRIM_VFIO_CAP_PCI_ATOMIC_COMP, 1 },
	{ VPRIM_VFIO_CAP_IOMMU, VPRIM_VFIO_CAP_MIGRATION, 1 },
	{ VPRIM_VFIO_CAP_IOMMU, VPRIM_VFIO_CAP_DMA_AVAIL, 1 },
};

/* The newest version of a value; 0 for a list, a string, and what there is not. */
static uint16_t newest(unsigned int kind, uint16_t id)
{
	for (size_t i = 0; i < VPRIM_ARRAY_LEN(values); i++)
		if (values[i].kind == kind && values[i].id == id)
			return values[i].newest;
	return 0;
}

static void every_add_is(struct vprim_vfio_cap_chain *chain, int ret)
{
	struct vprim_vfio_cap_value value = { .version = 1 };

	for (size_t i = 0; i < VPRIM_ARRAY_LEN(values); i++)
		for (uint16_t v = 1; v <= values[i].newest; v++)
			ck_assert_int_eq(add(chain, values[i].kind, values[i].id, v, &value),
					 ret);
	ck_assert_int_eq(vprim_vfio_cap_add_iova_ranges(chain, NULL, 0), ret);
	ck_assert_int_eq(vprim_vfio_cap_add_zpci_bytes(chain, VPRIM_VFIO_CAP_ZPCI_UTIL,
			 "", 1), ret);
	ck_assert_int_eq(vprim_vfio_cap_add_zpci_bytes(chain, VPRIM_VFIO_CAP_ZPCI_PFIP,
			 NULL, 0), ret);
}

START_TEST(every_adder_refuses)
{
	struct vprim_vfio_cap_value value = { .version = 1 };
	struct vprim_range range[2] = { { 0x1000, 0xfff }, { 5, 9 } };
	struct vprim_vfio_cap_chain chain, copy;
	uint8_t buf[64];

	memset(&chain, 0, sizeof(chain));
	memset(&copy, 0, sizeof(copy));
	every_add_is(&chain, -EINVAL);
	ck_assert_int_eq(vprim_vfio_cap_add_zpci_bytes(&chain, VPRIM_VFIO_CAP_ZPCI_UTIL,
			 buf, SIZE_MAX), -EINVAL);
	ck_assert_int_eq(vprim_vfio_cap_chain_shift(&chain), -EINVAL);
	ck_assert(!memcmp(&copy, &chain, sizeof(chain)));

	ck_assert_int_eq(vprim_vfio_cap_chain_init(&chain, LE, 32, buf, 64), 0);
	copy = chain;
	for (unsigned int kind = 0; kind < 5; kind++)
		for (uint16_t id = 0; id < 300; id++) {
			ck_assert_int_eq(add(&chain, (enum vprim_vfio_cap_kind)kind, id, 0,
					     &value), -EINVAL);
			ck_assert_int_eq(add(&chain, (enum vprim_vfio_cap_kind)kind, id,
					     (uint16_t)(newest(kind, id) + 1), &value),
					 -EINVAL);
		}
	ck_assert_int_eq(vprim_vfio_cap_add_zpci_bytes(&chain, VPRIM_VFIO_CAP_ZPCI_UTIL,
			 buf, SIZE_MAX), -EOVERFLOW);
	ck_assert_int_eq(vprim_vfio_cap_add_zpci_bytes(&chain, VPRIM_VFIO_CAP_ZPCI_PFIP,
			 buf, UINT32_MAX), -EOVERFLOW);
	ck_assert_int_eq(vprim_vfio_cap_add_zpci_bytes(&chain, VPRIM_VFIO_CAP_ZPCI_BASE,
			 buf, 1), -EINVAL);
	ck_assert_int_eq(vprim_vfio_cap_add_iova_ranges(&chain, range, 1), -EINVAL);
	range[0] = (struct vprim_range){ 0, 5 };
	ck_assert_int_eq(vprim_vfio_cap_add_iova_ranges(&chain, range, 2), -EINVAL);
	ck_assert(!memcmp(&copy, &chain, sizeof(chain)));
	range[0].last = 4;
	ck_assert_int_eq(vprim_vfio_cap_add_iova_ranges(&chain, range, 2), 0);
	ck_assert_uint_eq(vprim_vfio_cap_chain_argsz(&chain), 32 + 48);
}
END_TEST

/* The chain is full: the capability is counted, and the shift is refused until it fits. */
START_TEST(what_does_not_fit_is_counted)
{
	struct vprim_vfio_cap_value avail = { .u.dma_avail = 7 };
	struct vprim_vfio_cap_chain chain;
	uint8_t buf[16];
	const void *bytes;
	uint32_t size;

	memset(buf, 0x77, sizeof(buf));
	ck_assert_int_eq(vprim_vfio_cap_chain_init(&chain, LE, 32, buf, 8), 0);
	every_add_is(&chain, -EMSGSIZE);
	/* As a chain of 4 GiB less 8, which is the most. */
	ck_assert_int_eq(vprim_vfio_cap_chain_init(&chain, LE, 32, NULL, 0), 0);
	ck_assert_int_eq(vprim_vfio_cap_add(&chain, 1, 1, "", UINT32_MAX - 39), 0);
	every_add_is(&chain, -EOVERFLOW);
	ck_assert_uint_eq(vprim_vfio_cap_chain_argsz(&chain), UINT32_MAX - 7);
	ck_assert_int_eq(vprim_vfio_cap_chain_shift(&chain), -EMSGSIZE);
	for (size_t i = 0; i < sizeof(buf); i++)
		ck_assert_uint_eq(buf[i], 0x77);

	ck_assert_int_eq(vprim_vfio_cap_chain_init(&chain, LE, 24, buf, 16), 0);
	ck_assert_int_eq(add(&chain, VPRIM_VFIO_CAP_IOMMU, VPRIM_VFIO_CAP_DMA_AVAIL, 1, &avail), 0);
	ck_assert_int_eq(vprim_vfio_cap_chain_shift(&chain), 0);
	ck_assert_int_eq(vprim_vfio_cap_chain_shift(&chain), -EINVAL);
	ck_assert_int_eq(vprim_vfio_cap_chain_finish(&chain, &bytes, &size), 0);
	ck_assert(bytes == buf && size == 16 && buf[0] == 3 && buf[8] == 7);
}
END_TEST

START_TEST(the_fixed_part_refuses)
{
	const enum vprim_vfio_cap_kind none = (enum vprim_vfio_cap_kind)3;
	struct vprim_vfio_cap_fixed f = { .argsz = 32, .flags = 5, .cap_offset = 6 }, was = f;
	uint8_t buf[64], query[32] = { 32 };

	memset(buf, 0x33, sizeof(buf));
	ck_assert_int_eq(vprim_vfio_cap_fixed_store(none, LE, &f, buf, 32), -EINVAL);
	ck_assert_int_eq(vprim_vfio_cap_fixed_store(VPRIM_VFIO_CAP_REGION, 0x80, &f, buf, 32),
			 -EINVAL);
	ck_assert_int_eq(vprim_vfio_cap_fixed_store(VPRIM_VFIO_CAP_REGION, LE, &f, buf, 33),
			 -EINVAL);
	ck_assert_int_eq(vprim_vfio_cap_fixed_store(VPRIM_VFIO_CAP_DEVICE, LE, &f, buf, 15),
			 -EINVAL);
	for (size_t i = 0; i < sizeof(buf); i++)
		ck_assert_uint_eq(buf[i], 0x33);
	ck_assert_int_eq(vprim_vfio_cap_fixed_load(none, LE, query, 32, &f), -EINVAL);
	ck_assert_int_eq(vprim_vfio_cap_fixed_load(VPRIM_VFIO_CAP_REGION, 0x80, query, 32, &f),
			 -EINVAL);
	ck_assert_int_eq(vprim_vfio_cap_fixed_load(VPRIM_VFIO_CAP_REGION, LE, query, 31, &f),
			 -EINVAL);
	ck_assert_int_eq(vprim_vfio_cap_fixed_load(VPRIM_VFIO_CAP_IOMMU, LE, query, 15, &f),
			 -EINVAL);
	ck_assert(!memcmp(&f, &was, sizeof(f)));
}
END_TEST

START_TEST(lists_and_strings_say_how_much_room_they_need)
{
	static const struct vprim_range three[] = { { 0, 9 }, { 20, 29 }, { 40, 49 } };
	struct vprim_range ranges[3] = { { 7, 8 }, { 7, 8 }, { 7, 8 } };
	struct vprim_vfio_cap_chain chain;
	struct vprim_vfio_cap_view v;
	struct vprim_vfio_cap cap;
	uint8_t b[256], text[8] = "........";
	struct vprim_vfio_cap_fixed f = { .argsz = 256 };
	struct vprim_vfio_cap_reply r;
	uint32_t nr = 0;
	size_t n;

	n = list_reply(b, VPRIM_VFIO_CAP_IOMMU, 0, three, 3);
	ck_assert_int_eq(vprim_vfio_cap_parse(&v, VPRIM_VFIO_CAP_IOMMU, LE, b, n, NULL), 0);
	ck_assert_int_eq(vprim_vfio_cap_first(&v, &cap, NULL), 0);
	ck_assert_int_eq(vprim_vfio_cap_read_iova_ranges(&v, &cap, ranges, 2, &nr, NULL), -EMSGSIZE);
	ck_assert(nr == 3 && ranges[0].start == 7);
	ck_assert_int_eq(vprim_vfio_cap_read_iova_ranges(&v, &cap, ranges, 3, &nr, NULL), 0);
	ck_assert(nr == 3 && ranges[2].start == 40);

	ck_assert_int_eq(vprim_vfio_cap_chain_init(&chain, LE, 24, b + 24, sizeof(b) - 24), 0);
	ck_assert_int_eq(vprim_vfio_cap_add_zpci_bytes(&chain, VPRIM_VFIO_CAP_ZPCI_PFIP,
			 "abcd", 4), 0);
	ck_assert_int_eq(vprim_vfio_cap_chain_reply(&chain, VPRIM_VFIO_CAP_DEVICE, &f, &r), 0);
	ck_assert_int_eq(vprim_vfio_cap_fixed_store(VPRIM_VFIO_CAP_DEVICE, LE, &f, b, 24), 0);
	ck_assert_int_eq(vprim_vfio_cap_parse(&v, VPRIM_VFIO_CAP_DEVICE, LE, b, 40, NULL), 0);
	ck_assert_int_eq(vprim_vfio_cap_first(&v, &cap, NULL), 0);
	ck_assert_int_eq(vprim_vfio_cap_read_zpci_bytes(&v, &cap, text, 3, &nr, NULL), -EMSGSIZE);
	ck_assert(nr == 4 && text[0] == '.');
	ck_assert_int_eq(vprim_vfio_cap_read_zpci_bytes(&v, &cap, text, 4, &nr, NULL), 0);
	ck_assert(!memcmp(text, "abcd....", 8));
	store(b + 32, 4, false, 5);
	ck_assert_int_eq(vprim_vfio_cap_read_zpci_bytes(&v, &cap, text, 8, &nr, NULL), -EBADMSG);
	ck_assert_int_eq(vprim_vfio_cap_match_type(&v, 1, 1, NULL), -EINVAL);
}
END_TEST

START_TEST(names_are_there_for_everything_and_nothing_else)
{
	static const uint16_t known[] = { 5, 5, 3 };

	for (unsigned int k = 0; k < 3; k++)
		for (uint16_t i = 0; i < 100; i++)
			ck_assert(!vprim_vfio_cap_name(all_kinds[k], i) ==
				  !(i && i <= known[k]));
	ck_assert_ptr_null(vprim_vfio_cap_name((enum vprim_vfio_cap_kind)3, 1));
	ck_assert_ptr_null(vprim_vfio_cap_name(VPRIM_VFIO_CAP_REGION, UINT16_MAX));
	ck_assert_str_eq(vprim_vfio_cap_name(VPRIM_VFIO_CAP_IOMMU, 2), "MIGRATION");
}
END_TEST

int main(void)
{
	Suite *s = suite_create("vfio_cap");
	TCase *t = tcase_create("vfio_cap");

	tcase_add_loop_test(t, every_good_reply_is_good, 0, (int)SAMPLES);
	tcase_add_loop_test(t, every_prefix_stays_inside_its_bytes, 0, (int)SAMPLES);
	tcase_add_loop_test(t, every_flipped_bit_stays_inside_its_bytes, 0, (int)SAMPLES);
	tcase_add_loop_test(t, any_alignment_reads_the_same, 0, (int)SAMPLES);
	tcase_add_test(t, mutated_replies_stay_inside_their_bytes);
	tcase_add_test(t, random_chains_survive_build_parse_build);
	tcase_add_test(t, every_room_counts_the_same_and_keeps_to_itself);
	tcase_add_test(t, a_client_ends_whatever_the_server_says);
	tcase_add_test(t, bytes_that_change_lead_nowhere);
	tcase_add_test(t, lists_out_of_order_agree_with_every_pair);
	tcase_add_test(t, long_lists_cost_a_bounded_search);
	tcase_add_test(t, the_query_refuses);
	tcase_add_test(t, the_parser_refuses);
	tcase_add_loop_test(t, every_reader_refuses, 0, (int)VPRIM_ARRAY_LEN(readers));
	tcase_add_test(t, padding_carries_nothing);
	tcase_add_test(t, every_adder_refuses);
	tcase_add_test(t, what_does_not_fit_is_counted);
	tcase_add_test(t, the_fixed_part_refuses);
	tcase_add_test(t, lists_and_strings_say_how_much_room_they_need);
	tcase_add_test(t, names_are_there_for_everything_and_nothing_else);
	tcase_set_timeout(t, 120);
	suite_add_tcase(s, t);
	return test_main(s);
}
