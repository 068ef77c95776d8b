/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/* What the files of nested SVM share. */
#ifndef SVM_INTERNAL_H
#define SVM_INTERNAL_H
#include <virtprim/refuse.h>
#include <virtprim/svm.h>

/* svm_rules.c; by their ids. */
extern const struct vprim_rule vprim_svm_rule_[];
#define refuse_by(why, id, ...) \
	VPRIM_REFUSE(why, vprim_svm_rule_, (id) - VPRIM_SVM_RULE_NO_NESTED, \
		     __VA_ARGS__)
#define refuse(why, id, ...) \
	refuse_by(why, VPRIM_SVM_RULE_##id, __VA_ARGS__)

#endif
