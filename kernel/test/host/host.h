/* host.h - what stands in for the machine when kernel code runs in a unit test on the host.
 *
 *     host.c       harts, panic, print          always
 *     ram.c        RAM for the page allocator
 *     executor.c   clock, wfi, interrupts: needed with kernel/task/{executor,timer,...}.c
 *
 * The test's thread is hart 0. Other threads may play other harts (host_be). Time stands still until the executor has
 * nothing to do; then it jumps to the next timer. So a test never waits, and never depends on the host's speed.
 */
#pragma once

#include "lib/types.h"

/* COUNT harts exist; this thread is hart 0. */
void host_init(u32 count);
/* This thread is hart INDEX. */
void host_be(u32 index);

/* Does RUN panic? It runs in a process of its own, silently; the message must contain TEXT. */
bool host_panics(void (*run)(void), const char *text);

/* PAGES pages of RAM at physical address 2 GiB + FIRST pages, all free. */
void host_ram_init(u64 first, u64 page_total);
/* The same, but all is reserved: page_release_range is the test's. */
void host_ram_reserve(u64 first, u64 page_total);

/* executor.c: the executor of each hart, and a clock that starts at 0. */
void host_executor_init(void);
extern u64 host_now; /* nanoseconds */
/* Run this hart's event loop until it has nothing to do and no timer is armed. */
void host_run(void);
