#!/usr/bin/env bash
# Builds nlu/.venv, the environment of Rasa: bash nlu/setup.sh [path of uv]
# Does nothing when it is there already and the lock has not changed.
set -euo pipefail

cd "$(dirname "${BASH_SOURCE[0]}")"
uv=${1:-uv}
[[ $uv == */* && $uv != /* ]] && uv="$OLDPWD/$uv"
stamp=.venv/.lock.sha256

lock=$(sha256sum requirements.lock)
if [[ -x .venv/bin/rasa && -f $stamp && $(<"$stamp") == "$lock" ]]; then
  exit 0
fi

# A python counts only if it runs: pyenv's shims exist for versions that are not installed.
is_310() { [[ -x $1 ]] && "$1" -c 'import sys; sys.exit(sys.version_info[:2] != (3, 10))' 2>/dev/null; }

find_python() {
  local candidate
  for candidate in "${PYTHON310:-}" "${PYENV_ROOT:-$HOME/.pyenv}"/versions/3.10*/bin/python \
    "$(dirname "$(command -v python3.10 || echo .)")"/../versions/3.10*/bin/python \
    "$(command -v python3.10 || true)" /opt/python/3.10*/bin/python3; do
    if is_310 "$candidate"; then echo "$candidate" && return; fi
  done
  candidate=$("$uv" python find '==3.10.*' 2>/dev/null || true)
  if is_310 "$candidate"; then echo "$candidate" && return; fi
  # The last resort fetches one from the internet; quiet failure, because the word below says it all.
  "$uv" python install -q 3.10 2>/dev/null && "$uv" python find '==3.10.*' 2>/dev/null
}

if ! python=$(find_python) || [[ -z $python ]]; then
  cat >&2 <<'WORD'
Rasa 3.6 needs Python 3.10, and none was found. Get one in any of these ways, then try again:
  - pyenv install 3.10
  - apt install python3.10 (Debian and Ubuntu, where they have it), brew install python@3.10 (macOS)
  - PYTHON310=/path/to/python3.10 make setup
The bot itself does not need Rasa: `make run` uses the model that is in the repository.
WORD
  exit 1
fi

echo "Building nlu/.venv for Rasa with $python (about 2 GB, a few minutes the first time) ..."
"$uv" venv -q --allow-existing --python "$python" .venv
"$uv" pip install -q --python .venv --require-hashes -r requirements.lock
echo "$lock" >"$stamp"
