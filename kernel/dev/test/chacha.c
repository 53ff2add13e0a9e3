/* chacha.c - the ChaCha20 block function against the vectors of RFC 8439.
 *
 * links: kernel/dev/chacha.c
 * variants: plain
 */
#include "kernel/dev/chacha.h"

#include "lib/test/check.h"

static u8 block[CHACHA_BLOCK_BYTES];

static u32 digit(char c)
{
	return c <= '9' ? (u32)(c - '0') : (u32)(c - 'a' + 10);
}

/* The block is what the hexadecimal TEXT says. */
static void check_block(const char *text)
{
	for (u32 i = 0; i < CHACHA_BLOCK_BYTES; i++)
		CHECK_EQ(block[i], digit(text[2 * i]) << 4 | digit(text[2 * i + 1]));
	CHECK_EQ(text[2 * CHACHA_BLOCK_BYTES], 0);
}

/* Section 2.3.2. */
TEST(the_block_of_section_2_3_2)
{
	const u8 nonce[] = { 0, 0, 0, 9, 0, 0, 0, 0x4a, 0, 0, 0, 0 };
	u8 key[CHACHA_KEY_BYTES];

	for (u32 i = 0; i < sizeof(key); i++)
		key[i] = (u8)i;
	chacha_block(block, key, 1, nonce);
	check_block("10f1e7e4d13b5915500fdd1fa32071c4c7d1f4c733c068030422aa9ac3d46c4e"
		    "d2826446079faa0914c2d705d98b02a2b5129cd1de164eb9cbd083e8a2503c4e");
}

/* Appendix A.1, vectors 1 and 2. */
TEST(the_blocks_of_nothing)
{
	const u8 nonce[CHACHA_NONCE_BYTES] = { 0 }, key[CHACHA_KEY_BYTES] = { 0 };

	chacha_block(block, key, 0, nonce);
	check_block("76b8e0ada0f13d90405d6ae55386bd28bdd219b8a08ded1aa836efcc8b770dc7"
		    "da41597c5157488d7724e03fb8d84a376a43b8f41518a11cc387b669b2ee6586");
	chacha_block(block, key, 1, nonce);
	check_block("9f07e7be5551387a98ba977c732d080dcb0f29a048e3656912c6533e32ee7aed"
		    "29b721769ce64e43d57133b074d839d531ed1f28510afb45ace10a1f4b794d6f");
}

static const struct test tests[] = { TEST_ROW(the_block_of_section_2_3_2), TEST_ROW(the_blocks_of_nothing) };
TEST_MAIN(tests)
