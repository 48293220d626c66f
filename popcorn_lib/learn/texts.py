"""Every sentence that a learner can read, in one place.

The code says which message it means and hands over the values; how it is said stands here, so that
wording can be improved, checked or translated without touching any logic.  A `Text` has a title of
a word or two (it carries the meaning alone, without colour) and a body that ends with what to do
next.  Names in braces are filled in; backticks mark code.
"""

from typing import NamedTuple


class Text(NamedTuple):
    """A title of a word or two, and the sentences that follow it."""

    title: str
    body: str


# Predictions
PREDICT = Text("Predict", "{question}")
PREDICT_HOW = "Store what you expect with `{id}.answer({example})`; then run the cells below."
PREDICT_CHOICES = "Choose one of: {choices}."
PREDICT_KEPT = "Stored: {first}. Run the cells below to compare."
PREDICT_EMPTY = Text(
    "Nothing stored",
    "Replace the dots in `{id}.answer(...)` by what you expect, then run it again.",
)
PREDICT_STORED = Text("Stored", "You expect {value}. Run the cells below to see what happens.")
PREDICT_AGAIN = Text(
    "Stored",
    "You now expect {value}. Your first prediction, {first}, stays beside it. "
    "Run the cells below to compare.",
)
PREDICT_FIRST = Text(
    "Predict first",
    "No prediction is stored, so the answer stays hidden. "
    "Run `{id}.answer({example})` with what you expect, then run this cell again.",
)
REVEAL = Text(
    "Compare", "What happened beside what you expected. Say the difference in your words."
)
REVEAL_SAME = Text("Compare", "It happened as you expected. Say why, then read on.")
REVEAL_BARE = Text("Result", "No prediction was stored (predictions are switched off). Read on.")
ROW_FIRST, ROW_LATEST, ROW_ACTUAL, ROW_GAP = (
    "Your prediction",
    "Your latest",
    "What happened",
    "Gap",
)
GAP_NONE, GAP_SAME, GAP_OTHER = "none, exactly right", "none, the same", "not the same"
GAP_LOW, GAP_HIGH = "{gap} too low", "{gap} too high"

# Choices: what predictions and quizzes share
NO_CHOICE = Text("Not stored", "{given} is none of the choices. Choose from: {choices}.")
ONE_CHOICE = Text(
    "Not stored", "Exactly one answer holds. Give one letter, for example `{id}.answer('b')`."
)

# Quizzes
QUIZ = Text("Question", "{question}")
QUIZ_ONE = "Answer with `{id}.answer('b')`, or open a choice to read what speaks for or against it."
QUIZ_MANY = (
    "More than one answer can hold. Answer with `{id}.answer('a c')`, "
    "or open a choice to read what speaks for or against it."
)
QUIZ_EMPTY = Text(
    "Not answered", "Replace the dots in `{id}.answer(...)` by a letter, then run it again."
)
QUIZ_RIGHT = Text("Correct", "Read why, then go on.")
QUIZ_WRONG = Text("Not yet", "Read why, then choose again.")
QUIZ_MORE = "What you chose holds, but it is not all. Look at the choices that are left."
HOLDS, FAILS = "Correct.", "Not this one."

# Ordering
ORDER = Text("Put in order", "{question}")
ORDER_HOW = "Answer with the names in your order: `{id}.answer('{example}')`."
ORDER_EMPTY = Text(
    "Not answered", "Replace the dots in `{id}.answer(...)` by your order, then run it again."
)
ORDER_RIGHT = Text("Correct", "Every step comes after all that it needs. Go on.")
ORDER_EARLY = Text(
    "Not yet",
    "Step {place}, `{step}`, comes too early: `{needed}` must come before it. Move it, try again.",
)
ORDER_NAMES = Text("Not yet", "Use each step once. {problems}. Then answer again.")
ORDER_UNKNOWN, ORDER_MISSING, ORDER_TWICE = "Unknown: {names}", "Missing: {names}", "Twice: {names}"

# Checks, from the most general stage to the most specific
CHECK = Text("Check", "{task}")
CHECK_HOW = "Hand over what you wrote: `{id}({name})`."
NOT_DEFINED = Text(
    "Not started",
    "`{name}` is not defined yet. Write it above, run that cell, then run this one again.",
)
PLACEHOLDER = Text(
    "Not started",
    "There is still a `...` in line {line} of `{name}`. Replace it, then run both cells again.",
)
NOT_IMPLEMENTED = Text(
    "Not started",
    "`{name}` still raises `NotImplementedError`. Replace that line, then run both cells again.",
)
NOT_CALLABLE = Text(
    "Not yet",
    "A function is needed here, but this is {family}: `{value}`. Hand over the function itself.",
)
GENERATOR = Text(
    "Not yet",
    "`{name}` hands over its values with `yield`, so that calling it gives a generator. "
    "Give the whole result with `return`.",
)
NO_YIELD = Text(
    "Not yet",
    "`{name}` never yields, but a sequence of steps is asked for. Give each step with `yield`.",
)
NOTHING = Text(
    "Not yet", "`{call}` gave nothing (`None`). Did you forget `return`? Add it, then check again."
)
RAISED = Text("Not yet", "`{call}` raised `{error}`. Find out why, then check again.")
RAISED_LINE = "It happened in your line {number}: `{source}`"
RAISED_OURS = "Ours raises `{error}` there."
RAISED_DETAILS = (
    "The whole traceback is in `.details` of this result: `print({id}({name}).details)`."
)
NOT_RAISED = Text(
    "Not yet", "`{call}` gave `{yours}`, but ours raises `{error}`. Look at that case again."
)
ENDLESS = Text(
    "Not yet",
    "`{call}` goes on after {limit} steps. Look at what should end your loop, then check again.",
)
WRONG_TYPE = Text(
    "Not yet",
    "`{call}` gave {yours}, but {ours} is expected. Change what you return, then check again.",
)
DIFFERS = Text(
    "Not yet", "`{call}` is not what is expected. Compare the two, then change your code."
)
DIFFERS_AT = Text(
    "Not yet",
    "`{call}` agrees for the first {agreed}, then differs at {where}. Start looking there.",
)
DIFFERS_FIRST = Text(
    "Not yet", "`{call}` differs at the very start, at {where}. Start looking there."
)
ENTRY, ENTRIES = "entry", "{count} entries"
LENGTHS = "Yours has {yours} entries, ours {ours}."
WHERE, YOURS, OURS = "Where", "Yours", "Expected"
WHERE_INDEX, WHERE_KEY, WHERE_LINE, WHERE_SET, WHERE_VALUE = (
    "index {at}",
    "key {at}",
    "line {at}",
    "only on that side",
    "the value",
)
BEFORE, MISSING = "before it", "(nothing)"
SO_FAR = "{right} of {cases} cases agree so far."
CORRECT = Text("Correct", "{cases} of {cases} cases agree. Go on.")
CORRECT_VALUE = Text("Correct", "That is the value. Go on.")
LENGTH_BOTH = "Lines of code: yours {yours}, ours {ours}."
VALUE_NAME = "your value"
FAST = (
    "Three quick tries. Before the next one, say what you changed and why it should help: "
    "`{id}.changed('...')`."
)
CHANGED = Text("Stored", "Your note on what you changed is kept. Run the check again.")
NEXT_HINT = "A hint: `{id}.hint()`."

# Hints and solutions
HINT = Text("Hint {number} of {count}", "{hint}")
HINT_NEXT = "Try it; the next hint: `{id}.hint()`."
HINT_LAST = "That was the last hint. Try it; ours is in `{id}.solution()`."
NO_HINTS = Text("No hint", "This check has no hints. Ours is in `{id}.solution()`.")
NO_HINT = Text("No hint {number}", "There are {count}, numbered from 1. Ask for one of them.")
SOLUTION = Text(
    "Ours: {lines}", "Compare it with yours line by line, then say what differs and why."
)
SOLUTION_LINE, SOLUTION_LINES = "1 line", "{lines} lines"
NO_SOLUTION = Text("No solution", "None is kept for this check. Try the hints: `{id}.hint()`.")

# What an expected or given thing is called
FAMILIES = {
    "none": "nothing (`None`)",
    "truth": "True or False",
    "number": "a number",
    "text": "a text",
    "bytes": "bytes",
    "sequence": "a list or tuple",
    "mapping": "a dictionary",
    "set": "a set",
    "function": "a function",
}
FAMILY_OTHER = "an object of type {name}"

# Widgets
BUTTON = {"prediction": "Store", "quiz": "Answer", "order": "Check the order"}
FIELD_PREDICTION, FIELD_ORDER = "You expect", "Your order"

# Report and lesson
LESSON = Text("Lesson {name}", "After it you can do the following. Go on with the next cell.")
REPORT = Text(
    "Report on lesson {name}", "{done} of {count} items done. Hand in this page with the notebook."
)
REPORT_ITEMS = ("Item", "Asked", "Yours", "State")
REPORT_OBJECTIVES = ("Objective", "You can", "State", "Seen in")
KINDS = {"prediction": "prediction", "check": "check", "quiz": "quiz", "order": "ordering"}
OPEN, DONE, NOT_YET, PREDICTED, EARLIER = (
    "Open",
    "Correct",
    "Not yet",
    "Predicted",
    "From an earlier run",
)
SHOWN, PARTLY, NO_ITEM = "Shown", "Partly", "No item run yet"
TRY, MANY_TRIES, ONE_HINT, MANY_HINTS = "1 try", "{n} tries", "1 hint", "{n} hints"
THEN, IT_WAS = ", then ", "it was {actual}"
SOLUTION_SEEN = ", solution seen"
CHANGED_NOTE = ", changed: {note}"
RESET = Text("Forgotten", "What was stored for {what} is gone. Run the cells again from the top.")
RESET_ALL = "lesson {name}"

# The progress file
STORE_DAMAGED = (
    "The progress file was damaged; it is kept as {aside} and a new one is begun. Go on."
)
STORE_UNREADABLE = (
    "The progress file {path} cannot be read ({error}); "
    "your answers last until the kernel stops. Go on."
)
STORE_UNWRITABLE = (
    "The progress file {path} cannot be written ({error}); "
    "your answers last until the kernel stops. Go on."
)

TOO_OLD = (
    "This lesson needs popcorn_lib {needs} or newer, and this is {has}: "
    "fetch the collection again and run `make lab`."
)
