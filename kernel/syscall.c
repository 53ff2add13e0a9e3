/* syscall.c - the table of system calls, and the door to it.
 *
 * A row names either a function of its own, or an operation that rings reach as well and the function that makes a
 * struct op of the registers. Numbers without a row are answered with -ENOSYS, which programs expect and fall back
 * from.
 */
#include "kernel/syscall.h"

#include "kernel/abi/errno.h"
#include "kernel/abi/syscalls.h"
#include "kernel/hart/print.h"
#include "kernel/proc/thread.h"
#include "kernel/sys/sys.h"

#define CALL(NAME) [NR_##NAME] = { .name = #NAME, .call = sys_##NAME }
/* Not begun again, or only sometimes, when it was interrupted. */
#define HOW_IF(HOW)			.interrupted = INTERRUPTED_##HOW
#define CALL_IF(NAME, HOW)		[NR_##NAME] = { .name = #NAME, .call = sys_##NAME, HOW_IF(HOW) }
#define OPERATION(NAME, OP)		[NR_##NAME] = { .name = #NAME, .prepare = prepare_##NAME, .op = (OP) }
#define OPERATION_AS(NAME, PREPARE, OP) [NR_##NAME] = { .name = #NAME, .prepare = prepare_##PREPARE, .op = (OP) }

static const struct syscall linux_calls[NR_LINUX_END] = {
	OPERATION(read, OP_READ),
	OPERATION(write, OP_WRITE),
	OPERATION(readv, OP_READV),
	OPERATION(writev, OP_WRITEV),
	OPERATION_AS(pread64, pread, OP_READ),
	OPERATION_AS(pwrite64, pwrite, OP_WRITE),
	OPERATION(preadv, OP_READV),
	OPERATION(pwritev, OP_WRITEV),
	OPERATION(preadv2, OP_READV),
	OPERATION(pwritev2, OP_WRITEV),
	OPERATION(openat, OP_OPENAT),
	OPERATION(close, OP_CLOSE),
	OPERATION(fsync, OP_FSYNC),
	OPERATION(fdatasync, OP_FSYNC),
	OPERATION(statx, OP_STATX),
	CALL(getcwd),
	CALL(eventfd2),
	CALL(dup),
	CALL(dup3),
	CALL(fcntl),
	CALL(ioctl),
	CALL(flock),
	CALL(mkdirat),
	CALL(mknodat),
	CALL(unlinkat),
	CALL(symlinkat),
	CALL(linkat),
	CALL(statfs),
	CALL(fstatfs),
	CALL(truncate),
	CALL(ftruncate),
	CALL(fallocate),
	CALL(fadvise64),
	CALL(readahead),
	CALL(sync_file_range),
	CALL(faccessat),
	CALL(chdir),
	CALL(fchdir),
	CALL(fchmod),
	CALL(fchmodat),
	CALL(fchownat),
	CALL(fchown),
	CALL(pipe2),
	CALL(getdents64),
	CALL(lseek),
	CALL(sendfile),
	CALL_IF(pselect6, NO_HANDLER),
	CALL_IF(ppoll, NO_HANDLER),
	CALL(signalfd4),
	CALL(readlinkat),
	CALL(newfstatat),
	CALL(fstat),
	CALL(sync),
	CALL(timerfd_create),
	CALL(timerfd_settime),
	CALL(timerfd_gettime),
	CALL(utimensat),
	CALL(exit),
	CALL(exit_group),
	CALL(waitid),
	CALL(set_tid_address),
	CALL(unshare),
	CALL_IF(futex, TIMED),
	CALL(set_robust_list),
	CALL(get_robust_list),
	CALL_IF(nanosleep, NO_HANDLER),
	CALL(getitimer),
	CALL(setitimer),
	CALL(timer_create),
	CALL(timer_gettime),
	CALL(timer_getoverrun),
	CALL(timer_settime),
	CALL(timer_delete),
	CALL(clock_settime),
	CALL(clock_gettime),
	CALL(clock_getres),
	CALL_IF(clock_nanosleep, NO_HANDLER),
	CALL(sched_setparam),
	CALL(sched_setscheduler),
	CALL(sched_getscheduler),
	CALL(sched_getparam),
	CALL(sched_get_priority_max),
	CALL(sched_get_priority_min),
	CALL(sched_rr_get_interval),
	CALL(sched_setattr),
	CALL(sched_getattr),
	CALL(setpriority),
	CALL(getpriority),
	CALL(getcpu),
	CALL(rseq),
	CALL(sched_setaffinity),
	CALL(sched_getaffinity),
	CALL(sched_yield),
	CALL_IF(restart_syscall, FAILS),
	CALL(kill),
	CALL(tkill),
	CALL(tgkill),
	CALL(sigaltstack),
	CALL_IF(rt_sigsuspend, NO_HANDLER),
	CALL(rt_sigaction),
	CALL(rt_sigprocmask),
	CALL(rt_sigpending),
	CALL_IF(rt_sigtimedwait, FAILS),
	CALL(rt_sigqueueinfo),
	CALL(rt_sigreturn),
	CALL(setregid),
	CALL(setgid),
	CALL(setreuid),
	CALL(setuid),
	CALL(setresuid),
	CALL(getresuid),
	CALL(setresgid),
	CALL(getresgid),
	CALL(setfsuid),
	CALL(setfsgid),
	CALL(times),
	CALL(setpgid),
	CALL(getpgid),
	CALL(getsid),
	CALL(getgroups),
	CALL(setgroups),
	CALL(setsid),
	CALL(uname),
	CALL(getrlimit),
	CALL(setrlimit),
	CALL(getrusage),
	CALL(umask),
	CALL(prctl),
	CALL(gettimeofday),
	CALL(getpid),
	CALL(getppid),
	CALL(getuid),
	CALL(geteuid),
	CALL(getgid),
	CALL(getegid),
	CALL(gettid),
	CALL(sysinfo),
	CALL(brk),
	CALL(munmap),
	CALL(mremap),
	CALL(clone),
	CALL(execve),
	CALL(mmap),
	CALL(mprotect),
	CALL(msync),
	CALL(mlock),
	CALL(munlock),
	CALL(mlockall),
	CALL(munlockall),
	CALL(mincore),
	CALL(madvise),
	CALL(rt_tgsigqueueinfo),
	CALL(riscv_hwprobe),
	CALL(riscv_flush_icache),
	CALL(wait4),
	CALL(clone3),
	CALL(pidfd_open),
	CALL(pidfd_getfd),
	CALL(pidfd_send_signal),
	CALL(close_range),
	CALL(openat2),
	CALL(faccessat2),
	CALL(prlimit64),
	CALL(renameat2),
	CALL(getrandom),
	CALL(memfd_create),
	CALL(execveat),
	CALL(membarrier),
	CALL(mlock2),
	CALL(copy_file_range),
	CALL(io_uring_setup),
	CALL_IF(io_uring_enter, FAILS),
	CALL(io_uring_register),
};

#undef CALL
#define CALL(NAME) [NR_##NAME - NR_CHIME] = { .name = #NAME, .call = sys_##NAME }

static const struct syscall chime_calls[NR_CHIME_END - NR_CHIME] = {
	CALL(uintr_register_handler),
	CALL(uintr_unregister_handler),
	CALL(uintr_create_fd),
	CALL(uintr_register_sender),
	CALL(uintr_unregister_sender),
	CALL(uintr_send),
	CALL(uintr_return),
	CALL(sched_share),
	[NR_uintr_wait - NR_CHIME] = { .name = "uintr_wait", .call = sys_uintr_wait, .interrupted = INTERRUPTED_FAILS },
};

static const struct syscall *find(u64 number)
{
	if (likely(number < NR_LINUX_END))
		return &linux_calls[number];
	if (number - NR_CHIME < NR_CHIME_END - NR_CHIME)
		return &chime_calls[number - NR_CHIME];
	return NULL;
}

const char *syscall_name(u64 number)
{
	const struct syscall *row = find(number);

	return row && row->name ? row->name : "?";
}

u8 syscall_interrupted(const struct thread *thread)
{
	const struct syscall *row = find(thread->context.x[X_A7]);
	u8 how = row ? row->interrupted : INTERRUPTED_FAILS;

	if (how == INTERRUPTED_TIMED)
		how = thread->context.x[X_A3] ? INTERRUPTED_NO_HANDLER : INTERRUPTED_RESTARTS;
	return how;
}

/* Each number is told of once, so that no program can flood the console; those without a place in the table as one. */
static __attribute__((noinline, cold)) long unknown(struct thread *thread, u64 number)
{
	static u64 told[NR_LINUX_END / 64 + 1];
	u64 at = min(number, (u64)NR_LINUX_END), bit = 1ul << at % 64;

	if (!(load_relaxed(&told[at / 64]) & bit) && !(atomic_or(&told[at / 64], bit) & bit))
		print("%s[%u]: system call %lu does not exist here\n", thread->process->name, thread->tid, number);
	return -ENOSYS;
}

/* An operation that rings have as well. */
static __attribute__((noinline)) long run_operation(struct co *caller, struct thread *thread, const struct syscall *row)
{
	long err = row->prepare(&thread->op, &thread->context.x[X_A0]);

	thread->op.code = row->op;
	return err ? err : operations[row->op].start(caller, &thread->op);
}

long syscall_run(struct co *caller, struct thread *thread)
{
	u64 number = thread->context.x[X_A7];
	const struct syscall *row = find(number);

	if (likely(row && row->call))
		return row->call(caller, &thread->context.x[X_A0]);
	if (row && row->name)
		return run_operation(caller, thread, row);
	return unknown(thread, number);
}
