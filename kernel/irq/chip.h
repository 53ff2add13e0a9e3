/* chip.h - between the interrupt controllers and the registry; nobody outside this folder includes it. */
#pragma once

#include "kernel/irq/irq.h"

/* A controller that stays pending for ever (a device that nobody can quiet) may not keep the event loop: after so many
 * claims handle() returns, tasks get their turn, and the loop comes back before it sleeps. */
enum { IRQ_CLAIMS_MAX = 64 };

/* Look for the controller in the device tree and set it up: its chip, or NULL if the machine has none. */
const struct irq_chip *aplic_find(void);
const struct irq_chip *plic_find(void);

/* Sources 1 .. irq_sources exist; set by the chip. */
extern u32 irq_sources;

/* The registered handler of SOURCE on this hart ran, or an interrupt from another hart came in. */
void irq_count_ipi(void);

/* The hart number (firmware's) of the hart whose local interrupt controller has PHANDLE; false if there is none. */
bool irq_parent_hart(u32 phandle, u32 *hart_id);

/* ---- imsic.c, for aplic.c */

/* What a message must hold to reach the kernel's file of a hart. */
struct imsic_target {
	u32 hart_index; /* as APLIC target registers count harts */
	u32 identity;	/* of source 0; source n has identity + n */
};

/* Find the supervisor-level IMSIC whose node has PHANDLE; SOURCES sources will send messages. */
bool imsic_find(u32 phandle, u32 sources);
struct imsic_target imsic_target(u32 hart_index);
void imsic_hart_init(void);
void imsic_send_ipi(u32 hart_index);
/* The physical address of guest interrupt file FILE of a hart; 0: it has no such file. */
u64 imsic_guest_phys(u32 hart_index, u32 file);
/* Messages of which identities does each file hold? 1 .. that. */
u32 imsic_identities(void);
/* ---- imsic_guest.c, for select.c: a watched file has something. Harmless at any time. */
void guest_file_handle(void);
/* Claim until nothing is pending; SERVE is called with the source of each message. */
void imsic_handle(void (*serve)(u32 source));
