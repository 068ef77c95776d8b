// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * /dev/vfio and what sysfs says of the devices, as a real folder that paths are led
 * to: reading, listing and links are then the kernel's own work.
 *
 * A process of its own waits until we are gone, however that came, and removes it.
 */
#include "sup.h"
#include "../tool.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <inttypes.h>
#include <signal.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

static bool failed;

/* Make the folders above a path. */
static void above(const char *path)
{
	char *copy = g_strdup(path), *slash = copy;

	while ((slash = strchr(slash + 1, '/'))) {
		*slash = '\0';
		if (mkdir(copy, 0755) && errno != EEXIST)
			failed = true;
		*slash = '/';
	}
	g_free(copy);
}

__attribute__((format(printf, 3, 4)))
static void put(const char *tree, const char *path, const char *format, ...)
{
	char *whole = g_strconcat(tree, path, NULL), *text;
	va_list ap;
	FILE *f;

	va_start(ap, format);
	text = g_strdup_vprintf(format, ap);
	va_end(ap);
	above(whole);
	f = fopen(whole, "we");
	if (!f || fputs(text, f) < 0)
		failed = true;
	if (f && fclose(f))
		failed = true;
	g_free(text);
	g_free(whole);
}

static void put_bytes(const char *tree, const char *path, const void *bytes, size_t n)
{
	char *whole = g_strconcat(tree, path, NULL);

	above(whole);
	if (!g_file_set_contents(whole, bytes, (gssize)n, NULL))
		failed = true;
	g_free(whole);
}

/* A link from one place of the tree to another, relative as sysfs has them. */
static void put_link(const char *tree, const char *path, const char *to)
{
	char *whole = g_strconcat(tree, path, NULL);
	GString *target = g_string_new(NULL);
	const char *slash = path;

	while ((slash = strchr(slash + 1, '/')))
		g_string_append(target, "../");
	g_string_append(target, to + 1);
	above(whole);
	if (symlink(target->str, whole) && errno != EEXIST)
		failed = true;
	g_string_free(target, TRUE);
	g_free(whole);
}

static uint32_t word(const struct vprim_mock_device_info *info, uint32_t at,
		     unsigned int bytes)
{
	uint32_t v = 0;

	while (bytes--)
		v = v << 8 | info->config[at + bytes];
	return v;
}

#define DEVICE(file) (g_snprintf(path, sizeof(path), "%s/" file, folder), path)

static void put_numbers(const char *tree, const char *folder,
			const struct vprim_mock_device_info *info)
{
	char path[128];

	put(tree, DEVICE("vendor"), "0x%04" PRIx32 "\n", word(info, 0x00, 2));
	put(tree, DEVICE("device"), "0x%04" PRIx32 "\n", word(info, 0x02, 2));
	put(tree, DEVICE("revision"), "0x%02" PRIx32 "\n", word(info, 0x08, 1));
	put(tree, DEVICE("class"), "0x%06" PRIx32 "\n", word(info, 0x08, 4) >> 8);
	put(tree, DEVICE("subsystem_vendor"), "0x%04" PRIx32 "\n", word(info, 0x2c, 2));
	put(tree, DEVICE("subsystem_device"), "0x%04" PRIx32 "\n", word(info, 0x2e, 2));
	put(tree, DEVICE("irq"), "%d\n", info->config[0x3d] ? 11 : 0);
	put(tree, DEVICE("enable"), "1\n");
	put(tree, DEVICE("numa_node"), "-1\n");
	put(tree, DEVICE("driver_override"), "vfio-pci\n");
	put(tree, DEVICE("reset"), "%s", "");
	put(tree, DEVICE("modalias"),
	    "pci:v%08" PRIX32 "d%08" PRIX32 "sv%08" PRIX32 "sd%08" PRIX32
	    "bc%02" PRIX32 "sc%02" PRIX32 "i%02" PRIX32 "\n",
	    word(info, 0, 2), word(info, 2, 2), word(info, 0x2c, 2),
	    word(info, 0x2e, 2), word(info, 0x0b, 1), word(info, 0x0a, 1),
	    word(info, 0x09, 1));
	put(tree, DEVICE("uevent"),
	    "DRIVER=vfio-pci\nPCI_CLASS=%" PRIX32 "\nPCI_ID=%04" PRIX32 ":%04" PRIX32
	    "\nPCI_SUBSYS_ID=%04" PRIX32 ":%04" PRIX32 "\nPCI_SLOT_NAME=%s\n",
	    word(info, 0x08, 4) >> 8, word(info, 0, 2), word(info, 2, 2),
	    word(info, 0x2c, 2), word(info, 0x2e, 2), info->name);
	put_bytes(tree, DEVICE("config"), info->config, info->config_bytes);
}

/* Addresses on the bus are of our own choice: nobody decodes them. */
static void put_resources(const char *tree, const char *folder,
			  const struct vprim_mock_device_info *info)
{
	GString *text = g_string_new(NULL);
	uint64_t at = UINT64_C(0xc0000000) + ((uint64_t)info->number << 24);
	char path[128];
	uint32_t i;

	for (i = 0; i < 13; i++) {
		uint64_t n = i < 6 ? info->regions[i].size_bytes : 0;

		if (n)
			g_string_append_printf(text, "0x%016" PRIx64 " 0x%016" PRIx64
					       " 0x%016x\n", at, at + n - 1,
					       word(info, 0x10 + 4 * i, 1) & 4 ?
					       0x140204 : 0x40200);
		else
			g_string_append_printf(text, "0x%016x 0x%016x 0x%016x\n",
					       0, 0, 0);
		at += n;
	}
	put(tree, DEVICE("resource"), "%s", text->str);
	g_string_free(text, TRUE);
}

static const char *const type_names[] = {
	[VPRIM_IOVA_WINDOWS_RESERVED] = "reserved",
	[VPRIM_IOVA_WINDOWS_DIRECT] = "direct",
	[VPRIM_IOVA_WINDOWS_DIRECT_RELAXABLE] = "direct-relaxable",
	[VPRIM_IOVA_WINDOWS_MSI] = "msi",
	[VPRIM_IOVA_WINDOWS_SW_MSI] = "msi",
};

static void put_group(const struct sup *s, const char *device,
		      const struct vprim_mock_device_info *info)
{
	const struct vprim_mock_iommu *iommu = s->options.iommu;
	GString *text = g_string_new(NULL);
	char folder[64], path[128];
	size_t i;

	g_snprintf(folder, sizeof(folder), "/sys/kernel/iommu_groups/%" PRIu32,
		   info->group);
	for (i = 0; i < iommu->nr_reserved; i++)
		g_string_append_printf(text, "0x%016" PRIx64 " 0x%016" PRIx64 " %s\n",
				       iommu->reserved[i].range.start,
				       iommu->reserved[i].range.last,
				       type_names[iommu->reserved[i].type]);
	put(s->tree, DEVICE("reserved_regions"), "%s", text->str);
	put(s->tree, DEVICE("type"), "DMA\n");
	g_snprintf(path, sizeof(path), "%s/devices/%s", folder, info->name);
	put_link(s->tree, path, device);
	g_snprintf(path, sizeof(path), "%s/iommu_group", device);
	put_link(s->tree, path, folder);
	if (!s->options.no_vfio) {
		g_snprintf(path, sizeof(path), "/dev/vfio/%" PRIu32, info->group);
		put(s->tree, path, "%s", "");
	}
	g_string_free(text, TRUE);
}

static void put_device(const struct sup *s, struct vprim_mock_device *d)
{
	struct vprim_mock_device_info info;
	char folder[64], path[128], other[128];

	vprim_mock_device_describe(d, &info);
	g_snprintf(folder, sizeof(folder), "/sys/devices/pci%.4s:00/%s", info.name,
		   info.name);
	put_numbers(s->tree, folder, &info);
	put_resources(s->tree, folder, &info);
	put_group(s, folder, &info);
	put_link(s->tree, DEVICE("subsystem"), "/sys/bus/pci");
	put_link(s->tree, DEVICE("driver"), "/sys/bus/pci/drivers/vfio-pci");
	g_snprintf(path, sizeof(path), "/sys/bus/pci/devices/%s", info.name);
	put_link(s->tree, path, folder);
	g_snprintf(path, sizeof(path), "/sys/bus/pci/drivers/vfio-pci/%s", info.name);
	put_link(s->tree, path, folder);
	if (s->options.no_iommufd)
		return;
	g_snprintf(path, sizeof(path), "/dev/vfio/devices/vfio%" PRIu32, info.number);
	put(s->tree, path, "%s", "");
	g_snprintf(other, sizeof(other), "%s/vfio-dev/vfio%" PRIu32, folder,
		   info.number);
	g_snprintf(path, sizeof(path), "%s/dev", other);
	put(s->tree, path, "511:%" PRIu32 "\n", info.number);
	g_snprintf(path, sizeof(path), "/sys/class/vfio-dev/vfio%" PRIu32, info.number);
	put_link(s->tree, path, other);
}

/* The machine's own devices stay in the list beside ours. */
static void put_others(const struct sup *s, const char *folder)
{
	DIR *dir = opendir(folder);
	struct dirent *e;

	while (dir && (e = readdir(dir))) {
		char *path = g_strdup_printf("%s%s/%s", s->tree, folder, e->d_name);
		char *to = g_strdup_printf("%s/%s", folder, e->d_name);

		if (e->d_name[0] != '.' && symlink(to, path) && errno != EEXIST)
			failed = true;
		g_free(path);
		g_free(to);
	}
	if (dir)
		closedir(dir);
}

static int make(struct sup *s)
{
	struct vprim_mock_device *d = NULL;

	failed = false;
	put(s->tree, "/sys/module/vfio/parameters/enable_unsafe_noiommu_mode", "N\n");
	put(s->tree, "/sys/module/vfio_iommu_type1/parameters/dma_entry_limit",
	    "%" PRIu64 "\n", s->options.limited ? s->options.entry_limit :
	    (uint64_t)VPRIM_TYPE1_ENTRY_LIMIT);
	if (!s->options.no_vfio)
		put(s->tree, "/dev/vfio/vfio", "%s", "");
	if (!s->options.no_iommufd)
		put(s->tree, "/dev/iommu", "%s", "");
	while ((d = vprim_mock_next(s->mock, d)))
		put_device(s, d);
	put_others(s, "/sys/bus/pci/devices");
	return failed ? -1 : 0;
}

/* -- its end --------------------------------------------------------------------- */

static int remove_one(const char *path, const struct stat *st, int flag,
		      struct FTW *ftw)
{
	(void)st;
	(void)flag;
	(void)ftw;
	return remove(path);
}

/* Waits for the other end of the pipe to go, with us or before. */
static int start_guard(struct sup *s)
{
	int ends[2];
	pid_t pid;
	char byte;

	if (pipe2(ends, O_CLOEXEC))
		return -1;
	fflush(NULL);
	pid = fork();
	if (pid < 0)
		return -1;
	if (!pid) {
		sigset_t all;
		int fd;

		setsid();
		sigfillset(&all);
		sigprocmask(SIG_BLOCK, &all, NULL);
		for (fd = 0; fd < 1024; fd++)
			if (fd != ends[0])
				close(fd);
		while (read(ends[0], &byte, 1) < 0 && errno == EINTR)
			;
		nftw(s->tree, remove_one, 16, FTW_DEPTH | FTW_PHYS);
		_exit(0);
	}
	s->guard_pid = pid;
	close(ends[0]);
	s->guard = fcntl(ends[1], F_DUPFD_CLOEXEC, 200);
	close(ends[1]);
	return s->guard < 0 ? -1 : pid;
}

int sup_tree_init(struct sup *s)
{
	const char *where[] = { getenv("TMPDIR"), "/tmp", "/dev/shm" };
	size_t i;

	for (i = 0; i < 3 && !s->tree; i++) {
		char *tree = where[i] ? g_strconcat(where[i], "/virtprim-mock.XXXXXX",
						    NULL) : NULL;

		if (tree && mkdtemp(tree))
			s->tree = tree;
		else
			g_free(tree);
	}
	if (!s->tree) {
		tool_warn("mock: no folder for /sys can be made in /tmp: %s",
			  strerror(errno));
		return -1;
	}
	if (start_guard(s) < 0 || make(s)) {
		tool_warn("mock: %s cannot be filled: %s", s->tree, strerror(errno));
		return -1;
	}
	chmod(s->tree, 0755);
	s->root = open(s->tree, O_PATH | O_DIRECTORY | O_CLOEXEC);
	i = s->root < 0 ? 0 : (size_t)fcntl(s->root, F_DUPFD_CLOEXEC, 200);
	if (i) {
		close(s->root);
		s->root = (int)i;
	}
	return s->root < 0 ? -1 : 0;
}

/* Not left to the guard alone: who waits for us finds it gone. */
void sup_tree_fini(struct sup *s)
{
	if (s->tree)
		nftw(s->tree, remove_one, 16, FTW_DEPTH | FTW_PHYS);
	if (s->guard >= 0)
		close(s->guard);
	g_free(s->tree);
	s->tree = NULL;
}
