// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/* The vector verbs of releases.h. */
#include <virtprim/releases.h>
#include <virtprim/vec_room.h>

static int has(struct vprim_vec_call *c)
{
	uint64_t release = c->arg[1].u64;
	unsigned int i;

	for (i = 0; i < VPRIM_CHANGES; i++) {
		enum vprim_change change = (enum vprim_change)i;

		if (vprim_vec_is(c->arg[0].str, vprim_change_info(change)->word)) {
			vprim_vec_out_dec(c, "has",
				vprim_linux_has((uint32_t)release, change));
			return 0;
		}
	}
	return vprim_vec_script_error(c, "a change, such as cpu-mmio-select");
}

static int list(struct vprim_vec_call *c)
{
	unsigned int i;

	vprim_vec_list_begin(c, "changes");
	for (i = 0; i < VPRIM_CHANGES; i++)
		vprim_vec_list_word(c,
			vprim_change_info((enum vprim_change)i)->word);
	vprim_vec_list_end(c);
	return 0;
}

static const struct vprim_vec_verb verbs[] = {
	{ "has", "change:word release:u64", has },
	{ "list", "", list },
	{ NULL, NULL, NULL },
};

const struct vprim_vec_room vprim_vec_room_releases = {
	.name = "releases", .verbs = verbs,
};
