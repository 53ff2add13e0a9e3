/* outside.h - what the kernel outside of what a test of the tree links would say: devices, the firmware's words, pipes.
 */
#pragma once

#include "kernel/dev/random.h"
#include "kernel/dev/uart.h"
#include "kernel/dev/virtio_console.h"
#include "kernel/fs/pipe.h"
#include "kernel/hart/bootargs.h"
#include "kernel/irq/irq.h"
#include "lib/fmt.h"
#include "lib/test/check.h"

static char screen[4096], verdict[4096];
static size_t shown, told;

void uart_write(const char *text, size_t bytes)
{
	memcpy(screen + shown, text, min(bytes, sizeof(screen) - shown - 1));
	shown += min(bytes, sizeof(screen) - shown - 1);
}

long uart_wait_room(struct co *caller)
{
	return task_yield(caller);
}

bool verdict_present(void)
{
	return true;
}

long verdict_write(struct co *caller, const void *data, u32 bytes)
{
	memcpy(verdict + told, data, bytes);
	told += bytes;
	return task_yield(caller);
}

void random_bytes(void *to, size_t bytes)
{
	for (u8 *byte = to; bytes--; byte++)
		*byte = (u8)test_random();
}

const char *bootargs_text(void)
{
	return "root=vda";
}

const char *bootargs_value(const char *name)
{
	(void)name;
	return NULL;
}

void irq_report(struct fmt_text *text)
{
	fmt_add(text, "interrupts\n");
}

u64 pipe_number(const struct inode *inode)
{
	(void)inode;
	return 0; /* no test opens a pipe */
}
