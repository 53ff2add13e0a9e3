/* async-chime.c - the same coroutines, with a reactor that is told of completions by user interrupts.
 *
 * oracle: none
 */
#define _GNU_SOURCE
#include "async-io.h"

int main(void)
{
	REQUIRE(!async_init(&async, 16));
	REQUIRE(!async_use_chime(&async));
	check_all();
	async_exit(&async);
	return check_done();
}
