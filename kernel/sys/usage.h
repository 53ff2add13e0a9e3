/* usage.h - what was used, in the layout of Linux. */
#pragma once

#include "kernel/abi/wait.h"
#include "kernel/proc/usage.h"

struct abi_rusage usage_fill(const struct usage *usage);
