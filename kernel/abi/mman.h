/* mman.h - numbers of mmap, madvise and their like (Linux asm-generic/mman*.h). PROT_* are those of space/space.h. */
#pragma once

enum {
	MAP_SHARED = 1,
	MAP_PRIVATE = 2,
	MAP_SHARED_VALIDATE = 3,
	MAP_TYPE = 0xf,
	MAP_FIXED = 0x10,
	MAP_ANONYMOUS = 0x20,
	MAP_GROWSDOWN = 0x100,
	MAP_LOCKED = 0x2000,
	MAP_POPULATE = 0x8000,
	MAP_NONBLOCK = 0x10000,
	MAP_HUGETLB = 0x40000,
	MAP_FIXED_NOREPLACE = 0x100000,
	MAP_OLD = 0x7f930, /* the flags that are older than MAP_SHARED_VALIDATE, which knows no others */
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
	MADV_POPULATE_READ = 22,
	MADV_POPULATE_WRITE = 23,
};

enum { MCL_CURRENT = 1, MCL_FUTURE = 2, MCL_ONFAULT = 4, MLOCK_ONFAULT = 1 };

enum { MS_ASYNC = 1, MS_INVALIDATE = 2, MS_SYNC = 4 };
