/* uintr-self.h - inside user/lib: what uintr-vector.S knows of a thread. */
#pragma once

#define SELF_TOP     0
#define SELF_HANDLER 8
#define SELF_TIMER   16
#define SELF_SCRATCH 24

#ifndef __ASSEMBLER__
#include "lib/types.h"

struct uintr_self {
	u64 top; /* of the handler's stack; 0: in use */
	void (*handler)(u64 vectors);
	u64 timer;   /* the set of vectors that the timer stands for */
	u64 scratch; /* the vector's, for a moment */
};
_Static_assert(offsetof(struct uintr_self, top) == SELF_TOP, "uintr-vector.S");
_Static_assert(offsetof(struct uintr_self, handler) == SELF_HANDLER, "uintr-vector.S");
_Static_assert(offsetof(struct uintr_self, timer) == SELF_TIMER, "uintr-vector.S");
_Static_assert(offsetof(struct uintr_self, scratch) == SELF_SCRATCH, "uintr-vector.S");
#endif
