// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * Questions about one place: they change nothing and share nothing, so that any
 * number of them may run at once. Each takes the root once and never looks at the
 * map again, so that it may run beside a writer where the map lets readers in.
 */
#include "iova_map_internal.h"

int vprim_iova_map_stab(const struct vprim_iova_map *map, uint64_t addr,
			struct vprim_iova_mapping *mapping)
{
	void *root = shown_root(map);
	const struct leaf *leaf;
	uint32_t i;

	if (!root)
		return -ENOENT;
	leaf = descend(root, addr);
	i = rank(leaf->last, addr);
	if (i == leaf->n || leaf->low[i].start > addr)
		return -ENOENT;
	copy_out(mapping, leaf, i);
	return 0;
}

/* As descend(), and the leaf's slice. */
static const struct leaf *descend_slice(const void *root, uint64_t addr,
					struct vprim_range *slice)
{
	const void *node = root;
	uint32_t level;

	slice->start = 0;
	slice->last = UINT64_MAX;
	for (level = node_level(root); level; level--) {
		const struct inner *in = (const struct inner *)node;
		uint32_t slot = rank(in->upper, addr);

		node = child_of(in, slot);
		PREFETCH_NODE(node, level == 1);
		if (slot)
			slice->start = in->upper[slot - 1] + 1;
		if (slot + 1 < in->n)
			slice->last = in->upper[slot];
	}
	return (const struct leaf *)node;
}

/* The lowest mapping that ends at or behind @addr. */
static int find_from(const void *root, uint64_t addr,
		     struct vprim_iova_mapping *m)
{
	struct vprim_range slice;
	const struct leaf *leaf;
	uint32_t i;

	if (!root)
		return -ENOENT;
	leaf = descend_slice(root, addr, &slice);
	i = rank(leaf->last, addr);
	if (i == leaf->n) {
		if (slice.last == UINT64_MAX)
			return -ENOENT;
		leaf = descend_slice(root, slice.last + 1, &slice);
		i = 0;
	}
	copy_out(m, leaf, i);
	return 0;
}

int vprim_iova_map_first(const struct vprim_iova_map *map,
			 const struct vprim_range *range,
			 struct vprim_iova_mapping *mapping)
{
	struct vprim_iova_mapping m;
	int ret;

	if (!vprim_range_is_valid(range))
		return -EINVAL;
	ret = find_from(shown_root(map), range->start, &m);
	if (ret)
		return ret;
	if (m.range.start > range->last)
		return -ENOENT;
	*mapping = m;
	return 0;
}

int vprim_iova_map_next(const struct vprim_iova_map *map, uint64_t addr,
			struct vprim_iova_mapping *mapping)
{
	const void *root = shown_root(map);
	struct vprim_iova_mapping m;
	int ret = -ENOENT;

	if (addr != UINT64_MAX)
		ret = find_from(root, addr + 1, &m);
	/* The one that ends behind addr may begin at or before it. */
	if (!ret && m.range.start <= addr) {
		if (m.range.last == UINT64_MAX)
			return -ENOENT;
		ret = find_from(root, m.range.last + 1, &m);
	}
	if (!ret)
		*mapping = m;
	return ret;
}

int vprim_iova_map_prev(const struct vprim_iova_map *map, uint64_t addr,
			struct vprim_iova_mapping *mapping)
{
	const void *root = shown_root(map);
	struct vprim_range slice;
	const struct leaf *leaf;
	uint32_t i;

	if (!root)
		return -ENOENT;
	leaf = descend_slice(root, addr, &slice);
	i = rank(leaf->last, addr);
	if (!i) {
		if (!slice.start)
			return -ENOENT;
		leaf = descend_slice(root, slice.start - 1, &slice);
		i = leaf->n;
	}
	copy_out(mapping, leaf, i - 1);
	return 0;
}

/* -- many at once --------------------------------------------------------- */

/* Lookups that go down together: as many as a core has misses in flight. */
#define GROUP 8u

static size_t find_group(const void *root, const uint64_t *addrs, uint32_t count,
			 struct vprim_iova_mapping *mappings)
{
	const void *node[GROUP];
	uint32_t level, k;
	size_t found = 0;

	for (k = 0; k < count; k++)
		node[k] = root;
	for (level = node_level(root); level; level--)
		for (k = 0; k < count; k++) {
			const struct inner *in = (const struct inner *)node[k];

			node[k] = child_of(in, rank(in->upper, addrs[k]));
			/* The others' turns hide the second trip for the entry. */
			PREFETCH_KEYS(node[k]);
		}
	for (k = 0; k < count; k++) {
		const struct leaf *leaf = (const struct leaf *)node[k];

		VPRIM_PREFETCH(&leaf->low[rank(leaf->last, addrs[k])]);
	}
	for (k = 0; k < count; k++) {
		const struct leaf *leaf = (const struct leaf *)node[k];
		uint32_t i = rank(leaf->last, addrs[k]);

		if (i == leaf->n || leaf->low[i].start > addrs[k]) {
			mappings[k].range.start = 1;
			mappings[k].range.last = 0;
			mappings[k].value = 0;
		} else {
			copy_out(&mappings[k], leaf, i);
			found++;
		}
	}
	return found;
}

static void none_found(struct vprim_iova_mapping *mappings, size_t count)
{
	const struct vprim_iova_mapping none = { { 1, 0 }, 0 };
	size_t i;

	for (i = 0; i < count; i++)
		mappings[i] = none;
}

void vprim_iova_map_stab_batch(const struct vprim_iova_map *map,
			       const uint64_t *addrs, size_t count,
			       struct vprim_iova_mapping *mappings,
			       size_t *found)
{
	const void *root = shown_root(map);
	size_t i, hits = 0;

	if (!root)
		none_found(mappings, count);
	else
		for (i = 0; i < count; i += GROUP)
			hits += find_group(root, addrs + i,
					   count - i < GROUP ?
						   (uint32_t)(count - i) :
						   GROUP,
					   mappings + i);
	if (found)
		*found = hits;
}
