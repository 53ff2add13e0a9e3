/* scenario_signal.h - the scenarios of signals, and of stopping. */
#pragma once

#include "kernel/task/test/explore/explore.h"

extern const struct scenario *const signal_scenarios[];
extern const struct scenario *const stop_scenarios[];
extern const struct scenario *const exit_scenarios[];
