// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * The vector verbs of virt_enable.h, over a machine that exists in memory: a
 * switch a CPU, and whether it is in root operation, so that VMXOFF of a CPU
 * that is off faults as the real one does.
 */
#include "vec_internal.h"
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

#define HW(ctx) ((struct hardware *)(ctx))

static bool hw_is_on(void *ctx, uint32_t cpu)
{
	return HW(ctx)->on[cpu];
}

static void hw_set_on(void *ctx, uint32_t cpu, bool on)
{
	HW(ctx)->on[cpu] = on;
	HW(ctx)->root[cpu] = on;
	HW(ctx)->switched_on += on;
}

static void hw_notify_pt(void *ctx, uint32_t cpu, bool on)
{
	HW(ctx)->pt[cpu] = on;
}

static int hw_vmxon(void *ctx, uint32_t cpu)
{
	return HW(ctx)->broken[cpu];
}

/* VMXOFF and STGI alike: a fault where the CPU is not in that operation. */
static int hw_leave(void *ctx, uint32_t cpu)
{
	return !HW(ctx)->root[cpu];
}

static const struct vprim_virt_ops ops = { hw_is_on, hw_set_on, hw_notify_pt,
					   hw_vmxon, hw_leave, hw_leave };

static void callback_a(void *ctx, uint32_t cpu)
{
	(void)cpu;
	HW(ctx)->callbacks++;
}

static void callback_b(void *ctx, uint32_t cpu)
{
	(void)cpu;
	HW(ctx)->callbacks += 1000;
}

#define FEATURE "none|vmx|svm"

static int init(struct vprim_vec_call *c)
{
	struct machine *m = c->obj;
	uint32_t i;
	int ret;

	m->feature = CHOICE("feature");
	m->ncpus = U32("cpus");
	ret = vprim_virt_enable_init(&m->virt, m->feature, m->cpus, m->ncpus,
				     &ops, &m->hw, &c->why);
	for (i = 0; !ret && i < USERS; i++)
		ret = vprim_virt_enable_add_user(&m->virt, &m->users[i],
						 m->enabled[i]);
	/* A machine begins with all its CPUs up, unless told otherwise. */
	for (i = 0; !ret && i < m->ncpus && i < U64("online"); i++)
		ret = vprim_virt_enable_cpu_online(&m->virt, i, &c->why);
	return ret;
}

/* The CPU that the verb names; false with a script error where there is none. */
static bool has_cpu(struct vprim_vec_call *c)
{
	if (U64("cpu") < OBJ(machine)->ncpus)
		return true;
	vprim_vec_script_error(c, "a CPU of the machine");
	return false;
}

static int put_cpu(struct vprim_vec_call *c, int ret)
{
	uint32_t cpu = U32("cpu");

	OUT("users=u hw=u pt=u", OBJ(machine)->cpus[cpu].users,
	    OBJ(machine)->hw.on[cpu], OBJ(machine)->hw.pt[cpu]);
	return ret;
}

/* What an event that names a CPU answers. */
#define ON_CPU(call) (has_cpu(c) ? put_cpu(c, call) : VPRIM_VEC_SCRIPT)

VERB(online, ON_CPU(vprim_virt_enable_cpu_online(&OBJ(machine)->virt, U32("cpu"), &c->why)))
VERB(offline, ON_CPU(vprim_virt_enable_cpu_offline(&OBJ(machine)->virt, U32("cpu"))))
VERB(suspend, ON_CPU(vprim_virt_enable_suspend(&OBJ(machine)->virt, U32("cpu"))))
VERB(resume, ON_CPU(vprim_virt_enable_resume(&OBJ(machine)->virt, U32("cpu"), &c->why)))
VERB(get, ON_CPU(vprim_virt_enable_get(&OBJ(machine)->virt, U32("cpu"),
		HAS("feature") ? CHOICE("feature") : OBJ(machine)->feature, &c->why)))

static int put(struct vprim_vec_call *c)
{
	struct machine *m = c->obj;
	int ret;

	if (!has_cpu(c))
		return VPRIM_VEC_SCRIPT;
	ret = vprim_virt_enable_put(&m->virt, U32("cpu"),
				    HAS("feature") ? CHOICE("feature") : m->feature,
				    &c->why);
	put_cpu(c, ret);
	if (ret == -EIO)
		OUT("fatal=u", !m->virt.rebooting);
	return ret;
}

static int emergency(struct vprim_vec_call *c)
{
	struct machine *m = c->obj;
	int ret;

	if (!has_cpu(c))
		return VPRIM_VEC_SCRIPT;
	ret = vprim_virt_enable_emergency(&m->virt, U32("cpu"), &c->why);
	put_cpu(c, ret);
	OUT("rebooting=u callbacks=u", m->virt.rebooting, m->hw.callbacks);
	return ret;
}

static int callback(struct vprim_vec_call *c)
{
	struct machine *m = c->obj;
	vprim_virt_emergency_fn fn = CHOICE("which") ? callback_b : callback_a;

	if (CHOICE("what"))
		return vprim_virt_enable_set_emergency(&m->virt, fn, NULL, NULL) ?
			       -ENOENT : 0;
	return vprim_virt_enable_set_emergency(&m->virt, NULL, fn, &m->hw) ?
		       -EEXIST : 0;
}

/* What nobody asked the library for: the hardware's own doing. */
static int hardware(struct vprim_vec_call *c)
{
	struct machine *m = c->obj;
	uint32_t cpu = U32("cpu");

	if (!has_cpu(c))
		return VPRIM_VEC_SCRIPT;
	m->hw.on[cpu] = BIT_OR("on", m->hw.on[cpu]);
	m->hw.root[cpu] = BIT_OR("on", m->hw.root[cpu]);
	m->hw.broken[cpu] = BIT_OR("broken", m->hw.broken[cpu]);
	return put_cpu(c, 0);
}

static int put_machine(struct vprim_vec_call *c, const struct vprim_virt_user *u,
		       int ret)
{
	uint64_t on = 0;
	uint32_t cpu;

	for (cpu = 0; cpu < OBJ(machine)->ncpus; cpu++)
		on |= (uint64_t)OBJ(machine)->hw.on[cpu] << cpu;
	OUT("count=u on=bits", u->count, on);
	return ret;
}

#define USER (&OBJ(machine)->users[U64("user")])

VERB(enable, put_machine(c, USER, vprim_virt_enable_enable(USER, &c->why)))
VERB(disable, put_machine(c, USER, vprim_virt_enable_disable(USER)))

VERB_DOES(going_down, OBJ(machine)->virt.going_down = IS("down"))

static int shutdown(struct vprim_vec_call *c)
{
	vprim_virt_enable_shutdown(&OBJ(machine)->virt);
	return put_machine(c, &OBJ(machine)->users[0], 0);
}

static int state(struct vprim_vec_call *c)
{
	if (!has_cpu(c))
		return VPRIM_VEC_SCRIPT;
	put_cpu(c, 0);
	return OUT("rebooting=u switched_on=u", OBJ(machine)->virt.rebooting,
		   OBJ(machine)->hw.switched_on);
}

static int probe(struct vprim_vec_call *c)
{
	struct vprim_virt_probe p = {
		.has_vmx = IS("vmx"), .vmx_region_bytes = U32("region"),
		.vmx_pages = IS("pages"), .has_svm = IS("svm"),
		.encrypted_guest = IS("encrypted"),
	};
	struct vprim_virt_choice choice;

	vprim_virt_enable_probe(&p, &choice);
	OUT("feature=" FEATURE " clear_vmx=u both=u", choice.feature, choice.clear_vmx,
	    choice.both);
	return choice.feature == VPRIM_VIRT_NONE && !choice.both ?
		       (p.has_vmx ? choice.vmx_error : choice.svm_error) : 0;
}

#define CPU "cpu=u32?"

static const struct vprim_vec_verb machine_verbs[] = {
	{ "get", CPU " feature=" FEATURE "?", get },
	{ "put", CPU " feature=" FEATURE "?", put },
	{ "emergency", CPU, emergency },
	{ "callback", "what:set|clear which:a|b", callback },
	{ "hardware", CPU " on=bit? broken=bit?", hardware },
	{ "enable", "user=0..3?", enable },
	{ "disable", "user=0..3?", disable },
	{ "online", CPU, online },
	{ "offline", CPU, offline },
	{ "suspend", CPU, suspend },
	{ "resume", CPU, resume },
	{ "going_down", "down:bit", going_down },
	{ "shutdown", "", shutdown },
	{ "state", CPU, state },
};

static const struct vprim_vec_kind kinds[] = {
	{ "virt_enable", "feature=" FEATURE " cpus=1..16?1 online=u64?16",
	  sizeof(struct machine), init, NULL, VERBS(machine_verbs) },
};

static const struct vprim_vec_verb verbs[] = {
	{ "probe", "vmx=bit? region=u32?4096 pages=bit?1 svm=bit? encrypted=bit?", probe },
};

VEC_MODULE(vprim_vec_module_virt_enable, "virt_enable", VERBS(verbs), KINDS(kinds),
	   .rules = &vprim_virt_enable_rules);
