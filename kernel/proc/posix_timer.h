/* posix_timer.h - timers that send signals (Linux timer_create(2), setitimer(2)).
 *
 * Each is in its process' list, and has an alarm whose task sends the signal. As long as that signal is pending,
 * further expirations are counted (the overrun) and not sent. Contract: nothing here suspends.
 */
#pragma once

#include "kernel/task/alarm.h"

struct process;
struct usage;

enum timer_notify { NOTIFY_SIGNAL = 0, NOTIFY_NONE = 1, NOTIFY_THREAD_ID = 4 };

/* What a timer does, as its creator wants it. */
struct timer_event {
	u64 value; /* for the handler */
	u32 signal, notify, tid;
	bool realtime; /* absolute times are times of day */
	u8 cpu;	       /* enum cpu_clock: of the process; with THREAD of one of its threads */
	u32 thread;    /* its number, 0: none */
	bool value_is_id;
};

/* A new timer of PROCESS, not set: its number, or -EAGAIN (too many, no memory), -EINVAL (no such thread). */
long posix_timer_new(struct process *process, const struct timer_event *event);
/* Delete it, as far as its alarm's task is not just sending. -EINVAL: there is none. */
long posix_timer_delete(struct process *process, s32 id);

/* It expires NS from now (ABSOLUTE: when its clock shows NS), then each INTERVAL; NS 0: not at all. *BEFORE: as
 * posix_timer_get. -EINVAL: there is none. */
long posix_timer_set(struct process *process, s32 id, bool absolute, u64 ns, u64 interval, struct timer_times *before);
long posix_timer_get(struct process *process, s32 id, struct timer_times *now);
/* Expirations since its last signal was sent, that one not counted. -EINVAL. */
long posix_timer_overrun(struct process *process, s32 id);

/* Those behind setitimer (real time; in user mode; on a hart), which are made when they are first set: 0 or -ENOMEM. */
enum { TIMER_ITIMER = -1, TIMER_VIRTUAL = -2, TIMER_PROFILE = -3 };
long posix_timer_need_itimer(struct process *process, s32 id);

/* PROCESS, whose lock is held, has used USAGE: what is due by that expires. */
void posix_timers_look_locked(struct process *process, const struct usage *usage);

/* Delete all of PROCESS; with KEEP_ITIMER (exec) all but those of setitimer. */
void posix_timers_delete(struct process *process, bool keep_itimer);
