"""The simulated Telegram keeps the rules of chats: media, deletion, edits, topics and groups."""

import pytest
from aiogram import Bot, exceptions, types
from telegram import Bot as OtherBot
from telegram import error as other_errors

from tests.support.telegram_simulator.simulator import TelegramSimulator

pytestmark = pytest.mark.filterwarnings("error")

DAY = 24 * 3600


async def test_media_are_uploaded_sent_again_by_file_id_and_downloaded(
    simulator: TelegramSimulator, bot: Bot, other_bot: OtherBot
) -> None:
    user = simulator.user(started=True)
    sent = await bot.send_photo(
        user.id,
        types.BufferedInputFile(b"picture", "map.jpg"),
        caption="<i>map</i>",
        parse_mode="HTML",
    )
    assert sent.photo is not None
    again = await other_bot.send_photo(user.id, sent.photo[-1].file_id)
    assert again.photo[-1].file_unique_id == sent.photo[-1].file_unique_id
    await other_bot.send_document(user.id, b"%PDF", filename="rights.pdf")
    for send in (bot.send_voice, bot.send_video, bot.send_sticker):
        await send(user.id, types.BufferedInputFile(b"data", "file.bin"))
    await bot.send_location(user.id, 11.5, 104.9)
    await other_bot.send_contact(user.id, "+85512000000", "Shelter")
    kinds = [message.kind for message in user.chat.from_bot]
    assert kinds == [
        "photo",
        "photo",
        "document",
        "voice",
        "video",
        "sticker",
        "location",
        "contact",
    ]
    with pytest.raises(
        exceptions.TelegramBadRequest, match="can't use file of type Photo as Voice"
    ):
        await bot.send_voice(user.id, sent.photo[-1].file_id)
    with pytest.raises(other_errors.BadRequest, match="Wrong file identifier"):
        await other_bot.send_photo(user.id, "nonsense")
    with pytest.raises(exceptions.TelegramBadRequest, match="message caption is too long"):
        await bot.send_photo(user.id, sent.photo[-1].file_id, caption="a" * 1025)
    assert simulator.violations == []


async def test_what_people_send_can_be_fetched_up_to_20_megabytes(
    simulator: TelegramSimulator, bot: Bot, other_bot: OtherBot
) -> None:
    user = simulator.user()
    await user.send_voice(b"OggS help")
    await user.send_photo(caption="the gate")
    await user.send_document(size=21 * 1024 * 1024)
    for send in (user.send_sticker, user.send_location, user.send_contact, user.send_video):
        await send()
    voice, photo, document, *_ = [update.message for update in await bot.get_updates()]
    assert voice is not None
    assert voice.voice is not None
    downloaded = await bot.download(voice.voice)
    assert downloaded is not None
    assert downloaded.read() == b"OggS help"
    file = await other_bot.get_file(voice.voice.file_id)
    assert bytes(await file.download_as_bytearray()) == b"OggS help"
    assert photo is not None
    assert photo.caption == "the gate"
    assert document is not None
    assert document.document is not None
    with pytest.raises(exceptions.TelegramBadRequest, match="file is too big"):
        await bot.get_file(document.document.file_id)


async def test_messages_of_both_sides_can_be_deleted_for_48_hours_and_no_longer(
    simulator: TelegramSimulator, bot: Bot, other_bot: OtherBot
) -> None:
    user = simulator.user()
    theirs = await user.send("my name is")
    ours = await bot.send_message(user.id, "answer")
    assert await bot.delete_message(user.id, theirs.message_id)
    simulator.clock.advance(48 * 3600 - 60)
    fresh = await bot.send_message(user.id, "fresh")
    assert await other_bot.delete_message(user.id, ours.message_id)
    simulator.clock.advance(48 * 3600)
    with pytest.raises(
        exceptions.TelegramBadRequest, match="message can't be deleted for everyone"
    ):
        await bot.delete_message(user.id, fresh.message_id)
    with pytest.raises(exceptions.TelegramBadRequest, match="message to delete not found"):
        await bot.delete_message(user.id, ours.message_id)
    with pytest.raises(exceptions.TelegramBadRequest, match="message to edit not found"):
        await bot.edit_message_text("late", chat_id=user.id, message_id=ours.message_id)
    assert [(message.text, message.deleted) for message in user.chat.messages] == [
        ("my name is", True),
        ("answer", True),
        ("fresh", False),
    ]


async def test_deleting_many_skips_what_is_not_there_and_still_says_true(
    simulator: TelegramSimulator, bot: Bot, other_bot: OtherBot
) -> None:
    user = simulator.user()
    sent = [(await user.send(str(number))).message_id for number in range(3)]
    assert await bot.delete_messages(user.id, [*sent[:2], 4711])
    assert await other_bot.delete_messages(user.id, [sent[0], 4712])
    assert [message.text for message in user.chat.visible] == ["2"]
    with pytest.raises(exceptions.TelegramBadRequest):
        await bot.delete_messages(user.id, list(range(1, 102)))


async def test_edits_change_own_texts_without_a_time_limit_but_not_to_the_same(
    simulator: TelegramSimulator, bot: Bot
) -> None:
    user = simulator.user()
    theirs = await user.send("question")
    ours = await bot.send_message(user.id, "secret")
    simulator.clock.advance(30 * DAY)
    assert await bot.edit_message_text("harmless", chat_id=user.id, message_id=ours.message_id)
    for text, number, description in (
        ("harmless", ours.message_id, "message is not modified"),
        ("x", theirs.message_id, "message can't be edited"),
    ):
        with pytest.raises(exceptions.TelegramBadRequest, match=description):
            await bot.edit_message_text(text, chat_id=user.id, message_id=number)
    button = types.InlineKeyboardButton(text="More", callback_data="more")
    keyboard = types.InlineKeyboardMarkup(inline_keyboard=[[button]])
    await bot.edit_message_reply_markup(
        chat_id=user.id, message_id=ours.message_id, reply_markup=keyboard
    )
    edited = user.chat.from_bot[0]
    assert (edited.text, edited.earlier_texts, edited.find_button("more").text) == (
        "harmless",
        ["secret"],
        "More",
    )
    await user.edit(theirs, "question, again")
    assert [update.event_type for update in await bot.get_updates()][-1] == "edited_message"


async def test_who_blocks_the_bot_is_out_of_reach_until_they_unblock_it(
    simulator: TelegramSimulator, bot: Bot, other_bot: OtherBot
) -> None:
    user = simulator.user(started=True)
    await user.block()
    with pytest.raises(exceptions.TelegramForbiddenError, match="bot was blocked by the user"):
        await bot.send_message(user.id, "hello")
    with pytest.raises(other_errors.Forbidden):
        await other_bot.send_chat_action(user.id, "typing")
    await user.unblock()
    assert await bot.send_chat_action(user.id, "typing")
    statuses = [update.my_chat_member for update in await bot.get_updates()]
    assert [changed.new_chat_member.status for changed in statuses if changed] == [
        "kicked",
        "member",
    ]
    with pytest.raises(exceptions.TelegramBadRequest, match="chat not found"):
        await bot.send_message(simulator.user().id, "you never wrote to me")


async def test_operators_work_in_topics_and_contacts_messages_are_copied_without_their_author(
    simulator: TelegramSimulator, bot: Bot, other_bot: OtherBot
) -> None:
    contact, operator = simulator.user(first_name="Contact"), simulator.user(first_name="Operator")
    desk = simulator.forum("Desk", [operator])
    topic = await bot.create_forum_topic(desk.id, "Case 1")
    thread = topic.message_thread_id
    photo = await contact.send_photo(caption="gate")
    copied = await bot.copy_message(desk.id, contact.id, photo.message_id, message_thread_id=thread)
    forwarded = await other_bot.forward_message(
        desk.id, contact.id, photo.message_id, message_thread_id=thread
    )
    assert "forward_origin" not in desk.chat.store[copied.message_id].body
    assert desk.chat.store[copied.message_id].body["from"]["id"] == bot.id
    assert forwarded.forward_origin is not None
    await desk.send(operator, "We are coming", topic=thread)
    update = (await bot.get_updates())[-1]
    assert update.message is not None
    assert (update.message.message_thread_id, update.message.is_topic_message) == (thread, True)
    assert update.message.from_user is not None
    assert update.message.from_user.first_name == "Operator"
    assert await bot.pin_chat_message(desk.id, copied.message_id)
    assert await bot.set_message_reaction(
        desk.id, update.message.message_id, [types.ReactionTypeEmoji(emoji="👍")]
    )
    assert await other_bot.edit_forum_topic(desk.id, thread, name="Case 1 (resolved)")
    assert await other_bot.close_forum_topic(desk.id, thread)
    with pytest.raises(exceptions.TelegramBadRequest, match="TOPIC_NOT_MODIFIED"):
        await bot.close_forum_topic(desk.id, thread)
    assert await bot.reopen_forum_topic(desk.id, thread)
    assert await bot.unpin_all_forum_topic_messages(desk.id, thread)
    assert desk.topic_named("Case 1").name == "Case 1 (resolved)"
    assert await bot.delete_forum_topic(desk.id, thread)
    with pytest.raises(exceptions.TelegramBadRequest, match="message thread not found"):
        await bot.send_message(desk.id, "anyone?", message_thread_id=thread)
    assert desk.chat.visible == []
    assert simulator.violations == []


async def test_service_messages_about_topics_and_pins_come_back_to_the_bot(
    simulator: TelegramSimulator, bot: Bot
) -> None:
    operator = simulator.user(first_name="Operator")
    desk = simulator.forum("Desk", [operator])
    topic = await bot.create_forum_topic(desk.id, "Case 1")
    opened = await desk.create_topic(operator, "By hand")
    await desk.close_topic(operator, opened.thread_id)
    message = await bot.send_message(desk.id, "note", message_thread_id=topic.message_thread_id)
    await bot.pin_chat_message(desk.id, message.message_id)
    await bot.unpin_chat_message(desk.id)
    kinds = [update.message.content_type for update in await bot.get_updates() if update.message]
    assert kinds == [
        "forum_topic_created",
        "forum_topic_created",
        "forum_topic_closed",
        "pinned_message",
    ]


async def test_members_press_buttons_in_groups_and_channels_post(
    simulator: TelegramSimulator, bot: Bot
) -> None:
    operator = simulator.user(first_name="Operator")
    desk = simulator.forum("Desk", [operator])
    button = types.InlineKeyboardButton(text="Claim", callback_data="claim")
    await bot.send_message(
        desk.id, "Case 1", reply_markup=types.InlineKeyboardMarkup(inline_keyboard=[[button]])
    )
    await desk.press(operator, await desk.expect("Case 1"), "Claim")
    await simulator.channel("News").post(operator, "notice")
    press, post = await bot.get_updates()
    assert press.callback_query is not None
    assert press.callback_query.from_user.id == operator.id
    assert post.channel_post is not None
    assert post.channel_post.sender_chat is not None
    member = await bot.get_chat_member(desk.id, operator.id)
    assert member.status == "member"
    assert (await bot.get_chat_member(desk.id, bot.id)).status == "administrator"
    assert (await bot.get_chat(desk.id)).is_forum


async def test_a_small_group_that_grew_says_where_it_went(
    simulator: TelegramSimulator, bot: Bot
) -> None:
    member = simulator.user()
    group = simulator.group("Desk", [member])
    await bot.send_message(group.id, "here")
    bigger = await group.upgrade(member)
    with pytest.raises(exceptions.TelegramMigrateToChat) as moved:
        await bot.send_message(group.id, "still here?")
    assert moved.value.migrate_to_chat_id == bigger.id
    await bot.send_message(bigger.id, "there")
    assert await bot.leave_chat(bigger.id)
    with pytest.raises(
        exceptions.TelegramForbiddenError, match="bot is not a member of the supergroup chat"
    ):
        await bot.send_message(bigger.id, "gone")


async def test_a_plain_member_bot_hears_only_commands_and_replies(
    simulator: TelegramSimulator, bot: Bot
) -> None:
    member = simulator.user()
    group = simulator.supergroup("Group", [member], bot_status="member")
    ours = await bot.send_message(group.id, "hello")
    await group.send(member, "chatter")
    await group.send(member, "/help")
    await group.send(member, "thanks", reply_to=ours.message_id)
    heard = [update.message.text for update in await bot.get_updates() if update.message]
    assert heard == ["/help", "thanks"]


async def test_message_ids_count_per_bot_in_private_and_per_chat_in_supergroups(
    simulator: TelegramSimulator, bot: Bot
) -> None:
    one, two = simulator.user(started=True), simulator.user(started=True)
    group, forum = simulator.supergroup(), simulator.forum()
    sent = [
        (await bot.send_message(place, "x")).message_id
        for place in (one.id, two.id, one.id, group.id, forum.id)
    ]
    assert sent == [1, 2, 3, 2, 2]
    assert one.id > 2**32


async def test_the_bot_can_describe_itself_in_each_language(
    simulator: TelegramSimulator, bot: Bot, other_bot: OtherBot
) -> None:
    await bot.set_my_commands(
        [types.BotCommand(command="help", description="Help")], language_code="id"
    )
    assert [command.command for command in await other_bot.get_my_commands(language_code="id")] == [
        "help"
    ]
    assert await bot.get_my_commands() == []
    await bot.delete_my_commands(language_code="id")
    assert await bot.get_my_commands(language_code="id") == []
    assert await bot.set_my_name("Helpline")
    assert await bot.set_my_description("We help")
    assert await bot.set_my_short_description("Help")
    assert (await bot.get_me()).id == bot.id
    with pytest.raises(exceptions.TelegramBadRequest, match="BOT_COMMAND_INVALID"):
        await bot.set_my_commands([types.BotCommand(command="Help me", description="Help")])
    assert simulator.violations == []
