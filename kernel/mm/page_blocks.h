/* page_blocks.h - free memory in blocks of 2^0 .. 2^10 pages; for page.c and the start-up alone. */
#pragma once

#include "kernel/mm/page.h"

void page_blocks_init(void);

/* 2^ORDER pages, flags 0; NULL: there are none in one piece. */
struct page *page_block_alloc(u32 order);
void page_block_free(struct page *page, u32 order);

/* Single pages into TO, WANTED at most, with FLAGS: how many. */
u64 page_blocks_take(struct page **to, u64 wanted, u32 flags);
/* COUNT single pages at FROM come back. */
void page_blocks_give(struct page **from, u64 count);

/* Free pages in all blocks. */
u64 page_blocks_count(void);
