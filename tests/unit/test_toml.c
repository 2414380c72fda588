// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * test_toml - files of settings: values, mistakes and their places, overriding,
 * and that what config_print() writes loads again
 */
#include "t.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "config_t.h"
#include "log.h"
#include "pmu/plan.h"
#include "vmm/toml.h"

static void load(const char *text, struct vm_config *cfg)
{
	char *path = cfg_file(text, strlen(text));

	cfg_ok(WORDS(path), cfg);
	cfg_file_fini(path);
}

/* The message must hold "guest.toml:" and @text. */
static void bad_bytes(const char *text, size_t len, const char *want)
{
	char *path = cfg_file(text, len), *full = NULL;

	ck_assert_int_gt(asprintf(&full, "guest.toml:%s", want), 0);
	cfg_bad(WORDS(path, "--kernel=I"), full);
	free(full);
	cfg_file_fini(path);
}

static void bad(const char *text, const char *want)
{
	bad_bytes(text, strlen(text), want);
}

START_TEST(every_key)
{
	struct vm_config cfg;

	load("name = 'g'\ncpus = 4\nmem = '1G@4G'\nkernel = '/I'\n"
	     "initrd = '/i'\nparams = 'a=\"b\"'\nirqchip = 'gicv3'\n"
	     "kaslr-seed = '0xffffffffffffffff'\ndev = '/dev/x'\n"
	     "nodefaults = true\nnetwork = 'none'\nconsole = 'serial'\n"
	     "rtc = true\npvpanic = false\non-reset = 'exit'\nsve = false\n"
	     "ptrauth = false\nvcpu-affinity = ['0:2', '1-3:4-5']\n"
	     "loglevel = 'debug'\ndump-dtb = '/d'\n"
	     "[pmu]\nenable = true\ncounters = 4\npartition = 4\n"
	     "fallback = 'emulate'\n", &cfg);
	ck_assert_str_eq(cfg.name, "g");
	ck_assert_uint_eq(cfg.cpus, 4);
	ck_assert_uint_eq(cfg.mem_size, 1ULL << 30);
	ck_assert_uint_eq(cfg.mem_base, 4ULL << 30);
	ck_assert_str_eq(cfg.kernel, "/I");
	ck_assert_str_eq(cfg.params, "a=\"b\"");
	ck_assert_int_eq(cfg.irqchip, IRQCHIP_GICV3);
	ck_assert_uint_eq(cfg.kaslr_seed, UINT64_MAX);
	ck_assert_str_eq(cfg.dev, "/dev/x");
	ck_assert(cfg.nodefaults && cfg.rtc && !cfg.pvpanic && !cfg.sve);
	ck_assert(cfg.exit_on_reset && !cfg.ptrauth && cfg.pmu);
	ck_assert(cpuset_has(&cfg.affinity[3], 5));
	ck_assert(!cpuset_has(&cfg.affinity[0], 5));
	ck_assert_int_eq(cfg.loglevel, LOG_DEBUG);
	ck_assert_str_eq(cfg.dump_dtb, "/d");
	ck_assert_int_eq(cfg.pmu_counters, 4);
	ck_assert_int_eq(cfg.pmu_partition, 4);
	ck_assert(cfg.pmu_fallback);
	config_fini(&cfg);
}
END_TEST

START_TEST(ways_to_write)
{
	struct vm_config cfg;
	char place[256];

	load("kernel = 'I'\nmem = 64\nkaslr-seed = 7\npmu-counters = 0x2\n"
	     "vcpu-affinity = '3'\n", &cfg);
	ck_assert_uint_eq(cfg.mem_size, 64ULL << 20);
	ck_assert_uint_eq(cfg.kaslr_seed, 7);
	ck_assert_int_eq(cfg.pmu_counters, 2);
	ck_assert(cpuset_has(&cfg.affinity[0], 3));
	config_origin(&cfg, OPT_MEM, place, sizeof(place));
	ck_assert_msg(strstr(place, "guest.toml:2:7") != NULL, "%s", place);
	config_fini(&cfg);
	load("pmu = { enable = true, counters = 3 }\nkernel = 'I'", &cfg);
	ck_assert_int_eq(cfg.pmu_counters, 3);
	config_fini(&cfg);
	load("\xef\xbb\xbfpmu = true\r\nkernel = \"\"\"I\"\"\"\r\n"
	     "vcpu-affinity = []\r\n", &cfg);
	ck_assert(cfg.pmu);
	ck_assert_ptr_null(cfg.affinity);
	config_fini(&cfg);
}
END_TEST

START_TEST(devices)
{
	struct vm_config cfg;
	char place[256];

	load("kernel = '/I'\nrng = true\nballoon = true\n"
	     "virtio-transport = 'mmio'\nconsole = 'virtio'\n"
	     "[[disk]]\nfile = '/a,b'\nro = true\nqueues = 3\n"
	     "[[disk]]\nio = 'uring'\nserial = 's'\nfile = '/c'\n"
	     "[[network]]\nmode = 'user'\nforward = ['1:1', 'udp:2,3']\n"
	     "[[network]]\nforward = '1'\nmode = 'user'\n"
	     "[fs]\ndir = '/srv'\ntag = 't'\n[vsock]\ncid = 7\nuds = '/u'\n"
	     "[[port]]\nname = 'p'\npath = '/p'\n", &cfg);
	ck_assert(cfg.rng && cfg.balloon && cfg.console == CONSOLE_VIRTIO);
	ck_assert_int_eq(cfg.transport, TRANSPORT_MMIO);
	ck_assert_uint_eq(cfg.nr_disks, 2);
	ck_assert_str_eq(cfg.disks[0].path, "/a,b");
	ck_assert(cfg.disks[0].ro && cfg.disks[0].queues == 3);
	ck_assert_int_eq(cfg.disks[1].io, IO_URING);
	ck_assert_str_eq(cfg.disks[1].serial, "s");
	ck_assert_uint_eq(cfg.nr_nets, 2);
	ck_assert_str_eq(cfg.nets[0].forward, "1:1;udp:2,3");
	ck_assert_str_eq(cfg.nets[1].forward, "1");
	ck_assert(cfg.nr_fs == 1 && !strcmp(cfg.fs[0].tag, "t"));
	ck_assert(cfg.vsock.cid == 7 && !strcmp(cfg.vsock.uds, "/u"));
	ck_assert_str_eq(cfg.ports[0].path, "/p");
	config_device_origin(&cfg, OPT_DISK, &cfg.disks[1].origin, place,
			     sizeof(place));
	ck_assert_msg(strstr(place, "guest.toml:10:1") != NULL, "%s", place);
	config_fini(&cfg);
}
END_TEST

START_TEST(devices_as_words)
{
	struct vm_config cfg;

	load("kernel = '/I'\ndisk = '/a,,b,ro'\nnetwork = 'user'\n"
	     "vsock = 9\nport = []\nfs = ['/a,x', { dir = '/b', tag = 'y' }]",
	     &cfg);
	ck_assert_str_eq(cfg.disks[0].path, "/a,b");
	ck_assert(cfg.disks[0].ro && cfg.nets[0].mode == NET_USER);
	ck_assert(cfg.vsock.cid == 9 && !cfg.nr_ports && cfg.nr_fs == 2);
	ck_assert_str_eq(cfg.fs[1].dir, "/b");
	config_fini(&cfg);
	load("kernel = '/I'\nvsock = '9,uds=/x'\nnetwork = 'none'\n"
	     "disk.file = '/a'\ndisk.queues = 2\n", &cfg);
	ck_assert(cfg.vsock.cid == 9 && !cfg.nr_nets);
	ck_assert_uint_eq(cfg.disks[0].queues, 2);
	config_fini(&cfg);
}
END_TEST

START_TEST(options_replace_devices)
{
	static const char text[] = "kernel = '/I'\ndisk = ['a', 'b']\n"
		"vsock = 3\n[[network]]\nmode = 'tap'\n";
	char *path = cfg_file(text, strlen(text)), *want = NULL;
	struct vm_config cfg;

	ck_assert_int_gt(asprintf(&want, "%.*s/b",
				  (int)(strrchr(path, '/') - path), path), 0);
	cfg_ok(WORDS(path, "--network=none", "--vsock=4"), &cfg);
	ck_assert(cfg.nr_disks == 2 && cfg.nr_nets == 0 && cfg.vsock.cid == 4);
	ck_assert_str_eq(cfg.disks[1].path, want);
	config_fini(&cfg);
	cfg_ok(WORDS("-dc", path), &cfg);
	ck_assert(cfg.nr_disks == 1 && cfg.nr_nets == 1);
	ck_assert_str_eq(cfg.disks[0].path, "c");
	config_fini(&cfg);
	free(want);
	cfg_file_fini(path);
}
END_TEST

START_TEST(wrong_devices)
{
	char text[1024];
	unsigned int i, used = 0;

	bad("[[disk]]\nffile = 'x'\n", "2:1: key \"disk.ffile\" is not known; "
	    "did you mean \"disk.file\"?");
	bad("[[disk]]\nfile = 'x'\nwatermelon = 1\n",
	    "3:1: key \"disk.watermelon\" is not known; see");
	bad("[[disk]]\nfile = 'x'\nqueues = 17\n", "3:10: key "
	    "\"disk.queues\": wants an integer 1 to 16, got \"17\"");
	bad("[[disk]]\nfile = 'x'\nro = 'on'\n", "3:6: key \"disk.ro\": wants "
	    "true or false, got a string");
	bad("[[disk]]\nfile = 'a'\n[[disk]]\nro = true\n", "3:1: key "
	    "\"disk\": \"file\" is missing");
	bad("[[disk]]\nfile.x = 'a'\n", "2:1: key \"disk.file\": wants the "
	    "name of a file, got a table");
	bad("disk = ['a', 'b,quues=1']\n", "1:14: key \"disk\": key "
	    "\"quues\" is not known; did you mean \"queues\"?");
	bad("disk = ['a', 3]\n", "1:14: key \"disk\": wants "
	    "\"FILE[,KEY]...\" or a table of keys, got an integer");
	bad("disk = [['a']]\n", "1:9: key \"disk\": wants");
	bad("disk = '/'\n", "1:8: \"/\" is a folder");
	bad("disk = \"a\\u0000b\"\n", "1:8: key \"disk\": has a NUL");
	bad("[[disk]]\nfile = \"a\\u0000b\"\n", "2:8: key \"disk.file\": has "
	    "a NUL");
	bad("[[vsock]]\ncid = 3\n", "1:1: key \"vsock\": wants "
	    "\"CID[,uds=PATH]\" or a table of keys, got an array");
	bad("[[network]]\nforward = ['1', ['2']]\nmode = 'user'\n",
	    "2:17: key \"network.forward\": wants a string, got an array");
	bad("[[network]]\nforward = ['1', 2]\nmode = 'user'\n",
	    "2:17: key \"network.forward\": wants a string, got an integer");
	bad("[[fs]]\ndir='/a'\ntag='x'\n[[fs]]\ndir='/b'\ntag='x'\n",
	    "4:1: key \"fs\": has the same tag");
	bad("[disk]\nfile = 'a'\n[pmu]\nfile = 'x'\n", "4:1: key "
	    "\"pmu.file\" is not known");
	for (i = 0; i < CONFIG_DISKS_MAX + 1; i++)
		used += snprintf(text + used, sizeof(text) - used,
				 "[[disk]]\nfile = 'x'\n");
	bad(text, "33:1: key \"disk\": a guest has at most 16 disks");
}
END_TEST

START_TEST(paths_follow_the_file)
{
	static const char text[] = "kernel = 'a/I'\ninitrd = '/i'\n";
	char *path = cfg_file(text, strlen(text)), *want = NULL;
	struct vm_config cfg;

	cfg_ok(WORDS("--config", path, "--dump-dtb=d"), &cfg);
	ck_assert_int_gt(asprintf(&want, "%.*s/a/I",
				  (int)(strrchr(path, '/') - path), path), 0);
	ck_assert_str_eq(cfg.kernel, want);
	ck_assert_str_eq(cfg.initrd, "/i");
	ck_assert_str_eq(cfg.dump_dtb, "d");
	free(want);
	config_fini(&cfg);
	cfg_file_fini(path);
}
END_TEST

START_TEST(options_override)
{
	static const char text[] =
		"kernel = '/I'\ncpus = 2\nvcpu-affinity = ['0:1', '1:2']\n"
		"pmu.partition = 4\npmu.fallback = 'emulate'\n";
	char *path = cfg_file(text, strlen(text));
	struct vm_config cfg;
	char place[64];

	cfg_ok(WORDS("-c1", "--vcpu-affinity=3", "--no-pmu", path), &cfg);
	ck_assert_uint_eq(cfg.cpus, 1);
	ck_assert(cpuset_has(&cfg.affinity[0], 3));
	ck_assert(!cpuset_has(&cfg.affinity[0], 1));
	ck_assert(!cfg.pmu && !cfg.pmu_fallback && cfg.pmu_partition == -1);
	ck_assert_str_eq(config_origin(&cfg, OPT_CPUS, place, sizeof(place)),
			 "--cpus");
	config_fini(&cfg);
	/* with the file's lists kept, one of them has no vCPU any more */
	cfg_bad(WORDS(path, "-c1"), "guest.toml:3:25: there is no vCPU 1");
	cfg_bad(WORDS(path, "--pmu-counters=2"), "contradict");
	cfg_bad(WORDS(path, "Image"), "a second word");
	cfg_file_fini(path);
}
END_TEST

START_TEST(file_says_no_pmu)
{
	static const char text[] = "kernel = '/I'\npmu.enable = false\n";
	char *path = cfg_file(text, strlen(text));
	struct vm_config cfg;

	cfg_ok(WORDS(path, "--pmu-counters=2"), &cfg);
	ck_assert(cfg.pmu && cfg.pmu_counters == 2);
	config_fini(&cfg);
	cfg_file_fini(path);
	bad("pmu.enable = false\npmu.counters = 2\n", "1:14) and pmu-counters");
}
END_TEST

START_TEST(unknown_keys)
{
	bad("cpus = 1\npmu.partiton = 4\n",
	    "2:5: key \"pmu.partiton\" is not known; did you mean "
	    "\"pmu.partition\"?");
	bad("[pmu]\npartiton = 4\n", "2:1: key \"pmu.partiton\"");
	bad("watermelon = 1\n", "1:1: key \"watermelon\" is not known; see");
	bad("[[pmu]]\ncounters = 1\n", "");
	bad("config = 'x'\n", "1:1: key \"config\" is not known");
	bad("pmu.enable.x = 1\n", "1:5: key \"pmu.enable\": wants true or "
	    "false, got a table");
	/* the first in the file, not in the alphabet */
	bad("zebra = 1\napple = 1\n", "1:1: key \"zebra\"");
	bad("cpus = 0\n\nbogus = 1\n", "1:8: key \"cpus\"");
}
END_TEST

START_TEST(wrong_types)
{
	bad("cpus = \"2\"\n",
	    "1:8: key \"cpus\": wants an integer 1 to 512, got a string");
	bad("cpus = 2.0\n", "1:8: key \"cpus\": wants an integer 1 to 512, "
	    "got a number with a point, a date or a time");
	bad("cpus = 1979-05-27\n", "1:8: key \"cpus\": wants an integer");
	bad("cpus = []\n", "1:8: key \"cpus\": wants an integer 1 to 512, got "
	    "an array");
	bad("pmu.enable = 1\n", "1:14: key \"pmu.enable\": wants true or "
	    "false, got an integer");
	bad("name = true\n", "1:8: key \"name\": wants a name, got true or");
	bad("mem = true\n", "1:7: key \"mem\": wants a size");
	bad("kernel = 1\n", "1:10: key \"kernel\": wants the name of a file");
	bad("kernel = {x = 1}\n", "1:10: key \"kernel\": wants the name of a "
	    "file, got a table");
	bad("vcpu-affinity = 2\n", "1:17: key \"vcpu-affinity\": wants a list");
	bad("vcpu-affinity = ['0', 2]\n", "1:23: key \"vcpu-affinity\"");
	bad("vcpu-affinity = [['0', '1'], {}]\n", "");
	bad("vcpu-affinity = ['0:0', ['1:1']]\n", "1:25: key");
}
END_TEST

START_TEST(wrong_values)
{
	bad("cpus = 0\n", "1:8: key \"cpus\": wants an integer 1 to 512, got "
	    "\"0\"");
	bad("cpus = 9223372036854775807\n", "1:8");
	bad("cpus = -9223372036854775808\n", "1:8");
	bad("\n  pmu.counters = 32\n", "2:18: key \"pmu.counters\": wants an "
	    "integer 0 to 31, got \"32\"");
	bad("mem = -1\n", "1:7: key \"mem\": wants a size");
	bad("kaslr-seed = -1\n", "1:14: key \"kaslr-seed\"");
	bad("console = 'hv'\n", "1:11: key \"console\": \"hv\" is known from "
	    "lkvm");
	bad("kernel = ''\n", "1:10: key \"kernel\": wants the name");
	bad("params = \"a\\u0000b\"\n", "1:10: key \"params\": has a NUL");
	bad("vcpu-affinity = 'x'\n", "1:17: \"x\" is not a list");
}
END_TEST

START_TEST(syntax)
{
	bad("cpus = 1\ncpus = 2\n", "2:");
	bad("pmu.counters = 1\npmu-counters = 2\n", "2:1: key "
	    "\"pmu-counters\": is given a second time");
	bad("pmu-counters = 1\n[pmu]\ncounters = 1\n", "");
	bad("cpus = \n", "1:");
	bad("cpus 1\n", "1:");
	bad("\n\n[pmu\n", "3:");
	bad("name = \"x\n", "1:");
	bad("name = 'x\xff'\n", "1:");
	bad_bytes("cpus = 1\0\n", 10, "1:");
	bad("= 1\n", "1:");
	bad("[[=\n", "1:3:");
	bad("[[\n", "1:");
	bad("[[#", "1:");
	bad("[[disk.#]]", "1:");
}
END_TEST

/* Enough nesting to overflow a stack that frees tables by recursion. */
START_TEST(depth)
{
	size_t len = 1UL << 19, i;
	char *text = malloc(len);

	for (i = 0; i < len; i++)
		text[i] = i % 2 ? '.' : 'a';
	bad_bytes(text, len, "1:514: more than 256 dots");
	for (i = 0; i < len; i++)
		text[i] = "a=["[i < 3 ? i : 2];
	bad_bytes(text, len, "1:");
	for (i = 0; i < len; i++)
		text[i] = "a=[\n"[i < 2 ? i : i % 2 + 2];
	bad_bytes(text, len, "");
	free(text);
}
END_TEST

START_TEST(files)
{
	char *path = cfg_file("", 0), *dir = NULL;
	size_t len = (1UL << 20) + 1;
	char *big = malloc(len);
	struct vm_config cfg;
	struct err e = { 0 };

	cfg_bad(WORDS(path), "no kernel");
	cfg_ok(WORDS(path, "-k", "I"), &cfg);
	config_fini(&cfg);
	ck_assert_int_gt(asprintf(&dir, "%.*s",
				  (int)(strrchr(path, '/') - path), path), 0);
	ck_assert_int_eq(cfg_parse(WORDS("--config", dir), &cfg, &e), -EISDIR);
	ck_assert_int_eq(e.kind, ERR_CONFIG);
	config_fini(&cfg);
	ck_assert_int_eq(cfg_parse(WORDS("/nowhere/a.toml"), &cfg, &e),
			 -ENOENT);
	ck_assert_ptr_nonnull(strstr(e.text, "/nowhere/a.toml: cannot read"));
	config_fini(&cfg);
	cfg_bad(WORDS("--config="), "--config: wants the name of a file");
	memset(big, '\n', len);
	cfg_file_fini(path);
	path = cfg_file(big, len);
	cfg_bad(WORDS(path, "-k", "I"), "over 1 MiB");
	cfg_file_fini(path);
	path = cfg_file(big, len - 1);
	cfg_ok(WORDS(path, "-k", "I"), &cfg);
	config_fini(&cfg);
	cfg_file_fini(path);
	free(big);
	free(dir);
}
END_TEST

static char *print(const struct vm_config *cfg)
{
	char *text = NULL;
	size_t len = 0;
	FILE *f = open_memstream(&text, &len);

	config_print(cfg, f);
	fclose(f);
	return text;
}

/* Cut the comments: they say where a value comes from, which changes. */
static void strip(char *text)
{
	char *out = text, *p;

	for (p = text; *p; p++) {
		if (*p == '\t')
			p += strcspn(p, "\n");
		*out++ = *p;
	}
	*out = '\0';
}

static void round_trip(const char *const *words)
{
	struct vm_config cfg, again;
	char *first, *second, *path;

	cfg_ok(words, &cfg);
	first = print(&cfg);
	path = cfg_file(first, strlen(first));
	cfg_ok(WORDS(path), &again);
	second = print(&again);
	strip(first);
	strip(second);
	ck_assert_str_eq(first, second);
	ck_assert_uint_eq(cfg.nr_disks, again.nr_disks);
	ck_assert_uint_eq(cfg.nr_nets, again.nr_nets);
	ck_assert_uint_eq(cfg.nr_fs, again.nr_fs);
	ck_assert_uint_eq(cfg.nr_ports, again.nr_ports);
	ck_assert_int_eq(cfg.pmu, again.pmu);
	ck_assert_int_eq(cfg.pmu_fallback, again.pmu_fallback);
	free(first);
	free(second);
	config_fini(&cfg);
	config_fini(&again);
	cfg_file_fini(path);
}

START_TEST(printed_loads_again)
{
	round_trip(WORDS("Image"));
	round_trip(WORDS("Image", "--nodefaults", "--pvpanic"));
	round_trip(WORDS("/a b/\"I\\'", "-p", "x=\"y\" \t\x7f\x01 # \xc3\xa4",
			 "-i", "i", "--name=n", "--dump-dtb", "d",
			 "--kaslr-seed=0xfedcba9876543210", "-m2112K@4G",
			 "--irqchip=gicv2", "--on-reset=exit", "--no-sve",
			 "--no-ptrauth", "--loglevel=debug", "-c", "8",
			 "--vcpu-affinity=0:1", "--vcpu-affinity=3-5:2,4-6"));
	round_trip(WORDS("I", "--pmu"));
	round_trip(WORDS("I", "--pmu-counters=0"));
	round_trip(WORDS("I", "--pmu-partition=31"));
	round_trip(WORDS("I", "--pmu-partition=2", "--pmu-fallback=emulate"));
	round_trip(WORDS("I", "--no-pmu"));
	round_trip(WORDS("I", "-d", "/a\"b\\,,c", "-d",
			 "/x,ro,direct,serial=s,queues=2,io=sync,packed=off,"
			 "discard=off", "-n", "user,forward=1,forward=udp:2",
			 "-n", "tap,tapif=t,vhost=on,mq=2,script=/u,"
			 "downscript=/d,guest_ip=1.2.3.4,host_ip=1.2.3.5,"
			 "guest_mac=02:00:00:00:00:0a", "-n", "fd=7",
			 "--fs=d,t,cache=always,ro",
			 "--fs=socket=s,tag=u", "--vsock=4294967294,uds=/u",
			 "--port=p=/q", "--port=r=/s", "--rng", "--balloon",
			 "--console=virtio", "--virtio-transport=mmio",
			 "--irqchip=gicv2m", "--pmu-counters=2"));
	round_trip(WORDS("I", "--vsock=3", "--network=none"));
}
END_TEST

START_TEST(print_names_the_origin)
{
	static const char file[] = "kernel = '/I'\ncpus = 2\n";
	char *path = cfg_file(file, strlen(file)), *text;
	struct vm_config cfg;

	cfg_ok(WORDS(path, "--name=n"), &cfg);
	text = print(&cfg);
	ck_assert_ptr_nonnull(strstr(text, "name = \"n\"\t# --name\n"));
	ck_assert_ptr_nonnull(strstr(text, "guest.toml:2:8\n"));
	ck_assert_ptr_nonnull(strstr(text, "rtc = true\t# default\n"));
	free(text);
	config_fini(&cfg);
	cfg_file_fini(path);
}
END_TEST

T_MAIN("toml", every_key, ways_to_write, devices, devices_as_words,
       options_replace_devices, wrong_devices, paths_follow_the_file,
       options_override, file_says_no_pmu, unknown_keys, wrong_types,
       wrong_values, syntax, depth, files, printed_loads_again,
       print_names_the_origin)
