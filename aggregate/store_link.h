/*
 * store_link - what the store's own files share: the connection and its small
 * memory of scripts. Only files of aggregate/ include it.
 *
 * Threads: as vg_store.
 */
#ifndef VG_AGGREGATE_STORE_LINK_H
#define VG_AGGREGATE_STORE_LINK_H

#include "aggregate/store.h"
#include "aggregate/store_cluster.h"
#include "core/fault.h"

#include <hiredis/hiredis.h>
#ifdef VG_REDIS_TLS
#include <hiredis/hiredis_ssl.h>
#endif

enum { VG_STORE_SCRIPTS = 16, VG_SHA1_HEX = 41 };

struct vg_store {
	struct vg_node node[VG_STORE_NODES];
	size_t n_node;
	size_t at;     /* the node in use                     */
	size_t home;   /* who is asked where a slot is        */
	uint8_t *slot; /* node + 1 of each, 0: ask; NULL: one Redis */
	bool is_asked; /* the node in use was told ASKING    */
	bool is_stale; /* it said that it is no primary      */
	const struct vg_config *cfg;
	struct vg_metrics *metrics;
	const char **argv; /* scratch for hiredis, `cap` long */
	size_t *argl, cap;
	bool lost; /* the last failed call may have taken effect */
	struct {
		const char *text;
		char sha[VG_SHA1_HEX];
	} script[VG_STORE_SCRIPTS];
	size_t n_scripts;
	size_t pending; /* commands queued whose replies are not taken */
	uint8_t *order; /* the nodes that they went to, from `first` on */
	size_t cap_order, first;
	size_t n_parts; /* parts that share this thread's cache memory */
#ifdef VG_FAULTS
	struct vg_faults *faults; /* while a commit is under way, else NULL */
#endif
};

/* VG_OK once connected and authenticated. */
enum vg_rc vg_store_link(struct vg_store *s, struct vg_err *err) VG_MUST_CHECK;

/* Send one command and take its reply as it is: an error reply is VG_OK here.
 * Connects first when needed. */
enum vg_rc vg_store_raw(struct vg_store *s, redisReply **out,
			const struct vg_slice *arg, size_t n,
			struct vg_err *err) VG_MUST_CHECK;

/* Give up the replies still due, if any, by closing the link: the next command
 * must not be answered by one of them. */
void vg_store_forget(struct vg_store *s);

/* VG_OK, or what an error reply means: VG_RETRY for the transient kind, else
 * VG_INVAL. */
enum vg_rc vg_store_judge(struct vg_store *s, const redisReply *r,
			  struct vg_err *err) VG_MUST_CHECK;

/* True when error text `s` begins with the word `code`. */
bool vg_store_is_code(const char *s, const char *code);

#endif
