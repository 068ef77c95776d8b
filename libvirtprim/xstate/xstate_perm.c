// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * Permissions for dynamic components.
 *
 * The one place that stores a mask is store(), which computes both sizes of the
 * very mask that it stores; that is the invariant. The old rule needs a function
 * of its own to break it.
 */
#include "xstate_internal.h"

#include <virtprim/xstate_perm.h>

static uint64_t flag(uint32_t reg, unsigned int bit, uint64_t components)
{
	return reg >> bit & 1 ? 0 : components;
}

uint64_t vprim_xstate_perm_present(const struct vprim_xstate_perm_cpuid *cpuid)
{
	const struct vprim_xstate_perm_cpuid *c = cpuid;
	uint64_t cet = VPRIM_XSTATE_BIT(VPRIM_XSTATE_CET_U) |
		       VPRIM_XSTATE_BIT(VPRIM_XSTATE_CET_S);
	uint64_t absent = 0;

	absent |= flag(c->leaf1_edx, 0, VPRIM_XSTATE_BIT(VPRIM_XSTATE_X87));
	absent |= flag(c->leaf1_edx, 25, VPRIM_XSTATE_BIT(VPRIM_XSTATE_SSE));
	absent |= flag(c->leaf1_ecx, 28, VPRIM_XSTATE_BIT(VPRIM_XSTATE_AVX));
	absent |= flag(c->leaf7_ebx, 14, XSTATE_MPX);
	absent |= flag(c->leaf7_ebx, 16, XSTATE_AVX512);
	absent |= flag(c->leaf7_ebx, 25, VPRIM_XSTATE_BIT(VPRIM_XSTATE_PT));
	absent |= flag(c->leaf7_ecx, 4, VPRIM_XSTATE_BIT(VPRIM_XSTATE_PKRU));
	absent |= flag(c->leaf7_ecx, 7, cet);
	absent |= flag(c->leaf7_ecx, 29, VPRIM_XSTATE_BIT(VPRIM_XSTATE_PASID));
	absent |= flag(c->leaf7_edx, 24, XSTATE_TILES);
	absent |= flag(c->leaf7_1_edx, 21, VPRIM_XSTATE_BIT(VPRIM_XSTATE_APX));
	return ~absent;
}

void vprim_xstate_perm_defaults(const struct vprim_xstate_table *table,
				struct vprim_xstate_perm_setup *setup)
{
	memset(setup, 0, sizeof(*setup));
	setup->table = table;
	setup->present = UINT64_MAX;
	setup->user_supported = VPRIM_XSTATE_PERM_USER;
	setup->supervisor_supported = VPRIM_XSTATE_PERM_SUPERVISOR;
	setup->guest_supervisor = VPRIM_XSTATE_PERM_GUEST_SUPERVISOR;
	setup->dynamic = VPRIM_XSTATE_PERM_DYNAMIC;
	setup->known_components = VPRIM_XSTATE_APX + 1;
	setup->release = VPRIM_LINUX_NEWEST;
}

/* Steps 1 to 5 of the pipeline. */
static void run_pipeline(const struct vprim_xstate_perm_setup *s,
			 struct vprim_xstate_perm_config *c)
{
	const struct vprim_xstate_table *t = s->table;
	uint64_t supervisor = s->supervisor_supported | s->guest_supervisor;
	uint64_t rest = (t->xcr0 | t->xss) & s->present;

	if (!(t->features & VPRIM_XSTATE_HAS_XFD))
		rest &= ~s->dynamic;
	if (!(t->features & VPRIM_XSTATE_HAS_XSAVES))
		supervisor = 0;
	c->user_max = rest & t->xcr0 & s->user_supported;
	c->kernel_max = c->user_max | (rest & t->xss & supervisor);
	c->dynamic = c->user_max & s->dynamic;
	c->user_default = c->user_max & ~c->dynamic;
	c->guest_default = c->kernel_max & ~c->dynamic;
	c->host_default = c->guest_default & ~(t->xss & s->guest_supervisor);

	c->table = t;
	c->askable = s->dynamic;
	c->user_supported = s->user_supported;
	c->known_components = s->known_components;
	c->not_64bit = s->not_64bit;
	c->release = s->release;
	c->format = t->features & (VPRIM_XSTATE_HAS_XSAVEC |
				   VPRIM_XSTATE_HAS_XSAVES) ?
			    VPRIM_XSTATE_COMPACTED :
			    VPRIM_XSTATE_STANDARD;
}

int vprim_xstate_perm_configure(const struct vprim_xstate_perm_setup *setup,
				struct vprim_xstate_perm_config *config,
				struct vprim_reason *why)
{
	struct vprim_xstate_perm_config c;
	uint64_t kernel_bytes, user_bytes;
	int ret;

	if (setup->known_components > VPRIM_XSTATE_COMPONENTS)
		return vprim_reason_argument_(why);
	run_pipeline(setup, &c);
	ret = vprim_xstate_size(c.table, c.kernel_max, c.format, &kernel_bytes,
				why);
	if (!ret)
		ret = vprim_xstate_size(c.table, c.user_max, VPRIM_XSTATE_STANDARD,
					&user_bytes, why);
	if (ret)
		return ret;
	if (kernel_bytes > UINT32_MAX)
		return refuse_as(-EOVERFLOW, why, OVERFLOW);
	if (setup->max_frame_bytes && setup->max_frame_bytes < user_bytes)
		return vprim_reason_argument_(why);
	c.frame_overhead_bytes = setup->max_frame_bytes ?
		setup->max_frame_bytes - (uint32_t)user_bytes : 0;
	*config = c;
	return 0;
}

/* Sizes of masks within kernel_max: they fit, because all of it does. */
static uint32_t kernel_layout(const struct vprim_xstate_perm_config *c,
			      uint64_t mask)
{
	return (uint32_t)vprim_xstate_size_lax(c->table, mask, c->format);
}

static uint32_t user_layout(const struct vprim_xstate_perm_config *c,
			    uint64_t mask)
{
	return (uint32_t)vprim_xstate_size_lax(c->table,
					       mask & c->user_supported,
					       VPRIM_XSTATE_STANDARD);
}

static void store(const struct vprim_xstate_perm_config *c,
		  struct vprim_xstate_perm_group *g, uint64_t mask)
{
	g->mask = mask;
	g->kernel_bytes = kernel_layout(c, mask);
	g->user_bytes = user_layout(c, mask);
}

/* The defect: the size is of one mask, and another one is stored. */
static void store_old(const struct vprim_xstate_perm_config *c,
		      struct vprim_xstate_perm_group *g, bool guest,
		      uint64_t mask)
{
	uint64_t supervisor = c->host_default & ~c->user_supported;

	g->kernel_bytes = kernel_layout(c, guest ? mask : mask | supervisor);
	g->user_bytes = user_layout(c, mask);
	g->mask = mask & c->user_supported;
}

void vprim_xstate_perm_exec(const struct vprim_xstate_perm_config *config,
			    struct vprim_xstate_perm *perm)
{
	store(config, &perm->host, config->host_default);
	store(config, &perm->guest, config->guest_default);
}

static int check_group(const struct vprim_xstate_perm_config *c,
		       const struct vprim_xstate_perm_group *g, uint64_t lock,
		       struct vprim_reason *why)
{
	uint64_t mask = g->mask & ~lock, alien = mask & ~c->kernel_max;

	if (alien)
		return refuse(why, PERM_COMPONENT, AT(vprim_ctz64(alien)));
	if (g->kernel_bytes != kernel_layout(c, mask))
		return refuse(why, PERM_SIZE, VALUE(g->kernel_bytes));
	if (g->user_bytes != user_layout(c, mask))
		return refuse(why, PERM_SIZE, VALUE(g->user_bytes));
	return 0;
}

int vprim_xstate_perm_check(const struct vprim_xstate_perm_config *config,
			    const struct vprim_xstate_perm *perm,
			    struct vprim_reason *why)
{
	int ret;

	vprim_reason_clear(why);
	ret = check_group(config, &perm->host, 0, why);
	if (!ret)
		ret = check_group(config, &perm->guest, VPRIM_XSTATE_PERM_LOCKED,
				  why);
	return ret;
}

static bool is_who(enum vprim_xstate_perm_who who)
{
	return who == VPRIM_XSTATE_PERM_HOST || who == VPRIM_XSTATE_PERM_GUEST;
}

static uint64_t frame_bytes(const struct vprim_xstate_perm_config *c,
			    uint32_t user_bytes)
{
	return (uint64_t)c->frame_overhead_bytes + user_bytes;
}

static int grant(const struct vprim_xstate_perm_config *c,
		 struct vprim_xstate_perm_group *g, bool guest,
		 uint64_t number, uint64_t altstack_bytes,
		 struct vprim_reason *why)
{
	uint64_t mask = g->mask | VPRIM_XSTATE_BIT(number);

	if (guest && mask & VPRIM_XSTATE_PERM_LOCKED)
		return refuse(why, PERM_LOCKED, AT(number));
	if (!guest && altstack_bytes &&
	    altstack_bytes < frame_bytes(c, user_layout(c, mask)))
		return refuse(why, PERM_ALTSTACK, AT(number),
			      VALUE(altstack_bytes));
	if (vprim_linux_has(c->release, VPRIM_CHANGE_XSTATE_PERM_KEPT))
		store(c, g, mask);
	else
		store_old(c, g, guest, mask);
	return 0;
}

int vprim_xstate_perm_request(const struct vprim_xstate_perm_config *config,
			      struct vprim_xstate_perm *perm,
			      enum vprim_xstate_perm_who who, uint64_t number,
			      uint64_t altstack_bytes, struct vprim_reason *why)
{
	bool guest = who == VPRIM_XSTATE_PERM_GUEST;
	struct vprim_xstate_perm_group *g = guest ? &perm->guest : &perm->host;
	uint64_t requested;

	vprim_reason_clear(why);
	if (!is_who(who))
		return vprim_reason_argument_(why);
	if (config->not_64bit)
		return refuse(why, PERM_NOT_64BIT, AT(number));
	if (number >= config->known_components)
		return refuse(why, PERM_NUMBER, VALUE(number));
	requested = VPRIM_XSTATE_BIT(number);
	if (!(requested & config->askable))
		return refuse(why, PERM_NOT_ASKABLE, AT(number));
	if (!(requested & config->dynamic))
		return refuse(why, PERM_MACHINE, AT(number));
	if (g->mask & requested)
		return 0;
	return grant(config, g, guest, number, altstack_bytes, why);
}

static int give(uint64_t mask, uint64_t *value, struct vprim_reason *why)
{
	if (!value)
		return refuse(why, PERM_POINTER);
	*value = mask;
	return 0;
}

int vprim_xstate_perm_prctl(const struct vprim_xstate_perm_config *config,
			    struct vprim_xstate_perm *perm, uint64_t op,
			    uint64_t number, uint64_t altstack_bytes,
			    uint64_t *value, struct vprim_reason *why)
{
	vprim_reason_clear(why);
	switch (op) {
	case VPRIM_XSTATE_PERM_GET_SUPP:
		return give(config->user_max, value, why);
	case VPRIM_XSTATE_PERM_GET_PERM:
		return give(perm->host.mask & config->user_supported, value, why);
	case VPRIM_XSTATE_PERM_GET_GUEST_PERM:
		return give(perm->guest.mask & config->user_supported, value, why);
	case VPRIM_XSTATE_PERM_REQ_PERM:
		return vprim_xstate_perm_request(config, perm,
						 VPRIM_XSTATE_PERM_HOST, number,
						 altstack_bytes, why);
	case VPRIM_XSTATE_PERM_REQ_GUEST_PERM:
		return vprim_xstate_perm_request(config, perm,
						 VPRIM_XSTATE_PERM_GUEST, number,
						 altstack_bytes, why);
	}
	return vprim_reason_argument_(why);
}

int vprim_xstate_perm_sigaltstack(const struct vprim_xstate_perm_config *config,
				  const struct vprim_xstate_perm *perm,
				  uint64_t ss_bytes)
{
	if (perm->host.mask & config->dynamic &&
	    ss_bytes <= frame_bytes(config, perm->host.user_bytes))
		return -ENOMEM;
	return 0;
}

static void new_buffer(const struct vprim_xstate_perm_config *c,
		       uint64_t features,
		       struct vprim_xstate_perm_buffer *buffer)
{
	memset(buffer, 0, sizeof(*buffer));
	buffer->features = features;
	buffer->user_features = c->user_default;
	buffer->size_bytes = kernel_layout(c, features);
	buffer->user_bytes = user_layout(c, c->user_default);
}

/* KVM never moves less than its old, fixed-size interface did. */
static uint32_t uabi_bytes(uint32_t user_bytes)
{
	return user_bytes > VPRIM_XSTATE_PERM_UABI_BYTES ?
		       user_bytes : VPRIM_XSTATE_PERM_UABI_BYTES;
}

void vprim_xstate_perm_task(const struct vprim_xstate_perm_config *config,
			    struct vprim_xstate_perm_buffer *buffer)
{
	new_buffer(config, config->host_default, buffer);
	buffer->xfd = config->dynamic;
}

void vprim_xstate_perm_vcpu(const struct vprim_xstate_perm_config *config,
			    struct vprim_xstate_perm *perm,
			    struct vprim_xstate_perm_buffer *buffer)
{
	perm->guest.mask |= VPRIM_XSTATE_PERM_LOCKED;
	if (!buffer)
		return;
	new_buffer(config, config->guest_default, buffer);
	buffer->uabi_bytes = uabi_bytes(buffer->user_bytes);
	buffer->is_valloc = true;
	buffer->is_guest = true;
}

int vprim_xstate_perm_enable(const struct vprim_xstate_perm_config *config,
			     const struct vprim_xstate_perm *perm,
			     struct vprim_xstate_perm_buffer *buffer,
			     uint64_t wanted, bool can_alloc)
{
	const struct vprim_xstate_perm_group *g;

	wanted &= config->askable & ~buffer->features;
	if (!wanted)
		return 0;
	g = buffer->is_guest ? &perm->guest : &perm->host;
	if (wanted & ~g->mask)
		return -EPERM;
	if (!can_alloc)
		return -EFAULT;
	buffer->features |= wanted;
	buffer->user_features |= wanted;
	buffer->xfd &= ~wanted;
	buffer->size_bytes = g->kernel_bytes;
	buffer->user_bytes = g->user_bytes;
	if (buffer->is_guest)
		buffer->uabi_bytes = uabi_bytes(g->user_bytes);
	buffer->is_valloc = true;
	return 0;
}
