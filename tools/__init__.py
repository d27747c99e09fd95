"""What the authors of the course use: nothing here is needed to read it."""
