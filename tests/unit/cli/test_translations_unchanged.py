"""`helpline content unchanged`: a mended typing error sends nobody to translate again."""

from __future__ import annotations

from bot.content.library import load
from bot.content.stamps import Standing
from bot.content.translations import units
from tests.support.translating import Translator
from tests.unit.cli.conftest import LANGUAGES

OTHERS = len(LANGUAGES) - 1


def test_translations_still_hold_in_all_languages_and_only_the_stamps_change(
    translator: Translator,
) -> None:
    translator.edit("phrases/en.yml", 'word_yes: "yes"', 'word_yes: "Yes"')
    translator.edit("answers/exit_procedure/en.md", "Choose what fits you.", "Choose what fits.")
    before = translator.everything()
    assert len(_behind(translator)) == 2 * OTHERS

    printed = translator.run("unchanged", "word_yes", "exit_procedure")

    assert printed.status == 0
    assert "Thai: still right: answer/exit_procedure, phrase/word_yes" in printed.output
    assert not _behind(translator)
    after = translator.everything()
    changed = [name for name in after if after[name] != before[name]]
    assert len(changed) == 2 * OTHERS
    for name in changed:
        old, new = before[name].split(b"\n"), after[name].split(b"\n")
        differing = [at for at, line in enumerate(old) if line != new[at]]
        assert len(differing) == 1
        assert new[differing[0]].lstrip().startswith((b"english: ", b"word_yes: "))
        assert len(old) == len(new)
    assert "up to date already" in translator.run("unchanged", "word_yes").output


def test_one_language_can_be_named(translator: Translator) -> None:
    translator.edit("phrases/en.yml", 'word_yes: "yes"', 'word_yes: "Yes"')
    assert translator.run("unchanged", "word_yes", "--language", "th").status == 0
    assert len(_behind(translator)) == OTHERS - 1
    assert "th" not in {language for language, _ in _behind(translator)}


def test_who_read_the_text_stays(translator: Translator) -> None:
    translator.edit("phrases/th.yml", "reviewed: machine", "reviewed: human")
    translator.edit("phrases/en.yml", 'word_yes: "yes"', 'word_yes: "Yes"')
    translator.run("unchanged", "word_yes")
    assert load(translator.content).phrases["th"].reviewed.by == "human"


def test_a_name_that_is_not_there_changes_nothing(translator: Translator) -> None:
    translator.edit("phrases/en.yml", 'word_yes: "yes"', 'word_yes: "Yes"')
    before = translator.everything()
    printed = translator.run("unchanged", "word_yes", "word_yess")
    assert printed.status == 2
    assert "word_yess" in printed.errors
    assert translator.everything() == before


def test_what_is_missing_stays_missing(translator: Translator) -> None:
    (translator.content / "answers/detained/th.md").unlink()
    translator.run("unchanged", "detained")
    assert not (translator.content / "answers/detained/th.md").exists()


def _behind(translator: Translator) -> set[tuple[str, str]]:
    library = load(translator.content)
    return {
        (language.code, unit.context)
        for language in library.languages
        if language.code != "en"
        for unit in units(library, language.code)
        if unit.standing is Standing.CHANGED
    }
