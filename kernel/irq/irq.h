/* irq.h - interrupts, whatever controller the machine has.
 *
 * The kernel runs with interrupts masked; the event loop asks what is pending and calls handlers between two steps. A
 * handler only quiets its device and wakes a task: it never waits and does no other work.
 *
 *     device -> APLIC -> MSI -> IMSIC file of a hart -> sip.SEIP      irq_handle(): claim, handler, until none is left
 *     device -> PLIC context of a hart -> sip.SEIP
 *     another hart -> IMSIC id / SBI IPI -> sip.SEIP / sip.SSIP
 */
#pragma once

#include "lib/types.h"

enum { IRQ_MAX = 256 };

typedef void irq_handler(void *argument);

/* A controller; the start-up code picks the one the device tree shows. */
struct irq_chip {
	const char *name;
	void (*hart_init)(void);		    /* on each hart, before its event loop */
	void (*enable)(u32 source, u32 hart_index); /* route SOURCE to a hart and enable it */
	void (*handle)(void);			    /* claim and irq_dispatch() until nothing is pending */
	void (*send_ipi)(u32 hart_index);	    /* make that hart's wfi return */
};

extern const struct irq_chip *irq_chip;

/* Find the controller in the device tree (IMSIC and APLIC, else PLIC) and set it up: boot hart, once. Panics when the
 * machine has neither, since nothing could work. */
void irq_init(void);
void irq_hart_init(void);

/* HANDLER(ARGUMENT) runs on HART_INDEX for each interrupt of SOURCE (the number in the device tree). NAME is for
 * /proc/interrupts. -EBUSY: taken; -EINVAL: no such source. */
int irq_register(u32 source, u32 hart_index, const char *name, irq_handler *handler, void *argument);

/* For chips: SOURCE was claimed. */
void irq_dispatch(u32 source);

/* Event loop: handle all that is pending on this hart. */
void irq_handle(void);

void irq_send_ipi(u32 hart_index);

/* --- guest interrupt files (imsic_guest.c): more interrupt files of each hart, numbered from 1. One is lent to a
 * thread in VS-mode, where its messages arrive without the kernel, or kept for doorbells. But for the address,
 * functions are for files of the own hart. --- */

enum { GUEST_FILES_MAX = 7, GUEST_FILE_WORDS = 4 };

/* What a file holds while it is not in the hardware: identities 1 to 255. */
struct guest_file_state {
	u64 delivery, threshold;
	u64 enabled[GUEST_FILE_WORDS], pending[GUEST_FILE_WORDS];
};

/* How many files the own hart has. On a hart where hypervisor_can_run() is true. */
u32 guest_file_count(void);
/* Where stores to FILE of hart HART_INDEX go; 0: the machine has none. */
u64 guest_file_address(u32 hart_index, u32 file);
/* Empty it; nothing is enabled or watched any more, and nobody uses it. */
void guest_file_clear(u32 file);
/* Out of the hardware, and in. Nobody sends to the file meanwhile. */
void guest_file_save(u32 file, struct guest_file_state *state);
void guest_file_load(u32 file, const struct guest_file_state *state);
/* IDENTITY is forgotten if it is pending, and enabled from now on; or disabled. */
void guest_file_enable(u32 file, u32 identity, bool on);
/* Take the most urgent identity that is pending and enabled out of it; 0: none. */
u32 guest_file_claim(u32 file);
/* Is anything enabled pending in it? */
bool guest_file_pending(u32 file);
/* Interrupt the kernel while something is pending (for a thread that does not run), or not. */
void guest_file_watch(u32 file, bool on);
/* Have the file's line computed again. */
void guest_file_resync(u32 file);
/* Are several files of this hart in use, so that a line may be wrong (imsic_guest.c)? */
bool guest_file_has_neighbours(void);
/* irq_handle: something is pending in FILE, which was watched and is not any more. Set before a file is in use. */
extern void (*guest_file_rings)(u32 file);

struct fmt_text;
/* The text of /proc/interrupts. */
void irq_report(struct fmt_text *text);
