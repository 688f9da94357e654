"""`helpline nlu evaluate`: how well the model understands sentences that it was not taught."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence

INSTALL = """\
{module} is not installed, which measuring needs. In a checkout, install it with
  make .venv/.dev
or  uv pip install --python .venv --group evaluate
"""


def main(arguments: Sequence[str]) -> int:
    """Measure; 0 when it measured, 1 when it could not finish, 2 when the input is wrong."""
    options = _parser().parse_args(arguments)
    try:
        from bot.cli.nlu import evaluation  # scikit-learn; matplotlib only for --html

        return evaluation.run(options)
    except ModuleNotFoundError as error:
        module = (error.name or "").partition(".")[0]
        if module not in {"scipy", "sklearn", "matplotlib"}:
            raise
        sys.stderr.write(INSTALL.format(module=module))
        return 1
    except BrokenPipeError:
        sys.stderr.close()  # or Python complains of the broken pipe once more as it ends
        return 1


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="helpline nlu evaluate",
        description=__doc__,
        epilog="Exit status: 0 measured, whatever the figures; 1 could not finish; 2 wrong input.",
    )
    parser.add_argument(
        "--data",
        nargs="+",
        metavar="PATH",
        help="files of labelled sentences, or directories of them (tests/nlu/development)",
    )
    parser.add_argument("--language", nargs="+", metavar="CODE", help="only these, such as hi")
    parser.add_argument("--json", metavar="FILE", help="write the report here; - for the output")
    parser.add_argument("--html", metavar="FILE", help="write one page with plots here")
    parser.add_argument(
        "--rasa",
        nargs="?",
        const="",
        metavar="URL",
        help="ask a Rasa server (HELPLINE_RASA_URL unless given; token: HELPLINE_RASA_TOKEN)",
    )
    return parser
