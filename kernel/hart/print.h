/* print.h - the kernel's own voice on the console. */
#pragma once

#include "lib/types.h"

/* Print one message; lines of different harts do not mix. Never waits, may be called anywhere.
 * Formats: lib/fmt.h. Longer than 511 characters: cut. */
void print(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* Where messages go: the firmware's console at first, then what the console driver puts here. Must not wait, and may
 * take locks of rank RANK_PRINT only. */
extern void (*print_sink)(const char *text, size_t bytes);
