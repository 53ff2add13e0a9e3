/* user_words.c - what the futexes ask of mm/: see user_words.h. Absent memory comes at once. */
#include "kernel/proc/test/explore/user_words.h"

#include "kernel/space/user.h"
#include "kernel/proc/futex_bucket.h"

u32 user_words[USER_WORDS];
u32 user_word_absent;

/* Far enough from each other for buckets of their own. */
enum { FIRST = 0x10000, APART = 64 };

u64 user_word_address(u32 n)
{
	return FIRST + (u64)n * APART;
}

u32 *user_word(struct space *space, u64 address, bool write)
{
	u64 n = (address - FIRST) / APART;

	(void)space, (void)write;
	return n || !load_acquire(&user_word_absent) ? &user_words[n] : NULL;
}

long user_fault_in(struct co *caller, struct user_buffer *buffer)
{
	(void)caller, (void)buffer;
	store_release(&user_word_absent, 0);
	return 0;
}

/* Every shared word is its own file's. */
long futex_key_shared(const struct futex_word *word, struct futex_key *key)
{
	*key = (struct futex_key){ 1, word->address };
	return user_word(word->space, word->address, false) ? 0 : -EFAULT;
}
