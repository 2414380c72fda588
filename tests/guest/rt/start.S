/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Entry of every bare-metal guest: the arm64 Image header (Linux
 * Documentation/arch/arm64/booting.rst), the boot CPU, CPUs started through
 * PSCI, and the exception vectors.
 *
 * With FLAT defined the header is left out: such a file is loaded at RAM base
 * + 0x80000.  All code is position independent and runs with the MMU off.
 */

#define STACK_SIZE	4096

	.section .head, "ax"
	.globl	_head
_head:
#ifndef FLAT
	b	_start
	.long	0
	.quad	0			// text_offset
	.quad	_end - _head		// image_size, with bss
	.quad	0xa			// little endian, 4 KiB pages, anywhere
	.quad	0, 0, 0
	.ascii	"ARM\x64"
	.long	0
#endif

_start:
	mov	x19, x0			// device tree
	adrp	x1, __bss_start
	add	x1, x1, :lo12:__bss_start
	adrp	x2, _end
	add	x2, x2, :lo12:_end
1:	cmp	x1, x2
	b.hs	2f
	str	xzr, [x1], #8
	b	1b
2:	mov	x0, xzr
	bl	cpu_setup
	mov	x0, x19
	bl	guest_main
	b	.

	// x0: index of this CPU, the context_id of PSCI CPU_ON
	.globl	secondary_entry
secondary_entry:
	bl	cpu_setup
	bl	cpu_secondary
	b	.

	// x0: index of this CPU; keeps x19 and above
cpu_setup:
	msr	tpidr_el1, x0
	adrp	x1, stacks
	add	x1, x1, :lo12:stacks
	mov	x2, #STACK_SIZE
	add	x0, x0, #1
	madd	x1, x0, x2, x1
	mov	sp, x1
	adrp	x1, vectors
	add	x1, x1, :lo12:vectors
	msr	vbar_el1, x1
	isb
	ret

	.macro	vector, number
	.balign	0x80
	sub	sp, sp, #176
	stp	x0, x1, [sp, #0]
	mov	x0, #\number
	b	exception_entry
	.endm

	.section .text.vectors, "ax"
	.balign	0x800
vectors:
	.irp	n, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15
	vector	\n
	.endr

	// the frame is struct exc_frame of guest.h
exception_entry:
	stp	x2, x3, [sp, #16]
	stp	x4, x5, [sp, #32]
	stp	x6, x7, [sp, #48]
	stp	x8, x9, [sp, #64]
	stp	x10, x11, [sp, #80]
	stp	x12, x13, [sp, #96]
	stp	x14, x15, [sp, #112]
	stp	x16, x17, [sp, #128]
	stp	x18, x30, [sp, #144]
	mrs	x1, elr_el1
	mrs	x2, spsr_el1
	stp	x1, x2, [sp, #160]
	mov	x1, sp
	bl	exception
	ldp	x1, x2, [sp, #160]
	msr	elr_el1, x1
	msr	spsr_el1, x2
	ldp	x2, x3, [sp, #16]
	ldp	x4, x5, [sp, #32]
	ldp	x6, x7, [sp, #48]
	ldp	x8, x9, [sp, #64]
	ldp	x10, x11, [sp, #80]
	ldp	x12, x13, [sp, #96]
	ldp	x14, x15, [sp, #112]
	ldp	x16, x17, [sp, #128]
	ldp	x18, x30, [sp, #144]
	ldp	x0, x1, [sp, #0]
	add	sp, sp, #176
	eret

	.section .bss.stacks, "aw", %nobits
	.balign	16
stacks:
	.zero	STACK_SIZE * CPUS_MAX
