# fp.S - all floating-point registers, and fcsr behind them, to and from memory. sstatus.FS is not Off.

	.text

	.globl	fp_store_registers
fp_store_registers:
	.irp	r, 0,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,21,22,23,24,25,26,27,28,29,30,31
	fsd	f\r, (\r*8)(a0)
	.endr
	frcsr	t0
	sw	t0, 256(a0)
	ret

	.globl	fp_load_registers
fp_load_registers:
	.irp	r, 0,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,21,22,23,24,25,26,27,28,29,30,31
	fld	f\r, (\r*8)(a0)
	.endr
	lw	t0, 256(a0)
	fscsr	t0
	ret
