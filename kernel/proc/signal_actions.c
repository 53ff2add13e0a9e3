/* signal_actions.c - see signal_actions.h. */
#include "kernel/proc/signal_actions.h"

#include "kernel/abi/errno.h"
#include "kernel/mm/slab.h"
#include "kernel/proc/process.h"

struct signal_table {
	u32 refs;	      /* atomic: processes; from 1 to 2 under the lock of the one */
	struct spinlock lock; /* see the header */
	struct signal_action actions[SIGNAL_MAX];
};

static struct slab_cache table_cache = SLAB_CACHE(table_cache, "signal actions", sizeof(struct signal_table));

static struct signal_table *table_of(const struct process *process)
{
	return container_of(process->actions, struct signal_table, actions[0]);
}

/* The process' lock is held. True: the table has been locked, too. */
static bool lock_if_shared(struct signal_table *table)
{
	/* acquire: what a process that has left the table did to it has happened */
	if (likely(load_acquire(&table->refs) == 1))
		return false;
	spin_lock(&table->lock);
	return true;
}

static void unlock_if(bool locked, struct signal_table *table)
{
	if (unlikely(locked))
		spin_unlock(&table->lock);
}

bool signal_actions_new(struct process *process)
{
	struct signal_table *table = slab_zalloc(&table_cache);

	if (!table)
		return false;
	table->refs = 1;
	spin_init(&table->lock, RANK_FILES);
	process->actions = table->actions;
	return true;
}

/* TO gets what PROCESS has. */
static void copy(struct signal_action *to, struct process *process)
{
	struct signal_table *from = table_of(process);
	bool locked;

	spin_lock(&process->lock);
	locked = lock_if_shared(from);
	__builtin_memcpy(to, from->actions, sizeof(from->actions));
	unlock_if(locked, from);
	spin_unlock(&process->lock);
}

bool signal_actions_inherit(struct process *child, struct process *parent, bool share)
{
	if (!share) {
		if (!signal_actions_new(child))
			return false;
		copy(child->actions, parent);
		return true;
	}
	spin_lock(&parent->lock);
	child->actions = parent->actions;
	atomic_add_relaxed(&table_of(parent)->refs, 1u);
	spin_unlock(&parent->lock);
	return true;
}

static void put(struct signal_table *table)
{
	if (atomic_sub(&table->refs, 1u) == 1)
		slab_free(&table_cache, table);
}

long signal_actions_unshare(struct process *process)
{
	struct signal_table *shared = table_of(process), *own;

	if (load_acquire(&shared->refs) == 1)
		return 0;
	own = slab_zalloc(&table_cache);
	if (!own)
		return -ENOMEM;
	own->refs = 1;
	spin_init(&own->lock, RANK_FILES);
	copy(own->actions, process);
	spin_lock(&process->lock);
	process->actions = own->actions;
	spin_unlock(&process->lock);
	put(shared);
	return 0;
}

void signal_actions_leave(struct process *process)
{
	if (process->actions)
		put(table_of(process));
	process->actions = NULL;
}

struct signal_action signal_action_take_locked(struct process *process, u32 signal)
{
	struct signal_action *own = &process->actions[signal - 1], action;
	bool locked = lock_if_shared(table_of(process));

	action = *own;
	if ((action.flags & SA_RESETHAND) && action.handler > SIG_IGN)
		own->handler = SIG_DFL;
	unlock_if(locked, table_of(process));
	return action;
}

struct signal_action signal_action_swap_locked(struct process *process, u32 signal, const struct signal_action *action)
{
	struct signal_action *own = &process->actions[signal - 1], before;
	bool locked = lock_if_shared(table_of(process));

	before = *own;
	if (action)
		*own = *action;
	unlock_if(locked, table_of(process));
	return before;
}

void signal_actions_reset(struct process *process)
{
	bool ignored;

	spin_lock(&process->lock);
	for (u32 i = 0; i < SIGNAL_MAX; i++) {
		ignored = process->actions[i].handler == SIG_IGN;
		process->actions[i] = (struct signal_action){ .handler = ignored ? SIG_IGN : SIG_DFL };
	}
	spin_unlock(&process->lock);
}
