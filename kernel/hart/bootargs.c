/* bootargs.c - words of the kernel's command line. Words are separated by blanks; "..." keeps blanks in one. */
#include "kernel/hart/bootargs.h"

#include "kernel/hart/fdt.h"

const char *bootargs_text(void)
{
	struct fdt_node chosen = { 0 };
	const char *text = fdt_find(&chosen, "chosen") ? fdt_text(&chosen, "bootargs") : NULL;

	return text ? text : "";
}

/* Copy the next word of *LINE into BUFFER: false at the end. */
static bool next_word(const char **line, char *buffer, size_t bytes)
{
	const char *at = *line;
	size_t length = 0;
	bool quoted = false;

	while (*at == ' ')
		at++;
	if (!*at)
		return false;
	for (; *at && (quoted || *at != ' '); at++) {
		if (*at == '"')
			quoted = !quoted;
		else if (length + 1 < bytes)
			buffer[length++] = *at;
	}
	buffer[length] = 0;
	*line = at;
	return true;
}

const char *bootargs_value(const char *key)
{
	static char word[256];
	const char *line = bootargs_text();
	size_t length = __builtin_strlen(key);

	while (next_word(&line, word, sizeof(word)) && __builtin_strcmp(word, "--"))
		if (!__builtin_strncmp(word, key, length) && word[length] == '=')
			return word + length + 1;
	return NULL;
}

bool bootargs_word(u32 index, char *buffer, size_t bytes)
{
	const char *line = bootargs_text();

	do {
		if (!next_word(&line, buffer, bytes))
			return false;
	} while (__builtin_strcmp(buffer, "--"));
	do {
		if (!next_word(&line, buffer, bytes))
			return false;
	} while (index--);
	return true;
}
