#include "aggregate/value_list.h"

#include "core/arena.h"
#include "core/buf.h"
#include "core/hash.h"

#include <assert.h>
#include <stdatomic.h>
#include <stdlib.h>

struct vg_value_list {
	atomic_uint holders;
	struct vg_arena arena;
	struct vg_slice *value; /* while it is open: in order of arrival */
	size_t n, cap;
	struct vg_net *net; /* joined once it is closed */
	size_t n_net, cap_net;
	struct vg_slice *slot; /* once it is closed: open addressing */
	size_t slots;	       /* a power of two */
	char hash[17];
};

enum { HASH_SEED = 0 }; /* entries come from the operator */

static enum vg_rc no_memory(struct vg_err *err)
{
	return vg_err_set(err, VG_FATAL, "list: out of memory");
}

enum vg_rc vg_value_list_new(struct vg_value_list **out, struct vg_err *err)
{
	struct vg_value_list *l = calloc(1, sizeof *l);

	if (l == NULL)
		return no_memory(err);
	atomic_init(&l->holders, 1);
	*out = l;
	return VG_OK;
}

void vg_value_list_hold(struct vg_value_list *l)
{
	assert(l->slot != NULL);
	atomic_fetch_add(&l->holders, 1);
}

void vg_value_list_free(struct vg_value_list *l)
{
	if (l == NULL || atomic_fetch_sub(&l->holders, 1) > 1)
		return;
	vg_arena_term(&l->arena);
	free(l->value);
	free(l->net);
	free(l->slot);
	free(l);
}

/* Room for one more of `size` bytes. */
static bool grow(void **p, size_t n, size_t *cap, size_t size)
{
	if (n < *cap)
		return true;
	size_t more = *cap == 0 ? 64 : *cap * 2;
	void *grown = realloc(*p, more * size);
	if (grown == NULL)
		return false;
	*p = grown;
	*cap = more;
	return true;
}

enum vg_rc vg_value_list_add(struct vg_value_list *l, struct vg_slice value,
			     struct vg_err *err)
{
	void *values = l->value, *nets = l->net;
	struct vg_net net;

	assert(l->slot == NULL);
	if (value.n == 0 || value.n > VG_LIST_VALUE_MAX)
		return vg_err_set(err, VG_INVAL, "an entry has 1 to %d bytes",
				  (int)VG_LIST_VALUE_MAX);
	if (l->n == VG_LIST_VALUES_MAX)
		return vg_err_set(err, VG_INVAL, "more than %d entries",
				  (int)VG_LIST_VALUES_MAX);
	enum vg_net_fault fault = vg_net_read(value, &net);
	if (fault == VG_NET_HOST_BITS)
		return vg_err_set(err, VG_INVAL,
				  "the network has bits set behind its length; "
				  "clear them");
	bool fits = grow(&values, l->n, &l->cap, sizeof *l->value);
	l->value = values;
	fits = fits && grow(&nets, l->n_net, &l->cap_net, sizeof *l->net);
	l->net = nets;
	char *copy = fits ? vg_arena_copy(&l->arena, value.p, value.n) : NULL;
	if (copy == NULL)
		return no_memory(err);
	l->value[l->n++] = (struct vg_slice){.p = copy, .n = value.n};
	if (fault == VG_NET_OK)
		l->net[l->n_net++] = net;
	return VG_OK;
}

/* The place of `value`, or the empty one where it would be. */
static size_t place(const struct vg_value_list *l, struct vg_slice value)
{
	size_t at = vg_hash_table(value.p, value.n, HASH_SEED) & (l->slots - 1);

	while (l->slot[at].p != NULL && !vg_slice_eq(l->slot[at], value))
		at = (at + 1) & (l->slots - 1);
	return at;
}

static bool hash_values(struct vg_value_list *l)
{
	struct vg_buf text = {0};
	char hex[65];

	for (size_t i = 0; i < l->n; i++) {
		vg_buf_printf(&text, "%u:", (unsigned)l->value[i].n);
		vg_buf_add(&text, l->value[i].p, l->value[i].n);
	}
	bool good = !text.failed;
	if (good) {
		vg_sha256_hex(hex, text.n > 0 ? text.p : "", text.n);
		memcpy(l->hash, hex, sizeof l->hash - 1);
	}
	vg_buf_term(&text);
	return good;
}

enum vg_rc vg_value_list_close(struct vg_value_list *l, struct vg_err *err)
{
	size_t different = 0;

	assert(l->slot == NULL);
	if (l->n > 1)
		qsort(l->value, l->n, sizeof *l->value, vg_slice_order);
	for (size_t i = 0; i < l->n; i++)
		if (different == 0 ||
		    !vg_slice_eq(l->value[different - 1], l->value[i]))
			l->value[different++] = l->value[i];
	l->n = different;
	l->n_net = vg_nets_join(l->net, l->n_net);
	/* At most half full. */
	for (l->slots = 16; l->slots < 2 * l->n;)
		l->slots *= 2;
	l->slot = calloc(l->slots, sizeof *l->slot);
	if (l->slot == NULL || !hash_values(l))
		return no_memory(err);
	for (size_t i = 0; i < l->n; i++)
		l->slot[place(l, l->value[i])] = l->value[i];
	free(l->value);
	l->value = NULL;
	return VG_OK;
}

bool vg_value_list_has(const struct vg_value_list *l, struct vg_slice value)
{
	uint8_t address[VG_ADDRESS];

	assert(l->slot != NULL);
	if (value.n == 0)
		return false;
	if (l->slot[place(l, value)].p != NULL)
		return true;
	return l->n_net > 0 && vg_address_read(value, address) &&
	       vg_nets_have(l->net, l->n_net, address);
}

bool vg_value_list_has_indicator(const struct vg_value_list *l,
				 struct vg_slice value)
{
	const char *colon = value.n > 0 ? memchr(value.p, ':', value.n) : NULL;

	if (vg_value_list_has(l, value))
		return true;
	if (colon == NULL)
		return false;
	return vg_value_list_has(
		l, (struct vg_slice){colon + 1, value.n - (uint32_t)(colon + 1 -
								     value.p)});
}

const char *vg_value_list_hash(const struct vg_value_list *l)
{
	assert(l->slot != NULL);
	return l->hash;
}

size_t vg_value_list_count(const struct vg_value_list *l)
{
	return l->n;
}
