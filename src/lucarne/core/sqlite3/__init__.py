"""Django's SQLite backend, with two things done once that it does for every row."""
