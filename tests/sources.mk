# SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
# The tests. A module adds its program and its vectors, a line each.

noinst_HEADERS += tests/testlib.h tests/rng.h tests/changing.h
noinst_HEADERS += tests/testlib.h tests/rng.h tests/cells.h
vprim_vectors =
vprim_unit_tests =

# range
vprim_unit_tests += tests/check_range
vprim_vectors += tests/vectors/range.vec

# reason
vprim_unit_tests += tests/check_reason
vprim_vectors += tests/vectors/reason.vec

# iova_windows
vprim_unit_tests += tests/check_iova_windows
vprim_vectors += tests/vectors/iova_windows.vec

# hole
vprim_unit_tests += tests/check_hole
vprim_vectors += tests/vectors/hole.vec

# interval_tree
vprim_unit_tests += tests/check_interval_tree
vprim_vectors += tests/vectors/interval_tree.vec

# iova_plan
vprim_unit_tests += tests/check_iova_plan
vprim_vectors += tests/vectors/iova_plan.vec

# dirty
vprim_unit_tests += tests/check_dirty tests/stress_dirty
tests_stress_dirty_LDADD = libvirtprim.la -lpthread
vprim_vectors += tests/vectors/dirty.vec

# iova map
vprim_unit_tests += tests/check_iova_map
tests_check_iova_map_SOURCES = tests/check_iova_map.c tests/iova_map_model.c
vprim_unit_tests += tests/check_iova_map_readers tests/stress_iova_map_readers
tests_check_iova_map_readers_SOURCES = tests/check_iova_map_readers.c tests/iova_map_model.c
tests_stress_iova_map_readers_LDADD = libvirtprim.la -lpthread
noinst_HEADERS += tests/iova_map_model.h tests/epoch.h
vprim_vectors += tests/vectors/iova_map.vec
EXTRA_DIST += tests/bench/README.md

# every sequence of a few calls, beside a model: tests/explore.c
noinst_HEADERS += tests/memory.h tests/world.h
vprim_explore = tests/explore_iova_map
noinst_HEADERS += tests/world_iova_map.h
tests_explore_iova_map_SOURCES = tests/explore.c tests/iova_map_model.c
tests_explore_iova_map_CPPFLAGS = $(AM_CPPFLAGS) -DWORLD_WHOLE '-DWORLD="world_iova_map.h"'
tests_explore_iova_map_LDADD = libcore.la

vprim_explore += tests/explore_interval_tree
noinst_HEADERS += tests/world_interval_tree.h
tests_explore_interval_tree_SOURCES = tests/explore.c
tests_explore_interval_tree_CPPFLAGS = $(AM_CPPFLAGS) -DWORLD_WHOLE '-DWORLD="world_interval_tree.h"'
tests_explore_interval_tree_LDADD = libcore.la

vprim_explore += tests/explore_iova_windows
noinst_HEADERS += tests/world_iova_windows.h
tests_explore_iova_windows_SOURCES = tests/explore.c
tests_explore_iova_windows_CPPFLAGS = $(AM_CPPFLAGS) -DWORLD_WHOLE '-DWORLD="world_iova_windows.h"'
tests_explore_iova_windows_LDADD = libcore.la

vprim_explore += tests/explore_type1
noinst_HEADERS += tests/world_type1.h
tests_explore_type1_SOURCES = tests/explore.c
tests_explore_type1_CPPFLAGS = $(AM_CPPFLAGS) -DWORLD_WHOLE '-DWORLD="world_type1.h"'
tests_explore_type1_LDADD = libcore.la

vprim_explore += tests/explore_ioas
noinst_HEADERS += tests/world_ioas.h
tests_explore_ioas_SOURCES = tests/explore.c
tests_explore_ioas_CPPFLAGS = $(AM_CPPFLAGS) -DWORLD_WHOLE '-DWORLD="world_ioas.h"'
tests_explore_ioas_LDADD = libcore.la

vprim_explore += tests/explore_virt_enable
noinst_HEADERS += tests/world_virt_enable.h
tests_explore_virt_enable_SOURCES = tests/explore.c
tests_explore_virt_enable_CPPFLAGS = $(AM_CPPFLAGS) -DWORLD_WHOLE '-DWORLD="world_virt_enable.h"'
tests_explore_virt_enable_LDADD = libcore.la

check_PROGRAMS += $(vprim_explore)
TESTS += $(vprim_explore)

# what the worst sequences cost: tests/run adversary
check_PROGRAMS += tests/bench/attacks
tests_bench_attacks_LDADD = libvec.la libcore.la
dist_check_SCRIPTS += tests/bench/adversary

# what calls cost, and beside the map's peers: tests/bench/run, tests/run budget
EXTRA_DIST += tests/bench/costs.c tests/bench/steady.c tests/bench/budgets
EXTRA_DIST += tests/bench/growth.csv tests/bench/growth.svg
EXTRA_DIST += tests/bench/peers/ad_absl.cc tests/bench/peers/ad_cxxmap.h
EXTRA_DIST += tests/bench/peers/ad_eytz.c tests/bench/peers/ad_flat.c
EXTRA_DIST += tests/bench/peers/ad_gtree.c tests/bench/peers/ad_judy.c
EXTRA_DIST += tests/bench/peers/ad_kitree.c tests/bench/peers/ad_krbtree.c
EXTRA_DIST += tests/bench/peers/ad_maple.c tests/bench/peers/ad_rustbtree.rs
EXTRA_DIST += tests/bench/peers/ad_stdmap.cc tests/bench/peers/ad_virtprim.c
EXTRA_DIST += tests/bench/peers/driver.c tests/bench/peers/gapwalk.h
EXTRA_DIST += tests/bench/peers/latency.c tests/bench/peers/loops.h
EXTRA_DIST += tests/bench/peers/maple_env.h tests/bench/peers/maple_tu.c
EXTRA_DIST += tests/bench/peers/peer.h
dist_check_SCRIPTS += tests/bench/budget tests/bench/report tests/bench/run
if HAVE_GLIB
check_PROGRAMS += tests/bench/bench_iova_xlate
tests_bench_bench_iova_xlate_CFLAGS = $(AM_CFLAGS) $(GLIB_CFLAGS)
tests_bench_bench_iova_xlate_LDADD = libvirtprim.la $(GLIB_LIBS)
check_PROGRAMS += tests/bench/bench_iova_map
tests_bench_bench_iova_map_CFLAGS = $(AM_CFLAGS) $(GLIB_CFLAGS)
tests_bench_bench_iova_map_LDADD = libvirtprim.la $(GLIB_LIBS)
endif

# iova_xlate
vprim_unit_tests += tests/check_iova_xlate tests/check_ports
tests_check_ports_LDADD = libvirtprim.la $(CHECK_LIBS)
vprim_vectors += tests/vectors/iova_xlate.vec

# xstate
vprim_unit_tests += tests/check_xstate tests/check_xstate_perm
vprim_unit_tests += tests/check_xstate_changing
noinst_HEADERS += tests/xstate_tables.h
vprim_vectors += tests/vectors/xstate.vec tests/vectors/xstate_perm.vec

# type1
vprim_unit_tests += tests/check_type1
noinst_HEADERS += tests/adversary_iommu.h
vprim_vectors += tests/vectors/type1.vec tests/vectors/type1_recorded.vec

# ioas
vprim_unit_tests += tests/check_ioas tests/stress_ioas
tests_stress_ioas_LDADD = libvirtprim.la -lpthread
vprim_vectors += tests/vectors/ioas.vec tests/vectors/ioas_recorded.vec

# the vector language
vprim_unit_tests += tests/check_vec
vprim_vectors += tests/vectors/vec.vec

# platform: the library that programs link, whose symbols it looks up
vprim_unit_tests += tests/check_platform
tests_check_platform_LDADD = libvirtprim.la $(CHECK_LIBS) -ldl
tests_check_platform_LDFLAGS = -rdynamic

# releases
vprim_unit_tests += tests/check_releases
vprim_vectors += tests/vectors/releases.vec

# s390
vprim_unit_tests += tests/check_s390
vprim_vectors += tests/vectors/s390.vec

# cpu
vprim_unit_tests += tests/check_cpu
vprim_vectors += tests/vectors/cpu.vec

# ppc
vprim_unit_tests += tests/check_ppc
vprim_vectors += tests/vectors/ppc.vec

# virt_enable
vprim_unit_tests += tests/check_virt_enable
vprim_vectors += tests/vectors/virt_enable.vec

# svm
vprim_unit_tests += tests/check_svm tests/check_svm_changing
vprim_vectors += tests/vectors/svm.vec
vprim_vectors += tests/vectors/svm_recorded.vec

# pat
vprim_unit_tests += tests/check_pat
vprim_vectors += tests/vectors/pat.vec

# vfio_cap_build, region_info
vprim_unit_tests += tests/check_vfio_cap_build tests/check_region_info
vprim_unit_tests += tests/check_region_info_alone
tests_check_region_info_alone_LDADD =
vprim_vectors += tests/vectors/vfio_cap_build.vec tests/vectors/region_info.vec

# vfio_cap
vprim_unit_tests += tests/check_vfio_cap
vprim_vectors += tests/vectors/vfio_cap.vec
noinst_HEADERS += tests/cap_support.h
tests_check_vfio_cap_LDADD = $(LDADD) -lpthread
vprim_unit_tests += tests/check_vfio_cap_changing

# loongarch
vprim_unit_tests += tests/check_loongarch
vprim_vectors += tests/vectors/loongarch.vec
# nested_pat
vprim_unit_tests += tests/check_nested_pat
vprim_vectors += tests/vectors/nested_pat.vec

# ptimer
vprim_unit_tests += tests/check_ptimer
vprim_vectors += tests/vectors/ptimer.vec

# pvclock
vprim_unit_tests += tests/check_pvclock
vprim_vectors += tests/vectors/pvclock.vec

# dmabuf
vprim_unit_tests += tests/check_dmabuf tests/check_user_dmabuf tests/stress_dmabuf
noinst_HEADERS += tests/adversary_dmabuf.h
vprim_vectors += tests/vectors/dmabuf.vec
tests_check_user_dmabuf_LDADD = libvirtprim.la $(CHECK_LIBS) -lpthread
tests_stress_dmabuf_LDADD = libvirtprim.la -lpthread

# the userspace shim
noinst_HEADERS += tests/fake_malloc.h
vprim_unit_tests += tests/check_user_fault
tests_check_user_fault_LDADD = libvirtprim.la $(CHECK_LIBS)
vprim_unit_tests += tests/check_user_vfio
tests_check_user_vfio_LDADD = libvirtprim.la $(CHECK_LIBS)
vprim_unit_tests += tests/check_user_vfio_open
tests_check_user_vfio_open_LDADD = libvirtprim.la $(CHECK_LIBS)
vprim_unit_tests += tests/check_user_vfio_set
tests_check_user_vfio_set_LDADD = libvirtprim.la $(CHECK_LIBS)
vprim_unit_tests += tests/check_user_dma
tests_check_user_dma_LDADD = libvirtprim.la $(CHECK_LIBS)

# the kernel's side
vprim_unit_tests += tests/check_mock
tests_check_mock_LDADD = libvirtprim.la $(CHECK_LIBS)

# the locked map
vprim_unit_tests += tests/check_user_iova_map tests/stress_iova_map
tests_check_user_iova_map_LDADD = libvirtprim.la $(CHECK_LIBS)
tests_stress_iova_map_LDADD = libvirtprim.la -lpthread
check_PROGRAMS += tests/bench/bench_user_iova_map
tests_bench_bench_user_iova_map_LDADD = libvirtprim.la -lpthread

# clocks
vprim_unit_tests += tests/check_user_clock
tests_check_user_clock_LDADD = libvirtprim.la $(CHECK_LIBS) -ldl

# x86 in userspace
vprim_unit_tests += tests/check_user_kvm tests/check_user_xstate
noinst_HEADERS += tests/fake_kernel.h
tests_check_user_kvm_LDADD = libvirtprim.la $(CHECK_LIBS) -ldl
tests_check_user_xstate_LDADD = libvirtprim.la $(CHECK_LIBS) -ldl

if HAVE_CHECK
check_PROGRAMS += $(vprim_unit_tests)
TESTS += $(vprim_unit_tests)
endif

# The programs that link the core alone, and no more is built: for processors whose
# programs need a runner, which LOG_COMPILER names.
.PHONY: check-core
check-core: $(BUILT_SOURCES)
	$(MAKE) $(AM_MAKEFLAGS) check-TESTS check_PROGRAMS= TESTS="`for t in $(vprim_unit_tests); do \
		n=\`echo $$t | tr / _\`; \
		grep -q "^$${n}_LDADD = .*libvirtprim" $(srcdir)/tests/sources.mk || \
		echo $$t; done | tr '\n' ' '`"

check_PROGRAMS += tests/vecrun
tests_vecrun_LDADD = libvec.la libvirtprim.la libcore.la

vprim_scripts = tests/check_vectors tests/check_symbols tests/check_headers \
	tests/check_debug
vprim_scripts += tests/check_examples
vprim_scripts += tests/check_install
vprim_scripts += tests/check_kernel_shim
vprim_scripts += tests/check_races
# These read the sources, whatever they are built with.
vprim_source_scripts = tests/check_house tests/check_house_itself
vprim_source_scripts += tests/check_uapi tests/check_uapi_itself
vprim_source_scripts += tests/check_docs tests/check_docs_itself
TESTS += $(vprim_scripts) $(vprim_source_scripts)
dist_check_SCRIPTS += $(vprim_scripts) $(vprim_source_scripts)

# the tool
vprim_tool_tests = tests/check_tool
vprim_tool_tests += tests/check_tool_memory
EXTRA_DIST += tests/starve.c
vprim_tool_tests += tests/check_pat_tool
vprim_tool_tests += tests/check_replay tests/check_cases
vprim_tool_tests += tests/check_caps
vprim_tool_tests += tests/check_xstate_tool
vprim_tool_tests += tests/check_revoke_tool
vprim_manual_tests = tests/check_commands tests/check_commands_itself
dist_check_SCRIPTS += $(vprim_tool_tests) tests/check_mock_tool $(vprim_manual_tests)
if TOOL
TESTS += $(vprim_tool_tests) tests/check_mock_tool $(vprim_manual_tests)
if HAVE_CHECK
vprim_tool_programs = tests/check_input tests/check_facts
vprim_tool_programs += tests/check_xstate_dump
vprim_tool_programs += tests/check_replay_parts tests/check_caps_device
endif
endif
check_PROGRAMS += $(vprim_tool_programs)
TESTS += $(vprim_tool_programs)
tests_check_input_CFLAGS = $(AM_CFLAGS) $(TOOL_CFLAGS) $(CHECK_CFLAGS)
tests_check_facts_CFLAGS = $(AM_CFLAGS) $(TOOL_CFLAGS) $(CHECK_CFLAGS)
tests_check_facts_LDADD = libtextin.la libcore.la $(TOOL_LIBS) $(CHECK_LIBS)
tests_check_input_LDADD = libtextin.la $(TOOL_LIBS) $(CHECK_LIBS)
tests_check_xstate_dump_SOURCES = tests/check_xstate_dump.c $(vprim_dump_srcs)
tests_check_xstate_dump_CPPFLAGS = $(AM_CPPFLAGS) -I$(top_srcdir)/examples/virtprim
tests_check_xstate_dump_CFLAGS = $(AM_CFLAGS) $(TOOL_CFLAGS) $(CHECK_CFLAGS)
tests_check_xstate_dump_LDADD = libtextin.la libcore.la $(TOOL_LIBS) $(CHECK_LIBS)
tests_check_replay_parts_CFLAGS = $(AM_CFLAGS) $(TOOL_CFLAGS) $(CHECK_CFLAGS)
tests_check_replay_parts_LDADD = libreplay.la libtextin.la libvec.la libvirtprim.la \
	libcore.la $(TOOL_LIBS) $(CHECK_LIBS) -lm
tests_check_caps_device_SOURCES = tests/check_caps_device.c
tests_check_caps_device_SOURCES += examples/virtprim/cmd_caps.c
tests_check_caps_device_SOURCES += examples/virtprim/caps/caps_device.c
tests_check_caps_device_SOURCES += examples/virtprim/caps/caps.h
tests_check_caps_device_CFLAGS = $(AM_CFLAGS) $(TOOL_CFLAGS) $(CHECK_CFLAGS)
tests_check_caps_device_LDADD = libvirtprim.la libcore.la $(TOOL_LIBS) $(CHECK_LIBS)

AM_TESTS_ENVIRONMENT = \
	VPRIM_SRCDIR='$(abs_top_srcdir)'; export VPRIM_SRCDIR; \
	VPRIM_BUILDDIR='$(abs_top_builddir)'; export VPRIM_BUILDDIR; \
	VPRIM_VECTORS='$(vprim_vectors)'; export VPRIM_VECTORS; \
	VPRIM_STORIES='$(vprim_stories)'; export VPRIM_STORIES; \
	VPRIM_VECRUN='$(abs_top_builddir)/tests/vecrun'; export VPRIM_VECRUN; \
	VPRIM_CORE_SRCS='$(vprim_core_srcs) $(libvec_srcs)'; export VPRIM_CORE_SRCS; \
	VPRIM_STATIC_LIBS='$(lib_LIBRARIES)'; export VPRIM_STATIC_LIBS; \
	VPRIM_PUBLIC_HDRS='$(vpriminclude_HEADERS)'; export VPRIM_PUBLIC_HDRS; \
	VPRIM_DEBUG_CFLAGS='$(VPRIM_DEBUG_CFLAGS)'; export VPRIM_DEBUG_CFLAGS; \
	CC='$(CC)'; export CC; CXX='$(CXX)'; export CXX; NM='$(NM)'; export NM; \
	MAKE='$(MAKE)'; export MAKE;

# Fuzz targets. `make check` gives each its corpus and 10^6 changed inputs, scripts
# 100,000, commands of the tool and sequences of calls 50,000, through a plain main;
# `make fuzz` lets libFuzzer search, FUZZ_RUNS times each, a twentieth of it for the
# commands, or for FUZZ_SECONDS.
vprim_fuzz =
fuzz_main = tests/fuzz/main_replay.c

vprim_fuzz += tests/fuzz/fuzz_vfio_cap
tests_fuzz_fuzz_vfio_cap_SOURCES = tests/fuzz/fuzz_vfio_cap.c $(fuzz_main)
tests_fuzz_fuzz_vfio_cap_LDADD = libcore.la

vprim_fuzz += tests/fuzz/fuzz_vfio_cap_changing
tests_fuzz_fuzz_vfio_cap_changing_SOURCES = tests/fuzz/fuzz_vfio_cap_changing.c
tests_fuzz_fuzz_vfio_cap_changing_SOURCES += $(fuzz_main)
tests_fuzz_fuzz_vfio_cap_changing_LDADD = libcore.la

vprim_fuzz += tests/fuzz/fuzz_loongarch
tests_fuzz_fuzz_loongarch_SOURCES = tests/fuzz/fuzz_loongarch.c $(fuzz_main)
tests_fuzz_fuzz_loongarch_LDADD = libcore.la

vprim_fuzz += tests/fuzz/fuzz_xstate_convert
tests_fuzz_fuzz_xstate_convert_SOURCES = tests/fuzz/fuzz_xstate_convert.c $(fuzz_main)
tests_fuzz_fuzz_xstate_convert_LDADD = libcore.la

# sequences of calls
fuzz_world = tests/fuzz/fuzz_iova_map
vprim_fuzz += $(fuzz_world)
fuzz_world_cflags = $(AM_CFLAGS) -DFUZZ_RUNS=50000u
noinst_HEADERS += tests/fuzz/fuzz_world.h
tests_fuzz_fuzz_iova_map_SOURCES = tests/fuzz/fuzz_iova_map.c $(fuzz_main)
tests_fuzz_fuzz_iova_map_CFLAGS = $(fuzz_world_cflags)
tests_fuzz_fuzz_iova_map_LDADD = libcore.la

fuzz_world += tests/fuzz/fuzz_interval_tree
tests_fuzz_fuzz_interval_tree_SOURCES = tests/fuzz/fuzz_interval_tree.c $(fuzz_main)
tests_fuzz_fuzz_interval_tree_CFLAGS = $(fuzz_world_cflags)
tests_fuzz_fuzz_interval_tree_LDADD = libcore.la

fuzz_world += tests/fuzz/fuzz_iova_windows
tests_fuzz_fuzz_iova_windows_SOURCES = tests/fuzz/fuzz_iova_windows.c $(fuzz_main)
tests_fuzz_fuzz_iova_windows_CFLAGS = $(fuzz_world_cflags)
tests_fuzz_fuzz_iova_windows_LDADD = libcore.la

fuzz_world += tests/fuzz/fuzz_type1
tests_fuzz_fuzz_type1_SOURCES = tests/fuzz/fuzz_type1.c $(fuzz_main)
tests_fuzz_fuzz_type1_CFLAGS = $(fuzz_world_cflags)
tests_fuzz_fuzz_type1_LDADD = libcore.la

fuzz_world += tests/fuzz/fuzz_ioas
tests_fuzz_fuzz_ioas_SOURCES = tests/fuzz/fuzz_ioas.c $(fuzz_main)
tests_fuzz_fuzz_ioas_CFLAGS = $(fuzz_world_cflags)
tests_fuzz_fuzz_ioas_LDADD = libcore.la

fuzz_world += tests/fuzz/fuzz_dmabuf
noinst_HEADERS += tests/world_dmabuf.h
tests_fuzz_fuzz_dmabuf_SOURCES = tests/fuzz/fuzz_dmabuf.c $(fuzz_main)
tests_fuzz_fuzz_dmabuf_CFLAGS = $(fuzz_world_cflags)
tests_fuzz_fuzz_dmabuf_LDADD = libcore.la

# commands of the tool: its output is caught and looked at
fuzz_tool = tests/fuzz/fuzz_caps
fuzz_tool += tests/fuzz/fuzz_explain
fuzz_tool += tests/fuzz/fuzz_facts
fuzz_tool += tests/fuzz/fuzz_replay
fuzz_tool += tests/fuzz/fuzz_revoke
fuzz_tool += tests/fuzz/fuzz_xstate_dump
if TOOL
vprim_fuzz += $(fuzz_tool)
endif
fuzz_tool_libs = libcommands.la libreplay.la libtextin.la libvec.la libvirtprim.la \
	libcore.la $(TOOL_LIBS) -lm
fuzz_tool_cflags = $(AM_CFLAGS) $(TOOL_CFLAGS) -DFUZZ_RUNS=50000u
noinst_HEADERS += tests/fuzz/fuzz_tool.h
tests_fuzz_fuzz_caps_SOURCES = tests/fuzz/fuzz_caps.c $(fuzz_main)
tests_fuzz_fuzz_caps_CFLAGS = $(fuzz_tool_cflags)
tests_fuzz_fuzz_caps_LDADD = $(fuzz_tool_libs)
tests_fuzz_fuzz_explain_SOURCES = tests/fuzz/fuzz_explain.c $(fuzz_main)
tests_fuzz_fuzz_explain_CFLAGS = $(fuzz_tool_cflags)
tests_fuzz_fuzz_explain_LDADD = $(fuzz_tool_libs)
tests_fuzz_fuzz_facts_SOURCES = tests/fuzz/fuzz_facts.c $(fuzz_main)
tests_fuzz_fuzz_facts_CFLAGS = $(fuzz_tool_cflags)
tests_fuzz_fuzz_facts_LDADD = $(fuzz_tool_libs)
tests_fuzz_fuzz_replay_SOURCES = tests/fuzz/fuzz_replay.c $(fuzz_main)
tests_fuzz_fuzz_replay_CFLAGS = $(fuzz_tool_cflags)
tests_fuzz_fuzz_replay_LDADD = $(fuzz_tool_libs)
tests_fuzz_fuzz_revoke_SOURCES = tests/fuzz/fuzz_revoke.c $(fuzz_main)
tests_fuzz_fuzz_revoke_CFLAGS = $(fuzz_tool_cflags)
tests_fuzz_fuzz_revoke_LDADD = $(fuzz_tool_libs)
tests_fuzz_fuzz_xstate_dump_SOURCES = tests/fuzz/fuzz_xstate_dump.c $(fuzz_main)
tests_fuzz_fuzz_xstate_dump_CFLAGS = $(fuzz_tool_cflags)
tests_fuzz_fuzz_xstate_dump_LDADD = $(fuzz_tool_libs)

vprim_fuzz += tests/fuzz/fuzz_run
tests_fuzz_fuzz_run_SOURCES = tests/fuzz/fuzz_run.c $(fuzz_main)

vprim_fuzz += tests/fuzz/fuzz_vec
tests_fuzz_fuzz_vec_SOURCES = tests/fuzz/fuzz_vec.c $(fuzz_main)
tests_fuzz_fuzz_vec_CFLAGS = $(AM_CFLAGS) -DFUZZ_RUNS=100000u
tests_fuzz_fuzz_vec_LDADD = libvec.la libcore.la

check_PROGRAMS += $(vprim_fuzz)
TESTS += $(vprim_fuzz)
EXTRA_DIST += tests/fuzz/corpus
# texts for tests/check_cases
EXTRA_DIST += tests/cases

FUZZ_CC = clang
FUZZ_FLAGS = -g -O1 -DFUZZ_MUTATES -fsanitize=fuzzer,address,undefined -fno-sanitize-recover=all
FUZZ_RUNS = 1000000
FUZZ_SECONDS = 20
# All that a target may call, compiled once.
fuzz_srcs = $(vprim_core_srcs) $(libvec_srcs) $(vprim_user_srcs) $(vprim_tool_srcs) \
	$(vprim_mock_srcs) \
	$(vprim_input_srcs) $(vprim_facts_srcs) $(vprim_replay_srcs)
.PHONY: fuzz
fuzz: $(BUILT_SOURCES)
	$(AM_V_at)found='$(abs_top_builddir)/tests/fuzz/found'; \
	top='$(abs_top_srcdir)'; \
	flags="-D_GNU_SOURCE $(FUZZ_FLAGS) $(TOOL_CFLAGS) -I$$top/include"; \
	flags="$$flags -I$(abs_top_builddir)/include"; \
	rm -rf "$$found/objects" && mkdir -p "$$found/objects" && \
	cd "$$found/objects" && \
	for source in $(filter %.c,$(fuzz_srcs)); do \
		$(FUZZ_CC) $$flags -c "$$top/$$source" || exit 1; \
	done && cd "$$found" && \
	for target in $(vprim_fuzz); do \
		name=$${target#tests/fuzz/fuzz_} runs=$(FUZZ_RUNS); \
		case ' $(fuzz_tool) ' in *" $$target "*) runs=$$((runs / 20));; esac; \
		own=$$(echo $$(sed -n 's|^#include ".*/\([a-z0-9_]*\)\.c"$$|objects/\1.o|p' \
			"$$top/$$target.c")); others=; \
		for object in objects/*.o; do \
			case " $$own " in *" $$object "*) ;; \
			*) others="$$others $$object" ;; esac; \
		done; \
		echo "  FUZZ     $$name" && \
		$(FUZZ_CC) $$flags "$$top/$$target.c" $$others \
			$(TOOL_LIBS) $(THREAD_LIBS) -lm -o "fuzz_$$name" && \
		mkdir -p "$$name" && \
		./fuzz_$$name -runs=$$runs -max_total_time=$(FUZZ_SECONDS) -max_len=4096 -print_final_stats=1 \
			"$$name" "$$top/tests/fuzz/corpus/$$name" || exit 1; \
	done

# what the scripts install with
EXTRA_DIST += tests/install

# how much of the library the tests reach: tests/run coverage
dist_check_SCRIPTS += tests/coverage

# what is found by reading: tests/run analyze
EXTRA_DIST += .clang-tidy examples/virtprim/.clang-tidy libvirtprim/shim/user/.clang-tidy
dist_check_SCRIPTS += tests/analyze

# whether the tests judge what they run: tests/run mutation
EXTRA_DIST += tests/mutation_equivalent
dist_check_SCRIPTS += tests/mutation
# For builds with other instruments, coverage, sanitizers and valgrind: no program is
# built that is not run there. The fuzz targets have sanitizers of their own.
vprim_program_tests = $(vprim_unit_tests) tests/check_vectors $(vprim_tool_programs)
if TOOL
vprim_run_tests = $(vprim_tool_tests)
vprim_read_tests = tests/check_tool tests/check_cases tests/check_commands
endif
# What scripts start.
vprim_script_programs = $(bin_PROGRAMS) tests/vecrun $(vprim_stories) $(vprim_bed_programs)
.PHONY: check-programs check-built check-dist check-places check-units check-valgrind
check-units: $(BUILT_SOURCES)
	$(MAKE) check-TESTS check_PROGRAMS=tests/vecrun \
		TESTS='$(vprim_unit_tests) $(vprim_explore) tests/check_vectors'
# For a build that is watched; its command plays check_mock_tool in the step mock of
# tests/run.
check-programs: $(BUILT_SOURCES)
	$(MAKE) check-TESTS check_PROGRAMS='$(vprim_script_programs)' \
		TESTS='$(vprim_program_tests) $(vprim_run_tests)'
# What another compiler may make another of.
check-built:
	$(MAKE) check TESTS='$(vprim_program_tests) tests/check_headers tests/check_symbols'
# What looks for files among the sources and in the build, for a release: its sources
# elsewhere, and then both in one folder.
vprim_place_tests = tests/check_vectors tests/check_examples tests/check_install \
	tests/check_house tests/check_docs tests/check_uapi
check-dist:
	$(MAKE) distcheck TESTS='$(vprim_place_tests) $(vprim_read_tests)'
check-places:
	$(MAKE) check-TESTS check_PROGRAMS='$(vprim_script_programs)' \
		TESTS='$(vprim_place_tests)'
# The tool's tests are scripts: memcheck would watch the shell.
check-valgrind: $(BUILT_SOURCES)
	$(MAKE) check-TESTS check_PROGRAMS=tests/vecrun \
		TESTS='$(vprim_program_tests) $(vprim_fuzz)' \
		LOG_COMPILER='$(abs_top_srcdir)/tests/under_valgrind'
dist_check_SCRIPTS += tests/under_valgrind

# Kernel headers against the list of what is mirrored: the installed ones, or
# those of the source tree KSRC.
.PHONY: check-uapi
check-uapi:
	@ksrc='$(KSRC)'; CC='$(CC)' VPRIM_SRCDIR='$(abs_top_srcdir)' \
		perl $(top_srcdir)/tests/check_uapi $${ksrc:+--ksrc "$$ksrc"}

# The model of the DMABUF revoke machines, all its states and all its mistakes.
# Needs Spin; takes minutes.
.PHONY: check-model
check-model:
	CC='$(CC)' $(top_srcdir)/tests/model/run
EXTRA_DIST += tests/model/run tests/model/dmabuf.pml tests/model/dmabuf_rules.pml

# Tests against real kernels in QEMU: tests/bed/parts. What runs in a guest is
# built here; doc/bed.md says how to write a part.
vprim_bed_programs =

# kvm_amd
vprim_bed_programs += tests/bed/diff_kvm
tests_bed_diff_kvm_SOURCES = tests/bed/diff_kvm.c tests/bed/diff_kvm_svm.c
tests_bed_diff_kvm_SOURCES += tests/bed/diff_kvm_run.c tests/bed/kvm_vm.c
tests_bed_diff_kvm_SOURCES += tests/bed/kvm_vm.h
tests_bed_diff_kvm_LDADD = libcore.la

vprim_bed_programs += tests/bed/kernel_module
tests_bed_kernel_module_LDADD =
# the userspace shim
vprim_bed_programs += tests/bed/user_live
tests_bed_user_live_LDADD = libvirtprim.la
vprim_bed_programs += tests/bed/user_pieces
tests_bed_user_pieces_LDADD = libvirtprim.la

# the example driver's user
vprim_bed_programs += examples/kmod/client
examples_kmod_client_LDADD = libvirtprim.la
vprim_bed_programs += tests/bed/stress_card
tests_bed_stress_card_LDADD = libvirtprim.la -lpthread

# type1 and ioas
vprim_bed_programs += tests/bed/diff_type1 tests/bed/diff_ioas
tests_bed_diff_type1_LDADD = libvirtprim.la
tests_bed_diff_ioas_LDADD = libvirtprim.la
vprim_bed_programs += tests/bed/top_type1 tests/bed/top_ioas
tests_bed_top_type1_LDADD = libvirtprim.la
tests_bed_top_ioas_LDADD = libvirtprim.la
noinst_HEADERS += tests/bed/diff.h tests/bed/edu.h tests/bed/iommufd.h tests/bed/live.h tests/bed/release.h

# What `virtprim mock` is tried with; its test makes a static one.
vprim_bed_programs += tests/mock/client
tests_mock_client_LDADD = -lpthread
EXTRA_DIST += tests/mock/client.go tests/mock/client.rs

# What real kernels answered, and the programs that ask.
EXTRA_DIST += tests/mock/record.h tests/mock/record_type1.c tests/mock/record_iommufd.c \
	$(vprim_recorded)
vprim_recorded = tests/mock/recorded/type1-intel39.txt \
	tests/mock/recorded/type1-intel48.txt tests/mock/recorded/type1-intel48v1.txt \
	tests/mock/recorded/type1-amd.txt tests/mock/recorded/type1-virtio.txt \
	tests/mock/recorded/type1-emulated.txt tests/mock/recorded/iommufd-intel48.txt \
	tests/mock/recorded/iommufd-amd.txt tests/mock/recorded/iommufd-emulated.txt \
	tests/mock/recorded/iommufd-nodevice.txt

check_PROGRAMS += $(vprim_bed_programs)
.PHONY: bed-programs
bed-programs: $(vprim_bed_programs) $(vprim_stories) tests/vecrun$(EXEEXT)
