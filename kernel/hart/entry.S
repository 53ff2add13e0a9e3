# entry.S - from the firmware to C, on the first hart and on the others.
#
# OpenSBI jumps here in S-mode, MMU off, with a0 = hart number and a1 = device tree (first hart) or the argument of
# hart_start (others), which is not used: OpenSBI before 1.3 marks a hart as starting before it has noted where and with
# what, so a hart that looks at that moment comes to _start, as the first one did. Whoever comes later, wherever, is one
# of the others, and finds its struct hart by its number.
#
#     physical, MMU off --boot_root--> identity + direct map --jump--> direct map addresses --kmap_init--> the real map

#define DIRECT_BASE 0xffffffc000000000
#define HART_BYTES  192				/* of struct hart; start.c asserts both */
#define HART_ID     52

	.section .text.start, "ax"
	.globl	_start
_start:
	la	t0, boot_taken
	li	t1, 1
	amoswap.w.aqrl t1, t1, (t0)
	bnez	t1, hart_entry
	la	t0, boot_mmu_on
	la	t1, boot_first
	li	t2, DIRECT_BASE
	add	t1, t1, t2
	jr	t0

	.globl	hart_entry			# physical address goes to hart_start
hart_entry:
	la	t0, boot_mmu_on
	la	t1, boot_other
	li	t2, DIRECT_BASE
	add	t1, t1, t2
	jr	t0

boot_mmu_on:					# go on at t1 (a direct map address) with boot_root
	la	t3, boot_root
	srli	t3, t3, 12
	li	t4, 8 << 60			# Sv39
	or	t3, t3, t4
	csrw	sie, zero
	csrw	satp, t3
	sfence.vma
	jr	t1

boot_first:
	csrw	sscratch, zero
	la	t0, trap_vector
	csrw	stvec, t0
	la	sp, boot_stack_top
	la	tp, harts			# harts[0]
	li	s0, 0
	call	start_first
1:	wfi
	j	1b

boot_other:
	csrw	sscratch, zero
	la	t0, trap_vector
	csrw	stvec, t0
	la	tp, harts
	lwu	t1, hart_count
2:	addi	tp, tp, HART_BYTES		# harts[0] is the first hart's
	addi	t1, t1, -1
	blez	t1, 1f				# nobody we know
	lwu	t2, HART_ID(tp)
	bne	t2, a0, 2b
	ld	sp, 8(tp)			# stack_top
	li	s0, 0
	call	start_other
1:	wfi
	j	1b

	.data
boot_taken:					# the first hart is on its way
	.word	0

	.balign	4096
	.globl	boot_root
boot_root:					# 1 GiB leaves, V R W X A D: only until kmap_init
	.dword	(0x00000000 >> 2) | 0xcf	# identity for the first instructions
	.dword	(0x40000000 >> 2) | 0xcf
	.dword	(0x80000000 >> 2) | 0xcf
	.dword	(0xc0000000 >> 2) | 0xcf
	.zero	(256 - 4) * 8
	.set	gib, 0
	.rept	64				# direct map of the first 64 GiB
	.dword	(gib << 28) | 0xcf
	.set	gib, gib + 1
	.endr
	.zero	(512 - 256 - 64) * 8
