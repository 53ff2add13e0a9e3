/* chacha.h - the ChaCha20 block function (RFC 8439, section 2.3). */
#pragma once

#include "lib/types.h"

enum { CHACHA_KEY_BYTES = 32, CHACHA_NONCE_BYTES = 12, CHACHA_BLOCK_BYTES = 64 };

/* The 64 bytes of key stream number COUNTER under KEY and NONCE. OUT may overlap neither. */
void chacha_block(u8 *out, const u8 *key, u32 counter, const u8 *nonce);
