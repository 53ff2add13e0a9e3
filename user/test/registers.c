/* registers.c - a program's registers keep their values over system calls, page faults and interrupts.
 *
 * oracle: user
 *
 *     visit():  all of x1 ... x31 from `in`  ->  something traps  ->  all of them to `out`
 *
 * One register must hold the address to store to. So there are two visits, with t6 and with t5 in that part.
 */
#define _GNU_SOURCE
#include <signal.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "user/test/check.h"

enum { A0 = 10, A7 = 17, T3 = 28, T4 = 29, T5 = 30, T6 = 31, REGISTERS = 32 };

/* x1 to x31, and room for what the C code needs back. */
struct registers {
	u64 x[REGISTERS], kept[16];
};

void visit_call_t6(struct registers *r), visit_load_t6(struct registers *r), visit_spin_t6(struct registers *r);
void visit_call_t5(struct registers *r), visit_load_t5(struct registers *r), visit_spin_t5(struct registers *r);

#define KEPT "1,2,3,4,8,9,18,19,20,21,22,23,24,25,26,27"

/* BASE keeps r; OTHER is the one of t5 and t6 that does not. The traps:
 *   call   the system call a7
 *   load   from the address in t3, into t3
 *   spin   until t4 is 0 */
#define VISIT(NAME, BASE, OTHER, TRAP)                                                                   \
	__asm__(".text\n.globl visit_" #NAME "_" #BASE "\n"                                              \
		"visit_" #NAME "_" #BASE ":\n"                                                           \
		"mv " #BASE ", a0\n"                                                                     \
		".set at, 256\n"                                                                         \
		".irp r," KEPT "\n"                                                                      \
		"sd x\\r, at(" #BASE ")\n.set at, at+8\n.endr\n"                                         \
		".irp r,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,21,22,23,24,25,26,27,28,29\n" \
		"ld x\\r, (\\r*8)(" #BASE ")\n.endr\n"                                                   \
		"ld x" OTHER ", (" OTHER "*8)(" #BASE ")\n" TRAP                                         \
		".irp r,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,21,22,23,24,25,26,27,28,29\n" \
		"sd x\\r, (\\r*8)(" #BASE ")\n.endr\n"                                                   \
		"sd x" OTHER ", (" OTHER "*8)(" #BASE ")\n"                                              \
		".set at, 256\n"                                                                         \
		".irp r," KEPT "\n"                                                                      \
		"ld x\\r, at(" #BASE ")\n.set at, at+8\n.endr\n"                                         \
		"ret\n")

#define CALL "ecall\n"
#define LOAD "ld t3, (t3)\n"
#define SPIN "9: addi t4, t4, -1\n bnez t4, 9b\n"
VISIT(call, t6, "30", CALL);
VISIT(load, t6, "30", LOAD);
VISIT(spin, t6, "30", SPIN);
VISIT(call, t5, "31", CALL);
VISIT(load, t5, "31", LOAD);
VISIT(spin, t5, "31", SPIN);

static struct registers r;

/* Different values in all registers, none of which is an address. */
static void fill(void)
{
	for (u64 i = 0; i < REGISTERS; i++)
		r.x[i] = 0xa5a5000000000000 + i * 0x0101010101;
}

/* Everything is as before, but register CHANGED. */
static void compare(const struct registers *before, u32 changed, const char *what)
{
	for (u32 i = 1; i < REGISTERS; i++)
		if (i != changed && !CHECK_EQ(r.x[i], before->x[i]))
			check_note("x%u after %s", i, what);
}

static void check_call(long number, long a0, long wanted)
{
	struct registers before;
	void (*const visits[])(struct registers *) = { visit_call_t6, visit_call_t5 };

	for (u32 i = 0; i < 2; i++) {
		fill();
		r.x[A7] = (u64)number;
		r.x[A0] = (u64)a0;
		before = r;
		visits[i](&r);
		compare(&before, A0, "a system call");
		CHECK_EQ((long)r.x[A0], wanted);
	}
}

static void check_load(void)
{
	struct registers before;
	u8 *fresh = mmap(NULL, 2 * 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	void (*const visits[])(struct registers *) = { visit_load_t6, visit_load_t5 };

	REQUIRE(fresh != MAP_FAILED);
	for (u32 i = 0; i < 2; i++) {
		fill();
		r.x[T3] = (u64)(fresh + i * 4096ul);
		before = r;
		visits[i](&r);
		compare(&before, T3, "a page fault");
		CHECK_EQ(r.x[T3], 0);
	}
	munmap(fresh, 2 * 4096);
}

/* Long enough for some slices: the registers of others have been in the hart meanwhile. */
static void check_spin(void)
{
	struct registers before;
	void (*const visits[])(struct registers *) = { visit_spin_t6, visit_spin_t5 };

	for (u32 i = 0; i < 2; i++) {
		fill();
		r.x[T4] = 20000000;
		before = r;
		visits[i](&r);
		compare(&before, T4, "interrupts");
		CHECK_EQ(r.x[T4], 0);
	}
}

int main(void)
{
	pid_t other = fork(), parent;

	REQUIRE(other >= 0);
	if (!other)
		for (;;) /* has the hart whenever the parent's slice is over */
			getppid();
	parent = getppid();
	check_call(SYS_getppid, 0, parent);
	check_call(SYS_sched_yield, 0, 0);
	check_call(SYS_close, -1, -9);
	check_call(100000, 0, -38);
	check_load();
	check_spin();
	kill(other, SIGKILL);
	CHECK_EQ(waitpid(other, NULL, 0), other);
	return check_done();
}
