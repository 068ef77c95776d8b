// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
#include <map>
#include "peer.h"
#define PEER_NAME "std-map"
#define MAP_T std::map<u64_t, struct rng>
#include "ad_cxxmap.h"
