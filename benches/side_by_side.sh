#!/usr/bin/env bash
# The whole job of `mailwhy trace` beside `wc -l`, and beside DuckDB and Polars doing only "group by
# event_id, SFV, SCL", on a generated extended report; the whole job of `mailwhy explain` beside reading
# and fully parsing the same generated messages. Best of RUNS, page cache warm.
#
#   benches/side_by_side.sh [ROWS [MESSAGES]]
set -euo pipefail
cd "$(dirname "$0")/.."
rows=${1:-1000000}
messages=${2:-8000}
runs=${RUNS:-5}
target=${CARGO_TARGET_DIR:-$PWD/target}
work=$target/side-by-side
mkdir -p "$work"

cargo build --release --quiet
# Programs are run as an installation leaves them: the pages of a file that was copied are mapped in larger
# pieces than those of a file that a linker wrote.
installed() {
  install -D "$1" "$work/bin/$2"
  printf '%s' "$work/bin/$2"
}
mailwhy=$(installed "$target/release/mailwhy" mailwhy)
if [ ! -x "$work/venv/bin/python" ]; then
  python3 -m venv "$work/venv"
  "$work/venv/bin/pip" install --quiet duckdb polars
fi
for charset in utf8 utf16le; do
  file=$work/$charset-$rows.csv
  [ -e "$file" ] || cargo bench --quiet --bench generate -- "$rows" "$charset" "$file"
done
plain=$work/utf8-$rows.csv
wide=$work/utf16le-$rows.csv

# Seconds of the fastest run, told by the shell's own clock: a command that tells the time takes some of it.
best() {
  local fastest=
  cat "$1" > /dev/null
  for _ in $(seq "$runs"); do
    local begin end
    begin=${EPOCHREALTIME/[.,]/}
    "${@:2}" > /dev/null
    end=${EPOCHREALTIME/[.,]/}
    if [ -z "$fastest" ] || [ $((end - begin)) -lt "$fastest" ]; then
      fastest=$((end - begin))
    fi
  done
  awk -v us="$fastest" 'BEGIN { printf "%.4f", us / 1000000 }'
}

row() {
  local name=$1 file=$2 seconds
  seconds=$(best "$file" "${@:3}")
  awk -v name="$name" -v s="$seconds" -v bytes="$(stat -c %s "$file")" -v base="$base" \
    'BEGIN { printf "%-34s %8.3f s %8.2f GB/s %8.2f x wc\n", name, s, bytes / s / 1e9, s / base }'
}

python=$work/venv/bin/python
base=$(best "$plain" wc -l "$plain")
printf '%s rows, %s bytes, %s cores\n' "$rows" "$(stat -c %s "$plain")" "$(nproc)"
row 'wc -l' "$plain" wc -l "$plain"
row 'mailwhy trace' "$plain" "$mailwhy" trace "$plain"
row 'mailwhy trace, UTF-16LE twin' "$wide" "$mailwhy" trace "$wide"
row 'DuckDB, group by three' "$plain" "$python" benches/peers.py duckdb "$plain"
row 'Polars, group by three' "$plain" "$python" benches/peers.py polars "$plain"

folder=$work/messages-$messages
[ -e "$folder" ] || cargo bench --quiet --bench folder -- "$messages" "$folder"
peer=$(cargo bench --quiet --bench peer --no-run --message-format=json |
  sed -n 's/.*"executable":"\([^"]*\/peer-[^"]*\)".*/\1/p')
peer=$(installed "$peer" peer)
threads=$(nproc)
mail() {
  local name=$1
  printf '%-34s %8.4f s\n' "$name" "$(best /dev/null "${@:2}" 2> /dev/null)"
}
printf '\n%s messages, %s bytes\n' "$messages" "$(du -sb --apparent-size "$folder" | cut -f1)"
mail 'reading them' "$peer" read "$folder" "$threads"
mail 'mail-parser, full parse' "$peer" parse "$folder" "$threads"
mail 'mailwhy explain --no-links' "$mailwhy" "$folder" --no-links
mail 'mailwhy explain' "$mailwhy" "$folder"
