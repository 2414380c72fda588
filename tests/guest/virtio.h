/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * virtio - a driver of virtio devices that is not bound to any rule
 *
 * Virtual I/O Device (VIRTIO) Version 1.2.  One struct for a device on either
 * transport; registers are named by enum vio_reg and written with any value at
 * any time.  Rings are plain memory that a test may fill as it likes; a few
 * functions do what a good driver does, and tests start from there.
 *
 * No pointer is initialised statically: nobody relocates a guest.
 */
#ifndef TESTS_GUEST_VIRTIO_H
#define TESTS_GUEST_VIRTIO_H

#include "guest.h"

#pragma GCC visibility push(hidden)

#define VIO_DEVICES	24	/* at most, in one machine */
#define VIO_QUEUES	6	/* driven of one device */
#define VIO_QSIZE	16	/* descriptors that tests put into a queue */
#define VIO_PAGE	4096
#define VIO_DATA	(2 * VIO_PAGE)
#define SILENT		1	/* a byte for consoles that is left out of logs */

enum vio_id {
	VIO_NET = 1, VIO_BLK = 2, VIO_CONSOLE = 3, VIO_RNG = 4,
	VIO_BALLOON = 5, VIO_VSOCK = 19, VIO_FS = 26,
};

enum vio_status {
	VIO_ACK = 1, VIO_DRIVER = 2, VIO_DRIVER_OK = 4, VIO_FEATURES_OK = 8,
	VIO_NEEDS_RESET = 64, VIO_FAILED = 128,
};

#define VIO_F_INDIRECT	28
#define VIO_F_EVENT_IDX	29
#define VIO_F_VERSION_1	32
#define VIO_F_PACKED	34

/* Registers that both transports have; 64-bit ones in two halves. */
enum vio_reg {
	VIO_DEV_SEL, VIO_DEV_FEATURES, VIO_DRV_SEL, VIO_DRV_FEATURES,
	VIO_STATUS, VIO_GENERATION, VIO_Q_SEL, VIO_Q_MAX, VIO_Q_SIZE,
	VIO_Q_READY, VIO_Q_DESC, VIO_Q_DESC_HI, VIO_Q_DRIVER, VIO_Q_DRIVER_HI,
	VIO_Q_DEVICE, VIO_Q_DEVICE_HI, VIO_REG_NUM
};

enum { DESC_NEXT = 1, DESC_WRITE = 2, DESC_INDIRECT = 4 };

struct vio_desc {
	uint64_t addr;
	uint32_t len;
	uint16_t flags;
	uint16_t next;
};

struct vio_avail {
	uint16_t flags;
	uint16_t idx;
	uint16_t ring[VIO_QSIZE];
	uint16_t used_event;
};

struct vio_used {
	uint16_t flags;
	uint16_t idx;
	struct {
		uint32_t id;
		uint32_t len;
	} ring[VIO_QSIZE];
	uint16_t avail_event;
};

struct vio_queue {
	volatile struct vio_desc *desc;
	volatile struct vio_avail *avail;
	volatile struct vio_used *used;
	uint16_t seen;		/* used->idx as far as it was looked at */
};

struct vio_bar {
	uint64_t addr;
	uint64_t size;
};

struct vio {
	uint32_t id;
	bool pci;
	bool lenient;		/* its rings are walked by somebody else, who
				 * need not tell the VMM of a broken one */
	unsigned int intid;	/* SPI of its line or pin, 0: none */
	uint64_t ecam;		/* PCI: its configuration space */
	struct vio_bar bar[6];
	uint64_t common;	/* PCI: common configuration; MMIO: all */
	uint64_t notify;
	uint32_t notify_mult;
	uint64_t isr;
	uint64_t config;
	uint32_t config_len;
	unsigned int pci_window;	/* PCI: offset of VIRTIO_PCI_CAP_PCI_CFG */
	unsigned int msix;	/* PCI: offset of the MSI-X capability */
	uint64_t offered;
	uint64_t accepted;
	unsigned int nr_queues;	/* at most VIO_QUEUES */
	unsigned int work;	/* the queue that answers at once */
	unsigned int in_use;	/* queues that vio_prepare() sets up */
	bool fresh;		/* started, and has answered a request */
	struct vio_queue q[VIO_QUEUES];
	uint8_t *data;		/* VIO_DATA bytes for requests */
	char name[24];		/* "pci-blk0" */
};

extern struct vio vios[VIO_DEVICES];
extern unsigned int nr_vios;
extern uint64_t ram_end;	/* first address after RAM */

/* --- virtio-bus.c, virtio-pci.c: what is there --- */

void vio_discover(void);
/** vio_add() - the next free struct, or NULL */
struct vio *vio_add(void);
/** pci_discover() - size and place BARs, find virtio functions */
void pci_discover(void);
void pci_bar_write(const struct vio *v, unsigned int i, uint64_t addr);
/** pci_restore() - BARs and commands as after discovery, MSI-X off */
void pci_restore(void);

uint32_t vio_read(const struct vio *v, enum vio_reg reg);
void vio_write(const struct vio *v, enum vio_reg reg, uint32_t value);
/** vio_addr() - both halves of a ring's address */
void vio_addr(const struct vio *v, enum vio_reg lo, uint64_t addr);
/** vio_kick() - notify queue @index, which need not exist */
void vio_kick(const struct vio *v, unsigned int index);
/** vio_isr() - interrupt status, acknowledged; bit 0 ring, 1 configuration */
uint32_t vio_isr(const struct vio *v);
uint64_t vio_config(const struct vio *v, unsigned int off, unsigned int len);

/* --- virtio-driver.c: what a good driver does --- */

/** vio_reset() - Return: whether the device got there within two seconds */
bool vio_reset(struct vio *v);
/** vio_negotiate() - ACKNOWLEDGE to FEATURES_OK.  Return: FEATURES_OK stuck */
bool vio_negotiate(struct vio *v, uint64_t features);
/** vio_queue_setup() - addresses and size of queue @i, as the memory is */
void vio_queue_setup(struct vio *v, unsigned int i);
/** vio_prepare() - reset, negotiate, set up and enable queues below in_use;
 * these are enough for requests, a test may want more */
bool vio_prepare(struct vio *v, uint64_t features);
/** vio_start() - the same and DRIVER_OK */
bool vio_start(struct vio *v, uint64_t features);
/** vio_features() - all bits that tests work with, of those offered */
uint64_t vio_features(const struct vio *v);
bool vio_broken(const struct vio *v);

static inline struct vio_queue *vio_q(struct vio *v)
{
	return &v->q[v->work];
}

static inline uint64_t vio_bit(unsigned int n)
{
	return UINT64_C(1) << n;
}

void vio_desc(struct vio_queue *q, unsigned int i, uint64_t addr, uint32_t len,
	      uint16_t flags, unsigned int next);
/** vio_offer() - @head into the available ring, seen by the device at once */
void vio_offer(struct vio_queue *q, unsigned int head);

/** vio_used() - entries since the last call of vio_take() */
uint16_t vio_used(const struct vio_queue *q);
/** vio_take() - wait until @nr are used.  Return: whether they were */
bool vio_take(struct vio_queue *q, unsigned int nr, unsigned int ms);

/* How a device answered. */
enum vio_end { VIO_NOTHING, VIO_ANSWERED, VIO_REJECTED };

/** vio_end() - wait for either, @ms for nothing */
enum vio_end vio_end(struct vio *v, unsigned int ms);

/* --- virtio-request.c: requests that each kind of device answers --- */

/**
 * vio_request() - build one into the descriptors from @first on
 *
 * Return: number of descriptors, linked; the head is @first.
 */
unsigned int vio_request(struct vio *v, unsigned int first);
/** vio_request_ok() - after it was used: whether the answer is right */
bool vio_request_ok(struct vio *v, unsigned int first, unsigned int nr);
/** vio_probe() - send one and look at the answer.  Return: all is well */
bool vio_probe(struct vio *v);
/**
 * vio_feed() - buffers for all that the device may have to say on queue 0
 *
 * vhost-vsock has an answer for most packets, and takes no more of them when as
 * many wait as the ring is long (Linux drivers/vhost/vsock.c).
 */
void vio_feed(struct vio *v);

/* --- virtio.c: how tests are run --- */

/** vio_named() - whether the boot argument @key has a beginning of its name */
bool vio_named(const struct vio *v, const char *key);

/* What a test wants of the device. */
enum vio_want {
	WANT_ANY,	/* that it lives */
	WANT_EITHER,	/* used, or NEEDS_RESET */
	WANT_REJECT,	/* NEEDS_RESET */
	WANT_ANSWER,	/* used */
	WANT_SILENCE,	/* neither */
};

/**
 * vio_test() - start the device, do @attack, judge, and see that all recovers
 *
 * @attack gives false to say that it does not apply, or that it has found
 * something, after vio_fail().
 */
void vio_test(struct vio *v, const char *name, bool (*attack)(struct vio *v),
	      enum vio_want want);
/** vio_skip() - for an attack: not with this device */
bool vio_skip(void);
/** vio_expect() - for an attack: the test fails with @why unless @ok */
void vio_expect(bool ok, const char *why);

/* --- the catalogue --- */

void test_setup(struct vio *v);
void test_registers(struct vio *v);
void test_state(struct vio *v);
void test_rings(struct vio *v);
void test_packed(struct vio *v);
void test_pci(struct vio *v);
void test_blk(struct vio *v);
void test_net(struct vio *v);
void test_vsock(struct vio *v);
void test_fs(struct vio *v);
void test_misc(struct vio *v);

#pragma GCC visibility pop

#endif /* TESTS_GUEST_VIRTIO_H */
