/* asleep.h - wait until a thread sleeps in a system call, instead of for a time in which it should have come there.
 *
 * It tells by /proc that it waits, not for what: for threads that can wait for one thing only.
 */
#pragma once

#include "user/test/check.h"
#include "user/test/clock.h"

#include <fcntl.h>
#include <sys/types.h>
#include <unistd.h>

/* The letter of /proc/PID/task/TID/stat ('S': it sleeps); 0: there is no such thread. */
static inline char thread_state(pid_t pid, pid_t tid)
{
	char path[64], text[256], *end;
	ssize_t bytes;
	int fd;

	snprintf(path, sizeof(path), "/proc/%d/task/%d/stat", (int)pid, (int)tid);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return 0;
	bytes = read(fd, text, sizeof(text) - 1);
	close(fd);
	if (bytes <= 0)
		return 0;
	text[bytes] = 0;
	end = strrchr(text, ')'); /* of the name */
	return end ? end[2] : 0;
}

static inline void wait_until_asleep(pid_t pid, pid_t tid)
{
	while (thread_state(pid, tid) != 'S')
		sleep_ms(1);
}
