/* timerfd.h - a timer as a file: a read waits for it and tells how often it has expired (Linux timerfd_create(2)). */
#pragma once

#include "kernel/fs/file.h"
#include "kernel/task/alarm.h"

/* A new timer that is not set, with one reference; NULL: no memory. REALTIME: its absolute times are times of day. */
struct file *timerfd_new(bool realtime, u32 flags);

/* Is FILE one, and for times of day? */
bool timerfd_is(const struct file *file);
bool timerfd_is_realtime(const struct file *file);

/* It expires at DEADLINE (clock_now() time; TIME_NEVER: it is not set), then each INTERVAL. What had expired and was
 * not read is forgotten. *BEFORE: as timerfd_get. */
void timerfd_set(struct file *file, u64 deadline, u64 interval, struct timer_times *before);
/* How long until it expires next. */
void timerfd_get(struct file *file, struct timer_times *now);
