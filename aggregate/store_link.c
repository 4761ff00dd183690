#include "aggregate/store_link.h"

#include "core/defect.h"

#include <stdlib.h>
#include <string.h>

enum { PASSWORD_MAX = 512, PORT_MAX = 65535 };

static struct timeval timeval_of(int64_t ms)
{
	return (struct timeval){.tv_sec = ms / 1000,
				.tv_usec = ms % 1000 * 1000};
}

/* "host:port" or "[v6]:port" into parts; the host may be cut by `cap`. */
static bool split(const char *address, char *host, size_t cap, int *port)
{
	const char *colon = strrchr(address, ':');
	char *end;
	size_t n;
	long v;

	if (colon == NULL || colon == address)
		return false;
	v = strtol(colon + 1, &end, 10);
	if (*end != '\0' || end == colon + 1 || v < 1 || v > PORT_MAX)
		return false;
	n = (size_t)(colon - address);
	if (n > 2 && address[0] == '[' && address[n - 1] == ']') {
		address++;
		n -= 2;
	}
	if (n >= cap)
		return false;
	memcpy(host, address, n);
	host[n] = '\0';
	*port = (int)v;
	return true;
}

static enum vg_rc dial(redisContext **out, const struct vg_config *cfg,
		       const char *address, struct vg_err *err)
{
	static const char UNIX[] = "unix:";
	struct timeval tv = timeval_of(cfg->redis_connect_ms);
	char host[256];
	int port;

	if (strncmp(address, UNIX, sizeof UNIX - 1) == 0) {
		*out = redisConnectUnixWithTimeout(address + sizeof UNIX - 1,
						   tv);
		return VG_OK;
	}
	if (!split(address, host, sizeof host, &port))
		return vg_err_set(err, VG_INVAL,
				  "redis %s: not an address; write host:port "
				  "or unix:/path",
				  address);
	*out = redisConnectWithTimeout(host, port, tv);
	return VG_OK;
}

#ifdef VG_REDIS_TLS
/* TLS. hiredis checks who signed the certificate and not its name, so the
 * authority is one of Redis' own and must be given. Its context is needed while
 * a connection is made, and no longer. */
static enum vg_rc secure(const struct vg_config *cfg, redisContext *ctx,
			 struct vg_err *err)
{
	const char *ca = cfg->redis_ca_file;
	redisSSLContextError why = REDIS_SSL_CTX_NONE;
	redisSSLContext *tls;
	enum vg_rc rc = VG_OK;
	char host[256];
	int port;

	if (!cfg->redis_tls)
		return VG_OK;
	if (!split(cfg->redis_address, host, sizeof host, &port))
		return vg_err_set(err, VG_INVAL,
				  "redis.tls: %s is no host and port",
				  cfg->redis_address);
	if (ca == NULL || ca[0] == '\0')
		return vg_err_set(err, VG_INVAL,
				  "redis.tls: needs redis.ca_file, the "
				  "authority that signs Redis' certificate");
	(void)redisInitOpenSSL();
	tls = redisCreateSSLContext(ca, NULL, NULL, NULL, host, &why);
	if (tls == NULL)
		return vg_err_set(err, VG_INVAL, "redis.ca_file: %s",
				  redisSSLContextGetError(why));
	if (redisInitiateSSLWithContext(ctx, tls) != REDIS_OK)
		rc = vg_err_set(err, VG_RETRY, "redis %s: %s",
				cfg->redis_address, ctx->errstr);
	redisFreeSSLContext(tls);
	return rc;
}
#else
static enum vg_rc secure(const struct vg_config *cfg, redisContext *ctx,
			 struct vg_err *err)
{
	(void)ctx;
	return cfg->redis_tls
		       ? vg_err_set(err, VG_INVAL,
				    "redis.tls: this vigie was built without "
				    "TLS for Redis, which Debian 12's hiredis "
				    "does not have; use unix: or Debian 13")
		       : VG_OK;
}
#endif

/* What became of the first words on a new connection; `r` is freed. */
static enum vg_rc judge_first(struct vg_store *s, const redisContext *ctx,
			      redisReply *r, struct vg_err *err)
{
	enum vg_rc rc;

	if (r == NULL)
		return vg_err_set(err, VG_RETRY, "redis %s: %s",
				  s->node[s->at].address, ctx->errstr);
	rc = vg_store_judge(s, r, err);
	freeReplyObject(r);
	return rc;
}

/* Say the password. A wrong one is for a person to repair, not to retry. */
static enum vg_rc authenticate(struct vg_store *s, redisContext *ctx,
			       struct vg_err *err)
{
	char password[PASSWORD_MAX];
	redisReply *r;
	enum vg_rc rc;

	if (s->cfg->redis_password_file == NULL ||
	    s->cfg->redis_password_file[0] == '\0')
		return VG_OK;
	rc = vg_secret_read(password, sizeof password,
			    s->cfg->redis_password_file, err);
	if (rc != VG_OK)
		return rc;
	r = s->cfg->redis_user != NULL && s->cfg->redis_user[0] != '\0'
		    ? redisCommand(ctx, "AUTH %s %s", s->cfg->redis_user,
				   password)
		    : redisCommand(ctx, "AUTH %s", password);
	memset(password, 0, sizeof password);
	return judge_first(s, ctx, r, err);
}

/* An exercise's own database. */
static enum vg_rc choose_database(struct vg_store *s, redisContext *ctx,
				  struct vg_err *err)
{
	if (s->cfg->redis_database == 0 || VG_DEFECT("exercise-counts-here"))
		return VG_OK;
	redisReply *r = redisCommand(ctx, "SELECT %lld",
				     (long long)s->cfg->redis_database);
	return judge_first(s, ctx, r, err);
}

enum vg_rc vg_store_link(struct vg_store *s, struct vg_err *err)
{
	struct vg_node *node = &s->node[s->at];
	redisContext *ctx = NULL;
	enum vg_rc rc;

	if (node->ctx != NULL)
		return VG_OK;
	rc = dial(&ctx, s->cfg, node->address, err);
	if (rc != VG_OK)
		return rc;
	if (ctx == NULL || ctx->err != 0 ||
	    redisSetTimeout(ctx, timeval_of(s->cfg->redis_command_ms)) !=
		    REDIS_OK) {
		rc = vg_err_set(err, VG_RETRY,
				"redis %s: %s; is it up, and redis.address "
				"right?",
				node->address,
				ctx ? ctx->errstr : "out of memory");
		vg_cluster_lost(s);
		vg_metric_add(s->metrics, VG_M_REDIS_ERRORS, 1);
		goto out;
	}
	/* Keep the reply buffer between batches, whatever its size. */
	ctx->reader->maxbuf = 0;
	rc = secure(s->cfg, ctx, err);
	if (rc == VG_OK)
		rc = authenticate(s, ctx, err);
	if (rc == VG_OK)
		rc = choose_database(s, ctx, err);
	if (rc != VG_OK)
		goto out;
	node->ctx = ctx;
	ctx = NULL;
out:
	if (ctx != NULL)
		redisFree(ctx);
	return rc;
}
