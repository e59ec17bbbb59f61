"""The table of settings: every option, variable and key is there once, and what is written is read again."""

from __future__ import annotations

import os
import typing
from collections import Counter
from dataclasses import fields
from pathlib import Path
from typing import Any

import pytest

from reconciler.cli.catalogue import COMMANDS
from reconciler.cli.declare import declared, model_of
from reconciler.cli.parameters import parameters
from reconciler.settings.kinds import Choice, Flag, Kind, OnePath, Several, Time, Whole
from reconciler.settings.setting import Setting
from reconciler.settings.table import TABLE, Settings

ROWS = list(TABLE.values())
TYPES: dict[type, Any] = {Kind: str, Flag: bool, Time: float, Whole: int, OnePath: Path}


def names(setting: Setting) -> list[str]:
    return [setting.name, setting.variable, *setting.flags]


def test_every_option_variable_and_key_is_there_once() -> None:
    counted = Counter(name for setting in ROWS for name in names(setting))
    assert [name for name, number in counted.items() if number > 1] == []
    assert len({setting.attribute for setting in ROWS}) == len(ROWS) == len(fields(Settings))


def test_names_follow_one_rule() -> None:
    odd = {setting.name for setting in ROWS if setting.attribute != setting.name.replace(".", "_")}
    assert odd == set()
    options = {setting.name for setting in ROWS if setting.flags and _option(setting) not in setting.flags}
    assert options == {"allow_paths", "http.listen"}  # one option is one path; `--http ADDRESS` turns the server on


def _option(setting: Setting) -> str:
    return "--" + setting.attribute.replace("_", "-")


@pytest.mark.parametrize("setting", ROWS, ids=lambda each: each.name)
def test_a_scope_names_commands(setting: Setting) -> None:
    assert setting.scope - {"config"} <= COMMANDS.keys()


@pytest.mark.parametrize("setting", ROWS, ids=lambda each: each.name)
def test_the_kind_makes_what_the_field_holds(setting: Setting) -> None:
    hint = typing.get_type_hints(Settings)[setting.attribute]
    taken = {each for each in typing.get_args(hint) or (hint,) if each is not type(None)}
    if isinstance(setting.kind, Choice):
        assert taken == {setting.kind.of}
    elif isinstance(setting.kind, Several):
        assert typing.get_origin(hint) is tuple
    else:
        assert taken == {TYPES[type(setting.kind)]}


@pytest.mark.parametrize("setting", ROWS, ids=lambda each: each.name)
def test_what_is_shown_is_read_again(setting: Setting) -> None:
    if setting.default in (None, "", ()):
        return
    assert setting.kind.read(setting.kind.shown(setting.default)) == setting.default
    plain = setting.kind.plain(setting.default)
    assert setting.kind.take(plain) == setting.default


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_has_exactly_the_options_of_its_scope(name: str) -> None:
    function = COMMANDS[name].load()
    given = {each.attribute: each for each in parameters(model_of(function), name)}
    assert {each for each in given if given[each].setting} == {
        setting.attribute for setting in ROWS if setting.is_option_of(name)
    }
    flags = {flag for option in declared(name, function).params for flag in (*option.opts, *option.secondary_opts)}
    assert flags >= {flag for setting in ROWS if setting.is_option_of(name) for flag in setting.flags}


def test_no_option_of_a_command_has_the_name_of_a_setting_that_it_takes() -> None:
    for name, entry in COMMANDS.items():
        flags = Counter(flag for each in parameters(model_of(entry.load()), name) for flag in each.flags)
        assert max(flags.values(), default=1) == 1, name


def test_a_secret_value_is_never_shown() -> None:
    secret = [setting for setting in ROWS if setting.secret]
    assert [setting.name for setting in secret] == ["join_token"]
    assert secret[0].shown("SWMTKN-1-abc") == "(hidden)"
    assert "SWMTKN" not in repr(Settings(join_token="SWMTKN-1-abc"))


def test_a_variable_with_several_values() -> None:
    assert TABLE["allow_paths"].kind.read(f"/a{os.pathsep}/b") == (Path("/a"), Path("/b"))
    assert TABLE["after"].kind.read("db shop/web") == ("db", "shop/web")
