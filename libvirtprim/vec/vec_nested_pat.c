// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/* The vector verbs of nested_pat.h. */
#include <virtprim/nested_pat.h>
#include <virtprim/vec_room.h>

static int init(struct vprim_vec_call *c)
{
	bool npt = !c->arg[0].present || c->arg[0].u64;
	struct vprim_nested_pat *n = c->obj;
	uint64_t release = VPRIM_LINUX_NEWEST;
	int ret = vprim_nested_pat_init(n, npt, c->arg[1].u64);

	if (c->arg[2].present && !vprim_vec_linux(c->arg[2].str, &release))
		return vprim_vec_script_error(c, "linux=MAJOR.MINOR or newest");
	n->release = (uint32_t)release;
	return ret;
}

static int put_pat(struct vprim_vec_call *c, uint64_t pat)
{
	vprim_vec_out_hex(c, "pat", pat);
	return 0;
}

static int do_read(struct vprim_vec_call *c)
{
	return put_pat(c, vprim_nested_pat_read(c->obj));
}

static int do_write(struct vprim_vec_call *c)
{
	int ret = vprim_nested_pat_write(c->obj, c->arg[0].u64);

	if (ret)
		vprim_vec_out_word(c, "fault", "gp");
	return ret;
}

static int vmrun(struct vprim_vec_call *c)
{
	struct vprim_nested_pat_vmcb12 v = {
		.np = c->arg[0].u64,
		.g_pat = c->arg[1].u64,
		.address = c->arg[2].u64,
		.np_clean = c->arg[3].u64,
	};
	int ret = vprim_nested_pat_vmrun(c->obj, &v);

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
	if (out.write_g_pat)
		vprim_vec_out_hex(c, "g_pat", out.g_pat);
	else
		vprim_vec_out_word(c, "g_pat", "unchanged");
	return 0;
}

static int run(struct vprim_vec_call *c)
{
	vprim_nested_pat_run(c->obj);
	return 0;
}

static int host_get(struct vprim_vec_call *c)
{
	return put_pat(c, vprim_nested_pat_host_get(c->obj));
}

static int host_set(struct vprim_vec_call *c)
{
	return vprim_nested_pat_host_set(c->obj, c->arg[0].u64);
}

static int get_nested(struct vprim_vec_call *c)
{
	struct vprim_nested_pat_state s;
	int ret = vprim_nested_pat_get_nested(c->obj, &s);

	if (ret)
		return ret;
	vprim_vec_out_hex(c, "gpat", s.gpat);
	vprim_vec_out_dec(c, "guest_mode", s.guest_mode);
	vprim_vec_out_dec(c, "np", s.np);
	return 0;
}

static int set_nested(struct vprim_vec_call *c)
{
	struct vprim_nested_pat_state s = {
		.np = c->arg[0].u64,
		.gpat = c->arg[1].u64,
		.guest_mode = !c->arg[2].present || c->arg[2].u64,
	};

	return vprim_nested_pat_set_nested(c->obj, &s);
}

static int set_nested_flag(struct vprim_vec_call *c)
{
	struct vprim_nested_pat_flag_state s = {
		.np = c->arg[0].u64,
		.valid_gpat = c->arg[1].u64,
		.gpat = c->arg[2].u64,
	};

	return vprim_nested_pat_set_nested_flag(c->obj, &s);
}

static int get_nested_swap(struct vprim_vec_call *c)
{
	struct vprim_nested_pat_swap_state s;
	uint64_t msr;
	int ret = vprim_nested_pat_get_nested_swap(c->obj, &msr, &s);

	if (ret)
		return ret;
	put_pat(c, msr);
	vprim_vec_out_dec(c, "flag", s.valid_gpat);
	vprim_vec_out_hex(c, "vmcb01", s.vmcb01_g_pat);
	return 0;
}

static int set_nested_swap(struct vprim_vec_call *c)
{
	struct vprim_nested_pat_swap_state s = {
		.np = c->arg[0].u64,
		.valid_gpat = c->arg[1].u64,
		.vmcb01_g_pat = c->arg[2].u64,
	};

	return vprim_nested_pat_set_nested_swap(c->obj, &s);
}

static int force_leave(struct vprim_vec_call *c)
{
	vprim_nested_pat_force_leave(c->obj);
	return 0;
}

static int init_signal(struct vprim_vec_call *c)
{
	vprim_nested_pat_init_signal(c->obj);
	return 0;
}

static int reset(struct vprim_vec_call *c)
{
	vprim_nested_pat_reset(c->obj);
	return 0;
}

static int check(struct vprim_vec_call *c)
{
	return vprim_nested_pat_audit(c->obj);
}

static int state(struct vprim_vec_call *c)
{
	const struct vprim_nested_pat *n = c->obj;

	vprim_vec_out_word(c, "mode", n->in_l2 ? "L2" : "L1");
	vprim_vec_out_dec(c, "np", n->np);
	vprim_vec_out_dec(c, "separate", vprim_nested_pat_is_separate(n));
	vprim_vec_out_hex(c, "hpat", n->hpat);
	vprim_vec_out_hex(c, "hw01", n->hw01);
	vprim_vec_out_hex(c, "hw02", n->hw02);
	vprim_vec_out_hex(c, "cached12", n->cached12);
	vprim_vec_out_dec(c, "dirty", n->hw02_dirty);
	return 0;
}

static int vmx_entry(struct vprim_vec_call *c)
{
	struct vprim_nested_pat_vmcs v = {
		.load_guest = c->arg[0].present,
		.guest_pat = c->arg[0].u64,
		.load_host = c->arg[1].present,
		.host_pat = c->arg[1].u64,
	};

	switch (vprim_nested_pat_vmx_entry(&v)) {
	case VPRIM_NESTED_PAT_VMX_BAD_HOST:
		vprim_vec_out_word(c, "why", "host");
		return -EINVAL;
	case VPRIM_NESTED_PAT_VMX_BAD_GUEST:
		vprim_vec_out_word(c, "why", "guest");
		return -EINVAL;
	default:
		return 0;
	}
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
	{ "set_nested", "np=bit gpat=u64 guest_mode=bit?", set_nested },
	{ "set_nested_flag", "np=bit flag=bit gpat=u64?", set_nested_flag },
	{ "get_nested_swap", "", get_nested_swap },
	{ "set_nested_swap", "np=bit flag=bit vmcb01=u64", set_nested_swap },
	{ "force_leave", "", force_leave },
	{ "init", "", init_signal },
	{ "reset", "", reset },
	{ "check", "", check },
	{ "state", "", state },
	{ NULL, NULL, NULL },
};

static const struct vprim_vec_kind kinds[] = {
	{ "nested_pat", "npt=bit? shared=bit? linux=word?", sizeof(struct vprim_nested_pat),
	  init, NULL, object_verbs },
	{ NULL, NULL, 0, NULL, NULL, NULL },
};

static const struct vprim_vec_verb verbs[] = {
	{ "vmx_entry", "guest=u64? host=u64?", vmx_entry },
	{ NULL, NULL, NULL },
};

const struct vprim_vec_room vprim_vec_room_nested_pat = {
	.name = "nested_pat", .verbs = verbs, .kinds = kinds,
};
