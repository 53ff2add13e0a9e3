/* ramdisk_boot.h - a RAM disk by boot option: "ramdisk=8M,latency=20-80,seed=7,fail=10". */
#pragma once

#include "kernel/dev/ramdisk.h"

/* Read what stands behind "ramdisk=" into OPTIONS: false if it is something else. The size in MiB comes first; the rest
 * may be missing, in any order: latency in microseconds (one, or from-to; 0), seed (0), which request fails, and its
 * multiples (none). */
bool ramdisk_parse(const char *text, struct ramdisk_options *options);

/* Start-up: make the disk that the command line asks for. */
void ramdisk_boot(void);
