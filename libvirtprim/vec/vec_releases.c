// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/* The vector verbs of releases.h. */
#include "vec_internal.h"
#include <virtprim/releases.h>

static int has(struct vprim_vec_call *c)
{
	const struct vprim_change_info *info;
	unsigned int i;

	for (i = 0; (info = vprim_change_info_of((enum vprim_change)i)); i++)
		if (vprim_vec_is(ARG("change")->str, info->word))
			return OUT("has=u", vprim_linux_has(U32("release"),
							    (enum vprim_change)i));
	return vprim_vec_script_error(c, "a change, such as cpu-mmio-select");
}

static int list(struct vprim_vec_call *c)
{
	const struct vprim_change_info *info;
	unsigned int i;

	vprim_vec_list_begin(c, "changes");
	for (i = 0; (info = vprim_change_info_of((enum vprim_change)i)); i++)
		vprim_vec_list_word(c, info->word);
	return vprim_vec_list_end(c);
}

static const struct vprim_vec_verb verbs[] = {
	{ "has", "change:word release:linux|u32", has },
	{ "list", "", list },
};

VEC_MODULE(vprim_vec_module_releases, "releases", VERBS(verbs));
