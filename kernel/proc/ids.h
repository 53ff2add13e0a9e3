/* ids.h - numbers of processes and threads: one space of small numbers, reused as late as possible. */
#pragma once

#include "lib/types.h"

/* A free number from 1 up; 0: none left. */
u32 id_alloc(void);
/* The one given out last. */
u32 id_newest(void);
/* One more user of ID: it is free when each has called id_free. */
void id_get(u32 id);
void id_free(u32 id);
