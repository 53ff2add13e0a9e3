/* device.h - the character devices: which number is which file. */
#pragma once

#include "kernel/fs/file.h"

struct device {
	const char *name; /* below /dev */
	u32 mode, number; /* type and rights; st_rdev */
	const struct file_ops *ops;
};

/* All of them; the last one's name is NULL. */
extern const struct device devices[];

/* What block devices may be called; the last one is NULL. */
extern const char *const block_names[];

/* What opening a character device of that number gives; NULL: there is none. */
const struct file_ops *device_file_ops(u32 number);
