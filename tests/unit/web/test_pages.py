"""The page without scripts: whatever there is to show, each view says it, and nothing that it mustn't."""

from __future__ import annotations

import gzip
from dataclasses import replace
from urllib.parse import urljoin, urlsplit

import pytest

from reconciler.causes.cause import Cause
from reconciler.errors import Fault
from reconciler.status.report import Report
from reconciler.verdict.model import Verdict
from reconciler.web.pages import READS
from reconciler.web.view import View
from tests.unit.plan.world import EMPTY, running, service, stack
from tests.unit.web.page_world import EVIL, NOW, SECRET, Site, judged, large, platform, view

PATHS = [path.replace("{name:path}", "app_web").replace("{cause}", "CrashLoop") for path in READS]
VIEWS = [*PATHS, "/?view=list", "/?view=list&verdict=degraded&sort=name&q=crash&stack=app", "/?view=graph"]


@pytest.mark.parametrize("path", VIEWS)
def test_each_view_shows_a_platform_without_a_secret_and_without_inline_code(path: str) -> None:
    answer = Site(platform()).browser().get(path)
    assert answer.status == 200, answer.text
    assert SECRET not in answer.text
    assert "old-one" not in answer.text
    assert not answer.seen.attributes & {"style", "onclick", "onload"}
    assert "style" not in answer.seen.tags
    assert len(answer.seen.ids) == len(set(answer.seen.ids))


@pytest.mark.parametrize("path", PATHS)
def test_before_the_first_pass_each_view_says_so(path: str) -> None:
    answer = Site().browser().get(path)
    assert answer.status == 503
    assert "No pass has ended yet" in answer.seen.words


@pytest.mark.parametrize("path", PATHS)
def test_with_the_engine_down_each_view_says_so(path: str) -> None:
    down = {"app_web": judged("app_web", Verdict.UNKNOWN, Cause.ENGINE_UNAVAILABLE)}
    report = Report(2, NOW, judgements=down, engine_error="connection refused")
    for snapshot in (None, running(stack(service("app_web")))):
        answer = Site(view(report, snapshot, [stack(service("app_web"))])).browser().get(path)
        assert answer.status == 200, answer.text
        assert "engine unreachable" in answer.seen.words


def test_the_platform_says_who_is_in_the_way_and_what_to_do() -> None:
    words = Site(platform()).browser().get("/").seen.words
    assert "2 of 6 services ready" in words
    assert "app/web is crash-looping and holds back app/front" in words
    assert "app/back was rolled back" in words
    for said in ("shop.yaml:31:5", "did you mean image?", "AwaitingConsent", "suspended since", "1 warning", "dirty"):
        assert said in words


def test_nothing_desired_and_nothing_wrong_are_said() -> None:
    words = Site(view(Report(1, NOW), EMPTY, [])).browser().get("/").seen.words
    assert "No file desires anything" in words
    assert "Nothing has happened yet" in words


def test_five_hundred_services_fit_in_150_kb() -> None:
    browser = Site(large(500)).browser()
    first = browser.get("/", accept_encoding="gzip")
    assert len(first.body) < 150_000
    text = gzip.decompress(first.body).decode()
    assert text.count("<tr class=") == 500
    graph = browser.get("/?view=graph", accept_encoding="gzip")
    assert len(graph.body) < 150_000


def test_a_large_stack_folds_to_dots_that_are_links() -> None:
    wanted = stack(*(service(f"app_service{number}") for number in range(80)))
    judgements = {each.name: judged(each.name, Verdict.READY, Cause.AS_DESIRED) for each in wanted.services}
    answer = Site(view(Report(1, NOW, judgements=judgements), running(wanted), [wanted])).browser().get("/")
    assert "/services/app_service79" in answer.seen.links
    assert 'class="dots"' in answer.text


def hostile() -> View:
    evil = replace(service("app_web"), stack=EVIL, key=EVIL + "x" * 3000)
    wanted = replace(stack(evil), name=EVIL)
    crash = judged("app_web", Verdict.DEGRADED, Cause.CRASH_LOOP, places=(EVIL,), within=120.0)
    found = replace(crash, error=EVIL, reason=EVIL)
    report = Report(1, NOW, wakes=(EVIL,), judgements={"app_web": found}, faults=(Fault(EVIL, 1, 1, EVIL, EVIL),))
    return view(replace(report, standby=EVIL, engine_error=EVIL), running(stack(service("app_web"))), [wanted])


@pytest.mark.parametrize("path", [*VIEWS, f"/?view=list&q={EVIL}&stack={EVIL}".replace(" ", "%20").replace("&amp", "")])
def test_hostile_names_and_words_are_only_text(path: str) -> None:
    path = path.replace("é", "%C3%A9").replace("\u202e", "%E2%80%AE").replace('"', "%22").replace("<", "%3C")
    answer = Site(hostile()).browser().get(path)
    assert answer.status == 200, answer.text
    assert "<script>alert" not in answer.text
    assert "\u202e" not in answer.text
    assert answer.text.count("<script") == 1


def test_each_link_resolves_behind_a_prefix_too() -> None:
    for prefix in ("", "/swarm/one"):
        browser = Site(platform()).browser(prefix=prefix)
        seen: set[str] = set()
        waiting = [f"{prefix}{path}" for path in VIEWS]
        while waiting:
            here = waiting.pop()
            answer = browser.get(here)
            assert answer.status == 200, (here, answer.text)
            if not answer.headers["content-type"].startswith("text/html"):
                continue
            found = answer.seen
            for link in [*found.links, *found.assets, *(form for form in found.forms if "log" not in form)]:
                target = urlsplit(urljoin(f"http://127.0.0.1{here}", link))
                assert target.path.startswith(f"{prefix}/"), link
                if target.path == here.partition("?")[0] and target.fragment:
                    assert target.fragment in found.ids, link
                address = f"{target.path}?{target.query}" if target.query else target.path
                if address not in seen:
                    seen.add(address)
                    waiting.append(address)


def test_a_page_comes_again_only_where_it_is_another() -> None:
    browser = Site(platform()).browser()
    first = browser.get("/")
    assert browser.get("/", if_none_match=first.headers["etag"]).status == 304
    assert "no-cache" in first.headers["cache-control"]


def test_files_are_kept_for_good_by_their_version_and_nothing_else_is_a_file() -> None:
    browser = Site(platform()).browser()
    asset = browser.get("/").seen.assets[-1]
    answer = browser.get(asset)
    assert "immutable" in answer.headers["cache-control"]
    assert "javascript" in answer.headers["content-type"]
    older = browser.get(asset.replace("/static/", "/static/0"))
    assert older.status == 200
    assert "immutable" not in older.headers["cache-control"]
    for path in ("/static/x/..%2fpages.py", "/static/x/%2e%2e", "/static/x/nothing.js", "/static/", "/nothing"):
        answer = browser.get(path)
        assert answer.status == 404
        assert "text/html" in answer.headers["content-type"]


def test_programs_get_problems_as_json() -> None:
    answer = Site(platform()).browser().get("/nothing", accept="application/json")
    assert answer.status == 404
    assert answer.headers["content-type"] == "application/problem+json"


def test_another_host_is_refused_with_no_fact_of_the_platform() -> None:
    answer = Site(platform()).browser(host="evil.example").get("/")
    assert answer.status == 421
    assert "app" not in answer.seen.words.replace("happened", "")
