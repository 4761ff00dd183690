#include "core/log.h"

#include "core/text.h"
#include "core/timefmt.h"
#include "core/utf8.h"

#include <assert.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <unistd.h>

enum { LINE_MAX_BYTES = 8192, VALUE_MAX = 256, MINUTE_MS = 60000 };

/* A line being written: bytes past the end are cut, the newline never. */
struct line {
	char text[LINE_MAX_BYTES];
	size_t n;
};

static const char *const event_name[VG_EV_COUNT] = {
#define EVENT_ROW(id, name) name,
	VG_LOG_EVENTS(EVENT_ROW)
#undef EVENT_ROW
};

static const char *const level_name[] = {"debug", "info", "warn", "error"};

const char *vg_log_event_name(unsigned e)
{
	return e < VG_EV_COUNT ? event_name[e] : NULL;
}

const char *vg_num(char out[24], long long v)
{
	(void)snprintf(out, 24, "%lld", v);
	return out;
}

static void put(struct line *l, const char *p, size_t n)
{
	size_t room = sizeof l->text - 1 - l->n; /* 1 for the newline */

	if (n > room)
		n = room;
	memcpy(l->text + l->n, p, n);
	l->n += n;
}

static void put_str(struct line *l, const char *s)
{
	put(l, s, strlen(s));
}

static void put_hex(struct line *l, const char *p, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		char text[4];

		vg_text_escape(text, (unsigned char)p[i]);
		put(l, text, sizeof text);
	}
}

static bool is_bare(const char *v, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (v[i] <= ' ' || v[i] > '~' || strchr("\"\\=", v[i]) != NULL)
			return false;
	return n > 0;
}

static void put_quoted(struct line *l, const char *v, size_t n)
{
	put_str(l, "\"");
	for (size_t i = 0; i < n;) {
		size_t len = vg_utf8_seq(v + i, n - i);
		if (len == 0 || vg_text_is_control(v + i, len)) {
			len = len == 0 ? 1 : len;
			put_hex(l, v + i, len);
		} else {
			if (v[i] == '"' || v[i] == '\\')
				put_str(l, "\\");
			put(l, v + i, len);
		}
		i += len;
	}
	put_str(l, "\"");
}

static void put_value(struct line *l, const char *v)
{
	if (v == NULL) {
		put_str(l, "-");
		return;
	}
	size_t n = strnlen(v, VALUE_MAX + 1);
	if (n > VALUE_MAX) {
		n = VALUE_MAX;
		/* Not in the middle of a character. */
		while (n > VALUE_MAX - 4 && (v[n] & 0xc0) == 0x80)
			n--;
	}
	if (is_bare(v, n))
		put(l, v, n);
	else
		put_quoted(l, v, n);
}

void vg_log(const struct vg_log *log, enum vg_log_level level,
	    enum vg_log_event event, ...)
{
	if (log == NULL || level < log->level)
		return;
	assert(event < VG_EV_COUNT && level <= VG_LOG_ERROR);

	struct line l;
	char now[VG_TIME_TEXT];
	l.n = 0;
	vg_time_print_ms(now, vg_now_ms(&log->clock));
	put_str(&l, now);
	put_str(&l, " level=");
	put_str(&l, level_name[level]);
	put_str(&l, " event=");
	put_str(&l, event_name[event]);

	va_list ap;
	va_start(ap, event);
	for (const char *key; (key = va_arg(ap, const char *)) != NULL;) {
		put_str(&l, " ");
		put_str(&l, key);
		put_str(&l, "=");
		put_value(&l, va_arg(ap, const char *));
	}
	va_end(ap);
	l.text[l.n++] = '\n';

	/* A log that cannot be written has nobody to tell. */
	ssize_t done;
	do
		done = write(log->fd, l.text, l.n);
	while (done < 0 && errno == EINTR);
}

bool vg_log_may(struct vg_log_limit *l, int64_t most, int64_t now_ms,
		int64_t *kept)
{
	assert(most > 0);
	/* A clock that was set back must not silence us. */
	if (now_ms - l->from_ms >= MINUTE_MS || now_ms < l->from_ms) {
		l->from_ms = now_ms;
		l->said = 0;
	}
	assert(l->said <= most && l->kept >= 0);
	if (l->said == most) {
		l->kept++;
		return false;
	}
	l->said++;
	*kept = l->kept;
	l->kept = 0;
	return true;
}
