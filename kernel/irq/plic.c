/* plic.c - the platform-level interrupt controller (RISC-V PLIC Specification 1.0).
 *
 *     device lines --> priority[source] --> enable bits of each context --> threshold --> SEIP of the context's hart
 *                                                             claim (read) / complete (write): one register
 *
 * A context is one privilege mode of one hart; "interrupts-extended" lists them in order, as (local controller, 9 for
 * supervisor mode). Interrupts between harts go through the firmware and arrive as SSIP.
 * Contract: a source is claimed, its handler quiets the device, and only then it is completed; so one level-triggered
 * assertion is handled once.
 */
#include "kernel/hart/csr.h"
#include "kernel/hart/fdt.h"
#include "kernel/hart/hart.h"
#include "kernel/hart/panic.h"
#include "kernel/hart/sbi.h"
#include "kernel/irq/chip.h"
#include "kernel/mm/kmap.h"
#include "kernel/mm/page.h"
#include "kernel/hart/lock.h"

enum { ENABLE = 0x2000, ENABLE_STRIDE = 0x80, CONTEXT = 0x200000, CONTEXT_STRIDE = 0x1000 };
enum { THRESHOLD = 0, CLAIM = 4 }; /* within a context */
enum { SUPERVISOR_EXTERNAL = 9, CONTEXTS_MAX = 1024 };

static struct {
	volatile u8 *base;
	u64 bytes;
	struct fdt_node node;
	struct spinlock lock; /* guards the enable bits: 32 sources share a word */
} plic = { .lock = SPINLOCK_INIT(RANK_REGISTRY) };

static volatile u32 *plic_register(u64 offset)
{
	return (volatile u32 *)(plic.base + offset);
}

/* The context of supervisor mode on hart HART_INDEX; false if the device tree shows none. */
static bool find_context(u32 hart_index, u32 *context)
{
	u32 bytes, hart_id;
	const void *list = fdt_property(&plic.node, "interrupts-extended", &bytes);

	for (u32 i = 0; i < bytes / 8 && i < CONTEXTS_MAX; i++) {
		if (fdt_cell(list, 2 * i + 1) != SUPERVISOR_EXTERNAL ||
		    !irq_parent_hart(fdt_cell(list, 2 * i), &hart_id) || hart_id != harts[hart_index].id)
			continue;
		*context = i;
		return CONTEXT + (i + 1ul) * CONTEXT_STRIDE <= plic.bytes;
	}
	return false;
}

static void plic_hart_init(void)
{
	u32 context;

	if (!find_context(hart()->index, &context))
		panic("hart %u has no supervisor context in the PLIC's device tree node", hart()->id);
	/* The address of the context's registers, never 0. */
	hart()->irq_file = (u64)plic_register(CONTEXT + context * CONTEXT_STRIDE);
	*plic_register(CONTEXT + context * CONTEXT_STRIDE + THRESHOLD) = 0;
	csr_set(sie, SIE_SEIE | SIE_SSIE);
}

static void plic_enable(u32 source, u32 hart_index)
{
	volatile u32 *word;
	u32 context;

	if (!find_context(hart_index, &context))
		panic("hart %u has no supervisor context in the PLIC's device tree node", harts[hart_index].id);
	*plic_register(4ul * source) = 1; /* priority: anything above the threshold */
	word = plic_register(ENABLE + context * ENABLE_STRIDE + source / 32 * 4);
	spin_lock(&plic.lock);
	*word |= 1u << source % 32;
	spin_unlock(&plic.lock);
}

static void plic_handle(void)
{
	volatile u32 *claim = (volatile u32 *)(hart()->irq_file + CLAIM);
	u32 source;

	for (u32 i = 0; i < IRQ_CLAIMS_MAX && (source = *claim); i++) {
		irq_dispatch(source);
		/* What the handler told the device comes before the completion. */
		fence_to_device();
		*claim = source;
	}
}

static void plic_send_ipi(u32 hart_index)
{
	sbi_call(SBI_IPI, 0, 1, harts[hart_index].id, 0, 0, 0);
}

static const struct irq_chip plic_chip = {
	.name = "PLIC",
	.hart_init = plic_hart_init,
	.enable = plic_enable,
	.handle = plic_handle,
	.send_ipi = plic_send_ipi,
};

const struct irq_chip *plic_find(void)
{
	struct fdt_reg reg;

	if ((!fdt_next_compatible(&plic.node, "riscv,plic0") &&
	     !fdt_next_compatible(&plic.node, "sifive,plic-1.0.0")) ||
	    !fdt_reg(&plic.node, 0, &reg) || !kmap_device(reg.base, reg.bytes))
		return NULL;
	plic.base = phys_to_virt(reg.base);
	plic.bytes = reg.bytes;
	irq_sources = (u32)min(fdt_u64(&plic.node, "riscv,ndev", 0), (u64)IRQ_MAX - 1);
	for (u32 source = 1; source <= irq_sources; source++)
		*plic_register(4ul * source) = 0;
	return &plic_chip;
}
