/* when_ready.h - an operation of a ring that waits until its file is ready, in the smallest frame there can be.
 *
 *     POLL_ADD  ---+
 *                  +--> enter a poll node, look --> wait --> look --> the events, or file->ops->read_now --> its value
 *     READ      ---+                                                    |
 *                                     someone else was faster: again <--+--> memory to be brought in: op_rw
 *
 * Thousands of these wait at a time; op_rw and what it calls would be twice as large.
 */
#pragma once

#include "kernel/operation.h"

struct file;

/* OP is a POLL_ADD (op->flags: POLL_*), or a READ of FILE, which is a stream with read_now and poll. Takes over the
 * reference to FILE. Suspends; the events or bytes; -EINTR. */
long op_when_ready(struct co *caller, struct op *op, struct file *file);
