/* user_page.h - one translation of a user address, for the few paths where a call for it is too much. Others take
 * user.h. */
#pragma once

#include "kernel/space/pagetable.h"

/* What an entry must have for the user to read, to write. */
#define NEED_READ  (PTE_V | PTE_U | PTE_R)
#define NEED_WRITE (PTE_V | PTE_U | PTE_W)

/* The kernel's address of user ADDRESS if the user could do that access (NEED_*) now; NULL otherwise. Good for the rest
 * of this step, up to the end of the page. */
static inline char *user_page(const struct space *space, u64 address, u64 need)
{
	u64 *leaf, entry;

	if (unlikely(address >= USER_MAX))
		return NULL;
	leaf = pt_leaf(space, address);
	if (unlikely(!leaf))
		return NULL;
	/* acquire: pairs with install() in fault.c, so the page's bytes are there */
	entry = load_acquire(leaf);
	if (unlikely((entry & need) != need))
		return NULL;
	return (char *)phys_to_virt(pte_phys(entry)) + address % PAGE_SIZE;
}
