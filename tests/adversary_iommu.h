/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * The worst sequences known for the type1 container and the IO address space.
 *
 * Each is a function of n that makes about n calls, or n objects and as many
 * calls; all of it may cost n log n. For whoever counts instructions at n and at
 * 4n; the unit tests run them with a small n and check what is left.
 */
#ifndef ADVERSARY_IOMMU_H
#define ADVERSARY_IOMMU_H
#include <stdio.h>
#include <stdlib.h>
#include <virtprim/ioas.h>
#include <virtprim/type1.h>

#define ADV_PAGE UINT64_C(0x1000)

static inline void adv_require(int right, const char *what)
{
	if (!right) {
		fprintf(stderr, "adversary: %s\n", what);
		abort();
	}
}

#define ADV(call) adv_require(!(call), #call)

static inline void *adv_alloc(void *ctx, size_t size_bytes)
{
	(void)ctx;
	return malloc(size_bytes);
}

static inline void adv_free(void *ctx, void *ptr, size_t size_bytes)
{
	(void)ctx;
	(void)size_bytes;
	free(ptr);
}

static const struct vprim_alloc_ops adv_ops = { adv_alloc, adv_free };

static inline void *adv_array(uint64_t n, size_t size_bytes)
{
	void *p = calloc((size_t)n, size_bytes);

	adv_require(p != NULL, "no memory");
	return p;
}

/* -- type1 ------------------------------------------------------------------- */

/* Groups with four reserved ranges each, all apart from each other. */
struct adv_groups {
	struct vprim_type1 c;
	struct vprim_type1_group *group;
	struct vprim_iova_windows_reserved *reserved;
	uint64_t n;
};

static inline void adv_type1_init(struct vprim_type1 *c,
				  const struct vprim_type1_ops *ops)
{
	struct vprim_type1_config config;

	vprim_type1_config_init(&config);
	config.entry_limit = UINT64_MAX;
	config.alloc = &adv_ops;
	config.ops = ops;
	config.ops_ctx = c;
	ADV(vprim_type1_init(c, sizeof(*c), &config, NULL));
}

static inline void adv_groups_begin(struct adv_groups *a, uint64_t n)
{
	uint64_t i;

	a->n = n;
	a->group = (struct vprim_type1_group *)
		adv_array(n, sizeof(*a->group));
	a->reserved = (struct vprim_iova_windows_reserved *)
		adv_array(4 * n, sizeof(*a->reserved));
	adv_type1_init(&a->c, NULL);
	for (i = 0; i < 4 * n; i++) {
		a->reserved[i].range.start = (UINT64_C(1) << 41) +
					     i * 4 * ADV_PAGE;
		a->reserved[i].range.last = a->reserved[i].range.start +
					    (ADV_PAGE - 1);
		a->reserved[i].type = VPRIM_IOVA_WINDOWS_RESERVED;
	}
	for (i = 0; i < n; i++) {
		a->group[i].aperture.last = UINT64_MAX;
		a->group[i].pgsize_bitmap = ADV_PAGE;
		a->group[i].reserved = &a->reserved[4 * i];
		a->group[i].nr_reserved = 4;
		ADV(vprim_type1_attach(&a->c, &a->group[i], NULL));
	}
}

static inline void adv_groups_end(struct adv_groups *a)
{
	ADV(vprim_type1_audit(&a->c));
	vprim_type1_fini(&a->c);
	free(a->group);
	free(a->reserved);
}

static inline void adv_type1_page(struct vprim_type1 *c, uint64_t iova)
{
	struct vprim_type1_map_args map = { 32, 3, iova, iova, ADV_PAGE };

	ADV(vprim_type1_map(c, &map, NULL));
}

static inline void adv_type1_unmap(struct vprim_type1 *c, uint64_t iova)
{
	struct vprim_type1_unmap_args args = { 24, 0, iova, ADV_PAGE,
					       { 0, 0, NULL } };

	ADV(vprim_type1_unmap(c, &args, NULL, NULL));
}

/* All groups go, the oldest first. */
static inline void adv_type1_detach_all(uint64_t n)
{
	struct adv_groups a;
	uint64_t i;

	adv_groups_begin(&a, n);
	for (i = 0; i < n; i++)
		ADV(vprim_type1_detach(&a.c, &a.group[i], NULL));
	adv_groups_end(&a);
}

/* The same with a map after each: what a detach puts off is then due. */
static inline void adv_type1_detach_and_map(uint64_t n)
{
	struct adv_groups a;
	uint64_t i;

	adv_groups_begin(&a, n);
	for (i = 0; i + 1 < n; i++) {
		ADV(vprim_type1_detach(&a.c, &a.group[i], NULL));
		adv_type1_page(&a.c, a.reserved[4 * i].range.start);
		adv_type1_unmap(&a.c, a.reserved[4 * i].range.start);
	}
	adv_groups_end(&a);
}

/* One group comes and goes among all the others. */
static inline void adv_type1_group_churn(uint64_t n)
{
	struct adv_groups a;
	uint64_t i;

	adv_groups_begin(&a, n);
	for (i = 0; i < n; i++) {
		ADV(vprim_type1_detach(&a.c, &a.group[n / 2], NULL));
		ADV(vprim_type1_attach(&a.c, &a.group[n / 2], NULL));
	}
	adv_groups_end(&a);
}

/* Dirty bits of n mappings are read in a container of n groups. */
static inline void adv_type1_dirty(uint64_t n)
{
	uint64_t bytes = (2 * n + 63) / 64 * 8, i;
	struct vprim_type1_dirty_args start = { 8, VPRIM_TYPE1_DIRTY_START, 0, 0,
						{ 0, 0, NULL } };
	struct vprim_type1_dirty_args get = { 48, VPRIM_TYPE1_DIRTY_GET, 0,
					      2 * n * ADV_PAGE,
					      { ADV_PAGE, bytes, NULL } };
	struct vprim_type1_group *group = (struct vprim_type1_group *)
		adv_array(n, sizeof(*group));
	struct vprim_type1 c;

	get.bitmap.data = adv_array(bytes, 1);
	adv_type1_init(&c, NULL);
	for (i = 0; i < n; i++) {
		group[i].emulated = true;
		ADV(vprim_type1_attach(&c, &group[i], NULL));
		adv_type1_page(&c, 2 * i * ADV_PAGE);
	}
	ADV(vprim_type1_dirty_pages(&c, &start, NULL));
	ADV(vprim_type1_dirty_pages(&c, &get, NULL));
	for (i = 0; i < n; i++)
		ADV(vprim_type1_detach(&c, &group[i], NULL));
	ADV(vprim_type1_audit(&c));
	vprim_type1_fini(&c);
	free(get.bitmap.data);
	free(group);
}

static inline int adv_type1_dma_unmap(void *ctx,
				    const struct vprim_type1_mapping *m)
{
	struct vprim_type1 *c = (struct vprim_type1 *)ctx;

	return vprim_type1_unpin(c, m->range.start, 1, NULL) ?
		       0 : VPRIM_TYPE1_RESTART;
}

/* Everything is unmapped, and each mapping is pinned: n restarts. */
static inline void adv_type1_restarts(uint64_t n)
{
	static const struct vprim_type1_ops ops = {
		.dma_unmap = adv_type1_dma_unmap };
	struct vprim_type1_unmap_args all = { 24,
		VPRIM_TYPE1_UNMAP_ALL_MAPPINGS, 0, 0, { 0, 0, NULL } };
	struct vprim_type1 c;
	uint64_t i;

	adv_type1_init(&c, &ops);
	for (i = 0; i < n; i++) {
		adv_type1_page(&c, 2 * i * ADV_PAGE);
		ADV(vprim_type1_pin(&c, NULL, 2 * i * ADV_PAGE, 1, 3, NULL));
	}
	ADV(vprim_type1_unmap(&c, &all, NULL, NULL));
	ADV(vprim_type1_audit(&c));
	vprim_type1_fini(&c);
}

/* -- ioas -------------------------------------------------------------------- */

static inline void adv_ioas_init(struct vprim_ioas *a)
{
	struct vprim_ioas_config config;

	vprim_ioas_config_init(&config);
	config.alloc = &adv_ops;
	ADV(vprim_ioas_init(a, sizeof(*a), &config, NULL));
}

static inline void adv_ioas_page(struct vprim_ioas *a, uint64_t iova)
{
	struct vprim_ioas_map_args args = {
		.flags = VPRIM_IOAS_FIXED_IOVA | VPRIM_IOAS_READABLE |
			 VPRIM_IOAS_WRITEABLE,
		.uptr = 0x100000, .length_bytes = ADV_PAGE, .iova = iova };

	ADV(vprim_ioas_map(a, &args, NULL, NULL));
}

static inline void adv_ioas_end(struct vprim_ioas *a)
{
	ADV(vprim_ioas_audit(a));
	vprim_ioas_fini(a);
}

/* n holds of one access on one page, let go the oldest first. */
static inline void adv_ioas_unhold_oldest(uint64_t n)
{
	struct vprim_ioas_access access = { .iova_alignment = ADV_PAGE };
	struct vprim_ioas_hold *hold = (struct vprim_ioas_hold *)
		adv_array(n, sizeof(*hold));
	struct vprim_ioas a;
	uint64_t i;

	adv_ioas_init(&a);
	adv_ioas_page(&a, ADV_PAGE);
	ADV(vprim_ioas_access_attach(&a, &access, NULL));
	for (i = 0; i < n; i++)
		ADV(vprim_ioas_access_hold(&access, ADV_PAGE, ADV_PAGE, 0, &hold[i],
					   NULL));
	for (i = 0; i < n; i++)
		ADV(vprim_ioas_access_unhold(&hold[i], NULL));
	ADV(vprim_ioas_access_detach(&access, NULL));
	adv_ioas_end(&a);
	free(hold);
}

/* n accesses over n areas; each raises the alignment that the last one left. */
static inline void adv_ioas_access_churn(uint64_t n)
{
	struct vprim_ioas_access *access = (struct vprim_ioas_access *)
		adv_array(n, sizeof(*access));
	struct vprim_ioas_access riser = { .iova_alignment = ADV_PAGE };
	struct vprim_ioas a;
	uint64_t i;

	adv_ioas_init(&a);
	for (i = 0; i < n; i++) {
		adv_ioas_page(&a, (i + 1) * ADV_PAGE);
		access[i].iova_alignment = 1;
		ADV(vprim_ioas_access_attach(&a, &access[i], NULL));
	}
	for (i = 0; i < n; i++) {
		ADV(vprim_ioas_access_attach(&a, &riser, NULL));
		ADV(vprim_ioas_access_detach(&riser, NULL));
	}
	for (i = 0; i < n; i++)
		ADV(vprim_ioas_access_detach(&access[i], NULL));
	adv_ioas_end(&a);
	free(access);
}

struct adv_guest {
	struct vprim_ioas_access access;
	struct vprim_ioas_hold hold;
};

static inline void adv_guest_leaves(void *ctx, const struct vprim_range *range)
{
	struct adv_guest *g = (struct adv_guest *)ctx;

	(void)range;
	ADV(vprim_ioas_access_unhold(&g->hold, NULL));
	ADV(vprim_ioas_access_detach(&g->access, NULL));
}

/* One unmap tells n accesses, each of which lets go and leaves. */
static inline void adv_ioas_tell(uint64_t n)
{
	struct adv_guest *g = (struct adv_guest *)adv_array(n, sizeof(*g));
	struct vprim_ioas a;
	uint64_t i;

	adv_ioas_init(&a);
	adv_ioas_page(&a, ADV_PAGE);
	for (i = 0; i < n; i++) {
		g[i].access.iova_alignment = ADV_PAGE;
		g[i].access.unmap = adv_guest_leaves;
		g[i].access.ctx = &g[i];
		ADV(vprim_ioas_access_attach(&a, &g[i].access, NULL));
		ADV(vprim_ioas_access_hold(&g[i].access, ADV_PAGE, ADV_PAGE, 0,
					   &g[i].hold, NULL));
	}
	ADV(vprim_ioas_unmap(&a, ADV_PAGE, ADV_PAGE, NULL, NULL));
	adv_ioas_end(&a);
	free(g);
}

/* n owners reserve a range each; a domain comes and goes; they release it. */
static inline void adv_ioas_reserved(uint64_t n)
{
	struct vprim_iova_windows_reserved own = {
		{ 0xfee00000, 0xfeefffff }, VPRIM_IOVA_WINDOWS_MSI };
	struct vprim_ioas_domain domain = { .reserved = &own,
					    .nr_reserved = 1 };
	struct vprim_ioas a;
	uint64_t i;

	domain.aperture.start = ADV_PAGE;
	domain.aperture.last = (UINT64_C(1) << 48) - 1;
	domain.pgsize_bitmap = ADV_PAGE;
	adv_ioas_init(&a);
	for (i = 0; i < n; i++) {
		struct vprim_range r = { (UINT64_C(1) << 40) + i * 2 * ADV_PAGE,
					 0 };

		r.last = r.start + (ADV_PAGE - 1);
		ADV(vprim_ioas_reserve(&a, &r, i, NULL));
	}
	for (i = 0; i < n; i++) {
		ADV(vprim_ioas_attach(&a, &domain, NULL));
		ADV(vprim_ioas_detach(&a, &domain, NULL));
	}
	for (i = 0; i < n; i++)
		adv_require(vprim_ioas_unreserve(&a, i) == 1, "a range is lost");
	adv_ioas_end(&a);
}

/* -- all of them ------------------------------------------------------------- */

static const struct adversary {
	const char *name;
	void (*run)(uint64_t n);	/* n log n in all */
} adv_type1_all[] = {
	{ "type1: detach of all groups", adv_type1_detach_all },
	{ "type1: a map after each detach", adv_type1_detach_and_map },
	{ "type1: one group among all", adv_type1_group_churn },
	{ "type1: dirty bits, n mappings, n groups", adv_type1_dirty },
	{ "type1: restarts", adv_type1_restarts },
}, adv_ioas_all[] = {
	{ "ioas: unhold, oldest first", adv_ioas_unhold_oldest },
	{ "ioas: accesses come and go", adv_ioas_access_churn },
	{ "ioas: accesses that leave when told", adv_ioas_tell },
	{ "ioas: reserved ranges of others", adv_ioas_reserved },
};

#endif
