// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/* The IOVA map under a kernel lock. */
#include <virtprim/kernel_iova_map.h>

/* -- under a semaphore -- */

int vprim_kernel_iova_map_init(struct vprim_kernel_iova_map *m, gfp_t gfp,
			       const struct vprim_iova_map_options *options)
{
	init_rwsem(&m->lock);
	vprim_kernel_alloc_init(&m->alloc, gfp);
	return vprim_iova_map_init(&m->map, sizeof(m->map),
				   vprim_kernel_alloc_ops(), &m->alloc,
				   options);
}

void vprim_kernel_iova_map_fini(struct vprim_kernel_iova_map *m)
{
	vprim_iova_map_fini(&m->map);
}

int vprim_kernel_iova_map_insert(struct vprim_kernel_iova_map *m,
				 const struct vprim_range *range,
				 uint64_t value,
				 struct vprim_iova_mapping *hit)
{
	int ret;

	down_write(&m->lock);
	ret = vprim_iova_map_insert(&m->map, range, value, hit);
	up_write(&m->lock);
	return ret;
}

int vprim_kernel_iova_map_remove(struct vprim_kernel_iova_map *m,
				 const struct vprim_range *range,
				 uint64_t *value)
{
	int ret;

	down_write(&m->lock);
	ret = vprim_iova_map_remove(&m->map, range, value);
	up_write(&m->lock);
	return ret;
}

int vprim_kernel_iova_map_erase(struct vprim_kernel_iova_map *m,
				const struct vprim_range *range,
				uint64_t *touched)
{
	int ret;

	down_write(&m->lock);
	ret = vprim_iova_map_erase(&m->map, range, touched);
	up_write(&m->lock);
	return ret;
}

int vprim_kernel_iova_map_find(struct vprim_kernel_iova_map *m, uint64_t addr,
			       struct vprim_iova_mapping *mapping)
{
	int ret;

	down_read(&m->lock);
	ret = vprim_iova_map_find(&m->map, addr, mapping);
	up_read(&m->lock);
	return ret;
}

int vprim_kernel_iova_map_first(struct vprim_kernel_iova_map *m,
				const struct vprim_range *range,
				struct vprim_iova_mapping *mapping)
{
	int ret;

	down_read(&m->lock);
	ret = vprim_iova_map_first(&m->map, range, mapping);
	up_read(&m->lock);
	return ret;
}

/* -- under a spinlock -- */

int vprim_kernel_iova_spinmap_init(struct vprim_kernel_iova_spinmap *m,
				   const struct vprim_iova_map_options *options)
{
	spin_lock_init(&m->lock);
	vprim_kernel_alloc_init(&m->alloc, GFP_NOWAIT | __GFP_NOWARN);
	return vprim_iova_map_init(&m->map, sizeof(m->map),
				   vprim_kernel_alloc_ops(), &m->alloc,
				   options);
}

void vprim_kernel_iova_spinmap_fini(struct vprim_kernel_iova_spinmap *m)
{
	vprim_iova_map_fini(&m->map);
}

int vprim_kernel_iova_spinmap_preload(struct vprim_kernel_iova_spinmap *m,
				      size_t count, gfp_t gfp)
{
	unsigned long flags;
	size_t wanted;
	void *piece, *rest;
	int ret;

	spin_lock_irqsave(&m->lock, flags);
	vprim_kernel_alloc_begin(&m->alloc);
	for (;;) {
		ret = vprim_iova_map_reserve(&m->map, count);
		if (ret != -ENOMEM)
			break;
		wanted = vprim_kernel_alloc_wanted(&m->alloc);
		if (!wanted)
			break;	/* refused without a request: too many */
		spin_unlock_irqrestore(&m->lock, flags);
		piece = vprim_kernel_alloc_piece(wanted, gfp);
		spin_lock_irqsave(&m->lock, flags);
		if (!piece)
			break;
		vprim_kernel_alloc_fill(&m->alloc, piece, wanted);
	}
	rest = vprim_kernel_alloc_end(&m->alloc);
	spin_unlock_irqrestore(&m->lock, flags);
	vprim_kernel_alloc_drop(rest);
	return ret;
}

int vprim_kernel_iova_spinmap_insert(struct vprim_kernel_iova_spinmap *m,
				     const struct vprim_range *range,
				     uint64_t value,
				     struct vprim_iova_mapping *hit)
{
	unsigned long flags;
	int ret;

	spin_lock_irqsave(&m->lock, flags);
	ret = vprim_iova_map_insert(&m->map, range, value, hit);
	spin_unlock_irqrestore(&m->lock, flags);
	return ret;
}

int vprim_kernel_iova_spinmap_remove(struct vprim_kernel_iova_spinmap *m,
				     const struct vprim_range *range,
				     uint64_t *value)
{
	unsigned long flags;
	int ret;

	spin_lock_irqsave(&m->lock, flags);
	ret = vprim_iova_map_remove(&m->map, range, value);
	spin_unlock_irqrestore(&m->lock, flags);
	return ret;
}

int vprim_kernel_iova_spinmap_find(struct vprim_kernel_iova_spinmap *m,
				   uint64_t addr,
				   struct vprim_iova_mapping *mapping)
{
	unsigned long flags;
	int ret;

	spin_lock_irqsave(&m->lock, flags);
	ret = vprim_iova_map_find(&m->map, addr, mapping);
	spin_unlock_irqrestore(&m->lock, flags);
	return ret;
}
