/* proc_memory.h - files of /proc that disturb the memory of the kernel, for tests. */
#pragma once

#include "lib/fmt.h"

struct co;

/* chime-alloc-fail: "nth:N" lets the Nth allocation on behalf of the writing process fail, "every:N" each Nth, "from:N"
 * the Nth and all after it; "off". It shows how many allocations are left until the next one fails, and how many have
 * failed. */
void proc_alloc_fail(struct fmt_text *text);
long proc_alloc_fail_write(struct co *caller, const char *text);

/* chime-drop-caches: anything written empties the caches of what nobody uses. Suspends. */
void proc_drop_caches(struct fmt_text *text);
long proc_drop_caches_write(struct co *caller, const char *text);
