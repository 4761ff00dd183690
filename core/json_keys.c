/*
 * Duplicate keys, where the parser's filter of cheap hashes does not settle
 * it. A large object, or one with an escaped key, gets a hash table under a
 * random SipHash key, so that no input can be aimed at its buckets.
 */
#include "core/hash.h"
#include "core/json_parts.h"

#include <assert.h>
#include <sodium.h>
#include <stdlib.h>

struct slot {
	uint64_t hash;
	uint32_t tok; /* 0: free; no key is token 0 */
};

struct table {
	struct slot *slot;
	size_t mask;
	char *text; /* room for any unescaped key of the object */
	uint8_t key[VG_HASH_KEY];
};

static bool tok_eq(const struct vg_json *j, uint32_t a, uint32_t b)
{
	const struct vg_json_tok *x = &j->tok[a];
	const struct vg_json_tok *y = &j->tok[b];

	struct vg_slice p = {.p = j->text + x->start, .n = x->len};
	struct vg_slice q = {.p = j->text + y->start, .n = y->len};

	return x->escaped || y->escaped ? vg_json_text_eq(p, q)
					: vg_slice_eq(p, q);
}

bool vg_json_key_seen(const struct vg_json *j, uint32_t obj, uint32_t tok)
{
	for (uint32_t k = obj + 1; k < tok; k = j->tok[k + 1].next)
		if (tok_eq(j, k, tok))
			return true;
	return false;
}

static uint64_t hash_key(const struct vg_json *j, const struct table *t,
			 uint32_t tok)
{
	const struct vg_json_tok *k = &j->tok[tok];
	const char *p = j->text + k->start;
	const char *end = p + k->len;
	size_t n = 0;

	if (!k->escaped)
		return vg_hash64(t->key, p, k->len);
	while (p < end)
		n += vg_json_text_step(&p, end, t->text + n);
	assert(n <= k->len);
	return vg_hash64(t->key, t->text, n);
}

/* True when an equal key is there already; else puts this one in. */
static bool find_or_put(const struct vg_json *j, struct table *t, uint32_t tok)
{
	uint64_t hash = hash_key(j, t, tok);
	size_t i = hash & t->mask;

	for (; t->slot[i].tok != 0; i = (i + 1) & t->mask)
		if (t->slot[i].hash == hash && tok_eq(j, t->slot[i].tok, tok))
			return true;
	t->slot[i] = (struct slot){.hash = hash, .tok = tok};
	return false;
}

enum vg_json_fault vg_json_keys_check(const struct vg_json *j, uint32_t obj,
				      uint32_t *dup)
{
	enum vg_json_fault f = VG_JSON_MEMORY;
	uint32_t end = j->tok[obj].next;
	size_t slots = 16;
	struct table t;

	assert(j->tok[obj].type == VG_JSON_OBJECT);
	while (slots < 2 * (size_t)j->tok[obj].count)
		slots *= 2;
	t.mask = slots - 1;
	t.slot = calloc(slots, sizeof *t.slot);
	t.text = malloc((size_t)j->tok[obj].len + 4);
	if (t.slot == NULL || t.text == NULL || sodium_init() < 0)
		goto out;
	randombytes_buf(t.key, sizeof t.key);

	f = VG_JSON_OK;
	for (uint32_t k = obj + 1; k < end; k = j->tok[k + 1].next)
		if (find_or_put(j, &t, k)) {
			*dup = k;
			f = VG_JSON_DUPKEY;
			break;
		}
out:
	free(t.text);
	free(t.slot);
	return f;
}
