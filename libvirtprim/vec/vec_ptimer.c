// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/* The vector verbs of ptimer.h. */
#include <virtprim/ptimer.h>
#include <virtprim/vec_room.h>

/* A choice of words; the position of the one that was given, or -1. */
static int choose(struct vprim_vec_str s, const char *const *words, int n)
{
	int i;

	for (i = 0; i < n; i++)
		if (vprim_vec_is(s, words[i]))
			return i;
	return -1;
}

#define CHOOSE(str, words) choose(str, words, (int)VPRIM_ARRAY_LEN(words))

/* Arguments @first to @last are 32-bit numbers where they are given. */
static int need_u32(struct vprim_vec_call *c, unsigned int first,
		    unsigned int last)
{
	unsigned int i;

	for (i = first; i <= last; i++)
		if (c->arg[i].u64 > UINT32_MAX)
			return vprim_vec_script_error(c, "a 32-bit number");
	return 0;
}

static const char *const policies[] = {
	[VPRIM_PTIMER_KEEP] = "keep",
	[VPRIM_PTIMER_KEEP_NOW] = "keep_now",
	[VPRIM_PTIMER_REBASE] = "rebase",
	[VPRIM_PTIMER_REBASE_KVM] = "rebase_kvm",
	[VPRIM_PTIMER_STEP] = "step",
};

static int policy_arg(struct vprim_vec_call *c, unsigned int i)
{
	int p = CHOOSE(c->arg[i].str, policies);

	if (p < 0)
		vprim_vec_script_error(c,
			"policy=keep, keep_now, rebase, rebase_kvm or step");
	return p;
}

static void put_step(struct vprim_vec_call *c,
		     const struct vprim_ptimer_step *s)
{
	vprim_vec_out_sdec(c, "target", s->target_ns);
	vprim_vec_out_dec(c, "expired", s->expired);
	vprim_vec_out_dec(c, "missed", s->missed);
	vprim_vec_out_dec(c, "dropped", s->dropped);
	vprim_vec_out_dec(c, "saturated", s->saturated);
}

static int advance(struct vprim_vec_call *c)
{
	struct vprim_ptimer_step s;
	int policy = policy_arg(c, 3), ret;

	if (policy < 0)
		return VPRIM_VEC_SCRIPT;
	ret = vprim_ptimer_advance((enum vprim_ptimer_policy)policy,
				   c->arg[0].s64, c->arg[1].s64, c->arg[2].s64,
				   &s);
	if (!ret)
		put_step(c, &s);
	return ret;
}

static int step_calls(struct vprim_vec_call *c)
{
	uint64_t calls;
	int ret = vprim_ptimer_step_calls(c->arg[0].s64, c->arg[1].s64,
					  c->arg[2].s64, &calls);

	if (!ret)
		vprim_vec_out_dec(c, "calls", calls);
	return ret;
}

static int scale_from(struct vprim_vec_call *c)
{
	struct vprim_ptimer_scale s;
	int ret = vprim_ptimer_scale_from(c->arg[0].u64, &s);

	if (ret)
		return ret;
	vprim_vec_out_hex(c, "mult", s.mult);
	vprim_vec_out_sdec(c, "shift", s.shift);
	return 0;
}

static int scale(struct vprim_vec_call *c)
{
	struct vprim_ptimer_scale s;
	uint64_t cycles;
	int ret = vprim_ptimer_scale_from(c->arg[0].u64, &s);

	if (!ret)
		ret = vprim_ptimer_ns_to_cycles(&s, c->arg[1].s64, &cycles);
	if (!ret)
		vprim_vec_out_dec(c, "cycles", cycles);
	return ret;
}

static int scale_kvm(struct vprim_vec_call *c)
{
	struct vprim_ptimer_scale s;
	int ret = vprim_ptimer_scale_from(c->arg[0].u64, &s);

	if (!ret)
		vprim_vec_out_hex(c, "cycles",
			vprim_ptimer_ns_to_cycles_kvm(&s,
						(uint64_t)c->arg[1].s64));
	return ret;
}

static int cycles_to_ns(struct vprim_vec_call *c)
{
	uint64_t ns;
	int ret = vprim_ptimer_cycles_to_ns(c->arg[0].u64, c->arg[1].u64, &ns);

	if (!ret)
		vprim_vec_out_dec(c, "ns", ns);
	return ret;
}

static int cycles_to_ns_kvm(struct vprim_vec_call *c)
{
	if (!c->arg[0].u64)
		return -EINVAL;
	vprim_vec_out_dec(c, "ns",
			  vprim_ptimer_cycles_to_ns_kvm(c->arg[0].u64,
							c->arg[1].u64));
	return 0;
}

static int tsc_ratio(struct vprim_vec_call *c)
{
	static const char *const kinds[] = { "vmx", "svm" };
	int kind = CHOOSE(c->arg[2].str, kinds), ret = need_u32(c, 0, 1);
	uint32_t user = (uint32_t)c->arg[0].u64, host = (uint32_t)c->arg[1].u64;
	uint64_t ratio;

	if (kind < 0)
		return vprim_vec_script_error(c, "kind=vmx or kind=svm");
	if (ret)
		return ret;
	ret = vprim_ptimer_tsc_ratio(user, host,
		kind ? VPRIM_PTIMER_SVM_FRAC : VPRIM_PTIMER_VMX_FRAC,
		kind ? VPRIM_PTIMER_SVM_MAX_RATIO : VPRIM_PTIMER_VMX_MAX_RATIO,
		&ratio);
	if (ret)
		return ret;
	vprim_vec_out_hex(c, "ratio", ratio);
	vprim_vec_out_dec(c, "needed", vprim_ptimer_tsc_needs_ratio(user, host));
	return 0;
}

static int tsc_scale(struct vprim_vec_call *c)
{
	if (c->arg[2].u64 > 63)
		return -EINVAL;
	vprim_vec_out_dec(c, "tsc", c->arg[3].u64 +
			  vprim_ptimer_tsc_scale(c->arg[0].u64, c->arg[1].u64,
						 (unsigned int)c->arg[2].u64));
	return 0;
}

static int tsc_unscale(struct vprim_vec_call *c)
{
	uint64_t host;
	int ret;

	if (c->arg[2].u64 > 63)
		return -EINVAL;
	ret = vprim_ptimer_tsc_unscale(c->arg[0].u64, c->arg[1].u64,
				       (unsigned int)c->arg[2].u64, &host);
	if (!ret)
		vprim_vec_out_dec(c, "cycles", host);
	return ret;
}

static int hv(struct vprim_vec_call *c)
{
	uint64_t frac = vprim_vec_u64_or(&c->arg[6], VPRIM_PTIMER_VMX_FRAC);
	struct vprim_ptimer_hv_request r = {
		.deadline_tsc = c->arg[0].u64,
		.guest_tsc = c->arg[1].u64,
		.host_tsc = c->arg[2].u64,
		.advance_cycles = c->arg[3].u64,
		.multi = (unsigned int)c->arg[4].u64,
		.frac_bits = (unsigned int)frac,
	};
	struct vprim_ptimer_hv out;
	int ret;

	if (frac > 63 || c->arg[4].u64 > 31)
		return -EINVAL;
	r.ratio = vprim_vec_u64_or(&c->arg[5], (uint64_t)1 << frac);
	ret = vprim_ptimer_hv_set(&r, &out);
	if (ret)
		return ret;
	vprim_vec_out_dec(c, "delta", out.delta_cycles);
	vprim_vec_out_dec(c, "programmed", out.programmed);
	vprim_vec_out_dec(c, "expired", out.expired);
	vprim_vec_out_dec(c, "host_deadline", out.host_deadline);
	return 0;
}

static int hv_usable(struct vprim_vec_call *c)
{
	int ret = need_u32(c, 0, 0);

	if (ret)
		return ret;
	if (c->arg[1].u64 > 31)
		return -EINVAL;
	vprim_vec_out_dec(c, "usable",
		vprim_ptimer_hv_is_usable((uint32_t)c->arg[0].u64,
					  (unsigned int)c->arg[1].u64,
					  c->arg[2].u64, c->arg[3].u64));
	return 0;
}

static int deadline(struct vprim_vec_call *c)
{
	struct vprim_ptimer_deadline d;
	struct vprim_ptimer_scale s;
	int ret;

	if (c->arg[4].u64 > 31)
		return -EINVAL;
	ret = vprim_ptimer_scale_from(c->arg[3].u64, &s);
	if (!ret)
		ret = vprim_ptimer_deadline(c->arg[0].s64, c->arg[1].s64,
					    c->arg[2].u64, &s,
					    (unsigned int)c->arg[4].u64, &d);
	if (ret)
		return ret;
	vprim_vec_out_dec(c, "deadline", d.deadline_tsc);
	vprim_vec_out_dec(c, "cycles", d.cycles);
	vprim_vec_out_dec(c, "fits", d.fits);
	return 0;
}

static int adapt_advance(struct vprim_vec_call *c)
{
	int ret = need_u32(c, 0, 0);

	if (!ret)
		ret = need_u32(c, 2, 2);
	if (ret)
		return ret;
	vprim_vec_out_dec(c, "advance",
		vprim_ptimer_adapt_advance((uint32_t)c->arg[0].u64,
					   c->arg[1].s64,
					   (uint32_t)c->arg[2].u64));
	return 0;
}

static int spin(struct vprim_vec_call *c)
{
	vprim_vec_out_dec(c, "cycles",
			  vprim_ptimer_spin(c->arg[0].u64, c->arg[1].u64,
					    c->arg[2].u64));
	return 0;
}

static int divisor(struct vprim_vec_call *c)
{
	int ret = need_u32(c, 0, 0);

	if (!ret)
		vprim_vec_out_dec(c, "divisor",
			vprim_ptimer_divisor((uint32_t)c->arg[0].u64));
	return ret;
}

static int bus(struct vprim_vec_call *c)
{
	return vprim_ptimer_bus_check(c->arg[0].u64,
				      vprim_vec_u64_or(&c->arg[1], 1), c->arg[2].u64);
}

static const char *const modes[] = { "periodic", "oneshot" };

/* mode=…, periodic unless said; false after a script error. */
static bool read_mode(struct vprim_vec_call *c, unsigned int i, bool *periodic)
{
	int mode = c->arg[i].present ? CHOOSE(c->arg[i].str, modes) : 0;

	if (mode < 0)
		vprim_vec_script_error(c, "mode=periodic or mode=oneshot");
	*periodic = !mode;
	return mode >= 0;
}

static int period(struct vprim_vec_call *c)
{
	struct vprim_ptimer_count count = {
		.tmict = (uint32_t)c->arg[0].u64,
		.tdcr = (uint32_t)c->arg[1].u64,
		.bus_ns = c->arg[2].u64,
		.min_ns = vprim_vec_u64_or(&c->arg[3], VPRIM_PTIMER_KVM_MIN_PERIOD_NS),
	};
	int64_t ns;
	int ret = need_u32(c, 0, 1);

	if (ret || !read_mode(c, 4, &count.periodic))
		return VPRIM_VEC_SCRIPT;
	ret = vprim_ptimer_period(&count, &ns);
	if (!ret)
		vprim_vec_out_sdec(c, "period", ns);
	return ret;
}

static int restored(struct vprim_vec_call *c)
{
	bool periodic;

	if (!read_mode(c, 2, &periodic))
		return VPRIM_VEC_SCRIPT;
	vprim_vec_out_sdec(c, "deadline",
			   vprim_ptimer_restored(c->arg[0].s64, c->arg[1].s64,
						 periodic));
	return 0;
}

static int divide_change(struct vprim_vec_call *c)
{
	uint64_t left;
	int ret = need_u32(c, 1, 2);

	if (ret)
		return ret;
	ret = vprim_ptimer_divide_change(c->arg[0].u64, (uint32_t)c->arg[1].u64,
					 (uint32_t)c->arg[2].u64, &left);
	if (!ret)
		vprim_vec_out_dec(c, "remaining", left);
	return ret;
}

static int stimer(struct vprim_vec_call *c)
{
	struct vprim_ptimer_stimer next;
	bool periodic;
	int ret;

	if (!read_mode(c, 3, &periodic))
		return VPRIM_VEC_SCRIPT;
	ret = vprim_ptimer_stimer_next(c->arg[0].u64, c->arg[1].u64,
				       c->arg[2].u64, periodic, &next);
	if (ret)
		return ret;
	vprim_vec_out_dec(c, "exp", next.exp_100ns);
	vprim_vec_out_sdec(c, "delay", next.delay_ns);
	vprim_vec_out_dec(c, "expired", next.expired);
	return 0;
}

static int xen(struct vprim_vec_call *c)
{
	struct vprim_ptimer_xen_state s;
	int ret;

	if (c->arg[0].u64 > VPRIM_PTIMER_XEN_ONE_MISSED)
		return -EINVAL;
	ret = vprim_ptimer_xen_missed((enum vprim_ptimer_xen)c->arg[0].u64,
				      c->arg[1].s64, c->arg[2].s64,
				      c->arg[3].u64, c->arg[4].s64, &s);
	if (ret)
		return ret;
	vprim_vec_out_sdec(c, "scheduled", s.scheduled_ns);
	vprim_vec_out_dec(c, "counted", s.counted);
	vprim_vec_out_dec(c, "pending", s.pending);
	vprim_vec_out_dec(c, "saturated", s.saturated);
	return 0;
}

static int slew_rate(struct vprim_vec_call *c)
{
	int ret = need_u32(c, 1, 1);
	uint64_t max = vprim_vec_u64_or(&c->arg[1], VPRIM_PTIMER_RTC_MAX_RATE);

	if (ret)
		return ret;
	if (!max)
		return -EINVAL;
	vprim_vec_out_dec(c, "rate", vprim_ptimer_slew_rate(c->arg[0].u64,
							    (uint32_t)max));
	return 0;
}

static int plan(struct vprim_vec_call *c)
{
	struct vprim_ptimer_budget b = {
		.owed = c->arg[0].u64,
		.period_ns = c->arg[1].s64,
		.next_ns = c->arg[2].present ? c->arg[2].s64 : c->arg[1].s64,
		.max_burst = c->arg[3].u64,
		.max_rate = (uint32_t)vprim_vec_u64_or(&c->arg[4],
						       VPRIM_PTIMER_RTC_MAX_RATE),
		.max_owed = vprim_vec_u64_or(&c->arg[5], UINT64_MAX),
	};
	struct vprim_ptimer_plan p;
	int ret = need_u32(c, 4, 4);

	if (ret)
		return ret;
	ret = vprim_ptimer_plan(&b, &p);
	if (ret)
		return ret;
	vprim_vec_out_dec(c, "dropped", p.dropped);
	vprim_vec_out_dec(c, "burst", p.burst);
	vprim_vec_out_sdec(c, "interval", p.interval_ns);
	vprim_vec_out_dec(c, "ticks", p.ticks);
	vprim_vec_out_sdec(c, "done", p.done_ns);
	return 0;
}

static const struct vprim_vec_verb verbs[] = {
	{ "advance", "target:s64 period:s64 now:s64 policy=word", advance },
	{ "step_calls", "target:s64 period:s64 now:s64", step_calls },
	{ "scale_from", "khz=u64", scale_from },
	{ "scale", "khz=u64 ns=s64", scale },
	{ "scale_kvm", "khz=u64 ns=s64", scale_kvm },
	{ "cycles_to_ns", "khz=u64 cycles=u64", cycles_to_ns },
	{ "cycles_to_ns_kvm", "khz=u64 cycles=u64", cycles_to_ns_kvm },
	{ "tsc_ratio", "user=u64 host=u64 kind=word", tsc_ratio },
	{ "tsc_scale", "host=u64 ratio=u64 frac=u64 offset=u64?", tsc_scale },
	{ "tsc_unscale", "guest=u64 ratio=u64 frac=u64", tsc_unscale },
	{ "hv", "deadline=u64 guest=u64 host=u64 advance=u64 multi=u64 ratio=u64? frac=u64?", hv },
	{ "hv_usable", "khz=u64 multi=u64 mwait=bit? posted=bit?", hv_usable },
	{ "deadline", "target=s64 now=s64 tsc=u64 khz=u64 multi=u64", deadline },
	{ "adapt_advance", "advance=u64 error=s64 khz=u64", adapt_advance },
	{ "spin", "deadline=u64 tsc=u64 advance=u64", spin },
	{ "divisor", "tdcr=u64", divisor },
	{ "bus", "bus_ns:u64 irqchip=bit? vcpus=bit?", bus },
	{ "period", "tmict=u64 tdcr=u64 bus_ns=u64 min_ns=u64? mode=word?", period },
	{ "restored", "period=s64 left=s64 mode=word?", restored },
	{ "divide_change", "remaining=u64 old=u64 new=u64", divide_change },
	{ "stimer", "exp=u64 count=u64 now=u64 mode=word?", stimer },
	{ "xen", "mode=u64 scheduled=s64 period=s64 pending=u64 now=s64", xen },
	{ "slew_rate", "owed=u64 max=u64?", slew_rate },
	{ "plan", "owed=u64 period=s64 next=s64? burst=u64 rate=u64? max_owed=u64?", plan },
	{ NULL, NULL, NULL },
};

/* -- a virtual LAPIC timer -- */

static int lapic_new(struct vprim_vec_call *c)
{
	return vprim_ptimer_lapic_init(c->obj, vprim_vec_u64_or(&c->arg[1], 1),
		vprim_vec_u64_or(&c->arg[2], VPRIM_PTIMER_KVM_MIN_PERIOD_NS),
		c->arg[0].u64);
}

static struct vprim_ptimer_now now_arg(const struct vprim_vec_call *c,
				       unsigned int i)
{
	struct vprim_ptimer_now now = { c->arg[i].s64, c->arg[i + 1].u64 };

	return now;
}

static int lapic_state(struct vprim_vec_call *c)
{
	const struct vprim_ptimer_lapic *l = c->obj;

	vprim_vec_out_sdec(c, "period", l->period_ns);
	vprim_vec_out_sdec(c, "target", l->target_ns);
	vprim_vec_out_dec(c, "tscdeadline", l->tscdeadline);
	return 0;
}

static int lapic_arm(struct vprim_vec_call *c)
{
	struct vprim_ptimer_now now = now_arg(c, 2);
	struct vprim_ptimer_write w = {
		.tmict = (uint32_t)c->arg[0].u64,
		.tdcr = (uint32_t)c->arg[1].u64,
		.restore = c->arg[4].present,
		.tmcct = (uint32_t)c->arg[4].u64,
	};
	int ret = need_u32(c, 0, 1);

	if (!ret)
		ret = need_u32(c, 4, 4);
	if (ret || !read_mode(c, 5, &w.periodic))
		return VPRIM_VEC_SCRIPT;
	ret = vprim_ptimer_lapic_arm(c->obj, &w, &now);
	return ret ? ret : lapic_state(c);
}

static int lapic_divide(struct vprim_vec_call *c)
{
	struct vprim_ptimer_now now = now_arg(c, 1);
	int ret = need_u32(c, 0, 0);

	if (!ret)
		ret = vprim_ptimer_lapic_divide(c->obj, (uint32_t)c->arg[0].u64,
						&now);
	return ret ? ret : lapic_state(c);
}

static int lapic_advance(struct vprim_vec_call *c)
{
	struct vprim_ptimer_now now = now_arg(c, 1);
	const struct vprim_ptimer_lapic *l = c->obj;
	struct vprim_ptimer_step s;
	int policy = policy_arg(c, 0), ret;

	if (policy < 0)
		return VPRIM_VEC_SCRIPT;
	ret = vprim_ptimer_lapic_advance(c->obj,
					 (enum vprim_ptimer_policy)policy, &now,
					 &s);
	if (ret)
		return ret;
	put_step(c, &s);
	vprim_vec_out_dec(c, "tscdeadline", l->tscdeadline);
	return 0;
}

static int lapic_current(struct vprim_vec_call *c)
{
	uint32_t tmcct;
	int ret = vprim_ptimer_lapic_current(c->obj, c->arg[0].s64, &tmcct);

	if (!ret)
		vprim_vec_out_dec(c, "count", tmcct);
	return ret;
}

static const struct vprim_vec_verb lapic_verbs[] = {
	{ "arm", "tmict=u64 tdcr=u64 now=s64 tsc=u64 count=u64? mode=word?", lapic_arm },
	{ "divide", "tdcr=u64 now=s64 tsc=u64", lapic_divide },
	{ "advance", "policy=word now=s64 tsc=u64", lapic_advance },
	{ "current", "now=s64", lapic_current },
	{ "state", "", lapic_state },
	{ NULL, NULL, NULL },
};

/* -- hardware or software -- */

static int mode_new(struct vprim_vec_call *c)
{
	struct vprim_ptimer_mode *m = c->obj;

	m->periodic = vprim_vec_u64_or(&c->arg[0], 1);
	m->retry = c->arg[1].u64;
	return 0;
}

static void put_todo(struct vprim_vec_call *c, unsigned int todo)
{
	static const char *const words[] = {
		"expire", "cancel_hw", "advance", "cancel_sw", "start_sw",
	};
	unsigned int i;

	vprim_vec_list_begin(c, "todo");
	for (i = 0; i < VPRIM_ARRAY_LEN(words); i++)
		if (todo & 1u << i)
			vprim_vec_list_word(c, words[i]);
	vprim_vec_list_end(c);
}

static int mode_event(struct vprim_vec_call *c)
{
	static const char *const events[] = {
		[VPRIM_PTIMER_EVENT_ARM] = "arm",
		[VPRIM_PTIMER_EVENT_STOP] = "stop",
		[VPRIM_PTIMER_EVENT_SUPPRESS] = "suppress",
		[VPRIM_PTIMER_EVENT_BLOCK] = "block",
		[VPRIM_PTIMER_EVENT_UNBLOCK] = "unblock",
		[VPRIM_PTIMER_EVENT_HW_EXPIRY] = "hw_expiry",
		[VPRIM_PTIMER_EVENT_SW_EXPIRY] = "sw_expiry",
	};
	struct vprim_ptimer_mode *m = c->obj;
	int event = CHOOSE(c->arg[0].str, events), ret;
	unsigned int todo;
	bool tried;

	if (event < 0)
		return vprim_vec_script_error(c,
			"arm, stop, suppress, block, unblock, hw_expiry or sw_expiry");
	tried = vprim_ptimer_mode_tries(m, (enum vprim_ptimer_event)event);
	ret = vprim_ptimer_mode_event(m, (enum vprim_ptimer_event)event,
				      c->arg[1].u64, &todo);
	if (ret)
		return ret;
	vprim_vec_out_word(c, "mode", m->server == VPRIM_PTIMER_HARDWARE ?
			   "hardware" : "software");
	vprim_vec_out_dec(c, "tried", tried);
	put_todo(c, todo);
	return 0;
}

static const struct vprim_vec_verb mode_verbs[] = {
	{ "event", "event:word hw=bit?", mode_event },
	{ NULL, NULL, NULL },
};

/* -- a source of ticks -- */

static int ticks_new(struct vprim_vec_call *c)
{
	static const char *const words[] = {
		[VPRIM_PTIMER_MISSED_DISCARD] = "discard",
		[VPRIM_PTIMER_MISSED_DELAY] = "delay",
		[VPRIM_PTIMER_MISSED_SLEW] = "slew",
		[VPRIM_PTIMER_MISSED_MERGE] = "merge",
		[VPRIM_PTIMER_MISSED_XEN_DELAY] = "xen_delay",
		[VPRIM_PTIMER_MISSED_XEN_NO_DELAY] = "xen_no_delay",
		[VPRIM_PTIMER_MISSED_XEN_NO_MISSED] = "xen_no_missed",
		[VPRIM_PTIMER_MISSED_XEN_ONE_MISSED] = "xen_one_missed",
		[VPRIM_PTIMER_MISSED_HYPERV] = "hyperv",
		[VPRIM_PTIMER_MISSED_PIT_REINJECT] = "pit_reinject",
		[VPRIM_PTIMER_MISSED_PIT_DISCARD] = "pit_discard",
	};
	int policy = CHOOSE(c->arg[0].str, words), ret = need_u32(c, 3, 4);
	struct vprim_ptimer_ticks_config config = {
		.policy = (enum vprim_ptimer_missed)policy,
		.period_ns = c->arg[1].s64,
		.first_ns = c->arg[2].present ? c->arg[2].s64 : c->arg[1].s64,
		.max_burst = (uint32_t)vprim_vec_u64_or(&c->arg[3],
							VPRIM_PTIMER_RTC_MAX_BURST),
		.max_rate = (uint32_t)vprim_vec_u64_or(&c->arg[4],
						       VPRIM_PTIMER_RTC_MAX_RATE),
		.max_owed = vprim_vec_u64_or(&c->arg[5], UINT64_MAX),
	};

	if (policy < 0)
		return vprim_vec_script_error(c,
			"policy=discard, delay, slew, merge, xen_delay, xen_no_delay, "
			"xen_no_missed, xen_one_missed, hyperv, pit_reinject or pit_discard");
	if (ret)
		return ret;
	return vprim_ptimer_ticks_init(c->obj, &config);
}

static int put_tick(struct vprim_vec_call *c, int ret,
		    const struct vprim_ptimer_tick *t)
{
	const struct vprim_ptimer_ticks *ticks = c->obj;

	if (ret)
		return ret;
	vprim_vec_out_dec(c, "raise", t->raise);
	vprim_vec_out_dec(c, "represents", t->represents);
	vprim_vec_out_dec(c, "dropped", t->dropped);
	vprim_vec_out_dec(c, "owed", ticks->owed);
	vprim_vec_out_sdec(c, "wake", t->wake_ns);
	vprim_vec_out_sdec(c, "guest", t->guest_ns);
	return 0;
}

static int ticks_poll(struct vprim_vec_call *c)
{
	struct vprim_ptimer_tick t;
	int ret = vprim_ptimer_ticks_poll(c->obj, c->arg[0].s64, &t);

	return put_tick(c, ret, &t);
}

static int ticks_ack(struct vprim_vec_call *c)
{
	struct vprim_ptimer_tick t;
	int ret = vprim_ptimer_ticks_ack(c->obj, c->arg[0].s64, &t);

	return put_tick(c, ret, &t);
}

static const struct vprim_vec_verb ticks_verbs[] = {
	{ "poll", "now:s64", ticks_poll },
	{ "ack", "now:s64", ticks_ack },
	{ NULL, NULL, NULL },
};

static const struct vprim_vec_kind kinds[] = {
	{ "ptimer_lapic", "khz=u64 bus_ns=u64? min_ns=u64?",
	  sizeof(struct vprim_ptimer_lapic), lapic_new, NULL, lapic_verbs },
	{ "ptimer_mode", "periodic=bit? retry=bit?",
	  sizeof(struct vprim_ptimer_mode), mode_new, NULL, mode_verbs },
	{ "ptimer_ticks",
	  "policy=word period=s64 first=s64? burst=u64? rate=u64? max_owed=u64?",
	  sizeof(struct vprim_ptimer_ticks), ticks_new, NULL, ticks_verbs },
	{ NULL, NULL, 0, NULL, NULL, NULL },
};

const struct vprim_vec_room vprim_vec_room_ptimer = {
	.name = "ptimer", .verbs = verbs, .kinds = kinds,
};
