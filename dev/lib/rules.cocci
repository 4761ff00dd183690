// Rules of this project for dev/analyze, which reads the marks: each says what is wrong where it
// is found. What each catches, and what it lets pass, is in rules.example.

// The length that snprintf() tells may be more than there was room for.
@length exists@
expression n, b, s, room, x;
identifier print =~ "^v?snprintf$";
position at;
type t;
@@
(
 n = print@at(b, s, ...)
|
 n = (t)print@at(b, s, ...)
|
 n += print@at(b, s, ...)
|
 n += (t)print@at(b, s, ...)
)
 ... when != n < x
     when != n <= x
     when != n > x
     when != n >= x
     when != n == x
     when != n != x
     when != (t)n < x
     when != (t)n <= x
     when != (t)n > x
     when != (t)n >= x
     when != x < n
     when != x > n
     when != x >= n
     when != assert(...)
(
 room[n]
|
 room[(t)n]
|
 room[n++]
|
 room + n
|
 room + (t)n
|
 room - n
|
 room - (t)n
)

// A product may wrap: calloc() looks. Room that is doubled cannot, as half of it was there.
@product@
expression n, m, e;
type t;
identifier make =~ "^(malloc|realloc|aligned_alloc)$";
position at;
@@
(
 realloc(..., n * sizeof(t))
|
 realloc(..., n * sizeof(e))
|
 make@at(..., n * m)
|
 make@at(..., n * m + e)
|
 make@at(..., e + n * m)
)

// Partners' text is a slice: a length, and no NUL behind it.
@slice@
expression s;
identifier cut =~ "^(strlen|strcmp|strncmp|strcasecmp|strchr|strrchr|strstr|strspn|strcspn|strtol|strtoll|strtoul|strtoull|strtod|atoi|atol|strdup|puts)$";
identifier text =~ "^(text|line|body|value|key|name|word|token|record|payload)$";
position at;
@@
(
 cut@at(text.p, ...)
|
 cut@at(s->text.p, ...)
|
 cut@at(s.text.p, ...)
)

// No bound at all.
@unbounded@
identifier write =~ "^(strcpy|strcat|sprintf|vsprintf|gets|strtok|alloca|scanf|fscanf)$";
position at;
@@
 write@at(...)

// How long a comparison takes tells how much of a guess was right: sodium_memcmp().
@secret@
identifier same =~ "^(memcmp|bcmp)$";
identifier text =~ "^(strcmp|strncmp|strcasecmp|vg_slice_eq|vg_slice_is)$";
identifier kept =~ "^(hash|sum|mac|digest|token|secret|password|signature)$";
identifier said =~ "^(mac|token|secret|password|signature)$";
expression s;
position at;
@@
(
 same@at(..., kept, ...)
|
 same@at(..., s.kept, ...)
|
 same@at(..., s->kept, ...)
|
 same@at(..., kept.p, ...)
|
 same@at(..., s.kept.p, ...)
|
 same@at(..., s->kept.p, ...)
|
 text@at(..., said, ...)
|
 text@at(..., s.said, ...)
|
 text@at(..., s->said, ...)
)

// What went wrong is overwritten before anyone looked.
@dropped@
enum vg_rc rc;
identifier f, g;
position at;
@@
 rc = f@at(...);
 ... when != rc
 rc = g(...);

// A way out that leaves the lock locked.
@locked exists@
identifier take =~ "^(pthread_mutex_lock|pthread_rwlock_rdlock|pthread_rwlock_wrlock|vg_view_read_lock|vg_book_read_lock|vg_people_read_lock)$";
identifier give =~ "^(pthread_mutex_unlock|pthread_rwlock_unlock|vg_view_unlock|vg_book_unlock|vg_people_unlock)$";
expression l;
position at;
@@
 take@at(l);
 ... when != give(l)
     when any
 return ...;

// Time is an argument; core/clock.c alone asks for the wall's.
@clock@
identifier ask =~ "^(time|gettimeofday|sleep|usleep|localtime|gmtime)$";
position at;
@@
 ask@at(...)
