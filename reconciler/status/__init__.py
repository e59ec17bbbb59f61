"""Status of a Swarm: reports of passes, their history, advice, and the JSON of it all."""
