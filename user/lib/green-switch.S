# green-switch.S - from one user-level thread to another: what a function call keeps, put on one stack and taken
# from the other. The rest the caller has saved already, as for any call; under a signal handler it lies in the
# signal frame.

# void green_switch(void **save_to, void *stack)
	.globl	green_switch
	.type	green_switch, @function
green_switch:
	addi	sp, sp, -208
	sd	ra, 0(sp)
	.irp	n, 0,1,2,3,4,5,6,7,8,9,10,11
	sd	s\n, (8 + 8*\n)(sp)
	fsd	fs\n, (104 + 8*\n)(sp)
	.endr
	sd	sp, 0(a0)
	mv	sp, a1
	ld	ra, 0(sp)
	.irp	n, 0,1,2,3,4,5,6,7,8,9,10,11
	ld	s\n, (8 + 8*\n)(sp)
	fld	fs\n, (104 + 8*\n)(sp)
	.endr
	addi	sp, sp, 208
	ret

	.section .note.GNU-stack,"",@progbits
