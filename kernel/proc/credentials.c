/* credentials.c - see credentials.h. */
#include "kernel/proc/credentials.h"

#include "kernel/abi/errno.h"
#include "kernel/fs/permission.h"
#include "kernel/proc/paths.h"
#include "kernel/proc/process.h"

static struct id_set *set_of(struct process *process, enum id_kind kind)
{
	return kind == ID_USERS ? &process->users : &process->groups;
}

static bool is_root(const struct process *process)
{
	return !process->users.effective;
}

static bool is_one_of(const struct id_set *set, u32 id)
{
	return id == ID_KEEP || id == set->real || id == set->effective || id == set->saved;
}

/* PROCESS acts for somebody else from now on: what it holds is not for the one before. Lock held. */
static void changed(struct process *process)
{
	store_relaxed(&process->undumpable, true);
	store_relaxed(&process->death_signal, 0);
}

/* All four of *SET, which is PROCESS'; each is read by others without the lock. */
static void assign(struct process *process, struct id_set *set, u32 real, u32 effective, u32 saved)
{
	if (effective != set->effective || effective != set->files)
		changed(process);
	store_relaxed(&set->real, real);
	store_relaxed(&set->effective, effective);
	store_relaxed(&set->saved, saved);
	store_relaxed(&set->files, effective);
}

long id_set_one(struct process *process, enum id_kind kind, u32 id)
{
	struct id_set *set = set_of(process, kind);
	long err = 0;

	if (id == ID_KEEP)
		return -EINVAL;
	spin_lock(&process->lock);
	if (is_root(process))
		assign(process, set, id, id, id);
	else if (id == set->real || id == set->saved)
		assign(process, set, set->real, id, set->saved);
	else
		err = -EPERM;
	spin_unlock(&process->lock);
	return err;
}

static u32 or_kept(u32 id, u32 before)
{
	return id == ID_KEEP ? before : id;
}

long id_set_two(struct process *process, enum id_kind kind, u32 real, u32 effective)
{
	struct id_set *set = set_of(process, kind);
	bool may, saves;

	spin_lock(&process->lock);
	may = is_root(process) ||
	      ((real == ID_KEEP || real == set->real || real == set->effective) && is_one_of(set, effective));
	saves = real != ID_KEEP || (effective != ID_KEEP && effective != set->real);
	effective = or_kept(effective, set->effective);
	if (may)
		assign(process, set, or_kept(real, set->real), effective, saves ? effective : set->saved);
	spin_unlock(&process->lock);
	return may ? 0 : -EPERM;
}

long id_set_three(struct process *process, enum id_kind kind, u32 real, u32 effective, u32 saved)
{
	struct id_set *set = set_of(process, kind);
	bool may;

	spin_lock(&process->lock);
	may = is_root(process) || (is_one_of(set, real) && is_one_of(set, effective) && is_one_of(set, saved));
	if (may)
		assign(process, set, or_kept(real, set->real), or_kept(effective, set->effective),
		       or_kept(saved, set->saved));
	spin_unlock(&process->lock);
	return may ? 0 : -EPERM;
}

u32 id_set_files(struct process *process, enum id_kind kind, u32 id)
{
	struct id_set *set = set_of(process, kind);
	u32 before;

	spin_lock(&process->lock);
	before = set->files;
	if (id != ID_KEEP && id != before && (is_root(process) || is_one_of(set, id))) {
		changed(process);
		store_relaxed(&set->files, id);
	}
	spin_unlock(&process->lock);
	return before;
}

struct id_set id_get_all(struct process *process, enum id_kind kind)
{
	struct id_set set;

	spin_lock(&process->lock);
	set = *set_of(process, kind);
	spin_unlock(&process->lock);
	return set;
}

long further_groups_set(struct process *process, const u32 *groups, u32 count)
{
	long err = -EPERM;

	spin_lock(&process->lock);
	if (is_root(process)) {
		__builtin_memcpy(process->further_groups, groups, count * sizeof(u32));
		process->group_count = count;
		err = 0;
	}
	spin_unlock(&process->lock);
	return err;
}

u32 further_groups_get(struct process *process, u32 *groups)
{
	u32 count;

	spin_lock(&process->lock);
	count = process->group_count;
	__builtin_memcpy(groups, process->further_groups, count * sizeof(u32));
	spin_unlock(&process->lock);
	return count;
}

bool further_groups_have(struct process *process, u32 group)
{
	bool found;

	spin_lock(&process->lock);
	found = process->groups.files == group;
	for (u32 i = 0; i < process->group_count && !found; i++)
		found = process->further_groups[i] == group;
	spin_unlock(&process->lock);
	return found;
}

void credentials_inherit(struct process *child, const struct process *parent)
{
	child->users = parent->users;
	child->groups = parent->groups;
	child->group_count = parent->group_count;
	__builtin_memcpy(child->further_groups, parent->further_groups, sizeof(child->further_groups));
}

/* --- exec --- */

enum { SET_UID = 04000, SET_GID = 02000, GROUP_EXECUTE = 010 };

struct exec_rights exec_rights_of(struct process *process, const struct inode *program)
{
	u32 mode = load_relaxed(&program->mode);
	struct exec_rights rights;
	bool given;

	spin_lock(&process->lock);
	rights.users = process->users;
	rights.groups = process->groups;
	given = !process->no_new_privs && (is_root(process) || !paths_are_shared(process));
	spin_unlock(&process->lock);
	rights.user = given && (mode & SET_UID) ? load_relaxed(&program->uid) : rights.users.effective;
	rights.group = rights.groups.effective;
	/* without the right to execute the other bit means something else */
	if (given && (mode & SET_GID) && (mode & GROUP_EXECUTE))
		rights.group = load_relaxed(&program->gid);
	rights.secure = rights.user != rights.users.real || rights.group != rights.groups.real;
	rights.secret = rights.secure ||
			permission_of(process, rights.users.files, rights.groups.files, program, MAY_READ);
	return rights;
}

bool exec_rights_are_good(struct process *process, const struct exec_rights *rights)
{
	bool good;

	spin_lock(&process->lock);
	good = !__builtin_memcmp(&process->users, &rights->users, sizeof(rights->users)) &&
	       !__builtin_memcmp(&process->groups, &rights->groups, sizeof(rights->groups));
	spin_unlock(&process->lock);
	return good;
}

void exec_rights_apply_locked(struct process *process, const struct exec_rights *rights)
{
	assign(process, &process->users, process->users.real, rights->user, rights->user);
	assign(process, &process->groups, process->groups.real, rights->group, rights->group);
	if (rights->secure)
		changed(process);
	store_relaxed(&process->undumpable, rights->secret);
}

bool credentials_may_look(const struct process *self, const struct process *process)
{
	const struct id_set *users = &process->users;
	u32 user = load_relaxed(&self->users.files);

	return !user || self == process ||
	       (user == users->real && user == users->effective && user == users->saved &&
		!load_relaxed(&process->undumpable));
}

bool credentials_may_signal(struct process *from, struct process *to)
{
	u32 effective = load_relaxed(&from->users.effective), real = load_relaxed(&from->users.real);
	u32 to_real = load_relaxed(&to->users.real), to_saved = load_relaxed(&to->users.saved);

	return !effective || from == to || effective == to_real || effective == to_saved || real == to_real ||
	       real == to_saved;
}
