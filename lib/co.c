/* co.c - the slow path of the frame stack: overflow chunks, and the poison of popped frames.
 *
 * Invariant: frames are popped in the reverse order of their pushes, so the chunk that holds the newest frame is the
 * newest chunk, and the frame that opened it is the last to leave it.
 *
 *     arena [ a | b | c ]    chunk [ old top,end | d | e ]
 *                      ^end          d.in_chunk = 1: popping d gives the chunk back
 */
#include "lib/co.h"

struct co *co_push_chunk(struct co_stack *stack, u32 bytes)
{
	size_t size = max((size_t)CO_CHUNK_BYTES, sizeof(struct co_chunk) + bytes);
	struct co_chunk *chunk = co_chunk_alloc(size);
	struct co *frame = (struct co *)(chunk + 1);

	if (!chunk)
		return NULL;
	*chunk = (struct co_chunk){ .top = stack->top, .end = stack->end, .bytes = size };
	stack->top = (char *)frame + bytes;
	stack->end = (char *)chunk + size;
	frame->in_chunk = 1;
	return frame;
}

void co_pop_chunk(struct co *frame)
{
	struct co_chunk *chunk = (struct co_chunk *)frame - 1;
	struct co_stack *stack = frame->stack;

	stack->top = chunk->top;
	stack->end = chunk->end;
	co_chunk_free(chunk, chunk->bytes);
}

#ifdef CO_TORTURE
/* The head stays readable until the pop is done with it. */
void co_poison(struct co *frame)
{
	u8 *byte = (u8 *)(frame + 1), *end = (u8 *)frame + frame->type->bytes;

	while (byte < end)
		*byte++ = CO_POISON;
}
#endif
