"""API, page, metrics and sign-in. They show the last report, and never ask the engine (rule 21)."""
