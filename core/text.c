#include "core/text.h"

#include "core/utf8.h"

#include <assert.h>
#include <string.h>

bool vg_text_is_control(const char *p, size_t n)
{
	const unsigned char *u = (const unsigned char *)p;

	assert(n > 0);
	if (n == 1)
		return u[0] < 0x20 || u[0] == 0x7f;
	if (n == 2)
		return u[0] == 0xc2 && u[1] < 0xa0;
	if (n != 3 || u[0] != 0xe2)
		return false;
	if (u[1] == 0x80) /* U+2028 to U+202E */
		return u[2] >= 0xa8 && u[2] <= 0xae;
	return u[1] == 0x81 && u[2] >= 0xa6 && u[2] <= 0xa9; /* to U+2069 */
}

void vg_text_escape(char out[4], unsigned char c)
{
	static const char digit[] = "0123456789abcdef";

	out[0] = '\\';
	out[1] = 'x';
	out[2] = digit[c >> 4];
	out[3] = digit[c & 15];
}

size_t vg_text_show(char *out, size_t cap, const char *in, size_t n)
{
	size_t len = 0;

	assert(cap > 0);
	for (size_t i = 0; i < n;) {
		size_t seq = vg_utf8_seq(in + i, n - i);
		bool as_is = seq > 0 && !vg_text_is_control(in + i, seq);
		size_t take = as_is ? seq : 1;

		if (len + (as_is ? seq : 4) >= cap)
			break;
		if (as_is)
			memcpy(out + len, in + i, seq);
		else
			vg_text_escape(out + len, (unsigned char)in[i]);
		len += as_is ? seq : 4;
		i += take;
	}
	assert(len < cap);
	out[len] = '\0';
	return len;
}

int vg_text_hex(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return -1;
}

bool vg_text_number(const char *p, size_t n, size_t most, int64_t *out)
{
	int64_t v = 0;

	if (n == 0 || n > most)
		return false;
	for (size_t i = 0; i < n; i++) {
		if (p[i] < '0' || p[i] > '9')
			return false;
		v = v * 10 + (p[i] - '0');
	}
	*out = v;
	return true;
}
