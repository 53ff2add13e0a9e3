/* resident.h - bringing pages in. */
#pragma once

#include "lib/co.h"
#include "lib/types.h"

/* madvise's MADV_POPULATE_READ and _WRITE, of a range that is checked: 0, -ENOMEM, -EINVAL (not allowed), -EFAULT.
 * Suspends. */
long madvise_populate(struct co *caller, u64 address, u64 bytes, bool write);
