/* read-ways.h - five ways to read blocks: by read(), and through a ring whose completions are told of in four ways.
 *
 *     read()           one after the other, by pread
 *     enter            io_uring_enter submits and waits
 *     enter+eventfd    waits for an eventfd
 *     enter+upcall     waits for a user interrupt, which the kernel delivers
 *     zero             a poller takes what is submitted, woken by a doorbell; direct user interrupts: no kernel entry
 */
#pragma once

#include "lib/types.h"

enum { READ_BLOCK = 4096, READ_DEPTH_MOST = 32, READ_WAYS = 5 };

struct read_way {
	const char *name;
	unsigned setup;	    /* IORING_SETUP_*; a ring is made unless `plain` is set */
	bool plain;	    /* read() */
	int (*tell)(void);  /* what the ring signals: a descriptor; NULL: nothing */
	void (*wait)(void); /* until a completion may be there */
	void (*end)(void);
	bool zero; /* with a doorbell; no kernel entry is what is wanted */
};
extern const struct read_way read_ways[READ_WAYS];

/* Where blocks come from: one after the other, and again from the first. */
struct read_source {
	const char *name, *path;
	u64 blocks; /* so many different ones; 0, or more than there are: all */
	bool once;  /* none again before all have been forgotten: it would be in the page cache */
	u64 next;
	int fd;
};

/* What has been read. */
struct read_log {
	u32 *latencies; /* in ticks, from a block's submission to its answer */
	u64 answered;	/* so many of them */
	u64 bytes;
};

/* Open it, and read once what is not to be read only once. */
void read_source_open(struct read_source *source);
/* False: the machine cannot. To be ended all the same. */
bool read_way_begin(const struct read_way *way);
void read_way_end(const struct read_way *way);
/* DEPTH at a time, as long as there are so many left. */
void read_blocks(const struct read_way *way, struct read_source *source, u64 blocks, unsigned depth,
		 struct read_log *log);
/* User interrupts so far. */
u64 read_chimes(void);
