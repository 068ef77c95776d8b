// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/* The vector verbs of s390.h. */
#include "vec_internal.h"
#include <virtprim/s390.h>

/*
 * A validity intercept is an answer to the guest: ok with its code, and the rule that
 * asks for it. pin=0: what would be present cannot be pinned.
 */
static int put(struct vprim_vec_call *c, int ret,
	       const struct vprim_s390_block *block, uint16_t pin_code)
{
	if (ret == -ERANGE) {
		OUT("code=x", c->why.value);
		vprim_vec_out_why_(c, &c->why);
		return 0;
	}
	if (ret)
		return ret;
	if (block->present && !IS("pin"))
		return OUT("code=x", pin_code);
	OUT("present=u", block->present);
	return block->present ? OUT("gpa=x", block->gpa) : 0;
}

static int sca(struct vprim_vec_call *c)
{
	struct vprim_s390_sca_fields f = {
		.scaol = U32("scaol"), .scaoh = U32("scaoh"),
		.has_64bscao = IS("has_64bscao"), .esca = IS("esca"),
		.prefix = U32("prefix"),
	};
	struct vprim_s390_block block;

	return put(c, vprim_s390_check_sca(&f, RELEASE_OR("rule"), &block, &c->why), &block,
		   VPRIM_S390_SCA_PIN_CODE);
}

static int satellite(struct vprim_vec_call *c)
{
	enum vprim_s390_satellite which = CHOICE("block");
	struct vprim_s390_block block;

	return put(c, vprim_s390_check_satellite(which, U64("field"), IS("exclusive"),
						 IS("crossing"), &block, &c->why),
		   &block, vprim_s390_satellite_info_of(which)->pin_code);
}

static int validity(struct vprim_vec_call *c)
{
	struct vprim_s390_validity v = vprim_s390_validity_of(U16("code"));

	return OUT("icptcode=x ipa=x ipb=x", v.icptcode, v.ipa, v.ipb);
}

/* Page crossing as code that compares exclusive ends sees it. */
static int crosses(struct vprim_vec_call *c)
{
	uint64_t addr = U64("addr"), len = U64("len"), block;
	struct vprim_range r;
	bool yes;
	int ret = vprim_range_crosses(addr, len, U32("shift"), &yes);

	if (ret)
		return ret;
	block = (uint64_t)1 << U32("shift");
	if (!vprim_range_from_size(addr, len, &r))
		yes = yes || !((r.last + 1) & (block - 1));
	return OUT("crosses=u", yes);
}

static const struct vprim_vec_verb verbs[] = {
	{ "sca", "scaol=u32 scaoh=u32? has_64bscao=bit?1 esca=bit? prefix=u32? pin=bit?1 rule=before:0x60c|after:0|by_format:65534?after linux=linux?", sca },
	{ "satellite", "block=ITDB|GVRD|RICCB|SDNX|CRYCB0|CRYCB1|CRYCB2 field=u64 exclusive=bit? crossing=bit?1 pin=bit?1", satellite },
	{ "validity", "code:u16", validity },
	{ "crosses_exclusive", "addr:u64 len:u64 shift:0..63!", crosses },
};

VEC_MODULE(vprim_vec_module_s390, "s390", VERBS(verbs), .rules = &vprim_s390_rules);
