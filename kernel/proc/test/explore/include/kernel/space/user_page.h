/* user_page.h - found before the real page by the explorer of the futexes: user memory without page tables. */
#pragma once

#include "kernel/space/user.h"

enum { NEED_READ };

static inline char *user_page(struct space *space, u64 address, u64 need)
{
	return (char *)user_word(space, address, need);
}
