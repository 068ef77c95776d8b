// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/* What failed, kept for whoever has to explain it. */
#include "user_internal.h"

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
	struct vprim_text t = { buf, size_bytes, 0 };
	char why[VPRIM_REASON_TEXT_BYTES];

	if (!fault->call) {
		vprim_text_str_(&t, "nothing failed");
		return vprim_text_end_(&t);
	}
	vprim_text_str_(&t, fault->call);
	if (*fault->subject) {
		vprim_text_str_(&t, " on ");
		vprim_text_str_(&t, fault->subject);
	}
	vprim_text_str_(&t, ": ");
	vprim_text_str_(&t, strerror(fault->error));
	if (fault->reason.rule) {
		vprim_reason_text(&fault->reason, why, sizeof(why));
		vprim_text_str_(&t, "; ");
		vprim_text_str_(&t, why);
	}
	return vprim_text_end_(&t);
}
