// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * cxx - map a page where an IOMMU allows it, and find AVX-512 in a register dump.
 *   c++ -std=c++17 cxx.cc $(pkg-config --cflags --libs virtprim) -o cxx
 */
#include <cinttypes>
#include <cstdio>
#include <system_error>
#include <vector>
#include <virtprim/user.h>
#include <virtprim/virtprim.h>

static void die_if(int ret)
{
	if (ret)
		throw std::system_error(-ret, std::generic_category());
}

struct Map : vprim_iova_map {	/* gives its memory back when it goes */
	Map() { die_if(vprim_iova_map_init(this, sizeof(vprim_iova_map),
					 vprim_user_alloc(), nullptr, nullptr,
					 nullptr)); }
	~Map() { vprim_iova_map_fini(this); }
	Map(const Map &) = delete;
};

static std::vector<vprim_range> windows(const void *info, std::size_t bytes)
{
	vprim_vfio_cap_view view;
	vprim_vfio_cap cap;
	std::vector<vprim_range> ranges(8);
	std::uint32_t n;

	die_if(vprim_vfio_cap_parse(&view, VPRIM_VFIO_CAP_IOMMU, 0, info, bytes, nullptr));
	die_if(vprim_vfio_cap_find(&view, VPRIM_VFIO_CAP_IOVA_RANGE, &cap, nullptr));
	die_if(vprim_vfio_cap_read_iova_ranges(&view, &cap, ranges.data(), 8, &n, nullptr));
	ranges.resize(n);
	return ranges;
}

int main()
{
	/* As VFIO_IOMMU_GET_INFO writes it, in 64-bit words of a little-endian host. */
	const std::uint64_t info[] = { 72 | UINT64_C(3) << 32, 0x40201000, 24,
		1 | 1 << 16, 2, 0, 0xfedfffff, 0xfef00000, 0xffffffffffff };
	const auto allowed = windows(info, sizeof(info));
	const auto last = allowed.back().last;
	const vprim_range page = { last - 4095, last }, two = { last - 8191, last };
	const char *const line = "%s0x%" PRIx64 "..0x%" PRIx64 "%s";
	vprim_xstate_table table;
	vprim_iova_mapping hit;
	std::uint64_t at;
	Map map;

	for (const auto &r : allowed)
		std::printf(line, "", r.start, r.last, "\n");
	die_if(vprim_iova_map_insert(&map, &page, 42, nullptr));
	if (vprim_iova_map_insert(&map, &two, 43, &hit) == -EEXIST) {
		std::printf(line, "refused: ", two.start, two.last, " overlaps ");
		std::printf(line, "", hit.range.start, hit.range.last, "\n");
	}
	die_if(vprim_xstate_guess(0xe7, 2696, &table));
	die_if(vprim_xstate_offset(&table, 0xe7, VPRIM_XSTATE_STANDARD, 5, &at, nullptr));
	std::printf("AVX-512 opmask: byte %" PRIu64 " of 2696\n", at);
}
