/* scenario_limbo.h - the scenarios of explore_limbo.c and explore_limbo_sites.c; the list ends in NULL. */
#pragma once

#include "kernel/task/test/explore/explore.h"

extern const struct scenario *const limbo_scenarios[];
