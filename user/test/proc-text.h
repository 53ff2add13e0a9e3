/* proc-text.h - files of /proc: write a word into one, find a number in one, show one to whoever reads why a test
 * failed. */
#pragma once

#include "user/test/check.h"

#include <fcntl.h>
#include <unistd.h>

static inline void proc_write(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);

	REQUIRE(fd >= 0);
	CHECK_EQ(write(fd, text, strlen(text)), strlen(text));
	close(fd);
}

static inline long proc_number(const char *path, const char *name)
{
	char text[2048] = "", *at;
	int fd = open(path, O_RDONLY | O_CLOEXEC);

	REQUIRE(fd >= 0);
	REQUIRE(read(fd, text, sizeof(text) - 1) > 0);
	close(fd);
	at = strstr(text, name);
	REQUIRE(at != NULL);
	return strtol(at + strlen(name), NULL, 10);
}

static inline void show(const char *path)
{
	char text[1024];
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t got;

	while ((got = read(fd, text, sizeof(text))) > 0)
		if (write(STDERR_FILENO, text, (size_t)got) < 0)
			break;
	close(fd);
}
