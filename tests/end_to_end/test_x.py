import pytest, time
from tests.support.telegram_line import *
pytestmark = pytest.mark.asyncio(loop_scope="module")
async def test_a(telegram: Scene) -> None:
    for lang in ("en","id"):
        c = telegram.contact(lang)
        for text in ["/start", "/help", "/menu", "/language", "/human", "/privacy", "/cancel", "/language id", "/foo", "/"]:
            t=time.time()
            r = await c.write(text)
            print("###", text, round(time.time()-t,2), len(r), repr(text_of(r))[:600], titles(r))
async def test_b(telegram: Scene) -> None:
    c = telegram.contact()
    await c.write("/start")
    for act in (c.user.send_photo(), c.user.send_photo(caption="where is the embassy of kenya"), c.user.send_voice(), c.user.send_video(), c.user.send_sticker(), c.user.send_document(), c.user.send_location(), c.user.send_contact()):
        r = await c.after(act)
        print("###", len(r), repr(text_of(r))[:300], titles(r))
    print(await c.stored())
