// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/* Errnos by their names and by the sentences that C libraries print for them. */
#include "facts_part.h"

#include <errno.h>
#include <string.h>

#define ERROR(name, text) { name, #name, text }

static const struct {
	int value;
	const char *name, *text;
} errors[] = {
	ERROR(EPERM, "Operation not permitted"),
	ERROR(ENOENT, "No such file or directory"),
	ERROR(EINTR, "Interrupted system call"),
	ERROR(EIO, "Input/output error"),
	ERROR(ENXIO, "No such device or address"),
	ERROR(E2BIG, "Argument list too long"),
	ERROR(EBADF, "Bad file descriptor"),
	ERROR(EAGAIN, "Resource temporarily unavailable"),
	ERROR(ENOMEM, "Cannot allocate memory"),
	ERROR(ENOMEM, "Out of memory"),
	ERROR(EACCES, "Permission denied"),
	ERROR(EFAULT, "Bad address"),
	ERROR(EBUSY, "Device or resource busy"),
	ERROR(EEXIST, "File exists"),
	ERROR(EXDEV, "Invalid cross-device link"),
	ERROR(ENODEV, "No such device"),
	ERROR(EINVAL, "Invalid argument"),
	ERROR(ENOTTY, "Inappropriate ioctl for device"),
	ERROR(ENOSPC, "No space left on device"),
	ERROR(EDOM, "Numerical argument out of domain"),
	ERROR(ERANGE, "Numerical result out of range"),
	ERROR(EOVERFLOW, "Value too large for defined data type"),
	ERROR(EMSGSIZE, "Message too long"),
	ERROR(EADDRINUSE, "Address already in use"),
	ERROR(EOPNOTSUPP, "Operation not supported"),
	ERROR(ETIMEDOUT, "Connection timed out"),
};

#define ERRORS (sizeof(errors) / sizeof(errors[0]))

int facts_errno_of_text(const char *text)
{
	size_t i, n;

	for (i = 0; i < ERRORS; i++) {
		n = strlen(errors[i].text);
		if (!strncmp(text, errors[i].text, n) &&
		    (text[n] < 'a' || text[n] > 'z') && text[n] != ' ')
			return -errors[i].value;
	}
	return 0;
}

int facts_errno_of_name(const char *name)
{
	size_t i, n = strspn(name, "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789");

	for (i = 0; i < ERRORS; i++)
		if (strlen(errors[i].name) == n &&
		    !strncmp(name, errors[i].name, n))
			return -errors[i].value;
	return 0;
}

const char *fact_errno_text(int result)
{
	size_t i;

	for (i = 0; i < ERRORS; i++)
		if (errors[i].value == -result)
			return errors[i].name;
	return "?";
}
