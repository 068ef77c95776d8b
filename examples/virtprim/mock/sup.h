/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * The supervisor of `virtprim mock`: stands between a program and the kernel, gives
 * it the descriptors of files that are not there, and answers its calls on them
 * with mock.h.
 *
 *     program --seccomp--> sup_loop --> sup_call, sup_path --> mock.h
 *        descriptors <-- sup_file      memory, eventfds <-- sup_task
 */
#ifndef SUP_H
#define SUP_H
#include <glib.h>
#include <linux/seccomp.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <virtprim/mock.h>

/* Exit statuses beside the program's own. */
#define SUP_TROUBLE 125
#define SUP_FINDING 124

#define SUP_DEVICES 16

struct sup_device {
	const struct vprim_mock_model *model;
	char name[16];
	char *options;
	uint32_t group;
};

/* Options as they came; owned. */
struct sup_raw {
	char **device;
	char *iommu, *linux_release, *fail, *report, *trace;
	long long entry_limit, unplug, lose;
	int no_iommufd, no_vfio, strict, memlock, verbose;
};

struct sup_options {
	struct sup_raw raw;
	void *context;			/* of popt: its strings are in use */
	struct sup_device device[SUP_DEVICES];
	unsigned int devices;
	const struct vprim_mock_iommu *iommu;
	uint32_t release;
	char *release_text;
	bool no_vfio, no_iommufd, strict, json, limited, memlock;
	int verbose;
	uint64_t entry_limit;
	const char *trace;
	/* faults */
	char *fail_call;
	uint64_t fail_at;		/* 0: each time */
	int fail_with;
	uint64_t unplug_at, lose_irq;
	const char **argv;
};

/* An inode that stands for files of the pretended kernel. */
struct sup_node {
	uint64_t ino, dev;
	int fd;				/* memfd, or a file of the tree */
	int watch;			/* of inotify, or -1 */
	char *path;			/* as the program knows it */
	bool is_char;
	dev_t rdev;
	GPtrArray *files;		/* struct vprim_mock_file */
	struct vprim_mock_device *device;
};

struct sup_stat {
	uint64_t calls, refused, ns;
};

struct sup {
	struct sup_stat *last;		/* of the call that was noted last */
	struct sup_options options;
	struct vprim_mock *mock;
	int notify;			/* seccomp's listener */
	int inotify, epoll, signals;
	pid_t child;
	int status;			/* of the program, once it has ended */
	bool ended;
	GHashTable *nodes;		/* inode -> sup_node */
	GHashTable *devices;		/* vprim_mock_device -> sup_node */
	GHashTable *owners;		/* process -> struct sup_owner */
	uint64_t memory_dev;		/* device number of memfds */
	/* the call at work */
	uint64_t id;
	/* the tree */
	char *tree;
	int root, guard;
	pid_t guard_pid;
	/* the account */
	GHashTable *stats;		/* name of a call -> sup_stat */
	GHashTable *reasons;		/* call, errno and rule -> count */
	GPtrArray *findings;		/* strings */
	GHashTable *finding_count;
	uint64_t calls, interrupts, watched;
	FILE *trace;
	GHashTable *traced;		/* object number -> what it is */
};

/* sup_start.c */
int sup_start(struct sup *s);
/* sup_loop.c */
int sup_loop(struct sup *s);
/* sup_call.c: answers a notification; *val what the call returns or -errno, *pass
 * when the kernel shall do it. */
void sup_call(struct sup *s, const struct seccomp_notif *n, int64_t *val, bool *pass);
/* sup_path.c */
void sup_path_call(struct sup *s, const struct seccomp_notif *n, int64_t *val,
		   bool *pass);
/* sup_task.c */
extern const struct vprim_mock_ops sup_ops;
int sup_read(uint64_t task, void *to, uint64_t from, size_t n);
int sup_write(uint64_t task, uint64_t to, const void *from, size_t n);
int sup_read_string(uint64_t task, uint64_t from, char *to, size_t capacity);
void sup_event_ready(struct sup *s, void *watch);
void sup_task_init(struct sup *s);
void sup_task_fini(struct sup *s);
/* sup_file.c */
int sup_file_init(struct sup *s);
void sup_file_fini(struct sup *s);
struct sup_node *sup_node_of(struct sup *s, uint64_t task, int32_t fd);
int sup_file_of(void *ctx, uint64_t task, int32_t fd, struct vprim_mock_file **file);
int sup_install(void *ctx, uint64_t task, struct vprim_mock_file *file);
int sup_give(struct sup *s, int fd, bool cloexec);
int sup_open_node(struct sup *s, const char *path, uint64_t task, bool cloexec);
void *sup_region_memory(void *ctx, struct vprim_mock_device *device, uint32_t index,
			uint64_t size_bytes);
void sup_inotify(struct sup *s);
/* sup_tree.c */
int sup_tree_init(struct sup *s);
void sup_tree_fini(struct sup *s);
/* sup_report.c */
void sup_note(void *ctx, const struct vprim_mock_note *note);
int sup_fail(void *ctx, const char *call);
void sup_time(struct sup *s, const char *call, uint64_t ns, bool refused);
void sup_report(struct sup *s);
bool sup_has_findings(const struct sup *s);
/* sup_trace.c */
int sup_trace_open(struct sup *s);
/* 0, or -1 when not all of it could be written. */
int sup_trace_close(struct sup *s);
void sup_trace_note(struct sup *s, const struct vprim_mock_note *note);
/* sup_profile.c: an IOMMU by name, or from a file. */
const struct vprim_mock_iommu *sup_profile(const char *name);
/* sup_options.c: 0 and argv left to run, or an exit status in *status. */
int sup_options_read(struct sup_options *o, int argc, const char **argv,
		     int *status);
void sup_options_free(struct sup_options *o);
int sup_errno_of(const char *name);
const char *sup_errno_name(int error);

#endif
