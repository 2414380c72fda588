// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * test_config - command lines: what is accepted, what is refused and how
 */
#include "t.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "config_t.h"
#include "log.h"
#include "pmu/apply.h"
#include "pmu/plan.h"
#include "vmm/lkvm.h"

#define OK(...) cfg_ok(WORDS(__VA_ARGS__), &cfg)
#define BAD(text, ...) cfg_bad(WORDS(__VA_ARGS__), text)

START_TEST(defaults)
{
	struct vm_config cfg;
	char place[64], name[64];

	OK("Image");
	snprintf(name, sizeof(name), "guest-%d", (int)getpid());
	ck_assert_str_eq(cfg.kernel, "Image");
	ck_assert_str_eq(cfg.name, name);
	ck_assert_uint_eq(cfg.cpus, 1);
	ck_assert_uint_eq(cfg.mem_size, 512ULL << 20);
	ck_assert_uint_eq(cfg.mem_base, 0x80000000);
	ck_assert_int_eq(cfg.irqchip, IRQCHIP_AUTO);
	ck_assert_str_eq(cfg.dev, "/dev/kvm");
	ck_assert(cfg.rtc && cfg.pvpanic && cfg.sve && cfg.ptrauth);
	ck_assert(!cfg.nodefaults && !cfg.exit_on_reset && !cfg.dry_run);
	ck_assert(!cfg.pmu && !cfg.pmu_fallback && !cfg.kaslr_seed_given);
	ck_assert_int_eq(cfg.pmu_counters, PMU_COUNTERS_ALL);
	ck_assert_int_eq(cfg.pmu_partition, -1);
	ck_assert_int_eq(cfg.loglevel, LOG_INFO);
	ck_assert_ptr_null(cfg.affinity);
	ck_assert_ptr_null(cfg.params);
	ck_assert_str_eq(config_origin(&cfg, OPT_CPUS, place, sizeof(place)),
			 "default");
	config_fini(&cfg);
	config_fini(&cfg);
}
END_TEST

/* What the runner of kvm-unit-tests calls, and both ways to write a value. */
START_TEST(lkvm_command_line)
{
	struct vm_config cfg;
	char place[64];

	OK("--kernel", "arm/pmu.flat", "--cpus", "2", "--params",
	   "cycle-counter 0", "--nodefaults", "--network", "mode=none",
	   "--loglevel=warning", "--mem", "256", "--pmu", "--irqchip=gicv3");
	ck_assert_str_eq(cfg.kernel, "arm/pmu.flat");
	ck_assert_uint_eq(cfg.cpus, 2);
	ck_assert_str_eq(cfg.params, "cycle-counter 0");
	ck_assert(cfg.nodefaults && !cfg.rtc && !cfg.pvpanic && cfg.pmu);
	ck_assert_int_eq(cfg.loglevel, LOG_WARNING);
	ck_assert_uint_eq(cfg.mem_size, 256ULL << 20);
	ck_assert_int_eq(cfg.irqchip, IRQCHIP_GICV3);
	ck_assert_str_eq(config_origin(&cfg, OPT_CPUS, place, sizeof(place)),
			 "--cpus");
	config_fini(&cfg);

	OK("-c3", "Image", "-m", "64", "-iinitrd", "-p", "quiet", "--pm");
	ck_assert_uint_eq(cfg.cpus, 3);
	ck_assert_str_eq(cfg.initrd, "initrd");
	ck_assert(cfg.pmu);
	config_fini(&cfg);
}
END_TEST

START_TEST(words_and_order)
{
	struct vm_config cfg;

	OK("--cpus=1", "--cpus=4", "--", "--kernel");
	ck_assert_uint_eq(cfg.cpus, 4);
	ck_assert_str_eq(cfg.kernel, "--kernel");
	config_fini(&cfg);
	OK("--params", "--weird=1", "-k", "a", "-k", "b");
	ck_assert_str_eq(cfg.params, "--weird=1");
	ck_assert_str_eq(cfg.kernel, "b");
	config_fini(&cfg);
	OK("--params=", "-");
	ck_assert_str_eq(cfg.params, "");
	ck_assert_str_eq(cfg.kernel, "-");
	config_fini(&cfg);
	OK("Image", "--no-rtc", "--pvpanic", "--nodefaults", "--no-sve");
	ck_assert(!cfg.rtc && cfg.pvpanic && !cfg.sve && cfg.ptrauth);
	config_fini(&cfg);
	OK("--dry-run");
	ck_assert(cfg.dry_run);
	ck_assert_ptr_null(cfg.kernel);
	config_fini(&cfg);
	BAD("no kernel", "--cpus=1");
	BAD("a second word", "Image", "Image2");
	BAD("two kernels", "Image", "--kernel=Image2");
	BAD("two configuration files", "a.toml", "--config=b.toml");
	BAD("--kernel: wants the name of a file, and nothing follows",
	    "--kernel");
	BAD("--kernel: wants the name of a file, got nothing", "--kernel=");
	BAD("--pmu: takes no value", "Image", "--pmu=4");
	BAD("-x", "Image", "-x");
	BAD("is not an option", "Image", "--=3");
}
END_TEST

START_TEST(help)
{
	struct vm_config cfg;
	struct err e = { 0 };

	ck_assert_int_eq(cfg_parse(WORDS("--help"), &cfg, &e), 1);
	config_fini(&cfg);
	ck_assert_int_eq(cfg_parse(WORDS("Image", "-h"), &cfg, &e), 1);
	config_fini(&cfg);
	ck_assert_int_eq(cfg_parse(WORDS("--params", "--help", "I"), &cfg, &e),
			 0);
	config_fini(&cfg);
	ck_assert_int_eq(e.kind, ERR_NONE);
}
END_TEST

START_TEST(unknown)
{
	BAD("--pmu-partiton is not an option of tallyvm run; did you mean "
	    "--pmu-partition?", "Image", "--pmu-partiton=4");
	BAD("see tallyvm run --help", "Image", "--watermelon");
	BAD("more than one option", "Image", "--pmu-=4");
	BAD("is not an option", "Image", "--a-name-far-longer-than-any-option-"
	    "of-this-program-has-ever-been");
}
END_TEST

START_TEST(refused)
{
	const struct lkvm_option *opt;
	struct vm_config cfg;
	char word[64], text[160];

	for (opt = lkvm_options; opt->name; opt++) {
		snprintf(word, sizeof(word), "--%s", opt->name);
		snprintf(text, sizeof(text), "%s is an lkvm option that "
			 "tallyvm does not have yet; nothing was started",
			 word);
		if (opt->instead)
			snprintf(text, sizeof(text), "%s is an lkvm option "
				 "that tallyvm does not have; use %s", word,
				 opt->instead);
		if (!opt->accepted)
			BAD(text, "Image", word, "value");
	}
	BAD("use --fs DIR,TAG", "Image", "--9p=/srv,tag");
	BAD("--flash is an lkvm option", "-F", "image.raw", "Image");
	BAD("--flash is an lkvm option", "Image", "--flash=image.raw");
	OK("Image", "--disable-mte", "--no-pvtime", "--no-sandbox",
	   "--no-dhcp");
	config_fini(&cfg);
	BAD("--disable-mte: takes no value", "Image", "--disable-mte=1");
	BAD("--no-flash is not an option", "Image", "--no-flash");
	BAD("--console: \"hv\" is known from lkvm", "I", "--console=hv");
	BAD("--virtio-transport: \"pci-legacy\" is known from lkvm", "I",
	    "--virtio-transport=pci-legacy");
	BAD("--virtio-transport: \"mmio-legacy\" is known from lkvm", "I",
	    "--virtio-transport=mmio-legacy");
	BAD("--network: mode: wants one of \"none\"", "I", "-n", "bridge");
}
END_TEST

START_TEST(memory)
{
	static const struct {
		const char *text;
		uint64_t size, base;
	} good[] = {
		{ "512", 512ULL << 20, 0x80000000 },
		{ "0512", 512ULL << 20, 0x80000000 },
		{ "0x10", 16ULL << 20, 0x80000000 },
		{ "2097152B", 2ULL << 20, 0x80000000 },
		{ "2048k", 2ULL << 20, 0x80000000 },
		{ "2M", 2ULL << 20, 0x80000000 },
		{ "1g@0x100000000", 1ULL << 30, 0x100000000 },
		{ "1G@4G", 1ULL << 30, 0x100000000 },
		{ "1T", 1ULL << 40, 0x80000000 },
		{ "2P", 1ULL << 51, 0x80000000 },
		{ "2112K", 2112ULL << 10, 0x80000000 },
	};
	struct vm_config cfg;
	size_t i;

	for (i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		OK("Image", "-m", good[i].text);
		ck_assert_uint_eq(cfg.mem_size, good[i].size);
		ck_assert_uint_eq(cfg.mem_base, good[i].base);
		config_fini(&cfg);
	}
	BAD("--mem: wants a size such as \"512M\"", "I", "-m", "much");
	BAD("wants a size", "I", "-m", "");
	BAD("wants a size", "I", "-m", "BAD");
	BAD("wants a size", "I", "-m", "0x");
	BAD("wants a size", "I", "-m", "-1");
	BAD("wants a size", "I", "-m", " 512");
	BAD("wants a size", "I", "-m", "512MB");
	BAD("wants a size", "I", "-m", "512M@");
	BAD("wants a size", "I", "-m", "512M@x");
	BAD("wants a size", "I", "-m", "18446744073709551616");
	BAD("wants a size", "I", "-m", "99999P");
	BAD("wants at least 2M", "I", "-m", "0");
	BAD("wants at least 2M", "I", "-m", "1M");
	BAD("in steps of 64K", "I", "-m", "2049K");
	BAD("not at 0x40000000", "I", "-m", "512M@1G");
	BAD("not at 0x80001000", "I", "-m", "512M@0x80001000");
	BAD("above 4096T", "I", "-m", "4P");
	BAD("above 4096T", "I", "-m", "2M@0xffffffffffe00000");
}
END_TEST

START_TEST(numbers)
{
	struct vm_config cfg;

	OK("I", "--cpus=512", "--kaslr-seed=0xffffffffffffffff");
	ck_assert_uint_eq(cfg.cpus, 512);
	ck_assert_uint_eq(cfg.kaslr_seed, UINT64_MAX);
	ck_assert(cfg.kaslr_seed_given);
	config_fini(&cfg);
	OK("I", "--kaslr-seed", "0");
	ck_assert(cfg.kaslr_seed_given);
	config_fini(&cfg);
	BAD("--cpus: wants an integer 1 to 512, got \"0\"", "I", "-c0");
	BAD("got \"513\"", "I", "-c513");
	BAD("got \"-1\"", "I", "-c-1");
	BAD("got \"\"", "I", "--cpus=");
	BAD("got \"2x\"", "I", "--cpus=2x");
	BAD("got \"4294967297\"", "I", "--cpus=4294967297");
	BAD("--kaslr-seed: wants a number of 64 bits", "I",
	    "--kaslr-seed=0x10000000000000000");
	BAD("--loglevel: wants one of", "I", "--loglevel=loud");
	BAD("--on-reset: wants one of \"restart\", \"exit\"", "I",
	    "--on-reset=off");
}
END_TEST

START_TEST(names)
{
	struct vm_config cfg;
	char name[CONFIG_NAME_MAX + 2];

	memset(name, 'a', sizeof(name));
	name[CONFIG_NAME_MAX] = '\0';
	OK("I", "--name", name);
	ck_assert_str_eq(cfg.name, name);
	config_fini(&cfg);
	name[CONFIG_NAME_MAX] = 'a';
	name[CONFIG_NAME_MAX + 1] = '\0';
	BAD("wants 1 to 64 characters, got 65", "I", "--name", name);
	BAD("got 0", "I", "--name=");
	BAD("got \"../x\"", "I", "--name=../x");
	BAD("got \"-x\"", "I", "--name=-x");
	BAD("got \"a b\"", "I", "--name=a b");
}
END_TEST

START_TEST(params_limit)
{
	char params[2049];
	struct vm_config cfg;

	memset(params, 'a', sizeof(params));
	params[2047] = '\0';
	OK("I", "--nodefaults", "--params", params);
	config_fini(&cfg);
	BAD("--params: the kernel command line has 2061 bytes", "I",
	    "--params", params);
	params[2047] = 'a';
	params[2048] = '\0';
	BAD("2048 bytes", "I", "--nodefaults", "--params", params);
}
END_TEST

static void expect_cpus(const struct vm_config *cfg, unsigned int vcpu,
			const char *list)
{
	char buf[64];

	ck_assert_str_eq(cpuset_format(&cfg->affinity[vcpu], buf, sizeof(buf)),
			 list);
}

START_TEST(affinity)
{
	struct vm_config cfg;

	OK("I", "--vcpu-affinity", "2-3", "-c2");
	expect_cpus(&cfg, 0, "2-3");
	expect_cpus(&cfg, 1, "2-3");
	config_fini(&cfg);
	OK("I", "--vcpu-affinity=0:2", "--vcpu-affinity=1-3:4-7",
	   "--vcpu-affinity=3:0,5", "--cpus=5");
	expect_cpus(&cfg, 0, "2");
	expect_cpus(&cfg, 1, "4-7");
	expect_cpus(&cfg, 3, "0,5");
	expect_cpus(&cfg, 4, "");
	config_fini(&cfg);
	BAD("--vcpu-affinity: there is no vCPU 2: the guest has 2 (--cpus)",
	    "I", "--vcpu-affinity=1-2:3", "-c2");
	BAD("is not a list of CPUs", "I", "--vcpu-affinity=");
	BAD("is not a list of CPUs", "I", "--vcpu-affinity=0:");
	BAD("is not a list of vCPUs", "I", "--vcpu-affinity=:1");
	BAD("is not a list of CPUs", "I", "--vcpu-affinity=3-1");
	BAD("CPU numbers end at 4095", "I", "--vcpu-affinity=4096");
}
END_TEST

START_TEST(pmu)
{
	struct vm_config cfg;

	OK("I", "--pmu-counters=0");
	ck_assert(cfg.pmu && cfg.pmu_counters == 0);
	config_fini(&cfg);
	OK("I", "--pmu-partition=31", "--pmu-fallback=emulate");
	ck_assert(cfg.pmu && cfg.pmu_fallback && cfg.pmu_partition == 31);
	config_fini(&cfg);
	OK("I", "--pmu-partition=4", "--pmu-counters=4", "--pmu");
	ck_assert(cfg.pmu);
	config_fini(&cfg);
	OK("I", "--no-pmu");
	ck_assert(!cfg.pmu);
	config_fini(&cfg);
	OK("I", "--no-pmu", "--pmu", "--pmu-counters=2");
	ck_assert(cfg.pmu);
	config_fini(&cfg);
	BAD("--pmu-counters", "I", "--pmu-counters=32");
	BAD("pmu-counters (--pmu-counters) and pmu-partition "
	    "(--pmu-partition) contradict", "I", "--pmu-partition=4",
	    "--pmu-counters=2");
	BAD("pmu (--pmu) and pmu-counters (--pmu-counters) contradict", "I",
	    "--no-pmu", "--pmu-counters=2");
	BAD("pmu (--pmu) and pmu-partition", "I", "--pmu-partition=2",
	    "--no-pmu");
	BAD("pmu (--pmu) and pmu-fallback", "I", "--pmu-fallback=none",
	    "--no-pmu");
	BAD("only with --pmu-partition", "I", "--pmu-fallback=emulate");
	BAD("only with --pmu-partition", "I", "--pmu", "--pmu-fallback=none");
}
END_TEST

START_TEST(pmu_interfaces)
{
	struct vm_config cfg;

	OK("I");
	ck_assert(!cfg.pmu_filter && cfg.pmu_strict == -1);
	ck_assert(cfg.pmu_abi == PMU_ABI_AUTO && cfg.pmu_attr == 5);
	config_fini(&cfg);
	OK("I", "--pmu-filter", "allow:CPU_CYCLES;deny:1");
	ck_assert(cfg.pmu);
	ck_assert_str_eq(cfg.pmu_filter, "allow:CPU_CYCLES;deny:1");
	config_fini(&cfg);
	OK("I", "--pmu-strict");
	ck_assert(cfg.pmu && cfg.pmu_strict == 1);
	config_fini(&cfg);
	OK("I", "--no-pmu-strict", "--no-pmu");
	ck_assert(!cfg.pmu && cfg.pmu_strict == 0);
	config_fini(&cfg);
	OK("I", "--pmu-partition=2", "--pmu-partition-abi=ioctl-enable",
	   "--pmu-partition-attr=9");
	ck_assert_int_eq(cfg.pmu_abi, PMU_ABI_IOCTL_ENABLE);
	ck_assert_int_eq(cfg.pmu_attr, 9);
	config_fini(&cfg);
	BAD("pmu (--pmu) and pmu-filter", "I", "--no-pmu",
	    "--pmu-filter=allow:1");
	BAD("pmu (--pmu) and pmu-strict", "I", "--no-pmu", "--pmu-strict");
	BAD("only with --pmu-partition", "I", "--pmu-partition-abi=auto");
	BAD("only with --pmu-partition", "I", "--pmu-partition-attr=6");
	BAD("an integer 5 to", "I", "--pmu-partition-attr=4");
	BAD("wants one of", "I", "--pmu-partition-abi=v5");
}
END_TEST

T_MAIN("config", defaults, lkvm_command_line, words_and_order, help, unknown,
       refused, memory, numbers, names, params_limit, affinity, pmu,
       pmu_interfaces)
