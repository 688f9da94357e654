"""What one message does: the ten rules, digression and return, misses, limits, versions."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bot.domain.events import Answered, HumanCalled, Said
from bot.domain.messages import Kind
from bot.domain.understanding import Decision, Intent
from bot.flows import loading
from bot.flows.engine import advance
from bot.flows.state import FlowState, MissionFact, Outcome, TurnInput
from tests.support.flow_parts import (
    MadeUpFacts,
    Talk,
    command,
    flows_of,
    heard,
    policy,
    pressed,
    project_flows,
    short,
    tiers,
)

CRITICAL = [name for name, tier in tiers().items() if tier == "critical"]
ASKED = [
    heard("embassy_contact"),
    heard("passport_missing"),
    heard("shelter_find"),
    heard("exit_procedure"),
    heard("someone_missing"),
    heard("report_trafficking"),
    heard("unpaid_wages"),
    heard("job_offer_check"),
    heard("delete_data"),
    heard("change_language"),
    replace(heard("greet"), decision=Decision.ASK),
]


@pytest.mark.parametrize("intent", sorted(tiers()))
def test_every_intent_leads_somewhere(intent: str) -> None:
    for state in (FlowState(greeted=True), FlowState()):
        talk = Talk(state=state)
        said = talk.say(heard(intent))
        assert said
        assert "cannot_handle" not in said


@pytest.mark.parametrize("intent", CRITICAL)
@pytest.mark.parametrize("opening", ASKED, ids=lambda turn: str(turn.intent))
def test_a_critical_message_leaves_every_question_and_calls_a_human_at_once(
    intent: str, opening: TurnInput
) -> None:
    talk = Talk()
    talk.say(opening)
    said = talk.say(heard(intent, "words", country="ID", city="Bavet"))
    assert said[:2] == ["human now", f"answer {intent}"]
    assert [frame.flow for frame in talk.state.frames] == ["danger_now"]


@pytest.mark.parametrize("intent", CRITICAL)
def test_a_human_is_called_even_when_no_flow_takes_the_danger(intent: str) -> None:
    library = flows_of(
        'version: "3.1"\nflows:\n  a: {description: x, steps: [{action: utter_a}]}\n'
    )
    outcome = Talk(library).turn(heard(intent))
    assert outcome.events == (HumanCalled(intent, urgent=True), Answered(intent))


def test_a_page_by_urgency_gives_advice_whatever_the_intent() -> None:
    talk = Talk()
    said = talk.say(replace(heard("visa_overstay"), decision=Decision.PAGE))
    assert said == ["human now", "answer safety_general", "ask_can_write"]
    said = Talk().say(replace(heard("detained", confidence=0.1), decision=Decision.PAGE))
    assert said == ["human now", "answer detained", "ask_can_write"]
    assert Talk().say(replace(heard(None), decision=Decision.PAGE))[0] == "human now"


def test_when_triage_asks_the_need_is_answered_and_danger_asked_in_one_turn() -> None:
    talk = Talk()
    said = talk.say(replace(heard("shelter_find"), decision=Decision.ASK))
    assert said == ["answer shelter_find", "ask_in_danger"]
    assert talk.say(heard("deny")) == ["danger_no", "ask_safe_tonight"]


def test_danger_is_asked_even_when_nothing_else_was_understood() -> None:
    assert Talk().say(replace(heard(None), decision=Decision.ASK)) == ["ask_in_danger"]
    assert Talk().say(replace(heard(None), forced_flow="pattern_danger_check")) == ["ask_in_danger"]


@pytest.mark.parametrize("intent", CRITICAL)
def test_a_danger_that_may_be_past_is_asked_about_before_slots_are_looked_at(intent: str) -> None:
    talk = Talk()
    talk.say(heard("embassy_contact"))
    past = replace(heard(intent, country="ID"), decision=Decision.ASK)
    assert talk.say(past) == ["ask_in_danger"]
    assert talk.say(heard("deny")) == ["danger_no", "ask_nationality"]
    talk.say(past)
    assert talk.say(heard("affirm"))[:2] == ["human now", f"answer {intent}"]


def test_a_danger_that_is_said_again_when_asked_about_is_one_of_now() -> None:
    talk = Talk()
    turn = replace(heard("violence_now"), decision=Decision.ASK)
    talk.say(turn)
    assert talk.say(turn) == ["human now", "answer violence_now", "ask_can_write"]
    assert talk.say(turn) == ["human now", "ask_can_write"]


def test_danger_is_not_asked_twice_over() -> None:
    talk = Talk()
    talk.say(replace(heard("greet"), decision=Decision.ASK))
    said = talk.say(replace(heard("out_of_scope"), decision=Decision.ASK))
    assert said == ["not_understood", "ask_in_danger"]


def test_a_critical_intent_that_is_not_sure_is_asked_about() -> None:
    assert Talk().say(heard("held_captive", confidence=0.35)) == ["ask_in_danger"]


def test_more_words_about_the_danger_answer_its_question() -> None:
    talk = Talk()
    talk.say(heard("held_captive"))
    talk.say(pressed("/SetSlots(can_write=true)"))
    said = talk.say(heard("held_captive", "in a tower beside the lake"))
    assert said == ["human now", "place_kept"]
    assert talk.state.slots["place"] == "in a tower beside the lake"


def test_another_danger_is_advised_on_and_the_question_stays() -> None:
    talk = Talk()
    talk.say(heard("held_captive"))
    assert talk.say(heard("violence_now")) == ["human now", "answer violence_now", "ask_can_write"]


def test_what_danger_broke_off_comes_back_only_when_the_contact_asks() -> None:
    talk = Talk()
    talk.say(heard("embassy_contact"))
    talk.say(heard("being_followed"))
    talk.say(heard("affirm"))
    assert talk.say(heard(None, "beside the market")) == ["human", "place_kept", "offer_resume"]
    assert talk.say(heard("greet")) == ["greet"]
    assert talk.say(pressed("/SetSlots(go_on=true)")) == ["ask_nationality"]
    assert talk.say(pressed("/SetSlots(nationality=ID)")) == ["mission id_embassy_phnom_penh"]


def test_the_button_of_a_broken_off_question_takes_it_up_and_danger_stays_open() -> None:
    talk = Talk()
    talk.say(heard("embassy_contact"))
    talk.say(heard("held_captive"))
    said = talk.say(pressed("/SetSlots(nationality=ID)"))
    assert said == ["mission id_embassy_phnom_penh", "ask_can_write"]


def test_a_place_of_an_earlier_day_is_asked_for_again() -> None:
    talk = Talk(state=FlowState(greeted=True, slots={"place": "old"}))
    assert talk.say(heard("medical_emergency"))[-1] == "ask_place_first"


def test_a_question_in_the_middle_is_answered_and_the_open_one_comes_again() -> None:
    talk = Talk()
    assert talk.say(heard("embassy_contact")) == ["ask_nationality"]
    assert talk.say(heard("legal_rights")) == ["answer legal_rights", "ask_nationality"]
    assert talk.say(heard("unpaid_wages")) == ["ask_wages_work"]
    assert talk.say(heard("thanks")) == ["thanks", "ask_wages_work"]
    said = talk.say(pressed("/SetSlots(wages_work=company)"))
    assert said == ["answer wages_company", "ask_nationality"]
    said = talk.say(heard("out_of_scope", "", 0.4, country="ID"))
    assert said == ["mission id_embassy_phnom_penh"]
    assert talk.state.frames == ()


def test_an_answer_that_is_also_a_need_is_kept_and_the_need_heard() -> None:
    talk = Talk()
    talk.say(heard("embassy_contact"))
    said = talk.say(heard("unpaid_wages", "and my boss did not pay for months", country="ID"))
    assert said == ["ask_wages_work"]
    said = talk.say(pressed("/SetSlots(wages_work=other)"))
    assert said == ["answer unpaid_wages", "mission id_embassy_phnom_penh"]


def test_a_short_answer_is_no_need_whatever_the_classifier_makes_of_it() -> None:
    talk = Talk()
    talk.say(heard("passport_missing"))
    said = talk.say(heard("embassy_contact", "", country="NP"))
    assert said == ["answer passport_missing", "mission np_embassy_bangkok"]


def test_no_flow_is_open_twice_and_not_too_many_are() -> None:
    talk = Talk()
    for turn in (*ASKED, *ASKED):
        if turn.intent != "greet":
            talk.say(turn)
            flows = [frame.flow for frame in talk.state.frames]
            assert len(flows) == len(set(flows)) <= policy().depth


def test_going_back_to_an_open_flow_forgets_what_lies_above_it() -> None:
    talk = Talk()
    talk.say(heard("embassy_contact"))
    talk.say(heard("unpaid_wages"))
    assert talk.say(heard("embassy_contact")) == ["ask_nationality"]
    assert [frame.flow for frame in talk.state.frames] == ["find_embassy"]


def test_a_question_is_repeated_once_then_the_menu_and_a_human_and_it_stays_open() -> None:
    talk = Talk()
    talk.say(heard("unpaid_wages"))
    assert talk.say(heard(None)) == ["not_understood", "ask_wages_work"]
    assert talk.say(heard("out_of_scope")) == ["offer_human"]
    assert talk.say(heard("deny")) == ["offer_human"]
    assert talk.say(pressed("/SetSlots(wages_work=online)")) == ["answer wages_scam"]
    assert talk.state.misses == 0


def test_rejected_values_are_misses_too() -> None:
    talk = Talk()
    talk.say(heard("embassy_contact"))
    kh = heard(None, "", country="KH")
    assert talk.say(kh) == ["nationality_is_host", "ask_nationality"]
    assert talk.say(kh) == ["nationality_is_host", "offer_human"]
    assert talk.say(heard(None, "", country="ID")) == ["mission id_embassy_phnom_penh"]


def test_a_need_between_two_misses_is_dealt_with_and_the_question_asked_again() -> None:
    talk = Talk()
    talk.say(heard("unpaid_wages"))
    assert talk.say(heard(None)) == ["not_understood", "ask_wages_work"]
    assert talk.say(heard("legal_rights")) == ["answer legal_rights", "ask_wages_work"]
    assert talk.say(heard(None)) == ["not_understood", "ask_wages_work"]


def test_who_says_the_need_again_is_not_told_that_nothing_was_understood() -> None:
    talk = Talk()
    talk.say(heard("unpaid_wages"))
    assert talk.say(heard("unpaid_wages")) == ["ask_wages_work"]
    assert talk.say(heard("unpaid_wages")) == ["offer_human"]


def test_when_danger_stays_unclear_a_human_is_called_once() -> None:
    talk = Talk()
    talk.say(replace(heard("greet"), decision=Decision.ASK))
    assert talk.say(heard(None)) == ["not_understood", "ask_in_danger"]
    assert talk.say(heard(None)) == ["human", "danger_unclear"]
    assert talk.say(heard(None)) == ["offer_human"]
    assert talk.say(heard("affirm"))[0] == "human now"


def test_a_danger_that_stays_unclear_calls_a_human_whatever_an_older_version_says() -> None:
    old = loading.parse(project_flows().source.replace("danger_unclear", "not_known_then"))
    talk = Talk(old)
    talk.say(replace(heard("greet"), decision=Decision.ASK))
    talk.say(heard(None))
    assert talk.say(heard(None)) == ["human", "cannot_handle"]


def test_small_talk_does_not_put_off_the_question_of_danger_for_ever() -> None:
    talk = Talk()
    talk.say(replace(heard("legal_rights"), decision=Decision.ASK))
    assert talk.say(heard("greet", "hello?")) == ["greet", "ask_in_danger"]
    assert talk.say(heard("greet", "hello??")) == ["human", "danger_unclear"]
    assert talk.say(heard("greet", "hello???")) == ["offer_human"]
    assert talk.say(heard("deny")) == ["danger_no"]


def test_a_need_between_does_not_count_and_small_talk_elsewhere_neither() -> None:
    talk = Talk()
    talk.say(replace(heard("greet"), decision=Decision.ASK))
    talk.say(heard("greet"))
    assert talk.say(heard("legal_rights")) == ["answer legal_rights", "ask_in_danger"]
    assert talk.say(heard("greet")) == ["greet", "ask_in_danger"]
    talk = Talk()
    talk.say(heard("unpaid_wages"))
    for _ in range(3):
        assert talk.say(heard("thanks")) == ["thanks", "ask_wages_work"]


@pytest.mark.parametrize("desk", [True, False])
def test_without_a_desk_nobody_is_promised_a_person(desk: bool) -> None:  # noqa: FBT001
    talk = Talk(desk=desk)
    talk.say(replace(heard("greet"), decision=Decision.ASK))
    talk.say(heard(None))
    alone = ["human", "danger_unclear_alone", "answer no_human"]
    assert talk.say(heard(None)) == (["human", "danger_unclear"] if desk else alone)
    assert talk.say(heard(None)) == ["offer_human" if desk else "offer_human_alone"]


@pytest.mark.parametrize("opening", ASKED, ids=lambda turn: str(turn.intent))
def test_a_clear_need_is_answered_whatever_is_open_and_in_any_language(opening: TurnInput) -> None:
    talk = Talk()
    talk.say(opening)
    said = talk.say(replace(heard("medical_help"), written="my"))
    assert said[0] == "answer medical_help"
    assert talk.say(replace(heard(None), decision=Decision.PAGE))[0] == "human now"


def test_a_guess_at_a_question_comes_with_the_question() -> None:
    talk = Talk()
    talk.say(heard("unpaid_wages"))
    assert talk.say(heard("legal_rights", confidence=0.4)) == ["did_you_mean", "ask_wages_work"]
    assert talk.say(heard("legal_rights", confidence=0.4)) == ["offer_human"]


def test_of_two_countries_the_one_that_is_not_refused_counts() -> None:
    talk = Talk()
    talk.say(heard("embassy_contact"))
    turn = heard(None, "", country="KH")
    both = replace(turn, entities=(*turn.entities, *heard(None, "", country="ID").entities))
    assert talk.say(both) == ["mission id_embassy_phnom_penh"]


def test_the_starting_message_fills_slots_by_names_but_never_by_its_words() -> None:
    assert Talk().say(heard("embassy_contact", country="ID")) == ["mission id_embassy_phnom_penh"]
    assert Talk().say(heard("embassy_contact", country="KH")) == ["ask_nationality"]
    talk = Talk()
    talk.say(heard("medical_emergency", "she bleeds"))
    assert "place" not in talk.state.slots


def test_a_slot_that_is_not_asked_for_stays_empty() -> None:
    talk = Talk()
    talk.say(heard("legal_rights", country="ID"))
    talk.say(heard("unpaid_wages", country="ID"))
    assert talk.state.slots == {}


def test_an_answer_page_is_for_the_country_that_was_named() -> None:
    talk = Talk(state=FlowState(greeted=True, slots={"nationality": "VN"}))
    assert _pages(talk.turn(heard("embassy_wait"))) == [("embassy_wait", "VN")]
    outcome = talk.turn(heard("embassy_wait", country="NP"))
    assert _pages(outcome) == [("embassy_wait", "NP")]


def _pages(outcome: Outcome) -> list[tuple[str, str | None]]:
    return [(event.topic, event.country) for event in outcome.events if isinstance(event, Answered)]


TYPED = ["/SetSlots(in_danger=false)", "/SetSlots(confirm_wipe=true)", "/answer(wipe_by_hand)"]


@pytest.mark.parametrize("text", TYPED)
def test_typed_payloads_do_nothing(text: str) -> None:
    talk = Talk()
    talk.say(heard("delete_data"))
    assert talk.say(heard(None, text)) == ["not_understood", "ask_confirm_wipe"]
    assert "confirm_wipe" not in talk.state.slots
    said = talk.say(TurnInput(command=text.removeprefix("/")))
    assert said == ["cannot_handle", "ask_confirm_wipe"]


FORGED = [
    "/SetSlots(mission_count=99)",
    "/SetSlots(resumed=true)",
    "/SetSlots(no_such=1)",
    "/SetSlots(confirm_wipe=perhaps)",
    "/SetSlots(wages_work=mafia)",
    "/SetSlots(language=xx)",
    "/SetSlots(nationality=ID,mission_count=2)",
    "/no_such_intent",
    "/answer(no_such)",
    "/answer(greet)",
    "nonsense",
    "",
    "/SetSlots(" + "a" * 200,
]


@pytest.mark.parametrize("payload", FORGED)
def test_forged_and_old_payloads_change_nothing(payload: str) -> None:
    talk = Talk()
    talk.say(heard("unpaid_wages"))
    before = talk.state
    assert talk.say(pressed(payload)) == ["old_button", "ask_wages_work"]
    assert talk.state == before


def test_an_old_wipe_button_asks_again_before_it_erases() -> None:
    talk = Talk()
    assert talk.say(pressed("/SetSlots(confirm_wipe=true)")) == ["ask_confirm_wipe"]
    assert talk.say(pressed("/SetSlots(confirm_wipe=true)")) == ["wipe", "wiped"]


def test_a_button_of_an_older_question_goes_back_to_it() -> None:
    talk = Talk()
    talk.say(heard("embassy_contact"))
    talk.say(heard("unpaid_wages"))
    assert talk.say(pressed("/SetSlots(nationality=ID)")) == ["mission id_embassy_phnom_penh"]
    assert talk.state.frames == ()


def test_a_slot_button_without_a_question_starts_the_one_flow_that_asks() -> None:
    assert Talk().say(pressed("/SetSlots(wages_work=online)")) == ["answer wages_scam"]
    assert Talk().say(pressed("/SetSlots(nationality=ID)")) == ["old_button"]


EVERY_STATE = [
    (heard("talk_to_human"), "human"),
    (command("human"), "human"),
    (pressed("/talk_to_human"), "human"),
    (command("cancel"), "cancelled"),
    (command("menu"), "menu"),
    (command("HELP"), "menu"),
    (command("start"), "welcome"),
]


@pytest.mark.parametrize("opening", ASKED, ids=lambda turn: str(turn.intent))
def test_cancel_language_wipe_and_a_human_are_heard_in_every_state(opening: TurnInput) -> None:
    for turn, first in EVERY_STATE:
        talk = Talk()
        talk.say(opening)
        assert talk.say(turn)[0] == first
        assert talk.state.frames == ()
    for turn, question in (
        (command("wipe"), "ask_confirm_wipe"),
        (command("language"), "ask_language"),
        (heard("change_language"), "ask_language"),
    ):
        talk = Talk()
        talk.say(opening)
        assert talk.say(turn)[-1] == question


@pytest.mark.parametrize("opening", ASKED, ids=lambda turn: str(turn.intent))
def test_the_wish_to_be_forgotten_is_heard_in_every_state(opening: TurnInput) -> None:
    talk = Talk()
    talk.say(opening)
    said = talk.say(heard("delete_data"))
    if opening.intent == "delete_data":
        assert said == ["wipe", "wiped"]
        assert talk.state == FlowState(version=talk.library.version)
    else:
        assert said[-1] == "ask_confirm_wipe"


def test_after_a_wipe_nothing_is_remembered() -> None:
    talk = Talk()
    talk.say(heard("embassy_contact", country="ID"))
    talk.say(heard("exit_procedure"))
    talk.say(command("wipe"))
    talk.say(heard("affirm"))
    assert talk.state == FlowState(version=talk.library.version)


def test_a_wipe_that_is_declined_leads_back() -> None:
    talk = Talk()
    talk.say(heard("unpaid_wages"))
    talk.say(command("wipe"))
    assert talk.say(heard("deny")) == ["not_wiped", "ask_wages_work"]


def test_a_first_message_with_a_need_is_answered_at_once_and_languages_come_after() -> None:
    said = Talk(state=FlowState()).say(heard("embassy_contact", country="ID"))
    assert said == ["mission id_embassy_phnom_penh", "choose_language"]
    said = Talk(state=FlowState()).say(heard("held_captive"))
    assert said == ["human now", "answer held_captive", "ask_can_write", "choose_language"]
    assert Talk(state=FlowState()).say(command("start")) == ["welcome", "choose_language"]
    assert Talk(state=FlowState()).say(command("language")) == ["ask_language"]


@pytest.mark.parametrize("intent", ["greet", "thanks", "out_of_scope", "affirm", None])
def test_a_first_message_without_a_need_is_greeted(intent: str | None) -> None:
    talk = Talk(state=FlowState())
    assert talk.say(heard(intent)) == ["welcome", "choose_language"]
    assert talk.state.greeted


def test_the_language_that_is_chosen_first_gets_the_answer_again() -> None:
    talk = Talk(state=FlowState())
    talk.say(heard("legal_rights"))
    said = talk.say(pressed("/SetSlots(language=id)"))
    assert said == ["language id", "language_changed", "answer legal_rights"]
    assert talk.say(pressed("/SetSlots(language=en)"))[-1] == "answer legal_rights"


def test_a_language_change_in_a_flow_asks_the_open_question_again() -> None:
    talk = Talk()
    talk.say(heard("unpaid_wages"))
    talk.say(heard("change_language"))
    said = talk.say(heard("out_of_scope", "", 0.3, language="id"))
    assert said == ["language id", "language_changed", "ask_wages_work"]


def test_a_language_that_is_not_offered_is_not_taken() -> None:
    talk = Talk()
    talk.say(heard("change_language"))
    assert talk.say(heard(None, "", language="xx")) == ["not_understood", "ask_language"]


def test_when_unsure_a_few_things_are_offered_without_small_talk() -> None:
    ranking = tuple(
        Intent(name, 0.4 - place / 10)
        for place, name in enumerate(
            ("greet", "visa_overstay", "unknown", "embassy_contact", "held_captive", "detained")
        )
    )
    turn = replace(heard("visa_overstay", confidence=0.4), ranking=ranking)
    (said,) = Talk().turn(turn).events
    assert isinstance(said, Said)
    assert said.phrase == "did_you_mean"
    assert [choice.payload for choice in said.choices] == [
        "/visa_overstay",
        "/embassy_contact",
        "/capabilities",
    ]
    assert Talk().say(heard("visa_overstay", confidence=0.1)) == ["cannot_handle"]
    assert Talk().say(pressed("/visa_overstay")) == ["answer visa_overstay"]


def test_of_likely_needs_the_dangerous_come_first_and_none_without_an_answer() -> None:
    sure = {"visa_overstay": 0.3, "embassy_wait": 0.2, "detained": 0.1, "held_captive": 0.08}
    ranking = tuple(Intent(name, confidence) for name, confidence in sure.items())
    turn = replace(heard("visa_overstay", confidence=0.3), ranking=ranking)
    (said,) = Talk(facts=MadeUpFacts(missing=["embassy_wait"])).turn(turn).events
    assert isinstance(said, Said)
    payloads = [choice.payload for choice in said.choices]
    assert payloads == ["/held_captive", "/detained", "/visa_overstay", "/capabilities"]


def test_below_the_band_nothing_is_guessed() -> None:
    ranking = (Intent("visa_overstay", 0.15), Intent("detained", 0.1))
    turn = replace(heard("visa_overstay", confidence=0.15), ranking=ranking)
    for talk in (Talk(), Talk(settings=replace(policy(), cannot_handle=0.16))):
        (said,) = talk.turn(turn).events
        assert isinstance(said, Said)
        assert said.phrase == "cannot_handle"
        assert {"/capabilities", "/talk_to_human"} <= {choice.payload for choice in said.choices}
    assert Talk(settings=replace(policy(), cannot_handle=0.15)).say(turn) == ["did_you_mean"]


@pytest.mark.parametrize("intent", [n for n, tier in tiers().items() if tier != "dialogue"])
def test_every_button_of_did_you_mean_answers_with_what_its_tier_asks_for(intent: str) -> None:
    said = Talk().say(pressed(f"/{intent}"))
    assert said[0] != "old_button"
    assert (said[0] == "human now") == (tiers()[intent] == "critical")


def test_buttons_of_critical_needs_call_a_human() -> None:
    assert Talk().say(pressed("/held_captive"))[:2] == ["human now", "answer held_captive"]


@pytest.mark.parametrize("kind", [Kind.PHOTO, Kind.VOICE, Kind.LOCATION, Kind.STICKER])
def test_a_picture_or_a_place_is_owned_up_to_or_answers_an_open_question(kind: Kind) -> None:
    assert Talk().say(TurnInput(kind=kind)) == ["attachment"]
    talk = Talk()
    talk.say(heard("medical_emergency"))
    assert talk.say(TurnInput(kind=kind)) == ["human", "place_kept"]
    assert talk.state.slots["place"] == f"[{kind.value}]"
    said = Talk(state=FlowState()).say(TurnInput(kind=kind))
    assert said == ["attachment", "choose_language"]


@pytest.mark.parametrize("kind", [Kind.BUTTON, Kind.COMMAND])
def test_a_button_or_command_that_carries_nothing_is_no_answer(kind: Kind) -> None:
    assert Talk().say(TurnInput(kind=kind)) == ["cannot_handle"]
    talk = Talk()
    talk.say(heard("medical_emergency"))
    assert talk.say(TurnInput(kind=kind)) == ["not_understood", "ask_place_first"]


def test_offices_abroad_are_shown_only_when_none_is_here(monkeypatch: pytest.MonkeyPatch) -> None:
    abroad = MissionFact("b", "Bangkok", in_country=False)
    unplaced = MissionFact("c", "", in_country=False)
    offices = {"AA": (MissionFact("a", "Phnom Penh"), abroad), "BB": (abroad, unplaced)}
    monkeypatch.setattr(MadeUpFacts, "missions", lambda _self, country: offices[country])
    assert Talk().say(heard("embassy_contact", country="AA")) == ["mission a"]
    talk = Talk()
    talk.say(heard("embassy_contact", country="BB"))
    assert talk.say(heard(None, "", city="Kampot")) == ["mission b", "mission c"]


def test_a_missing_answer_file_is_owned_up_to() -> None:
    talk = Talk(facts=MadeUpFacts(missing=["wages_scam"]))
    assert talk.say(pressed("/SetSlots(wages_work=online)")) == ["no_answer"]


CIRCLE = """version: "3.1"
flows:
  circle:
    description: x
    nlu_trigger: [{intent: greet}]
    steps:
      - id: a
        action: utter_a
        next: a
  pattern_internal_error:
    description: x
    steps: [{action: utter_sorry}]
"""


def test_steps_in_a_circle_end_after_fifty_and_it_is_owned_up_to() -> None:
    talk = Talk(flows_of(CIRCLE))
    said = talk.say(heard("greet"))
    assert said == ["a"] * 50 + ["sorry"]
    assert talk.state.frames == ()


def test_even_the_apology_may_run_in_a_circle() -> None:
    text = CIRCLE.replace("[{action: utter_sorry}]", "[{id: b, action: utter_b, next: b}]")
    assert Talk(flows_of(text)).say(heard("greet"))[-1] == "internal_error"


def test_links_in_a_circle_end_too() -> None:
    text = CIRCLE.replace("next: a\n", "next: b\n      - id: b\n        link: circle\n")
    assert Talk(flows_of(text)).say(heard("greet"))[-1] == "sorry"


def test_a_flow_in_an_aside_never_leaves_a_question_open() -> None:
    library = flows_of(
        """version: "3.1"
flows:
  pattern_cannot_handle: {description: x, steps: [{collect: city}]}
slots:
  city: {type: text, mappings: [{type: from_text}]}
"""
    )
    talk = Talk(library)
    assert talk.say(heard(None)) == ["cannot_handle"] or talk.state.frames == ()


def test_slots_end_with_their_flow_but_for_those_that_stay() -> None:
    talk = Talk()
    talk.say(heard("embassy_contact", country="VN"))
    talk.say(heard(None, "", city="Sihanoukville"))
    assert talk.state.slots == {"nationality": "VN", "mission_count": 2.0}


@pytest.mark.parametrize("leaving", [command("cancel"), heard("talk_to_human"), heard("goodbye")])
def test_answers_of_a_flow_that_was_left_are_forgotten(leaving: TurnInput) -> None:
    talk = Talk()
    talk.say(heard("job_offer_check"))
    talk.say(heard("affirm"))
    talk.say(leaving)
    assert talk.state.slots == {}
    assert talk.say(heard("job_offer_check")) == ["ask_offer_pay"]


def test_a_button_of_a_question_that_was_broken_off_and_begun_anew_is_old() -> None:
    talk = Talk()
    talk.say(heard("embassy_contact"))
    talk.say(heard("held_captive"))
    talk.say(heard("embassy_contact", country="VN"))
    assert talk.say(pressed("/SetSlots(nationality=ID)")) == ["old_button", "ask_mission"]


def test_a_slot_that_an_interrupted_flow_needs_is_not_taken_from_it() -> None:
    library = flows_of(
        """version: "3.1"
flows:
  low:
    description: x
    nlu_trigger: [{intent: greet}]
    steps: [{collect: city}, {collect: other}, {action: utter_done}]
  high:
    description: x
    nlu_trigger: [{intent: thanks}]
    steps: [{collect: city}, {action: utter_high}]
slots:
  city: {type: text, mappings: [{type: from_entity, entity: city}]}
  other: {type: text, mappings: [{type: from_entity, entity: other}]}
"""
    )
    talk = Talk(library)
    talk.say(heard("greet", city="Bavet"))
    assert talk.say(heard("thanks")) == ["high", "ask_other"]
    assert talk.state.slots == {"city": "Bavet"}
    assert talk.say(heard(None, "", other="x")) == ["done"]
    assert talk.state.slots == {}


def test_guards_count_for_messages_and_not_for_buttons() -> None:
    library = flows_of(
        """version: "3.1"
flows:
  guarded:
    description: x
    if: false
    nlu_trigger: [{intent: greet}]
    steps: [{action: utter_guarded}]
  sure:
    description: x
    nlu_trigger: [{intent: {name: thanks, confidence_threshold: 0.8}}]
    steps: [{action: utter_sure}]
"""
    )
    assert Talk(library).say(heard("greet")) == ["cannot_handle"]
    assert Talk(library).say(pressed("/greet")) == ["guarded"]
    assert Talk(library).say(heard("thanks", confidence=0.7)) == ["cannot_handle"]
    assert Talk(library).say(heard("thanks", confidence=0.8)) == ["sure"]


def test_set_slots_and_the_first_variation_that_fits() -> None:
    library = flows_of(
        """version: "3.1"
flows:
  a:
    description: x
    nlu_trigger: [{intent: greet}]
    steps:
      - action: utter_say
      - set_slots: [{mood: good}, {count: 2}]
      - action: utter_say
      - set_slots: [{mood: null}]
      - action: utter_say
slots:
  mood: {type: categorical, values: [good, bad], mappings: []}
  count: {type: float, initial_value: 1, mappings: []}
responses:
  utter_say:
    - condition: slots.mood = "good"
      phrase: good
    - condition: slots.count > 1
      phrase: counted
    - phrase: plain
"""
    )
    talk = Talk(library)
    assert talk.say(heard("greet")) == ["plain", "good", "counted"]
    assert talk.state.slots == {"count": 1.0}


def test_a_running_talk_keeps_the_flows_that_it_began_with() -> None:
    old = project_flows()
    talk = Talk(old)
    talk.say(heard("unpaid_wages"))
    stored, source = talk.state.to_json(), old.source
    again = loading.parse(source)
    assert FlowState.from_json(stored).version == again.version
    outcome = advance(
        again,
        FlowState.from_json(stored),
        pressed("/SetSlots(wages_work=online)"),
        MadeUpFacts(),
        policy(),
    )
    assert short(outcome) == ["answer wages_scam"]


def test_a_forced_flow_runs_whatever_the_message_says() -> None:
    assert Talk().say(replace(heard("greet"), forced_flow="privacy")) == ["answer privacy_question"]
    assert Talk().say(replace(heard("greet"), forced_flow="no_such")) == ["cannot_handle"]
    said = Talk().say(replace(heard("greet"), forced_flow="danger_now"))
    assert said == ["human now", "answer safety_general", "ask_can_write"]


def test_the_path_holds_identifiers_only() -> None:
    outcome = Talk().turn(heard("embassy_contact", "my secret words", country="ID"))
    assert outcome.path == (
        "find_embassy:collect_nationality>action_find_missions",
        "find_embassy:action_find_missions>show",
        "find_embassy:show>END",
    )
