/* console.h - /dev/console: the serial line as a terminal. */
#pragma once

#include "kernel/fs/file.h"

/* It has three names: /dev/console; /dev/ttyS0, which a session takes by opening it; /dev/tty, the terminal that the
 * caller's session has. */
enum { CONSOLE_DEVICE = 0x501, SERIAL_DEVICE = 0x440, TTY_DEVICE = 0x500 };

extern const struct file_ops console_file_ops;

/* For the uart: one byte was typed. Runs in a driver's task, takes locks, never suspends. ^T shows what every task
 * waits for; all else goes to the line discipline (fs/tty.h). */
void console_receive(char byte);

/* The terminal of SESSION: its device number (0: it has none) and its foreground process group. */
void console_of_session(u32 session, u32 *device, u32 *group);

/* The leader of SESSION has ended: whoever was in the foreground is told (SIGHUP), and the terminal is free. */
void console_session_end(u32 session);

/* What the terminal must know of sessions and process groups, and do to them; kernel/proc/jobs.c sets it at start-up.
 * No locks are held; none may suspend. */
struct console_jobs {
	void (*signal)(u32 group, u32 signal); /* to all of GROUP; 0: nobody */
	u32 (*session)(u32 group);	       /* in which it lies; 0: there is no such group */
	/* The task uses its terminal while its group is in the background: 0: it may nevertheless; -EINTR: its
	 * group has got SIGNAL; -EIO: it cannot be told. */
	long (*background)(const struct co *co, u32 signal);
};
extern const struct console_jobs *console_jobs;
