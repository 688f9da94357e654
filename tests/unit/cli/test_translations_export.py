"""`helpline content export`: what a translator is given, and what not."""

from __future__ import annotations

import polib
import pytest

from bot.cli.content import place
from bot.cli.content.exporting import words
from bot.content.library import load
from bot.content.stamps import Standing
from bot.content.translations import units
from bot.domain.understanding import Tier
from bot.settings import ROOT
from tests.support.translating import Translator, entry


def test_what_is_up_to_date_is_not_asked_for(reader: Translator) -> None:
    asked = {found.msgctxt for found in reader.export("fr")}
    assert len(asked) < 60
    assert "answer/visa_overstay" not in asked
    assert "phrase/menu" not in asked
    assert "directory/figures/overstay_fine/value" not in asked


def test_all_our_translations_say_which_english_they_were_made_from() -> None:
    """If this fails, read them against the English, then `helpline content unchanged NAME`.

    That the English has changed since is no failure: editors may, and translators get a task.
    """
    library = load(ROOT / "content")
    assert not [
        (language.code, unit.context)
        for language in library.languages
        if language.code != "en"
        for unit in units(library, language.code)
        if unit.standing is Standing.UNSTAMPED
    ]


def test_a_changed_and_a_missing_text_are_asked_for_and_nothing_else(
    translator: Translator,
) -> None:
    before = {found.msgctxt for found in translator.export("th")}
    translator.edit("phrases/en.yml", 'word_yes: "yes"', 'word_yes: "yes, so it is"')
    translator.edit("phrases/en.yml", 'word_no: "no"', 'word_no: "no"\n  word_new: "perhaps"')
    translator.edit("answers/visa_overstay/en.md", "\n---\n", "\n---\nThis is new.\n\n")
    (translator.content / "answers/detained/th.md").unlink()

    after = translator.export("th")

    assert {found.msgctxt for found in after} - before == {
        "phrase/word_yes",
        "phrase/word_new",
        "answer/visa_overstay",
        "answer/detained",
    }
    assert {found.msgctxt for found in after if found.fuzzy} == {
        "phrase/word_yes",
        "answer/visa_overstay",
    }
    assert entry(after, "phrase/word_yes").msgid == "yes, so it is"
    assert entry(after, "phrase/word_yes").msgstr  # what it was, to be mended
    assert "HAS CHANGED" in entry(after, "phrase/word_yes").comment
    assert not entry(after, "answer/detained").msgstr


def test_a_changed_button_or_space_is_told_apart(translator: Translator) -> None:
    translator.edit("answers/detained/en.md", "\n---\n", " \n---\n")
    before = len(translator.export("th"))
    path = translator.content / "answers/detained/en.md"
    path.write_text(path.read_text().rstrip("\n") + "  \n\n")
    assert len(translator.export("th")) == before
    translator.edit("answers/exit_procedure/en.md", "/answer(leave_overstayed)", "/visa_overstay")
    assert entry(translator.export("th"), "answer/exit_procedure").fuzzy


def test_a_text_without_a_stamp_is_asked_for(translator: Translator) -> None:
    text = translator.text("answers/detained/th.md")
    kept = [line for line in text.split("\n") if not line.startswith("english:")]
    (translator.content / "answers/detained/th.md").write_text("\n".join(kept))
    assert entry(translator.export("th"), "answer/detained").fuzzy


def test_the_variant_for_a_country_is_asked_for_in_its_own_language(
    translator: Translator,
) -> None:
    (translator.content / "answers/passport_missing/th.TH.md").unlink()
    assert "answer/passport_missing.TH" in {found.msgctxt for found in translator.export("th")}
    assert "answer/passport_missing.TH" not in {found.msgctxt for found in translator.export("my")}


def test_the_answers_for_people_in_danger_can_be_had_alone_within_an_afternoon(
    translator: Translator,
) -> None:
    """docs/editors.md promises both: which texts they are, and how much work."""
    tiers = place.files().tiers
    pressing = {topic for topic, tier in tiers.items() if tier in {Tier.CRITICAL, Tier.ELEVATED}}
    file = translator.export("th", "--all", "--tier", "critical", "--tier", "elevated")
    assert {found.msgctxt for found in file} == {f"answer/{topic}" for topic in pressing}
    assert 1_000 < words([found.msgid for found in file]) < 1_600

    critical = translator.export("th", "--all", "--tier", "critical")
    assert {found.msgctxt for found in critical} == {
        f"answer/{topic}" for topic, tier in tiers.items() if tier is Tier.CRITICAL
    }
    translator.edit("answers/detained/en.md", "\n---\n", "\n---\nThis is new.\n\n")
    translator.edit("answers/visa_overstay/en.md", "\n---\n", "\n---\nThis is new.\n\n")
    changed = translator.export("th", "--tier", "elevated")
    assert [found.msgctxt for found in changed] == ["answer/detained"]


@pytest.mark.parametrize("language", ["ur", "my", "zh", "am", "id"])
def test_a_whole_language_is_read_alike_by_another_program(
    reader: Translator, language: str
) -> None:
    file = reader.export(language, "--all")
    library = load(reader.content)
    assert [(found.msgctxt, found.msgid, found.msgstr) for found in file] == [
        (unit.context, unit.english, unit.own or "") for unit in units(library, language)
    ]
    assert file.metadata["Language"] == language
    assert file.metadata["Content-Type"] == "text/plain; charset=utf-8"
    assert "nplurals" in file.metadata["Plural-Forms"]
    assert file.metadata["Project-Id-Version"].startswith("helpline ")
    assert not file.metadata["Last-Translator"]
    assert len(file) > 300


def test_quotes_backslashes_and_braces_survive(translator: Translator) -> None:
    odd = 'a "b" \\ c \\n {{d}} \t 100 % i'
    translator.edit("phrases/en.yml", 'word_yes: "yes"', f"word_yes: '{odd}'")
    assert entry(translator.export("my"), "phrase/word_yes").msgid == odd


def test_the_reader_is_told_what_the_text_must_be(reader: Translator) -> None:
    file = reader.export("th", "--all")
    critical = entry(file, "answer/held_captive").comment
    assert "300 characters" in critical
    assert "critical" in critical
    assert "first 40 characters" in critical
    assert "Sources: " in critical
    longer = entry(file, "answer/exit_procedure")
    assert "1000 characters" in longer.comment
    assert "{{ figures.overstay_fine }}" in longer.comment
    assert "How to leave" not in longer.comment
    assert "I have passport and visa" in longer.comment  # a button
    assert longer.occurrences[0][0] == "content/answers/exit_procedure/en.md"
    assert "python-format" not in longer.flags
    phrase = entry(file, "phrase/mission_abroad")
    assert "{place}" in phrase.comment
    assert "python-brace-format" in phrase.flags
    assert "Thailand" in entry(file, "answer/passport_missing.TH").comment


def test_operators_phrases_are_asked_for_only_where_a_desk_speaks(reader: Translator) -> None:
    assert not _desk(reader.export("th", "--all"))
    assert _desk(reader.export("id", "--all"))


def test_a_language_that_is_not_there_or_is_english_is_refused(reader: Translator) -> None:
    unknown = reader.run("export", "xx")
    assert unknown.status == 2
    assert "languages.yml" in unknown.complaint
    assert reader.run("export", "en").status == 2


def test_it_is_printed_without_a_file(reader: Translator) -> None:
    printed = reader.run("export", "th", "--all")
    assert printed.status == 0
    assert len(polib.pofile(printed.output)) > 300
    assert "English words" in printed.errors


def test_only_what_is_translated_counts_as_words() -> None:
    assert words(["Write to {{ mission.email }}, don't wait.", "{% if x %}One{% endif %}"]) == 5


def _desk(file: polib.POFile) -> list[str]:
    return [found.msgctxt for found in file if found.msgctxt.startswith("phrase/desk_")]
