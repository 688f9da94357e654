"""Helpline: the path of one message.

 1. channels/telegram/receive.py   an update becomes an InboundMessage
 2. inbox.py                       it is stored once, sealed, and its turn deferred; acknowledged
    -- queue --
 3. tasks.py, turn.py              the conversation is loaded
 4. nlu/understand.py              text becomes Understanding
 5. triage.py                      Understanding becomes Assessment; critical: case and page now
 6. flows/engine.py                state and input become new state and events
 7. content/answers.py             events become OutboundMessages
 8. outbox.py                      replies and state are stored, sending deferred
    -- queue --
 9. tasks.py, outbox.py            the oldest waiting message of the conversation is taken
10. channels/telegram/send.py      it becomes a Bot API call; errors become a closed table
"""
