/* csr.h - the names of kernel/hart/csr.h that the interrupt code uses, for unit tests on the host: each access is a
 * call of the test. Found before the real page by `-iquote kernel/irq/test/include`. */
#pragma once

#include "lib/types.h"

/* The test's own: what the hart holds in the register, and what a write or a swap does to it. */
u64 host_csr_read(const char *name);
void host_csr_write(const char *name, u64 value);
u64 host_csr_swap(const char *name, u64 value);

#define csr_read(csr)	      host_csr_read(#csr)
#define csr_write(csr, value) host_csr_write(#csr, (value))
#define csr_set(csr, bits)    host_csr_write(#csr, host_csr_read(#csr) | (bits))
#define csr_clear(csr, bits)  host_csr_write(#csr, host_csr_read(#csr) & ~(u64)(bits))
#define csr_swap(csr, value)  host_csr_swap(#csr, (value))

#define SIE_SSIE BIT(1)
#define SIE_SEIE BIT(9)
