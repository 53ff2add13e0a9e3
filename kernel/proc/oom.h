/* oom.h - user memory is used up: who ends, and who would rather not, or rather (Linux' oom_score_adj).
 *
 * A process' score is the number of its pages, page tables included, and its adjustment as so many thousandths of all
 * memory. The least adjustment exempts it, as the first process always is.
 */
#pragma once

#include "lib/co.h"

struct process;

enum { OOM_ADJUST_MIN = -1000, OOM_ADJUST_MAX = 1000 };

/* A page fault of the calling thread found no memory, though it waited for some. Suspends, while the process that
 * has the highest score is made to end, and with it its memory: 0: TRY again, which counts from 0. -ENOMEM: no other
 * process can be made to end, or it was not for want of memory. -EINTR: the calling thread is to leave. */
long out_of_memory(struct co *caller, u32 try);

/* What /proc tells of PROCESS, whose lock is held: 0, never, to 2000. */
u32 oom_score(const struct process *process);
/* SELF adjusts PROCESS' score: 0, -EINVAL, -EACCES: only root makes it less than it was made last by root. */
long oom_set_adjust(const struct process *self, struct process *process, s64 adjust);
