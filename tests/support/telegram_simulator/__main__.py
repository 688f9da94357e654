"""Runs the simulator alone: python -m tests.support.telegram_simulator --port 8081."""

import argparse
import asyncio
import signal
import sys
from contextlib import suppress
from pathlib import Path

from tests.support.telegram_simulator.prompt import ChatPrompt
from tests.support.telegram_simulator.simulator import DEFAULT_TOKEN, TelegramSimulator


def main() -> None:
    """Read the options and serve until told to stop."""
    parser = argparse.ArgumentParser(prog="telegram_simulator", description=__doc__)
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=8081, help="0 takes any free port")
    parser.add_argument("--token", default=DEFAULT_TOKEN)
    parser.add_argument("--ledger", type=Path, default=Path("var/simulator.jsonl"))
    options = parser.parse_args()
    simulator = TelegramSimulator(
        token=options.token, ledger=options.ledger, host=options.host, port=options.port
    )
    with suppress(KeyboardInterrupt):
        asyncio.run(serve(simulator))


async def serve(simulator: TelegramSimulator) -> None:
    """Serve, with a chat when there is somebody at the terminal."""
    stopped = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stopped.set)
    async with simulator:
        print(introduction(simulator), flush=True)  # noqa: T201  # for whoever sits at the terminal
        if not sys.stdin.isatty():
            await stopped.wait()
            return
        chatting = asyncio.create_task(ChatPrompt(simulator).run())
        stopping = asyncio.create_task(stopped.wait())
        await asyncio.wait({chatting, stopping}, return_when=asyncio.FIRST_COMPLETED)
        for task in (chatting, stopping):
            task.cancel()


def introduction(simulator: TelegramSimulator) -> str:
    """How to connect a bot, in two lines to copy."""
    return (
        "A simulated Telegram is running. Connect the bot by starting it with:\n\n"
        f"  HELPLINE_TELEGRAM_TOKEN={simulator.token}\n"
        f"  HELPLINE_TELEGRAM_API={simulator.url}\n\n"
        f"The ledger is {simulator.ledger.path}\nControl it at {simulator.url}/_control/state\n"
    )


if __name__ == "__main__":
    main()
