/* exec_image.c - building a program's memory.
 *
 *     USER_MAX                                                       USER_MIN
 *       [guard][texts | auxv envp argv argc | stack ... ]  ...  [heap][data][text]
 *               ^ arguments' pages          ^ sp
 */
#include "kernel/proc/exec.h"

#include "kernel/abi/errno.h"
#include "kernel/dev/random.h"
#include "kernel/fs/file.h"
#include "kernel/fs/inode.h"
#include "kernel/fs/permission.h"
#include "kernel/space/pagetable.h"
#include "kernel/mm/slab.h"
#include "kernel/map/map.h"
#include "kernel/space/user.h"
#include "kernel/proc/elf.h"
#include "kernel/proc/process.h"

#define STACK_TOP (USER_MAX - PAGE_SIZE)

enum { HWCAP_IMAFDC = 0x112d, AUX_WORDS = 40 };

/* --- the stack --- */

/* Map the pages of ARGUMENTS as the top of the stack: the address of the first text, or -ENOMEM. */
static long stack_make(struct space *space, struct exec_arguments *arguments)
{
	u32 count = (arguments->bytes + PAGE_SIZE - 1) / PAGE_SIZE;
	u64 base = STACK_TOP - (u64)count * PAGE_SIZE, *entry;
	long err = space_map(space, base - PAGE_SIZE, STACK_TOP - base + PAGE_SIZE, PROT_READ | PROT_WRITE,
			     AREA_GROWS_DOWN, NULL, 0);

	if (err < 0)
		return err;
	spin_lock(&space->lock);
	for (u32 i = 0; i < count; i++) {
		entry = pt_leaf_make(space, base + i * PAGE_SIZE);
		if (!entry) {
			err = -ENOMEM;
			break;
		}
		store_release(entry, pte_make(page_to_phys(arguments->pages[i]),
					      PTE_V | PTE_R | PTE_W | PTE_U | PTE_A | PTE_D));
		arguments->pages[i] = NULL; /* the table holds it now */
		space->pages++;
	}
	spin_unlock(&space->lock);
	return err < 0 ? err : (long)base;
}

struct exec_load {
	struct co co;
	struct process *process;
	const struct exec_program *program;
	struct exec_arguments *arguments;
	struct exec_image *image;
	struct file *file;
	struct page *head;
	struct elf_program *elf;
	u64 text, at; /* the texts' address; where the stack's next word goes */
	u32 i, words;
	u64 aux[AUX_WORDS];
	u8 random[16];
	long error;
};

static void aux_add(struct exec_load *f, u64 type, u64 value)
{
	f->aux[f->words++] = type;
	f->aux[f->words++] = value;
}

static void aux_fill(struct exec_load *f, u64 random, u64 path)
{
	f->words = 0;
	aux_add(f, AT_PHDR, f->elf->headers);
	aux_add(f, AT_PHENT, sizeof(struct elf_segment));
	aux_add(f, AT_PHNUM, f->elf->header_count);
	aux_add(f, AT_PAGESZ, PAGE_SIZE);
	aux_add(f, AT_BASE, 0);
	aux_add(f, AT_FLAGS, 0);
	aux_add(f, AT_ENTRY, f->elf->entry);
	aux_add(f, AT_UID, f->image->rights.users.real);
	aux_add(f, AT_EUID, f->image->rights.user);
	aux_add(f, AT_GID, f->image->rights.groups.real);
	aux_add(f, AT_EGID, f->image->rights.group);
	aux_add(f, AT_HWCAP, HWCAP_IMAFDC);
	aux_add(f, AT_CLKTCK, 100);
	aux_add(f, AT_SECURE, f->image->rights.secure);
	aux_add(f, AT_RANDOM, random);
	aux_add(f, AT_EXECFN, path);
	aux_add(f, AT_MINSIGSTKSZ, 1088);
	aux_add(f, AT_NULL, 0);
}

/* The address of the text after the one at ADDRESS: their pages are mapped and hold a NUL for each. */
static u64 text_after(struct space *space, u64 address)
{
	const char *at, *end;
	u64 bytes;

	for (;; address += bytes) {
		at = user_span(space, address, 1, false);
		if (!at)
			return address;
		bytes = PAGE_SIZE - address % PAGE_SIZE;
		end = __builtin_memchr(at, 0, bytes);
		if (end)
			return address + (u64)(end - at) + 1;
	}
}

/* argc, argv, NULL, envp, NULL, auxv below the texts; the path is the first text. 0 or -ENOMEM. */
enum { STACK_PIECE = 48 };

struct stack_fill {
	struct co co;
	struct exec_load *load;
	u64 at, text;
	u32 i, pointers, n; /* words done; words before auxv; words of this piece */
	u64 words[STACK_PIECE];
};

/* Word number I of what lies at the stack pointer; asked for in ascending order. */
static u64 stack_word(struct stack_fill *f, u32 i)
{
	struct exec_load *load = f->load;
	u64 text = f->text;

	if (!i)
		return load->arguments->argument_count;
	if (i >= f->pointers)
		return load->aux[i - f->pointers];
	if (i == load->arguments->argument_count + 1)
		load->image->texts.arguments_end = text;
	if (i == f->pointers - 1)
		load->image->texts.environment_end = text;
	if (i == load->arguments->argument_count + 1 || i == f->pointers - 1)
		return 0;
	f->text = text_after(load->image->space, text);
	return text;
}

CO_STEP(stack_fill)
{
	CO_FRAME(stack_fill);
	struct exec_load *load = f->load;
	struct space *space = load->image->space;
	long err;

	CO_BEGIN;
	f->pointers = load->arguments->argument_count + load->arguments->environment_count + 3;
	f->at = load->text - sizeof(load->random);
	AWAIT(err, user_write(co, space, f->at, load->random, sizeof(load->random)));
	if (err)
		CO_RETURN(err);
	aux_fill(load, f->at, load->text);
	f->at = ALIGN_DOWN(f->at - (f->pointers + load->words) * sizeof(u64), 16);
	load->image->stack = f->at;
	load->image->texts.arguments = f->text = text_after(space, load->text);
	load->image->texts.auxiliary = f->at + f->pointers * sizeof(u64);
	load->image->texts.auxiliary_end = load->image->texts.auxiliary + load->words * sizeof(u64);
	while (f->i < f->pointers + load->words) {
		f->n = 0;
		while (f->n < STACK_PIECE && f->i < f->pointers + load->words)
			f->words[f->n++] = stack_word(f, f->i++);
		AWAIT(err, user_write(co, space, f->at, f->words, f->n * sizeof(u64)));
		if (err)
			CO_RETURN(err);
		f->at += f->n * sizeof(u64);
		if (task_should_yield())
			AWAIT(err, task_yield(co));
	}
	CO_RETURN(0);
	CO_END;
}

/* --- the segments --- */

/* Map one segment: its file pages, and zeroes behind them. 0 or a negative errno. */
struct segment_map {
	struct co co;
	struct space *space;
	struct file *file;
	const struct elf_load *load;
	struct user_buffer zeroes;
};

static long map_parts(struct space *space, struct file *file, const struct elf_load *load)
{
	u64 start = ALIGN_DOWN(load->address, PAGE_SIZE), end = ALIGN_UP(load->address + load->memory_bytes, PAGE_SIZE);
	u64 file_end = load->file_bytes ? ALIGN_UP(load->address + load->file_bytes, PAGE_SIZE) : start;
	long err = 0;

	if (file_end > start) {
		file_get(file);
		err = space_map(space, start, file_end - start, load->prot, 0, file,
				ALIGN_DOWN(load->offset, PAGE_SIZE));
		if (err < 0)
			file_put(file);
	}
	if (err >= 0 && end > file_end)
		err = space_map(space, file_end, end - file_end, load->prot, 0, NULL, 0);
	return err < 0 ? err : 0;
}

CO_STEP(segment_map)
{
	CO_FRAME(segment_map);
	const struct elf_load *load = f->load;
	u64 tail;
	long err;

	CO_BEGIN;
	err = map_parts(f->space, f->file, load);
	if (err || load->memory_bytes == load->file_bytes)
		CO_RETURN(err);
	/* the rest of the file's last page */
	tail = -(load->address + load->file_bytes) % PAGE_SIZE;
	f->zeroes = user_buffer(f->space, load->address + load->file_bytes, load->file_bytes ? tail : 0, true);
	while (f->zeroes.left && !user_fill_zero(&f->zeroes, f->zeroes.left)) {
		AWAIT(err, user_fault_in(co, &f->zeroes));
		if (err)
			CO_RETURN(err);
	}
	CO_RETURN(0);
	CO_END;
}

/* --- the image --- */

static void set_name(struct exec_image *image, const char *path)
{
	const char *name = path;

	for (; *path; path++)
		if (*path == '/' && path[1])
			name = path + 1;
	__builtin_memset(image->name, 0, sizeof(image->name));
	for (u32 i = 0; i + 1 < sizeof(image->name) && name[i]; i++)
		image->name[i] = name[i];
}

long exec_may_run(const struct co *co, const struct inode *inode)
{
	return inode && inode_is(inode, MODE_REGULAR) && !permission_check(co, inode, MAY_EXECUTE) ? 0 : -EACCES;
}

static long open_program(struct exec_load *f)
{
	struct inode *inode = f->program->inode;

	if (!inode->file_ops || !inode->file_ops->map)
		return -ENOEXEC;
	inode_get(inode);
	f->file = file_alloc(inode->file_ops, inode, 0, NULL);
	if (!f->file) {
		inode_put(inode);
		return -ENOMEM;
	}
	f->file->place = f->program->place; /* for /proc/<pid>/maps */
	if (f->file->place)
		inode_get(f->file->place);
	f->elf = kalloc(sizeof(*f->elf));
	f->image->space = space_new();
	if (!f->elf || !f->image->space)
		return -ENOMEM;
	f->image->space->stack_limit = limit_get(f->process, RLIMIT_STACK).current;
	return 0;
}

CO_STEP(exec_load)
{
	CO_FRAME(exec_load);
	struct exec_image *image = f->image;
	long err;

	CO_BEGIN;
	err = open_program(f);
	if (err)
		goto out;
	AWAIT(err, f->file->ops->map(co, f->file, 0, &f->head));
	if (err) {
		err = err == -ENXIO ? -ENOEXEC : err;
		goto out;
	}
	err = elf_parse(page_to_virt(f->head), min(f->file->inode->size, (u64)PAGE_SIZE), f->elf);
	page_put(f->head);
	if (err)
		goto out;
	for (f->i = 0; f->i < f->elf->load_count; f->i++) {
		AWAIT(err,
		      CO_CALL(segment_map, co, .space = image->space, .file = f->file, .load = &f->elf->loads[f->i]));
		if (err)
			goto out;
	}
	image->space->brk_start = image->space->brk = f->elf->high;
	err = signal_page_map(image->space);
	if (!err)
		err = stack_make(image->space, f->arguments);
	if (err < 0)
		goto out;
	f->text = (u64)err;
	image->rights = exec_rights_of(f->process, f->program->inode);
	random_bytes(f->random, sizeof(f->random));
	AWAIT(err, CO_CALL(stack_fill, co, .load = f));
	image->entry = f->elf->entry;
	set_name(image, f->program->path);
out:
	if (f->file)
		file_put(f->file);
	if (f->elf)
		kfree(f->elf, sizeof(*f->elf));
	if (!err) {
		image->inode = f->program->inode;
		image->place = f->program->place;
		inode_get(image->inode);
		if (image->place)
			inode_get(image->place);
		CO_RETURN(0);
	}
	f->error = err;
	if (image->space)
		AWAIT(err, space_release(co, image->space));
	CO_RETURN(f->error);
	CO_END;
}

long exec_load(struct co *caller, struct process *process, const struct exec_program *program,
	       struct exec_arguments *arguments, struct exec_image *image)
{
	*image = (struct exec_image){ 0 };
	return CO_CALL(exec_load, caller, .process = process, .program = program, .arguments = arguments,
		       .image = image);
}
