// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * virtprim mock - run an unmodified program against VFIO that is not there.
 *
 * Exit status: the program's; 125 when we are in trouble, 124 with --strict when the
 * account has a finding; 126 and 127 as a shell for a program that cannot be run.
 */
#include "mock/sup.h"
#include "tool.h"

#include <errno.h>
#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>
#include <virtprim/user.h>

static int add_devices(struct sup *s)
{
	unsigned int i;

	for (i = 0; i < s->options.devices; i++) {
		const struct sup_device *d = &s->options.device[i];
		struct vprim_mock_device *device;
		int ret = vprim_mock_add(s->mock, d->model, d->name, d->group,
					 d->options, &device);

		if (!ret)
			continue;
		tool_warn("mock: --device %s@%s: %s", d->model->name, d->name,
			  ret == -EINVAL ? "no such address or option" :
			  ret == -EEXIST ? "the address is taken" : strerror(-ret));
		return -1;
	}
	return 0;
}

static int prepare(struct sup *s)
{
	struct vprim_mock_config config = {
		.ops = &sup_ops, .ctx = s, .alloc = vprim_user_alloc(),
		.iommu = s->options.iommu, .release = s->options.release,
		.limited = s->options.limited, .entry_limit = s->options.entry_limit,
		.no_vfio = s->options.no_vfio, .no_iommufd = s->options.no_iommufd,
	};

	s->stats = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
	s->reasons = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
	s->finding_count = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
	s->findings = g_ptr_array_new_with_free_func(g_free);
	s->traced = g_hash_table_new(NULL, NULL);
	s->epoll = epoll_create1(EPOLL_CLOEXEC);
	sup_task_init(s);
	if (sup_trace_open(s) || sup_file_init(s) || vprim_mock_new(&s->mock, &config) ||
	    add_devices(s) || sup_tree_init(s))
		return -1;
	return 0;
}

static int finish(struct sup *s)
{
	int ret;

	vprim_mock_free(s->mock);
	sup_tree_fini(s);
	sup_file_fini(s);
	sup_task_fini(s);
	ret = sup_trace_close(s);
	g_hash_table_destroy(s->stats);
	g_hash_table_destroy(s->reasons);
	g_hash_table_destroy(s->finding_count);
	g_hash_table_destroy(s->traced);
	g_ptr_array_free(s->findings, TRUE);
	return ret;
}

int cmd_mock(int argc, const char **argv)
{
	struct sup s = { .notify = -1, .inotify = -1, .guard = -1, .root = -1 };
	int status;

	tool_trouble = SUP_TROUBLE;
	if (sup_options_read(&s.options, argc, argv, &status)) {
		sup_options_free(&s.options);
		return status;
	}
	status = SUP_TROUBLE;
	if (!prepare(&s) && !sup_start(&s) && !sup_loop(&s)) {
		status = s.status;
		/* What the program left open goes now, and is told of. */
		vprim_mock_free(s.mock);
		s.mock = NULL;
		sup_report(&s);
		if (s.options.strict && sup_has_findings(&s))
			status = SUP_FINDING;
	}
	if (finish(&s))
		status = SUP_TROUBLE;
	sup_options_free(&s.options);
	return status;
}
