/* trace.c - a hart's buffer: nothing before it is on, the oldest is overwritten, numbers go on from hart to hart, a
 * recording begins with nothing; what a task's record says.
 *
 * links: @pages kernel/task/task_trace.c kernel/trace/trace.c kernel/trace/trace_read.c lib/fmt.c
 */
#include "kernel/trace/trace.h"

#include "kernel/abi/errno.h"
#include "kernel/hart/bootargs.h"
#include "kernel/hart/clock.h"
#include "kernel/task/task.h"
#include "kernel/test/host/host.h"
#include "lib/fmt.h"
#include "lib/test/check.h"

#include <string.h>

enum { RECORDS = 64 }; /* the least: a page */

static const char *boot_option;
static u64 now;
static u32 switched_on, switched_off;

const char *bootargs_value(const char *key)
{
	CHECK_STR_EQ(key, "trace");
	return boot_option;
}

/* Each look takes a nanosecond, and is an instruction. */
u64 clock_now(void)
{
	return ++now;
}

static void count_switches(bool on)
{
	switched_on += on;
	switched_off += !on;
}

static void begin(u32 harts_in_it)
{
	host_init(harts_in_it);
	host_ram_init(0, 1024);
	trace_switched = count_switches;
	switched_on = switched_off = 0;
	CHECK_EQ(trace_start(RECORDS), 0);
}

static u32 count(void)
{
	struct trace_record record;
	u32 n = 0;

	while (trace_get(n, &record))
		n++;
	return n;
}

static struct trace_record get(u64 index)
{
	struct trace_record record = { 0 };

	CHECK(trace_get(index, &record));
	return record;
}

TEST(it_says_when_it_is_on)
{
	begin(2);
	CHECK(harts[0].tracing && harts[1].tracing && trace_is_running());
	CHECK_EQ(switched_on, 1);
	trace_stop();
	CHECK(!harts[0].tracing && !harts[1].tracing && !trace_is_running());
	CHECK_EQ(switched_off, 2); /* a start is a stop first */
	CHECK_EQ(trace_start(1u << 20), -EINVAL);
	CHECK_EQ(trace_command("nonsense"), -EINVAL);
	CHECK_EQ(trace_command("on\n"), 0);
	CHECK(trace_is_running());
	CHECK_EQ(trace_command("off\n"), 0);
	CHECK(!trace_is_running());
}

TEST(the_oldest_are_overwritten)
{
	begin(1);
	CHECK_EQ(count(), 0);
	for (u64 i = 0; i < RECORDS - 1; i++)
		trace_record_event(TRACE_SQE, i, "read");
	CHECK_EQ(count(), RECORDS - 1);
	CHECK_EQ(get(0).argument, 0);
	for (u64 i = RECORDS - 1; i < 1000; i++)
		trace_record_event(TRACE_SQE, i, "read");
	/* the slot to be written next does not count: its hart may be writing it */
	CHECK_EQ(count(), RECORDS - 1);
	for (u64 i = 0; i < RECORDS - 1; i++) {
		CHECK_EQ(get(i).argument, 1000 - (RECORDS - 1) + i);
		CHECK_EQ(get(i).kind, TRACE_SQE);
		CHECK_STR_EQ(get(i).text, "read");
		CHECK(i == 0 || get(i).time > get(i - 1).time);
		CHECK(i == 0 || get(i).own > get(i - 1).own);
	}
}

TEST(each_hart_has_its_own)
{
	begin(2);
	trace_record_event(TRACE_INTERRUPT, 7, "disk");
	host_be(1);
	trace_record_event(TRACE_INTERRUPT, 8, NULL);
	trace_record_event(TRACE_INTERRUPT, 9, NULL);
	host_be(0);
	CHECK_EQ(count(), 3);
	CHECK_EQ(get(0).argument * 10 + get(0).hart, 70);
	CHECK_EQ(get(1).argument * 10 + get(1).hart, 81);
	CHECK_EQ(get(2).argument * 10 + get(2).hart, 91);
	CHECK_STR_EQ(get(1).text, "");
}

TEST(a_recording_begins_with_nothing)
{
	begin(1);
	trace_record_event(TRACE_TIMER, 1, NULL);
	CHECK_EQ(count(), 1);
	CHECK_EQ(trace_start(0), 0);
	CHECK_EQ(count(), 0);
	trace_record_event(TRACE_TIMER, 2, NULL);
	CHECK_EQ(get(0).argument, 2);
}

static const struct co_type type = { .name = "page_read", .file = "/src/kernel/fs/file_page_read.c" };

TEST(a_task_says_where_it_stands)
{
	struct co leaf = { .type = &type, .line = 77 };
	struct task task = { .stack.leaf = &leaf, .name = "a long program name", .wait.what = "the page" };

	begin(1);
	trace_record_task(TRACE_SUSPEND, &task, 0);
	trace_record_task(TRACE_END, &task, 5);
	trace_record_task(TRACE_UINTR, &task, 1); /* it may be running */
	hart()->task = &task;
	trace_record_event(TRACE_CALL, 63, "read");
	hart()->task = NULL;
	CHECK_STR_EQ(get(0).name, "a long progr"); /* what there is room for */
	CHECK_STR_EQ(get(0).what, "page_read");
	CHECK_STR_EQ(get(0).file, "kernel/fs/file_page_read.c");
	CHECK_STR_EQ(get(0).text, "the page");
	CHECK_EQ(get(0).line, 77);
	CHECK_STR_EQ(get(1).what, ""); /* its frames are gone */
	CHECK_EQ(get(1).argument, 5);
	CHECK(get(0).task && get(0).task == get(1).task && get(0).task == get(3).task);
	CHECK_STR_EQ(get(2).what, "");
	CHECK_STR_EQ(get(3).name, "a long progr");
}

TEST(the_newest_of_all_harts_are_shown_in_order)
{
	static char buffer[16384];
	struct fmt_text text = { buffer, sizeof(buffer), 0 };

	begin(2);
	trace_record_event(TRACE_INTERRUPT, 0xa1, NULL);
	host_be(1);
	trace_record_event(TRACE_INTERRUPT, 0xb2, NULL);
	host_be(0);
	trace_record_event(TRACE_INTERRUPT, 0xc3, NULL);
	trace_report(&text);
	CHECK_STR_EQ(buffer, "on\n");
	trace_stop();
	text.length = 0;
	trace_report(&text);
	CHECK(!strncmp(buffer, "off\n", 4));
	CHECK(strstr(buffer, "a1\n") && strstr(buffer, "b2\n") && strstr(buffer, "c3\n"));
	CHECK(strstr(buffer, "a1\n") < strstr(buffer, "b2\n"));
	CHECK(strstr(buffer, "b2\n") < strstr(buffer, "c3\n"));
}

TEST(the_boot_option_says_how_many)
{
	begin(1);
	trace_stop();
	boot_option = NULL;
	trace_boot();
	CHECK(!trace_is_running());
	boot_option = "0";
	trace_boot();
	CHECK(!trace_is_running());
	boot_option = "1";
	trace_boot();
	CHECK(trace_is_running());
}

static const struct test tests[] = {
	TEST_ROW(it_says_when_it_is_on),	 TEST_ROW(the_oldest_are_overwritten),
	TEST_ROW(each_hart_has_its_own),	 TEST_ROW(a_recording_begins_with_nothing),
	TEST_ROW(a_task_says_where_it_stands),	 TEST_ROW(the_newest_of_all_harts_are_shown_in_order),
	TEST_ROW(the_boot_option_says_how_many),
};

TEST_MAIN(tests)
