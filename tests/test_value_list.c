#include "aggregate/value_list.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <stdio.h>

static struct vg_value_list *list;
static struct vg_err err;

static void start(void)
{
	cr_assert(eq(int, vg_value_list_new(&list, NULL), VG_OK));
}

static void finish(void)
{
	vg_value_list_free(list);
}

TestSuite(value_list, .init = start, .fini = finish);

static enum vg_rc add(const char *value)
{
	return vg_value_list_add(list, vg_slice_of(value), &err);
}

static void close_list(void)
{
	cr_assert(eq(int, vg_value_list_close(list, NULL), VG_OK));
}

static bool has(const char *value)
{
	return vg_value_list_has(list, vg_slice_of(value));
}

Test(value_list, has_its_values_and_the_addresses_of_its_networks)
{
	cr_assert(eq(int, add("example.com"), VG_OK));
	cr_assert(eq(int, add("192.0.2.0/24"), VG_OK));
	cr_assert(eq(int, add("2001:DB8::1"), VG_OK));
	close_list();
	cr_assert(has("example.com"));
	cr_assert(not(has("www.example.com")));
	cr_assert(has("192.0.2.77"));
	cr_assert(not(has("192.0.3.77")));
	cr_assert(has("2001:db8:0::1"));
	cr_assert(has("192.0.2.0/24"));
	cr_assert(not(has("")));
}

Test(value_list, empty_has_nothing)
{
	close_list();
	cr_assert(not(has("a")));
	cr_assert(eq(sz, vg_value_list_count(list), 0));
	cr_assert(eq(sz, strlen(vg_value_list_hash(list)), 16));
}

static void hash_of(const char *const *value, size_t n, char out[17])
{
	vg_value_list_free(list);
	start();
	for (size_t i = 0; i < n; i++)
		cr_assert(eq(int, add(value[i]), VG_OK));
	close_list();
	memcpy(out, vg_value_list_hash(list), 17);
}

Test(value_list, has_the_hash_of_what_it_holds_in_any_order)
{
	char x[17], y[17];

	hash_of((const char *const[]){"a", "b", "10.0.0.0/8"}, 3, x);
	hash_of((const char *const[]){"10.0.0.0/8", "b", "a", "b"}, 4, y);
	cr_assert(eq(str, x, y));
	hash_of((const char *const[]){"a", "b"}, 2, y);
	cr_assert(ne(str, x, y));
	hash_of((const char *const[]){"ab"}, 1, x);
	cr_assert(ne(str, x, y));
}

Test(value_list, refuses_what_is_empty_too_long_or_half_a_network)
{
	static char text[VG_LIST_VALUE_MAX + 2];

	cr_assert(eq(int, add(""), VG_INVAL));
	cr_assert(eq(int, add("192.0.2.1/24"), VG_INVAL));
	cr_assert(strstr(err.text, "clear them") != NULL);
	memset(text, 'a', VG_LIST_VALUE_MAX);
	cr_assert(eq(int, add(text), VG_OK));
	text[VG_LIST_VALUE_MAX] = 'a';
	cr_assert(eq(int, add(text), VG_INVAL));
}

Test(value_list, takes_as_many_as_it_may_and_no_more)
{
	char text[16];

	for (int i = 0; i < VG_LIST_VALUES_MAX; i++) {
		snprintf(text, sizeof text, "v%d", i);
		cr_assert(eq(int, add(text), VG_OK));
	}
	cr_assert(eq(int, add("one more"), VG_INVAL));
	close_list();
	cr_assert(eq(sz, vg_value_list_count(list), VG_LIST_VALUES_MAX));
	cr_assert(has("v0"));
	cr_assert(has("v199999"));
	cr_assert(not(has("v200000")));
}

Test(value_list, lives_as_long_as_someone_holds_it)
{
	cr_assert(eq(int, add("a"), VG_OK));
	close_list();
	vg_value_list_hold(list);
	vg_value_list_free(list);
	cr_assert(has("a"));
}
