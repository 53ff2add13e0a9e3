/* limbo_wait.h - for those who may wait for memory: user pages and page-cache pages. */
#pragma once

#include "lib/co.h"

/* After an allocation failed. Suspends until pages have left the page cache or come out of limbo, for two time slices
 * at most: 0, try again. -ENOMEM: there is nothing more to be had. */
long limbo_wait(struct co *caller);
