// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/* What the policies share: saying why an event was refused. */
#include "replay.h"

#include <inttypes.h>
#include <stdarg.h>

int replay_reject(struct replay_rejection *why, int error,
		  const struct vprim_range *hit, const char *format, ...)
{
	va_list ap;

	if (!why)
		return error;
	why->error = error;
	why->has_hit = hit != NULL;
	if (hit)
		why->hit = *hit;
	va_start(ap, format);
	vsnprintf(why->text, sizeof(why->text), format, ap);
	va_end(ap);
	return error;
}

int replay_reject_reason(struct replay_rejection *why, int error,
			 const struct vprim_reason *reason)
{
	if (!why)
		return error;
	why->error = error;
	why->has_hit = reason->has_hit;
	if (why->has_hit)
		why->hit = reason->hit;
	(void)vprim_reason_text(reason, why->text, sizeof(why->text));
	return error;
}

int replay_reject_malformed(struct replay_rejection *why,
			    const struct replay_event *e)
{
	if (e->error == -EOVERFLOW)
		return replay_reject(why, e->error, NULL,
				     "0x%" PRIx64 " and %" PRIu64
				     " bytes leave the address space",
				     e->range.start, e->range.last);
	if (e->range.last)
		return replay_reject(why, e->error, NULL,
				     "the start is above the last address");
	return replay_reject(why, e->error, NULL, "the size is 0");
}

uint64_t replay_request_size(const struct replay_event *e)
{
	return e->error ? e->range.last : replay_size_of(&e->range);
}

bool replay_unsayable(const struct replay_event *e, struct replay_rejection *why)
{
	if (e->error == -EINVAL && e->range.last) {
		replay_reject_malformed(why, e);
		return true;
	}
	if (!e->error && !replay_size_of(&e->range)) {
		replay_reject(why, -EINVAL, NULL,
			      "2^64 bytes cannot be asked for at once");
		return true;
	}
	return false;
}
