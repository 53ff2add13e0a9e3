/* async-disk.c - the loop from a disk's interrupt to a program's coroutine closes by user interrupts, by what the
 * machine has of them: runs the program of that name.
 *
 * oracle: none
 */
#include "user/test/check.h"

#include <spawn.h>
#include <sys/wait.h>

int main(void)
{
	char *arguments[] = { "async-disk", "--check", "64", NULL };
	int status = -1;
	pid_t pid;

	REQUIRE_EQ(posix_spawn(&pid, "/bin/async-disk", NULL, NULL, arguments, NULL), 0);
	REQUIRE_EQ(waitpid(pid, &status, 0), pid);
	CHECK_EQ(status, 0);
	return check_done();
}
