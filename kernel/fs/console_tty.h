/* console_tty.h - inside the console's files: the terminal itself, and who may use it (console_session.c). */
#pragma once

#include "kernel/fs/console.h"
#include "kernel/fs/tty.h"

extern struct tty console_tty;

/* What an ioctl moves. */
union console_argument {
	struct abi_termios termios;
	struct abi_winsize window;
	u32 number;
};

/* May CO use it now (SIGTTIN: read; SIGTTOU: write, change it)? 0, or what console_jobs->background says. Who does not
 * belong to the terminal's session always may. */
long console_check_foreground(const struct co *co, u32 signal);

/* /dev/tty is the terminal of the caller's session, if it has one (-ENXIO); a session's leader that opens /dev/ttyS0
 * takes it if it is free. */
long console_open(struct co *caller, struct file *file);

/* TIOCGPGRP, TIOCGSID, TIOCSPGRP, TIOCSCTTY, TIOCNOTTY, TIOCSTI. */
long console_get_group(const struct co *co, union console_argument *argument);
long console_get_session(const struct co *co, union console_argument *argument);
long console_set_group(const struct co *co, union console_argument *argument);
long console_take(const struct co *co, union console_argument *argument);
long console_give_up(const struct co *co, union console_argument *argument);
long console_type(const struct co *co, union console_argument *argument);
