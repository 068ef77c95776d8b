// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * Placement of the SCA and of the satellite blocks of vSIE.
 *
 * One table says where each block may lie; one function reads it. A block whose
 * size is a power of two and whose field can only hold multiples of that size
 * never crosses a page, so its row has no crossing code.
 */
#include "s390_internal.h"

#define PAGE_SHIFT 12u
#define LOW_MEMORY 0x2000u
#define PREFIX_AREA_MASK (~(uint64_t)0x1fff)

static const struct vprim_s390_satellite_info satellites[] = {
	[VPRIM_S390_ITDB] = { "ITDB", ~(uint64_t)0xff, 256, 0x0080, 0, 0x0080,
		"transactional execution" },
	[VPRIM_S390_GVRD] = { "GVRD", ~(uint64_t)0x1ff, 512, 0x1310, 0, 0x1310,
		"vectors enabled and no host register management" },
	[VPRIM_S390_RICCB] = { "RICCB", ~(uint64_t)0x3f, 64, 0x0043, 0, 0x0043,
		"runtime instrumentation" },
	[VPRIM_S390_SDNX] = { "SDNX", ~(uint64_t)0xf, 0, 0x10b0, 0, 0x10b0,
		"guarded storage and no host register management, or etoken" },
	[VPRIM_S390_CRYCB0] = { "CRYCB0", 0x7ffffff8, 32, 0x0039, 0x003c, 0x0035,
		"crypto; page test only with AP interpretation" },
	[VPRIM_S390_CRYCB1] = { "CRYCB1", 0x7ffffff8, 128, 0x0039, 0x003c, 0x0035,
		"crypto; page test always" },
	[VPRIM_S390_CRYCB2] = { "CRYCB2", 0x7ffffff8, 256, 0x0039, 0x003c, 0x0035,
		"crypto; page test only with AP interpretation" },
};

/* How much of the SCA must lie in one page. */
static uint64_t bytes_in_one_page(uint32_t release, bool esca)
{
	if (release == VPRIM_S390_POSTED_BY_FORMAT)
		return esca ? VPRIM_S390_ESCA_HEADER_BYTES :
			      VPRIM_S390_BSCA_HEADER_BYTES;
	return vprim_linux_has(release, VPRIM_CHANGE_S390_SCA_HEADER) ?
		       VPRIM_S390_BSCA_HEADER_BYTES : VPRIM_S390_BSCA_BYTES;
}

/* @gpa is a multiple of 16 and not at the top: 2112 bytes can wrap only there. */
static bool sca_crosses(uint64_t gpa, uint64_t size_bytes)
{
	bool crosses;

	return vprim_range_crosses(gpa, size_bytes, PAGE_SHIFT, &crosses) ||
	       crosses;
}

static int check_sca(uint64_t gpa, uint64_t size_bytes, uint32_t prefix,
		     struct vprim_reason *why)
{
	if (!gpa)
		return 0;
	if (gpa < LOW_MEMORY)
		return refuse(why, LOW, AT(gpa), VALUE(0x0038));
	if ((gpa & PREFIX_AREA_MASK) == prefix)
		return refuse(why, IN_PREFIX, AT(gpa), VALUE(0x0011));
	if (sca_crosses(gpa, size_bytes))
		return refuse(why, CROSSES, AT(gpa), VALUE(0x003b));
	return 0;
}

static int give(int ret, uint64_t gpa, struct vprim_s390_block *block)
{
	if (!ret)
		*block = (struct vprim_s390_block){ gpa != 0, gpa };
	return ret;
}

int vprim_s390_check_sca(const struct vprim_s390_sca_fields *fields,
			 uint32_t release, struct vprim_s390_block *block,
			 struct vprim_reason *why)
{
	uint64_t gpa = fields->scaol & ~(uint32_t)0xf;

	vprim_reason_clear(why);
	if (fields->prefix & ~PREFIX_AREA_MASK)
		return refuse(why, PREFIX, VALUE(fields->prefix));
	if (fields->has_64bscao)
		gpa |= (uint64_t)fields->scaoh << 32;
	return give(check_sca(gpa, bytes_in_one_page(release, fields->esca),
			      fields->prefix, why), gpa, block);
}

const struct vprim_s390_satellite_info *
vprim_s390_satellite_info_of(enum vprim_s390_satellite which)
{
	if ((unsigned int)which >= VPRIM_S390_SATELLITES)
		return NULL;
	return &satellites[which];
}

static int check_sdnx(uint64_t field, uint64_t gpa, struct vprim_reason *why)
{
	unsigned int exponent = field & 0xf;

	if (exponent < 6 || exponent > 12)
		return refuse(why, SDNX_SIZE, AT(gpa), VALUE(0x10b1));
	if (gpa & (((uint64_t)1 << exponent) - 1))
		return refuse(why, SDNX_ALIGN, AT(gpa), VALUE(0x10b2));
	return 0;
}

/* @exclusive ends count the byte behind the block in. */
static bool crycb_crosses(const struct vprim_s390_satellite_info *s,
			  uint64_t gpa, bool exclusive)
{
	uint64_t last = gpa + s->size_bytes - (exclusive ? 0 : 1);

	/* 31 address bits and at most 257 bytes: it cannot wrap. */
	return gpa >> PAGE_SHIFT != last >> PAGE_SHIFT;
}

static int check_satellite(enum vprim_s390_satellite which, uint64_t field,
			   uint64_t gpa, bool exclusive, bool crossing,
			   struct vprim_reason *why)
{
	const struct vprim_s390_satellite_info *s = &satellites[which];
	bool low = gpa < LOW_MEMORY;

	/* A CRYCB must have an address; ITDB, GVRD and RICCB need none. */
	if (s->cross_code)
		low = !gpa;
	else if (which != VPRIM_S390_SDNX && !gpa)
		low = false;
	if (low)
		return refuse(why, LOW, AT(gpa), VALUE(s->low_code));
	if (which == VPRIM_S390_SDNX)
		return check_sdnx(field, gpa, why);
	if (s->cross_code && crossing && crycb_crosses(s, gpa, exclusive))
		return refuse(why, CROSSES, AT(gpa), VALUE(s->cross_code));
	return 0;
}

int vprim_s390_check_satellite(enum vprim_s390_satellite which, uint64_t field,
			       bool exclusive, bool crossing,
			       struct vprim_s390_block *block,
			       struct vprim_reason *why)
{
	uint64_t gpa;

	vprim_reason_clear(why);
	if ((unsigned int)which >= VPRIM_S390_SATELLITES)
		return vprim_reason_argument_(why);
	gpa = field & satellites[which].mask;
	return give(check_satellite(which, field, gpa, exclusive, crossing, why),
		    gpa, block);
}
