/*
 * audit_file - the writer of an audit log (api/audit_chain.h).
 *
 * Entries are appended with one write each and never changed. A write that was
 * cut (a full disk, a killed process) leaves a torn line: the next entry, here
 * or after the next opening, accounts for it. A file of `rotate_bytes` is
 * renamed to <path>.<16 digits: its last entry's number>, and the chain goes on
 * in a new one. A file whose chain does not hold is not gone on with.
 *
 * Owner:   borrows path and key. One process writes a file, which is locked.
 * Threads: any; a lock guards all. Time: ms since 1970, an argument.
 * Errors:  VG_RETRY: the entry, or an earlier one, may not be on the disk.
 */
#ifndef VG_API_AUDIT_FILE_H
#define VG_API_AUDIT_FILE_H

#include "api/audit_chain.h"

struct vg_audit_file;

struct vg_audit_opts {
	const char *path, *writer; /* who writes: host, process */
	const struct vg_audit_key *key;
	int64_t rotate_bytes;
	int64_t sync_ms; /* longest that an entry waits for the disk */
};

/* Open or make the file and write an entry "opened". VG_INVAL when another
 * process has it, or its chain breaks; VG_RETRY when nothing can be written. */
enum vg_rc vg_audit_file_open(struct vg_audit_file **out,
			      const struct vg_audit_opts *opts, int64_t now_ms,
			      struct vg_err *err) VG_MUST_CHECK;

/* Append an entry of `kind`; `members` is what follows in it: nothing, or each
 * with a comma before it. With `sync` it is on the disk when this returns, else
 * sync_ms after the last that was, as soon as another entry comes. */
enum vg_rc vg_audit_file_put(struct vg_audit_file *f, const char *kind,
			     struct vg_slice members, bool sync, int64_t now_ms,
			     struct vg_err *err) VG_MUST_CHECK;

/* Number and chain of the last entry. */
int64_t vg_audit_file_head(struct vg_audit_file *f, char chain[VG_AUDIT_CHAIN]);

/* Have all on the disk, close, free; NULL is allowed. */
void vg_audit_file_close(struct vg_audit_file *f);

#endif
