"""The items of each lesson: predictions, checks with our solutions, orderings, quizzes.

They stand here, one file per lesson, and not in the notebooks, so that a learner meets the question
first and our solution last, and a test can try every item with right and with wrong answers.
"""
