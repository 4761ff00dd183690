#include "api/tokens.h"

#include "core/defect.h"

#include <pthread.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>

enum { FINGERPRINT = 8 }; /* bytes of a hash that name its token */

struct vg_tokens {
	const struct vg_config *cfg;
	pthread_rwlock_t lock; /* guards all below */
	struct vg_token_set set;
	struct stat stamp; /* the file as last read, good or bad */
	int64_t checked_ms;
	uint64_t reads;
};

static bool has_file(const struct vg_config *cfg)
{
	return cfg->http_token_file != NULL && *cfg->http_token_file != '\0';
}

enum vg_rc vg_tokens_new(struct vg_tokens **out, const struct vg_config *cfg,
			 struct vg_err *err)
{
	struct vg_tokens *t;
	enum vg_rc rc = VG_OK;

	t = calloc(1, sizeof *t);
	if (t == NULL)
		return vg_err_set(err, VG_FATAL, "api: out of memory");
	t->cfg = cfg;
	t->checked_ms = INT64_MIN;
	if (has_file(cfg))
		rc = vg_token_read(&t->set, cfg, cfg->http_token_file,
				   &t->stamp, err);
	if (rc == VG_OK && pthread_rwlock_init(&t->lock, NULL) != 0)
		rc = vg_err_set(err, VG_FATAL, "api: no lock");
	if (rc != VG_OK) {
		free(t->set.token);
		free(t);
		return rc;
	}
	*out = t;
	return VG_OK;
}

void vg_tokens_free(struct vg_tokens *t)
{
	if (t == NULL)
		return;
	free(t->set.token);
	(void)pthread_rwlock_destroy(&t->lock);
	free(t);
}

static bool is_same_file(const struct stat *a, const struct stat *b)
{
	return a->st_ino == b->st_ino && a->st_dev == b->st_dev &&
	       a->st_size == b->st_size && a->st_mode == b->st_mode &&
	       a->st_mtim.tv_sec == b->st_mtim.tv_sec &&
	       a->st_mtim.tv_nsec == b->st_mtim.tv_nsec;
}

static bool is_recheck_due(const struct vg_tokens *t, int64_t now_ms)
{
	return t->checked_ms == INT64_MIN || now_ms < t->checked_ms ||
	       now_ms - t->checked_ms >= VG_TOKEN_RECHECK_MS;
}

static enum vg_rc reload_locked(struct vg_tokens *t, struct vg_err *err)
{
	struct vg_token_set fresh = {0};
	struct stat stamp;
	enum vg_rc rc;

	/* A file that is gone reads as all zeros: reported once, like any
	 * other bad change. */
	memset(&stamp, 0, sizeof stamp);
	rc = vg_token_read(&fresh, t->cfg, t->cfg->http_token_file, &stamp,
			   err);
	t->stamp = stamp;
	if (rc != VG_OK)
		return rc;
	free(t->set.token);
	t->set = fresh;
	t->reads++;
	return VG_OK;
}

enum vg_rc vg_tokens_refresh(struct vg_tokens *t, int64_t now_ms, bool force,
			     struct vg_err *err)
{
	enum vg_rc rc = VG_OK;
	struct stat now;
	bool due;

	if (!has_file(t->cfg))
		return VG_OK;
	(void)pthread_rwlock_rdlock(&t->lock);
	due = force || is_recheck_due(t, now_ms);
	(void)pthread_rwlock_unlock(&t->lock);
	if (!due)
		return VG_OK;

	(void)pthread_rwlock_wrlock(&t->lock);
	t->checked_ms = now_ms;
	memset(&now, 0, sizeof now);
	if (stat(t->cfg->http_token_file, &now) != 0)
		memset(&now, 0, sizeof now);
	if (force || !is_same_file(&now, &t->stamp))
		rc = reload_locked(t, err);
	(void)pthread_rwlock_unlock(&t->lock);
	return rc;
}

static void introduce(const struct vg_token *t, const uint8_t *address,
		      struct vg_asker *who)
{
	*who = (struct vg_asker){.viewer = t->viewer,
				 .role = t->role,
				 .scopes = t->scopes,
				 .expires_ms = t->expires_ms,
				 .rate = t->rate,
				 .burst = t->burst};
	who->is_here =
		t->n_nets == 0 ||
		(address != NULL && vg_nets_have(t->net, t->n_nets, address)) ||
		VG_DEFECT("api-address-any");
	(void)sodium_bin2hex(who->id, sizeof who->id, t->hash, FINGERPRINT);
	memcpy(who->name, t->name, sizeof who->name);
	if (who->name[0] == '\0')
		(void)snprintf(who->name, sizeof who->name, "token:%s",
			       who->id);
}

/* Who has the line of this hash; a certificate's name is no token, and a token
 * no name. */
static bool find(struct vg_tokens *t, const struct vg_token *wanted,
		 const uint8_t *address, int64_t now_ms, struct vg_asker *who)
{
	bool found = false;

	(void)pthread_rwlock_rdlock(&t->lock);
	for (size_t i = 0; i < t->set.n; i++) {
		const struct vg_token *known = &t->set.token[i];

		if (known->is_certificate != wanted->is_certificate)
			continue;
		if (sodium_memcmp(known->hash, wanted->hash, VG_TOKEN_HASH) ==
			    0 ||
		    VG_DEFECT("api-token-any")) {
			introduce(known, address, who);
			found = now_ms < known->expires_ms ||
				VG_DEFECT("api-token-expired");
		}
	}
	(void)pthread_rwlock_unlock(&t->lock);
	return found;
}

static void hash_again(struct vg_token_memo *memo, struct vg_slice token)
{
	_Static_assert(crypto_hash_sha256_BYTES == VG_TOKEN_HASH, "SHA-256");
	if (memo->n == token.n &&
	    sodium_memcmp(memo->text, token.p, token.n) == 0)
		return;
	memcpy(memo->text, token.p, token.n);
	memo->n = token.n;
	(void)crypto_hash_sha256(memo->hash, (const unsigned char *)token.p,
				 token.n);
}

bool vg_tokens_find_again(struct vg_tokens *t, struct vg_slice token,
			  struct vg_token_memo *memo, const uint8_t *address,
			  int64_t now_ms, struct vg_asker *who)
{
	struct vg_token wanted = {.is_certificate = false};

	if (token.n == 0 || token.n > VG_TOKEN_TEXT_MAX)
		return false;
	hash_again(memo, token);
	memcpy(wanted.hash, memo->hash, VG_TOKEN_HASH);
	return find(t, &wanted, address, now_ms, who);
}

bool vg_tokens_find(struct vg_tokens *t, struct vg_slice token,
		    const uint8_t *address, int64_t now_ms,
		    struct vg_asker *who)
{
	struct vg_token_memo memo;
	bool found;

	memo.n = 0;
	found = vg_tokens_find_again(t, token, &memo, address, now_ms, who);
	sodium_memzero(&memo, sizeof memo);
	return found;
}

bool vg_tokens_find_certificate(struct vg_tokens *t, struct vg_slice name,
				const uint8_t *address, int64_t now_ms,
				struct vg_asker *who)
{
	struct vg_token wanted = {.is_certificate = true};

	if (!vg_cert_name_ok(name))
		return false;
	vg_cert_hash(name, wanted.hash);
	return find(t, &wanted, address, now_ms, who);
}

size_t vg_tokens_count(struct vg_tokens *t)
{
	size_t n;

	(void)pthread_rwlock_rdlock(&t->lock);
	n = t->set.n;
	(void)pthread_rwlock_unlock(&t->lock);
	return n;
}

uint64_t vg_tokens_reads(struct vg_tokens *t)
{
	uint64_t n;

	(void)pthread_rwlock_rdlock(&t->lock);
	n = t->reads;
	(void)pthread_rwlock_unlock(&t->lock);
	return n;
}
