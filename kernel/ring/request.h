/* request.h - an operation of a ring that has to wait: a task.
 *
 *     SQE, struct op --> request_new --> request_run --- answered at once: the request serves the next SQE
 *                                             |
 *                                             +--- CO_PENDING: it lives on; its last step posts the CQE
 */
#pragma once

#include "kernel/ring/ring.h"

/* What an operation answers for which something else posts the completion. */
#define OP_TAKEN_OVER (INT64_MIN + 3)

/* Memory for one: NULL, there is none. */
struct ring_request *request_new(void);
void request_free(struct ring_request *request);
/* Run OPERATION as a task of PROCESS: CO_PENDING, and the request belongs to its task, or the operation's value. RING,
 * USER_DATA: what it completes. */
long request_run(struct ring_request *request, const struct operation *operation, struct process *process);
