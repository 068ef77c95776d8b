// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * The vector verbs of xstate.h and xstate_perm.h: kinds xstate and xperm.
 *
 * An xstate collects sub-leaves and makes its table when one is needed; an xperm
 * copies the table, so that later leaves do not change a kernel that has booted.
 */
#include "vec_internal.h"
#include <virtprim/xstate.h>
#include <virtprim/xstate_perm.h>

struct machine {
	struct vprim_xstate_leaf leaf[VPRIM_XSTATE_LEAVES];
	struct vprim_xstate_table table;
	bool ready;
};

struct process {
	struct vprim_xstate_table table;
	struct vprim_xstate_perm_config config;
	struct vprim_xstate_perm perm;
	struct vprim_xstate_perm_buffer task, vcpu;
	bool has_vcpu;
};

#define KIND_XSTATE (&vprim_vec_module_xstate.kinds[0])
#define KIND_XPERM (&vprim_vec_module_xstate.kinds[1])

/* Say why; gives back the code. */
static int because(struct vprim_vec_call *c, int ret, const char *bit_key)
{
	const struct vprim_reason *r = &c->why;

	if (!ret || !r->rule)
		return ret;
	if (r->has_at) {
		vprim_vec_list_begin(c, bit_key);
		vprim_vec_list_dec(c, r->at);
	}
	vprim_vec_out_word(c, "why", r->rule->word);
	if (r->has_value)
		OUT("other=u", r->value);
	vprim_reason_clear(&c->why);	/* said */
	return ret;
}

/* -- kind xstate ----------------------------------------------------------- */

/* The table, made now when it is not; says why when it cannot be. */
static int need(struct vprim_vec_call *c, struct machine *m)
{
	int ret;

	if (m->ready)
		return 0;
	ret = vprim_xstate_table_init(&m->table, m->leaf, VPRIM_XSTATE_LEAVES, &c->why);
	m->ready = !ret;
	return because(c, ret, "leaf");
}

#define FORMAT "standard|compacted"

static int x_leaf(struct vprim_vec_call *c)
{
	struct vprim_xstate_leaf leaf = { U32("eax"), U32("ebx"), U32("ecx"),
					  U32("edx") };

	OBJ(machine)->leaf[U64("subleaf")] = leaf;
	OBJ(machine)->ready = false;
	return 0;
}

VERB_ASKS(x_ready, const struct vprim_xstate_table *t = &OBJ(machine)->table,
	need(c, OBJ(machine)),
	OUT("components=bits xcr0=x xss=x features=x unknown=bits", t->xcr0 | t->xss,
		t->xcr0, t->xss, t->features, (t->xcr0 | t->xss) &
		~vprim_xstate_table_known(t)))

static int x_size(struct vprim_vec_call *c)
{
	struct machine *m = c->obj;
	uint64_t size = 0;
	int ret = need(c, m);

	if (ret)
		return ret;
	if (CHOICE("rule"))
		size = vprim_xstate_size_lax(&m->table, U64("mask"), CHOICE("format"));
	else
		ret = vprim_xstate_size(&m->table, U64("mask"), CHOICE("format"),
					&size, &c->why);
	return ret ? because(c, ret, "component") : OUT("size=u", size);
}

static int x_offset(struct vprim_vec_call *c)
{
	struct machine *m = c->obj;
	uint64_t offset;
	int ret;

	if (CHOICE("format") == VPRIM_XSTATE_COMPACTED && !HAS("mask"))
		return vprim_vec_script_error(c, "mask= with format=compacted");
	ret = need(c, m);
	if (ret)
		return ret;
	ret = vprim_xstate_offset(&m->table, U64("mask"), CHOICE("format"),
				  U32("component"), &offset, &c->why);
	return ret ? because(c, ret, "component") : OUT("offset=u", offset);
}

static int put_kind(struct vprim_vec_call *c, unsigned int n)
{
	vprim_vec_out_word(c, "name", vprim_xstate_component_name(n));
	return OUT("kind=unassigned|user|supervisor", vprim_xstate_component_kind(n));
}

static int x_component(struct vprim_vec_call *c)
{
	const struct vprim_xstate_component *k = &OBJ(machine)->table.component[U64("component")];
	int ret = need(c, OBJ(machine));

	if (ret)
		return ret;
	put_kind(c, U32("component"));
	return OUT("size=u offset=u align=u xfd=u", k->size_bytes, k->offset,
		   (k->flags & VPRIM_XSTATE_FLAG_ALIGN) != 0,
		   (k->flags & VPRIM_XSTATE_FLAG_XFD) != 0);
}

static int x_ebx(struct vprim_vec_call *c)
{
	struct machine *m = c->obj;
	struct vprim_xstate_ebx ebx;
	int ret = need(c, m);

	if (ret)
		return ret;
	ret = vprim_xstate_cpuid_ebx(&m->table, U64("xcr0"), U64("xss"),
				     U32_OR("features", m->table.features),
				     RELEASE_OR("rule"), &ebx,
				     &c->why);
	return ret ? because(c, ret, "component") :
		     OUT("ebx0=u ebx1=u", ebx.ebx0, ebx.ebx1);
}

/* What the key says, or what the table does. */
static int supported(struct vprim_vec_call *c, const char *key, bool xss,
		     uint64_t *mask)
{
	struct machine *m = c->obj;
	int ret = HAS(key) ? 0 : need(c, m);

	*mask = U64_OR(key, xss ? m->table.xss : m->table.xcr0);
	return ret;
}

static int x_check_xcr0(struct vprim_vec_call *c)
{
	uint64_t mask;
	int ret = supported(c, "supported", false, &mask);

	if (ret)
		return ret;
	ret = vprim_xstate_check_xcr0(mask, U32("index"), U64("value"),
				      CHOICE("order"), &c->why);
	return because(c, ret, "bit");
}

static int x_check_xss(struct vprim_vec_call *c)
{
	uint64_t mask;
	int ret = supported(c, "supported", true, &mask);

	if (ret)
		return ret;
	ret = vprim_xstate_check_xss(mask, U64("value"), &c->why);
	return because(c, ret, "bit");
}

/* xstate_bv=, xcomp_bv=, mxcsr=, and reserved=: reserved bytes from the first on. */
static int read_header(struct vprim_vec_call *c, struct vprim_xstate_header *h)
{
	const struct vprim_vec_arg *reserved = ARG("reserved");

	memset(h, 0, sizeof(*h));
	h->xstate_bv = U64("xstate_bv");
	h->xcomp_bv = U64("xcomp_bv");
	h->mxcsr = U32_OR("mxcsr", VPRIM_XSTATE_MXCSR_INIT);
	if (reserved->n > sizeof(h->reserved))
		return vprim_vec_script_error(c, "at most 48 reserved bytes");
	if (reserved->n)
		memcpy(h->reserved, reserved->bytes, reserved->n);
	return 0;
}

#define HEADER "reserved=hex? mxcsr=u32!?"

/* Who loads when nobody says: the instruction that the header is made for. */
static enum vprim_xstate_loader loader(struct vprim_vec_call *c,
				       const struct vprim_xstate_header *h,
				       const struct vprim_xstate_limits *l)
{
	if (CHOICE("by") <= VPRIM_XSTATE_BY_KVM)
		return CHOICE("by");
	return h->xcomp_bv & VPRIM_XSTATE_XCOMP_COMPACTED && l->supervisor ?
		       VPRIM_XSTATE_BY_XRSTORS : VPRIM_XSTATE_BY_XRSTOR;
}

#define LOADERS "xrstor|xrstors|uabi|kvm"

static int x_check_header(struct vprim_vec_call *c)
{
	struct vprim_xstate_header h;
	struct vprim_xstate_limits l = {
		.requested = U64("requested"),
		.features = IS("xsavec") ? VPRIM_XSTATE_HAS_XSAVEC : 0,
		.mxcsr_mask = U32("mxcsr_mask"), .cpl = U32("cpl"),
	};
	int ret = read_header(c, &h);

	if (!ret)
		ret = supported(c, "user", false, &l.user);
	if (!ret)
		ret = supported(c, "supervisor", true, &l.supervisor);
	if (ret)
		return ret;
	ret = vprim_xstate_check_header(&h, loader(c, &h, &l), &l, &c->why);
	return because(c, ret, "bit");
}

static int convert(struct vprim_vec_call *c, const struct vprim_xstate_source *src,
		   struct vprim_xstate_target *dst)
{
	struct vprim_xstate_convert_opts opts = {
		.mxcsr_mask = U32("mxcsr_mask"), .keep_pkru = HAS("pkru"),
		.pkru = U32("pkru"),
	};
	uint64_t size = 0;
	int ret;

	dst->bytes = vprim_vec_scratch(c, dst->len);
	if (!dst->bytes)
		return VPRIM_VEC_SCRIPT;
	ret = vprim_xstate_convert(src, dst, &opts, &size, &c->why);
	if (ret == -EMSGSIZE)
		OUT("needed=u", size);
	if (ret)
		return because(c, ret, "component");
	OUT("size=u", size);
	return vprim_vec_out_bytes(c, "bytes", dst->bytes, (size_t)size);
}

/* Both machines of a verb with their tables; the other one is @name's. */
static int need_two(struct vprim_vec_call *c, const char *name,
		    struct machine **other)
{
	int ret;

	*other = HAS(name) ? vprim_vec_object(c, ARG(name)->str, KIND_XSTATE) : c->obj;
	if (!*other)
		return vprim_vec_script_error(c, "the name of an xstate");
	ret = need(c, c->obj);
	return ret ? ret : need(c, *other);
}

static int x_convert(struct vprim_vec_call *c)
{
	struct machine *from = c->obj, *m;
	struct vprim_xstate_source src;
	struct vprim_xstate_target dst;
	int ret = need_two(c, "table", &m);

	if (ret)
		return ret;
	src.table = &from->table;
	src.mask = U64_OR("mask", from->table.xcr0 | from->table.xss);
	src.bytes = ARG("bytes")->bytes;
	src.len = ARG("bytes")->n;
	dst.table = &m->table;
	dst.format = CHOICE("to");
	dst.mask = U64_OR("to_mask", m->table.xcr0 | (dst.format ? m->table.xss : 0));
	dst.len = U32("room");
	return convert(c, &src, &dst);
}

/* What KVM of the release withholds there; nothing where none is named. */
static uint64_t withheld(struct vprim_vec_call *c,
			 const struct vprim_xstate_table *t)
{
	struct vprim_xstate_perm_kvm_host host = {
		.xcr0 = t->xcr0, .xss = t->xss, .shstk = IS("shstk"),
		.ibt = IS("ibt"), .amd = CHOICE("vendor"), .release = U32("linux"),
		.xsaves = t->features & VPRIM_XSTATE_HAS_XSAVES,
	};

	return HAS("linux") || c->vec->has_release ?
		       vprim_xstate_perm_kvm_supported(&host).withheld : 0;
}

static int x_migrate(struct vprim_vec_call *c)
{
	struct machine *m = c->obj, *there;
	struct vprim_xstate_origin from;
	struct vprim_xstate_destination to;
	struct vprim_xstate_verdict v;
	int ret = need_two(c, "to", &there);

	if (ret)
		return ret;
	from.table = &m->table;
	from.xcr0 = U64_OR("xcr0", m->table.xcr0);
	from.xss = U64("xss");
	to.table = &there->table;
	to.permitted = U64("permitted");
	to.capacity_bytes = U64("room");
	to.withheld = withheld(c, &there->table);
	ret = vprim_xstate_migrate(&from, &to, &v, &c->why);
	if (ret)
		return because(c, ret, "component");
	OUT("compatible=u features=u size=u blocked=bits missing=bits not_permitted=bits",
	    v.compatible, v.features_fit, v.size_fits, v.blocked, v.missing,
	    v.not_permitted);
	return OUT("resized=bits moved=bits realigned=bits needed=u room=u withheld=bits",
		   v.resized, v.moved, v.realigned, v.needed_bytes, v.capacity_bytes,
		   v.withheld);
}

static void put_audit(struct vprim_vec_call *c, const char *fit, const char *no,
		      const struct vprim_xstate_audit_size *a)
{
	OUT(fit, a->fit);
	if (a->fit == VPRIM_XSTATE_FIT_NO)
		OUT(no, a->says, a->below, a->above);
}

/* "ebx1=no ebx1_says=10704 ebx1_below=10688 ebx1_above=10752" */
#define AUDIT(size) put_audit(c, #size "=no|yes|cut|absent|unknown",	\
			      #size "_says=u " #size "_below=u " #size "_above=u", \
			      &a.size)

static int x_audit(struct vprim_vec_call *c)
{
	struct vprim_xstate_audit a;
	struct machine *m = c->obj;
	int ret = need(c, m);

	if (ret)
		return ret;
	vprim_xstate_table_audit(&m->table, &a);
	OUT("clean=u lacking=bits standard=u compacted=u", vprim_xstate_audit_is_clean(&a),
	    a.lacking, a.standard_bytes, a.compacted_bytes);
	AUDIT(ecx0);
	AUDIT(ebx0);
	AUDIT(ebx1);
	return OUT("xss_without_xsaves=u", a.xss_without_xsaves);
}

VERB_ASKS(x_xsave2_size, const struct vprim_xstate_table *t = &OBJ(machine)->table,
	need(c, OBJ(machine)),
	OUT("size=u", vprim_xstate_perm_kvm_xsave2_size(t, U64("filtered"))))

static int x_kvm_cpuid(struct vprim_vec_call *c)
{
	struct machine *m = c->obj;
	struct vprim_xstate_perm_kvm_caps caps;
	struct vprim_xstate_leaf leaf;
	int ret = need(c, m);

	if (ret)
		return ret;
	caps.xcr0 = U64_OR("xcr0", m->table.xcr0);
	caps.xss = U64_OR("xss", m->table.xss);
	caps.features = U32("features");
	ret = vprim_xstate_perm_kvm_cpuid(&m->table, &caps, U32("subleaf"), &leaf);
	return ret ? ret : OUT("eax=x ebx=x ecx=x edx=x", leaf.eax, leaf.ebx, leaf.ecx,
			       leaf.edx);
}

static const struct vprim_vec_verb xstate_verbs[] = {
	{ "leaf", "subleaf:0..63! eax:u32! ebx:u32! ecx:u32! edx:u32!", x_leaf },
	{ "ready", "", x_ready },
	{ "size", "mask=u64 format=" FORMAT " rule=strict|kvm?", x_size },
	{ "offset", "component=0..62! mask=u64? format=" FORMAT, x_offset },
	{ "component", "component:0..62!", x_component },
	{ "audit", "", x_audit },
	{ "ebx", "xcr0=u64 xss=u64? features=u32!? rule=xcr0_xss:0|xcr0:0x60c? linux=linux?", x_ebx },
	{ "check_xcr0", "value:u64 index=u32!? order=arch|kvm? supported=u64?", x_check_xcr0 },
	{ "check_xss", "value:u64 supported=u64?", x_check_xss },
	{ "check_header", "xstate_bv=u64 xcomp_bv=u64 user=u64? supervisor=u64? by=" LOADERS "|auto?auto mxcsr_mask=u32!? xsavec=bit?1 cpl=0..3!? requested=u64?0xffffffffffffffff " HEADER, x_check_header },
	{ "convert", "bytes=hex mask=u64? to=" FORMAT " to_mask=u64? table=word? room=0..65536?32768 pkru=u32!? mxcsr_mask=u32!?", x_convert },
	{ "migrate", "to=word xcr0=u64? xss=u64? permitted=u64?0xffffffffffffffff room=u64? linux=linux? shstk=bit?1 ibt=bit?1 vendor=intel|amd?", x_migrate },
	{ "xsave2_size", "filtered:u64", x_xsave2_size },
	{ "kvm_cpuid", "subleaf:0..63! xcr0=u64? xss=u64? features=u32!?0xffffffff", x_kvm_cpuid },
};

/* -- kind xperm ------------------------------------------------------------ */

/*
 * host= makes the pipeline end at exactly this mask: the kernel handles it, and
 * nothing else has its CPUID flag.
 */
static void steer(struct vprim_vec_call *c, const struct vprim_xstate_table *t,
		  struct vprim_xstate_perm_setup *s)
{
	uint64_t host = U64("host");

	if (!HAS("host"))
		return;
	if (!HAS("guest_only"))
		s->guest_supervisor &= ~host;
	s->present = host | s->guest_supervisor | s->dynamic;
	s->user_supported |= host & t->xcr0;
	s->supervisor_supported |= host & t->xss;
}

static void read_setup(struct vprim_vec_call *c, const struct vprim_xstate_table *t,
		       struct vprim_xstate_perm_setup *s)
{
	vprim_xstate_perm_defaults(t, s);
	s->guest_supervisor = U64_OR("guest_only", s->guest_supervisor);
	s->dynamic = U64_OR("dynamic", s->dynamic);
	s->present = U64_OR("present", s->present);
	s->user_supported = U64_OR("user", s->user_supported | s->dynamic);
	s->supervisor_supported = U64_OR("supervisor", s->supervisor_supported);
	s->known_components = U32_OR("known", s->known_components);
	s->max_frame_bytes = U32("frame");
	s->not_64bit = !IS("bit64");
	s->release = RELEASE_OR("mode");
	steer(c, t, s);
}

/* The dynamic part of host= was granted before the script begins. */
static int grant_host(struct process *p, uint64_t host)
{
	uint64_t left = host & p->config.askable;
	int ret = 0;

	for (; left && !ret; left &= left - 1)
		ret = vprim_xstate_perm_request(&p->config, &p->perm,
						VPRIM_XSTATE_PERM_HOST,
						vprim_ctz64(left), 0, NULL);
	if (host && !ret &&
	    p->config.host_default != (host & ~p->config.askable))
		ret = -EINVAL;
	return ret ? -EINVAL : 0;
}

static int boot(struct vprim_vec_call *c, struct process *p)
{
	struct vprim_xstate_perm_setup s;
	int ret;

	read_setup(c, &p->table, &s);
	ret = vprim_xstate_perm_configure(&s, &p->config, &c->why);
	if (ret)
		return because(c, ret, "component");
	vprim_xstate_perm_exec(&p->config, &p->perm);
	vprim_xstate_perm_task(&p->config, &p->task);
	return grant_host(p, U64("host"));
}

static int new_xperm(struct vprim_vec_call *c)
{
	struct process *p = c->obj;
	const struct process *parent;
	struct machine *m;
	int ret;

	if (HAS("table") == HAS("fork"))
		return vprim_vec_script_error(c, "either table= or fork=");
	if (HAS("fork")) {
		/* A child of another process: everything is a copy. */
		parent = vprim_vec_object(c, ARG("fork")->str, KIND_XPERM);
		if (!parent)
			return vprim_vec_script_error(c, "fork= naming an xperm");
		p->table = parent->table;
		p->config = parent->config;
		p->config.table = &p->table;
		p->task = parent->task;
		p->perm = parent->perm;
		return 0;
	}
	m = vprim_vec_object(c, ARG("table")->str, KIND_XSTATE);
	if (!m)
		return vprim_vec_script_error(c, "table= naming an xstate");
	ret = need(c, m);
	p->table = m->table;
	return ret ? ret : boot(c, p);
}

VERB(p_request, vprim_xstate_perm_request(&OBJ(process)->config, &OBJ(process)->perm,
		CHOICE("guest"), U64("component"), U64("altstack"), &c->why))

VERB_DOES(p_lock,
	vprim_xstate_perm_vcpu(&OBJ(process)->config, &OBJ(process)->perm, NULL))

static const struct vprim_xstate_perm_group *group(struct vprim_vec_call *c)
{
	return IS("guest") ? &OBJ(process)->perm.guest : &OBJ(process)->perm.host;
}

VERB(p_get, OUT("perm=x", group(c)->mask & OBJ(process)->config.user_supported))

VERB(p_sizes, OUT("kernel=u user=u", group(c)->kernel_bytes, group(c)->user_bytes))

static int p_mask(struct vprim_vec_call *c)
{
	uint64_t mask = group(c)->mask;

	return OUT("mask=x locked=u", mask & ~VPRIM_XSTATE_PERM_LOCKED,
		   (mask & VPRIM_XSTATE_PERM_LOCKED) != 0);
}

static int p_exec(struct vprim_vec_call *c)
{
	struct process *p = c->obj;

	p->has_vcpu = false;
	vprim_xstate_perm_task(&p->config, &p->task);
	vprim_xstate_perm_exec(&p->config, &p->perm);
	return 0;
}

static int p_check(struct vprim_vec_call *c)
{
	struct process *p = c->obj, *by = p;

	if (HAS("by"))
		by = vprim_vec_object(c, ARG("by")->str, KIND_XPERM);
	if (!by)
		return vprim_vec_script_error(c, "by= naming an xperm");
	return vprim_xstate_perm_check(&by->config, &p->perm, &c->why);
}

static int p_prctl(struct vprim_vec_call *c)
{
	struct process *p = c->obj;
	uint64_t op = U64("op"), value = 0;
	bool gives = op == VPRIM_XSTATE_PERM_GET_SUPP ||
		     op == VPRIM_XSTATE_PERM_GET_PERM ||
		     op == VPRIM_XSTATE_PERM_GET_GUEST_PERM;
	int ret = vprim_xstate_perm_prctl(&p->config, &p->perm, op, U64("number"),
					  U64("altstack"),
					  IS("pointer") ? &value : NULL, &c->why);

	return !ret && gives ? OUT("value=x", value) : ret;
}

VERB(p_sigaltstack, vprim_xstate_perm_sigaltstack(&OBJ(process)->config,
		&OBJ(process)->perm, U64("bytes")))

static int p_config(struct vprim_vec_call *c)
{
	const struct vprim_xstate_perm_config *k = &OBJ(process)->config;

	return OUT("kernel_max=x user_max=x host=x guest=x user=x dynamic=x format=" FORMAT
		   " mode=fixed|old", k->kernel_max, k->user_max, k->host_default,
		   k->guest_default, k->user_default, k->dynamic, k->format,
		   !vprim_linux_has(k->release, VPRIM_CHANGE_XSTATE_PERM_KEPT));
}

static int put_buffer(struct vprim_vec_call *c,
		      const struct vprim_xstate_perm_buffer *b)
{
	return OUT("features=x user_features=x xfd=x size=u user_size=u uabi_size=u valloc=u guest=u",
		   b->features, b->user_features, b->xfd, b->size_bytes, b->user_bytes,
		   b->uabi_bytes, b->is_valloc, b->is_guest);
}

VERB(p_task, put_buffer(c, &OBJ(process)->task))

static int p_vcpu(struct vprim_vec_call *c)
{
	struct process *p = c->obj;

	vprim_xstate_perm_vcpu(&p->config, &p->perm, &p->vcpu);
	p->has_vcpu = true;
	return put_buffer(c, &p->vcpu);
}

/* The buffer of the vCPU, or NULL with a script error. */
static struct vprim_xstate_perm_buffer *vcpu(struct vprim_vec_call *c)
{
	if (OBJ(process)->has_vcpu)
		return &OBJ(process)->vcpu;
	vprim_vec_script_error(c, "a vcpu before this verb");
	return NULL;
}

static int p_enable(struct vprim_vec_call *c)
{
	struct process *p = c->obj;
	struct vprim_xstate_perm_buffer *b = IS("guest") ? vcpu(c) : &p->task;
	int ret;

	if (!b)
		return VPRIM_VEC_SCRIPT;
	ret = vprim_xstate_perm_enable(&p->config, &p->perm, b, U64("wanted"),
				       IS("memory"));
	if (!b->is_guest)
		OUT("outcome=restart|SIGILL|SIGSEGV",
		    ret == -EFAULT ? 2u : ret ? 1u : 0u);
	return ret ? ret : put_buffer(c, b);
}

static int p_get_xsave(struct vprim_vec_call *c)
{
	const struct vprim_xstate_perm_buffer *b = vcpu(c);
	uint32_t bytes;
	int ret;

	if (!b)
		return VPRIM_VEC_SCRIPT;
	ret = vprim_xstate_perm_kvm_get_xsave(b, IS("fixed"), CHOICE("secrecy"),
					      &bytes, &c->why);
	return ret ? ret : OUT("bytes=u", bytes);
}

static int p_set_xsave(struct vprim_vec_call *c)
{
	struct vprim_xstate_header h;
	uint64_t taken;
	int ret;

	if (!vcpu(c) || read_header(c, &h))
		return VPRIM_VEC_SCRIPT;
	ret = vprim_xstate_perm_kvm_set_xsave(&h, &OBJ(process)->vcpu,
					      U64_OR("supported", OBJ(process)->config.user_max),
					      0, CHOICE("secrecy"), &taken, &c->why);
	return ret ? because(c, ret, "bit") : OUT("xstate_bv=x", taken);
}

/* XFD as the guest's MSR write leaves it. */
static int p_set_xfd(struct vprim_vec_call *c)
{
	struct vprim_xstate_perm_buffer *b = vcpu(c);

	if (!b)
		return VPRIM_VEC_SCRIPT;
	b->xfd = U64("xfd");
	return 0;
}

/* KVM_SET_CPUID2: the dynamic bits of the guest's 0xD.0 get enabled. */
static int p_set_cpuid(struct vprim_vec_call *c)
{
	struct process *p = c->obj;

	return !vcpu(c) ? VPRIM_VEC_SCRIPT :
	       vprim_xstate_perm_enable(&p->config, &p->perm, &p->vcpu, U64("xcr0"),
					IS("memory"));
}

static int p_filtered(struct vprim_vec_call *c)
{
	struct process *p = c->obj;
	uint64_t supported = U64_OR("supported", p->config.user_max);
	uint64_t mask = vprim_xstate_perm_kvm_filtered(supported, p->perm.guest.mask);

	return OUT("xcr0=x size=u", mask,
		   vprim_xstate_perm_kvm_xsave2_size(&p->table, mask));
}

#define SECRECY "secrecy=open|hidden|protected?"

static const struct vprim_vec_verb xperm_verbs[] = {
	{ "request", "component=u64 guest=bit? altstack=u64?", p_request },
	{ "lock", "", p_lock },
	{ "get", "guest=bit?", p_get },
	{ "sizes", "guest=bit?", p_sizes },
	{ "mask", "guest=bit?", p_mask },
	{ "exec", "", p_exec },
	{ "check", "by=word?", p_check },
	{ "prctl", "op:u64 number=u64? altstack=u64? pointer=bit?1", p_prctl },
	{ "sigaltstack", "bytes:u64", p_sigaltstack },
	{ "config", "", p_config },
	{ "task", "", p_task },
	{ "vcpu", "", p_vcpu },
	{ "enable", "wanted:u64 guest=bit? memory=bit?1", p_enable },
	{ "set_cpuid", "xcr0:u64 memory=bit?1", p_set_cpuid },
	{ "set_xfd", "xfd:u64", p_set_xfd },
	{ "get_xsave", "fixed=bit? " SECRECY, p_get_xsave },
	{ "set_xsave", "xstate_bv=u64 xcomp_bv=u64? supported=u64? " HEADER " " SECRECY, p_set_xsave },
	{ "filtered", "supported=u64?", p_filtered },
};

/* -- pure verbs ------------------------------------------------------------ */

static int name(struct vprim_vec_call *c)
{
	uint64_t n = U64("component");

	return put_kind(c, n < VPRIM_XSTATE_LEAVES ? (unsigned int)n :
						     VPRIM_XSTATE_LEAVES);
}

static int xsetbv(struct vprim_vec_call *c)
{
	OUT("fault=none|ud|gp",
	    vprim_xstate_xsetbv(IS("osxsave"), U32("cpl"), U64("supported"), U32("index"),
				U64("value"), &c->why));
	(void)because(c, -EINVAL, "bit");
	return 0;
}

static int put_frame(struct vprim_vec_call *c, const uint8_t *bytes, size_t len,
		     bool extended)
{
	struct vprim_xstate_frame f;
	int ret = vprim_xstate_frame_read(bytes, len, U32("user_size"), &f, &c->why);

	if (ret)
		return ret;
	OUT("fx_only=u features=x size=u", f.fx_only, f.features, f.size_bytes);
	if (extended)
		OUT("extended=u", f.extended_bytes);
	(void)because(c, -EINVAL, "bit");
	return 0;
}

VERB(frame, put_frame(c, ARG("bytes")->bytes, ARG("bytes")->n, true))

/* A frame by its fields: what frame answers for bytes made of them. */
static int frame_fields(struct vprim_vec_call *c)
{
	uint32_t size = U32("xstate_size"), len = U32("len");
	uint8_t *b = vprim_vec_scratch(c, len), *sw;

	if (!b)
		return VPRIM_VEC_SCRIPT;
	sw = b + VPRIM_XSTATE_SW_OFFSET;
	vprim_store_le32(sw, U32_OR("magic1", VPRIM_XSTATE_MAGIC1));
	vprim_store_le32(sw + 4, U32_OR("extended_size", size + 4));
	vprim_store_le64(sw + 8, U64("features"));
	vprim_store_le32(sw + 16, size);
	if (size >= VPRIM_XSTATE_LEGACY_BYTES && size <= len - 4)
		vprim_store_le32(b + size, U32_OR("magic2", VPRIM_XSTATE_MAGIC2));
	return put_frame(c, b, len, false);
}

VERB(pkru, OUT("pkru=x", vprim_xstate_pkru_after(CHOICE("by"), U64("xstate_bv"),
		U32("image"), U32("current"))))

static int present(struct vprim_vec_call *c)
{
	struct vprim_xstate_perm_cpuid regs = {
		U32("leaf1_ecx"), U32("leaf1_edx"), U32("leaf7_ebx"),
		U32("leaf7_ecx"), U32("leaf7_edx"), U32("leaf7_1_edx"),
	};

	return OUT("mask=x", vprim_xstate_perm_present(&regs) &
			     (VPRIM_XSTATE_BIT(20) - 1));
}

static int kvm_supported(struct vprim_vec_call *c)
{
	struct vprim_xstate_perm_kvm_host host = {
		.xcr0 = U64("xcr0"), .xss = U64("xss"), .xsaves = IS("xsaves"),
		.shstk = IS("shstk"), .ibt = IS("ibt"), .amd = CHOICE("vendor"),
		.release = RELEASE_OR("release"),
	};
	struct vprim_xstate_perm_kvm kvm = vprim_xstate_perm_kvm_supported(&host);

	return OUT("xcr0=x xss=x", kvm.xcr0, kvm.xss);
}

VERB(kvm_filtered,
	OUT("xcr0=x", vprim_xstate_perm_kvm_filtered(U64("supported"), U64("perm"))))

static int kvm_guest(struct vprim_vec_call *c)
{
	uint64_t xcr0 = U64("xcr0") & U64("cpuid_xcr0");

	return OUT("xcr0=x xss=x reported=x", xcr0, U64("xss") & U64("cpuid_xss"),
		   xcr0 | VPRIM_XSTATE_BIT(VPRIM_XSTATE_X87) |
		   VPRIM_XSTATE_BIT(VPRIM_XSTATE_SSE));
}

static int guess(struct vprim_vec_call *c)
{
	uint64_t xcr0 = U64("xcr0"), left;
	uint32_t fitting = vprim_xstate_layouts_of(xcr0, U64("size")), i;
	struct vprim_xstate_table *t = vprim_vec_scratch(c, sizeof(*t));
	int ret;

	if (!t)
		return VPRIM_VEC_SCRIPT;
	vprim_vec_list_begin(c, "layouts");
	for (i = 0; i < VPRIM_XSTATE_LAYOUTS; i++)
		if (fitting >> i & 1)
			vprim_vec_list_word(c, vprim_xstate_layout_name(i));
	vprim_vec_list_end(c);
	ret = vprim_xstate_guess(xcr0, U64("size"), t);
	if (ret)
		return ret;
	OUT("size=u", vprim_xstate_size_lax(t, t->xcr0, VPRIM_XSTATE_STANDARD));
	vprim_vec_list_begin(c, "places");
	for (left = vprim_xstate_table_known(t) & ~(uint64_t)3; left; left &= left - 1) {
		i = vprim_ctz64(left);
		vprim_vec_list_pair(c, i, "@", t->component[i].offset, 16);
	}
	return vprim_vec_list_end(c);
}

static int set_xcrs(struct vprim_vec_call *c)
{
	const struct vprim_vec_arg *given = ARG("xcrs");
	struct vprim_xstate_perm_xcr xcrs[20];
	uint64_t xcr0 = U64("now");
	uint32_t i;
	int ret;

	for (i = 0; i < given->n; i++) {
		if (i == VPRIM_ARRAY_LEN(xcrs) || given->pairs[i].a > UINT32_MAX)
			return vprim_vec_script_error(c,
				"xcrs=INDEX:VALUE,… of at most 20");
		xcrs[i].index = (uint32_t)given->pairs[i].a;
		xcrs[i].value = given->pairs[i].b;
	}
	ret = vprim_xstate_perm_kvm_set_xcrs(xcrs, i, U32("flags"), U64("supported"),
					     &xcr0, &c->why);
	return ret ? because(c, ret, "bit") : OUT("xcr0=x", xcr0);
}

static const struct vprim_vec_verb verbs[] = {
	{ "name", "component:u64", name },
	{ "xsetbv", "value:u64 index=u32!? supported=u64 osxsave=bit?1 cpl=0..3!?", xsetbv },
	{ "frame", "bytes=hex user_size=u32!", frame },
	{ "frame_fields", "xstate_size=u32! user_size=u32! magic1=u32!? extended_size=u32!? magic2=u32!? features=u32!?7 len=512..65536!?65536", frame_fields },
	{ "pkru", "by=" LOADERS " xstate_bv=u64 image=u32! current=u32!", pkru },
	{ "present", "leaf1_ecx=u32!? leaf1_edx=u32!? leaf7_ebx=u32!? leaf7_ecx=u32!? leaf7_edx=u32!? leaf7_1_edx=u32!?", present },
	{ "kvm_supported", "xcr0=u64 xss=u64? release=6.12:0x60c|6.18:0x612|apx:0?6.18 linux=linux? xsaves=bit?1 shstk=bit?1 ibt=bit?1 vendor=intel|amd?", kvm_supported },
	{ "kvm_filtered", "supported=u64 perm=u64", kvm_filtered },
	{ "guess", "xcr0=u64 size=u64?", guess },
	{ "kvm_guest", "cpuid_xcr0=u64 cpuid_xss=u64? xcr0=u64 xss=u64?", kvm_guest },
	{ "set_xcrs", "xcrs=pairs supported=u64 flags=u32!? now=u64?1", set_xcrs },
};

static const struct vprim_vec_kind kinds[] = {
	{ "xstate", "", sizeof(struct machine), NULL, NULL, VERBS(xstate_verbs) },
	{ "xperm", "table=word? fork=word? host=u64? guest_only=u64? dynamic=u64? present=u64? user=u64? supervisor=u64? known=u32!? frame=u32!? bit64=bit?1 mode=fixed:0|old:0x60c? linux=linux?", sizeof(struct process), new_xperm, NULL, VERBS(xperm_verbs) },
};

VEC_MODULE(vprim_vec_module_xstate, "xstate", VERBS(verbs), KINDS(kinds),
     .rules = &vprim_xstate_rules);
