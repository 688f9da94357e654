"""`helpline content import`: good translations are written, bad ones are told and left."""

from __future__ import annotations

import re
from pathlib import Path

import polib
import pytest

from bot import cli, clock
from bot.cli.content import replacing
from bot.content.library import load
from tests.support.translating import Translator, entry


@pytest.mark.parametrize("language", ["th", "my", "id"])
def test_an_unchanged_language_changes_no_byte(translator: Translator, language: str) -> None:
    before = translator.everything()
    printed = translator.take(translator.export(language, "--all"))
    assert printed.status == 0
    assert "0 new, 0 changed" in printed.output
    assert translator.everything() == before


def test_good_ones_are_written_and_nothing_else_changes(translator: Translator) -> None:
    before = translator.everything()
    file = translator.export("my", "--all")
    odd = 'ဟုတ်ကဲ့ "ဟုတ်" \\ # : {{x}}'
    entry(file, "phrase/word_yes").msgstr = odd
    answer = entry(file, "answer/leave_detained")
    answer.msgstr = answer.msgstr.replace("\n\n", "\n\n**အသစ်။** စာသား။\n\n", 1)
    entry(file, "directory/figures/police_custody/value").msgstr = "၄၈ နာရီ"

    printed = translator.take(file)

    assert printed.status == 0, printed
    assert "0 new, 3 changed" in printed.output
    after = translator.everything()
    assert {name for name in after if after[name] != before.get(name)} == {
        "phrases/my.yml",
        "answers/leave_detained/my.md",
        "directory/figures.yml",
    }
    library = load(translator.content)
    assert library.phrases["my"].phrases["word_yes"].text == odd
    assert library.answers["leave_detained", "my", None].body.strip() == answer.msgstr
    assert library.directory.figures["police_custody"].value["my"] == "၄၈ နာရီ"
    assert _lines(before, after, "phrases/my.yml") == 1
    assert _lines(before, after, "directory/figures.yml") == 1


def test_a_missing_text_is_written_with_what_its_english_rests_on(translator: Translator) -> None:
    path = translator.content / "answers/exit_procedure/th.md"
    thai = load(translator.content).answers["exit_procedure", "th", None].body.strip()
    path.unlink()
    file = translator.export("th")
    entry(file, "answer/exit_procedure").msgstr = thai

    assert "1 new" in translator.take(file).output

    made = load(translator.content).answers
    new, english = made["exit_procedure", "th", None], made["exit_procedure", "en", None]
    assert new.body.strip() == thai
    assert (new.sources, new.verified_on, new.review_by) == (
        english.sources,
        english.verified_on,
        english.review_by,
    )
    assert [(at.phrase, at.payload) for at in new.buttons] == [
        (at.phrase, at.payload) for at in english.buttons
    ]
    assert new.reviewed.is_machine
    assert "answer/exit_procedure" not in {found.msgctxt for found in translator.export("th")}


def test_a_mended_translation_follows_its_english_and_is_not_asked_for_again(
    translator: Translator,
) -> None:
    translator.edit("answers/exit_procedure/en.md", "Choose what fits you.", "Choose one.")
    translator.edit("answers/exit_procedure/en.md", "KUNA, 2025-10-21", "KUNA, 2026-10-22")
    file = translator.export("th")
    found = entry(file, "answer/exit_procedure")
    assert translator.take(file).output.count("1 marked fuzzy") == 1  # nothing is taken
    found.flags.remove("fuzzy")  # it still says the same

    assert "0 new, 1 changed" in translator.take(file).output

    text = translator.text("answers/exit_procedure/th.md")
    assert "KUNA, 2026-10-22" in text
    assert "answer/exit_procedure" not in {at.msgctxt for at in translator.export("th")}


BAD = (
    ("answer/visa_overstay", "ဒဏ်ငွေ {{ figures.exit_visa_price }}။", "is not in the English"),
    ("answer/exit_procedure", "ဒဏ်ငွေ ရှိတယ်။", "{{ figures.overstay_fine }} is missing"),
    ("answer/held_captive", "ရ" * 2000, "characters when rendered"),
    ("answer/leave_detained", "မင်္ဂလာပါ\n\n<b>ရှင်</b>။", "HTML (line 3 of the text)"),
    ("answer/detained", "ဒီမှာ https://evil.example/x", "web or e-mail address"),
    ("answer/privacy_question", "ဖုန်း +855 12 345 678", "phone number"),
    ("answer/wages_scam", "[ဒီမှာ](x)", "a hidden link"),
    ("answer/wipe_by_hand", "မင်္ဂလာပါ\x07", "control character"),
    ("answer/shelter_find", "{% for a in b %}x{% endfor %}", "is not allowed"),
    ("answer/safety_general", "{% if mission %}x", "not a template"),
    ("phrase/mission_abroad", "ဒီမှာ", "other slots"),
    ("phrase/mission_address", "ဒီမှာ {address} {name}", "other slots"),
    ("phrase/welcome", "ဒီမှာ {", "a single brace"),
    ("phrase/ask_language", "<i>ဒီမှာ</i>", "HTML"),
    ("phrase/cancelled", "ရ" * 1501, "longer than 1500"),
    ("phrase/menu", "Choose one, or write it in your own words:", "not translated"),
    ("directory/figures/police_custody/value", "84 နာရီ", "other numbers"),
    ("directory/figures/overstay_fine/value", "10\nနာရီ", "line breaks"),
    ("directory/services/police_117/name", "<b>ရဲ</b>", "< > * ` { }"),
    ("directory/services/ambulance_119/name", "+855 12 345 678", "phone number"),
)


def test_bad_entries_are_refused_with_their_lines_and_the_good_one_is_taken(
    translator: Translator,
) -> None:
    before = translator.everything()
    file = translator.export("my", "--all")
    empty = sum(not unit.msgstr for unit in file)
    for context, text, _ in BAD:
        entry(file, context).msgstr = text
    entry(file, "phrase/word_no").msgstr = "မဟုတ်ပါဘူး။"
    unknown = entry(file, "phrase/greet")
    unknown.msgctxt = "answer/no_such_topic"

    printed = translator.take(file)

    assert printed.status == 1
    lines = translator.po.read_text().split("\n")
    told = printed.output.split("\n")
    for context, _, why in (*BAD, ("answer/no_such_topic", "", "no such text")):
        found = [line for line in told if f" {context}: " in line and why in line]
        assert found, (context, why, told)
        number = int(found[0].split(":")[1])
        assert f'msgctxt "{context}"' in lines[number - 2 : number]
    same, refused = len(file) - empty - len(BAD) - 2, len(BAD) + 1
    assert f"1 changed, {same} the same, {refused} refused" in printed.output
    after = translator.everything()
    assert {name for name in after if after[name] != before[name]} == {"phrases/my.yml"}
    assert _lines(before, after, "phrases/my.yml") == 1


@pytest.mark.parametrize(
    ("year", "told"),
    [
        ("2025", "2025 stands here, 2026 in the English"),
        ("၂၀၂၅", "2025 stands here, 2026 in the English"),
        ("၂၀၂၆", None),  # the same in digits of its own
        ("ဒီနှစ်", None),  # in words
    ],
)
def test_a_changed_number_is_refused_and_one_in_words_is_not(
    translator: Translator, year: str, told: str | None
) -> None:
    english = load(translator.content).answers["visa_overstay", "en", None].body
    assert "2026" in english
    file = translator.export("my", "--all")
    found = entry(file, "answer/visa_overstay")
    own = re.search("2026|၂၀၂၆", found.msgstr)
    assert own
    found.msgstr = found.msgstr.replace(own[0], year)

    printed = translator.take(file, "--dry-run")

    assert printed.status == (1 if told else 0), printed
    assert (told or "0 refused") in printed.output


def test_a_danger_word_that_a_locked_phone_shows_is_refused(translator: Translator) -> None:
    file = translator.export("id", "--all")
    entry(file, "answer/leave_detained").msgstr = "Polisi menahan orang. Hubungi kedutaan."
    entry(file, "phrase/menu").msgstr = "Polisi: pilih satu, atau tulis sendiri:"
    printed = translator.take(file)
    assert printed.output.count("`polisi` stands in the first 40 characters") == 2
    assert printed.status == 1


def test_english_that_changed_since_the_export_is_refused(translator: Translator) -> None:
    file = translator.export("my", "--all")
    entry(file, "phrase/word_yes").msgstr = "ဟုတ်ပါတယ်။"
    translator.edit("phrases/en.yml", 'word_yes: "yes"', 'word_yes: "yes, do"')
    before = translator.everything()
    printed = translator.take(file)
    assert printed.status == 1
    assert "phrase/word_yes: the English has changed since the export" in printed.output
    assert translator.everything() == before


def test_an_entry_without_a_translation_is_left_out(translator: Translator) -> None:
    before = translator.everything()
    file = translator.export("my", "--all")
    entry(file, "phrase/word_yes").msgstr = "  \n"
    printed = translator.take(file)
    assert printed.status == 0
    assert "empty" in printed.output
    assert translator.everything() == before


def test_a_dry_run_writes_nothing(translator: Translator) -> None:
    before = translator.everything()
    file = translator.export("my", "--all")
    entry(file, "phrase/word_yes").msgstr = "ဟုတ်ပါတယ်။"
    printed = translator.take(file, "--dry-run")
    assert (printed.status, "1 changed" in printed.output) == (0, True)
    assert "Nothing was written" in printed.output
    assert translator.everything() == before


def test_who_has_read_it_is_kept_as_a_role(translator: Translator) -> None:
    file = translator.export("my", "--all")
    assert translator.take(file, "--by", "machine").status == 2
    assert translator.take(file, "--by", "Somebody <a@b.c>").status == 2
    assert translator.take(file, "--by", "Sophea Chan").status == 2
    assert translator.take(file, "--by", "translator").status == 0
    library = load(translator.content)
    book, answer = library.phrases["my"], library.answers["visa_overstay", "my", None]
    assert (answer.reviewed.by, answer.reviewed.on) == ("translator", clock.today())
    assert (book.reviewed.by, book.reviewed.on) == ("translator", clock.today())


def test_reading_a_part_of_the_phrases_does_not_speak_for_all(translator: Translator) -> None:
    file = translator.export("my", "--all")
    for found in [*file]:
        if found.msgctxt != "phrase/menu":
            file.remove(found)
    entry(file, "phrase/menu").msgstr = "တစ်ခု ရွေးပါ:"
    assert translator.take(file, "--by", "translator").status == 0
    assert load(translator.content).phrases["my"].reviewed.is_machine


def test_a_machines_change_takes_the_readers_mark_away(translator: Translator) -> None:
    file = translator.export("my", "--all")
    translator.take(file, "--by", "translator")
    entry(file, "phrase/menu").msgstr = "တစ်ခု ရွေးပါ:"
    changed = entry(file, "answer/leave_detained")
    changed.msgstr = changed.msgstr.replace("\n\n", "\n\nအသစ်။ ", 1)
    assert translator.take(file).status == 0
    library = load(translator.content)
    assert library.phrases["my"].reviewed.is_machine
    assert library.answers["leave_detained", "my", None].reviewed.is_machine
    assert not library.answers["visa_overstay", "my", None].reviewed.is_machine


@pytest.mark.parametrize(
    ("raw", "line", "why"),
    [
        (b'msgid ""\nmsgstr ""\n\nmsgid "a\nmsgstr "b"\n', 4, "quotation mark"),
        (b'msgid ""\nmsgstr ""\n\nmsgid "a"\n\nmsgid "b"\nmsgstr "c"\n', 4, "missing msgstr"),
        (b'msgid ""\nmsgstr ""\nhello\n', 3, "keyword"),
        (
            b'msgid ""\nmsgstr ""\n' + 2 * b'\nmsgctxt "a"\nmsgid "a"\nmsgstr "b"\n',
            8,
            "twice (first in line 4)",
        ),
        (b'msgid ""\nmsgstr "\xff"\n', 2, "UTF-8"),
        (b"", 0, "nothing in it"),
        (b'msgid ""\nmsgstr "PO-Revision-Date: soon\\n"\n', 1, "header"),
    ],
)
def test_a_broken_file_is_named_with_its_line(
    translator: Translator, raw: bytes, line: int, why: str
) -> None:
    before = translator.everything()
    translator.po.write_bytes(raw)
    printed = translator.run("import", translator.po)
    assert printed.status == 1
    assert printed.output.startswith(f"mine.po:{line}: error: ")
    assert why in printed.output
    assert translator.everything() == before


def test_a_file_that_is_not_there_is_told(translator: Translator) -> None:
    assert translator.run("import", translator.content / "no.po").status == 1


def test_a_language_in_weblates_spelling_is_known(translator: Translator) -> None:
    file = translator.export("my", "--all")
    for spelling in ("my_MM", "my_Mymr", "my-MM"):
        file.metadata["Language"] = spelling
        assert translator.take(file).status == 0
    del file.metadata["Language"]
    assert translator.take(file).status == 2
    assert translator.take(file, "--language", "my").status == 0


def test_content_that_would_have_errors_is_not_written(
    translator: Translator, monkeypatch: pytest.MonkeyPatch
) -> None:
    # As if the checks of single entries had let something pass.
    file = translator.export("id", "--all")
    monkeypatch.setattr("bot.content.proposals.check", lambda *_: [])
    entry(file, "phrase/mission_intro").msgstr = "Polisi: <b>"
    before = translator.everything()
    printed = translator.take(file)
    assert printed.status == 1
    assert "the content would have errors" in printed.output
    assert translator.everything() == before


def test_a_full_disk_leaves_everything_as_it_was(
    translator: Translator, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = translator.export("my", "--all")
    entry(file, "phrase/word_yes").msgstr = "ဟုတ်ပါတယ်။"
    changed = entry(file, "answer/leave_detained")
    changed.msgstr = changed.msgstr.replace("\n\n", "\n\nအသစ်။ ", 1)
    before = translator.everything()
    real = Path.replace

    def full(self: Path, target: Path) -> Path:
        if target.name == "my.yml" and self.parent.parent == translator.content:
            raise OSError(28, "No space left on device")
        return real(self, target)

    monkeypatch.setattr(Path, "replace", full)
    printed = translator.take(file)
    assert printed.status == 1
    assert "Nothing was written" in printed.output
    assert translator.everything() == before


def test_two_translators_do_not_overwrite_each_other(
    translator: Translator, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = translator.export("my", "--all")
    entry(file, "phrase/word_yes").msgstr = "ဟုတ်ပါတယ်။"
    real = replacing.tried

    def slow(*words: object) -> object:
        found = real(*words)  # type: ignore[arg-type]
        translator.edit("phrases/my.yml", "reviewed: machine", "reviewed: human")
        return found

    monkeypatch.setattr(replacing, "tried", slow)
    printed = translator.take(file)
    assert printed.status == 1
    assert "changed by somebody else" in printed.output
    assert "reviewed: human" in translator.text("phrases/my.yml")


def test_a_trial_does_not_write_through_a_link(translator: Translator) -> None:
    path = translator.content / "phrases" / "my.yml"
    real = translator.content / "languages.my"
    path.rename(real)
    path.symlink_to(real)
    before = translator.everything()
    file = translator.export("my", "--all")
    entry(file, "phrase/word_yes").msgstr = "ဟုတ်ပါတယ်။"
    assert translator.take(file, "--dry-run").status == 0
    assert translator.everything() == before
    assert translator.take(file).status == 0
    assert path.is_symlink()
    assert "ဟုတ်ပါတယ်။" in real.read_text()


def test_names_that_a_program_broke_over_lines_are_read(translator: Translator) -> None:
    translator.export("my", "--all")
    text = translator.po.read_text()
    broken = text.replace('msgctxt "phrase/', 'msgctxt ""\n"phrase/"\n"').replace("\n", "\r\n")
    translator.po.write_text("\ufeff" + broken)
    assert "0 new, 0 changed" in translator.run("import", translator.po).output
    again = broken.partition('"menu"')[2].partition("\r\n\r\n")[0]
    doubled = f'{broken}\r\nmsgctxt ""\r\n"phrase/menu"{again}\r\n'
    translator.po.write_text(doubled)
    assert "twice" in translator.run("import", translator.po).output


def test_a_plural_entry_is_refused(translator: Translator) -> None:
    file = translator.export("my", "--all")
    found = entry(file, "phrase/word_yes")
    found.msgid_plural, found.msgstr_plural = "yeses", {0: "a", 1: "b"}
    found.msgstr = ""
    assert "plural forms" in translator.take(file).output


def test_a_new_language_is_filled_in_one_go(translator: Translator) -> None:
    translator.edit(
        "languages.yml",
        "languages:\n",
        "languages:\n  - code: km\n    name: Khmer\n    own_name: ខ្មែរ\n    direction: ltr\n"
        "    offered: false\n",
    )
    file = translator.export("km", "--all")
    assert not [found for found in file if found.msgstr]
    for found in file:
        found.msgstr = _dummy(found)

    printed = translator.take(file, "--by", "translator")

    assert printed.status == 0, printed.output
    assert f"{len(file)} new, 0 changed, 0 the same, 0 refused" in printed.output
    library = load(translator.content)
    assert not library.phrases["km"].reviewed.is_machine
    assert {topic for topic, code, _ in library.answers if code == "km"} == library.topics()
    translator.edit("languages.yml", "    offered: false\n", "    offered: true\n")
    assert not [line for line in _checked(translator) if ": error:" in line]
    assert not translator.export("km")


def _dummy(found: polib.POEntry) -> str:
    """Khmer letters for words; what is filled in, marks and numbers stay."""
    parts = re.split(r"(\{\{.*?\}\}|\{%.*?%\}|\{\w+\}|\*\*)", found.msgid)
    return "".join(
        part if at % 2 else re.sub(r"[A-Za-z]+(['’-][A-Za-z]+)*", "កខ", part)
        for at, part in enumerate(parts)
    )


def _checked(translator: Translator) -> list[str]:
    translator.capture.readouterr()
    cli.main(["check"])
    return translator.capture.readouterr().out.split("\n")


def _lines(before: dict[str, bytes], after: dict[str, bytes], name: str) -> int:
    """Count the lines of a file that differ."""
    old, new = before[name].split(b"\n"), after[name].split(b"\n")
    assert len(old) == len(new)
    return sum(one != other for one, other in zip(old, new, strict=True))
