/* elf.c - checks of an ELF program's headers. Every number in them is hostile: sums are checked
 * before they are made. */
#include "kernel/proc/elf.h"

#include "kernel/abi/errno.h"
#include "kernel/mm/page.h"
#include "kernel/space/space.h"

#define PIE_BASE    0x100000000ul	     /* where position-independent programs go */
#define ADDRESS_END (USER_MAX - (2ul << 30)) /* programs end below the mappings and the stack */

static bool header_is_good(const struct elf_header *h)
{
	return !__builtin_memcmp(h->magic, "\177ELF", 4) && h->class == ELF_CLASS_64 && h->data == ELF_LITTLE &&
	       (h->type == ELF_EXEC || h->type == ELF_DYN) && h->machine == ELF_RISCV &&
	       h->program_header_bytes == sizeof(struct elf_segment) && h->program_header_count &&
	       h->program_header_count <= 64;
}

static int add_segment(struct elf_program *program, const struct elf_segment *s, u64 base)
{
	struct elf_load *load = &program->loads[program->load_count];
	u64 start, end;

	if (!s->memory_bytes)
		return 0;
	if (program->load_count == ELF_SEGMENTS_MAX || s->file_bytes > s->memory_bytes ||
	    s->memory_bytes > ADDRESS_END || s->address > ADDRESS_END - base || s->offset > INT64_MAX - s->file_bytes ||
	    (s->address ^ s->offset) % PAGE_SIZE)
		return -ENOEXEC;
	start = s->address + base;
	end = start + s->memory_bytes;
	if (start < USER_MIN || end > ADDRESS_END || ALIGN_DOWN(start, PAGE_SIZE) < program->high)
		return -ENOEXEC; /* segments are in ascending order and share no page */
	/* zeroes after the file's bytes are written by the kernel as the program would */
	if (s->memory_bytes > s->file_bytes && !(s->flags & ELF_W))
		return -ENOEXEC;
	*load = (struct elf_load){ start, s->offset, s->file_bytes, s->memory_bytes, 0 };
	load->prot = (s->flags & ELF_R ? PROT_READ : 0) | (s->flags & ELF_W ? PROT_WRITE : 0) |
		     (s->flags & ELF_X ? PROT_EXEC : 0);
	if (!program->load_count++)
		program->low = ALIGN_DOWN(start, PAGE_SIZE);
	program->high = ALIGN_UP(end, PAGE_SIZE);
	return 0;
}

/* Where the table of program headers is in memory: in the segment that holds its file bytes. */
static u64 headers_address(const struct elf_program *program, u64 offset, u64 bytes)
{
	const struct elf_load *load;

	for (u32 i = 0; i < program->load_count; i++) {
		load = &program->loads[i];
		if (offset >= load->offset && offset - load->offset + bytes <= load->file_bytes)
			return load->address + (offset - load->offset);
	}
	return 0;
}

int elf_parse(const void *head, u64 bytes, struct elf_program *program)
{
	struct elf_header h;
	struct elf_segment segment;
	u64 table, base;
	int err;

	*program = (struct elf_program){ 0 };
	if (bytes < sizeof(h))
		return -ENOEXEC;
	__builtin_memcpy(&h, head, sizeof(h));
	table = (u64)h.program_header_count * sizeof(segment);
	if (!header_is_good(&h) || h.program_headers > bytes || table > bytes - h.program_headers)
		return -ENOEXEC;
	base = h.type == ELF_DYN ? PIE_BASE : 0;
	for (u32 i = 0; i < h.program_header_count; i++) {
		__builtin_memcpy(&segment, (const char *)head + h.program_headers + i * sizeof(segment),
				 sizeof(segment));
		if (segment.type == ELF_INTERP)
			return -ENOEXEC; /* dynamic linking needs an interpreter, which is not supported */
		err = segment.type == ELF_LOAD ? add_segment(program, &segment, base) : 0;
		if (err)
			return err;
	}
	program->entry = h.entry + base;
	if (!program->load_count || program->entry < program->low || program->entry >= program->high)
		return -ENOEXEC;
	program->headers = headers_address(program, h.program_headers, table);
	program->header_count = h.program_header_count;
	return 0;
}
