# SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
# The manual: `make doc` gives doc/out/html/index.html. The man pages are made with
# everything else, from the headers and from what the tool says of itself.

man3dir = $(mandir)/man3
man_stamp = doc/man/made
EXTRA_DIST += doc/manpages
all-local: $(man_stamp)
$(man_stamp): $(vpriminclude_HEADERS) $(top_srcdir)/doc/manpages
	$(AM_V_GEN)rm -rf doc/man/man3 && $(MKDIR_P) doc/man/man3 && pages=`pwd`/doc/man/man3 && \
		(cd $(top_srcdir) && perl doc/manpages $(VERSION) "$$pages" $(vpriminclude_HEADERS)) && \
		echo done > $@

# Where the tool cannot run here, it has no page.
if TOOL
if !CROSS
nodist_man1_MANS = doc/man/virtprim.1
endif
endif
doc/man/virtprim.1: virtprim$(EXEEXT) $(top_srcdir)/doc/manpages
	$(AM_V_GEN)$(MKDIR_P) doc/man && perl $(top_srcdir)/doc/manpages --tool \
		$(VERSION) doc/man ./virtprim$(EXEEXT)

install-data-local: $(man_stamp)
	$(MKDIR_P) '$(DESTDIR)$(man3dir)'
	$(INSTALL_DATA) doc/man/man3/*.3 '$(DESTDIR)$(man3dir)'
uninstall-local:
	cd doc/man/man3 && for page in *.3; do rm -f '$(DESTDIR)$(man3dir)'/"$$page"; done

# How the manual looks; without it, Doxygen's own way.
doc_css = /usr/share/doxygen-awesome-css/doxygen-awesome.css

.PHONY: doc
doc: doc/Doxyfile
	@for tool in doxygen dot; do command -v $$tool > /dev/null || \
		{ echo "doc: $$tool is missing: install doxygen and graphviz" >&2; exit 1; }; done
	$(AM_V_GEN)rm -rf doc/out && mkdir -p doc/out && \
		VPRIM_DOC_CSS=`ls $(doc_css) 2> /dev/null` doxygen doc/Doxyfile
	@echo 'manual: doc/out/html/index.html'

# Whether one finds the way in it, and how all of it is spelt. The words are names.
.PHONY: check-doc
check-doc: doc
	$(top_srcdir)/doc/check_manual doc/out/html
	cd $(top_srcdir) && codespell -L crate,exept,filp,ges,iput,lates,missings,sie,whos \
		--skip '*.xz,*.svg,*.[oa],*.l[oa],tests/cases,tests/fuzz,tests/docs_fixtures,examples/data' \
		README.md CHANGELOG.md CONTRIBUTING.md doc include libvirtprim examples tests

clean-local:
	rm -rf doc/out doc/man tests/fuzz/found
