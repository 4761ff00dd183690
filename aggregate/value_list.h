/*
 * value_list - a long list of values and networks that a rule looks up in.
 *
 * A value is in the list when it is equal to an entry, or is an address within
 * one of its networks. An entry that reads as an address or network is both.
 *
 * Owner:   counted: several predicates may hold one list.
 * Threads: any once it is complete.
 */
#ifndef VG_AGGREGATE_VALUE_LIST_H
#define VG_AGGREGATE_VALUE_LIST_H

#include "aggregate/net.h"
#include "core/err.h"

enum {
	VG_LIST_VALUES_MAX = 200000, /* entries of one list */
	VG_LIST_VALUE_MAX = 2176     /* bytes of one: an indicator, "type:" */
};

struct vg_value_list;

/* An empty list, held once. */
enum vg_rc vg_value_list_new(struct vg_value_list **out,
			     struct vg_err *err) VG_MUST_CHECK;

/* Add an entry (copied). VG_INVAL when it is empty or too long, when there are
 * too many, or when it is a network with host bits. */
enum vg_rc vg_value_list_add(struct vg_value_list *l, struct vg_slice value,
			     struct vg_err *err) VG_MUST_CHECK;

/* No more entries: make it ready for look-ups. */
enum vg_rc vg_value_list_close(struct vg_value_list *l,
			       struct vg_err *err) VG_MUST_CHECK;

/* One more holder; and one less: the last frees it. NULL is allowed. */
void vg_value_list_hold(struct vg_value_list *l);
void vg_value_list_free(struct vg_value_list *l);

/* True when `value` is in the list. */
bool vg_value_list_has(const struct vg_value_list *l, struct vg_slice value);

/* The same of an indicator, "type:value": it is found with or without its type.
 */
bool vg_value_list_has_indicator(const struct vg_value_list *l,
				 struct vg_slice value);

/* 16 hex digits of what it holds, however its entries were ordered; and how
 * many different ones there are. */
const char *vg_value_list_hash(const struct vg_value_list *l);
size_t vg_value_list_count(const struct vg_value_list *l);

#endif
