/* uintr-fault.c - exceptions of a thread in VS-mode: the signal says which instruction it was and what was wrong, its
 * registers are as they were, and so is the mask of user interrupts.
 *
 * machines: aia h
 * oracle: none
 */
#define _GNU_SOURCE
#include "user/lib/uintr.h"

#include "user/test/check.h"

#include <signal.h>
#include <sys/wait.h>
#include <ucontext.h>
#include <unistd.h>

enum { VECTOR = 3 };

static struct {
	int number, code;
	u64 address, pc, sp, t0, t1, a7;
	bool open;
} last; /* signal */
static u64 seen;
static u32 handled;
static bool fault_in_handler;
static int own_index;

static void on_signal(int number, siginfo_t *info, void *context)
{
	enum { SP = 2, T0 = 5, T1 = 6, A7 = 17 };
	unsigned long *registers = ((ucontext_t *)context)->uc_mcontext.__gregs;

	last.number = number;
	last.code = info->si_code;
	last.address = (u64)info->si_addr;
	last.pc = registers[REG_PC];
	last.sp = registers[SP];
	last.t0 = registers[T0];
	last.t1 = registers[T1];
	last.a7 = registers[A7];
	last.open = uintr_testui();
	registers[REG_PC] += 4;
}

/* An instruction that no mode has, with something in the registers that a vector may use. */
static void execute_illegal(void)
{
	u64 pc, sp;

	last.number = 0;
	__asm__ volatile("la %0, 1f\n mv %1, sp\n li t0, 0x1234\n li t1, 0x5678\n li a7, 0x9abc\n"
			 ".option push\n .option norvc\n .balign 4\n 1: .4byte 0x7b200073\n .option pop"
			 : "=&r"(pc), "=&r"(sp)::"t0", "t1", "a7", "memory");
	CHECK_EQ(last.number, SIGILL);
	CHECK_EQ(last.code, ILL_ILLOPC);
	CHECK_EQ(last.address, pc);
	CHECK_EQ(last.pc, pc);
	CHECK_EQ(last.sp, sp);
	CHECK_EQ(last.t0, 0x1234);
	CHECK_EQ(last.t1, 0x5678);
	CHECK_EQ(last.a7, 0x9abc);
	CHECK(!last.open); /* a signal's handler is masked */
}

static void handler(u64 vectors)
{
	atomic_or(&seen, vectors);
	handled++;
	if (fault_in_handler) {
		execute_illegal();
		CHECK(!uintr_testui());
	}
}

static void check_open(void)
{
	execute_illegal();
	CHECK(uintr_testui());
	CHECK_EQ(handled, 0);
}

/* What is pending stays pending. */
static void check_masked(void)
{
	uintr_clui();
	CHECK_OK(senduipi(own_index));
	execute_illegal();
	CHECK_EQ(handled, 0);
	CHECK(!uintr_testui());
	uintr_stui();
	CHECK_EQ(seen, BIT(VECTOR));
	CHECK_EQ(handled, 1);
}

/* The interrupt is on its way back when its handler's exception is over. */
static void check_in_handler(void)
{
	fault_in_handler = true;
	for (u32 i = 1; i <= 10; i++) {
		CHECK_OK(senduipi(own_index));
		CHECK_EQ(handled, i + 1);
		CHECK(uintr_testui());
	}
	fault_in_handler = false;
}

/* Eight bytes to an interrupt file: the bus refuses. */
static void check_access(void)
{
	u64 page = UINTR_WINDOWS + (u64)(own_index >> 6 & 63) * 4096, pc;

	last.number = 0;
	__asm__ volatile("la %0, 1f\n .option push\n .option norvc\n 1: sd zero, 0(%1)\n .option pop"
			 : "=&r"(pc)
			 : "r"(page)
			 : "memory");
	CHECK_EQ(last.number, SIGSEGV);
	CHECK_EQ(last.code, SEGV_ACCERR);
	CHECK_EQ(last.address, page);
	CHECK_EQ(last.pc, pc);
}

/* Nobody catches it. */
static void check_killed(void)
{
	int status = 0;
	pid_t pid = (pid_t)REQUIRE_OK(fork());

	if (!pid) {
		signal(SIGILL, SIG_DFL);
		REQUIRE(!uintr_register_handler(handler, UINTR_DIRECT));
		__asm__ volatile(".4byte 0x7b200073");
		_exit(1);
	}
	CHECK_EQ(waitpid(pid, &status, 0), pid);
	CHECK(WIFSIGNALED(status) && WTERMSIG(status) == SIGILL);
}

int main(void)
{
	struct sigaction action = { .sa_sigaction = on_signal, .sa_flags = SA_SIGINFO };
	int fd;

	REQUIRE(!sigaction(SIGILL, &action, NULL));
	REQUIRE(!sigaction(SIGSEGV, &action, NULL));
	REQUIRE(!uintr_register_handler(handler, UINTR_DIRECT));
	REQUIRE(uintr_is_direct());
	fd = (int)REQUIRE_OK(uintr_create_fd(VECTOR));
	own_index = (int)REQUIRE_OK(uintr_register_sender(fd));
	check_open();
	check_masked();
	check_in_handler();
	check_access();
	check_killed();
	CHECK_OK(uintr_unregister_sender(own_index));
	CHECK_OK(uintr_unregister_handler());
	close(fd);
	return check_done();
}
