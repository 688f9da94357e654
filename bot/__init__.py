"""Helpline: the path of one message, beside it those of a call, an answer and an edit.

 1. channels/telegram/receive.py   an update becomes an InboundMessage
 2. inbox.py                       it is stored once, sealed, and its turn deferred; acknowledged
    -- queue --
 3. tasks.py, turn.py              the conversation is loaded; one edition serves the whole turn
 4. nlu/understand.py              text becomes Understanding
 5. triage.py                      Understanding becomes Assessment; critical: case and page now
 6. flows/engine.py                state and input become new state and events
 7. content/answers.py             events become OutboundMessages
 8. outbox.py                      replies and state are stored, sending deferred
    -- queue --
 9. tasks.py, outbox.py            the oldest waiting message of the conversation is taken
10. channels/telegram/send.py      it becomes a Bot API call; errors become a closed table

A call, from hop 5 on, until an operator takes the case:
    handoff/cases.py               the case, its timers and its posts are stored at once
    -- queue --
    handoff/paging/                who is called, what the contact is told, when to look again
    handoff/rooms/posting.py       channels/telegram/desk.py shows what is due, room by room

An operator's answer; while they own the conversation, hops 6 and 7 are silent:
    channels/telegram/operators.py an update of the desk becomes an OperatorAct
    handoff/acts/relay.py          its whole effect is one transaction; then it is acknowledged
    handoff/acts/answering.py      words go to hop 8 under the owner's fence; presses.py: moves
    outbox.py                      after hop 10, delivered or failed is marked where they wrote

An edit of content/ or flows/:
    publishing/watching.py         sees it in every process; reading.py judges it as a whole
    publishing/edition.py          what is sound is live from the next turn on, else the last stays
"""
