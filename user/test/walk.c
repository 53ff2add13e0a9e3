/* walk.c - a read passes its stations in the order it must: from the page cache, the disk and the RAM disk, told of by
 * an upcall and by a direct user interrupt. Runs the program that prints them.
 *
 * oracle: none
 * boot: ramdisk=4M,latency=20-80,seed=7
 */
#include "user/test/check.h"

#include <spawn.h>
#include <sys/wait.h>

int main(void)
{
	char *arguments[] = { "walk", "--check", NULL };
	int status = -1;
	pid_t pid;

	REQUIRE_EQ(posix_spawn(&pid, "/bin/walk", NULL, NULL, arguments, NULL), 0);
	REQUIRE_EQ(waitpid(pid, &status, 0), pid);
	CHECK_EQ(status, 0);
	return check_done();
}
