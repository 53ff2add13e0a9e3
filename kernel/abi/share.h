/* share.h - how urgent a thread of a program is, told without a system call. Chime's own.
 *
 *     sched_share(0): the address of the calling thread's struct sched_share; the same again if it is asked again
 *
 *     program:  level = how urgent its best ready coroutine is            a plain store, as often as it likes
 *     kernel:   reads it once when the thread is put into a run queue, and at each interrupt that its user mode takes
 *
 * A thread that is ready runs before those with a worse level, whatever process they belong to. A worse level than
 * SHARE_WORST means SHARE_WORST; a thread that has not called has SHARE_DEFAULT for ever, and one with a nice value
 * other than 0 or a policy other than SCHED_OTHER has the place that this gives. All of them come after the
 * kernel's own tasks, and of each FLOOR of time that better levels take, a worse one that is ready gets its part
 * (kernel/task/run_queue.h).
 *
 * What a program does, so that the order holds also across processes:
 *   - it stores a better level as soon as a better coroutine is ready;
 *   - it calls sched_yield after it has stored a worse one and goes on: somebody else's may be better now;
 *   - before it waits it stores the level of the best coroutine that waits. Who ends the wait does not know for whom:
 *     the thread gets up for the best of them, looks what has really ended, and stores that.
 *
 * Until the thread ends or calls exec. A child of fork has none, and nothing at that address.
 */
#pragma once

#include "lib/types.h"

enum { SHARE_BEST = 0, SHARE_DEFAULT = 2, SHARE_WORST = 4 };

/* A line of the cache of its own, in a page that the threads of an address space share. */
struct sched_share {
	u32 level;
	u32 reserved[15];
};

enum { SHARE_THREADS = 64 }; /* that may call, of one address space; -ENOSPC */

#define SHARE_PAGE ((1ul << 38) - (1ul << 20))
_Static_assert(sizeof(struct sched_share) * SHARE_THREADS == 4096, "a page");
