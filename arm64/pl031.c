// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * arm64/pl031 - real-time clock
 */
#include "pl031.h"

#include <limits.h>
#include <time.h>

/* ARM DDI 0224, table 3-1 */
#define RTCDR	0x00	/* data, read only */
#define RTCMR	0x04	/* match */
#define RTCLR	0x08	/* load */
#define RTCCR	0x0c	/* control: bit 0 reads as one while it runs */
#define RTCIMSC	0x10	/* interrupt mask */
#define RTCRIS	0x14	/* raw status */
#define RTCMIS	0x18	/* masked status */
#define RTCICR	0x1c	/* clear */
#define RTCID	0xfe0	/* RTCPeriphID0..3, RTCPCellID0..3 */
#define RTCID_END 0x1000

static const uint8_t pl031_id[] = {
	0x31, 0x10, 0x04, 0x00, 0x0d, 0xf0, 0x05, 0xb1,
};

static uint32_t pl031_now(const struct pl031 *rtc)
{
	struct timespec ts;

	clock_gettime(CLOCK_REALTIME, &ts);
	return (uint32_t)ts.tv_sec + rtc->offset;
}

static void pl031_update_irq(struct pl031 *rtc)
{
	irq_line_set(&rtc->irq, rtc->raw & rtc->mask);
}

static uint32_t pl031_read_reg(struct pl031 *rtc, uint64_t offset)
{
	switch (offset) {
	case RTCDR:
		return pl031_now(rtc);
	case RTCMR:
		return rtc->match;
	case RTCLR:
		return rtc->load;
	case RTCCR:
		return 1;
	case RTCIMSC:
		return rtc->mask;
	case RTCRIS:
		return rtc->raw;
	case RTCMIS:
		return rtc->raw & rtc->mask;
	default:
		return 0;
	}
}

static uint64_t pl031_read(void *dev, uint64_t offset, unsigned int len)
{
	struct pl031 *rtc = dev;
	uint32_t value;

	/* PrimeCell identification is 8 bits wide in 32-bit words */
	if (offset >= RTCID && offset < RTCID_END)
		return offset % 4 ? 0 : pl031_id[(offset - RTCID) / 4];
	/* all other registers are words; the driver reads nothing else */
	if (len != 4)
		return 0;

	pthread_mutex_lock(&rtc->lock);
	value = pl031_read_reg(rtc, offset);
	pthread_mutex_unlock(&rtc->lock);
	return value;
}

static void pl031_write_reg(struct pl031 *rtc, uint64_t offset, uint32_t value)
{
	switch (offset) {
	case RTCMR:
		rtc->match = value;
		rtc->armed = true;
		break;
	case RTCLR:
		rtc->load = value;
		rtc->offset += value - pl031_now(rtc);
		break;
	case RTCIMSC:
		rtc->mask = value & 1;
		break;
	case RTCICR:
		rtc->raw &= ~value;
		break;
	default:
		return;
	}
	pl031_update_irq(rtc);
}

static void pl031_write(void *dev, uint64_t offset, unsigned int len,
			uint64_t value)
{
	struct pl031 *rtc = dev;

	if (len != 4)
		return;
	pthread_mutex_lock(&rtc->lock);
	pl031_write_reg(rtc, offset, (uint32_t)value);
	pthread_mutex_unlock(&rtc->lock);

	if (offset == RTCMR || offset == RTCLR)
		rtc->changed(rtc->opaque);
}

const struct mmio_ops pl031_ops = {
	.read = pl031_read,
	.write = pl031_write,
};

void pl031_init(struct pl031 *rtc, int vm_fd, uint32_t intid,
		void (*changed)(void *opaque), void *opaque)
{
	*rtc = (struct pl031){
		.lock = PTHREAD_MUTEX_INITIALIZER,
		.irq = { .vm_fd = vm_fd, .intid = intid },
		.changed = changed,
		.opaque = opaque,
	};
}

int pl031_poll(struct pl031 *rtc)
{
	int ms = -1;
	int32_t left;

	pthread_mutex_lock(&rtc->lock);
	if (rtc->armed) {
		/* modulo 2^32, as the counter is; past means it was missed */
		left = (int32_t)(rtc->match - pl031_now(rtc));
		if (left > 0) {
			ms = left > INT_MAX / 1000 ? INT_MAX : left * 1000;
		} else {
			rtc->raw = 1;
			rtc->armed = false;
			pl031_update_irq(rtc);
		}
	}
	pthread_mutex_unlock(&rtc->lock);
	return ms;
}
