/* select.c - which controller this machine has, and the event loop's way into it. */
#include "kernel/hart/csr.h"
#include "kernel/hart/fdt.h"
#include "kernel/hart/hart.h"
#include "kernel/hart/panic.h"
#include "kernel/hart/print.h"
#include "kernel/irq/chip.h"
#include "lib/order.h"

void irq_init(void)
{
	irq_chip = aplic_find();
	if (!irq_chip)
		irq_chip = plic_find();
	if (!irq_chip)
		panic("no interrupt controller in the device tree: neither riscv,aplic with riscv,imsics nor "
		      "riscv,plic0");
	print("interrupts: %s, %u sources\n", irq_chip->name, irq_sources);
}

void irq_hart_init(void)
{
	irq_chip->hart_init();
}

void (*guest_file_rings)(u32 file);

static __attribute__((noinline)) void handle(u64 pending)
{
	if (pending & SIE_SEIE)
		irq_chip->handle();
	if (pending & SIE_SSIE) {
		/* Cleared before the event loop looks at its inbox: a later push makes it pending again. */
		csr_clear(sip, SIE_SSIE);
		irq_count_ipi();
	}
	if (hart()->guest_files)
		guest_file_handle();
}

/* Asked before each step, mostly in vain. */
void irq_handle(void)
{
	u64 pending = csr_read(sip) & csr_read(sie);

	if (unlikely(pending | hart()->guest_files))
		handle(pending);
}

bool irq_parent_hart(u32 phandle, u32 *hart_id)
{
	struct fdt_node controller, cpu;
	struct fdt_reg reg;

	if (!fdt_by_phandle(&controller, phandle) || !fdt_parent(&controller, &cpu) || !fdt_reg(&cpu, 0, &reg))
		return false;
	*hart_id = (u32)reg.base;
	return true;
}
