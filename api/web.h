/*
 * web - the built-in web page: files that the build put into the binary.
 *
 * "/" is the page, "/assets/NAME-HASH.EXT" what it loads, "/openapi.json" the
 * description of the API (docs/openapi.json). They are the same for everybody,
 * so no token is asked for: what a viewer may see comes later, from the routes
 * under /v1. A file whose name carries its hash may be kept
 * for ever; "/" is asked for again each time, by its ETag. Each is kept plain
 * and compressed; who takes gzip gets the latter.
 *
 * Owner:   the files are constants.
 * Threads: pure.
 */
#ifndef VG_API_WEB_H
#define VG_API_WEB_H

#include "api/service.h"

struct vg_web_file {
	const char *path; /* "/", "/assets/app-1A2B3C4D.js"       */
	const char *type; /* of the content                       */
	const char *hash; /* of the plain bytes, 16 hex digits    */
	const unsigned char *plain, *gzip;
	size_t plain_n, gzip_n;
	bool is_for_ever; /* the name changes with the content    */
};

struct vg_web {
	const struct vg_web_file *file;
	size_t n;
};

/* What this binary was built with; -DVG_WEB=OFF leaves the page out. */
extern const struct vg_web vg_web_built_in;

/* Fill `a` when `r` asks for a file of `web`; false, with `a` untouched, when
 * it asks for something else. The page may ask this server and, when `issuer`
 * (an URL; "" or NULL: none) is one, that origin: there people sign in. */
bool vg_web_answer(const struct vg_web *web, const char *issuer,
		   const struct vg_call *call, const struct vg_request *r,
		   struct vg_answer *a);

#endif
