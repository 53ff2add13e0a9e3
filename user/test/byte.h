/* byte.h - one process tells another by a byte in a pipe. What cannot be done for a moment's want of memory is tried
 * again, since the other one waits for it.
 */
#pragma once

#include "lib/types.h"

#include <errno.h>
#include <unistd.h>

static inline bool byte_send(int fd, char byte)
{
	ssize_t done;

	do
		done = write(fd, &byte, 1);
	while (done < 0 && errno == ENOMEM);
	return done == 1;
}

/* False: nobody can send one any more. */
static inline bool byte_receive(int fd, char *byte)
{
	ssize_t done;

	do
		done = read(fd, byte, 1);
	while (done < 0 && errno == ENOMEM);
	return done == 1;
}
