"""Problem sets: from one master of each to the editions that are handed out, and to grades.

    masters → editions → submissions → rebuilt notebooks → executed → gradebook → pages

`generate` is `make assignments`, `grade` is `make grade`. Both run in the grading environment,
where nbgrader is; `execute` runs the tests in the course's
environment, and asks the kernel with the student's code (`answering`) for values.
"""
