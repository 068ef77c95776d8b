// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/* The vector verbs of nested_pat.h. */
#include "vec_internal.h"
#include <virtprim/nested_pat.h>

static int init(struct vprim_vec_call *c)
{
	vprim_nested_pat_init(c->obj, IS("npt"), IS("shared"));
	OBJ(vprim_nested_pat)->release = U32("linux");
	return 0;
}

VERB(do_read, OUT("pat=x", vprim_nested_pat_read(c->obj)))

static int do_write(struct vprim_vec_call *c)
{
	int ret = vprim_nested_pat_write(c->obj, U64("pat"));

	if (ret)
		vprim_vec_out_word(c, "fault", "gp");
	return ret;
}

static int vmrun(struct vprim_vec_call *c)
{
	struct vprim_nested_pat_vmcb12 v = {
		.np = IS("np"), .g_pat = U64("g_pat"),
		.address = U64("vmcb"), .np_clean = IS("clean"),
	};
	int ret = vprim_nested_pat_vmrun(c->obj, &v, &c->why);

	if (ret == -EINVAL)
		vprim_vec_out_word(c, "exit", "invalid");
	return ret;
}

static int vmexit(struct vprim_vec_call *c)
{
	struct vprim_nested_pat_exit out;
	int ret = vprim_nested_pat_vmexit(c->obj, &out);

	if (ret)
		return ret;
	return out.write_g_pat ? OUT("g_pat=x", out.g_pat) :
				 vprim_vec_out_word(c, "g_pat", "unchanged");
}

VERB_DOES(run, vprim_nested_pat_run(c->obj))

VERB(host_get, OUT("pat=x", OBJ(vprim_nested_pat)->hpat))

VERB(host_set, vprim_nested_pat_host_set(c->obj, U64("pat")))

static int get_nested(struct vprim_vec_call *c)
{
	struct vprim_nested_pat_state s;

	vprim_nested_pat_get_nested(c->obj, &s);
	return OUT("gpat=x guest_mode=u np=u", s.pat, s.guest_mode, s.np);
}

static int set(struct vprim_vec_call *c, enum vprim_nested_pat_form form,
	       bool guest_mode, bool flag, uint64_t pat)
{
	struct vprim_nested_pat_state s = { form, guest_mode, IS("np"), flag, pat };

	return vprim_nested_pat_set_nested(c->obj, &s, &c->why);
}

VERB(set_nested, set(c, VPRIM_NESTED_PAT_APPLIED, IS("guest_mode"), false, U64("gpat")))

VERB(set_nested_flag, set(c, VPRIM_NESTED_PAT_FLAGGED, true, IS("flag"), U64("gpat")))

VERB(set_nested_swap, set(c, VPRIM_NESTED_PAT_SWAPPED, true, IS("flag"), U64("vmcb01")))

/* MSR 0x277 and the blob as the first version had them. */
static int get_nested_swap(struct vprim_vec_call *c)
{
	const struct vprim_nested_pat *n = c->obj;

	return OUT("pat=x flag=u vmcb01=x", vprim_nested_pat_read(n),
		   vprim_nested_pat_is_separate(n), n->hpat);
}

VERB_DOES(force_leave, vprim_nested_pat_force_leave(c->obj))

VERB_DOES(reset, vprim_nested_pat_reset(c->obj))

VERB(check, vprim_nested_pat_audit(c->obj, &c->why))

static int state(struct vprim_vec_call *c)
{
	const struct vprim_nested_pat *n = c->obj;

	return OUT("mode=L1|L2 np=u separate=u hpat=x hw01=x hw02=x cached12=x dirty=u",
		   n->in_l2, n->np, vprim_nested_pat_is_separate(n), n->hpat, n->hw01,
		   n->hw02, n->cached12, n->hw02_dirty);
}

static int vmx_entry(struct vprim_vec_call *c)
{
	struct vprim_nested_pat_vmcs v = {
		.load_guest = HAS("guest"), .guest_pat = U64("guest"),
		.load_host = HAS("host"), .host_pat = U64("host"),
	};

	return vprim_nested_pat_vmx_entry(&v, &c->why);
}

static const struct vprim_vec_verb object_verbs[] = {
	{ "read", "", do_read },
	{ "write", "pat:u64", do_write },
	{ "vmrun", "np=bit g_pat=u64 vmcb=u64? clean=bit?", vmrun },
	{ "vmexit", "", vmexit },
	{ "run", "", run },
	{ "host_get", "", host_get },
	{ "host_set", "pat:u64", host_set },
	{ "get_nested", "", get_nested },
	{ "set_nested", "np=bit gpat=u64 guest_mode=bit?1", set_nested },
	{ "set_nested_flag", "np=bit flag=bit gpat=u64?", set_nested_flag },
	{ "get_nested_swap", "", get_nested_swap },
	{ "set_nested_swap", "np=bit flag=bit vmcb01=u64", set_nested_swap },
	{ "force_leave", "", force_leave },
	{ "init", "", force_leave },
	{ "reset", "", reset },
	{ "check", "", check },
	{ "state", "", state },
};

static const struct vprim_vec_kind kinds[] = {
	{ "nested_pat", "npt=bit?1 shared=bit? linux=linux?", sizeof(struct vprim_nested_pat), init, NULL, VERBS(object_verbs) },
};

static const struct vprim_vec_verb verbs[] = {
	{ "vmx_entry", "guest=u64? host=u64?", vmx_entry },
};

VEC_MODULE(vprim_vec_module_nested_pat, "nested_pat", VERBS(verbs), KINDS(kinds),
	   .rules = &vprim_nested_pat_rules);
