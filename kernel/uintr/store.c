/* store.c - a sender's store that the kernel carries out: the receiver has no interrupt file just now.
 *
 *     sender: sw identity, window  -> page fault -> who is it for?  -> post  -> pc behind the store
 *                                                   has a file by now -> forget the translation, try again
 *
 * As for a file: four bytes at the start of the page are an interrupt, at another place they mean nothing; other sizes
 * are refused.
 */
#include "kernel/space/space.h"
#include "kernel/space/user.h"
#include "kernel/proc/thread.h"
#include "kernel/uintr/direct.h"

u32 instruction_at(const struct thread *thread)
{
	struct space *space = thread->process->space;
	u64 pc = thread->context.pc;
	const u16 *low = user_span(space, pc, 2, false), *high;
	u16 first;

	if (!low)
		return 0;
	first = *low;
	if ((first & 3) != 3)
		return first;
	high = user_span(space, pc + 2, 2, false);
	return high ? (u32)*high << 16 | first : 0;
}

/* The register that a store of four bytes stores; -1: it is none of these. */
static int stored_register(u32 instruction)
{
	if ((instruction & 0x707f) == 0x2023) /* sw */
		return (int)(instruction >> 20 & 31);
	if ((instruction & 3) == 3)
		return -1;
	if ((instruction & 0xe003) == 0xc000) /* c.sw */
		return (int)(8 + (instruction >> 2 & 7));
	if ((instruction & 0xe003) == 0xc002) /* c.swsp */
		return (int)(instruction >> 2 & 31);
	return -1;
}

bool store_to_window(struct thread *thread)
{
	struct user_context *context = &thread->context;
	struct uintr *u;
	u32 instruction;
	int number;

	if (!window_receiver(thread->process->space, context->stval, &u))
		return false;
	if (!u)
		return true;
	instruction = instruction_at(thread);
	number = stored_register(instruction);
	if (number >= 0) {
		if (context->stval % PAGE_SIZE == 0)
			direct_post(u, number ? (u32)context->x[number] : 0);
		context->pc += (instruction & 3) == 3 ? 4 : 2;
	}
	uintr_put(u);
	/* not readable just now: tried again, which brings it in */
	return number >= 0 || !instruction;
}
