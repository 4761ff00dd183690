#include "core/geo.h"

#include "core/hash.h"
#include "core/vocab.h"

#include <arpa/inet.h>
#include <assert.h>
#include <maxminddb.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <sys/socket.h>

struct vg_geo {
	MMDB_s db;
	char checksum[65];
};

/* Where the files that are in use keep the code. */
static const char *const flat[] = {"country_code", NULL};
static const char *const nested[] = {"country", "iso_code", NULL};

/* A range of addresses: the first `bits` of `at`. */
struct range {
	uint8_t at[16];
	unsigned bits;
};

/* What the registries of IANA keep from the public Internet; 192.0.2.0/24 and
 * the like are for documents. */
static const struct range not_public_4[] = {
	{{0}, 8},
	{{10}, 8},
	{{100, 64}, 10},
	{{127}, 8},
	{{169, 254}, 16},
	{{172, 16}, 12},
	{{192, 0, 0}, 24},
	{{192, 0, 2}, 24},
	{{192, 168}, 16},
	{{198, 18}, 15},
	{{198, 51, 100}, 24},
	{{203, 0, 113}, 24},
	{{224}, 3},
};

/* Public IPv6 is within 2000::/3; these are its exceptions. */
static const struct range not_public_6[] = {
	{{0x20, 0x01, 0x00, 0x00}, 23}, /* protocol assignments */
	{{0x20, 0x01, 0x0d, 0xb8}, 32}, /* documents            */
	{{0x20, 0x02}, 16},		/* 6to4                 */
	{{0x3f, 0xff, 0x00}, 20},	/* documents            */
};

static bool within(const uint8_t *address, const struct range *r)
{
	unsigned whole = r->bits / 8, rest = r->bits % 8;

	if (memcmp(address, r->at, whole) != 0)
		return false;
	return rest == 0 ||
	       ((address[whole] ^ r->at[whole]) >> (8 - rest)) == 0;
}

static bool is_public_4(const uint8_t a[4])
{
	for (size_t i = 0; i < sizeof not_public_4 / sizeof not_public_4[0];
	     i++)
		if (within(a, &not_public_4[i]))
			return false;
	return true;
}

static bool is_public_6(const uint8_t a[16])
{
	if ((a[0] & 0xe0) != 0x20)
		return false;
	for (size_t i = 0; i < sizeof not_public_6 / sizeof not_public_6[0];
	     i++)
		if (within(a, &not_public_6[i]))
			return false;
	return true;
}

union address {
	struct sockaddr any;
	struct sockaddr_in v4;
	struct sockaddr_in6 v6;
};

/* Read a public address; one of IPv4 within IPv6 is the former. */
static bool read_public(struct vg_slice text, union address *out)
{
	char copy[INET6_ADDRSTRLEN];
	static const uint8_t mapped[12] = {[10] = 0xff, [11] = 0xff};
	struct in6_addr six;

	if (text.n == 0 || text.n >= sizeof copy)
		return false;
	memcpy(copy, text.p, text.n);
	copy[text.n] = '\0';
	memset(out, 0, sizeof *out);
	if (inet_pton(AF_INET, copy, &out->v4.sin_addr) == 1) {
		out->v4.sin_family = AF_INET;
	} else if (inet_pton(AF_INET6, copy, &six) != 1) {
		return false;
	} else if (memcmp(&six, mapped, sizeof mapped) == 0) {
		out->v4.sin_family = AF_INET;
		memcpy(&out->v4.sin_addr, (const uint8_t *)&six + 12, 4);
	} else {
		out->v6.sin6_family = AF_INET6;
		out->v6.sin6_addr = six;
		return is_public_6((const uint8_t *)&six);
	}
	return is_public_4((const uint8_t *)&out->v4.sin_addr);
}

bool vg_geo_is_public(struct vg_slice address)
{
	union address a;

	return read_public(address, &a);
}

/* The code at `path` of an entry; false when it has none that is a country. */
static bool code_at(MMDB_entry_s *entry, const char *const *path,
		    struct vg_slice *code)
{
	MMDB_entry_data_s data;
	struct vg_slice text;

	if (MMDB_aget_value(entry, &data, path) != MMDB_SUCCESS ||
	    !data.has_data || data.type != MMDB_DATA_TYPE_UTF8_STRING)
		return false;
	text = (struct vg_slice){.p = data.utf8_string, .n = data.data_size};
	return vg_country_read(text, code) == VG_COUNTRY_ONE;
}

bool vg_geo_country(const struct vg_geo *g, struct vg_slice address,
		    struct vg_slice *code)
{
	MMDB_lookup_result_s found;
	int fault = MMDB_SUCCESS;
	union address a;

	if (g == NULL || !read_public(address, &a))
		return false;
	if (a.any.sa_family == AF_INET6 && g->db.metadata.ip_version == 4)
		return false;
	found = MMDB_lookup_sockaddr(&g->db, &a.any, &fault);
	if (fault != MMDB_SUCCESS || !found.found_entry)
		return false;
	return code_at(&found.entry, flat, code) ||
	       code_at(&found.entry, nested, code);
}

enum vg_rc vg_geo_open(struct vg_geo **out, const char *path,
		       struct vg_err *err)
{
	struct vg_geo *g = calloc(1, sizeof *g);
	int fault;

	if (g == NULL)
		return vg_err_set(err, VG_FATAL, "geo: out of memory");
	fault = MMDB_open(path, MMDB_MODE_MMAP, &g->db);
	if (fault != MMDB_SUCCESS) {
		free(g);
		return vg_err_set(err, VG_INVAL,
				  "%s: %s; set vocabulary.geo_file to an "
				  ".mmdb file of countries, or leave it out",
				  path, MMDB_strerror(fault));
	}
	assert(g->db.file_content != NULL && g->db.file_size > 0);
	vg_sha256_hex(g->checksum, g->db.file_content, (size_t)g->db.file_size);
	*out = g;
	return VG_OK;
}

void vg_geo_close(struct vg_geo *g)
{
	if (g == NULL)
		return;
	MMDB_close(&g->db);
	free(g);
}

const char *vg_geo_checksum(const struct vg_geo *g)
{
	return g == NULL ? "" : g->checksum;
}

const char *vg_geo_name(const struct vg_geo *g)
{
	return g == NULL || g->db.metadata.database_type == NULL
		       ? ""
		       : g->db.metadata.database_type;
}

uint64_t vg_geo_built_s(const struct vg_geo *g)
{
	return g == NULL ? 0 : g->db.metadata.build_epoch;
}
