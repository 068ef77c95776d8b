// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * Placement of the SCA and of the satellite blocks of vSIE.
 *
 * One table says where each block may lie; one function reads it. A block whose
 * size is a power of two and whose field can only hold multiples of that size
 * never crosses a page, so its row has no crossing code.
 */
#include <virtprim/s390.h>

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
static uint64_t must_fit(uint32_t release, bool esca)
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

static uint16_t judge_sca(uint64_t gpa, uint64_t size_bytes, uint32_t prefix)
{
	if (!gpa)
		return 0;
	if (gpa < LOW_MEMORY)
		return 0x0038;
	if ((gpa & PREFIX_AREA_MASK) == prefix)
		return 0x0011;
	return sca_crosses(gpa, size_bytes) ? 0x003b : 0;
}

static void settle(uint16_t found, uint64_t gpa, struct vprim_s390_block *block,
		   uint16_t *code)
{
	*code = found;
	if (found)
		return;
	block->present = gpa != 0;
	block->gpa = gpa;
}

int vprim_s390_check_sca(const struct vprim_s390_sca_fields *fields,
			 uint32_t release,
			 struct vprim_s390_block *block, uint16_t *code)
{
	uint64_t gpa;

	if (fields->prefix & ~PREFIX_AREA_MASK)
		return -EINVAL;
	gpa = fields->scaol & ~(uint32_t)0xf;
	if (fields->has_64bscao)
		gpa |= (uint64_t)fields->scaoh << 32;
	settle(judge_sca(gpa, must_fit(release, fields->esca), fields->prefix),
	       gpa, block, code);
	return 0;
}

const struct vprim_s390_satellite_info *
vprim_s390_satellite_info(enum vprim_s390_satellite which)
{
	if ((unsigned int)which >= VPRIM_S390_SATELLITES)
		return NULL;
	return &satellites[which];
}

int vprim_s390_crosses_exclusive(uint64_t start, uint64_t size_bytes,
				 unsigned int shift, bool *crosses)
{
	struct vprim_range r;
	bool inside;
	int ret = vprim_range_crosses(start, size_bytes, shift, &inside);

	if (ret)
		return ret;
	if (!size_bytes) {
		*crosses = false;
		return 0;
	}
	/* Crosses does, or its last byte is the last of a block. */
	ret = vprim_range_from_size(start, size_bytes, &r);
	*crosses = inside || !~(r.last | ~(((uint64_t)1 << shift) - 1));
	return ret;
}

static uint16_t judge_sdnx(uint64_t field, uint64_t gpa)
{
	unsigned int exponent = field & 0xf;

	if (exponent < 6 || exponent > 12)
		return 0x10b1;
	return gpa & (((uint64_t)1 << exponent) - 1) ? 0x10b2 : 0;
}

static uint16_t judge_crycb(const struct vprim_s390_satellite_info *s,
			    uint64_t gpa, bool exclusive)
{
	bool crosses = false;
	int ret;

	/* 31 address bits and at most 256 bytes: neither call can fail. */
	if (exclusive)
		ret = vprim_s390_crosses_exclusive(gpa, s->size_bytes,
						   PAGE_SHIFT, &crosses);
	else
		ret = vprim_range_crosses(gpa, s->size_bytes, PAGE_SHIFT,
					  &crosses);
	return !ret && crosses ? s->cross_code : 0;
}

static uint16_t judge_satellite(enum vprim_s390_satellite which, uint64_t field,
				uint64_t gpa, bool exclusive, bool crossing)
{
	const struct vprim_s390_satellite_info *s = &satellites[which];

	if (s->cross_code) {
		if (!gpa)
			return s->low_code;
		return crossing ? judge_crycb(s, gpa, exclusive) : 0;
	}
	if (which == VPRIM_S390_SDNX && gpa < LOW_MEMORY)
		return s->low_code;
	if (which == VPRIM_S390_SDNX)
		return judge_sdnx(field, gpa);
	return gpa && gpa < LOW_MEMORY ? s->low_code : 0;
}

int vprim_s390_check_satellite(enum vprim_s390_satellite which, uint64_t field,
			       bool exclusive, bool crossing,
			       struct vprim_s390_block *block, uint16_t *code)
{
	uint64_t gpa;

	if ((unsigned int)which >= VPRIM_S390_SATELLITES)
		return -EINVAL;
	gpa = field & satellites[which].mask;
	settle(judge_satellite(which, field, gpa, exclusive, crossing), gpa,
	       block, code);
	return 0;
}

struct vprim_s390_validity vprim_s390_validity(uint16_t code)
{
	struct vprim_s390_validity v = { 0x20, 0x1000, (uint32_t)code << 16 };

	return v;
}
