/* imsic.c - the incoming MSI controller of each hart (RISC-V Advanced Interrupt Architecture 1.0, chapter 3).
 *
 *     memory:  hart 0 [ S | G1 | G2 | G3 ]  hart 1 [ S | G1 | ..      one page per interrupt file; a 4-byte store of n
 *                                                                     to a page makes identity n pending in that file
 *     CSRs:    stopei        the most urgent pending identity; writing it claims
 *              siselect/sireg  eidelivery, eithreshold, and the pending and enable bits of the own S-file
 *
 * Identities of the kernel's S-file:   1 another hart's interrupt   16 + n source n of the APLIC
 * All of them are enabled on every hart from the start, since a hart can reach its own file's bits only; what may come
 * in is decided where it is sent.
 */
#include "kernel/hart/csr.h"
#include "kernel/hart/fdt.h"
#include "kernel/hart/hart.h"
#include "kernel/hart/panic.h"
#include "kernel/irq/chip.h"
#include "kernel/mm/kmap.h"
#include "kernel/mm/page.h"

enum { ID_IPI = 1, ID_SOURCE_0 = 16 };
enum { EIDELIVERY = 0x70, EITHRESHOLD = 0x72, EIE0 = 0xc0 }; /* selected through siselect */
enum { SUPERVISOR_EXTERNAL = 9, FILES_MAX = 64 };

static struct {
	u32 count, sources, identities, guest_bits;
	struct file {
		u64 phys;
		u32 hart_id;
		u32 aplic_index; /* the number that an APLIC target register has for this hart */
	} files[FILES_MAX];
} imsic;

/* Where the byte OFFSET of the files lies, counted through the node's address ranges one after the other. */
static bool file_place(const struct fdt_node *node, u64 offset, u64 *phys)
{
	struct fdt_reg reg;

	for (u32 i = 0; fdt_reg(node, i, &reg); i++) {
		if (offset < reg.bytes) {
			*phys = reg.base + offset;
			return true;
		}
		offset -= reg.bytes;
	}
	return false;
}

static u32 bits_for(u32 count)
{
	u32 bits = 0;

	while ((1u << bits) < count && bits < 14)
		bits++;
	return bits;
}

/* The fields of a file's address (chapter 3.6), put together as in an APLIC target register (chapter 4.5.16). */
static u32 aplic_index(const struct fdt_node *node, u64 phys, u32 files)
{
	u32 guest_bits = (u32)fdt_u64(node, "riscv,guest-index-bits", 0);
	u32 hart_bits = (u32)fdt_u64(node, "riscv,hart-index-bits", bits_for(files));
	u32 group_bits = (u32)fdt_u64(node, "riscv,group-index-bits", 0);
	u32 group_shift = (u32)fdt_u64(node, "riscv,group-index-shift", 24);
	u32 in_group = (u32)(phys >> (PAGE_SHIFT + guest_bits) & (BIT(hart_bits) - 1));
	u32 group = (u32)(phys >> group_shift & (BIT(group_bits) - 1));

	return group << hart_bits | in_group;
}

/* "interrupts-extended" lists the harts in the order of their files. */
static void read_files(const struct fdt_node *node)
{
	u32 bytes, guest_bits = (u32)fdt_u64(node, "riscv,guest-index-bits", 0);
	const void *list = fdt_property(node, "interrupts-extended", &bytes);
	struct file *file = imsic.files;

	for (u32 i = 0; i < bytes / 8 && imsic.count < FILES_MAX; i++) {
		if (!irq_parent_hart(fdt_cell(list, 2 * i), &file->hart_id) ||
		    !file_place(node, (u64)i << (PAGE_SHIFT + guest_bits), &file->phys))
			continue;
		file->aplic_index = aplic_index(node, file->phys, bytes / 8);
		imsic.count++;
		file++;
	}
}

static bool is_supervisor(const struct fdt_node *node)
{
	u32 bytes;
	const void *list = fdt_property(node, "interrupts-extended", &bytes);

	return list && bytes >= 8 && fdt_cell(list, 1) == SUPERVISOR_EXTERNAL;
}

/* Widths that would shift a bit out of an address are no widths. */
static bool has_sane_widths(const struct fdt_node *node)
{
	return fdt_u64(node, "riscv,guest-index-bits", 0) <= 6 && fdt_u64(node, "riscv,hart-index-bits", 0) <= 14 &&
	       fdt_u64(node, "riscv,group-index-bits", 0) <= 8 && fdt_u64(node, "riscv,group-index-shift", 24) <= 55;
}

bool imsic_find(u32 phandle, u32 sources)
{
	struct fdt_node node = { 0 };
	struct fdt_reg reg;

	while (fdt_next_compatible(&node, "riscv,imsics"))
		if (fdt_u64(&node, "phandle", 0) == phandle && is_supervisor(&node) && has_sane_widths(&node))
			break;
	if (!node.offset || fdt_u64(&node, "phandle", 0) != phandle ||
	    fdt_u64(&node, "riscv,num-ids", 0) < ID_SOURCE_0 + (u64)sources)
		return false;
	for (u32 i = 0; fdt_reg(&node, i, &reg); i++)
		if (!kmap_device(reg.base, reg.bytes))
			return false;
	imsic.count = 0;
	imsic.sources = sources;
	imsic.identities = (u32)fdt_u64(&node, "riscv,num-ids", 0);
	imsic.guest_bits = (u32)fdt_u64(&node, "riscv,guest-index-bits", 0);
	read_files(&node);
	return imsic.count > 0;
}

static const struct file *file_of(u32 hart_index)
{
	for (u32 i = 0; i < imsic.count; i++)
		if (imsic.files[i].hart_id == harts[hart_index].id)
			return &imsic.files[i];
	panic("hart %u has no interrupt file in the IMSIC's device tree node", harts[hart_index].id);
}

struct imsic_target imsic_target(u32 hart_index)
{
	return (struct imsic_target){ file_of(hart_index)->aplic_index, ID_SOURCE_0 };
}

u64 imsic_guest_phys(u32 hart_index, u32 file)
{
	return imsic.count && file < 1u << imsic.guest_bits ? file_of(hart_index)->phys + file * PAGE_SIZE : 0;
}

u32 imsic_identities(void)
{
	return imsic.identities;
}

static void file_write(u64 selected, u64 value)
{
	csr_write(CSR_SISELECT, selected);
	csr_write(CSR_SIREG, value);
}

void imsic_hart_init(void)
{
	u32 last = ID_SOURCE_0 + imsic.sources;

	store_relaxed(&hart()->irq_file, (u64)phys_to_virt(file_of(hart()->index)->phys));
	/* 64 enable bits a register; in RV64 only the even ones exist. */
	for (u32 first = 0; first <= last; first += 64)
		file_write(EIE0 + first / 32, last - first >= 63 ? ~0ul : BIT(last - first + 1) - 1);
	file_write(EITHRESHOLD, 0);
	file_write(EIDELIVERY, 1);
	csr_clear(sie, SIE_SSIE);
	/* QEMU 7.2 looks at the guest files' line before it takes its lock, and then drops the hart's interrupt
	 * request if mip is 0 at that moment: a wake-up is lost. SSIP, always pending and never enabled, keeps mip
	 * from being 0. So software interrupts mean nothing on machines with an IMSIC; harts use identity 1 of each
	 * other's files. */
	csr_set(sip, SIE_SSIE);
	csr_set(sie, SIE_SEIE);
}

void imsic_send_ipi(u32 hart_index)
{
	u64 file = load_relaxed(&harts[hart_index].irq_file);

	if (unlikely(!file)) /* it has not come up yet; the message waits in its file */
		file = (u64)phys_to_virt(file_of(hart_index)->phys);
	/* What the sender wrote to memory comes before the message. */
	fence_to_device();
	*(volatile u32 *)file = ID_IPI;
}

void imsic_handle(void (*serve)(u32 source))
{
	u32 id;

	/* Until stopei reads 0, not once per SEIP: QEMU 7.2 may lower the hart's line just after a sender has raised
	 * it, so an identity can be pending while SEIP is not. */
	for (u32 i = 0; i < IRQ_CLAIMS_MAX; i++) {
		id = (u32)(csr_swap(CSR_STOPEI, 0) >> 16) & 0x7ff;
		if (!id)
			return;
		if (id == ID_IPI)
			irq_count_ipi();
		else
			serve(id > ID_SOURCE_0 ? id - ID_SOURCE_0 : 0);
	}
}
