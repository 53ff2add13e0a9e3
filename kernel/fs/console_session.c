/* console_session.c - whose terminal it is: one session's, of which one process group is in the foreground.
 *
 *     session 0   --- TIOCSCTTY, or open of /dev/ttyS0, by a session's leader --->   session 5, group 5
 *             <--- the leader ends, or TIOCNOTTY: SIGHUP and SIGCONT to the foreground ---
 *
 * session and group are words of their own, each changed in one piece: who looks gets what was true a moment ago.
 */
#include "kernel/abi/errno.h"
#include "kernel/abi/fcntl.h"
#include "kernel/abi/signal.h"
#include "kernel/fs/caller.h"
#include "kernel/fs/console_tty.h"
#include "kernel/fs/inode.h"

const struct console_jobs *console_jobs;

static u32 owner(void)
{
	return load_relaxed(&console_tty.session);
}

/* Does CO's process belong to the session whose terminal it is? */
static bool is_own(const struct co *co)
{
	return owner() && caller_job(caller_of(co)).session == owner();
}

void console_session_end(u32 session)
{
	u32 group = load_relaxed(&console_tty.group);

	if (owner() != session)
		return;
	store_relaxed(&console_tty.group, 0);
	store_relaxed(&console_tty.session, 0);
	console_jobs->signal(group, SIGHUP);
	console_jobs->signal(group, SIGCONT);
}

void console_of_session(u32 session, u32 *device, u32 *group)
{
	bool own = session && owner() == session;

	*device = own ? SERIAL_DEVICE : 0;
	*group = own ? load_relaxed(&console_tty.group) : 0;
}

long console_check_foreground(const struct co *co, u32 signal)
{
	if (!console_jobs || !is_own(co) || caller_job(caller_of(co)).group == load_relaxed(&console_tty.group))
		return 0;
	return console_jobs->background(co, signal);
}

/* --- taking it --- */

long console_take(const struct co *co, union console_argument *argument)
{
	struct caller_job own = caller_job(caller_of(co));
	u32 nobody = 0;

	(void)argument;
	if (own.session == owner())
		return 0;
	if (own.session != own.pid || !atomic_cas(&console_tty.session, &nobody, own.session))
		return -EPERM;
	store_relaxed(&console_tty.group, own.group);
	return 0;
}

long console_give_up(const struct co *co, union console_argument *argument)
{
	u32 pid = caller_job(caller_of(co)).pid;

	(void)argument;
	if (!is_own(co))
		return -ENOTTY;
	if (owner() != pid)
		return -EPERM; /* a session has one terminal: none of it can be without */
	console_session_end(pid);
	return 0;
}

long console_open(struct co *caller, struct file *file)
{
	if (!caller_of(caller) || !file->inode || (file->flags & O_PATH))
		return 0;
	if (file->inode->device == TTY_DEVICE)
		return is_own(caller) ? 0 : -ENXIO;
	if (file->inode->device == SERIAL_DEVICE && !(file->flags & O_NOCTTY) && (file->flags & O_ACCMODE) != O_WRONLY)
		console_take(caller, NULL); /* or not */
	return 0;
}

/* --- its groups --- */

long console_get_group(const struct co *co, union console_argument *argument)
{
	argument->number = load_relaxed(&console_tty.group);
	return is_own(co) ? 0 : -ENOTTY;
}

long console_get_session(const struct co *co, union console_argument *argument)
{
	argument->number = owner();
	return is_own(co) ? 0 : -ENOTTY;
}

long console_set_group(const struct co *co, union console_argument *argument)
{
	u32 session;
	long err;

	if (!is_own(co))
		return -ENOTTY;
	err = console_check_foreground(co, SIGTTOU);
	if (err)
		return err;
	session = console_jobs ? console_jobs->session(argument->number) : 0;
	if (!session)
		return -ESRCH;
	if (session != owner())
		return -EPERM;
	store_relaxed(&console_tty.group, argument->number);
	return 0;
}

/* As if it had been typed. */
long console_type(const struct co *co, union console_argument *argument)
{
	if (caller_ids(caller_of(co)).effective_user)
		return -EPERM;
	console_receive((char)argument->number);
	return 0;
}
