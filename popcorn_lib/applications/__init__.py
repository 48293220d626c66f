"""Real applications as programs: they compute with NumPy on memory that the page protocol moves."""
