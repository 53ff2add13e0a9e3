/* fp-syscall.c - a system call changes a0 and nothing else: not the other integer registers, no FP register, not fcsr. Tried
 * with calls that answer at once, that give the hart away, and that sleep.
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

#define EACH_X(do) do(5) do(6) do(7) do(8) do(9) do(11) do(12) do(13) do(14) do(15) do(16) do(17) do(18) do(19) do(20) \
	do(21) do(22) do(23) do(24) do(25) do(26) do(27) do(28) do(29) do(30) do(31)
#define EACH_F(do) do(0) do(1) do(2) do(3) do(4) do(5) do(6) do(7) do(8) do(9) do(10) do(11) do(12) do(13) do(14) do(15) \
	do(16) do(17) do(18) do(19) do(20) do(21) do(22) do(23) do(24) do(25) do(26) do(27) do(28) do(29) do(30) do(31)

#define LOAD_X(n)  "ld x" #n ", 8*" #n "(a0)\n"
#define STORE_X(n) "sd x" #n ", 8*" #n "(a0)\n"
#define LOAD_F(n)  "fld f" #n ", 256 + 8*" #n "(a0)\n"
#define STORE_F(n) "fsd f" #n ", 256 + 8*" #n "(a0)\n"

__asm__(".pushsection .text\n"
	".globl call_with\n"
	"call_with:\n"
	"	addi sp, sp, -224\n"
	"	sd ra, 0(sp)\n sd s0, 8(sp)\n sd s1, 16(sp)\n sd s2, 24(sp)\n sd s3, 32(sp)\n sd s4, 40(sp)\n"
	"	sd s5, 48(sp)\n sd s6, 56(sp)\n sd s7, 64(sp)\n sd s8, 72(sp)\n sd s9, 80(sp)\n sd s10, 88(sp)\n"
	"	sd s11, 96(sp)\n sd a1, 104(sp)\n"
	"	fsd fs0, 112(sp)\n fsd fs1, 120(sp)\n fsd fs2, 128(sp)\n fsd fs3, 136(sp)\n fsd fs4, 144(sp)\n"
	"	fsd fs5, 152(sp)\n fsd fs6, 160(sp)\n fsd fs7, 168(sp)\n fsd fs8, 176(sp)\n fsd fs9, 184(sp)\n"
	"	fsd fs10, 192(sp)\n fsd fs11, 200(sp)\n"
	"	ld t0, 512(a0)\n fscsr t0\n"
	EACH_F(LOAD_F)
	"	ld ra, 8*1(a0)\n"
	EACH_X(LOAD_X)
	"	ld a0, 8*10(a0)\n"
	"	ecall\n"
	"	sd a0, 208(sp)\n"
	"	ld a0, 104(sp)\n"
	"	sd ra, 8*1(a0)\n"
	EACH_X(STORE_X)
	EACH_F(STORE_F)
	"	frcsr t0\n sd t0, 512(a0)\n fscsr zero\n"
	"	ld t0, 208(sp)\n sd t0, 8*10(a0)\n"
	"	ld ra, 0(sp)\n ld s0, 8(sp)\n ld s1, 16(sp)\n ld s2, 24(sp)\n ld s3, 32(sp)\n ld s4, 40(sp)\n"
	"	ld s5, 48(sp)\n ld s6, 56(sp)\n ld s7, 64(sp)\n ld s8, 72(sp)\n ld s9, 80(sp)\n ld s10, 88(sp)\n"
	"	ld s11, 96(sp)\n"
	"	fld fs0, 112(sp)\n fld fs1, 120(sp)\n fld fs2, 128(sp)\n fld fs3, 136(sp)\n fld fs4, 144(sp)\n"
	"	fld fs5, 152(sp)\n fld fs6, 160(sp)\n fld fs7, 168(sp)\n fld fs8, 176(sp)\n fld fs9, 184(sp)\n"
	"	fld fs10, 192(sp)\n fld fs11, 200(sp)\n"
	"	addi sp, sp, 224\n"
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
