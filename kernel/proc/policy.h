/* policy.h - how a thread shares its hart with others: policy and nice value, per thread, as in Linux.
 *
 *     policy          its tasks stand at                      among themselves
 *     OTHER, BATCH    the level of their nice value           turns; levels share the time by weight (task/run_queue.h)
 *     IDLE            PRIORITY_BACKGROUND, the last of them   the same, with the smallest weight: 0.3 % beside nice 0
 *
 * Both are inherited, also by what exec starts. They are guarded by the process' lock, and count from the thread's next
 * place in a run queue on.
 */
#pragma once

#include "lib/types.h"

struct process;
struct thread;

enum policy_kind { POLICY_OTHER, POLICY_FIFO, POLICY_RR, POLICY_BATCH, POLICY_IDLE = 5 };
enum { NICE_MIN = -20, NICE_MAX = 19, REAL_TIME_MIN = 1, REAL_TIME_MAX = 99 };

struct policy {
	u8 kind;	    /* enum policy_kind */
	s8 nice;	    /* kept whatever the policy */
	u8 real_time;	    /* FIFO and RR: REAL_TIME_MIN to REAL_TIME_MAX; else 0 */
	bool reset_on_fork; /* children get no better place than the usual one */
};

static inline bool policy_is_real_time(u32 kind)
{
	return kind == POLICY_FIFO || kind == POLICY_RR;
}

/* Is there such a policy? Not whether one may have it. */
bool policy_is_valid(const struct policy *policy);
/* As /proc tells it: 0 (nice -20) to 39, 20 for most; -2 to -100 for real-time priorities. */
s32 policy_priority(const struct policy *policy);

/* May CALLER change anything of THREAD's place? */
bool policy_may_change(const struct process *caller, const struct thread *thread);
/* Give THREAD the valid POLICY: 0, or -EPERM. THREAD's process' lock is held. */
long policy_set(const struct process *caller, struct thread *thread, const struct policy *policy);
/* The nice value alone: 0, -EPERM, or -EACCES: CALLER may, but not so much. The lock is held. */
long policy_set_nice(const struct process *caller, struct thread *thread, s32 nice);
/* TO begins as what FROM may hand on. For clone, by FROM itself. */
void policy_inherit(struct thread *to, const struct thread *from);
