/* direct.c - interrupts that reach a thread without the kernel: the thread runs in VS-mode and owns its hart's guest
 * interrupt file.
 *
 *     sender, any hart                 receiver, on the hart of its file
 *       sw identity, window   ---->      runs in VS-mode:   hardware: pc = stvec          no kernel entry here or there
 *       (kernel: direct_post)            does not run:      SGEI -> the event loop wakes it, and as above
 *
 *     registers of the hart    the thread runs    it is in the kernel    it does not run (parked)
 *       vsie, vstimecmp          its own            its own                nothing enabled, never
 *       scounteren, senvcfg      its own            its own                the kernel's (they are not banked)
 *       all other vs*            its own            its own                its own: no other thread here has any
 *       hgeie                    0                  0                      the file, until it has rung
 *
 * Policy: one file of each hart is used (irq.h says why). It is kept for doorbells (doorbell.c), or belongs to one
 * thread from registration to end;
 * so do the hart's vs* registers, which are never switched. The thread is pinned to the hart. When all files have an
 * owner a registration gets upcalls, which look the same to a program.
 *
 * Invariant: context.sstatus has SPP only from just before user_enter to just behind it, and then hstatus.SPV is set:
 * nothing can enter S-mode with a program's registers.
 */
#include "kernel/uintr/direct.h"

#include "kernel/abi/errno.h"
#include "kernel/hart/hypervisor.h"
#include "kernel/hart/panic.h"
#include "kernel/hart/print.h"
#include "kernel/irq/irq.h"
#include "kernel/mm/pagetable.h"
#include "kernel/mm/user.h"
#include "kernel/proc/thread.h"
#include "kernel/trace/trace.h"
#include "kernel/uintr/doorbell.h"

static struct direct directs[MAX_HARTS];

struct direct *direct_of(u32 hart_index)
{
	return &directs[hart_index];
}

u32 direct_hart(const struct direct *d)
{
	return (u32)(d - directs);
}

struct spinlock direct_lock = SPINLOCK_INIT(RANK_UINTR_FILES); /* who owns which file; windows */

/* --- a thread that does not run --- */

static void park(struct direct *d)
{
	if (d->parked)
		return;
	d->parked = true;
	d->vsie = csr_read(CSR_VSIE);
	d->vstimecmp = csr_read(CSR_VSTIMECMP);
	d->scounteren = csr_read(scounteren);
	d->senvcfg = csr_read(CSR_SENVCFG);
	/* what stays enabled and pending here would keep wfi from sleeping */
	csr_write(CSR_VSIE, 0);
	csr_write(CSR_VSTIMECMP, UINT64_MAX);
	csr_write(scounteren, COUNTERS_ALL);
	csr_write(CSR_SENVCFG, 0);
}

static void unpark(struct direct *d)
{
	guest_file_watch(false);
	timer_disarm(&d->timer);
	csr_write(CSR_SENVCFG, d->senvcfg);
	csr_write(scounteren, d->scounteren);
	csr_write(CSR_VSTIMECMP, d->vstimecmp);
	csr_write(CSR_VSIE, d->vsie);
	d->parked = false;
}

/* Has a parked thread an interrupt pending and enabled, masked or not? */
static bool is_pending(const struct direct *d)
{
	return ((d->vsie & SIE_SEIE) && guest_file_pending()) ||
	       ((d->vsie & SIE_STIE) && csr_read(time) >= d->vstimecmp) ||
	       ((d->vsie & SIE_SSIE) && (csr_read(CSR_HVIP) & HIP_VSSIP));
}

/* A parked thread shall look: ends uintr_wait; and any wait that may be interrupted, if its interrupts are open. Takes
 * no lock: everything is this hart's, and the thread is on this hart alone. */
static void ring(struct direct *d)
{
	if (d->waiting)
		task_end_wait(&d->thread->task, 0);
	if (csr_read(CSR_VSSTATUS) & SSTATUS_SIE)
		thread_poke(d->thread, WORK_UINTR, CANCEL_INTERRUPT);
}

void direct_file_rings(void)
{
	struct direct *d = &directs[hart()->index];

	/* it may have come after the file was emptied, or while the thread runs already */
	if (d->thread)
		ring(d);
	else
		doorbell_look();
}

static void timer_rings(struct timer *timer)
{
	ring(container_of(timer, struct direct, timer));
}

static void direct_suspended(struct thread *thread)
{
	struct direct *d = thread->direct;

	park(d);
	timer_disarm(&d->timer); /* of an earlier wait on the same way to user mode */
	guest_file_watch(true);
	/* After the watch began: QEMU computes SGEIP from hgeie and hgeip without a lock and may forget a message that
	 * comes at that moment; but that message is pending in the file before, and this look finds it. */
	if (is_pending(d)) {
		guest_file_watch(false);
		ring(d);
	} else if ((d->vsie & SIE_STIE) && d->vstimecmp < BIT(56)) {
		/* 56 bits of ticks are centuries; more would not fit into nanoseconds */
		timer_arm(&d->timer, clock_from_ticks(d->vstimecmp));
	}
}

/* --- a thread that runs --- */

extern char trap_vector[];

/* Is the instruction that could not be carried out wfi? Read from memory: stval is not to be relied on. */
static bool is_wfi(const struct thread *thread)
{
	enum { WFI = 0x10500073 };
	struct space *space = thread->process->space;
	u64 pc = thread->context.pc;
	const u16 *low = user_span(space, pc, 2, false), *high = user_span(space, pc + 2, 2, false);

	return low && high && ((u32)*high << 16 | *low) == WFI;
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

	if (cause == CAUSE_FETCH_GUEST && context->pc == (u64)trap_vector)
		/* QEMU 10 loses an exception that the firmware hands on to us: the thread goes on at our vector's
		 * address, in VS-mode, where nothing is mapped. What it was is lost, too. */
		return CAUSE_ILLEGAL;
	if (cause >= CAUSE_FETCH_GUEST && cause <= CAUSE_STORE_GUEST && cause != CAUSE_VIRTUAL)
		context->stval = csr_read(CSR_HTVAL) << 2 | (context->stval & 3);
	if (cause == CAUSE_VIRTUAL) {
		if (!is_wfi(thread))
			return CAUSE_ILLEGAL;
		context->pc += 4;
		return CAUSE_WAIT;
	}
	return cause < ARRAY_SIZE(causes) && causes[cause] ? causes[cause] : cause;
}

static u64 direct_enter(struct thread *thread)
{
	struct user_context *context = &thread->context;
	u64 cause;

	if (thread->direct->parked)
		unpark(thread->direct);
	csr_write(CSR_VSATP, 0);
	csr_write(CSR_HSTATUS, HSTATUS_ENTER);
	context->sstatus |= SSTATUS_SPP;
	cause = user_enter(context);
	csr_write(CSR_HSTATUS, HSTATUS_KERNEL);
	/* vsstatus.FS says dirty on its own; to be safe, the registers always are */
	context->sstatus = (context->sstatus & ~SSTATUS_SPP) | SSTATUS_FS_DIRTY;
	return cause_as_user(thread, cause);
}

/* The thread is the caller, so the register is its own. */
u64 direct_mask(struct thread *thread, u64 *open)
{
	(void)thread;
	*open = csr_read(CSR_VSSTATUS) & SSTATUS_SIE ? SIGNAL_UC_UINTR_OPEN : 0;
	csr_clear(CSR_VSSTATUS, SSTATUS_SIE);
	return 0;
}

void direct_unmask(struct thread *thread)
{
	(void)thread;
	csr_set(CSR_VSSTATUS, SSTATUS_SIE);
}

/* --- the beginning --- */

/* A free file, this hart's if possible; it must be if the thread is BOUND to this hart. NULL: none. */
static struct direct *take_file(struct uintr *u, bool bound)
{
	struct direct *d, *found = NULL;

	spin_lock(&direct_lock);
	for (u32 i = 0; i < (bound ? 1 : hart_count) && !found; i++) {
		d = &directs[(hart()->index + i) % hart_count];
		if (load_relaxed(&d->usable) && !d->taken)
			found = d;
	}
	if (found) {
		found->taken = true;
		found->uintr = u;
	}
	spin_unlock(&direct_lock);
	return found;
}

static void give_back_file(struct direct *d)
{
	spin_lock(&direct_lock);
	d->uintr = NULL;
	d->taken = false;
	spin_unlock(&direct_lock);
}

static void registers_reset(u64 vsstatus)
{
	csr_write(CSR_VSIE, 0);
	csr_write(CSR_HVIP, 0);
	csr_write(CSR_VSTIMECMP, UINT64_MAX);
	csr_write(CSR_VSSTATUS, vsstatus);
	csr_write(CSR_VSTVEC, 0);
	csr_write(CSR_VSSCRATCH, 0);
	csr_write(CSR_VSEPC, 0);
	csr_write(CSR_VSCAUSE, 0);
	csr_write(CSR_VSTVAL, 0);
	csr_write(CSR_VSATP, 0);
	csr_write(scounteren, COUNTERS_ALL);
	csr_write(CSR_SENVCFG, 0);
	guest_file_watch(false);
	guest_file_clear();
}

/* What vsstatus.FS says at first. Initial: all floating-point registers are zero as at the program's start (C's
 * start-up code stores them once), and its vector need not save them before something else is in them. */
static u64 fp_state(struct thread *thread)
{
	u64 bits;

	fp_first_use(thread); /* no traps for that in VS-mode */
	fp_save(thread);
	bits = thread->fp.fcsr;
	for (u32 i = 0; i < ARRAY_SIZE(thread->fp.f); i++)
		bits |= thread->fp.f[i];
	return bits ? SSTATUS_FS_DIRTY : SSTATUS_FS_INITIAL;
}

/* THREAD, on the hart of D, is in VS-mode from its next visit on. */
static void begin(struct thread *thread, struct direct *d)
{
	u64 fs = fp_state(thread);

	ASSERT(d == &directs[hart()->index]);
	registers_reset(SSTATUS_UXL_64 | fs);
	csr_write(CSR_HGATP, pt_guest_hgatp(thread->process->space));
	/* store (the second root is there), fence, walks; partner: tlb_flush stores the entry, fences, looks for it */
	fence_full();
	hypervisor_fence();
	store_relaxed(&guest_file_rings, direct_file_rings); /* from the first one on the event loop looks for it */
	d->thread = thread;
	d->parked = d->waiting = false;
	thread->uintr->direct = d; /* nobody else can post yet */
	thread->direct = d;
}

struct direct_start {
	struct co co;
	struct thread *thread;
	struct direct *direct;
};

CO_STEP(direct_start)
{
	CO_FRAME(direct_start);
	struct task *task = &f->thread->task;
	long err;

	CO_BEGIN;
	f->direct = take_file(f->thread->uintr, f->thread->bound);
	if (!f->direct)
		CO_RETURN(0);
	err = pt_guest_make(f->thread->process->space);
	if (!err) {
		task->pinned = true;
		store_relaxed(&task->hart, (u32)(f->direct - directs));
		/* a step of a task that changes harts ends here and goes on there; others lose nothing */
		AWAIT(err, task_yield(co));
	}
	if (err) {
		task->pinned = f->thread->bound;
		store_relaxed(&task->hart, hart()->index); /* no memory to move */
		give_back_file(f->direct);
		CO_RETURN(err);
	}
	begin(f->thread, f->direct);
	CO_RETURN(UINTR_DIRECT);
	CO_END;
}

static void say_once(const char *why)
{
	static u32 said;

	if (!atomic_exchange(&said, 1))
		print("user interrupts: %s: upcalls instead\n", why);
}

long direct_start(struct co *caller, struct thread *thread)
{
	if (load_relaxed(&directs[hart()->index].usable))
		return CO_CALL(direct_start, caller, .thread = thread);
	say_once("no hypervisor extension with guest interrupt files");
	return 0;
}

/* --- the end --- */

void direct_end(struct thread *thread)
{
	struct direct *d = thread->direct;

	timer_disarm(&d->timer);
	spin_lock(&direct_lock);
	d->uintr = NULL;
	windows_withdraw(d);
	spin_unlock(&direct_lock);
	/* no store of another program reaches the file any more, and no post of the kernel: uintr->thread is NULL */
	registers_reset(0);
	csr_write(CSR_HGATP, 0);
	hypervisor_fence();
	d->thread = NULL;
	thread->direct = NULL;
	thread->task.pinned = thread->bound;
	give_back_file(d);
}

/* --- posting and waiting --- */

static inline void post(struct uintr *u, u32 vector, bool traced)
{
	spin_lock(&u->lock);
	if (u->thread) {
		if (traced)
			trace_task(TRACE_UINTR, &u->thread->task, BIT(vector));
		/* what was written before the post comes before the message */
		fence_to_device();
		*u->direct->file = UINTR_IDENTITY + vector;
	}
	spin_unlock(&u->lock);
}

static __attribute__((noinline, cold)) void post_traced(struct uintr *u, u32 vector)
{
	post(u, vector, true);
}

void direct_post(struct uintr *u, u32 vector)
{
	if (trace_is_on())
		post_traced(u, vector);
	else
		post(u, vector, false);
}

struct direct_wait {
	struct co co;
	struct thread *thread;
};

CO_STEP(direct_wait)
{
	CO_FRAME(direct_wait);
	struct direct *d = f->thread->direct;
	struct uintr *u = f->thread->uintr;
	long err;

	CO_BEGIN;
	park(d);
	d->waiting = true;
	/* Nobody takes the lock to end this: the condition is the hart's, and the hart looks at it again after the
	 * thread has begun to wait (direct_suspended). */
	AWAIT_UNTIL(err, &u->lock, &u->waiting, is_pending(d));
	spin_unlock(&u->lock);
	d->waiting = false;
	CO_RETURN(err);
	CO_END;
}

long direct_wait(struct co *caller, bool wait)
{
	if (wait)
		return CO_CALL(direct_wait, caller, .thread = thread_of(caller));
	guest_file_resync();
	return 0;
}

static long wait_instruction(struct co *caller)
{
	return direct_wait(caller, true);
}

static const struct thread_direct_ops ops = {
	.enter = direct_enter,
	.suspended = direct_suspended,
	.wait = wait_instruction,
};

void direct_init(void)
{
	thread_direct = &ops;
	for (u32 i = 0; i < MAX_HARTS; i++) {
		list_init(&directs[i].windows);
		timer_init(&directs[i].timer, timer_rings);
	}
	windows_init();
}

void direct_hart_init(void)
{
	struct direct *d = &directs[hart()->index];

	d->file_phys = guest_file_address(hart()->index);
	if (!d->file_phys || !hypervisor_can_run())
		return;
	hypervisor_hart_init();
	guest_file_clear();
	d->file = phys_to_virt(d->file_phys);
	store_release(&d->usable, true);
}
