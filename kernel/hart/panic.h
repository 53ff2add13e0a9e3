/* panic.h - the end, for our own broken invariants only: never for what a user, an image or a device did. */
#pragma once

#include "lib/types.h"

/* Print the message, registers, a backtrace and the await chain of the running task, and stop the machine. */
void panic(const char *format, ...) __attribute__((noreturn, format(printf, 1, 2), cold));

/* Plugged in at start-up by the layers above: print what the running task waits for; switch the machine off. */
extern void (*panic_report)(void);
extern void (*panic_power_off)(u32 status) __attribute__((noreturn));

#define ASSERT(condition)                                                                     \
	do {                                                                                  \
		if (__builtin_expect(!(condition), 0))                                        \
			panic("%s:%d: assertion failed: %s", __FILE__, __LINE__, #condition); \
	} while (0)
