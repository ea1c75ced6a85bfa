"""What helps when something went wrong: the log, crashes of before, and a report that a person can send."""
