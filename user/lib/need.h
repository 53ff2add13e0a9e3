/* need.h - for programs that show something: a call that must work, or the program says why not and ends with status 1.
 */
#pragma once

#include <errno.h>

/* CALL answers a negative errno, or -1 with errno, if it fails. Its value otherwise. */
#define NEED(call) need((call), #call)

_Noreturn void need_failed(const char *what, int err);

static inline long need(long result, const char *what)
{
	if (result < 0)
		need_failed(what, result == -1 ? errno : (int)-result);
	return result;
}
