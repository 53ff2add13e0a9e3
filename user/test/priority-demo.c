/* priority-demo.c - the coroutines of two processes run in the order of their levels, if they tell these: runs the
 * program of that name. With counted time there is one order.
 *
 * machines: icount
 * oracle: none
 */
#include "user/test/check.h"
#include "user/test/child.h"

int main(void)
{
	const char *const arguments[] = { "priority-demo", "--check", NULL };
	pid_t pid = child_exec("/bin/priority-demo", arguments, environ);

	REQUIRE(pid > 0);
	CHECK_EQ(child_wait(pid), 0);
	return check_done();
}
