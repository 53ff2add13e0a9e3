/* scenario_futex.h - the scenarios of futexes. */
#pragma once

#include "kernel/task/test/explore/explore.h"

extern const struct scenario *const futex_scenarios[];
