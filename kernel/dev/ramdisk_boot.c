/* ramdisk_boot.c - reading the boot option, and making the disk. */
#include "kernel/dev/ramdisk_boot.h"

#include "kernel/hart/bootargs.h"
#include "kernel/hart/print.h"
#include "lib/string.h"

enum { NS_PER_US = 1000 };

/* Is WORD what *TEXT begins with? Then step over it. */
static bool take_word(const char **text, const char *word)
{
	size_t length = strlen(word);

	if (strncmp(*text, word, length))
		return false;
	*text += length;
	return true;
}

/* The number that *TEXT begins with; nothing that is larger than any that makes sense. */
static bool take_number(const char **text, u64 *number)
{
	const char *at = *text;

	for (*number = 0; *at >= '0' && *at <= '9' && *number < BIT(40); at++)
		*number = *number * 10 + (u64)(*at - '0');
	if (at == *text)
		return false;
	*text = at;
	return true;
}

static bool take_latency(const char **text, struct ramdisk_options *options)
{
	u64 from, to;

	if (!take_number(text, &from))
		return false;
	to = from;
	if (take_word(text, "-") && !take_number(text, &to))
		return false;
	options->latency_min = from * NS_PER_US;
	options->latency_max = to * NS_PER_US;
	return from <= to;
}

static bool take_option(const char **text, struct ramdisk_options *options)
{
	u64 number;

	if (take_word(text, ",latency="))
		return take_latency(text, options);
	if (take_word(text, ",seed="))
		return take_number(text, &options->seed);
	if (!take_word(text, ",fail=") || !take_number(text, &number) || number > UINT32_MAX)
		return false;
	options->fail_every = (u32)number;
	return true;
}

bool ramdisk_parse(const char *text, struct ramdisk_options *options)
{
	u64 megabytes;

	*options = (struct ramdisk_options){ 0 };
	if (!take_number(&text, &megabytes) || !take_word(&text, "M") || !megabytes ||
	    megabytes > RAMDISK_BYTES_MAX >> 20)
		return false;
	options->bytes = megabytes << 20;
	while (*text)
		if (!take_option(&text, options))
			return false;
	return true;
}

void ramdisk_boot(void)
{
	const char *text = bootargs_value("ramdisk");
	struct ramdisk_options options;
	int number;

	if (!text)
		return;
	if (!ramdisk_parse(text, &options)) {
		print("ramdisk=%s: SIZEM[,latency=FROM-TO][,seed=N][,fail=N] was expected\n", text);
		return;
	}
	number = ramdisk_create_with(&options);
	if (number < 0)
		print("ramdisk=%s: error %d\n", text, number);
}
