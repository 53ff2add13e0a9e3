/* tty.c - what programs read from a terminal and print on it. */
#include "kernel/fs/tty.h"

#include "kernel/abi/errno.h"

enum { PIECE = 128, DECISECOND_NS = 100000000 };

static bool is_canonical(const struct tty *tty)
{
	return tty->termios.lflag & ICANON;
}

/* Would a read of WANT bytes end now? */
static bool tty_is_ready(const struct tty *tty, u64 want)
{
	u32 least = max((u32)tty->termios.cc[VMIN], 1u);

	if (is_canonical(tty))
		return tty->canon != tty->head;
	return tty->tail - tty->head >= min((u64)least, want);
}

u32 tty_readable_bytes(struct tty *tty)
{
	u32 end, count = 0;

	spin_lock(&tty->lock);
	end = is_canonical(tty) ? tty->canon : tty->tail;
	for (u32 at = tty->head; at != end; at++)
		count += tty->ring[at % TTY_RING] != TTY_END_OF_FILE;
	spin_unlock(&tty->lock);
	return count;
}

u32 tty_poll(struct tty *tty, struct poll_table *table)
{
	u32 ready = POLL_OUT;

	poll_table_add(table, &tty->poll);
	spin_lock(&tty->lock);
	if (tty_is_ready(tty, 1))
		ready |= POLL_IN;
	spin_unlock(&tty->lock);
	return ready;
}

/* Collect up to MOST bytes, not past a line's end: how many places of the ring that takes. *BYTES of them go to TEXT.
 * An end-of-file mark ends a line and goes with it. */
static u32 collect_locked(const struct tty *tty, char *text, u64 most, u32 *bytes, bool *line_end)
{
	u32 end = is_canonical(tty) ? tty->canon : tty->tail, at = tty->head, c;

	*bytes = 0;
	*line_end = false;
	while (at != end && !*line_end) {
		c = tty->ring[at % TTY_RING];
		if (c != TTY_END_OF_FILE && *bytes == most)
			break;
		at++;
		if (c != TTY_END_OF_FILE)
			text[(*bytes)++] = (char)c;
		*line_end = is_canonical(tty) && (c == '\n' || c == TTY_END_OF_FILE || c == tty->termios.cc[VEOL]);
	}
	return at - tty->head;
}

/* Move what is there to the reader. Bytes moved; *SHORT: memory of the reader's is missing. */
static u64 tty_take_locked(struct tty *tty, struct user_buffer *to, bool *is_short)
{
	u32 places, bytes, copied;
	bool line_end = false;
	char text[PIECE];
	u64 done = 0;

	*is_short = false;
	while (to->left && !line_end && !*is_short) {
		places = collect_locked(tty, text, min(to->left, (u64)PIECE), &bytes, &line_end);
		if (!places)
			break;
		copied = (u32)user_copy_out(to, text, bytes);
		*is_short = copied < bytes;
		tty->head += *is_short ? copied : places;
		done += copied;
	}
	return done;
}

struct tty_read {
	struct co co;
	struct tty *tty;
	struct user_buffer *to;
	u64 deadline;
	bool no_wait;
};

/* How long a read may wait for its first byte. */
static u64 read_deadline(struct tty *tty, bool no_wait)
{
	const struct abi_termios *termios = &tty->termios;

	if (no_wait)
		return 0;
	if (is_canonical(tty) || termios->cc[VMIN])
		return TIME_NEVER;
	return termios->cc[VTIME] ? clock_now() + (u64)termios->cc[VTIME] * DECISECOND_NS : 0;
}

CO_STEP(tty_read)
{
	CO_FRAME(tty_read);
	bool is_short;
	u64 done;
	long err;

	CO_BEGIN;
	do {
		AWAIT_UNTIL_FULL(err, &f->tty->lock, &f->tty->readable, WAIT_INTERRUPTIBLE, f->deadline,
				 tty_is_ready(f->tty, f->no_wait ? 1 : f->to->left));
		done = err ? 0 : tty_take_locked(f->tty, f->to, &is_short);
		spin_unlock(&f->tty->lock);
		if (err == -ETIME)
			CO_RETURN(f->no_wait ? -EAGAIN : 0);
		if (err || done || !is_short)
			CO_RETURN(err ? err : (long)done);
		AWAIT(err, user_fault_in(co, f->to));
	} while (!err);
	CO_RETURN(err == -ENOMEM ? err : -EFAULT);
	CO_END;
}

long tty_read(struct co *caller, struct tty *tty, struct user_buffer *to, bool no_wait)
{
	if (!to->left)
		return 0;
	return CO_CALL(tty_read, caller, .tty = tty, .to = to, .deadline = read_deadline(tty, no_wait),
		       .no_wait = no_wait);
}

/* Newlines of TEXT as \r\n into OUT, which has room for twice the text: its length. */
static size_t expand(const char *text, size_t bytes, char *out)
{
	size_t length = 0;

	for (size_t i = 0; i < bytes; i++) {
		if (text[i] == '\n')
			out[length++] = '\r';
		out[length++] = text[i];
	}
	return length;
}

void tty_print(struct tty *tty, const char *text, size_t bytes)
{
	bool translate = (load_relaxed(&tty->termios.oflag) & (OPOST | ONLCR)) == (OPOST | ONLCR);
	char piece[2 * PIECE];
	size_t n;

	if (!translate) {
		tty->output(text, bytes);
		return;
	}
	for (; bytes; text += n, bytes -= n) {
		n = min(bytes, (size_t)PIECE);
		tty->output(piece, expand(text, n, piece));
	}
}
