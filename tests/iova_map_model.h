/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * A map as one would write it in ten minutes: a sorted array and loops over all
 * of it. It defines what iova_map.h has to answer.
 */
#ifndef IOVA_MAP_MODEL_H
#define IOVA_MAP_MODEL_H
#include <virtprim/iova_map.h>

struct model {
	struct vprim_iova_mapping *m;
	size_t n, room;
	bool linear;
};

void model_init(struct model *model, bool linear);
void model_fini(struct model *model);

int model_insert(struct model *model, struct vprim_range r, uint64_t value,
		 struct vprim_iova_mapping *hit);
int model_remove(struct model *model, struct vprim_range r, uint64_t *value);
int model_remove_at(struct model *model, uint64_t start,
		    struct vprim_iova_mapping *removed);
uint64_t model_erase(struct model *model, struct vprim_range r);
bool model_erase_splits(const struct model *model, struct vprim_range r);
size_t model_take(struct model *model, struct vprim_range r,
		  struct vprim_iova_mapping *taken, size_t capacity);
int model_set_value(struct model *model, struct vprim_range r, uint64_t value);

int model_find(const struct model *model, uint64_t addr,
	       struct vprim_iova_mapping *m);
int model_first(const struct model *model, struct vprim_range r,
		struct vprim_iova_mapping *m);
int model_next(const struct model *model, uint64_t addr,
	       struct vprim_iova_mapping *m);
int model_prev(const struct model *model, uint64_t addr,
	       struct vprim_iova_mapping *m);
int model_gap(const struct model *model, const struct vprim_hole *gap,
	      uint64_t *start);

#endif
