# SPDX-License-Identifier: GPL-2.0-or-later
#
# What tallyvm is tried with: bare-metal guests and the init of a Linux guest.
#
#   GUEST_B        where they go
#   CROSS_COMPILE  prefix of an arm64 compiler, empty on arm64

GUEST_B	?= build/arm64-static/guest
GUEST_CC := $(CROSS_COMPILE)gcc
GUEST_D	:= tests/guest

GUESTS	:= hello pmu nopmu filter smp timer reset panic spin mmio uart rtc check bench \
	pmukeep pmubench hostile virtio
GUEST_RT := guest exception fdt cpu gic mmu
# virtio has more than one file
VIRTIO	:= bus driver request ring setup state register packed pci \
	pcitest blk net vsock fs misc

GUEST_WARN := -Wall -Wextra -Wshadow -Wpointer-arith -Wwrite-strings -Wundef \
	-Wvla -Wformat=2 -Wimplicit-fallthrough -Wstrict-prototypes \
	-Wmissing-prototypes -Wold-style-definition
# No floating point registers and no unaligned accesses: the MMU is off.
GUEST_CFLAGS := -std=gnu11 -Os -g -ffreestanding -fpie -fno-stack-protector \
	-fno-asynchronous-unwind-tables -fno-tree-loop-distribute-patterns \
	-ffunction-sections -mgeneral-regs-only -mstrict-align \
	-DCPUS_MAX=64 -I$(GUEST_D)/rt $(GUEST_WARN) -MMD -MP \
	$(if $(filter 1,$(WERROR)),-Werror)
GUEST_LDFLAGS := -nostdlib -static -Wl,-pie,--no-dynamic-linker,--build-id=none \
	-Wl,--gc-sections,--no-warn-rwx-segments,-T,$(GUEST_D)/rt/guest.lds
GUEST_RT_OBJ := $(GUEST_RT:%=$(GUEST_B)/obj/rt/%.o)

# flat.bin is hello without a header; the .gz is what Image.gz is to Linux.
GUEST_BIN := $(GUEST_B)/off.bin $(GUESTS:%=$(GUEST_B)/%.bin) \
	$(GUEST_B)/flat.bin $(GUEST_B)/hello.bin.gz

# The inits of Linux guests
GUEST_INITS := $(addprefix $(GUEST_B)/,linux-init linux-sample linux-perf)

# No guests: they run beside tallyvm, or instead of it, in the emulated host.
GUEST_TOOLS := $(GUEST_B)/pty $(GUEST_B)/usock $(GUEST_B)/hostperf \
	$(GUEST_B)/pmuvm $(GUEST_B)/loadput $(GUEST_B)/hostshare \
	$(GUEST_B)/vsock

guests: $(GUEST_BIN) $(GUEST_INITS) $(GUEST_B)/linux.cpio $(GUEST_TOOLS)

$(GUEST_B)/obj/%.o: $(GUEST_D)/%.c
	@echo "  GUESTCC $@"
	@mkdir -p $(@D)
	$(Q)$(GUEST_CC) $(GUEST_CFLAGS) -c -o $@ $<

$(GUEST_B)/obj/%.o: $(GUEST_D)/%.S
	@echo "  GUESTAS $@"
	@mkdir -p $(@D)
	$(Q)$(GUEST_CC) $(GUEST_CFLAGS) -c -o $@ $<

$(GUEST_B)/obj/rt/start-flat.o: $(GUEST_D)/rt/start.S
	@echo "  GUESTAS $@"
	@mkdir -p $(@D)
	$(Q)$(GUEST_CC) $(GUEST_CFLAGS) -DFLAT -c -o $@ $<

$(GUEST_B)/flat.elf: $(GUEST_B)/obj/rt/start-flat.o $(GUEST_B)/obj/hello.o
$(GUESTS:%=$(GUEST_B)/%.elf): $(GUEST_B)/%.elf: $(GUEST_B)/obj/rt/start.o \
	$(GUEST_B)/obj/%.o
$(GUEST_B)/virtio.elf: $(VIRTIO:%=$(GUEST_B)/obj/virtio-%.o)

$(GUESTS:%=$(GUEST_B)/%.elf) $(GUEST_B)/flat.elf: $(GUEST_RT_OBJ) \
		$(GUEST_D)/rt/guest.lds
	@echo "  GUESTLD $@"
	$(Q)$(GUEST_CC) $(GUEST_LDFLAGS) -o $@ $(filter %.o,$^)

$(GUEST_B)/off.elf: $(GUEST_B)/obj/off.o
	@echo "  GUESTLD $@"
	$(Q)$(GUEST_CC) -nostdlib -static -Wl,-Ttext=0,-e,0,--build-id=none \
		-o $@ $<

$(GUEST_B)/%.bin: $(GUEST_B)/%.elf
	@echo "  OBJCOPY $@"
	$(Q)$(CROSS_COMPILE)objcopy -O binary $< $@

$(GUEST_B)/%.gz: $(GUEST_B)/%
	$(Q)gzip -9nc $< > $@

$(GUEST_B)/hostperf $(GUEST_B)/hostshare: $(addprefix $(GUEST_D)/,hostpmu.c \
	hostpmu.h)
$(GUEST_B)/pmuvm $(GUEST_B)/loadput: $(addprefix $(GUEST_D)/,hostpmu.c \
	hostpmu.h rawvm.c rawvm.h)

$(GUEST_INITS) $(GUEST_TOOLS): $(GUEST_B)/%: $(GUEST_D)/%.c
	@echo "  GUESTCC $@"
	@mkdir -p $(@D)
	$(Q)$(GUEST_CC) -std=gnu11 -O2 -D_GNU_SOURCE -static -s $(GUEST_WARN) \
		$(if $(filter 1,$(WERROR)),-Werror) -o $@ $(filter %.c,$^)

# An uncompressed archive with one file; the kernel's own archive brings
# /dev/console.
$(GUEST_B)/linux.cpio: $(GUEST_B)/linux-init
	@echo "  CPIO    $@"
	$(Q)rm -rf $@.d && mkdir -p $@.d && cp $< $@.d/init && \
		touch -d @0 $@.d/init
	$(Q)(cd $@.d && echo init | cpio -o -H newc -R 0:0 --reproducible \
		--quiet) > $@.tmp
	$(Q)rm -rf $@.d && mv $@.tmp $@

.PHONY: guests
.SECONDARY:
-include $(wildcard $(GUEST_B)/obj/*.d $(GUEST_B)/obj/rt/*.d)
