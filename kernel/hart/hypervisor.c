/* hypervisor.c - finding out whether a hart can run a thread in VS-mode, and preparing it. */
#include "kernel/hart/hypervisor.h"

#define HENVCFG_STCE BIT(63)
/* hstateen0: what a VS-mode program may reach: IMSIC, AIA, siselect and sireg, senvcfg. */
#define STATEEN_VIRTUAL (BIT(58) | BIT(59) | BIT(60) | BIT(62))

/* Does the hart have the register? For the time of one read the trap vector is the place behind it, so a refusal ends
 * there as well, one instruction before the "yes"; its address is a multiple of 4, as stvec wants. sepc and scause
 * are nobody's while the kernel runs. */
#define csr_exists(csr)                                                                      \
	({                                                                                   \
		u64 exists_, vector_, value_;                                                \
		__asm__ volatile(".balign 4\n\t.option push\n\t.option norvc\n\t"            \
				 "la	%1, 1f\n\t"                                             \
				 "csrrw	%1, stvec, %1\n\t"                                   \
				 "li	%0, 0\n\t"                                              \
				 "csrr	%2, " CSR_STRING(csr) "\n\t"                         \
							      "li	%0, 1\n\t"                 \
							      "1:	csrw	stvec, %1\n\t"        \
							      ".option pop"                  \
				 : "=&r"(exists_), "=&r"(vector_), "=&r"(value_)::"memory"); \
		exists_ != 0;                                                                \
	})

bool hypervisor_can_run(void)
{
	if (!csr_exists(CSR_HSTATUS) || !csr_exists(CSR_HENVCFG) || !csr_exists(CSR_SENVCFG) ||
	    !csr_exists(CSR_HVICTL) || !csr_exists(CSR_VSTIMECMP) || !csr_exists(CSR_HGEIE))
		return false;
	csr_write(CSR_HGEIE, BIT(1)); /* of guest file 1 */
	csr_write(CSR_HGATP, HGATP_SV39X4);
	csr_write(CSR_HENVCFG, HENVCFG_STCE);
	if (!(csr_read(CSR_HGEIE) & BIT(1)) || csr_read(CSR_HGATP) != HGATP_SV39X4 ||
	    !(csr_read(CSR_HENVCFG) & HENVCFG_STCE))
		return false;
	csr_write(CSR_HSTATUS, HSTATUS_KERNEL | HSTATUS_VGEIN(1));
	return csr_exists(CSR_VSTOPEI);
}

void hypervisor_hart_init(void)
{
	csr_write(CSR_HSTATUS, HSTATUS_KERNEL);
	csr_write(CSR_HEDELEG, HEDELEG_OF_FIRMWARE);		   /* every other exception comes to the kernel */
	csr_write(CSR_HIDELEG, HIP_VSSIP | HIP_VSTIP | HIP_VSEIP); /* these go to the thread */
	csr_write(CSR_HVICTL, 0);
	csr_write(CSR_HVIP, 0);
	csr_write(CSR_HGATP, 0);
	csr_write(CSR_HGEIE, 0);
	csr_write(CSR_HTIMEDELTA, 0);
	csr_write(CSR_HCOUNTEREN, COUNTERS_ALL);
	csr_write(CSR_HENVCFG, HENVCFG_STCE); /* the thread owns its timer */
	csr_write(CSR_VSTIMECMP, UINT64_MAX);
	csr_write(CSR_VSIE, 0);
	csr_write(CSR_SENVCFG, 0);
	if (csr_exists(CSR_HSTATEEN0))
		csr_write(CSR_HSTATEEN0, STATEEN_VIRTUAL);
	csr_write(CSR_HIE, HIP_SGEIP);
	hypervisor_fence();
}
