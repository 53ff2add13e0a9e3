/* direct.c - interrupts that reach a thread without the kernel: the thread runs in VS-mode with a guest interrupt file
 * of its hart.
 *
 *     sender, any hart                 receiver, on its hart
 *       sw identity, window   ---->      runs in VS-mode:          hardware: pc = stvec    no kernel entry anywhere
 *       (kernel: direct_post)            does not run, has a file: SGEI -> the event loop wakes it, and as above
 *                                        has none (cache.c):       the kernel keeps the vector and wakes it
 *
 * Such a thread is pinned to a hart from registration to end, or until the program moves it. The hart's files are a
 * cache for the threads that are at home there (cache.c), and so are its vs* registers (virtual.c): there may be any
 * number of threads. Only where all files are kept for doorbells (doorbell.c) a registration gets upcalls, which look
 * the same to a program.
 *
 * Here: its beginning, its home, its end, and posts to it. It runs in enter.c, and does not in park.c.
 */
#include "kernel/uintr/direct.h"

#include "kernel/abi/errno.h"
#include "kernel/hart/hypervisor.h"
#include "kernel/hart/panic.h"
#include "kernel/hart/print.h"
#include "kernel/space/pagetable.h"
#include "kernel/mm/slab.h"
#include "kernel/proc/affinity.h"
#include "kernel/proc/thread.h"
#include "kernel/trace/trace.h"

static struct direct_hart direct_harts[MAX_HARTS];

struct direct_hart *direct_hart(u32 hart_index)
{
	return &direct_harts[hart_index];
}

u32 direct_hart_index(const struct direct_hart *h)
{
	return (u32)(h - direct_harts);
}

struct spinlock direct_lock = SPINLOCK_INIT(RANK_UINTR_FILES);

void direct_leave_homes(struct direct *d, u32 kept)
{
	spin_lock(&direct_lock);
	for (u32 left = d->homes & ~kept; left; left &= left - 1)
		direct_hart((u32)__builtin_ctz(left))->threads--;
	d->homes &= kept;
	spin_unlock(&direct_lock);
}

/* The thread is the caller, and may have been parked on its way here. */
static void status_write(struct direct *d, u64 status)
{
	if (d->parked)
		d->registers.vsstatus = status;
	else
		csr_write(CSR_VSSTATUS, status);
}

u64 direct_mask(struct thread *thread, u64 *open)
{
	u64 status = virtual_status(thread->direct);

	*open = status & SSTATUS_SIE ? SIGNAL_UC_UINTR_OPEN : 0;
	status_write(thread->direct, status & ~SSTATUS_SIE);
	return 0;
}

void direct_unmask(struct thread *thread)
{
	status_write(thread->direct, virtual_status(thread->direct) | SSTATUS_SIE);
}

/* --- the beginning --- */

/* direct_lock held: may another thread be at home there? */
static bool has_room(const struct direct_hart *h)
{
	return load_acquire(&h->usable) && (h->thread_files < h->files || !h->bell_space);
}

/* A home for D: where the program wants THREAD to be, else where the fewest are, this hart if possible. False: none. */
static bool find_home(struct direct *d, const struct thread *thread)
{
	struct direct_hart *h, *found = NULL;
	u32 mask = affinity_of(thread), index;

	spin_lock(&direct_lock);
	for (u32 i = 0; i < hart_count; i++) {
		index = (hart()->index + i) % hart_count;
		h = direct_hart(index);
		if ((mask & 1u << index) && has_room(h) && (!found || h->threads < found->threads))
			found = h;
	}
	if (found) {
		found->threads++;
		d->homes = 1u << direct_hart_index(found);
	}
	spin_unlock(&direct_lock);
	return found;
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

/* There is one more thread in VS-mode in the machine, or one less. Any hart may be its next one: who moves it orders
 * this before that. */
static void count_direct(bool more)
{
	static u32 count; /* guarded by direct_lock */

	spin_lock(&direct_lock);
	count += more ? 1 : -1u;
	for (u32 i = 0; i < hart_count; i++)
		store_relaxed(&harts[i].has_direct, (u8)(count > 0));
	spin_unlock(&direct_lock);
}

/* THREAD is in VS-mode from its next visit on. */
static void begin(struct thread *thread, struct direct *d)
{
	virtual_begin(&d->registers, SSTATUS_UXL_64 | fp_state(thread));
	list_init(&d->port.windows);
	timer_init(&d->timer, direct_timer_rings);
	d->port.uintr = d->uintr = thread->uintr;
	d->thread = thread;
	d->parked = true;
	thread->uintr->direct = d; /* nobody else can post yet */
	thread->direct = d;
	count_direct(true);
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
	err = pt_guest_make(f->thread->process->space);
	if (err)
		CO_RETURN(err);
	f->direct = kzalloc(sizeof(*f->direct));
	if (!f->direct)
		CO_RETURN(-ENOMEM);
	if (!find_home(f->direct, f->thread)) {
		kfree(f->direct, sizeof(*f->direct));
		CO_RETURN(0);
	}
	task_pin(task, (u32)__builtin_ctz(f->direct->homes));
	/* a step of a task that changes harts ends here and goes on there; others lose nothing */
	AWAIT(err, task_yield(co));
	if (err) {
		store_relaxed(&task->hart, hart()->index); /* no memory to move */
		atomic_or(&f->thread->work, (u32)WORK_MOVE);
		direct_leave_homes(f->direct, 0);
		kfree(f->direct, sizeof(*f->direct));
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
	if (load_relaxed(&direct_hart(hart()->index)->usable))
		return CO_CALL(direct_start, caller, .thread = thread);
	say_once("no hypervisor extension with guest interrupt files");
	return 0;
}

/* --- moving and the end --- */

/* THREAD, the caller, goes on at hart INDEX after its next wait: what it has here comes out of the hardware. */
static long direct_move(struct thread *thread, u32 index)
{
	struct direct *d = thread->direct;
	long err = -EBUSY;

	spin_lock(&direct_lock);
	if (d->homes & 1u << index) {
		err = 0;
	} else if (has_room(direct_hart(index))) {
		direct_hart(index)->threads++;
		d->homes |= 1u << index; /* and what it leaves is let go of when it has arrived */
		err = 0;
	}
	spin_unlock(&direct_lock);
	if (!err) {
		timer_disarm(&d->timer);
		virtual_leave(d);
		cache_evict(d);
	}
	return err;
}

void direct_end(struct thread *thread)
{
	struct direct *d = thread->direct;

	timer_disarm(&d->timer);
	virtual_leave(d);
	port_vacate(&d->port);
	spin_lock(&direct_lock);
	port_close(&d->port, NULL);
	spin_unlock(&direct_lock);
	/* no store of another program reaches the file any more, and no post of the kernel: uintr->thread is NULL */
	cache_end(d);
	direct_leave_homes(d, 0);
	thread->direct = NULL;
	count_direct(false);
	atomic_or(&thread->work, (u32)WORK_MOVE); /* it may leave, if it may */
}

/* --- posting and waiting --- */

static inline void post(struct uintr *u, u32 identity, bool traced)
{
	struct direct *d = u->direct;

	spin_lock(&u->lock);
	if (traced && u->thread)
		trace_task(TRACE_UINTR, &u->thread->task, BIT(identity % 64));
	if (u->thread && d->store) {
		/* what was written before the post comes before the message */
		fence_to_device();
		*d->store = identity;
	} else if (u->thread && identity && identity < 64 * GUEST_FILE_WORDS) {
		d->state.pending[identity / 64] |= BIT(identity % 64);
		if (cache_pending(d))
			direct_ring(d);
	}
	spin_unlock(&u->lock);
}

static __attribute__((noinline, cold)) void post_traced(struct uintr *u, u32 identity)
{
	post(u, identity, true);
}

void direct_post(struct uintr *u, u32 identity)
{
	if (trace_is_on())
		post_traced(u, identity);
	else
		post(u, identity, false);
}

static long wait_instruction(struct co *caller)
{
	return direct_wait(caller, true);
}

static const struct thread_direct_ops ops = {
	.enter = direct_enter,
	.suspended = direct_suspended,
	.wait = wait_instruction,
	.move = direct_move,
	.store = store_to_window,
};

void direct_init(void)
{
	thread_direct = &ops;
	guest_file_rings = direct_file_rings;
	for (u32 i = 0; i < MAX_HARTS; i++)
		list_init(&direct_harts[i].bell_port.windows);
	windows_init();
}

void direct_hart_init(void)
{
	struct direct_hart *h = direct_hart(hart()->index);

	if (!guest_file_address(hart()->index, 1) || !hypervisor_can_run())
		return;
	hypervisor_hart_init();
	h->files = guest_file_count();
	if (!h->files)
		return;
	for (u32 file = 1; file <= h->files; file++)
		guest_file_clear(file);
	h->thread_files = h->files > 1 ? h->files - 1 : 1;
	store_release(&h->usable, true);
}
