/* sq_wakeup.pml - how a program and its ring's poller agree that the poller sleeps (sqpoll.c), for spin.
 *
 * broken: NO_PROGRAM_FENCE NO_POLLER_FENCE NO_SECOND_LOOK NO_LOCK
 *
 * Two words, each written by one side: the tail and NEED_WAKEUP. A store goes to a store buffer of its side and reaches
 * memory at any later time; a fence waits until the buffer is empty; a side sees its own stores. The wake-up is one atomic
 * step, since it takes the ring's lock, under which the poller raises the flag, looks, and begins to wait. Checked:
 *   - when the program has ended and the poller sleeps, everything that was published has been taken.
 *
 * The broken variants:
 *   NO_PROGRAM_FENCE  none between the tail and the look at the flag
 *   NO_POLLER_FENCE   none between the flag and the look at the tail
 *   NO_SECOND_LOOK    the poller sleeps without it
 *   NO_LOCK           a wake-up may come between the poller's look and the beginning of its wait
 */
#define ENTRIES 3

byte tail = 0;		/* in memory */
bool need_wakeup = false;
byte tail_buffer = 0;	/* the program's view; equal to the word: the buffer is empty */
bool flag_buffer = false; /* the poller's */
bool waiting = false;	/* the poller is in the wait queue */
bool woken = false;	/* what it waits for */
bool locked = false;
byte head = 0;		/* the poller's own */
bool done = false;	/* the program has ended */

/* The stores reach memory some time. */
proctype buffers()
{
end:	do
	:: atomic { tail != tail_buffer -> tail = tail_buffer }
	:: atomic { need_wakeup != flag_buffer -> need_wakeup = flag_buffer }
	od
}

inline lock()
{
#ifdef NO_LOCK
	skip
#else
	atomic { !locked -> locked = true }
#endif
}

inline unlock()
{
#ifdef NO_LOCK
	skip
#else
	locked = false
#endif
}

inline wake()
{
	lock();
	atomic {
		if
		:: waiting -> waiting = false; woken = true
		:: else -> skip
		fi
	};
	unlock()
}

proctype program()
{
	byte i = 0;
	bool sleeps;

	do
	:: i < ENTRIES ->
		tail_buffer++;
#ifndef NO_PROGRAM_FENCE
		(tail == tail_buffer);
#endif
		sleeps = need_wakeup;
		if
		:: sleeps -> wake()
		:: else -> skip
		fi;
		i++
	:: else -> break
	od;
	done = true
}

proctype poller()
{
	byte seen;

	do
	:: seen = tail;
		if
		:: head != seen -> head = seen /* and look again */
		:: else ->
			lock();
			flag_buffer = true;
#ifndef NO_POLLER_FENCE
			(need_wakeup == flag_buffer);
#endif
#ifndef NO_SECOND_LOOK
			seen = tail;
#endif
			if
			:: head != seen -> skip
			:: else ->
				waiting = true;
				unlock();
end:				atomic { woken -> woken = false };
				lock()
			fi;
			flag_buffer = false;
			/* letting go of the lock does not wait for the store: the next one goes behind it */
			unlock()
		fi
	od
}

/* The program has ended, the poller sleeps, and nobody will wake it. */
proctype judge()
{
	(done && waiting && tail == tail_buffer);
	assert(head == tail)
}

init {
	atomic {
		run buffers();
		run program();
		run poller();
		run judge()
	}
}
