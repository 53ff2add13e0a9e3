/* signal_frame.c - what lies on the program's stack while a handler runs, and the way back.
 *
 *     signal_frame_enter   registers, FP registers, mask -> frame; sp = frame, pc = handler, a0 signal,
 *                          a1 siginfo, a2 ucontext, ra = the page with rt_sigreturn
 *     signal_return        frame at sp -> registers, FP registers, mask
 *     signal_return_fast   the same if no signal is pending that the mask lets through, and all else is as usual
 *
 * A frame in one page is written and read in place; one that crosses a border goes through a copy on the kernel's
 * stack. What comes back is the program's word: any registers are allowed (user mode is all they reach), a mask is made
 * legal, a list of extensions must be empty.
 */
#include "kernel/abi/errno.h"
#include "kernel/space/space.h"
#include "kernel/space/user.h"
#include "kernel/space/user_page.h"
#include "kernel/proc/signal_state.h"

enum { FRAME_BYTES = sizeof(struct signal_frame) };
/* pc stands in the place of x0, so the registers are 32 words in both. */
enum { REGISTER_BYTES = 32 * sizeof(u64), FP_BYTES = REGISTER_BYTES + sizeof(u32) };
_Static_assert(offsetof(struct signal_context, x) == offsetof(struct user_context, x) + sizeof(u64), "one piece");
_Static_assert(offsetof(struct signal_context, fcsr) == offsetof(struct signal_context, f) + REGISTER_BYTES, "fp.S");

/* Eight at a time: half of the instructions of a call for memcpy. */
static inline void copy_registers(u64 *to, const u64 *from)
{
	struct eight {
		u64 words[8];
	};

	for (u32 i = 0; i < 32; i += 8)
		*(struct eight *)(to + i) = *(const struct eight *)(from + i);
}

/* Where the frame goes, now that STACK is the alternate stack, or SIGNAL_NO_STACK: it would leave that. */
static u64 frame_address(const struct thread *thread, const struct signal_action *action,
			 const struct signal_stack *stack)
{
	bool on_stack = stack->flags & SS_ONSTACK;
	u64 sp = thread->context.x[X_SP], at;

	if ((action->flags & SA_ONSTACK) && !(stack->flags & (SS_ONSTACK | SS_DISABLE))) {
		sp = stack->stack + stack->bytes;
		on_stack = true;
	}
	at = ALIGN_DOWN(sp - FRAME_BYTES, 16);
	if (on_stack && (at <= stack->stack || at - stack->stack > stack->bytes))
		return SIGNAL_NO_STACK;
	return at > sp ? SIGNAL_NO_STACK : at;
}

static void fill_fp(struct thread *thread, struct signal_context *to)
{
	to->extension = to->extension_bytes = 0;
	if (thread->fp.used)
		fp_copy_out(thread, to->f);
	else
		__builtin_memset(to->f, 0, FP_BYTES);
}

static void fill(struct thread *thread, struct signal_frame *frame, const struct signal_taken *taken,
		 const struct signal_stack *stack)
{
	struct signal_ucontext *uc = &frame->uc;

	frame->info = taken->info;
	frame->info_room = (struct signal_info_room){ 0 };
	uc->flags = uc->link = 0;
	uc->stack = *stack;
	uc->mask = taken->mask;
	thread->context.x[0] = thread->context.pc;
	copy_registers(&uc->context.pc, thread->context.x);
	fill_fp(thread, &uc->context);
}

/* The frame is at AT: on to the handler. */
static void enter(struct thread *thread, u64 at, const struct signal_taken *taken)
{
	struct user_context *context = &thread->context;

	if (thread->signal_stack.flags & SS_AUTODISARM)
		thread->signal_stack = (struct signal_stack){ 0 };
	context->pc = taken->action.handler;
	context->x[X_SP] = at;
	context->x[X_RA] = SIGNAL_PAGE;
	context->x[X_A0] = (u64)taken->info.signo;
	context->x[X_A1] = at + offsetof(struct signal_frame, info);
	context->x[X_A2] = at + offsetof(struct signal_frame, uc);
}

/* The kernel's address of the frame at AT if it lies in one page, which allows that access; else NULL. */
static inline struct signal_frame *frame_at(const struct space *space, u64 at, u64 need)
{
	return at % PAGE_SIZE + FRAME_BYTES > PAGE_SIZE ? NULL : (struct signal_frame *)user_page(space, at, need);
}

/* The first byte of [AT, +FRAME_BYTES) that is not mapped for a WRITE or read; 0: all is. */
static u64 missing(struct space *space, u64 at, bool write)
{
	u64 last = at + FRAME_BYTES - 1;

	if (!user_span(space, at, 1, write))
		return at;
	return user_span(space, last, 1, write) ? 0 : last;
}

u64 signal_frame_enter(struct thread *thread, const struct signal_taken *taken)
{
	struct space *space = thread->process->space;
	struct signal_stack stack = signal_stack_get(thread);
	u64 at = frame_address(thread, &taken->action, &stack), lost, open = 0;
	struct signal_frame *frame, copy;
	struct user_buffer to;

	if (at == SIGNAL_NO_STACK)
		return at;
	frame = frame_at(space, at, NEED_WRITE);
	lost = likely(frame) ? 0 : missing(space, at, true);
	if (!lost && thread->uintr)
		lost = thread_uintr_mask(thread, &open);
	if (lost)
		return lost;
	if (likely(frame)) {
		fill(thread, frame, taken, &stack);
		frame->uc.flags = open;
	} else {
		__builtin_memset(&copy, 0, sizeof(copy));
		fill(thread, &copy, taken, &stack);
		copy.uc.flags = open;
		to = user_buffer(space, at, FRAME_BYTES, true);
		user_copy_out(&to, &copy, FRAME_BYTES);
	}
	enter(thread, at, taken);
	return 0;
}

/* --- the way back --- */

/* The frame may be the program's memory: each word of it is read once. */

static bool is_extended(const struct signal_context *from)
{
	return load_relaxed(&from->extension) || load_relaxed(&from->extension_bytes);
}

static void take_registers(struct thread *thread, const struct signal_context *from)
{
	copy_registers(thread->context.x, &from->pc);
	thread->context.pc = thread->context.x[0];
	if (thread->fp.used)
		fp_copy_in(thread, from->f);
}

static bool take_frame(struct thread *thread, const struct signal_frame *frame)
{
	const struct signal_ucontext *uc = &frame->uc;
	struct signal_stack stack = { .stack = load_relaxed(&uc->stack.stack),
				      .flags = load_relaxed(&uc->stack.flags),
				      .bytes = load_relaxed(&uc->stack.bytes) };
	u64 mask = load_relaxed(&uc->mask) & ~SIGNALS_UNMASKABLE;

	if (is_extended(&uc->context))
		return false;
	take_registers(thread, &uc->context);
	if (mask != thread->blocked)
		signal_mask_set(thread, mask);
	if (stack.stack != thread->signal_stack.stack || stack.bytes != thread->signal_stack.bytes)
		signal_stack_set(thread, &stack); /* what is wrong with it changes nothing, as in Linux */
	if ((load_relaxed(&uc->flags) & SIGNAL_UC_UINTR_OPEN) && thread->uintr)
		thread_uintr_unmask(thread);
	return true;
}

/* Nothing comes back with UC but registers and a mask. */
static bool is_plain(const struct thread *thread, const struct signal_ucontext *uc)
{
	return load_relaxed(&uc->stack.stack) == thread->signal_stack.stack &&
	       load_relaxed(&uc->stack.bytes) == thread->signal_stack.bytes && !is_extended(&uc->context) &&
	       !thread->uintr;
}

bool signal_return_fast(struct thread *thread)
{
	u64 at = thread->context.x[X_SP];
	const struct signal_frame *frame = frame_at(thread->process->space, at, NEED_READ);

	if (at % 16 || !frame || !is_plain(thread, &frame->uc))
		return false;
	if (!signal_mask_set_quietly(thread, load_relaxed(&frame->uc.mask)))
		return false;
	take_registers(thread, &frame->uc.context);
	return true;
}

/* 1: done; 0: something is not mapped; -EINVAL: it is no frame. */
static long return_now(struct thread *thread)
{
	struct space *space = thread->process->space;
	u64 at = thread->context.x[X_SP];
	struct signal_frame *frame = at % 16 ? NULL : frame_at(space, at, NEED_READ), copy;
	struct user_buffer from;

	if (unlikely(!frame)) {
		from = user_buffer(space, at, FRAME_BYTES, false);
		if (user_copy_in(&copy, &from, FRAME_BYTES) < FRAME_BYTES)
			return 0;
		frame = &copy;
	}
	return take_frame(thread, frame) ? 1 : -EINVAL;
}

struct signal_return {
	struct co co;
};

CO_STEP(signal_return)
{
	CO_FRAME(signal_return);
	struct thread *thread = thread_of(co);
	struct user_buffer frame;
	long result;
	u64 at;

	(void)f;
	CO_BEGIN;
	while (!(result = return_now(thread))) {
		at = missing(thread->process->space, thread->context.x[X_SP], false);
		frame = user_buffer(thread->process->space, at, 1, false);
		AWAIT(result, user_fault_in(co, &frame));
		if (result)
			break;
	}
	if (result < 0)
		signal_fault(thread, SIGSEGV, SI_KERNEL, 0);
	CO_RETURN(KEEP_REGISTERS);
	CO_END;
}

long signal_return(struct co *caller, struct thread *thread)
{
	long result = return_now(thread);

	if (likely(result > 0))
		return KEEP_REGISTERS;
	if (!result)
		result = CO_CALL(signal_return, caller);
	else
		signal_fault(thread, SIGSEGV, SI_KERNEL, 0);
	return KEEP_REGISTERS == result || result == CO_PENDING ? result : KEEP_REGISTERS;
}
