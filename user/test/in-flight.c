/* in-flight.c - at most four reads in flight take less time than synchronous ones, on a disk whose requests take some.
 * Runs the program that measures it, where time is the guest's own.
 *
 * machines: icount !torture
 * oracle: none
 * boot: ramdisk=4M,latency=20-80,seed=7
 */
#include "user/test/check.h"

#include <spawn.h>
#include <sys/wait.h>

int main(void)
{
	char *arguments[] = { "in-flight", "--check", NULL };
	int status = -1;
	pid_t pid;

	REQUIRE_EQ(posix_spawn(&pid, "/bin/in-flight", NULL, NULL, arguments, NULL), 0);
	REQUIRE_EQ(waitpid(pid, &status, 0), pid);
	CHECK_EQ(status, 0);
	return check_done();
}
