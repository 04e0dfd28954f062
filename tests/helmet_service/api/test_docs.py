from __future__ import annotations

import re

import pytest
from jsonschema import Draft202012Validator
from openapi_spec_validator import OpenAPIV31SpecValidator

from helmet_service.api.schemas import requests


@pytest.fixture
def document(client):
    return client.get("/openapi.json").json


def test_the_document_is_openapi_3_1(document):
    assert document["openapi"] == "3.1.0"
    OpenAPIV31SpecValidator(document).validate()


def test_every_route_is_documented_with_its_methods(app, document):
    docs, page = {"/openapi.json", "/docs", "/docs/", "/docs/<name>"}, {"/ui", "/ui/", "/ui/<path:name>"}
    own = docs | page | {"/ui/samples/<path:name>", "/ui/session"}
    routes: dict[str, set[str]] = {}
    for rule in app.url_map.iter_rules():
        routes.setdefault(rule.rule, set()).update(rule.methods - {"HEAD", "OPTIONS"})
    documented = {
        path.replace("{", "<").replace("}", ">"): {method.upper() for method in operations}
        for path, operations in document["paths"].items()
    }
    assert documented == {route: methods for route, methods in routes.items() if route not in own}


@pytest.mark.parametrize(
    "schema", [requests.ComplianceRequest, requests.PosesRequest, requests.VideoRequest, requests.LegacyHelmetRequest]
)
def test_requests_are_documented_as_they_are_validated(document, schema):
    described = document["components"]["schemas"][schema.__name__]
    assert set(described["properties"]) == set(schema().fields)
    assert described.get("required", []) == sorted(name for name, field in schema().fields.items() if field.required)


def test_limits_of_numbers_and_choices_are_documented(document):
    box = document["components"]["schemas"]["BoxRequest"]["properties"]
    assert (box["score"]["minimum"], box["score"]["maximum"]) == (0, 1)
    request = document["components"]["schemas"]["ComplianceRequest"]["properties"]
    assert request["matcher"]["enum"] == ["assignment", "legacy"]
    assert request["matcher"]["default"] == "assignment"


def test_a_form_is_documented_without_the_picture_in_its_request(document):
    body = document["paths"]["/v1/compliance"]["post"]["requestBody"]["content"]["multipart/form-data"]["schema"]
    request = document["components"]["schemas"][body["properties"]["request"]["$ref"].rpartition("/")[2]]
    assert body["required"] == ["picture"]
    assert "picture" not in request["properties"]


@pytest.mark.parametrize("schema", ["ComplianceRequest", "ComplianceRequestWithoutPicture"])
@pytest.mark.parametrize(
    ("asked", "is_right"),
    [
        ({}, True),
        ({"hats": None, "trust": "both"}, True),
        ({"hats": [], "trust": "hats"}, True),
        ({"hats": [], "trust": None}, True),
        ({"trust": "hats"}, False),
        ({"hats": None, "trust": "hats"}, False),
    ],
)
def test_that_trust_in_hats_needs_hats_is_documented(document, schema, asked, is_right):
    whole = {"$ref": f"#/components/schemas/{schema}", "components": document["components"]}
    assert (
        Draft202012Validator(whole).is_valid({"picture": "x"} | asked if schema == "ComplianceRequest" else asked)
        == is_right
    )


def test_the_page_takes_everything_from_this_service(client):
    page = client.get("/docs")
    assert page.status_code == 200
    assert page.mimetype == "text/html"
    assert page.headers["Content-Security-Policy"].startswith("default-src 'self'")
    links = re.findall(r'(?:src|href)="([^"]*)"', page.text)
    assert len(links) == 4
    for link in links:
        assert link.startswith("docs/")
        asset = client.get(f"/{link}")
        assert asset.status_code == 200
        asset.close()


def test_a_slash_too_many_leads_to_the_page(client):
    response = client.get("/docs/")
    assert (response.status_code, response.headers["Location"]) == (302, "../docs")


def test_the_page_shows_the_document_and_asks_no_validator(client):
    start = client.get("/docs/start.js").text
    assert '"openapi.json"' in start
    assert "validatorUrl: null" in start


@pytest.mark.parametrize(
    ("proxies", "told", "servers"),
    [
        (0, "/helmets", None),
        (1, None, None),
        (1, "/helmets/", [{"url": "/helmets"}]),
        (2, "/helmets", [{"url": "/helmets"}]),
        (1, "/invented, /helmets", [{"url": "/helmets"}]),
        (1, "//elsewhere.example", [{"url": "/elsewhere.example"}]),
    ],
)
def test_the_document_tells_below_which_path_trusted_proxies_serve_it(client_with, proxies, told, servers):
    headers = {"X-Forwarded-Prefix": told} if told else {}
    response = client_with(trusted_proxies=proxies).get("/openapi.json", headers=headers)
    assert response.json.get("servers") == servers


@pytest.mark.parametrize("name", ["index.html", "oauth2-redirect.html", "%2e%2e%2f__init__.py", "swagger-ui.js"])
def test_nothing_else_of_the_package_is_served(client, name):
    assert client.get(f"/docs/{name}").status_code == 404
