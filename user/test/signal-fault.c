/* signal-fault.c - the program's own faults: the right signal, code and address, also when it is blocked or ignored;
 * and a handler may mend what was wrong and go on.
 *
 * oracle: user
 */
#define _GNU_SOURCE
#include "user/test/check.h"
#include "user/test/child.h"

#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <sys/mman.h>
#include <ucontext.h>

static volatile uintptr_t address_8 = 8;
static siginfo_t last;
static sigjmp_buf back;
static char *page;

static void jump(int signal, siginfo_t *info, void *context)
{
	(void)signal;
	(void)context;
	last = *info;
	siglongjmp(back, 1);
}

static void handle(int signal, void (*handler)(int, siginfo_t *, void *))
{
	struct sigaction action = { .sa_sigaction = handler, .sa_flags = SA_SIGINFO };

	sigaction(signal, &action, NULL);
}

#define FAULT(what, signal, code, address)                   \
	do {                                                 \
		memset(&last, 0, sizeof(last));              \
		if (!sigsetjmp(back, 1)) {                   \
			what;                                \
			CHECK(!"no fault");                  \
		}                                            \
		CHECK_EQ(last.si_signo, signal);             \
		CHECK_EQ(last.si_code, code);                \
		CHECK_EQ((u64)last.si_addr, (u64)(address)); \
	} while (0)

static void mend(int signal, siginfo_t *info, void *context)
{
	(void)signal;
	(void)context;
	last = *info;
	mprotect(page, 4096, PROT_READ | PROT_WRITE);
}

static void check_codes(void)
{
	volatile int *nowhere = (volatile int *)0x123450ul;

	handle(SIGSEGV, jump);
	FAULT(*nowhere = 1, SIGSEGV, SEGV_MAPERR, nowhere);
	FAULT((void)*nowhere, SIGSEGV, SEGV_MAPERR, nowhere);
	FAULT(((void (*)(void))(uintptr_t)nowhere)(), SIGSEGV, SEGV_MAPERR, nowhere);
	mprotect(page, 4096, PROT_READ);
	FAULT(*(volatile char *)(page + 17) = 1, SIGSEGV, SEGV_ACCERR, page + 17);
	handle(SIGSEGV, mend);
	*(volatile char *)(page + 18) = 5;
	CHECK_EQ(page[18], 5);
	CHECK_EQ((u64)last.si_addr, (u64)(page + 18));
}

static void skip(int signal, siginfo_t *info, void *context)
{
	ucontext_t *uc = context;

	(void)signal;
	last = *info;
	CHECK_EQ(uc->uc_mcontext.__gregs[0], (u64)info->si_addr);
	uc->uc_mcontext.__gregs[0] += 4;
}

static void check_instructions(void)
{
	extern char illegal_here[], break_here[];

	handle(SIGILL, skip);
	handle(SIGTRAP, skip);
	__asm__ volatile(
		".option push\n.option norvc\n.globl illegal_here\nillegal_here: csrw 0x5c0, zero\n.option pop");
	CHECK_EQ(last.si_signo, SIGILL);
	CHECK_EQ(last.si_code, ILL_ILLOPC);
	CHECK_EQ((u64)last.si_addr, (u64)illegal_here);
	__asm__ volatile(".option push\n.option norvc\n.globl break_here\nbreak_here: ebreak\n.option pop");
	CHECK_EQ(last.si_signo, SIGTRAP);
	CHECK_EQ(last.si_code, TRAP_BRKPT);
	CHECK_EQ((u64)last.si_addr, (u64)break_here);
}

/* Behind the end of a mapped file. */
static void check_bus(void)
{
	int fd = (int)REQUIRE_OK(open("/tmp/signal-fault", O_RDWR | O_CREAT | O_TRUNC, 0600));
	char *map;

	CHECK_OK(ftruncate(fd, 10));
	map = mmap(NULL, 8192, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	REQUIRE(map != MAP_FAILED);
	handle(SIGBUS, jump);
	FAULT((void)*(volatile char *)(map + 5000), SIGBUS, BUS_ADRERR, map + 5000);
	CHECK_OK(munmap(map, 8192));
	close(fd);
	unlink("/tmp/signal-fault");
}

/* What is in a frame, and what comes back of it: every register and fcsr. */
static void change(int signal, siginfo_t *info, void *context)
{
	ucontext_t *uc = context;

	(void)signal;
	(void)info;
	__asm__ volatile("fscsr zero\nfmv.d.x fs0, zero\nfmv.d.x ft0, zero" ::: "fs0", "ft0");
	CHECK_EQ(uc->uc_mcontext.__gregs[28], 0x1234); /* t3 */
	uc->uc_mcontext.__gregs[29] = 0x4321;	       /* t4 */
	uc->uc_mcontext.__gregs[0] += 4;
}

static void check_frame(void)
{
	u64 t3, t4, bits, fcsr;

	handle(SIGTRAP, change);
	__asm__ volatile(
		".option push\n.option norvc\nli t3, 0x1234\nli t4, 1\nli t5, 0x60\nfscsr t5\nfmv.d.x ft0, t3\n"
		"ebreak\nmv %0, t3\nmv %1, t4\nfmv.x.d %2, ft0\nfrcsr %3\nfscsr zero\n.option pop"
		: "=&r"(t3), "=&r"(t4), "=&r"(bits), "=&r"(fcsr)
		:
		: "t3", "t4", "t5", "ft0", "memory");
	CHECK_EQ(t3, 0x1234);
	CHECK_EQ(t4, 0x4321);
	CHECK_EQ(bits, 0x1234);
	CHECK_EQ(fcsr, 0x60);
}

static void crash(const char *how)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGSEGV);
	handle(SIGSEGV, jump);
	if (*how == 'b')
		sigprocmask(SIG_BLOCK, &set, NULL);
	else
		signal(SIGSEGV, SIG_IGN);
	*(volatile int *)address_8 = 1;
}

/* In a child, by fork: qemu-riscv64 on the host cannot exec itself. */
static int crashed(const char *how)
{
	pid_t pid = (pid_t)REQUIRE_OK(fork());

	if (pid)
		return child_wait(pid);
	crash(how);
	_exit(1);
}

int main(void)
{
	page = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	check_codes();
	check_instructions();
	check_bus();
	check_frame();
	CHECK_EQ(crashed("blocked"), KILLED(SIGSEGV));
	CHECK_EQ(crashed("ignored"), KILLED(SIGSEGV));
	return check_done();
}
