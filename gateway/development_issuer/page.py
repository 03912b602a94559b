"""The sign-in page of the development issuer: the demo's people as cards, one click each."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

from starlette.responses import HTMLResponse

_WORDS = {
    "zh-CN": {
        "title": "登录中坚",
        "about": "演示环境：点一张卡片即可登录。本页只在本机可用。",
        "again": "这项操作需要再次确认身份。",
        "other": "其他账号",
        "username": "用户名",
        "password": "演示密码",
        "go": "登录",
        "wrong": "用户名或密码不对，请重试。",
        "stale": "这次登录已过期，请回到中坚重新登录。",
        "bye": "已退出登录",
        "back": "回到中坚",
    },
    "en": {
        "title": "Sign in to Mainstay",
        "about": "Demo: one click on a card signs you in. This page lives on this computer only.",
        "again": "Please confirm who you are once more for this.",
        "other": "Another account",
        "username": "User name",
        "password": "Demo password",
        "go": "Sign in",
        "wrong": "User name or password is not right, please try again.",
        "stale": "This sign-in is too old. Go back to Mainstay and sign in again.",
        "bye": "Signed out",
        "back": "Back to Mainstay",
    },
}
_STYLE = """
:root{color-scheme:light dark;--deep:#1b4f9c;--line:#d5dae1;--quiet:#5b6675;--card:#fff;--ground:#f4f6f9;--red:#b3261e}
@media(prefers-color-scheme:dark){:root{--deep:#7fb0ff;--line:#3a4350;--quiet:#9aa6b6;--card:#1d232b;--ground:#14181e;
--red:#ff8a80}}
*{box-sizing:border-box}
body{font:15px/1.6 "PingFang SC","Microsoft YaHei","Noto Sans SC",system-ui,sans-serif;margin:0}
body{background:var(--ground)}
main{max-width:860px;margin:8vh auto;padding:0 24px}
h1{font-size:26px;margin:0 0 4px}h2{font-size:15px;margin:32px 0 8px}p{margin:0 0 20px;color:var(--quiet)}
.cards{display:grid;grid-template-columns:repeat(auto-fill,minmax(240px,1fr));gap:12px}
button{font:inherit;cursor:pointer;border-radius:8px;border:1px solid var(--line)}
.cards button{width:100%;text-align:left;background:var(--card);color:inherit;padding:14px 16px;min-height:88px}
.cards button:hover,.cards button:focus-visible{border-color:var(--deep);outline:2px solid var(--deep)}
.cards b{display:block;font-size:16px}.cards span{display:block;color:var(--quiet);font-size:13px}
.form{display:flex;gap:8px;flex-wrap:wrap}
input{font:inherit;padding:8px 12px;border:1px solid var(--line);border-radius:8px;background:var(--card);color:inherit}
.form button{background:var(--deep);color:var(--card);padding:8px 20px;border:0}
.wrong{color:var(--red)}a{color:var(--deep)}
"""


@dataclass(frozen=True)
class Card:
    """Somebody the demo offers to be. `role` says in a few words what they may do."""

    username: str
    name: str
    name_en: str
    role: str
    role_en: str


def words(language: str) -> dict[str, str]:
    return _WORDS.get(language, _WORDS["zh-CN"])


def _html(title: str, body: str, language: str, *, status: int, forms_to: str = "") -> HTMLResponse:
    nonce = secrets.token_urlsafe(16)
    policy = (
        f"default-src 'none'; style-src 'nonce-{nonce}'; base-uri 'none'; frame-ancestors 'none'; "
        # A browser holds the redirect after a form to this list too.
        f"form-action 'self' {forms_to}"
    )
    html = (
        f'<!doctype html><html lang="{language}"><head><meta charset="utf-8">'
        f'<meta name="viewport" content="width=device-width,initial-scale=1"><title>{escape(title)}</title>'
        f'<style nonce="{nonce}">{_STYLE}</style></head><body><main>{body}</main></body></html>'
    )
    headers = {
        "content-security-policy": policy.strip(),
        "cache-control": "no-store",
        "referrer-policy": "no-referrer",
        "x-content-type-options": "nosniff",
    }
    return HTMLResponse(html, status, headers=headers)


def sign_in_page(
    request_id: str, cards: Sequence[Card], language: str, *, forms_to: str, again: bool, wrong: bool
) -> HTMLResponse:
    word = words(language)
    hidden = f'<input type="hidden" name="request" value="{escape(request_id)}">'
    chinese = language.startswith("zh")
    offered = "".join(
        f'<form method="post" action="/sign-in">{hidden}'
        f'<button name="card" value="{escape(card.username)}" data-testid="card-{escape(card.username)}">'
        f"<b>{escape(card.name if chinese else card.name_en)}</b>"
        f"<span>{escape(card.role if chinese else card.role_en)}</span><span>{escape(card.username)}</span>"
        "</button></form>"
        for card in cards
    )
    complaint = f'<p class="wrong" role="alert">{escape(word["wrong"])}</p>' if wrong else ""
    body = (
        f"<h1>{escape(word['title'])}</h1><p>{escape(word['again'] if again else word['about'])}</p>"
        f'<div class="cards">{offered}</div><h2>{escape(word["other"])}</h2>{complaint}'
        f'<form class="form" method="post" action="/sign-in">{hidden}'
        f'<input name="username" autocomplete="username" required aria-label="{escape(word["username"])}" '
        f'placeholder="{escape(word["username"])}">'
        f'<input name="password" type="password" autocomplete="current-password" required '
        f'aria-label="{escape(word["password"])}" placeholder="{escape(word["password"])}">'
        f"<button>{escape(word['go'])}</button></form>"
    )
    return _html(word["title"], body, language, status=401 if wrong else 200, forms_to=forms_to)


def notice(name: str, language: str, *, status: int, back: str = "") -> HTMLResponse:
    """`stale` or `bye`, with the way back to the front door where it is known."""
    word = words(language)
    link = f'<p><a href="{escape(back)}">{escape(word["back"])}</a></p>' if back else ""
    return _html(word["title"], f"<h1>{escape(word[name])}</h1>{link}", language, status=status)
