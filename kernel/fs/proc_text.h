/* proc_text.h - a file whose text is made when it is read. */
#pragma once

#include "kernel/fs/file.h"
#include "lib/fmt.h"

struct inode;

extern const struct file_ops proc_text_file_ops;

/* procfs.c: what INODE says now. May be called again with more room if the text was cut. */
void proc_generate(struct inode *inode, struct fmt_text *text);
/* procfs.c: TEXT was written to INODE. 0 or -EINVAL. May suspend. */
long proc_written(struct co *caller, struct inode *inode, const char *text);
