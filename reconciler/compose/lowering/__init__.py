"""A Compose file into Desired: what ``docker stack deploy`` (docker/cli, ``cli/compose/convert``) would send."""
