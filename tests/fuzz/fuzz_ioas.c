// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/* Fuzz target of an IOAS: fuzz_world.h. */
#include "../world_ioas.h"
#include "fuzz_world.h"
