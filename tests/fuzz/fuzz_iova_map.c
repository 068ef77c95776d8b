// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/* Fuzz target of an IOVA map: fuzz_world.h. */
#include "../world_iova_map.h"
#include "../iova_map_model.c"
#include "fuzz_world.h"
