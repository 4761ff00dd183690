#include "api/audit_chain.h"

#include "core/config.h"
#include "core/defect.h"
#include "core/timefmt.h"

#include <assert.h>
#include <sodium.h>

enum { SUM = 32 };

static const char LAST[] = ",\"chain\":\"";

enum vg_rc vg_audit_key_read(struct vg_audit_key *out, const char *path,
			     struct vg_err *err)
{
	char text[VG_AUDIT_KEY_MAX + 1];
	enum vg_rc rc;

	*out = (struct vg_audit_key){.n = 0};
	if (path == NULL || *path == '\0')
		return VG_OK;
	rc = vg_secret_read(text, sizeof text, path, err);
	if (rc != VG_OK)
		return rc;
	out->n = strlen(text);
	memcpy(out->b, text, out->n);
	vg_secret_wipe(text, sizeof text);
	if (out->n >= VG_AUDIT_KEY_MIN)
		return VG_OK;
	return vg_err_set(err, VG_INVAL,
			  "%.128s: a key of less than %d bytes; write 16 to 64 "
			  "into its first line",
			  path, VG_AUDIT_KEY_MIN);
}

void vg_audit_begin(struct vg_buf *out, int64_t n, int64_t at_ms,
		    const char *kind)
{
	char at[VG_TIME_TEXT];

	vg_time_print_ms(at, at_ms);
	vg_buf_printf(out, "{\"n\":%lld,\"at\":\"%s\",\"entry\":\"%s\"",
		      (long long)n, at, kind);
}

static void sum_hex(char out[VG_AUDIT_CHAIN], const struct vg_audit_key *key,
		    struct vg_slice before, struct vg_slice line)
{
	crypto_generichash_state state;
	uint8_t sum[SUM];

	(void)crypto_generichash_init(&state, key->n > 0 ? key->b : NULL,
				      key->n, sizeof sum);
	(void)crypto_generichash_update(&state, (const uint8_t *)before.p,
					before.n);
	(void)crypto_generichash_update(&state, (const uint8_t *)line.p,
					line.n);
	(void)crypto_generichash_final(&state, sum, sizeof sum);
	(void)sodium_bin2hex(out, VG_AUDIT_CHAIN, sum, sizeof sum);
}

void vg_audit_seal(struct vg_buf *line, const struct vg_audit_key *key,
		   char chain[VG_AUDIT_CHAIN])
{
	if (line->failed)
		return;
	sum_hex(chain, key, vg_slice_of(chain),
		(struct vg_slice){line->p, (uint32_t)line->n});
	vg_buf_str(line, LAST);
	vg_buf_str(line, chain);
	vg_buf_str(line, "\"}");
}

bool vg_audit_follows(struct vg_slice line, const struct vg_audit_key *key,
		      const char before[VG_AUDIT_CHAIN])
{
	const uint32_t tail = sizeof LAST - 1 + VG_AUDIT_CHAIN - 1 + 2;
	char want[VG_AUDIT_CHAIN];
	const char *p;

	if (line.n <= tail)
		return false;
	p = line.p + line.n - tail;
	if (memcmp(p, LAST, sizeof LAST - 1) != 0)
		return false;
	sum_hex(want, key, vg_slice_of(before),
		(struct vg_slice){line.p, line.n - tail});
	return sodium_memcmp(p + sizeof LAST - 1, want, VG_AUDIT_CHAIN - 1) ==
		       0 ||
	       VG_DEFECT("audit-chain-any");
}

void vg_audit_sum_add(struct vg_audit_sum *s, const void *p, size_t n)
{
	crypto_generichash_state *state = (void *)s->state;

	_Static_assert(sizeof *state <= VG_AUDIT_STATE, "room of a hash");
	if (s->bytes == 0)
		(void)crypto_generichash_init(state, NULL, 0, SUM);
	(void)crypto_generichash_update(state, p, n);
	s->bytes += (int64_t)n;
}

void vg_audit_sum_hex(const struct vg_audit_sum *s, char out[VG_AUDIT_CHAIN])
{
	struct vg_audit_sum copy = *s;
	uint8_t sum[SUM];

	assert(s->bytes > 0);
	(void)crypto_generichash_final((void *)copy.state, sum, sizeof sum);
	(void)sodium_bin2hex(out, VG_AUDIT_CHAIN, sum, sizeof sum);
}
