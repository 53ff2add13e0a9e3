/* start.h - where start-up hands over to the system above. */
#pragma once

/* Memory, clock, interrupts and devices work: spawn the first tasks (proc/start.c). */
void start_system(void);
