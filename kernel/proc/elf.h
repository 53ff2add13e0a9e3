/* elf.h - reading a program's headers: pure checks, no memory and no files, so that it is tested on the host. */
#pragma once

#include "kernel/abi/elf.h"

enum { ELF_SEGMENTS_MAX = 16 };

/* One piece to map: file bytes [offset, offset + file_bytes) at address, zeroes up to memory_bytes. */
struct elf_load {
	u64 address, offset, file_bytes, memory_bytes;
	u32 prot; /* PROT_* */
};

struct elf_program {
	u64 entry;
	u64 headers; /* address of the program headers in memory; 0: not loaded */
	u32 header_count;
	u64 low, high; /* the pages that the segments span */
	u32 load_count;
	struct elf_load loads[ELF_SEGMENTS_MAX];
};

/* Check the headers in HEAD (the first BYTES bytes of the file) and describe the program: 0, or -ENOEXEC for anything
 * that this kernel cannot run or that makes no sense. Addresses are moved up by a fixed base if the program is
 * position-independent. */
int elf_parse(const void *head, u64 bytes, struct elf_program *program);
