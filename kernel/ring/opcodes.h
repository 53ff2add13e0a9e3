/* opcodes.h - which operations rings have. */
#pragma once

#include "kernel/operation.h"

/* By the ring's opcode, for any byte that may stand in an SQE; what there is not refuses its SQE. */
extern const struct operation *ring_operations[256];

/* Index the table of operations by the ring's opcode: start-up. */
void ring_opcodes_init(void);
bool ring_opcode_is_supported(u32 opcode);
