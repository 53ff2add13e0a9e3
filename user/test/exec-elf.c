/* exec-elf.c - broken programs: a valid ELF file is changed in one place after the other, cut short, and changed at
 * random. execve refuses it (ENOEXEC, EINVAL, ENOMEM) or the new process dies or does what the file says; the parent
 * notices nothing.
 *
 * Seed: environment CHIME_SEED, printed.
 *
 * oracle: native
 */
#define _GNU_SOURCE
#include "user/test/check.h"
#include "user/test/child.h"
#include "user/test/elf.h"
#include "user/test/random.h"

#include <signal.h>

static const char path[] = "/tmp/exec-elf";

/* What may happen. */
enum outcome { RUNS = 1, REFUSED = 2, DIES = 4, BROKEN = REFUSED | DIES, ANY = RUNS | BROKEN };

#define HEADER(field) offsetof(struct tiny_elf, header.field), sizeof(((struct tiny_elf *)0)->header.field)
#define SEGMENT(n, field) \
	offsetof(struct tiny_elf, segments[n].field), sizeof(((struct tiny_elf *)0)->segments[n].field)
#define BYTE(n) (n), 1

static const struct mutation {
	size_t offset, bytes;
	u64 value;
	unsigned allowed;
} mutations[] = {
	{ BYTE(EI_MAG0), 0, REFUSED },
	{ BYTE(EI_MAG3), 'G', REFUSED },
	{ BYTE(EI_CLASS), ELFCLASS32, ANY },
	{ BYTE(EI_DATA), ELFDATA2MSB, ANY },
	{ HEADER(e_type), ET_NONE, REFUSED },
	{ HEADER(e_type), ET_REL, REFUSED },
	{ HEADER(e_type), ET_CORE, REFUSED },
	{ HEADER(e_machine), EM_SPARC, REFUSED },
	{ HEADER(e_entry), 0, BROKEN },
	{ HEADER(e_entry), 0x50000, BROKEN },
	{ HEADER(e_entry), TINY_DATA, BROKEN },
	{ HEADER(e_entry), 1ull << 63, BROKEN },
	{ HEADER(e_entry), -4ull, BROKEN },
	{ HEADER(e_phoff), sizeof(struct tiny_elf), BROKEN },
	{ HEADER(e_phoff), 1ull << 62, BROKEN },
	{ HEADER(e_phoff), -1ull, BROKEN },
	{ HEADER(e_phentsize), 0, REFUSED },
	{ HEADER(e_phentsize), 55, REFUSED },
	{ HEADER(e_phentsize), 0xffff, REFUSED },
	{ HEADER(e_phnum), 0, BROKEN },
	{ HEADER(e_phnum), 3, ANY },
	{ HEADER(e_phnum), 0xffff, BROKEN },
	{ SEGMENT(0, p_type), PT_NULL, BROKEN },
	{ SEGMENT(0, p_type), PT_INTERP, BROKEN },
	{ SEGMENT(0, p_flags), 0, BROKEN },
	{ SEGMENT(0, p_flags), PF_R, BROKEN },
	{ SEGMENT(0, p_flags), PF_X, ANY },
	{ SEGMENT(0, p_offset), 1, BROKEN }, /* not congruent to p_vaddr */
	{ SEGMENT(0, p_offset), 4096, BROKEN },
	{ SEGMENT(0, p_offset), 1ull << 62, BROKEN },
	{ SEGMENT(0, p_offset), -4096ull, BROKEN },
	{ SEGMENT(0, p_vaddr), 0, BROKEN },
	{ SEGMENT(0, p_vaddr), 1ull << 38, BROKEN },
	{ SEGMENT(0, p_vaddr), 1ull << 47, BROKEN },
	{ SEGMENT(0, p_vaddr), -8192ull, BROKEN },
	{ SEGMENT(0, p_filesz), 0, BROKEN },
	{ SEGMENT(0, p_filesz), 1ull << 40, BROKEN },
	{ SEGMENT(0, p_filesz), -1ull, BROKEN },
	{ SEGMENT(0, p_memsz), 0, BROKEN },
	{ SEGMENT(0, p_memsz), 1ull << 47, BROKEN },
	{ SEGMENT(0, p_memsz), -1ull, BROKEN },
	{ SEGMENT(0, p_align), 3, ANY },
	{ SEGMENT(0, p_align), 1ull << 60, ANY },
	{ SEGMENT(1, p_vaddr), TINY_TEXT, BROKEN }, /* over the first */
	{ SEGMENT(1, p_vaddr), -4096ull, BROKEN },
	{ SEGMENT(1, p_memsz), 1ull << 46, BROKEN },
	{ SEGMENT(1, p_memsz), 1ull << 63, BROKEN },
	{ SEGMENT(1, p_memsz), -1ull, BROKEN },
	{ SEGMENT(1, p_filesz), 8192, ANY }, /* more than the file has */
	{ SEGMENT(1, p_offset), 1ull << 63, ANY },
	{ SEGMENT(1, p_type), PT_TLS, RUNS },
	{ SEGMENT(1, p_type), 0x12345678, RUNS },
	{ SEGMENT(1, p_type), PT_INTERP, BROKEN },
};

/* ENOENT: the bytes that became the name of an interpreter name no file. */
static bool refusal(int error)
{
	static const int good[] = { ENOEXEC, EINVAL, ENOMEM, EFAULT, EIO, ENOENT };

	for (size_t i = 0; i < ARRAY_SIZE(good); i++)
		if (error == good[i])
			return true;
	return false;
}

static unsigned run(const void *elf, size_t bytes)
{
	const char *const argv[] = { path, NULL };
	int status;
	pid_t pid;

	REQUIRE_OK(tiny_elf_write(path, elf, bytes));
	pid = child_exec(path, argv, environ);
	if (pid < 0)
		return refusal(-pid) ? REFUSED : 0;
	status = child_wait(pid);
	if (status == EXITED(TINY_EXIT_CODE))
		return RUNS;
	return WIFSIGNALED(status) ? DIES : 0;
}

static void check_mutations(const struct tiny_elf *good)
{
	for (size_t i = 0; i < ARRAY_SIZE(mutations); i++) {
		const struct mutation *mutation = &mutations[i];
		struct tiny_elf elf = *good;
		unsigned outcome;

		memcpy((char *)&elf + mutation->offset, &mutation->value, mutation->bytes);
		outcome = run(&elf, sizeof(elf));
		if (!CHECK(outcome & mutation->allowed))
			check_note("offset %zu, value %#llx: outcome %u, allowed %u", mutation->offset,
				   (unsigned long long)mutation->value, outcome, mutation->allowed);
	}
}

/* The tail of the code area is unused, so short cuts there do no harm: beyond the end of the file are zeroes. */
static void check_cuts(const struct tiny_elf *good)
{
	static const size_t lengths[] = { 1, 15, 16, 63, 64, 65, 119, 120, 175, 176 };

	for (size_t i = 0; i < ARRAY_SIZE(lengths); i++)
		if (!CHECK(run(good, lengths[i]) & BROKEN))
			check_note("cut to %zu bytes", lengths[i]);
	CHECK_EQ(run(good, 176 + sizeof(tiny_exit)), RUNS);
}

static void check_random(const struct tiny_elf *good)
{
	for (int round = 0; round < 60; round++) {
		struct tiny_elf elf = *good;
		unsigned changes = 1 + (unsigned)random_below(3);

		while (changes--)
			((u8 *)&elf)[random_below(176)] = (u8)(random_below(2) ? random_next() : random_below(2) - 1);
		run(&elf, sizeof(elf)); /* the check is that we come back */
	}
}

int main(void)
{
	struct tiny_elf good;

	random_init();
	tiny_elf_make(&good, tiny_exit, sizeof(tiny_exit));
	CHECK_EQ(run(&good, sizeof(good)), RUNS);
	check_mutations(&good);
	check_cuts(&good);
	check_random(&good);
	CHECK_EQ(run(&good, sizeof(good)), RUNS);
	unlink(path);
	return check_done();
}
