/* futex_key.c - which word is meant, whoever maps it. */
#include "kernel/abi/errno.h"
#include "kernel/fs/file.h"
#include "kernel/fs/file_page.h"
#include "kernel/fs/inode.h"
#include "kernel/map/map.h"
#include "kernel/space/user.h"
#include "kernel/proc/futex_bucket.h"

/* Space locked. */
static long key_locked(const struct futex_word *word, struct futex_key *key)
{
	struct area *area = area_find(word->space, word->address);

	if (!area || word->address < area->start || !user_word(word->space, word->address, false))
		return -EFAULT;
	/* The identity is never used again, unlike an address: the waiter's mapping, and the file, may go before it. */
	if ((area->flags & AREA_SHARED) && area->file && area->file->ops->map == page_file_map)
		*key = (struct futex_key){ page_cache_identity(&area->file->inode->cache),
					   area->offset + word->address - area->start };
	return 0;
}

long futex_key_shared(const struct futex_word *word, struct futex_key *key)
{
	long err;

	spin_lock(&word->space->lock);
	err = key_locked(word, key);
	spin_unlock(&word->space->lock);
	return err;
}
