/* csr.h - control and status registers (RISC-V Privileged Architecture, chapter 2), by number where old assemblers do
 * not know the name. */
#pragma once

#include "lib/types.h"

#define CSR_STRING_(x) #x
#define CSR_STRING(x)  CSR_STRING_(x)

#define csr_read(csr)                                                                   \
	({                                                                              \
		u64 value_;                                                             \
		__asm__ volatile("csrr %0, " CSR_STRING(csr) : "=r"(value_)::"memory"); \
		value_;                                                                 \
	})
#define csr_write(csr, value) __asm__ volatile("csrw " CSR_STRING(csr) ", %0" ::"rK"(value) : "memory")
#define csr_set(csr, bits)    __asm__ volatile("csrs " CSR_STRING(csr) ", %0" ::"rK"(bits) : "memory")
#define csr_clear(csr, bits)  __asm__ volatile("csrc " CSR_STRING(csr) ", %0" ::"rK"(bits) : "memory")
#define csr_swap(csr, value)                                                                                   \
	({                                                                                                     \
		u64 value_;                                                                                    \
		__asm__ volatile("csrrw %0, " CSR_STRING(csr) ", %1" : "=r"(value_) : "rK"(value) : "memory"); \
		value_;                                                                                        \
	})

#define CSR_STIMECMP 0x14d
#define CSR_SISELECT 0x150
#define CSR_SIREG    0x151
#define CSR_STOPEI   0x15c

#define SSTATUS_SIE	   BIT(1)
#define SSTATUS_SPIE	   BIT(5)
#define SSTATUS_SPP	   BIT(8)
#define SSTATUS_FS	   (BIT(13) | BIT(14))
#define SSTATUS_FS_INITIAL BIT(13)
#define SSTATUS_FS_CLEAN   BIT(14)
#define SSTATUS_FS_DIRTY   (BIT(13) | BIT(14))
#define SSTATUS_UXL_64	   (2ul << 32)

#define COUNTERS_ALL 7 /* scounteren, hcounteren: cycle, time, instret */

#define SIE_SSIE BIT(1)
#define SIE_STIE BIT(5)
#define SIE_SEIE BIT(9)
