// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * nested_pat.h against a reference of another shape: two registers, and a table
 * that says which of them a mode of running uses. The reference knows nothing of
 * VMCBs; what they must hold follows from it.
 */
#include "testlib.h"
#include <virtprim/nested_pat.h>

#define H1 UINT64_C(0x0007040600070404)
#define G UINT64_C(0x0606060606060606)
#define G2 UINT64_C(0x0606060606060604)
#define BAD UINT64_C(0x0808080808080808)

/* The last call's; a refusal before it is gone when it succeeds. */
static struct vprim_reason why;

enum { OF_L1, OF_L2, REGISTERS };
enum mode { L1_RUNS, L2_ON_L1S, L2_ON_ITS_OWN };

/* Which register a mode of running reads and writes. */
static const int uses[] = {
	[L1_RUNS] = OF_L1, [L2_ON_L1S] = OF_L1, [L2_ON_ITS_OWN] = OF_L2,
};

struct ref {
	uint64_t reg[REGISTERS];
	enum mode mode;
	bool np, coupled;
	bool old;		/* the rules of Linux 7.0 */
};

/* One event, as the test and the reference both understand it. */
enum what {
	WRITE, VMRUN, VMEXIT, RUN, HOST_SET, SET_NESTED, SET_FLAG, SET_SWAP,
	SET_L1, FORCE_LEAVE, RESET, EVENTS
};

struct event {
	enum what what;
	bool np, flag;
	uint64_t value;
};

static bool legal(uint64_t pat)
{
	unsigned int e;

	for (e = 0; e < 8; e++)
		if (!strchr("\1\4\5\6\7", (int)(pat >> (8 * e) & 0xff)))
			return false;
	return true;	/* strchr finds the 0 at the end, too */
}

static enum mode entered(bool np, bool quirk)
{
	return np && !quirk ? L2_ON_ITS_OWN : L2_ON_L1S;
}

/* The answer an event must give; the reference is changed only by success. */
static int ref_event(struct ref *r, bool npt, bool quirk, const struct event *e)
{
	enum mode then = entered(e->np, quirk);
	bool own = then == L2_ON_ITS_OWN;
	bool blob = e->what == SET_NESTED || e->what == SET_FLAG ||
		    e->what == SET_SWAP;
	struct event plain = *e;

	/* Nested paging that L0 has not: refused once, cleared today. */
	if (blob && e->np && !npt) {
		plain.np = false;
		return r->old ? -EINVAL : ref_event(r, npt, quirk, &plain);
	}

	switch (e->what) {
	case WRITE:
		if (!legal(e->value))
			return -EINVAL;
		r->reg[uses[r->mode]] = e->value;
		r->coupled = false;
		return 0;
	case VMRUN:
		if (r->mode != L1_RUNS)
			return -EBUSY;
		if ((e->np && !npt) || (own && !legal(e->value)))
			return -EINVAL;
		r->reg[OF_L2] = e->value;
		break;
	case VMEXIT:
		if (r->mode == L1_RUNS)
			return -ENOENT;
		/* fall through */
	case FORCE_LEAVE:
	case SET_L1:
		r->mode = L1_RUNS;
		r->coupled = false;
		r->np = false;
		return 0;
	case RESET:
		r->mode = L1_RUNS;
		r->coupled = false;
		r->np = false;
		r->reg[OF_L1] = VPRIM_PAT_RESET;
		return 0;
	case RUN:
		r->coupled = false;
		return 0;
	case HOST_SET:
		if (!legal(e->value))
			return -EINVAL;
		r->reg[OF_L1] = e->value;
		if (r->coupled)
			r->reg[OF_L2] = e->value;
		return 0;
	case SET_NESTED:
		if (own && !legal(e->value))
			return -EINVAL;
		r->reg[OF_L2] = e->value;
		break;
	case SET_FLAG:
		if (own && e->flag && !legal(e->value))
			return -EINVAL;
		r->reg[OF_L2] = e->flag ? e->value : r->reg[OF_L1];
		break;
	case SET_SWAP:
		if (own && e->flag && !legal(e->value))
			return -EINVAL;
		r->reg[OF_L2] = r->reg[OF_L1];
		if (own && e->flag)
			r->reg[OF_L1] = e->value;
		break;
	case EVENTS:
		ck_abort();
	}
	r->mode = then;
	r->np = e->np;
	r->coupled = e->what == SET_FLAG && own && !e->flag;
	return 0;
}

static int do_vmexit(struct vprim_nested_pat *n, const struct ref *before)
{
	struct vprim_nested_pat_exit out = { true, 77 };
	int ret = vprim_nested_pat_vmexit(n, &out);
	bool own = before->mode == L2_ON_ITS_OWN;

	if (ret) {
		require(out.write_g_pat && out.g_pat == 77);
		return ret;
	}
	require(out.write_g_pat == own);
	require(out.g_pat == (own ? before->reg[OF_L2] : 0));
	return 0;
}

static int do_set(struct vprim_nested_pat *n, const struct event *e)
{
	struct vprim_nested_pat_state s = {
		.form = e->what == SET_FLAG ? VPRIM_NESTED_PAT_FLAGGED :
			e->what == SET_SWAP ? VPRIM_NESTED_PAT_SWAPPED :
					      VPRIM_NESTED_PAT_APPLIED,
		.guest_mode = e->what != SET_L1, .np = e->np,
		.valid_gpat = e->flag, .pat = e->value,
	};

	return vprim_nested_pat_set_nested(n, &s, &why);
}

static int do_event(struct vprim_nested_pat *n, const struct ref *before,
		    const struct event *e)
{
	struct vprim_nested_pat_vmcb12 v = { .g_pat = e->value, .np = e->np };

	switch (e->what) {
	case WRITE:
		return vprim_nested_pat_write(n, e->value);
	case VMRUN:
		return vprim_nested_pat_vmrun(n, &v, &why);
	case VMEXIT:
		return do_vmexit(n, before);
	case RUN:
		vprim_nested_pat_run(n);
		return 0;
	case HOST_SET:
		return vprim_nested_pat_host_set(n, e->value);
	case FORCE_LEAVE:
		vprim_nested_pat_force_leave(n);
		return 0;
	case RESET:
		vprim_nested_pat_reset(n);
		return 0;
	default:
		return do_set(n, e);
	}
}

/* Everything that can be seen of @n, and what L0 must have programmed. */
static void compare(const struct vprim_nested_pat *n, const struct ref *r)
{
	struct vprim_nested_pat_state s = { .pat = 77 };
	uint64_t seen = r->reg[uses[r->mode]];
	bool own = r->mode == L2_ON_ITS_OWN;

	why.rule = vprim_nested_pat_rules.rule;
	require(vprim_nested_pat_audit(n, &why) == 0 && !why.rule);
	require(n->legacy_restore == r->coupled);
	require(vprim_nested_pat_read(n) == seen);
	require(n->hpat == r->reg[OF_L1]);
	require(vprim_nested_pat_is_separate(n) == own);
	vprim_nested_pat_get_nested(n, &s);
	require(s.guest_mode == (r->mode != L1_RUNS) && s.np == r->np);
	require(s.form == VPRIM_NESTED_PAT_APPLIED && s.valid_gpat == own);
	require(s.pat == (own ? r->reg[OF_L2] : 0));
	require(n->hw01 == (n->l0_npt ? r->reg[OF_L1] : VPRIM_PAT_RESET));
	require(r->mode == L1_RUNS || n->hw02 == seen);
}

static void one_event(struct vprim_nested_pat *n, struct ref *r,
		      const struct event *e)
{
	struct vprim_nested_pat before;
	struct ref old = *r;
	int want = ref_event(r, n->l0_npt, n->shared_quirk, e), got;

	memcpy(&before, n, sizeof(before));
	why.rule = vprim_nested_pat_rules.rule;
	got = do_event(n, &old, e);
	require(got == want);
	if (e->what == VMRUN || (e->what >= SET_NESTED && e->what <= SET_L1))
		require(!why.rule == !got);
	require(!got || !memcmp(&before, n, sizeof(before)));
	if (!got && n->in_l2 && n->hw02 != before.hw02)
		require(n->hw02_dirty);
	compare(n, r);
}

/* Nothing has happened yet, and no old value is in its memory. */
static void check_new(const struct vprim_nested_pat *n)
{
	require(n->release == VPRIM_LINUX_NEWEST && !n->hw02_dirty);
	require(!n->has_vmcb12 && !n->vmcb12 && !n->hw02 && !n->cached12);
}

static void start(struct vprim_nested_pat *n, struct ref *r, unsigned int config)
{
	memset(n, 0x55, sizeof(*n));
	vprim_nested_pat_init(n, config & 1, config & 2);
	check_new(n);
	*r = (struct ref){ { VPRIM_PAT_RESET, 0 }, L1_RUNS, false, false,
			   config & 4 };
	if (r->old)
		n->release = VPRIM_LINUX(7, 0);
	compare(n, r);
}

static uint64_t some_value(struct test_rng *rng)
{
	static const uint64_t often[] = { H1, G, G2, BAD, 0, VPRIM_PAT_RESET };
	uint64_t pick = test_rng_below(rng, 8);
	uint64_t any = test_rng_next(rng);

	if (pick < 6)
		return often[pick];
	/* Bit 1 only where bit 2 is: always valid. */
	return pick == 6 ? any : any & UINT64_C(0x0505050505050505);
}

START_TEST(random_events_agree_with_two_registers)
{
	struct test_rng rng = test_rng_seed(0x6e7061740000 + (uint64_t)_i);
	struct vprim_nested_pat n;
	struct ref r;

	start(&n, &r, (unsigned int)_i);
	for (uint64_t i = 0; i < test_steps(500000); i++) {
		struct event e = {
			.what = (enum what)test_rng_below(&rng, EVENTS),
			.np = test_rng_below(&rng, 2),
			.flag = test_rng_below(&rng, 2),
			.value = some_value(&rng),
		};

		/* Rare, or L2 would hardly ever run for long. */
		if (e.what >= FORCE_LEAVE && test_rng_below(&rng, 4))
			e.what = WRITE;
		one_event(&n, &r, &e);
	}
}
END_TEST

static const struct event alphabet[] = {
	{ WRITE, false, false, G2 },	    { WRITE, false, false, BAD },
	{ VMRUN, true, false, G },	    { VMRUN, true, false, BAD },
	{ VMRUN, false, false, BAD },	    { VMEXIT, false, false, 0 },
	{ RUN, false, false, 0 },	    { HOST_SET, false, false, H1 },
	{ HOST_SET, false, false, BAD },    { SET_NESTED, true, false, G2 },
	{ SET_NESTED, true, false, BAD },   { SET_NESTED, false, false, BAD },
	{ SET_FLAG, true, false, BAD },	    { SET_FLAG, true, true, 0 },
	{ SET_SWAP, true, true, G },	    { SET_SWAP, true, false, BAD },
	{ FORCE_LEAVE, false, false, 0 },   { RESET, false, false, 0 },
};

#define LETTERS VPRIM_ARRAY_LEN(alphabet)
#define WORD 4

START_TEST(every_short_sequence_agrees_with_two_registers)
{
	struct vprim_nested_pat n;
	struct ref r;
	size_t words = 1, w, rest;

	for (int i = 0; i < WORD; i++)
		words *= LETTERS;
	for (w = 0; w < words; w++) {
		start(&n, &r, (unsigned int)_i);
		for (rest = w + words; rest >= LETTERS; rest /= LETTERS)
			one_event(&n, &r, &alphabet[rest % LETTERS]);
	}
}
END_TEST

/* Restore in both orders: two orders by np by quirk by L0, for every value. */
START_TEST(msrs_and_nested_state_restore_in_either_order)
{
	static const uint64_t msrs[] = { H1, G, 0, VPRIM_PAT_RESET };
	static const uint64_t gpats[] = { G2, 0, BAD, H1 };
	struct vprim_nested_pat first, second;
	bool np = _i & 4, old = _i & 8;
	struct ref r;

	for (unsigned int m = 0; m < 4; m++)
		for (unsigned int g = 0; g < 4; g++) {
			struct event set = { old ? SET_FLAG : SET_NESTED, np,
					     false, gpats[g] };
			struct event msr = { HOST_SET, false, false, msrs[m] };
			int a, b;

			start(&first, &r, ((unsigned int)_i & 3) | ((unsigned int)_i >> 2 & 4));
			require(do_event(&first, &r, &msr) == 0);
			a = do_event(&first, &r, &set);
			start(&second, &r, ((unsigned int)_i & 3) | ((unsigned int)_i >> 2 & 4));
			b = do_event(&second, &r, &set);
			require(do_event(&second, &r, &msr) == 0);
			require(a == b);
			require(!memcmp(&first, &second, sizeof(first)));
		}
}
END_TEST

/* A checkpoint taken at any time and restored elsewhere reads the same. */
START_TEST(a_checkpoint_restores_what_a_guest_sees)
{
	struct test_rng rng = test_rng_seed(0x636865636b);
	struct vprim_nested_pat n, copy;
	struct vprim_nested_pat_state s;
	struct ref r;

	for (uint64_t i = 0; i < test_steps(200000); i++) {
		if (i % 64 == 0)
			start(&n, &r, (unsigned int)(i / 64 & 3));
		struct event e = {
			.what = (enum what)test_rng_below(&rng, HOST_SET + 1),
			.np = test_rng_below(&rng, 2),
			.value = some_value(&rng),
		};

		one_event(&n, &r, &e);
		vprim_nested_pat_init(&copy, n.l0_npt, n.shared_quirk);
		vprim_nested_pat_get_nested(&n, &s);
		if (i & 1)
			require(vprim_nested_pat_set_nested(&copy, &s, NULL) == 0);
		require(vprim_nested_pat_host_set(&copy, n.hpat) == 0);
		if (!(i & 1))
			require(vprim_nested_pat_set_nested(&copy, &s, NULL) == 0);
		compare(&copy, &r);
	}
}
END_TEST

/*
 * L1's memory: three VMCB12s. L1 obeys the clean-bit contract: it sets the bit
 * only for a VMCB12 whose G_PAT it has not written since it last ran it with the
 * bit clear.
 */
struct l1 {
	uint64_t g_pat[3];
	bool touched[3];
};

struct pair {
	struct vprim_nested_pat with, without;
	struct l1 l1;
	size_t running;
	unsigned long skipped;
};

static void pair_vmrun(struct pair *p, struct test_rng *rng)
{
	size_t i = (size_t)test_rng_below(rng, 3);
	struct vprim_nested_pat_vmcb12 v = {
		.address = 0x1000 * (i + 1),
		.g_pat = p->l1.g_pat[i],
		.np = test_rng_below(rng, 4) > 0,
		.np_clean = !p->l1.touched[i] && test_rng_below(rng, 4),
	};
	bool could_skip = v.np_clean && p->with.has_vmcb12 &&
			  p->with.vmcb12 == v.address;
	int ret = vprim_nested_pat_vmrun(&p->with, &v, NULL);

	if (!ret) {
		if (!v.np_clean)
			p->l1.touched[i] = false;
		p->running = i;
		p->skipped += could_skip;
	}
	v.np_clean = false;
	require(vprim_nested_pat_vmrun(&p->without, &v, NULL) == ret);
}

static void pair_vmexit(struct pair *p)
{
	struct vprim_nested_pat_exit a = { false, 0 }, b = { false, 0 };
	int ret = vprim_nested_pat_vmexit(&p->with, &a);

	require(vprim_nested_pat_vmexit(&p->without, &b) == ret);
	require(a.write_g_pat == b.write_g_pat && a.g_pat == b.g_pat);
	if (!ret && a.write_g_pat)
		p->l1.g_pat[p->running] = a.g_pat;
}

static void pair_both(struct pair *p, struct test_rng *rng)
{
	static const enum what others[] = { WRITE, WRITE, HOST_SET, RUN,
					    FORCE_LEAVE, SET_NESTED };
	struct event e = {
		.what = others[test_rng_below(rng, VPRIM_ARRAY_LEN(others))],
		.np = test_rng_below(rng, 2),
		.value = some_value(rng),
	};
	struct ref unused = { { 0, 0 }, L1_RUNS, false, false, false };

	require(do_event(&p->with, &unused, &e) == do_event(&p->without, &unused, &e));
}

START_TEST(the_clean_bit_shortcut_changes_no_answer)
{
	struct test_rng rng = test_rng_seed(0x636c65616e);
	struct pair p = { .l1 = { { G, H1, G2 }, { true, true, true } } };

	vprim_nested_pat_init(&p.with, true, _i);
	vprim_nested_pat_init(&p.without, true, _i);
	for (uint64_t i = 0; i < test_steps(1000000); i++) {
		size_t at = (size_t)test_rng_below(&rng, 3);

		switch (test_rng_below(&rng, 8)) {
		case 0:	/* also while L2 runs: the snapshot must be used */
			p.l1.g_pat[at] = some_value(&rng);
			p.l1.touched[at] = true;
			break;
		case 1:
			pair_both(&p, &rng);
			break;
		case 2: case 3: case 4:
			pair_vmrun(&p, &rng);
			break;
		default:
			pair_vmexit(&p);
		}
		require(vprim_nested_pat_read(&p.with) ==
			vprim_nested_pat_read(&p.without));
		require(p.with.hpat == p.without.hpat);
		require(!p.with.in_l2 || p.with.hw02 == p.without.hw02);
		require(vprim_nested_pat_audit(&p.with, NULL) == 0);
	}
	/* The shortcut was taken, except with the quirk, where it has no use. */
	if (test_steps(1000000) >= 1000)
		ck_assert((p.skipped > 0) == !_i);
}
END_TEST

/* An L1 that breaks the contract harms itself alone: hw02 stays valid. */
START_TEST(a_broken_contract_runs_the_old_value)
{
	struct vprim_nested_pat_vmcb12 v = { 0x5000, G, true, false };
	struct vprim_nested_pat_exit out;
	struct vprim_nested_pat n;

	vprim_nested_pat_init(&n, true, false);
	ck_assert_int_eq(vprim_nested_pat_vmrun(&n, &v, NULL), 0);
	ck_assert_int_eq(vprim_nested_pat_vmexit(&n, &out), 0);
	v.np_clean = true;
	v.g_pat = BAD;
	ck_assert_int_eq(vprim_nested_pat_vmrun(&n, &v, NULL), -EINVAL);
	v.g_pat = H1;
	ck_assert_int_eq(vprim_nested_pat_vmrun(&n, &v, NULL), 0);
	ck_assert_uint_eq(n.cached12, H1);
	ck_assert_uint_eq(vprim_nested_pat_read(&n), G);
	ck_assert_int_eq(vprim_nested_pat_audit(&n, NULL), 0);
}
END_TEST

static void audit_finds(const struct vprim_nested_pat *n,
			enum vprim_nested_pat_rule rule, uint64_t value)
{
	ck_assert_int_eq(vprim_nested_pat_audit(n, &why), -EBADMSG);
	ck_assert_uint_eq(vprim_reason_id(&why), rule);
	ck_assert(why.has_value && why.value == value);
}

START_TEST(the_audit_sees_each_broken_invariant)
{
	const struct vprim_nested_pat_state own = { .guest_mode = true, .np = true,
						    .pat = G };
	const struct vprim_nested_pat_state shared = { .guest_mode = true };
	struct vprim_nested_pat good, n;

	vprim_nested_pat_init(&good, true, false);
	n = good;
	n.hpat = BAD;
	n.hw01 = BAD;
	audit_finds(&n, VPRIM_NESTED_PAT_RULE_AUDIT_HPAT, BAD);
	n = good;
	n.hw01 = G;
	audit_finds(&n, VPRIM_NESTED_PAT_RULE_AUDIT_HW01, G);
	n = good;
	ck_assert_int_eq(vprim_nested_pat_set_nested(&n, &shared, NULL), 0);
	n.hw02 = G;
	audit_finds(&n, VPRIM_NESTED_PAT_RULE_AUDIT_COPY, G);
	n = good;
	ck_assert_int_eq(vprim_nested_pat_set_nested(&n, &own, NULL), 0);
	ck_assert_int_eq(vprim_nested_pat_audit(&n, NULL), 0);
	n.hw02 = BAD;
	audit_finds(&n, VPRIM_NESTED_PAT_RULE_AUDIT_GPAT, BAD);
}
END_TEST

START_TEST(a_blob_of_no_known_form_is_refused)
{
	struct vprim_nested_pat_state s = { .form = (enum vprim_nested_pat_form)3 };
	struct vprim_nested_pat n, before;

	vprim_nested_pat_init(&n, true, false);
	memcpy(&before, &n, sizeof(n));
	ck_assert_int_eq(vprim_nested_pat_set_nested(&n, &s, &why), -EINVAL);
	ck_assert_uint_eq(vprim_reason_id(&why), VPRIM_REASON_ARGUMENT);
	ck_assert(!memcmp(&before, &n, sizeof(n)));
}
END_TEST

START_TEST(a_vm_entry_checks_host_before_guest)
{
	for (unsigned int c = 0; c < 16; c++) {
		struct vprim_nested_pat_vmcs v = {
			.load_guest = c & 1, .load_host = c & 2,
			.guest_pat = c & 4 ? BAD : G, .host_pat = c & 8 ? BAD : G,
		};
		unsigned int want = VPRIM_REASON_NONE;
		int ret;

		why.rule = vprim_nested_pat_rules.rule;
		ret = vprim_nested_pat_vmx_entry(&v, &why);
		if ((c & 5) == 5)
			want = VPRIM_NESTED_PAT_RULE_GUEST;
		if ((c & 10) == 10)
			want = VPRIM_NESTED_PAT_RULE_HOST;
		ck_assert_uint_eq(vprim_reason_id(&why), want);
		ck_assert_int_eq(ret, want ? -EINVAL : 0);
	}
}
END_TEST

int main(void)
{
	Suite *s = suite_create("nested_pat");
	TCase *t = tcase_create("nested_pat");

	tcase_add_loop_test(t, random_events_agree_with_two_registers, 0, 8);
	tcase_add_loop_test(t, every_short_sequence_agrees_with_two_registers, 0, 4);
	tcase_add_loop_test(t, msrs_and_nested_state_restore_in_either_order, 0, 32);
	tcase_add_test(t, a_checkpoint_restores_what_a_guest_sees);
	tcase_add_loop_test(t, the_clean_bit_shortcut_changes_no_answer, 0, 2);
	tcase_add_test(t, a_broken_contract_runs_the_old_value);
	tcase_add_test(t, the_audit_sees_each_broken_invariant);
	tcase_add_test(t, a_blob_of_no_known_form_is_refused);
	tcase_add_test(t, a_vm_entry_checks_host_before_guest);
	tcase_set_timeout(t, 120);
	suite_add_tcase(s, t);
	return test_main(s);
}
