/* sys.h - the system calls, one function each, grouped in files by what they are about. Arguments as in Linux's manual,
 * section 2; all may suspend. Only syscall.c calls them. */
#pragma once

#include "kernel/operation.h"
#include "lib/co.h"

struct user_context;
typedef long sys_call(struct co *caller, const u64 *args);
typedef long sys_prepare(struct op *op, const u64 *args);

/* rw.c */
sys_prepare prepare_read, prepare_write, prepare_pread, prepare_pwrite, prepare_readv, prepare_writev, prepare_preadv,
	prepare_pwritev, prepare_preadv2, prepare_pwritev2;
/* open.c */
sys_prepare prepare_openat, prepare_close, prepare_fsync, prepare_fdatasync;
/* allocate.c */
sys_call sys_fallocate, sys_memfd_create;
/* advise.c */
sys_call sys_fadvise64, sys_readahead, sys_sync_file_range;
/* copy.c */
sys_call sys_sendfile, sys_copy_file_range;
/* lock.c */
sys_call sys_flock;
/* openat2.c */
sys_call sys_openat2;
/* stat.c */
sys_prepare prepare_statx;
sys_call sys_newfstatat, sys_fstat, sys_statfs, sys_fstatfs, sys_faccessat, sys_faccessat2, sys_readlinkat,
	sys_getdents64;
/* descriptor.c */
sys_call sys_dup, sys_dup3, sys_fcntl, sys_ioctl, sys_lseek, sys_eventfd2, sys_close_range;
/* posix_timer.c */
sys_call sys_timer_create, sys_timer_gettime, sys_timer_getoverrun, sys_timer_settime, sys_timer_delete, sys_setitimer,
	sys_getitimer;
/* timerfd.c */
sys_call sys_timerfd_create, sys_timerfd_settime, sys_timerfd_gettime;
/* pipe.c */
sys_call sys_pipe2;
/* name.c */
sys_call sys_getcwd, sys_chdir, sys_fchdir, sys_mkdirat, sys_mknodat, sys_unlinkat, sys_symlinkat, sys_linkat,
	sys_renameat2, sys_truncate, sys_ftruncate, sys_fchmod, sys_fchmodat, sys_fchown, sys_fchownat, sys_utimensat,
	sys_umask, sys_sync;
/* poll.c */
sys_call sys_ppoll;
/* select.c */
sys_call sys_pselect6;
/* memory.c */
sys_call sys_brk, sys_mmap, sys_munmap, sys_mremap, sys_mprotect, sys_madvise, sys_msync;
/* resident.c */
sys_call sys_mlock, sys_mlock2, sys_munlock, sys_mlockall, sys_munlockall, sys_mincore;
/* machine.c */
sys_call sys_membarrier, sys_riscv_flush_icache, sys_riscv_hwprobe;
/* process.c */
sys_call sys_exit, sys_exit_group, sys_getpid, sys_getppid, sys_gettid, sys_set_tid_address, sys_sched_yield;
/* affinity.c */
sys_call sys_sched_getaffinity, sys_sched_setaffinity, sys_getcpu, sys_rseq;
/* child.c */
sys_call sys_clone, sys_clone3, sys_unshare, sys_wait4, sys_waitid;
/* nice.c */
sys_call sys_setpriority, sys_getpriority;
/* sched.c */
sys_call sys_sched_setparam, sys_sched_setscheduler, sys_sched_getscheduler, sys_sched_getparam,
	sys_sched_get_priority_max, sys_sched_get_priority_min, sys_sched_rr_get_interval, sys_sched_setattr,
	sys_sched_getattr, sys_sched_share;
/* credentials.c */
sys_call sys_getuid, sys_geteuid, sys_getgid, sys_getegid, sys_setuid, sys_setgid, sys_setreuid, sys_setregid,
	sys_setresuid, sys_setresgid, sys_getresuid, sys_getresgid, sys_setfsuid, sys_setfsgid, sys_getgroups,
	sys_setgroups;
/* limits.c */
sys_call sys_getrlimit, sys_setrlimit, sys_prlimit64;
/* usage.c */
sys_call sys_getrusage, sys_times;
/* group.c */
sys_call sys_setpgid, sys_getpgid, sys_getsid, sys_setsid;
/* exec.c */
sys_call sys_execve, sys_execveat;
/* futex.c */
sys_call sys_futex, sys_set_robust_list, sys_get_robust_list;
/* kill.c */
sys_call sys_kill, sys_tkill, sys_tgkill, sys_rt_sigqueueinfo, sys_rt_tgsigqueueinfo;
sys_call sys_pidfd_open, sys_pidfd_getfd, sys_pidfd_send_signal;
/* signal.c */
sys_call sys_rt_sigprocmask, sys_rt_sigaction, sys_rt_sigpending, sys_sigaltstack, sys_rt_sigreturn,
	sys_restart_syscall;
long fast_rt_sigprocmask(struct user_context *context);
/* signalfd.c */
sys_call sys_signalfd4;
/* signal_wait.c */
sys_call sys_rt_sigsuspend, sys_rt_sigtimedwait;
/* time.c */
sys_call sys_clock_settime, sys_clock_gettime, sys_clock_getres, sys_clock_nanosleep, sys_nanosleep, sys_gettimeofday;
/* system.c */
sys_call sys_uname, sys_sysinfo, sys_getrandom, sys_prctl;
/* ring.c */
sys_call sys_io_uring_setup, sys_io_uring_enter, sys_io_uring_register;
long fast_io_uring_enter(struct user_context *context), fast_io_uring_enter_traced(struct user_context *context);
/* fast.c: trace what comes through the fast door, or not. */
void fast_door_trace(bool on);
/* uintr.c */
sys_call sys_uintr_register_handler, sys_uintr_unregister_handler, sys_uintr_create_fd, sys_uintr_register_sender,
	sys_uintr_unregister_sender, sys_uintr_send, sys_uintr_wait, sys_uintr_return;
