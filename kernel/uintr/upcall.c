/* upcall.c - delivery by changing where a thread goes on in user mode, and the way back.
 *
 *     user code  ...x...                                   x ...
 *                   | trap                                 ^ trap: uintr_return
 *     kernel        +-> frame on the handler's stack       +-- registers from the frame
 *                       pc = handler, masked = 1               masked = 0
 *     handler                  |....................|
 */
#include "kernel/abi/errno.h"
#include "kernel/mm/space.h"
#include "kernel/mm/user.h"
#include "kernel/proc/thread.h"
#include "kernel/uintr/state.h"

/* Where the frame goes: below the stack pointer if that is on the handler's stack already (nested), else at its top. */
static u64 frame_address(const struct thread *thread)
{
	const struct uintr_setup *setup = &thread->uintr->setup;
	u64 sp = thread->context.x[X_SP], top = setup->stack + setup->stack_bytes;

	if (sp > setup->stack && sp <= top)
		top = sp;
	return ALIGN_DOWN(top - sizeof(struct uintr_frame), 16);
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

struct uintr_deliver {
	struct co co;
	struct uintr_area area;
	u64 at;
	struct uintr_frame frame;
};

static void enter_handler(struct thread *thread, const struct uintr_frame *frame, u64 at)
{
	thread->context.pc = thread->uintr->handler;
	thread->context.x[X_SP] = at;
	thread->context.x[X_A0] = frame->vectors;
	thread->context.x[X_A1] = at;
	atomic_add_relaxed(&thread->process->upcalls, 1ul);
}

CO_STEP(uintr_deliver)
{
	CO_FRAME(uintr_deliver);
	struct thread *thread = thread_of(co);
	struct space *space = thread->process->space;
	u64 area;
	long err;

	CO_BEGIN;
	task_cancel_clear(&thread->task);
	if (!thread->uintr)
		CO_RETURN(0);
	area = thread->uintr->setup.area;
	AWAIT(err, user_read(co, space, &f->area, area, sizeof(f->area)));
	if (err)
		goto bad;
	area = thread->uintr->setup.area;
	if (f->area.masked) {
		/* the work bit stays: the first system call after stui comes through here again */
		f->area.pending = 1;
		AWAIT(err, user_write(co, space, area + sizeof(u32), &f->area.pending, sizeof(u32)));
		if (err)
			goto bad;
		CO_RETURN(0);
	}
	f->frame.pc = thread->context.pc;
	__builtin_memcpy(f->frame.x, thread->context.x, sizeof(f->frame.x));
	f->at = frame_address(thread);
	f->frame.vectors = take_pending(thread);
	if (!f->frame.vectors)
		CO_RETURN(0);
	AWAIT(err, user_write(co, space, f->at, &f->frame, sizeof(f->frame)));
	if (err)
		goto bad;
	f->area = (struct uintr_area){ .masked = 1 };
	area = thread->uintr->setup.area;
	AWAIT(err, user_write(co, space, area, &f->area, sizeof(f->area)));
	if (err)
		goto bad;
	enter_handler(thread, &f->frame, f->at);
	CO_RETURN(0);
bad:
	/* no stack, no area: as when a signal's frame cannot be written */
	process_kill(thread->process, SIGNAL_STATUS(SIGSEGV));
	thread_leave(thread);
	CO_RETURN(0);
	CO_END;
}

long uintr_deliver(struct co *caller, struct thread *thread)
{
	(void)thread;
	return CO_CALL(uintr_deliver, caller, .at = 0);
}

struct uintr_return {
	struct co co;
	struct uintr_frame frame;
	u32 zero;
};

CO_STEP(uintr_return)
{
	CO_FRAME(uintr_return);
	struct thread *thread = thread_of(co);
	long err;

	CO_BEGIN;
	AWAIT(err, user_read(co, thread->process->space, &f->frame, thread->context.x[X_SP], sizeof(f->frame)));
	if (err)
		CO_RETURN(err);
	AWAIT(err, user_write(co, thread->process->space, thread->uintr->setup.area, &f->zero, sizeof(f->zero)));
	if (err)
		CO_RETURN(err);
	__builtin_memcpy(thread->context.x, f->frame.x, sizeof(f->frame.x));
	thread->context.pc = f->frame.pc;
	CO_RETURN(KEEP_REGISTERS);
	CO_END;
}

long uintr_return(struct co *caller, struct thread *thread)
{
	return thread->uintr ? CO_CALL(uintr_return, caller, .zero = 0) : -EINVAL;
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
	/* the thread is the handler's owner and is here: the state cannot go away */
	return wait ? CO_CALL(uintr_wait, caller, .uintr = thread->uintr) : 0;
}
