/* scenario_virtqueue.h - the scenarios of virtqueue.c; the list ends in NULL. */
#pragma once

#include "kernel/task/test/explore/explore.h"

extern const struct scenario *const virtqueue_scenarios[];
