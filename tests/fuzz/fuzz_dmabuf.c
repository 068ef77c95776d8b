// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/* Fuzz target of dma-bufs that are revoked: fuzz_world.h. */
#include "../world_dmabuf.h"
#include "fuzz_world.h"
