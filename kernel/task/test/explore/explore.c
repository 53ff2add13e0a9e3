/* explore.c - the search: every schedule, depth first, each run from the beginning.
 *
 * A schedule is a list of choices: which hart makes the next step, which of the values it may read a load gets. It is run
 * again up to its last choice that has an alternative, and from there the alternative is followed.
 *
 *     0 0 0 0 0      choices made            0 0 0 1 ...      the next schedule
 *           ^ the last of several
 *
 * Two prefixes that did the same steps in an order that made no difference lead to the same state (memory_state); it is
 * followed only once. So the search is complete, and its cost is the number of states, not of orders.
 *
 * A budget limits preemptions and old values read: failures are looked for with a small one first, since the schedule that
 * needs the fewest is the one a human understands.
 */
#include "kernel/task/test/explore/search.h"

#include "kernel/hart/hart.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { NO_BUDGET = 1000000, FIRST_BUDGETS = 3 };

/* The states that were met: a hash table that grows. */
static struct visited {
	u64 *slots;
	u64 size, count;
} *visited;

MODEL_OWN static bool visited_insert(u64 state)
{
	u64 i;

	state += !state;
	for (i = state % visited->size; visited->slots[i]; i = (i + 1) % visited->size)
		if (visited->slots[i] == state)
			return false;
	visited->slots[i] = state;
	visited->count++;
	return true;
}

MODEL_OWN static void visited_resize(u64 size)
{
	u64 *old = visited->slots, old_size = visited->size;

	visited->slots = calloc(size, sizeof(u64));
	visited->size = size;
	visited->count = 0;
	for (u64 i = 0; i < old_size; i++)
		if (old[i])
			visited_insert(old[i]);
	free(old);
}

/* True if STATE is new. */
MODEL_OWN static bool visit(u64 state)
{
	if (visited->count * 2 >= visited->size)
		visited_resize(visited->size * 4);
	return visited_insert(state);
}

MODEL_OWN static void search_begin(void)
{
	if (!visited)
		visited = calloc(1, sizeof(*visited));
	free(visited->slots);
	*visited = (struct visited){ 0 };
	visited_resize(1 << 14);
	machine->schedules = machine->states = 0;
	machine->prefix = machine->depth = 0;
}

/* One of N; what is not free is possible only within the budget. */
MODEL_OWN static u32 choose_at(u32 n, bool is_free)
{
	u32 at = machine->depth;

	if (n < 2)
		return 0;
	if (at == CHOICES) {
		model_fail("more than %u choices", CHOICES);
		return 0;
	}
	if (at >= machine->prefix)
		machine->chosen[at] = 0;
	machine->options[at] = (u16)(is_free || machine->cost < machine->budget ? n : 1);
	machine->depth++;
	machine->cost += !is_free && machine->chosen[at];
	return min((u32)machine->chosen[at], n - 1);
}

MODEL_OWN u32 choose(u32 n)
{
	return choose_at(n, false);
}

/* The hart that makes the next step; MODEL_HARTS: none can. Going on with the same hart is the first choice. */
MODEL_OWN static u32 choose_hart(void)
{
	u32 possible[MODEL_HARTS], n = 0, last = machine->current;

	for (u32 k = 0; k <= MODEL_HARTS; k++) {
		u32 i = k ? k - 1 : last;
		struct virtual_hart *h = &machine->harts[i];

		if ((k && i == last) || i == MODEL_HARTS || !machine->scenario->body[i])
			continue;
		if (h->status == HART_READY && op_is_possible(i, h->op))
			possible[n++] = i;
	}
	/* If the last one ended or waits, who goes on is no preemption. */
	return n ? possible[choose_at(n, possible[0] != last)] : MODEL_HARTS;
}

/* No hart can go on: well if all are idle and the check agrees. */
MODEL_OWN static void judge_end(void)
{
	for (u32 i = 0; machine->scenario->body[i] && !machine->failed; i++)
		if (!hart_is_idle(i))
			model_fail("deadlock: hart %u waits in %s, line %u", i, machine->harts[i].op->site->function,
				   machine->harts[i].op->site->line);
	if (!machine->failed && machine->scenario->check)
		machine->scenario->check();
}

/* Run the schedule that the choices of the prefix and then first choices make. */
MODEL_OWN static void run_schedule(void)
{
	u32 hart;

	machine->depth = machine->cost = machine->step_count = 0;
	machine->failed = false;
	machine->current = 0;
	race_begin();
	memory_begin();
	harts_begin();
	machine->current = 0;
	while (!machine->failed) {
		hart = choose_hart();
		if (hart == MODEL_HARTS) {
			judge_end();
			return;
		}
		if (machine->step_count == STEPS) {
			model_fail("no end after %u steps", STEPS);
			return;
		}
		op_do(hart, machine->harts[hart].op);
		if (machine->failed)
			return;
		hart_go(hart);
		if (machine->depth >= machine->prefix) {
			if (!visit(mix(memory_state(), machine->budget < NO_BUDGET ? machine->cost * 8 + hart : 0)))
				return;
			machine->states++;
		}
	}
}

/* Every schedule within BUDGET; false: a failing one was found, and is in the machine. */
MODEL_OWN static bool search(u32 budget)
{
	search_begin();
	machine->budget = budget;
	for (;;) {
		run_schedule();
		machine->schedules++;
		machine->schedules_ever++;
		if (machine->failed)
			return false;
		while (machine->depth && machine->chosen[machine->depth - 1] + 1 >= machine->options[machine->depth - 1])
			machine->depth--;
		if (!machine->depth)
			return true;
		machine->chosen[machine->depth - 1]++;
		machine->prefix = machine->depth;
	}
}

MODEL_OWN void search_prepare(const struct scenario *scenario)
{
	if (!machine) {
		machine = calloc(1, sizeof(*machine));
		machine->scenario = scenario;
		search_begin();
		harts_init();
	}
	machine->scenario = scenario;
	machine->running = false;
	machine->failed = false;
	memory_init();
	race_init();
	host_hart = &harts[0];
	scenario->setup();
	race_keep();
}

MODEL_OWN bool search_all(const struct scenario *scenario, struct weakening weakening)
{
	search_prepare(scenario);
	machine->weakening = weakening;
	return search(NO_BUDGET);
}

MODEL_OWN bool search_simplest(const struct scenario *scenario, struct weakening weakening)
{
	u64 schedules = 0;

	search_prepare(scenario);
	machine->weakening = weakening;
	for (u32 budget = 0; budget < FIRST_BUDGETS; budget++) {
		if (!search(budget))
			return false;
		schedules += machine->schedules;
	}
	return search(NO_BUDGET);
}

MODEL_OWN void search_replay(const struct scenario *scenario, struct weakening weakening, const u16 *choices, u32 count)
{
	search_prepare(scenario);
	machine->weakening = weakening;
	search_begin();
	machine->budget = NO_BUDGET;
	memcpy(machine->chosen, choices, count * sizeof(*choices));
	machine->prefix = count;
	machine->replaying = true;
	run_schedule();
}
