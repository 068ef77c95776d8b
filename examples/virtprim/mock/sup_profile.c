// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * An IOMMU by name, or from a file: lines as in a group's reserved_regions,
 *
 *     0x00000000fee00000 0x00000000feefffff msi
 *
 * or what a recording says of it,
 *
 *     iova_range  0  0x0  0xfedfffff
 *     pgsizes=0x40201000
 *
 * and "aperture 0x0 0x7fffffffff" for what neither has.
 */
#include "sup.h"
#include "../tool.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#define MOST 64

static struct {
	struct vprim_mock_iommu iommu;
	struct vprim_iova_windows_reserved reserved[MOST];
	struct vprim_range window[MOST];
	size_t windows;
} file;

static const struct {
	const char *name;
	enum vprim_iova_windows_type type;
} types[] = {
	{ "direct", VPRIM_IOVA_WINDOWS_DIRECT },
	{ "direct-relaxable", VPRIM_IOVA_WINDOWS_DIRECT_RELAXABLE },
	{ "reserved", VPRIM_IOVA_WINDOWS_RESERVED },
	{ "msi", VPRIM_IOVA_WINDOWS_MSI },
};

static bool add(uint64_t start, uint64_t last, enum vprim_iova_windows_type type)
{
	struct vprim_iova_windows_reserved *r = &file.reserved[file.iommu.nr_reserved];

	if (file.iommu.nr_reserved == MOST || last < start)
		return false;
	*r = (struct vprim_iova_windows_reserved){ { start, last }, type };
	file.iommu.nr_reserved++;
	return true;
}

static bool one_line(const char *line)
{
	struct vprim_range r;
	char word[32];
	const char *at;
	size_t i;

	if (line[0] == '#' || !line[strspn(line, " \t\n")])
		return true;
	at = strstr(line, "pgsizes=");
	if (at)
		file.iommu.pgsize_bitmap = strtoull(at + 8, NULL, 0);
	if (!strncmp(line, "iova_range", 10)) {
		char *end;

		/* Its number, then the range. */
		(void)strtoul(line + 10, &end, 10);
		r.start = strtoull(end, &end, 0);
		r.last = strtoull(end, &end, 0);
		if (file.windows == MOST || r.last < r.start)
			return false;
		file.window[file.windows++] = r;
		return true;
	}
	if (!strncmp(line, "aperture", 8)) {
		char *end;

		file.iommu.aperture.start = strtoull(line + 8, &end, 0);
		file.iommu.aperture.last = strtoull(end, NULL, 0);
		return file.iommu.aperture.last > file.iommu.aperture.start;
	}
	if (sscanf(line, "0x%" SCNx64 " 0x%" SCNx64 " %31s", &r.start, &r.last, word) == 3)
		for (i = 0; i < VPRIM_ARRAY_LEN(types); i++)
			if (!strcmp(types[i].name, word))
				return add(r.start, r.last, types[i].type);
	/* Other lines of a recording say nothing of the IOMMU. */
	return true;
}

/* What lies between windows is reserved, what lies around them out of reach. */
static bool from_windows(void)
{
	size_t i;

	if (!file.windows)
		return file.iommu.nr_reserved || file.iommu.pgsize_bitmap;
	if (vprim_iova_windows_check((struct vprim_ranges){ file.window, file.windows },
				     NULL))
		return false;
	file.iommu.aperture.start = file.window[0].start;
	file.iommu.aperture.last = file.window[file.windows - 1].last;
	for (i = 1; i < file.windows; i++)
		if (file.window[i].start - 1 != file.window[i - 1].last &&
		    !add(file.window[i - 1].last + 1, file.window[i].start - 1,
			 VPRIM_IOVA_WINDOWS_RESERVED))
			return false;
	return true;
}

const struct vprim_mock_iommu *sup_profile(const char *name)
{
	const struct vprim_mock_iommu *known = vprim_mock_iommu_find(name);
	char line[512];
	bool fine = true;
	FILE *f;

	if (known)
		return known;
	f = fopen(name, "re");
	if (!f) {
		tool_warn("mock: %s is neither an IOMMU that is known (intel39, intel48, amd, virtio64, none) nor a file: %s",
			  name, strerror(errno));
		return NULL;
	}
	file.iommu = (struct vprim_mock_iommu){
		.name = name, .aperture = { 0, 0xffffffffffff },
		.reserved = file.reserved,
	};
	while (fine && fgets(line, sizeof(line), f))
		fine = one_line(line);
	fclose(f);
	fine = fine && from_windows();
	if (!file.iommu.pgsize_bitmap)
		file.iommu.pgsize_bitmap = 0x40201000;
	if (!fine)
		tool_warn("mock: %s: no reserved_regions and no recording of an IOMMU",
			  name);
	return fine ? &file.iommu : NULL;
}
