/* share_page.h - the page in which the threads of a space tell how urgent they are (kernel/abi/share.h).
 *
 *     SHARE_PAGE   [ thread | thread | free | ... ]     mapped for the program to write; it lies outside of all areas
 *                      ^
 *                      +-- task->published: the kernel reads its own address of the same memory
 *
 * The page is made at the first call and goes with the space's contents, after the last thread. fork does not copy it.
 */
#pragma once

#include "lib/types.h"

struct space;

/* A part for the calling thread, which says SHARE_DEFAULT: the user address, and where the kernel reads it in *LEVEL.
 * -ENOSPC, -ENOMEM. */
long share_page_take(struct space *space, const u32 **level);
/* Give back the part whose level is LEVEL. */
void share_page_give(struct space *space, const u32 *level);
/* The space has no threads any more, and its tables go next. */
void share_page_end(struct space *space);
