/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/* The objects of the pretended kernel, and what its files share. */
#ifndef VIRTPRIM_MOCK_INTERNAL_H
#define VIRTPRIM_MOCK_INTERNAL_H
#include "mock_abi.h"
#include <errno.h>
#include <string.h>
#include <virtprim/mock.h>
#include <virtprim/refuse.h>

#define MOCK_PAGE UINT64_C(4096)

/* Who mapped what, where it was not the space's first owner. */
struct mock_owners {
	bool known;
	uint64_t first;			/* owner of what is not in the map */
	struct vprim_iova_map others;	/* range -> owner */
};

/* Whose memory pages are, and how they are pinned: VPRIM_TYPE1_MAP_READ, _WRITE. */
struct mock_pages {
	uint64_t owner;
	uint32_t prot;
};

struct mock_container {
	struct vprim_mock *mock;
	uint32_t number, refs;		/* its file, and each group in it */
	bool set;			/* SET_IOMMU done: the engine lives */
	bool ending;			/* its mappings go with it */
	struct vprim_type1 engine;
	struct mock_owners owners;
	uint64_t task;			/* of the call at work */
};

struct mock_ictx;

struct mock_group {
	struct mock_group *next;
	struct vprim_mock *mock;
	uint32_t id;
	bool open;			/* its only file is */
	struct mock_container *container;
	struct mock_ictx *ictx;		/* in place of a container */
	uint32_t users;			/* device files opened through it */
	bool shown;			/* by a descriptor, in the call at work */
	struct vprim_type1_group type1;
};

enum mock_object_type { MOCK_NONE, MOCK_IOAS, MOCK_BOUND, MOCK_HWPT };

/* An iommufd's object; ids count from 1, the lowest that is free. */
struct mock_object {
	struct mock_object *next;
	enum mock_object_type type;
	uint32_t id, users;		/* others that need it */
};

/* A piece of a device's memory, until the device is reset. */
struct mock_buffer {
	struct vprim_mock_device *device;
	uint32_t region;
	uint64_t offset, size, resets;
};

struct mock_memfd {
	struct mock_memfd *next;
	void *memfd;
	struct mock_buffer buffer;	/* in place of a memfd, with a device */
	uint64_t pages, areas;		/* the engine's name for the pages */
};

struct mock_ioas {
	struct mock_object object;
	struct mock_ictx *ictx;
	uint32_t number;		/* for the notes */
	struct vprim_ioas engine;
	struct mock_memfd *memfds;
	uint64_t task;			/* of the call at work */
	int32_t fd;			/* MAP_FILE's, of the call at work */
	struct mock_buffer buffer;	/* MAP_FILE's, of the call at work */
	uint64_t source;		/* owner of what the call at work maps */
};

struct mock_hwpt {
	struct mock_object object;
	struct mock_ioas *ioas;
	struct vprim_ioas_domain domain;
	bool automatic;			/* made by an attach, goes with the last */
	bool can_dirty, dirty;
	struct vprim_iova_map written;	/* page -> 1 */
};

struct mock_ictx {
	struct vprim_mock *mock;
	uint32_t refs;
	struct mock_object *objects;	/* by id */
	struct mock_ioas *vfio;		/* for the VFIO calls */
	struct vprim_iova_map pages;	/* their names -> owner */
};

/* A device in an iommufd. */
struct mock_bound {
	struct mock_object object;
	struct vprim_mock_device *device;
};

struct mock_irq {
	uint32_t on;			/* vectors that are enabled; INTx: 0, 1 */
	void *event[VPRIM_MOCK_VECTORS];
};

struct vprim_mock_device {
	struct vprim_mock_device *next;
	struct vprim_mock *mock;
	const struct vprim_mock_model *model;
	struct mock_group *group;
	char name[16];
	uint32_t number, files;
	bool unplugged;
	uint64_t interrupts;
	void *state;
	uint8_t config[VPRIM_MOCK_CONFIG_BYTES], writable[VPRIM_MOCK_CONFIG_BYTES];
	struct vprim_mock_setup setup;
	struct vprim_mock_region regions[VPRIM_MOCK_REGIONS];
	struct mock_irq irq[VFIO_PCI_IRQS_];
	void *unmask;			/* eventfd that unmasks INTx */
	bool level, masked;		/* INTx */
	uint64_t resets;
	/* through an iommufd */
	struct mock_ictx *ictx;
	struct mock_bound *bound;
	struct mock_hwpt *hwpt;
	struct vprim_ioas_domain domain;
	struct vprim_ioas_access access;
	struct mock_ioas *emulated;	/* attached without an IOMMU */
};

struct vprim_mock_file {
	struct vprim_mock_file *next;
	struct vprim_mock *mock;
	enum vprim_mock_kind kind;
	int32_t fd;			/* in one process */
	struct mock_container *container;
	struct mock_group *group;	/* a device's: it came from there */
	struct vprim_mock_device *device;
	struct mock_ictx *ictx;
	bool granted;			/* a device's calls are let through */
	struct mock_buffer buffer;	/* a dma-buf's */
};

struct vprim_mock {
	struct vprim_mock_config config;
	struct vprim_mock_ops ops;
	struct mock_group *groups;
	struct vprim_mock_device *devices;
	struct vprim_mock_file *files;
	uint32_t numbers;		/* of containers and IOASes */
	uint32_t devices_made;
	struct vprim_mock_note note;	/* of the call at work */
	struct vprim_reason why;
};

/* mock.c */
void *mock_alloc_(struct vprim_mock *mock, size_t n);
void mock_free_(struct vprim_mock *mock, void *ptr, size_t n);
int mock_in_(struct vprim_mock *mock, uint64_t task, void *to, uint64_t from,
	     size_t n);
int mock_out_(struct vprim_mock *mock, uint64_t task, uint64_t to,
	      const void *from, size_t n);
int mock_file_(struct vprim_mock *mock, uint64_t task, int32_t fd,
	       struct vprim_mock_file **file);
int mock_new_file_(struct vprim_mock *mock, enum vprim_mock_kind kind,
		   struct vprim_mock_file **file);
/* Give the task a descriptor of @file, which is closed if that fails. */
int mock_install_(struct vprim_mock_file *file, uint64_t task);
uint64_t mock_owner_(struct vprim_mock *mock, uint64_t task);
void mock_note_(struct vprim_mock *mock, struct vprim_mock_note *note);
/* Of the call at work: its space, range and numbers. */
void mock_trace_(struct vprim_mock *mock, uint32_t object, uint64_t iova,
		uint64_t size, uint64_t v0, uint64_t v1);
/* Read a structure of @n bytes whose first 32 bits are argsz. */
int mock_args_(struct vprim_mock *mock, uint64_t task, uint64_t arg, void *to,
	       uint32_t n);

/* mock_container.c */
struct mock_container *mock_container_new_(struct vprim_mock *mock);
void mock_container_put_(struct mock_container *c);
int mock_container_join_(struct mock_container *c, struct mock_group *g);
void mock_container_leave_(struct mock_group *g);
int64_t mock_container_ioctl_(struct vprim_mock_file *file, uint64_t task,
			      uint32_t request, uint64_t arg);
/* Copy an info struct out, and behind a container's its chain. */
int mock_reply_(struct vprim_mock *mock, uint64_t task, uint64_t arg,
		enum vprim_vfio_cap_kind kind,
		struct vprim_vfio_cap_chain *chain,
		struct vprim_vfio_cap_fixed *info);

void mock_owners_init_(struct vprim_mock *mock, struct mock_owners *o);
int mock_owners_add_(struct vprim_mock *mock, struct mock_owners *o,
		     const struct vprim_range *range, uint64_t owner);
void mock_owners_remove_(struct mock_owners *o, const struct vprim_range *range);
uint64_t mock_owners_find_(const struct mock_owners *o, uint64_t iova);

/* mock_group.c */
int64_t mock_group_ioctl_(struct vprim_mock_file *file, uint64_t task,
			  uint32_t request, uint64_t arg);
void mock_group_close_(struct mock_group *g);
void mock_group_leave_(struct mock_group *g);

/* mock_device.c */
int64_t mock_device_ioctl_(struct vprim_mock_file *file, uint64_t task,
			   uint32_t request, uint64_t arg);
void mock_device_close_(struct vprim_mock_file *file);
void mock_device_free_(struct vprim_mock_device *device);
void mock_device_reset_(struct vprim_mock_device *device);

/* mock_irq.c */
int64_t mock_irq_info_(struct vprim_mock_device *device, uint64_t task,
		       uint64_t arg);
int64_t mock_set_irqs_(struct vprim_mock_device *device, uint64_t task,
		       uint64_t arg);
void mock_irq_fini_(struct vprim_mock_device *device);

/* mock_feature.c */
int64_t mock_feature_(struct vprim_mock_file *file, uint64_t task, uint64_t arg);
/* Its bytes; NULL once its device was reset, which takes it back. */
void *mock_buffer_bytes_(const struct mock_buffer *buffer);

/* mock_iommufd.c */
struct mock_ictx *mock_ictx_new_(struct vprim_mock *mock);
void mock_ictx_put_(struct mock_ictx *ictx);
struct mock_object *mock_object_(struct mock_ictx *ictx, uint32_t id,
				 enum mock_object_type type);
void mock_object_add_(struct mock_ictx *ictx, struct mock_object *object,
		      enum mock_object_type type);
void mock_object_remove_(struct mock_ictx *ictx, struct mock_object *object);
int64_t mock_iommufd_ioctl_(struct vprim_mock_file *file, uint64_t task,
			    uint32_t request, uint64_t arg);
int mock_bind_(struct mock_ictx *ictx, struct vprim_mock_device *device);
void mock_unbind_(struct vprim_mock_device *device);
int mock_attach_(struct vprim_mock_device *device, uint32_t *pt_id);
void mock_detach_(struct vprim_mock_device *device);

/* mock_ioas.c */
int mock_ioas_new_(struct mock_ictx *ictx, struct mock_ioas **ioas);
void mock_ioas_free_(struct mock_ioas *ioas);
struct mock_pages mock_ioas_pages_(const struct mock_ioas *ioas,
				   const struct vprim_ioas_mapping *area);
int64_t mock_ioas_ioctl_(struct mock_ictx *ictx, uint64_t task, uint32_t request,
			 void *args, uint64_t arg, uint32_t bytes);

/* mock_hwpt.c */
int mock_hwpt_new_(struct mock_ioas *ioas, bool dirty, struct mock_hwpt **hwpt);
void mock_hwpt_free_(struct mock_ictx *ictx, struct mock_hwpt *hwpt);
int64_t mock_hwpt_ioctl_(struct mock_ictx *ictx, uint64_t task, uint32_t request,
			 void *args, uint64_t arg, uint32_t bytes);
void mock_hwpt_written_(struct mock_hwpt *hwpt, uint64_t iova, size_t n);

/* mock_compat.c */
int64_t mock_compat_ioctl_(struct mock_ictx *ictx, uint64_t task,
			   uint32_t request, uint64_t arg);
int mock_compat_create_(struct mock_ictx *ictx);

/* mock_edu.c, mock_card.c */
extern const struct vprim_mock_model mock_edu_, mock_card_;

/* mock_config.c */
int mock_config_rw_(struct vprim_mock_device *device, uint64_t at, uint8_t *data,
		    size_t n, bool write);
void mock_put_(uint8_t *at, uint64_t value, unsigned int bytes);
uint64_t mock_get_(const uint8_t *at, unsigned int bytes);
void mock_header_(struct vprim_mock_setup *setup, uint16_t vendor,
		  uint16_t device, uint32_t class_revision);
void mock_bar_(struct vprim_mock_setup *setup, uint32_t bar, uint64_t size,
	       bool wide);
void mock_msi_(struct vprim_mock_setup *setup, uint8_t at, uint8_t next);
void mock_msix_(struct vprim_mock_setup *setup, uint8_t at, uint8_t next,
		uint32_t vectors, uint32_t bar);
void mock_express_(struct vprim_mock_setup *setup, uint8_t at, uint8_t next);

#endif
