/* co.h - coroutines without stacks.
 *
 * A coroutine is a step function and a frame: a struct that holds its arguments and what lives across an await. The
 * frames of one task lie one after the other on the task's frame stack, innermost last:
 *
 *     co_stack ->[ thread_main | file_read | ext2_read | page_cache_get ]<- leaf: the one that waits
 *                  caller <-------+ caller <---+ caller <-----+
 *
 *     long ext2_read(struct co *caller, struct inode *, ...);    a value, or CO_PENDING
 *
 * Contract
 *  - An async function is called like any function, with the calling coroutine first. It may answer at once, without a
 *    frame of its own.
 *  - CO_PENDING means: suspended. The caller returns CO_PENDING in turn and touches neither its frame nor its task:
 *    another hart may be running them already.
 *  - A local is dead after an await. What must live is a field of the frame. Locals stand uninitialised above CO_BEGIN,
 *    so that the compilers see a use after an await; what they cannot see, CO_TORTURE finds.
 *  - Arguments and results are C values, never read from a dead frame.
 *  - Who wakes a task resumes its innermost frame: one call, however deep the chain is.
 *
 * The state of a suspended frame is a line number, so every frame can say where it stands.
 * What this page needs from its surroundings (kernel/task/task.c, user/lib/async, a host test):
 *    co_chunk_alloc/co_chunk_free   memory for a frame that does not fit any more
 *    co_resume_later                run this stack again soon, and answer VALUE to its leaf
 */
#pragma once

#include "lib/types.h"

#define CO_PENDING INT64_MIN /* neither a count nor an errno */

struct co;
typedef long co_step(struct co *co, long co_in);

struct co_type {
	const char *name, *file;
	co_step *step;
	u32 bytes;
};

/* The head of every frame. */
struct co {
	const struct co_type *type;
	struct co *caller;	/* NULL: the outermost */
	struct co_stack *stack; /* the task's; never changes */
	u32 line;		/* where it waits; 0 before the first await */
	u32 in_chunk;		/* this frame opened an overflow chunk, which goes with it */
};

/* A task's frame stack: an arena inside the task, and a chain of chunks when that is full. */
struct co_stack {
	struct co *leaf; /* the frame to resume; valid while suspended */
	char *top, *end; /* free room of the arena or of the newest chunk */
};

/* Room in a chunk comes after what must be put back when the chunk goes. */
struct co_chunk {
	char *top, *end;
	u64 bytes;
	u64 spare; /* keeps frames aligned to 16 */
};

enum { CO_CHUNK_BYTES = 512, CO_POISON = 0xee };
#define CO_LINE_TORTURE 0x80000000u /* set in co.line: suspended by CO_TORTURE alone */

void *co_chunk_alloc(size_t bytes);
void co_chunk_free(void *chunk, size_t bytes);
void co_resume_later(struct co *leaf, long value);

static inline void co_stack_init(struct co_stack *stack, void *arena, size_t bytes)
{
	stack->leaf = NULL;
	stack->top = arena;
	stack->end = (char *)arena + bytes;
}

/* The slow path of co_push: open a chunk. NULL: no memory, and nothing has happened. */
struct co *co_push_chunk(struct co_stack *stack, u32 bytes);
void co_pop_chunk(struct co *frame);

/* Room for a frame of TYPE on STACK, only its head filled in. NULL: no memory, and nothing has happened. */
static inline struct co *co_push(struct co_stack *stack, struct co *caller, const struct co_type *type)
{
	struct co *frame = (struct co *)stack->top;

	if (likely((size_t)(stack->end - stack->top) >= type->bytes)) {
		stack->top += type->bytes;
		frame->in_chunk = 0;
	} else {
		frame = co_push_chunk(stack, type->bytes);
		if (!frame)
			return NULL;
	}
	frame->type = type;
	frame->caller = caller;
	frame->stack = stack;
	frame->line = 0;
	return frame;
}

/* CO_TORTURE: every await that could have answered at once suspends all the same; popped frames are poisoned. */
#ifdef CO_TORTURE
#define CO_TORTURED(result) (co_resume_later(co, (result)), true)
void co_poison(struct co *frame);
#else
#define CO_TORTURED(result) ((void)(result), false)
#define co_poison(frame)    ((void)(frame))
#endif

static inline void co_pop(struct co *frame)
{
	struct co_stack *stack = frame->stack;
	u32 in_chunk = frame->in_chunk;

	co_poison(frame);
	if (unlikely(in_chunk))
		co_pop_chunk(frame);
	else
		stack->top = (char *)frame;
}

/* Resume the innermost frame with VALUE, and its callers as they become able to go on. The value of the outermost, or
 * CO_PENDING, after which nothing here may be touched. */
static inline long co_resume(struct co_stack *stack, long value)
{
	struct co *co = stack->leaf, *caller;

	do {
		caller = co->caller;
		value = co->type->step(co, value);
		if (value == CO_PENDING)
			return CO_PENDING;
		co = caller;
	} while (co);
	return value;
}

/* 64-bit case labels: an AWAIT inside a switch over an int or an enum does not compile. */
#define CO_LINE(n) (0xC000000000000000ul | (n))

/* Define the step function of coroutine NAME, whose frame is struct NAME. */
#define CO_STEP(NAME)                                                                                                  \
	static long NAME##_step(struct co *co, long co_in);                                                            \
	static const struct co_type NAME##_type = { #NAME, __FILE__, NAME##_step, (sizeof(struct NAME) + 15) & ~15u }; \
	static long NAME##_step(struct co *co, long co_in)

#define CO_FRAME(NAME)                      \
	struct NAME *f = (struct NAME *)co; \
	(void)co_in

#define CO_BEGIN                       \
	switch (CO_LINE(f->co.line)) { \
	case CO_LINE(0):

#define CO_END \
	}      \
	__builtin_unreachable()

/* Start NAME on STACK below CALLER, with the frame's fields given as initialisers: a value, or CO_PENDING. Without room
 * for the frame UNDO is done, and the value is -ENOMEM. */
#define CO_START_OR(undo, NAME, stack_, caller_, ...)                                            \
	({                                                                                       \
		struct NAME *frame_ = (struct NAME *)co_push((stack_), (caller_), &NAME##_type); \
		long result_ = -12; /* ENOMEM */                                                 \
		if (unlikely(!frame_)) {                                                         \
			undo;                                                                    \
		} else {                                                                         \
			*frame_ = (struct NAME){ .co = frame_->co, __VA_ARGS__ };                \
			result_ = NAME##_step(&frame_->co, 0);                                   \
		}                                                                                \
		result_;                                                                         \
	})

#define CO_START(NAME, stack, caller, ...) CO_START_OR((void)0, NAME, stack, caller, __VA_ARGS__)
#define CO_CALL(NAME, caller_, ...)	   CO_START(NAME, (caller_)->stack, (caller_), __VA_ARGS__)
/* For who gives to the coroutine what it has taken: UNDO gives it back if the coroutine could not begin. */
#define CO_CALL_OR(undo, NAME, caller_, ...) CO_START_OR(undo, NAME, (caller_)->stack, (caller_), __VA_ARGS__)

/* RESULT = CALL, suspended meanwhile if CALL cannot answer at once. RESULT is written once, when the value is there: it
 * may be a field of the frame, which is not ours any more once CALL has suspended. */
#define AWAIT(result, call)                                            \
	do {                                                           \
		long awaited_;                                         \
		f->co.line = __LINE__;                                 \
		awaited_ = (call);                                     \
		if (awaited_ == CO_PENDING || CO_TORTURED(awaited_)) { \
			return CO_PENDING;                             \
		case CO_LINE(__LINE__):                                \
			awaited_ = co_in;                              \
		}                                                      \
		(result) = awaited_;                                   \
	} while (0)

#define CO_RETURN(value)               \
	do {                           \
		long value_ = (value); \
		co_pop(&f->co);        \
		return value_;         \
	} while (0)
