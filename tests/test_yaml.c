#include "core/limits.h"
#include "core/yaml.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static struct vg_yaml *doc;
static struct vg_err err;

static void close_doc(void)
{
	vg_yaml_free(doc);
	doc = NULL;
}

TestSuite(yaml, .fini = close_doc);

static enum vg_rc parse(const char *text)
{
	vg_yaml_free(doc);
	doc = NULL;
	memset(&err, 0, sizeof err);
	return vg_yaml_parse(&doc, "f.yaml", text, strlen(text), &err);
}

static void refuses(const char *text, const char *what)
{
	cr_assert(eq(int, parse(text), VG_INVAL), "%s", text);
	cr_assert(eq(str, err.text, (char *)what));
	cr_assert(doc == NULL);
}

Test(yaml, keeps_maps_lists_and_texts_in_order)
{
	cr_assert(eq(int, parse("a: 1\nb: [x, 'y']\nc:\n  d: \"z\"\n"), VG_OK),
		  "%s", err.text);
	const struct vg_yaml_node *root = vg_yaml_doc(doc, 0);

	cr_assert(eq(int, root->type, VG_YAML_MAP));
	cr_assert(eq(sz, root->count, 3));
	const struct vg_yaml_node *a = root->child;
	cr_assert(eq(str, (char *)a->key, "a"));
	cr_assert(eq(str, (char *)a->text, "1"));
	cr_assert(not(a->quoted));
	const struct vg_yaml_node *b = a->next;
	cr_assert(eq(int, b->type, VG_YAML_LIST));
	cr_assert(eq(sz, b->count, 2));
	cr_assert(b->child->key == NULL);
	cr_assert(eq(str, (char *)b->child->text, "x"));
	cr_assert(b->child->next->quoted);
	cr_assert(b->child->next->next == NULL);
	const struct vg_yaml_node *d = vg_yaml_get(b->next, "d");
	cr_assert(eq(str, (char *)d->text, "z"));
	cr_assert(eq(sz, d->text_len, 1));
	cr_assert(b->next->next == NULL);
}

Test(yaml, knows_the_line_of_keys_and_values)
{
	cr_assert(eq(int, parse("a: 1\n\nb:\n  - x\n  - {k: v}\n"), VG_OK));
	const struct vg_yaml_node *b = vg_yaml_get(vg_yaml_doc(doc, 0), "b");

	cr_assert(eq(int, b->key_line, 3));
	cr_assert(eq(int, b->child->line, 4));
	cr_assert(eq(int, vg_yaml_get(b->child->next, "k")->line, 5));
}

Test(yaml, fails_at_the_line_of_the_key)
{
	cr_assert(eq(int, parse("a:\n  b:\n    - x\n"), VG_OK));
	const struct vg_yaml_node *a = vg_yaml_get(vg_yaml_doc(doc, 0), "a");
	const struct vg_yaml_node *b = vg_yaml_get(a, "b");

	cr_assert(eq(int, vg_yaml_fail(doc, b, &err, "%s is %d", "b", 1),
		     VG_INVAL));
	cr_assert(eq(str, err.text, "f.yaml:2: b is 1"));
	(void)vg_yaml_fail(doc, b->child, &err, "x");
	cr_assert(eq(str, err.text, "f.yaml:3: x"));
	(void)vg_yaml_fail(doc, NULL, &err, "all");
	cr_assert(eq(str, err.text, "f.yaml: all"));
}

Test(yaml, finds_only_members_of_a_map)
{
	cr_assert(eq(int, parse("a: [b]\n"), VG_OK));
	const struct vg_yaml_node *root = vg_yaml_doc(doc, 0);

	cr_assert(vg_yaml_get(root, "b") == NULL);
	cr_assert(vg_yaml_get(vg_yaml_get(root, "a"), "b") == NULL);
	cr_assert(vg_yaml_get(NULL, "a") == NULL);
}

Test(yaml, reads_every_document)
{
	cr_assert(eq(int, parse("a: 1\n---\n[x]\n---\ny\n"), VG_OK));
	cr_assert(eq(int, vg_yaml_doc(doc, 0)->type, VG_YAML_MAP));
	cr_assert(eq(int, vg_yaml_doc(doc, 1)->type, VG_YAML_LIST));
	cr_assert(eq(str, (char *)vg_yaml_doc(doc, 2)->text, "y"));
	cr_assert(vg_yaml_doc(doc, 3) == NULL);
	cr_assert(eq(str, (char *)vg_yaml_name(doc), "f.yaml"));
}

Test(yaml, has_no_document_in_an_empty_file)
{
	cr_assert(eq(int, parse("# nothing\n"), VG_OK));
	cr_assert(vg_yaml_doc(doc, 0) == NULL);
}

Test(yaml, takes_block_texts_as_quoted)
{
	cr_assert(eq(int, parse("a: |\n  x\n"), VG_OK));
	const struct vg_yaml_node *a = vg_yaml_get(vg_yaml_doc(doc, 0), "a");

	cr_assert(a->quoted);
	cr_assert(eq(str, (char *)a->text, "x\n"));
}

Test(yaml, refuses_anchors_and_aliases)
{
	const char *anchor = "an anchor (&) is not read; write the value out";
	char want[128];

	(void)snprintf(want, sizeof want, "f.yaml:2: %s", anchor);
	refuses("b: 1\na: &x 1\n", want);
	refuses("b: 1\na: &x [1]\n", want);
	refuses("b: 1\na: &x {c: 1}\n", want);
	refuses("b: 1\n&x a: 1\n", want);
	refuses("a: *x\n", "f.yaml:1: an alias (*) is not read; write the "
			   "value out");
}

Test(yaml, refuses_tags)
{
	const char *want = "f.yaml:1: a tag (!) is not read; remove it";

	refuses("a: !!str 1\n", want);
	refuses("a: ! 1\n", want);
	refuses("a: !x [1]\n", want);
	refuses("a: !x {b: 1}\n", want);
	refuses("!x a: 1\n", want);
}

Test(yaml, refuses_a_key_given_twice_at_any_depth)
{
	refuses("a: 1\nb: 2\nc: 3\na: 4\n",
		"f.yaml:4: a: stands here and on line 1; keep one");
	refuses("z:\n  - {k: 1}\n  - {k: 1, l: 2, \"k\": 3}\n",
		"f.yaml:3: k: stands here and on line 3; keep one");
	cr_assert(eq(int, parse("a: {k: 1}\nb: {k: 1}\n"), VG_OK));
}

Test(yaml, refuses_lists_and_maps_as_keys)
{
	const char *want = "f.yaml:1: a list or map as a key; write a word";

	refuses("? [a]\n: 1\n", want);
	refuses("? {a: 1}\n: 1\n", want);
}

Test(yaml, refuses_what_is_not_yaml_with_its_line)
{
	cr_assert(eq(int, parse("a: 1\nb: [1\nc: 2\n"), VG_INVAL));
	cr_assert(eq(int, strncmp(err.text, "f.yaml:3: not YAML: ", 20), 0),
		  "%s", err.text);
	cr_assert(eq(int, parse("a: \"\xff\"\n"), VG_INVAL));
	cr_assert(eq(int, strncmp(err.text, "f.yaml:1: not YAML: ", 20), 0),
		  "%s", err.text);
}

Test(yaml, says_of_a_tab_what_to_write_instead)
{
	cr_assert(eq(int, parse("a:\n\tb: 1\n"), VG_INVAL));
	cr_assert(strstr(err.text, "f.yaml:2: ") != NULL, "%s", err.text);
	cr_assert(strstr(err.text, "spaces, no tabs") != NULL, "%s", err.text);
}

Test(yaml, refuses_nul_bytes)
{
	refuses("a: 1\nb: \"x\\0y\"\n",
		"f.yaml:2: a NUL byte in a text; remove it");
	cr_assert(
		eq(int, vg_yaml_parse(&doc, "f", "a: \0", 4, &err), VG_INVAL));
}

Test(yaml, leaves_the_output_alone_on_failure)
{
	struct vg_yaml *out = (struct vg_yaml *)&err;

	cr_assert(eq(int, vg_yaml_parse(&out, "f", "a: [", 4, NULL), VG_INVAL));
	cr_assert(out == (struct vg_yaml *)&err);
}

static enum vg_rc parse_nested(int depth)
{
	char text[64] = "";

	for (int i = 0; i < depth; i++)
		strcat(text, "[");
	for (int i = 0; i < depth; i++)
		strcat(text, "]");
	return parse(text);
}

Test(yaml, nests_16_deep_and_not_17)
{
	cr_assert(eq(int, parse_nested(16), VG_OK));
	cr_assert(eq(int, parse_nested(17), VG_INVAL));
	cr_assert(eq(str, err.text,
		     "f.yaml:1: nested deeper than 16; flatten "
		     "it"));
}

/* A list of `n` values, itself one value. */
static enum vg_rc parse_values(size_t n)
{
	char *text = malloc(2 * n + 2);

	text[0] = '[';
	for (size_t i = 0; i < n; i++)
		memcpy(text + 1 + 2 * i, "x,", 2);
	memcpy(text + 2 * n, "]", 2);
	enum vg_rc rc = parse(text);
	free(text);
	return rc;
}

Test(yaml, holds_100000_values_and_not_one_more)
{
	cr_assert(eq(int, parse_values(99999), VG_OK), "%s", err.text);
	cr_assert(eq(sz, vg_yaml_doc(doc, 0)->count, 99999));
	cr_assert(eq(int, parse_values(100000), VG_INVAL));
	cr_assert(eq(str, err.text,
		     "f.yaml:1: more than 100000 values; split "
		     "it"));
}

Test(yaml, shows_the_end_of_a_long_file_name)
{
	char name[400];

	memset(name, 'd', sizeof name);
	memcpy(name + 393, "/x.yml", 7);
	cr_assert(
		eq(int, vg_yaml_parse(&doc, name, "a: *b", 5, &err), VG_INVAL));
	cr_assert(strstr(err.text, "/x.yml:1: an alias") != NULL, "%s",
		  err.text);
}

/* A file of `n` bytes that is one comment. */
static void write_file(char *path, size_t n)
{
	int fd = mkstemp(path);
	cr_assert(ge(int, fd, 0));
	FILE *f = fdopen(fd, "w");

	for (size_t i = 0; i < n; i++)
		(void)fputc(i + 1 < n ? '#' : '\n', f);
	(void)fclose(f);
}

Test(yaml, loads_a_file_up_to_its_limit)
{
	char path[] = "/tmp/vg_yaml_XXXXXX";

	write_file(path, 100);
	cr_assert(eq(int, vg_yaml_load(&doc, path, 100, &err), VG_OK));
	vg_yaml_free(doc);
	doc = NULL;
	cr_assert(eq(int, vg_yaml_load(&doc, path, 99, &err), VG_INVAL));
	(void)unlink(path);
	cr_assert(strstr(err.text, ": larger than 99 bytes; make it smaller") !=
			  NULL,
		  "%s", err.text);
}

Test(yaml, names_a_file_that_it_cannot_read)
{
	cr_assert(eq(int, vg_yaml_load(&doc, "/nowhere/f.yaml", 9, &err),
		     VG_INVAL));
	cr_assert(eq(str, err.text,
		     "/nowhere/f.yaml: No such file or "
		     "directory; name a readable file"));
	cr_assert(eq(int, vg_yaml_load(&doc, "/", 9, &err), VG_INVAL));
	cr_assert(eq(str, err.text, "/: Is a directory; name a readable file"));
}
