#include "aggregate/script.h"

#include "core/defect.h"

/* No key may hold another type than its letter says. */
#define CHECK_TYPES(letters)                                                   \
	"local want = {h='hash', z='zset', s='stream', l='list'}\n"            \
	"for i = 1, #KEYS do\n"                                                \
	"  local t = redis.call('TYPE', KEYS[i]).ok\n"                         \
	"  if t ~= 'none' and t ~= want[string.sub(" letters ", i, i)] then\n" \
	"    return redis.error_reply('VG TYPE ' .. KEYS[i])\n"                \
	"  end\n"                                                              \
	"end\n"

#define CHECK_HEAD                                                             \
	"local o = KEYS[1]\n"                                                  \
	"local t = redis.call('TYPE', o).ok\n"                                 \
	"if t ~= 'none' and t ~= 'hash' then\n"                                \
	"  return redis.error_reply('VG TYPE ' .. o)\n"                        \
	"end\n"

#define CHECK_EPOCH                                                            \
	"local epoch = redis.call('HGET', o, 'epoch') or '0'\n"                \
	"if epoch ~= ARGV[1] then\n"                                           \
	"  return redis.error_reply('VG FENCED ' .. epoch)\n"                  \
	"end\n"

#define CHECK_OFFSET                                                           \
	"local off = redis.call('HGET', o, 'off') or ''\n"                     \
	"if off ~= ARGV[2] then\n"                                             \
	"  return redis.error_reply('VG STALE ' .. off)\n"                     \
	"end\n"

/* Every write can be done twice: the loader of a cut append-only file may keep
 * the head of an unfinished script and run it behind the next one (Redis 7.0
 * does). `next` is written first and `off` last, so that such a head, where no
 * later commit has made good for it, is seen at opening.
 *
 * The first write is of a kind that Redis refuses when memory is out, so that
 * it refuses the whole script. */
#define APPLY                                                                  \
	"redis.call('HSET', o, 'next', ARGV[4])\n"                             \
	"for i = 13, #ARGV, 3 do\n"                                            \
	"  redis.call(ARGV[i], KEYS[tonumber(ARGV[i + 1])],\n"                 \
	"             cmsgpack.unpack(ARGV[i + 2]))\n"                         \
	"end\n"                                                                \
	"redis.call('XADD', KEYS[3], 'MAXLEN', '~', ARGV[9], '*',\n"           \
	"  'prev', ARGV[2] == '' and '-1' or ARGV[2], 'off', ARGV[4],\n"       \
	"  'wm', ARGV[7], 'lt', ARGV[8], 'roll', ARGV[11],\n"                  \
	"  'fill', ARGV[12], 'b', ARGV[10])\n"                                 \
	"redis.call('HSET', o, 'off', ARGV[4], 'po', ARGV[5],\n"               \
	"  'ph', ARGV[6], 'wm', ARGV[7], 'lt', ARGV[8], 'roll', ARGV[11],\n"   \
	"  'fill', ARGV[12],\n"                                                \
	"  'live', redis.call('ZCARD', KEYS[2]),\n"                            \
	"  'ids', redis.call('ZCARD', KEYS[4]),\n"                             \
	"  'kept', redis.call('HLEN', KEYS[5]),\n"                             \
	"  'recalls', redis.call('EXISTS', KEYS[6]),\n"                        \
	"  'heard', redis.call('EXISTS', KEYS[7]))\n"                          \
	"return redis.status_reply('OK')\n"

#define TYPES	   CHECK_TYPES("ARGV[3]")
#define OPEN_TYPES CHECK_TYPES("'hzszhhhl'")

static const char COMMIT[] = CHECK_HEAD CHECK_EPOCH CHECK_OFFSET TYPES APPLY;

/* What the seeded defects of law 1 run instead. */
static const char COMMIT_NO_OFFSET[] = CHECK_HEAD CHECK_EPOCH TYPES APPLY;
static const char COMMIT_NO_EPOCH[] = CHECK_HEAD CHECK_OFFSET TYPES APPLY;

/* Cells without an offset, another number of live buckets, fewer chunks of ids
 * or fields of the quotas than the last commit left, or no recalls or sensors
 * where it left some, mean that part of the partition was lost; ids at or
 * behind the offset, that part of a commit was kept. More chunks below it are
 * harmless: Redis 7.0 whose file is cut within a transaction leaves its
 * beginning there, and runs it again at the next load before what was committed
 * anew in its place. */
static const char OPEN[] = CHECK_HEAD OPEN_TYPES
	"local v = redis.call('HMGET', o, 'schema', 'hk', 'off', "
	"'live', 'next', 'ids', 'kept', 'recalls', 'heard')\n" VG_LUA_CHECK_DATA
	"if redis.call('HEXISTS', o, 'purging') == 1 then\n"
	"  return redis.error_reply('VG PURGING')\n"
	"end\n"
	"local n = redis.call('ZCARD', KEYS[2])\n"
	"if v[5] ~= v[3] then\n"
	"  return redis.error_reply('VG TORN a commit to ' .. "
	"tostring(v[5])\n"
	"    .. ' was begun behind ' .. tostring(v[3]))\n"
	"end\n"
	"if not v[3] and n > 0 then\n"
	"  return redis.error_reply('VG TORN cells without an offset')\n"
	"end\n"
	"if v[3] and tonumber(v[4] or -1) ~= n then\n"
	"  return redis.error_reply('VG TORN ' .. n .. ' live buckets of '\n"
	"    .. (v[4] or 'none'))\n"
	"end\n"
	"local ids, kept = redis.call('ZCARD', KEYS[4]),\n"
	"  redis.call('HLEN', KEYS[5])\n"
	"if v[6] and tonumber(v[6]) > ids then\n"
	"  return redis.error_reply('VG TORN ' .. ids .. ' chunks of "
	"ids of ' .. v[6])\n"
	"end\n"
	"if v[7] and tonumber(v[7]) > kept then\n"
	"  return redis.error_reply('VG TORN ' .. kept .. ' fields of "
	"quotas of ' .. v[7])\n"
	"end\n"
	"for i = 8, 9 do\n"
	"  if v[i] == '1' and redis.call('EXISTS', KEYS[i - 2]) == 0 then\n"
	"    return redis.error_reply('VG TORN no ' .. KEYS[i - 2] .. "
	"', which was there')\n"
	"  end\n"
	"end\n"
	"local last = redis.call('ZRANGE', KEYS[4], -1, -1, "
	"'WITHSCORES')[2]\n"
	"if last and tonumber(last) >= tonumber(v[3] or -1) then\n"
	"  return redis.error_reply('VG TORN ids up to ' .. last\n"
	"    .. ' of an offset of ' .. (v[3] or 'none'))\n"
	"end\n"
	"local epoch = redis.call('HINCRBY', o, 'epoch', 1)\n"
	"redis.call('HSET', o, 'schema', ARGV[1], 'hk', ARGV[2])\n"
	"if redis.call('HGET', o, 'cfg') ~= ARGV[3] then\n"
	"  redis.call('HSET', o, 'cfg', ARGV[3])\n"
	"  redis.call('RPUSH', KEYS[8], (v[3] or '-1') .. ' ' .. ARGV[3]\n"
	"    .. ' ' .. ARGV[5])\n"
	"  redis.call('LTRIM', KEYS[8], -tonumber(ARGV[4]), -1)\n"
	"end\n"
	"local s = redis.call('HMGET', o, 'off', 'po', 'ph', 'wm', "
	"'lt', 'roll', 'from', 'fill')\n"
	"return {epoch, s[1], s[2], s[3], s[4], s[5], s[6], s[7], s[8]}\n";

const char *vg_script_commit(void)
{
	if (VG_DEFECT("cas-off"))
		return COMMIT_NO_OFFSET;
	if (VG_DEFECT("epoch-off"))
		return COMMIT_NO_EPOCH;
	return COMMIT;
}

const char *vg_script_open(void)
{
	return OPEN;
}
