/* futex_pair.c - the futex operations on two words: moving waiters, and changing one word while waking another's.
 *
 * An attempt runs under the locks of both buckets and never waits. If it needs a word that is not in memory it says
 * which (`missing`); that is brought in, and the attempt is made again.
 */
#include "kernel/abi/errno.h"
#include "kernel/space/user.h"
#include "kernel/proc/futex_bucket.h"

struct futex_pair_call {
	struct co co;
	struct futex_pair pair;
};

CO_STEP(futex_pair_call)
{
	CO_FRAME(futex_pair_call);
	struct user_buffer word;
	long err;

	CO_BEGIN;
	do {
		word = user_buffer(f->pair.word.space, f->pair.missing, sizeof(u32), f->pair.missing_write);
		AWAIT(err, user_fault_in(co, &word));
		if (err)
			CO_RETURN(err);
		err = f->pair.attempt(&f->pair);
	} while (err == -EFAULT);
	CO_RETURN(err);
	CO_END;
}

static long pair_run(struct co *caller, struct futex_pair *pair, long (*attempt)(struct futex_pair *pair))
{
	long result = attempt(pair);

	if (likely(result != -EFAULT))
		return result;
	pair->attempt = attempt;
	return CO_CALL(futex_pair_call, caller, .pair = *pair);
}

/* -EFAULT, and what must be there at the next attempt. */
static long missing(struct futex_pair *pair, u64 address, bool write)
{
	pair->missing = address;
	pair->missing_write = write;
	return -EFAULT;
}

/* The keys of both words: 0 or -EFAULT. */
static long pair_keys(struct futex_pair *pair, struct futex_key *first, struct futex_key *second)
{
	struct futex_word other = { pair->word.space, pair->second, pair->word.shared };

	if (futex_key(&pair->word, first))
		return missing(pair, pair->word.address, false);
	return futex_key(&other, second) ? missing(pair, pair->second, false) : 0;
}

/* LAB 4 { */
/* LAB 4: two programs may name the same two words in different order. */
void futex_lock_two(struct futex_bucket *a, struct futex_bucket *b)
{
	if (a > b)
		return futex_lock_two(b, a);
	spin_lock(&a->lock);
	if (a != b)
		spin_lock_nested(&b->lock);
}

void futex_unlock_two(struct futex_bucket *a, struct futex_bucket *b)
{
	if (a != b)
		spin_unlock(&b->lock);
	spin_unlock(&a->lock);
}

/* --- requeue --- */

/* LAB 4: a waiter that is moved may be on its way out, and a waker of the other word on its way in. */
/* Up to COUNT waiters for FROM, in bucket A, wait for TO in bucket B from now on: how many. Both locked. */
static u32 move_locked(struct futex_bucket *a, struct futex_bucket *b, struct futex_key from, struct futex_key to,
		       u32 count)
{
	struct list *node = a->queue.waits.next, *next, *end = a->queue.waits.prev;
	struct futex_wait *waiter;
	bool last = list_is_empty(&a->queue.waits);
	u32 moved = 0;

	/* up to the waiter that was the last at first: with A == B the moved ones come behind it */
	for (; !last && moved < count; node = next) {
		next = node->next;
		last = node == end;
		waiter = futex_waiter_of(node);
		if (!futex_waits_for(waiter, from))
			continue;
		list_remove(node);
		waiter->key = to;
		/* A waker that does not find B's count yet, and so does not wait for our lock, came before the move. */
		atomic_add_relaxed(&b->waiting, 1u);
		atomic_add_relaxed(&a->waiting, -1u);
		store_release(&waiter->bucket, b); /* pairs with the acquire in wait_over */
		list_push_back(&b->queue.waits, node);
		moved++;
	}
	return moved;
}
/* LAB 4 ELSE
void futex_lock_two(struct futex_bucket *a, struct futex_bucket *b)
{
	spin_lock(&a->lock);
	if (a != b)
		spin_lock_nested(&b->lock);
}

void futex_unlock_two(struct futex_bucket *a, struct futex_bucket *b)
{
	if (a != b)
		spin_unlock(&b->lock);
	spin_unlock(&a->lock);
}

static u32 move_locked(struct futex_bucket *a, struct futex_bucket *b, struct futex_key from, struct futex_key to,
		       u32 count)
{
	struct list *node = a->queue.waits.next, *next, *end = a->queue.waits.prev;
	bool last = list_is_empty(&a->queue.waits);
	u32 moved = 0;

	for (; !last && moved < count; node = next) {
		next = node->next;
		last = node == end;
		if (!futex_waits_for(futex_waiter_of(node), from))
			continue;
		list_remove(node);
		futex_waiter_of(node)->key = to;
		list_push_back(&b->queue.waits, node);
		moved++;
	}
	return moved;
}
 */
/* } LAB 4 */

/* CHECK: is the word still VALUE? 0, -EAGAIN, -EFAULT. */
static long check_locked(struct futex_pair *pair)
{
	u32 *word = pair->check ? user_word(pair->word.space, pair->word.address, false) : NULL;

	if (!pair->check)
		return 0;
	if (!word)
		return missing(pair, pair->word.address, false);
	return load_acquire(word) == pair->value ? 0 : -EAGAIN;
}

static long requeue_try(struct futex_pair *pair)
{
	struct futex_key from, to;
	struct futex_bucket *a, *b;
	long n = pair_keys(pair, &from, &to);

	if (n)
		return n;
	a = futex_bucket_of(from);
	b = futex_bucket_of(to);
	futex_lock_two(a, b);
	n = check_locked(pair);
	if (!n) {
		n = futex_wake_locked(a, from, pair->wake, FUTEX_ANY);
		n += move_locked(a, b, from, to, pair->move);
	}
	futex_unlock_two(a, b);
	return n;
}

long futex_requeue(struct co *caller, struct futex_pair *pair)
{
	return pair_run(caller, pair, requeue_try);
}

/* --- wake and change --- */

/* FUTEX_OP(operation, argument, comparison, with): four, twelve, four and twelve bits. */
enum { OP_SET, OP_ADD, OP_OR, OP_ANDN, OP_XOR, OP_SHIFT = 8 };
enum { COMPARE_EQ, COMPARE_NE, COMPARE_LT, COMPARE_LE, COMPARE_GT, COMPARE_GE };

static s32 sign_extend_12(u32 value)
{
	return (s32)(value << 20) >> 20;
}

/* What the word becomes: false if there is no such operation. */
static bool change_of(u32 code, u32 old, u32 *new)
{
	u32 operation = code >> 28, argument = (u32)sign_extend_12(code >> 12);

	if (operation & OP_SHIFT)
		argument = 1u << (argument & 31);
	switch (operation & ~(u32)OP_SHIFT) {
	case OP_SET:
		*new = argument;
		return true;
	case OP_ADD:
		*new = old + argument;
		return true;
	case OP_OR:
		*new = old | argument;
		return true;
	case OP_ANDN:
		*new = old & ~argument;
		return true;
	case OP_XOR:
		*new = old ^ argument;
		return true;
	default:
		return false;
	}
}

/* Does the old value compare as CODE says: 1, 0, or -ENOSYS. */
static long compares(u32 code, u32 old)
{
	s32 a = (s32)old, b = sign_extend_12(code);

	switch (code >> 24 & 15) {
	case COMPARE_EQ:
		return a == b;
	case COMPARE_NE:
		return a != b;
	case COMPARE_LT:
		return a < b;
	case COMPARE_LE:
		return a <= b;
	case COMPARE_GT:
		return a > b;
	case COMPARE_GE:
		return a >= b;
	default:
		return -ENOSYS;
	}
}

/* Change the second word: does its old value compare? 1, 0, -ENOSYS, -EFAULT. */
static long change_locked(struct futex_pair *pair)
{
	u32 *word = user_word(pair->word.space, pair->second, true), old, new;

	if (!word)
		return missing(pair, pair->second, true);
	old = load_relaxed(word);
	do {
		if (!change_of(pair->value, old, &new))
			return -ENOSYS;
	} while (!atomic_cas(word, &old, new)); /* against the program's own atomics */
	return compares(pair->value, old);
}

static long wake_op_try(struct futex_pair *pair)
{
	struct futex_key first, second;
	struct futex_bucket *a, *b;
	long n = pair_keys(pair, &first, &second), both;

	if (n)
		return n;
	a = futex_bucket_of(first);
	b = futex_bucket_of(second);
	futex_lock_two(a, b);
	both = change_locked(pair);
	if (both >= 0)
		n = futex_wake_locked(a, first, pair->wake, FUTEX_ANY);
	if (both > 0)
		n += futex_wake_locked(b, second, pair->move, FUTEX_ANY);
	futex_unlock_two(a, b);
	return both < 0 ? both : n;
}

long futex_wake_op(struct co *caller, struct futex_pair *pair)
{
	return pair_run(caller, pair, wake_op_try);
}
