/*
 * match_node - a predicate as a tree. Private to aggregate/match*.
 *
 * Nodes are in one array and name each other by index + 1; 0 is none. Siblings
 * are in order of cost, the cheap ones first.
 */
#ifndef VG_AGGREGATE_MATCH_NODE_H
#define VG_AGGREGATE_MATCH_NODE_H

#include "aggregate/match.h"
#include "aggregate/net.h"
#include "core/arena.h"

struct vg_regex;

enum vg_match_node_kind {
	VG_TEST_ALL,
	VG_TEST_ANY,
	VG_TEST_NOT,
	VG_TEST_VALUES,
	VG_TEST_BOUND,
	VG_TEST_EXISTS,
	VG_TEST_NETS,
	VG_TEST_GLOBS,
	VG_TEST_REGEXES,
	VG_TEST_LIST,
	VG_TEST_SAME
};

/* Fields whose tests read more or less than a text. */
enum vg_match_node_field {
	VG_TEST_TEXT,
	VG_TEST_NUMBER,	   /* severity, confidence, count        */
	VG_TEST_INDICATOR, /* its values are type:value          */
	VG_TEST_CATEGORY,  /* the event holds an index of a list */
	VG_TEST_SECTOR,
	VG_TEST_SENSOR_KIND,
	VG_TEST_ANYWHERE /* every value that the event has */
};

struct vg_match_node {
	uint8_t kind, cost; /* of enum vg_match_node_kind; 0 is cheap */
	uint8_t what;	    /* of enum vg_match_node_field            */
	bool ignore_case;
	uint16_t next, child;
	struct vg_field_ref field;
	enum vg_match_op op;
	double bound;
	struct vg_slice *text;	 /* sorted, different                   */
	uint64_t filter;	 /* a bit for each text: vg_match_bit() */
	uint64_t words;		 /* those of `text` that are in a list  */
	double *number;		 /* those of `text` that are numbers    */
	struct vg_net *net;	 /* joined                              */
	struct vg_regex **regex; /* of each text                        */
	struct vg_value_list *list;
	struct vg_field_ref other; /* of VG_TEST_SAME ...                 */
	enum vg_glob_form form;	   /* ... how its value is in the field's */
	size_t n, n_number;
};

struct vg_match {
	struct vg_arena arena;
	struct vg_match_node *node; /* the first is the whole */
	size_t n, cap, regexes;
	uint16_t open[VG_MATCH_DEPTH_MAX + 1]; /* indices: the last is open */
	unsigned depth;
};

/* An array of `n` of `size` bytes in the predicate's arena. */
enum vg_rc vg_match_array(struct vg_match *m, size_t n, size_t size, void **out,
			  struct vg_err *err) VG_MUST_CHECK;

/* Check and prepare a test of `field` in *out, not yet in the tree. */
enum vg_rc vg_match_start(struct vg_match *m, struct vg_slice field,
			  enum vg_match_node_kind kind,
			  struct vg_match_node *out,
			  struct vg_err *err) VG_MUST_CHECK;

/* Put `node` into the open group. There is room: vg_match_start() made it. */
void vg_match_put(struct vg_match *m, const struct vg_match_node *node);

/* Copy `n` texts, sorted and different, to node->text and node->n. */
enum vg_rc vg_match_copy(struct vg_match *m, struct vg_match_node *node,
			 const struct vg_slice *text, size_t n,
			 struct vg_err *err) VG_MUST_CHECK;

/* A number below 64 that equal texts share. */
static inline unsigned vg_match_bit(struct vg_slice text)
{
	if (text.n == 0)
		return 0;
	return (text.n + 7u * (unsigned char)text.p[0] +
		13u * (unsigned char)text.p[text.n - 1]) &
	       63u;
}

#endif
