# SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
# examples/virtprim is the installed command; the rest are stories.

# All of the tool but its main(): the fuzz targets call its commands, too.
vprim_tool_srcs = examples/virtprim/tool.c examples/virtprim/tool.h
vprim_tool_srcs += examples/virtprim/commands.def examples/virtprim/picture.h
vprim_tool_srcs += examples/virtprim/cmd_run.c
vprim_tool_srcs += examples/virtprim/script.c examples/virtprim/script.h
vprim_tool_srcs += examples/virtprim/cmd_verb.c
vprim_tool_srcs += examples/virtprim/cmd_pat.c
vprim_tool_srcs += examples/virtprim/cmd_timer.c
vprim_tool_srcs += examples/virtprim/timer/timer.h
vprim_tool_srcs += examples/virtprim/timer/timer_sim.c
vprim_tool_srcs += examples/virtprim/timer/timer_text.c
vprim_tool_srcs += examples/virtprim/timer/timer_svg.c
vprim_tool_srcs += examples/virtprim/timer/timer_json.c
vprim_tool_srcs += examples/virtprim/cmd_replay.c
vprim_tool_srcs += examples/virtprim/cmd_completion.c
vprim_tool_srcs += examples/virtprim/cmd_explain.c
vprim_tool_srcs += examples/virtprim/explain/explain.h
vprim_tool_srcs += examples/virtprim/explain/explain_acpi.c
vprim_tool_srcs += examples/virtprim/explain/explain_judge.c
vprim_tool_srcs += examples/virtprim/explain/explain_read.c
vprim_tool_srcs += examples/virtprim/explain/explain_show.c
vprim_tool_srcs += examples/virtprim/cmd_caps.c examples/virtprim/caps/caps_device.c
vprim_tool_srcs += examples/virtprim/caps/caps.h

# xstate
vprim_tool_srcs += examples/virtprim/cmd_xstate.c
vprim_tool_srcs += examples/virtprim/xstate_host.c
vprim_tool_srcs += examples/virtprim/xstate_show.c
vprim_tool_srcs += examples/virtprim/xstate_tool.h
vprim_tool_srcs += $(vprim_dump_srcs)
vprim_tool_srcs += examples/virtprim/cmd_revoke.c

# mock
vprim_tool_srcs += examples/virtprim/cmd_mock.c
vprim_tool_srcs += examples/virtprim/mock/sup.h
vprim_tool_srcs += examples/virtprim/mock/sup_call.c
vprim_tool_srcs += examples/virtprim/mock/sup_file.c
vprim_tool_srcs += examples/virtprim/mock/sup_loop.c
vprim_tool_srcs += examples/virtprim/mock/sup_options.c
vprim_tool_srcs += examples/virtprim/mock/sup_path.c
vprim_tool_srcs += examples/virtprim/mock/sup_profile.c
vprim_tool_srcs += examples/virtprim/mock/sup_report.c
vprim_tool_srcs += examples/virtprim/mock/sup_start.c
vprim_tool_srcs += examples/virtprim/mock/sup_task.c
vprim_tool_srcs += examples/virtprim/mock/sup_trace.c
vprim_tool_srcs += examples/virtprim/mock/sup_tree.c

if TOOL
bin_PROGRAMS += virtprim
endif
if TOOL
noinst_LTLIBRARIES += libcommands.la
endif
libcommands_la_SOURCES = $(vprim_tool_srcs)
libcommands_la_CFLAGS = $(AM_CFLAGS) $(TOOL_CFLAGS)
virtprim_SOURCES = examples/virtprim/main.c examples/virtprim/memory.c
virtprim_CFLAGS = $(AM_CFLAGS) $(TOOL_CFLAGS)
virtprim_LDADD = libcommands.la libreplay.la libtextin.la libvec.la libvirtprim.la libcore.la \
	$(TOOL_LIBS) -lm

# What reads CPUID dumps; its tests use it too.
vprim_dump_srcs = examples/virtprim/xstate_dump.c
vprim_dump_srcs += examples/virtprim/xstate_dump.h
vprim_dump_srcs += examples/virtprim/xstate_form.h
vprim_dump_srcs += examples/virtprim/xstate_forms.c
vprim_dump_srcs += examples/virtprim/xstate_json.c

# Text from outside, for every command that reads any; see input/input.h.
vprim_input_srcs = examples/virtprim/input/input.h
vprim_input_srcs += examples/virtprim/input/input_part.h
vprim_input_srcs += examples/virtprim/input/input_clean.c
vprim_input_srcs += examples/virtprim/input/input_file.c
vprim_input_srcs += examples/virtprim/input/input_take.c
vprim_facts_srcs = examples/virtprim/facts/facts.h
vprim_facts_srcs += examples/virtprim/facts/facts_part.h
vprim_facts_srcs += examples/virtprim/facts/facts.c
vprim_facts_srcs += examples/virtprim/facts/facts_errno.c
vprim_facts_srcs += examples/virtprim/facts/facts_forms.c
vprim_facts_srcs += examples/virtprim/facts/facts_group.c
vprim_facts_srcs += examples/virtprim/facts/facts_match.c
vprim_facts_srcs += examples/virtprim/facts/facts_tree.c
vprim_facts_srcs += examples/virtprim/facts/facts_view.c
if TOOL
noinst_LTLIBRARIES += libtextin.la
endif
libtextin_la_SOURCES = $(vprim_input_srcs) $(vprim_facts_srcs)
libtextin_la_CFLAGS = $(AM_CFLAGS) $(TOOL_CFLAGS)

# What `virtprim replay` is made of; its tests use it too.
vprim_replay_srcs = examples/virtprim/replay/replay.h
vprim_replay_srcs += examples/virtprim/replay/replay_engine.c
vprim_replay_srcs += examples/virtprim/replay/replay_events.c
vprim_replay_srcs += examples/virtprim/replay/replay_facts.c
vprim_replay_srcs += examples/virtprim/replay/replay_gtree.c
vprim_replay_srcs += examples/virtprim/replay/replay_input.c
vprim_replay_srcs += examples/virtprim/replay/replay_json.c
vprim_replay_srcs += examples/virtprim/replay/replay_policy.c
vprim_replay_srcs += examples/virtprim/replay/replay_policy_ioas.c
vprim_replay_srcs += examples/virtprim/replay/replay_policy_map.c
vprim_replay_srcs += examples/virtprim/replay/replay_policy_type1.c
vprim_replay_srcs += examples/virtprim/replay/replay_progress.c
vprim_replay_srcs += examples/virtprim/replay/replay_put.c
vprim_replay_srcs += examples/virtprim/replay/replay_reserved.c
vprim_replay_srcs += examples/virtprim/replay/replay_svg.c
vprim_replay_srcs += examples/virtprim/replay/replay_text.c
vprim_replay_srcs += examples/virtprim/replay/replay_time.c
vprim_replay_srcs += examples/virtprim/replay/replay_vec.c
if TOOL
noinst_LTLIBRARIES += libreplay.la
endif
libreplay_la_SOURCES = $(vprim_replay_srcs)
libreplay_la_CFLAGS = $(AM_CFLAGS) $(TOOL_CFLAGS)

vprim_data = examples/data/e1000e-net.ftrace.gz
vprim_data += examples/data/nvme-mixed.ftrace.gz
vprim_data += examples/data/qemu-q35-1tib.mtree
EXTRA_DIST += examples/run examples/data/README.md $(vprim_data)
EXTRA_DIST += $(vprim_data:=.license)

# The stories. Each prints what stands in the .txt file beside it.
vprim_stories = examples/first_map examples/last_page
vprim_stories += examples/p2p_reset
vprim_stories += examples/vfio_edu
vprim_stories += examples/vfio_broker
vprim_stories += examples/vfio_ram
vprim_stories += examples/kvm_mini
vprim_stories += examples/region_server
examples_first_map_LDADD = libvirtprim.la
examples_last_page_LDADD = libvirtprim.la
examples_p2p_reset_LDADD = libvirtprim.la
examples_vfio_edu_LDADD = libvirtprim.la
examples_vfio_broker_LDADD = libvirtprim.la
examples_vfio_ram_LDADD = libvirtprim.la
examples_kvm_mini_LDADD = libvirtprim.la
examples_region_server_LDADD = libvirtprim.la
check_PROGRAMS += $(vprim_stories)
EXTRA_DIST += $(vprim_stories:=.txt) $(vprim_stories:=.txt.license)
# In other languages; tests/check_examples builds them.
EXTRA_DIST += examples/cxx.cc examples/cxx.txt examples/cxx.txt.license
EXTRA_DIST += examples/rust/guest.rs

# Completion, as the tool itself prints it. Where it cannot run here, there is none.
if TOOL
bashcompletiondir = $(datadir)/bash-completion/completions
zshcompletiondir = $(datadir)/zsh/site-functions
fishcompletiondir = $(datadir)/fish/vendor_completions.d
if !CROSS
nodist_bashcompletion_DATA = examples/completion/virtprim
nodist_zshcompletion_DATA = examples/completion/_virtprim
nodist_fishcompletion_DATA = examples/completion/virtprim.fish
endif
endif
CLEANFILES += examples/completion/virtprim examples/completion/_virtprim
CLEANFILES += examples/completion/virtprim.fish

examples/completion/virtprim: virtprim$(EXEEXT)
	$(AM_V_GEN)mkdir -p examples/completion && \
		./virtprim$(EXEEXT) completion bash > $@.part && mv $@.part $@
examples/completion/_virtprim: virtprim$(EXEEXT)
	$(AM_V_GEN)mkdir -p examples/completion && \
		./virtprim$(EXEEXT) completion zsh > $@.part && mv $@.part $@
examples/completion/virtprim.fish: virtprim$(EXEEXT)
	$(AM_V_GEN)mkdir -p examples/completion && \
		./virtprim$(EXEEXT) completion fish > $@.part && mv $@.part $@
