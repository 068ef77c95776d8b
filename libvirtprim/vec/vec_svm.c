// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * The vector verbs of svm.h. A vCPU object holds what a state is set into; the
 * VMCB that comes with it is a good one unless keys spoil it.
 */
#include <virtprim/pat.h>
#include <virtprim/svm.h>
#include <virtprim/vec_room.h>

#define PHYS_BITS 40u
#define ALL_BITS (~(uint64_t)0)

/* Words of the rules, in their order, for why=. */
static const char *const words[] = {
	"ok", "no_nested", "header_fault", "size", "unknown_flag",
	"pending_without_guest", "format", "foreign_flag", "svme_clear", "smm",
	"vmcb_address", "data_size", "memory", "data_fault",
	"no_vmrun_intercept", "asid", "no_npt", "nested_cr3", "msrpm", "iopm",
	"vnmi", "event_inj", "current_cr0", "l1_pg", "l1_pe", "l1_vm86", "save_svme",
	"save_cr0_nw", "save_cr0_high", "save_dr6", "save_dr7", "save_pae",
	"save_cr3", "save_cs", "save_cr4", "save_efer", "gpat", "cr3_load",
};

/* A release; v2 and merged are older words. */
static int read_release(struct vprim_vec_call *c, unsigned int arg,
			uint32_t *release)
{
	struct vprim_vec_str s = c->arg[arg].str;
	uint64_t v = VPRIM_LINUX_NEWEST;

	if (c->arg[arg].present && vprim_vec_is(s, "v2"))
		v = VPRIM_SVM_POSTED_V2;
	else if (c->arg[arg].present && vprim_vec_is(s, "merged"))
		v = VPRIM_LINUX(7, 0);
	else if (c->arg[arg].present && !vprim_vec_linux(s, &v))
		return vprim_vec_script_error(c,
			"MAJOR.MINOR, newest, v2 or merged");
	*release = (uint32_t)v;
	return 0;
}

static uint64_t value(struct vprim_vec_call *c, unsigned int arg, uint64_t other)
{
	return vprim_vec_u64_or(&c->arg[arg], other);
}

static int vcpu_init(struct vprim_vec_call *c)
{
	struct vprim_svm_vcpu *v = c->obj;
	uint32_t release;
	int ret = read_release(c, c->arg[5].present ? 5 : 0, &release);

	if (ret)
		return ret;
	vprim_svm_vcpu_init(v, release);
	v->svme = c->arg[1].u64 != 0;
	v->allocated = v->svme;
	v->gif = value(c, 2, 1) != 0;
	v->smm = c->arg[3].u64 != 0;
	v->guest_mode = c->arg[4].u64 != 0;
	return 0;
}

static int put_state(struct vprim_vec_call *c)
{
	struct vprim_svm_vcpu *v = c->obj;

	vprim_vec_out_dec(c, "svme", v->svme);
	vprim_vec_out_dec(c, "gif", v->gif);
	vprim_vec_out_dec(c, "guest_mode", v->guest_mode);
	vprim_vec_out_dec(c, "run_pending", v->run_pending);
	vprim_vec_out_hex(c, "flags", vprim_svm_vcpu_flags(v));
	return 0;
}

static int set_svme(struct vprim_vec_call *c)
{
	struct vprim_svm_vcpu *v = c->obj;
	int ret = vprim_svm_vcpu_set_svme(v, c->arg[0].u64 != 0,
					  value(c, 1, 1) != 0);

	put_state(c);
	return ret;
}

/* The keys of `set`, in the pattern's order. */
enum { FLAGS, SIZE, FORMAT, PA, READABLE, MEMORY, DATA_READABLE, NESTED, NPT,
       GUEST_PAT, PHYS, CR0, CR3, SPOIL, GPAT, SHSTK, SEV_ES };

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
	uint8_t *at = (uint8_t *)vmcb + f->offset;
	uint32_t v32 = (uint32_t)v;
	bool flag = v != 0;

	if (f->bytes == sizeof(v))
		memcpy(at, &v, sizeof(v));
	else if (f->bytes == sizeof(v32))
		memcpy(at, &v32, sizeof(v32));
	else
		memcpy(at, &flag, sizeof(flag));
}

/* field:value,field:value… onto a VMCB that is fine without. */
static int spoil(struct vprim_vec_call *c, struct vprim_svm_vmcb *vmcb)
{
	struct vprim_vec_str rest = c->arg[SPOIL].str, item, name;
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

static int set(struct vprim_vec_call *c)
{
	struct vprim_svm_vcpu *v = c->obj;
	struct vprim_svm_target t;
	struct vprim_svm_state s;
	struct vprim_svm_effect effect;
	enum vprim_svm_rule rule;
	int ret;

	if (c->arg[FLAGS].u64 > UINT16_MAX || c->arg[FORMAT].u64 > UINT16_MAX ||
	    c->arg[SIZE].u64 > UINT32_MAX || c->arg[PHYS].u64 > UINT32_MAX)
		return vprim_vec_script_error(c,
			"flags and format of 16 bits, size and phys_bits of 32");
	t.release = v->release;
	t.shstk = c->arg[SHSTK].u64 != 0;
	t.sev_es = c->arg[SEV_ES].u64 != 0;
	t.nested = value(c, NESTED, 1) != 0;
	t.npt = value(c, NPT, 1) != 0;
	t.vnmi = true;
	t.guest_pat = c->arg[GUEST_PAT].u64 != 0;
	t.phys_bits = (uint32_t)value(c, PHYS, PHYS_BITS);
	t.cr4_allowed = ALL_BITS;
	t.efer_allowed = ALL_BITS;
	t.svme = v->svme;
	t.smm = v->smm;
	t.cr0 = c->arg[CR0].u64;
	t.cr3 = c->arg[CR3].u64;
	s.header_readable = value(c, READABLE, 1) != 0;
	s.flags = (uint16_t)c->arg[FLAGS].u64;
	s.format = (uint16_t)value(c, FORMAT, VPRIM_SVM_FORMAT);
	s.size_bytes = (uint32_t)value(c, SIZE, VPRIM_SVM_HEADER_BYTES +
						VPRIM_SVM_VMCB_BYTES);
	s.vmcb_pa = value(c, PA, 0x2000);
	s.gpat = value(c, GPAT, VPRIM_PAT_RESET);
	s.memory = value(c, MEMORY, 1) != 0;
	s.data_readable = value(c, DATA_READABLE, 1) != 0;
	good_vmcb(&s.vmcb);
	ret = c->arg[SPOIL].present ? spoil(c, &s.vmcb) : 0;
	if (ret)
		return ret;
	ret = vprim_svm_set_nested(&t, &s, &effect, &rule);
	if (ret) {
		vprim_vec_out_word(c, "why", words[rule]);
		return ret;
	}
	vprim_svm_vcpu_apply(v, &effect);
	if (effect.own_pat)
		vprim_vec_out_hex(c, "gpat", effect.gpat);
	return put_state(c);
}

static int can_move(struct vprim_vec_call *c)
{
	uint32_t release;
	enum vprim_svm_rule rule;
	int ret = read_release(c, 0, &release);

	if (!ret)
		ret = vprim_svm_can_move(c->obj, release, &rule);
	if (ret)
		return ret;
	vprim_vec_out_dec(c, "can", rule == VPRIM_SVM_OK);
	vprim_vec_out_word(c, "why", words[rule]);
	return 0;
}

static bool merged(struct vprim_vec_call *c, unsigned int arg, bool *bad)
{
	bool v6 = c->arg[arg].present && vprim_vec_is(c->arg[arg].str, "v6");

	*bad = c->arg[arg].present && !v6 &&
	       !vprim_vec_is(c->arg[arg].str, "merged");
	return !v6;
}

static int eraps(struct vprim_vec_call *c)
{
	struct vprim_svm_eraps e;
	enum vprim_svm_eraps_rules rules;
	bool bad, offered;

	rules = merged(c, 3, &bad) ? VPRIM_SVM_ERAPS_MERGED :
				     VPRIM_SVM_ERAPS_SERIES_V6;
	if (bad || (c->arg[0].u64 | c->arg[1].u64) > UINT32_MAX)
		return vprim_vec_script_error(c,
			"eax and ebx of 32 bits, rules=v6 or merged");
	e = vprim_svm_eraps_decode((uint32_t)c->arg[0].u64,
				   (uint32_t)c->arg[1].u64);
	offered = vprim_svm_eraps_offer(rules, e.present, value(c, 2, 1) != 0);
	vprim_vec_out_dec(c, "present", e.present);
	vprim_vec_out_dec(c, "entries", e.rap_entries);
	vprim_vec_out_dec(c, "usable", e.usable_entries);
	vprim_vec_out_dec(c, "offered", offered);
	vprim_vec_out_hex(c, "ebx", vprim_svm_eraps_ebx(rules, offered,
						(uint32_t)c->arg[1].u64));
	return 0;
}

static int dword(struct vprim_vec_call *c)
{
	if (c->arg[0].u64 > UINT8_MAX || c->arg[1].u64 > UINT8_MAX)
		return vprim_vec_script_error(c, "two bytes");
	vprim_vec_out_hex(c, "dword",
			  vprim_svm_rap_dword((uint8_t)c->arg[0].u64,
					      (uint8_t)c->arg[1].u64));
	return 0;
}

static int rap_init(struct vprim_vec_call *c)
{
	bool bad;
	enum vprim_svm_eraps_rules rules = merged(c, 3, &bad) ?
		VPRIM_SVM_ERAPS_MERGED : VPRIM_SVM_ERAPS_SERIES_V6;

	if (bad)
		return vprim_vec_script_error(c, "rules=v6 or merged");
	return vprim_svm_rap_init(c->obj, rules, value(c, 0, 1) != 0,
				  value(c, 1, 1) != 0, value(c, 2, 1) != 0);
}

static int rap_event(struct vprim_vec_call *c, enum vprim_svm_rap_event event,
		     uint64_t arg)
{
	struct vprim_svm_rap *r = c->obj;
	int ret = vprim_svm_rap_event(r, event, (uint32_t)arg);

	vprim_vec_out_hex(c, "byte", vprim_svm_rap_byte(r));
	vprim_vec_out_dec(c, "dirty", r->dirty);
	return ret;
}

static int mov_cr3(struct vprim_vec_call *c)
{
	return rap_event(c, VPRIM_SVM_RAP_MOV_CR3, 0);
}

static int tlb_flush(struct vprim_vec_call *c)
{
	return rap_event(c, VPRIM_SVM_RAP_TLB_FLUSH, 0);
}

static int invpcid(struct vprim_vec_call *c)
{
	if (c->arg[0].u64 > UINT32_MAX)
		return vprim_vec_script_error(c, "a type of 32 bits");
	return rap_event(c, VPRIM_SVM_RAP_INVPCID, c->arg[0].u64);
}

static int vmrun(struct vprim_vec_call *c)
{
	if (c->arg[0].u64 > UINT8_MAX)
		return vprim_vec_script_error(c, "a byte");
	return rap_event(c, VPRIM_SVM_RAP_VMRUN, c->arg[0].u64);
}

static int vmexit(struct vprim_vec_call *c)
{
	return rap_event(c, VPRIM_SVM_RAP_VMEXIT, 0);
}

/* The byte that VMRUN sees, and what is left of it afterwards. */
static int run(struct vprim_vec_call *c)
{
	struct vprim_svm_rap *r = c->obj;
	int ret = vprim_svm_rap_event(r, VPRIM_SVM_RAP_BEFORE_RUN, 0);

	if (ret)
		return ret;
	vprim_vec_out_hex(c, "ran", vprim_svm_rap_byte(r));
	return rap_event(c, VPRIM_SVM_RAP_AFTER_RUN, 0);
}

static const struct vprim_vec_verb vcpu_verbs[] = {
	{ "svme", "svme:bit memory=bit?", set_svme },
	{ "set", "flags=u64 size=u64? format=u64? pa=u64? readable=bit? memory=bit? "
		 "data_readable=bit? nested=bit? npt=bit? guest_pat=bit? "
		 "phys_bits=u64? cr0=u64? cr3=u64? vmcb=word? gpat=u64? shstk=bit? "
		 "sev_es=bit?", set },
	{ "get", "", put_state },
	{ "can_move", "to=word", can_move },
	{ NULL, NULL, NULL },
};

static const struct vprim_vec_verb rap_verbs[] = {
	{ "mov_cr3", "", mov_cr3 },
	{ "tlb_flush", "", tlb_flush },
	{ "invpcid", "type:u64", invpcid },
	{ "vmrun", "vmcb12:u64", vmrun },
	{ "vmexit", "", vmexit },
	{ "run", "", run },
	{ NULL, NULL, NULL },
};

static const struct vprim_vec_kind kinds[] = {
	{ "svm_vcpu", "rules=word? svme=bit? gif=bit? smm=bit? guest_mode=bit? linux=word?",
	  sizeof(struct vprim_svm_vcpu), vcpu_init, NULL, vcpu_verbs },
	{ "svm_rap", "host=bit? guest=bit? npt=bit? rules=word?",
	  sizeof(struct vprim_svm_rap), rap_init, NULL, rap_verbs },
	{ NULL, NULL, 0, NULL, NULL, NULL },
};

static const struct vprim_vec_verb verbs[] = {
	{ "eraps", "eax=u64 ebx=u64 npt=bit? rules=word?", eraps },
	{ "rap_dword", "tlb_control:u64 erap:u64", dword },
	{ NULL, NULL, NULL },
};

const struct vprim_vec_room vprim_vec_room_svm = {
	.name = "svm", .verbs = verbs, .kinds = kinds,
};
