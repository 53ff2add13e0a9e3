/* share.h - a thread that tells how urgent it is: kernel/abi/share.h. For the thread itself. */
#pragma once

struct thread;

/* Where the program writes it, a user address; -ENOSPC, -ENOMEM. */
long thread_share(struct thread *thread);
/* It ends, or becomes another program. */
void thread_share_end(struct thread *thread);
