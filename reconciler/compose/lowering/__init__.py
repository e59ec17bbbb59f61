"""Lowering of a Compose file to Desired: what ``docker stack deploy`` (docker/cli, ``cli/compose/convert``) would
send."""
