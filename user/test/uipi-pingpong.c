/* uipi-pingpong.c - two processes that interrupt each other directly do so without a single kernel entry: runs the
 * program of that name.
 *
 * machines: aia h smp>=2 crowd
 * oracle: none
 */
#include "user/test/check.h"
#include "user/test/child.h"

int main(void)
{
	static const char *const arguments[] = { "uipi-pingpong", "--check", "direct", NULL };

	CHECK_EQ(child_program("/bin/uipi-pingpong", arguments), EXITED(0));
	return check_done();
}
