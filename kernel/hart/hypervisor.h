/* hypervisor.h - the H extension, as far as Chime uses it: a thread of a process in VS-mode.
 *
 *     HS  kernel             hstatus: what the next sret enters        scause: 8, 10 system calls
 *     VS  a direct thread    vs* registers are its sstatus, stvec, ..          20, 21, 23 page faults
 *     U   every other one    no hypervisor register matters                    22 what only the kernel may do
 *
 * Privileged Architecture, chapter "H" Extension for Hypervisor Support; the registers of interrupts: Advanced
 * Interrupt Architecture, chapters 2 and 6. Registers are given by number where old assemblers do not know the name.
 *
 * Contract: nothing here may be touched on a machine where hypervisor_can_run() is false.
 */
#pragma once

#include "kernel/hart/context.h"
#include "kernel/hart/csr.h"

#define CSR_VSSTATUS   0x200
#define CSR_VSIE       0x204
#define CSR_VSTVEC     0x205
#define CSR_VSSCRATCH  0x240
#define CSR_VSEPC      0x241
#define CSR_VSCAUSE    0x242
#define CSR_VSTVAL     0x243
#define CSR_VSTIMECMP  0x24d
#define CSR_VSISELECT  0x250
#define CSR_VSIREG     0x251
#define CSR_VSTOPEI    0x25c
#define CSR_VSATP      0x280
#define CSR_HSTATUS    0x600
#define CSR_HEDELEG    0x602
#define CSR_HIDELEG    0x603
#define CSR_HIE	       0x604
#define CSR_HTIMEDELTA 0x605
#define CSR_HCOUNTEREN 0x606
#define CSR_HGEIE      0x607
#define CSR_HVICTL     0x609
#define CSR_HENVCFG    0x60a
#define CSR_HSTATEEN0  0x60c
#define CSR_HTVAL      0x643
#define CSR_HIP	       0x644
#define CSR_HVIP       0x645
#define CSR_HGATP      0x680
#define CSR_SENVCFG    0x10a

#define HSTATUS_SPV	    BIT(7)
#define HSTATUS_SPVP	    BIT(8)
#define HSTATUS_VGEIN(file) ((u64)(file) << 12) /* the guest interrupt file behind vsireg and vstopei */
#define HSTATUS_VTVM	    BIT(20)
#define HSTATUS_VTW	    BIT(21)
#define HSTATUS_VSXL_64	    (2ul << 32)
/* While the kernel runs: the next sret enters U-mode. */
#define HSTATUS_KERNEL (HSTATUS_VSXL_64 | HSTATUS_VTVM | HSTATUS_VTW)
/* The next sret, with sstatus.SPP set, enters VS-mode. With the thread's file. */
#define HSTATUS_ENTER (HSTATUS_KERNEL | HSTATUS_SPV | HSTATUS_SPVP)

#define HIP_VSSIP    BIT(2)
#define HIP_VSTIP    BIT(6)
#define HIP_VSEIP    BIT(10)
#define HIP_SGEIP    BIT(12)
#define HGATP_SV39X4 (8ul << 60)

enum {
	CAUSE_FETCH_GUEST = 20,
	CAUSE_LOAD_GUEST = 21,
	CAUSE_VIRTUAL = 22, /* an instruction that a hypervisor might carry out for its guest */
	CAUSE_STORE_GUEST = 23,
};

/* What the firmware looks at first, and hands on: to a thread's own stvec. To ours it can not on QEMU 10, where M-mode
 * cannot clear mstatus.MPV, so "the kernel" it returns to would be in VS-mode. */
#define HEDELEG_OF_FIRMWARE                                                                                   \
	(BIT(CAUSE_FETCH_ACCESS) | BIT(CAUSE_ILLEGAL) | BIT(CAUSE_LOAD_MISALIGNED) | BIT(CAUSE_LOAD_ACCESS) | \
	 BIT(CAUSE_STORE_MISALIGNED) | BIT(CAUSE_STORE_ACCESS))

/* Has the running hart all that a thread in VS-mode needs: H with Sstc and Sv39x4, and a guest interrupt file? Tries
 * out the registers; on each hart before its first task. */
bool hypervisor_can_run(void);
/* Set up the running hart, which can. */
void hypervisor_hart_init(void);

/* Translations of guest addresses are forgotten on this hart. */
static inline void hypervisor_fence(void)
{
	__asm__ volatile(".4byte 0x62000073" ::: "memory"); /* hfence.gvma zero, zero */
}
