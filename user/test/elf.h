/* elf.h - a program of a few instructions, made by hand, so that tests can choose every byte of it.
 *
 *     file     [ header | 2 program headers | code ]
 *     memory   0x10000  the file, read + execute          0x20000  two pages of zeroes, read + write
 */
#pragma once

#include "lib/types.h"

#include <elf.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

enum { TINY_TEXT = 0x10000, TINY_DATA = 0x20000, TINY_CODE_BYTES = 256, TINY_EXIT_CODE = 42 };

struct tiny_elf {
	Elf64_Ehdr header;
	Elf64_Phdr segments[2];
	u8 code[TINY_CODE_BYTES];
};

#if defined(__riscv)
#define TINY_MACHINE EM_RISCV
#define TINY_FLAGS   5 /* compressed, double float */
/* li a0, 42; li a7, 93; ecall */
static const u32 tiny_exit[] = { 0x02a00513, 0x05d00893, 0x00000073 };
#else
#define TINY_MACHINE EM_X86_64
#define TINY_FLAGS   0
/* mov edi, 42; mov eax, 60; syscall */
static const u8 tiny_exit[] = { 0xbf, 42, 0, 0, 0, 0xb8, 60, 0, 0, 0, 0x0f, 0x05 };
#endif

/* A valid program that runs CODE. */
static inline void tiny_elf_make(struct tiny_elf *elf, const void *code, size_t bytes)
{
	*elf = (struct tiny_elf){
		.header = {
			.e_ident = { ELFMAG0, ELFMAG1, ELFMAG2, ELFMAG3, ELFCLASS64, ELFDATA2LSB, EV_CURRENT },
			.e_type = ET_EXEC,
			.e_machine = TINY_MACHINE,
			.e_version = EV_CURRENT,
			.e_entry = TINY_TEXT + offsetof(struct tiny_elf, code),
			.e_phoff = offsetof(struct tiny_elf, segments),
			.e_flags = TINY_FLAGS,
			.e_ehsize = sizeof(Elf64_Ehdr),
			.e_phentsize = sizeof(Elf64_Phdr),
			.e_phnum = 2,
		},
		.segments = {
			{
				.p_type = PT_LOAD,
				.p_flags = PF_R | PF_X,
				.p_vaddr = TINY_TEXT,
				.p_filesz = sizeof(*elf),
				.p_memsz = sizeof(*elf),
				.p_align = 4096,
			},
			{
				.p_type = PT_LOAD,
				.p_flags = PF_R | PF_W,
				.p_vaddr = TINY_DATA,
				.p_memsz = 8192,
				.p_align = 4096,
			},
		},
	};
	memcpy(elf->code, code, bytes);
}

/* Write BYTES of a program to PATH, executable: 0, or -1 with errno. */
static inline int tiny_elf_write(const char *path, const void *elf, size_t bytes)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0755);
	bool good = fd >= 0 && write(fd, elf, bytes) == (ssize_t)bytes;

	if (fd >= 0)
		close(fd);
	return good ? 0 : -1;
}
