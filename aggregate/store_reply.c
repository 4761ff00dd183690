#include "aggregate/store_link.h"

#include <assert.h>
#include <stdlib.h>

/* struct vg_reply is never defined: it is hiredis' reply under another name,
 * so that no header but ours names hiredis. */
static const redisReply *reply(const struct vg_reply *r)
{
	return (const redisReply *)r;
}

enum vg_reply_type vg_reply_type(const struct vg_reply *r)
{
	switch (reply(r)->type) {
	case REDIS_REPLY_NIL:
		return VG_REPLY_NIL;
	case REDIS_REPLY_INTEGER:
		return VG_REPLY_INT;
	case REDIS_REPLY_ARRAY:
		return VG_REPLY_ARRAY;
	case REDIS_REPLY_ERROR:
		return VG_REPLY_ERROR;
	default:
		return VG_REPLY_STRING;
	}
}

int64_t vg_reply_int(const struct vg_reply *r)
{
	const redisReply *q = reply(r);

	if (q->type == REDIS_REPLY_INTEGER)
		return q->integer;
	if (vg_reply_type(r) != VG_REPLY_STRING)
		return 0;
	return strtoll(q->str, NULL, 10);
}

struct vg_slice vg_reply_text(const struct vg_reply *r)
{
	enum vg_reply_type type = vg_reply_type(r);

	if (type != VG_REPLY_STRING && type != VG_REPLY_ERROR)
		return (struct vg_slice){.n = 0};
	return (struct vg_slice){.p = reply(r)->str,
				 .n = (uint32_t)reply(r)->len};
}

size_t vg_reply_count(const struct vg_reply *r)
{
	return reply(r)->type == REDIS_REPLY_ARRAY ? reply(r)->elements : 0;
}

const struct vg_reply *vg_reply_at(const struct vg_reply *r, size_t i)
{
	assert(i < vg_reply_count(r));
	return (const struct vg_reply *)reply(r)->element[i];
}

void vg_reply_free(struct vg_reply *r)
{
	if (r != NULL)
		freeReplyObject(r);
}
