/* console.c - the terminal on the serial line. */
#include "kernel/fs/console_tty.h"

#include "kernel/abi/errno.h"
#include "kernel/abi/fcntl.h"
#include "kernel/abi/signal.h"
#include "kernel/dev/uart.h"
#include "kernel/fs/caller.h"
#include "kernel/mm/page.h"
#include "lib/fmt.h"

enum { CONTROL_T = 'T' - 64, REPORT_ORDER = 2, WRITE_PIECE = 256 };

struct tty console_tty = TTY_INIT(console_tty, uart_write);

/* The await chains of all tasks, for who wonders what a silent machine is waiting for. */
static void report_tasks(void)
{
	struct page *page = page_alloc(REPORT_ORDER);
	struct fmt_text text = { .bytes = PAGE_SIZE << REPORT_ORDER };

	if (!page)
		return;
	text.data = page_to_virt(page);
	task_report(&text);
	tty_print(&console_tty, text.data, text.length);
	page_free(page, REPORT_ORDER);
}

void console_receive(char byte)
{
	u32 signal;

	if (byte == CONTROL_T) {
		report_tasks();
		return;
	}
	signal = tty_receive(&console_tty, (u8)byte);
	if (signal && console_jobs)
		console_jobs->signal(load_relaxed(&console_tty.group), signal);
}

static long console_read(struct co *caller, struct file *file, struct user_buffer *to, u64 at)
{
	long err = console_check_foreground(caller, SIGTTIN);

	(void)at;
	return err ? err : tty_read(caller, &console_tty, to, load_relaxed(&file->flags) & O_NONBLOCK);
}

struct console_write {
	struct co co;
	struct user_buffer *from;
	u64 done;
};

/* Print the next piece; false: memory of the writer's is missing. */
static bool write_piece(struct console_write *f)
{
	char text[WRITE_PIECE];
	u64 bytes = user_copy_in(text, f->from, sizeof(text));

	tty_print(&console_tty, text, bytes);
	f->done += bytes;
	return bytes;
}

CO_STEP(console_write)
{
	CO_FRAME(console_write);
	long err;

	CO_BEGIN;
	while (f->from->left) {
		AWAIT(err, uart_wait_room(co));
		if (err)
			CO_RETURN(f->done ? (long)f->done : err);
		if (!write_piece(f)) {
			AWAIT(err, user_fault_in(co, f->from));
			if (err)
				CO_RETURN(f->done ? (long)f->done : err == -ENOMEM ? err : -EFAULT);
		}
		if (task_should_yield())
			AWAIT(err, task_yield(co));
	}
	CO_RETURN((long)f->done);
	CO_END;
}

static long console_file_write(struct co *caller, struct file *file, struct user_buffer *from, u64 at)
{
	long err = load_relaxed(&console_tty.termios.lflag) & TOSTOP ? console_check_foreground(caller, SIGTTOU) : 0;

	(void)file, (void)at;
	return err ? err : CO_CALL(console_write, caller, .from = from);
}

static u32 console_poll(struct file *file, struct poll_table *table)
{
	(void)file;
	return tty_poll(&console_tty, table);
}

/* --- ioctl: each moves one small struct between the terminal and the caller --- */

static void get_termios(union console_argument *out)
{
	out->termios = console_tty.termios;
}

static long set_termios(const struct co *co, union console_argument *in)
{
	long err = console_check_foreground(co, SIGTTOU);

	if (!err)
		tty_set(&console_tty, &in->termios, false);
	return err;
}

static long set_termios_flush(const struct co *co, union console_argument *in)
{
	long err = console_check_foreground(co, SIGTTOU);

	if (!err)
		tty_set(&console_tty, &in->termios, true);
	return err;
}

static void get_window(union console_argument *out)
{
	out->window = console_tty.window;
}

static void set_window(const union console_argument *in)
{
	console_tty.window = in->window;
}

static void get_readable(union console_argument *out)
{
	out->number = tty_readable_bytes(&console_tty);
}

static const struct console_request {
	u32 number, bytes;
	void (*get)(union console_argument *out);
	void (*set)(const union console_argument *in);
	long (*call)(const struct co *co, union console_argument *argument); /* what may fail */
	bool answers;							     /* the call gives, else it takes */
} requests[] = {
	{ TCGETS, sizeof(struct abi_termios), get_termios, NULL, NULL, false },
	{ TCSETS, sizeof(struct abi_termios), NULL, NULL, set_termios, false },
	{ TCSETSW, sizeof(struct abi_termios), NULL, NULL, set_termios, false },
	{ TCSETSF, sizeof(struct abi_termios), NULL, NULL, set_termios_flush, false },
	{ TIOCGWINSZ, sizeof(struct abi_winsize), get_window, NULL, NULL, false },
	{ TIOCSWINSZ, sizeof(struct abi_winsize), NULL, set_window, NULL, false },
	{ TIOCGPGRP, sizeof(u32), NULL, NULL, console_get_group, true },
	{ TIOCGSID, sizeof(u32), NULL, NULL, console_get_session, true },
	{ TIOCSPGRP, sizeof(u32), NULL, NULL, console_set_group, false },
	{ TIOCSCTTY, 0, NULL, NULL, console_take, false },
	{ TIOCNOTTY, 0, NULL, NULL, console_give_up, false },
	{ TIOCSTI, 1, NULL, NULL, console_type, false },
	{ FIONREAD, sizeof(u32), get_readable, NULL, NULL, false },
};

struct console_ioctl {
	struct co co;
	const struct console_request *request;
	struct space *space;
	u64 address;
	union console_argument argument;
};

CO_STEP(console_ioctl)
{
	CO_FRAME(console_ioctl);
	const struct console_request *request = f->request;
	long err;

	CO_BEGIN;
	if (request->get || request->answers) {
		err = request->call ? request->call(co, &f->argument) : 0;
		if (err)
			CO_RETURN(err);
		if (request->get)
			request->get(&f->argument);
		AWAIT(err, user_write(co, f->space, f->address, &f->argument, request->bytes));
		CO_RETURN(err);
	}
	if (request->bytes)
		AWAIT(err, user_read(co, f->space, &f->argument, f->address, request->bytes));
	else
		err = 0;
	if (!err && request->set)
		request->set(&f->argument);
	CO_RETURN(err || !request->call ? err : request->call(co, &f->argument));
	CO_END;
}

static long console_file_ioctl(struct co *caller, struct file *file, u32 request, u64 argument)
{
	struct space *space = caller_space(caller_of(caller));

	(void)file;
	for (u32 i = 0; i < ARRAY_SIZE(requests); i++)
		if (requests[i].number == request && space)
			return CO_CALL(console_ioctl, caller, .request = &requests[i], .space = space,
				       .address = argument);
	return -ENOTTY;
}

const struct file_ops console_file_ops = {
	.name = "console",
	.read = console_read,
	.write = console_file_write,
	.ioctl = console_file_ioctl,
	.poll = console_poll,
	.open = console_open,
};
