import app.sam  # noqa: F401  before torch: how long its threads spin is said there
