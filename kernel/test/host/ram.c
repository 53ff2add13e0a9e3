/* ram.c - an anonymous mapping plays the RAM; see host.h. */
#include "kernel/mm/page.h"
#include "kernel/test/host/host.h"

#include <stdlib.h>
#include <sys/mman.h>

enum { BASE_NUMBER = 0x80000 }; /* 2 GiB */

u64 direct_base;

/* The array of struct page is not part of it, unlike on the real machine. */
void host_ram_reserve(u64 first, u64 page_total)
{
	u64 base = (BASE_NUMBER + first) << PAGE_SHIFT, bytes = page_total << PAGE_SHIFT;
	void *ram = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (ram == MAP_FAILED)
		abort();
	direct_base = (u64)ram - base;
	page_init(base, bytes, calloc(1, page_array_bytes(base, bytes)));
}

void host_ram_init(u64 first, u64 page_total)
{
	host_ram_reserve(first, page_total);
	page_release_range(page_to_phys(pages), page_total << PAGE_SHIFT);
}
