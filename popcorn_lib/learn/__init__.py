"""The learner's tools: predict, check, answer, put in order, and report.

    from popcorn_lib.learn import Lesson

    lesson = Lesson("02", objectives={"O1": "say which messages a page fault needs"})
    p1 = lesson.predict("p1", "How many messages does this fault need?", unit="messages")
    p1.answer(5)
    p1.reveal(2, why="One asks for the page, one brings it.")

Everything works as plain text, shows itself as HTML in a notebook, keeps its state in one JSON file
and sends nothing anywhere.
"""

from popcorn_lib.learn.check import Check
from popcorn_lib.learn.lesson import Lesson
from popcorn_lib.learn.order import Order
from popcorn_lib.learn.predict import Prediction
from popcorn_lib.learn.quiz import Quiz
from popcorn_lib.learn.store import Store
from popcorn_lib.learn.view import Note, Result

__all__ = ["Check", "Lesson", "Note", "Order", "Prediction", "Quiz", "Result", "Store"]
