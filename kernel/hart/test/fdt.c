/* fdt.c - device trees: whole ones are read right, damaged ones are refused or at least never left.
 *
 * links: kernel/hart/fdt.c
 * variants: plain
 */
#include "kernel/hart/fdt.h"

#include "kernel/abi/errno.h"
#include "kernel/hart/test/blob.h"
#include "lib/test/check.h"

static struct blob blob;

static void write_cpu(const char *name, u32 id, u32 phandle)
{
	blob_begin(&blob, name);
	blob_text(&blob, "device_type", "cpu");
	BLOB_CELLS(&blob, "reg", id);
	blob_text(&blob, "status", "okay");
	blob_begin(&blob, "interrupt-controller");
	BLOB_CELLS(&blob, "phandle", phandle);
	blob_end(&blob);
	blob_end(&blob);
}

static void write_slot(const char *name, u32 base, u32 interrupt, const char *status)
{
	blob_begin(&blob, name);
	BLOB_CELLS(&blob, "interrupts", interrupt, 4);
	BLOB_CELLS(&blob, "reg", 0, base, 0, 0x1000, 1, base + 0x2000, 0, 0x80);
	blob_property(&blob, "compatible", "first,name\0virtio,mmio", 23);
	if (status)
		blob_text(&blob, "status", status);
	blob_end(&blob);
}

/* A small relative of QEMU's tree. */
static u8 *write_tree(u32 *bytes)
{
	memset(&blob, 0, sizeof(blob));
	blob_begin(&blob, "");
	BLOB_CELLS(&blob, "#address-cells", 2);
	BLOB_CELLS(&blob, "#size-cells", 2);
	blob_text(&blob, "model", "a machine");
	blob_begin(&blob, "chosen");
	blob_text(&blob, "bootargs", "init=/bin/true");
	blob_property(&blob, "rng-seed", "\1\2\3", 3);
	blob_end(&blob);
	blob_begin(&blob, "memory@80000000");
	blob_text(&blob, "device_type", "memory");
	BLOB_CELLS(&blob, "reg", 0, 0x80000000, 1, 0);
	blob_end(&blob);
	blob_begin(&blob, "cpus");
	BLOB_CELLS(&blob, "#address-cells", 1);
	BLOB_CELLS(&blob, "#size-cells", 0);
	BLOB_CELLS(&blob, "timebase-frequency", 10000000);
	write_cpu("cpu@0", 0, 4);
	write_cpu("cpu@3", 3, 2);
	blob_end(&blob);
	blob_begin(&blob, "soc");
	BLOB_CELLS(&blob, "#address-cells", 2);
	BLOB_CELLS(&blob, "#size-cells", 2);
	blob_property(&blob, "ranges", "", 0);
	write_slot("virtio_mmio@1000", 0x1000, 7, NULL);
	blob_cell(&blob, 4); /* NOP */
	write_slot("virtio_mmio@2000", 0x2000, 8, "disabled");
	write_slot("virtio_mmio@3000", 0x3000, 9, "okay");
	blob_end(&blob);
	blob_end(&blob);
	return blob_finish(&blob, bytes);
}

static u8 *use_tree(void)
{
	u32 bytes;
	u8 *tree = write_tree(&bytes);

	CHECK_EQ(fdt_init(tree), 0);
	CHECK_EQ(fdt_bytes(), bytes);
	return tree;
}

TEST(nodes_are_found)
{
	struct fdt_node node = { 0 }, parent;
	u8 *tree = use_tree();

	CHECK(fdt_next_compatible(&node, "virtio,mmio"));
	CHECK_EQ(fdt_interrupt(&node), 7);
	CHECK(fdt_next_compatible(&node, "virtio,mmio")); /* the disabled one is not there */
	CHECK_EQ(fdt_interrupt(&node), 9);
	CHECK(!fdt_next_compatible(&node, "virtio,mmio"));
	node = (struct fdt_node){ 0 };
	CHECK(fdt_next_compatible(&node, "first,name"));
	node = (struct fdt_node){ 0 };
	CHECK(!fdt_next_compatible(&node, "virtio"));
	CHECK(!fdt_next_compatible(&node, "name"));

	CHECK(fdt_find(&node, "/soc/virtio_mmio@2000"));
	CHECK_EQ(fdt_interrupt(&node), 8);
	CHECK(fdt_find(&node, "/memory"));
	CHECK(!fdt_find(&node, "/mem"));
	CHECK(!fdt_find(&node, "/memory@8"));
	CHECK(!fdt_find(&node, "/soc/none"));
	CHECK(fdt_find(&node, "cpus"));
	CHECK_EQ(fdt_u64(&node, "timebase-frequency", 0), 10000000);
	CHECK(fdt_find(&node, "/"));
	CHECK_STR_EQ(fdt_text(&node, "model"), "a machine");
	CHECK(!fdt_parent(&node, &parent));

	CHECK(fdt_by_phandle(&node, 2));
	CHECK(fdt_parent(&node, &parent));
	CHECK_EQ(fdt_u64(&parent, "reg", 99), 3);
	CHECK(!fdt_by_phandle(&node, 5));
	CHECK(!fdt_by_phandle(&node, 0));
	free(tree);
}

TEST(properties_are_read)
{
	struct fdt_node node = { 0 };
	struct fdt_reg reg;
	u32 bytes, cpus = 0;
	u8 *tree = use_tree();

	while (fdt_next_type(&node, "cpu")) {
		CHECK(fdt_reg(&node, 0, &reg));
		CHECK_EQ(reg.base, cpus++ * 3);
		CHECK_EQ(reg.bytes, 0);
		CHECK(!fdt_reg(&node, 1, &reg));
	}
	CHECK_EQ(cpus, 2);
	CHECK(fdt_find(&node, "/memory"));
	CHECK(fdt_reg(&node, 0, &reg));
	CHECK_EQ(reg.base, 0x80000000);
	CHECK_EQ(reg.bytes, 1ul << 32);
	CHECK(fdt_find(&node, "/soc/virtio_mmio@1000"));
	CHECK(fdt_reg(&node, 1, &reg));
	CHECK_EQ(reg.base, 0x100003000);
	CHECK_EQ(reg.bytes, 0x80);
	CHECK(!fdt_reg(&node, 2, &reg));
	CHECK(!fdt_reg(&node, UINT32_MAX, &reg));

	CHECK(fdt_find(&node, "/chosen"));
	CHECK_STR_EQ(fdt_text(&node, "bootargs"), "init=/bin/true");
	CHECK_EQ(fdt_text(&node, "rng-seed"), NULL);
	CHECK_EQ(fdt_u64(&node, "rng-seed", 17), 17);
	CHECK(fdt_property(&node, "rng-seed", &bytes) && bytes == 3);
	CHECK_EQ(fdt_property(&node, "phandle", &bytes), NULL);
	CHECK_EQ(bytes, 0);
	CHECK_EQ(fdt_interrupt(&node), 0);
	CHECK(fdt_find(&node, "/soc"));
	CHECK(fdt_property(&node, "ranges", &bytes) && bytes == 0);
	CHECK(!fdt_reg(&node, 0, &reg));
	free(tree);
}

TEST(an_unaligned_tree_is_read)
{
	struct fdt_node node;
	u32 bytes;
	u8 *tree = write_tree(&bytes), *moved = malloc(bytes + 1);

	memcpy(moved + 1, tree, bytes);
	CHECK_EQ(fdt_init(moved + 1), 0);
	CHECK(fdt_find(&node, "/soc/virtio_mmio@3000"));
	CHECK_EQ(fdt_interrupt(&node), 9);
	free(tree);
	free(moved);
}

/* Ask everything about every node. */
static void read_everything(void)
{
	struct fdt_node node = { 0 }, other;
	struct fdt_reg reg;
	u32 bytes;

	while (fdt_next(&node)) {
		fdt_parent(&node, &other);
		for (u32 i = 0; i < 3; i++)
			fdt_reg(&node, i, &reg);
		fdt_interrupt(&node);
		fdt_text(&node, "status");
		fdt_text(&node, "bootargs");
		fdt_u64(&node, "timebase-frequency", 0);
		fdt_property(&node, "none", &bytes);
	}
	for (u32 i = 0; i < 6; i++)
		fdt_by_phandle(&node, i);
	fdt_find(&node, "/soc/virtio_mmio");
	node = (struct fdt_node){ 0 };
	while (fdt_next_compatible(&node, "virtio,mmio"))
		;
}

TEST(a_truncated_tree_is_refused)
{
	u32 bytes;
	u8 *tree = write_tree(&bytes), *cut;

	for (u32 length = BLOB_HEADER; length < bytes; length++) {
		cut = malloc(length);
		memcpy(cut, tree, length);
		blob_store(cut + 4, length);
		CHECK_EQ(fdt_init(cut), -EINVAL);
		CHECK_EQ(fdt_bytes(), 0);
		read_everything();
		free(cut);
	}
	free(tree);
}

/* Whatever its bytes are, nothing outside the tree is touched. Its size is what memory there is, so a larger one in the
 * header is not tried. */
TEST(a_damaged_tree_is_not_left)
{
	u32 bytes, size, accepted = 0, rounds = 20000;
	u8 *tree = write_tree(&bytes), *copy = malloc(bytes);

	for (u32 i = 0; i < rounds; i++) {
		memcpy(copy, tree, bytes);
		for (u32 flips = 1 + (u32)test_random_below(8); flips; flips--)
			copy[test_random_below(test_random_below(4) ? bytes : 300)] ^= (u8)(1 + test_random_below(255));
		size = fdt_cell(copy, 1);
		blob_store(copy + 4, size > bytes ? bytes : size);
		accepted += fdt_init(copy) == 0;
		read_everything();
	}
	CHECK(accepted > 0 && accepted < rounds);
	free(copy);
	free(tree);
}

TEST(nonsense_is_refused)
{
	u32 bytes;
	u8 *tree = write_tree(&bytes);

	blob_store(tree, 0xfeedd00d);
	CHECK_EQ(fdt_init(tree), -EINVAL);
	free(tree);

	/* A second root, and a node that is never closed. */
	memset(&blob, 0, sizeof(blob));
	blob_begin(&blob, "");
	blob_end(&blob);
	blob_begin(&blob, "");
	blob_end(&blob);
	tree = blob_finish(&blob, &bytes);
	CHECK_EQ(fdt_init(tree), -EINVAL);
	free(tree);
	memset(&blob, 0, sizeof(blob));
	blob_begin(&blob, "");
	tree = blob_finish(&blob, &bytes);
	CHECK_EQ(fdt_init(tree), -EINVAL);
	free(tree);

	/* Deeper than the reader goes. */
	memset(&blob, 0, sizeof(blob));
	for (u32 i = 0; i < 40; i++)
		blob_begin(&blob, i ? "deep" : "");
	for (u32 i = 0; i < 40; i++)
		blob_end(&blob);
	tree = blob_finish(&blob, &bytes);
	CHECK_EQ(fdt_init(tree), -EINVAL);
	free(tree);
}

static const struct test tests[] = {
	TEST_ROW(nodes_are_found),
	TEST_ROW(properties_are_read),
	TEST_ROW(an_unaligned_tree_is_read),
	TEST_ROW(a_truncated_tree_is_refused),
	TEST_ROW(a_damaged_tree_is_not_left),
	TEST_ROW(nonsense_is_refused),
};
TEST_MAIN(tests)
