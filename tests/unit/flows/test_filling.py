"""What people have said already fills the slots that flows ask for; what is unknown is harmless."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bot.domain.events import HumanCalled, Said
from bot.domain.messages import Kind
from bot.domain.understanding import Decision, Entity
from bot.flows.filling import names_beside
from bot.flows.state import FlowState, TurnInput
from bot.triage import Reply, reply_of
from tests.support.flow_parts import Talk, flows_of, heard, policy, pressed, project_flows

DOSSIER = """version: "3.1"
flows:
  dossier:
    description: x
    nlu_trigger: [{intent: report_trafficking}]
    steps:
      - collect: country
      - collect: town
      - collect: people
      - collect: phone
      - collect: day
      - action: utter_done
slots:
  country: {type: text, mappings: [{type: from_entity, entity: country}]}
  town: {type: text, mappings: [{type: from_entity, entity: city}]}
  people: {type: float, mappings: [{type: from_entity, entity: people}]}
  phone: {type: text, mappings: [{type: from_entity, entity: phone}]}
  day: {type: text, mappings: [{type: from_entity, entity: date}]}
"""
SAID = {
    "country": "NP",
    "city": "Bavet",
    "people": "14",
    "phone": "+85512345678",
    "date": "2026-11-20",
}


def _told(intent: str, text: str = "words", **said: str) -> TurnInput:
    return heard(intent, text, 0.9, **said)


def test_nobody_is_asked_for_what_the_first_message_said() -> None:
    talk = Talk(flows_of(DOSSIER))
    assert talk.say(_told("report_trafficking", **SAID)) == ["done"]


@pytest.mark.parametrize("missing", SAID)
def test_only_what_is_missing_is_asked_for_and_an_answer_may_say_more(missing: str) -> None:
    talk = Talk(flows_of(DOSSIER))
    slot = {"city": "town", "date": "day"}.get(missing, missing)
    told = {kind: value for kind, value in SAID.items() if kind != missing}
    assert talk.say(_told("report_trafficking", **told)) == [f"ask_{slot}"]
    assert talk.say(_told("out_of_scope", "it is", **{missing: SAID[missing]})) == ["done"]


@pytest.mark.parametrize("value", ["", "many", "nan", "inf", "1e999"])
def test_a_number_that_is_none_is_asked_for_again(value: str) -> None:
    talk = Talk(flows_of(DOSSIER))
    said = talk.say(_told("report_trafficking", **(SAID | {"people": value})))
    assert said == ["ask_people"]


def test_kinds_that_no_slot_knows_change_nothing() -> None:
    talk = Talk()
    talk.say(heard("embassy_contact"))
    assert talk.say(heard("out_of_scope", "", date="2026-11-20", planet="Mars")) == [
        "not_understood",
        "ask_nationality",
    ]


def test_a_town_and_its_country_together_are_only_an_answer() -> None:
    talk = Talk()
    talk.say(heard("embassy_contact", country="VN"))
    turn = heard("safe_transport", "we are in", 0.95, city="Sihanoukville", phone="+85512345678")
    assert talk.say(turn) == ["mission vn_consulate_sihanoukville"]


def test_the_country_named_before_is_the_first_button() -> None:
    talk = Talk()
    talk.say(heard("legal_rights", country="NP"))
    (asked,) = talk.turn(pressed("/embassy_contact")).events
    assert isinstance(asked, Said)
    choices = asked.choices
    assert choices[0].payload == "/SetSlots(nationality=NP)"
    assert len(choices) == len({choice.payload for choice in choices})


def test_a_town_that_was_named_is_not_asked_for_again_in_danger() -> None:
    talk = Talk()
    talk.say(heard("held_captive", city="Bavet"))
    assert talk.say(heard("affirm")) == ["ask_place_in_town"]
    assert talk.state.slots["town"] == "Bavet"
    talk.say(heard(None, "the white tower"))
    assert "town" not in talk.state.slots
    assert Talk().say(heard("suicide_risk", city="Bavet"))[-1] == "ask_place_in_town_first"


def _reply(question: str, text: str, *entities: Entity) -> int | None:
    talk = Talk()
    talk.say(heard(question))
    turn = TurnInput(text=text, entities=entities)
    return names_beside(project_flows(), talk.state, turn, policy())


BAVET = Entity("city", "Bavet", 0, 5)


def test_how_much_stands_beside_the_name_that_answers() -> None:
    assert _reply("medical_emergency", "Bavet", BAVET) == 0
    assert _reply("medical_emergency", " Bavet! ", Entity("city", "Bavet", 1, 6)) == 0
    assert _reply("medical_emergency", "Bavet now", BAVET) == 3
    assert _reply("medical_emergency", "Bavet, they come up the stairs now", BAVET) is None
    assert _reply("medical_emergency", "the tower") is None
    assert _reply("medical_emergency", "14", Entity("people", "14", 0, 2)) is None
    assert _reply("embassy_contact", "Nepal", Entity("country", "NP", 0, 5)) == 0
    assert _reply("embassy_contact", "Bavet", BAVET) is None  # a town is no nationality
    assert _reply("legal_rights", "Bavet", BAVET) is None  # nothing was asked


@pytest.mark.parametrize("decision", [Decision.NONE, Decision.ASK])
@pytest.mark.parametrize("intent", ["held_captive", "safe_transport", "change_language", "greet"])
def test_a_bare_place_is_the_answer_whatever_the_classifier_makes_of_it(
    intent: str, decision: Decision
) -> None:
    talk = Talk()
    talk.say(heard("medical_emergency"))
    turn = replace(heard(intent, "", 0.95, city="Bavet"), decision=decision, answers=True)
    # Triage cannot ask about danger again where it is known: a human is told.
    assert talk.say(turn) == ["human now" if decision is Decision.ASK else "human", "place_kept"]
    assert talk.state.slots["place"] == "Bavet"


WHERE = [
    heard(None, "the white tower"),
    heard("safe_transport", "", 0.95, city="Bavet"),
    TurnInput(kind=Kind.LOCATION),
]


@pytest.mark.parametrize("where", WHERE)
def test_where_a_contact_in_danger_is_goes_to_the_desk(where: TurnInput) -> None:
    talk = Talk()
    talk.say(heard("medical_emergency"))
    outcome = talk.turn(replace(where, answers=bool(where.entities)))
    assert outcome.events[0] == HumanCalled("place")
    talk.say(heard("medical_emergency"))
    assert talk.say(pressed("/SetSlots(place=unknown)")) == ["place_kept"]


def test_a_calmed_answer_in_danger_that_triage_asks_about_calls_a_human() -> None:
    talk = Talk()
    talk.say(heard("medical_emergency"))
    beaten = replace(heard("greet", "they beat us in", city="Poipet"), decision=Decision.ASK)
    assert talk.say(replace(beaten, answers=True)) == ["human now", "place_kept"]
    talk = Talk()
    talk.say(replace(heard("greet"), decision=Decision.ASK))
    assert talk.say(heard("embassy_contact")) == ["ask_nationality"]
    beaten = replace(heard("greet", "they beat us", country="ID"), decision=Decision.ASK)
    said = talk.say(replace(beaten, answers=True))
    assert said == ["human now", "mission id_embassy_phnom_penh", "ask_in_danger"]


def test_beside_a_name_a_sure_wish_is_heard_and_a_sure_need_is_offered() -> None:
    for intent, words, said in (
        ("delete_data", "delete all", ["ask_confirm_wipe"]),
        ("talk_to_human", "human pls", ["human", "human_called"]),
        ("basic_needs", "no food", ["mission id_embassy_phnom_penh", "also_wrote"]),
        ("held_captive", "i am in", ["mission id_embassy_phnom_penh"]),  # triage asks about it
    ):
        talk = Talk()
        talk.say(heard("embassy_contact"))
        assert talk.say(replace(heard(intent, words, country="ID"), answers=True)) == said
        talk = Talk()
        talk.say(heard("embassy_contact"))
        unsure = replace(heard(intent, words, 0.69, country="ID"), answers=True)
        assert talk.say(unsure) == ["mission id_embassy_phnom_penh"]


CHINESE = "我是中国人，今晚没地方住"


def test_a_sentence_in_a_dense_script_is_more_than_an_answer() -> None:
    country = Entity("country", "CN", 2, 5)
    assert reply_of(_reply("embassy_contact", CHINESE, country)) is Reply.NO
    assert reply_of(_reply("embassy_contact", "我是中国人", country)) is Reply.SHORT
    talk = Talk()
    talk.say(heard("embassy_contact"))
    said = talk.say(replace(heard("shelter_find", CHINESE), entities=(country,)))
    assert said == ["answer shelter_find", "ask_safe_tonight"]
    assert talk.state.slots["nationality"] == "CN"


def test_the_town_of_an_earlier_danger_is_not_told_back() -> None:
    old = FlowState(greeted=True, slots={"town": "Bavet"})
    assert Talk(state=old).say(heard("medical_emergency"))[-1] == "ask_place_first"
    talk = Talk(state=old)
    talk.say(replace(heard("greet"), decision=Decision.ASK))
    talk.say(heard("affirm"))
    assert talk.say(heard("affirm")) == ["ask_place"]
    talk = Talk(state=old)
    talk.say(pressed("/SetSlots(in_danger=true)"))
    assert talk.say(heard("affirm")) == ["ask_place"]
    talk = Talk()
    talk.say(heard("held_captive", city="Bavet"))
    assert talk.say(heard("deny")) == ["danger_quiet"]
    assert "town" not in talk.state.slots


def test_the_town_is_kept_from_the_question_about_danger_to_the_danger() -> None:
    talk = Talk()
    talk.say(replace(heard("greet", city="Bavet"), decision=Decision.ASK))
    talk.say(heard("affirm"))
    assert talk.say(heard("affirm")) == ["ask_place_in_town"]


def test_of_two_towns_none_is_told_back() -> None:
    first, second = heard("held_captive", city="Bavet"), heard(None, "", city="Poipet")
    talk = Talk()
    talk.say(replace(first, entities=(*first.entities, *second.entities)))
    assert talk.say(heard("affirm")) == ["ask_place"]


def test_a_place_that_triage_asks_about_is_kept_and_danger_asked_about() -> None:
    talk = Talk()
    talk.say(heard("embassy_contact", country="VN"))
    turn = heard("held_captive", "", 0.95, city="Sihanoukville")
    said = talk.say(replace(turn, decision=Decision.ASK, answers=True))
    assert said == ["mission vn_consulate_sihanoukville", "ask_in_danger"]


def test_a_page_counts_more_than_an_answer() -> None:
    talk = Talk()
    talk.say(heard("embassy_contact", country="VN"))
    turn = heard("held_captive", "", 0.95, city="Sihanoukville")
    said = talk.say(replace(turn, decision=Decision.PAGE, answers=True))
    assert said[0] == "human now"
