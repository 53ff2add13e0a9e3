/* upcall.c - delivery by changing where a thread goes on in user mode, and the way back.
 *
 *     user code  ...x...                                   x ...
 *                   | trap                                 ^ trap: uintr_return
 *     kernel        +-> frame on the handler's stack       +-- registers from the frame
 *                       pc = handler, masked = 1               masked = 0
 *     handler                  |....................|
 */
#include "kernel/abi/errno.h"
#include "kernel/space/space.h"
#include "kernel/space/user.h"
#include "kernel/proc/thread.h"
#include "kernel/trace/trace.h"
#include "kernel/uintr/direct.h"

_Static_assert(offsetof(struct uintr_frame, pc) == offsetof(struct user_context, pc), "copied in one piece");
enum { REGISTERS = offsetof(struct uintr_frame, vectors) / sizeof(u64) };

/* Written out: a call of memcpy takes twice as long. */
static inline void registers_copy(u64 *to, const u64 *from)
{
#define COPY(i)	   to[i] = from[i]
#define COPY_4(i)  COPY(i), COPY((i) + 1), COPY((i) + 2), COPY((i) + 3)
#define COPY_16(i) COPY_4(i), COPY_4((i) + 4), COPY_4((i) + 8), COPY_4((i) + 12)
	COPY_16(0), COPY_16(16), COPY(32);
#undef COPY_16
#undef COPY_4
#undef COPY
}
_Static_assert(REGISTERS == 33, "registers_copy");

/* LAB 5 { */
/* LAB 5: what deliver_now needs: where the frame goes, what is pending, how the thread goes on at its handler. */
/* Where the frame goes: below the stack pointer if that is on the handler's stack already (nested), else at its
 * top; not across a page's border, so that one translation serves for all of it. */
static u64 frame_address(const struct thread *thread)
{
	const struct uintr_setup *setup = &thread->uintr->setup;
	u64 sp = thread->context.x[X_SP], top = setup->stack + setup->stack_bytes, at;

	if (sp > setup->stack && sp <= top)
		top = sp;
	at = ALIGN_DOWN(top - sizeof(struct uintr_frame), 16);
	if (at % PAGE_SIZE + sizeof(struct uintr_frame) > PAGE_SIZE)
		at = ALIGN_DOWN(ALIGN_DOWN(top, PAGE_SIZE) - sizeof(struct uintr_frame), 16);
	return at;
}

/* Take what is pending: 0: nothing, and the work bit is gone. */
static u64 take_pending(struct thread *thread)
{
	struct uintr *u = thread->uintr;
	u64 vectors;

	spin_lock(&u->lock);
	vectors = u->pending;
	u->pending = 0;
	atomic_and(&thread->work, ~(u32)WORK_UINTR);
	spin_unlock(&u->lock);
	return vectors;
}

static void enter_handler(struct thread *thread, struct uintr_frame *frame, u64 at, u64 vectors)
{
	struct user_context *context = &thread->context;

	registers_copy((u64 *)frame, context->x);
	frame->vectors = vectors;
	context->pc = thread->uintr->handler;
	context->x[X_SP] = context->x[X_A1] = at;
	context->x[X_A0] = vectors;
	atomic_add_relaxed(&thread->process->upcalls, 1ul);
}
/* } LAB 5 */

/* Deliver if everything that is needed is mapped: 0; else the address of what is not. Never waits. */
static u64 deliver_now(struct thread *thread)
{
	/* LAB 5 { */
	/* LAB 5: masked: say so in the area and leave the work bit. Else a frame on the handler's stack, and the thread
	 * goes on at the handler with all that is pending, masked. Nothing may be taken before everything is there. */
	struct space *space = thread->process->space;
	u64 area = thread->uintr->setup.area, at, vectors;
	struct uintr_area *shared = user_span(space, area, sizeof(*shared), true);
	struct uintr_frame *frame;

	if (!shared)
		return area;
	if (load_relaxed(&shared->masked)) {
		/* the work bit stays: the first system call after stui comes through here again */
		store_relaxed(&shared->pending, 1u);
		return 0;
	}
	at = frame_address(thread);
	frame = user_span(space, at, sizeof(*frame), true);
	if (!frame)
		return at;
	vectors = take_pending(thread);
	if (vectors) {
		enter_handler(thread, frame, at, vectors);
		store_relaxed(&shared->pending, 0u);
		store_relaxed(&shared->masked, 1u);
	}
	return 0;
	/* LAB 5 ELSE
	atomic_and(&thread->work, ~(u32)WORK_UINTR);
	thread_give_up(thread, SIGKILL, "nobody delivers upcalls yet (lab 5)");
	return 0;
	 */
	/* } LAB 5 */
}

struct uintr_deliver {
	struct co co;
	u64 missing;
};

CO_STEP(uintr_deliver)
{
	CO_FRAME(uintr_deliver);
	struct thread *thread = thread_of(co);
	struct user_buffer missing;
	long err;

	CO_BEGIN;
	while (f->missing) {
		missing = user_buffer(thread->process->space, f->missing, 1, true);
		AWAIT(err, user_fault_in(co, &missing));
		if (err) {
			/* no stack, no area: as when a signal's frame cannot be written */
			thread_give_up(thread, err == -ENOMEM ? SIGKILL : SIGSEGV, "no stack for a user interrupt");
			break;
		}
		f->missing = deliver_now(thread);
	}
	CO_RETURN(0);
	CO_END;
}

long uintr_deliver(struct co *caller, struct thread *thread)
{
	u64 missing;

	task_cancel_clear(&thread->task);
	if (unlikely(thread->direct)) {
		/* what is pending in its file comes by itself when it is in VS-mode again */
		atomic_and(&thread->work, ~(u32)WORK_UINTR);
		return 0;
	}
	missing = thread->uintr ? deliver_now(thread) : 0;
	return likely(!missing) ? 0 : CO_CALL(uintr_deliver, caller, .missing = missing);
}

/* --- while a signal's handler runs --- */

u64 uintr_mask(struct thread *thread, u64 *open)
{
	u64 area = thread->uintr->setup.area;
	struct uintr_area *shared;

	if (thread->direct)
		return direct_mask(thread, open);
	shared = user_span(thread->process->space, area, sizeof(*shared), true);
	if (!shared)
		return area;
	*open = load_relaxed(&shared->masked) ? 0 : SIGNAL_UC_UINTR_OPEN;
	store_relaxed(&shared->masked, 1u);
	return 0;
}

/* WORK_UINTR stands if something came meanwhile: the thread's loop finds it open now. What is not mapped any more is
 * the program's own doing. */
void uintr_unmask(struct thread *thread)
{
	u32 *masked;

	if (thread->direct) {
		direct_unmask(thread);
		return;
	}
	masked = user_word(thread->process->space, thread->uintr->setup.area, true);
	if (masked)
		store_relaxed(masked, 0u);
}

/* --- the way back --- */

/* Take the registers from the frame: false: it is not mapped. */
static bool return_now(struct thread *thread)
{
	/* LAB 5 { */
	/* LAB 5: the frame is at the thread's stack pointer. Its registers come back, and the mask opens. */
	struct space *space = thread->process->space;
	struct uintr_frame *frame = user_span(space, thread->context.x[X_SP], sizeof(*frame), false);
	u32 *masked = user_word(space, thread->uintr->setup.area, true);

	if (!frame || !masked)
		return false;
	registers_copy(thread->context.x, (const u64 *)frame);
	store_relaxed(masked, 0u);
	return true;
	/* LAB 5 ELSE
	(void)thread;
	return true;
	 */
	/* } LAB 5 */
}

struct uintr_return {
	struct co co;
	struct user_buffer frame, area;
};

CO_STEP(uintr_return)
{
	CO_FRAME(uintr_return);
	struct thread *thread = thread_of(co);
	struct space *space = thread->process->space;
	long err;

	CO_BEGIN;
	do {
		f->frame = user_buffer(space, thread->context.x[X_SP], sizeof(struct uintr_frame), false);
		f->area = user_buffer(space, thread->uintr->setup.area, sizeof(struct uintr_area), true);
		if (f->frame.address % PAGE_SIZE + f->frame.bytes > PAGE_SIZE)
			CO_RETURN(-EFAULT); /* no frame of ours */
		AWAIT(err, user_fault_in(co, &f->frame));
		if (!err)
			AWAIT(err, user_fault_in(co, &f->area));
		if (err)
			CO_RETURN(err);
	} while (!return_now(thread));
	CO_RETURN(KEEP_REGISTERS);
	CO_END;
}

long uintr_return(struct co *caller, struct thread *thread)
{
	if (!thread->uintr || thread->direct)
		return -EINVAL;
	return likely(return_now(thread)) ? KEEP_REGISTERS : CO_CALL(uintr_return, caller, .frame = { 0 });
}

long uintr_deliver_traced(struct co *caller, struct thread *thread)
{
	long result = uintr_deliver(caller, thread);

	if (result != CO_PENDING && thread->uintr && !thread->direct && thread->context.pc == thread->uintr->handler)
		trace_event(TRACE_UINTR, thread->context.x[X_A0], NULL);
	return result;
}

struct uintr_wait {
	struct co co;
	struct uintr *uintr;
};

CO_STEP(uintr_wait)
{
	CO_FRAME(uintr_wait);
	long err;

	CO_BEGIN;
	AWAIT_UNTIL(err, &f->uintr->lock, &f->uintr->waiting, f->uintr->pending);
	spin_unlock(&f->uintr->lock);
	CO_RETURN(err);
	CO_END;
}

long uintr_wait(struct co *caller, struct thread *thread, bool wait)
{
	if (!thread->uintr)
		return -EINVAL;
	if (thread->direct)
		return direct_wait(caller, wait);
	/* the thread is the handler's owner and is here: the state cannot go away */
	return wait ? CO_CALL(uintr_wait, caller, .uintr = thread->uintr) : 0;
}
