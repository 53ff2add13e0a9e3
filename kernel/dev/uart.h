/* uart.h - the serial line: the machine's console.
 *
 * One line, the first ns16550a of the device tree. Output is queued and leaves by interrupts; input comes by interrupts
 * to a task, which hands it on byte by byte.
 */
#pragma once

#include "lib/co.h"
#include "lib/types.h"

/* dev_init: find the line and make print() use it. Until its interrupt is on and its reading task started (uart_probe),
 * output is written out at once and nothing is received. */
void uart_init(void);

/* Queue BYTES of TEXT as one piece, not mixed with other harts' pieces. Never waits for an interrupt; when the queue is
 * full it writes out what is in the way. Takes a lock of rank RANK_PRINT only. */
void uart_write(const char *text, size_t bytes);

/* For what programs write: suspends (interruptible) while the queue is more than half full, so that the uart_write that
 * follows has nothing to write out by force, and nothing is lost however slowly the other end reads. 0, -EINTR. */
long uart_wait_room(struct co *caller);

/* For panic: past the queue, without any lock. */
void uart_put_sync(char byte);
/* For panic and power-off: write out all that is queued, even if another hart holds the lock and never returns. */
void uart_drain_sync(void);

/* The console puts its function here: called for each byte received, in a task of PRIORITY_DRIVER, without locks; it
 * may not suspend. While it is NULL, bytes are dropped. */
extern void (*uart_receive)(char byte);
