"""The wire form: CloudEvents 1.0 in Kafka's binary content mode. Attributes are headers, the value is the protobuf."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime
from uuid import UUID

from libs.kit.bus import Message

Header = tuple[str, bytes]
_CONTENT_TYPE = "application/protobuf"
_OURS = {"ce_id", "ce_source", "ce_type", "ce_specversion", "ce_time", "content-type", "traceparent"}


class NotCloudEvent(ValueError):
    """A record without the attributes that make it an event of ours; says which is missing or wrong."""


def to_headers(message: Message) -> list[Header]:
    found = [
        ("ce_id", str(message.event_id)),
        ("ce_source", message.source),
        ("ce_type", message.type),
        ("ce_specversion", "1.0"),
        ("ce_time", message.time.astimezone(UTC).isoformat().replace("+00:00", "Z")),
        ("content-type", _CONTENT_TYPE),
    ]
    if message.trace:
        found.append(("traceparent", message.trace))
    found.extend(message.extra.items())
    return [(name, value.encode()) for name, value in found]


def from_headers(topic: str, key: str, value: bytes, headers: Iterable[Header]) -> Message:
    """Raises NotCloudEvent. Header names are compared without case; unknown ones are kept in `extra`."""
    try:
        given = {name.lower(): content.decode() for name, content in headers}
        if given["ce_specversion"] != "1.0" or given["content-type"] != _CONTENT_TYPE:
            raise NotCloudEvent("not a CloudEvent 1.0 with a protobuf value")
        return Message(
            topic=topic,
            key=key,
            value=value,
            event_id=UUID(given["ce_id"]),
            type=given["ce_type"],
            source=given["ce_source"],
            time=datetime.fromisoformat(given["ce_time"]).astimezone(UTC),
            trace=given.get("traceparent", ""),
            extra={name: content for name, content in given.items() if name not in _OURS},
        )
    except KeyError as missing:
        raise NotCloudEvent(f"header {missing} is missing") from None
    except UnicodeDecodeError:
        raise NotCloudEvent("a header is not UTF-8") from None
    except NotCloudEvent:
        raise
    except (ValueError, OverflowError) as wrong:
        # The second: a time that is beyond the calendar in UTC.
        raise NotCloudEvent(str(wrong)) from None
