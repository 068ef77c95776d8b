// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/* What failed, kept for whoever has to explain it. */
#include <virtprim/user_fault.h>

#include <stdio.h>
#include <string.h>

void vprim_user_fault_set(struct vprim_user_fault *fault, const char *call,
			  int error, const char *subject)
{
	if (!fault)
		return;
	*fault = (struct vprim_user_fault){ .call = call, .error = error };
	snprintf(fault->subject, sizeof(fault->subject), "%s",
		 subject ? subject : "");
}

size_t vprim_user_fault_text(const struct vprim_user_fault *fault, char *buf,
			     size_t size_bytes)
{
	char why[160];
	int length;

	if (!fault || (!buf && size_bytes))
		return 0;
	if (!fault->call) {
		length = snprintf(buf, size_bytes, "nothing failed");
	} else {
		bool known = fault->reason.rule != VPRIM_REASON_NONE;

		vprim_reason_text(&fault->reason, why, sizeof(why));
		length = snprintf(buf, size_bytes, "%s%s%.*s: %s%s%s",
				  fault->call, *fault->subject ? " on " : "",
				  (int)sizeof(fault->subject), fault->subject,
				  strerror(fault->error), known ? "; " : "",
				  known ? why : "");
	}
	return length < 0 ? 0 : (size_t)length + 1;
}
