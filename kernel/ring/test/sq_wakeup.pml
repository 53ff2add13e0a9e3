/* sq_wakeup.pml - how programs and the poller of their rings agree that the poller sleeps (kernel/ring/poller.c), for
 * spin. One poller, two rings, a program for each.
 *
 * broken: NO_PROGRAM_FENCE NO_POLLER_FENCE NO_SECOND_LOOK NO_RUNG NO_LOCK LATE_CLEAR FIRST_RING_ONLY
 *
 * Of each ring two words, each written by one side: the tail and NEED_WAKEUP. A store goes to a store buffer of its side
 * and reaches memory at any later time; a fence waits until the buffer is empty; a side sees its own stores. The poller
 * raises the flags of its rings one after the other, without a lock, and looks at each tail. `rung` and the wait queue
 * are guarded by the poller's lock: what is done under it is one atomic step. Checked:
 *   - when a program has ended and the poller sleeps, everything that was published has been taken.
 *
 * The broken variants:
 *   NO_PROGRAM_FENCE  none between the tail and the look at the flag
 *   NO_POLLER_FENCE   none between the flag and the look at the tail
 *   NO_SECOND_LOOK    the poller sleeps without it
 *   NO_RUNG           a wake-up that comes before the poller waits, while it still looks at another ring, is forgotten
 *   NO_LOCK           it comes between the poller's last look at it and the beginning of its wait
 *   LATE_CLEAR        what was rung is forgotten after the looks, and not before
 *   FIRST_RING_ONLY   the flag of the first ring alone is raised
 */
#define RINGS	2
#define ENTRIES 2

byte tail[RINGS];	 /* in memory */
bool need_wakeup[RINGS];
byte tail_buffer[RINGS]; /* the program's view; equal to the word: the buffer is empty */
bool flag_buffer[RINGS]; /* the poller's */
bool rung = false;
bool waiting = false;	 /* the poller is in the wait queue */
byte head[RINGS];	 /* the poller's own */
bool done[RINGS];	 /* the program has ended */

/* The stores reach memory some time. */
proctype buffers()
{
end:	do
	:: atomic { tail[0] != tail_buffer[0] -> tail[0] = tail_buffer[0] }
	:: atomic { tail[1] != tail_buffer[1] -> tail[1] = tail_buffer[1] }
	:: atomic { need_wakeup[0] != flag_buffer[0] -> need_wakeup[0] = flag_buffer[0] }
	:: atomic { need_wakeup[1] != flag_buffer[1] -> need_wakeup[1] = flag_buffer[1] }
	od
}

proctype program(byte me)
{
	byte i = 0;
	bool sleeps;

	do
	:: i < ENTRIES ->
		tail_buffer[me]++;
#ifndef NO_PROGRAM_FENCE
		(tail[me] == tail_buffer[me]);
#endif
		sleeps = need_wakeup[me];
		if
		:: sleeps -> atomic {
#ifndef NO_RUNG
				rung = true;
#endif
				waiting = false
			}
		:: else -> skip
		fi;
		i++
	:: else -> break
	od;
	done[me] = true
}

proctype poller()
{
	byte r, seen;
	bool found, busy;

	do
	:: found = false;
		/* a round */
		r = 0;
		do
		:: r < RINGS ->
			seen = tail[r];
			if
			:: head[r] != seen -> head[r] = seen; found = true
			:: else -> skip
			fi;
			r++
		:: else -> break
		od;
		if
		:: found -> skip /* and look again */
		:: else ->
#ifndef LATE_CLEAR
			rung = false;
#endif
			busy = false;
			r = 0;
			do
			:: r < RINGS && !busy ->
#ifdef FIRST_RING_ONLY
				flag_buffer[0] = true;
#else
				flag_buffer[r] = true;
#endif
#ifndef NO_POLLER_FENCE
				(need_wakeup[r] == flag_buffer[r]);
#endif
#ifndef NO_SECOND_LOOK
				seen = tail[r];
#else
				seen = head[r];
#endif
				busy = head[r] != seen;
				r++
			:: else -> break
			od;
#ifdef LATE_CLEAR
			rung = false;
#endif
			/* under the lock: the condition, and the beginning of the wait */
#ifndef NO_LOCK
			atomic {
#endif
				if
				:: !busy && !rung -> waiting = true
				:: else -> skip
				fi
#ifndef NO_LOCK
			}
#endif
			;
end:			(!waiting);
			r = 0;
			do
			:: r < RINGS -> flag_buffer[r] = false; r++
			:: else -> break
			od
		fi
	od
}

/* A program has ended and the poller sleeps: it must not need the other program to be woken. */
proctype judge(byte r)
{
	atomic {
		(done[r] && waiting && tail[r] == tail_buffer[r]) -> assert(head[r] == tail[r])
	}
}

init {
	atomic {
		run buffers();
		run program(0);
		run program(1);
		run poller();
		run judge(0);
		run judge(1)
	}
}
