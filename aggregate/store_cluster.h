/*
 * store_cluster - which node of a Redis Cluster a command goes to.
 *
 * All keys of vigie begin with vg:{tag}, and no command has two tags, so that
 * the first such argument says the slot. Where slots are is not asked for: a
 * node says it (MOVED) when it is asked for a slot of another's, and each store
 * remembers. With one Redis nobody says so, and node 0 is all there is.
 *
 * Only files of aggregate/ include it. Threads: as vg_store.
 */
#ifndef VG_AGGREGATE_STORE_CLUSTER_H
#define VG_AGGREGATE_STORE_CLUSTER_H

#include "core/err.h"
#include "core/slice.h"

#include <stdbool.h>
#include <stdint.h>

struct redisContext;
struct redisReply;
struct vg_store;

enum { VG_STORE_NODES = 32, VG_NODE_ADDRESS = 280, VG_SLOTS = 16384 };

struct vg_node {
	char address[VG_NODE_ADDRESS]; /* host:port; node 0: as configured */
	struct redisContext *ctx;      /* NULL: not connected              */
};

/* The slot of a key or its hash tag, as Redis has it. */
uint16_t vg_slot_of(struct vg_slice key);

/* It is a cluster, then. False when that was known, or memory is out. */
bool vg_cluster_begin(struct vg_store *s);

/* Choose the node for a command; one without a key stays where the last one
 * went. */
void vg_cluster_route(struct vg_store *s, const struct vg_slice *arg, size_t n);

/* True when `r` says that the command is to be sent again, elsewhere; the next
 * one is routed so. */
bool vg_cluster_redirects(struct vg_store *s, const struct redisReply *r);

/* The node in use is gone: its slots may be elsewhere, and another is asked. */
void vg_cluster_lost(struct vg_store *s);

#endif
