# uintr-vector.S - stvec of a thread in VS-mode: from an interrupt to the C handler and back, without the kernel.
#
#     sscratch = struct uintr_self, always, but for the first instructions here
#     self->top = top of the handler's stack; 0: this is nested, go on below sp
#
#     top ->  +--------------------------------------+
#             | integer registers a C function may   |
#             | change; sp, sepc, self->top, FP?     |
#             | FP registers and fcsr, if in use     |
#     sp  ->  +--------------------------------------+
#
# Interrupts are masked (sstatus.SIE) from the trap on, until sret or until the handler unmasks them itself; then this
# is nested, and all it needs lies in the frame. sp is a stack at every instruction, for the kernel's signals.
#
# Claims go on until none is pending: QEMU 7.2 may lower the file's line just after a sender has raised it, and then
# only a claim finds what it sent. A first claim that is empty, without another cause, asks the kernel to have the line
# computed again.
#
# Exceptions that the firmware hands on come here, too, also where interrupts are masked: the kernel makes a signal of
# them.

#include "user/lib/uintr-self.h"

#if defined(__riscv)
#define STIMECMP 0x14d
#define STOPEI   0x15c
#define SPP_SPIE 0x120
#define FS	 0x6000
#define FS_INITIAL 0x2000

#define FRAME	336
#define F_T0	0
#define F_T1	8
#define F_SP	16
#define F_TOP	24
#define F_SEPC	32
#define F_FS	40		/* FP registers are in the frame */
#define F_REGS	48		/* 14 registers */
#define F_FCSR	160
#define F_FP	168		/* 20 registers: to 328 */

#define REGISTERS ra,t2,t3,t4,t5,t6,a0,a1,a2,a3,a4,a5,a6,a7
#define FP_REGISTERS ft0,ft1,ft2,ft3,ft4,ft5,ft6,ft7,fa0,fa1,fa2,fa3,fa4,fa5,fa6,fa7,ft8,ft9,ft10,ft11

	.macro	each instruction:req, at:req, registers:vararg
	.set	place, \at
	.irp	r, \registers
	\instruction	\r, place(sp)
	.set	place, place + 8
	.endr
	.endm

	.text
	.globl	uintr_vector
	.balign	4
uintr_vector:
	csrrw	t0, sscratch, t0		# t0 = self
	sd	t1, SELF_SCRATCH(t0)
	csrr	t1, scause
	bgez	t1, exception
	ld	t1, SELF_TOP(t0)
	bnez	t1, 1f
	andi	t1, sp, -16
1:	addi	t1, t1, -FRAME			# a multiple of 16
	sd	sp, F_SP(t1)
	mv	sp, t1
	ld	t1, SELF_TOP(t0)
	sd	t1, F_TOP(sp)
	sd	zero, SELF_TOP(t0)
	ld	t1, SELF_SCRATCH(t0)
	sd	t1, F_T1(sp)
	csrrw	t1, sscratch, t0		# self again
	sd	t1, F_T0(sp)
	each	sd, F_REGS, REGISTERS
	csrr	t1, sepc
	sd	t1, F_SEPC(sp)
	sc.d	zero, zero, (sp)		# between an lr and its sc somebody else has been: us

	csrr	t1, sstatus
	li	t2, FS
	and	t1, t1, t2
	li	t2, FS_INITIAL
	sub	t1, t1, t2			# 0: the program has never used them
	sd	t1, F_FS(sp)
	bnez	t1, save_fp
claim:
	csrrw	t1, STOPEI, zero
	beqz	t1, empty
	li	a1, 1
	srli	t1, t1, 16			# the identity: 64 + vector
	sll	a0, a1, t1			# by its six lower bits; a0: the set of vectors
	csrrw	t1, STOPEI, zero
	bnez	t1, more
call:
	ld	t1, SELF_HANDLER(t0)
	jalr	t1
leave:
	csrci	sstatus, 2			# the handler may have unmasked
	ld	t1, F_FS(sp)
	bnez	t1, load_fp
restore:
	ld	t1, F_SEPC(sp)
	csrr	t0, sscratch
	csrw	sepc, t1
	li	t1, SPP_SPIE			# back to VS-mode, unmasked; a nested sret has cleared SPP
	csrs	sstatus, t1
	ld	t1, F_TOP(sp)
	sd	t1, SELF_TOP(t0)
	each	ld, F_REGS, REGISTERS
	ld	t0, F_T0(sp)
	ld	t1, F_T1(sp)
	ld	sp, F_SP(sp)
	sret

save_fp:
	each	fsd, F_FP, FP_REGISTERS
	frcsr	t1
	sd	t1, F_FCSR(sp)
	j	claim
load_fp:
	each	fld, F_FP, FP_REGISTERS
	ld	t1, F_FCSR(sp)
	fscsr	t1
	j	restore

more:
	srli	t1, t1, 16
	sll	t1, a1, t1
	or	a0, a0, t1
	csrrw	t1, STOPEI, zero
	bnez	t1, more
	j	call

exception:
	ld	t1, SELF_SCRATCH(t0)
	csrrw	t0, sscratch, t0		# everything is as it was, and sepc, scause, stval tell why
	.4byte	0x12000073			# UINTR_FAULT

empty:						# the timer, or nothing
	csrr	t1, scause
	andi	t1, t1, 63
	addi	t1, t1, -5
	bnez	t1, 3f
	li	t1, -1
	csrw	STIMECMP, t1			# once
	ld	a0, SELF_TIMER(t0)
	j	call
3:	li	a0, 1				# UINTR_WAIT_POLL
	li	a7, 1006			# NR_uintr_wait
	ecall
	j	leave
#endif
	.section .note.GNU-stack, "", %progbits
