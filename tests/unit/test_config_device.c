// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * test_config_device - devices on the command line: their words, keys, limits
 * and what contradicts itself; tests/unit/test_toml.c has those in files
 */
#include "t.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "config_t.h"
#include "vmm/options.h"

#define OK(...) cfg_ok(WORDS("I", __VA_ARGS__), &cfg)
#define BAD(text, ...) cfg_bad(WORDS("I", __VA_ARGS__), text)

START_TEST(none_by_default)
{
	struct vm_config cfg;

	cfg_ok(WORDS("I"), &cfg);
	ck_assert_uint_eq(cfg.nr_disks + cfg.nr_nets + cfg.nr_fs +
			  cfg.nr_vsock + cfg.nr_ports, 0);
	ck_assert(!cfg.rng && !cfg.balloon && !cfg.vsock.cid);
	ck_assert_int_eq(cfg.console, CONSOLE_SERIAL);
	ck_assert_int_eq(cfg.transport, TRANSPORT_PCI);
	config_fini(&cfg);
	OK("--rng", "--balloon", "--console=virtio",
	   "--virtio-transport=mmio", "--irqchip=gicv2m", "--nodefaults");
	ck_assert(cfg.rng && cfg.balloon);
	ck_assert_int_eq(cfg.console, CONSOLE_VIRTIO);
	ck_assert_int_eq(cfg.transport, TRANSPORT_MMIO);
	ck_assert_int_eq(cfg.irqchip, IRQCHIP_GICV2M);
	config_fini(&cfg);
}
END_TEST

START_TEST(disks)
{
	struct vm_config cfg;
	char place[32];

	OK("-d", "a.img", "--disk=/dev/x,ro,direct,serial=S0,queues=16,"
	   "io=sync,packed=off,discard=off");
	ck_assert_uint_eq(cfg.nr_disks, 2);
	ck_assert_str_eq(cfg.disks[0].path, "a.img");
	ck_assert(!cfg.disks[0].ro && !cfg.disks[0].direct);
	ck_assert(cfg.disks[0].packed && cfg.disks[0].discard);
	ck_assert_ptr_null(cfg.disks[0].serial);
	ck_assert_uint_eq(cfg.disks[0].queues, 1);
	ck_assert_int_eq(cfg.disks[0].io, IO_AUTO);
	ck_assert_str_eq(cfg.disks[1].path, "/dev/x");
	ck_assert(cfg.disks[1].ro && cfg.disks[1].direct);
	ck_assert(!cfg.disks[1].packed && !cfg.disks[1].discard);
	ck_assert_str_eq(cfg.disks[1].serial, "S0");
	ck_assert_uint_eq(cfg.disks[1].queues, 16);
	ck_assert_int_eq(cfg.disks[1].io, IO_SYNC);
	ck_assert_str_eq(config_device_origin(&cfg, OPT_DISK,
					      &cfg.disks[1].origin, place,
					      sizeof(place)), "--disk");
	config_fini(&cfg);
	BAD("--disk: wants", "--disk");
	BAD("--disk: queues: wants an integer 1 to 16, got \"17\"", "-d",
	    "a,queues=17");
	BAD("got \"0\"", "-d", "a,queues=0");
	BAD("--disk: io: wants one of \"auto\", \"uring\", \"sync\"", "-d",
	    "a,io=fast");
	BAD("--disk: serial: wants a text of 1 to 20 bytes, this has 21", "-d",
	    "a,serial=012345678901234567890");
	BAD("this has 0", "-d", "a,serial=");
	BAD("--disk: serial: wants letters", "-d", "a,serial=a b");
	BAD("--disk: ro: wants true or false, got \"maybe\"", "-d",
	    "a,ro=maybe");
	BAD("--disk: \"scsi:naa.1\" is known from lkvm", "-d", "scsi:naa.1");
	BAD("--disk: \"/\" is a folder, not a disk; share it with --fs", "-d",
	    "/");
}
END_TEST

START_TEST(words_and_commas)
{
	struct vm_config cfg;

	/* two commas are one, wherever they stand; of three, two */
	OK("-d", "a,,b,,,ro", "-d", ",,", "-d", "x/a=b", "-d", "ro", "-d",
	   "ro,serial=a=b", "-d", "direct=on,ro=off,file=a=b");
	ck_assert_uint_eq(cfg.nr_disks, 6);
	ck_assert_str_eq(cfg.disks[0].path, "a,b,");
	ck_assert_str_eq(cfg.disks[1].path, ",");
	ck_assert_str_eq(cfg.disks[2].path, "x/a=b");
	ck_assert_str_eq(cfg.disks[3].path, "ro");
	ck_assert_str_eq(cfg.disks[4].serial, "a=b");
	ck_assert_str_eq(cfg.disks[5].path, "a=b");
	ck_assert(cfg.disks[5].direct && !cfg.disks[5].ro);
	config_fini(&cfg);
	BAD("--disk: key \"quues\" is not known; did you mean \"queues\"?",
	    "-d", "a,quues=4");
	BAD("--disk: key \"ffile\" is not known; did you mean \"file\"?", "-d",
	    "ffile=a");
	BAD("--disk: key \"b.img\" is not known; a comma in a value is "
	    "written twice", "-d", "a,b.img");
	BAD("--disk: ro: is given a second time", "-d", "a,ro,ro=off");
	BAD("--disk: file: is given a second time", "-d", "a,file=b");
	BAD("--disk: serial: wants a value: serial=TEXT", "-d", "a,serial");
	BAD("wants a word before and after each comma", "-d", "");
	BAD("wants a word before and after each comma", "-d", "a,");
	BAD("wants a word before and after each comma", "-d", ",ro");
	BAD("--disk: \"file\" is missing: wants FILE[,KEY]...", "-d",
	    "serial=x");
	BAD("--disk: file: wants the name of a file", "-d", "file=");
	BAD("is not known", "-d", "a,=x");
	BAD("is not known", "-d", "a,a-key-far-longer-than-any-key-of-a-"
	    "device-has-ever-been=1");
}
END_TEST

/* The command lines that lkvm takes. */
START_TEST(networks)
{
	static const uint8_t mac[] = { 2, 0x15, 0x15, 0x15, 0x15, 0xFe };
	const struct net_config *net;
	struct vm_config cfg;

	OK("-n", "tap", "-n", "mode=tap,script=/etc/up,downscript=none,"
	   "guest_ip=192.168.33.15,host_ip=192.168.33.1,"
	   "guest_mac=02:15:15:15:15:fE,trans=virtio,tapif=t0,vhost=1,mq=8",
	   "-n", "fd=5", "-n", "user", "-n", "none", "-n", "mode=none");
	ck_assert_uint_eq(cfg.nr_nets, 4);
	net = &cfg.nets[0];
	ck_assert(net->mode == NET_TAP && !net->vhost && !net->tapif);
	ck_assert(net->fd == -1 && net->mq == 1 && !net->mac_given);
	ck_assert(net->packed && net->offload && !net->forward);
	net = &cfg.nets[1];
	ck_assert(net->mode == NET_TAP && net->vhost && net->mq == 8);
	ck_assert_str_eq(net->script, "/etc/up");
	ck_assert_ptr_null(net->downscript);
	ck_assert_str_eq(net->guest_ip, "192.168.33.15");
	ck_assert_str_eq(net->host_ip, "192.168.33.1");
	ck_assert_str_eq(net->tapif, "t0");
	ck_assert(net->mac_given && !memcmp(net->mac, mac, sizeof(mac)));
	ck_assert(cfg.nets[2].mode == NET_TAP && cfg.nets[2].fd == 5);
	ck_assert_int_eq(cfg.nets[3].mode, NET_USER);
	config_fini(&cfg);
	OK("-n", "user,forward=8080:80,forward=udp:53;tcp:127.0.0.1/22:22");
	ck_assert_str_eq(cfg.nets[0].forward,
			 "8080:80;udp:53;tcp:127.0.0.1/22:22");
	config_fini(&cfg);
	OK("--network", "none");
	ck_assert_uint_eq(cfg.nr_nets, 0);
	config_fini(&cfg);
	BAD("--network: trans: wants one of \"virtio\", got \"e1000\"", "-n",
	    "tap,trans=e1000");
	BAD("tapif: wants a text of 1 to 15", "-n", "tapif=abcdefghijklmnop");
	BAD("cannot be the name of a network", "-n", "tapif=a/b");
	BAD("cannot be the name of a network", "-n", "tapif=..");
	BAD("guest_ip: wants an address", "-n", "guest_ip=1.2.3");
	BAD("guest_ip: wants an address", "-n", "guest_ip=::1");
	BAD("mq: wants an integer 1 to 8", "-n", "mq=9");
	BAD("fd: wants an integer 0", "-n", "fd=-1");
	BAD("fd and tapif contradict", "-n", "fd=3,tapif=t0");
	BAD("fd and mq=2 contradict", "-n", "fd=3,mq=2");
	BAD("forward is for mode=user", "-n", "tap,forward=1:1");
	BAD("are for mode=tap", "-n", "user,vhost=on");
	BAD("are for mode=tap", "-n", "user,fd=0");
	BAD("are for mode=tap", "-n", "user,script=/x");
	BAD("forward: wants ports", "-n", "user,forward=--help");
	BAD("forward: wants ports", "-n", "user,forward=udp:");
	BAD("forward: wants ports", "-n", "user,forward=22;");
	BAD("forward: wants a string", "-n", "user,forward=");
}
END_TEST

/* lkvm takes it as a tap; here it would take the next word, or has none. */
START_TEST(network_alone)
{
	static const char text[] = "network = \"tun\"\n";
	struct vm_config cfg;
	struct err e = { 0 };
	char *file;

	BAD("--network: wants \"MODE[,KEY]...\", and nothing follows; for a tap "
	    "write \"-n tap\"", "-n");
	BAD("got \"Image\"; for a tap write \"-n tap\"", "-n", "Image");
	BAD("got \"--pmu\"; for a tap write \"-n tap\"", "--network", "--pmu");
	BAD("--cpus: wants an integer 1 to 512, and nothing follows", "-c");
	/* nobody writes "-n" in a file */
	file = cfg_file(text, strlen(text));
	ck_assert_int_lt(cfg_parse(WORDS(file), &cfg, &e), 0);
	ck_assert_ptr_nonnull(strstr(e.text, "got \"tun\""));
	ck_assert_ptr_null(strstr(e.text, "-n tap"));
	config_fini(&cfg);
	cfg_file_fini(file);
}
END_TEST

START_TEST(addresses)
{
	static const char *const wrong[] = {
		"", "02", "02:15:15:15:15", "02:15:15:15:15:1",
		"02:15:15:15:15:15:", "02:15:15:15:15:1g",
		"02-15-15-15-15-15", "2:15:15:15:15:15:1",
	};
	char word[64];
	size_t i;

	for (i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		snprintf(word, sizeof(word), "tap,guest_mac=%s", wrong[i]);
		BAD("--network: guest_mac: wants an address such as", "-n",
		    word);
	}
	BAD("is no address of one device", "-n",
	    "guest_mac=01:00:5e:00:00:01");
	BAD("is no address of one device", "-n",
	    "guest_mac=00:00:00:00:00:00");
	BAD("--network: has the same guest_mac as another one", "-n",
	    "guest_mac=02:00:00:00:00:0a", "-n",
	    "guest_mac=02:00:00:00:00:0A");
}
END_TEST

START_TEST(mac_from_name)
{
	/* never change them: guests know their interfaces by these */
	static const uint8_t web0[] = { 0xf6, 0xae, 0xfb, 0xed, 0xe6, 0x82 };
	uint8_t a[CONFIG_MAC_LEN], b[CONFIG_MAC_LEN];
	struct vm_config cfg;
	unsigned int i, j;

	config_mac("web", 0, a);
	ck_assert_mem_eq(a, web0, sizeof(web0));
	OK("--name=web", "-n", "user", "-n",
	   "guest_mac=02:00:00:00:00:01", "-n", "tap");
	ck_assert_mem_eq(cfg.nets[0].mac, a, sizeof(a));
	ck_assert(!cfg.nets[0].mac_given && cfg.nets[1].mac_given);
	config_mac("web", 2, a);
	ck_assert_mem_eq(cfg.nets[2].mac, a, sizeof(a));
	config_fini(&cfg);
	for (i = 0; i < 64; i++) {
		char name[] = { 'v', 'm', '0' + i, '\0' };

		config_mac(name, i % CONFIG_NETS_MAX, a);
		ck_assert_int_eq(a[0] & 3, 2);
		for (j = 0; j < CONFIG_NETS_MAX; j++) {
			config_mac("vm", j, b);
			ck_assert_mem_ne(a, b, sizeof(a));
		}
	}
	config_mac("a1", 0, a);
	config_mac("a", 10, b);
	ck_assert_mem_ne(a, b, sizeof(a));
}
END_TEST

START_TEST(folders)
{
	struct vm_config cfg;

	OK("--fs", "/srv,src,ro,cache=never", "--fs",
	   "socket=/run/s,tag=ro", "--fs=.,tag=t,ro");
	ck_assert_uint_eq(cfg.nr_fs, 3);
	ck_assert_str_eq(cfg.fs[0].dir, "/srv");
	ck_assert_str_eq(cfg.fs[0].tag, "src");
	ck_assert_str_eq(cfg.fs[0].cache, "never");
	ck_assert(cfg.fs[0].ro && !cfg.fs[0].socket);
	ck_assert_str_eq(cfg.fs[1].socket, "/run/s");
	ck_assert_str_eq(cfg.fs[1].tag, "ro");
	ck_assert(!cfg.fs[1].ro && !cfg.fs[1].dir && !cfg.fs[1].cache);
	ck_assert_str_eq(cfg.fs[2].tag, "t");
	config_fini(&cfg);
	/* a forgotten tag is not the tag "ro" of a folder that is writable */
	BAD("--fs: \"tag\" is missing: wants DIR,TAG", "--fs", "/srv,ro");
	BAD("\"tag\" is missing", "--fs", "/srv");
	BAD("tag: wants a text of 1 to 36 bytes, this has 37", "--fs",
	    "/srv,0123456789012345678901234567890123456");
	BAD("wants a folder, or the socket", "--fs", "tag=x");
	BAD("dir and socket contradict", "--fs", "/srv,x,socket=/s");
	BAD("cannot be set with socket", "--fs", "socket=/s,tag=x,ro");
	BAD("cannot be set with socket", "--fs",
	    "socket=/s,tag=x,cache=auto");
	BAD("cache: wants one of \"auto\"", "--fs", "/srv,x,cache=some");
	BAD("--fs: has the same tag as another one", "--fs", "/a,x", "--fs",
	    "/b,x");
}
END_TEST

START_TEST(vsock)
{
	struct vm_config cfg;

	OK("--vsock", "3");
	ck_assert(cfg.nr_vsock == 1 && cfg.vsock.cid == 3 && !cfg.vsock.uds);
	config_fini(&cfg);
	OK("--vsock", "4,uds=/a", "--vsock=4294967294");
	ck_assert(cfg.nr_vsock == 1 && cfg.vsock.cid == 4294967294);
	ck_assert_ptr_null(cfg.vsock.uds);
	config_fini(&cfg);
	BAD("--vsock: cid: wants an integer 3 to 4294967294, got \"2\"",
	    "--vsock=2");
	BAD("got \"4294967295\"", "--vsock=4294967295");
	BAD("\"cid\" is missing", "--vsock=uds=/x");
}
END_TEST

START_TEST(ports)
{
	struct vm_config cfg;

	OK("--port", "org.qemu.guest_agent.0=/run/a=b", "--port",
	   "path=/x,,y,name=name", "--port=p,/z");
	ck_assert_uint_eq(cfg.nr_ports, 3);
	ck_assert_str_eq(cfg.ports[0].name, "org.qemu.guest_agent.0");
	ck_assert_str_eq(cfg.ports[0].path, "/run/a=b");
	ck_assert_str_eq(cfg.ports[1].name, "name");
	ck_assert_str_eq(cfg.ports[1].path, "/x,y");
	ck_assert_str_eq(cfg.ports[2].path, "/z");
	config_fini(&cfg);
	BAD("--port: \"path\" is missing: wants NAME=PATH", "--port=a");
	BAD("--port: name: wants letters", "--port=a/b=/x");
	BAD("--port: name: wants letters", "--port==/x");
	BAD("--port: name: wants 1 to 64", "--port=name=,path=/x");
	BAD("--port: path: wants the name of a file", "--port=a=");
	BAD("has the same name as another one", "--port=a=/x", "--port=a=/y");
}
END_TEST

/* As many as there may be, and one more; a number makes each different. */
static void limit(const char *option, const char *head, const char *tail,
		  unsigned int max, const char *noun)
{
	char words[CONFIG_DISKS_MAX + 1][64], text[64];
	const char *list[CONFIG_DISKS_MAX + 3];
	struct vm_config cfg;
	unsigned int i;

	list[0] = "I";
	for (i = 0; i <= max; i++) {
		snprintf(words[i], sizeof(words[i]), "%s=%s%u%s", option, head,
			 i, tail);
		list[i + 1] = words[i];
	}
	list[max + 2] = NULL;
	snprintf(text, sizeof(text), "%s: a guest has at most %u %s", option,
		 max, noun);
	cfg_bad(list, text);
	list[max + 1] = NULL;
	cfg_ok(list, &cfg);
	config_fini(&cfg);
}

START_TEST(limits)
{
	limit("--disk", "d", ",ro", 16, "disks");
	limit("--network", "tap,tapif=t", "", 8, "network devices");
	limit("--fs", "/srv,t", "", 8, "shared folders");
	limit("--port", "p", "=/x", 8, "console ports");
}
END_TEST

/* hvc0 is a byte shorter than ttyS0. */
START_TEST(console_on_the_command_line)
{
	char params[2035];
	struct vm_config cfg;

	memset(params, 'a', sizeof(params));
	params[2034] = '\0';
	OK("--console=virtio", "--params", params);
	config_fini(&cfg);
	BAD("2048 bytes", "--params", params);
}
END_TEST

T_MAIN("config_device", none_by_default, disks, words_and_commas, networks,
       network_alone,
       addresses, mac_from_name, folders, vsock, ports, limits,
       console_on_the_command_line)
