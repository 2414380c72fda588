// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * fdt: the tree is read back as a guest reads it, for every interrupt
 * controller, with and without a PMU, and is never written past its buffer
 */
#include <errno.h>
#include <libfdt.h>
#include <stdio.h>
#include <string.h>

#include "arm64/fdt.h"
#include "arm64/platform.h"
#include "t.h"
#include "util.h"

#define CPUS_MAX 512

static const uint8_t seed[FDT_RNG_SEED_LEN] = { 1, 2, 3, [63] = 64 };

/* A machine and the tree made from it */
struct rig {
	uint64_t mpidr[CPUS_MAX];
	struct gic gic;
	struct fdt_machine mach;
	struct err e;
	char buf[PLAT_DTB_MAX] __attribute__((aligned(8)));
};

/* As reset_mpidr() in arch/arm64/kvm/sys_regs.c numbers them */
static uint64_t kvm_mpidr(unsigned int id)
{
	return BIT(31) | (id & 0xf) | (uint64_t)(id >> 4) << 8;
}

static void rig_init(struct rig *rig, enum gic_kind kind, unsigned int cpus)
{
	unsigned int i;

	memset(rig, 0, sizeof(*rig));
	for (i = 0; i < CPUS_MAX; i++)
		rig->mpidr[i] = kvm_mpidr(i);
	rig->gic = (struct gic){
		.kind = kind,
		.fd = -1,
		.its_fd = -1,
		.cpu_base = gic_is_v2(kind) ? PLAT_GICV2_CPU_BASE : 0x3f000000,
		.cpu_size = gic_is_v2(kind) ? PLAT_GICV2_CPU_SIZE : 0xff0000,
		.its_base = 0x3efe0000,
	};
	rig->mach = (struct fdt_machine){
		.ram_base = PLAT_RAM_BASE,
		.ram_size = UINT64_C(0x123400000),
		.nr_cpus = cpus,
		.mpidr = rig->mpidr,
		.gic = &rig->gic,
	};
}

static int build(struct rig *rig)
{
	return fdt_build(&rig->mach, rig->buf, sizeof(rig->buf), &rig->e);
}

static void build_ok(struct rig *rig)
{
	ck_assert_msg(!build(rig), "%s", rig->e.text);
	ck_assert_int_eq(fdt_check_full(rig->buf, sizeof(rig->buf)), 0);
}

static int node(const struct rig *rig, const char *compatible)
{
	return fdt_node_offset_by_compatible(rig->buf, -1, compatible);
}

static const void *get(const struct rig *rig, int off, const char *name,
		       int *len)
{
	ck_assert_int_ge(off, 0);
	return fdt_getprop(rig->buf, off, name, len);
}

static void expect_cells_(const struct rig *rig, int off, const char *name,
			  const uint32_t *want, size_t nr)
{
	const fdt32_t *p;
	size_t i;
	int len;

	p = get(rig, off, name, &len);
	ck_assert_msg(p != NULL, "no %s", name);
	ck_assert_int_eq(len, (int)(nr * 4));
	for (i = 0; i < nr; i++)
		ck_assert_uint_eq(fdt32_to_cpu(p[i]), want[i]);
}

#define expect_cells(rig, off, name, ...)				\
	expect_cells_(rig, off, name, (const uint32_t[]){ __VA_ARGS__ }, \
		      ARRAY_SIZE(((const uint32_t[]){ __VA_ARGS__ })))

static void expect_string(const struct rig *rig, int off, const char *name,
			  const char *want)
{
	const char *p;
	int len;

	p = get(rig, off, name, &len);
	ck_assert_msg(p != NULL, "no %s", name);
	ck_assert_str_eq(p, want);
	ck_assert_int_eq(len, (int)strlen(want) + 1);
}

static void expect_absent(const struct rig *rig, int off, const char *name)
{
	ck_assert_ptr_null(get(rig, off, name, NULL));
}

static int path(const struct rig *rig, const char *p)
{
	return fdt_path_offset(rig->buf, p);
}

static void check_root(const struct rig *rig)
{
	expect_string(rig, 0, "compatible", "linux,dummy-virt");
	expect_cells(rig, 0, "#address-cells", 2);
	expect_cells(rig, 0, "#size-cells", 2);
	expect_cells(rig, 0, "interrupt-parent", 1);
	expect_string(rig, path(rig, "/memory"), "device_type", "memory");
	expect_cells(rig, path(rig, "/memory"), "reg", 0, 0x80000000,
		     1, 0x23400000);
}

static void check_cpus(const struct rig *rig)
{
	int off, cpus = path(rig, "/cpus");
	unsigned int i = 0;

	expect_cells(rig, cpus, "#address-cells", 1);
	expect_cells(rig, cpus, "#size-cells", 0);
	fdt_for_each_subnode(off, rig->buf, cpus) {
		char name[32];

		snprintf(name, sizeof(name), "cpu@%x",
			 (unsigned int)rig->mpidr[i] & 0xffffff);
		ck_assert_str_eq(fdt_get_name(rig->buf, off, NULL), name);
		expect_string(rig, off, "device_type", "cpu");
		expect_string(rig, off, "enable-method", "psci");
		expect_cells(rig, off, "reg",
			     (uint32_t)rig->mpidr[i] & 0xffffff);
		i++;
	}
	ck_assert_uint_eq(i, rig->mach.nr_cpus);
}

static void check_its(const struct rig *rig, int its)
{
	expect_cells(rig, its, "reg", 0, 0x3efe0000, 0, 0x20000);
	expect_cells(rig, its, "#msi-cells", 1);
}

static void check_v2m(const struct rig *rig, int v2m)
{
	expect_cells(rig, v2m, "reg", 0, 0x3ffc0000, 0, 0x1000);
	/* INTIDs, of which the guest may use no others for messages */
	expect_cells(rig, v2m, "arm,msi-base-spi", 64);
	expect_cells(rig, v2m, "arm,msi-num-spis", 64);
}

/* What takes messages lies in the node of the GIC, which then has addresses. */
static void check_msi(const struct rig *rig, int gic)
{
	int its = node(rig, "arm,gic-v3-its");
	int v2m = node(rig, "arm,gic-v2m-frame");
	int msi = its < 0 ? v2m : its;

	ck_assert_int_eq(its >= 0, rig->gic.kind == GIC_V3_ITS);
	ck_assert_int_eq(v2m >= 0, rig->gic.kind == GIC_V2M);
	if (msi < 0) {
		expect_cells(rig, gic, "#address-cells", 0);
		return;
	}
	ck_assert_int_eq(fdt_parent_offset(rig->buf, msi), gic);
	expect_cells(rig, gic, "#address-cells", 2);
	expect_cells(rig, gic, "#size-cells", 2);
	ck_assert_ptr_nonnull(get(rig, gic, "ranges", NULL));
	ck_assert_ptr_nonnull(get(rig, msi, "msi-controller", NULL));
	if (its < 0)
		check_v2m(rig, v2m);
	else
		check_its(rig, its);
}

static void check_gic(const struct rig *rig)
{
	const struct gic *gic = &rig->gic;
	bool v2 = gic_is_v2(gic->kind);
	int off = node(rig, v2 ? "arm,cortex-a15-gic" : "arm,gic-v3");

	expect_cells(rig, off, "phandle", 1);
	expect_cells(rig, off, "#interrupt-cells", 3);
	ck_assert_ptr_nonnull(get(rig, off, "interrupt-controller", NULL));
	expect_cells(rig, off, "reg", 0, 0x3fff0000, 0, 0x10000,
		     0, (uint32_t)gic->cpu_base, 0, (uint32_t)gic->cpu_size);
	ck_assert_int_lt(node(rig, v2 ? "arm,gic-v3" : "arm,cortex-a15-gic"),
			 0);
	check_msi(rig, off);
}

static void check_ppis(const struct rig *rig)
{
	uint32_t mask = 0;
	int off = node(rig, "arm,armv8-timer");

	if (gic_is_v2(rig->gic.kind))
		mask = rig->mach.nr_cpus == 8 ? 0xff00 : 0x0100;
	expect_cells(rig, off, "interrupts", 1, 13, mask | 8, 1, 14, mask | 8,
		     1, 11, mask | 8, 1, 10, mask | 8);
	ck_assert_ptr_nonnull(get(rig, off, "always-on", NULL));
	off = node(rig, "arm,armv8-pmuv3");
	if (rig->mach.pmu)
		expect_cells(rig, off, "interrupts", 1, 7, mask | 4);
	else
		ck_assert_int_lt(off, 0);
}

static void check_console(const struct rig *rig)
{
	int off = node(rig, "ns16550a"), len;
	const char *stdout_path = get(rig, path(rig, "/chosen"), "stdout-path",
				      &len);

	expect_cells(rig, off, "reg", 0, 0x1000000, 0, 8);
	expect_cells(rig, off, "interrupts", 0, 0, 4);
	expect_cells(rig, off, "clock-frequency", 1843200);
	expect_cells(rig, off, "fifo-size", PLAT_UART_FIFO);
	ck_assert_int_eq(path(rig, stdout_path), off);
	/* libfdt looks a path without "/" up in /aliases */
	ck_assert_int_eq(path(rig, "serial0"), off);
}

static void check_psci(const struct rig *rig)
{
	int off = node(rig, "arm,psci-0.2");

	ck_assert_int_eq(node(rig, "arm,psci-1.0"), off);
	ck_assert_int_eq(node(rig, "arm,psci"), off);
	expect_string(rig, off, "method", "hvc");
}

static const enum gic_kind kinds[] = { GIC_V2, GIC_V2M, GIC_V3, GIC_V3_ITS };
static const unsigned int cpu_counts[] = { 1, 8, 123 };

static void check_one(enum gic_kind kind, unsigned int cpus, bool pmu)
{
	static struct rig rig;

	rig_init(&rig, kind, cpus);
	rig.mach.pmu = pmu;
	build_ok(&rig);
	check_root(&rig);
	check_cpus(&rig);
	check_gic(&rig);
	check_ppis(&rig);
	check_console(&rig);
	check_psci(&rig);
}

START_TEST(every_machine)
{
	size_t k, c;

	for (k = 0; k < ARRAY_SIZE(kinds); k++)
		for (c = 0; c < ARRAY_SIZE(cpu_counts); c++) {
			if (gic_is_v2(kinds[k]) && cpu_counts[c] > 8)
				continue;
			check_one(kinds[k], cpu_counts[c], false);
			check_one(kinds[k], cpu_counts[c], true);
		}
}
END_TEST

START_TEST(affinity_three_takes_two_cells)
{
	static struct rig rig;
	int cpus, cpu;

	rig_init(&rig, GIC_V3, 2);
	rig.mpidr[1] = UINT64_C(0x8180000203);
	build_ok(&rig);
	cpus = path(&rig, "/cpus");
	expect_cells(&rig, cpus, "#address-cells", 2);
	cpu = path(&rig, "/cpus/cpu@0");
	expect_cells(&rig, cpu, "reg", 0, 0);
	/* U, RES1 and MT of MPIDR are no affinity */
	cpu = path(&rig, "/cpus/cpu@8100000203");
	expect_cells(&rig, cpu, "reg", 0x81, 0x203);
}
END_TEST

START_TEST(optional_devices)
{
	static struct rig rig;
	int off;

	rig_init(&rig, GIC_V3, 1);
	build_ok(&rig);
	ck_assert_int_lt(node(&rig, "arm,pl031"), 0);
	ck_assert_int_lt(node(&rig, "fixed-clock"), 0);
	ck_assert_int_lt(node(&rig, "qemu,pvpanic-mmio"), 0);

	rig.mach.rtc = rig.mach.pvpanic = true;
	build_ok(&rig);
	off = node(&rig, "arm,pl031");
	ck_assert_int_eq(node(&rig, "arm,primecell"), off);
	expect_cells(&rig, off, "reg", 0, 0x1010000, 0, 0x1000);
	expect_cells(&rig, off, "interrupts", 0, 3, 4);
	expect_string(&rig, off, "clock-names", "apb_pclk");
	expect_cells(&rig, off, "clocks",
		     fdt_get_phandle(rig.buf, node(&rig, "fixed-clock")));
	off = node(&rig, "qemu,pvpanic-mmio");
	expect_cells(&rig, off, "reg", 0, 0x1011000, 0, 2);
}
END_TEST

/*
 * PCI
 */

static int pci(const struct rig *rig)
{
	return node(rig, "pci-host-ecam-generic");
}

START_TEST(no_pci_host_without_pci_devices)
{
	static struct rig rig;

	rig_init(&rig, GIC_V3_ITS, 1);
	build_ok(&rig);
	ck_assert_int_lt(pci(&rig), 0);
	ck_assert_int_lt(path(&rig, "/pci"), 0);
}
END_TEST

START_TEST(a_pci_host_says_where_its_windows_are)
{
	static struct rig rig;
	int off;

	rig_init(&rig, GIC_V3_ITS, 1);
	rig.mach.pci_mem64 = UINT64_C(0x1234500000000);
	build_ok(&rig);
	off = pci(&rig);
	ck_assert_int_eq(path(&rig, "/pci@40000000"), off);
	expect_string(&rig, off, "device_type", "pci");
	expect_cells(&rig, off, "reg", 0, 0x40000000, 0, 0x100000);
	/* one bus, as ECAM has room for; the guest looks for no other */
	expect_cells(&rig, off, "bus-range", 0, 0);
	expect_cells(&rig, off, "#address-cells", 3);
	expect_cells(&rig, off, "#size-cells", 2);
	/* memory of 32 bits, then prefetchable memory of 64; both 1:1 */
	expect_cells(&rig, off, "ranges",
		     0x02000000, 0, 0x50000000, 0, 0x50000000, 0, 0x30000000,
		     0x43000000, 0x12345, 0, 0x12345, 0, 1, 0);
	ck_assert_ptr_nonnull(get(&rig, off, "dma-coherent", NULL));
}
END_TEST

/* All requester IDs, as they are, to the one controller that there is. */
START_TEST(a_pci_host_sends_messages_where_somebody_takes_them)
{
	static struct rig rig;
	size_t k;

	for (k = 0; k < ARRAY_SIZE(kinds); k++) {
		int its, v2m;

		rig_init(&rig, kinds[k], 1);
		rig.mach.pci_mem64 = UINT64_C(0x200000000);
		build_ok(&rig);
		expect_absent(&rig, pci(&rig), "msi-parent");
		its = node(&rig, "arm,gic-v3-its");
		v2m = node(&rig, "arm,gic-v2m-frame");
		if (its < 0 && v2m < 0)
			expect_absent(&rig, pci(&rig), "msi-map");
		else
			expect_cells(&rig, pci(&rig), "msi-map", 0,
				     fdt_get_phandle(rig.buf,
						     its < 0 ? v2m : its),
				     0, 0x10000);
	}
}
END_TEST

/* A property of cells, in the order of this machine.  Return: how many. */
static unsigned int cells_of(const struct rig *rig, int off, const char *name,
			     uint32_t *ret, unsigned int room)
{
	const fdt32_t *p;
	unsigned int i, nr;
	int len;

	p = get(rig, off, name, &len);
	ck_assert_msg(p != NULL, "no %s", name);
	ck_assert_int_eq(len % 4, 0);
	nr = (unsigned int)len / 4;
	ck_assert_uint_le(nr, room);
	for (i = 0; i < nr; i++)
		ret[i] = fdt32_to_cpu(p[i]);
	return nr;
}

static uint32_t cell_of(const struct rig *rig, int off, const char *name)
{
	uint32_t cell = 0;

	ck_assert_uint_eq(cells_of(rig, off, name, &cell, 1), 1);
	return cell;
}

/*
 * Find the pin of a slot in interrupt-map as a guest does (Devicetree
 * Specification 0.4, 2.4.3): three cells of address and one of interrupt, both
 * masked, lead to a controller, an address as long as that says, and an
 * interrupt likewise.
 */
static const uint32_t *map_find(const struct rig *rig, uint32_t slot,
				uint32_t pin)
{
	static uint32_t map[64];
	const uint32_t unit[] = { slot << 11, 0, 0, pin };
	uint32_t mask[4];
	unsigned int i, j, step, nr;
	int gic = fdt_node_offset_by_phandle(rig->buf, 1);

	ck_assert_uint_eq(cells_of(rig, pci(rig), "interrupt-map-mask", mask,
				   4), 4);
	nr = cells_of(rig, pci(rig), "interrupt-map", map, ARRAY_SIZE(map));
	step = 5 + cell_of(rig, gic, "#address-cells") +
	       cell_of(rig, gic, "#interrupt-cells");
	ck_assert_uint_eq(nr % step, 0);
	for (i = 0; i < nr; i += step) {
		for (j = 0; j < 4 && map[i + j] == (unit[j] & mask[j]); j++)
			;
		if (j < 4)
			continue;
		ck_assert_uint_eq(map[i + 4], fdt_get_phandle(rig->buf, gic));
		return &map[i + step - 3];
	}
	return NULL;
}

/* INTA# of slot n is line n modulo 4, as the host bridge has it. */
START_TEST(every_slot_has_an_interrupt)
{
	static struct rig rig;
	uint32_t slot;
	size_t k;

	for (k = 0; k < ARRAY_SIZE(kinds); k++) {
		rig_init(&rig, kinds[k], 1);
		rig.mach.pci_mem64 = UINT64_C(0x200000000);
		build_ok(&rig);
		ck_assert_uint_eq(cell_of(&rig, pci(&rig),
					  "#interrupt-cells"), 1);
		for (slot = 0; slot < 32; slot++) {
			const uint32_t *irq = map_find(&rig, slot, 1);

			ck_assert_msg(irq != NULL, "none of slot %u", slot);
			ck_assert_uint_eq(irq[0], 0);	/* an SPI */
			ck_assert_uint_eq(irq[1], 36 - 32 + slot % 4);
			ck_assert_uint_eq(irq[2], 4);	/* level, high */
			/* functions have one pin */
			ck_assert_ptr_null(map_find(&rig, slot, 2));
		}
	}
}
END_TEST

START_TEST(chosen_holds_what_is_given)
{
	static struct rig rig;
	const void *p;
	int off, len;

	rig_init(&rig, GIC_V3, 1);
	rig.mach.bootargs = "console=ttyS0 quiet";
	rig.mach.initrd_start = 0x9fe01000;
	rig.mach.initrd_end = UINT64_C(0x19fe02345);
	rig.mach.kaslr_seed = UINT64_C(0x0123456789abcdef);
	rig.mach.rng_seed = seed;
	build_ok(&rig);
	off = path(&rig, "/chosen");
	expect_string(&rig, off, "bootargs", "console=ttyS0 quiet");
	expect_cells(&rig, off, "linux,initrd-start", 0, 0x9fe01000);
	expect_cells(&rig, off, "linux,initrd-end", 1, 0x9fe02345);
	expect_cells(&rig, off, "kaslr-seed", 0x01234567, 0x89abcdef);
	p = get(&rig, off, "rng-seed", &len);
	ck_assert_int_eq(len, FDT_RNG_SEED_LEN);
	ck_assert_mem_eq(p, seed, sizeof(seed));
}
END_TEST

START_TEST(chosen_lacks_what_is_not)
{
	static struct rig rig;
	int off;

	rig_init(&rig, GIC_V3, 1);
	rig.mach.bootargs = "";
	build_ok(&rig);
	off = path(&rig, "/chosen");
	expect_absent(&rig, off, "bootargs");
	expect_absent(&rig, off, "linux,initrd-start");
	expect_absent(&rig, off, "linux,initrd-end");
	expect_absent(&rig, off, "kaslr-seed");
	expect_absent(&rig, off, "rng-seed");
	rig.mach.bootargs = NULL;
	build_ok(&rig);
	expect_absent(&rig, path(&rig, "/chosen"), "bootargs");
}
END_TEST

START_TEST(most_vcpus_and_a_long_command_line_fit)
{
	static struct rig rig;
	static char args[8192];

	memset(args, 'a', sizeof(args) - 1);
	rig_init(&rig, GIC_V3_ITS, CPUS_MAX);
	rig.mach.pmu = rig.mach.rtc = rig.mach.pvpanic = true;
	rig.mach.pci_mem64 = UINT64_C(0x200000000);
	rig.mach.rng_seed = seed;
	rig.mach.bootargs = args;
	build_ok(&rig);
	check_cpus(&rig);
}
END_TEST

START_TEST(too_long_a_command_line)
{
	static struct rig rig;
	static char args[PLAT_DTB_MAX];

	memset(args, 'a', sizeof(args) - 1);
	rig_init(&rig, GIC_V3, 1);
	rig.mach.bootargs = args;
	ck_assert_int_eq(build(&rig), -ENOSPC);
	ck_assert_int_eq(rig.e.kind, ERR_CONFIG);
	ck_assert_ptr_nonnull(strstr(rig.e.text, "65535 bytes"));
	ck_assert_ptr_nonnull(strstr(rig.e.text, "--params"));
}
END_TEST

START_TEST(too_many_vcpus)
{
	static struct rig rig;

	rig_init(&rig, GIC_V3, 100);
	rig.mach.bootargs = "quiet";
	ck_assert_int_eq(fdt_build(&rig.mach, rig.buf, 4096, &rig.e), -ENOSPC);
	ck_assert_int_eq(rig.e.kind, ERR_CONFIG);
	ck_assert_ptr_nonnull(strstr(rig.e.text, "100 vCPUs"));
	ck_assert_ptr_nonnull(strstr(rig.e.text, "--cpus"));

	rig_init(&rig, GIC_V2, 9);
	ck_assert_int_eq(build(&rig), -EINVAL);
	ck_assert_ptr_nonnull(strstr(rig.e.text, "1 to 8 vCPUs"));
	rig_init(&rig, GIC_V3, 0);
	ck_assert_int_eq(build(&rig), -EINVAL);
}
END_TEST

/*
 * Every length below the one needed is refused, and nothing after the buffer is
 * touched (the sanitizer build sees reads too: the buffer ends where it says).
 */
static int try_length(const struct rig *rig, size_t len)
{
	unsigned char *buf = malloc(len + 8);
	struct err e = { 0 };
	size_t i;
	int r;

	memset(buf, 0xa5, len + 8);
	r = fdt_build(&rig->mach, buf, len, &e);
	ck_assert(!r || r == -ENOSPC);
	ck_assert_int_eq(e.kind, r ? ERR_CONFIG : ERR_NONE);
	if (!r)
		ck_assert_uint_le(fdt_totalsize(buf), len);
	for (i = len; i < len + 8; i++)
		ck_assert_uint_eq(buf[i], 0xa5);
	free(buf);
	return r;
}

START_TEST(every_length_that_is_too_small)
{
	static struct rig rig;
	size_t len, need;

	rig_init(&rig, GIC_V3_ITS, 3);
	rig.mach.pmu = rig.mach.rtc = rig.mach.pvpanic = true;
	rig.mach.pci_mem64 = UINT64_C(0x200000000);
	rig.mach.rng_seed = seed;
	rig.mach.bootargs = "console=ttyS0";
	build_ok(&rig);
	need = fdt_totalsize(rig.buf);
	for (len = 0; try_length(&rig, len); len++)
		;
	/* without room for every name twice, names are shared */
	ck_assert_uint_lt(len, need);
	for (; len < need + 16; len++)
		ck_assert_int_eq(try_length(&rig, len), 0);
}
END_TEST

START_TEST(nobody_has_to_listen)
{
	static struct rig rig;

	rig_init(&rig, GIC_V3, 1);
	ck_assert_int_eq(fdt_build(&rig.mach, rig.buf, 100, NULL), -ENOSPC);
}
END_TEST

T_MAIN("fdt",
       every_machine,
       affinity_three_takes_two_cells,
       optional_devices,
       no_pci_host_without_pci_devices,
       a_pci_host_says_where_its_windows_are,
       a_pci_host_sends_messages_where_somebody_takes_them,
       every_slot_has_an_interrupt,
       chosen_holds_what_is_given,
       chosen_lacks_what_is_not,
       most_vcpus_and_a_long_command_line_fit,
       too_long_a_command_line,
       too_many_vcpus,
       every_length_that_is_too_small,
       nobody_has_to_listen)
