/* uipi-pingpong.c - two processes that interrupt each other directly do so without a single kernel entry: runs the
 * program of that name.
 *
 * machines: aia h smp>=2 crowd
 * oracle: none
 */
#include "user/test/check.h"

#include <spawn.h>
#include <sys/wait.h>

int main(void)
{
	char *arguments[] = { "uipi-pingpong", "--check", "direct", NULL };
	int status = -1;
	pid_t pid;

	REQUIRE_EQ(posix_spawn(&pid, "/bin/uipi-pingpong", NULL, NULL, arguments, NULL), 0);
	REQUIRE_EQ(waitpid(pid, &status, 0), pid);
	CHECK_EQ(status, 0);
	return check_done();
}
