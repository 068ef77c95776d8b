// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/* Fuzz target of a type1 container: fuzz_world.h. */
#include "../world_type1.h"
#include "fuzz_world.h"
