// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/* The vector verbs of s390.h. */
#include <virtprim/s390.h>
#include <virtprim/vec_room.h>

static void put(struct vprim_vec_call *c, const struct vprim_s390_block *block,
		uint16_t code)
{
	if (code) {
		vprim_vec_out_hex(c, "code", code);
		return;
	}
	vprim_vec_out_dec(c, "present", block->present);
	if (block->present)
		vprim_vec_out_hex(c, "gpa", block->gpa);
}

static int sca(struct vprim_vec_call *c)
{
	static const char *const rules[] = { "before", "after", "by_format" };
	struct vprim_s390_sca_fields f = {
		.scaol = (uint32_t)c->arg[0].u64,
		.scaoh = (uint32_t)c->arg[1].u64,
		.has_64bscao = !c->arg[2].present || c->arg[2].u64,
		.esca = c->arg[3].u64 != 0,
		.prefix = (uint32_t)c->arg[4].u64,
	};
	bool pin = !c->arg[5].present || c->arg[5].u64;
	struct vprim_s390_block block = { false, 0 };
	unsigned int rule = VPRIM_S390_SCA_BSCA_HEADER;
	uint16_t code;
	int ret;

	if ((c->arg[0].u64 | c->arg[1].u64 | c->arg[4].u64) > UINT32_MAX)
		return vprim_vec_script_error(c, "scaol, scaoh and prefix of 32 bits");
	if (c->arg[6].present)
		for (rule = 0; !vprim_vec_is(c->arg[6].str, rules[rule]); rule++)
			if (rule == VPRIM_S390_SCA_BY_FORMAT)
				return vprim_vec_script_error(c,
					"rule=before, after or by_format");
	ret = vprim_s390_check_sca(&f, (enum vprim_s390_sca_rule)rule, &block,
				   &code);
	if (ret)
		return ret;
	if (!code && block.present && !pin)
		code = VPRIM_S390_SCA_PIN_CODE;
	put(c, &block, code);
	return 0;
}

static int satellite(struct vprim_vec_call *c)
{
	const struct vprim_s390_satellite_info *s;
	struct vprim_s390_block block = { false, 0 };
	bool crossing = !c->arg[3].present || c->arg[3].u64;
	bool pin = !c->arg[4].present || c->arg[4].u64;
	unsigned int which = 0;
	uint16_t code;
	int ret;

	for (;; which++) {
		s = vprim_s390_satellite_info((enum vprim_s390_satellite)which);
		if (!s)
			return vprim_vec_script_error(c,
				"block=ITDB, GVRD, RICCB, SDNX, CRYCB0, CRYCB1 or CRYCB2");
		if (vprim_vec_is(c->arg[0].str, s->name))
			break;
	}
	ret = vprim_s390_check_satellite((enum vprim_s390_satellite)which,
					 c->arg[1].u64, c->arg[2].u64 != 0,
					 crossing, &block, &code);
	if (ret)
		return ret;
	if (!code && block.present && !pin)
		code = s->pin_code;
	put(c, &block, code);
	return 0;
}

static int validity(struct vprim_vec_call *c)
{
	struct vprim_s390_validity v;

	if (c->arg[0].u64 > UINT16_MAX)
		return vprim_vec_script_error(c, "a code of 16 bits");
	v = vprim_s390_validity((uint16_t)c->arg[0].u64);
	vprim_vec_out_hex(c, "icptcode", v.icptcode);
	vprim_vec_out_hex(c, "ipa", v.ipa);
	vprim_vec_out_hex(c, "ipb", v.ipb);
	return 0;
}

static int crosses(struct vprim_vec_call *c)
{
	uint64_t shift = c->arg[2].u64;
	bool yes;
	int ret;

	if (shift > 63)
		return -EINVAL;
	ret = vprim_s390_crosses_exclusive(c->arg[0].u64, c->arg[1].u64,
					   (unsigned int)shift, &yes);
	if (!ret)
		vprim_vec_out_dec(c, "crosses", yes);
	return ret;
}

static const struct vprim_vec_verb verbs[] = {
	{ "sca", "scaol=u64 scaoh=u64? has_64bscao=bit? esca=bit? prefix=u64? "
		 "pin=bit? rule=word?", sca },
	{ "satellite", "block=word field=u64 exclusive=bit? crossing=bit? pin=bit?",
	  satellite },
	{ "validity", "code:u64", validity },
	{ "crosses_exclusive", "addr:u64 len:u64 shift:u64", crosses },
	{ NULL, NULL, NULL },
};

const struct vprim_vec_room vprim_vec_room_s390 = {
	.name = "s390", .verbs = verbs,
};
