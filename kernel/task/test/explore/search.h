/* search.h - what the two drivers (explore_main, explore_sites) ask of the search. */
#pragma once

#include "kernel/task/test/explore/machine.h"

/* All schedules of SCENARIO, with WEAKENING (site NULL: none): true if none fails; else the failing one is in the
 * machine, and machine->schedules tells how many were run. */
bool search_all(const struct scenario *scenario, struct weakening weakening);
/* The same, with few preemptions and few old values first. */
bool search_simplest(const struct scenario *scenario, struct weakening weakening);
/* One schedule, step by step; beyond COUNT steps it goes on somehow. */
void search_replay(const struct scenario *scenario, const struct step_choice *given, u32 count);
void search_prepare(const struct scenario *scenario);
/* Are they less than all schedules of the scenario that was searched last? */
bool search_is_bounded(void);
/* Before anything else; any number of times. */
void search_open(void);
