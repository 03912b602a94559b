"""The few pages the front door makes itself: plain HTML in the visitor's language, nothing but a style sheet inside."""

from __future__ import annotations

import secrets
from html import escape

from starlette.responses import HTMLResponse

from gateway.headers import page_policy
from libs.kit.words import say

_STYLE = """
:root{color-scheme:light dark;--deep:#1b4f9c;--line:#d5dae1;--quiet:#5b6675}
@media(prefers-color-scheme:dark){:root{--deep:#7fb0ff;--line:#3a4350;--quiet:#9aa6b6}}
body{font:15px/1.6 "PingFang SC","Microsoft YaHei","Noto Sans SC",system-ui,sans-serif;margin:0;padding:8vh 24px}
main{max-width:640px;margin:auto}
main.wide{max-width:1040px}
h1{font-size:24px;margin:0 0 12px}h2{font-size:18px;margin:40px 0 8px}h3{font-size:15px;margin:0}
p{margin:0 0 16px}a{color:var(--deep)}code{font-family:ui-monospace,Consolas,monospace;font-size:13px}
.go{display:inline-block;padding:6px 20px;border-radius:6px;background:var(--deep);color:#fff;text-decoration:none}
@media(prefers-color-scheme:dark){.go{color:#101418}}
.quiet{color:var(--quiet)}
details{border:1px solid var(--line);border-radius:6px;padding:8px 12px;margin:8px 0}
summary{cursor:pointer}summary code{margin-left:8px}
table{border-collapse:collapse;width:100%;margin:8px 0}
td,th{border-top:1px solid var(--line);padding:6px 8px 6px 0;text-align:left;vertical-align:top}
"""


def page(
    title: str, body: str, language: str, *, status: int = 200, head: str = "", wide: bool = False
) -> HTMLResponse:
    """`body` and `head` are HTML already, `title` is text."""
    nonce = secrets.token_urlsafe(16)
    html = (
        f'<!doctype html><html lang="{language}"><head><meta charset="utf-8">'
        f'<meta name="viewport" content="width=device-width,initial-scale=1">{head}<title>{escape(title)}</title>'
        f'<style nonce="{nonce}">{_STYLE}</style></head>'
        f"<body><main{' class=wide' if wide else ''}><h1>{escape(title)}</h1>{body}</main></body></html>"
    )
    headers = {"content-security-policy": page_policy(nonce).decode(), "cache-control": "no-store"}
    return HTMLResponse(html, status_code=status, headers=headers)


def going_on(target: str, language: str) -> HTMLResponse:
    """Leads on by itself. The browser then counts the next request as ours, so that the Strict cookie goes with it."""
    safe = escape(target)
    link = f'<p><a href="{safe}">{escape(say(language, "gateway", "sign_in.go"))}</a></p>'
    head = f'<meta http-equiv="refresh" content="0;url={safe}">'
    return page(say(language, "gateway", "sign_in.going_on"), link, language, head=head)


def waiting(language: str, word: str, again: str, *, seconds: int, status: int) -> HTMLResponse:
    """Something that will pass: what is wrong, what still works, and another try by itself. `word` names the texts."""
    about = escape(say(language, "gateway", f"sign_in.{word}_about"))
    link = f'<p><a class="go" href="{escape(again)}">{escape(say(language, "gateway", "sign_in.try"))}</a></p>'
    head = f'<meta http-equiv="refresh" content="{seconds};url={escape(again)}">'
    title = say(language, "gateway", f"sign_in.{word}")
    answer = page(title, f"<p>{about}</p>{link}", language, status=status, head=head)
    answer.headers["retry-after"] = str(seconds)
    return answer


def failed(language: str, again: str, about: str = "", status: int = 400) -> HTMLResponse:
    """A sign-in that did not work: what happened, and the way to try again."""
    about = about or say(language, "gateway", "sign_in.failed_about")
    links = (
        f'<p><a href="{escape(again)}">{escape(say(language, "gateway", "sign_in.again"))}</a> · '
        f'<a href="/">{escape(say(language, "gateway", "sign_in.home"))}</a></p>'
    )
    title = say(language, "gateway", "sign_in.failed")
    return page(title, f"<p>{escape(about)}</p>{links}", language, status=status)
