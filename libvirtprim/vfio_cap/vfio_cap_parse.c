// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * The parser of capability chains.
 *
 * A view knows the length that may be read: the lesser of what the caller owns
 * and what argsz claims. A capability knows its extent. Every read goes through
 * one of the two, whatever an earlier check has found, because the bytes may
 * have changed since.
 *
 * Links go strictly forward and over their own header, so a walk takes at most
 * length / 8 steps and needs no memory of where it has been.
 */
#include "vfio_cap_internal.h"

#define HDR VPRIM_VFIO_CAP_HDR_BYTES

/*
 * Sizes with the header, without what follows a count: of version 1, and of
 * version 2 and later where that is longer.
 */
static const struct shape {
	const char *name;
	uint16_t min, min_v2;
} shapes[3][6] = {
	[VPRIM_VFIO_CAP_REGION] = {
		[VPRIM_VFIO_CAP_SPARSE_MMAP] = { "SPARSE_MMAP", 16, 0 },
		[VPRIM_VFIO_CAP_TYPE] = { "TYPE", 16, 0 },
		[VPRIM_VFIO_CAP_MSIX_MAPPABLE] = { "MSIX_MAPPABLE", 8, 0 },
		[VPRIM_VFIO_CAP_NVLINK2_SSATGT] = { "NVLINK2_SSATGT", 16, 0 },
		[VPRIM_VFIO_CAP_NVLINK2_LNKSPD] = { "NVLINK2_LNKSPD", 16, 0 },
	},
	[VPRIM_VFIO_CAP_DEVICE] = {
		[VPRIM_VFIO_CAP_ZPCI_BASE] = { "ZPCI_BASE", 32, 40 },
		[VPRIM_VFIO_CAP_ZPCI_GROUP] = { "ZPCI_GROUP", 40, 48 },
		[VPRIM_VFIO_CAP_ZPCI_UTIL] = { "ZPCI_UTIL", 12, 0 },
		[VPRIM_VFIO_CAP_ZPCI_PFIP] = { "ZPCI_PFIP", 12, 0 },
		[VPRIM_VFIO_CAP_PCI_ATOMIC_COMP] = { "PCI_ATOMIC_COMP", 16, 0 },
	},
	[VPRIM_VFIO_CAP_IOMMU] = {
		[VPRIM_VFIO_CAP_IOVA_RANGE] = { "IOVA_RANGE", 16, 0 },
		[VPRIM_VFIO_CAP_MIGRATION] = { "MIGRATION", 32, 0 },
		[VPRIM_VFIO_CAP_DMA_AVAIL] = { "DMA_AVAIL", 12, 0 },
	},
};

static const struct shape *shape_of(enum vprim_vfio_cap_kind kind, uint16_t id)
{
	if (!vprim_vfio_cap_kind_ok_(kind) ||
	    id >= VPRIM_ARRAY_LEN(shapes[0]) || !shapes[kind][id].name)
		return NULL;
	return &shapes[kind][id];
}

static uint64_t load(const struct vprim_vfio_cap_view *view, uint32_t at,
		     unsigned int width)
{
	return vprim_load_once(view->buf_ + at, width,
			       vprim_vfio_cap_big_(view->options_));
}

static uint32_t load32(const struct vprim_vfio_cap_view *view, uint32_t at)
{
	return (uint32_t)load(view, at, 4);
}

int vprim_vfio_cap_view_init(struct vprim_vfio_cap_view *view,
			     enum vprim_vfio_cap_kind kind, uint32_t options,
			     const void *buf, size_t bytes,
			     struct vprim_reason *why)
{
	struct vprim_vfio_cap_view v = { .kind_ = kind, .options_ = options,
					 .buf_ = buf };
	bool caps, visible;
	int ret;

	vprim_reason_clear(why);
	ret = check_form(kind, options, why);
	if (ret)
		return ret;
	if (vprim_vfio_cap_fixed_load(kind, options, buf, bytes, &v.fixed) ||
	    v.fixed.argsz < vprim_vfio_cap_form_[kind].min)
		return refuse(why, SHORT, AT(0));
	v.len_ = bytes < v.fixed.argsz ? (uint32_t)bytes : v.fixed.argsz;
	caps = v.fixed.flags & vprim_vfio_cap_form_[kind].caps;
	visible = v.len_ >= vprim_vfio_cap_form_[kind].old;
	if (!visible)
		v.fixed.cap_offset = 0;
	if (caps && visible && !v.fixed.cap_offset)
		return refuse(why, MORE, AT(offset_at(kind)),
			      VALUE(v.fixed.argsz));
	if (caps && !visible)
		v.needed_bytes = v.fixed.argsz > VPRIM_VFIO_CAP_OLD_BYTES ?
				 v.fixed.argsz : VPRIM_VFIO_CAP_OLD_BYTES;
	else if (caps)
		v.first_ = v.fixed.cap_offset;
	*view = v;
	return 0;
}

/* Whether a header may lie at @at: P5, then P6; 0, or the rule that it breaks. */
static unsigned int header_rule(const struct vprim_vfio_cap_view *view,
				uint32_t at)
{
	if (at % (view->options_ & VPRIM_VFIO_CAP_STRICT ? 8 : 4))
		return VPRIM_VFIO_CAP_RULE_ALIGN;
	if (view->len_ < HDR || at > view->len_ - HDR)
		return VPRIM_VFIO_CAP_RULE_BOUNDS;
	return 0;
}

/* Whether a header at @at may lead to @next: P7, then as above. */
static unsigned int link_rule(const struct vprim_vfio_cap_view *view,
			      uint32_t at, uint32_t next)
{
	if (!next)
		return 0;
	if (next < (uint64_t)at + HDR)
		return VPRIM_VFIO_CAP_RULE_LINK;
	return header_rule(view, next);
}

static uint32_t notes_of(const struct vprim_vfio_cap_view *view,
			 const struct vprim_vfio_cap *cap, uint64_t seen)
{
	uint32_t notes = 0;

	if (!shape_of(view->kind_, cap->id))
		notes |= VPRIM_VFIO_CAP_UNKNOWN;
	if (!cap->version)
		notes |= VPRIM_VFIO_CAP_REJECTED;
	else if (cap->id < 64 && (seen >> cap->id & 1))
		notes |= VPRIM_VFIO_CAP_DUPLICATE;
	return notes;
}

/* The capability at @at, which header_rule() has found sound. */
static int take(const struct vprim_vfio_cap_view *view, uint32_t at,
		uint64_t seen, struct vprim_vfio_cap *cap,
		struct vprim_reason *why)
{
	struct vprim_vfio_cap c = { .offset = at };
	unsigned int rule;

	c.id = (uint16_t)load(view, at, 2);
	c.version = (uint16_t)load(view, at + 2, 2);
	c.next = load32(view, at + 4);
	rule = link_rule(view, at, c.next);
	if (rule)
		return refuse_by(why, rule, AT(at + 4));
	c.extent_bytes = (c.next ? c.next : view->len_) - at;
	c.notes = notes_of(view, &c, seen);
	c.seen_ = seen;
	if (c.version && c.id < 64)
		c.seen_ |= (uint64_t)1 << c.id;
	*cap = c;
	return 0;
}

int vprim_vfio_cap_first(const struct vprim_vfio_cap_view *view,
			 struct vprim_vfio_cap *cap,
			 struct vprim_reason *why)
{
	unsigned int rule;
	uint32_t at;

	vprim_reason_clear(why);
	at = view->first_;
	if (!at)
		return -ENOENT;
	rule = at < vprim_vfio_cap_form_[view->kind_].old ?
	       VPRIM_VFIO_CAP_RULE_FIRST : header_rule(view, at);
	if (rule)
		return refuse_by(why, rule, AT(offset_at(view->kind_)));
	return take(view, at, 0, cap, why);
}

/* Whether @cap can have come from @view: then its extent may be read. */
static bool belongs(const struct vprim_vfio_cap_view *view,
		    const struct vprim_vfio_cap *cap)
{
	return !header_rule(view, cap->offset) &&
	       !link_rule(view, cap->offset, cap->next) &&
	       cap->extent_bytes ==
		       (cap->next ? cap->next : view->len_) - cap->offset;
}

int vprim_vfio_cap_next(const struct vprim_vfio_cap_view *view,
			struct vprim_vfio_cap *cap,
			struct vprim_reason *why)
{
	vprim_reason_clear(why);
	if (!belongs(view, cap))
		return vprim_reason_argument_(why);
	if (!cap->next)
		return -ENOENT;
	return take(view, cap->next, cap->seen_, cap, why);
}

int vprim_vfio_cap_find(const struct vprim_vfio_cap_view *view, uint16_t id,
			struct vprim_vfio_cap *cap,
			struct vprim_reason *why)
{
	struct vprim_vfio_cap c;
	int ret;

	/*@ loop invariant codes: ret == 0 || ret == -EBADMSG || ret == -ENOENT ||
	      ret == -EINVAL;
	    loop invariant inside: ret == 0 ==> inside(c, \at(view->len_, Pre));
	    loop invariant still: same{Pre, Here}(view);
	    loop assigns ret, c, *why;
	    loop variant ret != 0 ? 0 : \at(view->len_, Pre) - c.offset; */
	for (ret = vprim_vfio_cap_first(view, &c, why); !ret;
	     ret = vprim_vfio_cap_next(view, &c, why)) {
		if (c.id == id && !(c.notes & VPRIM_VFIO_CAP_REJECTED)) {
			*cap = c;
			return 0;
		}
	}
	return ret;
}

static uint32_t min_bytes(const struct vprim_vfio_cap_view *view,
			  const struct vprim_vfio_cap *cap)
{
	const struct shape *s = shape_of(view->kind_, cap->id);

	if (view->kind_ == VPRIM_VFIO_CAP_IOMMU &&
	    cap->id == VPRIM_VFIO_CAP_MIGRATION &&
	    (view->options_ & VPRIM_VFIO_CAP_I386))
		return 28;
	return cap->version > 1 && s->min_v2 ? s->min_v2 : s->min;
}

/* P8, for a capability whose id is known. */
static int whole(const struct vprim_vfio_cap_view *view,
		 const struct vprim_vfio_cap *cap,
		 struct vprim_reason *why)
{
	if (cap->extent_bytes >= min_bytes(view, cap))
		return 0;
	/* Either the next header cuts it off, or the end of the bytes does. */
	return refuse(why, EXTENT, AT(cap->next ? cap->offset + 4 : cap->offset));
}

/* What every reader asks first; @known: whether it can read what has this id. */
static int readable(const struct vprim_vfio_cap_view *view,
		    const struct vprim_vfio_cap *cap, bool known,
		    struct vprim_reason *why)
{
	vprim_reason_clear(why);
	if (!belongs(view, cap) || !known)
		return vprim_reason_argument_(why);
	if (!cap->version)
		return refuse(why, VERSION, AT(cap->offset + 2));
	return whole(view, cap, why);
}

/* A list of 16-byte items: P9, by division. */
static int list_nr(const struct vprim_vfio_cap_view *view,
		   const struct vprim_vfio_cap *cap, uint32_t *nr,
		   struct vprim_reason *why)
{
	uint32_t n = load32(view, cap->offset + 8);

	if (n > (cap->extent_bytes - 16) / 16)
		return refuse(why, COUNT, AT(cap->offset + 8));
	*nr = n;
	return 0;
}

/* Item @i of a list; the caller knows that the extent holds it. */
static uint32_t item_at(const struct vprim_vfio_cap *cap, uint32_t i)
{
	return cap->offset + 16 + i * 16;
}

static int load_area(const struct vprim_vfio_cap_view *view,
		     const struct vprim_vfio_cap *cap, uint32_t i,
		     struct vprim_vfio_cap_area *area,
		     struct vprim_reason *why)
{
	uint32_t at = item_at(cap, i);
	struct vprim_vfio_cap_area a;

	a.offset = load(view, at, 8);
	a.size = load(view, at + 8, 8);
	if (a.size && a.offset > view->fixed.size)
		return refuse(why, AREA, AT(at));
	if (a.size && a.size > view->fixed.size - a.offset)
		return refuse(why, AREA, AT(at + 8));
	*area = a;
	return 0;
}

static int load_range(const struct vprim_vfio_cap_view *view,
		      const struct vprim_vfio_cap *cap, uint32_t i,
		      struct vprim_range *range,
		      struct vprim_reason *why)
{
	uint32_t at = item_at(cap, i);
	struct vprim_range r;

	r.start = load(view, at, 8);
	r.last = load(view, at + 8, 8);
	if (!vprim_range_is_valid(&r))
		return refuse(why, RANGE, AT(at));
	*range = r;
	return 0;
}

/* Item @i of either list as a range; -ENOENT for an empty area. */
static int load_item(const struct vprim_vfio_cap_view *view,
		     const struct vprim_vfio_cap *cap, uint32_t i,
		     struct vprim_range *r, struct vprim_reason *why)
{
	struct vprim_vfio_cap_area a;
	int ret;

	if (view->kind_ == VPRIM_VFIO_CAP_IOMMU)
		return load_range(view, cap, i, r, why);
	ret = load_area(view, cap, i, &a, why);
	if (ret)
		return ret;
	return vprim_range_from_size(a.offset, a.size, r) ? -ENOENT : 0;
}

static bool meets_earlier(const struct vprim_vfio_cap_view *view,
			  const struct vprim_vfio_cap *cap, uint32_t i,
			  const struct vprim_range *r)
{
	struct vprim_range other;
	uint32_t k;

	if (i >= VPRIM_VFIO_CAP_UNSORTED_MAX)
		return true;
	/*@ loop invariant few: k <= i < VPRIM_VFIO_CAP_UNSORTED_MAX;
	    loop assigns k, other;
	    loop variant i - k; */
	for (k = 0; k < i; k++)
		if (!load_item(view, cap, k, &other, NULL) &&
		    vprim_range_overlaps(r, &other))
			return true;
	return false;
}

/*
 * An item that begins above the highest last so far meets none before it, so an
 * ascending list costs one comparison an item.
 */
static int check_areas(const struct vprim_vfio_cap_view *view,
		       const struct vprim_vfio_cap *cap, uint32_t nr,
		       uint32_t *notes, struct vprim_reason *why)
{
	struct vprim_range r;
	uint64_t highest = 0;
	bool any = false;
	uint32_t i;
	int ret;

	/*@ loop invariant i <= nr;
	    loop assigns i, r, ret, highest, any, *notes, *why;
	    loop variant nr - i; */
	for (i = 0; i < nr; i++) {
		ret = load_item(view, cap, i, &r, why);
		if (ret == -ENOENT)
			continue;
		if (ret)
			return ret;
		if (any && r.start <= highest &&
		    !(*notes & VPRIM_VFIO_CAP_OVERLAP) &&
		    meets_earlier(view, cap, i, &r))
			*notes |= VPRIM_VFIO_CAP_OVERLAP;
		if (!any || r.last > highest)
			highest = r.last;
		any = true;
	}
	return 0;
}

static int check_ranges(const struct vprim_vfio_cap_view *view,
			const struct vprim_vfio_cap *cap, uint32_t nr,
			uint32_t *notes, struct vprim_reason *why)
{
	bool strict = view->options_ & VPRIM_VFIO_CAP_STRICT;
	struct vprim_range r;
	uint64_t highest = 0;
	uint32_t i;
	int ret;

	/*@ loop invariant i <= nr;
	    loop assigns i, r, ret, highest, *notes, *why;
	    loop variant nr - i; */
	for (i = 0; i < nr; i++) {
		ret = load_range(view, cap, i, &r, why);
		if (ret)
			return ret;
		if (i && r.start <= highest) {
			if (strict || meets_earlier(view, cap, i, &r))
				return refuse(why, RANGE, AT(item_at(cap, i)));
			*notes |= VPRIM_VFIO_CAP_UNSORTED;
		}
		if (!i || r.last > highest)
			highest = r.last;
	}
	return 0;
}

static int check_list(const struct vprim_vfio_cap_view *view,
		      struct vprim_vfio_cap *cap,
		      struct vprim_reason *why)
{
	uint32_t nr = 0, notes = 0;
	int ret = list_nr(view, cap, &nr, why);

	if (ret)
		return ret;
	if (view->kind_ == VPRIM_VFIO_CAP_IOMMU)
		ret = check_ranges(view, cap, nr, &notes, why);
	else
		ret = check_areas(view, cap, nr, &notes, why);
	if (!ret)
		cap->notes |= notes;
	return ret;
}

/* A string of bytes behind its length: P9. */
static int bytes_nr(const struct vprim_vfio_cap_view *view,
		    const struct vprim_vfio_cap *cap, uint32_t *nr,
		    struct vprim_reason *why)
{
	uint32_t n = load32(view, cap->offset + 8);

	if (n > cap->extent_bytes - 12)
		return refuse(why, COUNT, AT(cap->offset + 8));
	*nr = n;
	return 0;
}

/* IOVA_RANGE and SPARSE_MMAP share id 1, but not the device's ids. */
static bool is_list(const struct vprim_vfio_cap_view *view, uint16_t id)
{
	return view->kind_ != VPRIM_VFIO_CAP_DEVICE && id == 1;
}

static bool is_bytes(const struct vprim_vfio_cap_view *view, uint16_t id)
{
	return view->kind_ == VPRIM_VFIO_CAP_DEVICE &&
	       (id == VPRIM_VFIO_CAP_ZPCI_UTIL || id == VPRIM_VFIO_CAP_ZPCI_PFIP);
}

int vprim_vfio_cap_check(const struct vprim_vfio_cap_view *view,
			 struct vprim_vfio_cap *cap,
			 struct vprim_reason *why)
{
	uint32_t nr = 0;
	int ret;

	vprim_reason_clear(why);
	if (!belongs(view, cap))
		return vprim_reason_argument_(why);
	if (!cap->version || !shape_of(view->kind_, cap->id))
		return 0;
	ret = whole(view, cap, why);
	if (ret)
		return ret;
	if (is_list(view, cap->id))
		return check_list(view, cap, why);
	if (is_bytes(view, cap->id))
		return bytes_nr(view, cap, &nr, why);
	return 0;
}

int vprim_vfio_cap_parse(struct vprim_vfio_cap_view *view,
			 enum vprim_vfio_cap_kind kind, uint32_t options,
			 const void *buf, size_t bytes,
			 struct vprim_reason *why)
{
	struct vprim_vfio_cap_view v;
	struct vprim_vfio_cap c;
	int ret;

	ret = vprim_vfio_cap_view_init(&v, kind, options, buf, bytes, why);
	if (ret)
		return ret;
	for (ret = vprim_vfio_cap_first(&v, &c, why); !ret;
	     ret = vprim_vfio_cap_next(&v, &c, why)) {
		ret = vprim_vfio_cap_check(&v, &c, why);
		if (ret)
			return ret;
		v.nr_caps++;
		v.notes |= c.notes;
	}
	if (ret != -ENOENT)
		return ret;
	*view = v;
	return 0;
}

/* SPARSE_MMAP of a region and IOVA_RANGE of an IOMMU: both have id 1. */
static int read_nr(const struct vprim_vfio_cap_view *view,
		   enum vprim_vfio_cap_kind kind,
		   const struct vprim_vfio_cap *cap, uint32_t *nr,
		   struct vprim_reason *why)
{
	int ret = readable(view, cap, view->kind_ == kind && cap->id == 1, why);

	return ret ? ret : list_nr(view, cap, nr, why);
}

/* The same two: whether there is room for item @i. */
static int read_item(const struct vprim_vfio_cap_view *view,
		     enum vprim_vfio_cap_kind kind,
		     const struct vprim_vfio_cap *cap, uint32_t i,
		     struct vprim_reason *why)
{
	int ret = readable(view, cap, view->kind_ == kind && cap->id == 1, why);

	if (ret)
		return ret;
	return i < (cap->extent_bytes - 16) / 16 ? 0 : -ENOENT;
}

int vprim_vfio_cap_read_sparse_area(const struct vprim_vfio_cap_view *view,
				    const struct vprim_vfio_cap *cap, uint32_t i,
				    struct vprim_vfio_cap_area *area,
				    struct vprim_reason *why)
{
	int ret = read_item(view, VPRIM_VFIO_CAP_REGION, cap, i, why);

	return ret ? ret : load_area(view, cap, i, area, why);
}

/* The list to walk; a list of one that is the region where it has none. */
static int mappable_begin(const struct vprim_vfio_cap_view *view,
			  struct vprim_vfio_cap_mappable *it,
			  struct vprim_reason *why)
{
	int ret;

	if (view->kind_ != VPRIM_VFIO_CAP_REGION)
		return vprim_reason_argument_(why);
	it->begun_ = true;
	if (!(view->fixed.flags & VPRIM_VFIO_CAP_REGION_MMAP))
		return 0;
	ret = vprim_vfio_cap_find(view, VPRIM_VFIO_CAP_SPARSE_MMAP, &it->cap_,
				  why);
	if (!ret)
		return read_nr(view, VPRIM_VFIO_CAP_REGION, &it->cap_, &it->nr_,
			       why);
	it->nr_ = ret == -ENOENT;
	return ret == -ENOENT ? 0 : ret;
}

static int mappable_item(const struct vprim_vfio_cap_view *view,
			 const struct vprim_vfio_cap_mappable *it,
			 struct vprim_vfio_cap_area *area,
			 struct vprim_reason *why)
{
	if (it->cap_.offset)
		return vprim_vfio_cap_read_sparse_area(view, &it->cap_,
						       it->next_, area, why);
	area->offset = 0;
	area->size = view->fixed.size;
	return 0;
}

int vprim_vfio_cap_mappable_next(const struct vprim_vfio_cap_view *view,
				 struct vprim_vfio_cap_mappable *it,
				 struct vprim_vfio_cap_area *area,
				 struct vprim_reason *why)
{
	struct vprim_vfio_cap_mappable m = *it;
	struct vprim_vfio_cap_area a;
	int ret;

	vprim_reason_clear(why);
	ret = m.begun_ ? 0 : mappable_begin(view, &m, why);
	while (!ret && m.next_ < m.nr_) {
		ret = mappable_item(view, &m, &a, why);
		m.next_++;
		if (!ret && a.size) {
			*area = a;
			*it = m;
			return 0;
		}
	}
	return ret ? ret : -ENOENT;
}

int vprim_vfio_cap_read_value(const struct vprim_vfio_cap_view *view,
			      const struct vprim_vfio_cap *cap,
			      struct vprim_vfio_cap_value *value,
			      struct vprim_reason *why)
{
	const struct cap_layout *l = vprim_vfio_cap_layout_(view->kind_, cap->id,
							    view->options_);
	const struct cap_field *f = l->fields;
	uint8_t *u = (uint8_t *)&value->u;
	uint32_t nr = 0, i;
	int ret;

	ret = readable(view, cap, shape_of(view->kind_, cap->id), why);
	if (!ret && is_list(view, cap->id))
		ret = list_nr(view, cap, &nr, why);
	else if (!ret && is_bytes(view, cap->id))
		ret = bytes_nr(view, cap, &nr, why);
	if (ret)
		return ret;
	memset(value, 0, sizeof(*value));
	value->kind = view->kind_;
	value->id = cap->id;
	value->version = cap->version;
	value->u.nr = nr;
	for (i = 0; i < l->nr && f[i].since <= cap->version; i++)
		vprim_vfio_cap_put_(u + f[i].offset, f[i].width,
				    vprim_vfio_cap_big_(0),
				    load(view, cap->offset + f[i].at, f[i].width));
	return 0;
}

int vprim_vfio_cap_match_type(const struct vprim_vfio_cap_view *view,
			      uint32_t type, uint32_t subtype,
			      struct vprim_reason *why)
{
	struct vprim_vfio_cap_value v;
	struct vprim_vfio_cap cap;
	int ret;

	if (view->kind_ != VPRIM_VFIO_CAP_REGION)
		return vprim_reason_argument_(why);
	ret = vprim_vfio_cap_find(view, VPRIM_VFIO_CAP_TYPE, &cap, why);
	if (!ret)
		ret = vprim_vfio_cap_read_value(view, &cap, &v, why);
	if (ret)
		return ret;
	return v.u.type.type == type && v.u.type.subtype == subtype ? 0 : -ENOENT;
}

int vprim_vfio_cap_read_iova_range(const struct vprim_vfio_cap_view *view,
				   const struct vprim_vfio_cap *cap, uint32_t i,
				   struct vprim_range *range,
				   struct vprim_reason *why)
{
	int ret = read_item(view, VPRIM_VFIO_CAP_IOMMU, cap, i, why);

	return ret ? ret : load_range(view, cap, i, range, why);
}

/*
 * Put @r among the @n ascending and disjoint ranges before it; false when it meets
 * one of them, or is out of order where order is asked for. A check has passed
 * the list already, but its bytes may have changed since: what holds the steps
 * and the promise is what has been copied.
 */
static bool insert_sorted(struct vprim_range *ranges, uint32_t n, bool in_order,
		   const struct vprim_range *r)
{
	uint32_t at = n;

	while (at && ranges[at - 1].last >= r->start) {
		if (in_order || vprim_range_overlaps(&ranges[at - 1], r))
			return false;
		at--;
	}
	for (; n > at; n--)
		ranges[n] = ranges[n - 1];
	ranges[at] = *r;
	return true;
}

int vprim_vfio_cap_read_iova_ranges(const struct vprim_vfio_cap_view *view,
				    const struct vprim_vfio_cap *cap,
				    struct vprim_range *ranges, uint32_t capacity,
				    uint32_t *nr,
				    struct vprim_reason *why)
{
	struct vprim_range r;
	uint32_t n = 0, i, sorted, notes = 0;
	int ret;

	ret = read_nr(view, VPRIM_VFIO_CAP_IOMMU, cap, &n, why);
	if (!ret)
		ret = check_ranges(view, cap, n, &notes, why);
	if (ret)
		return ret;
	if (n > capacity) {
		*nr = n;
		return -EMSGSIZE;
	}
	sorted = view->options_ & VPRIM_VFIO_CAP_STRICT ?
			 0 : VPRIM_VFIO_CAP_UNSORTED_MAX;
	for (i = 0; i < n; i++) {
		ret = load_range(view, cap, i, &r, why);
		if (ret)
			return ret;
		if (!insert_sorted(ranges, i, i >= sorted, &r))
			return refuse(why, RANGE, AT(item_at(cap, i)));
	}
	*nr = n;
	return 0;
}

int vprim_vfio_cap_read_zpci_bytes(const struct vprim_vfio_cap_view *view,
				   const struct vprim_vfio_cap *cap,
				   void *bytes, size_t capacity, uint32_t *size,
				   struct vprim_reason *why)
{
	uint32_t n = 0;
	int ret;

	ret = readable(view, cap, is_bytes(view, cap->id), why);
	if (!ret)
		ret = bytes_nr(view, cap, &n, why);
	if (ret)
		return ret;
	*size = n;
	if (n > capacity)
		return -EMSGSIZE;
	if (n)
		memcpy(bytes, view->buf_ + cap->offset + 12, n);
	return 0;
}

const char *vprim_vfio_cap_name(enum vprim_vfio_cap_kind kind, uint16_t id)
{
	const struct shape *s = shape_of(kind, id);

	return s ? s->name : NULL;
}
