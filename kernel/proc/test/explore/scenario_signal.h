/* scenario_signal.h - the scenarios of signals, of stopping, of leaving a hart. */
#pragma once

#include "kernel/task/test/explore/explore.h"

extern const struct scenario *const signal_scenarios[];
extern const struct scenario *const stop_scenarios[];
extern const struct scenario *const exit_scenarios[];
extern const struct scenario *const affinity_scenarios[];
