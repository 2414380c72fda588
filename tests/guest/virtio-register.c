// SPDX-License-Identifier: GPL-2.0-or-later
/* virtio-register - registers read and written as nobody should, and lines */
#include "virtio.h"

#define MMIO_SIZE	0x200
#define MMIO_VERSION	0x004
#define MMIO_VENDOR	0x00c
#define MMIO_ISR_ACK	0x064
#define MMIO_SHM_SEL	0x0ac
#define MMIO_SHM_LEN	0x0b0
#define MMIO_Q_RESET	0x0c0
#define PCI_COMMON_LEN	64
#define PCI_Q_RESET	58

static volatile unsigned int nr_irqs;

static uint64_t registers_len(const struct vio *v)
{
	return v->pci ? PCI_COMMON_LEN : MMIO_SIZE;
}

static bool every_width_read(struct vio *v)
{
	unsigned int width;
	uint64_t off, val;

	for (width = 1; width <= 16; width *= 2)
		for (off = 0; off < registers_len(v); off += width)
			try_read(v->common + off, width, &val);
	return true;
}

static bool every_width_written(struct vio *v)
{
	unsigned int width;
	uint64_t off;

	for (width = 1; width <= 16; width *= 2)
		for (off = 0; off < registers_len(v); off += width)
			try_write(v->common + off, width, ~UINT64_C(0));
	return true;
}

static bool unaligned(struct vio *v)
{
	uint64_t off, val;

	for (off = 1; off < registers_len(v); off += 5) {
		try_read(v->common + off, 4, &val);
		try_write(v->common + off, 4, 0xa5a5a5a5);
	}
	return true;
}

/* In, at the end of, and beyond the configuration space. */
static bool config_widths(struct vio *v)
{
	unsigned int width;
	uint64_t off, val, end = v->config_len < 256 ? v->config_len : 256;

	if (!v->config)
		return vio_skip();
	for (width = 1; width <= 16; width *= 2)
		for (off = 0; off < end + 16; off += width) {
			try_read(v->config + off, width, &val);
			try_write(v->config + off, width, val ^ ~UINT64_C(0));
		}
	return true;
}

static bool undefined_offsets(struct vio *v)
{
	static const uint16_t offsets[] = {
		0x018, 0x01c, 0x028, 0x02c, 0x03c, 0x040, 0x048, 0x04c, 0x054,
		0x068, 0x06c, 0x074, 0x088, 0x098, 0x0a8, 0x0c4, 0x0f8,
	};
	unsigned int i;

	if (v->pci)
		return vio_skip();
	for (i = 0; i < ARRAY_SIZE(offsets); i++) {
		mmio_read32(v->common + offsets[i]);
		mmio_write32(v->common + offsets[i], ~0U);
	}
	return true;
}

/* What must not change does not. */
static bool read_only_written(struct vio *v)
{
	uint64_t base = v->common;

	if (v->pci)
		return vio_skip();
	mmio_write32(base, 0);
	mmio_write32(base + MMIO_VERSION, 1);
	mmio_write32(base + MMIO_VENDOR, 0);
	vio_write(v, VIO_DEV_FEATURES, ~0U);
	vio_write(v, VIO_Q_MAX, 3);
	vio_write(v, VIO_GENERATION, 7);
	vio_expect(mmio_read32(base) == 0x74726976 &&
		   mmio_read32(base + MMIO_VERSION) == 2,
		   "magic or version changed");
	return true;
}

static bool write_only_read(struct vio *v)
{
	static const enum vio_reg regs[] = {
		VIO_DEV_SEL, VIO_DRV_SEL, VIO_DRV_FEATURES, VIO_Q_SEL,
		VIO_Q_SIZE, VIO_Q_DESC, VIO_Q_DESC_HI, VIO_Q_DRIVER,
		VIO_Q_DRIVER_HI, VIO_Q_DEVICE, VIO_Q_DEVICE_HI,
	};
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(regs); i++)
		vio_read(v, regs[i]);
	if (!v->pci) {
		mmio_read32(v->common + 0x50);
		mmio_read32(v->common + MMIO_ISR_ACK);
	}
	return true;
}

static bool features_selector(struct vio *v)
{
	static const uint32_t sel[] = { 2, 3, 31, 0x7fffffff, 0x80000000, ~0U };
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(sel); i++) {
		vio_write(v, VIO_DEV_SEL, sel[i]);
		vio_expect(!vio_read(v, VIO_DEV_FEATURES),
			   "features beyond the 64 there are");
		vio_write(v, VIO_DRV_SEL, sel[i]);
		vio_write(v, VIO_DRV_FEATURES, ~0U);
	}
	return true;
}

static bool partial_ack(struct vio *v)
{
	vio_request(v, 0);
	vio_offer(vio_q(v), 0);
	vio_kick(v, v->work);
	vio_take(vio_q(v), 1, 1000);
	if (v->pci)
		return vio_skip();
	mmio_write32(v->common + MMIO_ISR_ACK, 2);
	vio_expect(mmio_read32(v->common + 0x60) & 1,
		   "the ring's bit was cleared by another's");
	mmio_write32(v->common + MMIO_ISR_ACK, ~0U);
	/* one of vhost's interrupts may always be the next */
	vio_expect(v->lenient || !mmio_read32(v->common + 0x60),
		   "a bit stayed");
	vio_request(v, 1);
	vio_offer(vio_q(v), 1);
	vio_kick(v, v->work);
	return true;
}

static bool queue_reset(struct vio *v)
{
	vio_write(v, VIO_Q_SEL, v->work);
	if (v->pci)
		mmio_write16(v->common + PCI_Q_RESET, 1);
	else
		mmio_write32(v->common + MMIO_Q_RESET, 1);
	vio_write(v, VIO_Q_SEL, 0xffff);
	if (v->pci)
		mmio_write16(v->common + PCI_Q_RESET, 1);
	else
		mmio_write32(v->common + MMIO_Q_RESET, 1);
	return true;
}

static bool shared_memory(struct vio *v)
{
	unsigned int i;

	if (v->pci)
		return vio_skip();
	for (i = 0; i < 260; i += 13) {
		mmio_write32(v->common + MMIO_SHM_SEL, i);
		vio_expect(mmio_read32(v->common + MMIO_SHM_LEN) == ~0U &&
			   mmio_read32(v->common + MMIO_SHM_LEN + 4) == ~0U,
			   "there is shared memory");
		mmio_write32(v->common + MMIO_SHM_LEN, 0);
	}
	return true;
}

/* Registers of a queue there is not. */
static bool select_beyond(struct vio *v)
{
	static const uint32_t sel[] = { 20, 31, 32, 64, 0x7fff, 0xffff, ~0U };
	unsigned int i, reg;

	for (i = 0; i < ARRAY_SIZE(sel); i++) {
		vio_write(v, VIO_Q_SEL, sel[i]);
		for (reg = VIO_Q_MAX; reg < VIO_REG_NUM; reg++)
			vio_write(v, reg, ~0U);
		vio_expect(!vio_read(v, VIO_Q_MAX), "there is such a queue");
		vio_expect(!vio_read(v, VIO_Q_READY), "it got ready");
	}
	return true;
}

static bool notify_beyond(struct vio *v)
{
	static const uint32_t index[] = {
		20, 32, 63, 64, 255, 0x7fff, 0x8000, 0xffff, 0x10000,
		0x7fffffff, 0x80000000, ~0U,
	};
	unsigned int i, again;

	for (again = 0; again < 20; again++)
		for (i = 0; i < ARRAY_SIZE(index); i++)
			vio_kick(v, index[i]);
	return true;
}

static bool kicks_on_all(struct vio *v)
{
	unsigned int i;

	for (i = 0; i < 300; i++)
		vio_kick(v, i % (v->nr_queues + 1));
	return true;
}

void irq_handler(unsigned int intid)
{
	unsigned int i;

	nr_irqs++;
	for (i = 0; i < nr_vios; i++)
		if (vios[i].intid == intid)
			vio_isr(&vios[i]);
}

/* A request's interrupt comes, by pin or line, and does not stay. */
static bool line(struct vio *v)
{
	uint64_t start = time_now();
	unsigned int seen = nr_irqs;

	if (!v->intid || !gic_version())
		return vio_skip();
	gic_enable(v->intid);
	irq_enable();
	vio_request(v, 0);
	vio_offer(vio_q(v), 0);
	vio_kick(v, v->work);
	while (nr_irqs == seen && time_now() - start < time_ms(2000))
		;
	vio_expect(nr_irqs != seen, "no interrupt came");
	seen = nr_irqs;
	delay_ms(5);
	vio_expect(nr_irqs - seen < 3, "the interrupt stays asserted");
	irq_disable();
	return true;
}

void test_registers(struct vio *v)
{
	vio_test(v, "reg-line", line, WANT_ANSWER);
	vio_test(v, "reg-every-read", every_width_read, WANT_ANY);
	vio_test(v, "reg-every-write", every_width_written, WANT_ANY);
	vio_test(v, "reg-unaligned", unaligned, WANT_ANY);
	vio_test(v, "reg-config", config_widths, WANT_ANY);
	vio_test(v, "reg-undefined", undefined_offsets, WANT_ANY);
	vio_test(v, "reg-read-only", read_only_written, WANT_ANY);
	vio_test(v, "reg-write-only", write_only_read, WANT_ANY);
	vio_test(v, "reg-features-sel", features_selector, WANT_ANY);
	vio_test(v, "reg-partial-ack", partial_ack, WANT_ANSWER);
	vio_test(v, "reg-queue-reset", queue_reset, WANT_ANY);
	vio_test(v, "reg-shared-memory", shared_memory, WANT_ANY);
	vio_test(v, "reg-select-beyond", select_beyond, WANT_ANY);
	vio_test(v, "reg-notify-beyond", notify_beyond, WANT_ANY);
	vio_test(v, "reg-kicks-on-all", kicks_on_all, WANT_ANY);
}
