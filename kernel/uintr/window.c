/* window.c - the pages of an address space through which a program interrupts another thread by a store.
 *
 *     UINTR_WINDOWS   [ 0 ][ 1 ][ 2 ] ...    one page each, all below one leaf table
 *                       |    |    |
 *                       |    |    +--> nothing: was removed; a store is a fault
 *                       |    +-------> the space's sink: a page of its own; its receiver is gone
 *                       +------------> a guest interrupt file: its receiver takes interrupts itself
 *
 * The page table entry is the right to send. It lies outside of all areas, so nothing but this file makes, changes or
 * takes away such an entry, and the kernel's own copies never reach one.
 * Invariant: an entry that leads to a file has a window in the list of the file's owner. Before the file gets another
 * owner the list is empty, and no TLB holds what was in it.
 */
#include "kernel/abi/errno.h"
#include "kernel/mm/limbo.h"
#include "kernel/mm/pagetable.h"
#include "kernel/mm/slab.h"
#include "kernel/proc/thread.h"
#include "kernel/uintr/direct.h"

struct window {
	struct list link;      /* in direct->windows */
	struct direct *direct; /* where it leads; NULL: its receiver is gone */
	struct space *space;
	u32 slot;
};

/* All of it guarded by direct_lock. */
struct space_windows {
	struct page *sink;
	struct window *slots[UINTR_WINDOW_COUNT];
};

static struct slab_cache window_cache = SLAB_CACHE(window_cache, "window", sizeof(struct window));

_Static_assert(UINTR_WINDOWS == USER_MAX && UINTR_WINDOWS + UINTR_WINDOW_COUNT * PAGE_SIZE <= USER_END, "windows");

#define PTE_WINDOW (PTE_V | PTE_R | PTE_W | PTE_U | PTE_A | PTE_D)

/* Let the entry of a window be VALUE, on all harts. -ENOMEM: there was no table yet, and no memory for it. A window
 * that was made has a table. */
static long entry_set(struct space *space, u32 slot, u64 value)
{
	u64 address = UINTR_WINDOWS + slot * PAGE_SIZE, *entry;

	spin_lock(&space->lock);
	entry = pt_leaf_make(space, address);
	if (entry)
		store_release(entry, value);
	spin_unlock(&space->lock);
	if (!entry)
		return -ENOMEM;
	tlb_flush(space, address, address);
	return 0;
}

static u64 entry_sink(const struct space *space)
{
	return pte_make(page_to_phys(space->windows->sink), PTE_WINDOW);
}

static bool windows_make(struct space *space)
{
	struct space_windows *windows = kzalloc(sizeof(*windows));

	if (!windows)
		return false;
	windows->sink = page_alloc_zeroed();
	if (!windows->sink) {
		kfree(windows, sizeof(*windows));
		return false;
	}
	space->windows = windows;
	return true;
}

/* A window in SLOT to D, NULL: to nobody. */
static long window_make(struct space *space, u32 slot, struct direct *d)
{
	struct window *window = slab_zalloc(&window_cache);
	long err;

	if (!window)
		return -ENOMEM;
	list_init(&window->link);
	window->direct = d;
	window->space = space;
	window->slot = slot;
	err = entry_set(space, slot, d ? pte_make(d->file_phys, PTE_WINDOW) : entry_sink(space));
	if (err) {
		slab_free(&window_cache, window);
		return err;
	}
	if (d)
		list_push_back(&d->windows, &window->link);
	space->windows->slots[slot] = window;
	return slot;
}

long window_add_locked(struct space *space, struct direct *d)
{
	if (!space->windows && !windows_make(space))
		return -ENOMEM;
	for (u32 slot = 0; slot < UINTR_WINDOW_COUNT; slot++)
		if (!space->windows->slots[slot])
			return window_make(space, slot, d);
	return -ENOSPC;
}

long window_add(struct space *space, struct uintr *u)
{
	long slot = -ENOENT;

	if (!u->direct)
		return -ENOENT;
	spin_lock(&direct_lock);
	if (u->direct->uintr == u) /* else it has ended */
		slot = window_add_locked(space, u->direct);
	spin_unlock(&direct_lock);
	return slot;
}

static void window_free(struct window *window)
{
	list_remove(&window->link); /* harmless if it is in none */
	slab_free(&window_cache, window);
}

long window_remove(struct space *space, u32 index)
{
	u32 slot = (index & ~(u32)UINTR_WINDOW) / UINTR_VECTORS;
	struct window *window = NULL;

	spin_lock(&direct_lock);
	if (space->windows && slot < UINTR_WINDOW_COUNT)
		window = space->windows->slots[slot];
	if (window) {
		entry_set(space, slot, 0);
		space->windows->slots[slot] = NULL;
		window_free(window);
	}
	spin_unlock(&direct_lock);
	return window ? 0 : -EBADF;
}

void windows_withdraw(struct direct *d)
{
	struct window *window;

	while (!list_is_empty(&d->windows)) {
		window = container_of(list_pop_front(&d->windows), struct window, link);
		window->direct = NULL;
		entry_set(window->space, window->slot, entry_sink(window->space));
	}
}

void windows_remove(struct space *space, struct direct *d)
{
	struct window *window;

	for (u32 slot = 0; space->windows && slot < UINTR_WINDOW_COUNT; slot++) {
		window = space->windows->slots[slot];
		if (!window || window->direct != d)
			continue;
		entry_set(space, slot, 0);
		space->windows->slots[slot] = NULL;
		window_free(window);
	}
	windows_withdraw(d);
}

/* The space has no threads any more, and its tables go next, which must be all zeroes then. */
static void windows_end(struct space *space)
{
	struct space_windows *windows = space->windows;

	spin_lock(&direct_lock);
	for (u32 slot = 0; slot < UINTR_WINDOW_COUNT; slot++)
		if (windows->slots[slot]) {
			entry_set(space, slot, 0);
			window_free(windows->slots[slot]);
		}
	space->windows = NULL;
	spin_unlock(&direct_lock);
	limbo_put(windows->sink);
	kfree(windows, sizeof(*windows));
}

/* fork: the copy may send to whom the original may. */
static long windows_copy(struct space *from, struct space *to)
{
	struct window *window;
	long err = 0;

	spin_lock(&direct_lock);
	if (from->windows && !windows_make(to))
		err = -ENOMEM;
	for (u32 slot = 0; from->windows && slot < UINTR_WINDOW_COUNT && err >= 0; slot++) {
		window = from->windows->slots[slot];
		if (window)
			err = window_make(to, slot, window->direct);
	}
	spin_unlock(&direct_lock);
	return err < 0 ? err : 0;
}

void windows_init(void)
{
	space_windows_end = windows_end;
	space_windows_copy = windows_copy;
}
