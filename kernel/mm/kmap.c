/* kmap.c - the kernel half of the address space.
 *
 *     DIRECT_BASE + physical address:
 *       devices            RW    4 KiB pages, as drivers ask for them
 *       firmware           not mapped
 *       kernel text        R X   4 KiB pages   \
 *       kernel rodata      R                     the 2 MiB blocks of the image; guard pages are holes
 *       kernel data, bss   RW                  /
 *       all other RAM      RW    2 MiB blocks
 *
 * All entries are global (G): they are the same in every address space. The root entries of RAM and of the device range
 * exist from kmap_init on, so the copies in the roots of address spaces never go stale.
 */
#include "kernel/mm/kmap.h"

#include "kernel/hart/csr.h"
#include "kernel/hart/panic.h"
#include "kernel/hart/print.h"
#include "kernel/mm/page.h"
#include "kernel/mm/pte.h"

#define BLOCK_BYTES (2ul << 20)
#define DEVICES_END (1ul << 30)
#define KERNEL_RW   (PTE_V | PTE_R | PTE_W | PTE_A | PTE_D | PTE_G)

extern char kernel_start[], kernel_rodata[], kernel_data[], kernel_end[];

static u64 root[PT_ENTRIES] __attribute__((aligned(PAGE_SIZE)));
static u32 root_end = PT_ENTRIES / 2; /* no entry from this one on is used; does not change after start-up */

/* The entry of VIRT at LEVEL; missing tables above it are made. */
static u64 *entry_at(u64 virt, u32 level)
{
	u64 *table = root;
	struct page *page;

	root_end = max(root_end, pt_index(virt, SV39_LEVELS - 1) + 1);
	for (u32 at = SV39_LEVELS - 1; at > level; at--) {
		u64 *entry = &table[pt_index(virt, at)];

		if (!(*entry & PTE_V)) {
			page = page_alloc_zeroed();
			if (!page)
				panic("no memory for the kernel's own page tables");
			*entry = pte_make(page_to_phys(page), PTE_V);
		}
		ASSERT(!pte_is_leaf(*entry));
		table = phys_to_virt(pte_phys(*entry));
	}
	return &table[pt_index(virt, level)];
}

static u64 image_flags(u64 virt)
{
	if (virt < (u64)kernel_rodata)
		return PTE_V | PTE_R | PTE_X | PTE_A | PTE_G;
	if (virt < (u64)kernel_data)
		return PTE_V | PTE_R | PTE_A | PTE_G;
	return KERNEL_RW;
}

static void map_ram(u64 base, u64 bytes)
{
	u64 image = ALIGN_DOWN((u64)kernel_start, BLOCK_BYTES), image_end = ALIGN_UP((u64)kernel_end, BLOCK_BYTES);
	u64 virt = (u64)phys_to_virt(base), end = virt + bytes;

	while (virt < end) {
		if (virt >= image && virt < image_end) {
			if (virt >= (u64)kernel_start)
				*entry_at(virt, 0) = pte_make(virt_to_phys((void *)virt), image_flags(virt));
			virt += PAGE_SIZE;
		} else if (virt % BLOCK_BYTES == 0 && end - virt >= BLOCK_BYTES) {
			if (virt >= image_end)
				*entry_at(virt, 1) = pte_make(virt_to_phys((void *)virt), KERNEL_RW);
			virt += BLOCK_BYTES;
		} else {
			*entry_at(virt, 0) = pte_make(virt_to_phys((void *)virt), KERNEL_RW);
			virt += PAGE_SIZE;
		}
	}
}

void kmap_init(u64 base, u64 bytes)
{
	map_ram(base, bytes);
	entry_at((u64)phys_to_virt(0), 1); /* the root entry of the device range */
	kmap_use();
}

void kmap_use(void)
{
	csr_write(satp, SATP_SV39 | virt_to_phys(root) >> PAGE_SHIFT);
	__asm__ volatile("sfence.vma" ::: "memory");
}

bool kmap_device(u64 phys, u64 bytes)
{
	u64 end;

	/* one root entry, made at start-up */
	if (bytes > DEVICES_END || phys > DEVICES_END - bytes) {
		print("device registers at %lx: above %lx, not used\n", phys, DEVICES_END);
		return false;
	}
	end = ALIGN_UP(phys + bytes, PAGE_SIZE);
	for (phys = ALIGN_DOWN(phys, PAGE_SIZE); phys < end; phys += PAGE_SIZE)
		*entry_at((u64)phys_to_virt(phys), 0) = pte_make(phys, KERNEL_RW);
	__asm__ volatile("sfence.vma" ::: "memory");
	return true;
}

void kmap_guard(void *page)
{
	*entry_at((u64)page, 0) = 0;
	__asm__ volatile("sfence.vma" ::: "memory");
}

void kmap_enter(u64 *to)
{
	for (u32 i = PT_ENTRIES / 2; i < root_end; i++)
		to[i] = root[i];
}

void kmap_leave(u64 *to)
{
	for (u32 i = PT_ENTRIES / 2; i < root_end; i++)
		to[i] = 0;
}
