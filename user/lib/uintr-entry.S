# uintr-entry.S - the first instructions of an upcall.
#
# In: a0 = set of vectors, sp = a1 = struct uintr_frame, which holds all integer registers of the interrupted code.
# The C handler may use any caller-saved floating-point register, so those are kept here; gp and tp are still the
# thread's.

#if defined(__riscv)
	.text
	.globl	uintr_entry
uintr_entry:
	addi	sp, sp, -176
	.set	at, 0
	.irp	r, ft0,ft1,ft2,ft3,ft4,ft5,ft6,ft7,fa0,fa1,fa2,fa3,fa4,fa5,fa6,fa7,ft8,ft9,ft10,ft11
	fsd	\r, at(sp)
	.set	at, at + 8
	.endr
	frcsr	t0
	sd	t0, 160(sp)
	call	uintr_dispatch
	ld	t0, 160(sp)
	fscsr	t0
	.set	at, 0
	.irp	r, ft0,ft1,ft2,ft3,ft4,ft5,ft6,ft7,fa0,fa1,fa2,fa3,fa4,fa5,fa6,fa7,ft8,ft9,ft10,ft11
	fld	\r, at(sp)
	.set	at, at + 8
	.endr
	addi	sp, sp, 176			# the frame again: the kernel takes the registers from it
	li	a7, 1007			# NR_uintr_return
	ecall
	ebreak					# it does not come back
#endif
	.section .note.GNU-stack, "", %progbits
