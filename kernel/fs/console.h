/* console.h - /dev/console: the serial line as a terminal. */
#pragma once

#include "kernel/fs/file.h"

enum { CONSOLE_DEVICE = 0x501 };

extern const struct file_ops console_file_ops;

/* For the uart: one byte was typed. Runs in a driver's task, takes locks, never suspends. ^T shows what every task
 * waits for; all else goes to the line discipline (fs/tty.h). */
void console_receive(char byte);

/* The terminal of SESSION: its device number (0: it has none) and its foreground process group. */
void console_of_session(u32 session, u32 *device, u32 *group);

/* ^C was typed while ISIG is set; NULL: nobody cares. Runs in a driver's task without locks; may not suspend. */
extern void (*console_interrupt)(u32 foreground_group);
