/* script.h - programs that are texts: "#!/bin/sh -e" in the first line names who reads them.
 *
 *     /a: #!/b x      execve("/a", "a", "1")      becomes     /c y /b x /a 1
 *     /b: #!/c y
 */
#pragma once

#include "lib/co.h"
#include "lib/types.h"

struct exec_program;
struct page;

enum { SCRIPT_DEPTH_MAX = 4 };

/* What the new program's arguments begin with, in the place of argument 0: COUNT texts, each ending in NUL, from AT on.
 * The first one is the path of the program to run. */
struct script {
	struct page *page; /* where they lie; script_done gives it back */
	u32 at, count;
};

/* PROGRAM is none that exec knows: is it a script? 0, and PROGRAM is who reads it, whose path lies in *SCRIPT;
 * -ENOEXEC: no; -ELOOP: a script of a script of ...; -E2BIG, -EACCES, -ENOENT (also: it is hidden), or what the walk
 * says. *SCRIPT is given back either way. Suspends. */
long script_resolve(struct co *caller, struct exec_program *program, struct script *script);
void script_done(struct script *script);
