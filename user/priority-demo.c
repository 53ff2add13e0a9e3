/* priority-demo.c - the coroutines of two processes take turns by priority, as if there were no border between them.
 *
 *     priority-demo            with what the processes tell the kernel, and without it
 *     priority-demo --check    the same; 0 if the order is right
 *
 *     process A   coroutines of levels 0, 2 and 4      an executor each, which runs its best one;
 *     process B   coroutines of levels 1 and 3         all on one hart
 *
 * Each executor knows the order of its own. That of both is known to nobody but the kernel, if it is told
 * (kernel/abi/share.h): then it is 0 1 2 3 4. Without that each process does its own first.
 */
#define _GNU_SOURCE
#include "user/lib/async.h"

#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

enum { PROCESSES = 2, COROUTINES = 3, STEPS = 3, NOTE_BYTES = 3, LOG_BYTES = 64 };

#define NEED(condition)                     \
	do {                                \
		if (!(condition)) {         \
			perror(#condition); \
			exit(EXIT_FAILURE); \
		}                           \
	} while (0)

/* A coroutine of a process. */
struct step {
	struct co co;
	const char *name;
	u32 left;
};

static const struct {
	u32 level;
	const char *name;
} coroutines[PROCESSES][COROUTINES] = { { { 4, "A4" }, { 2, "A2" }, { 0, "A0" } }, { { 3, "B3" }, { 1, "B1" } } };

/* Shared by the processes: who has made a step, in the order of the steps. */
static struct {
	u32 length;
	char text[LOG_BYTES];
} * shared;

static struct async async;

/* Another process may come between any two instructions: the place is taken in one. */
static void note(const char name[2])
{
	u32 at = atomic_add(&shared->length, NOTE_BYTES);

	shared->text[at] = ' ';
	memcpy(shared->text + at + 1, name, 2);
}

CO_STEP(step)
{
	CO_FRAME(step);
	long err;

	CO_BEGIN;
	while (f->left--) {
		note(f->name);
		AWAIT(err, async_yield(co));
	}
	(void)err;
	CO_RETURN(0);
	CO_END;
}

static long step(struct co *caller, void *name)
{
	return CO_CALL(step, caller, .name = name, .left = STEPS);
}

/* The first coroutine of a process: when the parent says so it starts the others, and waits for their ends. */
struct begin {
	struct co co;
	u32 process, i;
	int go;
	char byte;
	struct async_task *tasks[COROUTINES];
};

static struct async_task *start(u32 process, u32 i)
{
	const char *name = coroutines[process][i].name;
	struct async_task *task;

	if (!name)
		return NULL;
	task = async_spawn_at(&async, coroutines[process][i].level, step, (void *)name);
	NEED(task);
	return task;
}

CO_STEP(begin)
{
	CO_FRAME(begin);
	long err;

	CO_BEGIN;
	async_set_level(co, SHARE_BEST);
	AWAIT(err, async_read(co, f->go, &f->byte, 1, 0));
	NEED(err == 1);
	for (u32 i = 0; i < COROUTINES; i++)
		f->tasks[i] = start(f->process, i);
	for (; f->i < COROUTINES; f->i++)
		if (f->tasks[f->i])
			AWAIT(err, async_join(co, f->tasks[f->i]));
	CO_RETURN(0);
	CO_END;
}

static int go[PROCESSES][2];

static long begin(struct co *caller, void *process)
{
	return CO_CALL(begin, caller, .process = (u32)(u64)process, .go = go[(u64)process][0]);
}

static void be_process(u64 process, bool tell)
{
	NEED(!async_init(&async, 8));
	if (tell)
		NEED(!async_use_levels(&async));
	NEED(!async_block_on(&async, begin, (void *)process));
	async_exit(&async);
	exit(EXIT_SUCCESS);
}

static void one_hart(void)
{
	cpu_set_t harts;

	CPU_ZERO(&harts);
	CPU_SET(0, &harts);
	NEED(!sched_setaffinity(0, sizeof(harts), &harts));
}

/* Start them, let both begin, wait for their ends: was the order that of the levels? */
static bool run(bool tell, const char *what)
{
	int status;

	memset(shared, 0, sizeof(*shared));
	for (u64 i = 0; i < PROCESSES; i++) {
		NEED(!pipe(go[i]));
		if (!fork())
			be_process(i, tell);
	}
	usleep(20000);		 /* both wait now */
	share_level(SHARE_BEST); /* as they do: both are ready before one of them gets on */
	for (u32 i = 0; i < PROCESSES; i++)
		NEED(write(go[i][1], "", 1) == 1);
	share_level(SHARE_DEFAULT);
	for (u32 i = 0; i < PROCESSES; i++) {
		NEED(wait(&status) > 0 && !status);
		close(go[i][0]);
		close(go[i][1]);
	}
	if (what)
		printf("%-24s%s\n", what, shared->text);
	return !strcmp(shared->text, " A0 A0 A0 B1 B1 B1 A2 A2 A2 B3 B3 B3 A4 A4 A4");
}

int main(int argc, char **argv)
{
	bool right;

	shared = mmap(NULL, sizeof(*shared), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	NEED(shared != MAP_FAILED);
	one_hart();
	NEED(!share_start());
	run(true, NULL); /* now nobody has to wait for a page of the program any more */
	right = !run(false, "each for itself:");
	right &= run(true, "the kernel is told:");
	return argc > 1 && !strcmp(argv[1], "--check") && !right ? EXIT_FAILURE : EXIT_SUCCESS;
}
