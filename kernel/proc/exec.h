/* exec.h - giving a process a new program.
 *
 *     arguments  copied from the old memory into pages that become the top of the new stack
 *     image      a new space with the program's segments, the stack, and the auxiliary vector
 *     commit     other threads gone, requests gone, the old space released, registers set     <- no way back from here
 *
 * Everything that can fail happens before the commit.
 */
#pragma once

#include "kernel/mm/page.h"
#include "kernel/proc/credentials.h"
#include "kernel/proc/process.h"
#include "lib/co.h"

struct thread;
struct process;
struct space;
struct inode;

enum { ARGUMENT_PAGES = 32 }; /* 128 KiB of argument and environment text */

/* NUL-ended texts one after the other: first the arguments, then the environment. */
struct exec_arguments {
	struct page *pages[ARGUMENT_PAGES];
	u32 bytes;
	u32 argument_count, environment_count;
};

void arguments_free(struct exec_arguments *arguments);
/* One text from kernel memory. 0, -E2BIG, -ENOMEM. */
long arguments_add(struct exec_arguments *arguments, const char *text);
/* The texts that the NULL-ended array of pointers at ADDRESS in SPACE points to; counted in *COUNT. Suspends. */
long arguments_read(struct co *caller, struct exec_arguments *arguments, struct space *space, u64 address, u32 *count);
/* One text from SPACE. Suspends. */
long arguments_read_text(struct co *caller, struct exec_arguments *arguments, struct space *space, u64 address);

/* What is to be run. */
struct exec_program {
	struct inode *inode, *place; /* referenced: the file, and the directory it was found in (may be NULL) */
	const char *path;	     /* kernel text, kept by the caller; its last part becomes the name */
	bool hidden; /* by a descriptor that exec closes: who is to read it by its path, a script's reader, cannot */
};

/* The one at PATH, for PROCESS: 0, or what the walk says. Either way exec_program_done. Suspends. */
long exec_program_find(struct co *caller, struct process *process, const char *path, struct exec_program *program);
void exec_program_done(struct exec_program *program);
/* May CO run INODE (NULL: what is no file): 0 or -EACCES. */
long exec_may_run(const struct co *co, const struct inode *inode);

struct exec_image {
	struct space *space;
	struct inode *inode, *place; /* the program, and the directory it was found in (may be NULL) */
	u64 entry, stack;
	struct process_texts texts;
	struct exec_rights rights;
	char name[16];
};

/* Build the image of PROGRAM, which exec_may_run, for PROCESS. 0 or a negative errno, and then nothing is left over.
 * Takes over the pages of ARGUMENTS when it succeeds. Suspends. */
long exec_load(struct co *caller, struct process *process, const struct exec_program *program,
	       struct exec_arguments *arguments, struct exec_image *image);

/* Make THREAD, the only one of its process and not started, run IMAGE. */
void exec_first(struct thread *thread, struct exec_image *image);

/* execve of the calling thread; ARGUMENTS are used up. KEEP_REGISTERS on success. Suspends. */
long exec_replace(struct co *caller, const struct exec_program *program, struct exec_arguments *arguments);
