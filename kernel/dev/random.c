/* random.c - a ChaCha20 generator with fast key erasure.
 *
 *     key --chacha--> [ next key | one-time key ]      the old key is gone before anything is given out, so what was
 *                          |            |              given out before cannot be computed from what is stored now
 *                        stored    key stream --> the caller, who gets the one-time key itself if he wants no more
 *
 *     seed: key ^= data, 32 bytes at a time, and a step after each
 */
#include "kernel/dev/random.h"

#include "kernel/dev/chacha.h"
#include "kernel/hart/fdt.h"
#include "kernel/hart/lock.h"
#include "kernel/task/timer.h"
#include "lib/string.h"

static struct {
	struct spinlock lock; /* guards key */
	u8 key[CHACHA_KEY_BYTES];
} generator = { .lock = SPINLOCK_INIT(RANK_PAGES) };

static const u8 nonce[CHACHA_NONCE_BYTES];

/* Replace the key; the 32 bytes that belong to nobody else go to ONCE. */
static void key_step_locked(u8 *once)
{
	u8 block[CHACHA_BLOCK_BYTES];

	chacha_block(block, generator.key, 0, nonce);
	memcpy(generator.key, block, CHACHA_KEY_BYTES);
	memcpy(once, block + CHACHA_KEY_BYTES, CHACHA_KEY_BYTES);
}

void random_seed(const void *data, size_t bytes)
{
	const u8 *from = data;
	u8 unused[CHACHA_KEY_BYTES];

	spin_lock(&generator.lock);
	for (size_t i = 0; i < bytes; i++) {
		generator.key[i % CHACHA_KEY_BYTES] ^= from[i];
		if (i % CHACHA_KEY_BYTES == CHACHA_KEY_BYTES - 1 || i + 1 == bytes)
			key_step_locked(unused);
	}
	spin_unlock(&generator.lock);
}

void random_init(void)
{
	struct fdt_node chosen;
	const void *seed;
	u64 now = clock_now();
	u32 bytes;

	random_seed(&now, sizeof(now));
	if (!fdt_find(&chosen, "/chosen"))
		return;
	seed = fdt_property(&chosen, "rng-seed", &bytes);
	if (seed)
		random_seed(seed, bytes);
}

void random_bytes(void *to, size_t bytes)
{
	u8 once[CHACHA_KEY_BYTES], block[CHACHA_BLOCK_BYTES] = { 0 }, *at = to;
	size_t piece;

	spin_lock(&generator.lock);
	key_step_locked(once);
	spin_unlock(&generator.lock);
	if (bytes <= sizeof(once)) {
		memcpy(to, once, bytes); /* few enough: no key is needed */
		bytes = 0;
	}
	for (u32 counter = 0; bytes; counter++) {
		chacha_block(block, once, counter, nonce);
		piece = min(bytes, sizeof(block));
		memcpy(at, block, piece);
		at += piece, bytes -= piece;
	}
	memset(once, 0, sizeof(once));
	memset(block, 0, sizeof(block));
	/* The compiler may not leave the two out. */
	__asm__ volatile("" ::"r"(once), "r"(block) : "memory");
}
