/* imsic_guest.c - the guest interrupt files of a hart (Advanced Interrupt Architecture 1.0, chapters 3 and 6).
 *
 *     a store to the file's page --> pending & enabled --+--> VSEIP of the thread that runs in VS-mode, if
 *                                                        |    hstatus.VGEIN names the file
 *                                                        +--> hgeip & hgeie --> SGEIP: the kernel, while it watches
 *
 * The kernel reaches a file's registers behind vsiselect, vsireg and vstopei once it has named the file in VGEIN; a
 * thread finds those of its own behind siselect, sireg and stopei. vsiselect may hold a value of a thread's, which is
 * put back.
 *
 * QEMU's hgeip is a plain word: senders change it under a lock, the hart itself changes it without. With one file in
 * use nobody changes another's bit. With several a bit may get lost, or stay: so each poll of the event loop looks into
 * all files that are watched, and what is up without a reason is computed anew. Between that look and wfi the hart
 * changes nothing, and what is sent then is told by a line that is right.
 */
#include "kernel/hart/hart.h"
#include "kernel/hart/hypervisor.h"
#include "kernel/irq/chip.h"
#include "lib/order.h"

enum { EIDELIVERY = 0x70, EITHRESHOLD = 0x72, EIP0 = 0x80, EIE0 = 0xc0 }; /* selected through vsiselect */

u32 guest_file_count(void)
{
	u64 enable;
	u32 count = 0;

	csr_write(CSR_HGEIE, ~0ul);
	enable = csr_read(CSR_HGEIE);
	csr_write(CSR_HGEIE, 0);
	while (count < GUEST_FILES_MAX && (enable & BIT(count + 1)) && guest_file_address(hart()->index, count + 1))
		count++;
	return count;
}

u64 guest_file_address(u32 hart_index, u32 file)
{
	return imsic_identities() >= 127 ? imsic_guest_phys(hart_index, file) : 0;
}

/* --- registers --- */

static void file_name(u32 file)
{
	csr_write(CSR_HSTATUS, HSTATUS_KERNEL | HSTATUS_VGEIN(file));
}

static void file_write(u64 selected, u64 value)
{
	csr_write(CSR_VSISELECT, selected);
	csr_write(CSR_VSIREG, value);
}

static u64 file_read(u64 selected)
{
	csr_write(CSR_VSISELECT, selected);
	return csr_read(CSR_VSIREG);
}

static void empty(u32 last)
{
	/* delivery ends first, so that nothing is seen half cleared */
	file_write(EIDELIVERY, 0);
	for (u32 first = 0; first <= last; first += 64) {
		file_write(EIE0 + first / 32, 0);
		file_write(EIP0 + first / 32, 0);
	}
	file_write(EITHRESHOLD, 0);
}

void guest_file_clear(u32 file)
{
	u64 before = csr_read(CSR_VSISELECT);

	hart()->guest_files &= ~(1u << file);
	guest_file_watch(file, false);
	file_name(file);
	empty(imsic_identities());
	csr_write(CSR_VSISELECT, before);
}

/* Read, not swapped for zeroes: QEMU looks at the bits in one loop and changes them in another, and what came between
 * would be gone. Nobody sends now. */
void guest_file_save(u32 file, struct guest_file_state *state)
{
	u64 before = csr_read(CSR_VSISELECT);

	file_name(file);
	state->delivery = file_read(EIDELIVERY);
	state->threshold = file_read(EITHRESHOLD);
	for (u32 word = 0; word < GUEST_FILE_WORDS; word++) {
		state->enabled[word] = file_read(EIE0 + 2 * word);
		state->pending[word] = file_read(EIP0 + 2 * word);
	}
	csr_write(CSR_VSISELECT, before);
	guest_file_clear(file);
}

void guest_file_load(u32 file, const struct guest_file_state *state)
{
	u64 before = csr_read(CSR_VSISELECT);

	guest_file_clear(file);
	hart()->guest_files |= 1u << file;
	for (u32 word = 0; word < GUEST_FILE_WORDS && word * 64 <= imsic_identities(); word++) {
		file_write(EIE0 + 2 * word, state->enabled[word]);
		file_write(EIP0 + 2 * word, state->pending[word]);
	}
	file_write(EITHRESHOLD, state->threshold);
	file_write(EIDELIVERY, state->delivery); /* last: it is seen whole */
	csr_write(CSR_VSISELECT, before);
}

/* Bits are set and cleared by one instruction: messages come in at the same time. */
void guest_file_enable(u32 file, u32 identity, bool on)
{
	u64 bit = BIT(identity % 64), before = csr_read(CSR_VSISELECT);
	u32 pair = identity / 64 * 2;

	file_name(file);
	csr_write(CSR_VSISELECT, EIP0 + pair);
	if (on)
		csr_clear(CSR_VSIREG, bit);
	csr_write(CSR_VSISELECT, EIE0 + pair);
	if (on)
		csr_set(CSR_VSIREG, bit);
	else
		csr_clear(CSR_VSIREG, bit);
	csr_write(CSR_VSISELECT, before);
}

u32 guest_file_claim(u32 file)
{
	file_name(file);
	return (u32)(csr_swap(CSR_VSTOPEI, 0) >> 16);
}

/* --- lines --- */

bool guest_file_pending(u32 file)
{
	file_name(file);
	/* A read that does not claim: QEMU 7.2 computes the line, without its lock, only at claims and at vsireg. */
	return csr_read(CSR_VSTOPEI) != 0;
}

void guest_file_watch(u32 file, bool on)
{
	/* Written even if nothing changes: SGEIP is computed when hgeie is written. */
	if (on)
		csr_set(CSR_HGEIE, BIT(file));
	else
		csr_clear(CSR_HGEIE, BIT(file));
}

void guest_file_resync(u32 file)
{
	u64 before = csr_read(CSR_VSISELECT);

	file_name(file);
	/* A look at a register through vsireg makes QEMU compute the file's line. */
	file_read(EIDELIVERY);
	csr_write(CSR_VSISELECT, before);
}

bool guest_file_has_neighbours(void)
{
	u32 mine = hart()->guest_files;

	return mine & (mine - 1);
}

void guest_file_handle(void)
{
	bool raised = csr_read(CSR_HIP) & HIP_SGEIP;
	u64 watched;

	if (!raised && likely(!guest_file_has_neighbours()))
		return;
	for (watched = csr_read(CSR_HGEIE); watched; watched &= watched - 1) {
		u32 file = (u32)__builtin_ctzl(watched);

		if (guest_file_pending(file)) {
			guest_file_watch(file, false);
			guest_file_rings(file);
		} else if (raised) {
			guest_file_resync(file);
			guest_file_watch(file, true);
		}
	}
}
