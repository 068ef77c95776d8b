// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/* The options of `virtprim mock`. */
#include "sup.h"
#include "../tool.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <virtprim/releases.h>

/* Without --entry-limit. */
#define UNLIMITED LLONG_MIN

static const struct {
	int error;
	const char *name;
} errnos[] = {
#define E(name) { name, #name }
	E(EPERM), E(ENOENT), E(EINTR), E(EIO), E(E2BIG), E(EBADF), E(EAGAIN), E(ENOMEM),
	E(EACCES), E(EFAULT), E(EBUSY), E(EEXIST), E(ENODEV), E(ENOTDIR), E(EINVAL),
	E(EMFILE), E(ENOTTY), E(ENOSPC), E(EDEADLK), E(ENAMETOOLONG), E(EOVERFLOW),
	E(EBADFD), E(EOPNOTSUPP), E(EADDRINUSE), E(EMSGSIZE), E(EISDIR), E(ELOOP),
#undef E
};

const char *sup_errno_name(int error)
{
	static char number[16];
	size_t i;

	for (i = 0; i < VPRIM_ARRAY_LEN(errnos); i++)
		if (errnos[i].error == error)
			return errnos[i].name;
	snprintf(number, sizeof(number), "%d", error);
	return number;
}

int sup_errno_of(const char *name)
{
	size_t i;

	for (i = 0; i < VPRIM_ARRAY_LEN(errnos); i++)
		if (!strcmp(errnos[i].name, name))
			return errnos[i].error;
	return 0;
}

/* edu@0000:01:00.0,group=16,mask=64: what the model does not know is the model's. */
static bool one_device(struct sup_options *o, const char *text)
{
	struct sup_device *d = &o->device[o->devices];
	GString *rest = g_string_new(NULL);
	char **parts, **p, *at, *end;
	long long group;
	bool fine = o->devices < SUP_DEVICES;

	parts = g_strsplit(text, ",", -1);
	at = parts[0] ? strchr(parts[0], '@') : NULL;
	if (fine) {
		snprintf(d->name, sizeof(d->name), "0000:%02x:00.0", o->devices + 1);
		if (at && g_strlcpy(d->name, at + 1, sizeof(d->name)) >= sizeof(d->name))
			fine = false;
		if (at)
			*at = '\0';
		d->model = vprim_mock_model_find(parts[0] ? parts[0] : "");
		fine = fine && d->model;
		d->group = 16 + o->devices;
	}
	for (p = parts[0] ? parts + 1 : parts; fine && *p; p++) {
		if (!strncmp(*p, "group=", 6)) {
			group = strtoll(*p + 6, &end, 10);
			fine = (*p)[6] && !*end && group >= 0 && group <= INT32_MAX;
			d->group = (uint32_t)group;
		} else {
			g_string_append_printf(rest, "%s%s", rest->len ? "," : "", *p);
		}
	}
	if (fine) {
		d->options = g_string_free(rest, FALSE);
		o->devices++;
	} else {
		g_string_free(rest, TRUE);
		tool_warn("mock: --device %s: expected edu|card[@0000:BB:DD.F][,group=N][,trap][,mask=BITS], %d at most",
			  text, SUP_DEVICES);
	}
	g_strfreev(parts);
	return fine;
}

/* VFIO_IOMMU_MAP_DMA:3=ENOMEM */
static bool failing(struct sup_options *o, const char *text)
{
	char *copy = g_strdup(text), *equals = strrchr(copy, '='), *colon, *end;

	if (equals) {
		*equals = '\0';
		o->fail_with = sup_errno_of(equals + 1);
		colon = strrchr(copy, ':');
		if (colon) {
			*colon = '\0';
			o->fail_at = strtoull(colon + 1, &end, 10);
			if (*end || !o->fail_at)
				o->fail_with = 0;
		}
		o->fail_call = copy;
	}
	if (equals && o->fail_with)
		return true;
	tool_warn("mock: --fail %s: expected CALL[:N]=ERRNO, as VFIO_IOMMU_MAP_DMA:3=ENOMEM",
		  text);
	return false;
}

static bool release(struct sup_options *o, const char *text)
{
	if (!tool_release("mock", text, &o->release))
		return false;
	o->release_text = o->release == VPRIM_LINUX_NEWEST ?
				  g_strdup("the newest Linux") :
				  g_strdup_printf("Linux %s", text);
	return true;
}

static bool take(struct sup_options *o)
{
	const struct sup_raw *r = &o->raw;
	char **d;
	bool fine = true;

	for (d = r->device; fine && d && *d; d++)
		fine = one_device(o, *d);
	if (fine && !o->devices)
		fine = one_device(o, "edu");
	o->iommu = fine ? sup_profile(r->iommu ? r->iommu : "intel48") : NULL;
	fine = o->iommu && release(o, r->linux_release ? r->linux_release : "newest") &&
	       (!r->fail || failing(o, r->fail));
	if (fine && r->report && strcmp(r->report, "text") && strcmp(r->report, "json")) {
		tool_warn("mock: --report %s: expected text or json", r->report);
		fine = false;
	}
	if (fine && (r->unplug < 0 || r->lose < 0)) {
		tool_warn("mock: --unplug and --lose-irq: expected a number from 1 on");
		fine = false;
	}
	if (fine && r->entry_limit < 0 && r->entry_limit != UNLIMITED) {
		tool_warn("mock: --entry-limit: expected a number from 0 on");
		fine = false;
	}
	o->json = r->report && !strcmp(r->report, "json");
	o->limited = r->entry_limit != UNLIMITED;
	o->entry_limit = (uint64_t)r->entry_limit;
	o->unplug_at = (uint64_t)r->unplug;
	o->lose_irq = (uint64_t)r->lose;
	o->no_iommufd = r->no_iommufd;
	o->no_vfio = r->no_vfio;
	o->strict = r->strict;
	o->memlock = r->memlock;
	o->verbose = r->verbose;
	o->trace = r->trace;
	return fine;
}

int sup_options_read(struct sup_options *o, int argc, const char **argv, int *status)
{
	struct sup_raw *r = &o->raw;
	struct poptOption table[] = {
		{ "device", 'd', POPT_ARG_ARGV, &r->device, 0, "a device; repeatable; without: edu at 0000:01:00.0 in group 16", "edu|card[@BDF][,group=N]" },
		{ "iommu", 'i', POPT_ARG_STRING, &r->iommu, 0, "the IOMMU: intel39, intel48 (default), amd, virtio64, none, or a file of reserved_regions", "NAME|FILE" },
		TOOL_LINUX(&r->linux_release, "whose rules"),
		{ "no-iommufd", 0, POPT_ARG_NONE, &r->no_iommufd, 0, "no /dev/iommu", NULL },
		{ "no-vfio", 0, POPT_ARG_NONE, &r->no_vfio, 0, "no containers and groups", NULL },
		{ "fail", 0, POPT_ARG_STRING, &r->fail, 0, "refuse a call, or its Nth", "CALL[:N]=ERRNO" },
		{ "entry-limit", 0, POPT_ARG_LONGLONG, &r->entry_limit, 0, "mappings of a container", "N" },
		{ "unplug", 0, POPT_ARG_LONGLONG, &r->unplug, 0, "ask for the devices back at the Nth ioctl", "N" },
		{ "lose-irq", 0, POPT_ARG_LONGLONG, &r->lose, 0, "do not deliver the Nth interrupt", "N" },
		{ "memlock", 0, POPT_ARG_NONE, &r->memlock, 0, "count mapped memory against RLIMIT_MEMLOCK", NULL },
		{ "trace", 0, POPT_ARG_STRING, &r->trace, 0, "write every call as a line of the vector language", "FILE.vec" },
		{ "report", 0, POPT_ARG_STRING, &r->report, 0, "the account at the end", "text|json" },
		{ "strict", 0, POPT_ARG_NONE, &r->strict, 0, "exit status 124 when the account has a finding", NULL },
		{ "verbose", 'v', POPT_ARG_NONE, &r->verbose, 0, "say refusals and findings as they come", NULL },
		POPT_TABLEEND
	};
	int own = 1;
	poptContext con;

	r->entry_limit = UNLIMITED;
	/* What stands behind -- is the program's. */
	while (own < argc && strcmp(argv[own], "--"))
		own++;
	o->argv = own < argc ? argv + own + 1 : argv + argc;
	con = tool_options(own, argv, table, "[options] -- PROGRAM [ARGS...]", status);
	o->context = con;
	if (!con)
		return -1;
	if (poptPeekArg(con) || !o->argv[0]) {
		tool_warn("mock: expected options, then -- and the program to run; try 'virtprim mock --help'");
		*status = SUP_TROUBLE;
		return -1;
	}
	*status = SUP_TROUBLE;
	return take(o) ? 0 : -1;
}

void sup_options_free(struct sup_options *o)
{
	struct sup_raw *r = &o->raw;
	char **d;
	unsigned int i;

	for (d = r->device; d && *d; d++)
		free(*d);
	free(r->device);
	free(r->iommu);
	free(r->linux_release);
	free(r->fail);
	free(r->report);
	free(r->trace);
	for (i = 0; i < o->devices; i++)
		g_free(o->device[i].options);
	g_free(o->release_text);
	g_free(o->fail_call);
	if (o->context)
		poptFreeContext(o->context);
}
