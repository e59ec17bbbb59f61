"""What a look at a socket finds: whether anybody answers, and how it got here."""

from __future__ import annotations

import pytest

from reconciler.own_engine.addresses import Address, default_interface, meant
from reconciler.own_engine.joining import choice
from reconciler.own_engine.joining_steps import Decision, JoiningStep, WantedPlace, decide
from reconciler.swarm import Addresses, Invitation, Member, MembershipState
from reconciler.swarm.membership import decoded

INVITATION = Invitation(("10.0.0.1:2377",), "SWMTKN-1-x")
MANAGER = Member(MembershipState.ACTIVE, True, "n1", "10.0.0.5")


@pytest.mark.parametrize(
    ("member", "wanted", "step", "words"),
    [
        (Member(MembershipState.INACTIVE), WantedPlace(), JoiningStep.INIT, ""),
        (Member(MembershipState.INACTIVE), WantedPlace(invitation=INVITATION), JoiningStep.JOIN, ""),
        (MANAGER, WantedPlace(), JoiningStep.NOTHING, ""),
        (MANAGER, WantedPlace(invitation=INVITATION), JoiningStep.NOTHING, "10.0.0.1:2377 is none of its managers"),
        (Member(MembershipState.PENDING, name="n1"), WantedPlace(), JoiningStep.WAIT, "no manager has accepted it"),
        (Member(MembershipState.LOCKED, name="n1"), WantedPlace(), JoiningStep.WAIT, "docker swarm unlock"),
        (
            Member(MembershipState.ERROR, name="n1", error="boom."),
            WantedPlace(),
            JoiningStep.WAIT,
            "it says: boom. Look at",
        ),
        (
            Member(MembershipState.ERROR, error="listen: address already in use"),
            WantedPlace(),
            JoiningStep.WAIT,
            "Stop what uses the port",
        ),
        (Member(MembershipState.ACTIVE, name="n1"), WantedPlace(), JoiningStep.WAIT, "docker node promote n1"),
        (
            Member(MembershipState.ACTIVE, name="n1"),
            WantedPlace(wait_as_worker=False),
            JoiningStep.END,
            "docker node promote n1",
        ),
    ],
)
def test_what_is_next(member: Member, wanted: WantedPlace, step: JoiningStep, words: str) -> None:
    decision = decide(member, wanted)
    assert decision.step is step
    assert words in decision.why


@pytest.mark.parametrize(
    "invited", ["10.0.0.6", "10.0.0.6:2377", "10.0.0.5:2377", "swarm.example.org:2377", "[fd00::6]"]
)
def test_an_invitation_to_the_swarm_that_it_is_in_has_done_its_part(invited: str) -> None:
    member = Member(MembershipState.ACTIVE, True, "n1", "10.0.0.5", managers=("10.0.0.6:2377", "[fd00::6]:2377"))
    wanted = WantedPlace(invitation=Invitation((invited,), "SWMTKN-1-x"))
    assert decide(member, wanted) == Decision(JoiningStep.NOTHING)


@pytest.mark.parametrize(
    ("address", "advertise", "here", "told"),
    [
        ("10.0.0.5", "", ("10.0.0.9",), True),
        ("10.0.0.5", "", ("10.0.0.9", "10.0.0.5"), False),
        ("10.0.0.5", "", (), False),
        ("", "", ("10.0.0.9",), False),
        ("127.0.0.1", "", ("10.0.0.9",), False),
        ("93.184.216.34", "93.184.216.34:2377", ("10.0.0.9",), False),
        ("93.184.216.34", "eth0", ("10.0.0.9",), True),
        ("fd00::5", "[fd00::5]:2377", ("fd00::6",), False),
    ],
)
def test_one_of_several_managers_that_moved_is_told_of(
    address: str, advertise: str, here: tuple[str, ...], told: bool
) -> None:
    member = Member(MembershipState.ACTIVE, True, "n1", address, managers=("10.0.0.6:2377",))
    decision = decide(member, WantedPlace(Addresses(advertise), own=True), here)
    assert decision.step is JoiningStep.NOTHING
    assert ("fixed address" in decision.why) is told
    assert decide(member, WantedPlace(Addresses(advertise)), here) == Decision(
        JoiningStep.NOTHING
    )  # somebody else's engine


def test_an_engine_that_cant_choose_gets_the_same_choice_each_time() -> None:
    words = (
        "could not choose an IP address to advertise since this system has multiple addresses on different interfaces "
        "(93.184.216.34 on eth0 and 10.0.0.5 on eth1 and 10.0.0.4 on eth1) - specify one with --advertise-addr"
    )
    assert choice(words) == ("10.0.0.4", "10.0.0.5", "93.184.216.34")
    assert choice("could not choose: 2001:db8::1 on eth0") == ("2001:db8::1",)
    assert choice("something else on fire") == ()


def test_the_default_route_of_the_lowest_metric_counts() -> None:
    head = "Iface\tDestination\tGateway\tFlags\tRefCnt\tUse\tMetric\tMask\tMTU\tWindow\tIRTT"
    low, high = (
        f"{name}\t00000000\t0101A8C0\t0003\t0\t0\t{metric}\t00000000\t0\t0\t0"
        for name, metric in (("eth1", 100), ("wlan0", 600))
    )
    local = "eth1\t0001A8C0\t00000000\t0001\t0\t0\t0\t00FFFFFF\t0\t0\t0"
    half = "tun0\t00000000\t0101A8C0\t0003\t0\t0\t0\t00000080\t0\t0\t0"
    assert default_interface("\n".join([head, high, low, local, half])) == "eth1"
    assert default_interface("\n".join([head, local])) == ""


def test_what_the_engine_says_is_read() -> None:
    assert decoded({"Name": "n", "Swarm": {"LocalNodeState": "inactive", "RemoteManagers": None}}) == Member(
        MembershipState.INACTIVE, name="n"
    )
    peers = [{"NodeID": "me", "Addr": "10.0.0.5:2377"}, {"NodeID": "other", "Addr": "10.0.0.6:2377"}]
    info = {
        "Name": "n1",
        "ServerVersion": "20.10.24",
        "Swarm": {
            "NodeID": "me",
            "NodeAddr": "10.0.0.5",
            "LocalNodeState": "active",
            "ControlAvailable": True,
            "Error": "",
            "RemoteManagers": peers,
        },
    }
    assert decoded(info) == Member(MembershipState.ACTIVE, True, "n1", "10.0.0.5", "", ("10.0.0.6:2377",), "20.10.24")


@pytest.mark.parametrize(
    ("advertise", "address"),
    [
        ("", ""),
        ("eth1", "10.1.0.9"),
        ("eth1:2377", "10.1.0.9"),
        ("eth2", ""),
        ("93.184.216.34:2377", "93.184.216.34"),
        ("[fd00::5]:2377", "fd00::5"),
    ],
)
def test_an_interface_that_is_to_be_advertised_stands_for_its_address_of_now(advertise: str, address: str) -> None:
    assert meant(advertise, (Address(0, "eth0", "10.0.0.9"), Address(1, "eth1", "10.1.0.9"))) == address
