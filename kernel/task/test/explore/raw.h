/* raw.h - the explorer's arithmetic, and copies that are not watched. */
#pragma once

#include "kernel/task/test/explore/model.h"

/* What a read-modify-write (RMW_CAS: a successful one) makes of OLD. */
static inline u64 rmw_apply(enum rmw rmw, u64 old, u64 operand)
{
	switch (rmw) {
	case RMW_ADD:
		return old + operand;
	case RMW_SUB:
		return old - operand;
	case RMW_OR:
		return old | operand;
	case RMW_AND:
		return old & operand;
	default:
		return operand;
	}
}

/* As memcpy, which may be the kernel's own, and then each of its accesses is told of to race.c. */
MODEL_OWN static inline void copy_unseen(void *to, const void *from, size_t bytes)
{
	typedef u64 __attribute__((may_alias, aligned(1))) word;
	size_t i = 0;

	for (; i + sizeof(word) <= bytes; i += sizeof(word))
		*(word *)((char *)to + i) = *(const word *)((const char *)from + i);
	for (; i < bytes; i++)
		((char *)to)[i] = ((const char *)from)[i];
}

static inline u64 mix(u64 a, u64 b)
{
	a = (a ^ b) * 0x9e3779b97f4a7c15ul;
	return a ^ a >> 29;
}
