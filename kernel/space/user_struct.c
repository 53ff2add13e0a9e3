/* user_struct.c - structs that grow from one version of a system call to the next (clone3, openat2, sched_setattr).
 *
 *     the program's   [ what we know | newer: must be zero ]       an older program's ends earlier: the rest is zero
 */
#include "kernel/abi/errno.h"
#include "kernel/mm/page.h"
#include "kernel/space/user.h"
#include "lib/string.h"

enum { PIECE_WORDS = 8 };

struct user_read_struct {
	struct co co;
	struct space *space;
	void *to;
	u64 address, at, end; /* where it lies; what has been looked at, and how long it is */
	u64 newer[PIECE_WORDS];
};

static bool is_zero(const u64 *words)
{
	u64 any = 0;

	for (u32 i = 0; i < PIECE_WORDS; i++)
		any |= words[i];
	return !any;
}

CO_STEP(user_read_struct)
{
	CO_FRAME(user_read_struct);
	long err;

	CO_BEGIN;
	AWAIT(err, user_read(co, f->space, f->to, f->address, min(f->at, f->end)));
	for (; !err && f->at < f->end; f->at += sizeof(f->newer)) {
		memset(f->newer, 0, sizeof(f->newer));
		AWAIT(err, user_read(co, f->space, f->newer, f->address + f->at,
				     min(f->end - f->at, (u64)sizeof(f->newer))));
		if (!err && !is_zero(f->newer))
			err = -E2BIG;
	}
	CO_RETURN(err);
	CO_END;
}

long user_read_struct(struct co *caller, struct space *space, void *to, u64 known, u64 address, u64 bytes)
{
	if (bytes > PAGE_SIZE)
		return -E2BIG;
	memset(to, 0, known);
	return CO_CALL(user_read_struct, caller, .space = space, .to = to, .address = address, .at = known,
		       .end = bytes);
}
