/* limits.h - how much a process may have (Linux getrlimit(2)).
 *
 *     NOFILE  descriptors: kept with the table as well, which checks it        STACK  with the address space, likewise
 *     NPROC   processes and threads of the real user; root is not counted      AS     bytes of mappings
 *     FSIZE   length of a file that is written                                 DATA   the heap
 *     CPU     seconds on a hart (cpu_watch.h)                                  SIGPENDING  signals queued for it
 *     MEMLOCK bytes of locked memory; root is not counted
 *
 * The others are kept and told, and stop nobody. Guarded by process->lock; a single value may be read without.
 */
#pragma once

#include "kernel/abi/resource.h"

struct process;

void limits_init(struct process *first);
/* CHILD, which nobody sees yet, has the limits of PARENT, whose lock is held. */
void limits_inherit(struct process *child, const struct process *parent);

struct abi_rlimit limit_get(struct process *process, u32 which);
/* CALLER sets one of PROCESS: 0; -EINVAL; -EPERM: only root raises a maximum, and nobody NOFILE above FILES_MAX. */
long limit_set(struct process *caller, struct process *process, u32 which, struct abi_rlimit limit);

/* May PROCESS have one more process or thread: 0 or -EAGAIN. Map, or let its heap grow by, BYTES more: 0 or -ENOMEM. */
long limit_new_task(struct process *process);
long limit_map(struct process *process, u64 bytes);
long limit_heap(struct process *process, u64 bytes);
/* Lock any memory at all; BYTES more: 0 or -EAGAIN; all that it has mapped. */
bool limit_may_lock(const struct process *process);
long limit_lock(struct process *process, u64 bytes);
bool limit_lock_all(struct process *process);
/* May a file of PROCESS become BYTES long: 0; else it gets SIGXFSZ, and -EFBIG. */
long limit_file(struct process *process, u64 bytes);
