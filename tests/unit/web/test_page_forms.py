"""Signing in, and what operators ask for by the page's forms."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import urlencode

import pytest

from reconciler.settings.choices import Role
from reconciler.web.forms import local
from tests.unit.web.browsing import Browser
from tests.unit.web.page_world import Site, platform, tokens


def signed_in(folder: Path, role: Role = Role.OPERATOR, **options: str) -> tuple[Site, Browser]:
    file, texts = tokens(folder)
    site = Site(platform(), file)
    browser = site.browser(**options)
    answer = browser.post(f"{browser.prefix}/login", {"token": texts[role], "next": "/plan"})
    assert answer.status == 303, answer.text
    assert answer.headers["location"] == f"{browser.prefix}/plan"
    return site, browser


def test_a_session_is_a_strict_cookie_and_secure_behind_tls(tmp_path: Path) -> None:
    file, texts = tokens(tmp_path)
    for scheme, prefix in (("http", ""), ("https", "/swarm")):
        browser = Site(platform(), file).browser(scheme=scheme, prefix=prefix)
        kept = browser.post(f"{prefix}/login", {"token": texts[Role.VIEWER]}).headers["set-cookie"].lower()
        assert "httponly" in kept
        assert "samesite=strict" in kept
        assert f"path={prefix or '/'};" in kept
        assert ("secure" in kept) == (scheme == "https")


def test_who_has_to_sign_in_comes_back_to_where_they_went(tmp_path: Path) -> None:
    file, texts = tokens(tmp_path)
    browser = Site(platform(), file, ask=True).browser()
    form = browser.follow(browser.get("/services/app_web?x=1")).seen.forms["/login"]
    answer = browser.post("/login", {**form, "token": texts[Role.VIEWER]})
    assert answer.headers["location"] == "/services/app_web?x=1"
    assert browser.follow(answer).status == 200


def test_a_wrong_token_is_refused_and_tries_are_limited(tmp_path: Path) -> None:
    file, _ = tokens(tmp_path)
    browser = Site(platform(), file, ask=True).browser()
    answer = browser.post("/login", {"token": "operator.wrong"})
    assert answer.status == 401
    assert "isn't known here" in answer.seen.words
    assert "app" not in answer.seen.words.replace("happen", "")
    for _ in range(10):
        answer = browser.post("/login", {"token": "nobody.wrong"})
    assert answer.status == 429


@pytest.mark.parametrize("origin", ["https://evil.example", "null"])
def test_a_form_of_another_site_is_refused(tmp_path: Path, origin: str) -> None:
    file, texts = tokens(tmp_path)
    site = Site(platform(), file)
    browser = site.browser()
    assert browser.post("/login", {"token": texts[Role.OPERATOR]}, origin=origin).status == 403
    browser.post("/login", {"token": texts[Role.OPERATOR]})
    form = browser.get("/plan").seen.forms["/do/reload"]
    assert browser.post("/do/reload", form, origin=origin).status == 403
    assert not site.loop.calls


def test_an_operator_reloads_and_sees_that_it_was_taken(tmp_path: Path) -> None:
    site, browser = signed_in(tmp_path)
    came = browser.post("/do/reload", browser.get("/plan").seen.forms["/do/reload"])
    assert "Reload by operator: taken" in browser.follow(came).seen.words
    assert site.loop.calls == [("reload", "operator")]
    site.requests.passed(2, forced=True, error="")
    assert "Reload by operator: done" in browser.get(came.headers["location"]).seen.words


def test_suspending_and_resuming_name_the_service_and_its_stack(tmp_path: Path) -> None:
    site, browser = signed_in(tmp_path, prefix="/swarm")
    form = browser.get("/swarm/services/app_web").seen.forms["/swarm/do/suspend"]
    answer = browser.follow(browser.post("/swarm/do/suspend", {**form, "reason": "disk <b>full</b>"}))
    assert "app/app_web is suspended" in answer.seen.words
    form = browser.get("/swarm/services/app_db").seen.forms["/swarm/do/resume"]
    browser.post("/swarm/do/resume", form)
    assert site.loop.calls == [
        ("suspend", "operator", "app/app_web", "disk <b>full</b>"),
        ("resume", "operator", "app/app_db"),
    ]


def test_consent_is_to_the_list_that_was_shown(tmp_path: Path) -> None:
    site, browser = signed_in(tmp_path)
    page = browser.get("/plan")
    assert "volume app_data would stay behind" in page.seen.words
    form = page.seen.forms["/do/consent"]
    assert browser.post("/do/consent", {**form, "digest": "0" * 16}).status == 409
    assert not site.loop.calls
    assert browser.post("/do/consent", form).status == 303
    assert site.loop.calls == [("consent", "operator")]


def test_a_form_without_its_token_is_refused(tmp_path: Path) -> None:
    site, browser = signed_in(tmp_path)
    form = browser.get("/plan").seen.forms["/do/reload"]
    for csrf in ("", "x", form["csrf"][:-1], "é"):
        assert browser.post("/do/reload", {**form, "csrf": csrf}).status == 403
        assert browser.post("/logout", {"csrf": csrf}).status == 403
    body = urlencode(form).encode()
    as_text = browser.ask("POST", "/do/reload", body, {"content-type": "text/plain"})
    assert as_text.status == 415
    assert browser.post("/do/nothing", form).status == 404
    assert browser.post("/do/reload", {**form, **{f"f{n}": "" for n in range(30)}}).status == 400
    assert browser.post("/do/reload", {**form, "x": "x" * 70_000}).status == 413
    assert browser.get("/do/reload").status == 405
    assert not site.loop.calls


def test_viewers_and_strangers_see_no_form_and_may_not_send_one(tmp_path: Path) -> None:
    site, browser = signed_in(tmp_path, Role.VIEWER)
    seen = browser.get("/plan").seen
    assert not [action for action in seen.forms if "/do/" in action]
    csrf = seen.forms["/logout"]["csrf"]
    assert browser.post("/do/reload", {"csrf": csrf}).status == 403
    assert site.browser().post("/do/reload", {}).status == 403
    assert not site.loop.calls


def test_signing_out_ends_the_session(tmp_path: Path) -> None:
    _, browser = signed_in(tmp_path)
    cookie = dict(browser.cookies)
    browser.post("/logout", browser.get("/").seen.forms["/logout"])
    browser.cookies = cookie
    assert "/do/reload" not in browser.get("/plan").seen.forms


@pytest.mark.parametrize(
    "path", ["//evil.example", "https://evil.example", "\\\\evil", "/\\evil", "/a\r\nx: y", "", "é"]
)
def test_nothing_leads_to_another_site(path: str) -> None:
    assert local(path) == "/"


def test_pages_of_one_visitor_are_not_shown_to_another(tmp_path: Path) -> None:
    site, browser = signed_in(tmp_path)
    csrf = browser.get("/plan").seen.forms["/do/reload"]["csrf"]
    assert csrf not in site.browser().get("/plan").text
