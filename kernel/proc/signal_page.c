/* signal_page.c - the page that handlers return to: two instructions, the same page of memory in every process.
 *
 * riscv64 has no restorer in sigaction, so ra is the kernel's to set. Unwinders know a signal's frame by exactly these
 * two instructions at the return address.
 */
#include "kernel/abi/errno.h"
#include "kernel/hart/panic.h"
#include "kernel/space/pagetable.h"
#include "kernel/map/map.h"
#include "kernel/proc/signal.h"

static struct page *code;

enum { LI_A7_RT_SIGRETURN = 0x08b00893, ECALL = 0x00000073 };

void signal_page_init(void)
{
	u32 *words;

	code = page_alloc(0);
	ASSERT(code); /* start-up: the first pages of all */
	words = page_to_virt(code);
	__builtin_memset(words, 0, PAGE_SIZE);
	words[0] = LI_A7_RT_SIGRETURN;
	words[1] = ECALL;
}

long signal_page_map(struct space *space)
{
	u64 at = SIGNAL_PAGE, *entry;
	long err = space_map(space, at, PAGE_SIZE, PROT_READ | PROT_EXEC, 0, NULL, 0);

	if (err < 0)
		return err;
	spin_lock(&space->lock);
	entry = pt_leaf_make(space, at);
	if (entry) {
		page_get(code);
		store_release(entry, pte_make(page_to_phys(code), PTE_V | PTE_R | PTE_X | PTE_U | PTE_A | PTE_D));
		space->pages++;
		store_relaxed(&space->code_stale, ~0u); /* nobody has run in it yet */
	}
	spin_unlock(&space->lock);
	return entry ? 0 : -ENOMEM;
}
