"""The catalogue of sentences: what the code says, and a language made up for tests."""
