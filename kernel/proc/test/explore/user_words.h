/* user_words.h - user memory for scenarios: a few words that are there, or come when somebody asks for them. */
#pragma once

#include "lib/types.h"

enum { USER_WORDS = 4 };

extern u32 user_words[USER_WORDS]; /* atomic */
extern u32 user_word_absent;	   /* atomic: word 0 is not in memory yet */

/* The user address of word N. */
u64 user_word_address(u32 n);
