/* clean.h - remove whatever a test left in its directory, under whatever names. */
#pragma once

#include "user/test/check.h"

#include <dirent.h>
#include <fcntl.h>
#include <unistd.h>

/* Empty the current directory, DEPTH levels down. */
static inline void clean_here(int depth)
{
	DIR *directory = opendir(".");
	struct dirent *entry;

	while (directory && (entry = readdir(directory))) {
		if (!strcmp(entry->d_name, ".") || !strcmp(entry->d_name, ".."))
			continue;
		if (entry->d_type == DT_DIR && depth && !chdir(entry->d_name)) {
			clean_here(depth - 1);
			REQUIRE_OK(chdir(".."));
		}
		CHECK_OK(unlinkat(AT_FDCWD, entry->d_name, entry->d_type == DT_DIR ? AT_REMOVEDIR : 0));
	}
	if (directory)
		closedir(directory);
}
