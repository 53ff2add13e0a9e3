/* child.h - waiting for children: which ones, what for, and what is told about them. */
#pragma once

#include "kernel/proc/usage.h"
#include "lib/co.h"

enum child_which { CHILD_ANY, CHILD_PID, CHILD_GROUP };

struct child_query {
	enum child_which which;
	u32 id;	     /* process or group */
	u32 options; /* WNOHANG, WEXITED, WSTOPPED, WCONTINUED, WNOWAIT, WAIT_ALL, WAIT_CLONE */
};

struct child_news {
	u32 status; /* as wait4 gives it */
	u32 uid;
	struct usage usage; /* the child's, and that of children it has waited for */
};

/* Wait for news of a child of PARENT. The child's pid, with *NEWS; 0 with WNOHANG when there is none yet; -ECHILD: no
 * child matches; -EINTR. Suspends. */
long child_wait(struct co *caller, struct process *parent, const struct child_query *query, struct child_news *news);
