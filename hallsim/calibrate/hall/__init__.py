"""A hall fitted to a log: visits in, a scenario out whose every figure says where it is from and how sure it is.

`fit.fit_hall` fits, `scenario.files` writes the scenario files, `words.table` the table of what was found.
"""
