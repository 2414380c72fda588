/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * config - what the person asked for, complete and validated
 *
 * Built in three steps on the main thread, then read-only: defaults, then the
 * TOML file, then the command line; each later one overrides.  Every value
 * remembers where it came from, so that a message written much later can still
 * say "guest.toml:7:1" or "--cpus".
 *
 * One table (vmm/options.c, struct option_def) describes every setting: option
 * name, short letter, TOML key, type, range, default and help.  The parser, the
 * TOML reader, --help, --dry-run, the man page and the shell completions are
 * all driven by it.
 */
#ifndef VMM_CONFIG_H
#define VMM_CONFIG_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "cpuset.h"
#include "err.h"

#define CONFIG_CPUS_MAX		512	/* KVM_MAX_VCPUS of GICv3, vgic.h */
#define CONFIG_NAME_MAX		64
#define CONFIG_DISKS_MAX	16
#define CONFIG_NETS_MAX		8
#define CONFIG_FS_MAX		8
#define CONFIG_PORTS_MAX	8
#define CONFIG_SERIAL_MAX	20	/* VIRTIO_BLK_ID_BYTES */
#define CONFIG_TAG_MAX		36	/* of virtio_fs_config */
#define CONFIG_MAC_LEN		6

/* One for each row of the option table, in the table's order. */
enum option_id {
	OPT_CONFIG,		/* --config FILE			*/
	OPT_NAME,		/* --name NAME		name		*/
	OPT_CPUS,		/* -c --cpus N		cpus		*/
	OPT_MEM,		/* -m --mem SIZE[@ADDR]	mem		*/
	OPT_KERNEL,		/* -k --kernel FILE	kernel		*/
	OPT_INITRD,		/* -i --initrd FILE	initrd		*/
	OPT_PARAMS,		/* -p --params STRING	params		*/
	OPT_IRQCHIP,		/* --irqchip KIND	irqchip		*/
	OPT_KASLR_SEED,		/* --kaslr-seed N	kaslr-seed	*/
	OPT_DEV,		/* --dev FILE		dev		*/
	OPT_NODEFAULTS,		/* --nodefaults		nodefaults	*/
	OPT_DISK,		/* -d --disk FILE[,...]	disk		*/
	OPT_NETWORK,		/* -n --network MODE[,...]  network	*/
	OPT_FS,			/* --fs DIR,TAG[,...]	fs		*/
	OPT_VSOCK,		/* --vsock CID[,...]	vsock		*/
	OPT_CONSOLE,		/* --console serial|virtio  console	*/
	OPT_PORT,		/* --port NAME=PATH	port		*/
	OPT_RNG,		/* --rng		rng		*/
	OPT_BALLOON,		/* --balloon		balloon		*/
	OPT_VIRTIO_TRANSPORT,	/* --virtio-transport pci|mmio		*/
	OPT_RTC,		/* --rtc		rtc		*/
	OPT_PVPANIC,		/* --pvpanic		pvpanic		*/
	OPT_PANIC_TEXT,		/* --panic-text TEXT	panic-text	*/
	OPT_ON_RESET,		/* --on-reset restart|exit  on-reset	*/
	OPT_SVE,		/* --sve		sve		*/
	OPT_PTRAUTH,		/* --ptrauth		ptrauth		*/
	OPT_VCPU_AFFINITY,	/* --vcpu-affinity [VCPUS:]CPULIST	*/
	OPT_PMU,		/* --pmu		pmu.enable	*/
	OPT_PMU_COUNTERS,	/* --pmu-counters N	pmu.counters	*/
	OPT_PMU_PARTITION,	/* --pmu-partition N	pmu.partition	*/
	OPT_PMU_HOST_RESERVE,	/* --pmu-host-reserve M	pmu.host-reserve */
	OPT_PMU_FALLBACK,	/* --pmu-fallback none|emulate		*/
	OPT_PMU_FILTER,		/* --pmu-filter SPEC	pmu.filter	*/
	OPT_PMU_STRICT,		/* --pmu-strict		pmu.strict	*/
	OPT_PMU_ABI,		/* --pmu-partition-abi	pmu.partition-abi */
	OPT_PMU_ATTR,		/* --pmu-partition-attr	pmu.partition-attr */
	OPT_PMU_CLUSTER,	/* --pmu-cluster WHAT	pmu.cluster	*/
	OPT_LOGLEVEL,		/* --loglevel LEVEL	loglevel	*/
	OPT_DUMP_DTB,		/* --dump-dtb FILE	dump-dtb	*/
	OPT_DRY_RUN,		/* --dry-run				*/
	OPT_NUM
};

/* Where a value came from. */
enum origin_kind {
	ORIGIN_DEFAULT,
	ORIGIN_FILE,
	ORIGIN_COMMAND_LINE,
};

struct origin {
	enum origin_kind kind;
	unsigned int line, column;	/* from 1, for ORIGIN_FILE */
};

enum config_irqchip {		/* same order as enum gic_kind */
	IRQCHIP_AUTO,
	IRQCHIP_GICV2,
	IRQCHIP_GICV2M,
	IRQCHIP_GICV3,
	IRQCHIP_GICV3_ITS,
};

enum config_console {
	CONSOLE_SERIAL,
	CONSOLE_VIRTIO,		/* hvc0; the serial port stays, for earlycon */
};

enum config_transport {
	TRANSPORT_PCI,
	TRANSPORT_MMIO,
};

/*
 * The devices.  Each begins with its origin, see config_device_origin();
 * strings are owned, and NULL when not given.
 */
enum config_disk_io {
	IO_AUTO,	/* io_uring where the host allows it */
	IO_URING,
	IO_SYNC,	/* preadv and pwritev */
};

struct disk_config {
	struct origin origin;
	char *path;
	bool ro;
	bool direct;		/* past the host's page cache */
	char *serial;		/* 1 to CONFIG_SERIAL_MAX of ASCII, or NULL */
	unsigned int queues;	/* 1 to 16, default 1 */
	bool packed;		/* offer packed rings; default true */
	bool discard;		/* default true */
	bool raw;		/* although it starts like another format */
	enum config_disk_io io;
};

enum config_net_mode {
	NET_NONE,	/* in no net_config that config_parse() gives */
	NET_TAP,
	NET_USER,
};

struct net_config {
	struct origin origin;
	enum config_net_mode mode;
	char *tapif;		/* NULL: the kernel names the interface */
	bool vhost;
	int fd;			/* an open tap device, or -1 */
	unsigned int mq;	/* queue pairs, 1 to 8, default 1 */
	char *script;		/* program that gets the tap's name, or NULL */
	char *downscript;
	char *guest_ip, *host_ip;	/* IPv4, dotted, or NULL */
	uint8_t mac[CONFIG_MAC_LEN];	/* config_mac() when not given */
	bool mac_given;
	char *forward;		/* "SPEC;udp:SPEC", of passt's -t and -u */
	bool packed;		/* offer packed rings; default true */
	bool offload;		/* checksums and segments; default true */
};

/* Exactly one of dir and socket is there. */
struct fs_config {
	struct origin origin;
	char *dir;
	char *tag;		/* 1 to CONFIG_TAG_MAX bytes */
	bool ro;
	char *socket;		/* of a vhost-user server that runs already */
	char *cache;		/* word for virtiofsd --cache, or NULL */
};

struct vsock_config {
	struct origin origin;
	uint64_t cid;		/* 3 to 2^32 - 2, or 0: no vsock */
	char *uds;		/* socket of the host-side bridge, or NULL */
};

/* One more port of the virtio console, for a program in the guest. */
struct port_config {
	struct origin origin;
	char name[CONFIG_NAME_MAX + 1];	/* of /dev/virtio-ports/NAME */
	char *path;		/* a Unix socket, or a file */
};

struct vm_config {
	char *config_file;	/* all strings owned, NULL when not given */
	char name[CONFIG_NAME_MAX + 1];	/* default "guest-<pid>" */
	unsigned int cpus;	/* default 1 */
	uint64_t mem_size;	/* bytes, default 512 MiB */
	uint64_t mem_base;	/* default PLAT_RAM_BASE */
	char *kernel;		/* NULL only with dry_run */
	char *initrd;
	char *params;
	enum config_irqchip irqchip;
	bool kaslr_seed_given;
	uint64_t kaslr_seed;
	char *dev;		/* default "/dev/kvm" */
	bool nodefaults;	/* leave the command line alone */
	bool rtc;		/* default true; false with nodefaults */
	bool pvpanic;		/* the same */
	struct disk_config disks[CONFIG_DISKS_MAX];
	unsigned int nr_disks;	/* in the order written: vda, vdb, ... */
	struct net_config nets[CONFIG_NETS_MAX];
	unsigned int nr_nets;
	struct fs_config fs[CONFIG_FS_MAX];
	unsigned int nr_fs;
	struct vsock_config vsock;
	unsigned int nr_vsock;	/* 0 or 1 */
	enum config_console console;
	struct port_config ports[CONFIG_PORTS_MAX];
	unsigned int nr_ports;
	bool rng;		/* virtio-rng; default false */
	bool balloon;		/* virtio-balloon; default false */
	enum config_transport transport;	/* of all virtio devices */
	bool exit_on_reset;	/* --on-reset=exit; default restart */
	bool sve;		/* default true: where KVM offers it */
	bool ptrauth;		/* default true: where KVM offers it */
	struct cpuset *affinity;	/* owned, one for each vCPU; or NULL */
	bool pmu;		/* also where counters or partition imply it */
	int pmu_counters;	/* or PMU_COUNTERS_ALL */
	int pmu_partition;	/* or -1: no partition wanted */
	int pmu_host_reserve;	/* or -1: the host keeps what is left */
	bool pmu_fallback;	/* emulate when the host cannot partition */
	char *pmu_cluster;	/* pmu/policy.h; NULL: any */
	char *pmu_filter;	/* pmu/filter.h; NULL: count anything */
	int pmu_strict;		/* -1: where KVM has it; 0: no; 1: needed */
	int pmu_abi;		/* enum pmu_abi; default PMU_ABI_AUTO */
	int pmu_attr;		/* number of ENABLE_PARTITION */
	int loglevel;		/* enum log_level; default LOG_INFO */
	char *panic_text;	/* 1 to TRIPWIRE_MAX bytes, or NULL */
	char *dump_dtb;
	bool dry_run;
	struct origin origin[OPT_NUM];
};

/**
 * config_parse() - options and file to one validated configuration
 * @argc, @argv: what follows the subcommand: options in any order before and
 *               after the kernel, "--opt value" and "--opt=value"; the first
 *               other word is the kernel, or, if it ends in ".toml", the file
 * @ret:  filled; config_fini() it also after a failure
 * @e:    filled on failure: option or file:line:column, the key, the reason
 *
 * Reads no file but the TOML one, and looks at nothing of the host but whether
 * a disk is a directory.
 *
 * Return: 0, 1 when help was asked for (nothing printed), -EINVAL, -ENOMEM, or
 * what reading the TOML file gave; a file that cannot be read is ERR_CONFIG.
 */
int config_parse(int argc, char **argv, struct vm_config *ret, struct err *e);

/** config_fini() - free; legal on a zeroed object */
void config_fini(struct vm_config *cfg);

/** config_print() - the resolved configuration as TOML that can be run again,
 * from any folder, each line with a comment that says where the value came
 * from */
void config_print(const struct vm_config *cfg, FILE *out);

/** config_origin() - "--cpus", "guest.toml:7:1" or "default", in @buf */
const char *config_origin(const struct vm_config *cfg, enum option_id id,
			  char *buf, size_t len);

/** config_device_origin() - as config_origin(), of one device: @origin is its
 * first member, @id its option */
const char *config_device_origin(const struct vm_config *cfg,
				 enum option_id id,
				 const struct origin *origin, char *buf,
				 size_t len);

/**
 * config_mac() - the static address of a guest's network device
 * @name:  of the VM
 * @index: of the device in the VM, from 0
 * @ret:   CONFIG_MAC_LEN bytes, unicast and locally administered
 *
 * The same in every version of tallyvm: guests know their interfaces by it.
 */
void config_mac(const char *name, unsigned int index, uint8_t *ret);

#endif /* VMM_CONFIG_H */
