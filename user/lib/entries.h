/* entries.h - how often this process has entered the kernel (/proc/self/chime). */
#pragma once

/* So far, without the entries that the timer made at the ends of slices; -1: the kernel does not tell. Each reading
 * enters the kernel as often itself, so measure one, too. */
long kernel_entries(void);
