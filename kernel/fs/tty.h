/* tty.h - the line discipline: between what is typed and what a program reads.
 *
 *     typed --> tty_receive --> [ finished lines | line being typed ] --> tty_read
 *                    |           head          canon              tail
 *                    +--> echo --> output <-- tty_write (\n becomes \r\n)
 *
 * With ICANON a read waits for a finished line, which can be edited until then; without it, for single bytes. Nothing
 * here knows where bytes come from or go to: one output function.
 */
#pragma once

#include "kernel/abi/termios.h"
#include "kernel/fs/poll.h"
#include "kernel/space/user.h"
#include "kernel/task/wait.h"

enum { TTY_RING = 4096, TTY_END_OF_FILE = 0x100 };

struct tty {
	struct spinlock lock;  /* guards all below but output */
	u32 head, canon, tail; /* free-running positions in ring */
	struct abi_termios termios;
	struct abi_winsize window;
	u32 session, group; /* whose terminal it is, and the foreground process group; 0: nobody's */
	struct wait_queue readable;
	struct poll_queue poll;
	void (*output)(const char *text, size_t bytes); /* never waits; called with the lock held */
	u16 ring[TTY_RING];				/* bytes, and TTY_END_OF_FILE where ^D was typed */
};

/* struct tty t = TTY_INIT(t, write_it); */
#define TTY_INIT(variable, output_)                                                                          \
	{                                                                                                    \
		.lock = SPINLOCK_INIT(RANK_FILE), .termios = TTY_TERMIOS, .window = { 24, 80, 0, 0 },        \
		.readable = { LIST_INIT((variable).readable.waits) },                                        \
		.poll = { SPINLOCK_INIT(RANK_POLL), LIST_INIT((variable).poll.nodes) }, .output = (output_), \
	}

#define TTY_TERMIOS                                                                                     \
	{                                                                                               \
		.iflag = ICRNL, .oflag = OPOST | ONLCR, .cflag = TERMIOS_CFLAG_38400_8N1,               \
		.lflag = ISIG | ICANON | ECHO | ECHOE | ECHOK | ECHOCTL | ECHOKE | IEXTEN,              \
		.cc = { [VINTR] = 3,	 [VQUIT] = 28,	 [VERASE] = 127, [VKILL] = 21, [VEOF] = 4,      \
			[VMIN] = 1,	 [VSTART] = 17,	 [VSTOP] = 19,	 [VSUSP] = 26, [VREPRINT] = 18, \
			[VDISCARD] = 15, [VWERASE] = 23, [VLNEXT] = 22 },                               \
	}

/* One byte was typed. The signal that it stands for (SIGINT, SIGQUIT, SIGTSTP, if ISIG is set), else 0. Never
 * suspends. */
u32 tty_receive(struct tty *tty, u8 byte);

/* A line (ICANON) or bytes. Suspends until there is something, interruptibly, unless NO_WAIT. Bytes; 0: end of file;
 * -EAGAIN with NO_WAIT; -EINTR; -EFAULT, -ENOMEM. */
long tty_read(struct co *caller, struct tty *tty, struct user_buffer *to, bool no_wait);

/* Print BYTES of TEXT, newlines made fit for a terminal. Never suspends. */
void tty_print(struct tty *tty, const char *text, size_t bytes);

/* What can be read now. */
u32 tty_readable_bytes(struct tty *tty);

/* POLL_IN if a read would not wait; POLL_OUT always. */
u32 tty_poll(struct tty *tty, struct poll_table *table);

void tty_set(struct tty *tty, const struct abi_termios *termios, bool flush);
