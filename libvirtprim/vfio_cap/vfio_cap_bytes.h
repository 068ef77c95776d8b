/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/* What the files of the module share: fields in a chosen byte order. */
#ifndef VFIO_CAP_BYTES_H
#define VFIO_CAP_BYTES_H
#include <virtprim/vfio_cap_build.h>

static inline bool vprim_vfio_cap_options_ok_(uint32_t options)
{
	const uint32_t both = VPRIM_VFIO_CAP_LE | VPRIM_VFIO_CAP_BE;

	return options <= 0x7f && (options & both) != both;
}

static inline bool vprim_vfio_cap_kind_ok_(enum vprim_vfio_cap_kind kind)
{
	return (uint32_t)kind <= VPRIM_VFIO_CAP_IOMMU;
}

/* An info struct: least argsz, size now and before 6.6, the flag that says CAPS. */
struct cap_form {
	uint32_t min, full, old, caps;
};

/* vfio_cap_build.c; by kind. */
extern const struct cap_form vprim_vfio_cap_form_[];

static inline bool vprim_vfio_cap_big_(uint32_t options)
{
	const uint16_t one = 1;
	uint8_t first;

	if (options & (VPRIM_VFIO_CAP_LE | VPRIM_VFIO_CAP_BE))
		return options & VPRIM_VFIO_CAP_BE;
	memcpy(&first, &one, 1);
	return !first;
}

static inline void vprim_vfio_cap_put_(uint8_t *p, unsigned int width, bool big,
				       uint64_t v)
{
	unsigned int i;

	for (i = 0; i < width; i++)
		p[i] = (uint8_t)(v >> 8 * (big ? width - 1 - i : i));
}

/* Where the fields of one new capability go; nowhere when it is only counted. */
struct cap_writer {
	uint8_t *p;
	bool big;
};

static inline bool cap_is_open(const struct vprim_vfio_cap_chain *chain)
{
	return chain->state_ == VPRIM_VFIO_CAP_OPEN;
}

static inline void cap_put(const struct cap_writer *w, uint32_t at,
			   unsigned int width, uint64_t v)
{
	if (w->p)
		vprim_vfio_cap_put_(w->p + at, width, w->big, v);
}

/* Count @size bytes, and store the header and zeros when there is room. */
int vprim_vfio_cap_begin_(struct vprim_vfio_cap_chain *chain, uint16_t id,
			  uint16_t version, uint64_t size, struct cap_writer *w);

#endif
