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

/* --- guest interrupt files (imsic_guest.c): a second interrupt file of each hart, lent to a thread in VS-mode,
 * where its messages arrive without the kernel, or kept for doorbells. Only file 1 of each hart is used: QEMU's
 * hgeip is a plain word that harts and senders change without a common lock, which goes wrong when two files of a
 * hart are in use. */

/* Where stores to the file of hart HART_INDEX go; 0: the machine has none. */
u64 guest_file_address(u32 hart_index);
/* Those of the own hart. Empty it, and nothing is enabled any more. */
void guest_file_clear(void);
/* What is pending and enabled in it is delivered. */
void guest_file_deliver(void);
/* IDENTITY (64 to 127) is forgotten if it is pending, and enabled from now on; or disabled. */
void guest_file_enable(u32 identity, bool on);
/* Take the most urgent identity that is pending and enabled out of it; 0: none. */
u32 guest_file_claim(void);
/* Is anything enabled pending in it? */
bool guest_file_pending(void);
/* Interrupt the kernel while something is pending (for a thread that does not run), or not. */
void guest_file_watch(bool on);
/* The thread was interrupted and found nothing: have the line computed again. */
void guest_file_resync(void);
/* irq_handle: something is pending in a watched file, which is not watched any more now. NULL: no file was lent yet. */
extern void (*guest_file_rings)(void);

struct fmt_text;
/* The text of /proc/interrupts. */
void irq_report(struct fmt_text *text);
