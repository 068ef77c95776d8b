// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/* What the commands of the tool share: messages, options, the end of output. */
#include "tool.h"

#include <errno.h>
#include <stdarg.h>
#include <string.h>

void tool_warn(const char *format, ...)
{
	va_list ap;

	fflush(stdout);
	fputs("virtprim: ", stderr);
	va_start(ap, format);
	vfprintf(stderr, format, ap);
	va_end(ap);
	fputc('\n', stderr);
}

int tool_finish(int status)
{
	if (fflush(stdout) || ferror(stdout)) {
		tool_warn("standard output: %s", strerror(errno));
		return TOOL_USAGE;
	}
	return status;
}

poptContext tool_options(int argc, const char **argv,
			 struct poptOption *table, const char *usage,
			 int *status)
{
	int help = 0, rc;
	struct poptOption own[] = {
		{ NULL, 0, POPT_ARG_INCLUDE_TABLE,
		  table, 0, "Options:", NULL },
		{ "help", 'h', POPT_ARG_NONE, &help, 0, "show this help", NULL },
		POPT_TABLEEND
	};
	char name[64];
	poptContext con;

	snprintf(name, sizeof(name), "virtprim %s", argv[0]);
	argv[0] = name;
	con = poptGetContext("virtprim", argc, argv, own, 0);
	poptSetOtherOptionHelp(con, usage);
	rc = poptGetNextOpt(con);
	*status = TOOL_OK;
	if (rc == -1 && !help)
		return con;
	if (rc == -1) {
		poptPrintHelp(con, stdout, 0);
	} else {
		tool_warn("%s: %s; try '%s --help'",
			  poptBadOption(con, POPT_BADOPTION_NOALIAS),
			  poptStrerror(rc), name);
		*status = TOOL_USAGE;
	}
	poptFreeContext(con);
	return NULL;
}
