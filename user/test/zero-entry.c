/* zero-entry.c - reads by a poller, a doorbell and direct interrupts enter the kernel not once: runs the program that
 * measures it.
 *
 * machines: aia h smp>=2 crowd
 * oracle: none
 */
#include "user/test/check.h"
#include "user/test/child.h"

int main(void)
{
	static const char *const arguments[] = { "zero-entry", "--check", "100", NULL };

	CHECK_EQ(child_program("/bin/zero-entry", arguments), EXITED(0));
	return check_done();
}
