/* oom.h - user memory is used up. */
#pragma once

#include "lib/co.h"

/* A page fault of the calling thread found no memory, though it waited for some. Suspends, while the process that
 * has most pages is made to end, and with it its memory: 0: TRY again, which counts from 0. -ENOMEM: no other
 * process can be made to end, or it was not for want of memory. -EINTR: the calling thread is to leave. */
long out_of_memory(struct co *caller, u32 try);
