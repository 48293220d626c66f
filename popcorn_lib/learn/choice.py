"""Naming one of several choices: by its letter, its number or its own text."""

import re
import string

from popcorn_lib.errors import UsageError

LETTERS = string.ascii_lowercase


def check_choices(item, choices):
    """Return the choices as texts.

    Raises:
        ValueError: fewer than two, more than there are letters, or one twice.
    """
    choices = [str(choice) for choice in choices]
    if not 2 <= len(choices) <= len(LETTERS):
        raise UsageError(f"{item!r} needs 2 to {len(LETTERS)} choices; given: {choices!r}")
    twice = [choice for choice in choices if choices.count(choice) > 1]
    if twice:
        raise UsageError(f"{item!r} has the choice {twice[0]!r} twice; given: {choices!r}")
    return choices


def find(given, choices):
    """Return the index of the choice that is meant, or None.

    A choice's own text comes first: where the choices are numbers, 2 means the text "2".
    """
    name = str(given).strip().lower()
    names = [choice.strip().lower() for choice in choices]
    if name in names:
        return names.index(name)
    letters = LETTERS[: len(choices)]
    if len(name) == 1 and name in letters:
        return letters.index(name)
    return int(name) - 1 if name in map(str, range(1, len(choices) + 1)) else None


def find_all(given, choices):
    """Return the indices of the choices that are meant, and the names that mean none.

    Args:
        given: one name, several in one string ("a c", "a, c", "ac"), or an iterable of names.
    """
    several = isinstance(given, list | tuple | set | frozenset)
    names = [str(name) for name in (given if several else [given])]
    if len(names) == 1 and find(names[0], choices) is None:
        names = _split(names[0], choices)
    indices = {name: find(name, choices) for name in names}
    unknown = [name for name, index in indices.items() if index is None]
    return sorted({index for index in indices.values() if index is not None}), unknown


def _split(name, choices):
    parts = [part for part in re.split(r"[\s,;]+", name) if part]
    if len(parts) == 1 and set(parts[0].lower()) <= set(LETTERS[: len(choices)]):
        return list(parts[0])
    # words of a text that is none of the choices say nothing one by one
    return parts if all(len(part) < 3 for part in parts) else [name]


def lettered(choices):
    """Return the choices in one line, each behind its letter."""
    return ", ".join(
        f"{letter}. {choice}" for letter, choice in zip(LETTERS, choices, strict=False)
    )
