/* fp-syscall.c - a system call changes a0 and nothing else: not the other integer registers, no FP register, not
 * fcsr. Tried with calls that answer at once, that give the hart away, and that sleep.
 *
 * oracle: user
 */
#define _GNU_SOURCE
#include "lib/types.h"
#include "user/test/check.h"

#include <fcntl.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

struct registers {
	u64 x[32], f[32], fcsr;
};

/* Load all but sp, gp, tp from IN, do the call that a0 ... a7 of IN say, and store all to OUT. */
void call_with(const struct registers *in, struct registers *out);

#define SAVED "8, 9, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27" /* s0 ... s11, fs0 ... fs11 */
#define EACH  "8, 9, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31"

__asm__(".pushsection .text\n"
	".globl call_with\n"
	"call_with:\n"
	"	addi sp, sp, -528\n"
	"	sd   x1, 8(sp)\n"
	"	.irp r, " SAVED "\n"
	"	sd   x\\r, 8 * \\r(sp)\n"
	"	fsd  f\\r, 256 + 8 * \\r(sp)\n"
	"	.endr\n"
	"	sd   a1, 88(sp)\n"
	"	ld   t0, 512(a0)\n"
	"	fscsr t0\n"
	"	.irp r, 0, 1, 2, 3, 4, 5, 6, 7, 10, " EACH "\n"
	"	fld  f\\r, 256 + 8 * \\r(a0)\n"
	"	.endr\n"
	"	.irp r, 1, 5, 6, 7, " EACH "\n"
	"	ld   x\\r, 8 * \\r(a0)\n"
	"	.endr\n"
	"	ld   a0, 80(a0)\n"
	"	ecall\n"
	"	sd   a0, 80(sp)\n"
	"	ld   a0, 88(sp)\n"
	"	.irp r, 1, 5, 6, 7, " EACH "\n"
	"	sd   x\\r, 8 * \\r(a0)\n"
	"	.endr\n"
	"	.irp r, 0, 1, 2, 3, 4, 5, 6, 7, 10, " EACH "\n"
	"	fsd  f\\r, 256 + 8 * \\r(a0)\n"
	"	.endr\n"
	"	ld   t0, 80(sp)\n"
	"	sd   t0, 80(a0)\n"
	"	frcsr t0\n"
	"	sd   t0, 512(a0)\n"
	"	fscsr zero\n"
	"	ld   x1, 8(sp)\n"
	"	.irp r, " SAVED "\n"
	"	ld   x\\r, 8 * \\r(sp)\n"
	"	fld  f\\r, 256 + 8 * \\r(sp)\n"
	"	.endr\n"
	"	addi sp, sp, 528\n"
	"	ret\n"
	".popsection\n");

/* The call NUMBER with three arguments: its answer, after everything else was compared. */
static long call_compared(long number, u64 a, u64 b, u64 c)
{
	static u64 pattern = 0x0123456789abcdef;
	struct registers in, out;

	for (int i = 0; i < 32; i++) {
		in.x[i] = pattern = pattern * 6364136223846793005 + 1;
		in.f[i] = pattern = pattern * 6364136223846793005 + 1;
	}
	in.x[10] = a;
	in.x[11] = b;
	in.x[12] = c;
	in.x[17] = (u64)number;
	in.fcsr = (2 << 5) | 0x15; /* round down; some flags raised */
	memset(&out, 0, sizeof(out));
	call_with(&in, &out);
	for (int i = 5; i < 32; i++)
		if (i != 10 && !CHECK_EQ(out.x[i], in.x[i]))
			check_note("x%d after system call %ld", i, number);
	CHECK_EQ(out.x[1], in.x[1]);
	for (int i = 0; i < 32; i++)
		if (!CHECK_EQ(out.f[i], in.f[i]))
			check_note("f%d after system call %ld", i, number);
	CHECK_EQ(out.fcsr, in.fcsr);
	return (long)out.x[10];
}

int main(void)
{
	struct timespec millisecond = { .tv_nsec = 1000000 };
	int fd = (int)REQUIRE_OK(open("/tmp/fp-syscall", O_RDWR | O_CREAT | O_TRUNC, 0600));
	char text[8] = "";

	for (int round = 0; round < 3; round++) {
		CHECK_EQ(call_compared(SYS_getpid, 0, 0, 0), getpid());
		CHECK_EQ(call_compared(SYS_sched_yield, 0, 0, 0), 0);
		CHECK_EQ(call_compared(SYS_nanosleep, (uintptr_t)&millisecond, 0, 0), 0);
		CHECK_EQ(call_compared(SYS_write, (u64)fd, (uintptr_t) "1234567", 8), 8);
		CHECK_EQ(call_compared(SYS_lseek, (u64)fd, 0, SEEK_SET), 0);
		CHECK_EQ(call_compared(SYS_read, (u64)fd, (uintptr_t)text, 8), 8);
		CHECK(!strcmp(text, "1234567"));
		CHECK_EQ(call_compared(SYS_read, 99, (uintptr_t)text, 8), -EBADF);
		CHECK_EQ(call_compared(4000, 1, 2, 3), -ENOSYS);
	}
	close(fd);
	unlink("/tmp/fp-syscall");
	return check_done();
}
