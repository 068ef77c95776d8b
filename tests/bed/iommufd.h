/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * Layouts and numbers of linux/iommufd.h and of VFIO's character devices, which
 * the C library's kernel headers may be too old to have.
 */
#ifndef BED_IOMMUFD_H
#define BED_IOMMUFD_H
#include <stdint.h>

#define COMMAND(n) ((unsigned long)(';' << 8 | (n)))
#define DESTROY COMMAND(0x80)
#define IOAS_ALLOC COMMAND(0x81)
#define IOAS_ALLOW COMMAND(0x82)
#define IOAS_COPY COMMAND(0x83)
#define IOAS_RANGES COMMAND(0x84)
#define IOAS_MAP COMMAND(0x85)
#define IOAS_UNMAP COMMAND(0x86)
#define OPTION COMMAND(0x87)
#define VFIO_IOAS COMMAND(0x88)
#define DEVICE_BIND COMMAND(118)
#define DEVICE_ATTACH COMMAND(119)
#define DEVICE_DETACH COMMAND(120)
#define OPTION_HUGE_PAGES 1

struct destroy { uint32_t size, id; };
struct alloc { uint32_t size, flags, out_id; };
struct allow { uint32_t size, id, count, reserved; uint64_t list; };
struct copy { uint32_t size, flags, dst, src; uint64_t length, dst_iova, src_iova; };
struct ranges { uint32_t size, id, count, reserved; uint64_t list, alignment; };
struct map { uint32_t size, flags, id, reserved; uint64_t uptr, length, iova; };
struct unmap { uint32_t size, id; uint64_t iova, length; };
struct option { uint32_t size, which; uint16_t op, reserved; uint32_t id; uint64_t value; };
struct vfio_ioas { uint32_t size, id; uint16_t op, reserved; };
struct bind { uint32_t argsz, flags; int32_t iommufd; uint32_t out_id; };
struct attach { uint32_t argsz, flags, id; };

#endif
