/* uintr.c - see uintr.h. The kernel's side of the area is in kernel/uintr/upcall.c. */
#include "user/lib/uintr.h"

#include "kernel/abi/syscalls.h"
#include "lib/order.h"

#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

enum { STACK_BYTES = 16384 };

/* In uintr-entry.S: where the kernel lets the thread go on. */
void uintr_entry(void);
void uintr_dispatch(u64 vectors);

/* Registered while handler is not NULL. The kernel reads and writes area at any time between two instructions. */
static __thread struct {
	struct uintr_area area __attribute__((aligned(8)));
	uintr_handler *handler;
	void *stack;
} self;

static int call(long number, u64 a, u64 b, u64 c, u64 d)
{
	long result = syscall(number, a, b, c, d);

	return result < 0 ? -errno : (int)result;
}

int uintr_register_handler(uintr_handler *handler, unsigned flags)
{
	struct uintr_setup setup = { .stack_bytes = STACK_BYTES, .area = (u64)&self.area };
	int err;

	if (self.handler)
		return -EBUSY;
	self.stack = aligned_alloc(16, STACK_BYTES);
	if (!self.stack)
		return -ENOMEM;
	setup.stack = (u64)self.stack;
	self.area = (struct uintr_area){ 0, 0 };
	self.handler = handler;
	err = call(NR_uintr_register_handler, (u64)uintr_entry, flags, (u64)&setup, sizeof(setup));
	if (err) {
		free(self.stack);
		self.handler = NULL;
	}
	return err;
}

int uintr_unregister_handler(void)
{
	int err = call(NR_uintr_unregister_handler, 0, 0, 0, 0);

	if (!err) {
		self.handler = NULL;
		free(self.stack);
	}
	return err;
}

void uintr_dispatch(u64 vectors)
{
	self.handler(vectors);
}

int uintr_create_fd(unsigned vector)
{
	return call(NR_uintr_create_fd, vector, 0, 0, 0);
}

int uintr_register_sender(int fd)
{
	return call(NR_uintr_register_sender, (u64)fd, 0, 0, 0);
}

int uintr_unregister_sender(int index)
{
	return call(NR_uintr_unregister_sender, (u64)index, 0, 0, 0);
}

int senduipi(int index)
{
	return call(NR_uintr_send, (u64)index, 0, 0, 0);
}

int uintr_wait(void)
{
	return call(NR_uintr_wait, 0, 0, 0, 0);
}

void uintr_clui(void)
{
	/* The handler runs on this thread, so the compiler's order is all that matters between the two. */
	store_relaxed(&self.area.masked, 1u);
	__asm__ volatile("" ::: "memory");
}

void uintr_stui(void)
{
	__asm__ volatile("" ::: "memory");
	store_relaxed(&self.area.masked, 0u);
	__asm__ volatile("" ::: "memory");
	/* Pending was noted while we were masked: this call leads past the delivery. What is posted from here on
	 * finds us unmasked. */
	if (load_relaxed(&self.area.pending))
		call(NR_uintr_wait, UINTR_WAIT_POLL, 0, 0, 0);
}

bool uintr_testui(void)
{
	return !load_relaxed(&self.area.masked);
}
