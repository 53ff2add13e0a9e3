/* lock.h - the locks of fcntl. */
#pragma once

#include "lib/co.h"
#include "lib/types.h"

/* F_GETLK, F_SETLK, F_SETLKW and the same of open files (F_OFD_*): 0, or what fcntl(2) says. Suspends. */
long record_lock(struct co *caller, s32 fd, u32 command, u64 address);
