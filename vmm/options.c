// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * options - the table itself
 *
 * The prose in text ends up in tallyvm-run(1): after a change of the table run
 * man/update.sh; tests/unit/test_docs.c compares.
 */
#include "options.h"

#include <assert.h>

#include "log.h"
#include "pmu/apply.h"
#include "pmu/plan.h"
#include "tripwire.h"

#define TARGET(field)						\
	.offset = offsetof(struct vm_config, field),		\
	.size = sizeof(((struct vm_config *)0)->field)

static const struct option_word irqchip_words[] = {
	{ .name = "auto", .value = IRQCHIP_AUTO },
	{ .name = "gicv2", .value = IRQCHIP_GICV2 },
	{ .name = "gicv2m", .value = IRQCHIP_GICV2M },
	{ .name = "gicv3", .value = IRQCHIP_GICV3 },
	{ .name = "gicv3-its", .value = IRQCHIP_GICV3_ITS },
	{ .name = NULL }
};

static const struct option_word console_words[] = {
	{ .name = "serial", .value = CONSOLE_SERIAL },
	{ .name = "virtio", .value = CONSOLE_VIRTIO },
	{ .name = "hv", .refused = true },
	{ .name = NULL }
};

static const struct option_word transport_words[] = {
	{ .name = "pci", .value = TRANSPORT_PCI },
	{ .name = "mmio", .value = TRANSPORT_MMIO },
	{ .name = "pci-legacy", .refused = true },
	{ .name = "mmio-legacy", .refused = true },
	{ .name = NULL }
};

static const struct option_word on_reset_words[] = {
	{ .name = "restart", .value = false },
	{ .name = "exit", .value = true },
	{ .name = NULL }
};

static const struct option_word fallback_words[] = {
	{ .name = "none", .value = false },
	{ .name = "emulate", .value = true },
	{ .name = NULL }
};

static const struct option_word abi_words[] = {
	{ .name = "auto", .value = PMU_ABI_AUTO },
	{ .name = "attribute", .value = PMU_ABI_ATTRIBUTE },
	{ .name = "ioctl-count", .value = PMU_ABI_IOCTL_COUNT },
	{ .name = "ioctl-enable", .value = PMU_ABI_IOCTL_ENABLE },
	{ .name = "capability", .value = PMU_ABI_CAPABILITY },
	{ .name = NULL }
};

static const struct option_word loglevel_words[] = {
	{ .name = "error", .value = LOG_ERROR },
	{ .name = "warning", .value = LOG_WARNING },
	{ .name = "info", .value = LOG_INFO },
	{ .name = "debug", .value = LOG_DEBUG },
	{ .name = NULL }
};

const struct option_def option_table[] = {
	[OPT_CONFIG] = {
		.name = "config", .arg = "FILE",
		.type = OPTION_PATH, .group = GROUP_RUN,
		TARGET(config_file),
		.help = "read settings from a TOML file",
		.text = "Read settings from a TOML file, tallyvm.toml(5). "
			"Options override what the file says, wherever they "
			"stand on the command line. "
			"A first word that ends in .toml means the same.",
	},
	[OPT_NAME] = {
		.name = "name", .key = "name", .arg = "NAME",
		.type = OPTION_NAME, .group = GROUP_RUN,
		TARGET(name), .initial = "guest-PID",
		.help = "what to call the guest",
		.text = "Name of the guest: at most 64 letters, digits, dots, "
			"underscores and dashes, the first a letter or digit.",
	},
	[OPT_CPUS] = {
		.name = "cpus", .letter = 'c', .key = "cpus", .arg = "N",
		.type = OPTION_INT, .min = 1, .max = CONFIG_CPUS_MAX,
		.group = GROUP_CPU,
		TARGET(cpus), .initial = "1",
		.help = "number of vCPUs",
		.text = "Number of vCPUs. "
			"KVM may allow fewer than 512, and GICv2 allows 8.",
	},
	[OPT_MEM] = {
		.name = "mem", .letter = 'm', .key = "mem",
		.arg = "SIZE[@ADDR]",
		.type = OPTION_SIZE, .group = GROUP_GUEST,
		TARGET(mem_size), .initial = "512M",
		.help = "guest memory: a number and B, K, M, G, T or P",
		.text = "Size of guest memory: a number and one of the "
			"letters B, K, M, G, T and P; a number alone counts "
			"MiB. "
			"At least 2 MiB, in steps of 64 KiB. "
			"ADDR is the guest physical address where it begins, "
			"in bytes unless a letter follows: at least 2 GiB, "
			"which is the default, and a multiple of 2 MiB. "
			"Numbers are decimal, or hexadecimal after 0x. "
			"A leading zero does not make a number octal, as it "
			"does for lkvm: 0512 is 512.",
	},
	[OPT_KERNEL] = {
		.name = "kernel", .letter = 'k', .key = "kernel",
		.arg = "FILE",
		.type = OPTION_PATH, .group = GROUP_GUEST,
		TARGET(kernel),
		.help = "kernel to boot; the first word means the same",
		.text = "Kernel to boot: an arm64 Image, plain, compressed by "
			"gzip, or as an EFI zboot file of gzip or zstd; or a "
			"flat binary, which is loaded 512 KiB into guest "
			"memory. "
			"The first word that is not an option means the same.",
	},
	[OPT_INITRD] = {
		.name = "initrd", .letter = 'i', .key = "initrd",
		.arg = "FILE",
		.type = OPTION_PATH, .group = GROUP_GUEST,
		TARGET(initrd),
		.help = "initial RAM disk",
		.text = "Initial RAM disk, given to the kernel as it is.",
	},
	[OPT_PARAMS] = {
		.name = "params", .letter = 'p', .key = "params",
		.arg = "STRING",
		.type = OPTION_STRING, .group = GROUP_GUEST,
		TARGET(params),
		.help = "kernel command line, after console=ttyS0",
		.text = "Kernel command line. "
			"console=ttyS0, or console=hvc0 with "
			"--console=virtio, is put before it unless "
			"--nodefaults is given; nothing else is added, no "
			"root= either. "
			"Both together have at most 2047 bytes.",
	},
	[OPT_IRQCHIP] = {
		.name = "irqchip", .key = "irqchip", .arg = "KIND",
		.type = OPTION_WORD, .words = irqchip_words,
		.group = GROUP_CPU,
		TARGET(irqchip), .initial = "auto",
		.help = "auto, gicv2, gicv2m, gicv3 or gicv3-its",
		.text = "Interrupt controller: auto, gicv2, gicv2m, gicv3 or "
			"gicv3-its. "
			"auto takes the first that KVM has of gicv3-its, "
			"gicv3 and gicv2m. "
			"gicv2m is a GICv2 with a frame for the message "
			"signalled interrupts of PCI devices, which gicv3-its "
			"has in its ITS; with the others PCI devices use "
			"their four wires.",
	},
	[OPT_KASLR_SEED] = {
		.name = "kaslr-seed", .key = "kaslr-seed", .arg = "N",
		.type = OPTION_SEED, .group = GROUP_GUEST,
		TARGET(kaslr_seed), .initial = "random",
		.help = "seed of address randomisation; 0: none",
		.text = "Seed for the kernel's address space layout "
			"randomisation, 64 bits. "
			"0 switches the randomisation off. "
			"With a seed given, the guest's rng-seed is derived "
			"from it, so that its boot can be repeated.",
	},
	[OPT_DEV] = {
		.name = "dev", .key = "dev", .arg = "FILE",
		.type = OPTION_PATH, .group = GROUP_RUN,
		TARGET(dev), .initial = "/dev/kvm",
		.help = "KVM device",
		.text = "The device node of KVM.",
	},
	[OPT_NODEFAULTS] = {
		.name = "nodefaults", .key = "nodefaults",
		.type = OPTION_BOOL, .group = GROUP_DEVICE,
		TARGET(nodefaults), .initial = "off",
		.help = "no rtc, no pvpanic, --params left alone",
		.text = "Leave out what is there by default: the clock and "
			"the panic device, unless --rtc or --pvpanic asks for "
			"them, and console= on the kernel command line. "
			"The serial port stays, and so does every device that "
			"was asked for.",
	},
	[OPT_DISK] = {
		.name = "disk", .letter = 'd', .key = "disk",
		.arg = "FILE[,KEY]...",
		.type = OPTION_DEVICE, .device = &option_disk,
		.group = GROUP_DEVICE,
		TARGET(disks),
		.help = "virtio disk; repeatable",
		.text = "A disk for the guest, from a raw image or a block "
			"device: the first is /dev/vda in Linux, the second "
			"/dev/vdb. "
			"May be given 16 times. "
			"Unlike lkvm, tallyvm puts no root=/dev/vda on the "
			"kernel command line: say so yourself, as in -d "
			"debian.img -p \"root=/dev/vda1 rw\". "
			"A folder is no disk; --fs shares one. "
			"A file that starts like a qcow2, VMDK or VHDX image "
			"is refused: convert it with qemu-img convert -O raw, "
			"or show it as a raw file with qemu-storage-daemon "
			"--export type=fuse (see EXAMPLES). "
			"raw is for a disk that only starts like one. "
			"Disks are locked as QEMU locks them, and each of the "
			"two sees the other: one writer and nobody else, or "
			"any number with ro. "
			"A block device that the host has mounted is refused "
			"as well, unless it is ro. "
			"io says how the host is asked: uring by io_uring, "
			"which needs Linux 6.1 or later that allows it, or "
			"tallyvm ends with status 77; sync by system calls, "
			"each of which holds up the queue; auto by io_uring "
			"where it is possible and the file is not in memory "
			"(tmpfs), else by system calls. "
			"direct goes past the page cache of the host, which "
			"the file system has to be able to do. "
			"A request that is not aligned as that wants it goes "
			"through the page cache all the same; the guest is "
			"told the size of block that fits. "
			"When the host has failed to flush a disk, every "
			"later flush fails too until tallyvm is started "
			"again, for the host forgets what it could not write.",
	},
	[OPT_NETWORK] = {
		.name = "network", .letter = 'n', .key = "network",
		.arg = "MODE[,KEY]...",
		.type = OPTION_DEVICE, .device = &option_network,
		.group = GROUP_DEVICE,
		TARGET(nets), .instead = "for a tap write \"-n tap\"",
		.help = "virtio network device; repeatable",
		.text = "A network device for the guest. "
			"tap connects it to a tap interface of the host, user "
			"to the networks of the host through passt(1), which "
			"needs no privileges; none is no device. "
			"May be given 8 times. "
			"With other keys and no mode, the mode is tap; for "
			"the -n with nothing behind it that lkvm takes, write "
			"-n tap: what follows could be the kernel. "
			"A tap that tallyvm makes is brought up by script, "
			"or else gets the address host_ip, which is "
			"192.168.33.1 unless it is said; the guest sets its "
			"own. "
			"A tap that was there before, or comes with fd, is "
			"left as it is, but for what script does. "
			"passt offers the guest the address guest_ip and the "
			"gateway host_ip, without these the host's own. "
			"packed is for rings that tallyvm serves; those that "
			"vhost or passt (as a vhost-user device) serve are "
			"split, whatever it says. "
			"What forward names is given to passt: without a "
			"prefix or with tcp: as for its option -t, with udp: "
			"as for -u. "
			"forward may be there many times. "
			"Without guest_mac, the address is made from the "
			"guest's --name and the order of the devices, so it "
			"stays the same for a guest that has a name.",
	},
	[OPT_FS] = {
		.name = "fs", .key = "fs",
		.arg = "DIR,TAG[,KEY]...",
		.type = OPTION_DEVICE, .device = &option_fs,
		.group = GROUP_DEVICE,
		TARGET(fs),
		.help = "share a folder by virtiofs; repeatable",
		.text = "Share a folder of the host with the guest, through "
			"virtiofsd(1). "
			"In the guest, \"mount -t virtiofs TAG /mnt\" makes it "
			"appear. "
			"May be given 8 times, with different tags. "
			"In the place of DIR, socket=FILE names the "
			"vhost-user socket of a virtiofsd that runs already: "
			"socket=/run/fs.sock,tag=TAG. "
			"A virtiofsd that ends is started again, or with "
			"socket waited for. What the guest had open there "
			"then fails; it mounts the folder again.",
	},
	[OPT_VSOCK] = {
		.name = "vsock", .key = "vsock",
		.arg = "CID[,uds=PATH]",
		.type = OPTION_DEVICE, .device = &option_vsock,
		.group = GROUP_DEVICE,
		TARGET(vsock),
		.help = "vsock device with this address",
		.text = "Sockets between host and guest that need no network. "
			"CID is the guest's address, 3 to 4294967294, which "
			"no other guest of the host may have. "
			"With uds, programs on the host reach the guest "
			"through a Unix socket at PATH, and the guest theirs: "
			"who sends \"CONNECT 1000\" and a line feed there is "
			"connected to port 1000 of the guest and reads \"OK\" "
			"and a number first; what the guest connects to at "
			"port 2000 of the host, CID 2, is the socket "
			"PATH_2000, when there is one.",
	},
	[OPT_CONSOLE] = {
		.name = "console", .key = "console", .arg = "KIND",
		.type = OPTION_WORD, .words = console_words,
		.group = GROUP_DEVICE,
		TARGET(console), .initial = "serial",
		.help = "the guest's console: serial or virtio",
		.text = "Device of the guest's console: the serial port, or a "
			"virtio console. "
			"With virtio, console=hvc0 takes the place of "
			"console=ttyS0 on the kernel command line; the serial "
			"port stays, for earlycon. "
			"A guest may print on the virtio console before it "
			"has started its driver, a character at a time into "
			"the register emerg_wr (VIRTIO_CONSOLE_F_EMERG_WRITE); "
			"Linux does not. "
			"Such a character is lost where standard output takes "
			"none and 64 KiB wait already.",
	},
	[OPT_PORT] = {
		.name = "port", .key = "port", .arg = "NAME=PATH",
		.type = OPTION_DEVICE, .device = &option_port,
		.group = GROUP_DEVICE,
		TARGET(ports),
		.help = "virtio console port; repeatable",
		.text = "A port for a program in the guest, where it is "
			"/dev/virtio-ports/NAME. "
			"What is at PATH on the host decides. "
			"Where there is nothing, tallyvm makes a Unix socket, "
			"for its own user only, listens on it for one client "
			"at a time, and removes it at the end; a socket that "
			"nobody listens on any more is replaced. "
			"What a file, a FIFO or a character device is given is "
			"what the guest writes, behind what is there; nothing "
			"is read from it. "
			"Anything else is refused. "
			"A guest waits for a slow reader and loses nothing; "
			"what it writes while there is no client, which Linux "
			"does not do, is discarded. "
			"May be given 8 times, with different names, and with "
			"either --console.",
	},
	[OPT_RNG] = {
		.name = "rng", .key = "rng",
		.type = OPTION_BOOL, .group = GROUP_DEVICE,
		TARGET(rng), .initial = "off",
		.help = "virtio random number device",
		.text = "Offer a virtio device with random numbers of the "
			"host.",
	},
	[OPT_BALLOON] = {
		.name = "balloon", .key = "balloon",
		.type = OPTION_BOOL, .group = GROUP_DEVICE,
		TARGET(balloon), .initial = "off",
		.help = "virtio memory balloon",
		.text = "Offer a virtio balloon, by which the guest gives "
			"memory back to the host: when it is asked to, by "
			"tallyvm-balloon(1), and what it has free without "
			"being asked. "
			"tallyvm stat -m shows how the guest uses its memory.",
	},
	[OPT_VIRTIO_TRANSPORT] = {
		.name = "virtio-transport", .key = "virtio-transport",
		.arg = "KIND",
		.type = OPTION_WORD, .words = transport_words,
		.group = GROUP_DEVICE,
		TARGET(transport), .initial = "pci",
		.help = "pci or mmio, for all virtio devices",
		.text = "How the guest finds its virtio devices: on a PCI bus, "
			"or as virtio-mmio nodes of the device tree. "
			"Debian's kernels have PCI built in, and mmio as a "
			"module.",
	},
	[OPT_RTC] = {
		.name = "rtc", .key = "rtc",
		.type = OPTION_BOOL, .group = GROUP_DEVICE,
		TARGET(rtc), .initial = "on",
		.help = "PL031 real-time clock",
		.text = "Offer a PL031 real-time clock with the host's time.",
	},
	[OPT_PANIC_TEXT] = {
		.name = "panic-text", .key = "panic-text", .arg = "TEXT",
		.type = OPTION_STRING, .group = GROUP_RUN,
		TARGET(panic_text), .min = 1, .max = TRIPWIRE_MAX,
		.help = "this on the console is a guest panic: status 34",
		.text = "Take it as a panic when the guest writes TEXT to its "
			"console, and end with status 34 soon after it. "
			"For kernels without a pvpanic driver, such as "
			"Debian's, with \"Kernel panic - not syncing\". "
			"Whatever else writes the same text in the guest ends "
			"it too.",
	},
	[OPT_PVPANIC] = {
		.name = "pvpanic", .key = "pvpanic",
		.type = OPTION_BOOL, .group = GROUP_DEVICE,
		TARGET(pvpanic), .initial = "on",
		.help = "pvpanic device: report a guest panic as status 34",
		.text = "Offer a qemu,pvpanic-mmio device. "
			"The driver pvpanic-mmio of Linux "
			"(CONFIG_PVPANIC_MMIO) writes to it when the guest "
			"panics; tallyvm then ends with status 34.",
	},
	[OPT_ON_RESET] = {
		.name = "on-reset", .key = "on-reset", .arg = "ACTION",
		.type = OPTION_WORD, .words = on_reset_words,
		.group = GROUP_RUN,
		TARGET(exit_on_reset), .initial = "restart",
		.help = "after a guest reset: restart, or exit (status 32)",
		.text = "What to do when the guest resets itself: restart "
			"boots the same kernel again, exit ends tallyvm with "
			"status 32.",
	},
	[OPT_SVE] = {
		.name = "sve", .key = "sve",
		.type = OPTION_BOOL, .group = GROUP_CPU,
		TARGET(sve), .initial = "on",
		.help = "Scalable Vector Extension, where KVM offers it",
		.text = "Offer the Scalable Vector Extension to the guest, "
			"where KVM has it.",
	},
	[OPT_PTRAUTH] = {
		.name = "ptrauth", .key = "ptrauth",
		.type = OPTION_BOOL, .group = GROUP_CPU,
		TARGET(ptrauth), .initial = "on",
		.help = "pointer authentication, where KVM offers it",
		.text = "Offer pointer authentication to the guest, where KVM "
			"has it.",
	},
	[OPT_VCPU_AFFINITY] = {
		.name = "vcpu-affinity", .key = "vcpu-affinity",
		.arg = "[VCPUS:]CPULIST",
		.type = OPTION_CPULIST, .group = GROUP_CPU,
		.help = "host CPUs of all vCPUs, or of some; repeatable",
		.text = "Pin vCPUs to host CPUs. "
			"2-3 allows CPUs 2 and 3 to every vCPU, 0:2 pins vCPU "
			"0 to CPU 2, 1-3:4-7 allows CPUs 4 to 7 to vCPUs 1, 2 "
			"and 3. "
			"May be given many times; for one vCPU the last one "
			"counts. "
			"If it is on the command line at all, those in the "
			"file do not count. "
			"All other threads stay off these CPUs where "
			"possible.",
	},
	[OPT_PMU] = {
		.name = "pmu", .key = "pmu.enable",
		.type = OPTION_BOOL, .group = GROUP_PMU,
		TARGET(pmu), .initial = "off",
		.help = "give the guest a PMU, emulated by KVM",
		.text = "Give the guest a performance monitoring unit "
			"(PMUv3), which KVM emulates with perf events of the "
			"host. "
			"On a host with more than one kind of CPU the vCPUs "
			"are placed on CPUs of one kind, or "
			"--vcpu-affinity must do so.",
	},
	[OPT_PMU_COUNTERS] = {
		.name = "pmu-counters", .key = "pmu.counters", .arg = "N",
		.type = OPTION_INT, .min = 0, .max = PMU_COUNTERS_MAX,
		.group = GROUP_PMU,
		TARGET(pmu_counters), .initial = "all the host has",
		.help = "event counters of the guest, 0 to 31",
		.text = "Number of event counters the guest sees; the cycle "
			"counter comes on top. "
			"Implies --pmu. "
			"The number is read back on every vCPU: the guest "
			"does not start with another.",
	},
	[OPT_PMU_PARTITION] = {
		.name = "pmu-partition", .key = "pmu.partition", .arg = "N",
		.type = OPTION_INT, .min = 0, .max = PMU_COUNTERS_MAX,
		.group = GROUP_PMU,
		TARGET(pmu_partition),
		.help = "give N of the hardware's counters to the guest",
		.text = "Partition the hardware: N event counters and the "
			"cycle counter belong to the guest while it runs, "
			"without emulation. "
			"Implies --pmu. "
			"Needs a kernel and a host that can; if they cannot, "
			"tallyvm says what is missing and ends with status "
			"77, unless --pmu-fallback says otherwise.",
	},
	[OPT_PMU_HOST_RESERVE] = {
		.name = "pmu-host-reserve", .key = "pmu.host-reserve",
		.arg = "M",
		.type = OPTION_INT, .min = 0, .max = PMU_COUNTERS_MAX,
		.group = GROUP_PMU,
		TARGET(pmu_host_reserve), .initial = "what is left",
		.help = "event counters the host keeps at least",
		.text = "Number of event counters that must be left to the "
			"host beside --pmu-partition. "
			"If the PMU has not as many as both together, nothing "
			"is started.",
	},
	[OPT_PMU_FALLBACK] = {
		.name = "pmu-fallback", .key = "pmu.fallback", .arg = "HOW",
		.type = OPTION_WORD, .words = fallback_words,
		.group = GROUP_PMU,
		TARGET(pmu_fallback), .initial = "none",
		.help = "no partition possible: none (end), or emulate",
		.text = "What to do where --pmu-partition is not possible: "
			"none ends with status 77, emulate gives the guest as "
			"many counters of an emulated PMU, and says so.",
	},
	[OPT_PMU_FILTER] = {
		.name = "pmu-filter", .key = "pmu.filter", .arg = "SPEC",
		.type = OPTION_STRING, .group = GROUP_PMU,
		TARGET(pmu_filter), .initial = "count anything",
		.help = "allow:EVENT,... or deny:EVENT,...",
		.text = "Which events the guest may count; its counters stay "
			"at zero for all others. "
			"An event is a name of the Arm architecture such as "
			"CPU_CYCLES, a name that the host kernel has for this "
			"PMU (tallyvm pmu list shows them), a number such as "
			"0x11, or a range of numbers such as 0x10-0x1f. "
			"With allow: only these events count, with deny: all "
			"but these. "
			"Several lists may be joined by a semicolon, in any "
			"order: what is allowed less what is denied. "
			"CPU_CYCLES stands for the cycle counter too; "
			"SW_INCR and CHAIN are never filtered. "
			"Implies --pmu.",
	},
	[OPT_PMU_STRICT] = {
		.name = "pmu-strict", .key = "pmu.strict",
		.type = OPTION_BOOL, .group = GROUP_PMU,
		TARGET(pmu_strict), .initial = "where KVM has it",
		.help = "strict PMU of Linux 7.3",
		.text = "The kind of guest PMU that Linux 7.3 calls strict: "
			"it is always that of the host PMU that was chosen, "
			"with its stall events, and the number of counters "
			"cannot be changed by a write to PMCR_EL0. "
			"Without the option it is used where KVM has it; with "
			"it, which implies --pmu, a kernel without ends in "
			"status 77.",
	},
	[OPT_PMU_ABI] = {
		.name = "pmu-partition-abi", .key = "pmu.partition-abi",
		.arg = "KIND",
		.type = OPTION_WORD, .words = abi_words, .group = GROUP_PMU,
		TARGET(pmu_abi), .initial = "auto",
		.help = "which interface is spoken: for experiments",
		.text = "For experiments: which shape of the partitioning "
			"series' interface is spoken, one of auto, attribute "
			"(version 6 and later), ioctl-count (version 1), "
			"ioctl-enable (versions 2 to 4) and capability "
			"(version 5). "
			"auto finds attribute and ioctl-count by trying them. "
			"The other two must be named, because their numbers "
			"mean something else in other kernels: say so only of "
			"a kernel that you know.",
	},
	[OPT_PMU_ATTR] = {
		.name = "pmu-partition-attr", .key = "pmu.partition-attr",
		.arg = "N",
		.type = OPTION_INT, .min = 5, .max = 0xffff,
		.group = GROUP_PMU,
		TARGET(pmu_attr), .initial = "5",
		.help = "number of the partition attribute",
		.text = "For experiments: the number that "
			"KVM_ARM_VCPU_PMU_V3_ENABLE_PARTITION has in this "
			"kernel. "
			"5 is not assigned upstream, and a later version of "
			"the series may move.",
	},
	[OPT_PMU_CLUSTER] = {
		.name = "pmu-cluster", .key = "pmu.cluster", .arg = "WHAT",
		.type = OPTION_STRING, .group = GROUP_PMU,
		TARGET(pmu_cluster), .initial = "any",
		.help = "place on auto, big, mid, little, a PMU, or any",
		.text = "Which of the host's clusters the vCPUs are placed "
			"on, and that each gets a CPU of its own while there "
			"are enough that no other guest of tallyvm has. "
			"big, mid and little go by the capacity of the cores; "
			"a name is that of a PMU, such as armv8_cortex_a72, or "
			"of a core, such as cortex-a72; auto takes the "
			"cluster that other guests use least. "
			"any, without which nothing of this applies, is one "
			"PMU with room for every vCPU and all of its CPUs. "
			"Implies --pmu. "
			"Not together with --vcpu-affinity.",
	},
	[OPT_LOGLEVEL] = {
		.name = "loglevel", .key = "loglevel", .arg = "LEVEL",
		.type = OPTION_WORD, .words = loglevel_words,
		.group = GROUP_RUN,
		TARGET(loglevel), .initial = "info",
		.help = "error, warning, info or debug; on stderr",
		.text = "How much tallyvm itself says on standard error: "
			"error, warning, info or debug. "
			"The guest's console is on standard output.",
	},
	[OPT_DUMP_DTB] = {
		.name = "dump-dtb", .key = "dump-dtb", .arg = "FILE",
		.type = OPTION_PATH, .group = GROUP_RUN,
		TARGET(dump_dtb),
		.help = "write the guest's device tree to a file",
		.text = "Write the device tree that the guest gets to a file, "
			"then run the guest.",
	},
	[OPT_DRY_RUN] = {
		.name = "dry-run",
		.type = OPTION_BOOL, .group = GROUP_RUN,
		TARGET(dry_run),
		.help = "print configuration and plan, start nothing",
		.text = "Print the resolved configuration as TOML, with the "
			"place each value came from, and the plan for the "
			"vCPUs and their PMU; start nothing. "
			"No kernel needs to be named.",
	},
};

static_assert(sizeof(option_table) / sizeof(option_table[0]) == OPT_NUM,
	      "a row for each option_id");
static_assert(sizeof(enum config_irqchip) == sizeof(int) &&
	      sizeof(enum config_console) == sizeof(int) &&
	      sizeof(enum config_transport) == sizeof(int),
	      "words are stored as int or as bool");
