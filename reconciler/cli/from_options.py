"""Objects that commands work with, made from options. Slow imports are made where they are needed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from reconciler.errors import UsageError

if TYPE_CHECKING:
    from pathlib import Path

    from reconciler.cli.look_server import Looking
    from reconciler.cli.options import CommonOptions
    from reconciler.loop.parts import Parts
    from reconciler.loop.settings import Settings
    from reconciler.swarm import Swarm
    from reconciler.web.surface import Surface


def parts_of(options: CommonOptions) -> Parts:
    """Put together what a command needs. This doesn't ask the engine yet.

    Raises:
        UsageError: the desired folder is no folder, it is in no git checkout though only commits count, or the host is
            no engine's address.
    """
    from reconciler.clock import Clocks
    from reconciler.loop.history import History
    from reconciler.loop.leadership import Leadership
    from reconciler.loop.parts import Parts
    from reconciler.notes.lease import Lease, holder_in_words
    from reconciler.process_identity import Identity

    settings = options.settings()
    check_folder(settings.desired, needed=options.NEEDS_FOLDER)
    if settings.committed:
        _check_checkout(settings.desired)
    swarm, me, clocks = swarm_of(settings), Identity.current(), Clocks()
    leadership = Leadership(Lease(swarm, settings.owner, me, clocks.uptime), clocks.uptime)
    history = History(swarm, settings.owner, holder_in_words(str(me)), lambda: leadership.held, settings.redact)
    return Parts.of(settings, swarm, leadership, history, clocks)


def swarm_of(settings: Settings) -> Swarm:
    """Return the Swarm that the settings name.

    Raises:
        UsageError: they name no engine's address.
    """
    from reconciler.swarm import Swarm
    from reconciler.swarm.registry import Patience

    patience = Patience(settings.registry_timeout, settings.registry_helper_timeout)
    return Swarm.connect(settings.host, settings.environ, patience)


def surface_of(parts: Parts, looking: Looking) -> Surface | None:
    """Return what serves page, API and metrics; None if no address is set. Raises ``UsageError``."""
    settings = parts.settings
    if not settings.http_listen:
        return None
    from reconciler.web.surface import Surface, WebSettings

    how = WebSettings(
        listen=settings.http_listen,
        owner=settings.owner,
        tokens_file=settings.http_tokens_file,
        ask_on_loopback=settings.http_ask_on_loopback,
        hosts=settings.http_hosts,
        root_path=settings.http_root_path,
        trusted_proxies=settings.http_trusted_proxies,
    )
    return Surface(how, parts.swarm, looking.remote)


def check_folder(desired: Path, *, needed: bool = True) -> None:
    """Check the desired folder.

    Raises:
        UsageError: it is no folder, or it is ``needed`` and missing.
    """
    if desired.is_dir() or not (needed or desired.exists()):
        return
    what = "isn't a folder" if desired.exists() else "doesn't exist"
    raise UsageError(f"{desired} {what}: name the folder that holds your Compose files with --desired")


def _check_checkout(desired: Path) -> None:
    from reconciler.commits.checkout import Checkout

    if Checkout.holding(desired) is None:
        hint = "commit it to a repository and name it in a work tree of that, or leave --committed out"
        raise UsageError(f"{desired} lies in no git checkout, and --committed reads commits only: {hint}")
