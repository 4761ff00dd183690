/*
 * geo - the country of an address, from a file of address ranges in MaxMind's
 * form (DB-IP, the npm package @ip-location-db/geo-whois-asn-country-mmdb).
 * Optional: without a file no address has a country.
 *
 * Owner:   the handle owns the mapping of the file.
 * Threads: any reader.
 */
#ifndef VG_CORE_GEO_H
#define VG_CORE_GEO_H

#include "core/err.h"
#include "core/slice.h"

struct vg_geo;

/* Map the file at `path`. VG_INVAL with what is wrong and the remedy. */
enum vg_rc vg_geo_open(struct vg_geo **out, const char *path,
		       struct vg_err *err) VG_MUST_CHECK;

/* Unmap; NULL is allowed. */
void vg_geo_close(struct vg_geo *g);

/* SHA-256 of the file in hex, part of the configuration epoch; "" without. */
const char *vg_geo_checksum(const struct vg_geo *g);

/* What the file calls itself, and when it was made (s since 1970); "" and 0
 * without one. */
const char *vg_geo_name(const struct vg_geo *g);
uint64_t vg_geo_built_s(const struct vg_geo *g);

/* The alpha-2 code of a public address written as text; false when the text is
 * no address, the address is not public (private, loopback, link-local,
 * shared, documentation, multicast, reserved), or the file does not know its
 * country. *code is a constant of the vocabulary. */
bool vg_geo_country(const struct vg_geo *g, struct vg_slice address,
		    struct vg_slice *code);

/* True when `address` is the text of an address that may be seen on the
 * Internet. */
bool vg_geo_is_public(struct vg_slice address);

#endif
