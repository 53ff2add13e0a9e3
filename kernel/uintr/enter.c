/* enter.c - a direct thread's visits to VS-mode.
 *
 *     direct_enter   parked? a file and its registers   ->   hstatus.SPV, sstatus.SPP   ->   user_enter
 *                    the cause, as if it had been in U-mode                             <-   a trap
 *
 * Invariant: context.sstatus has SPP only from just before user_enter to just behind it, and then hstatus.SPV is set:
 * nothing can enter S-mode with a program's registers.
 */
#include "kernel/hart/hypervisor.h"
#include "kernel/proc/thread.h"
#include "kernel/uintr/direct.h"

enum { WFI = 0x10500073 };

/* The thread's own stvec was told of an exception that the firmware handed on, and it tells us. sret to where it was,
 * but without a change of mode; and what a handler around it has for its own sret stays. Registers are the thread's,
 * so they may say anything. */
static u64 cause_told(struct user_context *context)
{
	u64 status = csr_read(CSR_VSSTATUS), cause = csr_read(CSR_VSCAUSE);

	context->pc = csr_read(CSR_VSEPC);
	context->stval = csr_read(CSR_VSTVAL);
	status |= SSTATUS_SPP | (status & SSTATUS_SPIE ? SSTATUS_SIE : 0);
	csr_write(CSR_VSSTATUS, status | SSTATUS_SPIE);
	return cause < 64 && (HEDELEG_OF_FIRMWARE & BIT(cause)) ? cause : CAUSE_ILLEGAL;
}

/* An instruction that only a kernel may execute; read from memory, since stval is not to be relied on. */
static u64 cause_of_instruction(struct thread *thread)
{
	switch (instruction_at(thread)) {
	case WFI:
		thread->context.pc += 4;
		return CAUSE_WAIT;
	case UINTR_FAULT:
		return cause_told(&thread->context);
	default:
		return CAUSE_ILLEGAL;
	}
}

/* The cause as if the thread had been in U-mode. */
static u64 cause_as_user(struct thread *thread, u64 cause)
{
	static const u8 causes[] = {
		[CAUSE_ECALL_VIRTUAL] = CAUSE_ECALL_USER,
		[CAUSE_FETCH_GUEST] = CAUSE_FETCH_PAGE,
		[CAUSE_LOAD_GUEST] = CAUSE_LOAD_PAGE,
		[CAUSE_STORE_GUEST] = CAUSE_STORE_PAGE,
		/* page faults of a first stage, which a thread should not have: QEMU 7.2 lets it write satp */
		[CAUSE_FETCH_PAGE] = CAUSE_FETCH_ACCESS,
		[CAUSE_LOAD_PAGE] = CAUSE_LOAD_ACCESS,
		[CAUSE_STORE_PAGE] = CAUSE_STORE_ACCESS,
	};
	struct user_context *context = &thread->context;

	if (cause == CAUSE_VIRTUAL)
		return cause_of_instruction(thread);
	if (cause >= CAUSE_FETCH_GUEST && cause <= CAUSE_STORE_GUEST)
		context->stval = csr_read(CSR_HTVAL) << 2 | (context->stval & 3);
	return cause < ARRAY_SIZE(causes) && causes[cause] ? causes[cause] : cause;
}

static void unpark(struct direct *d)
{
	timer_disarm(&d->timer);
	if (unlikely(d->homes != 1u << hart()->index))
		direct_leave_homes(d, 1u << hart()->index); /* it has moved */
	cache_take(d);
	guest_file_watch(d->file, false);
	virtual_unpark(d);
}

u64 direct_enter(struct thread *thread)
{
	struct user_context *context = &thread->context;
	struct direct *d = thread->direct;
	u64 cause;

	if (d->parked)
		unpark(d);
	if (unlikely(guest_file_has_neighbours()))
		guest_file_resync(d->file); /* its line, after what the kernel did to others */
	csr_write(CSR_VSATP, 0);
	csr_write(CSR_HSTATUS, HSTATUS_ENTER | HSTATUS_VGEIN(d->file));
	context->sstatus |= SSTATUS_SPP;
	cause = user_enter(context);
	csr_write(CSR_HSTATUS, HSTATUS_KERNEL);
	/* vsstatus.FS says dirty on its own; to be safe, the registers always are */
	context->sstatus = (context->sstatus & ~SSTATUS_SPP) | SSTATUS_FS_DIRTY;
	return cause_as_user(thread, cause);
}
