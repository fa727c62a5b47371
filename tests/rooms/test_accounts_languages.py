"""Which language a page is in, and changing it without losing one's place."""

import pytest
from django.test import Client

from tests.factories.people import PersonFactory
from training.accounts.models import User

pytestmark = pytest.mark.django_db

LOGIN = "/accounts/login/"
PROFILE = "/accounts/profile/"


def language(client: Client, address: str = LOGIN, accepts: str = "") -> str:
    headers = {"Accept-Language": accepts} if accepts else {}
    return client.get(address, headers=headers).headers["Content-Language"]


def switch(client: Client, to: str, place: str) -> str:
    response = client.post("/language/", {"language": to, "next": place})
    assert response.status_code == 302
    return response.headers["Location"]


def test_it_is_spanish_until_somebody_says_otherwise(client: Client) -> None:
    assert language(client) == "es"
    assert language(client, accepts="qu, de;q=0.5") == "es"


def test_the_browsers_wish_is_heard(client: Client) -> None:
    assert language(client, accepts="en-GB,es;q=0.5") == "en"


def test_the_persons_language_wins_over_the_browser_and_the_cookie_over_it(client: Client) -> None:
    client.force_login(PersonFactory(language="en"))
    assert language(client, PROFILE, accepts="es") == "en"
    client.cookies["django_language"] = "es"
    assert language(client, PROFILE, accepts="en") == "es"
    client.cookies["django_language"] = "xx"
    assert language(client, PROFILE) == "en"


def test_the_address_wins_over_everything(client: Client) -> None:
    client.force_login(PersonFactory(language="es"))
    client.cookies["django_language"] = "es"
    assert language(client, "/en/there-is-no-such-page/") == "en"


def test_caches_are_told_what_it_depends_on(client: Client) -> None:
    vary = client.get(LOGIN).headers["Vary"]
    assert {"Cookie", "Accept-Language"} <= {part.strip() for part in vary.split(",")}


@pytest.mark.parametrize(
    ("to", "place", "there"),
    [
        ("en", "/es/cursos/trata/", "/en/cursos/trata/"),
        ("es", "/en/cursos/trata/", "/es/cursos/trata/"),
        ("en", "/en/cursos/trata/", "/en/cursos/trata/"),
        ("en", "/es/", "/en/"),
        ("en", "/accounts/login/?next=/my/", "/accounts/login/?next=/my/"),
        ("en", "https://evil.example/es/", "/"),
        ("en", "//evil.example/es/", "/"),
    ],
)
@pytest.mark.parametrize("cookie", [None, "es", "en"])
def test_the_switch_keeps_the_place(
    client: Client, cookie: str | None, to: str, place: str, there: str
) -> None:
    if cookie:
        client.cookies["django_language"] = cookie
    assert switch(client, to, place) == there
    assert client.cookies["django_language"].value == to
    assert language(client) == to


def test_the_choice_of_who_is_signed_in_is_remembered_everywhere(client: Client) -> None:
    person = PersonFactory(language="es")
    client.force_login(person)
    switch(client, "en", PROFILE)
    assert User.objects.get(pk=person.pk).language == "en"
    elsewhere = Client()
    elsewhere.force_login(person)
    assert language(elsewhere, PROFILE) == "en"


def test_a_language_that_is_not_ours_changes_nothing(client: Client) -> None:
    person = PersonFactory(language="es")
    client.force_login(person)
    switch(client, "qu", PROFILE)
    assert User.objects.get(pk=person.pk).language == "es"
    assert "django_language" not in client.cookies


def test_only_a_post_changes_the_language(client: Client) -> None:
    assert client.get("/language/?language=en").status_code == 405


def test_what_a_view_did_not_find_is_not_found_and_an_address_without_language_gets_one(
    client: Client,
) -> None:
    client.force_login(PersonFactory())
    missing = "/accounts/profile/posts/9f0c8f3e-1111-4222-8333-123456789abc/end/"
    assert client.post(missing).status_code == 404
    response = client.get("/cursos/trata/")
    assert (response.status_code, response["Location"]) == (302, "/es/cursos/trata/")
