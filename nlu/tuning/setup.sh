#!/usr/bin/env bash
# Builds nlu/tuning/.venv, where `make train` tunes the encoder: bash nlu/tuning/setup.sh UV PYTHON
set -euo pipefail

uv=$(realpath "$1")
python=$2
cd "$(dirname "${BASH_SOURCE[0]}")"

echo "Building nlu/tuning/.venv with PyTorch for processors (about 1 GB) ..."
"$uv" venv -q --allow-existing --python "$python" .venv
# A directory of wheels (UV_FIND_LINKS) is taken as it is; else PyTorch's own index has wheels without
# the 3 GB of libraries for graphics cards.
if [[ -n ${UV_FIND_LINKS:-} ]]; then
  "$uv" pip install -q --python .venv -r requirements.txt
elif ! "$uv" pip install -q --python .venv --torch-backend "${TORCH_BACKEND:-cpu}" -r requirements.txt; then
  cat >&2 <<'WORD'
PyTorch could not be fetched. It is needed for `make train` alone; `make run` and `make test` use the model that
is in the repository, and `make refit` trains everything but the encoder. To get it:
  - let this machine reach download.pytorch.org, or
  - put PyTorch's wheel into a directory and set UV_FIND_LINKS to it.
WORD
  exit 1
fi
touch .venv/.done
