# SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
# make [KDIR=...] [VPRIM_DEBUGFS=1] [W=1] [C=2]; make modules_install; make clean
KDIR ?= /lib/modules/$(shell uname -r)/build

modules modules_install clean:
	$(MAKE) -C $(KDIR) M=$(CURDIR) VPRIM_DEBUGFS=$(VPRIM_DEBUGFS) $@

.PHONY: modules modules_install clean
.DEFAULT_GOAL := modules
