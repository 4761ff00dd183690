/* The options of the HTTP API. */
#include "core/options.h"

#include "core/option_fault.h"
#include "core/option_units.h"

/* clang-format off */
static const struct vg_option OPTIONS[] = {
{"http.address", VG_OPT_TEXT, AT(http_address), "127.0.0.1:8080", 1, 256,
 "host:port",
 "Where to listen: an IPv4 address, or an IPv6 address in brackets; "
 "unix:/path; or systemd, for the socket that it hands over. Port 0 is any free "
 "one. Only loopback and unix: go without http.token_file.",
 vg_fault_http},
{"http.metrics_address", VG_OPT_TEXT, AT(http_metrics_address), "", 0, 256,
 "host:port",
 "Where a process without the role api answers /livez, /readyz and /metrics, and "
 "nothing else; as http.address, whose certificate and tokens it takes. Empty: "
 "nowhere.", vg_fault_http_or_none},
{"http.certificate_file", VG_OPT_PATH, AT(http_certificate_file), "", 0, 4096,
 "path",
 "Speak TLS (1.2 or later) with this certificate and its chain (PEM). Read "
 "again on SIGHUP. Empty: plain HTTP.", NULL},
{"http.key_file", VG_OPT_PATH, AT(http_key_file), "", 0, 4096, "path",
 "The certificate's private key (PEM), for its owner's eyes only.", NULL},
{"http.client_ca_file", VG_OPT_PATH, AT(http_client_ca_file), "", 0, 4096, "path",
 "Who signs certificates of clients (PEM): such a certificate, named in the "
 "token file, is as good as a token. Empty: none are asked for.", NULL},
{"http.cors_origins", VG_OPT_TEXT, AT(http_cors_origins), "", 0, 4096,
 "origin, ...",
 "Origins of web pages that may read the API, as https://dash.example. Empty: "
 "none.", NULL},
{"http.grafana_url", VG_OPT_TEXT, AT(http_grafana_url), "", 0, 1024, "URL",
 "Where a Grafana with vigie as a data source is: the page then links to its "
 "Explore. Empty: no link.", vg_fault_link},
{"http.grafana_source", VG_OPT_TEXT, AT(http_grafana_source), "vigie", 1, 40,
 "text", "The uid of that data source.", NULL},
{"http.token_file", VG_OPT_PATH, AT(http_token_file), "", 0, 4096, "path",
 "File of hashed tokens, each with its viewer. Empty: nobody gets data.",
 NULL},
{"http.threads", VG_OPT_NUMBER, AT(http_threads), "2", 1, 64, "threads",
 "Threads that answer requests.", NULL},
{"http.connections", VG_OPT_NUMBER, AT(http_connections), "1024", 1, 65535,
 "connections", "Most connections at once; further ones wait.", NULL},
{"http.timeout", VG_OPT_DURATION, AT(http_timeout_ms), "10s", 1 * SEC,
 1 * HOUR, "duration", "A connection idle for this long is closed.", NULL},

{"http.rate", VG_OPT_NUMBER, AT(http_rate), "0", 0, 1000000, "requests",
 "Requests a second that one token may make in the long run; the rest is "
 "answered with 429. A token's own rate= wins. 0: no limit.", NULL},
{"http.burst", VG_OPT_NUMBER, AT(http_burst), "200", 1, 1000000, "requests",
 "So many at once, after a rest.", NULL},
{"http.stranger_rate", VG_OPT_NUMBER, AT(http_stranger_rate), "20", 0, 1000000,
 "requests",
 "The same, by address, of requests that need a token and have no valid one. "
 "0: no limit.", NULL},

{"oidc.issuer", VG_OPT_TEXT, AT(oidc_issuer), "", 0, 500, "URL",
 "Take JWTs of this OpenID Connect provider as tokens (docs/single-sign-on.md): "
 "their iss. Empty: none.", vg_fault_word},
{"oidc.audience", VG_OPT_TEXT, AT(oidc_audience), "", 0, 500, "text",
 "What their aud must name.", NULL},
{"oidc.keys_url", VG_OPT_TEXT, AT(oidc_keys_url), "", 0, 2048, "URL",
 "The provider's jwks_uri: https, or http on this machine.", vg_fault_word},
{"oidc.ca_file", VG_OPT_PATH, AT(oidc_ca_file), "", 0, 4096, "path",
 "Certificates (PEM) that its own is checked against. Empty: the system's.",
 NULL},
{"oidc.viewer_claim", VG_OPT_TEXT, AT(oidc_viewer_claim), "vigie_viewer", 1, 128,
 "claim", "Claim that names the viewer: a partner's id, or coalition.", NULL},
{"oidc.role_claim", VG_OPT_TEXT, AT(oidc_role_claim), "vigie_role", 1, 128,
 "claim", "Claim with the role, or a list: the highest counts.", NULL},
{"oidc.refresh", VG_OPT_DURATION, AT(oidc_refresh_ms), "10m", 10 * SEC, 1 * DAY,
 "duration", "How often the provider's keys are read again.", NULL},

{"audit.file", VG_OPT_PATH, AT(audit_file), "", 0, 4096, "path",
 "Log of who asked the API for what, and what people changed (docs/audit.md). "
 "Each process of role api has its own. Empty: none.", NULL},
{"audit.key_file", VG_OPT_PATH, AT(audit_key_file), "", 0, 4096, "path",
 "File whose first line, 16 to 64 bytes, keys the log's chain: without it "
 "nobody can write a chain that holds. Empty: no key.", NULL},
{"audit.required", VG_OPT_BOOL, AT(audit_required), "true", 0, 0,
 "true or false",
 "What cannot be logged is not given (503). false: it is given, counted and "
 "said in the process' log.", NULL},
{"audit.unchanged", VG_OPT_BOOL, AT(audit_unchanged), "true", 0, 0,
 "true or false",
 "Log answers of status 304 too: the asker has what he asks for already.",
 NULL},
{"audit.sync", VG_OPT_DURATION, AT(audit_sync_ms), "1s", 0, 1 * HOUR,
 "duration",
 "Longest time between two syncs to the disk while entries come. 0s: with each "
 "entry. Changes are synced at once in any case.", NULL},
{"audit.rotate_bytes", VG_OPT_NUMBER, AT(audit_rotate_bytes), "67108864", 4096,
 1099511627776, "bytes",
 "A file of so many is renamed after its last entry's number, and the chain "
 "goes on in a new one. No file is ever removed.", NULL},
};
/* clang-format on */

const struct vg_option *vg_options_api(size_t *n)
{
	*n = sizeof OPTIONS / sizeof OPTIONS[0];
	return OPTIONS;
}
