/* bootargs.h - the kernel's command line (/chosen/bootargs): "key=value ... -- program argument ...". */
#pragma once

#include "lib/types.h"

/* The value of KEY before " -- ", NUL-ended, good until the next call; NULL: not given. Start-up only. */
const char *bootargs_value(const char *key);
/* Word number INDEX after " -- " into BUFFER: false when there is none. */
bool bootargs_word(u32 index, char *buffer, size_t bytes);
/* The whole line. */
const char *bootargs_text(void);
