# SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
# The manual: `make doc` gives doc/out/html/index.html and doc/out/man/man3.


.PHONY: doc
doc: doc/Doxyfile
	@test -n '$(DOXYGEN)' || { echo 'doc: install doxygen and run configure again' >&2; exit 1; }
	@test -n '$(DOT)' || { echo 'doc: install graphviz and run configure again' >&2; exit 1; }
	$(AM_V_GEN)rm -rf doc/out && mkdir -p doc/out && $(DOXYGEN) doc/Doxyfile
	@echo 'manual: doc/out/html/index.html'
	@echo 'man pages: doc/out/man/man3'

clean-local:
	rm -rf doc/out tests/fuzz/found
