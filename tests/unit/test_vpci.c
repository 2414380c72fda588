// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * vpci: a virtio device behind a PCI function, by what its driver reads, writes
 * and hears
 */
#include <linux/pci_regs.h>
#include <linux/virtio_pci.h>

#include "pci_rig.h"
#include "t.h"
#include "util.h"
#include "vdev_rig.h"
#include "virtio/vpci.h"

#define COMMON(field)	offsetof(struct virtio_pci_common_cfg, field)
#define CAP(field)	offsetof(struct virtio_pci_cap, field)
#define REGS_BAR	2
#define REGS		(PR_MEM64 + 0x10000)	/* where it is put */
#define TABLE_BAR	0
#define TABLE		(PR_MEM32 + 0x1000)
#define VECTORS		(RIG_QUEUES + 1)
#define DOOR		UINT64_C(0x108090040)	/* where MSIs go */
#define DATA(vector)	(100U + (vector))	/* what they say */
#define QSIZE		16
#define PART		UINT64_C(0x8000)	/* from ring to ring */

#define RUN (VIRTIO_CONFIG_S_ACKNOWLEDGE | VIRTIO_CONFIG_S_DRIVER | \
	     VIRTIO_CONFIG_S_FEATURES_OK | VIRTIO_CONFIG_S_DRIVER_OK)

struct bench {
	struct pci_rig rig;
	struct vdev_rig *dev;
	struct virtio_pci fn;
	uint64_t common, notify, isr, config;	/* offsets in the BAR */
	unsigned int notify_step;
	unsigned int window;	/* the capability PCI_CFG */
};

static uint32_t cap_get(struct bench *b, unsigned int cap, size_t field,
			unsigned int len)
{
	return pr_config_get(&b->rig, 0, cap + (unsigned int)field, len);
}

/* Return: the capability that is of @type; all are in the BAR and fit there. */
static unsigned int find_cap(struct bench *b, uint8_t type, uint32_t min)
{
	unsigned int at = pr_cap(&b->rig, 0, 0, PCI_CAP_ID_VNDR);

	while (at && cap_get(b, at, CAP(cfg_type), 1) != type) {
		at = cap_get(b, at, CAP(cap_next), 1);
		at = at ? pr_cap(&b->rig, 0, at, PCI_CAP_ID_VNDR) : 0;
	}
	ck_assert_msg(at != 0, "no capability of type %u", type);
	ck_assert_uint_eq(cap_get(b, at, CAP(bar), 1), REGS_BAR);
	ck_assert_uint_eq(cap_get(b, at, CAP(offset), 4) % 4, 0);
	ck_assert_uint_ge(cap_get(b, at, CAP(length), 4), min);
	ck_assert_uint_le(cap_get(b, at, CAP(offset), 4) +
			  cap_get(b, at, CAP(length), 4),
			  b->fn.fn.bar[REGS_BAR].size);
	return at;
}

static uint64_t find_part(struct bench *b, uint8_t type, uint32_t min)
{
	return cap_get(b, find_cap(b, type, min), CAP(offset), 4);
}

static void find_parts(struct bench *b)
{
	unsigned int cap;

	b->common = find_part(b, VIRTIO_PCI_CAP_COMMON_CFG,
			      sizeof(struct virtio_pci_common_cfg));
	b->isr = find_part(b, VIRTIO_PCI_CAP_ISR_CFG, 1);
	b->config = find_part(b, VIRTIO_PCI_CAP_DEVICE_CFG, RIG_CONFIG);
	cap = find_cap(b, VIRTIO_PCI_CAP_NOTIFY_CFG, 2);
	b->notify = cap_get(b, cap, CAP(offset), 4);
	b->notify_step = cap_get(b, cap, sizeof(struct virtio_pci_cap), 4);
	ck_assert_uint_ge(cap_get(b, cap, CAP(length), 4),
			  (RIG_QUEUES - 1) * b->notify_step + 2);
	b->window = find_cap(b, VIRTIO_PCI_CAP_PCI_CFG, 0);
}

static void flags(struct bench *b, uint32_t value)
{
	pr_config_put(&b->rig, 0, pr_cap(&b->rig, 0, 0, PCI_CAP_ID_MSIX) +
		      PCI_MSIX_FLAGS, 2, value);
}

static void mask(struct bench *b, uint64_t vector, bool on)
{
	pr_put(&b->rig, TABLE + vector * PCI_MSIX_ENTRY_SIZE +
	       PCI_MSIX_ENTRY_VECTOR_CTRL, 4, on);
}

/* What firmware and an operating system do before they look for a driver. */
static void set_up(struct bench *b, bool msix)
{
	uint64_t i;

	pr_bar(&b->rig, 0, REGS_BAR, true, REGS);
	pr_bar(&b->rig, 0, TABLE_BAR, false, TABLE);
	pr_config_put(&b->rig, 0, PCI_COMMAND, 2,
		      PCI_COMMAND_MEMORY | PCI_COMMAND_MASTER);
	if (!msix)
		return;
	for (i = 0; i < VECTORS; i++) {
		uint64_t entry = TABLE + i * PCI_MSIX_ENTRY_SIZE;

		pr_put(&b->rig, entry, 8, DOOR);
		pr_put(&b->rig, entry + 8, 4, DATA(i));
		mask(b, i, false);
	}
	flags(b, PCI_MSIX_FLAGS_ENABLE);
}

static struct bench *bench_new(enum signals_msi msi, bool msix)
{
	struct bench *b = calloc(1, sizeof(*b));

	ck_assert_ptr_nonnull(b);
	pr_init(&b->rig, msi);
	b->dev = rig_device();
	ck_assert_int_eq(virtio_pci_init(&b->fn, &b->dev->dev,
					 &b->dev->ring.mem, &b->rig.bridge),
			 0);
	set_up(b, msix);
	find_parts(b);
	return b;
}

static void bench_free(struct bench *b)
{
	virtio_pci_fini(&b->fn);
	rig_device_fini(b->dev);
	pr_fini(&b->rig);
	free(b);
}

static uint64_t get(struct bench *b, uint64_t field, unsigned int len)
{
	return pr_get(&b->rig, REGS + b->common + field, len);
}

static void put(struct bench *b, uint64_t field, unsigned int len,
		uint64_t value)
{
	pr_put(&b->rig, REGS + b->common + field, len, value);
}

static uint64_t status(struct bench *b)
{
	return get(b, COMMON(device_status), 1);
}

static uint64_t isr(struct bench *b)
{
	return pr_get(&b->rig, REGS + b->isr, 1);
}

static void notify(struct bench *b, uint64_t queue)
{
	put(b, COMMON(queue_select), 2, queue);
	ck_assert_uint_eq(get(b, COMMON(queue_notify_off), 2), queue);
	pr_put(&b->rig, REGS + b->notify + queue * b->notify_step, 2, queue);
}

static uint64_t config_vector(struct bench *b, uint64_t vector)
{
	put(b, COMMON(msix_config), 2, vector);
	return get(b, COMMON(msix_config), 2);
}

static uint64_t queue_vector(struct bench *b, uint64_t queue, uint64_t vector)
{
	put(b, COMMON(queue_select), 2, queue);
	put(b, COMMON(queue_msix_vector), 2, vector);
	return get(b, COMMON(queue_msix_vector), 2);
}

static uint64_t vector_of(struct bench *b, uint64_t queue)
{
	put(b, COMMON(queue_select), 2, queue);
	return get(b, COMMON(queue_msix_vector), 2);
}

static void to_features_ok(struct bench *b)
{
	put(b, COMMON(device_status), 1, 0);
	put(b, COMMON(device_status), 1, VIRTIO_CONFIG_S_ACKNOWLEDGE);
	put(b, COMMON(device_status), 1, 3);
	put(b, COMMON(guest_feature_select), 4, 1);
	put(b, COMMON(guest_feature), 4, 1U << (VIRTIO_F_VERSION_1 - 32));
	put(b, COMMON(device_status), 1, 11);
	ck_assert_uint_eq(status(b), 11);
}

static void set_queue(struct bench *b, uint64_t queue, uint64_t vector)
{
	uint64_t at = queue * PART;

	memset(rig_host(&b->dev->ring, RIG_DESC + at), 0,
	       RIG_TABLE - RIG_DESC);
	queue_vector(b, queue, vector);
	put(b, COMMON(queue_size), 2, QSIZE);
	put(b, COMMON(queue_desc_lo), 4, RIG_DESC + at);
	put(b, COMMON(queue_avail_lo), 4, RIG_AVAIL + at);
	put(b, COMMON(queue_used_lo), 4, RIG_USED + at);
	put(b, COMMON(queue_enable), 2, 1);
}

/* A good driver, whose configuration and queues have these vectors. */
static void start(struct bench *b, uint64_t config, uint64_t first,
		  uint64_t second)
{
	to_features_ok(b);
	config_vector(b, config);
	set_queue(b, 0, first);
	set_queue(b, 1, second);
	put(b, COMMON(device_status), 1, RUN);
	ck_assert_uint_eq(status(b), RUN);
}

/* A request in @queue, of which the device is not told yet. */
static void offer(struct bench *b, uint64_t queue)
{
	uint64_t at = queue * PART;
	struct vring_desc *desc = rig_host(&b->dev->ring, RIG_DESC + at);
	struct vring_avail *avail = rig_host(&b->dev->ring, RIG_AVAIL + at);

	desc[0] = (struct vring_desc){
		.addr = RIG_DATA + PART + 0x100 * queue, .len = 8,
		.flags = VRING_DESC_F_WRITE,
	};
	avail->idx++;
}

/* Until @nr MSIs were sent: those of queue 1 are another thread's. */
static void expect_msis(struct bench *b, unsigned int nr, uint32_t data)
{
	struct fake_msi msi;
	unsigned int i;

	for (i = 0; i < 5000 && fake_msis(b->rig.signals, NULL) < nr; i++)
		usleep(1000);
	ck_assert_uint_eq(fake_msis(b->rig.signals, &msi), nr);
	ck_assert_uint_eq(msi.addr, DOOR);
	ck_assert_uint_eq(msi.data, data);
}

static bool line(struct bench *b)
{
	return fake_line(b->rig.signals, PR_INTID);
}

static void expect_line(struct bench *b)
{
	unsigned int i;

	for (i = 0; i < 5000 && !line(b); i++)
		usleep(1000);
	ck_assert(line(b));
}

/*
 * Registers
 */

START_TEST(a_function_is_a_modern_virtio_device)
{
	struct bench *b = bench_new(SIGNALS_MSI_ITS, false);

	ck_assert_uint_eq(pr_config_get(&b->rig, 0, PCI_VENDOR_ID, 2), 0x1af4);
	ck_assert_uint_eq(pr_config_get(&b->rig, 0, PCI_DEVICE_ID, 2),
			  0x1040 + VIRTIO_ID_RNG);
	ck_assert_uint_ge(pr_config_get(&b->rig, 0, PCI_REVISION_ID, 1), 1);
	ck_assert_uint_ge(pr_config_get(&b->rig, 0, PCI_SUBSYSTEM_ID, 2),
			  0x40);
	ck_assert_uint_eq(get(b, COMMON(num_queues), 2), RIG_QUEUES);
	bench_free(b);
}
END_TEST

START_TEST(features_are_selected_by_halves)
{
	struct bench *b = bench_new(SIGNALS_MSI_ITS, false);
	uint64_t offered = b->dev->dev.offered;

	put(b, COMMON(device_feature_select), 4, 0);
	ck_assert_uint_eq(get(b, COMMON(device_feature), 4),
			  (uint32_t)offered);
	put(b, COMMON(device_feature_select), 4, 1);
	ck_assert_uint_eq(get(b, COMMON(device_feature), 4), offered >> 32);
	put(b, COMMON(device_feature_select), 4, 2);
	ck_assert_uint_eq(get(b, COMMON(device_feature), 4), 0);
	to_features_ok(b);
	ck_assert_uint_eq(get(b, COMMON(guest_feature), 4), 1);
	put(b, COMMON(guest_feature_select), 4, 0);
	ck_assert_uint_eq(get(b, COMMON(guest_feature), 4), 0);
	bench_free(b);
}
END_TEST

static const struct {
	uint8_t field, len;
} read_only[] = {
	{ COMMON(device_feature), 4 },
	{ COMMON(num_queues), 2 },
	{ COMMON(config_generation), 1 },
	{ COMMON(queue_notify_off), 2 },
};

START_TEST(what_is_only_read_stays_as_it_is)
{
	static const uint64_t values[] = { UINT64_MAX, 0, 0x11111111 };
	struct bench *b = bench_new(SIGNALS_MSI_ITS, false);
	_Atomic uint64_t *misuse = &b->dev->dev.misuse_log.count;
	unsigned int i, j;

	start(b, 0, 0, 0);
	vdev_config_changed(&b->dev->dev);
	put(b, COMMON(queue_select), 2, 1);
	for (i = 0; i < ARRAY_SIZE(read_only); i++)
		for (j = 0; j < ARRAY_SIZE(values); j++) {
			uint64_t field = read_only[i].field;
			unsigned int len = read_only[i].len;
			uint64_t before = get(b, field, len), counted = *misuse;

			put(b, field, len, values[j]);
			ck_assert_uint_eq(get(b, field, len), before);
			ck_assert_uint_eq(*misuse, counted + 1);
		}
	ck_assert_uint_ne(get(b, COMMON(config_generation), 1), 0);
	/* nor does a driver make the status say what the device would */
	put(b, COMMON(device_status), 1, RUN | VIRTIO_CONFIG_S_NEEDS_RESET);
	ck_assert_uint_eq(status(b), RUN);
	put(b, COMMON(device_status), 1, VIRTIO_CONFIG_S_ACKNOWLEDGE);
	ck_assert_uint_eq(status(b), RUN);
	bench_free(b);
}
END_TEST

/* 4.1.3.1: bytes, words and double words as the fields are */
START_TEST(a_field_has_one_width)
{
	struct bench *b = bench_new(SIGNALS_MSI_ITS, false);

	to_features_ok(b);
	config_vector(b, 1);
	put(b, COMMON(queue_select), 2, 1);
	/* the neighbours of num_queues and of the status */
	put(b, COMMON(msix_config), 4, 0);
	put(b, COMMON(msix_config), 1, 0);
	put(b, COMMON(device_status), 4, 0);
	put(b, COMMON(device_status), 2, 0);
	put(b, COMMON(queue_desc_lo), 8, UINT64_MAX);
	put(b, COMMON(queue_desc_lo) + 2, 4, UINT64_MAX);
	put(b, sizeof(struct virtio_pci_common_cfg), 4, UINT64_MAX);
	ck_assert_uint_eq(get(b, COMMON(msix_config), 2), 1);
	ck_assert_uint_eq(status(b), 11);
	ck_assert_uint_eq(get(b, COMMON(queue_select), 2), 1);
	ck_assert_uint_eq(get(b, COMMON(queue_desc_lo), 4), 0);
	ck_assert_uint_eq(get(b, COMMON(queue_desc_hi), 4), 0);
	ck_assert_uint_eq(get(b, COMMON(msix_config), 4), 0);
	ck_assert_uint_eq(get(b, COMMON(num_queues), 1), 0);
	ck_assert_uint_eq(get(b, COMMON(device_status), 2), 0);
	ck_assert_uint_eq(get(b, COMMON(queue_size), 4), 0);
	bench_free(b);
}
END_TEST

START_TEST(a_queue_that_there_is_not_has_no_size)
{
	struct bench *b = bench_new(SIGNALS_MSI_ITS, false);

	to_features_ok(b);
	put(b, COMMON(queue_select), 2, RIG_QUEUES);
	ck_assert_uint_eq(get(b, COMMON(queue_size), 2), 0);
	put(b, COMMON(queue_size), 2, 8);
	put(b, COMMON(queue_enable), 2, 1);
	ck_assert_uint_eq(get(b, COMMON(queue_size), 2), 0);
	ck_assert_uint_eq(get(b, COMMON(queue_enable), 2), 0);
	put(b, COMMON(queue_select), 2, RIG_QUEUES - 1);
	ck_assert_uint_eq(get(b, COMMON(queue_size), 2), VQ_SIZE_MAX);
	bench_free(b);
}
END_TEST

START_TEST(the_configuration_has_a_generation)
{
	struct bench *b = bench_new(SIGNALS_MSI_ITS, false);
	uint64_t before = get(b, COMMON(config_generation), 1);

	b->dev->config[0] = 1;
	b->dev->config[3] = 4;
	ck_assert_uint_eq(pr_get(&b->rig, REGS + b->config, 4), 0x04000001);
	ck_assert_uint_eq(pr_get(&b->rig, REGS + b->config + RIG_CONFIG, 4),
			  0);
	pr_put(&b->rig, REGS + b->config + 8, 1, 9);
	ck_assert_uint_eq(b->dev->config[8], 9);
	vdev_config_changed(&b->dev->dev);
	ck_assert_uint_eq(get(b, COMMON(config_generation), 1), before + 1);
	bench_free(b);
}
END_TEST

/* 4.1.4.9: a way to the registers for who has no BAR mapped */
START_TEST(registers_can_be_reached_through_configuration_space)
{
	struct bench *b = bench_new(SIGNALS_MSI_ITS, false);
	struct pci_rig *r = &b->rig;
	unsigned int data = b->window + sizeof(struct virtio_pci_cap);

	to_features_ok(b);
	pr_config_put(r, 0, PCI_COMMAND, 2, 0);
	pr_config_put(r, 0, b->window + CAP(bar), 1, REGS_BAR);
	pr_config_put(r, 0, b->window + CAP(offset), 4,
		      (uint32_t)b->common + COMMON(num_queues));
	pr_config_put(r, 0, b->window + CAP(length), 4, 2);
	ck_assert_uint_eq(pr_config_get(r, 0, data, 2), RIG_QUEUES);
	pr_config_put(r, 0, b->window + CAP(offset), 4,
		      (uint32_t)b->common + COMMON(device_status));
	pr_config_put(r, 0, b->window + CAP(length), 4, 1);
	ck_assert_uint_eq(pr_config_get(r, 0, data, 1), 11);
	/* not of the width that was asked for, and not in that BAR */
	pr_config_put(r, 0, data, 2, 0);
	pr_config_put(r, 0, b->window + CAP(bar), 1, TABLE_BAR);
	pr_config_put(r, 0, data, 1, 0);
	pr_config_put(r, 0, b->window + CAP(bar), 1, REGS_BAR);
	ck_assert_uint_eq(pr_config_get(r, 0, data, 1), 11);
	pr_config_put(r, 0, data, 1, 0);
	ck_assert_uint_eq(pr_config_get(r, 0, data, 1), 0);
	ck_assert_uint_eq(vdev_status(&b->dev->dev), 0);
	bench_free(b);
}
END_TEST

/*
 * Vectors
 */

static const uint16_t no_vectors[] = {
	VECTORS, PCI_MSIX_MAX, 0x7ff, 0x8000, 0xfffe, VDEV_NO_VECTOR,
};

START_TEST(vectors_that_there_are_read_back)
{
	struct bench *b = bench_new(SIGNALS_MSI_ITS, true);
	uint64_t v, q;
	size_t i;

	to_features_ok(b);
	for (v = 0; v < VECTORS; v++) {
		ck_assert_uint_eq(config_vector(b, v), v);
		for (q = 0; q < RIG_QUEUES; q++)
			ck_assert_uint_eq(queue_vector(b, q, v), v);
	}
	/* any other is none, and takes away the one that was there */
	for (i = 0; i < ARRAY_SIZE(no_vectors); i++) {
		ck_assert_uint_eq(config_vector(b, 1), 1);
		ck_assert_uint_eq(config_vector(b, no_vectors[i]),
				  VDEV_NO_VECTOR);
		for (q = 0; q < RIG_QUEUES; q++) {
			ck_assert_uint_eq(queue_vector(b, q, 1), 1);
			ck_assert_uint_eq(queue_vector(b, q, no_vectors[i]),
					  VDEV_NO_VECTOR);
		}
	}
	bench_free(b);
}
END_TEST

START_TEST(no_vector_is_one_where_there_are_no_msis)
{
	struct bench *b = bench_new(SIGNALS_MSI_NONE, false);

	ck_assert_uint_eq(get(b, COMMON(msix_config), 2), VDEV_NO_VECTOR);
	to_features_ok(b);
	ck_assert_uint_eq(vector_of(b, 0), VDEV_NO_VECTOR);
	ck_assert_uint_eq(config_vector(b, 0), VDEV_NO_VECTOR);
	ck_assert_uint_eq(queue_vector(b, 0, 0), VDEV_NO_VECTOR);
	bench_free(b);
}
END_TEST

START_TEST(a_reset_takes_the_vectors_away)
{
	struct bench *b = bench_new(SIGNALS_MSI_ITS, true);

	ck_assert_uint_eq(get(b, COMMON(msix_config), 2), VDEV_NO_VECTOR);
	start(b, 0, 1, 2);
	ck_assert_uint_eq(fake_bound(b->rig.signals), 3);
	put(b, COMMON(device_status), 1, 0);
	ck_assert_uint_eq(status(b), 0);
	ck_assert_uint_eq(get(b, COMMON(msix_config), 2), VDEV_NO_VECTOR);
	ck_assert_uint_eq(vector_of(b, 0), VDEV_NO_VECTOR);
	ck_assert_uint_eq(vector_of(b, 1), VDEV_NO_VECTOR);
	ck_assert_uint_eq(fake_bound(b->rig.signals), 0);
	/* the next driver asks for none and hears nothing */
	to_features_ok(b);
	put(b, COMMON(device_status), 1, RUN);
	vdev_config_changed(&b->dev->dev);
	ck_assert_uint_eq(fake_msis(b->rig.signals, NULL), 0);
	bench_free(b);
}
END_TEST

/*
 * Interrupts
 */

START_TEST(with_msix_each_event_has_its_vector)
{
	struct bench *b = bench_new(SIGNALS_MSI_ITS, true);

	start(b, 0, 1, 2);
	offer(b, 0);
	notify(b, 0);
	expect_msis(b, 1, DATA(1));
	offer(b, 1);
	notify(b, 1);
	expect_msis(b, 2, DATA(2));
	vdev_config_changed(&b->dev->dev);
	expect_msis(b, 3, DATA(0));
	ck_assert_uint_eq(fake_line_changes(b->rig.signals), 0);
	ck_assert_uint_eq(b->dev->served, 2);
	bench_free(b);
}
END_TEST

START_TEST(all_events_may_share_a_vector)
{
	struct bench *b = bench_new(SIGNALS_MSI_ITS, true);

	start(b, 2, 2, 2);
	offer(b, 0);
	notify(b, 0);
	expect_msis(b, 1, DATA(2));
	/* ISR status tells a change of the configuration from the others */
	ck_assert_uint_eq(isr(b), 0);
	vdev_config_changed(&b->dev->dev);
	expect_msis(b, 2, DATA(2));
	ck_assert_uint_eq(isr(b), 2);
	offer(b, 1);
	notify(b, 1);
	expect_msis(b, 3, DATA(2));
	ck_assert_uint_eq(isr(b), 0);
	ck_assert_uint_eq(fake_line_changes(b->rig.signals), 0);
	bench_free(b);
}
END_TEST

START_TEST(a_queue_without_a_vector_is_served_in_silence)
{
	struct bench *b = bench_new(SIGNALS_MSI_ITS, true);

	start(b, 0, VDEV_NO_VECTOR, 2);
	offer(b, 0);
	notify(b, 0);
	ck_assert_uint_eq(b->dev->served, 1);
	ck_assert_uint_eq(fake_msis(b->rig.signals, NULL), 0);
	ck_assert_uint_eq(fake_line_changes(b->rig.signals), 0);
	bench_free(b);
}
END_TEST

START_TEST(a_queue_waits_for_its_vector_to_be_unmasked)
{
	struct bench *b = bench_new(SIGNALS_MSI_ITS, true);

	start(b, 0, 1, 2);
	mask(b, 1, true);
	offer(b, 0);
	notify(b, 0);
	ck_assert_uint_eq(b->dev->served, 1);
	ck_assert_uint_eq(fake_msis(b->rig.signals, NULL), 0);
	ck_assert_uint_eq(pr_get(&b->rig, TABLE + 0x800, 8), BIT(1));
	mask(b, 1, false);
	expect_msis(b, 1, DATA(1));
	ck_assert_uint_eq(pr_get(&b->rig, TABLE + 0x800, 8), 0);
	bench_free(b);
}
END_TEST

START_TEST(a_device_that_needs_a_reset_says_so)
{
	struct bench *b = bench_new(SIGNALS_MSI_ITS, true);

	/* one that never ran, because a queue is wrong */
	to_features_ok(b);
	config_vector(b, 0);
	put(b, COMMON(queue_select), 2, 0);
	put(b, COMMON(queue_size), 2, 3);
	put(b, COMMON(queue_enable), 2, 1);
	put(b, COMMON(device_status), 1, RUN);
	ck_assert_uint_eq(status(b), RUN | VIRTIO_CONFIG_S_NEEDS_RESET);
	expect_msis(b, 1, DATA(0));
	start(b, 0, 1, 2);
	vdev_fault(&b->dev->dev, NULL, "wanted by the test");
	expect_msis(b, 2, DATA(0));
	bench_free(b);
}
END_TEST

/* Of both machines: MSI-X that is there and not enabled is not used. */
static void check_pin(enum signals_msi msi)
{
	struct bench *b = bench_new(msi, false);

	start(b, 0, 1, 2);
	ck_assert(!line(b));
	offer(b, 0);
	notify(b, 0);
	ck_assert(line(b));
	ck_assert(pr_config_get(&b->rig, 0, PCI_STATUS, 2) &
		  PCI_STATUS_INTERRUPT);
	/* beside the register nothing is read, and nothing is cleared */
	ck_assert_uint_eq(pr_get(&b->rig, REGS + b->isr + 1, 1), 0);
	pr_put(&b->rig, REGS + b->isr, 1, 0);
	ck_assert(line(b));
	ck_assert_uint_eq(isr(b), 1);
	ck_assert(!line(b));
	ck_assert(!(pr_config_get(&b->rig, 0, PCI_STATUS, 2) &
		    PCI_STATUS_INTERRUPT));
	ck_assert_uint_eq(isr(b), 0);
	/* a queue with a thread, and the configuration */
	offer(b, 1);
	notify(b, 1);
	expect_line(b);
	vdev_config_changed(&b->dev->dev);
	ck_assert_uint_eq(isr(b), 3);
	ck_assert(!line(b));
	vdev_config_changed(&b->dev->dev);
	ck_assert(line(b));
	ck_assert_uint_eq(isr(b), 2);
	ck_assert(!line(b));
	ck_assert_uint_eq(fake_msis(b->rig.signals, NULL), 0);
	bench_free(b);
}

START_TEST(without_msix_a_read_of_isr_releases_the_pin)
{
	check_pin(SIGNALS_MSI_NONE);
	check_pin(SIGNALS_MSI_ITS);
}
END_TEST

START_TEST(a_reset_releases_the_pin)
{
	struct bench *b = bench_new(SIGNALS_MSI_NONE, false);

	start(b, 0, 1, 2);
	offer(b, 0);
	notify(b, 0);
	ck_assert(line(b));
	put(b, COMMON(device_status), 1, 0);
	ck_assert(!line(b));
	ck_assert_uint_eq(isr(b), 0);
	bench_free(b);
}
END_TEST

/*
 * Doorbells
 */

static bool rings(struct bench *b, uint64_t regs)
{
	return fake_ring(b->rig.signals, regs + b->notify + b->notify_step, 2,
			 1);
}

START_TEST(a_doorbell_is_there_while_the_device_runs)
{
	struct bench *b = bench_new(SIGNALS_MSI_ITS, true);

	ck_assert_uint_eq(fake_doorbells(b->rig.signals), 0);
	start(b, 0, 1, 2);
	/* a queue that is served inline has none */
	ck_assert_uint_eq(fake_doorbells(b->rig.signals), 1);
	offer(b, 1);
	ck_assert(rings(b, REGS));
	rig_wait(&b->dev->served, 1);
	put(b, COMMON(device_status), 1, 0);
	ck_assert_uint_eq(fake_doorbells(b->rig.signals), 0);
	bench_free(b);
}
END_TEST

START_TEST(a_doorbell_moves_with_the_registers)
{
	struct bench *b = bench_new(SIGNALS_MSI_ITS, true);
	uint64_t to = PR_MEM32 + 0x40000;

	start(b, 0, 1, 2);
	pr_bar(&b->rig, 0, REGS_BAR, true, to);
	ck_assert(!rings(b, REGS));
	offer(b, 1);
	ck_assert(rings(b, to));
	rig_wait(&b->dev->served, 1);
	pr_config_put(&b->rig, 0, PCI_COMMAND, 2, PCI_COMMAND_MASTER);
	ck_assert_uint_eq(fake_doorbells(b->rig.signals), 0);
	/* back where it was, which is not said by the driver of the device */
	pr_bar(&b->rig, 0, REGS_BAR, true, REGS);
	pr_config_put(&b->rig, 0, PCI_COMMAND, 2,
		      PCI_COMMAND_MASTER | PCI_COMMAND_MEMORY);
	offer(b, 1);
	ck_assert(rings(b, REGS));
	rig_wait(&b->dev->served, 2);
	ck_assert_uint_eq(status(b), RUN);
	bench_free(b);
}
END_TEST

T_MAIN("vpci",
       a_function_is_a_modern_virtio_device,
       features_are_selected_by_halves,
       what_is_only_read_stays_as_it_is,
       a_field_has_one_width,
       a_queue_that_there_is_not_has_no_size,
       the_configuration_has_a_generation,
       registers_can_be_reached_through_configuration_space,
       vectors_that_there_are_read_back,
       no_vector_is_one_where_there_are_no_msis,
       a_reset_takes_the_vectors_away,
       with_msix_each_event_has_its_vector,
       all_events_may_share_a_vector,
       a_queue_without_a_vector_is_served_in_silence,
       a_queue_waits_for_its_vector_to_be_unmasked,
       a_device_that_needs_a_reset_says_so,
       without_msix_a_read_of_isr_releases_the_pin,
       a_reset_releases_the_pin,
       a_doorbell_is_there_while_the_device_runs,
       a_doorbell_moves_with_the_registers)
