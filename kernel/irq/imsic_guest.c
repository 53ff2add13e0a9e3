/* imsic_guest.c - guest interrupt file 1 of each hart (Advanced Interrupt Architecture 1.0, chapters 3 and 6).
 *
 *     a store to the file's page --> pending & enabled --+--> VSEIP of the thread that runs in VS-mode (hstatus.VGEIN)
 *                                                        |
 *                                                        +--> hgeip & hgeie --> SGEIP: the kernel, while it watches
 *
 * hstatus.VGEIN selects file 1 all the time (hypervisor.h), so the kernel finds its registers behind vsiselect, vsireg
 * and vstopei; the thread finds the same ones behind siselect, sireg and stopei.
 */
#include "kernel/hart/hypervisor.h"
#include "kernel/irq/chip.h"
#include "lib/order.h"

enum { EIDELIVERY = 0x70, EITHRESHOLD = 0x72, EIP0 = 0x80, EIE0 = 0xc0 }; /* selected through vsiselect */

u64 guest_file_address(u32 hart_index)
{
	return imsic_identities() >= 127 ? imsic_guest_phys(hart_index) : 0;
}

static void file_write(u64 selected, u64 value)
{
	csr_write(CSR_VSISELECT, selected);
	csr_write(CSR_VSIREG, value);
}

void guest_file_clear(void)
{
	u32 last = imsic_identities();

	/* delivery ends first, so that nothing is seen half cleared */
	file_write(EIDELIVERY, 0);
	for (u32 first = 0; first <= last; first += 64) {
		file_write(EIE0 + first / 32, 0);
		file_write(EIP0 + first / 32, 0);
	}
	file_write(EITHRESHOLD, 0);
	csr_write(CSR_VSISELECT, 0);
}

void guest_file_deliver(void)
{
	file_write(EITHRESHOLD, 0);
	file_write(EIDELIVERY, 1);
	csr_write(CSR_VSISELECT, 0);
}

/* Bits are set and cleared by one instruction: messages come in at the same time. */
void guest_file_enable(u32 identity, bool on)
{
	u64 bit = BIT(identity % 64);
	u32 pair = identity / 64 * 2;

	csr_write(CSR_VSISELECT, EIP0 + pair);
	if (on)
		csr_clear(CSR_VSIREG, bit);
	csr_write(CSR_VSISELECT, EIE0 + pair);
	if (on)
		csr_set(CSR_VSIREG, bit);
	else
		csr_clear(CSR_VSIREG, bit);
	csr_write(CSR_VSISELECT, 0);
}

u32 guest_file_claim(void)
{
	return (u32)(csr_swap(CSR_VSTOPEI, 0) >> 16);
}

bool guest_file_pending(void)
{
	/* A read that does not claim: QEMU 7.2 computes the line, without its lock, only at claims and at vsireg. */
	return csr_read(CSR_VSTOPEI) != 0;
}

void guest_file_watch(bool on)
{
	csr_write(CSR_HGEIE, on ? HGEIE_FILE : 0);
}

void guest_file_resync(void)
{
	u64 selected = csr_read(CSR_VSISELECT);

	/* A look at a register through vsireg makes QEMU compute the file's line. */
	csr_write(CSR_VSISELECT, EIDELIVERY);
	csr_read(CSR_VSIREG);
	csr_write(CSR_VSISELECT, selected);
}

void guest_file_handle(void)
{
	if (!(csr_read(CSR_HIP) & HIP_SGEIP))
		return;
	/* Written even if it is 0 already: SGEIP is computed when hgeie is written. */
	guest_file_watch(false);
	guest_file_rings();
}
