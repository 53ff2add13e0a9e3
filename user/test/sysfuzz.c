/* sysfuzz.c - random system calls with random arguments, good ones and absurd ones mixed, by several processes at once
 * that have no rights. Each call must answer something that is an answer; memory that was not handed to the kernel must
 * not change; at the end everything ordinary still works.
 *
 * Left out is what would end, stop or block the program rightly: exit, clone, sleeping for an hour; that is in
 * sysfuzz-mortal.c. Names are relative to a directory of its own, memory calls stay in an arena, signals go to itself
 * and kill nobody. Who gets stuck all the same (what it would read has been made to block) is woken, and in the end
 * killed. Seed: environment CHIME_SEED, printed.
 *
 * machines: all crowd
 * oracle: native
 */
#define _GNU_SOURCE
#include "user/test/sysfuzz.h"

enum { STEPS = 1500, RESTORE_EVERY = 50 };
enum { LOOK_MS = 20, WAKE_AFTER = 10, KILL_AFTER = 200 };

static u32 *progress; /* of each worker, for main */

static void step(void)
{
	const struct call *call = &calls[random_below(ARRAY_SIZE(calls))];
	u64 args[6] = { 0 };
	long ret;

	for (int i = 0; call->arguments[i]; i++)
		args[i] = argument(call->arguments[i], i ? args[i - 1] : 0);
	errno = 0;
	ret = syscall(call->number, args[0], args[1], args[2], args[3], args[4], args[5]);
	if (!CHECK(ret != -1 || (errno > 0 && errno < 134))) /* no internal code comes out */
		check_note("system call %ld: errno %d", call->number, errno);
	if (call->made == DESCRIPTOR && ret > 2)
		close((int)ret);
	if (call->made == MAPPING && ret != -1 &&
	    ((u64)ret < (u64)arena || (u64)ret >= (u64)arena + ARENA_PAGES * PAGE))
		munmap((void *)ret, args[2]);
}

static int work(u32 me)
{
	worker_begin(me);
	for (int i = 0; i < STEPS; i++) {
		if (i % RESTORE_EVERY == 0)
			restore();
		step();
		atomic_add(&progress[me], 1u);
	}
	restore();
	check_ordinary();
	return check_done();
}

static pid_t start(u32 me)
{
	pid_t pid;

	directory_make(me);
	pid = (pid_t)REQUIRE_OK(fork());
	if (!pid)
		exit(work(me));
	return pid;
}

/* Until it has ended: its status, SIGKILL if that was ours. */
static int watch(u32 me, pid_t pid)
{
	u32 last = 0, quiet = 0;
	int status = 0;

	while (waitpid(pid, &status, WNOHANG) == 0) {
		quiet = load_relaxed(&progress[me]) == last ? quiet + 1 : 0;
		last = load_relaxed(&progress[me]);
		if (quiet >= WAKE_AFTER)
			kill(pid, quiet < KILL_AFTER ? SIGALRM : SIGKILL);
		sleep_ms(LOOK_MS);
	}
	return status;
}

int main(void)
{
	pid_t pids[WORKERS];
	int status;

	random_init();
	witness_begin();
	progress = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	REQUIRE(progress != MAP_FAILED);
	for (u32 i = 0; i < WORKERS; i++)
		pids[i] = start(i);
	for (u32 i = 0; i < WORKERS; i++) {
		status = watch(i, pids[i]);
		if (!CHECK(!status || status == SIGKILL))
			check_note("worker %u: status %#x after %u calls", i, status, progress[i]);
		clean(i);
	}
	check_ordinary();
	return check_done();
}
