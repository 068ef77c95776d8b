// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
#include <absl/container/btree_map.h>
#include "peer.h"
#define PEER_NAME "absl-btree"
#define MAP_T absl::btree_map<u64_t, struct rng>
#include "ad_cxxmap.h"
