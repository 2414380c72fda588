# SPDX-License-Identifier: GPL-2.0-or-later
#
# toolchain.mk - compilers, libraries and the flags that depend on the machine
#
# ARCH=arm64 on x86_64 is a cross-build against a sysroot that scripts/fetch
# puts into the cache; everything else is native.  DEPS_READY is what objects
# wait for: a check that says in one line what is missing.

ifeq ($(filter $(ARCH),arm64 $(HOST)),)
$(error tallyvm: cannot build ARCH=$(ARCH) on $(HOST); use ARCH=arm64, or none)
endif

CACHE	:= $(or $(TALLYVM_CACHE),$(or $(XDG_CACHE_HOME),$(HOME)/.cache)/tallyvm)
# The archives of jansson and liburing: only the commands that report use the
# one, only disks the other, and a shared library would be loaded at every start
# of a guest.
DEP_LIBS := -lfdt -lcap -lz -lzstd -l:libjansson.a -l:liburing.a
DEPS_READY := $(B)/.deps
CHECK_LIBS = $(shell pkg-config --libs check 2>/dev/null || echo -lcheck)

ifeq ($(ARCH),$(HOST))
ifeq ($(origin CC),default)
CC	:= gcc
endif
ifeq ($(origin CXX),default)
CXX	:= g++
endif
AR	:= ar
else
CROSS_COMPILE ?= aarch64-linux-gnu-
CC	:= $(CROSS_COMPILE)gcc
CXX	:= $(CROSS_COMPILE)g++
AR	:= $(CROSS_COMPILE)ar
ifndef SYSROOT
SYSROOT	:= $(CACHE)/sysroot-$(shell . /etc/os-release && echo $$VERSION_CODENAME)
FETCH_SYSROOT := scripts/fetch sysroot >/dev/null
# The cache may be deleted at any time.
$(DEPS_READY): | $(SYSROOT)
$(SYSROOT):
	@$(FETCH_SYSROOT)
endif
DEP_CFLAGS := -isystem $(SYSROOT)/usr/include \
	-isystem $(SYSROOT)/usr/include/aarch64-linux-gnu
DEP_LIBS := -L$(SYSROOT)/usr/lib/aarch64-linux-gnu \
	-L$(SYSROOT)/lib/aarch64-linux-gnu $(DEP_LIBS)
endif

$(DEPS_READY): scripts/check-deps scripts/fetch
	@$(FETCH_SYSROOT)
	@scripts/check-deps $(CC) $(DEP_CFLAGS)
	@mkdir -p $(@D)
	@touch $@

# One binary that needs no C++ runtime beside it.  ASan wants the shared one, and
# in a static link the option would switch to shared libraries behind libstdc++.
ifeq ($(filter 1,$(SAN) $(STATIC)),)
DEP_LIBS += -static-libstdc++ -static-libgcc
endif

# BTI landing pads and signed return addresses: no-ops where not implemented.
ifeq ($(ARCH),arm64)
BRANCH_PROTECTION := -mbranch-protection=standard
endif
