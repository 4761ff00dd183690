/*
 * audit_chain - the form of an audit log, and whether one is whole.
 *
 * A log is lines, one entry each, a JSON object: `n` (from 1, each one more
 * than the one before), `at`, `entry` (its kind), members of that kind, and
 * last `chain`: BLAKE2b-256, keyed when there is a key, of the chain of the
 * entry before it and of the line up to the comma in front of "chain". An entry
 * "opened" names the chain that it goes on from, so that a file can be looked
 * at without those before it. An entry "torn" says how many bytes that are no
 * entry stand right before its line, with their hash.
 *
 * Owner:   the caller embeds a walk. Threads: one at a time.
 * Errors:  VG_DROP: the chain breaks; `err` says where and what to do.
 * VG_INVAL: it cannot be looked at (the file, the key).
 */
#ifndef VG_API_AUDIT_CHAIN_H
#define VG_API_AUDIT_CHAIN_H

#include "core/buf.h"
#include "core/slice.h"

#include <stdio.h>

enum {
	VG_AUDIT_CHAIN = 65,   /* 64 hex digits and a NUL         */
	VG_AUDIT_KEY_MIN = 16, /* bytes of a key's text           */
	VG_AUDIT_KEY_MAX = 64,
	VG_AUDIT_STATE = 384,	    /* room of a hash being made       */
	VG_AUDIT_TORN_MAX = 1 << 20 /* bytes, before it is called broken */
};

/* What the chain is keyed with; n 0: with nothing. */
struct vg_audit_key {
	uint8_t b[VG_AUDIT_KEY_MAX];
	size_t n;
};

/* A hash of bytes that come in pieces; zeroed: of none. */
struct vg_audit_sum {
	_Alignas(64) uint8_t state[VG_AUDIT_STATE];
	int64_t bytes;
};

/* How far a log was looked at; zeroed but for `key` to begin with. */
struct vg_audit_walk {
	const struct vg_audit_key *key;
	bool begun;
	int64_t first, n; /* numbers of the first and the last entry */
	int64_t torn;	  /* stretches that are no entry, and said so */
	char chain[VG_AUDIT_CHAIN]; /* of the last entry            */
	/* At the end of the last file: a line without an end that is no entry,
	 * and one that is. */
	struct vg_audit_sum rest;
	int64_t rest_line;  /* where it begins            */
	int64_t rest_lines; /* whole ones in it           */
	bool wants_newline; /* the last entry has no end  */
	char fault[200];    /* what is wrong with it, as an entry */
};

/* Read the key in the first line of `path`; "" or NULL: none. */
enum vg_rc vg_audit_key_read(struct vg_audit_key *out, const char *path,
			     struct vg_err *err) VG_MUST_CHECK;

/* Begin entry `n` of `kind` at `at_ms` in `out`: "{", n, at and entry. */
void vg_audit_begin(struct vg_buf *out, int64_t n, int64_t at_ms,
		    const char *kind);

/* End the entry in `line`: add what follows from the chain before it, which
 * becomes its own. No line end is added. */
void vg_audit_seal(struct vg_buf *line, const struct vg_audit_key *key,
		   char chain[VG_AUDIT_CHAIN]);

/* True when `line` ends in the chain that follows from it and from `before`. */
bool vg_audit_follows(struct vg_slice line, const struct vg_audit_key *key,
		      const char before[VG_AUDIT_CHAIN]);

/* Add bytes; the hash of all so far. */
void vg_audit_sum_add(struct vg_audit_sum *s, const void *p, size_t n);
void vg_audit_sum_hex(const struct vg_audit_sum *s, char out[VG_AUDIT_CHAIN]);

/* Look at one more file of a log, oldest first. */
enum vg_rc vg_audit_walk_file(struct vg_audit_walk *w, const char *path,
			      struct vg_err *err) VG_MUST_CHECK;

/* After the last file: VG_DROP when it ends in lines that are no entries. A
 * last line without an end is no fault: whoever wrote it was killed, or writes.
 */
enum vg_rc vg_audit_walk_end(const struct vg_audit_walk *w, const char *path,
			     struct vg_err *err) VG_MUST_CHECK;

/* Look at `n` files, oldest first, and say on `out` that they are whole. */
enum vg_rc vg_audit_verify(const char *const *path, size_t n,
			   const char *key_file, FILE *out,
			   struct vg_err *err) VG_MUST_CHECK;

#endif
