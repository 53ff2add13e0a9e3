/* alloc-fail-direct.c - each allocation of a thread that takes its interrupts itself fails once: registration, windows,
 * a fork with windows.
 *
 * machines: smp=1 aia h
 * oracle: none
 */
#define _GNU_SOURCE
#include "user/lib/uintr.h"
#include "user/test/alloc-fail.h"

static u64 seen;

static void handler(u64 vectors)
{
	store_relaxed(&seen, load_relaxed(&seen) | vectors);
}

/* An interrupt through INDEX, which may be a window or not. */
static bool sent(int index)
{
	store_relaxed(&seen, 0ul);
	if (!GRANTED_ERROR(senduipi(index)))
		return false;
	while (!load_relaxed(&seen))
		;
	MUST(load_relaxed(&seen) == BIT(5));
	return true;
}

static bool take_direct(void)
{
	bool good = GRANTED_ERROR(uintr_register_handler(handler, UINTR_DIRECT));
	int fd, index = -1;

	if (!good)
		return false;
	MUST(uintr_is_direct());
	fd = uintr_create_fd(5);
	good = GRANTED_ERROR(fd);
	if (good) {
		index = uintr_register_sender(fd);
		good = GRANTED_ERROR(index) && sent(index);
		if (index >= 0)
			MUST(!uintr_unregister_sender(index));
		MUST(!close(fd));
	}
	MUST(!uintr_unregister_handler());
	return good;
}

static bool fork_with_windows(void)
{
	bool good = GRANTED_ERROR(uintr_register_handler(handler, UINTR_DIRECT));
	int fd, index, status;
	pid_t pid;

	if (!good)
		return false;
	fd = uintr_create_fd(5);
	good = GRANTED_ERROR(fd);
	if (good) {
		index = uintr_register_sender(fd);
		pid = fork();
		if (!pid)
			_exit(index >= 0 && senduipi(index) ? 1 : 0);
		good = GRANTED(pid);
		if (good) {
			do {
				pid = waitpid(-1, &status, 0);
			} while (pid < 0 && errno == EINTR); /* the child's interrupt */
			good = GRANTED(pid) && status == 0;
		}
		if (index >= 0)
			MUST(!uintr_unregister_sender(index));
		MUST(!close(fd));
	}
	MUST(!uintr_unregister_handler());
	return good;
}

static const struct action actions[] = {
	ACTION("direct", take_direct),
	ACTION("fork", fork_with_windows),
};

int main(void)
{
	return sweep_all(actions, ARRAY_SIZE(actions));
}
