/* in-child.h - checks in a child process: of what would last, or may end it. */
#pragma once

#include "user/test/check.h"

#include <sys/wait.h>
#include <unistd.h>

/* How the child ends that runs CHECK: 0 if nothing failed. */
static inline int child_status(void (*check)(void))
{
	int status = -1;
	pid_t pid = (pid_t)REQUIRE_OK(fork());

	if (!pid) {
		checks_failed = 0;
		check();
		_exit(checks_failed != 0);
	}
	CHECK_EQ(waitpid(pid, &status, 0), pid);
	return status;
}

static inline void in_child(void (*check)(void))
{
	CHECK_EQ(child_status(check), 0);
}
