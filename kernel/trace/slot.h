/* slot.h - inside kernel/trace: a hart's buffer, and a record as its hart writes it. */
#pragma once

#include "kernel/hart/hart.h"
#include "lib/co.h"

/* One cache line. */
struct trace_slot {
	u64 time, instructions, argument;
	const struct co_type *type; /* of the frame where the task stands; NULL: not said */
	const char *text;
	u32 task, own; /* own: modulo 2^32 */
	u32 kind : 8, line : 24;
	char name[12]; /* no NUL if it is full */
};
_Static_assert(sizeof(struct trace_slot) == 64, "trace slot");

/* Written by its own hart, but for slots and size, which are made once, and first. */
struct trace_buffer {
	struct trace_slot *slots; /* NULL: none yet */
	u64 next;		  /* number of the record to come */
	u64 first;		  /* number of the oldest that belongs to this recording */
	u64 own;		  /* instructions that trace points have used */
	u32 size;		  /* a power of two */
	u32 around;
} __attribute__((aligned(64)));

extern struct trace_buffer trace_buffers[MAX_HARTS];
