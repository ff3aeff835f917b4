#!/usr/bin/env bash
# Makes benches/mailwhy.profdata, the profile that README's build is optimised with: how often each part of the
# program runs when it reads a generated extended report and generated messages. To be made anew after changes to
# Cargo.toml or Cargo.lock, and to what the compiler then says is discarded: it takes no notice of the profile of
# a function that has changed, nor, without a word, of any where the versions of the crates are others.
#
#   benches/profile.sh            makes it
#   benches/profile.sh --check    whether it is of the program in target/release
set -euo pipefail
cd "$(dirname "$0")/.."
target=${CARGO_TARGET_DIR:-$PWD/target}
profile=benches/mailwhy.profdata

if [ "${1:-}" = --check ]; then
  # names of functions hold a hash of the versions
  names() { LC_ALL=C grep -ao '_ZN7mailwhy[[:alnum:]_.$]*' "$1" | LC_ALL=C sort -u; }
  known=$(LC_ALL=C comm -12 <(names "$profile") <(names "$target/release/mailwhy") | wc -l)
  echo "$known functions of the program are known to $profile"
  [ "$known" -gt 0 ]
  exit
fi

work=$target/profile
sysroot=$(rustc --print sysroot)
tool=$sysroot/lib/rustlib/$(rustc --print host-tuple)/bin/llvm-profdata
[ -x "$tool" ] || rustup component add llvm-tools

# what is read: an extended report plain, in UTF-16 and with every cell in quotes, a list of Get-MessageTrace, messages
mkdir -p "$work"
utf8=$work/utf8.csv
utf16=$work/utf16le.csv
quoted=$work/quoted.csv
list=$work/list.csv
messages=$work/messages
[ -e "$utf8" ] || cargo bench --quiet --bench generate -- 100000 utf8 "$utf8"
[ -e "$utf16" ] || cargo bench --quiet --bench generate -- 30000 utf16le "$utf16"
[ -e "$messages" ] || cargo bench --quiet --bench folder -- 2000 "$messages"
python3 - "$utf8" "$quoted" "$list" << 'PYTHON'
import csv, sys

report, quoted, listed = sys.argv[1:]
with open(report, newline="") as file, open(quoted, "w") as every, open(listed, "w") as ends:
    every, ends = (csv.writer(out, quoting=csv.QUOTE_ALL) for out in (every, ends))
    rows = csv.DictReader(file)
    every.writerow(rows.fieldnames)
    ends.writerow(("MessageId", "Received", "SenderAddress", "RecipientAddress", "Subject", "Status", "FromIP"))
    for number, row in enumerate(rows):
        if number < 30000:
            every.writerow(row.values())
        if row["event_id"] in ("DELIVER", "FAIL"):
            date, time = row["date_time_utc"].split("T")
            year, month, day = map(int, date.split("-"))
            status = "Delivered" if row["event_id"] == "DELIVER" else "Failed"
            names = ("return_path", "recipient_address", "message_subject")
            received = f"{month}/{day}/{year} 1{time[1:8]} AM"
            cells = (row[name] for name in names)
            ends.writerow((row["message_id"], received, *cells, status, row["original_client_ip"]))
PYTHON

# what parts of the build itself count is not asked for
CARGO_ENCODED_RUSTFLAGS="-Cprofile-generate=$work/build" \
  cargo build --release --locked --bin mailwhy --target-dir "$work/target"
mailwhy=$work/target/release/mailwhy
rm -rf "$work/counts"
export LLVM_PROFILE_FILE=$work/counts/%m.profraw
for trace in "$utf8" "$utf16" "$quoted" "$list"; do
  "$mailwhy" trace "$trace" > /dev/null
done
"$mailwhy" trace "$utf8" --rows > /dev/null
"$mailwhy" trace "$quoted" --format ndjson > /dev/null
for _ in 1 2; do
  "$mailwhy" "$messages" --no-links > /dev/null
done
"$mailwhy" "$messages" > /dev/null
"$mailwhy" "$messages" --no-links --format ndjson > /dev/null
"$mailwhy" samples > /dev/null

"$tool" merge --sparse -o "$profile" "$work/counts"
