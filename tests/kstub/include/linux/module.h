/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/* Stand-in for the kernel's header: what a module says of itself. */
#ifndef KSTUB_MODULE_H
#define KSTUB_MODULE_H
#include <linux/export.h>
#include <linux/types.h>
struct module;
#define THIS_MODULE ((struct module *)0)
#define KBUILD_MODNAME "kstub"
#define MODULE_LICENSE(text) _Static_assert(sizeof(text) > 1, "")
#define MODULE_DESCRIPTION(text) _Static_assert(sizeof(text) > 1, "")
#define MODULE_VERSION(text) _Static_assert(sizeof(text) > 1, "")
#ifdef KSTUB_LATER
#define MODULE_IMPORT_NS(text) _Static_assert(sizeof(text) > sizeof(""), text)
#else
#define MODULE_IMPORT_NS(name) enum kstub_imports { kstub_import_ ## name }
#endif
#define module_init(fn) int init_module(void); int init_module(void) { return fn(); }
#define module_exit(fn) void cleanup_module(void); void cleanup_module(void) { fn(); }

#endif
