/* procfs_process.h - what /proc/<pid> says. */
#pragma once

/* Tell fs/procfs about processes: start-up. */
void procfs_process_init(void);
