/* pte.h - page table entries of Sv39 (Privileged Architecture, "Sv39: Page-Based 39-bit Virtual-Memory System").
 *
 *     63    54 53          10 9 8 7 6 5 4 3 2 1 0
 *     |   0   | page number  |sw |D A G U X W R V|        sw: PTE_COW, PTE_HIDDEN
 *
 *     virtual address:  38..30 root index | 29..21 middle | 20..12 leaf | 11..0 offset
 */
#pragma once

#include "lib/types.h"

#define PTE_V	   BIT(0)
#define PTE_R	   BIT(1)
#define PTE_W	   BIT(2)
#define PTE_X	   BIT(3)
#define PTE_U	   BIT(4)
#define PTE_G	   BIT(5)
#define PTE_A	   BIT(6)
#define PTE_D	   BIT(7)
#define PTE_COW	   BIT(8) /* ours: writable area, shared page; the first write makes a copy */
#define PTE_HIDDEN BIT(9) /* ours, with V clear: a page is here, but the area is PROT_NONE */

enum { PT_ENTRIES = 512, SV39_LEVELS = 3 };
#define SATP_SV39 (8ul << 60)

static inline u64 pte_make(u64 phys, u64 flags)
{
	return phys >> 12 << 10 | flags;
}

static inline u64 pte_phys(u64 pte)
{
	return pte >> 10 << 12;
}

static inline bool pte_is_leaf(u64 pte)
{
	return pte & (PTE_R | PTE_W | PTE_X);
}

/* Index into the table of LEVEL (2: root, 0: leaves). */
static inline u32 pt_index(u64 virt, u32 level)
{
	return virt >> (12 + 9 * level) & (PT_ENTRIES - 1);
}
