"""Git: which commit is checked out, what it holds of the desired folder, and whether the work tree differs from it."""
