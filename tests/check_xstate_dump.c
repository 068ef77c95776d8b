// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * The reader of CPUID dumps: every form, what people do to dumps before they
 * publish them, and bytes that are no dump at all.
 */
#include "testlib.h"
#include "xstate_dump.h"
#include "xstate_tables.h"

#define BIT(n) ((uint64_t)1 << (n))

/* From memory that ends where the text does, so that no byte more is read. */
static int read_exactly(const char *text, size_t len, unsigned int cpu,
			struct xstate_dump *d, struct xstate_dump_error *e)
{
	char *copy = malloc(len ? len : 1);
	struct input *in;
	int ret;

	require(copy);
	memcpy(copy, text, len);
	in = input_memory(copy, len);
	require(in);
	ret = xstate_dump_read(in, cpu, d, e);
	require(!ret || (e->what && *e->what));
	e->what = "lives as long as the input";
	input_close(in);
	free(copy);
	return ret;
}

static int read_text(const char *text, unsigned int cpu, struct xstate_dump *d)
{
	struct xstate_dump_error e;

	return read_exactly(text, strlen(text), cpu, d, &e);
}

/* -- every form, of every machine -------------------------------------------------- */

enum form { RAW, LISTED, LISTED_SL, LISTED_COLON, VECTOR, KCPUID, XEN, X86INFO,
	    LIBVIRT, LINUX, KVM, VMWARE, FIRECRACKER, CROSVM, PRETTY, ONE_LINE,
	    WRAPPED, QUOTED, PRINTABLE, FORMS };

/* Those without sub-leaf numbers. */
static bool is_ordered(enum form form)
{
	return form == LISTED || form == X86INFO;
}

static void print_bits(FILE *out, const char *name, uint32_t v, const char *behind)
{
	fprintf(out, "{\"register\":\"%s\",\"bitmap\":\"0b", name);
	for (int i = 31; i >= 0; i--)
		fputc('0' + (int)(v >> i & 1), out);
	fprintf(out, "\"}%s", behind);
}

static void print_json(FILE *out, enum form form, unsigned int n, bool first,
		       const struct vprim_xstate_leaf *l)
{
	if (!first)
		fputs(form == PRETTY ? ",\n" : ",", out);
	if (form == FIRECRACKER) {
		fprintf(out, "{\"leaf\":\"0xd\",\"subleaf\":\"0x%x\",\"flags\":1,\n"
			"\"modifiers\":[\n", n);
		print_bits(out, "eax", l->eax, ",");
		print_bits(out, "ebx", l->ebx, ",\n");
		print_bits(out, "ecx", l->ecx, ",");
		print_bits(out, "edx", l->edx, "]}");
	} else if (form == CROSVM) {
		fprintf(out, "{\"function\":13,\"index\":%u,\"flags\":1,\"cpuid\":"
			"{\"eax\":%u,\"ebx\":%u,\"ecx\":%u,\"edx\":%u}}", n, l->eax,
			l->ebx, l->ecx, l->edx);
	} else {
		fprintf(out, "    {\n      \"function\": 13,\n      \"index\": %u,\n"
			"      \"eax\": %u,\n      \"ebx\": %u,\n      \"ecx\": %u,\n"
			"      \"edx\": %u\n    }", n, l->eax, l->ebx, l->ecx, l->edx);
	}
}

static void print_leaf(FILE *out, enum form form, unsigned int n,
		       const struct vprim_xstate_leaf *l)
{
	switch (form) {
	case RAW:
		fprintf(out, "   0x0000000d 0x%02x: eax=0x%08x ebx=0x%08x "
			"ecx=0x%08x edx=0x%08x\n", n, l->eax, l->ebx, l->ecx, l->edx);
		break;
	case LISTED:
		fprintf(out, "CPUID 0000000D: %08X-%08X-%08X-%08X\n", l->eax, l->ebx,
			l->ecx, l->edx);
		break;
	case LISTED_SL:
		fprintf(out, "CPUID 0000000D   %08X-%08X-%08X-%08X [SL %02X]\r\n",
			l->eax, l->ebx, l->ecx, l->edx, n);
		break;
	case LISTED_COLON:
		fprintf(out, "> CPUID 0000000d:%02x = %08x %08x %08x %08x | ...\n", n,
			l->eax, l->ebx, l->ecx, l->edx);
		break;
	case KCPUID:
		fprintf(out, "%s %2u: EAX=0x%08x, EBX=0x%08x, ECX=0x%08x, EDX=0x%08x\n",
			n ? "" : "0x0000000d: subleafs:\n", n, l->eax, l->ebx, l->ecx,
			l->edx);
		break;
	case XEN:
		fprintf(out, "  0000000d:%08x -> %08x:%08x:%08x:%08x\n", n, l->eax,
			l->ebx, l->ecx, l->edx);
		break;
	case X86INFO:
		fprintf(out, "eax in: 0x0000000d, eax = %08x ebx = %08x ecx = %08x "
			"edx = %08x\n", l->eax, l->ebx, l->ecx, l->edx);
		break;
	case LIBVIRT:
	case ONE_LINE:
		fprintf(out, "  <cpuid eax_in='0x0000000d' ecx_in='0x%02x' "
			"eax='0x%08x' ebx='0x%08x' ecx='0x%08x' edx='0x%08x'/>%s", n,
			l->eax, l->ebx, l->ecx, l->edx, form == LIBVIRT ? "\n" : "");
		break;
	case LINUX:
		fprintf(out, "<4>[    0.123456] CPUID[0d, %02x]: eax=%08x ebx=%08x "
			"ecx=%08x edx=%08x\n", n, l->eax, l->ebx, l->ecx, l->edx);
		break;
	case KVM:
		fprintf(out, " qemu-system-x86-812   [003] .....   100.000001: "
			"kvm_cpuid: func d idx %x rax %x rbx %x rcx %x rdx %x, cpuid "
			"entry found\n", n, l->eax, l->ebx, l->ecx, l->edx);
		break;
	case VMWARE:
		fprintf(out, "2024-05-04T10:25:25.311Z In(05) vmx - hostCPUID level "
			"0000000d, %x: 0x%08x 0x%08x 0x%08x 0x%08x\n", n, l->eax, l->ebx,
			l->ecx, l->edx);
		break;
	case WRAPPED:
		fprintf(out, "0x0000000d 0x%02x: eax=0x%08x ebx=0x%08x ecx=0x%08x\n"
			"edx=0x%08x\n", n, l->eax, l->ebx, l->ecx, l->edx);
		break;
	case QUOTED:
		fprintf(out, "> >  %2u: EAX=0x%08x, EBX=0x%08x,\n> > ECX=0x%08x,\n"
			">> EDX=0x%08x\n", n, l->eax, l->ebx, l->ecx, l->edx);
		break;
	case PRINTABLE:
		fprintf(out, "  %u: EAX=3D0x%08x, EBX=3D0x%08x, ECX=3D0x%08x, "
			"EDX=3D0x%x=\n%07x\n", n, l->eax, l->ebx, l->ecx, l->edx >> 28,
			l->edx & 0xfffffff);
		break;
	default:
		fprintf(out, "x.leaf %u %u 0x%x %u 0x%x # a comment\n", n, l->eax,
			l->ebx, l->ecx, l->edx);
	}
}

static bool is_json(enum form form)
{
	return form == FIRECRACKER || form == CROSVM || form == PRETTY;
}

static const char *head_of(enum form form)
{
	switch (form) {
	case FIRECRACKER:
		return "{\"kvm_capabilities\":[],\n\"cpuid_modifiers\":[\n";
	case CROSVM:
		return "log: {\"cpu_id_entries\":[";
	case PRETTY:
		return "{\n  \"cpuid\": [\n";
	case LIBVIRT:
		return "<cpudata arch='x86'>\n";
	case ONE_LINE:
		return "<cpudata arch='x86'>";
	case QUOTED:
		return "> > 0x0000000d: subleafs:\n";
	case PRINTABLE:
		return "0x0000000d: subleafs:\n";
	case XEN:
		return "Xen reports there are maximum 120 leaves and 2 MSRs\n"
		       "Raw policy: 32 leaves, 2 MSRs\n CPUID:\n"
		       "  leaf     subleaf  -> eax      ebx      ecx      edx     \n";
	default:
		return "";
	}
}

static const char *tail_of(enum form form)
{
	switch (form) {
	case FIRECRACKER:
	case CROSVM:
		return "]}\n";
	case PRETTY:
		return "\n  ]\n}\n";
	case LIBVIRT:
	case ONE_LINE:
		return "</cpudata>\n";
	case XEN:
		return " MSRs:\n  index    -> value           \n"
		       "  000000ce -> 0000000080000000\n";
	default:
		return "";
	}
}

static bool is_zero(const struct vprim_xstate_leaf *l)
{
	return !(l->eax | l->ebx | l->ecx | l->edx);
}

START_TEST(every_form_gives_every_machine_back)
{
	enum form form = (enum form)(_i % FORMS);
	enum machine_name m = (enum machine_name)(_i / FORMS % MACHINES);
	bool zeros = _i / FORMS / MACHINES;
	const struct vprim_xstate_leaf *l = machine_leaves[m];
	struct xstate_dump_error e;
	struct xstate_dump d;
	char *text;
	size_t len;
	FILE *out = open_memstream(&text, &len);

	ck_assert_ptr_nonnull(out);
	fputs("CPU:\n   vendor_id = \"...\"\n", out);
	fputs(head_of(form), out);
	for (unsigned int n = 0; n < 64; n++) {
		if (n >= 2 && !zeros && is_zero(&l[n]))
			continue;
		if (is_json(form))
			print_json(out, form, n, !n, &l[n]);
		else
			print_leaf(out, form, n, &l[n]);
	}
	fputs(tail_of(form), out);
	fclose(out);
	ck_assert_int_eq(read_exactly(text, len, 0, &d, &e), 0);
	for (unsigned int n = 0; n < 64; n++)
		ck_assert_msg(!memcmp(&d.leaf[n], &l[n], sizeof(*l)),
			      "form %d machine %d sub-leaf %u", (int)form, (int)m, n);
	ck_assert_uint_eq(d.cpus, 1);
	ck_assert(d.numbered_by_order == is_ordered(form));
	ck_assert_uint_eq(d.passed_over, form == XEN ? 2 : 1);
	ck_assert(!d.has_flags);
	free(text);
}
END_TEST

/* -- what people publish ------------------------------------------------------------ */

START_TEST(a_whole_dump_with_two_processors)
{
	static const char text[] =
		"CPU 0:\n"
		"   0x00000000 0x00: eax=0x00000010 ebx=0x68747541 ecx=0x444d4163 edx=0x69746e65\n"
		"   0x00000001 0x00: eax=0x00830f10 ebx=0x00000800 ecx=0x7ed8320b edx=0x178bfbff\n"
		"   0x00000007 0x00: eax=0x00000000 ebx=0x219c91a9 ecx=0x00400004 edx=0x00000000\n"
		"   0x0000000d 0x00: eax=0x00000207 ebx=0x00000340 ecx=0x00000380 edx=0x00000000\n"
		"   0x0000000d 0x01: eax=0x0000000f ebx=0x00000340 ecx=0x00000000 edx=0x00000000\n"
		"   0x0000000d 0x02: eax=0x00000100 ebx=0x00000240 ecx=0x00000000 edx=0x00000000\n"
		"   0x0000000d 0x09: eax=0x00000040 ebx=0x00000340 ecx=0x00000000 edx=0x00000000\n"
		"   0x80000000 0x00: eax=0x80000020 ebx=0x68747541 ecx=0x444d4163 edx=0x69746e65\n"
		"CPU 1:\n"
		"   0x00000000 0x00: eax=0x00000010 ebx=0x68747541 ecx=0x444d4163 edx=0x69746e65\n"
		"   0x0000000d 0x00: eax=0x00000007 ebx=0x00000340 ecx=0x00000340 edx=0x00000000\n"
		"   0x0000000d 0x02: eax=0x00000100 ebx=0x00000240 ecx=0x00000000 edx=0x00000000\n";
	struct xstate_dump d;

	ck_assert_int_eq(read_text(text, 0, &d), 0);
	ck_assert_uint_eq(d.given, 0x207);
	ck_assert_uint_eq(d.leaf[9].eax, 64);
	ck_assert_uint_eq(d.cpus, 2);
	ck_assert(d.has_flags);
	ck_assert_uint_eq(d.flags.leaf1_ecx, 0x7ed8320b);
	ck_assert_uint_eq(d.flags.leaf7_ebx, 0x219c91a9);
	ck_assert_int_eq(read_text(text, 1, &d), 0);
	ck_assert_uint_eq(d.given, 0x5);
	ck_assert_uint_eq(d.leaf[0].eax, 7);
	ck_assert(!d.has_flags);
	ck_assert_int_eq(read_text(text, 2, &d), -ENOENT);
}
END_TEST

START_TEST(processors_without_headings)
{
	static const char lists[] =
		"CPUID 00000000: 00000010-68747541-444D4163-69746E65\n"
		"CPUID 0000000D: 00000007-00000340-00000340-00000000\n"
		"CPUID 0000000D: 00000001-00000340-00000000-00000000\n"
		"CPUID 0000000D: 00000100-00000240-00000000-00000000\n"
		"CPUID 00000000: 00000010-68747541-444D4163-69746E65\n"
		"CPUID 0000000D: 00000003-00000240-00000240-00000000\n";
	static const char only_d[] =
		"0x0000000d 0x00: eax=0x00000007 ebx=0x340 ecx=0x340 edx=0x0\n"
		"0x0000000d 0x02: eax=0x00000100 ebx=0x240 ecx=0x0 edx=0x0\n"
		"0x0000000d 0x00: eax=0x00000003 ebx=0x240 ecx=0x240 edx=0x0\n";
	static const char stretches[] =
		"CPUID 0000000D: 00000007-00000340-00000340-00000000\n"
		"CPUID 80000000: 00000010-68747541-444D4163-69746E65\n"
		"CPUID 0000000D: 00000003-00000240-00000240-00000000\n";
	static const char headed[] =
		"------[ Logical CPU #0 ]------\n\n"
		"CPUID 0000000D: 00000007-00000340-00000340-00000000 [SL 00]\n"
		"------[ Logical CPU #1 ]------\n"
		"CPUID 0000000D: 00000003-00000340-00000340-00000000 [SL 00]\n";
	static const char *const texts[] = { lists, only_d, stretches, headed };
	struct xstate_dump d;

	for (size_t i = 0; i < VPRIM_ARRAY_LEN(texts); i++) {
		ck_assert_int_eq(read_text(texts[i], 0, &d), 0);
		ck_assert_uint_eq(d.leaf[0].eax, 7);
		ck_assert_uint_eq(d.cpus, 2);
		ck_assert_int_eq(read_text(texts[i], 1, &d), 0);
		ck_assert_uint_eq(d.leaf[0].eax, 3);
	}
}
END_TEST

START_TEST(lists_cut_short_are_numbered_as_far_as_they_go)
{
	struct xstate_dump d;

	/* MPX without AVX, PT: the component lines are missing. */
	ck_assert_int_eq(read_text(
		"CPUID 0000000D: 0000001B-00000440-00000440-00000000\n"
		"CPUID 0000000D: 0000000F-000002C0-00000100-00000000\n"
		"CPUID 0000000E: 00000000-00000000-00000000-00000000\n", 0, &d), 0);
	ck_assert_uint_eq(d.given, 3);
	/* Skylake without its line for PT. */
	ck_assert_int_eq(read_text(
		"CPUID 0000000D: 0000001F-00000440-00000440-00000000\n"
		"CPUID 0000000D: 0000000F-000003C0-00000100-00000000\n"
		"CPUID 0000000D: 00000100-00000240-00000000-00000000\n"
		"CPUID 0000000D: 00000040-000003C0-00000000-00000000\n"
		"CPUID 0000000D: 00000040-00000400-00000000-00000000\n", 0, &d), 0);
	ck_assert_uint_eq(d.given, 0x1f);
	/* PT's line stands before PKRU's: the kind tells them apart. */
	ck_assert_int_eq(read_text(
		"CPUID 0000000D: 00000207-00000A88-00000A88-00000000\n"
		"CPUID 0000000D: 0000000F-00000348-00000900-00000000\n"
		"CPUID 0000000D: 00000100-00000240-00000000-00000000\n"
		"CPUID 0000000D: 00000008-00000A80-00000000-00000000\n"
		"CPUID 0000000D: 00000010-00000000-00000001-00000000\n", 0, &d), 0);
	ck_assert_uint_eq(d.given, 0xa07);
	ck_assert_uint_eq(d.leaf[9].ebx, 0xa80);
	ck_assert_uint_eq(d.leaf[11].eax, 16);
	/* Number 62, and only sub-leaf 0. */
	ck_assert_int_eq(read_text(
		"CPUID 0000000D: 00000007-00000340-000003C0-40000000\n"
		"CPUID 0000000D: 00000000-00000000-00000000-00000000\n"
		"CPUID 0000000D: 00000100-00000240-00000000-00000000\n"
		"CPUID 0000000D: 00000080-00000340-00000000-00000000\n", 0, &d), 0);
	ck_assert_uint_eq(d.given, 7 | BIT(62));
	ck_assert_int_eq(read_text(
		"CPUID 0000000D: 00000007-00000340-00000340-00000000", 0, &d), 0);
	ck_assert_uint_eq(d.given, 1);
}
END_TEST

START_TEST(policies_and_guests_are_processors)
{
	static const char xen[] =
		"Raw policy: 3 leaves, 0 MSRs\n CPUID:\n"
		"  00000000:ffffffff -> 0000000d:756e6547:6c65746e:49656e69\n"
		"  0000000d:00000000 -> 00000007:00000340:00000340:00000000\n"
		"Some prose.\n"
		"-PV Max policy: 2 leaves, 0 MSRs\n CPUID:\n"
		"-  00000000:ffffffff -> 0000000d:756e6547:6c65746e:49656e69\n"
		"   0000000d:00000000 -> 00000003:00000000:00000240:00000000\n";
	/* Lines of guest and host in turn. */
	static const char vmware[] =
		"vmx| I125: guest vs. host CPUID guest level 0000000d,  0: 0x00000003 0x00000240 0x00000240 0x00000000\n"
		"vmx| I125: guest vs. host CPUID *host level 0000000d,  0: 0x00000007 0x00000340 0x00000340 0x00000000\n"
		"vmx| I125: guest vs. host CPUID guest level 0000000d,  1: 0x00000001 0x00000000 0x00000000 0x00000000\n"
		"vmx| I125: guest vs. host CPUID *host level 0000000d,  1: 0x0000000f 0x00000340 0x00000000 0x00000000\n";
	struct xstate_dump d;

	ck_assert_int_eq(read_text(xen, 0, &d), 0);
	ck_assert_uint_eq(d.leaf[0].eax, 7);
	ck_assert_uint_eq(d.cpus, 2);
	ck_assert_uint_eq(d.passed_over, 1);
	ck_assert_str_eq(d.label, "raw policy");
	ck_assert_str_eq(d.form, "xen-cpuid -p");
	ck_assert_int_eq(read_text(xen, 1, &d), 0);
	ck_assert_uint_eq(d.leaf[0].eax, 3);
	ck_assert_str_eq(d.label, "pv max policy");
	ck_assert_int_eq(read_text(vmware, 0, &d), 0);
	ck_assert_uint_eq(d.cpus, 2);
	ck_assert_uint_eq(d.leaf[0].eax, 3);
	ck_assert_uint_eq(d.leaf[1].eax, 1);
	ck_assert_str_eq(d.label, "guest");
	ck_assert_int_eq(read_text(vmware, 1, &d), 0);
	ck_assert_uint_eq(d.leaf[1].eax, 15);
	ck_assert_str_eq(d.label, "host");
}
END_TEST

#define BOOT(features, size, format) \
	"x86/fpu: Enabled xstate features " features ", context size is " size \
	" bytes, using '" format "' format.\n"

START_TEST(a_kernel_s_table_has_sizes_and_perhaps_places)
{
	static const char amx[] =
		"[    0.000000] x86/fpu: Supporting XSAVE feature 0x001: 'x87 floating point registers'\n"
		"[    0.000000] x86/fpu: xstate_offset[2]:  576, xstate_sizes[2]:  256\n"
		"[    0.000000] x86/fpu: xstate_offset[5]:  832, xstate_sizes[5]:   64\n"
		"[    0.000000] x86/fpu: xstate_offset[6]:  896, xstate_sizes[6]:  512\n"
		"[    0.000000] x86/fpu: xstate_offset[7]: 1408, xstate_sizes[7]: 1024\n"
		"[    0.000000] x86/fpu: xstate_offset[9]: 2432, xstate_sizes[9]:    8\n"
		"[    0.000000] x86/fpu: xstate_offset[17]: 2496, xstate_sizes[17]:   64\n"
		"[    0.000000] x86/fpu: xstate_offset[18]: 2560, xstate_sizes[18]: 8192\n"
		"[    0.000000] " BOOT("0x602e7", "10752", "compacted");
	/* Intel's or AMD's, nobody knows. */
	static const char two[] =
		"x86/fpu: xstate_offset[2]:  576, xstate_sizes[2]:  256\n"
		"x86/fpu: xstate_offset[9]:  832, xstate_sizes[9]:    8\n"
		"x86/fpu: xstate_offset[11]:  840, xstate_sizes[11]:   16\n"
		BOOT("0xa07", "856", "compacted");
	/* Linux 4.2 to 4.4, and then another boot. */
	static const char old[] =
		"kernel: x86/fpu: Supporting XSAVE feature 0x01: 'x87 floating point registers'\n"
		"kernel: x86/fpu: xstate_offset[2]: 0240, xstate_sizes[2]: 0100\n"
		"kernel: " BOOT("0x7", "832", "standard")
		"kernel: x86/fpu: Using 'eager' FPU context switches.\n"
		"kernel: x86/fpu: Supporting XSAVE feature 0x001: 'x87 floating point registers'\n"
		"kernel: " BOOT("0x3", "576", "standard");
	struct xstate_dump d;

	ck_assert_int_eq(read_text(amx, 0, &d), 0);
	ck_assert(d.from_kernel && !d.no_places);
	ck_assert_uint_eq(d.given, 0x602e7);
	ck_assert_uint_eq(d.leaf[18].eax, 8192);
	ck_assert_uint_eq(d.leaf[18].ebx, 2816);
	ck_assert_uint_eq(d.leaf[9].ebx, 2688);
	ck_assert(d.leaf[17].ecx & VPRIM_XSTATE_FLAG_ALIGN);
	ck_assert_uint_eq(d.leaf[1].ebx, 10752);
	ck_assert_uint_eq(d.leaf[0].ecx, 0);
	ck_assert_int_eq(read_text(two, 0, &d), 0);
	ck_assert(d.from_kernel && d.no_places);
	ck_assert_uint_eq(d.leaf[0].eax, 0x207);
	ck_assert_uint_eq(d.leaf[1].ecx, 0x800);
	ck_assert(d.leaf[11].ecx & VPRIM_XSTATE_FLAG_SUPERVISOR);
	ck_assert_int_eq(read_text(old, 0, &d), 0);
	ck_assert_uint_eq(d.cpus, 2);
	ck_assert_uint_eq(d.leaf[2].eax, 256);
	ck_assert_uint_eq(d.leaf[2].ebx, 576);
	ck_assert_uint_eq(d.leaf[0].ecx, 832);
	ck_assert_int_eq(read_text(old, 1, &d), 0);
	ck_assert_uint_eq(d.leaf[0].eax, 3);
	ck_assert_int_eq(read_text(old, 2, &d), -ENOENT);
}
END_TEST

START_TEST(linux_complains_with_its_leaves)
{
	struct xstate_dump d;

	ck_assert_int_eq(read_text(
		"[    0.46] XSAVE consistency problem: size 10752 != kernel_size 10704\n"
		"[    0.47] WARNING: CPU: 0 PID: 0 at arch/x86/kernel/fpu/xstate.c:638\n"
		"[    0.48] CPUID[0d, 00]: eax=00000007 ebx=00000340 ecx=00000340 edx=00000000\n",
		0, &d), 0);
	ck_assert_uint_eq(d.complaint[0], 10752);
	ck_assert_uint_eq(d.complaint[1], 10704);
	ck_assert_uint_eq(d.passed_over, 1);
	ck_assert_uint_eq(d.first_passed, 2);
	ck_assert_uint_eq(d.given, 1);
}
END_TEST

START_TEST(templates_and_feature_words_are_parts)
{
	struct xstate_dump d;

	ck_assert_int_eq(read_text(
		"{\"cpuid_modifiers\":[{\"leaf\":\"13\",\"subleaf\":\"0x0\",\"flags\":1,"
		"\"modifiers\":[{\"register\":\"eax\",\"bitmap\":"
		"\"0bxxxxxxxxxxxxxx00_xxxxxx10_11100111\"}]}]}\n", 0, &d), 0);
	ck_assert_uint_eq(d.leaf[0].eax, 0x2e7);
	ck_assert_uint_eq(d.open_bits, 20);
	ck_assert_str_eq(d.form, "JSON");
	ck_assert_int_eq(read_text(
		"2024-01-01 10:00:00.123+0000: 12: info : qemuMonitorJSONIOProcessLine:191 : "
		"Line [{\"return\": ["
		"{\"cpuid-register\": \"EDX\", \"cpuid-input-eax\": 1, \"features\": 7},"
		"{\"cpuid-register\": \"EAX\", \"cpuid-input-ecx\": 0, \"cpuid-input-eax\": 13, \"features\": 519},"
		"{\"cpuid-register\": \"EDX\", \"cpuid-input-ecx\": 0, \"cpuid-input-eax\": 13, \"features\": 0},"
		"{\"cpuid-register\": \"EAX\", \"cpuid-input-ecx\": 1, \"cpuid-input-eax\": 13, \"features\": 15}"
		"], \"id\": \"libvirt-5\"}]\n", 0, &d), 0);
	ck_assert_uint_eq(d.leaf[0].eax, 0x207);
	ck_assert_uint_eq(d.leaf[1].eax, 15);
	ck_assert_uint_eq(d.given, 3);
	ck_assert(!d.has_flags);
	/* What only looks like JSON ends where a dump goes on. */
	ck_assert_int_eq(read_text(
		"{ /* the machine\n"
		"x.leaf 0 7 832 832 0\n"
		"*/ }\n", 0, &d), 0);
	ck_assert_uint_eq(d.passed_over, 2);
}
END_TEST

START_TEST(a_trace_changes_its_mind)
{
	struct xstate_dump d;

	ck_assert_int_eq(read_text(
		"CPU 0/KVM-1 [001] 1.0: kvm_cpuid: func d idx 0 rax 7 rbx 240 rcx 340 rdx 0, cpuid entry found\n"
		"CPU 0/KVM-1 [001] 1.1: kvm_cpuid: func d idx 444d4163 rax 0 rbx 0 rcx 0 rdx 0, cpuid entry not found\n"
		"CPU 0/KVM-1 [001] 1.2: kvm_cpuid: func d idx 0 rax 7 rbx 340 rcx 340 rdx 0, cpuid entry found\n",
		0, &d), 0);
	ck_assert_uint_eq(d.leaf[0].ebx, 0x340);
	ck_assert_uint_eq(d.cpus, 1);
}
END_TEST

START_TEST(a_short_line_takes_no_other_with_it)
{
	struct xstate_dump d;

	/* Of another leaf: nothing is missed. */
	ck_assert_int_eq(read_text(
		"0x00000001 0x00: eax=0x1 ebx=0x2 ecx=0x3\n"
		"0x0000000d 0x00: eax=0x7 ebx=0x340 ecx=0x340\n"
		"edx=0x0\n"
		"0x0000000d 0x02: eax=0x100 ebx=0x240\n"
		"\tecx=0x0\n"
		"edx=0x0\n", 0, &d), 0);
	ck_assert_uint_eq(d.given, 5);
	ck_assert_uint_eq(d.passed_over, 1);
}
END_TEST

START_TEST(a_terminal_cuts_in_the_middle_of_a_number)
{
	struct xstate_dump d;

	/* 80 columns, and what found no room in them. */
	ck_assert_int_eq(read_text(
		"[    0.447183] CPUID[0d, 00]: eax=000600e7 ebx=00002b00 ecx=00002b00 edx=40000000\n"
		"[    0.447184] CPUID[0d, 01]: eax=0000001b ebx=000029d0 ecx=00001800 edx=0000001\n"
		"2\n"
		"[  100.447185] CPUID[0d, 02]: eax=00000100 ebx=00000240 ecx=00000000 edx=0000000\n"
		"0\n"
		"[1000000000000000000000.447185] CPUID[0d, 05]: eax=00000040 ebx=00000440 ecx=000\n"
		"00002 edx=00000000\n"
		"[10000000000000000000.447185] CPUID[0d, 06]: eax=00000200 ebx=00000480 ecx=00000\n"
		" edx=00000000\n", 0, &d), 0);
	ck_assert_uint_eq(d.leaf[0].edx, 0x40000000);
	ck_assert_uint_eq(d.leaf[1].edx, 0x12);
	ck_assert_uint_eq(d.leaf[5].ecx, 2);
	ck_assert_uint_eq(d.leaf[6].eax, 512);
	ck_assert_uint_eq(d.given, 0x67);
}
END_TEST

START_TEST(vectors_are_a_dump_too)
{
	struct xstate_dump d;

	ck_assert_int_eq(read_text(
		"# two machines; the first one counts\n"
		"new xstate a\n"
		"a.leaf 0 0x7 832 832 0 -> ok\n"
		"a.leaf 2 256 576 0 0\n"
		"b.leaf 0 0x3 576 576 0\n"
		"a.ready -> ok\n", 0, &d), 0);
	ck_assert_uint_eq(d.given, 5);
	ck_assert_uint_eq(d.leaf[0].eax, 7);
	ck_assert_uint_eq(d.leaf[2].ebx, 576);
}
END_TEST

static const struct {
	const char *name, *text;
	int ret;
	unsigned long line;
} bad[] = {
	{ "nothing", "", -ENOENT, 0 },
	{ "no dump", "Hello.\nCPUID\nCPUID Registers (CPU #0):\n0x\nx.leaf\n",
	  -ENOENT, 0 },
	{ "another leaf", "CPUID 00000001: 1-2-3-4\n", -ENOENT, 0 },
	{ "sub-leaf 0 is missing",
	  "0x0000000d 0x02: eax=0x1 ebx=0x2 ecx=0x0 edx=0x0\n", -ENOENT, 0 },
	{ "a register is missing",
	  "\n0x0000000d 0x00: eax=0x7 ebx=0x340 ecx=0x340\n", -EBADMSG, 2 },
	{ "the last line is broken",
	  "\n\n0x0000000d 0x00: eax=0x7 ebx=0x340 ecx=0x340 edx=", -EBADMSG, 3 },
	{ "33 bits", "0x0000000d 0x00: eax=0x100000000 ebx=0x0 ecx=0x0 edx=0x0",
	  -EBADMSG, 1 },
	{ "a letter too many", "CPUID 0000000D: 00000007-00000340-00000340-0000000G",
	  -EBADMSG, 1 },
	{ "a list without its dashes", "CPUID 0000000D: 7 8 9 0", -EBADMSG, 1 },
	{ "an open bracket", "CPUID 0000000D: 7-8-9-0 [SL 0", -EBADMSG, 1 },
	{ "no equals sign", "CPUID 0000000d:00 7 8 9 0", -EBADMSG, 1 },
	{ "sub-leaf 64", "x.leaf 64 1 2 3 4", -EBADMSG, 1 },
	{ "sub-leaf of 33 bits", "x.leaf 0x100000000 1 2 3 4", -EBADMSG, 1 },
	{ "a vector without EDX", "x.leaf 0 1 2 3", -EBADMSG, 1 },
	{ "two values for one sub-leaf",
	  "x.leaf 0 7 0 0 0\nx.leaf 2 256 576 0 0\nx.leaf 2 256 577 0 0\n",
	  -EBADMSG, 3 },
	{ "with and without numbers",
	  "CPUID 0000000D: 7-8-9-0 [SL 00]\nCPUID 0000000D: 7-8-9-0\n", -EBADMSG, 0 },
	{ "wrapped, and the rest is another line",
	  "0x0000000d 0x00: eax=0x7 ebx=0x340\n"
	  "0x0000000d 0x02: eax=0x100 ebx=0x240 ecx=0x0 edx=0x0\n", -EBADMSG, 1 },
	{ "wrapped, and what is joined does not fit",
	  "\n0x0000000d 0x00: eax=0x7 ebx=0x340\necx=zero\n", -EBADMSG, 2 },
	{ "xen's with a register too few", "0000000d:00000000 -> 7:8:9", -EBADMSG, 1 },
	{ "kcpuid's of 33 bits",
	  "0x0000000d: subleafs:\n 0: EAX=0x100000000, EBX=0x0, ECX=0x0, EDX=0x0\n",
	  -EBADMSG, 2 },
	{ "libvirt's that is no number",
	  "<cpuid eax_in='0xd' ecx_in='0' eax='seven'/>", -EBADMSG, 1 },
	{ "libvirt's that never ends", "<cpuid eax_in='0xd'\necx_in='0' eax='7'\n",
	  -EBADMSG, 1 },
	{ "the second one of a line",
	  "<cpuid eax_in='0xd' eax='7'/><cpuid eax_in='0xd' ecx_in='2' eax='-'/>",
	  -EBADMSG, 1 },
	{ "a template's bitmap",
	  "{\"leaf\":\"0xd\",\n\"modifiers\":[{\"register\":\"eax\",\"bitmap\":\"0b12\"}]}",
	  -EBADMSG, 2 },
	{ "a number of JSON that is negative",
	  "{\"function\":13,\"index\":0,\"eax\":-1}", -EBADMSG, 1 },
	{ "VMware's last register",
	  "hostCPUID level 0000000d, 0: 0x00000007 0x00000340 0x00000340 0x0000000z",
	  -EBADMSG, 1 },
	{ "a kernel's table", "x86/fpu: xstate_offset[2]:  576, xstate_sizes[3]:  256",
	  -EBADMSG, 1 },
	{ "more lines than components",
	  "CPUID 0000000D: 7-0-0-0\nCPUID 0000000D: 0-0-0-0\n"
	  "CPUID 0000000D: 100-240-0-0\nCPUID 0000000D: 8-340-0-0\n", -EBADMSG, 0 },
};

START_TEST(what_is_wrong_is_said_with_its_line)
{
	struct xstate_dump_error e = { 99, NULL };
	struct xstate_dump d;
	int ret = read_exactly(bad[_i].text, strlen(bad[_i].text), 0, &d, &e);

	ck_assert_msg(ret == bad[_i].ret, "%s: %d", bad[_i].name, ret);
	ck_assert_msg(e.line == bad[_i].line, "%s: line %lu", bad[_i].name,
		      (unsigned long)e.line);
}
END_TEST

START_TEST(a_list_of_65_lines_is_too_long)
{
	struct xstate_dump_error e;
	struct xstate_dump d;
	char text[66 * 26 + 1] = "";
	size_t at = 0;

	for (int i = 0; i < 64; i++)
		at += (size_t)sprintf(text + at, "CPUID 0000000D: 3-0-0-0\n");
	ck_assert_int_eq(read_exactly(text, at, 0, &d, &e), -EBADMSG);
	ck_assert_uint_eq(e.line, 0);
	at += (size_t)sprintf(text + at, "CPUID 0000000D: 3-0-0-0\n");
	ck_assert_int_eq(read_exactly(text, at, 0, &d, &e), -EBADMSG);
	ck_assert_uint_eq(e.line, 65);
}
END_TEST

/* -- hostile bytes ------------------------------------------------------------------- */

static const char *const scraps[] = {
	"CPUID ", "0000000D", ":", "-", " [SL 0", "]", "0x", "0x0000000d ", "0x00:",
	" eax=0x7", " ebx=0x340", " ecx=0x340", " edx=0x0", "\n", "\n", "\r\n", " ",
	"x.leaf ", "y.leaf 0 ", "7", "63 ", "ffffffff", " = ", "CPU 0:\n", "\t",
	"00000000: ", "Logical CPU #1", "[", "> ", "#", "4294967295", "4294967296",
	"\nCPUID 0000000D: 7-340-340-0\n", "\nx.leaf 0 7 832 832 0\n",
	"<cpuid ", "eax_in='0xd'", " ecx_in=\"2\"", " eax='7'", "/>", "<cpudata>", "{",
	"}", "[", "]", "\"leaf\":", "\"0xd\"", ",", "\"eax\":7", "\"cpuid\":", "/*",
	"x86/fpu: xstate_offset[", "2]: 576, xstate_sizes[2]: 256\n",
	"x86/fpu: Enabled xstate features 0x7, context size is 832 bytes, using 'compacted' format.\n",
	"kvm_cpuid: func d idx 0 rax 7", " rbx 8 rcx 9 rdx 0\n", "0x0000000d: subleafs:\n",
	" 0: EAX=0x7, EBX=0x340", ", ECX=0x340, EDX=0x0\n", "=3D", "=\n", "Raw policy:\n",
	"0000000d:00000000 -> 7:8:9:0\n", "hostCPUID level 0000000d, 0: 0x7 0x8 0x9 0x0\n",
};

START_TEST(scraps_of_dumps_are_read_or_refused)
{
	struct test_rng rng = test_rng_seed(0x64756d70);
	uint64_t i, fine = 0, steps = test_steps(200000);
	char text[4000];

	for (i = 0; i < steps; i++) {
		struct xstate_dump_error e = { 0, NULL };
		struct xstate_dump d;
		size_t at = 0, n = 1 + test_rng_below(&rng, 40);
		int ret;

		while (n--) {
			const char *s = scraps[test_rng_below(&rng,
						VPRIM_ARRAY_LEN(scraps))];

			memcpy(text + at, s, strlen(s));
			at += strlen(s);
		}
		if (test_rng_below(&rng, 4) == 0)
			text[test_rng_below(&rng, at)] = (char)test_rng_next(&rng);
		ret = read_exactly(text, at, (unsigned int)test_rng_below(&rng, 3),
				   &d, &e);
		require(ret == 0 || ret == -ENOENT || ret == -EBADMSG);
		require(ret || d.given & 1);
		fine += !ret;
	}
	require(steps < 10000 || (fine && fine < steps));
}
END_TEST

START_TEST(a_dump_may_end_anywhere)
{
	static const char text[] =
		"CPUID 00000000: 00000016-756E6547-6C65746E-49656E69 [GenuineIntel]\n"
		"CPUID 0000000D: 00000207-00000A88-00000A88-00000000 [SL 00]\n"
		"   0x0000000d 0x02: eax=0x00000100 ebx=0x00000240 ecx=0x0 edx=0x0\n"
		"x.leaf 9 8 2688 0 0\n";
	struct xstate_dump_error e;
	struct xstate_dump d;

	for (size_t len = 0; len < sizeof(text); len++) {
		int ret = read_exactly(text, len, 0, &d, &e);

		ck_assert(ret == 0 || ret == -ENOENT || ret == -EBADMSG);
	}
	ck_assert_uint_eq(d.given, 0x205);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("xstate_dump");
	TCase *t = tcase_create("xstate_dump");

	tcase_add_loop_test(t, every_form_gives_every_machine_back, 0,
			    FORMS * MACHINES * 2);
	tcase_add_test(t, a_whole_dump_with_two_processors);
	tcase_add_test(t, processors_without_headings);
	tcase_add_test(t, lists_cut_short_are_numbered_as_far_as_they_go);
	tcase_add_test(t, policies_and_guests_are_processors);
	tcase_add_test(t, a_kernel_s_table_has_sizes_and_perhaps_places);
	tcase_add_test(t, linux_complains_with_its_leaves);
	tcase_add_test(t, templates_and_feature_words_are_parts);
	tcase_add_test(t, a_trace_changes_its_mind);
	tcase_add_test(t, a_short_line_takes_no_other_with_it);
	tcase_add_test(t, a_terminal_cuts_in_the_middle_of_a_number);
	tcase_add_test(t, vectors_are_a_dump_too);
	tcase_add_loop_test(t, what_is_wrong_is_said_with_its_line, 0,
			    (int)VPRIM_ARRAY_LEN(bad));
	tcase_add_test(t, a_list_of_65_lines_is_too_long);
	tcase_add_test(t, scraps_of_dumps_are_read_or_refused);
	tcase_add_test(t, a_dump_may_end_anywhere);
	tcase_set_timeout(t, 120);
	suite_add_tcase(s, t);
	return test_main(s);
}
