"""Precedence: the option, or else the variable, the file, the default."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconciler.errors import UsageError
from reconciler.settings.kinds import Choice, Flag, Kind, Several, Time, Whole
from reconciler.settings.layers import DEFAULT, Layers, Origin, Said, Source, changed, taken_over
from reconciler.settings.setting import Setting
from reconciler.settings.table import TABLE, Settings

ROWS = [setting for setting in TABLE.values() if setting.in_file]
LETTERS = st.text("abc", min_size=1, max_size=5)


def values(kind: Kind) -> st.SearchStrategy[Any]:
    """Values of a kind, as text that ``read`` takes."""
    if isinstance(kind, Several):
        return LETTERS
    if isinstance(kind, Time):
        return st.integers(int(kind.least) + 1, 10**6).map(str)
    if isinstance(kind, Whole):
        return st.integers(kind.least, kind.most).map(str)
    if isinstance(kind, Choice):
        return st.sampled_from(kind.words)
    return st.sampled_from(["true", "false"]) if isinstance(kind, Flag) else LETTERS


def given_in(setting: Setting) -> st.SearchStrategy[tuple[str | None, str | None, str | None]]:
    """Text for the option, the variable and the file; None where that says nothing."""
    text = st.none() | values(setting.kind)
    return st.tuples(text if setting.flags else st.none(), text, text)


@given(st.data())
def test_precedence(data: st.DataObject) -> None:
    setting = data.draw(st.sampled_from(ROWS))
    option, variable, file = data.draw(given_in(setting))
    name, read = setting.attribute, setting.kind.read
    layers = Layers(
        "config",
        {} if option is None else {name: read(option)},
        {} if variable is None else {setting.variable: variable},
    )
    found = layers.effective({} if file is None else {name: Said(read(file), "reconciler.yaml:3")})
    said = [
        (option, Source(Origin.OPTION, setting.flags[0] if setting.flags else "")),
        (variable, Source(Origin.VARIABLE, setting.variable)),
        (file, Source(Origin.FILE, "reconciler.yaml:3")),
    ]
    first = next(((read(text), source) for text, source in said if text is not None), (setting.default, DEFAULT))
    assert (getattr(found.settings, name), found.source(name)) == first
    others = [each for each in TABLE.values() if each.attribute != name]
    assert all(getattr(found.settings, each.attribute) == each.default for each in others)


def test_all_wrong_variables_are_named() -> None:
    environ = {"RECONCILER_INTERVAL": "soon", "RECONCILER_REDACT": "some", "RECONCILER_GRACE": "never"}
    with pytest.raises(UsageError) as caught:
        Layers("run", {}, environ).effective()
    said = str(caught.value)
    assert "RECONCILER_INTERVAL in the environment: 'soon' isn't a time" in said
    assert "RECONCILER_REDACT in the environment: 'some' isn't one of none, env, all" in said
    assert "RECONCILER_GRACE" not in said  # no setting of `run`


def test_an_empty_variable_says_nothing() -> None:
    assert Layers("run", {}, {"RECONCILER_INTERVAL": ""}).effective().sources == {}


def test_a_command_without_a_setting_leaves_it_alone() -> None:
    said = {"grace": Said(1.0, "f:1"), "owner": Said("a", "f:2")}
    assert Layers("plan").effective(said).settings == Settings(owner="a")


def test_a_running_loop_takes_over_what_it_can() -> None:
    before, now = Settings(interval=60.0), Settings(interval=5.0, owner="b", parallel=2)
    assert taken_over(before, now) == Settings(interval=5.0, parallel=2)
    assert [each.name for each in changed(taken_over(before, now), now)] == ["owner"]
