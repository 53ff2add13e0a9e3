/* exec.c - execve. */
#include "kernel/abi/errno.h"
#include "kernel/mm/page.h"
#include "kernel/mm/slab.h"
#include "kernel/mm/user.h"
#include "kernel/proc/exec.h"
#include "kernel/proc/process.h"
#include "kernel/proc/thread.h"
#include "kernel/sys/sys.h"

struct execve_call {
	struct co co;
	u64 path, arguments, environment;
	char *text;
	struct exec_arguments *collected;
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
		return CO_CALL_OR(give_back(collected, text), execve_call, caller, .path = args[0], .arguments = args[1],
				  .environment = args[2], .text = page_to_virt(text), .collected = collected);
	give_back(collected, text);
	return -ENOMEM;
}
