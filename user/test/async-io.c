/* async-io.c - coroutines over a ring whose reactor waits with io_uring_enter.
 *
 * oracle: native
 * links: user/lib/async.c user/lib/async-io.c user/lib/async-blocking.c user/lib/uring.c user/lib/uring-setup.c lib/co.c
 */
#define _GNU_SOURCE
#include "async-io.h"

int main(void)
{
	int err = async_init(&async, 16);

	if (err == -ENOSYS || err == -EPERM)
		return check_skip("no io_uring here");
	REQUIRE(!err);
	check_all();
	async_exit(&async);
	return check_done();
}
