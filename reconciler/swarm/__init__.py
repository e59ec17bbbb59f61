"""The Swarm, and the only importer of ``docker``."""

from reconciler.swarm.client import Swarm
from reconciler.swarm.events import Event
from reconciler.swarm.membership import Addresses, Invitation, Member, Membership, MembershipState
from reconciler.swarm.registry import Resolution

__all__ = ["Addresses", "Event", "Invitation", "Member", "Membership", "MembershipState", "Resolution", "Swarm"]
