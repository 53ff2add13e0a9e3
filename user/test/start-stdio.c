/* start-stdio.c - the C library works as in any Linux program: formatted floating point, buffered files, the
 * environment, the heap, three open standard descriptors.
 *
 * oracle: user
 */
#include "user/test/check.h"

#include <math.h>
#include <sys/stat.h>
#include <unistd.h>

static const char path[] = "/tmp/start-stdio";

static void check_format(void)
{
	char text[100];

	snprintf(text, sizeof(text), "%.10f %g %e %a", 3.14159265358979, 1e100, -0.5, 1.0);
	CHECK(!strcmp(text, "3.1415926536 1e+100 -5.000000e-01 0x1p+0"));
	snprintf(text, sizeof(text), "%f %f", -(double)INFINITY, (double)NAN);
	CHECK(!strcmp(text, "-inf nan"));
	snprintf(text, sizeof(text), "%Lf %zu %s", 0.25L, (size_t)7, "x");
	CHECK(!strcmp(text, "0.250000 7 x"));
	CHECK(strtod("2.5e3", NULL) == 2500.0);
}

static void check_file(void)
{
	FILE *file = fopen(path, "w+");
	double sum = 0, value;
	int count = 0;

	REQUIRE(file != NULL);
	for (int i = 0; i < 1000; i++)
		fprintf(file, "%d.5\n", i);
	rewind(file);
	while (fscanf(file, "%lf", &value) == 1) {
		sum += value;
		count++;
	}
	CHECK_EQ(count, 1000);
	CHECK(sum == 1000 * 999 / 2 + 500.0);
	CHECK_EQ(fclose(file), 0);
	CHECK_EQ(unlink(path), 0);
}

static void check_environment(void)
{
	CHECK(getenv("START_STDIO") == NULL);
	CHECK_EQ(setenv("START_STDIO", "here", 1), 0);
	CHECK(!strcmp(getenv("START_STDIO"), "here"));
	CHECK_EQ(unsetenv("START_STDIO"), 0);
	CHECK(getenv("START_STDIO") == NULL);
}

static void check_heap(void)
{
	static char *blocks[300];
	bool good = true;

	for (int i = 0; i < 300; i++) {
		blocks[i] = malloc((size_t)i * i + 1); /* up to 90 KiB: from brk and, above 128 KiB in sum, new areas */
		REQUIRE(blocks[i] != NULL);
		blocks[i][0] = (char)i;
		blocks[i][(size_t)i * i] = (char)i;
	}
	for (int i = 0; i < 300; i++) {
		good &= blocks[i][(size_t)i * i] == (char)i && (i == 0 || blocks[i][0] == (char)i);
		free(blocks[i]);
	}
	CHECK(good);
	blocks[0] = realloc(calloc(1, 1 << 20), 4 << 20); /* mmap, then mremap or a copy */
	REQUIRE(blocks[0] != NULL);
	CHECK_EQ(blocks[0][(1 << 20) - 1], 0);
	free(blocks[0]);
}

int main(void)
{
	struct stat status;

	for (int fd = 0; fd < 3; fd++)
		CHECK_OK(fstat(fd, &status));
	CHECK_EQ(printf("start-stdio: %s %d %.1f\n", "text", 42, 0.5), 25);
	CHECK_EQ(fflush(stdout), 0);
	CHECK_EQ(write(1, "", 0), 0);
	check_format();
	check_file();
	check_environment();
	check_heap();
	return check_done();
}
