/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/* Stand-in for the kernel's header: exports. */
#ifndef KSTUB_EXPORT_H
#define KSTUB_EXPORT_H
#define EXPORT_SYMBOL_GPL(sym) extern __typeof__(sym) sym

#endif
