/* alloc_fail.c - fault injection: one chosen allocation fails, or one in every so many.
 *
 * A test lets the first, the second, ... allocation of an operation fail until the operation makes no more of them:
 * each time it must end with a clear error and leave nothing behind. When all that come after it fail, too, there is no
 * memory for undoing what was begun, either.
 *
 * A plan is started while others allocate: they may be counted by the old plan or by the new one.
 */
#include "kernel/mm/alloc_fail.h"

u64 alloc_fail_left;
const struct process *(*alloc_fail_caller)(void);
static u64 failures; /* atomic */
static struct alloc_fail_plan running;

/* "WORD:N": its N; 0: it is something else. */
static u64 number_behind(const char *text, const char *word)
{
	u64 n = 0;

	for (; *word; text++, word++)
		if (*text != *word)
			return 0;
	if (*text++ != ':')
		return 0;
	for (; *text >= '0' && *text <= '9' && n < BIT(60); text++)
		n = n * 10 + (u64)(*text - '0');
	return *text && *text != '\n' ? 0 : n;
}

bool alloc_fail_parse(const char *text, struct alloc_fail_plan *plan)
{
	u64 every = number_behind(text, "every"), from = number_behind(text, "from");

	plan->nth = every + from + number_behind(text, "nth"); /* at most one of them is not 0 */
	plan->then = from ? 1 : every;
	return plan->nth || !__builtin_strncmp(text, "off", 3);
}

void alloc_fail_start(const struct alloc_fail_plan *plan)
{
	store_relaxed(&alloc_fail_left, 0ul);
	running = *plan;
	store_relaxed(&failures, 0ul);
	/* release: who finds something left to count finds the plan; partner: alloc_fail_now */
	store_release(&alloc_fail_left, plan->nth);
}

void alloc_fail_set(u64 nth)
{
	alloc_fail_start(&(struct alloc_fail_plan){ .nth = nth });
}

void alloc_fail_forget(const struct process *process)
{
	static const char nobody;

	if (running.of == process)
		running.of = (const void *)&nobody;
}

static bool counts(const struct alloc_fail_plan *plan)
{
	const struct process *process = alloc_fail_caller ? alloc_fail_caller() : NULL;

	if (plan->of)
		return process == plan->of;
	return !plan->spare || (process && process != plan->spare);
}

/* Exactly one caller takes the counter from 1 on. */
bool alloc_fail_now(void)
{
	u64 left = load_acquire(&alloc_fail_left);

	if (!left || !counts(&running))
		return false;
	while (!atomic_cas(&alloc_fail_left, &left, left == 1 ? running.then : left - 1))
		if (!left)
			return false;
	if (left != 1)
		return false;
	atomic_add_relaxed(&failures, 1ul);
	return true;
}

u64 alloc_fail_remaining(void)
{
	return load_relaxed(&alloc_fail_left);
}

u64 alloc_fail_failures(void)
{
	return load_relaxed(&failures);
}
