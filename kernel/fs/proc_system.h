/* proc_system.h - texts about the machine and about the event loops, for proc_entries. */
#pragma once

#include "lib/fmt.h"

struct co;

void proc_meminfo(struct fmt_text *text);
void proc_uptime(struct fmt_text *text);
long proc_stat(struct co *caller, struct fmt_text *text);
void proc_cpuinfo(struct fmt_text *text);
long proc_loadavg(struct co *caller, struct fmt_text *text);

/* proc_mounts.c: what is mounted where, in two forms, and what can be. */
void proc_mounts(struct fmt_text *text);
void proc_mountinfo(struct fmt_text *text);
void proc_filesystems(struct fmt_text *text);
void proc_partitions(struct fmt_text *text);
void proc_devices(struct fmt_text *text);

/* Chime's own (proc_chime.c). */
void proc_boot(struct fmt_text *text);
void proc_slabs(struct fmt_text *text);
void proc_executors(struct fmt_text *text);
/* Anything written: the longest steps are sought anew. */
long proc_executors_write(struct co *caller, const char *text);
/* dev_trace.c: "on" or "off" was written to /proc/trace. */
long proc_trace_write(struct co *caller, const char *text);
