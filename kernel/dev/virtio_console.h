/* virtio_console.h - the verdict port: one way out of the machine that no program can write to.
 *
 * The console shows what programs print, so nothing on it can be believed. What the kernel itself has to say about a
 * run goes through a virtio console port of its own, to a file of whoever started the machine.
 */
#pragma once

#include "lib/co.h"
#include "lib/types.h"

bool verdict_present(void);

/* Suspends until the machine's owner has all BYTES of DATA (kernel memory, unchanged meanwhile): 0; -ENODEV: there
 * is no port; -EIO: the port broke. Concurrent calls are not mixed. */
long verdict_write(struct co *caller, const void *data, u32 bytes);
