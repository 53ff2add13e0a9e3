/* tty.c - the line discipline: what is typed, what is shown, what is read.
 *
 * links: @tasks @slabs kernel/test/host/executor.c kernel/task/mutex.c kernel/mm/kalloc.c kernel/fs/poll.c
 * links: kernel/fs/tty.c kernel/fs/tty_input.c kernel/dev/block.c
 */
#include "kernel/fs/test/host_names.h"

#include "kernel/fs/tty.h"

#include "kernel/fs/test/run.h"

enum { MEMORY_PAGES = 500, SCREEN = 20000 };

static char screen[SCREEN + 1];
static size_t shown;

static void show(const char *text, size_t bytes)
{
	CHECK(shown + bytes <= SCREEN);
	memcpy(screen + shown, text, bytes);
	shown += bytes;
	screen[shown] = 0;
}

static struct tty tty = TTY_INIT(tty, show);

static void type(const char *text)
{
	while (*text)
		tty_receive(&tty, (u8)*text++);
}

struct reading {
	struct test_run state;
	char text[TTY_RING + 1];
	struct user_buffer to;
	bool no_wait;
};

static long enter_read(struct co *co, void *argument)
{
	struct reading *reading = argument;

	return tty_read(co, &tty, &reading->to, reading->no_wait);
}

static void read_start(struct reading *reading, u64 bytes)
{
	*reading = (struct reading){ .to = kernel_buffer(reading->text, bytes) };
	run_start(&reading->state, enter_read, reading);
	run_all();
}

static void reads(const char *expected)
{
	static struct reading reading;

	read_start(&reading, TTY_RING);
	CHECK(reading.state.done);
	CHECK_STR_EQ(reading.text, expected);
	CHECK_EQ(reading.state.result, strlen(expected));
}

static void reads_nothing(void)
{
	static struct reading reading;

	reading = (struct reading){ .to = kernel_buffer(reading.text, 10), .no_wait = true };
	CHECK_EQ(run(enter_read, &reading), -EAGAIN);
}

static void mode(u32 clear, u32 least, u32 time)
{
	struct abi_termios termios = tty.termios;

	termios.lflag &= ~clear;
	termios.cc[VMIN] = (u8)least;
	termios.cc[VTIME] = (u8)time;
	tty_set(&tty, &termios, false);
}

TEST(a_line_is_read_when_it_is_finished)
{
	run_init(MEMORY_PAGES);
	type("hel");
	reads_nothing();
	type("lo\r");
	CHECK_STR_EQ(screen, "hello\r\n");
	reads("hello\n");
	reads_nothing();
	type("one\ntwo\nthr");
	reads("one\n");
	reads("two\n");
	reads_nothing();
}

TEST(editing)
{
	run_init(MEMORY_PAGES);
	type("abx\177c\bd\n");
	reads("abd\n");
	CHECK_STR_EQ(screen, "abx\b \bc\b \bd\r\n");
	type("\177\177forget this\025kept\n");
	reads("kept\n");
	type("one two  \027\027three\n");
	reads("three\n");
	shown = 0;
	type("a\002\177\n");
	CHECK_STR_EQ(screen, "a^B\b \b\b \b\r\n");
	reads("a\n");
}

/* What has been finished is out of reach of the editing characters. */
TEST(editing_ends_at_the_line)
{
	run_init(MEMORY_PAGES);
	type("done\n\177\177\025x\n");
	reads("done\n");
	reads("x\n");
}

TEST(end_of_file)
{
	static struct reading reading;

	run_init(MEMORY_PAGES);
	type("\004");
	reads("");
	type("part\004");
	reads("part");
	reads_nothing();
	/* the mark goes with the bytes before it, even if those fill the buffer exactly */
	type("four\004");
	read_start(&reading, 4);
	CHECK_EQ(reading.state.result, 4);
	reads_nothing();
}

TEST(interrupt_forgets_what_is_unread)
{
	run_init(MEMORY_PAGES);
	type("done\nhalf");
	CHECK(tty_receive(&tty, 3));
	CHECK(!tty_receive(&tty, 'x'));
	type("\n");
	reads("x\n");
	reads_nothing();
	CHECK(strstr(screen, "half^C"));
	mode(ISIG, 1, 0);
	CHECK(!tty_receive(&tty, 3));
	type("\n");
	reads("\003\n");
}

TEST(interrupt_leaves_it_if_told_so)
{
	run_init(MEMORY_PAGES);
	tty.termios.lflag |= NOFLSH;
	type("done\nhalf");
	CHECK(tty_receive(&tty, 3));
	type("x\n");
	reads("done\n");
	reads("halfx\n");
	tty.termios.lflag &= ~(u32)NOFLSH;
}

TEST(a_short_buffer_takes_the_line_in_pieces)
{
	static struct reading reading;

	run_init(MEMORY_PAGES);
	type("abcdef\nnext\n");
	read_start(&reading, 4);
	CHECK_STR_EQ(reading.text, "abcd");
	reads("ef\n");
	reads("next\n");
}

TEST(a_reader_waits)
{
	static struct reading reading, second;

	run_init(MEMORY_PAGES);
	read_start(&reading, 100);
	read_start(&second, 100);
	type("half a");
	run_all();
	CHECK(!reading.state.done && !second.state.done);
	type(" line\n");
	run_all();
	CHECK(reading.state.done && !second.state.done);
	CHECK_STR_EQ(reading.text, "half a line\n");
	type("more\n");
	run_all();
	CHECK_STR_EQ(second.text, "more\n");
}

TEST(raw)
{
	static struct reading reading;

	run_init(MEMORY_PAGES);
	mode(ICANON | ECHO | ISIG, 1, 0);
	type("a\177\003");
	reads("a\177\003");
	CHECK_STR_EQ(screen, "");
	read_start(&reading, 10);
	CHECK(!reading.state.done);
	type("k");
	run_all();
	CHECK_STR_EQ(reading.text, "k");
	mode(0, 3, 0);
	read_start(&reading, 10);
	type("xy");
	run_all();
	CHECK(!reading.state.done);
	type("z");
	run_all();
	CHECK_STR_EQ(reading.text, "xyz");
	mode(0, 0, 0);
	reads("");
}

TEST(raw_with_a_time_limit)
{
	static struct reading reading;
	u64 start;

	run_init(MEMORY_PAGES);
	mode(ICANON, 0, 5);
	start = host_now;
	read_start(&reading, 10);
	CHECK(reading.state.done);
	CHECK_EQ(reading.state.result, 0);
	CHECK_EQ(host_now - start, 500000000);
}

/* Typed ahead in one mode, read in the other. */
TEST(the_mode_changes)
{
	struct abi_termios termios = tty.termios;

	run_init(MEMORY_PAGES);
	type("ahead");
	mode(ICANON, 1, 0);
	reads("ahead");
	type("again");
	tty_set(&tty, &termios, false);
	reads("again");
	type("thrown away\n");
	tty_set(&tty, &termios, true);
	reads_nothing();
}

TEST(a_line_that_is_too_long_can_be_finished)
{
	static struct reading reading;

	run_init(MEMORY_PAGES);
	mode(ECHO, 1, 0);
	for (u32 i = 0; i < TTY_RING + 100; i++)
		type("x");
	reads_nothing();
	type("\n");
	read_start(&reading, TTY_RING);
	CHECK_EQ(reading.state.result, TTY_RING);
	CHECK_EQ(reading.text[TTY_RING - 1], '\n');
	for (u32 i = 0; i < TTY_RING + 100; i++)
		type("\n");
	CHECK_EQ(tty_readable_bytes(&tty), TTY_RING);
	reads("\n");
}

TEST(output)
{
	static char text[1000], expected[2001];

	run_init(MEMORY_PAGES);
	tty_print(&tty, "a\nb", 3);
	CHECK_STR_EQ(screen, "a\r\nb");
	shown = 0;
	for (u32 i = 0; i < 1000; i++) {
		text[i] = '\n';
		memcpy(expected + 2 * i, "\r\n", 2);
	}
	tty_print(&tty, text, 1000);
	CHECK_STR_EQ(screen, expected);
	shown = 0;
	tty.termios.oflag = 0;
	tty_print(&tty, "a\nb", 3);
	CHECK_STR_EQ(screen, "a\nb");
}

/* --- poll --- */

static u32 told;

static void changed(struct poll_node *node, u32 events)
{
	(void)node;
	told |= events;
}

TEST(polling)
{
	struct poll_node node = { .events = POLL_IN, .changed = changed };
	struct poll_table table = { &node };

	run_init(MEMORY_PAGES);
	list_init(&node.link);
	CHECK_EQ(tty_poll(&tty, &table), POLL_OUT);
	type("x");
	CHECK_EQ(told, 0);
	type("\n");
	CHECK_EQ(told, POLL_IN);
	CHECK_EQ(tty_poll(&tty, NULL), POLL_OUT | POLL_IN);
	CHECK_EQ(tty_readable_bytes(&tty), 2);
	poll_node_remove(&node);
	told = 0;
	type("y\n");
	CHECK_EQ(told, 0);
}

TEST(absent_memory)
{
	static struct space space;
	static struct reading reading;

	run_init(MEMORY_PAGES);
	type("hello\n");
	reading.to = user_buffer(&space, USER_BASE, 100, true);
	CHECK_EQ(run(enter_read, &reading), 6);
	CHECK(!memcmp(space.memory, "hello\n", 6));
	type("again\n");
	reading.to = user_buffer(&space, 0x10, 100, true);
	CHECK_EQ(run(enter_read, &reading), -EFAULT);
	reads("again\n");
}

static const struct test tests[] = {
	TEST_ROW(a_line_is_read_when_it_is_finished),
	TEST_ROW(editing),
	TEST_ROW(editing_ends_at_the_line),
	TEST_ROW(end_of_file),
	TEST_ROW(interrupt_forgets_what_is_unread),
	TEST_ROW(interrupt_leaves_it_if_told_so),
	TEST_ROW(a_short_buffer_takes_the_line_in_pieces),
	TEST_ROW(a_reader_waits),
	TEST_ROW(raw),
	TEST_ROW(raw_with_a_time_limit),
	TEST_ROW(the_mode_changes),
	TEST_ROW(a_line_that_is_too_long_can_be_finished),
	TEST_ROW(output),
	TEST_ROW(polling),
	TEST_ROW(absent_memory),
};
TEST_MAIN(tests)
