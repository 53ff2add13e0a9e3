/* uintr-seen.h - for tests of direct user interrupts: a thread that waits for vectors. */
#pragma once

#include "user/lib/uintr.h"
#include "user/test/check.h"

static __thread u64 seen; /* all vectors that this thread's handler got */

static void handler(u64 vectors)
{
	store_relaxed(&seen, load_relaxed(&seen) | vectors);
}

static void direct(void)
{
	REQUIRE(!uintr_register_handler(handler, UINTR_DIRECT));
	REQUIRE(uintr_is_direct());
	store_relaxed(&seen, 0ul);
}

/* Wait for any vector, without the kernel if it comes soon. */
static void wait_seen(void)
{
	uintr_clui();
	while (!load_relaxed(&seen)) {
		uintr_wait();
		uintr_stui();
		uintr_clui();
	}
	uintr_stui();
}
