/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/* Stand-in for the kernel's header: move_notify, and invalidate_mappings later. */
#ifndef KSTUB_DMA_BUF_H
#define KSTUB_DMA_BUF_H
#include <linux/dma-direction.h>
#include <linux/dma-resv.h>
#include <linux/err.h>
struct device;
struct dma_buf;
struct dma_buf_attachment;
struct file;
struct module;
struct sg_table;
struct vm_area_struct;
struct dma_buf_ops {
	int (*attach)(struct dma_buf *b, struct dma_buf_attachment *a);
	void (*detach)(struct dma_buf *b, struct dma_buf_attachment *a);
	int (*pin)(struct dma_buf_attachment *a);
	void (*unpin)(struct dma_buf_attachment *a);
	struct sg_table *(*map_dma_buf)(struct dma_buf_attachment *a,
					enum dma_data_direction dir);
	void (*unmap_dma_buf)(struct dma_buf_attachment *a,
			      struct sg_table *table,
			      enum dma_data_direction dir);
	void (*release)(struct dma_buf *b);
	int (*mmap)(struct dma_buf *b, struct vm_area_struct *vma);
};
struct dma_buf {
	size_t size;
	struct file *file;
	const struct dma_buf_ops *ops;
	struct dma_resv *resv;
	void *priv;
	int refs;
	struct dma_buf_attachment *attachments;
};
struct dma_buf_attach_ops {
	bool allow_peer2peer;
#ifdef KSTUB_LATER
	void (*invalidate_mappings)(struct dma_buf_attachment *a);
#else
	void (*move_notify)(struct dma_buf_attachment *a);
#endif
};
struct dma_buf_attachment {
	struct dma_buf *dmabuf;
	struct device *dev;
	bool peer2peer;
	const struct dma_buf_attach_ops *importer_ops;
	void *importer_priv;
	void *priv;
	struct dma_buf_attachment *next;
};
struct dma_buf_export_info {
	struct module *owner;
	const struct dma_buf_ops *ops;
	size_t size;
	int flags;
	void *priv;
};
#define DEFINE_DMA_BUF_EXPORT_INFO(name) struct dma_buf_export_info name = { 0 }
#ifdef KSTUB_LATER
void dma_buf_invalidate_mappings(struct dma_buf *b);
#else
void dma_buf_move_notify(struct dma_buf *b);
#endif
struct dma_buf *dma_buf_export(const struct dma_buf_export_info *info);
void dma_buf_put(struct dma_buf *b);
void get_dma_buf(struct dma_buf *b);
struct dma_buf_attachment *
dma_buf_dynamic_attach(struct dma_buf *b, struct device *dev,
		       const struct dma_buf_attach_ops *ops, void *priv);
void dma_buf_detach(struct dma_buf *b, struct dma_buf_attachment *a);

#endif
