/* trace.h - the kernel's trace, from a program: on, off, and the records in the order of time.
 *
 * Contract: one program at a time; each recording begins with nothing. Only root reads the records.
 */
#pragma once

#include "kernel/abi/trace.h"

/* Begin a recording; end it. 0 or a negative errno. */
int trace_on(void);
int trace_off(void);
/* All records of the last one, allocated: how many, or a negative errno. The caller frees them. */
long trace_read(struct trace_record **records);
