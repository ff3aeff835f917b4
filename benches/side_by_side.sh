#!/usr/bin/env bash
# The whole job of `mailwhy trace` beside `wc -l`, and beside DuckDB and Polars doing only "group by
# event_id, SFV, SCL", on a generated extended report; the whole job of `mailwhy explain` beside reading
# and fully parsing the same generated messages. Best of RUNS, page cache warm; programs take turns, so that a
# slow minute of the machine is one for all of them.
#
#   benches/side_by_side.sh [ROWS [MESSAGES]]
set -euo pipefail
cd "$(dirname "$0")/.."
rows=${1:-1000000}
messages=${2:-8000}
runs=${RUNS:-25}
target=${CARGO_TARGET_DIR:-$PWD/target}
work=$target/side-by-side
mkdir -p "$work"

# as README builds it
profiled() {
  CARGO_ENCODED_RUSTFLAGS="-Cprofile-use=$PWD/benches/mailwhy.profdata" cargo build --release --locked --quiet
}
profiled
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

folder=$work/messages-$messages
[ -e "$folder" ] || cargo bench --quiet --bench folder -- "$messages" "$folder"
peer=$(cargo bench --quiet --bench peer --no-run --message-format=json |
  sed -n 's/.*"executable":"\([^"]*\/peer-[^"]*\)".*/\1/p')
peer=$(installed "$peer" peer)
python=$work/venv/bin/python

lines() { wc -l "$plain"; }
trace() { "$mailwhy" trace "$plain"; }
trace_wide() { "$mailwhy" trace "$wide"; }
duckdb() { "$python" benches/peers.py duckdb "$plain"; }
polars() { "$python" benches/peers.py polars "$plain"; }
reading() { "$peer" read "$folder" "$(nproc)" 2> /dev/null; }
parsing() { "$peer" parse "$folder" "$(nproc)" 2> /dev/null; }
explain() { "$mailwhy" "$folder" --no-links 2> /dev/null; }
explain_links() { "$mailwhy" "$folder" 2> /dev/null; }

# Microseconds of the fastest run of each, told by the shell's own clock: a command that tells the time takes
# some of it.
declare -A fastest
take_turns() {
  local name begin end
  for _ in $(seq "$runs"); do
    for name in "$@"; do
      begin=${EPOCHREALTIME/[.,]/}
      "$name" > /dev/null
      end=${EPOCHREALTIME/[.,]/}
      if [ $((end - begin)) -lt "${fastest[$name]:-$((end - begin + 1))}" ]; then
        fastest[$name]=$((end - begin))
      fi
    done
  done
}

row() {
  awk -v name="$1" -v us="${fastest[$2]}" -v bytes="$(stat -c %s "$3")" -v base="${fastest[lines]}" \
    'BEGIN { printf "%-34s %8.3f s %8.2f GB/s %8.2f x wc\n", name, us / 1e6, bytes / us / 1e3, us / base }'
}

mail() {
  awk -v name="$1" -v us="${fastest[$2]}" -v base="${fastest[parsing]}" \
    'BEGIN { printf "%-34s %8.4f s %8.3f x parse\n", name, us / 1e6, us / base }'
}

cat "$plain" "$wide" > /dev/null
take_turns lines trace trace_wide duckdb polars
printf '%s rows, %s bytes, %s cores\n' "$rows" "$(stat -c %s "$plain")" "$(nproc)"
row 'wc -l' lines "$plain"
row 'mailwhy trace' trace "$plain"
row 'mailwhy trace, UTF-16LE twin' trace_wide "$wide"
row 'DuckDB, group by three' duckdb "$plain"
row 'Polars, group by three' polars "$plain"

take_turns reading parsing explain explain_links
printf '\n%s messages, %s bytes\n' "$messages" "$(du -sb --apparent-size "$folder" | cut -f1)"
mail 'reading them' reading
mail 'mail-parser, full parse' parsing
mail 'mailwhy explain --no-links' explain
mail 'mailwhy explain' explain_links

# the benches have left a build of the program without the profile
profiled
