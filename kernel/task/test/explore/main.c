/* main.c - explore_main: the scenarios of a program, one after the other, and what a failing schedule looks like. */
#include "kernel/task/test/explore/search.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct weakening none = { NULL, 0 };

/* The unweakened code must survive every schedule. */
MODEL_OWN static bool run_sound(const struct scenario *scenario)
{
	bool good = search_all(scenario, none);

	printf("%s %s: %lu schedules, %lu states", good ? "ok  " : "FAIL", scenario->name,
	       (unsigned long)machine->schedules, (unsigned long)machine->states);
	if (search_is_bounded())
		printf(", of at most %u preemptions and old values", machine->most);
	printf("\n");
	if (good)
		return true;
	search_simplest(scenario, none);
	report_schedule();
	return false;
}

/* A planted mistake must be found. */
MODEL_OWN static bool run_planted(const struct scenario *scenario, bool show)
{
	bool found = !search_simplest(scenario, none);

	printf("%s %s: planted: %s: %s\n", found ? "ok  " : "FAIL", scenario->name, scenario->bug,
	       found ? machine->failure : "not found");
	if (found && show)
		report_schedule();
	return found;
}

/* Words of a schedule: HART, or HART:PICK. */
MODEL_OWN static int replay(const struct scenario *scenario, int argc, char **argv)
{
	static struct step_choice given[STEPS];
	u32 count = 0;
	char *colon;

	for (int i = 2; i < argc && count < STEPS; i++, count++) {
		given[count].hart = min((u32)strtoul(argv[i], &colon, 10), MODEL_HARTS - 1u);
		given[count].pick = *colon == ':' ? (u32)atoi(colon + 1) : 0;
	}
	search_replay(scenario, given, count);
	if (!machine->failed)
		snprintf(machine->failure, sizeof(machine->failure), "ends well");
	report_schedule();
	return machine->failed;
}

MODEL_OWN int explore_main(const struct scenario *const *scenarios, int argc, char **argv)
{
	bool good = true, known = argc < 2;

	for (; *scenarios; scenarios++) {
		const struct scenario *scenario = *scenarios;

		if (argc > 1 && strcmp(argv[1], scenario->name))
			continue;
		known = true;
		if (argc > 2)
			return replay(scenario, argc, argv);
		good &= scenario->bug ? run_planted(scenario, argc > 1) : run_sound(scenario);
		fflush(stdout);
	}
	if (!known)
		printf("no scenario of that name\n");
	return good && known ? 0 : 1;
}
