/* user_memory.h - user memory for tests, in the place of kernel/space/user.c: an array of pages, of which each is
 * absent until somebody awaits it. With no space, kernel memory, as there.
 */
#pragma once

#include "kernel/abi/errno.h"
#include "kernel/mm/page.h"
#include "kernel/space/user.h"
#include "kernel/task/mutex.h"
#include "kernel/task/task.h"
#include "lib/test/check.h"

#include <string.h>

enum { USER_PAGES = 16, USER_BASE = 0x10000 };

struct page_cache;
long space_unmap_cache(struct co *caller, struct page_cache *cache, u64 first);

/* These tests map nothing, so nothing has to be taken out of an address space. */
long space_unmap_cache(struct co *caller, struct page_cache *cache, u64 first)
{
	(void)caller, (void)cache, (void)first;
	return 0;
}

struct space {
	u8 memory[USER_PAGES * PAGE_SIZE];
	bool present[USER_PAGES];
	u64 faults;
	struct co_mutex *not_held; /* by who awaits a page; NULL: not looked at */
};

static inline u8 *test_user_piece(struct user_buffer *buffer, u64 *bytes)
{
	u64 at = buffer->address - USER_BASE;

	*bytes = min(*bytes, buffer->bytes);
	if (!buffer->space)
		return (u8 *)buffer->address;
	*bytes = min(*bytes, PAGE_SIZE - at % PAGE_SIZE);
	if (at >= sizeof(buffer->space->memory) || !buffer->space->present[at / PAGE_SIZE])
		return NULL;
	return buffer->space->memory + at;
}

static inline u64 test_user_copy(struct user_buffer *buffer, void *kernel, u64 bytes, bool out)
{
	u64 done = 0, n;
	u8 *piece;

	while (done < bytes && buffer->left) {
		n = bytes - done;
		piece = test_user_piece(buffer, &n);
		if (!piece)
			break;
		if (!kernel)
			memset(piece, 0, n);
		else if (out)
			memcpy(piece, (u8 *)kernel + done, n);
		else
			memcpy((u8 *)kernel + done, piece, n);
		done += n;
		buffer->address += n;
		buffer->bytes -= n;
		buffer->left -= n;
	}
	return done;
}

u64 user_copy_out(struct user_buffer *to, const void *from, u64 bytes)
{
	return test_user_copy(to, (void *)(size_t)from, bytes, true);
}

u64 user_copy_in(void *to, struct user_buffer *from, u64 bytes)
{
	return test_user_copy(from, to, bytes, false);
}

u64 user_fill_zero(struct user_buffer *to, u64 bytes)
{
	return test_user_copy(to, NULL, bytes, true);
}

void *user_span(struct space *space, u64 address, u64 bytes, bool write)
{
	struct user_buffer buffer = user_buffer(space, address, bytes, write);
	u64 n = bytes;
	u8 *piece = test_user_piece(&buffer, &n);

	return n == bytes ? piece : NULL;
}

long user_fault_in(struct co *caller, struct user_buffer *buffer)
{
	u64 page = (buffer->address - USER_BASE) / PAGE_SIZE;

	if (!buffer->space || page >= USER_PAGES)
		return -EFAULT;
	if (buffer->space->not_held)
		CHECK(buffer->space->not_held->holder != task_of(caller));
	buffer->space->present[page] = true;
	buffer->space->faults++;
	return task_yield(caller);
}

/* Small objects: present or not, they are copied. */
static inline long test_user_object(struct space *space, void *kernel, u64 address, u64 bytes, bool out)
{
	struct user_buffer buffer = user_buffer(space, address, bytes, out);

	if (address < USER_BASE || address - USER_BASE > sizeof(space->memory) - bytes)
		return -EFAULT;
	memset(space->present, true, sizeof(space->present));
	return test_user_copy(&buffer, kernel, bytes, out) == bytes ? 0 : -EFAULT;
}

long user_read(struct co *caller, struct space *space, void *to, u64 address, u64 bytes)
{
	(void)caller;
	return test_user_object(space, to, address, bytes, false);
}

long user_write(struct co *caller, struct space *space, u64 address, const void *from, u64 bytes)
{
	(void)caller;
	return test_user_object(space, (void *)(size_t)from, address, bytes, true);
}
