// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/* The vector verbs of ptimer.h. */
#include "vec_internal.h"
#include <virtprim/ptimer.h>

#define POLICY "policy=keep|keep_now|rebase|rebase_kvm|step"
#define MODE "mode=periodic|oneshot?"

static int put_step(struct vprim_vec_call *c, const struct vprim_ptimer_step *s)
{
	return OUT("target=s expired=u missed=u dropped=u saturated=u",
		   OUT_S64(s->target_ns), s->expired, s->missed, s->dropped,
		   s->saturated);
}

VERB_ASKS(advance, struct vprim_ptimer_step s, vprim_ptimer_advance(CHOICE("policy"),
		S64("target"), S64("period"), S64("now"), &s), put_step(c, &s))

/* A step a call: what KEEP_NOW counts at once. */
VERB_ASKS(step_calls, struct vprim_ptimer_step s,
	vprim_ptimer_advance(VPRIM_PTIMER_KEEP_NOW, S64("target"), S64("period"),
		S64("now"), &s), OUT("calls=u", s.expired))

VERB_ASKS(scale_from, struct vprim_ptimer_scale s,
	vprim_ptimer_scale_from(U64("khz"), &s),
	OUT("mult=x shift=s", s.mult, OUT_S64(s.shift)))

static int scale(struct vprim_vec_call *c)
{
	struct vprim_ptimer_deadline d;
	struct vprim_ptimer_scale s;
	int ret = vprim_ptimer_scale_from(U64("khz"), &s);

	if (!ret)
		ret = vprim_ptimer_deadline_for(S64("ns"), 0, 0, &s, 0, &d);
	return ret ? ret : OUT("cycles=u", d.cycles);
}

VERB_ASKS(scale_kvm, struct vprim_ptimer_scale s,
	vprim_ptimer_scale_from(U64("khz"), &s),
	OUT("cycles=x", vprim_ptimer_scale_delta(&s, (uint64_t)S64("ns"))))

VERB_ASKS(cycles_to_ns, uint64_t ns,
	vprim_ptimer_cycles_to_ns(U64("khz"), U64("cycles"), &ns), OUT("ns=u", ns))

/* As start_sw_tscdeadline() of Linux, whose product has 64 bits. */
VERB(cycles_to_ns_kvm,
	OUT("ns=u", vprim_div_u64(U64("cycles") * 1000000, U64("khz"), NULL)))

VERB_ASKS(tsc_ratio, bool svm = CHOICE("kind"); uint64_t ratio,
	vprim_ptimer_tsc_ratio(U32("user"), U32("host"), svm ? VPRIM_PTIMER_SVM_FRAC :
		VPRIM_PTIMER_VMX_FRAC, svm ? VPRIM_PTIMER_SVM_MAX_RATIO :
		VPRIM_PTIMER_VMX_MAX_RATIO, &ratio), OUT("ratio=x needed=u", ratio,
		vprim_ptimer_tsc_needs_ratio(U32("user"), U32("host"))))

VERB(tsc_scale, OUT("tsc=u", U64("offset") + vprim_ptimer_tsc_scale(U64("host"),
		U64("ratio"), U32("frac"))))

VERB_ASKS(tsc_unscale, uint64_t host,
	vprim_ptimer_tsc_unscale(U64("guest"), U64("ratio"), U32("frac"), &host),
	OUT("cycles=u", host))

static int hv(struct vprim_vec_call *c)
{
	struct vprim_ptimer_hv_request r = {
		.deadline_tsc = U64("deadline"), .guest_tsc = U64("guest"),
		.host_tsc = U64("host"), .advance_cycles = U64("advance"),
		.multi = U32("multi"),
		.frac_bits = U32_OR("frac", VPRIM_PTIMER_VMX_FRAC),
	};
	struct vprim_ptimer_hv out;
	int ret;

	r.ratio = U64_OR("ratio", (uint64_t)1 << r.frac_bits);
	ret = vprim_ptimer_hv_set(&r, &out);
	return ret ? ret : OUT("delta=u programmed=u expired=u host_deadline=u",
			       out.delta_cycles, out.programmed, out.expired,
			       out.host_deadline);
}

VERB(hv_usable, OUT("usable=u", vprim_ptimer_hv_is_usable(U32("khz"), U32("multi"),
		IS("mwait"), IS("posted"))))

static int deadline(struct vprim_vec_call *c)
{
	struct vprim_ptimer_deadline d;
	struct vprim_ptimer_scale s;
	int ret = vprim_ptimer_scale_from(U64("khz"), &s);

	if (!ret)
		ret = vprim_ptimer_deadline_for(S64("target"), S64("now"), U64("tsc"),
						&s, U32("multi"), &d);
	return ret ? ret : OUT("deadline=u cycles=u fits=u", d.deadline_tsc, d.cycles,
			       d.fits);
}

VERB(adapt_advance, OUT("advance=u", vprim_ptimer_adapt_advance(U32("advance"),
		S64("error"), U32("khz"))))

VERB(spin,
	OUT("cycles=u", vprim_ptimer_spin(U64("deadline"), U64("tsc"), U64("advance"))))

VERB_ASKS(divisor, int64_t ns, vprim_ptimer_period(&(struct vprim_ptimer_count){
		.tmict = 1, .tdcr = U32("tdcr"), .bus_ns = 1 }, &ns),
	OUT("divisor=u", (uint64_t)ns))

VERB(bus, vprim_ptimer_bus_check(U64("bus_ns"), IS("irqchip"), IS("vcpus")))

static int period(struct vprim_vec_call *c)
{
	const struct vprim_ptimer_count count = {
		.tmict = U32("tmict"), .tdcr = U32("tdcr"), .bus_ns = U64("bus_ns"),
		.min_ns = U64_OR("min_ns", VPRIM_PTIMER_KVM_MIN_PERIOD_NS),
		.periodic = !CHOICE("mode"),
	};
	int64_t ns;
	int ret = vprim_ptimer_period(&count, &ns);

	return ret ? ret : OUT("period=s", OUT_S64(ns));
}

VERB(restored, OUT("deadline=s", OUT_S64(vprim_ptimer_restored(S64("period"),
		S64("left"), !CHOICE("mode")))))

static int divide_change(struct vprim_vec_call *c)
{
	struct vprim_ptimer_owed left;
	int ret;

	if (!U32("old") || !U32("new"))
		return -EINVAL;
	ret = vprim_ptimer_rescale(U64("remaining"), U32("new"), 0, U32("old"), &left);
	return ret ? ret : OUT("remaining=u", left.owed);
}

VERB_ASKS(stimer, struct vprim_ptimer_stimer next, vprim_ptimer_stimer_next(U64("exp"),
		U64("count"), U64("now"), !CHOICE("mode"), &next),
	OUT("exp=u delay=s expired=u", next.exp_100ns, OUT_S64(next.delay_ns),
		next.expired))

VERB_ASKS(xen, struct vprim_ptimer_xen_state s, vprim_ptimer_xen_missed(CHOICE("mode"),
		S64("scheduled"), S64("period"), U64("pending"), S64("now"), &s),
	OUT("scheduled=s counted=u pending=u saturated=u", OUT_S64(s.scheduled_ns),
		s.counted, s.pending, s.saturated))

VERB_ASKS(rescale, struct vprim_ptimer_owed o,
	vprim_ptimer_rescale(U64("owed"), U64("old"), U64("since"), U64("new"), &o),
	OUT("owed=u rest=u", o.owed, o.rest))

static int slew_rate(struct vprim_vec_call *c)
{
	uint32_t max = U32_OR("max", VPRIM_PTIMER_RTC_MAX_RATE);

	return max ? OUT("rate=u", vprim_ptimer_slew_rate(U64("owed"), max)) : -EINVAL;
}

static int plan(struct vprim_vec_call *c)
{
	struct vprim_ptimer_budget b = {
		.owed = U64("owed"), .period_ns = S64("period"),
		.next_ns = HAS("next") ? S64("next") : S64("period"),
		.max_burst = U64("burst"),
		.max_rate = U32_OR("rate", VPRIM_PTIMER_RTC_MAX_RATE),
		.max_owed = U64("max_owed"),
	};
	struct vprim_ptimer_plan p;
	int ret = vprim_ptimer_plan_for(&b, &p, &c->why);

	return ret ? ret : OUT("dropped=u burst=u interval=s ticks=u done=s", p.dropped,
			       p.burst, OUT_S64(p.interval_ns), p.ticks,
			       OUT_S64(p.done_ns));
}

static const struct vprim_vec_verb verbs[] = {
	{ "advance", "target:s64 period:s64 now:s64 " POLICY, advance },
	{ "step_calls", "target:s64 period:s64 now:s64", step_calls },
	{ "scale_from", "khz=u64", scale_from },
	{ "scale", "khz=u64 ns=s64", scale },
	{ "scale_kvm", "khz=u64 ns=s64", scale_kvm },
	{ "cycles_to_ns", "khz=u64 cycles=u64", cycles_to_ns },
	{ "cycles_to_ns_kvm", "khz=1..0xffffffffffffffff! cycles=u64", cycles_to_ns_kvm },
	{ "tsc_ratio", "user=u32 host=u32 kind=vmx|svm", tsc_ratio },
	{ "tsc_scale", "host=u64 ratio=u64 frac=0..63! offset=u64?", tsc_scale },
	{ "tsc_unscale", "guest=u64 ratio=u64 frac=0..63!", tsc_unscale },
	{ "hv", "deadline=u64 guest=u64 host=u64 advance=u64 multi=0..31! ratio=u64? frac=0..63!?", hv },
	{ "hv_usable", "khz=u32 multi=0..31! mwait=bit? posted=bit?", hv_usable },
	{ "deadline", "target=s64 now=s64 tsc=u64 khz=u64 multi=0..31!", deadline },
	{ "adapt_advance", "advance=u32 error=s64 khz=u32", adapt_advance },
	{ "spin", "deadline=u64 tsc=u64 advance=u64", spin },
	{ "divisor", "tdcr=u32", divisor },
	{ "bus", "bus_ns:u64 irqchip=bit?1 vcpus=bit?", bus },
	{ "period", "tmict=u32 tdcr=u32 bus_ns=u64 min_ns=u64? " MODE, period },
	{ "restored", "period=s64 left=s64 " MODE, restored },
	{ "divide_change", "remaining=u64 old=u32 new=u32", divide_change },
	{ "stimer", "exp=u64 count=u64 now=u64 " MODE, stimer },
	{ "xen", "mode=0..3! scheduled=s64 period=s64 pending=u64 now=s64", xen },
	{ "slew_rate", "owed=u64 max=u32?", slew_rate },
	{ "rescale", "owed=u64 old=u64 new=u64 since=u64?", rescale },
	{ "plan", "owed=u64 period=s64 next=s64? burst=u64 rate=u32? max_owed=u64?0xffffffffffffffff", plan },
};

/* -- a virtual LAPIC timer -- */

VERB(lapic_new, vprim_ptimer_lapic_init(c->obj, U64("bus_ns"), U64_OR("min_ns",
		VPRIM_PTIMER_KVM_MIN_PERIOD_NS), U64("khz")))

static struct vprim_ptimer_now now_of(struct vprim_vec_call *c)
{
	struct vprim_ptimer_now now = { S64("now"), U64("tsc") };

	return now;
}

static int lapic_state(struct vprim_vec_call *c)
{
	const struct vprim_ptimer_lapic *l = c->obj;

	return OUT("period=s target=s tscdeadline=u", OUT_S64(l->period_ns),
		   OUT_S64(l->target_ns), l->tscdeadline);
}

static int lapic_arm(struct vprim_vec_call *c)
{
	struct vprim_ptimer_now now = now_of(c);
	struct vprim_ptimer_write w = {
		.tmict = U32("tmict"), .tdcr = U32("tdcr"),
		.restore = HAS("count"), .tmcct = U32("count"),
		.periodic = !CHOICE("mode"),
	};
	int ret = vprim_ptimer_lapic_arm(c->obj, &w, &now);

	return ret ? ret : lapic_state(c);
}

VERB_ASKS(lapic_divide, struct vprim_ptimer_now now = now_of(c),
	vprim_ptimer_lapic_divide(c->obj, U32("tdcr"), &now), lapic_state(c))

static int lapic_advance(struct vprim_vec_call *c)
{
	struct vprim_ptimer_now now = now_of(c);
	const struct vprim_ptimer_lapic *l = c->obj;
	struct vprim_ptimer_step s;
	int ret = vprim_ptimer_lapic_advance(c->obj, CHOICE("policy"), &now, &s);

	if (ret)
		return ret;
	put_step(c, &s);
	return OUT("tscdeadline=u", l->tscdeadline);
}

VERB(lapic_current, OUT("count=u", vprim_ptimer_lapic_current(c->obj, S64("now"))))

static const struct vprim_vec_verb lapic_verbs[] = {
	{ "arm", "tmict=u32 tdcr=u32 now=s64 tsc=u64 count=u32? " MODE, lapic_arm },
	{ "divide", "tdcr=u32 now=s64 tsc=u64", lapic_divide },
	{ "advance", POLICY " now=s64 tsc=u64", lapic_advance },
	{ "current", "now=s64", lapic_current },
	{ "state", "", lapic_state },
};

/* -- hardware or software -- */

static int mode_new(struct vprim_vec_call *c)
{
	struct vprim_ptimer_mode *m = c->obj;

	m->periodic = IS("periodic");
	m->retry = IS("retry");
	return 0;
}

static int mode_event(struct vprim_vec_call *c)
{
	struct vprim_ptimer_mode *m = c->obj;
	enum vprim_ptimer_event event = CHOICE("event");
	struct vprim_ptimer_mode taken = *m;
	unsigned int todo, best;
	/* Whether it tries: what it does when the hardware takes anything. */
	int ret = vprim_ptimer_mode_event(&taken, event, true, &best);

	if (!ret)
		ret = vprim_ptimer_mode_event(m, event, IS("hw"), &todo);
	return ret ? ret :
	       OUT("mode=software|hardware tried=u todo=set(expire|cancel_hw|advance|cancel_sw|start_sw)",
		   m->server == VPRIM_PTIMER_HARDWARE,
		   (best & VPRIM_PTIMER_DO_START_HW) != 0,
		   todo & ~(unsigned int)VPRIM_PTIMER_DO_START_HW);
}

static const struct vprim_vec_verb mode_verbs[] = {
	{ "event", "event:arm|stop|suppress|block|unblock|hw_expiry|sw_expiry hw=bit?", mode_event },
};

/* -- a source of ticks -- */

static int ticks_new(struct vprim_vec_call *c)
{
	struct vprim_ptimer_ticks_config config = {
		.policy = CHOICE("policy"), .period_ns = S64("period"),
		.first_ns = HAS("first") ? S64("first") : S64("period"),
		.max_burst = U32_OR("burst", VPRIM_PTIMER_RTC_MAX_BURST),
		.max_rate = U32_OR("rate", VPRIM_PTIMER_RTC_MAX_RATE),
		.max_owed = U64("max_owed"),
	};

	return vprim_ptimer_ticks_init(c->obj, &config, &c->why);
}

static int put_tick(struct vprim_vec_call *c, const struct vprim_ptimer_tick *t)
{
	const struct vprim_ptimer_ticks *ticks = c->obj;

	return OUT("raise=u represents=u dropped=u owed=u wake=s guest=s", t->raise,
		   t->represents, t->dropped, ticks->owed, OUT_S64(t->wake_ns),
		   OUT_S64(t->guest_ns));
}

static int ticks_poll(struct vprim_vec_call *c)
{
	struct vprim_ptimer_tick t;

	vprim_ptimer_ticks_poll(c->obj, S64("now"), &t);
	return put_tick(c, &t);
}

VERB_ASKS(ticks_ack, struct vprim_ptimer_tick t,
	vprim_ptimer_ticks_ack(c->obj, S64("now"), &t), put_tick(c, &t))

static const struct vprim_vec_verb ticks_verbs[] = {
	{ "poll", "now:s64", ticks_poll },
	{ "ack", "now:s64", ticks_ack },
};

static const struct vprim_vec_kind kinds[] = {
	{ "ptimer_lapic", "khz=u64 bus_ns=u64?1 min_ns=u64?",
	  sizeof(struct vprim_ptimer_lapic), lapic_new, NULL, VERBS(lapic_verbs) },
	{ "ptimer_mode", "periodic=bit?1 retry=bit?",
	  sizeof(struct vprim_ptimer_mode), mode_new, NULL, VERBS(mode_verbs) },
	{ "ptimer_ticks", "policy=discard|delay|slew|merge|xen_delay|xen_no_delay|xen_no_missed|xen_one_missed|hyperv|pit_reinject|pit_discard period=s64 first=s64? burst=u32? rate=u32? max_owed=u64?0xffffffffffffffff", sizeof(struct vprim_ptimer_ticks), ticks_new, NULL, VERBS(ticks_verbs) },
};

VEC_MODULE(vprim_vec_module_ptimer, "ptimer", VERBS(verbs), KINDS(kinds),
	   .rules = &vprim_ptimer_rules);
