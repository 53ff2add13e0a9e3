/* console.c - the terminal on the serial line. */
#include "kernel/fs/console.h"

#include "kernel/abi/errno.h"
#include "kernel/abi/fcntl.h"
#include "kernel/dev/uart.h"
#include "kernel/fs/tty.h"
#include "kernel/mm/page.h"
#include "kernel/proc/process.h"
#include "lib/fmt.h"

enum { CONTROL_T = 'T' - 64, REPORT_ORDER = 2, WRITE_PIECE = 256 };

static struct tty console = TTY_INIT(console, uart_write);
void (*console_interrupt)(u32 foreground_group);

/* The await chains of all tasks, for who wonders what a silent machine is waiting for. */
static void report_tasks(void)
{
	struct page *page = page_alloc(REPORT_ORDER);
	struct fmt_text text = { .bytes = PAGE_SIZE << REPORT_ORDER };

	if (!page)
		return;
	text.data = page_to_virt(page);
	task_report(&text);
	tty_print(&console, text.data, text.length);
	page_free(page, REPORT_ORDER);
}

void console_receive(char byte)
{
	if (byte == CONTROL_T)
		report_tasks();
	else if (tty_receive(&console, (u8)byte) && console_interrupt)
		console_interrupt(load_relaxed(&console.group));
}

void console_of_session(u32 session, u32 *device, u32 *group)
{
	bool own = session && load_relaxed(&console.session) == session;

	*device = own ? CONSOLE_DEVICE : 0;
	*group = own ? load_relaxed(&console.group) : 0;
}

static long console_read(struct co *caller, struct file *file, struct user_buffer *to, u64 at)
{
	(void)at;
	return tty_read(caller, &console, to, load_relaxed(&file->flags) & O_NONBLOCK);
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

	tty_print(&console, text, bytes);
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
	(void)file, (void)at;
	return CO_CALL(console_write, caller, .from = from);
}

static u32 console_poll(struct file *file, struct poll_table *table)
{
	(void)file;
	return tty_poll(&console, table);
}

/* --- ioctl: each moves one small struct between the terminal and the caller --- */

union console_argument {
	struct abi_termios termios;
	struct abi_winsize window;
	u32 number;
};

static void get_termios(union console_argument *out)
{
	out->termios = console.termios;
}

static void set_termios(const union console_argument *in)
{
	tty_set(&console, &in->termios, false);
}

static void set_termios_flush(const union console_argument *in)
{
	tty_set(&console, &in->termios, true);
}

static void get_window(union console_argument *out)
{
	out->window = console.window;
}

static void set_window(const union console_argument *in)
{
	console.window = in->window;
}

static void get_group(union console_argument *out)
{
	out->number = load_relaxed(&console.group);
}

static void set_group(const union console_argument *in)
{
	store_relaxed(&console.group, in->number);
}

static void get_readable(union console_argument *out)
{
	out->number = tty_readable_bytes(&console);
}

static const struct console_request {
	u32 number, bytes;
	void (*get)(union console_argument *out);
	void (*set)(const union console_argument *in);
} requests[] = {
	{ TCGETS, sizeof(struct abi_termios), get_termios, NULL },
	{ TCSETS, sizeof(struct abi_termios), NULL, set_termios },
	{ TCSETSW, sizeof(struct abi_termios), NULL, set_termios },
	{ TCSETSF, sizeof(struct abi_termios), NULL, set_termios_flush },
	{ TIOCGWINSZ, sizeof(struct abi_winsize), get_window, NULL },
	{ TIOCSWINSZ, sizeof(struct abi_winsize), NULL, set_window },
	{ TIOCGPGRP, sizeof(u32), get_group, NULL },
	{ TIOCSPGRP, sizeof(u32), NULL, set_group },
	{ TIOCSCTTY, 0, NULL, NULL }, /* there is one terminal, and it is everybody's */
	{ FIONREAD, sizeof(u32), get_readable, NULL },
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
	if (!request->bytes)
		CO_RETURN(0);
	if (request->get) {
		request->get(&f->argument);
		AWAIT(err, user_write(co, f->space, f->address, &f->argument, request->bytes));
		CO_RETURN(err);
	}
	AWAIT(err, user_read(co, f->space, &f->argument, f->address, request->bytes));
	if (!err && request->set)
		request->set(&f->argument);
	CO_RETURN(err);
	CO_END;
}

static long console_file_ioctl(struct co *caller, struct file *file, u32 request, u64 argument)
{
	struct process *process = process_of(caller);

	(void)file;
	for (u32 i = 0; i < ARRAY_SIZE(requests); i++)
		if (requests[i].number == request && process && process->space)
			return CO_CALL(console_ioctl, caller, .request = &requests[i], .space = process->space,
				       .address = argument);
	return -ENOTTY;
}

const struct file_ops console_file_ops = {
	.name = "console",
	.read = console_read,
	.write = console_file_write,
	.ioctl = console_file_ioctl,
	.poll = console_poll,
};
