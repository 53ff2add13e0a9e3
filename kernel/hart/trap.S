# trap.S - into user mode, and every trap out of it or of the kernel.
#
# sscratch = the running thread's struct user_context while user mode runs, 0 while the kernel runs. That alone tells
# where a trap comes from; sstatus.SPP is never asked (it does not tell user mode from virtual supervisor mode).

#include "kernel/hart/context.h"

#define HART_CRASH 0		/* offset in struct hart */

	.text
	.option push
	.option norvc

# u64 user_enter_raw(struct user_context *): see context.h for what it keeps.
	.globl	user_enter_raw
	.balign	64
user_enter_raw:
/* LAB 2 { */
/* LAB 2: a0 is the context. Keep what context.h says, take over the program's registers, and go to user mode. */
	sd	sp, CONTEXT_KERNEL+0(a0)
	sd	s0, CONTEXT_KERNEL+8(a0)
	sd	ra, CONTEXT_KERNEL+16(a0)
	sd	tp, CONTEXT_KERNEL+24(a0)
user_load:
	ld	t0, CONTEXT_PC(a0)
	ld	t1, CONTEXT_SSTATUS(a0)
	csrw	sepc, t0
	csrw	sstatus, t1
	csrw	sscratch, a0
	.irp	r, 1,2,3,4,5,6,7,8,9,11,12,13,14,15,16,17,18,19,20,21,22,23,24,25,26,27,28,29,30,31
	ld	x\r, (\r*8)(a0)
	.endr
	ld	a0, 80(a0)
	sret
/* LAB 2 ELSE
	li	a0, 2
	ret
 */
/* } LAB 2 */

# Registers that a C function may change, but for t0, t1 and a0, which have been saved when this is used.
#define CALLER_SAVED 1,2,4,7,11,12,13,14,15,16,17,28,29,30,31
#define THE_OTHERS   3,8,9,18,19,20,21,22,23,24,25,26,27

	.globl	trap_vector
	.balign	64
trap_vector:
/* LAB 2 { */
/* LAB 2: a trap of the kernel goes to kernel_trap, with a0 and sscratch exchanged; a trap of the program is the return
 * of user_enter_raw, a0 = scause. */
	csrrw	a0, sscratch, a0
	beqz	a0, kernel_trap
	sd	t0, 40(a0)
	sd	t1, 48(a0)
	.irp	r, CALLER_SAVED
	sd	x\r, (\r*8)(a0)
	.endr
	csrrw	t0, sscratch, zero		# the user's a0; and sscratch says "kernel" again
	csrr	t1, scause
	sd	t0, 80(a0)
	addi	t1, t1, -8			# a system call?
	bnez	t1, trap_slow
	sltiu	t1, a7, FAST_CALLS
	beqz	t1, trap_slow
	ld	t0, fast_door
	slli	t1, a7, 3
	add	t0, t0, t1
	ld	t0, 0(t0)
	beqz	t0, trap_slow

	# The fast door: call it below thread_main's frame, and go straight back.
	ld	sp, CONTEXT_KERNEL+0(a0)
	ld	tp, CONTEXT_KERNEL+24(a0)
	addi	sp, sp, -16
	sd	a0, 0(sp)
	jalr	t0
	ld	a1, 0(sp)
	li	t0, FAST_SLOW
	ble	a0, t0, trap_unanswered
	csrr	t0, sepc
	ld	t1, CONTEXT_ENTRIES(a1)
	addi	t0, t0, 4
	addi	t1, t1, 1
	csrw	sepc, t0
	sd	t1, CONTEXT_ENTRIES(a1)
	csrw	sscratch, a1
	.irp	r, 1,2,4,5,6,7,12,13,14,15,16,17,28,29,30,31
	ld	x\r, (\r*8)(a1)
	.endr
	ld	a1, 88(a1)
	sret

trap_unanswered:
	bne	a0, t0, trap_load
	mv	a0, a1				# as if it had never been asked
trap_slow:
	.irp	r, THE_OTHERS
	sd	x\r, (\r*8)(a0)
	.endr
	csrr	t1, sepc
	csrr	t2, sstatus
	csrr	t3, stval
	sd	t1, CONTEXT_PC(a0)
	sd	t2, CONTEXT_SSTATUS(a0)
	sd	t3, CONTEXT_STVAL(a0)
	ld	sp, CONTEXT_KERNEL+0(a0)
	ld	s0, CONTEXT_KERNEL+8(a0)
	ld	ra, CONTEXT_KERNEL+16(a0)
	ld	tp, CONTEXT_KERNEL+24(a0)
	csrr	a0, scause
	ret

trap_load:					# FAST_LOAD; what user_enter_raw has kept of the kernel is good still
	mv	a0, a1
	ld	t1, CONTEXT_ENTRIES(a0)
	addi	t1, t1, 1
	sd	t1, CONTEXT_ENTRIES(a0)
	j	user_load
/* LAB 2 ELSE
	csrrw	a0, sscratch, a0
	j	kernel_trap
 */
/* } LAB 2 */

# A trap in the kernel is a kernel bug (its stack may be the reason): save the registers in the hart's crash area, take
# the crash stack, and report. tp is trusted: nothing but start-up and user_enter writes it.
kernel_trap:
	csrrw	a0, sscratch, a0		# a0 back; sscratch stays 0
	csrw	sscratch, t0
	ld	t0, HART_CRASH(tp)
	.irp	r, 1,2,3,4,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,21,22,23,24,25,26,27,28,29,30,31
	sd	x\r, (\r*8)(t0)
	.endr
	csrr	a1, sscratch
	sd	a1, 40(t0)
	csrr	a1, sepc
	sd	a1, CONTEXT_PC(t0)
	csrr	a1, sstatus
	sd	a1, CONTEXT_SSTATUS(t0)
	csrr	a1, stval
	sd	a1, CONTEXT_STVAL(t0)
	csrw	sscratch, zero
	mv	a0, t0
	csrr	a1, scause
	mv	sp, t0				# the crash stack ends where the crash area begins
	call	panic_trap
	.option pop
