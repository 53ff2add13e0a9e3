/* pipe_state.h - what pipe.c and fifo.c share: a pipe while somebody has it open. */
#pragma once

#include "kernel/fs/pipe.h"
#include "kernel/task/wait.h"

/* inode->pipe. Every open file of it has a use, and so has who is about to open one. */
struct pipe {
	u32 uses;	      /* guarded by the inode's lock */
	struct spinlock lock; /* guards all below but poll */
	u32 readers, writers; /* open files that can do so; one that can do both counts twice */
	u32 readers_ever, writers_ever;
	u32 put_at, take_at; /* in the last and in the first page */
	u64 bytes, capacity;
	struct list pages; /* struct page.link */
	struct wait_queue readable, writable;
	struct wait_queue opening; /* until somebody opens the other end */
	struct poll_queue poll;
};

/* By O_ACCMODE. */
extern const struct file_ops pipe_file_ops[];

/* FILE is no more: fifo.c. */
void pipe_release(struct file *file);
