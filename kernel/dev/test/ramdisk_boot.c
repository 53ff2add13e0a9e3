/* ramdisk_boot.c - what the boot option "ramdisk=" may say.
 *
 * links: kernel/dev/ramdisk_boot.c
 * variants: plain
 */
#include "kernel/dev/ramdisk_boot.h"

#include "kernel/abi/errno.h"
#include "kernel/hart/bootargs.h"
#include "kernel/hart/print.h"
#include "lib/test/check.h"

static const char *line;
static struct ramdisk_options made;
static u32 made_count, printed;

const char *bootargs_value(const char *key)
{
	return strcmp(key, "ramdisk") ? NULL : line;
}

void print(const char *format, ...)
{
	(void)format;
	printed++;
}

int ramdisk_create_with(const struct ramdisk_options *options)
{
	made = *options;
	made_count++;
	return 0;
}

TEST(reads_every_option)
{
	struct ramdisk_options o;

	CHECK(ramdisk_parse("8M", &o));
	CHECK(o.bytes == 8ul << 20 && !o.latency_min && !o.latency_max && !o.seed && !o.fail_every);
	CHECK(ramdisk_parse("128M,fail=10,seed=7,latency=20-80", &o));
	CHECK(o.bytes == RAMDISK_BYTES_MAX && o.latency_min == 20000 && o.latency_max == 80000);
	CHECK(o.seed == 7 && o.fail_every == 10);
	CHECK(ramdisk_parse("1M,latency=5", &o));
	CHECK(o.latency_min == 5000 && o.latency_max == 5000);
}

TEST(refuses_what_makes_no_sense)
{
	static const char *const wrong[] = {
		"",
		"M",
		"8",
		"0M",
		"129M",
		"8M,",
		"8Mx",
		"8M,speed=1",
		"8M,latency=",
		"8M,latency=9-",
		"8M,latency=9-8",
		"8M,seed=x",
		"8M,fail=99999999999",
		"99999999999999999999999M",
		"8M seed=1",
		"8M,fail=3,",
	};
	struct ramdisk_options o;

	for (size_t i = 0; i < ARRAY_SIZE(wrong); i++)
		CHECK(!ramdisk_parse(wrong[i], &o));
}

TEST(makes_what_is_asked_for)
{
	ramdisk_boot();
	CHECK_EQ(made_count, 0);
	line = "nonsense";
	ramdisk_boot();
	CHECK_EQ(made_count, 0);
	CHECK_EQ(printed, 1);
	line = "2M,fail=3";
	ramdisk_boot();
	CHECK_EQ(made_count, 1);
	CHECK_EQ(made.fail_every, 3);
}

static const struct test tests[] = {
	TEST_ROW(reads_every_option),
	TEST_ROW(refuses_what_makes_no_sense),
	TEST_ROW(makes_what_is_asked_for),
};
TEST_MAIN(tests)
