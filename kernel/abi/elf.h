/* elf.h - the parts of the ELF-64 format that a loader needs (System V ABI, chapters 4 and 5), and the auxiliary
 * vector. */
#pragma once

#include "lib/types.h"

struct elf_header {
	u8 magic[4], class, data, version, abi, padding[8];
	u16 type, machine;
	u32 version2;
	u64 entry, program_headers, section_headers;
	u32 flags;
	u16 header_bytes, program_header_bytes, program_header_count, section_header_bytes, section_header_count,
		section_names;
};

struct elf_segment {
	u32 type, flags;
	u64 offset, address, physical, file_bytes, memory_bytes, align;
};

_Static_assert(sizeof(struct elf_header) == 64, "ELF header");
_Static_assert(sizeof(struct elf_segment) == 56, "ELF program header");

enum { ELF_CLASS_64 = 2, ELF_LITTLE = 1, ELF_EXEC = 2, ELF_DYN = 3, ELF_RISCV = 243 };
enum { ELF_LOAD = 1, ELF_INTERP = 3 };
enum { ELF_X = 1, ELF_W = 2, ELF_R = 4 };

/* Linux's auxiliary vector. */
enum {
	AT_NULL = 0,
	AT_PHDR = 3,
	AT_PHENT = 4,
	AT_PHNUM = 5,
	AT_PAGESZ = 6,
	AT_BASE = 7,
	AT_FLAGS = 8,
	AT_ENTRY = 9,
	AT_UID = 11,
	AT_EUID = 12,
	AT_GID = 13,
	AT_EGID = 14,
	AT_HWCAP = 16,
	AT_CLKTCK = 17,
	AT_SECURE = 23,
	AT_RANDOM = 25,
	AT_EXECFN = 31,
	AT_MINSIGSTKSZ = 51,
};
