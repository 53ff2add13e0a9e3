/* hello.c - the first program: an ordinary Linux one. */
#include <stdio.h>
#include <sys/utsname.h>
#include <unistd.h>

int main(void)
{
	struct utsname name;

	if (uname(&name) < 0) {
		perror("hello: uname");
		return 1;
	}
	printf("Hello from process %d on %s %s (%s).\n", (int)getpid(), name.sysname, name.release, name.machine);
	return 0;
}
