// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/* Fuzz target of lists of windows: fuzz_world.h. */
#include "../world_iova_windows.h"
#include "fuzz_world.h"
