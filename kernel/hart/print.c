/* print.c - the kernel's messages: formatted on the stack, handed over whole, so that lines of different harts do not
 * mix. Until the console driver takes over, they go through the firmware. */
#include "kernel/hart/print.h"

#include "kernel/hart/sbi.h"
#include "lib/fmt.h"

static void firmware_write(const char *text, size_t bytes)
{
	while (bytes--)
		sbi_call(SBI_LEGACY_PUTCHAR, 0, (u64)*text++, 0, 0, 0, 0);
}

void (*print_sink)(const char *text, size_t bytes) = firmware_write;

void print(const char *format, ...)
{
	char line[512];
	va_list args;
	size_t bytes;

	va_start(args, format);
	bytes = fmt_va(line, sizeof(line), format, args);
	va_end(args);
	print_sink(line, min(bytes, sizeof(line) - 1));
}
