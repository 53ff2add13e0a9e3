/* poll.h - waiting until one of several files is ready: what ppoll and the poll operation of rings share.
 *
 *     file's poll_queue --> poll_watch.node --changed--> poll_set: changed = true, wake --> poll_set_wait
 *     file's poll_queue --> poll_watch.node ----^
 *
 * Contract: enter the watches, each of which looks once; while nothing is ready: poll_set_wait, look at all of them
 * again; leave with every watch. A change after a watch was entered ends the next wait, also if it came before that
 * wait: no wake-up is lost between looking and sleeping.
 */
#pragma once

#include "kernel/fs/poll.h"
#include "kernel/task/wait.h"

struct file;

/* struct pollfd of Linux. */
struct abi_pollfd {
	s32 fd;
	u16 events, revents;
};
_Static_assert(sizeof(struct abi_pollfd) == 8, "struct pollfd");

/* The other names of POLL_IN and POLL_OUT. */
enum { POLL_RDNORM = 0x40, POLL_WRNORM = 0x100 };

struct poll_set {
	struct spinlock lock; /* guards changed and the queue */
	struct wait_queue queue;
	bool changed;
};

struct poll_watch {
	struct poll_node node;
	struct poll_set *set;
	struct file *file; /* the set's user holds a reference */
	u32 events;	   /* what is asked for; POLL_ERR and POLL_HUP always are */
};

void poll_set_init(struct poll_set *set);
/* Suspends until a watched file has changed since the last wait: 0; -EINTR; -ETIME at DEADLINE. */
long poll_set_wait(struct co *caller, struct poll_set *set, u64 deadline);

/* Watch FILE; what of EVENTS is ready now. */
u32 poll_watch_enter(struct poll_watch *watch, struct poll_set *set, struct file *file, u32 events);
/* What is ready now of what is asked for. */
u32 poll_watch_look(const struct poll_watch *watch);
/* After this the watch's memory is the caller's again. Harmless if it was never entered. */
void poll_watch_leave(struct poll_watch *watch);
/* Ask FILE what of EVENTS is ready, and enter TABLE's node, if there is one; who cannot tell is always ready. */
u32 poll_ask(struct file *file, struct poll_table *table, u32 events);
/* What a node is told of whose user asks for EVENTS. */
static inline u32 poll_events_wanted(u32 events)
{
	return events | (events & POLL_RDNORM ? POLL_IN : 0) | (events & POLL_WRNORM ? POLL_OUT : 0);
}
/* What of EVENTS is ready now, without a watch. */
u32 poll_file(struct file *file, u32 events);
