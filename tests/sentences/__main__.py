"""`python -m tests.sentences`: brings resources/i18n/en.json up to date."""

from tests.sentences.extraction import write

write()
