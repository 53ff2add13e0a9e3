/* uart.c - the ns16550a serial line.
 *
 *     uart_write -> tx ring -> 16 bytes at a time, whenever the transmitter is empty
 *     receiver's interrupt -> rx ring -> uart_reader (task) -> uart_receive()
 *
 * When the rx ring is full the receiver's interrupt is switched off and bytes stay in the device, whose other end then
 * stops sending: nothing is lost, whoever types faster than the console reads has to wait. Invariant: the transmitter's
 * interrupt is enabled exactly while the tx ring holds something or somebody waits for room in it.
 */
#include "kernel/dev/uart.h"

#include "kernel/dev/byte_ring.h"
#include "kernel/dev/dev.h"
#include "kernel/hart/fdt.h"
#include "kernel/hart/print.h"
#include "kernel/irq/irq.h"
#include "kernel/mm/kmap.h"
#include "kernel/mm/page.h"
#include "kernel/task/task.h"
#include "kernel/task/wait.h"

/* Registers, and their bits that are used here. */
enum { RBR = 0, THR = 0, IER = 1, FCR = 2, LCR = 3, MCR = 4, LSR = 5 };
enum { IER_RECEIVED = 1, IER_EMPTY = 2 };
enum { FCR_ENABLE = 1, FCR_CLEAR = 6, LCR_8N1 = 3, MCR_DTR_RTS_OUT2 = 0xb };
enum { LSR_DATA = 1, LSR_EMPTY = 0x20 };
enum { FIFO_BYTES = 16, PATIENCE = 200000 /* looks at a transmitter that does not become empty */ };

static u8 tx_bytes[8192], rx_bytes[256];

static struct {
	volatile u8 *base; /* NULL: there is no line */
	u32 shift;	   /* registers are 1 << shift bytes apart */
	u32 source;

	struct spinlock tx_lock; /* guards the next five */
	struct byte_ring tx;
	u64 dropped; /* bytes that the transmitter did not take */
	u8 ier;
	bool started;
	bool room_wanted; /* somebody sleeps in `sendable` */

	struct spinlock lock; /* guards rx and the two queues; taken before tx_lock */
	struct byte_ring rx;
	struct wait_queue received, sendable;
} uart = {
	.tx_lock = SPINLOCK_INIT(RANK_PRINT),
	.tx = BYTE_RING(tx_bytes),
	.lock = SPINLOCK_INIT(RANK_DEVICE),
	.rx = BYTE_RING(rx_bytes),
	.received = { LIST_INIT(uart.received.waits) },
	.sendable = { LIST_INIT(uart.sendable.waits) },
};

void (*uart_receive)(char byte);

static u8 uart_get(u32 reg)
{
	return uart.base[reg << uart.shift];
}

static void uart_set(u32 reg, u8 value)
{
	uart.base[reg << uart.shift] = value;
}

/* ---- output */

static void ier_change_locked(u8 clear, u8 set)
{
	u8 ier = (u8)((uart.ier & ~clear) | set);

	if (ier != uart.ier)
		uart_set(IER, uart.ier = ier);
}

static void tx_fill_fifo_locked(void)
{
	for (u32 i = 0; i < FIFO_BYTES && byte_ring_count(&uart.tx); i++)
		uart_set(THR, byte_ring_get(&uart.tx));
}

static void tx_interrupt_update_locked(void)
{
	if (uart.started)
		ier_change_locked(IER_EMPTY, byte_ring_count(&uart.tx) || uart.room_wanted ? IER_EMPTY : 0);
}

/* Hand over what the transmitter takes now; its interrupt brings us back for the rest. */
static void tx_push_locked(void)
{
	while (byte_ring_count(&uart.tx) && (uart_get(LSR) & LSR_EMPTY))
		tx_fill_fifo_locked();
	tx_interrupt_update_locked();
}

/* False: the transmitter is stuck. */
static bool tx_wait_empty(void)
{
	for (u32 i = 0; i < PATIENCE; i++)
		if (uart_get(LSR) & LSR_EMPTY)
			return true;
	return false;
}

static void tx_drain(void)
{
	while (byte_ring_count(&uart.tx) && tx_wait_empty())
		tx_fill_fifo_locked();
}

void uart_write(const char *text, size_t bytes)
{
	if (!uart.base)
		return;
	spin_lock(&uart.tx_lock);
	for (size_t i = 0; i < bytes; i++) {
		if (!byte_ring_room(&uart.tx))
			tx_drain();
		if (!byte_ring_put(&uart.tx, (u8)text[i])) {
			uart.dropped += bytes - i; /* nobody reads at the other end; the kernel goes on */
			break;
		}
	}
	if (!uart.started)
		tx_drain();
	tx_push_locked();
	spin_unlock(&uart.tx_lock);
}

/* Half a ring at least, so that a sleeper is not woken for every 16 bytes. If there is not that much, the interrupt
 * that comes when there is will wake whoever sleeps in `sendable`. */
static bool has_room(void)
{
	bool room;

	spin_lock(&uart.tx_lock);
	room = byte_ring_room(&uart.tx) >= sizeof(tx_bytes) / 2;
	uart.room_wanted |= !room;
	tx_interrupt_update_locked();
	spin_unlock(&uart.tx_lock);
	return room;
}

struct uart_wait_room {
	struct co co;
};

CO_STEP(uart_wait_room)
{
	CO_FRAME(uart_wait_room);
	long err;

	CO_BEGIN;
	AWAIT_UNTIL(err, &uart.lock, &uart.sendable, has_room());
	spin_unlock(&uart.lock);
	CO_RETURN(err);
	CO_END;
}

long uart_wait_room(struct co *caller)
{
	return uart.base ? CO_CALL(uart_wait_room, caller) : 0;
}

/* The transmitter has taken something: wake whoever waits for that. Called with lock held. */
static void wake_senders_locked(void)
{
	bool wake;

	spin_lock(&uart.tx_lock);
	tx_push_locked();
	wake = uart.room_wanted && byte_ring_room(&uart.tx) >= sizeof(tx_bytes) / 2;
	uart.room_wanted &= !wake;
	tx_interrupt_update_locked();
	spin_unlock(&uart.tx_lock);
	if (wake)
		wait_wake_all(&uart.sendable);
}

void uart_put_sync(char byte)
{
	if (uart.base && tx_wait_empty())
		uart_set(THR, (u8)byte);
}

void uart_drain_sync(void)
{
	bool locked = false;

	if (!uart.base)
		return;
	for (u32 i = 0; i < PATIENCE && !locked; i++)
		locked = spin_try_lock(&uart.tx_lock);
	tx_drain();
	tx_wait_empty();
	if (locked)
		spin_unlock(&uart.tx_lock);
}

/* ---- input */

static void receiver_interrupt(bool on)
{
	spin_lock(&uart.tx_lock);
	ier_change_locked(IER_RECEIVED, on ? IER_RECEIVED : 0);
	spin_unlock(&uart.tx_lock);
}

static void uart_interrupt(void *unused)
{
	(void)unused;
	spin_lock(&uart.lock);
	while (byte_ring_room(&uart.rx) && (uart_get(LSR) & LSR_DATA))
		byte_ring_put(&uart.rx, uart_get(RBR));
	if (!byte_ring_room(&uart.rx))
		receiver_interrupt(false);
	if (byte_ring_count(&uart.rx))
		wait_wake_one(&uart.received);
	wake_senders_locked();
	spin_unlock(&uart.lock);
}

struct uart_reader {
	struct co co;
};

CO_STEP(uart_reader)
{
	CO_FRAME(uart_reader);
	char byte;
	long err;

	CO_BEGIN;
	for (;;) {
		AWAIT_UNTIL_DISK(err, &uart.lock, &uart.received, byte_ring_count(&uart.rx));
		byte = (char)byte_ring_get(&uart.rx);
		if (!byte_ring_count(&uart.rx))
			receiver_interrupt(true);
		spin_unlock(&uart.lock);
		if (uart_receive)
			uart_receive(byte);
		if (task_should_yield())
			AWAIT(err, task_yield(co));
	}
	CO_END;
}

static long uart_reader(struct co *caller, void *unused)
{
	(void)unused;
	return CO_CALL(uart_reader, caller);
}

/* ---- start */

void uart_init(void)
{
	struct fdt_node node = { 0 };
	struct fdt_reg reg;

	if (!fdt_next_compatible(&node, "ns16550a") || !fdt_reg(&node, 0, &reg) || !kmap_device(reg.base, reg.bytes))
		return;
	uart.shift = (u32)fdt_u64(&node, "reg-shift", 0) & 3;
	uart.source = fdt_interrupt(&node);
	uart.base = phys_to_virt(reg.base);
	uart_set(IER, 0);
	uart_set(LCR, LCR_8N1);
	uart_set(MCR, MCR_DTR_RTS_OUT2);
	uart_set(FCR, FCR_ENABLE | FCR_CLEAR);
	print_sink = uart_write;
}

int uart_probe(const struct fdt_node *node)
{
	struct fdt_reg reg;
	int err;

	/* Only the line that uart_init found is driven. */
	if (!uart.base || !fdt_reg(node, 0, &reg) || uart.base != phys_to_virt(reg.base))
		return 0;
	err = task_spawn("uart-reader", PRIORITY_DRIVER, uart_reader, NULL);
	if (!err)
		err = irq_register(uart.source, hart()->index, "uart", uart_interrupt, NULL);
	if (err)
		return err;
	spin_lock(&uart.tx_lock);
	uart.started = true;
	ier_change_locked(0, IER_RECEIVED);
	tx_push_locked();
	spin_unlock(&uart.tx_lock);
	return 0;
}
