// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/* The vector verbs of ppc.h. */
#include <virtprim/ppc.h>
#include <virtprim/vec_room.h>

/* Names stand for values one by one: "fixed-na" is 0x10 and no table index. */
static const struct {
	const char *name;
	uint8_t value;
} cap_names[] = {
	{ "broken", VPRIM_PPC_CAP_BROKEN },
	{ "workaround", VPRIM_PPC_CAP_WORKAROUND },
	{ "fixed", VPRIM_PPC_CAP_FIXED },
	{ "fixed-ibs", VPRIM_PPC_CAP_FIXED_IBS },
	{ "fixed-ccd", VPRIM_PPC_CAP_FIXED_CCD },
	{ "fixed-na", VPRIM_PPC_CAP_FIXED_NA },
};

static int read_cap(struct vprim_vec_call *c, unsigned int arg, uint8_t *cap)
{
	uint64_t value;
	size_t i;

	for (i = 0; i < VPRIM_ARRAY_LEN(cap_names); i++) {
		if (vprim_vec_is(c->arg[arg].str, cap_names[i].name)) {
			*cap = cap_names[i].value;
			return 0;
		}
	}
	if (!vprim_vec_u64(c->arg[arg].str, &value) || value > UINT8_MAX)
		return vprim_vec_script_error(c, "broken, workaround, fixed, "
			"fixed-ibs, fixed-ccd, fixed-na or a value");
	*cap = (uint8_t)value;
	return 0;
}

static int read_caps(struct vprim_vec_call *c, unsigned int arg,
		     struct vprim_ppc_caps *caps)
{
	int ret = read_cap(c, arg, &caps->cfpc);

	if (!ret)
		ret = read_cap(c, arg + 1, &caps->sbbc);
	if (!ret)
		ret = read_cap(c, arg + 2, &caps->ibs);
	caps->ccf_assist = c->arg[arg + 3].u64 != 0;
	return ret;
}

static void put_words(struct vprim_vec_call *c, const struct vprim_ppc_words *w)
{
	vprim_vec_out_hex(c, "character", w->character);
	vprim_vec_out_hex(c, "behaviour", w->behaviour);
}

static int words(struct vprim_vec_call *c)
{
	struct vprim_ppc_caps caps;
	struct vprim_ppc_words w;
	int ret = read_caps(c, 0, &caps);

	if (!ret)
		ret = vprim_ppc_words(&caps, c->arg[4].u64 != 0, &w);
	if (!ret)
		put_words(c, &w);
	return ret;
}

static void read_host(struct vprim_vec_call *c, unsigned int arg,
		      struct vprim_ppc_host *h)
{
	h->character = c->arg[arg].u64;
	h->behaviour = c->arg[arg + 1].u64;
	h->character_mask = c->arg[arg + 2].present ? c->arg[arg + 2].u64 :
			    VPRIM_PPC_PSERIES_CHARACTER_MASK;
	h->behaviour_mask = c->arg[arg + 3].present ? c->arg[arg + 3].u64 :
			    VPRIM_PPC_BEHAVIOUR_MASK;
}

static int host_caps(struct vprim_vec_call *c)
{
	struct vprim_ppc_caps caps;
	struct vprim_ppc_host h;
	int ret;

	read_host(c, 0, &h);
	ret = vprim_ppc_host_caps(&h, c->arg[4].u64 != 0, &caps);
	if (ret)
		return ret;
	vprim_vec_out_dec(c, "cfpc", caps.cfpc);
	vprim_vec_out_dec(c, "sbbc", caps.sbbc);
	vprim_vec_out_dec(c, "ibs", caps.ibs);
	vprim_vec_out_dec(c, "ccf", caps.ccf_assist);
	return 0;
}

static int guest(struct vprim_vec_call *c)
{
	static const char *const policies[] = { "caps", "host", "host-filtered",
						"within-caps" };
	struct vprim_ppc_caps caps;
	struct vprim_ppc_words w;
	struct vprim_ppc_host h;
	unsigned int policy = 0;
	int ret;

	while (!vprim_vec_is(c->arg[0].str, policies[policy]))
		if (++policy == VPRIM_ARRAY_LEN(policies))
			return vprim_vec_script_error(c,
				"policy=caps, host, host-filtered or within-caps");
	ret = read_caps(c, 1, &caps);
	if (ret)
		return ret;
	read_host(c, 6, &h);
	ret = vprim_ppc_guest_words((enum vprim_ppc_policy)policy,
				    c->arg[6].present ? &h : NULL,
				    c->arg[10].u64 != 0, &caps,
				    c->arg[5].u64 != 0, &w);
	if (!ret)
		put_words(c, &w);
	return ret;
}

static void put_decoded(struct vprim_vec_call *c, const char *key,
			enum vprim_ppc_word word, uint64_t value)
{
	const struct vprim_ppc_bit *bit;
	unsigned int i;

	vprim_vec_list_begin(c, key);
	for (i = 0; (bit = vprim_ppc_bit(word, i)); i++) {
		if (value & bit->mask)
			vprim_vec_list_word(c, bit->name);
		value &= ~bit->mask;
	}
	vprim_vec_list_end(c);
	if (value)
		vprim_vec_out_hex(c, "unknown", value);
}

static int character(struct vprim_vec_call *c)
{
	put_decoded(c, "bits", VPRIM_PPC_CHARACTER, c->arg[0].u64);
	return 0;
}

static int behaviour(struct vprim_vec_call *c)
{
	put_decoded(c, "bits", VPRIM_PPC_BEHAVIOUR, c->arg[0].u64);
	return 0;
}

static const struct vprim_vec_verb verbs[] = {
	{ "words", "cfpc=word sbbc=word ibs=word ccf=bit? since_6_1=bit?", words },
	{ "host_caps", "character=u64 behaviour=u64 cmask=u64? bmask=u64? "
		       "power8=bit?", host_caps },
	{ "guest", "policy=word cfpc=word sbbc=word ibs=word ccf=bit? "
		   "since_6_1=bit? character=u64? behaviour=u64? cmask=u64? "
		   "bmask=u64? power8=bit?", guest },
	{ "character", "word:u64", character },
	{ "behaviour", "word:u64", behaviour },
	{ NULL, NULL, NULL },
};

const struct vprim_vec_room vprim_vec_room_ppc = {
	.name = "ppc", .verbs = verbs,
};
