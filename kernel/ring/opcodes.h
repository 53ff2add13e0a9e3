/* opcodes.h - which operations rings have. */
#pragma once

#include "lib/types.h"

/* Index the table of operations by the ring's opcode: start-up. */
void ring_opcodes_init(void);
bool ring_opcode_is_supported(u32 opcode);
