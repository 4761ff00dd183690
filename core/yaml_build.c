#include "core/yaml_build.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <yaml.h>

/* An open list or map, and the key that waits for its value. */
struct frame {
	struct vg_yaml_node *node;
	struct vg_yaml_node *last;
	const char *key;
	int key_line;
};

struct build {
	struct vg_yaml *y;
	struct vg_err *err;
	struct frame stack[VG_YAML_DEPTH_MAX];
	size_t depth, nodes;
	struct vg_yaml_doc *last_doc;
};

static int line_of(const yaml_event_t *e)
{
	return (int)e->start_mark.line + 1;
}

static enum vg_rc no_memory(struct build *b)
{
	return vg_err_set(b->err, VG_FATAL, "%s: out of memory", b->y->name);
}

static enum vg_rc fail(struct build *b, int line, const char *what)
{
	return vg_yaml_fail_line(b->y, line, b->err, what);
}

/* Hang `n` where the next value belongs: the open container, or else it is the
 * root of a new document. */
static enum vg_rc attach(struct build *b, struct vg_yaml_node *n)
{
	if (b->depth == 0) {
		struct vg_yaml_doc *d = vg_arena_alloc(&b->y->arena, sizeof *d);
		if (d == NULL)
			return no_memory(b);
		*d = (struct vg_yaml_doc){.root = n};
		if (b->last_doc != NULL)
			b->last_doc->next = d;
		else
			b->y->docs = d;
		b->last_doc = d;
		return VG_OK;
	}
	struct frame *f = &b->stack[b->depth - 1];
	assert((f->key != NULL) == (f->node->type == VG_YAML_MAP));
	n->key = f->key;
	n->key_line = f->key_line;
	f->key = NULL;
	if (f->last != NULL)
		f->last->next = n;
	else
		f->node->child = n;
	f->last = n;
	f->node->count++;
	return VG_OK;
}

static enum vg_rc add_node(struct build *b, const yaml_event_t *e,
			   enum vg_yaml_type type, struct vg_yaml_node **out)
{
	if (b->nodes >= VG_YAML_NODES_MAX)
		return fail(b, line_of(e), "more than 100000 values; split it");
	b->nodes++;

	struct vg_yaml_node *n = vg_arena_alloc(&b->y->arena, sizeof *n);
	if (n == NULL)
		return no_memory(b);
	*n = (struct vg_yaml_node){.type = type, .line = line_of(e)};
	*out = n;
	return attach(b, n);
}

/* True when the next scalar is a key and not a value. */
static bool wants_key(const struct build *b)
{
	if (b->depth == 0)
		return false;
	const struct frame *f = &b->stack[b->depth - 1];
	return f->node->type == VG_YAML_MAP && f->key == NULL;
}

static enum vg_rc on_scalar(struct build *b, const yaml_event_t *e)
{
	const char *p = (const char *)e->data.scalar.value;
	size_t n = e->data.scalar.length;

	if (e->data.scalar.tag != NULL)
		return fail(b, line_of(e), "a tag (!) is not read; remove it");
	if (memchr(p, 0, n) != NULL)
		return fail(b, line_of(e), "a NUL byte in a text; remove it");
	const char *text = vg_arena_copy(&b->y->arena, p, n);
	if (text == NULL)
		return no_memory(b);

	if (wants_key(b)) {
		struct frame *f = &b->stack[b->depth - 1];
		f->key = text;
		f->key_line = line_of(e);
		return VG_OK;
	}
	struct vg_yaml_node *node = NULL;
	enum vg_rc rc = add_node(b, e, VG_YAML_SCALAR, &node);
	if (rc != VG_OK)
		return rc;
	node->quoted = e->data.scalar.style != YAML_PLAIN_SCALAR_STYLE;
	node->text = text;
	node->text_len = n;
	return VG_OK;
}

static enum vg_rc on_start(struct build *b, const yaml_event_t *e,
			   enum vg_yaml_type type, const yaml_char_t *tag)
{
	if (tag != NULL)
		return fail(b, line_of(e), "a tag (!) is not read; remove it");
	if (wants_key(b))
		return fail(b, line_of(e),
			    "a list or map as a key; write a "
			    "word");
	if (b->depth >= VG_YAML_DEPTH_MAX)
		return fail(b, line_of(e), "nested deeper than 16; flatten it");

	struct vg_yaml_node *node = NULL;
	enum vg_rc rc = add_node(b, e, type, &node);
	if (rc != VG_OK)
		return rc;
	b->stack[b->depth++] = (struct frame){.node = node};
	return VG_OK;
}

static int by_key(const void *a, const void *b)
{
	const struct vg_yaml_node *x = *(const struct vg_yaml_node *const *)a;
	const struct vg_yaml_node *y = *(const struct vg_yaml_node *const *)b;
	int c = strcmp(x->key, y->key);

	return c != 0 ? c
		      : (x->key_line > y->key_line) -
				(x->key_line < y->key_line);
}

/* Sorted first: comparing each with each would be slow on a large map. */
static enum vg_rc check_keys(struct build *b, const struct vg_yaml_node *map)
{
	enum vg_rc rc = VG_OK;

	if (map->count < 2)
		return VG_OK;
	const struct vg_yaml_node **v = malloc(map->count * sizeof *v);
	if (v == NULL)
		return no_memory(b);
	size_t n = 0;
	for (const struct vg_yaml_node *m = map->child; m != NULL; m = m->next)
		v[n++] = m;
	assert(n == map->count);
	qsort(v, n, sizeof *v, by_key);
	for (size_t i = 1; i < n && rc == VG_OK; i++) {
		if (strcmp(v[i - 1]->key, v[i]->key) == 0)
			rc = vg_yaml_fail(b->y, v[i], b->err,
					  "%.64s: stands here and on line %d; "
					  "keep one",
					  v[i]->key, v[i - 1]->key_line);
	}
	free(v);
	return rc;
}

static enum vg_rc on_end(struct build *b)
{
	assert(b->depth > 0);
	const struct vg_yaml_node *node = b->stack[--b->depth].node;

	return node->type == VG_YAML_MAP ? check_keys(b, node) : VG_OK;
}

static enum vg_rc refuse_anchor(struct build *b, const yaml_event_t *e,
				const yaml_char_t *anchor)
{
	if (anchor == NULL)
		return VG_OK;
	return fail(b, line_of(e),
		    "an anchor (&) is not read; write the value out");
}

static enum vg_rc on_event(struct build *b, const yaml_event_t *e)
{
	enum vg_rc rc;

	switch (e->type) {
	case YAML_ALIAS_EVENT:
		return fail(b, line_of(e),
			    "an alias (*) is not read; write the value out");
	case YAML_SCALAR_EVENT:
		rc = refuse_anchor(b, e, e->data.scalar.anchor);
		return rc != VG_OK ? rc : on_scalar(b, e);
	case YAML_SEQUENCE_START_EVENT:
		rc = refuse_anchor(b, e, e->data.sequence_start.anchor);
		return rc != VG_OK ? rc
				   : on_start(b, e, VG_YAML_LIST,
					      e->data.sequence_start.tag);
	case YAML_MAPPING_START_EVENT:
		rc = refuse_anchor(b, e, e->data.mapping_start.anchor);
		return rc != VG_OK ? rc
				   : on_start(b, e, VG_YAML_MAP,
					      e->data.mapping_start.tag);
	case YAML_SEQUENCE_END_EVENT:
	case YAML_MAPPING_END_EVENT:
		return on_end(b);
	default:
		return VG_OK;
	}
}

static enum vg_rc on_problem(struct build *b, const yaml_parser_t *p)
{
	char what[160];

	if (p->error == YAML_MEMORY_ERROR)
		return no_memory(b);
	/* A reader error has no mark, but an offset from the start. */
	size_t line = p->error == YAML_READER_ERROR ? p->mark.line
						    : p->problem_mark.line;
	(void)snprintf(what, sizeof what, "not YAML: %s%s",
		       p->problem != NULL ? p->problem : "unreadable",
		       p->problem != NULL && strstr(p->problem, "cannot start")
			       ? "; indent with spaces, no tabs, and quote "
				 "what begins with a sign"
			       : "");
	return fail(b, (int)line + 1, what);
}

enum vg_rc vg_yaml_build(struct vg_yaml *y, const char *text, size_t len,
			 struct vg_err *err)
{
	struct build b = {.y = y, .err = err};
	yaml_parser_t p;
	enum vg_rc rc = VG_OK;
	bool more = true;

	if (!yaml_parser_initialize(&p))
		return no_memory(&b);
	/* Given, so that no byte order mark can choose another. */
	yaml_parser_set_encoding(&p, YAML_UTF8_ENCODING);
	yaml_parser_set_input_string(&p, (const unsigned char *)text, len);
	while (more && rc == VG_OK) {
		yaml_event_t e;
		if (!yaml_parser_parse(&p, &e)) {
			rc = on_problem(&b, &p);
			break;
		}
		more = e.type != YAML_STREAM_END_EVENT;
		rc = on_event(&b, &e);
		yaml_event_delete(&e);
	}
	yaml_parser_delete(&p);
	return rc;
}
