/* uintr.c - see uintr.h. The kernel's side of the area is in kernel/uintr/upcall.c; what a thread in VS-mode does for
 * itself is in uintr-direct.c. */
#include "user/lib/uintr.h"

#include "kernel/abi/syscalls.h"
#include "lib/order.h"
#include "user/lib/uintr-direct.h"

#include <errno.h>
#include <pthread.h>
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
	bool is_direct;
	struct uintr_self direct;
} self;

/* The windows of this process, by number; NULL: not registered. A fork's child has the same ones. */
static volatile u32 *windows[UINTR_WINDOW_COUNT];

static int call(long number, u64 a, u64 b, u64 c, u64 d)
{
	long result = syscall(number, a, b, c, d);

	return result < 0 ? -errno : (int)result;
}

/* A fork's child has no handler. */
static void child_forgets(void)
{
	self.handler = NULL;
	self.is_direct = false;
	self.stack = NULL; /* not freed: it may be what runs here */
}

static void watch_forks(void)
{
	pthread_atfork(NULL, NULL, child_forgets);
}

int uintr_register_handler(uintr_handler *handler, unsigned flags)
{
	static pthread_once_t once = PTHREAD_ONCE_INIT;
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
	pthread_once(&once, watch_forks);
	err = call(NR_uintr_register_handler, (u64)uintr_entry, flags, (u64)&setup, sizeof(setup));
	if (err < 0) {
		free(self.stack);
		self.handler = NULL;
		return err;
	}
	self.is_direct = err == UINTR_DIRECT;
	if (self.is_direct) {
		self.direct = (struct uintr_self){ .top = (u64)self.stack + STACK_BYTES, .handler = handler };
		uintr_direct_begin(&self.direct);
	}
	return 0;
}

bool uintr_is_direct(void)
{
	return self.is_direct;
}

int uintr_unregister_handler(void)
{
	int err = call(NR_uintr_unregister_handler, 0, 0, 0, 0);

	if (!err) {
		self.is_direct = false; /* in U-mode again */
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

static u32 window_of(int index)
{
	return (u32)index / UINTR_VECTORS % UINTR_WINDOW_COUNT;
}

int uintr_register_sender(int fd)
{
	int index = call(NR_uintr_register_sender, (u64)fd, 0, 0, 0);
	u32 window = window_of(index);

	if (index >= UINTR_WINDOW)
		windows[window] = (volatile u32 *)(UINTR_WINDOWS + (u64)window * UINTR_WINDOW_BYTES);
	return index;
}

int uintr_unregister_sender(int index)
{
	if (index >= UINTR_WINDOW)
		windows[window_of(index)] = NULL;
	return call(NR_uintr_unregister_sender, (u64)index, 0, 0, 0);
}

int senduipi(int index)
{
	volatile u32 *window;

	if (index < UINTR_WINDOW)
		return call(NR_uintr_send, (u64)index, 0, 0, 0);
	window = windows[window_of(index)];
	if (!window)
		return -EBADF;
	/* what we wrote before is seen by the handler */
	fence_to_device();
	*window = UINTR_IDENTITY + (u32)index % UINTR_VECTORS;
	return 0;
}

int uintr_set_timer(u64 time, unsigned vector)
{
	if (vector >= UINTR_VECTORS)
		return -EINVAL;
	if (!self.is_direct)
		return -EOPNOTSUPP;
	self.direct.timer = BIT(vector);
	uintr_direct_timer(time);
	return 0;
}

void uintr_use_interrupted_stack(void)
{
	self.direct.top = 0; /* "in use": a frame goes below sp, and leaves this as it was */
}

int uintr_wait(void)
{
	return call(NR_uintr_wait, 0, 0, 0, 0);
}

void uintr_clui(void)
{
	if (self.is_direct) {
		uintr_direct_clui();
		return;
	}
	/* The handler runs on this thread, so the compiler's order is all that matters between the two. */
	store_relaxed(&self.area.masked, 1u);
	__asm__ volatile("" ::: "memory");
}

void uintr_stui(void)
{
	if (self.is_direct) {
		uintr_direct_stui();
		return;
	}
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
	return self.is_direct ? uintr_direct_testui() : !load_relaxed(&self.area.masked);
}
