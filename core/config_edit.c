#include "core/config_edit.h"

#include "core/yaml.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

enum { PATH_LEN = 4200 };

/* A file's text, its tree, and its list of partners. */
struct edit {
	const char *name;
	struct vg_slice text;
	struct vg_yaml *yaml;
	const struct vg_yaml_node *partners;
	struct vg_err *err;
};

static enum vg_rc open_edit(struct edit *e)
{
	enum vg_rc rc =
		vg_yaml_parse(&e->yaml, e->name, e->text.p, e->text.n, e->err);

	if (rc != VG_OK)
		return rc;
	e->partners = vg_yaml_get(vg_yaml_doc(e->yaml, 0), "partners");
	return e->partners != NULL && e->partners->type == VG_YAML_LIST &&
			       e->partners->child != NULL
		       ? VG_OK
		       : vg_err_set(e->err, VG_INVAL,
				    "%s: there is no list of partners to add "
				    "to; write it by hand",
				    e->name);
}

/* Where line `line` (from 1) begins; the text's end past the last. */
static uint32_t line_at(struct vg_slice text, int line)
{
	uint32_t at = 0;

	for (int i = 1; i < line && at < text.n; i++) {
		const char *eol = memchr(text.p + at, '\n', text.n - at);

		at = eol != NULL ? (uint32_t)(eol - text.p) + 1 : text.n;
	}
	return at;
}

static uint32_t spaces_at(struct vg_slice text, uint32_t at)
{
	uint32_t n = 0;

	while (at + n < text.n && text.p[at + n] == ' ')
		n++;
	return n;
}

/* True when the line at `at` has nothing but spaces and a comment. */
static bool is_blank(struct vg_slice text, uint32_t at)
{
	uint32_t to = at + spaces_at(text, at);

	return to >= text.n || text.p[to] == '\n' || text.p[to] == '\r' ||
	       text.p[to] == '#';
}

static enum vg_rc by_hand(const struct edit *e, int line, const char *what)
{
	return vg_err_set(e->err, VG_INVAL,
			  "%s:%d: it is not plain where to put it; write %s "
			  "there by hand",
			  e->name, line, what);
}

/* The line behind the list: of the next key of the root, or the text's end,
 * less the blank ones and comments in front of that. */
static int line_behind(const struct edit *e)
{
	const struct vg_yaml_node *next = e->partners->next;
	int line = 1;

	if (next != NULL) {
		line = next->key_line;
	} else {
		for (uint32_t i = 0; i < e->text.n; i++)
			line += e->text.p[i] == '\n';
		line += e->text.n > 0 && e->text.p[e->text.n - 1] != '\n';
	}
	while (line > 2 && is_blank(e->text, line_at(e->text, line - 1)))
		line--;
	return line;
}

/* `out` = the text with `more` put in at `at`. */
static enum vg_rc put_in(struct vg_buf *out, const struct edit *e, uint32_t at,
			 const struct vg_buf *more)
{
	vg_buf_add(out, e->text.p, at);
	vg_buf_add(out, more->p, more->n);
	vg_buf_add(out, e->text.p + at, e->text.n - at);
	return out->failed || more->failed
		       ? vg_err_set(e->err, VG_FATAL, "config: out of memory")
		       : VG_OK;
}

static bool same_partner(const struct vg_partner *a, const struct vg_partner *b)
{
	return strcmp(a->id, b->id) == 0 && a->slot == b->slot &&
	       strcmp(a->topic, b->topic) == 0 && a->tlp == b->tlp &&
	       strcmp(a->country, b->country) == 0;
}

/* The text must read as before, with `more` partners behind the old ones. */
static enum vg_rc compare(const struct edit *e, const struct vg_buf *now,
			  size_t more)
{
	struct vg_config *was = NULL, *is = NULL;
	enum vg_rc rc =
		vg_config_parse(&was, e->name, e->text.p, e->text.n, e->err);

	if (rc == VG_OK)
		rc = vg_config_parse(&is, e->name, now->p, now->n, e->err);
	bool same = rc == VG_OK && is->n_partners == was->n_partners + more &&
		    is->n_caveats == was->n_caveats &&
		    is->n_rule_files == was->n_rule_files;
	for (size_t i = 0; same && i < was->n_partners; i++)
		same = same_partner(&was->partners[i], &is->partners[i]);
	vg_config_free(was);
	vg_config_free(is);
	if (rc == VG_OK && !same)
		rc = by_hand(e, e->partners->key_line, "it");
	return rc;
}

enum vg_rc vg_config_add_partner(struct vg_buf *out, const char *name,
				 struct vg_slice text, const char *entry,
				 struct vg_err *err)
{
	struct edit e = {.name = name, .text = text, .err = err};
	struct vg_buf line = {0};
	enum vg_rc rc = open_edit(&e);

	if (rc != VG_OK)
		goto out;
	uint32_t first = line_at(text, e.partners->child->line);
	uint32_t indent = spaces_at(text, first);
	if (first + indent >= text.n || text.p[first + indent] != '-') {
		rc = by_hand(&e, e.partners->child->line, "the entry");
		goto out;
	}
	uint32_t at = line_at(text, line_behind(&e));
	if (at > 0 && text.p[at - 1] != '\n')
		vg_buf_str(&line, "\n");
	vg_buf_add(&line, text.p + first, indent);
	vg_buf_printf(&line, "- %s\n", entry);
	rc = put_in(out, &e, at, &line);
	if (rc == VG_OK)
		rc = compare(&e, out, 1);
out:
	vg_yaml_free(e.yaml);
	vg_buf_term(&line);
	return rc;
}

/* The entry of partner `id`. */
static const struct vg_yaml_node *entry_of(const struct edit *e, const char *id)
{
	const struct vg_yaml_node *n = e->partners->child;

	for (; n != NULL; n = n->next) {
		const struct vg_yaml_node *has = vg_yaml_get(n, "id");

		if (has != NULL && has->text != NULL &&
		    strcmp(has->text, id) == 0)
			return n;
	}
	return NULL;
}

/* Where the brace that opens at `at` closes; 0 when that is not plain. */
static uint32_t closing(struct vg_slice text, uint32_t at)
{
	char quote = '\0';
	int depth = 0;

	for (; at < text.n; at++) {
		char c = text.p[at];

		if (quote != '\0') {
			quote = c == quote ? '\0' : quote;
			if (c == '\\')
				return 0;
			continue;
		}
		if (c == '"' || c == '\'')
			quote = c;
		else if (c == '#')
			return 0;
		else if (c == '{' || c == '[')
			depth++;
		else if ((c == '}' || c == ']') && --depth == 0)
			return at;
	}
	return 0;
}

/* Where to put it, and what: behind the last member of an entry in braces, or
 * as a line behind the id's. 0: it is not plain. */
static uint32_t member_place(const struct edit *e,
			     const struct vg_yaml_node *entry,
			     const char *const member_value[2],
			     struct vg_buf *more)
{
	const struct vg_yaml_node *id = vg_yaml_get(entry, "id");
	uint32_t at = line_at(e->text, entry->line), column;

	at += spaces_at(e->text, at);
	if (at < e->text.n && e->text.p[at] == '-')
		at += 1 + spaces_at(e->text, at + 1);
	if (at < e->text.n && e->text.p[at] == '{') {
		at = closing(e->text, at);
		while (at > 0 && e->text.p[at - 1] == ' ')
			at--;
		vg_buf_printf(more, ", %s: \"%s\"", member_value[0],
			      member_value[1]);
		return at;
	}
	uint32_t line = line_at(e->text, id->key_line);
	if (id->line != id->key_line)
		return 0;
	column = spaces_at(e->text, line);
	if (line + column < e->text.n && e->text.p[line + column] == '-')
		column += 1 + spaces_at(e->text, line + column + 1);
	at = line_at(e->text, id->key_line + 1);
	if (at > 0 && e->text.p[at - 1] != '\n')
		vg_buf_str(more, "\n");
	for (uint32_t i = 0; i < column; i++)
		vg_buf_str(more, " ");
	vg_buf_printf(more, "%s: \"%s\"\n", member_value[0], member_value[1]);
	return at;
}

enum vg_rc vg_config_add_member(struct vg_buf *out, const char *name,
				struct vg_slice text, const char *id,
				const char *const member_value[2],
				struct vg_err *err)
{
	struct edit e = {.name = name, .text = text, .err = err};
	const struct vg_yaml_node *entry = NULL, *has = NULL;
	struct vg_buf more = {0};
	uint32_t at = 0;
	enum vg_rc rc = open_edit(&e);

	if (rc != VG_OK)
		goto out;
	entry = entry_of(&e, id);
	has = entry != NULL ? vg_yaml_get(entry, member_value[0]) : NULL;
	if (entry == NULL)
		rc = vg_err_set(err, VG_INVAL, "%s: no partner is called %s",
				name, id);
	else if (has != NULL)
		rc = vg_err_set(err, VG_INVAL,
				"%s:%d: %s has a %s already; change it by hand",
				name, has->key_line, id, member_value[0]);
	if (rc != VG_OK)
		goto out;
	at = member_place(&e, entry, member_value, &more);
	rc = at == 0 ? by_hand(&e, entry->line, member_value[0])
		     : put_in(out, &e, at, &more);
	if (rc == VG_OK)
		rc = compare(&e, out, 0);
out:
	vg_yaml_free(e.yaml);
	vg_buf_term(&more);
	return rc;
}

static bool write_all(int fd, struct vg_slice text)
{
	for (uint32_t done = 0; done < text.n;) {
		ssize_t n = write(fd, text.p + done, text.n - done);

		if (n <= 0)
			return false;
		done += (uint32_t)n;
	}
	return fsync(fd) == 0;
}

enum vg_rc vg_config_replace(const char *path, struct vg_slice text,
			     struct vg_err *err)
{
	char beside[PATH_LEN];
	struct stat was;
	int n = snprintf(beside, sizeof beside, "%s.new", path);

	if (n < 0 || n >= PATH_LEN || stat(path, &was) != 0)
		return vg_err_set(err, VG_INVAL, "%.100s: cannot be replaced",
				  path);
	int fd = open(beside, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC,
		      was.st_mode & 0777);
	if (fd < 0)
		return vg_err_set(err, VG_INVAL,
				  "%.100s: %s; remove it, or "
				  "write the lines by hand",
				  beside, strerror(errno));
	bool done = fchmod(fd, was.st_mode & 0777) == 0 && write_all(fd, text);
	done = close(fd) == 0 && done && rename(beside, path) == 0;
	if (done)
		return VG_OK;
	(void)unlink(beside);
	return vg_err_set(err, VG_INVAL, "%.100s: cannot be replaced: %s", path,
			  strerror(errno));
}
