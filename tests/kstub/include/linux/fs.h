/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/* Stand-in for the kernel's header: files. */
#ifndef KSTUB_FS_H
#define KSTUB_FS_H
#include <linux/err.h>
#include <linux/types.h>
struct address_space;
struct inode { struct address_space *i_mapping; int refs; };
struct module;
struct file { void *private_data; };
struct inode *file_inode(const struct file *file);
void ihold(struct inode *inode);
void iput(struct inode *inode);
struct file_operations {
	struct module *owner;
	int (*open)(struct inode *inode, struct file *file);
	int (*release)(struct inode *inode, struct file *file);
	ssize_t (*read)(struct file *file, char __user *to, size_t n, loff_t *pos);
	ssize_t (*write)(struct file *file, const char __user *from, size_t n,
			 loff_t *pos);
};
int simple_open(struct inode *inode, struct file *file);
ssize_t simple_read_from_buffer(void __user *to, size_t count, loff_t *pos,
				const void *from, size_t available);
int scnprintf(char *buf, size_t size, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

#endif
