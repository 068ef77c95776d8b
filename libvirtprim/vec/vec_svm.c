// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * The vector verbs of svm.h. A vCPU object holds what a state is set into; the
 * VMCB that comes with it is a good one unless keys spoil it.
 */
#include "vec_internal.h"
#include <virtprim/pat.h>
#include <virtprim/svm.h>

#define ALL_BITS (~(uint64_t)0)
/* A release; v2, v6 and merged are older words. */
#define RELEASE "linux|v2:65534|merged:0x700"
#define ERAPS_RELEASE "rules=v6:65533|merged:0x700? linux=linux?"

static int vcpu_init(struct vprim_vec_call *c)
{
	struct vprim_svm_vcpu *v = c->obj;

	vprim_svm_vcpu_init(v, RELEASE_OR("rules"));
	v->svme = IS("svme");
	v->allocated = v->svme;
	v->gif = IS("gif");
	v->smm = IS("smm");
	v->guest_mode = IS("guest_mode");
	return 0;
}

static int put_state(struct vprim_vec_call *c)
{
	struct vprim_svm_vcpu *v = c->obj;

	return OUT("svme=u gif=u guest_mode=u run_pending=u flags=x", v->svme, v->gif,
		   v->guest_mode, v->run_pending, vprim_svm_vcpu_flags(v));
}

static int set_svme(struct vprim_vec_call *c)
{
	int ret = vprim_svm_vcpu_set_svme(c->obj, IS("svme"), IS("memory"));

	put_state(c);
	return ret;
}

struct field {
	const char *name;
	size_t offset;
	unsigned int bytes;
};

#define FIELD(f) { #f, offsetof(struct vprim_svm_vmcb, f), \
		   sizeof(((struct vprim_svm_vmcb *)0)->f) }

static const struct field fields[] = {
	FIELD(intercept_vmrun), FIELD(intercept_nmi), FIELD(vnmi_enable),
	FIELD(np_enable), FIELD(asid), FIELD(nested_cr3), FIELD(msrpm_pa),
	FIELD(iopm_pa), FIELD(efer), FIELD(cr0), FIELD(cr3), FIELD(cr4),
	FIELD(dr6), FIELD(dr7), FIELD(rflags), FIELD(g_pat), FIELD(cs_l),
	FIELD(cs_d), FIELD(event_inj),
};

static void store(struct vprim_svm_vmcb *vmcb, const struct field *f, uint64_t v)
{
	uint32_t v32 = (uint32_t)v;
	bool flag = v != 0;

	memcpy((uint8_t *)vmcb + f->offset, f->bytes == sizeof(v) ? (void *)&v :
	       f->bytes == sizeof(v32) ? (void *)&v32 : &flag, f->bytes);
}

/* field:value,field:value… onto a VMCB that is fine without. */
static int spoil(struct vprim_vec_call *c, struct vprim_svm_vmcb *vmcb)
{
	struct vprim_vec_str rest = ARG("vmcb")->str, item, name;
	uint64_t v;
	size_t i;

	while (vprim_vec_next(&rest, ',', &item)) {
		if (!vprim_vec_next(&item, ':', &name) || !vprim_vec_u64(item, &v))
			return vprim_vec_script_error(c, "vmcb=FIELD:VALUE,…");
		for (i = 0; i < VPRIM_ARRAY_LEN(fields); i++)
			if (vprim_vec_is(name, fields[i].name))
				break;
		if (i == VPRIM_ARRAY_LEN(fields))
			return vprim_vec_script_error(c, "a field of the VMCB");
		store(vmcb, &fields[i], v);
	}
	return 0;
}

static void good_vmcb(struct vprim_svm_vmcb *v)
{
	memset(v, 0, sizeof(*v));
	v->intercept_vmrun = true;
	v->asid = 1;
	v->iopm_pa = 0x3000;
	v->msrpm_pa = 0x6000;
	v->efer = VPRIM_SVM_EFER_SVME;
	v->cr0 = 0x80000011;
	v->dr6 = 0xffff0ff0;
	v->dr7 = 0x400;
	v->rflags = 2;
	v->g_pat = VPRIM_PAT_RESET;
}

/* What `set` and `migrate` are told of the state and of who is to take it. */
#define STATE "flags=u16 size=u32? format=u16? pa=u64?0x2000 readable=bit?1 memory=bit?1 data_readable=bit?1 nested=bit?1 npt=bit?1 guest_pat=bit? phys_bits=u32?40 cr0=u64? cr3=u64? vmcb=word? gpat=u64? shstk=bit? sev_es=bit?"

static int read_state(struct vprim_vec_call *c, const struct vprim_svm_vcpu *v,
		      struct vprim_svm_target *t, struct vprim_svm_state *s)
{
	*t = (struct vprim_svm_target){
		.release = v->release, .shstk = IS("shstk"), .sev_es = IS("sev_es"),
		.nested = IS("nested"), .npt = IS("npt"),
		.guest_pat = IS("guest_pat"),
		.phys_bits = U32("phys_bits"),
		.cr4_allowed = ALL_BITS,
		.efer_allowed = ALL_BITS,
		.svme = v->svme,
		.smm = v->smm,
		.cr0 = U64("cr0"), .cr3 = U64("cr3"),
	};
	*s = (struct vprim_svm_state){
		.header_readable = IS("readable"), .flags = U16("flags"),
		.format = HAS("format") ? U16("format") : VPRIM_SVM_FORMAT,
		.size_bytes = U32_OR("size", VPRIM_SVM_HEADER_BYTES +
					     VPRIM_SVM_VMCB_BYTES),
		.gpat = U64_OR("gpat", VPRIM_PAT_RESET),
		.vmcb_pa = U64("pa"), .memory = IS("memory"),
		.data_readable = IS("data_readable"),
	};
	good_vmcb(&s->vmcb);
	return HAS("vmcb") ? spoil(c, &s->vmcb) : 0;
}

static int set(struct vprim_vec_call *c)
{
	struct vprim_svm_vcpu *v = c->obj;
	struct vprim_svm_target t;
	struct vprim_svm_state s;
	struct vprim_svm_effect effect;
	int ret = read_state(c, v, &t, &s);

	if (ret)
		return ret;
	ret = vprim_svm_set_nested(&t, &s, &effect, &c->why);
	if (ret)
		return ret;
	vprim_svm_vcpu_apply(v, &effect);
	if (effect.own_pat)
		OUT("gpat=x", effect.gpat);
	return put_state(c);
}

/* The vCPU that is to go on is as it was, on the other host. */
static int migrate(struct vprim_vec_call *c)
{
	struct vprim_svm_saver from = { .release = U32("from"),
		.npt = IS("from_npt"), .guest_pat = IS("from_guest_pat") };
	struct vprim_svm_vcpu v = { .release = U32("to"), .svme = IS("svme") };
	struct vprim_svm_target to;
	struct vprim_svm_state s;
	struct vprim_reason why;
	int ret = read_state(c, &v, &to, &s);

	if (ret)
		return ret;
	ret = vprim_svm_migrate(&from, &s, &to, &why);
	OUT("compatible=u", !ret);
	return ret ? vprim_vec_out_word(c, "why", vprim_reason_word(&why)) : 0;
}

static int can_move(struct vprim_vec_call *c)
{
	struct vprim_reason why;
	bool can = vprim_svm_can_move(c->obj, U32("to"), &why);

	OUT("can=u", can);
	return can ? 0 : vprim_vec_out_word(c, "why", vprim_reason_word(&why));
}

static int eraps(struct vprim_vec_call *c)
{
	struct vprim_svm_eraps e = vprim_svm_eraps_of(U32("eax"), U32("ebx"),
						      IS("npt"), RELEASE_OR("rules"));

	return OUT("present=u entries=u usable=u offered=u ebx=x", e.present,
		   e.rap_entries, e.usable_entries, e.offered, e.guest_ebx);
}

/* The dword at VMCB offset 0x5c, of whose second byte unknown bits are dropped. */
static int dword(struct vprim_vec_call *c)
{
	uint32_t erap = U8("erap") & (VPRIM_SVM_ERAP_ALLOW_LARGER | VPRIM_SVM_ERAP_CLEAR);

	return OUT("dword=x", U8("tlb_control") | erap << 8);
}

VERB(rap_init, vprim_svm_rap_init(c->obj, RELEASE_OR("rules"), IS("host"), IS("guest"),
		IS("npt")))

static int rap_event(struct vprim_vec_call *c, enum vprim_svm_rap_event event,
		     uint32_t arg)
{
	struct vprim_svm_rap *r = c->obj;
	int ret = vprim_svm_rap_apply(r, event, arg, &c->why);

	OUT("byte=x dirty=u", vprim_svm_rap_byte(r), r->dirty);
	return ret;
}

VERB(mov_cr3, rap_event(c, VPRIM_SVM_RAP_MOV_CR3, 0))
VERB(tlb_flush, rap_event(c, VPRIM_SVM_RAP_TLB_FLUSH, 0))
VERB(invpcid, rap_event(c, VPRIM_SVM_RAP_INVPCID, U32("type")))
VERB(vmrun, rap_event(c, VPRIM_SVM_RAP_VMRUN, U8("vmcb12")))
VERB(vmexit, rap_event(c, VPRIM_SVM_RAP_VMEXIT, 0))

/* The byte that VMRUN sees, and what is left of it afterwards. */
static int run(struct vprim_vec_call *c)
{
	int ret = vprim_svm_rap_apply(c->obj, VPRIM_SVM_RAP_BEFORE_RUN, 0,
				      &c->why);

	if (ret)
		return ret;
	OUT("ran=x", vprim_svm_rap_byte(c->obj));
	return rap_event(c, VPRIM_SVM_RAP_AFTER_RUN, 0);
}

static const struct vprim_vec_verb vcpu_verbs[] = {
	{ "svme", "svme:bit memory=bit?1", set_svme },
	{ "set", STATE, set },
	{ "get", "", put_state },
	{ "can_move", "to=" RELEASE, can_move },
};

static const struct vprim_vec_verb rap_verbs[] = {
	{ "mov_cr3", "", mov_cr3 },
	{ "tlb_flush", "", tlb_flush },
	{ "invpcid", "type:u32", invpcid },
	{ "vmrun", "vmcb12:u8", vmrun },
	{ "vmexit", "", vmexit },
	{ "run", "", run },
};

static const struct vprim_vec_kind kinds[] = {
	{ "svm_vcpu", "rules=" RELEASE "? svme=bit? gif=bit?1 smm=bit? guest_mode=bit? linux=linux?", sizeof(struct vprim_svm_vcpu), vcpu_init, NULL, VERBS(vcpu_verbs) },
	{ "svm_rap", "host=bit?1 guest=bit?1 npt=bit?1 " ERAPS_RELEASE,
	  sizeof(struct vprim_svm_rap), rap_init, NULL, VERBS(rap_verbs) },
};

static const struct vprim_vec_verb verbs[] = {
	{ "eraps", "eax=u32 ebx=u32 npt=bit?1 " ERAPS_RELEASE, eraps },
	{ "migrate", STATE " from=" RELEASE " to=" RELEASE " from_npt=bit?1 from_guest_pat=bit? svme=bit?1", migrate },
	{ "rap_dword", "tlb_control:u8 erap:u8", dword },
};

VEC_MODULE(vprim_vec_module_svm, "svm", VERBS(verbs), KINDS(kinds),
     .rules = &vprim_svm_rules);
