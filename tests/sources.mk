# SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
# The tests. A room adds its program and its vectors, a line each.

noinst_HEADERS += tests/testlib.h
vprim_vectors =
vprim_unit_tests =

# range
vprim_unit_tests += tests/check_range
vprim_vectors += tests/vectors/range.vec

# the vector language
vprim_unit_tests += tests/check_vec
vprim_vectors += tests/vectors/vec.vec

if HAVE_CHECK
check_PROGRAMS += $(vprim_unit_tests)
TESTS += $(vprim_unit_tests)
endif

check_PROGRAMS += tests/vecrun
tests_vecrun_LDADD = libvec.la libvirtprim.la libcore.la

TESTS += tests/check_vectors
dist_check_SCRIPTS += tests/check_vectors
EXTRA_DIST += $(vprim_vectors)

AM_TESTS_ENVIRONMENT = \
	VPRIM_SRCDIR='$(abs_top_srcdir)'; export VPRIM_SRCDIR; \
	VPRIM_BUILDDIR='$(abs_top_builddir)'; export VPRIM_BUILDDIR; \
	VPRIM_VECTORS='$(vprim_vectors)'; export VPRIM_VECTORS; \
	CC='$(CC)'; export CC; CXX='$(CXX)'; export CXX; NM='$(NM)'; export NM;

# what the scripts install with
EXTRA_DIST += tests/install
