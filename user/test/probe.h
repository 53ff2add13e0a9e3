/* probe.h - ask the kernel whether an address may be read or written, without dying: a system call answers EFAULT. */
#pragma once

#include "user/test/check.h"

#include <fcntl.h>
#include <unistd.h>

static int probe_fd = -1;

/* Make the file that bytes travel through; it has no name any more when this returns. */
static inline void probe_open(void)
{
	char path[64];

	snprintf(path, sizeof(path), "/tmp/probe-%d", (int)getpid());
	probe_fd = (int)REQUIRE_OK(open(path, O_RDWR | O_CREAT | O_TRUNC, 0600));
	REQUIRE_OK(unlink(path));
}

static inline bool probe_readable(const void *address)
{
	ssize_t ret = pwrite(probe_fd, address, 1, 0);

	if (ret != 1)
		CHECK_ERRNO(ret, EFAULT);
	return ret == 1;
}

/* A page that can be read keeps its content: the byte that probe_readable took goes back. */
static inline bool probe_writable(void *address)
{
	ssize_t ret;

	if (!probe_readable(address))
		CHECK_EQ(pwrite(probe_fd, "", 1, 0), 1);
	ret = pread(probe_fd, address, 1, 0);
	if (ret != 1)
		CHECK_ERRNO(ret, EFAULT);
	return ret == 1;
}
