/* zero-entry-ways.c - zero-entry reads in each way that it has, on any machine; the one without kernel entries is left
 * out where it cannot be had. A machine with one hart would need minutes for that.
 *
 * machines: all
 * oracle: none
 */
#include "user/test/check.h"

#include <spawn.h>
#include <sys/wait.h>

int main(void)
{
	char *arguments[] = { "zero-entry", "300", NULL };
	int status = -1;
	pid_t pid;

	REQUIRE_EQ(posix_spawn(&pid, "/bin/zero-entry", NULL, NULL, arguments, NULL), 0);
	REQUIRE_EQ(waitpid(pid, &status, 0), pid);
	CHECK_EQ(status, 0);
	return check_done();
}
