// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * The vector verbs of pat.h.
 *
 * A memory type is written as its name or as a number, so that a script can ask
 * about numbers that are no type.
 */
#include <virtprim/pat.h>
#include <virtprim/vec_room.h>

static bool read_type(struct vprim_vec_str s, enum vprim_pat_type *type)
{
	uint64_t v;

	if (!vprim_pat_type_from_name(s.p, s.len, type))
		return true;
	if (!vprim_vec_u64(s, &v) || v > 255)
		return false;
	*type = (enum vprim_pat_type)v;
	return true;
}

/* @n types from the first argument on. */
static int read_types(struct vprim_vec_call *c, unsigned int n,
		      enum vprim_pat_type *types)
{
	unsigned int i;

	for (i = 0; i < n; i++)
		if (!read_type(c->arg[i].str, &types[i]))
			return vprim_vec_script_error(c,
				"a memory type: UC, WC, WT, WP, WB, UC- or 0 to 255");
	return 0;
}

static void put_type(struct vprim_vec_call *c, const char *key,
		     enum vprim_pat_type type)
{
	vprim_vec_out_word(c, key, vprim_pat_type_name(type));
}

static int check(struct vprim_vec_call *c)
{
	unsigned int entry;
	int ret = vprim_pat_check(c->arg[0].u64, &entry);

	if (ret)
		vprim_vec_out_dec(c, "entry", entry);
	return ret;
}

static int bad_bits(struct vprim_vec_call *c)
{
	vprim_vec_out_hex(c, "bits", vprim_pat_bad_bits(c->arg[0].u64));
	return 0;
}

static int fault(struct vprim_vec_call *c)
{
	static const char *const words[] = {
		[VPRIM_PAT_FAULT_NONE] = "none",
		[VPRIM_PAT_FAULT_TYPE] = "type",
		[VPRIM_PAT_FAULT_BITS] = "bits",
	};

	if (c->arg[1].u64 >= VPRIM_PAT_ENTRIES)
		return vprim_vec_script_error(c, "index=0 to 7");
	vprim_vec_out_word(c, "fault",
		words[vprim_pat_fault_at(c->arg[0].u64,
					 (unsigned int)c->arg[1].u64)]);
	return 0;
}

static int decode(struct vprim_vec_call *c)
{
	enum vprim_pat_type types[VPRIM_PAT_ENTRIES];
	unsigned int i;
	int ret = vprim_pat_decode(c->arg[0].u64, types);

	if (ret)
		return check(c);
	vprim_vec_list_begin(c, "types");
	for (i = 0; i < VPRIM_PAT_ENTRIES; i++)
		vprim_vec_list_word(c, vprim_pat_type_name(types[i]));
	vprim_vec_list_end(c);
	return 0;
}

static int encode(struct vprim_vec_call *c)
{
	enum vprim_pat_type types[VPRIM_PAT_ENTRIES];
	struct vprim_vec_str rest = c->arg[0].str, item;
	unsigned int n = 0;
	uint64_t pat;
	int ret;

	while (vprim_vec_next(&rest, ',', &item)) {
		if (n == VPRIM_PAT_ENTRIES || !read_type(item, &types[n]))
			break;
		n++;
	}
	if (rest.p || n != VPRIM_PAT_ENTRIES)
		return vprim_vec_script_error(c,
			"eight memory types joined by commas");
	ret = vprim_pat_encode(types, &pat);
	if (!ret)
		vprim_vec_out_hex(c, "pat", pat);
	return ret;
}

static int entry(struct vprim_vec_call *c)
{
	enum vprim_pat_type type;
	int ret;

	if (c->arg[1].u64 > 255)
		return -EINVAL;
	ret = vprim_pat_entry(c->arg[0].u64, (unsigned int)c->arg[1].u64, &type);
	if (!ret)
		put_type(c, "type", type);
	return ret;
}

static int known(struct vprim_vec_call *c)
{
	const struct vprim_pat_known *k = vprim_pat_known(c->arg[0].u64);

	if (!k)
		return -ENOENT;
	vprim_vec_out_word(c, "who", k->word);
	if (k->releases)
		vprim_vec_out_word(c, "releases", k->releases);
	return 0;
}

/* The index, and the type it selects in the PAT given or in the reset value. */
static int put_index(struct vprim_vec_call *c, unsigned int index,
		     const struct vprim_vec_arg *pat)
{
	uint64_t value = vprim_vec_u64_or(pat, VPRIM_PAT_RESET);
	enum vprim_pat_type type;
	int ret = vprim_pat_entry(value, index, &type);

	vprim_vec_out_dec(c, "index", index);
	if (!ret)
		put_type(c, "type", type);
	return ret;
}

static int index_of(struct vprim_vec_call *c)
{
	unsigned int i;

	if (c->arg[1].u64 > 255 ||
	    vprim_pat_index(c->arg[0].u64, (unsigned int)c->arg[1].u64, &i))
		return -EINVAL;
	return put_index(c, i, &c->arg[2]);
}

static int index_cr3(struct vprim_vec_call *c)
{
	return put_index(c, vprim_pat_index_cr3(c->arg[0].u64, c->arg[1].u64),
			 &c->arg[2]);
}

static int address(struct vprim_vec_call *c)
{
	uint64_t addr;

	if (c->arg[1].u64 > 255 ||
	    vprim_pat_address(c->arg[0].u64, (unsigned int)c->arg[1].u64, &addr))
		return -EINVAL;
	vprim_vec_out_hex(c, "address", addr);
	return 0;
}

static int effective_mtrr(struct vprim_vec_call *c)
{
	struct vprim_pat_origin origin;
	enum vprim_pat_type t[2], type;
	int ret = read_types(c, 2, t);

	if (ret)
		return ret;
	ret = vprim_pat_effective_mtrr(t[0], t[1], &type, &origin);
	if (ret)
		return ret;
	put_type(c, "type", type);
	vprim_vec_out_word(c, "uc_by", origin.uc_by_mtrr ? "mtrr" :
			   origin.uc_by_page ? "page" : "none");
	vprim_vec_out_dec(c, "once_undefined", origin.once_undefined);
	return 0;
}

static int effective_ept(struct vprim_vec_call *c)
{
	enum vprim_pat_type t[2], type;
	int ret = read_types(c, 2, t);

	if (!ret)
		ret = vprim_pat_effective_ept(t[0], t[1], c->arg[2].u64, &type);
	if (!ret)
		put_type(c, "type", type);
	return ret;
}

static int effective_amd(struct vprim_vec_call *c)
{
	enum vprim_pat_type t[2], type;
	int ret = read_types(c, 2, t);

	if (!ret)
		ret = vprim_pat_effective_amd(t[0], t[1], &type);
	if (!ret)
		put_type(c, "type", type);
	return ret;
}

static int effective_npt(struct vprim_vec_call *c)
{
	enum vprim_pat_type t[3], combined, type;
	int ret = read_types(c, 3, t);

	if (!ret)
		ret = vprim_pat_effective_npt(t[0], t[1], t[2], &combined, &type);
	if (ret)
		return ret;
	put_type(c, "combined", combined);
	put_type(c, "type", type);
	return 0;
}

static void put_ept(struct vprim_vec_call *c, const struct vprim_pat_ept *ept)
{
	put_type(c, "type", ept->type);
	vprim_vec_out_dec(c, "ipat", ept->ignore_pat);
	vprim_vec_out_hex(c, "bits", vprim_pat_ept_encode(ept));
}

static int ept(struct vprim_vec_call *c)
{
	struct vprim_pat_ept e;
	int ret = vprim_pat_ept_decode(c->arg[0].u64, &e);

	if (!ret)
		put_ept(c, &e);
	return ret;
}

static int ept_kvm(struct vprim_vec_call *c)
{
	struct vprim_pat_ept e = vprim_pat_ept_kvm(c->arg[0].u64, c->arg[1].u64,
						   c->arg[2].u64);

	put_ept(c, &e);
	return 0;
}

static const struct vprim_vec_verb verbs[] = {
	{ "check", "pat:u64", check },
	{ "bad_bits", "pat:u64", bad_bits },
	{ "fault", "pat:u64 index=u64", fault },
	{ "decode", "pat:u64", decode },
	{ "encode", "types:word", encode },
	{ "entry", "pat:u64 index=u64", entry },
	{ "known", "pat:u64", known },
	{ "index", "entry:u64 level=u64 pat=u64?", index_of },
	{ "index_cr3", "cr3:u64 pcide=bit pat=u64?", index_cr3 },
	{ "address", "entry:u64 level=u64", address },
	{ "effective_mtrr", "pat:word mtrr:word", effective_mtrr },
	{ "effective_ept", "pat:word ept:word ipat=bit", effective_ept },
	{ "effective_amd", "pat:word mtrr:word", effective_amd },
	{ "effective_npt", "guest:word host:word mtrr:word", effective_npt },
	{ "ept", "entry:u64", ept },
	{ "ept_kvm", "mmio=bit noncoherent=bit quirk=bit", ept_kvm },
	{ NULL, NULL, NULL },
};

const struct vprim_vec_room vprim_vec_room_pat = {
	.name = "pat", .verbs = verbs,
};
