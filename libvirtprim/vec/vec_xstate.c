// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * The vector verbs of xstate.h and xstate_perm.h: kinds xstate and xperm.
 *
 * An xstate collects sub-leaves and makes its table when one is needed; an xperm
 * copies the table, so that later leaves do not change a kernel that has booted.
 */
#include <virtprim/vec_room.h>
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

static const struct vprim_vec_kind kinds[3];
#define KIND_XSTATE (&kinds[0])
#define KIND_XPERM (&kinds[1])

static bool fits32(const struct vprim_vec_arg *a)
{
	return !a->present || a->u64 <= UINT32_MAX;
}

/* One of the words, by its place; -1 with a script error for another. */
static int choose(struct vprim_vec_call *c, const struct vprim_vec_arg *a,
		  const char *const *words, int otherwise, const char *expected)
{
	int i;

	if (!a->present)
		return otherwise;
	for (i = 0; words[i]; i++)
		if (vprim_vec_is(a->str, words[i]))
			return i;
	(void)vprim_vec_script_error(c, expected);
	return -1;
}

/* Say why; gives back the code. */
static int because(struct vprim_vec_call *c, int ret, const char *bit_key,
		   const struct vprim_xstate_reason *r)
{
	if (!ret || r->rule == VPRIM_XSTATE_OK)
		return ret;
	if (r->bit < VPRIM_XSTATE_NO_BIT)
		vprim_vec_out_dec(c, bit_key, r->bit);
	vprim_vec_out_word(c, "why", vprim_xstate_rule_name(r->rule));
	if (r->other < VPRIM_XSTATE_NO_BIT)
		vprim_vec_out_dec(c, "other", r->other);
	return ret;
}

static void out_components(struct vprim_vec_call *c, const char *key,
			   uint64_t mask)
{
	vprim_vec_list_begin(c, key);
	for (; mask; mask &= mask - 1)
		vprim_vec_list_dec(c, vprim_ctz64(mask));
	vprim_vec_list_end(c);
}

/* -- kind xstate ----------------------------------------------------------- */

static int make_table(struct machine *m, struct vprim_xstate_reason *r)
{
	int ret;

	if (m->ready)
		return 0;
	ret = vprim_xstate_table_init(&m->table, m->leaf, VPRIM_XSTATE_LEAVES, r);
	m->ready = !ret;
	return ret;
}

/* The object's table, made now when it is not; says why when it cannot be. */
static int need_table(struct vprim_vec_call *c, struct machine *m)
{
	struct vprim_xstate_reason r;
	int ret = make_table(m, &r);

	return because(c, ret, "leaf", &r);
}

static const char *const format_words[] = { "standard", "compacted", NULL };
#define FORMATS "format=standard or format=compacted"

static int new_xstate(struct vprim_vec_call *c)
{
	(void)c;
	return 0;
}

static int x_leaf(struct vprim_vec_call *c)
{
	const struct vprim_vec_arg *a = c->arg;
	struct machine *m = c->obj;
	unsigned int i;

	if (a[0].u64 >= VPRIM_XSTATE_LEAVES)
		return -EINVAL;
	for (i = 1; i < 5; i++)
		if (!fits32(&a[i]))
			return -EINVAL;
	m->leaf[a[0].u64].eax = (uint32_t)a[1].u64;
	m->leaf[a[0].u64].ebx = (uint32_t)a[2].u64;
	m->leaf[a[0].u64].ecx = (uint32_t)a[3].u64;
	m->leaf[a[0].u64].edx = (uint32_t)a[4].u64;
	m->ready = false;
	return 0;
}

static int x_ready(struct vprim_vec_call *c)
{
	struct machine *m = c->obj;
	const struct vprim_xstate_table *t = &m->table;
	int ret = need_table(c, m);
	uint64_t all;

	if (ret)
		return ret;
	all = t->xcr0 | t->xss;
	out_components(c, "components", all);
	vprim_vec_out_hex(c, "xcr0", t->xcr0);
	vprim_vec_out_hex(c, "xss", t->xss);
	vprim_vec_out_hex(c, "features", t->features);
	out_components(c, "unknown", all & ~vprim_xstate_table_known(t));
	return 0;
}

static int x_size(struct vprim_vec_call *c)
{
	static const char *const rules[] = { "strict", "kvm", NULL };
	struct machine *m = c->obj;
	struct vprim_xstate_reason r;
	int format = choose(c, &c->arg[1], format_words, 0, FORMATS);
	int rule = choose(c, &c->arg[2], rules, 0, "rule=strict or rule=kvm");
	uint64_t size = 0;
	int ret;

	if (format < 0 || rule < 0)
		return VPRIM_VEC_SCRIPT;
	ret = need_table(c, m);
	if (ret)
		return ret;
	if (rule)
		size = vprim_xstate_size_lax(&m->table, c->arg[0].u64,
					     (enum vprim_xstate_format)format);
	else
		ret = vprim_xstate_size(&m->table, c->arg[0].u64,
					(enum vprim_xstate_format)format, &size,
					&r);
	if (ret)
		return because(c, ret, "component", &r);
	vprim_vec_out_dec(c, "size", size);
	return 0;
}

static int x_offset(struct vprim_vec_call *c)
{
	struct machine *m = c->obj;
	struct vprim_xstate_reason r;
	int format = choose(c, &c->arg[2], format_words, 0, FORMATS);
	uint64_t offset;
	int ret;

	if (format < 0)
		return VPRIM_VEC_SCRIPT;
	if (format == VPRIM_XSTATE_COMPACTED && !c->arg[1].present)
		return vprim_vec_script_error(c, "mask= with format=compacted");
	ret = need_table(c, m);
	if (ret)
		return ret;
	if (c->arg[0].u64 >= VPRIM_XSTATE_COMPONENTS)
		return -EINVAL;
	ret = vprim_xstate_offset(&m->table, c->arg[1].u64,
				  (enum vprim_xstate_format)format,
				  (unsigned int)c->arg[0].u64, &offset, &r);
	if (ret)
		return because(c, ret, "component", &r);
	vprim_vec_out_dec(c, "offset", offset);
	return 0;
}

static void out_kind(struct vprim_vec_call *c, unsigned int n)
{
	static const char *const kind_words[] = {
		[VPRIM_XSTATE_UNASSIGNED] = "unassigned",
		[VPRIM_XSTATE_USER] = "user",
		[VPRIM_XSTATE_SUPERVISOR] = "supervisor",
	};

	vprim_vec_out_word(c, "name", vprim_xstate_component_name(n));
	vprim_vec_out_word(c, "kind",
			   kind_words[vprim_xstate_component_kind(n)]);
}

static int x_component(struct vprim_vec_call *c)
{
	struct machine *m = c->obj;
	const struct vprim_xstate_component *k;
	int ret = need_table(c, m);

	if (ret)
		return ret;
	if (c->arg[0].u64 >= VPRIM_XSTATE_COMPONENTS)
		return -EINVAL;
	k = &m->table.component[c->arg[0].u64];
	out_kind(c, (unsigned int)c->arg[0].u64);
	vprim_vec_out_dec(c, "size", k->size_bytes);
	vprim_vec_out_dec(c, "offset", k->offset);
	vprim_vec_out_dec(c, "align", !!(k->flags & VPRIM_XSTATE_FLAG_ALIGN));
	vprim_vec_out_dec(c, "xfd", !!(k->flags & VPRIM_XSTATE_FLAG_XFD));
	return 0;
}

static int x_ebx(struct vprim_vec_call *c)
{
	static const char *const rules[] = { "xcr0_xss", "xcr0", NULL };
	struct machine *m = c->obj;
	struct vprim_xstate_reason r;
	struct vprim_xstate_ebx ebx;
	int rule = choose(c, &c->arg[3], rules, 0, "rule=xcr0_xss or rule=xcr0");
	int ret;

	if (rule < 0)
		return VPRIM_VEC_SCRIPT;
	if (!fits32(&c->arg[2]))
		return -EINVAL;
	ret = need_table(c, m);
	if (ret)
		return ret;
	ret = vprim_xstate_cpuid_ebx(&m->table, c->arg[0].u64, c->arg[1].u64,
				     (uint32_t)vprim_vec_u64_or(&c->arg[2],
								m->table.features),
				     (enum vprim_xstate_ebx1)rule, &ebx, &r);
	if (ret)
		return because(c, ret, "component", &r);
	vprim_vec_out_dec(c, "ebx0", ebx.ebx0);
	vprim_vec_out_dec(c, "ebx1", ebx.ebx1);
	return 0;
}

/* supported= or what the table says. */
static int supported(struct vprim_vec_call *c, const struct vprim_vec_arg *a,
		     bool xss, uint64_t *mask)
{
	struct machine *m = c->obj;
	int ret = 0;

	if (a->present) {
		*mask = a->u64;
	} else {
		ret = need_table(c, m);
		*mask = xss ? m->table.xss : m->table.xcr0;
	}
	return ret;
}

static int x_check_xcr0(struct vprim_vec_call *c)
{
	static const char *const orders[] = { "arch", "kvm", NULL };
	struct vprim_xstate_reason r;
	int order = choose(c, &c->arg[2], orders, 0, "order=arch or order=kvm");
	uint64_t mask;
	int ret;

	if (order < 0)
		return VPRIM_VEC_SCRIPT;
	if (!fits32(&c->arg[1]))
		return -EINVAL;
	ret = supported(c, &c->arg[3], false, &mask);
	if (ret)
		return ret;
	ret = vprim_xstate_check_xcr0(mask, (uint32_t)c->arg[1].u64,
				      c->arg[0].u64,
				      (enum vprim_xstate_order)order, &r);
	return because(c, ret, "bit", &r);
}

static int x_check_xss(struct vprim_vec_call *c)
{
	struct vprim_xstate_reason r;
	uint64_t mask;
	int ret = supported(c, &c->arg[1], true, &mask);

	if (ret)
		return ret;
	ret = vprim_xstate_check_xss(mask, c->arg[0].u64, &r);
	return because(c, ret, "bit", &r);
}

/* reserved=hex:…: the reserved bytes from the first one on. */
static int load_reserved(struct vprim_vec_call *c, unsigned int i,
			 struct vprim_xstate_header *h)
{
	uint8_t *bytes;
	size_t len;
	int ret;

	memset(h->reserved, 0, sizeof(h->reserved));
	if (!c->arg[i].present)
		return 0;
	ret = vprim_vec_bytes(c, i, &bytes, &len);
	if (ret)
		return ret;
	if (len > sizeof(h->reserved))
		return vprim_vec_script_error(c, "at most 48 reserved bytes");
	memcpy(h->reserved, bytes, len);
	return 0;
}

/* Who loads when nobody says: the instruction that the header is made for. */
static enum vprim_xstate_loader natural(const struct vprim_xstate_header *h,
					const struct vprim_xstate_limits *l)
{
	if (h->xcomp_bv & VPRIM_XSTATE_XCOMP_COMPACTED && l->supervisor)
		return VPRIM_XSTATE_BY_XRSTORS;
	return VPRIM_XSTATE_BY_XRSTOR;
}

enum { H_BV, H_COMP, H_USER, H_SUPERVISOR, H_BY, H_RESERVED, H_MXCSR,
       H_MXCSR_MASK, H_XSAVEC, H_CPL, H_REQUESTED };

static int header_limits(struct vprim_vec_call *c,
			 struct vprim_xstate_limits *l)
{
	const struct vprim_vec_arg *a = c->arg;
	int ret = supported(c, &a[H_USER], false, &l->user);

	if (!ret)
		ret = supported(c, &a[H_SUPERVISOR], true, &l->supervisor);
	l->requested = vprim_vec_u64_or(&a[H_REQUESTED], UINT64_MAX);
	l->features = vprim_vec_u64_or(&a[H_XSAVEC], 1) ? VPRIM_XSTATE_HAS_XSAVEC : 0;
	l->mxcsr_mask = (uint32_t)a[H_MXCSR_MASK].u64;
	l->cpl = (unsigned int)a[H_CPL].u64;
	return ret;
}

static int x_check_header(struct vprim_vec_call *c)
{
	static const char *const loaders[] = { "xrstor", "xrstors", "uabi",
					       "kvm", "auto", NULL };
	const struct vprim_vec_arg *a = c->arg;
	struct vprim_xstate_header h;
	struct vprim_xstate_limits l;
	struct vprim_xstate_reason r;
	int ret, by = choose(c, &a[H_BY], loaders, 4,
			     "by=xrstor, xrstors, uabi, kvm or auto");

	if (by < 0)
		return VPRIM_VEC_SCRIPT;
	if (!fits32(&a[H_MXCSR]) || !fits32(&a[H_MXCSR_MASK]) || a[H_CPL].u64 > 3)
		return -EINVAL;
	h.xstate_bv = a[H_BV].u64;
	h.xcomp_bv = a[H_COMP].u64;
	h.mxcsr = (uint32_t)vprim_vec_u64_or(&a[H_MXCSR], VPRIM_XSTATE_MXCSR_INIT);
	ret = load_reserved(c, H_RESERVED, &h);
	if (!ret)
		ret = header_limits(c, &l);
	if (ret)
		return ret;
	ret = vprim_xstate_check_header(&h, by == 4 ? natural(&h, &l) :
					(enum vprim_xstate_loader)by, &l, &r);
	return because(c, ret, "bit", &r);
}

static struct machine *other_machine(struct vprim_vec_call *c,
				     const struct vprim_vec_arg *a)
{
	if (!a->present)
		return c->obj;
	return vprim_vec_object(c, a->str, KIND_XSTATE);
}

enum { C_BYTES, C_MASK, C_TO, C_TO_MASK, C_TABLE, C_ROOM, C_PKRU,
       C_MXCSR_MASK };

static int convert(struct vprim_vec_call *c, const struct vprim_xstate_source *src,
		   struct vprim_xstate_target *dst)
{
	const struct vprim_vec_arg *a = c->arg;
	struct vprim_xstate_convert_opts opts = {
		.mxcsr_mask = (uint32_t)a[C_MXCSR_MASK].u64,
		.keep_pkru = a[C_PKRU].present,
		.pkru = (uint32_t)a[C_PKRU].u64,
	};
	struct vprim_xstate_reason r;
	uint64_t size = 0;
	int ret;

	if (dst->len > VPRIM_VEC_LINE_MAX)
		return vprim_vec_script_error(c, "room= of at most 65536");
	dst->bytes = vprim_vec_scratch(c, dst->len);
	if (!dst->bytes)
		return vprim_vec_script_error(c, "more memory");
	ret = vprim_xstate_convert(src, dst, &opts, &size, &r);
	if (ret == -EMSGSIZE)
		vprim_vec_out_dec(c, "needed", size);
	if (ret)
		return because(c, ret, "component", &r);
	vprim_vec_out_dec(c, "size", size);
	vprim_vec_out_bytes(c, "bytes", dst->bytes, (size_t)size);
	return 0;
}

static int x_convert(struct vprim_vec_call *c)
{
	const struct vprim_vec_arg *a = c->arg;
	int to = choose(c, &a[C_TO], format_words, 0, FORMATS);
	struct machine *from = c->obj, *m = other_machine(c, &a[C_TABLE]);
	struct vprim_xstate_source src;
	struct vprim_xstate_target dst;
	uint8_t *bytes;
	int ret;

	if (to < 0)
		return VPRIM_VEC_SCRIPT;
	if (!m)
		return vprim_vec_script_error(c, "table= naming an xstate");
	if (!fits32(&a[C_PKRU]) || !fits32(&a[C_MXCSR_MASK]))
		return -EINVAL;
	ret = need_table(c, from);
	if (!ret)
		ret = need_table(c, m);
	if (!ret)
		ret = vprim_vec_bytes(c, C_BYTES, &bytes, &src.len);
	if (ret)
		return ret;
	src.table = &from->table;
	src.mask = vprim_vec_u64_or(&a[C_MASK], from->table.xcr0 | from->table.xss);
	src.bytes = bytes;
	dst.table = &m->table;
	dst.format = (enum vprim_xstate_format)to;
	dst.mask = vprim_vec_u64_or(&a[C_TO_MASK], m->table.xcr0 |
			  (to ? m->table.xss : 0));
	dst.len = (size_t)vprim_vec_u64_or(&a[C_ROOM], VPRIM_VEC_LINE_MAX / 2);
	return convert(c, &src, &dst);
}

enum { V_TO, V_XCR0, V_XSS, V_PERMITTED, V_ROOM };

static void out_verdict(struct vprim_vec_call *c,
			const struct vprim_xstate_verdict *v)
{
	vprim_vec_out_dec(c, "compatible", v->compatible);
	vprim_vec_out_dec(c, "features", v->features_fit);
	vprim_vec_out_dec(c, "size", v->size_fits);
	out_components(c, "blocked", v->blocked);
	out_components(c, "missing", v->missing);
	out_components(c, "not_permitted", v->not_permitted);
	out_components(c, "resized", v->resized);
	out_components(c, "moved", v->moved);
	out_components(c, "realigned", v->realigned);
	vprim_vec_out_dec(c, "needed", v->needed_bytes);
	vprim_vec_out_dec(c, "room", v->room_bytes);
}

static int x_migrate(struct vprim_vec_call *c)
{
	const struct vprim_vec_arg *a = c->arg;
	struct machine *m = c->obj, *there = other_machine(c, &a[V_TO]);
	struct vprim_xstate_origin from;
	struct vprim_xstate_destination to;
	struct vprim_xstate_verdict v;
	struct vprim_xstate_reason r;
	int ret;

	if (!there)
		return vprim_vec_script_error(c, "to= naming an xstate");
	ret = need_table(c, m);
	if (!ret)
		ret = need_table(c, there);
	if (ret)
		return ret;
	from.table = &m->table;
	from.xcr0 = vprim_vec_u64_or(&a[V_XCR0], m->table.xcr0);
	from.xss = vprim_vec_u64_or(&a[V_XSS], 0);
	to.table = &there->table;
	to.permitted = vprim_vec_u64_or(&a[V_PERMITTED], UINT64_MAX);
	to.room_bytes = a[V_ROOM].u64;
	ret = vprim_xstate_migrate(&from, &to, &v, &r);
	if (ret)
		return because(c, ret, "component", &r);
	out_verdict(c, &v);
	return 0;
}

/* "ebx1=no ebx1_says=10704 ebx1_below=10688 ebx1_above=10752" */
static void out_audit(struct vprim_vec_call *c, const char *const *keys,
		      const struct vprim_xstate_audit_size *a)
{
	static const char *const fits[] = { "no", "yes", "cut", "absent",
					    "unknown" };

	vprim_vec_out_word(c, keys[0], fits[a->fit]);
	if (a->fit != VPRIM_XSTATE_FIT_NO)
		return;
	vprim_vec_out_dec(c, keys[1], a->says);
	vprim_vec_out_dec(c, keys[2], a->below);
	vprim_vec_out_dec(c, keys[3], a->above);
}

static int x_audit(struct vprim_vec_call *c)
{
	static const char *const ecx0[] = { "ecx0", "ecx0_says", "ecx0_below",
					    "ecx0_above" };
	static const char *const ebx0[] = { "ebx0", "ebx0_says", "ebx0_below",
					    "ebx0_above" };
	static const char *const ebx1[] = { "ebx1", "ebx1_says", "ebx1_below",
					    "ebx1_above" };
	struct vprim_xstate_audit a;
	struct machine *m = c->obj;
	int ret = need_table(c, m);

	if (ret)
		return ret;
	vprim_xstate_table_audit(&m->table, &a);
	vprim_vec_out_dec(c, "clean", vprim_xstate_audit_is_clean(&a));
	out_components(c, "lacking", a.lacking);
	vprim_vec_out_dec(c, "standard", a.standard_bytes);
	vprim_vec_out_dec(c, "compacted", a.compacted_bytes);
	out_audit(c, ecx0, &a.ecx0);
	out_audit(c, ebx0, &a.ebx0);
	out_audit(c, ebx1, &a.ebx1);
	vprim_vec_out_dec(c, "xss_without_xsaves", a.xss_without_xsaves);
	return 0;
}

static int x_xsave2_size(struct vprim_vec_call *c)
{
	struct machine *m = c->obj;
	int ret = need_table(c, m);

	if (!ret)
		vprim_vec_out_dec(c, "size", vprim_xstate_perm_kvm_xsave2_size(
						&m->table, c->arg[0].u64));
	return ret;
}

static int x_kvm_cpuid(struct vprim_vec_call *c)
{
	const struct vprim_vec_arg *a = c->arg;
	struct machine *m = c->obj;
	struct vprim_xstate_perm_kvm_caps caps;
	struct vprim_xstate_leaf leaf;
	int ret;

	if (a[0].u64 >= VPRIM_XSTATE_LEAVES || !fits32(&a[3]))
		return -EINVAL;
	ret = need_table(c, m);
	if (ret)
		return ret;
	caps.xcr0 = vprim_vec_u64_or(&a[1], m->table.xcr0);
	caps.xss = vprim_vec_u64_or(&a[2], m->table.xss);
	caps.features = (uint32_t)vprim_vec_u64_or(&a[3], UINT32_MAX);
	ret = vprim_xstate_perm_kvm_cpuid(&m->table, &caps, (uint32_t)a[0].u64,
					  &leaf);
	if (ret)
		return ret;
	vprim_vec_out_hex(c, "eax", leaf.eax);
	vprim_vec_out_hex(c, "ebx", leaf.ebx);
	vprim_vec_out_hex(c, "ecx", leaf.ecx);
	vprim_vec_out_hex(c, "edx", leaf.edx);
	return 0;
}

static const struct vprim_vec_verb xstate_verbs[] = {
	{ "leaf", "subleaf:u64 eax:u64 ebx:u64 ecx:u64 edx:u64", x_leaf },
	{ "ready", "", x_ready },
	{ "size", "mask=u64 format=word rule=word?", x_size },
	{ "offset", "component=u64 mask=u64? format=word", x_offset },
	{ "component", "component:u64", x_component },
	{ "ebx", "xcr0=u64 xss=u64? features=u64? rule=word?", x_ebx },
	{ "check_xcr0", "value:u64 index=u64? order=word? supported=u64?",
	  x_check_xcr0 },
	{ "check_xss", "value:u64 supported=u64?", x_check_xss },
	{ "check_header",
	  "xstate_bv=u64 xcomp_bv=u64 user=u64? supervisor=u64? by=word? reserved=hex? mxcsr=u64? mxcsr_mask=u64? xsavec=bit? cpl=u64? requested=u64?",
	  x_check_header },
	{ "convert",
	  "bytes=hex mask=u64? to=word to_mask=u64? table=word? room=u64? pkru=u64? mxcsr_mask=u64?",
	  x_convert },
	{ "migrate", "to=word xcr0=u64? xss=u64? permitted=u64? room=u64?",
	  x_migrate },
	{ "audit", "", x_audit },
	{ "xsave2_size", "filtered:u64", x_xsave2_size },
	{ "kvm_cpuid", "subleaf:u64 xcr0=u64? xss=u64? features=u64?",
	  x_kvm_cpuid },
	{ NULL, NULL, NULL },
};

/* -- kind xperm ------------------------------------------------------------ */

enum { N_TABLE, N_FORK, N_HOST, N_GUEST_ONLY, N_DYNAMIC, N_PRESENT, N_USER,
       N_SUPERVISOR, N_KNOWN, N_FRAME, N_BIT64, N_MODE, N_LINUX };

/*
 * host= makes the pipeline end at exactly this mask: the kernel handles it, and
 * nothing else has its CPUID flag.
 */
static void steer(const struct vprim_vec_arg *a,
		  const struct vprim_xstate_table *t,
		  struct vprim_xstate_perm_setup *s)
{
	uint64_t host = a[N_HOST].u64;

	if (!a[N_HOST].present)
		return;
	if (!a[N_GUEST_ONLY].present)
		s->guest_supervisor &= ~host;
	s->present = host | s->guest_supervisor | s->dynamic;
	s->user_supported |= host & t->xcr0;
	s->supervisor_supported |= host & t->xss;
}

static void read_setup(const struct vprim_vec_arg *a,
		       const struct vprim_xstate_table *t,
		       struct vprim_xstate_perm_setup *s)
{
	vprim_xstate_perm_defaults(t, s);
	s->guest_supervisor = vprim_vec_u64_or(&a[N_GUEST_ONLY], s->guest_supervisor);
	s->dynamic = vprim_vec_u64_or(&a[N_DYNAMIC], s->dynamic);
	s->present = vprim_vec_u64_or(&a[N_PRESENT], s->present);
	s->user_supported = vprim_vec_u64_or(&a[N_USER], s->user_supported | s->dynamic);
	s->supervisor_supported = vprim_vec_u64_or(&a[N_SUPERVISOR],
						   s->supervisor_supported);
	s->known_components = (uint32_t)vprim_vec_u64_or(&a[N_KNOWN], s->known_components);
	s->max_frame_bytes = (uint32_t)a[N_FRAME].u64;
	s->not_64bit = !vprim_vec_u64_or(&a[N_BIT64], 1);
	steer(a, t, s);
}

/* The dynamic part of host= was granted before the script begins. */
static int grant_host(struct process *p, uint64_t host)
{
	uint64_t left = host & p->config.askable;
	int ret = 0;

	for (; left && !ret; left &= left - 1)
		ret = vprim_xstate_perm_request(&p->config, &p->perm,
						VPRIM_XSTATE_PERM_HOST,
						vprim_ctz64(left), 0);
	if (host && !ret &&
	    p->config.host_default != (host & ~p->config.askable))
		ret = -EINVAL;
	return ret ? -EINVAL : 0;
}

static int boot(struct vprim_vec_call *c, struct process *p)
{
	static const char *const modes[] = { "fixed", "old", NULL };
	const struct vprim_vec_arg *a = c->arg;
	int mode = choose(c, &a[N_MODE], modes, 0, "mode=fixed or mode=old");
	uint64_t release = mode > 0 ? VPRIM_LINUX(6, 12) : VPRIM_LINUX_NEWEST;
	struct vprim_xstate_perm_setup s;
	struct vprim_xstate_reason r;
	int ret;

	if (mode < 0)
		return VPRIM_VEC_SCRIPT;
	if (a[N_LINUX].present && !vprim_vec_linux(a[N_LINUX].str, &release))
		return vprim_vec_script_error(c, "linux=MAJOR.MINOR or newest");
	if (!fits32(&a[N_KNOWN]) || !fits32(&a[N_FRAME]))
		return -EINVAL;
	read_setup(a, &p->table, &s);
	s.release = (uint32_t)release;
	ret = vprim_xstate_perm_configure(&s, &p->config, &r);
	if (ret)
		return because(c, ret, "component", &r);
	ret = vprim_xstate_perm_exec(&p->config, &p->perm);
	if (!ret)
		ret = vprim_xstate_perm_task(&p->config, &p->task);
	if (!ret)
		ret = grant_host(p, a[N_HOST].u64);
	return ret;
}

/* A child of another process: everything is a copy. */
static int fork_process(struct vprim_vec_call *c, struct process *p)
{
	const struct process *parent = vprim_vec_object(c, c->arg[N_FORK].str,
							KIND_XPERM);

	if (!parent)
		return vprim_vec_script_error(c, "fork= naming an xperm");
	p->table = parent->table;
	p->config = parent->config;
	p->config.table = &p->table;
	p->task = parent->task;
	return vprim_xstate_perm_fork(&parent->perm, &p->perm);
}

static int new_xperm(struct vprim_vec_call *c)
{
	const struct vprim_vec_arg *a = c->arg;
	struct process *p = c->obj;
	struct machine *m;
	int ret;

	if (a[N_TABLE].present == a[N_FORK].present)
		return vprim_vec_script_error(c, "either table= or fork=");
	if (a[N_FORK].present)
		return fork_process(c, p);
	m = vprim_vec_object(c, a[N_TABLE].str, KIND_XSTATE);
	if (!m)
		return vprim_vec_script_error(c, "table= naming an xstate");
	ret = need_table(c, m);
	if (ret)
		return ret;
	p->table = m->table;
	return boot(c, p);
}

static enum vprim_xstate_perm_who who(const struct vprim_vec_arg *a)
{
	return a->u64 ? VPRIM_XSTATE_PERM_GUEST : VPRIM_XSTATE_PERM_HOST;
}

static int p_request(struct vprim_vec_call *c)
{
	struct process *p = c->obj;

	return vprim_xstate_perm_request(&p->config, &p->perm, who(&c->arg[1]),
					 c->arg[0].u64, c->arg[2].u64);
}

static int p_lock(struct vprim_vec_call *c)
{
	struct process *p = c->obj;

	return vprim_xstate_perm_vcpu(&p->config, &p->perm, NULL);
}

static int p_get(struct vprim_vec_call *c)
{
	struct process *p = c->obj;
	uint64_t mask;
	int ret = vprim_xstate_perm_get(&p->config, &p->perm, who(&c->arg[0]),
					&mask);

	if (!ret)
		vprim_vec_out_hex(c, "perm", mask);
	return ret;
}

static const struct vprim_xstate_perm_group *group(struct vprim_vec_call *c)
{
	struct process *p = c->obj;

	return c->arg[0].u64 ? &p->perm.guest : &p->perm.host;
}

static int p_sizes(struct vprim_vec_call *c)
{
	vprim_vec_out_dec(c, "kernel", group(c)->kernel_bytes);
	vprim_vec_out_dec(c, "user", group(c)->user_bytes);
	return 0;
}

static int p_mask(struct vprim_vec_call *c)
{
	uint64_t mask = group(c)->mask;

	vprim_vec_out_hex(c, "mask", mask & ~VPRIM_XSTATE_PERM_LOCKED);
	vprim_vec_out_dec(c, "locked", !!(mask & VPRIM_XSTATE_PERM_LOCKED));
	return 0;
}

static int p_exec(struct vprim_vec_call *c)
{
	struct process *p = c->obj;

	p->has_vcpu = false;
	if (vprim_xstate_perm_task(&p->config, &p->task))
		return -EINVAL;
	return vprim_xstate_perm_exec(&p->config, &p->perm);
}

static int p_check(struct vprim_vec_call *c)
{
	struct process *p = c->obj;

	return vprim_xstate_perm_check(&p->config, &p->perm);
}

static int p_prctl(struct vprim_vec_call *c)
{
	const struct vprim_vec_arg *a = c->arg;
	struct process *p = c->obj;
	bool gives = a[0].u64 == VPRIM_XSTATE_PERM_GET_SUPP ||
		     a[0].u64 == VPRIM_XSTATE_PERM_GET_PERM ||
		     a[0].u64 == VPRIM_XSTATE_PERM_GET_GUEST_PERM;
	uint64_t value = 0;
	int ret = vprim_xstate_perm_prctl(&p->config, &p->perm, a[0].u64,
					  a[1].u64, a[2].u64,
					  vprim_vec_u64_or(&a[3], 1) ? &value : NULL);

	if (!ret && gives)
		vprim_vec_out_hex(c, "value", value);
	return ret;
}

static int p_sigaltstack(struct vprim_vec_call *c)
{
	struct process *p = c->obj;

	return vprim_xstate_perm_sigaltstack(&p->config, &p->perm,
					     c->arg[0].u64);
}

static int p_config(struct vprim_vec_call *c)
{
	struct process *p = c->obj;
	const struct vprim_xstate_perm_config *k = &p->config;

	vprim_vec_out_hex(c, "kernel_max", k->kernel_max);
	vprim_vec_out_hex(c, "user_max", k->user_max);
	vprim_vec_out_hex(c, "host", k->host_default);
	vprim_vec_out_hex(c, "guest", k->guest_default);
	vprim_vec_out_hex(c, "user", k->user_default);
	vprim_vec_out_hex(c, "dynamic", k->dynamic);
	vprim_vec_out_word(c, "format", format_words[k->format]);
	vprim_vec_out_word(c, "mode",
		vprim_linux_has(k->release, VPRIM_CHANGE_XSTATE_PERM_KEPT) ?
			"fixed" : "old");
	return 0;
}

static void out_buffer(struct vprim_vec_call *c,
		       const struct vprim_xstate_perm_buffer *b)
{
	vprim_vec_out_hex(c, "features", b->features);
	vprim_vec_out_hex(c, "user_features", b->user_features);
	vprim_vec_out_hex(c, "xfd", b->xfd);
	vprim_vec_out_dec(c, "size", b->size_bytes);
	vprim_vec_out_dec(c, "user_size", b->user_bytes);
	vprim_vec_out_dec(c, "uabi_size", b->uabi_bytes);
	vprim_vec_out_dec(c, "valloc", b->is_valloc);
	vprim_vec_out_dec(c, "guest", b->is_guest);
}

static int p_task(struct vprim_vec_call *c)
{
	struct process *p = c->obj;

	out_buffer(c, &p->task);
	return 0;
}

static int p_vcpu(struct vprim_vec_call *c)
{
	struct process *p = c->obj;
	int ret = vprim_xstate_perm_vcpu(&p->config, &p->perm, &p->vcpu);

	p->has_vcpu = true;
	out_buffer(c, &p->vcpu);
	return ret;
}

static int need_vcpu(struct vprim_vec_call *c)
{
	struct process *p = c->obj;

	if (p->has_vcpu)
		return 0;
	return vprim_vec_script_error(c, "a vcpu before this verb");
}

static int p_enable(struct vprim_vec_call *c)
{
	static const char *const outcomes[] = { "restart", "SIGILL", "SIGSEGV" };
	const struct vprim_vec_arg *a = c->arg;
	struct process *p = c->obj;
	struct vprim_xstate_perm_buffer *b = a[1].u64 ? &p->vcpu : &p->task;
	int ret;

	if (a[1].u64 && need_vcpu(c))
		return VPRIM_VEC_SCRIPT;
	ret = vprim_xstate_perm_enable(&p->config, &p->perm, b, a[0].u64,
				       vprim_vec_u64_or(&a[2], 1));
	if (!b->is_guest)
		vprim_vec_out_word(c, "outcome",
				   outcomes[vprim_xstate_perm_outcome(ret)]);
	if (!ret)
		out_buffer(c, b);
	return ret;
}

static const char *const secrecy_words[] = { "open", "hidden", "protected",
					     NULL };
#define SECRECIES "secrecy=open, secrecy=hidden or secrecy=protected"

static int p_get_xsave(struct vprim_vec_call *c)
{
	struct process *p = c->obj;
	int secrecy = choose(c, &c->arg[1], secrecy_words, 0, SECRECIES);
	uint32_t bytes;
	int ret;

	if (secrecy < 0 || need_vcpu(c))
		return VPRIM_VEC_SCRIPT;
	ret = vprim_xstate_perm_kvm_get_xsave(&p->vcpu, c->arg[0].u64,
		(enum vprim_xstate_perm_secrecy)secrecy, &bytes);
	if (!ret)
		vprim_vec_out_dec(c, "bytes", bytes);
	return ret;
}

enum { S_BV, S_COMP, S_SUPPORTED, S_RESERVED, S_MXCSR, S_SECRECY };

static int p_set_xsave(struct vprim_vec_call *c)
{
	const struct vprim_vec_arg *a = c->arg;
	struct process *p = c->obj;
	int secrecy = choose(c, &a[S_SECRECY], secrecy_words, 0, SECRECIES);
	struct vprim_xstate_header h;
	struct vprim_xstate_reason r;
	uint64_t taken;
	int ret;

	if (secrecy < 0 || need_vcpu(c))
		return VPRIM_VEC_SCRIPT;
	if (!fits32(&a[S_MXCSR]))
		return -EINVAL;
	h.xstate_bv = a[S_BV].u64;
	h.xcomp_bv = a[S_COMP].u64;
	h.mxcsr = (uint32_t)vprim_vec_u64_or(&a[S_MXCSR], VPRIM_XSTATE_MXCSR_INIT);
	ret = load_reserved(c, S_RESERVED, &h);
	if (ret)
		return ret;
	ret = vprim_xstate_perm_kvm_set_xsave(&h, &p->vcpu,
		vprim_vec_u64_or(&a[S_SUPPORTED], p->config.user_max), 0,
		(enum vprim_xstate_perm_secrecy)secrecy, &taken, &r);
	if (!ret)
		vprim_vec_out_hex(c, "xstate_bv", taken);
	return because(c, ret, "bit", &r);
}

/* XFD as the guest's MSR write leaves it. */
static int p_set_xfd(struct vprim_vec_call *c)
{
	struct process *p = c->obj;

	if (need_vcpu(c))
		return VPRIM_VEC_SCRIPT;
	p->vcpu.xfd = c->arg[0].u64;
	return 0;
}

/* KVM_SET_CPUID2: the dynamic bits of the guest's 0xD.0 get enabled. */
static int p_set_cpuid(struct vprim_vec_call *c)
{
	struct process *p = c->obj;

	if (need_vcpu(c))
		return VPRIM_VEC_SCRIPT;
	return vprim_xstate_perm_enable(&p->config, &p->perm, &p->vcpu,
					c->arg[0].u64, vprim_vec_u64_or(&c->arg[1], 1));
}

static int p_filtered(struct vprim_vec_call *c)
{
	struct process *p = c->obj;
	uint64_t all = vprim_vec_u64_or(&c->arg[0], p->config.user_max);
	uint64_t mask = vprim_xstate_perm_kvm_filtered(all, p->perm.guest.mask);

	vprim_vec_out_hex(c, "xcr0", mask);
	vprim_vec_out_dec(c, "size",
			  vprim_xstate_perm_kvm_xsave2_size(&p->table, mask));
	return 0;
}

static const struct vprim_vec_verb xperm_verbs[] = {
	{ "request", "component=u64 guest=bit? altstack=u64?", p_request },
	{ "lock", "", p_lock },
	{ "get", "guest=bit?", p_get },
	{ "sizes", "guest=bit?", p_sizes },
	{ "mask", "guest=bit?", p_mask },
	{ "exec", "", p_exec },
	{ "check", "", p_check },
	{ "prctl", "op:u64 number=u64? altstack=u64? pointer=bit?", p_prctl },
	{ "sigaltstack", "bytes:u64", p_sigaltstack },
	{ "config", "", p_config },
	{ "task", "", p_task },
	{ "vcpu", "", p_vcpu },
	{ "enable", "wanted:u64 guest=bit? memory=bit?", p_enable },
	{ "set_cpuid", "xcr0:u64 memory=bit?", p_set_cpuid },
	{ "set_xfd", "xfd:u64", p_set_xfd },
	{ "get_xsave", "fixed=bit? secrecy=word?", p_get_xsave },
	{ "set_xsave",
	  "xstate_bv=u64 xcomp_bv=u64? supported=u64? reserved=hex? mxcsr=u64? secrecy=word?",
	  p_set_xsave },
	{ "filtered", "supported=u64?", p_filtered },
	{ NULL, NULL, NULL },
};

/* -- pure verbs ------------------------------------------------------------ */

static int name(struct vprim_vec_call *c)
{
	unsigned int n = c->arg[0].u64 < VPRIM_XSTATE_LEAVES ?
				 (unsigned int)c->arg[0].u64 :
				 VPRIM_XSTATE_LEAVES;

	out_kind(c, n);
	return 0;
}

static int xsetbv(struct vprim_vec_call *c)
{
	static const char *const faults[] = { "none", "ud", "gp" };
	const struct vprim_vec_arg *a = c->arg;
	struct vprim_xstate_reason r;
	enum vprim_xstate_fault fault;

	if (!fits32(&a[1]) || a[4].u64 > 3)
		return -EINVAL;
	fault = vprim_xstate_xsetbv(vprim_vec_u64_or(&a[3], 1), (unsigned int)a[4].u64,
				    a[2].u64, (uint32_t)a[1].u64, a[0].u64, &r);
	vprim_vec_out_word(c, "fault", faults[fault]);
	(void)because(c, -EINVAL, "bit", &r);
	return 0;
}

static int frame(struct vprim_vec_call *c)
{
	struct vprim_xstate_frame f;
	struct vprim_xstate_reason r;
	uint8_t *bytes;
	size_t len;
	int ret;

	if (!fits32(&c->arg[1]))
		return -EINVAL;
	ret = vprim_vec_bytes(c, 0, &bytes, &len);
	if (ret)
		return ret;
	ret = vprim_xstate_frame_read(bytes, len, (uint32_t)c->arg[1].u64, &f, &r);
	if (ret)
		return ret;
	vprim_vec_out_dec(c, "fx_only", f.fx_only);
	vprim_vec_out_hex(c, "features", f.features);
	vprim_vec_out_dec(c, "size", f.size_bytes);
	vprim_vec_out_dec(c, "extended", f.extended_bytes);
	(void)because(c, -EINVAL, "bit", &r);
	return 0;
}

/* A frame by its fields: what frame answers for bytes made of them. */
static int frame_fields(struct vprim_vec_call *c)
{
	const struct vprim_vec_arg *a = c->arg;
	struct vprim_xstate_frame f;
	struct vprim_xstate_reason r;
	size_t len = (size_t)vprim_vec_u64_or(&a[6], VPRIM_VEC_LINE_MAX);
	uint8_t *b;
	unsigned int i;
	int ret;

	for (i = 0; i < 7; i++)
		if (!fits32(&a[i]))
			return -EINVAL;
	if (len > VPRIM_VEC_LINE_MAX || len < VPRIM_XSTATE_LEGACY_BYTES)
		return -EINVAL;
	b = vprim_vec_scratch(c, len);
	if (!b)
		return vprim_vec_script_error(c, "more memory");
	vprim_store_le32(b + VPRIM_XSTATE_SW_OFFSET,
			 (uint32_t)vprim_vec_u64_or(&a[2], VPRIM_XSTATE_MAGIC1));
	vprim_store_le32(b + VPRIM_XSTATE_SW_OFFSET + 4,
			 (uint32_t)vprim_vec_u64_or(&a[3], a[0].u64 + 4));
	vprim_store_le64(b + VPRIM_XSTATE_SW_OFFSET + 8, vprim_vec_u64_or(&a[5], 7));
	vprim_store_le32(b + VPRIM_XSTATE_SW_OFFSET + 16, (uint32_t)a[0].u64);
	if (a[0].u64 >= VPRIM_XSTATE_LEGACY_BYTES && a[0].u64 <= len - 4)
		vprim_store_le32(b + (size_t)a[0].u64,
				 (uint32_t)vprim_vec_u64_or(&a[4], VPRIM_XSTATE_MAGIC2));
	ret = vprim_xstate_frame_read(b, len, (uint32_t)a[1].u64, &f, &r);
	if (ret)
		return ret;
	vprim_vec_out_dec(c, "fx_only", f.fx_only);
	vprim_vec_out_hex(c, "features", f.features);
	vprim_vec_out_dec(c, "size", f.size_bytes);
	(void)because(c, -EINVAL, "bit", &r);
	return 0;
}

static int pkru(struct vprim_vec_call *c)
{
	static const char *const loaders[] = { "xrstor", "xrstors", "uabi",
					       "kvm", NULL };
	const struct vprim_vec_arg *a = c->arg;
	int by = choose(c, &a[0], loaders, 0,
			"by=xrstor, xrstors, uabi or kvm");

	if (by < 0)
		return VPRIM_VEC_SCRIPT;
	if (!fits32(&a[2]) || !fits32(&a[3]))
		return -EINVAL;
	vprim_vec_out_hex(c, "pkru",
			  vprim_xstate_pkru_after((enum vprim_xstate_loader)by,
						  a[1].u64, (uint32_t)a[2].u64,
						  (uint32_t)a[3].u64));
	return 0;
}

static int present(struct vprim_vec_call *c)
{
	const struct vprim_vec_arg *a = c->arg;
	struct vprim_xstate_perm_cpuid regs = {
		(uint32_t)a[0].u64, (uint32_t)a[1].u64, (uint32_t)a[2].u64,
		(uint32_t)a[3].u64, (uint32_t)a[4].u64, (uint32_t)a[5].u64,
	};
	unsigned int i;

	for (i = 0; i < 6; i++)
		if (!fits32(&a[i]))
			return -EINVAL;
	vprim_vec_out_hex(c, "mask", vprim_xstate_perm_present(&regs) &
				     (VPRIM_XSTATE_BIT(20) - 1));
	return 0;
}

static int kvm_supported(struct vprim_vec_call *c)
{
	static const char *const releases[] = { "6.12", "6.18", "apx", NULL };
	static const uint32_t values[] = { VPRIM_LINUX(6, 12), VPRIM_LINUX(6, 18),
					   VPRIM_LINUX_NEWEST };
	static const char *const vendors[] = { "intel", "amd", NULL };
	const struct vprim_vec_arg *a = c->arg;
	struct vprim_xstate_perm_kvm_host host = {
		a[0].u64, a[1].u64, vprim_vec_u64_or(&a[4], 1),
		vprim_vec_u64_or(&a[5], 1), vprim_vec_u64_or(&a[6], 1), false, 0,
	};
	struct vprim_xstate_perm_kvm kvm;
	int release = choose(c, &a[2], releases, 1,
			     "release=6.12, release=6.18 or release=apx");
	int vendor = choose(c, &a[7], vendors, 0, "vendor=intel or vendor=amd");
	uint64_t linux_release;

	if (release < 0 || vendor < 0)
		return VPRIM_VEC_SCRIPT;
	linux_release = values[release];
	if (a[3].present && !vprim_vec_linux(a[3].str, &linux_release))
		return vprim_vec_script_error(c, "linux=MAJOR.MINOR or newest");
	host.amd = vendor;
	host.release = (uint32_t)linux_release;
	kvm = vprim_xstate_perm_kvm_supported(&host);
	vprim_vec_out_hex(c, "xcr0", kvm.xcr0);
	vprim_vec_out_hex(c, "xss", kvm.xss);
	return 0;
}

static int kvm_filtered(struct vprim_vec_call *c)
{
	vprim_vec_out_hex(c, "xcr0",
			  vprim_xstate_perm_kvm_filtered(c->arg[0].u64,
							 c->arg[1].u64));
	return 0;
}

static int kvm_guest(struct vprim_vec_call *c)
{
	const struct vprim_vec_arg *a = c->arg;
	struct vprim_xstate_perm_kvm kvm = { a[2].u64, a[3].u64 };

	kvm = vprim_xstate_perm_kvm_guest(a[0].u64, a[1].u64, kvm);
	vprim_vec_out_hex(c, "xcr0", kvm.xcr0);
	vprim_vec_out_hex(c, "xss", kvm.xss);
	vprim_vec_out_hex(c, "reported",
			  vprim_xstate_perm_kvm_reported(kvm.xcr0));
	return 0;
}

static int guess(struct vprim_vec_call *c)
{
	uint64_t xcr0 = c->arg[0].u64, left, offset;
	uint32_t fitting = vprim_xstate_layouts_of(xcr0, c->arg[1].u64), i;
	struct vprim_xstate_table *t = vprim_vec_scratch(c, sizeof(*t));
	int ret;

	if (!t)
		return vprim_vec_script_error(c, "more memory");
	vprim_vec_list_begin(c, "layouts");
	for (i = 0; i < VPRIM_XSTATE_LAYOUTS; i++)
		if (fitting >> i & 1)
			vprim_vec_list_word(c, vprim_xstate_layout_name(
						(enum vprim_xstate_layout)i));
	vprim_vec_list_end(c);
	ret = vprim_xstate_guess(xcr0, c->arg[1].u64, t);
	if (ret)
		return ret;
	vprim_vec_out_dec(c, "size", vprim_xstate_size_lax(t, t->xcr0,
						VPRIM_XSTATE_STANDARD));
	vprim_vec_list_begin(c, "places");
	for (left = vprim_xstate_table_known(t) & ~(uint64_t)3; left;
	     left &= left - 1) {
		i = vprim_ctz64(left);
		offset = t->component[i].offset;
		vprim_vec_list_dec_hex(c, i, "@", offset);
	}
	vprim_vec_list_end(c);
	return 0;
}

#define XCRS_ROOM 20u

/* "0:0x7,1:0x1", or none. */
static int read_xcrs(struct vprim_vec_call *c, struct vprim_vec_str rest,
		     struct vprim_xstate_perm_xcr *xcrs, uint32_t *count)
{
	struct vprim_vec_str item, index;
	uint64_t n, value;

	*count = 0;
	if (vprim_vec_is(rest, "none"))
		return 0;
	while (vprim_vec_next(&rest, ',', &item)) {
		if (*count == XCRS_ROOM || !vprim_vec_next(&item, ':', &index) ||
		    !vprim_vec_u64(index, &n) || n > UINT32_MAX ||
		    !vprim_vec_u64(item, &value))
			return vprim_vec_script_error(c,
				"xcrs=INDEX:VALUE,… of at most 20");
		xcrs[*count].index = (uint32_t)n;
		xcrs[(*count)++].value = value;
	}
	return 0;
}

static int set_xcrs(struct vprim_vec_call *c)
{
	const struct vprim_vec_arg *a = c->arg;
	struct vprim_xstate_perm_xcr *xcrs;
	struct vprim_xstate_reason r;
	uint64_t xcr0 = vprim_vec_u64_or(&a[3], 1);
	uint32_t count;
	int ret;

	xcrs = vprim_vec_scratch(c, XCRS_ROOM * sizeof(*xcrs));
	if (!xcrs)
		return vprim_vec_script_error(c, "more memory");
	ret = read_xcrs(c, a[0].str, xcrs, &count);
	if (ret)
		return ret;
	if (!fits32(&a[2]))
		return -EINVAL;
	ret = vprim_xstate_perm_kvm_set_xcrs(xcrs, count, (uint32_t)a[2].u64,
					     a[1].u64, &xcr0, &r);
	if (ret)
		return because(c, ret, "bit", &r);
	vprim_vec_out_hex(c, "xcr0", xcr0);
	return 0;
}

static const struct vprim_vec_verb verbs[] = {
	{ "name", "component:u64", name },
	{ "xsetbv", "value:u64 index=u64? supported=u64 osxsave=bit? cpl=u64?",
	  xsetbv },
	{ "frame", "bytes=hex user_size=u64", frame },
	{ "frame_fields",
	  "xstate_size=u64 user_size=u64 magic1=u64? extended_size=u64? magic2=u64? features=u64? len=u64?",
	  frame_fields },
	{ "pkru", "by=word xstate_bv=u64 image=u64 current=u64", pkru },
	{ "present",
	  "leaf1_ecx=u64? leaf1_edx=u64? leaf7_ebx=u64? leaf7_ecx=u64? leaf7_edx=u64? leaf7_1_edx=u64?",
	  present },
	{ "kvm_supported",
	  "xcr0=u64 xss=u64? release=word? linux=word? xsaves=bit? shstk=bit? ibt=bit? vendor=word?",
	  kvm_supported },
	{ "kvm_filtered", "supported=u64 perm=u64", kvm_filtered },
	{ "kvm_guest", "cpuid_xcr0=u64 cpuid_xss=u64? xcr0=u64 xss=u64?",
	  kvm_guest },
	{ "guess", "xcr0=u64 size=u64?", guess },
	{ "set_xcrs", "xcrs=word supported=u64 flags=u64? now=u64?", set_xcrs },
	{ NULL, NULL, NULL },
};

static const struct vprim_vec_kind kinds[3] = {
	{ "xstate", "", sizeof(struct machine), new_xstate, NULL, xstate_verbs },
	{ "xperm",
	  "table=word? fork=word? host=u64? guest_only=u64? dynamic=u64? present=u64? user=u64? supervisor=u64? known=u64? frame=u64? bit64=bit? mode=word? linux=word?",
	  sizeof(struct process), new_xperm, NULL, xperm_verbs },
	{ NULL, NULL, 0, NULL, NULL, NULL },
};

const struct vprim_vec_room vprim_vec_room_xstate = {
	.name = "xstate", .verbs = verbs, .kinds = kinds,
};
