// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * The vector verbs of virt_enable.h, over a machine that exists in memory: a
 * switch a CPU, and whether it is in root operation, so that VMXOFF of a CPU
 * that is off faults as the real one does.
 */
#include <virtprim/vec_room.h>
#include <virtprim/virt_enable.h>

#define CPUS 16u
#define USERS 4u

struct hardware {
	bool on[CPUS];		/* the bit of CR4 or EFER */
	bool root[CPUS];	/* really usable: VMXON done, or SVME on */
	bool broken[CPUS];	/* VMXON faults; for SVM the bit belongs to someone */
	bool pt[CPUS];
	uint64_t switched_on, callbacks;
};

struct machine {
	struct vprim_virt virt;
	struct vprim_virt_cpu cpus[CPUS];
	struct vprim_virt_user users[USERS];
	bool enabled[USERS][CPUS];
	struct hardware hw;
	enum vprim_virt_feature feature;
	uint32_t ncpus;
};

static bool hw_is_on(void *ctx, uint32_t cpu)
{
	struct hardware *hw = ctx;

	return hw->on[cpu];
}

static void hw_set_on(void *ctx, uint32_t cpu, bool on)
{
	struct hardware *hw = ctx;

	hw->on[cpu] = on;
	hw->root[cpu] = on;
	hw->switched_on += on;
}

static void hw_notify_pt(void *ctx, uint32_t cpu, bool on)
{
	struct hardware *hw = ctx;

	hw->pt[cpu] = on;
}

static int hw_vmxon(void *ctx, uint32_t cpu)
{
	struct hardware *hw = ctx;

	return hw->broken[cpu];
}

/* VMXOFF and STGI alike: a fault where the CPU is not in that operation. */
static int hw_leave(void *ctx, uint32_t cpu)
{
	struct hardware *hw = ctx;

	return !hw->root[cpu];
}

static const struct vprim_virt_ops ops = { hw_is_on, hw_set_on, hw_notify_pt,
					   hw_vmxon, hw_leave, hw_leave };

static void callback_a(void *ctx, uint32_t cpu)
{
	struct hardware *hw = ctx;

	(void)cpu;
	hw->callbacks++;
}

static void callback_b(void *ctx, uint32_t cpu)
{
	struct hardware *hw = ctx;

	(void)cpu;
	hw->callbacks += 1000;
}

static bool feature_of(struct vprim_vec_str s, enum vprim_virt_feature *f)
{
	static const char *const names[] = { "none", "vmx", "svm" };
	unsigned int i;

	for (i = 0; i < VPRIM_ARRAY_LEN(names); i++) {
		if (vprim_vec_is(s, names[i])) {
			*f = (enum vprim_virt_feature)i;
			return true;
		}
	}
	return false;
}

static int init(struct vprim_vec_call *c)
{
	struct machine *m = c->obj;
	uint64_t cpus = vprim_vec_u64_or(&c->arg[1], 1);
	uint32_t i;
	int ret;

	if (!feature_of(c->arg[0].str, &m->feature))
		return vprim_vec_script_error(c, "feature=none, vmx or svm");
	if (!cpus || cpus > CPUS)
		return vprim_vec_script_error(c, "cpus=1 to 16");
	m->ncpus = (uint32_t)cpus;
	ret = vprim_virt_enable_init(&m->virt, m->feature, m->cpus, m->ncpus,
				     &ops, &m->hw);
	for (i = 0; !ret && i < USERS; i++)
		ret = vprim_virt_enable_add_user(&m->virt, &m->users[i],
						 m->enabled[i]);
	/* A machine begins with all its CPUs up, unless told otherwise. */
	for (i = 0; !ret && i < m->ncpus && (!c->arg[2].present ||
					     i < c->arg[2].u64); i++)
		ret = vprim_virt_enable_cpu_online(&m->virt, i);
	return ret;
}

static int check_cpu(struct vprim_vec_call *c, unsigned int arg, uint32_t *cpu)
{
	struct machine *m = c->obj;

	*cpu = (uint32_t)c->arg[arg].u64;
	if (c->arg[arg].u64 >= m->ncpus)
		return vprim_vec_script_error(c, "a CPU of the machine");
	return 0;
}

static int which_feature(struct vprim_vec_call *c, unsigned int arg,
			 enum vprim_virt_feature *f)
{
	struct machine *m = c->obj;

	*f = m->feature;
	if (c->arg[arg].present && !feature_of(c->arg[arg].str, f))
		return vprim_vec_script_error(c, "feature=none, vmx or svm");
	return 0;
}

static void put_cpu(struct vprim_vec_call *c, uint32_t cpu)
{
	struct machine *m = c->obj;

	vprim_vec_out_dec(c, "users", vprim_virt_enable_users(&m->virt, cpu));
	vprim_vec_out_dec(c, "hw", m->hw.on[cpu]);
	vprim_vec_out_dec(c, "pt", m->hw.pt[cpu]);
}

static int get(struct vprim_vec_call *c)
{
	struct machine *m = c->obj;
	enum vprim_virt_feature f;
	uint32_t cpu;
	int ret = check_cpu(c, 0, &cpu);

	if (!ret)
		ret = which_feature(c, 1, &f);
	if (ret)
		return ret;
	ret = vprim_virt_enable_get(&m->virt, cpu, f);
	put_cpu(c, cpu);
	return ret;
}

static int put(struct vprim_vec_call *c)
{
	struct machine *m = c->obj;
	enum vprim_virt_feature f;
	bool fatal = false;
	uint32_t cpu;
	int ret = check_cpu(c, 0, &cpu);

	if (!ret)
		ret = which_feature(c, 1, &f);
	if (ret)
		return ret;
	ret = vprim_virt_enable_put(&m->virt, cpu, f, &fatal);
	put_cpu(c, cpu);
	if (ret == -EIO)
		vprim_vec_out_dec(c, "fatal", fatal);
	return ret;
}

static int emergency(struct vprim_vec_call *c)
{
	struct machine *m = c->obj;
	uint32_t cpu;
	int ret = check_cpu(c, 0, &cpu);

	if (ret)
		return ret;
	ret = vprim_virt_enable_emergency(&m->virt, cpu);
	put_cpu(c, cpu);
	vprim_vec_out_dec(c, "rebooting", vprim_virt_enable_rebooting(&m->virt));
	vprim_vec_out_dec(c, "callbacks", m->hw.callbacks);
	return ret;
}

static int callback(struct vprim_vec_call *c)
{
	struct machine *m = c->obj;
	bool a = vprim_vec_is(c->arg[1].str, "a");
	vprim_virt_emergency_fn fn = a ? callback_a : callback_b;

	if (!a && !vprim_vec_is(c->arg[1].str, "b"))
		return vprim_vec_script_error(c, "callback a or b");
	if (vprim_vec_is(c->arg[0].str, "set"))
		return vprim_virt_enable_set_emergency(&m->virt, fn, &m->hw);
	if (vprim_vec_is(c->arg[0].str, "clear"))
		return vprim_virt_enable_clear_emergency(&m->virt, fn);
	return vprim_vec_script_error(c, "set or clear");
}

/* What nobody asked the library for: the hardware's own doing. */
static int hardware(struct vprim_vec_call *c)
{
	struct machine *m = c->obj;
	uint32_t cpu;
	int ret = check_cpu(c, 0, &cpu);

	if (ret)
		return ret;
	if (c->arg[1].present) {
		m->hw.on[cpu] = c->arg[1].u64 != 0;
		m->hw.root[cpu] = m->hw.on[cpu];
	}
	if (c->arg[2].present)
		m->hw.broken[cpu] = c->arg[2].u64 != 0;
	put_cpu(c, cpu);
	return 0;
}

static struct vprim_virt_user *user_of(struct vprim_vec_call *c, unsigned int arg)
{
	struct machine *m = c->obj;

	if (c->arg[arg].u64 < USERS)
		return &m->users[c->arg[arg].u64];
	vprim_vec_script_error(c, "user=0 to 3");
	return NULL;
}

static void put_machine(struct vprim_vec_call *c, const struct vprim_virt_user *u)
{
	struct machine *m = c->obj;
	uint32_t cpu;

	vprim_vec_out_dec(c, "count", vprim_virt_enable_count(u));
	vprim_vec_list_begin(c, "on");
	for (cpu = 0; cpu < m->ncpus; cpu++)
		if (m->hw.on[cpu])
			vprim_vec_list_dec(c, cpu);
	vprim_vec_list_end(c);
}

static int enable(struct vprim_vec_call *c)
{
	struct vprim_virt_user *u = user_of(c, 0);
	int ret;

	if (!u)
		return VPRIM_VEC_SCRIPT;
	ret = vprim_virt_enable_enable(u);
	put_machine(c, u);
	return ret;
}

static int disable(struct vprim_vec_call *c)
{
	struct vprim_virt_user *u = user_of(c, 0);
	int ret;

	if (!u)
		return VPRIM_VEC_SCRIPT;
	ret = vprim_virt_enable_disable(u);
	put_machine(c, u);
	return ret;
}

typedef int (*cpu_event)(struct vprim_virt *virt, uint32_t cpu);

static int event(struct vprim_vec_call *c, cpu_event fn)
{
	struct machine *m = c->obj;
	uint32_t cpu;
	int ret = check_cpu(c, 0, &cpu);

	if (ret)
		return ret;
	ret = fn(&m->virt, cpu);
	put_cpu(c, cpu);
	return ret;
}

static int online(struct vprim_vec_call *c)
{
	return event(c, vprim_virt_enable_cpu_online);
}

static int offline(struct vprim_vec_call *c)
{
	return event(c, vprim_virt_enable_cpu_offline);
}

static int suspend(struct vprim_vec_call *c)
{
	return event(c, vprim_virt_enable_suspend);
}

static int resume(struct vprim_vec_call *c)
{
	return event(c, vprim_virt_enable_resume);
}

static int going_down(struct vprim_vec_call *c)
{
	struct machine *m = c->obj;

	vprim_virt_enable_going_down(&m->virt, c->arg[0].u64 != 0);
	return 0;
}

static int shutdown(struct vprim_vec_call *c)
{
	struct machine *m = c->obj;
	int ret = vprim_virt_enable_shutdown(&m->virt);

	put_machine(c, &m->users[0]);
	return ret;
}

static int state(struct vprim_vec_call *c)
{
	struct machine *m = c->obj;
	uint32_t cpu;
	int ret = check_cpu(c, 0, &cpu);

	if (ret)
		return ret;
	put_cpu(c, cpu);
	vprim_vec_out_dec(c, "rebooting", vprim_virt_enable_rebooting(&m->virt));
	vprim_vec_out_dec(c, "switched_on", m->hw.switched_on);
	return 0;
}

static int probe(struct vprim_vec_call *c)
{
	static const char *const names[] = { "none", "vmx", "svm" };
	struct vprim_virt_probe p = {
		.has_vmx = c->arg[0].u64 != 0,
		.vmx_region_bytes = c->arg[1].present ? (uint32_t)c->arg[1].u64 : 4096,
		.vmx_pages = !c->arg[2].present || c->arg[2].u64,
		.has_svm = c->arg[3].u64 != 0,
		.encrypted_guest = c->arg[4].u64 != 0,
	};
	struct vprim_virt_choice choice;
	int ret;

	if (c->arg[1].u64 > UINT32_MAX)
		return vprim_vec_script_error(c, "region of 32 bits");
	ret = vprim_virt_enable_probe(&p, &choice);
	if (ret)
		return ret;
	vprim_vec_out_word(c, "feature", names[choice.feature]);
	vprim_vec_out_dec(c, "clear_vmx", choice.clear_vmx);
	vprim_vec_out_dec(c, "both", choice.both);
	return choice.feature == VPRIM_VIRT_NONE && !choice.both ?
		       (p.has_vmx ? choice.vmx_error : choice.svm_error) : 0;
}

static const struct vprim_vec_verb machine_verbs[] = {
	{ "get", "cpu=u64? feature=word?", get },
	{ "put", "cpu=u64? feature=word?", put },
	{ "emergency", "cpu=u64?", emergency },
	{ "callback", "what:word which:word", callback },
	{ "hardware", "cpu=u64? on=bit? broken=bit?", hardware },
	{ "enable", "user=u64?", enable },
	{ "disable", "user=u64?", disable },
	{ "online", "cpu=u64?", online },
	{ "offline", "cpu=u64?", offline },
	{ "suspend", "cpu=u64?", suspend },
	{ "resume", "cpu=u64?", resume },
	{ "going_down", "down:bit", going_down },
	{ "shutdown", "", shutdown },
	{ "state", "cpu=u64?", state },
	{ NULL, NULL, NULL },
};

static const struct vprim_vec_kind kinds[] = {
	{ "virt_enable", "feature=word cpus=u64? online=u64?",
	  sizeof(struct machine), init, NULL, machine_verbs },
	{ NULL, NULL, 0, NULL, NULL, NULL },
};

static const struct vprim_vec_verb verbs[] = {
	{ "probe", "vmx=bit? region=u64? pages=bit? svm=bit? encrypted=bit?", probe },
	{ NULL, NULL, NULL },
};

const struct vprim_vec_room vprim_vec_room_virt_enable = {
	.name = "virt_enable", .verbs = verbs, .kinds = kinds,
};
