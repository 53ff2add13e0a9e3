/* entries.c - see entries.h. */
#include "user/lib/entries.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static long number_behind(const char *text, const char *name)
{
	const char *at = strstr(text, name);

	return at ? strtol(at + strlen(name), NULL, 10) : 0;
}

long kernel_entries(void)
{
	char text[600] = "";
	int fd = open("/proc/self/chime", O_RDONLY);
	ssize_t got;

	if (fd < 0)
		return -1;
	got = read(fd, text, sizeof(text) - 1);
	close(fd);
	return got > 0 ? number_behind(text, "kernel_entries: ") - number_behind(text, "timer_ticks: ") : -1;
}
