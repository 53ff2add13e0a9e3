/* sq.h - taking SQEs out of memory that their program may write at any moment.
 *
 *     shared     tail ---------.     array  [ 2 | 0 | 7 | 2 ]        sqes  [ 0 | 1 | 2 | 3 ]
 *                head --.      |              ^
 *     own        head --+------+--------------'  & own mask
 *
 * Contract: the tail, an index and each word of an SQE are read once, and what was read is checked, used, and never
 * read again. No value of them makes the kernel touch anything outside of the two arrays. The program sees the head go
 * on when we are done with an entry.
 */
#pragma once

#include "kernel/abi/io_uring.h"
#include "lib/order.h"

/* The shared words, as Linux 6.12 lays them out. */
struct ring_shared {
	u32 sq_head, sq_tail, cq_head, cq_tail;
	u32 sq_mask, cq_mask, sq_entries, cq_entries;
	u32 sq_dropped, sq_flags, cq_flags, cq_overflow;
	u32 padding[4];
	struct io_uring_cqe cqes[];
	/* behind them: u32 array[sq_entries] */
};

/* A submission queue: where it lies, and how large it was made. */
struct sq {
	u64 mask; /* entries - 1 */
	struct ring_shared *shared;
	const u32 *array; /* of indices; NULL: SQEs are taken in order */
	const struct io_uring_sqe *sqes;
};

/* LAB 6 { */
/* LAB 6: the contract above. These four are all that the kernel knows of a submission queue. */

/* How many of COUNT SQEs there are to take from HEAD on: no more than the queue holds is believed. */
static inline u32 sq_limit(const struct sq *sq, u32 head, u32 count)
{
	/* acquire: pairs with the program's release of the tail, so we see the SQEs */
	u64 ready = load_acquire(&sq->shared->sq_tail) - head;

	return (u32)min((u64)count, min(ready, sq->mask + 1));
}

/* Word by word, each read once; a call of memcpy costs more than the copy. No operation has a meaning
 * for the rest, addr3 and padding. */
typedef u64 __attribute__((may_alias)) sqe_word;

static inline void sqe_copy(struct io_uring_sqe *to, const struct io_uring_sqe *from)
{
	const sqe_word *source = (const sqe_word *)from;
	sqe_word *word = (sqe_word *)to;
	u64 a = load_relaxed(&source[0]), b = load_relaxed(&source[1]), c = load_relaxed(&source[2]),
	    d = load_relaxed(&source[3]), e = load_relaxed(&source[4]), f = load_relaxed(&source[5]);

	word[0] = a, word[1] = b, word[2] = c, word[3] = d;
	word[4] = e, word[5] = f;
}
_Static_assert(offsetof(struct io_uring_sqe, addr3) == 6 * sizeof(sqe_word), "sqe_copy");

/* Copy the SQE at HEAD out of the shared memory: false if its index is no index. The program may write meanwhile;
 * whatever mixture we get is what is checked and used. */
static inline bool sqe_take(const struct sq *sq, u64 head, struct io_uring_sqe *sqe)
{
	u64 index = head & sq->mask;

	if (likely(sq->array))
		index = sq->array[index];
	/* From here on the compiler must take this value: the word may change. (A volatile load is widened apart.) */
	__asm__ volatile("" : "+r"(index));
	if (unlikely(index > sq->mask))
		return false;
	sqe_copy(sqe, &sq->sqes[index]);
	return true;
}

/* Does SQE ask for nothing but its operation? Flags that rings here do not know, and a personality, are refused. */
static inline bool sqe_is_plain(const struct io_uring_sqe *sqe)
{
	return !(sqe->flags & ~(u32)IOSQE_ASYNC) && !sqe->personality; /* everything is asynchronous anyway */
}

/* Tell the program that it may write again the SQEs before HEAD. */
static inline void sq_publish(const struct sq *sq, u32 head)
{
	/* release: we are done with them */
	store_release(&sq->shared->sq_head, head);
}
/* LAB 6 ELSE
// What everybody writes first. It serves every honest program. Replace all of it.
static inline u32 sq_limit(const struct sq *sq, u32 head, u32 count)
{
	return min(count, sq->shared->sq_tail - head);
}

static inline bool sqe_take(const struct sq *sq, u64 head, struct io_uring_sqe *sqe)
{
	u64 index = head & sq->shared->sq_mask;

	if (sq->array)
		index = sq->array[index];
	*sqe = sq->sqes[index];
	return true;
}

static inline bool sqe_is_plain(const struct io_uring_sqe *sqe)
{
	(void)sqe;
	return true;
}

static inline void sq_publish(const struct sq *sq, u32 head)
{
	sq->shared->sq_head = head;
}
 */
/* } LAB 6 */
