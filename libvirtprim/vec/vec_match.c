// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * Comparing the answer that came with the answer that must come.
 *
 * Values compare by meaning. A value is pieces between , : @ and ".."; a piece
 * that is a number equals any other spelling of it.
 */
#include "vec_internal.h"

static const struct {
	int err;
	const char *name;
} names[] = {
#define NAME(name) { name, "-" #name }
	NAME(EPERM), NAME(ENOENT), NAME(EIO), NAME(ENXIO), NAME(E2BIG),
	NAME(EBADF), NAME(EAGAIN), NAME(ENOMEM), NAME(EACCES), NAME(EFAULT),
	NAME(EBUSY), NAME(EEXIST), NAME(ENODEV), NAME(EINVAL), NAME(ENOTTY),
	NAME(ENOSPC), NAME(ERANGE), NAME(EDEADLK), NAME(EBADMSG),
	NAME(EOVERFLOW), NAME(EMSGSIZE), NAME(EOPNOTSUPP), NAME(EADDRINUSE),
	NAME(ETIMEDOUT),
#undef NAME
};

const char *vprim_vec_errno_name(int err)
{
	size_t i;

	for (i = 0; i < VPRIM_ARRAY_LEN(names); i++)
		if (names[i].err == err)
			return names[i].name;
	return "-E?";
}

static bool is_name(struct vprim_vec_str s)
{
	size_t i;

	if (s.len < 3 || s.p[0] != '-' || s.p[1] != 'E')
		return false;
	for (i = 2; i < s.len; i++)
		if (!(s.p[i] >= 'A' && s.p[i] <= 'Z') &&
		    !(s.p[i] >= '0' && s.p[i] <= '9'))
			return false;
	return true;
}

bool vprim_vec_answer_ok_(struct vprim_vec_str expected)
{
	struct vprim_vec_str word, key, value;

	if (!vprim_vec_word_(&expected, &word))
		return false;
	if (!vprim_vec_is(word, "ok") && !is_name(word))
		return false;
	while (vprim_vec_word_(&expected, &word))
		if (!vprim_vec_key_(word, &key, &value))
			return false;
	return true;
}

static bool separates(char ch)
{
	return ch == ',' || ch == ':' || ch == '@' || ch == '.';
}

static struct vprim_vec_str piece(struct vprim_vec_str *rest)
{
	struct vprim_vec_str s = { rest->p, 0 };

	while (s.len < rest->len && !separates(rest->p[s.len]))
		s.len++;
	/* A separator is a piece of its own. */
	if (!s.len && rest->len)
		s.len = 1;
	rest->p += s.len;
	rest->len -= s.len;
	return s;
}

static char lower(char ch)
{
	return ch >= 'A' && ch <= 'F' ? (char)(ch - 'A' + 'a') : ch;
}

static bool same_hex(struct vprim_vec_str a, struct vprim_vec_str b)
{
	size_t i;

	if (a.len != b.len)
		return false;
	for (i = 4; i < a.len; i++)
		if (lower(a.p[i]) != lower(b.p[i]))
			return false;
	return true;
}

static bool is_hex(struct vprim_vec_str s)
{
	return s.len >= 4 && !memcmp(s.p, "hex:", 4);
}

static bool same_value(struct vprim_vec_str a, struct vprim_vec_str b)
{
	struct vprim_vec_str x, y;
	uint64_t m, n;

	if (is_hex(a) && is_hex(b))
		return same_hex(a, b);
	while (a.len || b.len) {
		x = piece(&a);
		y = piece(&b);
		if (vprim_vec_u64(x, &m) && vprim_vec_u64(y, &n)) {
			if (m != n)
				return false;
		} else if (!vprim_vec_same_(x, y)) {
			return false;
		}
	}
	return true;
}

static bool has(struct vprim_vec_str answer, struct vprim_vec_str key,
		struct vprim_vec_str value)
{
	struct vprim_vec_str word, k, v;

	while (vprim_vec_word_(&answer, &word))
		if (vprim_vec_key_(word, &k, &v) && vprim_vec_same_(k, key))
			return same_value(v, value);
	return false;
}

bool vprim_vec_matches_(struct vprim_vec_str expected,
			struct vprim_vec_str answer)
{
	struct vprim_vec_str want, got, key, value;

	vprim_vec_word_(&expected, &want);
	vprim_vec_word_(&answer, &got);
	if (!vprim_vec_same_(want, got))
		return false;
	while (vprim_vec_word_(&expected, &want)) {
		vprim_vec_key_(want, &key, &value);
		if (!has(answer, key, value))
			return false;
	}
	return true;
}
