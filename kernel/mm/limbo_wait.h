/* limbo_wait.h - for those who may wait for memory: user pages and page-cache pages. */
#pragma once

#include "lib/co.h"

/* After an allocation failed. Suspends until pages have come out of limbo, for two time slices at most: 0, try again.
 * -ENOMEM: nothing is in limbo, or nothing comes out of it. */
long limbo_wait(struct co *caller);
