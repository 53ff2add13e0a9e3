/* crash.c - bugs on purpose: for learners, who see the last words of a kernel, and for the test of those words.
 *
 * The crash is a few calls deep, in a coroutine that has waited before: both the backtrace (who called whom since the
 * event loop) and the await chain (what the task is in the middle of) have something to tell.
 */
#include "kernel/crash.h"

#include "kernel/hart/bootargs.h"
#include "kernel/hart/clock.h"
#include "kernel/hart/panic.h"
#include "kernel/hart/print.h"
#include "kernel/task/task.h"
#include "kernel/task/wait.h"
#include "lib/string.h"

enum { CRASH_DELAY_NS = 1000000 };

static void crash_panic(void)
{
	panic("crash=panic was asked for");
}

static void crash_trap(void)
{
	volatile u64 *volatile nothing = (volatile u64 *)8;

	*nothing = 1;
}

static void crash_jump(void)
{
	void (*volatile nowhere)(void) = (void (*)(void))16;

	nowhere();
	print("crash=jump: it came back\n");
}

static const struct {
	const char *name;
	void (*crash)(void);
} kinds[] = {
	{ "panic", crash_panic },
	{ "trap", crash_trap },
	{ "jump", crash_jump },
};

/* A frame of its own, so that the backtrace has to follow one that is not the coroutine's. */
static __attribute__((noinline)) void crash_deep(u32 kind)
{
	kinds[kind].crash();
	print("crash=%s: nothing happened\n", kinds[kind].name);
}

struct crash {
	struct co co;
	u32 kind;
};

CO_STEP(crash)
{
	CO_FRAME(crash);
	long err;

	CO_BEGIN;
	AWAIT(err, task_sleep_until(co, clock_now() + CRASH_DELAY_NS));
	(void)err;
	crash_deep(f->kind);
	CO_RETURN(0);
	CO_END;
}

static long crash_main(struct co *caller, void *kind)
{
	return CO_CALL(crash, caller, .kind = (u32)(u64)kind);
}

void crash_boot(void)
{
	const char *how = bootargs_value("crash");
	u64 kind = 0;

	while (how && kind < ARRAY_SIZE(kinds) && strcmp(how, kinds[kind].name))
		kind++;
	if (how && kind == ARRAY_SIZE(kinds))
		print("crash=%s: panic, trap or jump was expected\n", how);
	else if (how && task_spawn("crash", PRIORITY_SERVICE, crash_main, (void *)kind))
		print("crash=%s: no memory for its task\n", how);
}
