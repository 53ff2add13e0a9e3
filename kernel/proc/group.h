/* group.h - process groups and sessions: which processes belong together, for shells and terminals.
 *
 *     session 5: a terminal's processes     group 5: the shell      group 9: a | b      group 12: c
 *
 * A group has the number of the process that made it, a session too; no other process gets that number while somebody
 * is in it (ids.h). All of it is guarded by process_table_lock.
 */
#pragma once

#include "lib/types.h"

struct process;

/* Put the process PID (0: the caller, or a child of its) into GROUP (0: its own): 0, -ESRCH, -EPERM, -EACCES. */
long group_set(struct process *caller, u32 pid, u32 group);
/* The group, the session of the process PID (0: the caller): its number, or -ESRCH. */
long group_of(struct process *caller, u32 pid);
long session_of(struct process *caller, u32 pid);
/* A new session with one group, with the caller alone in it: its number, or -EPERM: there is a group of that number. */
long session_new(struct process *caller);

/* The process of GROUP (0: any) with the lowest pid above AFTER, referenced; NULL: there is none. */
struct process *group_next(u32 group, u32 after);
/* The session that GROUP lies in; 0: there is no such group. */
u32 group_session(u32 group);

/* Is the group of PROCESS orphaned: does none of it have a parent in another group of the session, who could let it go
 * on when it is stopped? */
bool group_is_orphaned(struct process *process);

/* For process.c, under process_table_lock: CHILD begins where PARENT is; PROCESS is gone. */
void group_inherit(struct process *child, const struct process *parent);
void group_leave(struct process *process);
/* PARENT is no help to MEMBER's group any more: MEMBER has got another parent, or ENDS. If the group is orphaned by
 * that and one of it is stopped, all of it are told: SIGHUP, SIGCONT. */
void group_lose_parent(struct process *member, const struct process *parent, bool ends);
