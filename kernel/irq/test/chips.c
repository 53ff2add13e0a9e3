/* chips.c - the interrupt controllers as the device tree shows them: who is found, and which registers are written.
 *
 * links: kernel/irq/irq.c kernel/irq/select.c kernel/irq/aplic.c kernel/irq/imsic.c kernel/irq/plic.c
 * links: kernel/hart/fdt.c kernel/hart/lock.c lib/fmt.c kernel/test/host/host.c
 * flags: -iquote kernel/irq/test/include
 * variants: plain
 *
 * A lazily filled mapping plays the physical addresses below 1 GiB, plain memory the registers there. The registers of
 * the hart (csr.h) are functions below.
 */
#include "kernel/irq/irq.h"

#include "kernel/hart/csr.h"
#include "kernel/hart/fdt.h"
#include "kernel/hart/sbi.h"
#include "kernel/hart/test/blob.h"
#include "kernel/hart/hart.h"
#include "kernel/irq/chip.h"
#include "kernel/mm/kmap.h"
#include "kernel/mm/page.h"
#include "kernel/test/host/host.h"
#include "lib/test/check.h"

#include <sys/mman.h>

enum { IMSIC = 0x28000000, APLIC = 0xd000000, PLIC = 0xc000000, GUEST_BITS = 2 };
enum { HARTS = 3 };
#define SPACE (1ul << 30)

/* The firmware's numbers of harts 0, 1, 2 of the kernel, and the order in which the controllers list them. */
static const u32 ids[HARTS] = { 5, 0, 9 }, listed[HARTS] = { 0, 5, 9 };

static struct blob blob;
static u8 *tree;
u64 direct_base;

/* --- the hart --- */

static u64 sip, sie, selected;
static u64 indirect[256]; /* siselect / sireg */
static u32 pending[1000], pending_count, claims;

void guest_file_handle(void)
{
}

u64 host_csr_read(const char *name)
{
	return !strcmp(name, "sip") ? sip : sie;
}

void host_csr_write(const char *name, u64 value)
{
	if (!strcmp(name, "CSR_SISELECT"))
		selected = value;
	else if (!strcmp(name, "CSR_SIREG"))
		indirect[selected] = value;
	else
		*(strcmp(name, "sip") ? &sie : &sip) = value;
}

/* stopei: claim the newest. */
u64 host_csr_swap(const char *name, u64 value)
{
	CHECK_STR_EQ(name, "CSR_STOPEI");
	CHECK_EQ(value, 0);
	claims++;
	return pending_count ? pending[--pending_count] * 0x10001ul : 0;
}

static u64 sbi_mask, sbi_base;

struct sbi_result sbi_call(u64 extension, u64 function, u64 a0, u64 a1, u64 a2, u64 a3, u64 a4)
{
	CHECK(extension == SBI_IPI && !function && !a2 && !a3 && !a4);
	sbi_mask = a0;
	sbi_base = a1;
	return (struct sbi_result){ 0, 0 };
}

static bool refuse_devices;

bool kmap_device(u64 phys, u64 bytes)
{
	CHECK(phys + bytes <= SPACE);
	return !refuse_devices;
}

static volatile u32 *reg(u64 phys)
{
	return (volatile u32 *)phys_to_virt(phys);
}

/* --- the machine --- */

static void write_harts(void)
{
	char name[16];

	blob_begin(&blob, "cpus");
	BLOB_CELLS(&blob, "#address-cells", 1);
	BLOB_CELLS(&blob, "#size-cells", 0);
	for (u32 i = 0; i < HARTS; i++) {
		snprintf(name, sizeof(name), "cpu@%u", ids[i]);
		blob_begin(&blob, name);
		BLOB_CELLS(&blob, "reg", ids[i]);
		blob_begin(&blob, "interrupt-controller");
		BLOB_CELLS(&blob, "phandle", 100 + ids[i]);
		blob_end(&blob);
		blob_end(&blob);
	}
	blob_end(&blob);
}

static void write_imsic(const char *name, u32 phandle, u32 base, u32 irq, const char *status)
{
	blob_begin(&blob, name);
	blob_text(&blob, "compatible", "riscv,imsics");
	BLOB_CELLS(&blob, "phandle", phandle);
	BLOB_CELLS(&blob, "riscv,num-ids", 255);
	BLOB_CELLS(&blob, "riscv,guest-index-bits", GUEST_BITS);
	BLOB_CELLS(&blob, "reg", 0, base, 0, HARTS << (12 + GUEST_BITS));
	BLOB_CELLS(&blob, "interrupts-extended", 100 + listed[0], irq, 100 + listed[1], irq, 100 + listed[2], irq);
	blob_text(&blob, "status", status);
	blob_end(&blob);
}

static void write_aplic(const char *name, u32 phandle, u32 base, u32 parent, const char *status)
{
	blob_begin(&blob, name);
	blob_text(&blob, "compatible", "riscv,aplic");
	BLOB_CELLS(&blob, "phandle", phandle);
	BLOB_CELLS(&blob, "riscv,num-sources", 96);
	BLOB_CELLS(&blob, "msi-parent", parent);
	BLOB_CELLS(&blob, "reg", 0, base, 0, 0x8000);
	blob_text(&blob, "status", status);
	blob_end(&blob);
}

static void write_device(const char *name, u32 source, u32 type)
{
	blob_begin(&blob, name);
	BLOB_CELLS(&blob, "interrupt-parent", 20);
	BLOB_CELLS(&blob, "interrupts", source, type);
	blob_end(&blob);
}

static void begin(bool aia)
{
	u32 bytes;

	host_init(HARTS);
	for (u32 i = 0; i < HARTS; i++)
		harts[i].id = ids[i];
	direct_base = (u64)mmap(NULL, SPACE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1,
				0);
	blob_begin(&blob, "");
	BLOB_CELLS(&blob, "#address-cells", 2);
	BLOB_CELLS(&blob, "#size-cells", 2);
	write_harts();
	if (aia) {
		write_aplic("aplic@c000000", 30, PLIC, 31, "disabled");
		write_imsic("imsics@24000000", 31, 0x24000000, 11, "disabled");
		write_aplic("aplic@d000000", 20, APLIC, 21, "okay");
		write_imsic("imsics@28000000", 21, IMSIC, 9, "okay");
		write_device("level", 10, 4);
		write_device("edge", 11, 1);
		write_device("low", 12, 8);
		write_device("nonsense", 13, 3);
	} else {
		blob_begin(&blob, "plic@c000000");
		blob_property(&blob, "compatible", "sifive,plic-1.0.0\0riscv,plic0", 30);
		BLOB_CELLS(&blob, "riscv,ndev", 96);
		BLOB_CELLS(&blob, "reg", 0, PLIC, 0, 0x600000);
		BLOB_CELLS(&blob, "interrupts-extended", 100, 11, 100, 9, 105, 11, 105, 9, 109, 11, 109, 9);
		blob_end(&blob);
	}
	blob_end(&blob);
	tree = blob_finish(&blob, &bytes);
	CHECK_EQ(fdt_init(tree), 0);
	irq_init();
}

static u32 served[32];

static void handler(void *argument)
{
	served[(u64)argument]++;
}

static void register_all(void)
{
	for (u64 source = 10; source < 14; source++)
		CHECK_EQ(irq_register((u32)source, (u32)(source % HARTS), "test", handler, (void *)source), 0);
}

/* --- AIA --- */

TEST(aplic_sources_become_messages)
{
	begin(true);
	CHECK_STR_EQ(irq_chip->name, "APLIC");
	CHECK_EQ(*reg(APLIC), 0x104); /* domaincfg: IE, DM */
	register_all();
	/* target: the hart's place in the IMSIC's list, and identity 16 + source */
	CHECK_EQ(*reg(APLIC + 0x3004 + 9 * 4), 0 << 18 | 26);  /* hart 1: id 0 */
	CHECK_EQ(*reg(APLIC + 0x3004 + 10 * 4), 2 << 18 | 27); /* hart 2: id 9 */
	CHECK_EQ(*reg(APLIC + 0x3004 + 11 * 4), 1 << 18 | 28); /* hart 0: id 5 */
	CHECK_EQ(*reg(APLIC + 0x0004 + 9 * 4), 6);
	CHECK_EQ(*reg(APLIC + 0x0004 + 10 * 4), 4);
	CHECK_EQ(*reg(APLIC + 0x0004 + 11 * 4), 7);
	CHECK_EQ(*reg(APLIC + 0x0004 + 12 * 4), 6);
	CHECK_EQ(*reg(APLIC + 0x1edc), 13); /* setienum, the last */
}

TEST(imsic_files_belong_to_harts)
{
	begin(true);
	for (u32 i = 0; i < HARTS; i++) {
		host_be(i);
		sip = 0, sie = SIE_SSIE;
		irq_hart_init();
		CHECK_EQ(sie, SIE_SEIE);
		CHECK_EQ(sip, SIE_SSIE);
		CHECK_EQ(indirect[0x70], 1);
		CHECK_EQ(indirect[0x72], 0);
		CHECK_EQ(indirect[0xc0], UINT64_MAX);
		CHECK_EQ(indirect[0xc2], (1ul << 49) - 1); /* up to identity 16 + 96 */
		CHECK_EQ(indirect[0xc4], 0);
	}
	host_be(0);
	irq_send_ipi(2);
	CHECK_EQ(*reg(IMSIC + 2 * 0x4000), 1);
	CHECK_EQ(*reg(IMSIC), 0);
	harts[1].irq_file = 0; /* not up yet */
	irq_send_ipi(1);
	CHECK_EQ(*reg(IMSIC), 1);
	CHECK_EQ(*reg(IMSIC + 0x4000), 0);
}

static void post(u32 identity)
{
	pending[pending_count++] = identity;
}

TEST(messages_are_claimed_until_none_is_left)
{
	begin(true);
	register_all();
	irq_hart_init();
	sip |= SIE_SEIE;
	post(26), post(1), post(27), post(26), post(5), post(200), post(16);
	irq_handle();
	CHECK_EQ(served[10], 2);
	CHECK_EQ(served[11], 1);
	CHECK_EQ(claims, 8);
	CHECK_EQ(harts[0].interrupts, 7);
	sip &= ~SIE_SEIE;
	irq_handle();
	CHECK_EQ(claims, 8);
}

/* An identity that is pending for ever does not keep the event loop. */
TEST(a_storm_is_left_for_the_next_time)
{
	begin(true);
	register_all();
	irq_hart_init();
	sip |= SIE_SEIE;
	for (u32 i = 0; i < 200; i++)
		post(26);
	irq_handle();
	CHECK_EQ(served[10], IRQ_CLAIMS_MAX);
	while (pending_count)
		irq_handle();
	CHECK_EQ(served[10], 200);
}

/* in_clrip is what the line says; setipnum makes the source pending again. */
TEST(a_level_that_is_still_up_is_served_again)
{
	begin(true);
	register_all();
	irq_hart_init();
	sip |= SIE_SEIE;
	post(26);
	irq_handle();
	CHECK_EQ(*reg(APLIC + 0x1cdc), 0);
	*reg(APLIC + 0x1d00) = 1 << 10 | 1 << 11;
	post(27);
	irq_handle(); /* an edge is not looked at */
	CHECK_EQ(*reg(APLIC + 0x1cdc), 0);
	post(26);
	irq_handle();
	CHECK_EQ(*reg(APLIC + 0x1cdc), 10);
}

/* --- PLIC --- */

TEST(plic_contexts_belong_to_harts)
{
	begin(false);
	CHECK_STR_EQ(irq_chip->name, "PLIC");
	register_all();
	/* supervisor contexts: 1 of id 0, 3 of id 5, 5 of id 9 */
	CHECK_EQ(*reg(PLIC + 4 * 10), 1);
	CHECK_EQ(*reg(PLIC + 4 * 14), 0);
	CHECK_EQ(*reg(PLIC + 0x2000 + 0x80 * 1), 1 << 10 | 1 << 13);
	CHECK_EQ(*reg(PLIC + 0x2000 + 0x80 * 3), 1 << 12);
	CHECK_EQ(*reg(PLIC + 0x2000 + 0x80 * 5), 1 << 11);
	*reg(PLIC + 0x203000) = 7;
	irq_hart_init();
	CHECK_EQ(*reg(PLIC + 0x203000), 0); /* threshold */
	CHECK_EQ(sie, SIE_SEIE | SIE_SSIE);
	irq_send_ipi(2);
	CHECK_EQ(sbi_mask, 1);
	CHECK_EQ(sbi_base, 9);
	sip = SIE_SSIE;
	irq_handle();
	CHECK_EQ(sip, 0);
	CHECK_EQ(harts[0].interrupts, 1);
	/* Plain memory: the claim reads the same source for ever, as a device does that nobody can quiet. */
	sip = SIE_SEIE;
	*reg(PLIC + 0x203004) = 12;
	irq_handle();
	CHECK_EQ(served[12], IRQ_CLAIMS_MAX);
}

/* Registers that cannot be reached: no chip, and nothing is touched. */
TEST(unreachable_aplic_is_left_alone)
{
	begin(true);
	refuse_devices = true;
	CHECK(!aplic_find());
	refuse_devices = false;
}

TEST(unreachable_plic_is_left_alone)
{
	begin(false);
	refuse_devices = true;
	CHECK(!plic_find());
	refuse_devices = false;
}

static const struct test tests[] = {
	TEST_ROW(aplic_sources_become_messages),
	TEST_ROW(imsic_files_belong_to_harts),
	TEST_ROW(messages_are_claimed_until_none_is_left),
	TEST_ROW(a_storm_is_left_for_the_next_time),
	TEST_ROW(a_level_that_is_still_up_is_served_again),
	TEST_ROW(plic_contexts_belong_to_harts),
	TEST_ROW(unreachable_aplic_is_left_alone),
	TEST_ROW(unreachable_plic_is_left_alone),
};
TEST_MAIN(tests)
