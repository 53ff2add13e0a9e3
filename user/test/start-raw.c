/* start-raw.c - the registers at the first instruction: sp aligned to 16 and pointing at argc, the register that C
 * start-up code passes to atexit (a0 on RISC-V, rdx on x86) zero, rounding mode and FP exception flags clear.
 *
 * No C program can look that early, so the test writes a program of its own into /tmp. It exits with one bit per
 * fault.
 *
 * oracle: native
 */
#define _GNU_SOURCE
#include "user/test/check.h"
#include "user/test/child.h"
#include "user/test/elf.h"

extern const char raw_begin[], raw_end[];

#if defined(__riscv)
__asm__(".pushsection .rodata\n"
	"raw_begin:\n"
	"	snez a0, a0\n" /* bit 0: a0 is not zero */
	"	andi a1, sp, 15\n"
	"	snez a1, a1\n"
	"	slli a1, a1, 1\n"
	"	or   a0, a0, a1\n" /* bit 1: sp is not aligned */
	"	ld   a1, 0(sp)\n"
	"	addi a1, a1, -2\n"
	"	snez a1, a1\n"
	"	slli a1, a1, 2\n"
	"	or   a0, a0, a1\n" /* bit 2: argc is not 2 */
	"	ld   a1, 24(sp)\n"
	"	snez a1, a1\n"
	"	slli a1, a1, 3\n"
	"	or   a0, a0, a1\n" /* bit 3: no NULL after argv[1] */
	"	frcsr a1\n"
	"	snez a1, a1\n"
	"	slli a1, a1, 4\n"
	"	or   a0, a0, a1\n" /* bit 4: fcsr is not zero */
	"	li   a7, 93\n"
	"	ecall\n"
	"raw_end:\n"
	".popsection\n");
#else
__asm__(".pushsection .rodata\n"
	"raw_begin:\n"
	"	xor  %edi, %edi\n"
	"	test %rdx, %rdx\n"
	"	setne %dil\n"
	"	test $15, %rsp\n"
	"	je   1f\n"
	"	or   $2, %edi\n"
	"1:	cmpq $2, (%rsp)\n"
	"	je   2f\n"
	"	or   $4, %edi\n"
	"2:	cmpq $0, 24(%rsp)\n"
	"	je   3f\n"
	"	or   $8, %edi\n"
	"3:	mov  $60, %eax\n"
	"	syscall\n"
	"raw_end:\n"
	".popsection\n");
#endif

int main(void)
{
	static const char path[] = "/tmp/start-raw";
	const char *const argv[] = { path, "argument", NULL };
	struct tiny_elf elf;

	REQUIRE(raw_end - raw_begin <= TINY_CODE_BYTES);
	tiny_elf_make(&elf, raw_begin, (size_t)(raw_end - raw_begin));
	REQUIRE_OK(tiny_elf_write(path, &elf, sizeof(elf)));
	/* An odd number of words below the strings, then an even one: the alignment must be made, not found. */
	for (int i = 0; i < 4; i++) {
		char *const env[] = { "a=1", i > 0 ? "b=22" : NULL, i > 1 ? "c=333" : NULL, i > 2 ? "d=4444" : NULL,
				      NULL };

		CHECK_EQ(child_wait(child_exec(path, argv, env)), EXITED(0));
	}
	unlink(path);
	return check_done();
}
