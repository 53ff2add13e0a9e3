/* share.h - telling the kernel how urgent this thread is, by a store: kernel/abi/share.h.
 *
 * A fork's child has not started, whatever its parent has.
 */
#pragma once

#include "kernel/abi/share.h"
#include "lib/order.h"

extern __thread struct sched_share *share_self; /* NULL: not started */

/* From now on this thread tells it: 0, or a negative errno (-ENOSYS: this is not Chime). It says SHARE_DEFAULT. */
int share_start(void);

/* This thread is as urgent as LEVEL, SHARE_BEST to SHARE_WORST. Nothing happens if it has not started. After a worse
 * level than before sched_yield lets those run who are more urgent now. */
static inline void share_level(u32 level)
{
	if (share_self)
		store_relaxed(&share_self->level, level);
}
