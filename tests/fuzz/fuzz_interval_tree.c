// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/* Fuzz target of an interval tree: fuzz_world.h. */
#include "../world_interval_tree.h"
#include "fuzz_world.h"
