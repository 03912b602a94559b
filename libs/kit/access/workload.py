"""How Mainstay's own processes know each other: a token of a minute under a shared secret, naming the process."""

from __future__ import annotations

from datetime import timedelta

from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import OctKey

from libs.kit.clock import Clock
from libs.kit.errors import PassportInvalid

METADATA = "mainstay-workload"
LIFETIME = timedelta(seconds=60)


class Workload:
    def __init__(self, name: str, secret: str, clock: Clock) -> None:
        self.name = name
        self._key = OctKey.import_key(secret)
        self._clock = clock
        self._token = ""
        self._renew_at = clock.now()

    def token(self) -> str:
        """A token for this process, renewed when half its time is over."""
        now = self._clock.now()
        if not self._token or now >= self._renew_at:
            claims = {"wl": self.name, "exp": (now + LIFETIME).timestamp()}
            self._token = jwt.encode({"alg": "HS256"}, claims, self._key)
            self._renew_at = now + LIFETIME / 2
        return self._token

    def read(self, token: str) -> str:
        """The name of the process that made the token. Raises PassportInvalid."""
        try:
            claims = jwt.decode(token, self._key, algorithms=["HS256"]).claims
            if claims["exp"] <= self._clock.now().timestamp():
                raise PassportInvalid(why="expired")
            return str(claims["wl"])
        except (JoseError, ValueError, KeyError, TypeError) as error:
            raise PassportInvalid(why="forged") from error
