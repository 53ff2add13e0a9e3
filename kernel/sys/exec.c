/* exec.c - execve.
 *
 * What is no program for exec may be a script: then once more, for its interpreter, with the arguments that that needs.
 */
#include "kernel/abi/errno.h"
#include "kernel/mm/page.h"
#include "kernel/mm/slab.h"
#include "kernel/mm/user.h"
#include "kernel/proc/exec.h"
#include "kernel/proc/process.h"
#include "kernel/proc/script.h"
#include "kernel/proc/thread.h"
#include "kernel/sys/sys.h"
#include "lib/string.h"

/* execve of a script whose interpreter is known. */
struct script_call {
	struct co co;
	u64 arguments, environment;
	char *text; /* the script's path, then the interpreter's */
	struct exec_arguments *collected;
	struct script *script;
	u64 first; /* the caller's argument 0, which the script's texts replace */
};

/* The path for AT_EXECFN, and what stands before the caller's arguments. */
static long collect_script(struct script_call *f)
{
	const char *text = (const char *)page_to_virt(f->script->page) + f->script->at;
	long err = arguments_add(f->collected, f->text);

	memcpy(f->text, text, strlen(text) + 1);
	for (u32 i = 0; i < f->script->count && !err; i++, text += strlen(text) + 1)
		err = arguments_add(f->collected, text);
	return err;
}

CO_STEP(script_call)
{
	CO_FRAME(script_call);
	struct exec_arguments *collected = f->collected;
	struct space *space = user_space_of(co);
	long err;

	CO_BEGIN;
	AWAIT(err, user_read(co, space, &f->first, f->arguments, sizeof(f->first)));
	if (!err)
		err = collect_script(f);
	if (!err)
		AWAIT(err, arguments_read(co, collected, space, f->arguments + (f->first ? sizeof(u64) : 0),
					  &collected->argument_count));
	collected->argument_count += f->script->count;
	if (!err)
		AWAIT(err, arguments_read(co, collected, space, f->environment, &collected->environment_count));
	if (!err)
		AWAIT(err, exec_replace(co, f->text, collected));
	CO_RETURN(err);
	CO_END;
}

struct execve_call {
	struct co co;
	u64 path, arguments, environment;
	char *text;
	struct exec_arguments *collected;
	struct script script;
};

CO_STEP(execve_call)
{
	CO_FRAME(execve_call);
	struct space *space = user_space_of(co);
	struct exec_arguments *collected = f->collected;
	long err;

	CO_BEGIN;
	AWAIT(err, user_read_text(co, space, f->text, f->path, PAGE_SIZE));
	if (err < 0)
		goto out;
	err = arguments_add(collected, f->text); /* what AT_EXECFN points to */
	if (!err)
		AWAIT(err, arguments_read(co, collected, space, f->arguments, &collected->argument_count));
	if (!err)
		AWAIT(err, arguments_read(co, collected, space, f->environment, &collected->environment_count));
	if (!err)
		AWAIT(err, exec_replace(co, f->text, collected));
	if (err == -ENOEXEC) {
		AWAIT(err, script_resolve(co, f->text, &f->script));
		arguments_free(collected);
		*collected = (struct exec_arguments){ 0 };
		if (!err)
			AWAIT(err, CO_CALL(script_call, co, .arguments = f->arguments, .environment = f->environment,
					   .text = f->text, .collected = collected, .script = &f->script));
		script_done(&f->script);
	}
out:
	arguments_free(collected);
	kfree(collected, sizeof(*collected));
	page_put(virt_to_page(f->text));
	CO_RETURN(err);
	CO_END;
}

static void give_back(struct exec_arguments *collected, struct page *text)
{
	if (collected)
		kfree(collected, sizeof(*collected));
	if (text)
		page_put(text);
}

long sys_execve(struct co *caller, const u64 *args)
{
	struct exec_arguments *collected = kzalloc(sizeof(*collected));
	struct page *text = page_alloc(0);

	if (collected && text)
		return CO_CALL_OR(give_back(collected, text), execve_call, caller, .path = args[0],
				  .arguments = args[1], .environment = args[2], .text = page_to_virt(text),
				  .collected = collected);
	give_back(collected, text);
	return -ENOMEM;
}
