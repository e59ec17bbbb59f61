"""What people call services, and which ones they mean."""

from __future__ import annotations

import pytest

from reconciler.desired.model import Service, Stack
from reconciler.errors import UsageError
from reconciler.labels import STACK
from reconciler.observed import model as observed
from reconciler.status.service_names import Named, find, known, stacks_of

DESIRED = [
    Stack("shop", "shop.yaml", (Service("shop_web", "shop", "web", {}), Service("old-db", "shop", "db", {}))),
    Stack("blog", "blog.yaml", (Service("blog_web", "blog", "web", {}),)),
]
THERE = {
    name: observed.Service(name, name, 1, {"Name": name, "Labels": {STACK: stack} if stack else {}})
    for name, stack in (("shop_web", "shop"), ("shop_cron", "shop"), ("alone", ""))
}
SERVICES = known(DESIRED, THERE)
ALL = (*stacks_of(SERVICES), *SERVICES)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("shop", Named("shop")),
        ("shop_web", Named("shop", "shop_web", "web")),
        ("shop/web", Named("shop", "shop_web", "web")),
        ("shop/shop_web", Named("shop", "shop_web", "web")),
        ("shop/db", Named("shop", "old-db", "db")),
        ("db", Named("shop", "old-db", "db")),
        ("cron", Named("shop", "shop_cron", "cron")),
        ("alone", Named("", "alone", "alone")),
    ],
)
def test_names(text: str, found: Named) -> None:
    assert find(text, ALL) == found


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("web", "web may be blog_web or shop_web: say which"),
        ("shop/wbe", "there is no shop/wbe: did you mean shop/web"),
        ("shpo", "did you mean shop"),
        ("zzzzzzzz", "there are alone, blog, blog_web, old-db, shop, shop_cron, shop_web"),
    ],
)
def test_what_isnt_there_or_isnt_clear_is_told_with_what_there_is(text: str, words: str) -> None:
    with pytest.raises(UsageError, match=words):
        find(text, ALL)


def test_of_nothing_nothing_is_near() -> None:
    with pytest.raises(UsageError, match="--desired"):
        find("web", [])
