/* cache.c - a hart's guest interrupt files are a cache: any number of threads may take their interrupts themselves, and
 * those that have not run for a while have their vectors in memory.
 *
 *                        what a sender's store does         what a post of the kernel does
 *     has a file         reaches the file                   a store to the file
 *     has none           faults; the kernel posts (store.c) sets the bit in d->state, wakes the thread
 *
 *     take (before VS-mode)                     evict (another thread of the hart needs the file)
 *       lock                                      lock    posts of the kernel go to memory    unlock
 *         memory -> empty file                    windows fault, no TLB leads to the file
 *         posts of the kernel go to the file      file -> memory: nobody stores to it now
 *       unlock                                    lock    merge; wake it if there is something    unlock
 *       windows lead to the file
 *
 * Nothing is lost: at each moment a post has one place, and a file is read when it is nobody's place. Nothing is
 * doubled: what is read is cleared, and what is loaded is forgotten in memory. The order is checked in
 * test/handover.pml.
 *
 * All of this happens on the file's hart, for threads that are pinned to it; a thread that runs has a file, since only
 * one runs. So evict meets parked threads alone.
 */
#include "kernel/hart/csr.h"
#include "kernel/hart/panic.h"
#include "kernel/mm/page.h"
#include "kernel/uintr/direct.h"

bool cache_pending(const struct direct *d)
{
	u64 bits = 0;

	for (u32 word = 0; word < GUEST_FILE_WORDS; word++)
		bits |= d->state.pending[word] & d->state.enabled[word];
	return bits && (d->registers.vsie & SIE_SEIE);
}

void cache_evict(struct direct *d)
{
	struct uintr *u = d->uintr;
	struct guest_file_state found;

	if (!d->file)
		return;
	ASSERT(d->parked);
	spin_lock(&u->lock);
	d->store = NULL;
	spin_unlock(&u->lock);
	port_vacate(&d->port);
	guest_file_save(d->file, &found);
	direct_hart(hart()->index)->owner[d->file] = NULL;
	d->file = 0;

	spin_lock(&u->lock);
	for (u32 word = 0; word < GUEST_FILE_WORDS; word++)
		found.pending[word] |= d->state.pending[word]; /* of posts since the first lock */
	d->state = found;
	/* it was watched until now: from here on posts wake it themselves */
	if (u->thread && cache_pending(d))
		direct_ring(d);
	spin_unlock(&u->lock);
}

/* One that no thread has, or the one whose thread ran longest ago. */
static u32 file_for_next(const struct direct_hart *h)
{
	u32 oldest = 1;

	for (u32 file = 1; file <= h->thread_files; file++) {
		if (!h->owner[file])
			return file;
		if (h->owner[file]->entered < h->owner[oldest]->entered)
			oldest = file;
	}
	return oldest;
}

void cache_take(struct direct *d)
{
	u32 index = hart()->index;
	struct direct_hart *h = direct_hart(index);
	struct uintr *u = d->uintr;

	ASSERT(!d->file || h->owner[d->file] == d);
	if (!d->file) {
		u32 file = file_for_next(h);

		if (h->owner[file])
			cache_evict(h->owner[file]);
		spin_lock(&u->lock);
		guest_file_load(file, &d->state);
		for (u32 word = 0; word < GUEST_FILE_WORDS; word++)
			d->state.pending[word] = 0;
		d->store = phys_to_virt(guest_file_address(index, file));
		spin_unlock(&u->lock);
		h->owner[file] = d;
		d->file = file;
		port_lead(&d->port, guest_file_address(index, file));
	}
	d->entered = ++h->entered;
}

void cache_end(struct direct *d)
{
	if (!d->file)
		return;
	guest_file_clear(d->file);
	direct_hart(hart()->index)->owner[d->file] = NULL;
	d->file = 0;
}
