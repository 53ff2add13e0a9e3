/* stat.h - what stat, statx, statfs and getdents give user space: the layouts of Linux (asm-generic/stat.h,
 * linux/stat.h, asm-generic/statfs.h, linux/dirent.h). */
#pragma once

#include "lib/types.h"

struct abi_stat {
	u64 dev, ino;
	u32 mode, nlink, uid, gid;
	u64 rdev, pad1;
	s64 size;
	s32 blksize, pad2;
	s64 blocks; /* of 512 bytes */
	s64 atime;
	u64 atime_nsec;
	s64 mtime;
	u64 mtime_nsec;
	s64 ctime;
	u64 ctime_nsec;
	u32 unused[2];
};
_Static_assert(sizeof(struct abi_stat) == 128, "struct stat");
_Static_assert(offsetof(struct abi_stat, rdev) == 32 && offsetof(struct abi_stat, size) == 48, "struct stat");
_Static_assert(offsetof(struct abi_stat, blksize) == 56 && offsetof(struct abi_stat, blocks) == 64, "struct stat");
_Static_assert(offsetof(struct abi_stat, atime) == 72 && offsetof(struct abi_stat, ctime) == 104, "struct stat");

struct abi_statx_time {
	s64 sec;
	u32 nsec;
	s32 reserved;
};

struct abi_statx {
	u32 mask, blksize;
	u64 attributes;
	u32 nlink, uid, gid;
	u16 mode, spare0;
	u64 ino, size, blocks, attributes_mask;
	struct abi_statx_time atime, btime, ctime, mtime;
	u32 rdev_major, rdev_minor, dev_major, dev_minor;
	u64 mnt_id;
	u32 dio_mem_align, dio_offset_align;
	u64 spare3[12];
};
_Static_assert(sizeof(struct abi_statx) == 256, "struct statx");
_Static_assert(offsetof(struct abi_statx, mode) == 28 && offsetof(struct abi_statx, ino) == 32, "struct statx");
_Static_assert(offsetof(struct abi_statx, atime) == 64 && offsetof(struct abi_statx, mtime) == 112, "struct statx");
_Static_assert(offsetof(struct abi_statx, rdev_major) == 128 && offsetof(struct abi_statx, mnt_id) == 144,
	       "struct statx");

enum {
	STATX_BASIC_STATS = 0x7ff,
	STATX_BTIME = 0x800,
	STATX_MNT_ID = 0x1000,
	STATX_RESERVED = 0x80000000, /* in a mask: -EINVAL */
	STATX_ATTR_MOUNT_ROOT = 0x2000,
};

struct abi_statfs {
	s64 type, bsize;
	u64 blocks, bfree, bavail, files, ffree;
	s32 fsid[2];
	s64 namelen, frsize, flags, spare[4];
};
_Static_assert(sizeof(struct abi_statfs) == 120, "struct statfs");

enum { ST_RDONLY = 1, ST_RELATIME = 4096 };

/* Followed by the name and a NUL, and padded to a multiple of 8. */
struct abi_dirent64 {
	u64 ino;
	s64 off;
	u16 reclen;
	u8 type;
	char name[];
} __attribute__((packed));
_Static_assert(offsetof(struct abi_dirent64, name) == 19, "struct linux_dirent64");
