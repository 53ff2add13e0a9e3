/* zero-entry.c - reads by a poller, a doorbell and direct interrupts enter the kernel not once: runs the program that
 * measures it.
 *
 * machines: aia h smp>=2 crowd
 * oracle: none
 */
#include "user/test/check.h"

#include <spawn.h>
#include <sys/wait.h>

int main(void)
{
	char *arguments[] = { "zero-entry", "--check", "100", NULL };
	int status = -1;
	pid_t pid;

	REQUIRE_EQ(posix_spawn(&pid, "/bin/zero-entry", NULL, NULL, arguments, NULL), 0);
	REQUIRE_EQ(waitpid(pid, &status, 0), pid);
	CHECK_EQ(status, 0);
	return check_done();
}
