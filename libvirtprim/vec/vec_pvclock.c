// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/* The vector verbs of pvclock.h. */
#include "vec_internal.h"
#include <virtprim/pvclock.h>

#define CLOCK "stamp=u64 system=u64 hz=u64 stable=bit?1"

VERB_ASKS(scale, struct vprim_ptimer_scale s, vprim_pvclock_scale_from(U64("hz"), &s),
	OUT("mul=x shift=s", s.mult, OUT_S64(s.shift)))

static int read_clock(struct vprim_vec_call *c, struct vprim_pvclock *clock)
{
	clock->stamp = U64("stamp");
	clock->system_ns = U64("system");
	clock->stable = IS("stable");
	return vprim_pvclock_scale_from(U64("hz"), &clock->scale);
}

VERB_ASKS(kvmclock, struct vprim_pvclock clock, read_clock(c, &clock),
	OUT("ns=u", vprim_pvclock_read(&clock, U64("tsc"))))

static int offset(struct vprim_vec_call *c)
{
	struct vprim_pvclock_resume r = {
		.clock_ns = U64("clock"), .base_ns = U64("base"),
		.realtime = HAS("saved_real"), .saved_real_ns = U64("saved_real"),
		.real_ns = U64("real"),
	};

	return OUT("offset=s", OUT_S64((int64_t)vprim_pvclock_offset(&r)));
}

static int hyperv(struct vprim_vec_call *c)
{
	struct vprim_pvclock_hyperv page;
	struct vprim_pvclock clock;
	int ret = read_clock(c, &clock);

	if (!ret)
		ret = vprim_pvclock_hyperv_from(&clock, &page);
	if (ret)
		return ret;
	if (HAS("go_on"))
		vprim_pvclock_hyperv_resume(&page, U64("go_on"), U64("tsc"));
	return OUT("scale=x offset=x time=u", page.scale, page.offset,
		   vprim_pvclock_hyperv_read(&page, U64("tsc")));
}

VERB_ASKS(arm, uint64_t off, vprim_pvclock_arm_offset(U64("saved"), U64("elapsed"),
		U64("hz"), U64("physical"), &off),
	OUT("offset=x count=u", off, U64("physical") - off))

static const struct vprim_vec_verb verbs[] = {
	{ "scale", "hz=u64", scale },
	{ "read", CLOCK " tsc=u64", kvmclock },
	{ "offset", "clock=u64 base=u64 saved_real=u64? real=u64?", offset },
	{ "hyperv", CLOCK " tsc=u64 go_on=u64?", hyperv },
	{ "arm", "saved=u64 elapsed=u64? hz=u64 physical=u64", arm },
};

VEC_MODULE(vprim_vec_module_pvclock, "pvclock", VERBS(verbs));
