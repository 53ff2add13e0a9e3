/* moment.c - while a read waits for the disk its coroutine is found among the tasks of the kernel. Runs the program
 * that shows it, where time is the guest's own.
 *
 * machines: icount !torture
 * oracle: none
 * boot: ramdisk=4M,latency=20000-20000
 */
#include "user/test/check.h"

#include <spawn.h>
#include <sys/wait.h>

int main(void)
{
	char *arguments[] = { "moment", NULL };
	int status = -1;
	pid_t pid;

	REQUIRE_EQ(posix_spawn(&pid, "/bin/moment", NULL, NULL, arguments, NULL), 0);
	REQUIRE_EQ(waitpid(pid, &status, 0), pid);
	CHECK_EQ(status, 0);
	return check_done();
}
