/* abi-signal.c - our text of signals (kernel/abi/signal.h) says the same as Linux's own headers: numbers by name, the
 * layouts by size and offset. How the comparison works: abi-uring.c.
 *
 * oracle: user
 */
#include "lib/types.h"

#include <stdio.h>

struct abi_line {
	const char *name;
	u64 value;
};

#define VALUE(constant)	       { #constant, (u64)(constant) },
#define AT(name, type, member) { name, offsetof(type, member) },
#define SIZE(name, type)       { name, sizeof(type) },

static size_t our_lines(const struct abi_line **lines)
{
#include "kernel/abi/signal.h"
	static const struct abi_line table[] = {
#include "user/test/abi-signal-list.inc"
		SIZE("sigaction", struct signal_action) AT("sigaction.flags", struct signal_action, flags)
			AT("sigaction.mask", struct signal_action, mask){ "siginfo", SIGINFO_BYTES },
		AT("si_code", struct signal_info, code) AT("si_pid", struct signal_info, pid) AT(
			"si_uid", struct signal_info, uid) AT("si_value", struct signal_info,
							      value) AT("si_status", struct signal_info, status)
			AT("si_utime", struct signal_info, user_time) AT("si_stime", struct signal_info, system_time)
				AT("si_overrun", struct signal_info, overrun) AT("si_addr", struct signal_info, address)
					AT("si_fd", struct signal_info, fd) SIZE("stack_t", struct signal_stack)
						AT("ss_flags", struct signal_stack,
						   flags) AT("ss_size", struct signal_stack,
							     bytes) SIZE("ucontext", struct signal_ucontext)
							AT("uc_stack", struct signal_ucontext,
							   stack) AT("uc_sigmask", struct signal_ucontext, mask)
								AT("uc_mcontext", struct signal_ucontext,
								   context) SIZE("sigcontext", struct signal_context)
									AT("sc_fpregs", struct signal_context, f)
										AT("fcsr", struct signal_context, fcsr)
	};

	*lines = table;
	return ARRAY_SIZE(table);
}

/* what libc has defined on the way here, under the same names */
#include <asm/ptrace.h>
#include <asm/sigcontext.h>
#include <linux/signal.h>

#include <asm/ucontext.h>

static size_t linux_lines(const struct abi_line **lines)
{
	static const struct abi_line table[] = {
#include "user/test/abi-signal-list.inc"
		SIZE("sigaction", struct sigaction) AT("sigaction.flags", struct sigaction,
						       sa_flags) AT("sigaction.mask", struct sigaction, sa_mask)
			SIZE("siginfo", siginfo_t) AT("si_code", siginfo_t, si_code) AT("si_pid", siginfo_t, si_pid) AT(
				"si_uid", siginfo_t, si_uid) AT("si_value", siginfo_t, si_value)
				AT("si_status", siginfo_t, si_status) AT("si_utime", siginfo_t, si_utime) AT(
					"si_stime", siginfo_t, si_stime) AT("si_overrun", siginfo_t, si_overrun)
					AT("si_addr", siginfo_t, si_addr) AT("si_fd", siginfo_t, si_fd) SIZE(
						"stack_t", stack_t) AT("ss_flags", stack_t, ss_flags)
						AT("ss_size", stack_t, ss_size) SIZE("ucontext", struct ucontext) AT(
							"uc_stack", struct ucontext,
							uc_stack) AT("uc_sigmask", struct ucontext, uc_sigmask)
							AT("uc_mcontext", struct ucontext,
							   uc_mcontext) SIZE("sigcontext", struct sigcontext)
								AT("sc_fpregs", struct sigcontext, sc_fpregs)
									AT("fcsr", struct sigcontext, sc_fpregs.d.fcsr)
	};

	*lines = table;
	return ARRAY_SIZE(table);
}

int main(void)
{
	const struct abi_line *ours, *theirs;
	size_t count = our_lines(&ours), differ = 0;

	if (linux_lines(&theirs) != count)
		return 1;
	for (size_t i = 0; i < count; i++) {
		if (ours[i].value == theirs[i].value)
			continue;
		fprintf(stderr, "%s: ours %#llx, Linux %#llx\n", ours[i].name, (unsigned long long)ours[i].value,
			(unsigned long long)theirs[i].value);
		differ++;
	}
	return differ ? 1 : 0;
}
