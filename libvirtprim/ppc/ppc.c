// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * CPU characteristics of POWER.
 *
 * Bits 7 to 9 of the behaviour word are negative: set says "not needed", so that
 * firmware that never heard of them stays safe. Each bit therefore carries its
 * polarity, and with it the value that is safe when nobody knows.
 */
#include "ppc_internal.h"

#define CH(name) VPRIM_PPC_CHAR_##name
#define BE(name) VPRIM_PPC_BEHAV_##name

static const struct vprim_ppc_bit character_bits[] = {
	{ CH(SPEC_BAR_ORI31), VPRIM_PPC_ABLE, true, "SPEC_BAR_ORI31",
	  "ori 31,31,0 is a speculation barrier" },
	{ CH(BCCTRL_SERIALISED), VPRIM_PPC_ABLE, true, "BCCTRL_SERIALISED",
	  "indirect branches by CTR are serialised" },
	{ CH(L1D_FLUSH_ORI30), VPRIM_PPC_ABLE, true, "L1D_FLUSH_ORI30",
	  "ori 30,30,0 flushes the L1D" },
	{ CH(L1D_FLUSH_TRIG2), VPRIM_PPC_ABLE, true, "L1D_FLUSH_TRIG2",
	  "a move to TRIG2 flushes the L1D" },
	{ CH(L1D_THREAD_PRIV), VPRIM_PPC_ABLE, true, "L1D_THREAD_PRIV",
	  "the L1D is private to a thread" },
	{ CH(BR_HINT_HONOURED), VPRIM_PPC_ABLE, true, "BR_HINT_HONOURED",
	  "branch hints are honoured" },
	{ CH(THR_RECONF_TRIG), VPRIM_PPC_ABLE, true, "THR_RECONF_TRIG",
	  "thread reconfiguration control" },
	{ CH(COUNT_CACHE_DISABLED), VPRIM_PPC_ABLE, true,
	  "COUNT_CACHE_DISABLED", "the count cache is off" },
	{ CH(BCCTR_FLUSH_ASSIST), VPRIM_PPC_ABLE, true, "BCCTR_FLUSH_ASSIST",
	  "bcctr helps to flush the count cache" },
	{ CH(BCCTR_LINK_FLUSH_ASSIST), VPRIM_PPC_ABLE, false,
	  "BCCTR_LINK_FLUSH_ASSIST", "bcctr helps to flush the link stack" },
};

static const struct vprim_ppc_bit behaviour_bits[] = {
	{ BE(FAVOUR_SECURITY), VPRIM_PPC_NEEDED, true, "FAVOUR_SECURITY",
	  "prefer security" },
	{ BE(L1D_FLUSH_PR), VPRIM_PPC_NEEDED, true, "L1D_FLUSH_PR",
	  "flush the L1D on privilege change" },
	{ BE(BNDS_CHK_SPEC_BAR), VPRIM_PPC_NEEDED, true, "BNDS_CHK_SPEC_BAR",
	  "barrier after bounds checks" },
	/* It narrows FAVOUR_SECURITY: its safe value is the wide one, clear. */
	{ BE(FAVOUR_SECURITY_H), VPRIM_PPC_NOT_NEEDED, false,
	  "FAVOUR_SECURITY_H", "security for the kernel side only" },
	{ BE(FLUSH_COUNT_CACHE), VPRIM_PPC_NEEDED, true, "FLUSH_COUNT_CACHE",
	  "flush the count cache on context switch" },
	{ BE(FLUSH_LINK_STACK), VPRIM_PPC_NEEDED, false, "FLUSH_LINK_STACK",
	  "flush the link stack" },
	{ BE(NO_L1D_FLUSH_ENTRY), VPRIM_PPC_NOT_NEEDED, false,
	  "NO_L1D_FLUSH_ENTRY", "no flush needed on kernel entry" },
	{ BE(NO_L1D_FLUSH_UACCESS), VPRIM_PPC_NOT_NEEDED, false,
	  "NO_L1D_FLUSH_UACCESS", "no flush needed after user access" },
	{ BE(NO_STF_BARRIER), VPRIM_PPC_NOT_NEEDED, false, "NO_STF_BARRIER",
	  "no store-forward barrier needed" },
};

const struct vprim_ppc_bit *vprim_ppc_bit_at(enum vprim_ppc_word word,
					     unsigned int index)
{
	if (word == VPRIM_PPC_CHARACTER)
		return index < VPRIM_ARRAY_LEN(character_bits) ?
			       &character_bits[index] : NULL;
	return word == VPRIM_PPC_BEHAVIOUR &&
	       index < VPRIM_ARRAY_LEN(behaviour_bits) ?
		       &behaviour_bits[index] : NULL;
}

/* What one value of a capability adds to the words. */
struct addition {
	uint8_t value;
	uint64_t character, behaviour;
};

static const struct addition cfpc[] = {
	{ VPRIM_PPC_CAP_BROKEN, 0, BE(L1D_FLUSH_PR) },
	{ VPRIM_PPC_CAP_WORKAROUND,
	  CH(L1D_FLUSH_ORI30) | CH(L1D_FLUSH_TRIG2) | CH(L1D_THREAD_PRIV),
	  BE(L1D_FLUSH_PR) },
	{ VPRIM_PPC_CAP_FIXED, 0, 0 },
};

static const struct addition sbbc[] = {
	{ VPRIM_PPC_CAP_BROKEN, 0, BE(BNDS_CHK_SPEC_BAR) },
	{ VPRIM_PPC_CAP_WORKAROUND, CH(SPEC_BAR_ORI31), BE(BNDS_CHK_SPEC_BAR) },
	{ VPRIM_PPC_CAP_FIXED, 0, 0 },
};

static const struct addition ibs[] = {
	{ VPRIM_PPC_CAP_BROKEN, 0, 0 },
	{ VPRIM_PPC_CAP_WORKAROUND, 0, BE(FLUSH_COUNT_CACHE) },
	{ VPRIM_PPC_CAP_FIXED_IBS, CH(BCCTRL_SERIALISED), 0 },
	{ VPRIM_PPC_CAP_FIXED_CCD, CH(COUNT_CACHE_DISABLED), 0 },
	{ VPRIM_PPC_CAP_FIXED_NA, 0, 0 },
};

static bool add(const struct addition *a, size_t count, uint8_t value,
		struct vprim_ppc_words *w)
{
	size_t i;

	for (i = 0; i < count; i++) {
		if (a[i].value == value) {
			w->character |= a[i].character;
			w->behaviour |= a[i].behaviour;
			return true;
		}
	}
	return false;
}

/* Words of the capabilities alone. */
static int words_of(const struct vprim_ppc_caps *caps, uint32_t qemu,
		    struct vprim_ppc_words *w, struct vprim_reason *why)
{
	w->character = CH(BR_HINT_HONOURED);
	w->behaviour = BE(FAVOUR_SECURITY);
	if (!add(cfpc, VPRIM_ARRAY_LEN(cfpc), caps->cfpc, w))
		return refuse(why, CFPC, VALUE(caps->cfpc));
	if (!add(sbbc, VPRIM_ARRAY_LEN(sbbc), caps->sbbc, w))
		return refuse(why, SBBC, VALUE(caps->sbbc));
	if (!add(ibs, VPRIM_ARRAY_LEN(ibs), caps->ibs, w))
		return refuse(why, IBS, VALUE(caps->ibs));
	if ((!qemu || qemu >= VPRIM_PPC_QEMU(6, 1)) &&
	    caps->cfpc == VPRIM_PPC_CAP_FIXED)
		w->behaviour |= BE(NO_L1D_FLUSH_ENTRY) |
				BE(NO_L1D_FLUSH_UACCESS);
	if (caps->ccf_assist && caps->ibs == VPRIM_PPC_CAP_WORKAROUND)
		w->character |= CH(BCCTR_FLUSH_ASSIST);
	return 0;
}

static enum vprim_ppc_known in_character(const struct vprim_ppc_host *h,
					 uint64_t bits)
{
	return vprim_ppc_known_of(h->character, h->character_mask, bits);
}

static enum vprim_ppc_known in_behaviour(const struct vprim_ppc_host *h,
					 uint64_t bits)
{
	return vprim_ppc_known_of(h->behaviour, h->behaviour_mask, bits);
}

static uint8_t host_cfpc(const struct vprim_ppc_host *h, bool power8)
{
	if (in_behaviour(h, BE(L1D_FLUSH_PR)) == VPRIM_PPC_CLEAR)
		return VPRIM_PPC_CAP_FIXED;
	if ((power8 ||
	     in_character(h, CH(L1D_THREAD_PRIV)) == VPRIM_PPC_SET) &&
	    in_character(h, CH(L1D_FLUSH_ORI30) | CH(L1D_FLUSH_TRIG2)) ==
		    VPRIM_PPC_SET)
		return VPRIM_PPC_CAP_WORKAROUND;
	return VPRIM_PPC_CAP_BROKEN;
}

static uint8_t host_sbbc(const struct vprim_ppc_host *h)
{
	if (in_behaviour(h, BE(BNDS_CHK_SPEC_BAR)) == VPRIM_PPC_CLEAR)
		return VPRIM_PPC_CAP_FIXED;
	if (in_character(h, CH(SPEC_BAR_ORI31)) == VPRIM_PPC_SET)
		return VPRIM_PPC_CAP_WORKAROUND;
	return VPRIM_PPC_CAP_BROKEN;
}

static uint8_t host_ibs(const struct vprim_ppc_host *h)
{
	enum vprim_ppc_known flush = in_behaviour(h, BE(FLUSH_COUNT_CACHE));
	enum vprim_ppc_known ccd = in_character(h, CH(COUNT_CACHE_DISABLED));
	enum vprim_ppc_known serial = in_character(h, CH(BCCTRL_SERIALISED));

	if (flush == VPRIM_PPC_CLEAR && ccd == VPRIM_PPC_CLEAR &&
	    serial == VPRIM_PPC_CLEAR)
		return VPRIM_PPC_CAP_FIXED_NA;
	if (flush == VPRIM_PPC_SET)
		return VPRIM_PPC_CAP_WORKAROUND;
	if (ccd == VPRIM_PPC_SET)
		return VPRIM_PPC_CAP_FIXED_CCD;
	if (serial == VPRIM_PPC_SET)
		return VPRIM_PPC_CAP_FIXED_IBS;
	return VPRIM_PPC_CAP_BROKEN;
}

void vprim_ppc_host_caps(const struct vprim_ppc_host *host, bool power8,
			 struct vprim_ppc_caps *caps)
{
	caps->cfpc = host_cfpc(host, power8);
	caps->sbbc = host_sbbc(host);
	caps->ibs = host_ibs(host);
	caps->ccf_assist = in_character(host, CH(BCCTR_FLUSH_ASSIST)) ==
			   VPRIM_PPC_SET;
}

/* The known bits as they are, the others at their safe value. */
static uint64_t filter(enum vprim_ppc_word word, uint64_t value, uint64_t mask)
{
	const struct vprim_ppc_bit *bit;
	uint64_t w = value & mask;
	unsigned int i;

	for (i = 0; (bit = vprim_ppc_bit_at(word, i)); i++)
		if (!(mask & bit->mask) && bit->polarity == VPRIM_PPC_NEEDED)
			w |= bit->mask;
	return w;
}

/*
 * The more careful of two words: abilities and "not needed" only where both
 * have them, needs where either has them.
 */
static uint64_t careful(enum vprim_ppc_word word, uint64_t a, uint64_t b)
{
	const struct vprim_ppc_bit *bit;
	uint64_t needs = 0;
	unsigned int i;

	for (i = 0; (bit = vprim_ppc_bit_at(word, i)); i++)
		if (bit->polarity == VPRIM_PPC_NEEDED)
			needs |= bit->mask;
	return ((a | b) & needs) | (a & b & ~needs);
}

/* Nothing may be above what the host can do. */
static int check_host(const struct vprim_ppc_caps *caps,
		      const struct vprim_ppc_host *host, bool power8,
		      struct vprim_reason *why)
{
	struct vprim_ppc_caps most;

	vprim_ppc_host_caps(host, power8, &most);
	if (caps->cfpc > most.cfpc)
		return refuse(why, CFPC_HOST, VALUE(caps->cfpc), AT(most.cfpc));
	if (caps->sbbc > most.sbbc)
		return refuse(why, SBBC_HOST, VALUE(caps->sbbc), AT(most.sbbc));
	if (caps->ibs > most.ibs)
		return refuse(why, IBS_HOST, VALUE(caps->ibs), AT(most.ibs));
	if (caps->ccf_assist && !most.ccf_assist)
		return refuse(why, CCF_HOST);
	return 0;
}

/* The host's words under each policy; @w holds those of the capabilities. */
static void mix(enum vprim_ppc_policy policy, const struct vprim_ppc_host *host,
	       struct vprim_ppc_words *w)
{
	struct vprim_ppc_words own = *w;

	if (policy == VPRIM_PPC_FROM_HOST) {
		if (host->character) {
			w->character = host->character;
			w->behaviour = host->behaviour;
		}
		return;
	}
	w->character = filter(VPRIM_PPC_CHARACTER, host->character,
			      host->character_mask);
	w->behaviour = filter(VPRIM_PPC_BEHAVIOUR, host->behaviour,
			      host->behaviour_mask);
	if (policy == VPRIM_PPC_FROM_HOST_WITHIN_CAPS) {
		w->character = careful(VPRIM_PPC_CHARACTER, w->character,
				       own.character);
		w->behaviour = careful(VPRIM_PPC_BEHAVIOUR, w->behaviour,
				       own.behaviour);
	}
}

int vprim_ppc_guest_words(enum vprim_ppc_policy policy,
			  const struct vprim_ppc_host *host, bool power8,
			  const struct vprim_ppc_caps *caps, uint32_t qemu,
			  struct vprim_ppc_words *words,
			  struct vprim_reason *why)
{
	struct vprim_ppc_words w;
	int ret;

	vprim_reason_clear(why);
	if ((unsigned int)policy > VPRIM_PPC_FROM_HOST_WITHIN_CAPS)
		return vprim_reason_argument_(why);
	ret = words_of(caps, qemu, &w, why);
	if (!ret && host && policy == VPRIM_PPC_FROM_CAPS)
		ret = check_host(caps, host, power8, why);
	if (ret)
		return ret;
	if (host && policy != VPRIM_PPC_FROM_CAPS)
		mix(policy, host, &w);
	*words = w;
	return 0;
}

static void say_word(struct vprim_text *t, enum vprim_ppc_word word,
		     uint64_t a, uint64_t a_mask, uint64_t b, uint64_t b_mask)
{
	static const char *const known[] = { "not known", "clear", "set" };
	const struct vprim_ppc_bit *bit;
	unsigned int i;

	for (i = 0; (bit = vprim_ppc_bit_at(word, i)); i++) {
		enum vprim_ppc_known on_a = vprim_ppc_known_of(a, a_mask, bit->mask);
		enum vprim_ppc_known on_b = vprim_ppc_known_of(b, b_mask, bit->mask);

		if (on_a == on_b)
			continue;
		vprim_text_str_(t, bit->name);
		vprim_text_str_(t, " (");
		vprim_text_str_(t, bit->meaning);
		vprim_text_str_(t, "): ");
		vprim_text_str_(t, known[on_a]);
		vprim_text_str_(t, " on A, ");
		vprim_text_str_(t, known[on_b]);
		vprim_text_str_(t, " on B\n");
	}
}

size_t vprim_ppc_explain(const struct vprim_ppc_host *a,
			 const struct vprim_ppc_host *b, char *text,
			 size_t size_bytes)
{
	struct vprim_text t = { text, size_bytes, 0 };

	say_word(&t, VPRIM_PPC_CHARACTER, a->character, a->character_mask,
		 b->character, b->character_mask);
	say_word(&t, VPRIM_PPC_BEHAVIOUR, a->behaviour, a->behaviour_mask,
		 b->behaviour, b->behaviour_mask);
	return vprim_text_end_(&t);
}
