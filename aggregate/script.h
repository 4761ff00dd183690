/*
 * script - the Lua texts that run inside Redis.
 *
 * A script cannot be rolled back: each checks everything it needs before its
 * first write. The texts have static lifetime, as vg_store_eval() wants.
 *
 * Refusals, as error replies: "VG FENCED <epoch>", "VG STALE <off>",
 * "VG TYPE <key>", and of opening also "VG SCHEMA <schema>",
 * "VG HASHKEY <fingerprint>", "VG TORN <what>".
 *
 * Threads: pure.
 */
#ifndef VG_AGGREGATE_SCRIPT_H
#define VG_AGGREGATE_SCRIPT_H

/* Lua: refuse another version's data, or another hash key's. `v` has schema and
 * fingerprint as stored; ARGV: as wanted. */
#define VG_LUA_CHECK_DATA                                                      \
	"if v[1] and v[1] ~= ARGV[1] then\n"                                   \
	"  return redis.error_reply('VG SCHEMA ' .. v[1])\n"                   \
	"end\n"                                                                \
	"if v[2] and v[2] ~= ARGV[2] then\n"                                   \
	"  return redis.error_reply('VG HASHKEY ' .. v[2])\n"                  \
	"end\n"

/* The commit of one batch.
 * KEYS: :o :x :d :i :q :r :sensors, then every bucket written or removed.
 * ARGV: epoch, expected offset ("" for none), one letter a key (h hash, z
 * sorted set, s stream, l list), next offset, prev offset, prev hash,
 * watermark, log time, stream length, stream payload, where hours begin to be
 * minutes, number of commits without a step forward, then triples: command,
 * number of its key, MessagePack strings that are its other arguments.
 * Returns OK. */
const char *vg_script_commit(void);

/* Opening a partition: takes the next fence epoch.
 * KEYS: :o :x :d :i :q :r :sensors :g. ARGV: schema, hash key fingerprint,
 * configuration hash, most entries of :g, how late an event may be for rules.
 * Returns epoch, then off, po, ph, wm, lt, roll, from, fill as stored (nil when
 * not). */
const char *vg_script_open(void);

#endif
