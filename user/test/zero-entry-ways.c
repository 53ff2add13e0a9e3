/* zero-entry-ways.c - zero-entry reads in each way that it has, on any machine; the one without kernel entries is left
 * out where it cannot be had. A machine with one hart would need minutes for that.
 *
 * machines: all
 * oracle: none
 */
#include "user/test/check.h"
#include "user/test/child.h"

int main(void)
{
	static const char *const arguments[] = { "zero-entry", "300", NULL };

	CHECK_EQ(child_program("/bin/zero-entry", arguments), EXITED(0));
	return check_done();
}
