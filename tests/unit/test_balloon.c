// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * test_balloon - what the guest gives up is gone, and nothing else is
 */
#include "virtio/balloon.h"

#include <errno.h>
#include <linux/virtio_balloon.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "guest_rig.h"
#include "t.h"
#include "util.h"

#define STATS		BIT(VIRTIO_BALLOON_F_STATS_VQ)
#define REPORTING	BIT(VIRTIO_BALLOON_F_REPORTING)
#define MUST_TELL	BIT(VIRTIO_BALLOON_F_MUST_TELL_HOST)

enum { INFLATE, DEFLATE, STATSQ, QUEUE_3, QUEUE_4 };

static struct guest_rig g;
static struct err e;

/* 16 MiB of guest memory that is not zero, a page of the host on each page. */
#define AREA_PAGES 4096
static uint8_t *area;

static void begin(uint64_t host_page, bool shared, uint64_t features)
{
	struct vdev *dev;
	size_t i;

	ck_assert_int_eq(balloon_create("balloon0", host_page, &dev, &e), 0);
	gr_init(&g, dev, shared);
	gr_start(&g, features);
	g.next = ALIGN_UP(g.next, SZ_2M);
	area = gr_alloc(&g, AREA_PAGES * SZ_4K);
	for (i = 0; i < AREA_PAGES; i++)
		area[i * SZ_4K] = 1;
}

static uint32_t pfn_of(unsigned int page)
{
	return (uint32_t)(gr_gpa(&g, area + page * SZ_4K) >> 12);
}

static void send_pfns(unsigned int queue, const uint32_t *pfn, unsigned int nr)
{
	uint32_t len;

	gr_send(&g, queue, pfn, nr * (uint32_t)sizeof(*pfn));
	ck_assert(gr_used(&g, queue, &len));
	ck_assert_uint_eq(len, 0);
}

static void send_one(unsigned int queue, unsigned int page)
{
	uint32_t pfn = pfn_of(page);

	send_pfns(queue, &pfn, 1);
}

/* Pages [from, from + nr) have been taken, and no others. */
static void only_gone(unsigned int from, unsigned int nr)
{
	unsigned int i, wrong = 0;

	for (i = 0; i < AREA_PAGES; i++)
		wrong += area[i * SZ_4K] != (i < from || i >= from + nr);
	ck_assert_uint_eq(wrong, 0);
}

static void inflate_runs(bool shared)
{
	uint32_t pfn[256];
	unsigned int i;

	begin(SZ_4K, shared, 0);
	for (i = 0; i < 256; i++)
		pfn[i] = pfn_of(100 + i);
	send_pfns(INFLATE, pfn, 256);
	only_gone(100, 256);
	for (i = 0; i < 256; i++)
		pfn[i] = pfn_of(99 - i % 100);
	send_pfns(INFLATE, pfn, 100);
	only_gone(0, 356);
	/* taken back: it is memory again */
	send_pfns(DEFLATE, pfn, 100);
	area[0] = 7;
	ck_assert_int_eq(area[0], 7);
	gr_fini(&g);
}

START_TEST(private_memory)
{
	inflate_runs(false);
}
END_TEST

START_TEST(shared_memory)
{
	inflate_runs(true);
}
END_TEST

/* Beyond memory, below it, at the ends of what a number can say, twice. */
START_TEST(hostile_pfns)
{
	uint32_t bad[] = {
		0, UINT32_MAX, UINT32_MAX - 1, (uint32_t)(GR_BASE >> 12) - 1,
		(uint32_t)((GR_BASE + GR_SIZE) >> 12), 5, 5, 5,
	};

	begin(SZ_4K, false, 0);
	send_pfns(INFLATE, bad, ARRAY_SIZE(bad));
	send_pfns(DEFLATE, bad, ARRAY_SIZE(bad));
	only_gone(0, 0);
	/* a run over the end of memory is not taken at all */
	bad[0] = (uint32_t)((GR_BASE + GR_SIZE) >> 12) - 1;
	bad[1] = bad[0] + 1;
	send_pfns(INFLATE, bad, 2);
	send_one(INFLATE, 9);
	only_gone(9, 1);
	gr_fini(&g);
}
END_TEST

/* Empty, cut short, of the wrong direction, and far too long. */
START_TEST(hostile_requests)
{
	uint32_t pfn[2], len, i;
	uint32_t *many;

	begin(SZ_4K, false, 0);
	pfn[0] = pfn_of(1);
	pfn[1] = pfn_of(2);
	gr_send(&g, INFLATE, pfn, 7);
	ck_assert(gr_used(&g, INFLATE, NULL));
	only_gone(1, 1);
	gr_room(&g, INFLATE, 64);
	ck_assert(gr_used(&g, INFLATE, &len));
	ck_assert_uint_eq(len, 0);
	gr_send(&g, INFLATE, pfn, 3);
	ck_assert(gr_used(&g, INFLATE, NULL));
	only_gone(1, 1);
	/* only so many of one request are taken */
	many = gr_alloc(&g, 0x100000);
	for (i = 0; i < 0x40000; i++)
		many[i] = pfn_of(i < 4096 ? 1 : 3);
	gr_add(&g, INFLATE, gr_gpa(&g, many), 0x100000, false);
	gr_kick(&g, INFLATE);
	ck_assert(gr_used(&g, INFLATE, NULL));
	only_gone(1, 1);
	gr_fini(&g);
}
END_TEST

/* A host with pages of 64 KiB: sixteen parts make one. */
START_TEST(large_host_pages)
{
	unsigned int i;

	begin(SZ_64K, false, MUST_TELL);
	for (i = 0; i < 15; i++)
		send_one(INFLATE, 16 + i);
	only_gone(0, 0);
	send_one(INFLATE, 16 + 15);
	only_gone(16, 16);
	/* one part was taken back in between: the page is in use */
	for (i = 0; i < 15; i++)
		send_one(INFLATE, 32 + i);
	send_one(DEFLATE, 32);
	send_one(INFLATE, 32 + 15);
	only_gone(16, 16);
	send_one(INFLATE, 32);
	only_gone(16, 32);
	gr_fini(&g);
}
END_TEST

/* The parts of a page that was left for another do not count. */
START_TEST(large_host_pages_interrupted)
{
	unsigned int i;

	begin(SZ_64K, false, MUST_TELL);
	for (i = 0; i < 8; i++)
		send_one(INFLATE, i);
	send_one(INFLATE, 40);
	for (i = 8; i < 16; i++)
		send_one(INFLATE, i);
	only_gone(0, 0);
	/* and not those of a driver before this one */
	for (i = 0; i < 15; i++)
		send_one(INFLATE, 16 + i);
	gr_start(&g, MUST_TELL);
	send_one(INFLATE, 31);
	only_gone(0, 0);
	/* one that may use pages without a word gives nothing */
	gr_start(&g, 0);
	for (i = 0; i < 16; i++)
		send_one(INFLATE, 48 + i);
	only_gone(0, 0);
	gr_fini(&g);
}
END_TEST

static void report(unsigned int queue, uint64_t offset, uint32_t len)
{
	gr_add(&g, queue, gr_gpa(&g, area) + offset, len, true);
	gr_kick(&g, queue);
	ck_assert(gr_used(&g, queue, NULL));
}

/* Whole pages only; and by either number of the queue. */
START_TEST(free_page_reporting)
{
	struct balloon_state s;

	begin(SZ_4K, true, STATS | REPORTING);
	report(QUEUE_4, SZ_2M, SZ_2M);
	only_gone(512, 512);
	report(QUEUE_3, 511 * SZ_4K + 1, 2 * SZ_4K - 2);
	only_gone(512, 512);
	report(QUEUE_3, 511 * SZ_4K, SZ_4K + 100);
	only_gone(511, 513);
	balloon_get_state(g.dev, &s);
	ck_assert_uint_eq(s.reported, 513 * SZ_4K);
	gr_fini(&g);
	begin(SZ_4K, false, REPORTING);
	report(STATSQ, 0, SZ_64K);
	only_gone(0, 16);
	gr_fini(&g);
}
END_TEST

/* What was not negotiated does nothing. */
START_TEST(reporting_not_accepted)
{
	begin(SZ_4K, false, STATS);
	gr_add(&g, QUEUE_4, gr_gpa(&g, area), SZ_64K, true);
	gr_kick(&g, QUEUE_4);
	ck_assert(gr_idle(&g, QUEUE_4));
	only_gone(0, 0);
	gr_fini(&g);
}
END_TEST

/* The rings themselves are reported free: the guest has lost its queue. */
START_TEST(reports_its_own_rings)
{
	begin(SZ_4K, false, REPORTING);
	gr_add(&g, QUEUE_4, GR_BASE, (uint32_t)(gr_gpa(&g, area) - GR_BASE),
	       true);
	gr_kick(&g, QUEUE_4);
	usleep(50000);
	gr_start(&g, REPORTING);
	send_one(INFLATE, 3);
	only_gone(3, 1);
	gr_fini(&g);
}
END_TEST

struct told {
	uint16_t tag;
	uint64_t val;
} __attribute__((packed));

/* Until statistics have come that are younger than @when_ms. */
static void wait_stats(int64_t when_ms, struct balloon_state *s)
{
	int i;

	for (i = 0; i < 5000; i++) {
		balloon_get_state(g.dev, s);
		if (s->when_ms > when_ms)
			return;
		usleep(1000);
	}
	ck_abort_msg("no statistics came");
}

START_TEST(statistics)
{
	const struct told first[] = {
		{ VIRTIO_BALLOON_S_MEMFREE, 111 }, { 500, 1 },
		{ VIRTIO_BALLOON_S_HTLB_PGFAIL, UINT64_MAX - 1 },
	};
	const struct told second[] = { { VIRTIO_BALLOON_S_MEMTOT, 222 } };
	struct balloon_state s;

	begin(SZ_4K, false, STATS);
	balloon_get_state(g.dev, &s);
	ck_assert(s.has_driver && !s.when_ms);
	gr_send(&g, STATSQ, first, sizeof(first));
	wait_stats(0, &s);
	ck_assert_uint_eq(s.stat[BALLOON_FREE], 111);
	ck_assert_uint_eq(s.stat[BALLOON_HUGE_FAILED], UINT64_MAX - 1);
	ck_assert_uint_eq(s.stat[BALLOON_TOTAL], UINT64_MAX);
	/* kept until new ones are wanted */
	ck_assert(gr_idle(&g, STATSQ));
	balloon_ask_stats(g.dev);
	ck_assert(gr_used(&g, STATSQ, NULL));
	gr_send(&g, STATSQ, second, sizeof(second));
	wait_stats(s.when_ms, &s);
	ck_assert_uint_eq(s.stat[BALLOON_TOTAL], 222);
	ck_assert_uint_eq(s.stat[BALLOON_FREE], UINT64_MAX);
	gr_reset(&g);
	balloon_get_state(g.dev, &s);
	ck_assert(!s.has_driver && !s.when_ms);
	gr_fini(&g);
}
END_TEST

/* Buffers without end, of any length, and a reset while one is held. */
START_TEST(hostile_statistics)
{
	static const uint8_t junk[4096];
	struct balloon_state s;
	int i;

	begin(SZ_4K, false, STATS);
	for (i = 0; i < 8; i++)
		gr_send(&g, STATSQ, junk, (uint32_t)sizeof(junk));
	wait_stats(0, &s);
	ck_assert_uint_eq(s.stat[BALLOON_SWAP_IN], 0);
	for (i = 0; i < 8; i++) {
		balloon_ask_stats(g.dev);
		ck_assert(gr_used(&g, STATSQ, NULL));
	}
	balloon_ask_stats(g.dev);
	ck_assert(gr_idle(&g, STATSQ));
	gr_send(&g, STATSQ, junk, 9);
	gr_reset(&g);
	balloon_ask_stats(g.dev);
	gr_start(&g, STATS);
	gr_add(&g, STATSQ, GR_BASE + GR_SIZE, 10, false);
	gr_kick(&g, STATSQ);
	ck_assert(gr_sick(&g));
	balloon_ask_stats(g.dev);
	gr_fini(&g);
}
END_TEST

START_TEST(target)
{
	struct balloon_state s;
	unsigned int before;

	begin(SZ_4K, false, 0);
	before = g.config_signals;
	balloon_set_target(g.dev, 64 << 20);
	ck_assert_uint_eq(g.config_signals, before + 1);
	ck_assert_uint_eq(vdev_config_read(g.dev, 0, 4), 64 << 8);
	balloon_set_target(g.dev, 64 << 20);
	ck_assert_uint_eq(g.config_signals, before + 1);
	vdev_config_write(g.dev, 4, 4, 32 << 8);
	/* nothing else is the guest's to write */
	vdev_config_write(g.dev, 0, 4, 0);
	vdev_config_write(g.dev, 4, 1, 1);
	vdev_config_write(g.dev, 0, 8, 0);
	balloon_get_state(g.dev, &s);
	ck_assert_uint_eq(s.target, 64 << 20);
	ck_assert_uint_eq(s.actual, 32 << 20);
	/* the next driver finds the target, and holds nothing yet */
	gr_reset(&g);
	balloon_get_state(g.dev, &s);
	ck_assert_uint_eq(s.target, 64 << 20);
	ck_assert_uint_eq(s.actual, 0);
	balloon_set_target(g.dev, UINT64_MAX);
	ck_assert_uint_eq(vdev_config_read(g.dev, 0, 4), UINT32_MAX);
	gr_fini(&g);
}
END_TEST

START_TEST(names)
{
	int i;

	for (i = 0; i < BALLOON_STAT_NUM; i++)
		ck_assert_ptr_nonnull(balloon_stat_name(i));
}
END_TEST

T_MAIN("balloon", private_memory, shared_memory, hostile_pfns,
       hostile_requests, large_host_pages, large_host_pages_interrupted,
       free_page_reporting, reporting_not_accepted, reports_its_own_rings,
       statistics, hostile_statistics, target, names)
