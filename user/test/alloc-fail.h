/* alloc-fail.h - let the first, the second, ... allocation of an action fail, each time in a child of its own.
 *
 *     child (fork)    arm: "nth:N" -> the action, twice -> exit
 *     parent          waits; N reached? once more with N + 1
 *
 * At most one of the two attempts may fail, and with an error that means "no memory"; the child may also be killed for
 * want of memory. Then the same with "from:N": all later allocations fail, too, so that the child cannot even undo what
 * it has begun, and ends somehow. It must never hang, and when the sweep is over no memory is missing.
 */
#pragma once

#include "user/test/check.h"
#include "user/test/memory-now.h"
#include "user/test/proc-text.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

struct action {
	const char *name;
	/* True: it did all of its work; false: something answered that there is no memory, and all was undone. */
	bool (*run)(void);
	bool cold;	 /* nothing is cached when it begins */
	int exit_status; /* the one that means success */
};

#define ACTION(NAME, RUN)                \
	{                                \
		.name = NAME, .run = RUN \
	}
#define COLD(NAME, RUN)                                \
	{                                              \
		.name = NAME, .run = RUN, .cold = true \
	}

/* How a child ends when it saw what must not be. */
enum { WRONG = 99, FUSE_SECONDS = 30, SWEEP_MAX = 5000 };

#define ALLOC_FAIL_PATH "/proc/chime-alloc-fail"

/* An answer to the action's call: false: no memory. Any other error ends the child. */
static inline bool granted_(long ret, int error, const char *what, int line)
{
	if (ret >= 0)
		return true;
	if (error == ENOMEM || error == EAGAIN)
		return false;
	fprintf(stderr, "line %d: %s: %s\n", line, what, strerror(error));
	_exit(WRONG);
}

#define GRANTED(call)                                   \
	({                                              \
		long ret_ = (long)(call);               \
		granted_(ret_, errno, #call, __LINE__); \
	})
/* The same for what answers negative error numbers. */
#define GRANTED_ERROR(call)                                  \
	({                                                   \
		long ret_ = (long)(call);                    \
		granted_(ret_, (int)-ret_, #call, __LINE__); \
	})

/* What must be whatever happens to the memory. */
#define MUST(condition)                                                                 \
	do {                                                                            \
		if (!(condition)) {                                                     \
			fprintf(stderr, "line %d: not so: %s\n", __LINE__, #condition); \
			_exit(WRONG);                                                   \
		}                                                                       \
	} while (0)

/* How the allocations fail of which the first is the Nth. */
enum failures { FAIL_NONE, FAIL_NTH, FAIL_FROM };

static inline void child_sweep(const struct action *action, enum failures how, long nth)
{
	static const char *const words[] = { [FAIL_NTH] = "nth", [FAIL_FROM] = "from" };
	bool good[2];
	char text[32] = "off";

	if (how)
		snprintf(text, sizeof(text), "%s:%ld", words[how], nth);
	proc_write(ALLOC_FAIL_PATH, text);
	good[0] = action->run();
	good[1] = action->run();
	MUST(how == FAIL_FROM || good[0] || good[1]);
	MUST(how || (good[0] && good[1]));
	_exit(action->exit_status);
}

/* Wait for PID, at most FUSE_SECONDS: its wait status, or -1: it hung. */
static inline int status_of(pid_t pid)
{
	struct timespec pause = { 0, 100000 }, now, end;
	int status;

	clock_gettime(CLOCK_MONOTONIC, &end);
	for (end.tv_sec += FUSE_SECONDS;;) {
		pid_t got = waitpid(pid, &status, WNOHANG);

		if (got == pid)
			return status;
		REQUIRE(got == 0);
		clock_gettime(CLOCK_MONOTONIC, &now);
		if (now.tv_sec > end.tv_sec)
			break;
		nanosleep(&pause, NULL);
		if (pause.tv_nsec < 5000000)
			pause.tv_nsec *= 2;
	}
	show("/proc/tasks");
	kill(pid, SIGKILL);
	waitpid(pid, &status, 0);
	return -1;
}

/* Called in the parent when a child has ended: takes away what it may have left. */
static void (*after_attempt)(void);

/* What the wait status of a child may be. */
static inline bool ended_rightly(const struct action *action, enum failures how, int status, bool reached)
{
	if (status == action->exit_status << 8)
		return true;
	return status >= 0 && reached && (how == FAIL_FROM || status != WRONG << 8);
}

/* One child, whose NTH allocation fails. True: it made as many. */
static inline bool attempt(const struct action *action, enum failures how, long nth)
{
	bool reached;
	int status;
	pid_t pid;

	if (action->cold)
		proc_write("/proc/chime-drop-caches", "1");
	fflush(NULL);
	pid = fork();
	REQUIRE(pid >= 0);
	if (!pid)
		child_sweep(action, how, nth);
	status = status_of(pid);
	reached = proc_number(ALLOC_FAIL_PATH, "failed: ") > 0;
	proc_write(ALLOC_FAIL_PATH, "off");
	if (after_attempt)
		after_attempt();
	if (!CHECK(ended_rightly(action, how, status, reached)))
		check_note("%s: allocation %ld: status %x", action->name, nth, (unsigned)status);
	return reached;
}

static inline void sweep(const struct action *action, enum failures how)
{
	struct memory before;
	long nth = 0;

	attempt(action, FAIL_NONE, 0);
	attempt(action, how, 1);
	before = memory_now();
	while (attempt(action, how, ++nth))
		if (!CHECK(nth < SWEEP_MAX))
			return;
	printf("%s: %ld allocations\n", action->name, nth - 1);
	if (!memory_leaks(before, action->name, 0))
		return;
	/* which of them? */
	CHECK(false);
	for (long i = 1; i < nth; i++) {
		before = memory_now();
		attempt(action, how, i);
		memory_leaks(before, action->name, i);
	}
}

/* For main. */
static inline int sweep_all(const struct action *actions, size_t count)
{
	printf("%zu actions\n", count); /* the buffer of stdout is no leak of the first one's */
	for (size_t i = 0; i < count; i++) {
		sweep(&actions[i], FAIL_NTH);
		sweep(&actions[i], FAIL_FROM);
	}
	return check_done();
}
