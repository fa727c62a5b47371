"""What the look promises and a machine can hold it to; the rest needs eyes."""

import re
from datetime import UTC, datetime
from html.parser import HTMLParser
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from css_inline import CSSInliner
from django.template.loader import get_template, render_to_string
from django.utils import timezone, translation
from fontTools.ttLib import TTFont

ROOT = Path(__file__).resolve().parents[2]
STATIC = ROOT / "static"
SITE_CSS = STATIC / "css/site.css"
STYLESHEETS = sorted((STATIC / "css").glob("*.css"))
TEMPLATES = sorted((ROOT / "templates").rglob("*.html"))
LETTERS_STYLE = ROOT / "templates/emails/style.html"
FONTS = sorted((STATIC / "fonts").glob("*.woff2"))

COLOUR = re.compile(
    r"#[0-9a-f]{3,8}\b|\b(?:rgb|rgba|hsl|hsla|hwb|lab|lch|oklab|oklch|color)\("
    r"|\b(?:white|black|red|green|blue|gr[ae]y|silver|maroon|yellow|navy|teal|orange|purple)\b",
    re.IGNORECASE,
)
DECLARATION = re.compile(r"(?P<name>[-\w]+)\s*:\s*(?P<value>[^;{}]+)[;}]")

# What stands on what, and the least contrast: 7 for text that is read, 4.5 for the rest,
# 3 for the edges of controls (WCAG 2.2, 1.4.3, 1.4.6, 1.4.11).
GROUNDS = ("paper", "sheet", "sunk")
PAIRS = [
    *(("ink", ground, 7.0) for ground in GROUNDS),
    *(("ink", f"{tone}-soft", 7.0) for tone in ("accent", "success", "warning", "error")),
    *(("ink-soft", ground, 4.5) for ground in GROUNDS),
    *(("accent", ground, 4.5) for ground in (*GROUNDS, "accent-soft")),
    ("accent-strong", "accent-soft", 4.5),
    ("on-accent", "accent", 4.5),
    ("on-accent", "accent-strong", 4.5),
    *(("mark", ground, 4.5) for ground in ("paper", "sheet")),
    *(
        (tone, ground, 4.5)
        for tone in ("success", "warning", "error")
        for ground in (*GROUNDS, f"{tone}-soft")
    ),
    *(("rule-strong", ground, 3.0) for ground in GROUNDS),
]


def without_comments(text: str) -> str:
    return re.sub(r"/\*.*?\*/", "", text, flags=re.DOTALL)


def tokens_of(block: str) -> dict[str, str]:
    return dict(re.findall(r"--([\w-]+):\s*(#[0-9a-f]{6,8})\s*;", block))


def themes() -> dict[str, dict[str, str]]:
    css = without_comments(SITE_CSS.read_text())
    light, dark = re.findall(r":root\s*\{(.*?)\}", css, flags=re.DOTALL)[:2]
    return {"light": tokens_of(light), "dark": tokens_of(light) | tokens_of(dark)}


def luminance(colour: str) -> float:
    channels = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    lighter, darker = sorted((luminance(one), luminance(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def test_black_on_white_is_twenty_one():
    assert contrast("#000000", "#ffffff") == pytest.approx(21)


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize(("text", "ground", "least"), PAIRS)
def test_colours_stand_out_in_both_themes(theme: str, text: str, ground: str, least: float):
    tokens = themes()[theme]
    assert contrast(tokens[text], tokens[ground]) >= least


def test_both_themes_name_every_colour():
    css = without_comments(SITE_CSS.read_text())
    light, dark = re.findall(r":root\s*\{(.*?)\}", css, flags=re.DOTALL)[:2]
    assert tokens_of(light).keys() - tokens_of(dark).keys() == {"blank"}  # under a QR code


@pytest.mark.parametrize("sheet", STYLESHEETS, ids=lambda path: path.name)
def test_no_component_has_a_colour_of_its_own(sheet: Path):
    css = without_comments(sheet.read_text())
    css = re.sub(r":root\s*\{.*?\}", "", css, flags=re.DOTALL)
    found = [
        match.group(0)
        for match in DECLARATION.finditer(css)
        if not match["name"].startswith("--w-")  # a token of Wagtail's own
        and COLOUR.search(re.sub(r"var\([^)]*\)|url\([^)]*\)", "", match["value"]))
    ]
    assert not found


def test_every_token_is_defined_and_used():
    css = without_comments("".join(sheet.read_text() for sheet in STYLESHEETS))
    defined = {name for name in re.findall(r"--([\w-]+)\s*:", css) if not name.startswith("w-")}
    used = {name for name in re.findall(r"var\(--([\w-]+)", css) if not name.startswith("w-")}
    assert used == defined  # Wagtail's own tokens begin with w-


def test_letters_wear_the_colours_of_the_pages():
    tokens = {value for theme in themes().values() for value in theme.values()}
    assert set(re.findall(r"#[0-9a-f]{6}", LETTERS_STYLE.read_text())) <= tokens


def test_fonts_weigh_no_more_than_80_kb_together():
    assert FONTS
    assert sum(font.stat().st_size for font in FONTS) <= 80_000


@pytest.mark.parametrize("font", FONTS, ids=lambda path: path.name)
def test_fonts_write_the_languages_of_peru(font: Path):
    quechua_and_aymara = "aächhijïkhlmnñopqrstuüwxy’ʼ'"
    spanish = "áéíóúüñÁÉÍÓÚÜÑ¿¡«»“”‘’—–…§ºª°½·•€"
    known = set(TTFont(font).getBestCmap())
    assert not {
        letter for letter in quechua_and_aymara + spanish + "0123456789" if ord(letter) not in known
    }


def test_every_font_has_its_licence_beside_it():
    licences = {
        path.name.removesuffix(".LICENSE.txt") for path in STATIC.glob("fonts/*.LICENSE.txt")
    }
    assert {font.stem.removesuffix("-italic") for font in FONTS} == licences


def test_a_lesson_arrives_within_its_budget():
    """150 KB cold; 35 KB of it are left to the page itself."""
    fetched = [
        *FONTS,
        SITE_CSS,
        STATIC / "js/site.js",
        STATIC / "icons/sprite.svg",
        STATIC / "icons/favicon.svg",
    ]
    assert SITE_CSS.stat().st_size <= 32_600  # 1,600 of them are for print
    assert sum(path.stat().st_size for path in fetched) <= 115_000


class InlineCode(HTMLParser):
    """Collects what a strict content security policy would refuse."""

    def __init__(self) -> None:
        super().__init__()
        self.refused: list[str] = []
        self.tag = ""
        self.type: str | None = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tag, self.type = tag, dict(attrs).get("type")
        has_nonce = any(name == "nonce" for name, _ in attrs)
        for name, value in attrs:
            if name == "style" or name.startswith(("on", "hx-on")):
                self.refused.append(f"<{tag} {name}>")
            if (value or "").strip().lower().startswith("javascript:"):
                self.refused.append(f"<{tag} {name}={value}>")
        if tag == "style" and not has_nonce:
            self.refused.append("<style>")
        if has_nonce:
            self.type = "nonce"

    def handle_endtag(self, tag: str) -> None:
        self.tag = ""

    def handle_data(self, data: str) -> None:
        if self.tag == "script" and data.strip() and self.type not in ("application/json", "nonce"):
            self.refused.append(f"<script> {data.strip()[:40]}")


def refused_in(template: str) -> list[str]:
    parser = InlineCode()
    parser.feed(re.sub(r"\{[%#].*?[%#]\}", " ", template, flags=re.DOTALL))
    return parser.refused


@pytest.mark.parametrize(
    "markup",
    [
        '<p style="margin: 0">',
        '<a onclick="go()">',
        '<a {% if x %}onclick="go()"{% endif %}>',
        "<script>go()</script>",
        "<style>p {}</style>",
        '<a href="javascript:go()">',
    ],
)
def test_the_search_for_inline_code_finds_it(markup: str):
    assert refused_in(markup)


@pytest.mark.parametrize("template", TEMPLATES, ids=lambda path: str(path.relative_to(ROOT)))
def test_no_page_has_inline_code(template: Path):
    if template == LETTERS_STYLE:
        return  # e-mails have no policy and no other way
    assert not refused_in(template.read_text())


@pytest.mark.parametrize("template", TEMPLATES, ids=lambda path: str(path.relative_to(ROOT)))
def test_no_page_has_a_colour_of_its_own(template: Path):
    if template == LETTERS_STYLE:
        return
    assert not re.findall(
        r"(?:color|background|fill|stroke)[^;>]*#[0-9a-f]{3,8}", template.read_text()
    )


def test_every_icon_that_is_asked_for_is_drawn():
    drawn = set(re.findall(r'<symbol id="([\w-]+)"', (STATIC / "icons/sprite.svg").read_text()))
    asked = {
        name
        for template in TEMPLATES
        for name in re.findall(
            r'components/icon\.html" with name="([\w-]+)"|components/[^%]*[^\w-]icon="([\w-]+)"',
            template.read_text(),
        )
        for name in name
        if name
    }
    assert asked
    assert asked <= drawn


def test_every_letter_has_a_subject_and_two_bodies():
    letters = {
        str(path).removesuffix("_message.html")
        for path in (ROOT / "templates").rglob("*_message.html")
    }
    assert len(letters) >= 15
    for letter in letters:
        assert Path(f"{letter}_subject.txt").exists()
        assert Path(f"{letter}_message.txt").exists()


@pytest.mark.parametrize(
    "letter",
    sorted((ROOT / "templates").rglob("*_message.html")),
    ids=lambda path: str(path.relative_to(ROOT)),
)
def test_a_letter_says_the_same_in_text(letter: Path):
    sentences = re.compile(
        r'\{% translate "(.+?)"|\{% blocktranslate[^%]*%\}(.+?)\{% endblocktranslate', re.DOTALL
    )
    in_html = set(sentences.findall(letter.read_text()))
    assert in_html == set(sentences.findall(letter.with_suffix(".txt").read_text()))


@pytest.mark.parametrize(
    "template",
    [
        path
        for pattern in ("*.html", "*.txt")
        for path in sorted((ROOT / "templates").rglob(pattern))
    ],
    ids=lambda path: str(path.relative_to(ROOT)),
)
def test_every_template_compiles(template: Path):
    assert get_template(str(template.relative_to(ROOT / "templates")))


@pytest.mark.parametrize("language", ["es", "en"])
@pytest.mark.parametrize(
    "letter",
    sorted((ROOT / "templates").rglob("*_message.html")),
    ids=lambda path: str(path.relative_to(ROOT)),
)
def test_a_letter_is_light_and_has_one_button_at_most(letter: Path, language: str):
    context = {"site_name": "<Name>", "base_url": "https://site.example"}
    with translation.override(language):
        html = render_to_string(str(letter.relative_to(ROOT / "templates")), context)
        text = render_to_string(
            str(letter.relative_to(ROOT / "templates").with_suffix(".txt")), context
        )
    inlined = CSSInliner(keep_style_tags=True, load_remote_stylesheets=False).inline(html)
    assert len(inlined.encode()) <= 40_000
    assert f'lang="{language}"' in html
    assert html.count('class="act"') <= 1
    assert "&lt;Name&gt;" in html
    assert "<Name>" in text
    assert not re.search(r"<img|url\(|@import", html)  # readable with images off


@pytest.mark.parametrize(
    ("language", "zone", "said"),
    [
        ("es", "America/Lima", "martes 1 de diciembre, 13:00, hora de Lima"),
        ("es", "America/Mexico_City", "martes 1 de diciembre, 12:00, hora de Mexico City"),
        ("en", "America/La_Paz", "Tuesday 1 December, 14:00 La Paz time"),
    ],
)
def test_a_deadline_says_whose_hours_it_means(language: str, zone: str, said: str):
    with translation.override(language), timezone.override(ZoneInfo(zone)):
        html = render_to_string(
            "components/deadline.html", {"at": datetime(2026, 12, 1, 18, tzinfo=UTC)}
        )
    assert said in html
