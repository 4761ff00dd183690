#include "aggregate/part_call.h"

#include "aggregate/part_fast.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>

/* Lua's C stack takes 8,000 values; even, so that pairs stay together. */
enum { STRINGS_MAX = 4000, FIRST = 64 };

struct vg_call *vg_call_new(void)
{
	return calloc(1, sizeof(struct vg_call));
}

void vg_call_free(struct vg_call *c)
{
	if (c == NULL)
		return;
	vg_buf_term(&c->blob);
	vg_buf_term(&c->keys);
	vg_buf_term(&c->letters);
	free(c->key_end);
	free(c->op);
	free(c->arg);
	free(c);
}

void vg_call_reset(struct vg_call *c)
{
	vg_buf_reset(&c->blob);
	vg_buf_reset(&c->keys);
	vg_buf_reset(&c->letters);
	c->n_key = c->n_op = 0;
	c->failed = false;
}

uint32_t vg_call_key(struct vg_call *c, const char *topic, int32_t partition,
		     const char *suffix, char letter)
{
	if (c->n_key == c->cap_key) {
		size_t cap = c->cap_key ? c->cap_key * 2 : FIRST;
		size_t *end = realloc(c->key_end, cap * sizeof *end);

		if (end == NULL) {
			c->failed = true;
			return 1;
		}
		c->key_end = end;
		c->cap_key = cap;
	}
	vg_key(&c->keys, topic, partition, suffix);
	vg_buf_add(&c->letters, &letter, 1);
	c->key_end[c->n_key++] = c->keys.n;
	return (uint32_t)c->n_key;
}

void vg_call_begin(struct vg_call *c, const char *name, uint32_t key)
{
	struct vg_call_op *op;

	if (c->n_op == c->cap_op) {
		size_t cap = c->cap_op ? c->cap_op * 2 : FIRST;

		op = realloc(c->op, cap * sizeof *op);
		if (op == NULL) {
			c->failed = true;
			return;
		}
		c->op = op;
		c->cap_op = cap;
	}
	op = &c->op[c->n_op++];
	*op = (struct vg_call_op){
		.name = name, .from = c->blob.n, .to = c->blob.n};
	(void)snprintf(op->key, sizeof op->key, "%u", (unsigned)key);
}

/* The head of a MessagePack string of `n` bytes; its length. */
static size_t string_head(char head[5], size_t n)
{
	if (n < 32) {
		head[0] = (char)(0xa0 | n);
		return 1;
	}
	if (n < 65536) {
		head[0] = (char)0xda;
		head[1] = (char)(n >> 8);
		head[2] = (char)n;
		return 3;
	}
	assert(n <= UINT32_MAX);
	head[0] = (char)0xdb;
	for (int i = 0; i < 4; i++)
		head[i + 1] = (char)(n >> (24 - 8 * i));
	return 5;
}

void vg_call_str(struct vg_call *c, const char *p, size_t n)
{
	char head[5];
	struct vg_call_op *op;

	if (c->failed || c->n_op == 0)
		return;
	op = &c->op[c->n_op - 1];
	if (op->strings == STRINGS_MAX) {
		vg_call_begin(c, op->name,
			      (uint32_t)strtoul(op->key, NULL, 10));
		if (c->failed)
			return;
		op = &c->op[c->n_op - 1];
	}
	vg_fast_add(&c->blob, head, string_head(head, n));
	vg_fast_add(&c->blob, p, n);
	op->to = c->blob.n;
	op->strings++;
}

static struct vg_slice part(const struct vg_buf *b, size_t from, size_t to)
{
	return (struct vg_slice){.p = b->p + from, .n = (uint32_t)(to - from)};
}

const struct vg_slice *vg_call_args(struct vg_call *c,
				    const struct vg_slice *head, size_t n_head,
				    size_t *n)
{
	size_t need = c->n_key + n_head + c->n_op * 3, from = 0, k = 0;

	if (c->failed || c->blob.failed || c->keys.failed || c->letters.failed)
		return NULL;
	if (need > c->cap_arg) {
		struct vg_slice *arg = realloc(c->arg, need * sizeof *arg);

		if (arg == NULL)
			return NULL;
		c->arg = arg;
		c->cap_arg = need;
	}
	for (size_t i = 0; i < c->n_key; i++) {
		c->arg[k++] = part(&c->keys, from, c->key_end[i]);
		from = c->key_end[i];
	}
	for (size_t i = 0; i < n_head; i++)
		c->arg[k++] = head[i];
	for (size_t i = 0; i < c->n_op; i++) {
		const struct vg_call_op *op = &c->op[i];

		c->arg[k++] = vg_slice_of(op->name);
		c->arg[k++] = vg_slice_of(op->key);
		c->arg[k++] = part(&c->blob, op->from, op->to);
	}
	assert(k == need);
	*n = need;
	return c->arg;
}
