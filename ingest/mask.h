/*
 * mask - credentials in a text, each byte of them made '*': the length stays.
 *
 * Works on bytes, not on a parsed document, so that it holds for records that
 * are cut off, escaped twice, or no JSON at all. What follows a credential's
 * name is masked, in JSON ("password": "x", also \"password\": \"x\"), in
 * key=value and header: value form, and behind an option (--password x); so is
 * the user information of every URL. A name is known by its words: passw,
 * passphrase, pwd, secret, token, authorization, credential, apikey, cookie,
 * community ... (mask.c has the list). In doubt it masks too much.
 *
 * Threads: pure.
 */
#ifndef VG_INGEST_MASK_H
#define VG_INGEST_MASK_H

#include "core/slice.h"

#include <stddef.h>

/* Mask the credentials in `n` bytes at `p`. True when a byte was changed. */
bool vg_mask(char *p, size_t n);

/* True when vg_mask() of a copy would look at more than its first glance:
 * cheap, and false for nearly every text. */
bool vg_mask_needed(struct vg_slice text);

/* Mask a whole record of a native format before it is kept: as vg_mask(); and
 * the members that quote what somebody typed or sent ("message", "input",
 * "full_log", "command", "payload" ...); and the columns of a TSV record with
 * a credential's name. A record with NUL bytes, or of tabs and without
 * the names of its columns, is masked whole. */
bool vg_mask_record(char *p, size_t n);

#endif
