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
 * And of two steps that do not meet (op_meets) one order is enough: when all that begins with hart A's step has been
 * followed, A sleeps in what begins with hart B's, until a step that meets A's is made (a "sleep set"). With each state
 * is kept who slept when it was followed: who comes again with somebody of them awake tries those alone.
 *
 * A step that nobody can interfere with (op_is_alone) is made at once, without a choice. Whether a location is one
 * hart's alone is learned: when a second hart comes to it, the search begins again, knowing better.
 *
 * A budget limits preemptions and old values read: failures are looked for with a small one first, since the schedule
 * that needs the fewest is the one a human understands. A scenario that is too large for all its schedules may ask for
 * those within a budget alone (explore_within).
 */
#include "kernel/task/test/explore/search.h"

#include "kernel/hart/hart.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { NO_BUDGET = 1000000, FIRST_BUDGETS = 3 };

/* The states that were met: a hash table that grows. */
struct slot {
	u64 state : 64 - MODEL_HARTS;
	u64 asleep : MODEL_HARTS; /* whose next steps have never been followed from there */
};
struct visited {
	struct slot *slots;
	u64 size, count;
};
static struct visited *visited;

/* The slot of STATE; its state is 0 if it is new. */
MODEL_OWN static struct slot *visited_find(u64 state)
{
	u64 i = state % visited->size;

	while (visited->slots[i].state && visited->slots[i].state != state)
		i = (i + 1) % visited->size;
	return &visited->slots[i];
}

MODEL_OWN static void visited_resize(u64 size)
{
	struct slot *old = visited->slots;
	u64 old_size = visited->size;

	visited->slots = calloc(size, sizeof(*old));
	visited->size = size;
	for (u64 i = 0; i < old_size; i++)
		if (old[i].state)
			*visited_find(old[i].state) = old[i];
	free(old);
}

enum { EVERYBODY = (1 << MODEL_HARTS) - 1 };

/* Come to STATE, where those of *ASLEEP sleep. Those of the answer have been followed from there before; if somebody is
 * left, *ASLEEP is what sleeps for the sake of both times. */
MODEL_OWN static u32 visit(u64 state, u8 *asleep)
{
	struct slot *slot;
	u32 followed = 0;

	if (visited->count * 2 >= visited->size)
		visited_resize(visited->size * 4);
	state &= UINT64_MAX >> MODEL_HARTS;
	state += !state;
	slot = visited_find(state);
	if (slot->state) {
		followed = EVERYBODY & ~slot->asleep;
		*asleep &= slot->asleep;
	} else {
		visited->count++;
		machine->states++;
		slot->state = state;
	}
	slot->asleep = *asleep;
	return followed;
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

/* The hart that makes the next step; MODEL_HARTS: none can, or all that can need not be tried. Going on with the same
 * hart is the first choice. */
MODEL_OWN static u32 choose_hart(void)
{
	const struct step_choice *is_given = given(machine->step_count);
	u32 skip = machine->asleep[machine->step_count] | machine->followed[machine->step_count];
	u32 possible[MODEL_HARTS], n = 0, pick;

	if (is_given && is_possible(is_given->hart))
		return is_given->hart;
	machine->asleep_now = machine->asleep[machine->step_count];
	for (u32 i = 0; machine->scenario->body[i]; i++)
		if (is_possible(i) && op_is_alone(i, machine->harts[i].op))
			return skip & BIT(i) ? MODEL_HARTS : i;
	if (is_possible(machine->turn) && !(skip & BIT(machine->turn)))
		possible[n++] = machine->turn;
	for (u32 i = 0; machine->scenario->body[i]; i++)
		if (i != machine->turn && is_possible(i) && !(skip & BIT(i)))
			possible[n++] = i;
	if (!n)
		return MODEL_HARTS;
	/* If the last one ended or waits, who goes on is no preemption. */
	pick = choose_at(n, possible[0] != machine->turn);
	for (u32 i = 0; i < pick; i++)
		machine->asleep_now |= BIT(possible[i]);
	machine->turn = possible[pick];
	return machine->turn;
}

/* Who sleeps on when HART makes its step. */
MODEL_OWN static u8 sleep_on(u32 hart)
{
	u32 asleep = machine->asleep_now;

	for (u32 i = 0; machine->scenario->body[i]; i++)
		if (asleep & BIT(i) && op_meets(hart, machine->harts[hart].op, i, machine->harts[i].op))
			asleep &= ~BIT(i);
	return (u8)asleep;
}

MODEL_OWN static bool is_over(void)
{
	for (u32 i = 0; machine->scenario->body[i]; i++)
		if (is_possible(i))
			return false;
	return true;
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

/* Was all that begins with this state, where ASLEEP sleep, followed before? On the way to the last choice of the prefix
 * it was, and that is what we want. */
MODEL_OWN static bool is_known(u8 asleep)
{
	u32 at = machine->step_count;
	u64 state;

	if (machine->depth < machine->prefix)
		return false;
	machine->asleep[at] = machine->followed[at] = 0;
	if (machine->given)
		return false;
	state = memory_state();
	if (machine->budget < NO_BUDGET)
		state = mix(state, machine->cost * 8 + machine->turn);
	else
		machine->asleep[at] = asleep;
	machine->followed[at] = (u8)visit(state, &machine->asleep[at]);
	return machine->followed[at] == EVERYBODY;
}

/* Run the schedule that the choices of the prefix and then first choices make. */
MODEL_OWN static void run_schedule(void)
{
	u32 hart;
	u8 asleep;

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
			if (is_over())
				judge_end();
			return;
		}
		if (machine->step_count == STEPS) {
			model_fail("no end after %u steps", STEPS);
			return;
		}
		asleep = sleep_on(hart);
		op_do(hart, machine->harts[hart].op);
		if (machine->failed || machine->learned)
			return;
		hart_go(hart);
		if (is_known(asleep))
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

MODEL_OWN void explore_within(u32 budget)
{
	machine->most = budget;
}

MODEL_OWN void search_prepare(const struct scenario *scenario)
{
	search_open();
	machine->scenario = scenario;
	machine->running = false;
	machine->failed = false;
	machine->most = NO_BUDGET;
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
	return search(machine->most);
}

MODEL_OWN bool search_is_bounded(void)
{
	return machine->most < NO_BUDGET;
}

MODEL_OWN bool search_simplest(const struct scenario *scenario, struct weakening weakening)
{
	u64 schedules = 0;

	search_prepare(scenario);
	machine->weakening = weakening;
	for (u32 budget = 0; budget < min((u32)FIRST_BUDGETS, machine->most); budget++) {
		if (!search(budget))
			return false;
		schedules += machine->schedules;
	}
	return search(machine->most);
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
