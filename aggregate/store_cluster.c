#include "aggregate/store_cluster.h"

#include "aggregate/store_link.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char KEYS[] = "vg:{";

/* CRC16 of XMODEM, which Redis takes slots from. */
static uint16_t crc16(const char *p, size_t n)
{
	uint16_t crc = 0;

	for (size_t i = 0; i < n; i++) {
		crc = (uint16_t)(crc ^ (uint16_t)((unsigned char)p[i] << 8));
		for (int bit = 0; bit < 8; bit++)
			crc = (uint16_t)(crc & 0x8000 ? crc << 1 ^ 0x1021
						      : crc << 1);
	}
	return crc;
}

uint16_t vg_slot_of(struct vg_slice key)
{
	const char *open = key.n > 0 ? memchr(key.p, '{', key.n) : NULL;
	const char *end = key.p + key.n, *close = NULL;

	if (open != NULL)
		close = memchr(open + 1, '}', (size_t)(end - open - 1));
	if (close != NULL && close > open + 1)
		return crc16(open + 1, (size_t)(close - open - 1)) % VG_SLOTS;
	return crc16(key.p, key.n) % VG_SLOTS;
}

bool vg_store_is_cluster(const struct vg_store *s)
{
	return s->slot != NULL;
}

bool vg_cluster_begin(struct vg_store *s)
{
	if (s->slot != NULL)
		return false;
	s->slot = calloc(VG_SLOTS, sizeof *s->slot);
	return s->slot != NULL;
}

void vg_cluster_route(struct vg_store *s, const struct vg_slice *arg, size_t n)
{
	size_t k = sizeof KEYS - 1;

	if (s->slot == NULL || s->is_asked) {
		s->is_asked = false;
		return;
	}
	for (size_t i = 1; i < n; i++) {
		if (arg[i].n <= k || memcmp(arg[i].p, KEYS, k) != 0)
			continue;
		uint8_t node = s->slot[vg_slot_of(arg[i])];

		s->at = node > 0 ? node - 1U : s->home;
		return;
	}
}

/* The node of that address, known or new; VG_STORE_NODES: no room. */
static size_t node_of(struct vg_store *s, const char *address)
{
	char full[VG_NODE_ADDRESS];
	const char *colon = strrchr(s->node[s->at].address, ':');
	int host = colon != NULL ? (int)(colon - s->node[s->at].address) : 0;

	/* Without a host it is the one that says so. */
	int n = snprintf(full, sizeof full, "%.*s%s",
			 address[0] == ':' ? host : 0, s->node[s->at].address,
			 address);
	if (n < 0 || (size_t)n >= sizeof full)
		return VG_STORE_NODES; /* no node of ours */
	for (size_t i = 0; i < s->n_node; i++)
		if (strcmp(s->node[i].address, full) == 0)
			return i;
	if (s->n_node < VG_STORE_NODES)
		memcpy(s->node[s->n_node].address, full, sizeof full);
	return s->n_node < VG_STORE_NODES ? s->n_node++ : VG_STORE_NODES;
}

static bool ask(struct vg_store *s, size_t node)
{
	struct vg_err err;

	s->at = node;
	if (vg_store_link(s, &err) != VG_OK)
		return false;
	redisReply *r = redisCommand(s->node[node].ctx, "ASKING");

	s->is_asked = r != NULL && r->type != REDIS_REPLY_ERROR;
	freeReplyObject(r);
	return s->is_asked;
}

bool vg_cluster_redirects(struct vg_store *s, const struct redisReply *r)
{
	char address[VG_NODE_ADDRESS] = "";
	unsigned slot = VG_SLOTS;
	bool moved;

	if (r->type != REDIS_REPLY_ERROR)
		return false;
	moved = vg_store_is_code(r->str, "MOVED");
	if (!moved && !vg_store_is_code(r->str, "ASK"))
		return false;
	if (sscanf(r->str, "%*s %5u %270s", &slot, address) != 2 ||
	    slot >= VG_SLOTS)
		return false;
	size_t node = node_of(s, address);
	(void)vg_cluster_begin(s);
	if (node == VG_STORE_NODES || s->slot == NULL)
		return false;
	if (!moved)
		return ask(s, node);
	s->slot[slot] = (uint8_t)(node + 1);
	return true;
}

void vg_cluster_lost(struct vg_store *s)
{
	for (size_t i = 0; s->slot != NULL && i < VG_SLOTS; i++)
		if (s->slot[i] == s->at + 1)
			s->slot[i] = 0;
	if (s->home == s->at)
		s->home = (s->home + 1) % s->n_node;
	s->at = s->home;
}
