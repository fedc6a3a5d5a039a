"""Titles that are not there."""

from yuzhou.kernel.text import Text

UNTITLED = Text("", "")
