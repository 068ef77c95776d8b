// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/* The vector verbs of ppc.h. */
#include "vec_internal.h"
#include <virtprim/ppc.h>

/* Names stand for values one by one: "fixed-na" is 0x10 and no table index. */
#define CAP "broken:0|workaround:1|fixed:2|fixed-ibs:2|fixed-ccd:3|fixed-na:16|u8"

static struct vprim_ppc_host host_of(struct vprim_vec_call *c)
{
	struct vprim_ppc_host h = {
		.character = U64("character"),
		.behaviour = U64("behaviour"),
		.character_mask = U64_OR("cmask", VPRIM_PPC_PSERIES_CHARACTER_MASK),
		.behaviour_mask = U64_OR("bmask", VPRIM_PPC_BEHAVIOUR_MASK),
	};

	return h;
}

static int host_caps(struct vprim_vec_call *c)
{
	struct vprim_ppc_caps caps;
	struct vprim_ppc_host h = host_of(c);

	vprim_ppc_host_caps(&h, IS("power8"), &caps);
	return OUT("cfpc=u sbbc=u ibs=u ccf=u", caps.cfpc, caps.sbbc, caps.ibs,
		   caps.ccf_assist);
}

static int put_words(struct vprim_vec_call *c, enum vprim_ppc_policy policy,
		     const struct vprim_ppc_host *host, bool power8)
{
	struct vprim_ppc_caps caps = { U8("cfpc"), U8("sbbc"), U8("ibs"), IS("ccf") };
	struct vprim_ppc_words w;
	int ret = vprim_ppc_guest_words(policy, host, power8, &caps,
					U32_OR("qemu", U32("since_6_1")), &w,
					&c->why);

	return ret ? ret : OUT("character=x behaviour=x", w.character, w.behaviour);
}

VERB(words, put_words(c, VPRIM_PPC_FROM_CAPS, NULL, false))

static int guest(struct vprim_vec_call *c)
{
	struct vprim_ppc_host h = host_of(c);

	return put_words(c, CHOICE("policy"), HAS("character") ? &h : NULL,
			 IS("power8"));
}

static int decode(struct vprim_vec_call *c, enum vprim_ppc_word word)
{
	const struct vprim_ppc_bit *bit;
	uint64_t value = U64("word");
	unsigned int i;

	vprim_vec_list_begin(c, "bits");
	for (i = 0; (bit = vprim_ppc_bit_at(word, i)); i++) {
		if (value & bit->mask)
			vprim_vec_list_word(c, bit->name);
		value &= ~bit->mask;
	}
	vprim_vec_list_end(c);
	return value ? OUT("unknown=x", value) : 0;
}

VERB(character, decode(c, VPRIM_PPC_CHARACTER))

VERB(behaviour, decode(c, VPRIM_PPC_BEHAVIOUR))

#define CAPS "cfpc=" CAP " sbbc=" CAP " ibs=" CAP " ccf=bit? since_6_1=0:0x600|1:0x601?0 qemu=linux?"

static const struct vprim_vec_verb verbs[] = {
	{ "words", CAPS, words },
	{ "host_caps", "character=u64 behaviour=u64 cmask=u64? bmask=u64? power8=bit?", host_caps },
	{ "guest", "policy=caps|host|host-filtered|within-caps " CAPS " character=u64? behaviour=u64? cmask=u64? bmask=u64? power8=bit?", guest },
	{ "character", "word:u64", character },
	{ "behaviour", "word:u64", behaviour },
};

VEC_MODULE(vprim_vec_module_ppc, "ppc", VERBS(verbs), .rules = &vprim_ppc_rules);
