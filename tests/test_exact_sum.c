#include "alert/exact_sum.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <float.h>
#include <math.h>
#include <stdlib.h>

TestSuite(exact_sum);

static double sum_of(const double *x, size_t n)
{
	struct vg_exact_sum s = {.digit = {0}};

	for (size_t i = 0; i < n; i++)
		vg_exact_add(&s, x[i], 1);
	return vg_exact_read(&s, 1);
}

Test(exact_sum, of_nothing_is_zero)
{
	cr_assert(eq(dbl, sum_of(NULL, 0), 0));
	cr_assert(eq(dbl, sum_of((double[]){0, -0.0}, 2), 0));
}

Test(exact_sum, of_one_number_is_the_number)
{
	const double x[] = {1,	     -1,      0.1,	 -0.1,
			    DBL_MAX, DBL_MIN, 1e-300,	 9007199254740993.0,
			    1e300,   -1e-9,   123456.789};

	for (size_t i = 0; i < sizeof x / sizeof x[0]; i++)
		cr_assert(eq(dbl, sum_of(&x[i], 1), x[i]), "%g", x[i]);
}

Test(exact_sum, keeps_small_numbers_beside_large_ones)
{
	cr_assert(eq(dbl, sum_of((double[]){1e300, 1, -1e300}, 3), 1));
	cr_assert(
		eq(dbl, sum_of((double[]){1e-300, 1e300, -1e300}, 3), 1e-300));
	cr_assert(eq(dbl, sum_of((double[]){0x1p53, 1, 1}, 3), 0x1p53 + 2));
}

Test(exact_sum, rounds_once_and_ties_to_even)
{
	cr_assert(eq(dbl, sum_of((double[]){0x1p53, 1}, 2), 0x1p53));
	cr_assert(eq(dbl, sum_of((double[]){0x1p53 + 2, 1}, 2), 0x1p53 + 4));
	cr_assert(
		eq(dbl, sum_of((double[]){0x1p53, 1, 0x1p-60}, 3), 0x1p53 + 2));
	cr_assert(eq(dbl, sum_of((double[]){-0x1p53, -1, -0x1p-60}, 3),
		     -0x1p53 - 2));
}

Test(exact_sum, of_ten_tenths_is_one)
{
	struct vg_exact_sum s = {.digit = {0}};

	vg_exact_add(&s, 0.1, 10);
	cr_assert(eq(dbl, vg_exact_read(&s, 1), 1));
	cr_assert(eq(dbl, vg_exact_read(&s, 10), 0.1));
	vg_exact_add(&s, 0.1, -10);
	cr_assert(eq(dbl, vg_exact_read(&s, 1), 0));
}

Test(exact_sum, is_divided_exactly)
{
	struct vg_exact_sum s = {.digit = {0}};

	vg_exact_add(&s, 1, 1);
	cr_assert(eq(dbl, vg_exact_read(&s, 3), 1.0 / 3));
	vg_exact_add(&s, -3, 1);
	cr_assert(eq(dbl, vg_exact_read(&s, 7), -2.0 / 7));
	vg_exact_add(&s, 2, 1);
	vg_exact_add(&s, 0.3, UINT32_MAX);
	cr_assert(eq(dbl, vg_exact_read(&s, UINT32_MAX), 0.3));
}

Test(exact_sum, goes_no_further_than_the_largest_double)
{
	cr_assert(eq(dbl, sum_of((double[]){DBL_MAX, DBL_MAX}, 2), DBL_MAX));
	cr_assert(eq(dbl, sum_of((double[]){DBL_MAX, DBL_MAX, -DBL_MAX}, 3),
		     DBL_MAX));
}

Test(exact_sum, law2_does_not_depend_on_order)
{
	enum { N = 200 };
	double x[N];
	struct vg_exact_sum s = {.digit = {0}};

	srand(7);
	for (int i = 0; i < N; i++)
		x[i] = ldexp((double)rand() / RAND_MAX - 0.5, rand() % 200);
	double want = sum_of(x, N);
	for (int round = 0; round < 50; round++) {
		for (int i = N - 1; i > 0; i--) {
			int k = rand() % (i + 1);
			double kept = x[i];

			x[i] = x[k];
			x[k] = kept;
		}
		cr_assert(eq(dbl, sum_of(x, N), want));
	}
	/* Taken away in another order than added, nothing is left. */
	for (int i = 0; i < N; i++)
		vg_exact_add(&s, x[i], 3);
	for (int i = N - 1; i >= 0; i--)
		vg_exact_add(&s, x[i], -3);
	cr_assert(eq(dbl, vg_exact_read(&s, 1), 0));
}
