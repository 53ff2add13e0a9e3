/* ls.c - list folders: kind, size and name of each entry, in the folder's own order. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

static int complain(const char *name)
{
	fprintf(stderr, "ls: %s: %s\n", name, strerror(errno));
	return 1;
}

static char kind(mode_t mode)
{
	return S_ISDIR(mode) ? 'd' : S_ISLNK(mode) ? 'l' : S_ISCHR(mode) ? 'c' : S_ISBLK(mode) ? 'b' : '-';
}

static int show(int folder, const char *name)
{
	struct stat info;

	if (fstatat(folder, name, &info, AT_SYMLINK_NOFOLLOW) < 0)
		return complain(name);
	printf("%c%03o %10lld  %s\n", kind(info.st_mode), (unsigned)info.st_mode & 0777, (long long)info.st_size, name);
	return 0;
}

static int list(const char *name)
{
	DIR *folder = opendir(name);
	struct dirent *entry;
	int status = 0;

	if (!folder)
		return errno == ENOTDIR ? show(AT_FDCWD, name) : complain(name);
	while ((errno = 0, entry = readdir(folder)))
		if (entry->d_name[0] != '.')
			status |= show(dirfd(folder), entry->d_name);
	if (errno)
		status = complain(name);
	closedir(folder);
	return status;
}

int main(int argc, char **argv)
{
	int status = 0;

	if (argc == 1)
		return list(".");
	for (int i = 1; i < argc; i++)
		status |= list(argv[i]);
	return status;
}
