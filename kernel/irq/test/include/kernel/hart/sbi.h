/* sbi.h - calls to the firmware, for unit tests on the host: the test answers. See csr.h beside this page. */
#pragma once

#include "lib/types.h"

enum sbi_extension { SBI_IPI = 0x735049 };

struct sbi_result {
	long error, value;
};

struct sbi_result sbi_call(u64 extension, u64 function, u64 a0, u64 a1, u64 a2, u64 a3, u64 a4);
