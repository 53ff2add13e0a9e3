/* mem-brk.c - the program break: grows zeroed, shrinks for good, refuses nonsense, stays out of the way of mappings.
 *
 * oracle: native
 */
#define _GNU_SOURCE
#include "user/test/check.h"
#include "user/test/child.h"
#include "user/test/probe.h"

#include <signal.h>
#include <sys/syscall.h>

enum { PAGE = 4096 };

/* The system call, which answers the new break or, on error, the old one. */
static char *break_set(void *at)
{
	return (char *)syscall(SYS_brk, at);
}

static int child_main(void)
{
	char *start = break_set(NULL);

	break_set(start + 4 * PAGE);
	start[3 * PAGE] = 1;
	break_set(start);
	start[3 * PAGE] = 1; /* given back: must die here */
	return 0;
}

int main(int argc, char **argv)
{
	char *start, *end;

	if (argc > 1)
		return child_main();
	child_self = argv[0];
	(void)argc;
	probe_open();
	start = break_set(NULL);
	end = start + 16 * PAGE + 100;
	CHECK(break_set(end) == end);
	CHECK(break_set(NULL) == end);
	for (char *at = start; at < end; at += 100) {
		if (*at)
			CHECK_EQ(*at, 0);
		*at = 7;
	}
	/* The rest of the last page is usable, the page after it is not. */
	CHECK(probe_writable(end));
	CHECK(!probe_readable(start + 18 * PAGE));

	CHECK(break_set(start + PAGE) == start + PAGE);
	CHECK(!probe_readable(start + 3 * PAGE));
	CHECK(break_set(end) == end);
	CHECK_EQ(start[3 * PAGE], 0);

	CHECK(break_set((char *)PAGE) == end);
	CHECK(break_set((char *)-PAGE) == end);
	CHECK(break_set(start + (1ull << 46)) == end);
	CHECK(break_set(start) == start);
	CHECK_EQ(child_run("shrunk"), KILLED(SIGSEGV));
	return check_done();
}
