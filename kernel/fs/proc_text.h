/* proc_text.h - a file whose text is made when it is read. */
#pragma once

#include "kernel/fs/file.h"
#include "lib/fmt.h"

struct inode;

extern const struct file_ops proc_text_file_ops;

/* procfs.c: what INODE says now; 0, -ESRCH, -EACCES. Is called again with more room if the text was cut, which shows in
 * its length. May suspend. */
long proc_generate(struct co *caller, struct inode *inode, struct fmt_text *text);
/* procfs.c: BYTES of TEXT, NUL-ended, were written to INODE; CUT: there were more. 0 or a negative errno. May
 * suspend. */
long proc_written(struct co *caller, struct inode *inode, const char *text, u32 bytes, bool cut);
