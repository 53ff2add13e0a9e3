/* window.c - the pages of an address space through which a program interrupts another thread by a store.
 *
 *     UINTR_WINDOWS   [ 0 ][ 1 ][ 2 ][ 3 ] ...    one page each, all below one leaf table
 *                       |    |    |    |
 *                       |    |    |    +--> nothing: was removed; a store is a fault
 *                       |    |    +-------> the space's sink: a page of its own; its receiver is gone
 *                       |    +------------> the sink, read only: its receiver has no file; the kernel posts (store.c)
 *                       +-----------------> a guest interrupt file: its receiver takes interrupts itself
 *
 * The page table entry is the right to send. It lies outside of all areas, so nothing but this file makes, changes or
 * takes away such an entry, and the kernel's own copies never reach one.
 * Invariant: an entry that leads to a file has a window in the list of a port that says so. Before the file gets
 * another owner no port says so, and no TLB holds what was in it.
 */
#include "kernel/abi/errno.h"
#include "kernel/mm/limbo.h"
#include "kernel/space/pagetable.h"
#include "kernel/mm/slab.h"
#include "kernel/map/area.h"
#include "kernel/proc/thread.h"
#include "kernel/uintr/direct.h"

struct window {
	struct list link;  /* in port->windows */
	struct port *port; /* where it leads; NULL: its receiver is gone */
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

/* Let the entry of a window be VALUE. -ENOMEM: there was no table yet, and no memory for it. A window that was made has
 * a table. */
static long entry_set(struct space *space, u32 slot, u64 value)
{
	u64 *entry;

	spin_lock(&space->lock);
	entry = pt_leaf_make(space, UINTR_WINDOWS + slot * PAGE_SIZE);
	if (entry)
		store_release(entry, value);
	spin_unlock(&space->lock);
	return entry ? 0 : -ENOMEM;
}

/* No hart holds what the entries of SPACE's windows were before. */
static void entries_forget(struct space *space)
{
	tlb_flush(space, UINTR_WINDOWS, UINTR_WINDOWS + (UINTR_WINDOW_COUNT - 1) * PAGE_SIZE);
}

/* What the entry of a window of SPACE to PORT says. */
static u64 entry_to(const struct space *space, const struct port *port)
{
	u64 sink = page_to_phys(space->windows->sink);

	if (port && port->file_phys)
		return pte_make(port->file_phys, PTE_WINDOW);
	return pte_make(sink, port ? PTE_WINDOW & ~(u64)(PTE_W | PTE_D) : PTE_WINDOW);
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

/* A window in SLOT to PORT, NULL: to nobody. */
static long window_make(struct space *space, u32 slot, struct port *port)
{
	struct window *window = slab_zalloc(&window_cache);
	long err;

	if (!window)
		return -ENOMEM;
	list_init(&window->link);
	window->port = port;
	window->space = space;
	window->slot = slot;
	err = entry_set(space, slot, entry_to(space, port));
	if (err) {
		slab_free(&window_cache, window);
		return err;
	}
	if (port)
		list_push_back(&port->windows, &window->link);
	space->windows->slots[slot] = window;
	return slot;
}

long window_add_locked(struct space *space, struct port *port)
{
	if (!space->windows && !windows_make(space))
		return -ENOMEM;
	for (u32 slot = 0; slot < UINTR_WINDOW_COUNT; slot++)
		if (!space->windows->slots[slot])
			return window_make(space, slot, port);
	return -ENOSPC;
}

long window_add(struct space *space, struct uintr *u)
{
	long slot = -ENOENT;

	if (!u->direct)
		return -ENOENT;
	spin_lock(&direct_lock);
	if (u->direct->port.uintr) /* else it has ended */
		slot = window_add_locked(space, &u->direct->port);
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
		entries_forget(space);
		space->windows->slots[slot] = NULL;
		window_free(window);
	}
	spin_unlock(&direct_lock);
	return window ? 0 : -EBADF;
}

void port_lead(struct port *port, u64 file_phys)
{
	struct window *window;

	spin_lock(&direct_lock);
	port->file_phys = file_phys;
	/* whoever holds an old entry faults, and finds the new one: store.c */
	list_for_each (window, &port->windows, link)
		entry_set(window->space, window->slot, entry_to(window->space, port));
	spin_unlock(&direct_lock);
}

/* Spaces whose entries have changed, to be told of it later. */
struct stale {
	struct space *spaces[4]; /* referenced */
	u32 count;
};

static void stale_add(struct stale *stale, struct space *space)
{
	for (u32 i = 0; i < stale->count; i++)
		if (stale->spaces[i] == space)
			return;
	if (stale->count == ARRAY_SIZE(stale->spaces)) {
		entries_forget(space); /* so many: at once, with the lock held */
		return;
	}
	atomic_add_relaxed(&space->refs, 1u);
	stale->spaces[stale->count++] = space;
}

static void stale_forget(struct stale *stale)
{
	for (u32 i = 0; i < stale->count; i++) {
		entries_forget(stale->spaces[i]);
		space_put_ref(stale->spaces[i]);
	}
}

void port_vacate(struct port *port)
{
	struct stale stale = { .count = 0 };
	struct window *window;

	spin_lock(&direct_lock);
	port->file_phys = 0;
	list_for_each (window, &port->windows, link) {
		entry_set(window->space, window->slot, entry_to(window->space, port));
		stale_add(&stale, window->space);
	}
	spin_unlock(&direct_lock);
	/* without the lock, since this waits for other harts */
	stale_forget(&stale);
}

void port_close(struct port *port, struct space *space)
{
	struct window *window;

	while (!list_is_empty(&port->windows)) {
		window = container_of(list_pop_front(&port->windows), struct window, link);
		window->port = NULL;
		if (window->space == space) {
			entry_set(space, window->slot, 0);
			entries_forget(space);
			space->windows->slots[window->slot] = NULL;
			window_free(window);
		} else {
			entry_set(window->space, window->slot, entry_to(window->space, NULL));
			if (port->file_phys)
				entries_forget(window->space);
		}
	}
	port->file_phys = 0;
	port->uintr = NULL;
}

bool window_receiver(struct space *space, u64 address, struct uintr **u)
{
	u64 slot = (address - UINTR_WINDOWS) / PAGE_SIZE;
	const struct window *window = NULL;

	*u = NULL;
	if (address < UINTR_WINDOWS || slot >= UINTR_WINDOW_COUNT)
		return false;
	spin_lock(&direct_lock);
	if (space->windows)
		window = space->windows->slots[slot];
	if (window && window->port && !window->port->file_phys)
		*u = uintr_get(window->port->uintr);
	spin_unlock(&direct_lock);
	if (window && !*u) /* what the hart has found was an entry of before */
		tlb_flush_own(space, address);
	return window;
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
	entries_forget(space);
	space->windows = NULL;
	spin_unlock(&direct_lock);
	limbo_put(windows->sink);
	kfree(windows, sizeof(*windows));
}

/* fork: the copy may send to whom the original may; but doorbells are for the tasks of one process alone. */
static long windows_copy(struct space *from, struct space *to)
{
	struct window *window;
	long err = 0;

	spin_lock(&direct_lock);
	if (from->windows && !windows_make(to))
		err = -ENOMEM;
	for (u32 slot = 0; from->windows && slot < UINTR_WINDOW_COUNT && err >= 0; slot++) {
		window = from->windows->slots[slot];
		if (window && !(window->port && !window->port->uintr))
			err = window_make(to, slot, window->port);
	}
	spin_unlock(&direct_lock);
	return err < 0 ? err : 0;
}

void windows_init(void)
{
	space_windows_end = windows_end;
	space_windows_copy = windows_copy;
}
