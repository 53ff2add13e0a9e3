/* poweroff.h - the end of the machine. */
#pragma once

#include "lib/types.h"

/* dev_init: find the device that ends QEMU with an exit status. */
void poweroff_init(void);

/* Write out what is left of the console's output and switch the machine off; QEMU's exit status is STATUS. From any
 * context. Without the device the firmware does it, and only zero or not zero is told. */
void machine_off(u32 status) __attribute__((noreturn));
