"""A passkey, from setting it up to signing in with nothing else."""

from playwright.sync_api import Page

from tests.browser.conftest import Open
from tests.product import PASSWORD, Product

SOMEBODY = "learner31@demo.example"


def plug_in(page: Page) -> None:
    """Give the browser an authenticator that holds passkeys and knows its owner."""
    session = page.context.new_cdp_session(page)
    session.send("WebAuthn.enable")
    session.send(
        "WebAuthn.addVirtualAuthenticator",
        {
            "options": {
                "protocol": "ctap2",
                "transport": "internal",
                "hasResidentKey": True,
                "hasUserVerification": True,
                "isUserVerified": True,
                "automaticPresenceSimulation": True,
            }
        },
    )


def test_a_passkey_is_set_up_and_opens_the_account(open_page: Open, product: Product) -> None:
    # A browser gives passkeys to names, not to numbers.
    here = product.address.replace("127.0.0.1", "localhost").rstrip("/")
    page = open_page()
    plug_in(page)
    page.goto(f"{here}/accounts/login/")
    page.locator("input[name=login]").fill(SOMEBODY)
    page.locator("input[name=password]").fill(PASSWORD)
    page.locator("input[name=password]").press("Enter")
    page.wait_for_url("**/my/")
    page.goto(f"{here}/accounts/2fa/webauthn/add/")
    page.locator("input[name=password]").fill(PASSWORD)
    page.locator("input[name=password]").press("Enter")
    page.locator("input[name=name]").fill("Mi teléfono")
    page.locator("input[name=passwordless]").check()
    page.locator("main form button").last.click()
    page.wait_for_url("**/accounts/2fa/recovery-codes/")
    assert page.locator("ul.codes li").count() == 10

    page.context.clear_cookies()
    page.goto(f"{here}/accounts/login/")
    page.locator("#passkey_login").click()
    page.wait_for_url("**/my/")
    page.goto(f"{here}/accounts/2fa/webauthn/")  # the passkey was the second factor too
    assert "Mi teléfono" in page.content()
