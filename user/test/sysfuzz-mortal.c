/* sysfuzz-mortal.c - what sysfuzz.c leaves out: random calls that end, stop, block or multiply whoever makes them, by
 * processes that may die of it: exit, clone of threads and of processes with any flags, waits without end, handlers of
 * every signal, signals to oneself, nodes, random registers (rt_sigreturn), rings full of nonsense.
 *
 *     main -- worker (nobody, takes orphans) -- life (a process group) -- its threads, children, their children ...
 *
 * A life is over when it has ended, or after a while: then its group is killed, until the worker has no child left. So
 * the verdict: nothing survives SIGKILL, the worker is unharmed, no call answers what is no answer, everything
 * ordinary still works; and afterwards no memory is missing. Seed: environment CHIME_SEED, printed.
 *
 * machines: all crowd
 * oracle: none
 * links: user/lib/uring.c user/lib/uring-setup.c
 */
#define _GNU_SOURCE
#include "user/test/ring.h"
#include "user/test/sysfuzz.h"

#include <linux/sched.h>
#include <sched.h>
#include <sys/prctl.h>
#include <sys/resource.h>

enum { LIVES = 40, LIFE_STEPS = 60, LOOKS = 40, TASKS_MOST = 60, STACKS = 4, STACK_BYTES = 16384, ENTRIES = 8 };

/* The letters of sysfuzz-calls.inc, and
 *     P this process   G any signal   D what to do about it, sometimes jumping anywhere   N kind of a node
 *     C flags of clone, but no shared memory   T struct clone_args   F futex operation that waits   W short wait
 */
static const struct call mortal_calls[] = {
	{ SYS_exit, "i", NOTHING },
	{ SYS_exit_group, "i", NOTHING },
	{ SYS_clone, "C0ppp", NOTHING },
	{ SYS_clone, "C0ppp", NOTHING },
	{ SYS_clone3, "Tz", NOTHING },
	{ SYS_clone3, "T8", NOTHING },
	{ SYS_rt_sigsuspend, "S8", NOTHING },
	{ SYS_rt_sigaction, "GDp8", NOTHING },
	{ SYS_rt_sigaction, "GDp8", NOTHING },
	{ SYS_rt_sigaction, "GDp8", NOTHING },
	{ SYS_rt_sigaction, "GDpz", NOTHING },
	{ SYS_rt_sigprocmask, "wS08", NOTHING },
	{ SYS_rt_sigreturn, "", NOTHING },
	{ SYS_kill, "PG", NOTHING },
	{ SYS_tkill, "PG", NOTHING },
	{ SYS_tgkill, "PPG", NOTHING },
	{ SYS_rt_sigqueueinfo, "PGp", NOTHING },
	{ SYS_timer_create, "cEp", NOTHING },
	{ SYS_setitimer, "wIp", NOTHING },
	{ SYS_mknodat, "fnNi", NOTHING },
	{ SYS_openat, "fnwi", DESCRIPTOR },
	{ SYS_ppoll, "00000", NOTHING },
	{ SYS_ppoll, "pW0pz", NOTHING },
	{ SYS_futex, "pFitpi", NOTHING },
	{ SYS_futex, "pFi0pi", NOTHING },
	{ SYS_set_robust_list, "ps", NOTHING },
	{ SYS_set_robust_list, "p3", NOTHING },
	{ SYS_set_tid_address, "p", NOTHING },
	{ SYS_get_robust_list, "qpp", NOTHING },
	{ SYS_wait4, "000p", NOTHING },
	{ SYS_waitid, "wPpw0", NOTHING },
	{ SYS_nanosleep, "pp", NOTHING },
	{ SYS_brk, "p", NOTHING },
	{ SYS_io_uring_enter, "fWWipi", NOTHING },
	{ SYS_execveat, "fnppi", NOTHING },
	{ NR_uintr_register_handler, "pwp8", NOTHING },
	{ NR_uintr_unregister_handler, "w", NOTHING },
	{ NR_uintr_wait, "w", NOTHING },
};

/* Calls that answered nonsense, for the worker. A life may come to run wild, so its memory tells nothing: what it says
 * here counts if it is said in this way. */
struct complaint {
	u64 magic, call, answer;
};
#define MAGIC 0x6d6f7274616c6974ul
static int complaints[2];

static int steps; /* left to this process */
static char thread_stacks[STACKS][STACK_BYTES] __attribute__((aligned(16)));
static u32 stacks_used;
static struct io_uring ring;
static bool has_ring;

static struct {
	void (*handler)(int);
	u64 flags, mask, more;
} mortal_actions[] = {
	{ heard, 0, 0, 0 },
	{ heard, SA_SIGINFO | SA_ONSTACK, 0, 0 },
	{ heard, SA_RESTART, -1ul, 0 },
	{ SIG_DFL, 0, 0, 0 },
	{ (void (*)(int))0x1000, 0, 0, 0 },
	{ heard, SA_RESETHAND | SA_NODEFER, 0, 0 },
	{ SIG_IGN, -1ul, 0, 0 },
	{ heard, SA_NOCLDWAIT | SA_NOCLDSTOP, 0, 0 },
};

/* The C library's errno is one for all threads here, which have no storage of their own. */
static long raw(long number, const u64 *args)
{
	register u64 a0 __asm__("a0") = args[0], a1 __asm__("a1") = args[1], a2 __asm__("a2") = args[2];
	register u64 a3 __asm__("a3") = args[3], a4 __asm__("a4") = args[4], a5 __asm__("a5") = args[5];
	register long a7 __asm__("a7") = number;

	__asm__ volatile("ecall" : "+r"(a0) : "r"(a1), "r"(a2), "r"(a3), "r"(a4), "r"(a5), "r"(a7) : "memory");
	return (long)a0;
}

/* Flags of clone, of which each is there or not: no memory is shared, since both go on upon this stack. */
static u64 any_clone_flags(void)
{
	static const u32 some[] = {
		CLONE_FS,	    CLONE_FILES,	  CLONE_PARENT,	 CLONE_PARENT_SETTID,
		CLONE_CHILD_SETTID, CLONE_CHILD_CLEARTID, CLONE_PIDFD,	 CLONE_UNTRACED,
		CLONE_IO,	    CLONE_SYSVSEM,	  CLONE_SIGHAND, CLONE_THREAD,
		CLONE_NEWNS,	    CLONE_NEWPID,	  CLONE_VFORK,
	};
	u64 flags = random_below(4) ? SIGCHLD : random_below(256);

	for (u64 n = random_below(4); n; n--)
		flags |= some[random_below(ARRAY_SIZE(some))];
	return flags;
}

static u64 clone_arguments(void)
{
	u64 *args = (u64 *)(arena + random_below(8) * PAGE);

	*(struct clone_args *)args = (struct clone_args){ .flags = any_clone_flags() & ~0xfful,
							  .pidfd = any_pointer(),
							  .child_tid = any_pointer(),
							  .parent_tid = any_pointer(),
							  .exit_signal = random_below(70) };
	if (!random_below(4))
		args[random_below(11)] = any_number() & ~(u64)CLONE_VM;
	return (u64)args;
}

static u64 mortal_argument(char letter, u64 before)
{
	static const u64 kinds[] = { S_IFIFO | 0600, S_IFREG | 0600, S_IFCHR | 0600, S_IFSOCK | 0600, 0600, S_IFDIR };
	static const u64 waits[] = { FUTEX_WAIT, FUTEX_WAIT | 128, FUTEX_WAIT_BITSET, FUTEX_CMP_REQUEUE,
				     FUTEX_LOCK_PI };

	switch (letter) {
	case 'P':
		return (u64)getpid();
	case 'G':
		return random_below(66);
	case 'D':
		return good(mortal_actions, sizeof(mortal_actions[0]), ARRAY_SIZE(mortal_actions));
	case 'N':
		return random_below(6) ? kinds[random_below(ARRAY_SIZE(kinds))] : any_number();
	case 'C':
		return any_clone_flags();
	case 'T':
		return clone_arguments();
	case 'F':
		return waits[random_below(ARRAY_SIZE(waits))];
	case 'W':
		return random_below(3);
	case '3':
		return 24;
	case '8':
		return 8;
	default:
		return argument(letter, before);
	}
}

/* Does it leave the group that is killed in the end? */
static bool escapes(const struct call *call)
{
	return call->number == SYS_setsid || call->number == SYS_setpgid;
}

static void complain(long call, long answer)
{
	struct complaint complaint = { MAGIC, (u64)call, (u64)answer };

	raw(SYS_write, (u64[6]){ (u64)complaints[1], (u64)&complaint, sizeof(complaint) });
}

static void call_make(const struct call *call)
{
	bool clones = call->number == SYS_clone || call->number == SYS_clone3;
	u64 args[6] = { 0 };
	long ret;

	for (int i = 0; call->arguments[i]; i++)
		args[i] = mortal_argument(call->arguments[i], i ? args[i - 1] : 0);
	ret = raw(call->number, args);
	if (clones && !ret) { /* the child: another sequence, and a shorter life */
		random_state += (u64)getpid();
		steps /= 2;
	}
	if (ret > -4096 && ret <= -134)
		complain(call->number, ret);
	if (call->made == DESCRIPTOR && ret > 2)
		close((int)ret);
}

static void any_call(void)
{
	const struct call *call = random_below(3) ? &calls[random_below(ARRAY_SIZE(calls))]
						  : &mortal_calls[random_below(ARRAY_SIZE(mortal_calls))];

	if (!escapes(call))
		call_make(call);
}

/* --- threads, and processes that share memory --- */

static int live_on(void *argument)
{
	(void)argument;
	for (int i = 0; i < 10; i++)
		any_call();
	return 0;
}

static void thread_make(void)
{
	static const int kinds[] = {
		CLONE_VM | CLONE_SIGHAND | CLONE_THREAD,
		CLONE_VM | CLONE_SIGHAND | CLONE_THREAD | CLONE_FILES | CLONE_FS | CLONE_SYSVSEM,
		CLONE_VM | SIGCHLD,
		CLONE_VM | CLONE_VFORK | SIGCHLD,
		CLONE_VM | CLONE_SIGHAND | CLONE_FILES | SIGCHLD,
	};
	static const int tids[] = { 0, CLONE_CHILD_CLEARTID, CLONE_PARENT_SETTID | CLONE_CHILD_SETTID };
	u32 i = atomic_add_relaxed(&stacks_used, 1u);

	if (i < STACKS)
		clone(live_on, thread_stacks[i] + STACK_BYTES,
		      kinds[random_below(ARRAY_SIZE(kinds))] | tids[random_below(ARRAY_SIZE(tids))], NULL,
		      (pid_t *)any_pointer(), NULL, (pid_t *)any_pointer());
}

/* --- rings --- */

/* Any bytes, around an operation, a descriptor and memory that may be real. */
static void sqe_fill(struct io_uring_sqe *sqe)
{
	u64 *words = (u64 *)sqe;

	for (u32 i = 0; i < sizeof(*sqe) / 8; i++)
		words[i] = random_below(3) ? 0 : any_number();
	sqe->opcode = (u8)random_below(random_below(8) ? 24 : 256);
	sqe->flags = random_below(3) ? 0 : (u8)random_below(256);
	sqe->ioprio = 0;
	sqe->fd = descriptors[random_below(ARRAY_SIZE(descriptors))];
	if (random_below(2))
		sqe->addr = any_pointer();
	if (random_below(2))
		sqe->len = (u32)random_below(3 * PAGE);
	sqe->user_data = random_below(4);
}

static void ring_use(void)
{
	static const u32 some[] = { 0, 0, IORING_SETUP_SQPOLL, IORING_SETUP_CQSIZE, IORING_SETUP_CLAMP };
	u32 n = (u32)random_below(ENTRIES + 3);
	struct io_uring_params params = { .flags = some[random_below(ARRAY_SIZE(some))],
					  .cq_entries = (u32)random_below(40),
					  .sq_thread_idle = 1 };

	if (!has_ring)
		has_ring = !io_uring_queue_init_params(ENTRIES, &ring, &params);
	if (!has_ring)
		return;
	for (u32 i = 0; i < n; i++)
		sqe_fill(&ring.sq.sqes[random_below(ENTRIES)]);
	if (!random_below(8) && ring.sq.array)
		ring.sq.array[random_below(ENTRIES)] = (u32)any_number();
	store_release(ring.sq.ktail, load_relaxed(ring.sq.ktail) + (random_below(20) ? n : (u32)any_number()));
	if (random_below(3))
		store_release(ring.cq.khead, load_relaxed(ring.cq.ktail)); /* all seen */
	io_uring_enter((unsigned)ring.ring_fd, n, random_below(8) ? 0 : 1,
		       IORING_ENTER_GETEVENTS | IORING_ENTER_SQ_WAKEUP, NULL);
}

/* --- lives --- */

static void live(void)
{
	for (steps = LIFE_STEPS; steps > 0; steps--) {
		u64 what = random_below(20);

		if (what < 16)
			any_call();
		else if (what < 18)
			ring_use();
		else if (what < 19)
			thread_make();
		else
			raw(SYS_sched_yield, (u64[6]){ 0 });
	}
	_exit(0);
}

/* Whoever descends from us is our child by now, or will be when those before it have ended. */
static void end_all(pid_t group)
{
	pid_t pid;

	do {
		kill(-group, SIGKILL);
		while ((pid = waitpid(-1, NULL, WNOHANG | __WALL)) > 0)
			;
		sleep_ms(1);
	} while (!pid);
	CHECK_ERRNO(pid, ECHILD);
}

/* It stays a zombie, and so keeps the number of its group. */
static bool has_ended(pid_t pid)
{
	siginfo_t info = { 0 };

	return waitid(P_PID, (id_t)pid, &info, WEXITED | WNOHANG | WNOWAIT) || info.si_pid == pid;
}

static void hear_complaints(void)
{
	struct complaint complaint;

	while (read(complaints[0], &complaint, sizeof(complaint)) == sizeof(complaint))
		if (!CHECK(complaint.magic != MAGIC))
			check_note("system call %llu answered %lld", (unsigned long long)complaint.call,
				   (long long)complaint.answer);
}

static bool one_life(void)
{
	pid_t pid = fork();

	random_next();
	if (pid < 0)
		return false; /* the others have used up what nobody may have */
	if (!pid) {
		setpgid(0, 0);
		random_state += (u64)getpid();
		live();
	}
	setpgid(pid, pid);
	for (int i = 0; i < LOOKS && !has_ended(pid); i++)
		sleep_ms(1);
	end_all(pid);
	hear_complaints();
	return true;
}

static int work(u32 me)
{
	struct rlimit most = { TASKS_MOST, TASKS_MOST };

	worker_begin(me);
	REQUIRE_OK(pipe2(complaints, O_NONBLOCK));
	REQUIRE_OK(prctl(PR_SET_CHILD_SUBREAPER, 1));
	REQUIRE_OK(setrlimit(RLIMIT_NPROC, &most));
	for (int i = 0; i < LIVES;) {
		restore();
		if (one_life())
			i++;
		else
			sleep_ms(1);
	}
	restore();
	check_ordinary();
	return check_done();
}

int main(void)
{
	pid_t pids[WORKERS];
	int status;

	random_init();
	witness_begin();
	for (u32 i = 0; i < WORKERS; i++) {
		directory_make(i);
		pids[i] = (pid_t)REQUIRE_OK(fork());
		if (!pids[i])
			exit(work(i));
	}
	for (u32 i = 0; i < WORKERS; i++) {
		CHECK_EQ(waitpid(pids[i], &status, 0), pids[i]);
		if (!CHECK(!status))
			check_note("worker %u: status %#x", i, status);
		clean(i);
	}
	check_ordinary();
	return check_done();
}
