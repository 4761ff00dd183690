# Rules, episodes, the evaluator and the book.
vg_test(rules alert)
vg_test(episodes alert)
