/* aplic.c - the advanced platform-level interrupt controller, as a sender of messages (AIA 1.0, chapter 4).
 *
 *     device lines --> sourcecfg[n] (level, edge) --> pending, enabled --> target[n]: hart, identity --> IMSIC file
 *
 * The supervisor-level domain has its sources delegated by the firmware, and the firmware has told it where the files
 * lie. In this mode a level-triggered source is pending once per rise of its line: pending is cleared when the message
 * leaves. A line that is still up after its handler (a second cause came meanwhile) would stay unseen, so it is looked
 * at after each handler and made pending again.
 */
#include "kernel/hart/fdt.h"
#include "kernel/irq/chip.h"
#include "kernel/mm/kmap.h"
#include "kernel/mm/page.h"

enum {
	DOMAINCFG = 0x0000,
	SOURCECFG = 0x0004, /* of source 1; 4 bytes each */
	SETIPNUM = 0x1cdc,
	IN_CLRIP = 0x1d00, /* reads as the lines' state, 32 sources a word */
	CLRIE = 0x1f00,
	SETIENUM = 0x1edc,
	TARGET = 0x3004, /* of source 1 */
	APLIC_BYTES = 0x4000,
};
enum { DOMAINCFG_IE = 1 << 8, DOMAINCFG_MSI = 1 << 2 };
enum { MODE_EDGE_RISING = 4, MODE_EDGE_FALLING = 5, MODE_LEVEL_HIGH = 6, MODE_LEVEL_LOW = 7 };

/* The second cell of "interrupts" (IRQ_TYPE of the device tree bindings) as a source mode. */
static const u8 modes[] = {
	[1] = MODE_EDGE_RISING, [2] = MODE_EDGE_FALLING, [4] = MODE_LEVEL_HIGH, [8] = MODE_LEVEL_LOW
};

static struct {
	volatile u8 *base;
	u8 mode[IRQ_MAX]; /* by source */
} aplic;

static volatile u32 *aplic_register(u32 offset)
{
	return (volatile u32 *)(aplic.base + offset);
}

static bool is_level(u32 source)
{
	return aplic.mode[source] >= MODE_LEVEL_HIGH;
}

static void aplic_serve(u32 source)
{
	irq_dispatch(source);
	if (source && source <= irq_sources && is_level(source)) {
		/* What the handler told the device comes before the look at its line. The line is looked at first, and
		 * setipnum written only if it is up, because QEMU before 9.0 obeys setipnum whatever the line says. */
		fence_to_device();
		if (*aplic_register(IN_CLRIP + source / 32 * 4) & 1u << source % 32)
			*aplic_register(SETIPNUM) = source;
	}
}

static void aplic_handle(void)
{
	imsic_handle(aplic_serve);
}

static void aplic_enable(u32 source, u32 hart_index)
{
	struct imsic_target target = imsic_target(hart_index);

	/* The mode first: target has no meaning while a source is inactive. */
	*aplic_register(SOURCECFG + (source - 1) * 4) = aplic.mode[source];
	*aplic_register(TARGET + (source - 1) * 4) = target.hart_index << 18 | (target.identity + source);
	*aplic_register(SETIENUM) = source;
}

static const struct irq_chip aplic_chip = {
	.name = "APLIC",
	.hart_init = imsic_hart_init,
	.enable = aplic_enable,
	.handle = aplic_handle,
	.send_ipi = imsic_send_ipi,
};

/* The phandle of the controller that NODE's interrupts go to: its own word, or the nearest ancestor's. */
static u32 interrupt_parent(struct fdt_node node)
{
	u32 bytes;

	while (!fdt_property(&node, "interrupt-parent", &bytes))
		if (!fdt_parent(&node, &node))
			return 0;
	return (u32)fdt_u64(&node, "interrupt-parent", 0);
}

/* Note how each device of the tree drives its lines to the controller PHANDLE. Who says nothing (PCI) is level high. */
static void read_modes(u32 phandle)
{
	struct fdt_node node = { 0 };
	const void *list;
	u32 bytes, source, type;

	for (source = 0; source < IRQ_MAX; source++)
		aplic.mode[source] = MODE_LEVEL_HIGH;
	while (fdt_next(&node)) {
		list = fdt_property(&node, "interrupts", &bytes);
		if (!list || interrupt_parent(node) != phandle)
			continue;
		for (u32 i = 0; i < bytes / 8; i++) {
			source = fdt_cell(list, 2 * i);
			type = fdt_cell(list, 2 * i + 1);
			if (source < IRQ_MAX && type < sizeof(modes) && modes[type])
				aplic.mode[source] = modes[type];
		}
	}
}

/* Does NODE stand for a domain that sends messages to a supervisor-level IMSIC? Then that IMSIC is ready, too. */
static bool is_usable(const struct fdt_node *node, struct fdt_reg *reg)
{
	u64 sources = min(fdt_u64(node, "riscv,num-sources", 0), (u64)IRQ_MAX - 1);

	if (!fdt_reg(node, 0, reg) || reg->bytes < APLIC_BYTES)
		return false;
	irq_sources = (u32)sources;
	return imsic_find((u32)fdt_u64(node, "msi-parent", 0), (u32)sources);
}

const struct irq_chip *aplic_find(void)
{
	struct fdt_node node = { 0 };
	struct fdt_reg reg;
	bool found = false;

	while (!found && fdt_next_compatible(&node, "riscv,aplic"))
		found = is_usable(&node, &reg);
	if (!found || !kmap_device(reg.base, reg.bytes))
		return NULL;
	aplic.base = phys_to_virt(reg.base);
	read_modes((u32)fdt_u64(&node, "phandle", 0));
	*aplic_register(DOMAINCFG) = DOMAINCFG_IE | DOMAINCFG_MSI;
	if (!(*aplic_register(DOMAINCFG) & DOMAINCFG_MSI))
		return NULL;
	for (u32 i = 0; i <= irq_sources / 32; i++)
		*aplic_register(CLRIE + 4 * i) = ~0u;
	return &aplic_chip;
}
