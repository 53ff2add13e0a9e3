/* uintr-fp.c - the floating-point registers of a thread in VS-mode, over a system call that waits many times while
 * another process uses them on the same hart, and over the calls that follow before it uses them again itself.
 *
 * machines: aia h
 * oracle: none
 */
#define _GNU_SOURCE
#include "user/lib/uintr.h"

#include "user/test/check.h"

#include <sched.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

enum { BYTES = 1 << 20, PIECE = 4096, CALLS = 3 };

static char buffer[BYTES];

/* With fs0, fs1 = values: the call a7 with a0 ... a2, then CALLS times getppid; what fs0, fs1 are then. Gives a0. */
static long call_holding(long number, long a, void *b, u64 c, double values[2])
{
	register long a0 __asm__("a0") = a;
	register void *a1 __asm__("a1") = b;
	register u64 a2 __asm__("a2") = c;
	register long a7 __asm__("a7") = number;
	long answer;

	__asm__ volatile("fld	fs0, 0(%[values])\n\t"
			 "fld	fs1, 8(%[values])\n\t"
			 "ecall\n\t"
			 "mv	%[answer], a0\n\t"
			 ".rept	%[calls]\n\t"
			 "li	a7, %[getppid]\n\t"
			 "ecall\n\t"
			 ".endr\n\t"
			 "fsd	fs0, 0(%[values])\n\t"
			 "fsd	fs1, 8(%[values])"
			 : "+r"(a0), "+r"(a1), "+r"(a2), "+r"(a7), [answer] "=&r"(answer)
			 : [values] "r"(values), [calls] "i"(CALLS), [getppid] "i"(SYS_getppid)
			 : "fs0", "fs1", "memory");
	return answer;
}

/* The other process: reads a piece at a time, and has other values in the registers whenever it waits. */
static void read_all(int fd)
{
	double values[2] = { -1, -2 };
	long bytes;

	do {
		bytes = call_holding(SYS_read, fd, buffer, PIECE, values);
		CHECK(values[0] == -1 && values[1] == -2);
	} while (bytes > 0);
	CHECK_EQ(bytes, 0);
	_exit(check_done());
}

static void handler(u64 vectors)
{
	(void)vectors;
}

int main(void)
{
	double values[2] = { 1.5, 2.25 };
	int ends[2], status;
	cpu_set_t here;
	pid_t pid;

	REQUIRE(!uintr_register_handler(handler, UINTR_DIRECT));
	REQUIRE(uintr_is_direct());
	CPU_ZERO(&here);
	CPU_SET(sched_getcpu(), &here);
	REQUIRE_OK(pipe(ends));
	pid = (pid_t)REQUIRE_OK(fork());
	if (!pid) {
		close(ends[1]);
		REQUIRE_OK(sched_setaffinity(0, sizeof(here), &here));
		read_all(ends[0]);
	}
	close(ends[0]);
	for (int round = 0; round < 4; round++) {
		CHECK_EQ(call_holding(SYS_write, ends[1], buffer, BYTES, values), BYTES);
		CHECK(values[0] == 1.5);
		CHECK(values[1] == 2.25);
	}
	close(ends[1]);
	CHECK_EQ(waitpid(pid, &status, 0), pid);
	CHECK_EQ(status, 0);
	CHECK_OK(uintr_unregister_handler());
	return check_done();
}
