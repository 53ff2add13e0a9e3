/* ids.c - a bitmap of used numbers, searched from the last one given out, and how many use each. */
#include "kernel/proc/ids.h"

#include "kernel/proc/process.h"

static struct spinlock lock = SPINLOCK_INIT(RANK_WAIT); /* guards all below */
static u64 used[PID_MAX / 64] = { 1 };			/* 0 is nobody's */
static u16 users[PID_MAX]; /* a process or thread, and who has it as group and as session: 65535 at most */
static u32 last;

u32 id_alloc(void)
{
	u32 id = 0, word;

	spin_lock(&lock);
	for (u32 i = 0; i <= PID_MAX / 64 && !id; i++) {
		word = (last / 64 + i) % (PID_MAX / 64);
		/* in the first word only what lies above the last one given out */
		u64 taken = used[word] | (i ? 0 : (2ul << last % 64) - 1);

		if (taken != UINT64_MAX)
			id = word * 64 + (u32)__builtin_ctzl(~taken);
	}
	if (id) {
		used[id / 64] |= BIT(id % 64);
		users[id] = 1;
		store_relaxed(&last, id);
	}
	spin_unlock(&lock);
	return id;
}

u32 id_newest(void)
{
	return load_relaxed(&last);
}

void id_get(u32 id)
{
	spin_lock(&lock);
	users[id]++;
	spin_unlock(&lock);
}

void id_free(u32 id)
{
	spin_lock(&lock);
	if (!--users[id])
		used[id / 64] &= ~BIT(id % 64);
	spin_unlock(&lock);
}
