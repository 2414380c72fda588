# SPDX-License-Identifier: GPL-2.0-or-later
#
# tallyvm: "make demo" shows it, "make test" proves it, "make help" lists.

ARCH	?= $(shell uname -m | sed s/aarch64/arm64/)
HOST	:= $(shell uname -m | sed s/aarch64/arm64/)
SAN	?= 0
WERROR	?= 0
STATIC	?= 0
V	?= 0
B	:= build/$(ARCH)$(if $(filter 1,$(SAN)),-san)$(if $(filter 1,$(STATIC)),-static)

include scripts/toolchain.mk

WARN	:= -Wall -Wextra -Wshadow -Wpointer-arith -Wwrite-strings -Wundef \
	-Wvla -Wformat=2 -Wimplicit-fallthrough
CWARN	:= -Wstrict-prototypes -Wmissing-prototypes -Wold-style-definition
HARDEN	:= -fstack-protector-strong -fstack-clash-protection \
	-ftrivial-auto-var-init=zero $(BRANCH_PROTECTION)
INC	:= -Iinclude -I.
OPT	?= -O2 -g
ifeq ($(SAN),1)
OPT	:= -O1 -g -fsanitize=address,undefined -fno-sanitize-recover=undefined
else
HARDEN	+= -D_FORTIFY_SOURCE=2
endif
FLAGS	:= $(OPT) $(WARN) $(HARDEN) $(INC) $(DEP_CFLAGS) -D_GNU_SOURCE -pthread \
	-fPIE -MMD -MP $(if $(filter 1,$(WERROR)),-Werror)
CFLAGS	+= -std=gnu11 $(CWARN) $(FLAGS)
CXXFLAGS += -std=c++17 -fno-exceptions -fno-rtti $(FLAGS)
LDFLAGS	+= $(OPT) -pthread -Wl,-z,relro,-z,now \
	$(if $(filter 1,$(STATIC)),-static-pie,-pie)

SRC	:= $(filter-out vmm/main.c,$(wildcard vmm/*.c arm64/*.c pmu/*.c virtio/*.c))
CXXSRC	:= $(wildcard vmm/*.cc)
OBJ	:= $(SRC:%.c=$(B)/%.o) $(CXXSRC:%.cc=$(B)/%.o)
LIB	:= $(B)/libtallyvm.a
TALLYVM	:= $(B)/tallyvm
UNIT	:= $(patsubst tests/unit/%.c,$(B)/unit/%,$(wildcard tests/unit/test_*.c))
UNITOBJ	:= $(patsubst %.c,$(B)/%.o,$(filter-out $(wildcard tests/unit/test_*.c),\
	$(wildcard tests/unit/*.c)))
UNITLIB	:= $(B)/tests/unit/libunit.a
Q	:= $(if $(filter 1,$(V)),,@)

all: $(TALLYVM)

$(TALLYVM): $(B)/vmm/main.o $(LIB)
	@echo "  LD      $@"
	$(Q)$(CXX) $(LDFLAGS) -o $@ $^ $(DEP_LIBS)

# Helpers of tests come before the library, and only as far as a test asks.
$(LIB): $(OBJ)
$(UNITLIB): $(UNITOBJ)
$(LIB) $(UNITLIB):
	@echo "  AR      $@"
	$(Q)rm -f $@; $(AR) rcs $@ $^

$(B)/%.o: %.c | $(DEPS_READY)
	@echo "  CC      $@"
	@mkdir -p $(@D)
	$(Q)$(CC) $(CFLAGS) -c -o $@ $<

$(B)/%.o: %.cc | $(DEPS_READY)
	@echo "  CXX     $@"
	@mkdir -p $(@D)
	$(Q)$(CXX) $(CXXFLAGS) -c -o $@ $<

$(B)/unit/%: $(B)/tests/unit/%.o $(UNITLIB) $(LIB)
	@echo "  LD      $@"
	@mkdir -p $(@D)
	$(Q)$(CXX) $(LDFLAGS) -o $@ $^ $(DEP_LIBS) $(CHECK_LIBS)

unit: $(UNIT)

check: unit $(TALLYVM)
	$(Q)scripts/check.sh $(B)

include scripts/targets.mk

clean:
	rm -rf build

.PHONY: all unit check clean
.DEFAULT_GOAL := all
.SECONDARY:
-include $(shell find $(B) -name '*.d' 2>/dev/null)
