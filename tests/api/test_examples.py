"""Everything that goes over the wire is shown, and what is shown is what the schema says."""

import re
from collections.abc import Iterator
from typing import Any

import jsonschema_rs
import pytest

from api import examples, programs
from tests.api.program import program


@pytest.fixture(scope="module")
def document() -> dict[str, Any]:
    return programs.app().openapi()


def operations(document: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    for path, methods in document["paths"].items():
        for method, told in methods.items():
            yield f"{method.upper()} {path}", told


def shown(told: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """Whatever has an example, or should."""
    for parameter in told.get("parameters", []):
        yield parameter["name"], parameter
    for content in told.get("requestBody", {}).get("content", {}).values():
        for form, example in content.get("examples", {"body": content}).items():
            yield form, {"example": example.get("value", example.get("example")), "schema": content["schema"]}
    for status, answer in told["responses"].items():
        for content in answer.get("content", {}).values():
            yield status, content


def test_every_parameter_body_and_answer_has_an_example_that_the_schema_allows(document: dict[str, Any]) -> None:
    assert examples.describe(document) == []
    for name, told in operations(document):
        for what, content in shown(told):
            assert "example" in content, (name, what)
            schema = content["schema"] | {"components": document["components"]}
            check = jsonschema_rs.validator_for(schema, validate_formats=True)
            assert [error.message for error in check.iter_errors(content["example"])] == [], (name, what)


def test_a_field_that_shows_nothing_is_named(document: dict[str, Any]) -> None:
    bare = {"type": "object", "required": ["name"], "properties": {"name": {"type": "string"}}}
    content = {"application/json": {"schema": bare}}
    careless = {"paths": {"/x": {"post": {"requestBody": {"content": content}, "responses": {}}}}}
    assert examples.describe(careless) == ["POST /x: name"]


def test_an_example_of_a_request_is_one_that_can_be_sent(document: dict[str, Any]) -> None:
    held = document["paths"]["/holds"]["post"]["requestBody"]["content"]["application/json"]["example"]
    assert {"doctorId", "startsAt"} <= set(held)
    assert not {"patientId", "patient"} <= set(held)
    leave = document["paths"]["/doctors/{doctorId}/leaves"]["post"]["requestBody"]["content"]
    assert leave["application/json"]["example"]["startsAt"] < leave["application/json"]["example"]["endsAt"]


def test_each_form_of_a_body_has_an_example_of_its_own(document: dict[str, Any]) -> None:
    content = document["paths"]["/appointments"]["post"]["requestBody"]["content"]["application/json"]
    named = {name: set(told["value"]) for name, told in content["examples"].items()}
    assert set(named) == {"BookHeld", "BookInstant", "BookWallClock"}
    assert named["BookWallClock"] >= {"doctorId", "appointmentDate", "appointmentTime"}


def test_the_problem_of_a_wished_time_shows_three_others(document: dict[str, Any]) -> None:
    for path, code in (("/holds", "slot_taken"), ("/waitlist", "invalid"), ("/doctors/{doctorId}/leaves", "not_found")):
        failed = document["paths"][path]["post"]["responses"]["default"]["content"]["application/problem+json"]
        assert failed["example"]["code"] == code
        assert len(failed["example"].get("alternatives", [])) == (3 if code == "slot_taken" else 0)


def test_what_goes_over_the_wire_is_named_for_programs_and_not_by_where_we_keep_it(document: dict[str, Any]) -> None:
    assert [name for name in document["components"]["schemas"] if "_" in name] == []


def test_every_link_leads_to_an_operation(document: dict[str, Any]) -> None:
    known = {told["operationId"]: told for _, told in operations(document)}
    links = [
        link
        for _, told in operations(document)
        for answer in told["responses"].values()
        for link in answer.get("links", {}).values()
    ]
    assert len(links) > 20
    for link in links:
        there = {parameter["name"] for parameter in known[link["operationId"]].get("parameters", [])}
        assert set(link["parameters"]) <= there


async def test_the_page_shows_each_operation_with_its_fields_a_request_and_an_answer(document: dict[str, Any]) -> None:
    async with program() as api:
        told = (await api.get("/docs")).text
    sections = dict(re.findall(r"<section id=\"([^\"]+)\">(.*?)</section>", told, re.S))
    assert len(sections) >= len(list(operations(document)))
    for link in re.findall(r'href="#([^"]+)"', told):
        assert f'id="{link}"' in told
    slots = sections["get-doctors-doctorid-slots"]
    for expected in (
        "GET /api/doctors/17/slots?from=2026-12-01",
        "keys for <code>slots:read</code>",
        "<code>visitType</code>",
        "integer, 1 to 31 (query)",
        "&quot;timezone&quot;: &quot;Asia/Kolkata&quot;",
    ):
        assert expected in slots
    booking = sections["post-appointments"]
    for expected in ("Idempotency-Key: ", "Content-Type: application/json", "Answer 201", "<code>holdId</code>"):
        assert expected in booking
    for each in ("&quot;holdId&quot;", "&quot;startsAt&quot;", "&quot;appointmentTime&quot;"):
        assert each in booking.partition("Answer 201")[0]
