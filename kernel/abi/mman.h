/* mman.h - numbers of mmap, madvise and their like (Linux asm-generic/mman*.h). PROT_* are those of mm/space.h. */
#pragma once

enum {
	MAP_SHARED = 1,
	MAP_PRIVATE = 2,
	MAP_SHARED_VALIDATE = 3,
	MAP_TYPE = 0xf,
	MAP_FIXED = 0x10,
	MAP_ANONYMOUS = 0x20,
	MAP_GROWSDOWN = 0x100,
	MAP_FIXED_NOREPLACE = 0x100000,
};

enum { MREMAP_MAYMOVE = 1, MREMAP_FIXED = 2 };

enum {
	MADV_NORMAL = 0,
	MADV_RANDOM = 1,
	MADV_SEQUENTIAL = 2,
	MADV_WILLNEED = 3,
	MADV_DONTNEED = 4,
	MADV_FREE = 8,
	MADV_HUGEPAGE = 14,
	MADV_NOHUGEPAGE = 15,
};

enum { MS_ASYNC = 1, MS_INVALIDATE = 2, MS_SYNC = 4 };
