"""Compares two OpenAPI documents: old requests are still accepted, and answers keep their fields."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from api.request.query import TAGS
from tests.api.desk import Json

WORDS = {"title", "summary", "description", "examples", "example"}
WIDER = {r'^(W/)?"?[0-9]{1,9}"?$': TAGS}  # former patterns, and those that take all that they took
LOWER, UPPER = ("minLength", "minItems", "minimum"), ("maxLength", "maxItems", "maximum")


def without_words(value: Any, *, names: bool = False) -> Any:
    """A document without what no client relies on. names: whether the keys are names, of fields or schemas."""
    if isinstance(value, dict):
        return {
            key: without_words(inner, names=not names and key in ("properties", "schemas"))
            for key, inner in value.items()
            if names or key not in WORDS
        }
    return [without_words(one) for one in value] if isinstance(value, list) else value


@dataclass
class Comparison:
    """A former document and the present one."""

    former: Json
    present: Json
    seen: set[tuple[str, str, bool]] = field(default_factory=set)

    def lost(self) -> Iterator[str]:
        """The places where a client of the former document no longer works."""
        for path, item in self.former["paths"].items():
            for method, operation in item.items():
                at, found = f"{method.upper()} {path}", self.present["paths"].get(path, {}).get(method)
                if found is None:
                    yield f"{at} is gone"
                else:
                    yield from self._parameters(operation, found, at)
                    yield from self._body(operation.get("requestBody"), found.get("requestBody"), at)
                    yield from self._answers(operation["responses"], found["responses"], at)

    def _parameters(self, former: Json, found: Json, at: str) -> Iterator[str]:
        before, now = ({(p["in"], p["name"]): p for p in one.get("parameters", ())} for one in (former, found))
        for key, parameter in now.items():
            if key not in before:
                if parameter.get("required"):
                    yield f"{at}: {key[1]} must be sent"
            else:
                yield from self._schema(before[key]["schema"], parameter["schema"], f"{at} {key[1]}", sent=True)
        yield from (f"{at}: {key[1]} is gone" for key in before if key not in now)

    def _body(self, former: Json | None, found: Json | None, at: str) -> Iterator[str]:
        if former is None or found is None:
            if former is not None or (found is not None and found.get("required")):
                yield f"{at}: the body is gone or must be sent"
            return
        for media, content in former["content"].items():
            yield from self._schema(content["schema"], found["content"][media]["schema"], at, sent=True)

    def _answers(self, former: Json, found: Json, at: str) -> Iterator[str]:
        for status, answer in former.items():
            if status not in found:
                yield f"{at}: {status} is gone"
                continue
            for media, content in answer.get("content", {}).items():
                here = f"{at} {status}"
                if (known := found[status]["content"].get(media)) is None:
                    yield f"{here}: {media} is gone"
                else:
                    yield from self._schema(content["schema"], known["schema"], here, sent=False)

    def _schema(self, former: Json, found: Json, at: str, *, sent: bool) -> Iterator[str]:
        """Check that requests are still accepted in some form, and that answers are known."""
        if (names := (former.get("$ref", ""), found.get("$ref", ""), sent)) in self.seen and all(names[:2]):
            return
        self.seen.add(names)
        ways, others = _ways(former, self.former), _ways(found, self.present)
        if not sent and [way.get("type") for way in ways] == ["null"]:
            return  # nobody could do anything with what was always null
        for way in ways if sent else others:
            tried = [
                list(self._way(*((way, other) if sent else (other, way)), at, sent=sent))
                for other in (others if sent else ways)
            ]
            yield from min(tried, key=len)

    def _way(self, former: Json, found: Json, at: str, *, sent: bool) -> Iterator[str]:
        wide, narrow = (found, former) if sent else (former, found)
        for name in ("type", "format", "pattern"):
            known = (narrow.get(name), WIDER.get(narrow.get(name, "")))
            if name in wide and wide[name] not in known and "const" not in narrow:
                yield f"{at}: {name} {former.get(name)} became {found.get(name)}"
        if sent and "enum" in found and not set(former.get("enum", (None,))) <= set(found["enum"]):
            yield f"{at}: fewer values are taken"
        for names, sign in ((LOWER, 1), (UPPER, -1)):
            for name in (name for name in names if sent and name in found):
                if name not in former or found[name] * sign > former[name] * sign:
                    yield f"{at}: {name} {former.get(name)} became {found[name]}"
        if "items" in wide:
            yield from self._schema(former.get("items", {}), found.get("items", {}), f"{at}[]", sent=sent)
        if isinstance(values := former.get("additionalProperties"), dict):
            others = found.get("additionalProperties", {})
            yield from self._schema(values, others if isinstance(others, dict) else {}, f"{at}.*", sent=sent)
        yield from self._fields(former, found, at, sent=sent)

    def _fields(self, former: Json, found: Json, at: str, *, sent: bool) -> Iterator[str]:
        before, now = set(former.get("required", ())), set(found.get("required", ()))
        yield from (f"{at}.{name} must be sent" for name in sorted(now - before) if sent)
        yield from (f"{at}.{name} may be missing" for name in sorted(before - now) if not sent)
        for name, schema in former.get("properties", {}).items():
            known = found.get("properties", {}).get(name)
            if known is None:
                yield f"{at}.{name} is gone"
            else:
                yield from self._schema(schema, known, f"{at}.{name}", sent=sent)


def _ways(schema: Json, document: Json) -> list[Json]:
    """The alternatives of a schema, references followed."""
    if "$ref" in schema:
        return _ways(document["components"]["schemas"][schema["$ref"].rpartition("/")[2]], document)
    if "anyOf" in schema:
        rest = {name: value for name, value in schema.items() if name != "anyOf"}
        return [rest | way for one in schema["anyOf"] for way in _ways(one, document)]
    if "const" in schema:  # a text, and of the type of one, whether that is said or not
        return [{"type": "string"} | schema | {"enum": [schema["const"]]}]
    return [schema]
