# SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
# examples/virtprim is the installed command; the rest are stories.

vprim_tool_srcs = examples/virtprim/main.c examples/virtprim/tool.h
vprim_tool_srcs += examples/virtprim/commands.def
vprim_tool_srcs += examples/virtprim/cmd_run.c
vprim_tool_srcs += examples/virtprim/cmd_verb.c
vprim_tool_srcs += examples/virtprim/cmd_pat.c
vprim_tool_srcs += examples/virtprim/cmd_timer.c
vprim_tool_srcs += examples/virtprim/timer/timer.h
vprim_tool_srcs += examples/virtprim/timer/timer_sim.c
vprim_tool_srcs += examples/virtprim/timer/timer_text.c
vprim_tool_srcs += examples/virtprim/timer/timer_svg.c
vprim_tool_srcs += examples/virtprim/timer/timer_json.c

if TOOL
bin_PROGRAMS += virtprim
endif
virtprim_SOURCES = $(vprim_tool_srcs)
virtprim_CPPFLAGS = $(AM_CPPFLAGS)
virtprim_CFLAGS = $(AM_CFLAGS) $(TOOL_CFLAGS)
virtprim_LDADD = libvec.la libvirtprim.la libcore.la $(TOOL_LIBS) -lm

# The stories. Each prints what stands in the .txt file beside it.
vprim_stories = examples/first_map examples/last_page
examples_first_map_LDADD = libvirtprim.la
examples_last_page_LDADD = libvirtprim.la
check_PROGRAMS += $(vprim_stories)
EXTRA_DIST += $(vprim_stories:=.txt) $(vprim_stories:=.txt.license)
