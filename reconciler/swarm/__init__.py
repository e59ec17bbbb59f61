"""The Swarm, and the only importer of ``docker``."""

from reconciler.swarm.client import Swarm
from reconciler.swarm.events import Event
from reconciler.swarm.membership import Addresses, Invitation, Member, Membership, State
from reconciler.swarm.registry import Resolution

__all__ = ["Addresses", "Event", "Invitation", "Member", "Membership", "Resolution", "State", "Swarm"]
