/* fmt.h - formatted text into a buffer: %d %u %x %ld %lu %lx %zu %p %s %c %%, with width, '-', '0', precision of %s,
 * and '*' for a width or precision that is an argument. */
#pragma once

#include "lib/types.h"

#include <stdarg.h>

/* Format into BUFFER of BYTES bytes; the result always ends in NUL when BYTES > 0. The length that the whole text has,
 * which is BYTES or more when it was cut. */
size_t fmt_va(char *buffer, size_t bytes, const char *format, va_list args);
size_t fmt(char *buffer, size_t bytes, const char *format, ...) __attribute__((format(printf, 3, 4)));

/* A text that grows in a buffer of fixed size, for /proc files and the like: what does not fit is cut. */
struct fmt_text {
	char *data;
	size_t bytes, length;
};
void fmt_add(struct fmt_text *text, const char *format, ...) __attribute__((format(printf, 2, 3)));
