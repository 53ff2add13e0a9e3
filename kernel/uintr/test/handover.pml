/* handover.pml - a thread that does not run loses its interrupt file and gets one again (cache.c), for spin.
 *
 * broken: NO_FLUSH READ_FIRST POSTS_GO_ON NO_MERGE NO_LOOK NO_WAKE
 * broken: WINDOWS_FIRST NO_FORGET NO_SECOND_LOOK
 *
 * One hart with one file; the receiver, which waits for interrupts, and a rival that takes the file from it while it
 * waits. On other harts a sender stores to its window by way of a TLB, which may hold an old entry, and somebody posts
 * through the kernel. Each vector is sent once. Checked, when nothing is left to be done:
 *   - each vector has been delivered to the receiver, once;
 *   - the rival has never found anything in its file.
 *
 * The broken variants:
 *   NO_FLUSH        TLBs are not told that the window does not lead to the file any more
 *   READ_FIRST      the file is read before the windows change
 *   POSTS_GO_ON     posts of the kernel go to the file until it has been read
 *   NO_MERGE        what was read takes the place of what was posted meanwhile
 *   NO_LOOK         nobody looks whether what was read should wake the receiver
 *   NO_WAKE         a post to memory does not wake it
 *   WINDOWS_FIRST   windows lead to the file before it is emptied and filled
 *   NO_FORGET       what was loaded stays pending in memory
 *   NO_SECOND_LOOK  a sender whose store faults gives up when the window leads to a file by then
 */
#define STORES 2 /* vectors 0 and 1 come by the window, 2 by the kernel */
#define ALL    7
#define TURNS  2 /* of the rival */

byte file = 0;	  /* sets of vectors: pending in the file */
byte memory = 0;  /* ... while the receiver has none */
bool has = false; /* the receiver has the file */
bool posts_to_file = false;
bool entry_to_file = false;
bool tlb_valid = false, tlb_to_file = false; /* the sender's hart */
bool locked = false;
bool waiting = true, ready = false;
byte delivered[3];
byte sent = 0; /* how many have been */

inline lock()
{
	atomic { !locked -> locked = true }
}

inline unlock()
{
	locked = false
}

inline wake()
{
	if
	:: waiting -> ready = true
	:: else -> skip
	fi
}

/* direct_post */
inline post(bit_)
{
	lock();
	if
	:: posts_to_file -> file = file | bit_
	:: else ->
		memory = memory | bit_;
#ifndef NO_WAKE
		wake()
#endif
	fi;
	unlock()
}

proctype sender()
{
	byte i = 0;

	do
	:: i < STORES ->
		if
		:: !tlb_valid -> atomic { tlb_to_file = entry_to_file; tlb_valid = true }
		:: else -> skip
		fi;
		atomic { /* the store */
			if
			:: tlb_valid && tlb_to_file -> file = file | (1 << i); i++; sent++; goto next
			:: tlb_valid && !tlb_to_file -> skip
			:: else -> goto next /* it was told to forget the entry just now */
			fi
		};
		/* a fault: store_to_window */
		if
		:: entry_to_file ->
			tlb_valid = false;
#ifdef NO_SECOND_LOOK
			i++;
			sent++
#endif
		:: else -> post(1 << i); i++; sent++
		fi;
next:		skip
	:: else -> break
	od
}

proctype poster()
{
	post(4);
	sent++
}

inline vacate()
{
	entry_to_file = false;
#ifndef NO_FLUSH
	tlb_valid = false
#endif
}

inline read_file()
{
	found = file;
	file = 0
}

inline evict()
{
#ifndef POSTS_GO_ON
	lock();
	posts_to_file = false;
	unlock();
#endif
#ifdef READ_FIRST
	read_file();
	vacate();
#else
	vacate();
	read_file();
#endif
	has = false;
	lock();
#ifdef POSTS_GO_ON
	posts_to_file = false;
#endif
#ifdef NO_MERGE
	memory = found;
#else
	memory = memory | found;
#endif
#ifndef NO_LOOK
	if
	:: memory -> wake()
	:: else -> skip
	fi;
#endif
	unlock()
}

inline take()
{
#ifdef WINDOWS_FIRST
	entry_to_file = true;
#endif
	lock();
	file = memory; /* emptied, and filled */
#ifndef NO_FORGET
	memory = 0;
#endif
	posts_to_file = true;
	unlock();
	has = true;
	entry_to_file = true
}

inline claim(v)
{
	if
	:: file & (1 << v) -> file = file & ~(1 << v); delivered[v]++
	:: else -> skip
	fi
}

/* Everything that runs on the receiver's hart, one thing after the other. */
proctype hart()
{
	byte found, turns = 0;

	do
	:: ready -> /* the receiver runs */
		ready = false;
		waiting = false;
		if
		:: !has -> take()
		:: else -> skip
		fi;
		do
		:: file ->
			atomic { claim(0) };
			atomic { claim(1) };
			atomic { claim(2) }
		:: else -> break
		od;
		waiting = true
	:: has && waiting && !ready && file -> ready = true /* SGEI */
	:: turns < TURNS && waiting && (has || !ready) -> /* the rival runs */
		turns++;
		if
		:: has -> evict()
		:: else -> skip
		fi;
		file = 0; /* its own, empty */
		assert(file == 0); /* and while it runs */
		assert(file == 0)
	:: atomic {
		turns == TURNS && sent == STORES + 1 && !ready && !(has && file) && !locked ->
		assert(delivered[0] == 1 && delivered[1] == 1 && delivered[2] == 1);
		break
	   }
	od
}

init {
	atomic {
		run sender();
		run poster();
		run hart()
	}
}
