/* sbi.h - calls to the firmware (RISC-V Supervisor Binary Interface 1.0). */
#pragma once

#include "lib/types.h"

enum sbi_extension {
	SBI_LEGACY_PUTCHAR = 0x01,
	SBI_BASE = 0x10,
	SBI_TIME = 0x54494d45,
	SBI_IPI = 0x735049,
	SBI_RFENCE = 0x52464e43,
	SBI_HSM = 0x48534d,
	SBI_RESET = 0x53525354,
};

enum { SBI_FAILED = -1 }; /* an error code */

struct sbi_result {
	long error; /* 0, or a negative SBI error code (not an errno) */
	long value;
};

static inline struct sbi_result sbi_call(u64 extension, u64 function, u64 arg0, u64 arg1, u64 arg2, u64 arg3, u64 arg4)
{
	register u64 a0 __asm__("a0") = arg0;
	register u64 a1 __asm__("a1") = arg1;
	register u64 a2 __asm__("a2") = arg2;
	register u64 a3 __asm__("a3") = arg3;
	register u64 a4 __asm__("a4") = arg4;
	register u64 a6 __asm__("a6") = function;
	register u64 a7 __asm__("a7") = extension;

	__asm__ volatile("ecall" : "+r"(a0), "+r"(a1) : "r"(a2), "r"(a3), "r"(a4), "r"(a6), "r"(a7) : "memory");
	return (struct sbi_result){ (long)a0, (long)a1 };
}
