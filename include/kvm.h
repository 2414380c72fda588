/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * kvm - the one place where tallyvm calls the kernel's KVM interface
 *
 * Everything that talks to /dev/kvm goes through these functions, so that unit
 * tests can put a stand-in in their place that records each call and can make
 * any of them fail (tests/unit/fake_kvm.h).
 *
 * Functions return -errno, never -1.  Descriptors are close-on-exec and belong
 * to the caller.  An ioctl may be made from any thread, but the kernel
 * serialises per vCPU: a vCPU ioctl blocks while another thread is in KVM_RUN
 * on it.
 */
#ifndef INCLUDE_KVM_H
#define INCLUDE_KVM_H

#include <stddef.h>
#include <stdint.h>

#include "compat/kvm.h"

/** kvm_open() - open @path ("/dev/kvm").  Return: descriptor or -errno */
int kvm_open(const char *path);

/**
 * kvm_ioctl() - ioctl(2) on a KVM system, VM, vCPU or device descriptor
 * @fd:  descriptor
 * @req: request number
 * @arg: third argument: a pointer, or an integer cast to one
 *
 * A call that a signal interrupted is *not* repeated: KVM_RUN wants to know.
 *
 * Return: the kernel's non-negative answer (0, a descriptor, a count) or
 * -errno.
 */
int kvm_ioctl(int fd, unsigned long req, void *arg);

/** kvm_map() - map @len bytes of a vCPU descriptor.  Return: 0 or -errno */
int kvm_map(int fd, size_t len, void **ret);

/** kvm_unmap() - undo kvm_map(); NULL is legal */
void kvm_unmap(void *map, size_t len);

/** kvm_close() - close and set *fd to -1; -1 is legal */
void kvm_close(int *fd);

/** kvm_check() - KVM_CHECK_EXTENSION on a system or VM descriptor
 *
 * Return: the extension's value, 0 when absent or on error.
 */
int kvm_check(int fd, unsigned int cap);

/**
 * kvm_has_attr(), kvm_set_attr() - device attributes
 * @fd:    device or vCPU descriptor
 * @group: attribute group
 * @attr:  attribute number
 * @addr:  value or its address, as the attribute wants
 *
 * Return: 0 or -errno.
 */
int kvm_has_attr(int fd, uint32_t group, uint64_t attr);
int kvm_set_attr(int fd, uint32_t group, uint64_t attr, void *addr);

/** kvm_get_reg(), kvm_set_reg() - ONE_REG of 64 bits.  Return: 0 or -errno */
int kvm_get_reg(int vcpu_fd, uint64_t id, uint64_t *ret);
int kvm_set_reg(int vcpu_fd, uint64_t id, uint64_t value);

#endif /* INCLUDE_KVM_H */
