/* ext2_disk.h - what ext2 looks like on the disk.
 *
 *     | boot 1 KiB | super block | group descriptors | bitmaps | inode table | data ... | next group ...
 *
 * All numbers are little-endian, as RISC-V is. Nothing read into these structs is trusted before it has been checked.
 */
#pragma once

#include "lib/types.h"

enum {
	EXT2_MAGIC = 0xef53,
	EXT2_SUPER_AT = 1024, /* byte position on the device, whatever the block size */
	EXT2_ROOT = 2,
	EXT2_OLD_INODE_BYTES = 128,
	EXT2_DIRECT = 12,
	EXT2_FAST_LINK_MAX = 60, /* bytes of block[]: a shorter link text lies there */
	EXT2_NAME_MAX = 255,
};

/* feature_incompat: who does not know one of these cannot read the disk. */
enum {
	EXT2_INCOMPAT_FILETYPE = 0x2,
	EXT3_INCOMPAT_RECOVER = 0x4,
};
enum { EXT2_COMPAT_JOURNAL = 0x4 };
/* The others only matter to who writes. */
enum { EXT2_RO_LARGE_FILE = 0x2 };

/* inode.flags */
enum { EXT4_INODE_EXTENTS = 0x80000, EXT4_INODE_INLINE_DATA = 0x10000000 };

struct ext2_super {
	u32 inodes_count;
	u32 blocks_count;
	u32 reserved_blocks_count;
	u32 free_blocks_count;
	u32 free_inodes_count;
	u32 first_data_block;
	u32 log_block_size; /* 1024 << this */
	u32 log_fragment_size;
	u32 blocks_per_group;
	u32 fragments_per_group;
	u32 inodes_per_group;
	u32 mount_time, write_time;
	u16 mount_count, max_mount_count;
	u16 magic, state, errors, minor_revision;
	u32 last_check, check_interval, creator;
	u32 revision; /* 0: the fields below mean nothing */
	u16 reserved_uid, reserved_gid;
	u32 first_inode;
	u16 inode_bytes, group_number;
	u32 feature_compat, feature_incompat, feature_ro_compat;
	u8 uuid[16];
	char volume_name[16];
	char last_mounted[64];
	u8 rest[824];
};
_Static_assert(sizeof(struct ext2_super) == 1024, "super block");
_Static_assert(offsetof(struct ext2_super, magic) == 56, "super block: magic");
_Static_assert(offsetof(struct ext2_super, feature_incompat) == 96, "super block: features");

struct ext2_group {
	u32 block_bitmap, inode_bitmap, inode_table;
	u16 free_blocks_count, free_inodes_count, used_directories_count, flags;
	u8 rest[12];
};
_Static_assert(sizeof(struct ext2_group) == 32, "group descriptor");

struct ext2_inode {
	u16 mode, uid;
	u32 size;
	u32 accessed, changed, modified, deleted; /* seconds */
	u16 gid, links;
	u32 sectors; /* of 512 bytes, indirect blocks counted */
	u32 flags, version;
	u32 block[15]; /* 12 direct, indirect, double, triple; or a short link's text; or a device number */
	u32 generation;
	u32 file_acl;
	u32 size_high; /* regular files, revision 1; directories: an access list */
	u32 fragment;
	u16 blocks_high, acl_high, uid_high, gid_high;
	u32 rest;
};
_Static_assert(sizeof(struct ext2_inode) == 128, "inode");
_Static_assert(offsetof(struct ext2_inode, block) == 40, "inode: block map");

/* A directory is a list of these in each block; record_bytes leads to the next and the last one reaches the block's
 * end. inode 0: unused. */
struct ext2_entry {
	u32 inode;
	u16 record_bytes;
	u8 name_length;
	u8 type; /* with EXT2_INCOMPAT_FILETYPE; else the name length's high byte, 0 */
	char name[];
};
_Static_assert(sizeof(struct ext2_entry) == 8, "directory entry");
