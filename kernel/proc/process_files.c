/* process_files.c - a process stops sharing its table of descriptors.
 *
 * Who uses the table while the process itself is here: operations of its rings and their pollers, of which there must
 * be none; and procfs, under the process' lock.
 */
#include "kernel/abi/errno.h"
#include "kernel/fs/files.h"
#include "kernel/proc/process.h"

long process_files_unshare(struct process *process)
{
	struct files *shared = process->files, *own;
	bool busy;

	if (!files_are_shared(shared))
		return 0;
	own = files_copy(shared);
	if (!own)
		return -ENOMEM;
	spin_lock(&process->lock);
	busy = process->request_count || !list_is_empty(&process->submitters);
	if (!busy)
		process->files = own;
	spin_unlock(&process->lock);
	files_leave(busy ? own : shared);
	return busy ? -EBUSY : 0;
}
