"""Bilingual titles of data and declarations. Sentences of pages go through gettext instead."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Text:
    """A title in Chinese and English; `str()` gives the language of the running request."""

    zh: str
    en: str

    def __str__(self) -> str:
        from django.utils.translation import get_language

        return self.zh if (get_language() or "zh").startswith("zh") else self.en
