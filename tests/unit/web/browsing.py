"""A browser without scripts: asks the application directly, keeps cookies, and finds links and forms."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from html.parser import HTMLParser
from urllib.parse import urlencode, urljoin, urlsplit

from starlette.types import ASGIApp, Message


@dataclass
class Answer:
    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def text(self) -> str:
        return self.body.decode()

    @property
    def seen(self) -> Seen:
        found = Seen()
        found.feed(self.text)
        found.close()
        return found


class Seen(HTMLParser):
    """What a page has: links, the fields of its forms by their action, ids, and the text without tags."""

    def __init__(self) -> None:
        super().__init__()
        self.links: list[str] = []
        self.assets: list[str] = []
        self.ids: list[str] = []
        self.forms: dict[str, dict[str, str]] = {}
        self.tags: set[str] = set()
        self.attributes: set[str] = set()
        self.words = ""
        self._form = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        self.tags.add(tag)
        self.attributes |= given.keys()
        if "id" in given:
            self.ids.append(given["id"])
        if tag == "a":
            self.links.append(given["href"])
        if tag in ("script", "link"):
            self.assets.append(given.get("src") or given["href"])
        if tag == "form":
            self._form = given["action"]
            self.forms.setdefault(self._form, {})
        if tag == "input" and self._form:
            self.forms[self._form][given.get("name", "")] = given.get("value", "")

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self._form = ""

    def handle_data(self, data: str) -> None:
        self.words += data


@dataclass
class Browser:
    """``prefix`` is what a proxy takes off the path before it asks us."""

    app: ASGIApp
    host: str = "127.0.0.1:9180"
    prefix: str = ""
    scheme: str = "http"
    cookies: dict[str, str] = field(default_factory=dict)

    def get(self, target: str, **headers: str) -> Answer:
        return self.ask("GET", target, headers=headers)

    def post(self, target: str, given: dict[str, str], **headers: str) -> Answer:
        sent = {
            "content-type": "application/x-www-form-urlencoded",
            "origin": f"{self.scheme}://{self.host}",
            **headers,
        }
        return self.ask("POST", target, urlencode(given).encode(), sent)

    def ask(self, method: str, target: str, body: bytes = b"", headers: dict[str, str] | None = None) -> Answer:
        answer = asyncio.run(self._ask(method, target, body, headers or {}))
        if kept := answer.headers.get("set-cookie"):
            name, _, value = kept.partition(";")[0].partition("=")
            self.cookies[name] = value
        return answer

    def follow(self, answer: Answer) -> Answer:
        assert answer.status == 303, answer.text
        return self.get(answer.headers["location"])

    async def _ask(self, method: str, target: str, body: bytes, headers: dict[str, str]) -> Answer:
        parts = urlsplit(urljoin(f"{self.scheme}://{self.host}{self.prefix}/", target))
        sent = {"host": self.host, "accept": "text/html", **headers}
        if self.cookies:
            sent["cookie"] = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        from urllib.parse import unquote

        scope = {
            "type": "http",
            "asgi": {"version": "3.0"},
            "http_version": "1.1",
            "method": method,
            "scheme": self.scheme,
            "path": unquote(parts.path),
            "raw_path": parts.path.encode(),
            "query_string": parts.query.encode(),
            "root_path": self.prefix,
            "headers": [(name.replace("_", "-").encode(), value.encode()) for name, value in sent.items()],
            "client": ("127.0.0.1", 1),
            "server": ("127.0.0.1", 9180),
        }
        said: list[Message] = []
        waiting = [{"type": "http.request", "body": body, "more_body": False}]

        async def receive() -> Message:
            return waiting.pop() if waiting else {"type": "http.disconnect"}

        async def send(message: Message) -> None:
            said.append(message)

        try:
            await self.app(scope, receive, send)
        except Exception:
            if not said:  # starlette raises what it has answered with 500 already
                raise
        found = {name.decode(): value.decode() for name, value in said[0]["headers"]}
        return Answer(said[0]["status"], found, b"".join(each.get("body", b"") for each in said[1:]))
