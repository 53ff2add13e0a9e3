/* child.c - waiting for children.
 *
 * A child has news for its parent when it has ended (PROCESS_ZOMBIE), or when `news` holds the status of a stop or of
 * its end. Whoever makes news wakes the parent's child_changed under process_table_lock.
 */
#include "kernel/proc/child.h"

#include "kernel/abi/errno.h"
#include "kernel/abi/wait.h"
#include "kernel/proc/process.h"

/* A child that ends with another signal than SIGCHLD is somebody's who asks for such. */
static bool is_of_kind(const struct process *child, u32 options)
{
	return (options & WAIT_ALL) || (child->exit_signal == SIGCHLD) == !(options & WAIT_CLONE);
}

static bool matches(const struct process *child, const struct child_query *query)
{
	if (!is_of_kind(child, query->options))
		return false;
	switch (query->which) {
	case CHILD_PID:
		return child->pid == query->id;
	case CHILD_GROUP:
		return child->group == query->id;
	default:
		return true;
	}
}

/* The status that CHILD has for this query, -1: no news. Table lock held. */
static s64 news_of(const struct process *child, u32 options)
{
	if (child->state == PROCESS_ZOMBIE)
		return options & WEXITED ? (s64)child->exit_status : -1;
	if (!child->news)
		return -1;
	return options & (child->news == CONTINUED_STATUS ? WCONTINUED : WSTOPPED) ? (s64)child->news : -1;
}

/* The first child that matches and has news; *ANY: is there one that matches at all? Table lock held. */
static struct process *find(struct process *parent, const struct child_query *query, bool *any)
{
	struct process *child;

	*any = false;
	list_for_each (child, &parent->children, sibling) {
		if (!matches(child, query))
			continue;
		*any = true;
		if (news_of(child, query->options) >= 0)
			return child;
	}
	return NULL;
}

/* Tell the news of CHILD, and forget them: a zombie goes. Its pid. Table lock held. */
static long take_news(struct process *parent, struct process *child, u32 options, struct child_news *news)
{
	long pid = child->pid;

	news->status = (u32)news_of(child, options);
	news->uid = child->uid;
	news->usage = process_usage(child);
	usage_add(&news->usage, &child->usage_children);
	if (options & WNOWAIT)
		return pid;
	child->news = 0;
	if (child->state == PROCESS_ZOMBIE) {
		usage_add(&parent->usage_children, &news->usage);
		process_remove(child);
	}
	return pid;
}

struct child_wait {
	struct co co;
	struct process *parent;
	struct child_query query;
	struct child_news *news;
};

CO_STEP(child_wait)
{
	CO_FRAME(child_wait);
	struct process *child;
	bool any;
	long err;

	CO_BEGIN;
	AWAIT_UNTIL(err, &process_table_lock, &f->parent->child_changed,
		    find(f->parent, &f->query, &any) || !any || (f->query.options & WNOHANG));
	if (!err) {
		child = find(f->parent, &f->query, &any);
		err = child ? take_news(f->parent, child, f->query.options, f->news) : any ? 0 : -ECHILD;
	}
	spin_unlock(&process_table_lock);
	CO_RETURN(err);
	CO_END;
}

long child_wait(struct co *caller, struct process *parent, const struct child_query *query, struct child_news *news)
{
	return CO_CALL(child_wait, caller, .parent = parent, .query = *query, .news = news);
}
