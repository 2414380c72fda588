// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * arm64/irq - a level-triggered interrupt line into the in-kernel GIC
 *
 * Encoding of struct kvm_irq_level.irq: Documentation/virt/kvm/api.rst, 4.25
 * KVM_IRQ_LINE, arm64.
 */
#include "irq.h"

#include "kvm.h"

void irq_level(int vm_fd, uint32_t intid, bool level)
{
	struct kvm_irq_level arg = {
		.irq = (uint32_t)KVM_ARM_IRQ_TYPE_SPI << KVM_ARM_IRQ_TYPE_SHIFT
			| intid,
		.level = level,
	};

	/*
	 * Fails only for a line the GIC does not have, which the fixed map in
	 * platform.h excludes; a lost level is then all that could be done.
	 */
	(void)kvm_ioctl(vm_fd, KVM_IRQ_LINE, &arg);
}

void irq_line_set(struct irq_line *line, bool level)
{
	if (line->level == level)
		return;
	line->level = level;
	irq_level(line->vm_fd, line->intid, level);
}
