/* arguments.c - collecting the texts of argv and envp, page by page. */
#include "kernel/abi/errno.h"
#include "kernel/space/user.h"
#include "kernel/proc/exec.h"

enum { PIECE = 64 }; /* bytes copied before the end of a text is looked for */

void arguments_free(struct exec_arguments *arguments)
{
	for (u32 i = 0; i < ARGUMENT_PAGES; i++)
		if (arguments->pages[i])
			page_put(arguments->pages[i]);
	*arguments = (struct exec_arguments){ 0 };
}

/* Room behind what is there: its address and, in *ROOM, how much of it is in one piece. NULL: *ROOM is 0 when the limit
 * is reached, 1 when memory is. */
static char *room_at_end(struct exec_arguments *arguments, u64 *room)
{
	u32 index = arguments->bytes / PAGE_SIZE, offset = arguments->bytes % PAGE_SIZE;

	*room = 0;
	if (index >= ARGUMENT_PAGES)
		return NULL;
	*room = 1;
	if (!arguments->pages[index]) {
		arguments->pages[index] = page_alloc_zeroed();
		if (!arguments->pages[index])
			return NULL;
		arguments->pages[index]->owner = NULL;
	}
	*room = PAGE_SIZE - offset;
	return (char *)page_to_virt(arguments->pages[index]) + offset;
}

long arguments_add(struct exec_arguments *arguments, const char *text)
{
	u64 room;
	char *at;

	do {
		at = room_at_end(arguments, &room);
		if (!at)
			return room ? -ENOMEM : -E2BIG;
		*at = *text;
		arguments->bytes++;
	} while (*text++);
	return 0;
}

struct arguments_text {
	struct co co;
	struct exec_arguments *arguments;
	struct user_buffer from;
};

CO_STEP(arguments_text)
{
	CO_FRAME(arguments_text);
	char *at, *end;
	u64 room, n;
	long err;

	CO_BEGIN;
	for (;;) {
		at = room_at_end(f->arguments, &room);
		if (!at)
			CO_RETURN(room ? -ENOMEM : -E2BIG);
		n = user_copy_in(at, &f->from, min(min(room, (u64)PIECE), PAGE_SIZE - f->from.address % PAGE_SIZE));
		end = n ? __builtin_memchr(at, 0, n) : NULL;
		if (end) {
			/* what was copied behind the end is not ours to keep: it becomes padding */
			__builtin_memset(end, 0, n - (u64)(end - at));
			f->arguments->bytes += (u32)(end - at) + 1;
			CO_RETURN(0);
		}
		f->arguments->bytes += (u32)n;
		if (n)
			continue;
		AWAIT(err, user_fault_in(co, &f->from));
		if (err)
			CO_RETURN(err);
	}
	CO_END;
}

long arguments_read_text(struct co *caller, struct exec_arguments *arguments, struct space *space, u64 address)
{
	return CO_CALL(arguments_text, caller, .arguments = arguments,
		       .from = user_buffer(space, address, ARGUMENT_PAGES * PAGE_SIZE + 1, false));
}

struct arguments_read {
	struct co co;
	struct exec_arguments *arguments;
	struct space *space;
	u64 address, text;
	u32 *count;
};

CO_STEP(arguments_read)
{
	CO_FRAME(arguments_read);
	long err;

	CO_BEGIN;
	for (; f->address; f->address += sizeof(u64)) {
		AWAIT(err, user_read(co, f->space, &f->text, f->address, sizeof(f->text)));
		if (err)
			CO_RETURN(err);
		if (!f->text)
			break;
		AWAIT(err, arguments_read_text(co, f->arguments, f->space, f->text));
		if (err)
			CO_RETURN(err);
		if (++*f->count > ARGUMENT_PAGES * PAGE_SIZE / 8)
			CO_RETURN(-E2BIG);
	}
	CO_RETURN(0);
	CO_END;
}

long arguments_read(struct co *caller, struct exec_arguments *arguments, struct space *space, u64 address, u32 *count)
{
	return CO_CALL(arguments_read, caller, .arguments = arguments, .space = space, .address = address,
		       .count = count);
}
