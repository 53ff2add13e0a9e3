/* random.h - random bytes, for AT_RANDOM, getrandom and the kernel's own use. */
#pragma once

#include "lib/types.h"

/* dev_init: a first key from the device tree's rng-seed and the time. */
void random_init(void);

/* Mix BYTES of DATA into the key. Never makes it worse, whatever DATA is. */
void random_seed(const void *data, size_t bytes);

/* Fill TO. Never waits; any hart, takes a lock of rank RANK_PAGES. */
void random_bytes(void *to, size_t bytes);
