/* explore.c - the search: every schedule, depth first, each run from the beginning.
 *
 * A schedule is a list of choices: which hart makes the next step, which of the values it may read a load gets. It is
 * run again up to its last choice that has an alternative, and from there the alternative is followed.
 *
 *     0 0 0 0 0      choices made            0 0 0 1 ...      the next schedule
 *           ^ the last of several
 *
 * Two prefixes that did the same steps in an order that made no difference lead to the same state (memory_state); it is
 * followed only once. So the search is complete, and its cost is the number of states, not of orders.
 *
 * A step that nobody can interfere with (op_is_alone) is made at once, without a choice. Whether a location is one
 * hart's alone is learned: when a second hart comes to it, the search begins again, knowing better.
 *
 * A budget limits preemptions and old values read: failures are looked for with a small one first, since the schedule
 * that needs the fewest is the one a human understands.
 */
#include "kernel/task/test/explore/search.h"

#include "kernel/hart/hart.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { NO_BUDGET = 1000000, FIRST_BUDGETS = 3 };

/* The states that were met: a hash table that grows. */
struct visited {
	u64 *slots;
	u64 size, count;
};
static struct visited *visited;

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
	machine->states = 0;
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

/* What was given for the step now made, or to be made; NULL: nothing. */
MODEL_OWN static const struct step_choice *given(u32 step)
{
	return step < machine->given_count ? &machine->given[step] : NULL;
}

MODEL_OWN u32 choose(u32 n)
{
	struct step *step = &machine->steps[machine->step_count - 1];
	const struct step_choice *is_given = given(machine->step_count - 1);

	step->pick = is_given ? min(is_given->pick, n - 1) : choose_at(n, false);
	return step->pick;
}

MODEL_OWN static bool is_possible(u32 hart)
{
	struct virtual_hart *h = &machine->harts[hart];

	return machine->scenario->body[hart] && h->status == HART_READY && op_is_possible(hart, h->op);
}

/* The hart that makes the next step; MODEL_HARTS: none can. Going on with the same hart is the first choice. */
MODEL_OWN static u32 choose_hart(void)
{
	const struct step_choice *is_given = given(machine->step_count);
	u32 possible[MODEL_HARTS], n = 0;

	if (is_given && is_possible(is_given->hart))
		return is_given->hart;
	for (u32 i = 0; machine->scenario->body[i]; i++)
		if (is_possible(i) && op_is_alone(i, machine->harts[i].op))
			return i;
	if (is_possible(machine->turn))
		possible[n++] = machine->turn;
	for (u32 i = 0; machine->scenario->body[i]; i++)
		if (i != machine->turn && is_possible(i))
			possible[n++] = i;
	if (!n)
		return MODEL_HARTS;
	/* If the last one ended or waits, who goes on is no preemption. */
	machine->turn = possible[choose_at(n, possible[0] != machine->turn)];
	return machine->turn;
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

/* Was this state followed before? On the way to the last choice of the prefix it was, and that is what we want. */
MODEL_OWN static bool is_known(void)
{
	u64 state = memory_state();

	if (machine->depth < machine->prefix || machine->given)
		return false;
	if (machine->budget < NO_BUDGET)
		state = mix(state, machine->cost * 8 + machine->turn);
	if (!visit(state))
		return true;
	machine->states++;
	return false;
}

/* Run the schedule that the choices of the prefix and then first choices make. */
MODEL_OWN static void run_schedule(void)
{
	u32 hart;

	machine->depth = machine->cost = machine->step_count = 0;
	machine->failed = false;
	machine->race[0].code = machine->race[1].code = 0;
	machine->turn = 0;
	race_begin();
	memory_begin();
	harts_begin();
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
		if (machine->failed || machine->learned)
			return;
		hart_go(hart);
		if (is_known())
			return;
	}
}

/* Every schedule within BUDGET; false: a failing one was found, and is in the machine. */
MODEL_OWN static bool search(u32 budget)
{
	search_begin();
	machine->budget = budget;
	machine->schedules = 0;
	machine->learned = false;
	for (;;) {
		run_schedule();
		machine->schedules++;
		machine->schedules_ever++;
		if (machine->learned) {
			machine->learned = false;
			search_begin();
			continue;
		}
		if (machine->failed)
			return false;
		while (machine->depth &&
		       machine->chosen[machine->depth - 1] + 1 >= machine->options[machine->depth - 1])
			machine->depth--;
		if (!machine->depth)
			return true;
		machine->chosen[machine->depth - 1]++;
		machine->prefix = machine->depth;
	}
}

MODEL_OWN void search_open(void)
{
	if (machine)
		return;
	machine = calloc(1, sizeof(*machine));
	search_begin();
	harts_init();
}

MODEL_OWN void search_prepare(const struct scenario *scenario)
{
	search_open();
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

MODEL_OWN void search_replay(const struct scenario *scenario, const struct step_choice *given_steps, u32 count)
{
	search_prepare(scenario);
	search_begin();
	machine->weakening = (struct weakening){ NULL, 0 };
	machine->budget = NO_BUDGET;
	machine->given = given_steps;
	machine->given_count = count;
	do {
		machine->learned = false;
		run_schedule();
	} while (machine->learned);
}
