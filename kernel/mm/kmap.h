/* kmap.h - the kernel's own half of every address space: the direct map, W^X, guard pages. */
#pragma once

#include "lib/types.h"

/* Boot hart: build the direct map of RAM [base, base + bytes) with the image's permissions, and switch to it. */
void kmap_init(u64 base, u64 bytes);
/* Every other hart: switch to it. */
void kmap_use(void);

/* Make a device's registers reachable through phys_to_virt: no execution, idempotent. Start-up only. False: they do not
 * lie below 1 GiB; the console is told, and the device is not to be touched. */
bool kmap_device(u64 phys, u64 bytes);

/* Take the page at a kernel address out of the map: a touch of it is a trap (stack guards). Start-up only. */
void kmap_guard(void *page);

/* The kernel's half of the root table becomes part of the empty root TO; or leaves it, so that it is empty again. */
void kmap_enter(u64 *to);
void kmap_leave(u64 *to);
