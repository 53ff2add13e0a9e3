/* tlb.c - which harts hold translations of a space, and making them forget.
 *
 * A hart enters space->active before it translates with the space's table, and leaves when it switches away; leaving
 * flushes its TLB. A change of the table flushes the own TLB by instruction and others by the firmware's remote fence,
 * and only if there are others. Entries are only ever cached for user mode, since the kernel walks tables by hand.
 *
 * A space with a second root (threads in VS-mode) is in TLBs as guest translations, too, which have fences of their
 * own. Those are rare and always forget everything.
 */
#include "kernel/hart/csr.h"
#include "kernel/hart/hart.h"
#include "kernel/hart/hypervisor.h"
#include "kernel/hart/sbi.h"
#include "kernel/mm/kmap.h"
#include "kernel/space/pagetable.h"
#include "kernel/mm/slab.h"

enum { FLUSH_PAGES_MAX = 16 }; /* beyond that, everything at once is cheaper */

static void flush_own(u64 first, u64 last)
{
	if (last - first >= FLUSH_PAGES_MAX * PAGE_SIZE) {
		__asm__ volatile("sfence.vma" ::: "memory");
		return;
	}
	for (; first <= last; first += PAGE_SIZE)
		__asm__ volatile("sfence.vma %0, zero" ::"r"(first) : "memory");
}

enum { RFENCE_CODE, RFENCE_VMA, RFENCE_GUEST = 4 }; /* functions of the firmware's extension */

/* One call for all harts whose numbers lie within 64 of each other: they work at it at the same time, and each call
 * waits for the slowest. */
static void fence_others(u32 others, u64 function, u64 start, u64 bytes)
{
	u64 base, mask;

	while (others) {
		base = harts[__builtin_ctz(others)].id;
		for (u32 left = others; left; left &= left - 1)
			base = min(base, (u64)harts[__builtin_ctz(left)].id);
		mask = 0;
		for (u32 left = others; left; left &= left - 1) {
			u32 i = (u32)__builtin_ctz(left);

			if (harts[i].id - base < 64) {
				mask |= BIT(harts[i].id - base);
				others &= ~(1u << i);
			}
		}
		sbi_call(SBI_RFENCE, function, mask, base, start, bytes, 0);
	}
}

static void flush_others(u32 others, u64 first, u64 last)
{
	fence_others(others, RFENCE_VMA, first, last - first + PAGE_SIZE);
}

/* Bytes 0 from address 0: everything, in the words of the firmware's interface. */
static void flush_guests(u32 active, u32 me)
{
	if (active & me)
		hypervisor_fence();
	fence_others(active & ~me, RFENCE_GUEST, 0, 0);
}

void tlb_flush_own(struct space *space, u64 address)
{
	if (!(load_relaxed(&space->active) & 1u << hart()->index))
		return;
	flush_own(address, address);
	if (unlikely(load_relaxed(&space->guest_root)))
		hypervisor_fence();
}

void tlb_flush(struct space *space, u64 first, u64 last)
{
	u32 me = 1u << hart()->index, active;

	/* store (the entries), fence, load (who is active); partner: space_activate enters, fence, walks the table */
	fence_full();
	active = load_relaxed(&space->active);
	if (active & me)
		flush_own(first, last);
	if (active & ~me)
		flush_others(active & ~me, first, last);
	if (unlikely(load_relaxed(&space->guest_root)))
		flush_guests(active, me);
}

static void code_refresh(struct space *space)
{
	atomic_and(&space->code_stale, ~(1u << hart()->index));
	fence_code();
}

void tlb_code_changed(struct space *space)
{
	u32 others;

	store_relaxed(&space->code_stale, ~0u);
	code_refresh(space);
	/* harts that run in the space now; the rest find their bit in space_activate */
	others = load_relaxed(&space->active) & ~(1u << hart()->index);
	fence_others(others, RFENCE_CODE, 0, 0);
}

void space_switch(struct space *space)
{
	struct space **mine = &hart()->space, *old = *mine;

	atomic_add_relaxed(&space->refs, 1u);
	*mine = space;
	atomic_or(&space->active, 1u << hart()->index);
	fence_full(); /* partner: tlb_flush */
	csr_write(satp, space->satp);
	__asm__ volatile("sfence.vma" ::: "memory");
	if (unlikely(load_relaxed(&space->guest_root)))
		hypervisor_fence();
	if (load_relaxed(&space->code_stale) & 1u << hart()->index)
		code_refresh(space);
	if (old) {
		atomic_and(&old->active, ~(1u << hart()->index));
		space_put_ref(old);
	}
}

/* A hart keeps the space of the last thread that ran, since the next one is often the same. When the space has ended, a
 * sleeping hart must let go of it: whoever ended it kicks the harts that are active in it (space_release). */
void space_before_sleep(void)
{
	struct space *space = hart()->space;

	if (space && !load_acquire(&space->users))
		space_deactivate();
}

void space_deactivate(void)
{
	struct space **mine = &hart()->space, *old = *mine;

	if (!old)
		return;
	*mine = NULL;
	kmap_use();
	atomic_and(&old->active, ~(1u << hart()->index));
	space_put_ref(old);
}
