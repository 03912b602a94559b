"""A small gRPC server and a token address, for the SDK to call."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from concurrent import futures
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import grpc
import pytest
from google.protobuf.message import Message
from google.rpc import error_details_pb2, status_pb2
from grpc_status import rpc_status
from mainstay_client import Mainstay

Answer = Message | Exception | Callable[[bytes], Message]


class Refusal(Exception):
    def __init__(self, code: grpc.StatusCode, reason: str = "", retry: int | None = None, **fields: str) -> None:
        super().__init__(reason)
        self.status = status_pb2.Status(code=code.value[0], message=f"a sentence about {reason}")
        meta = {"request_id": "r-1", "permission": "x.y.z"}
        info = error_details_pb2.ErrorInfo(reason=reason, domain="employees.mainstay", metadata=meta)
        bad = error_details_pb2.BadRequest()
        for name, message in fields.items():
            bad.field_violations.add(field=name, description=message)
        details: list[Message] = [info, bad]
        if retry is not None:
            advice = error_details_pb2.RetryInfo()
            advice.retry_delay.FromSeconds(retry)
            details.append(advice)
        for one in details:
            self.status.details.add().Pack(one)


@dataclass
class Platform:
    """Answers in turn; the last answer stays."""

    answers: list[Answer] = field(default_factory=list)
    heard: list[tuple[str, bytes, dict[str, str]]] = field(default_factory=list)
    tokens: list[str] = field(default_factory=list)
    token_status: int = 200
    token_lifetime: float = 300
    port: int = 0
    token_port: int = 0
    token_requests: list[tuple[str, bytes]] = field(default_factory=list)

    def answer(self, path: str, raw: bytes, context: Any) -> bytes:
        self.heard.append((path, raw, dict(context.invocation_metadata())))
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        if isinstance(answer, Refusal):
            context.abort_with_status(rpc_status.to_status(answer.status))
        if isinstance(answer, Exception):
            raise answer
        message = answer if isinstance(answer, Message) else answer(raw)
        return message.SerializeToString()

    def client(self, **changed: Any) -> Mainstay:
        fields = {
            "client_id": "erp",
            "client_secret": "a secret: with/odd+signs",
            "token_url": f"http://127.0.0.1:{self.token_port}/token",
            **changed,
        }
        return Mainstay(f"127.0.0.1:{self.port}", **fields)


class _Generic(grpc.GenericRpcHandler):  # type: ignore[misc]  # grpcio ships no types
    def __init__(self, platform: Platform) -> None:
        self._platform = platform

    def service(self, details: Any) -> Any:
        path = details.method
        return grpc.unary_unary_rpc_method_handler(lambda raw, context: self._platform.answer(path, raw, context))


def _issuer(platform: Platform) -> ThreadingHTTPServer:
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"]))
            platform.token_requests.append((self.headers["authorization"], body))
            token = f"token-{len(platform.token_requests)}"
            platform.tokens.append(token)
            said = json.dumps({"access_token": token, "expires_in": platform.token_lifetime}).encode()
            self.send_response(platform.token_status)
            self.send_header("content-length", str(len(said)))
            self.end_headers()
            self.wfile.write(said)

        def log_message(self, *_: object) -> None:
            return None

    return ThreadingHTTPServer(("127.0.0.1", 0), Handler)


@pytest.fixture
def platform() -> Iterator[Platform]:
    made = Platform()
    server = grpc.server(futures.ThreadPoolExecutor(8))
    server.add_generic_rpc_handlers((_Generic(made),))
    made.port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    issuer = _issuer(made)
    made.token_port = issuer.server_address[1]
    thread = threading.Thread(target=issuer.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    yield made
    issuer.shutdown()
    issuer.server_close()
    thread.join()
    server.stop(0).wait()
