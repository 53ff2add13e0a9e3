/* signal.h - signals: sent by anybody, taken by the thread's own loop.
 *
 *     sender (any hart)                        the receiving thread
 *        queue the signal, set WORK_SIGNAL  ->    its wait ends (-EINTR); before user mode: default action, or handler
 *
 * Contract: nobody but the thread itself writes its registers. Sending never waits and may be called from any task, also
 * from a driver's; no lock of rank RANK_PROCESS or above is held.
 */
#pragma once

#include "lib/types.h"

struct process;
struct thread;

/* Send SIGNAL (1..SIGNAL_MAX) to PROCESS as the kernel does it: any thread of it that does not block it takes it. 0, or
 * -EAGAIN: no memory to queue it. */
long signal_send(struct process *process, u32 signal);
/* To that very thread of PROCESS. */
long signal_send_thread(struct thread *thread, u32 signal);
