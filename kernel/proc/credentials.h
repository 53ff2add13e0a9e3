/* credentials.h - on whose behalf a process acts: users and groups, each a set of four numbers (Linux credentials(7)).
 *
 * They are the process', not the thread's. Guarded by process->lock; a single number may be read without.
 */
#pragma once

#include "kernel/fs/caller.h"

struct inode;
struct process;

enum { ID_KEEP = UINT32_MAX };

struct id_set {
	u32 real, effective, saved;
	u32 files; /* what files are opened with: the effective one, unless setfsuid said otherwise */
};

enum id_kind { ID_USERS, ID_GROUPS };

/* setuid and setgid; setreuid and relatives; setresuid and relatives (ID_KEEP: that one stays): 0, -EPERM, or -EINVAL:
 * ID_KEEP where it means nothing. */
long id_set_one(struct process *process, enum id_kind kind, u32 id);
long id_set_two(struct process *process, enum id_kind kind, u32 real, u32 effective);
long id_set_three(struct process *process, enum id_kind kind, u32 real, u32 effective, u32 saved);
/* setfsuid and setfsgid: what it was, whether it could be changed or not. */
u32 id_set_files(struct process *process, enum id_kind kind, u32 id);
struct id_set id_get_all(struct process *process, enum id_kind kind);

/* The further groups: at most FURTHER_GROUPS_MAX. 0 or -EPERM; how many there are, copied to GROUPS. */
long further_groups_set(struct process *process, const u32 *groups, u32 count);
u32 further_groups_get(struct process *process, u32 *groups);

/* Is GROUP the one files are opened with, or a further one? */
bool further_groups_have(struct process *process, u32 group);

/* CHILD, which nobody sees yet, acts for whom PARENT does, whose lock is held. */
void credentials_inherit(struct process *child, const struct process *parent);

/* What exec makes of a process' credentials: the bits of the program's mode may give it its owner's rights, but not
 * with no_new_privs, nor if others share the working directory that the program will trust. */
struct exec_rights {
	struct id_set users, groups; /* as they were when it was looked at */
	u32 user, group;	     /* the new effective and saved ones */
	bool secure;		     /* for AT_SECURE: it acts for somebody else */
	bool secret;		     /* ... or may not even be read: nobody is to look into its memory */
};
struct exec_rights exec_rights_of(struct process *process, const struct inode *program);
/* Are the credentials still those that it was made of? */
bool exec_rights_are_good(struct process *process, const struct exec_rights *rights);
/* At exec, process->lock held. */
void exec_rights_apply_locked(struct process *process, const struct exec_rights *rights);

/* May SELF look into PROCESS, its memory and files? Itself, root, and who is all that it is, unless it says no. */
bool credentials_may_look(const struct process *self, const struct process *process);
/* May FROM send a signal to TO? (SIGCONT within a session is the sender's business.) */
bool credentials_may_signal(struct process *from, struct process *to);
