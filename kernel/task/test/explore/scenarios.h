/* scenarios.h - the scenarios that more than one explorer program runs; each list ends in NULL. */
#pragma once

#include "kernel/task/test/explore/explore.h"

extern const struct scenario *const waker_scenarios[];
extern const struct scenario *const inbox_scenarios[];
extern const struct scenario *const wait_scenarios[];
extern const struct scenario *const mutex_scenarios[];
extern const struct scenario *const task_scenarios[];
extern const struct scenario *const executor_scenarios[];
