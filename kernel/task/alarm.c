/* alarm.c - the task of an alarm. */
#include "kernel/task/alarm.h"

#include "kernel/abi/errno.h"

struct alarm_main {
	struct co co;
	struct alarm *alarm;
};

CO_STEP(alarm_main)
{
	CO_FRAME(alarm_main);
	struct alarm *alarm = f->alarm;
	bool ended = false;
	long err;

	CO_BEGIN;
	while (!ended) {
		AWAIT_UNTIL_FULL(err, &alarm->lock, &alarm->changed, WAIT_DISK, alarm->at, alarm->set || alarm->ended);
		ended = alarm->ended;
		/* set at the very moment when the old time came: the old one does not count */
		if (alarm->set || ended)
			err = 0;
		else
			alarm->at = TIME_NEVER;
		alarm->set = false;
		spin_unlock(&alarm->lock);
		if (err == -ETIME)
			alarm->fire(alarm);
	}
	CO_RETURN(0);
	CO_END;
}

static long alarm_begin(struct co *caller, void *alarm)
{
	return CO_CALL(alarm_main, caller, .alarm = alarm);
}

static void alarm_done(struct task *task, long result)
{
	struct alarm *alarm = container_of(task, struct alarm, task);

	(void)result;
	alarm->gone(alarm);
}

void alarm_start(struct alarm *alarm, const char *name, void (*fire)(struct alarm *alarm),
		 void (*gone)(struct alarm *alarm))
{
	spin_init(&alarm->lock, RANK_WAIT);
	wait_queue_init(&alarm->changed);
	alarm->at = TIME_NEVER;
	alarm->set = alarm->ended = false;
	alarm->fire = fire;
	alarm->gone = gone;
	task_init(&alarm->task, name, PRIORITY_SERVICE, alarm->arena, ALARM_ARENA, alarm_done);
	task_lend_timer(&alarm->task, &alarm->timer);
	task_start(&alarm->task, alarm_begin, alarm);
}

void alarm_set(struct alarm *alarm, u64 at)
{
	spin_lock(&alarm->lock);
	alarm->at = at;
	alarm->set = true;
	wait_wake_all(&alarm->changed);
	spin_unlock(&alarm->lock);
}

void alarm_end(struct alarm *alarm)
{
	spin_lock(&alarm->lock);
	alarm->ended = true;
	wait_wake_all(&alarm->changed);
	spin_unlock(&alarm->lock);
}

u64 timer_expirations(u64 next, u64 interval)
{
	return interval ? (clock_now() - next) / interval + 1 : 1;
}

struct timer_times timer_times(u64 next, u64 interval)
{
	u64 now = clock_now();

	if (next == TIME_NEVER)
		return (struct timer_times){ 0, interval };
	if (now < next)
		return (struct timer_times){ next - now, interval };
	return (struct timer_times){ interval ? interval - (now - next) % interval : 0, interval };
}
