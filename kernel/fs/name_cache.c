/* name_cache.c - one slot for each hash value; a newcomer replaces whoever is there.
 *
 * Names longer than SLOT_NAME bytes are rare and not remembered. No memory is allocated.
 */
#include "kernel/fs/name_cache.h"

#include "kernel/fs/inode.h"
#include "lib/string.h"

enum { SLOTS = 1024, SLOT_NAME = 39 };

struct name_slot {
	const struct file_system *fs; /* NULL: empty */
	u64 directory, number;
	u8 length;
	char name[SLOT_NAME];
};

static struct spinlock lock = SPINLOCK_INIT(RANK_INODE); /* guards slots */
static struct name_slot slots[SLOTS];

/* FNV-1a over the name, started from the directory. */
static struct name_slot *slot_of(const struct inode *dir, const char *name, u32 length)
{
	u32 hash = (u32)(2166136261u ^ dir->number ^ (u64)dir->fs >> 6);

	for (u32 i = 0; i < length; i++)
		hash = (hash ^ (u8)name[i]) * 16777619u;
	return &slots[(hash ^ hash >> 16) % SLOTS];
}

static bool slot_holds(const struct name_slot *slot, const struct inode *dir, const char *name, u32 length)
{
	return slot->fs == dir->fs && slot->directory == dir->number && slot->length == length &&
	       !memcmp(slot->name, name, length);
}

u64 name_cache_find(const struct inode *dir, const char *name, u32 length)
{
	struct name_slot *slot = slot_of(dir, name, length);
	u64 number = 0;

	spin_lock(&lock);
	if (slot_holds(slot, dir, name, length))
		number = slot->number;
	spin_unlock(&lock);
	return number;
}

void name_cache_enter(const struct inode *dir, const char *name, u32 length, u64 number)
{
	struct name_slot *slot = slot_of(dir, name, length);

	if (length > SLOT_NAME)
		return;
	spin_lock(&lock);
	*slot = (struct name_slot){ dir->fs, dir->number, number, (u8)length, "" };
	memcpy(slot->name, name, length);
	spin_unlock(&lock);
}

void name_cache_forget(const struct inode *dir, const char *name, u32 length)
{
	struct name_slot *slot = slot_of(dir, name, length);

	spin_lock(&lock);
	if (slot_holds(slot, dir, name, length))
		slot->fs = NULL;
	spin_unlock(&lock);
}

void name_cache_forget_all(const struct file_system *fs)
{
	spin_lock(&lock);
	for (u32 i = 0; i < SLOTS; i++)
		if (slots[i].fs == fs)
			slots[i].fs = NULL;
	spin_unlock(&lock);
}
