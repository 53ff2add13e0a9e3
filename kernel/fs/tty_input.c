/* tty_input.c - what is typed: editing, echo, and when a line is finished.
 *
 * Invariant: head <= canon <= tail <= head + TTY_RING. Lines end at canon; without ICANON canon is not looked at. One
 * place of the ring is kept for the end of a line, so that a line that is too long can still be finished.
 */
#include "kernel/fs/tty.h"

#include "kernel/abi/signal.h"
#include "kernel/hart/panic.h"

static bool is_canonical(const struct tty *tty)
{
	return tty->termios.lflag & ICANON;
}

static bool is_control(u32 c)
{
	return c < 32 || c == 127;
}

static void put_text(struct tty *tty, const char *text)
{
	tty->output(text, __builtin_strlen(text));
}

/* Show a typed character as it is, control characters as ^X. */
static void echo_locked(struct tty *tty, u32 c)
{
	char text[3] = { '^', (char)(c ^ 64), 0 };

	if (!(tty->termios.lflag & ECHO) && !(c == '\n' && (tty->termios.lflag & ECHONL)))
		return;
	if (c == '\n')
		put_text(tty, tty->termios.oflag & ONLCR ? "\r\n" : "\n");
	else if (is_control(c) && c != '\t' && (tty->termios.lflag & ECHOCTL))
		put_text(tty, text);
	else
		tty->output(&(char){ (char)c }, 1);
}

/* Take the last character of the unfinished line back; false: the line is empty. */
static bool erase_locked(struct tty *tty)
{
	u32 c;

	if (tty->tail == tty->canon)
		return false;
	c = tty->ring[--tty->tail % TTY_RING];
	if (!(tty->termios.lflag & ECHO))
		return true;
	put_text(tty, "\b \b");
	if (is_control(c) && (tty->termios.lflag & ECHOCTL))
		put_text(tty, "\b \b");
	return true;
}

static u32 last_locked(const struct tty *tty)
{
	return tty->tail == tty->canon ? 0 : tty->ring[(tty->tail - 1) % TTY_RING];
}

static void erase_word_locked(struct tty *tty)
{
	while (last_locked(tty) == ' ' && erase_locked(tty))
		;
	while (last_locked(tty) && last_locked(tty) != ' ' && erase_locked(tty))
		;
}

static void put_locked(struct tty *tty, u32 c)
{
	ASSERT(tty->tail - tty->head < TTY_RING);
	tty->ring[tty->tail++ % TTY_RING] = (u16)c;
}

static u32 room_locked(const struct tty *tty)
{
	return TTY_RING - (tty->tail - tty->head);
}

static void tell_locked(struct tty *tty)
{
	wait_wake_all(&tty->readable);
	poll_queue_signal(&tty->poll, POLL_IN);
}

/* A character that ends the line, or the end-of-file mark. */
static void finish_line_locked(struct tty *tty, u32 c)
{
	if (!room_locked(tty))
		return;
	put_locked(tty, c);
	tty->canon = tty->tail;
	tell_locked(tty);
}

/* True: C was an editing character and has done its work. */
static bool edit_locked(struct tty *tty, u32 c)
{
	const u8 *cc = tty->termios.cc;

	if (c == cc[VERASE] || c == '\b')
		erase_locked(tty);
	else if (c == cc[VKILL])
		while (erase_locked(tty))
			;
	else if (c == cc[VWERASE])
		erase_word_locked(tty);
	else if (c == cc[VEOF])
		finish_line_locked(tty, TTY_END_OF_FILE);
	else
		return false;
	return true;
}

static void receive_canonical_locked(struct tty *tty, u32 c)
{
	if (c && edit_locked(tty, c))
		return;
	if (c == '\n' || (c && c == tty->termios.cc[VEOL])) {
		echo_locked(tty, c);
		finish_line_locked(tty, c);
	} else if (room_locked(tty) > 1) {
		echo_locked(tty, c);
		put_locked(tty, c);
	}
}

static void receive_raw_locked(struct tty *tty, u32 c)
{
	if (!room_locked(tty))
		return;
	echo_locked(tty, c);
	put_locked(tty, c);
	tell_locked(tty);
}

/* All that is unread is forgotten, but with NOFLSH. */
static void interrupt_locked(struct tty *tty, u32 c)
{
	if (!(tty->termios.lflag & NOFLSH))
		tty->head = tty->canon = tty->tail;
	echo_locked(tty, c);
}

/* The character after the input flags; -1: it is dropped. */
static int translate(u32 iflag, u8 byte)
{
	if (byte == '\r' && (iflag & IGNCR))
		return -1;
	if (byte == '\r' && (iflag & ICRNL))
		return '\n';
	if (byte == '\n' && (iflag & INLCR))
		return '\r';
	return byte;
}

/* The signal that C stands for, 0: none. */
static u32 signal_of(const struct tty *tty, int c)
{
	const u8 *cc = tty->termios.cc;

	if (c <= 0 || !(tty->termios.lflag & ISIG))
		return 0;
	return c == cc[VINTR] ? SIGINT : c == cc[VQUIT] ? SIGQUIT : c == cc[VSUSP] ? SIGTSTP : 0;
}

u32 tty_receive(struct tty *tty, u8 byte)
{
	u32 signal;
	int c;

	spin_lock(&tty->lock);
	c = translate(tty->termios.iflag, byte);
	signal = signal_of(tty, c);
	if (signal) {
		interrupt_locked(tty, (u32)c);
	} else if (c >= 0) {
		(is_canonical(tty) ? receive_canonical_locked : receive_raw_locked)(tty, (u32)c);
	}
	spin_unlock(&tty->lock);
	return signal;
}

void tty_set(struct tty *tty, const struct abi_termios *termios, bool flush)
{
	spin_lock(&tty->lock);
	if (flush)
		tty->head = tty->canon = tty->tail;
	/* What was typed in one mode is there to be read in the other. */
	if ((tty->termios.lflag ^ termios->lflag) & ICANON)
		tty->canon = tty->tail;
	tty->termios = *termios;
	if (tty->tail != tty->head)
		tell_locked(tty);
	spin_unlock(&tty->lock);
}
