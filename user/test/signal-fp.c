/* signal-fp.c - FP registers and signals: a handler finds them in its context, its own use of them is forgotten, what
 * it writes into the context is what the program goes on with, also fcsr. With the frame in one page and over the
 * border of two, after a wait, while other threads compute, and in a thread that has not used FP registers before.
 *
 * oracle: user
 */
#define _GNU_SOURCE
#include "user/test/check.h"

#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <ucontext.h>

enum { ROUNDS = 50, PAGE = 4096, STACK = 8 * PAGE };

static _Thread_local double seen;
static _Thread_local bool yields;

static u64 bits_of(double value)
{
	u64 bits;

	memcpy(&bits, &value, sizeof(bits));
	return bits;
}

enum { FS5 = 21 };

/* fs5 = VALUE over a signal to oneself; what it is afterwards. */
static double over_signal(double value)
{
	double after;

	__asm__ volatile("fmv.d fs5, %0" ::"f"(value) : "fs5");
	raise(SIGUSR1);
	if (yields)
		sched_yield();
	__asm__ volatile("fmv.d %0, fs5" : "=f"(after)::"fs5");
	return after;
}

static unsigned rounding(void)
{
	unsigned mode;

	__asm__ volatile("frrm %0" : "=r"(mode));
	return mode;
}

static void handler(int signal, siginfo_t *info, void *context)
{
	struct __riscv_mc_d_ext_state *fp = &((ucontext_t *)context)->uc_mcontext.__fpregs.__d;

	(void)signal;
	(void)info;
	memcpy(&seen, &fp->__f[FS5], sizeof(seen));
	fp->__f[FS5] = bits_of(seen + 1);
	fp->__fcsr = 1 << 5; /* to zero */
	__asm__ volatile("fmv.d.x fs5, zero\n\tfsrmi 2" ::: "fs5");
	if (yields)
		sched_yield();
}

static void rounding_reset(void)
{
	__asm__ volatile("fsrmi 0");
}

static void check_rounds(double first)
{
	for (int i = 0; i < ROUNDS; i++) {
		double value = first + i * 0.5;

		rounding_reset();
		CHECK(over_signal(value) == value + 1);
		CHECK(seen == value);
		CHECK_EQ(rounding(), 1);
		yields = i % 3 == 0;
	}
	rounding_reset();
}

/* The frame on an alternate stack that ends OFFSET bytes into a page. */
static void check_stack_at(u64 offset)
{
	char *memory = mmap(NULL, STACK, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	stack_t stack = { .ss_sp = memory, .ss_size = STACK - PAGE + offset }, none = { .ss_flags = SS_DISABLE };

	REQUIRE(memory != MAP_FAILED);
	CHECK_OK(sigaltstack(&stack, NULL));
	check_rounds(100.0 + offset);
	CHECK_OK(sigaltstack(&none, NULL));
	munmap(memory, STACK);
}

static void *compute(void *argument)
{
	check_rounds((double)(u64)argument * 1000);
	return argument;
}

/* With THREADS threads that do the same. */
static void check_threads(u64 threads)
{
	pthread_t thread[8];

	for (u64 i = 0; i < threads; i++)
		REQUIRE_OK(-pthread_create(&thread[i], NULL, compute, (void *)(i + 1)));
	for (u64 i = 0; i < threads; i++)
		pthread_join(thread[i], NULL);
}

int main(void)
{
	struct sigaction action = { .sa_sigaction = handler, .sa_flags = SA_SIGINFO | SA_ONSTACK };

	REQUIRE_OK(sigaction(SIGUSR1, &action, NULL));
	check_rounds(1);
	check_stack_at(0);
	check_stack_at(48);
	check_stack_at(544);
	check_stack_at(1088);
	check_threads(6);
	check_rounds(2);
	return check_done();
}
