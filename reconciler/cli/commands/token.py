"""``reconciler token``: tokens that let readers of page and API in."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from reconciler.cli.options import CommonOptions
from reconciler.cli.parameters import argument, option
from reconciler.errors import UsageError
from reconciler.exit_codes import DONE
from reconciler.records import dataclass
from reconciler.settings.choices import Output, Role
from reconciler.settings.kinds import OnePath, choice

if TYPE_CHECKING:
    from reconciler.web.tokens import Token


class TokenAction(StrEnum):
    """What to do with tokens."""

    ADD = "add"
    LIST = "list"
    REMOVE = "remove"


@dataclass(frozen=True, kw_only=True)
class TokenOptions(CommonOptions):
    """Options of ``token``."""

    HIDDEN: ClassVar[frozenset[str]] = CommonOptions.HIDDEN | {"desired", "host"}

    action: TokenAction = argument("add|list|remove", help="What to do.", kind=choice(TokenAction))
    name: str = argument("[NAME]", help="Whose token it is.", default="")
    role: Role = option(Role.VIEWER, choice(Role), help="Only look, or also ask for changes.")
    file: Path | None = option(None, OnePath(), help="The file of tokens. [http.tokens_file]")


def token(options: TokenOptions) -> int:
    """Add, list or remove the tokens that let readers of page and API in."""
    from reconciler.web import tokens

    file = options.file or options.effective.settings.http_tokens_file
    if file is None:
        raise UsageError("which file? Name it with --file, or set `http.tokens_file`")
    if options.action is TokenAction.LIST:
        return _show(options, tokens.read(file) if file.exists() else {})
    if not options.name:
        raise UsageError(f"whose token? Write `reconciler token {options.action} NAME`")
    with tokens.changing(file) as found:
        return _change(options, file, found)


def _change(options: TokenOptions, file: Path, found: dict[str, Token]) -> int:
    from reconciler.web import tokens

    name = options.name
    if options.action is TokenAction.REMOVE:
        if name not in found:
            raise UsageError(f"{name} has no token in {file}; `reconciler token list` shows those there are")
        tokens.write(file, {other: each for other, each in found.items() if other != name})
        return _show(options, {}, said=f"the token of {name} is removed: it lets nobody in from now on")
    if name in found:
        raise UsageError(f"{name} has a token already; `reconciler token remove {name}` ends it")
    given, kept = tokens.made(name, options.role)
    tokens.write(file, {**found, name: kept})
    return _show(options, {name: kept}, said=given, new=given)


def _show(options: TokenOptions, found: dict[str, Token], said: str = "", new: str | None = None) -> int:
    from reconciler.status.outputs import TokenEntry, TokenOutput

    if options.output is Output.JSON:
        entries = [TokenEntry(name=each.name, role=each.role) for each in found.values()]
        print(TokenOutput(tokens=entries, token=new).model_dump_json(indent=2))
    else:
        print(said or "\n".join(f"{each.name} {each.role}" for each in found.values()))
    return DONE
