"""What is known of a Swarm: reports of passes, their history, what to do, and the JSON of it all."""
