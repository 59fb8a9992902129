# What the figures share: release binaries, a directory that goes away again, processes that end with
# the script, a server that is ready. Sourced from the root of the tree.

. scripts/tools.sh
work=$(mktemp -d)
pids=()
trap 'kill "${pids[@]}" 2>/dev/null; wait 2>/dev/null; rm -rf "$work"' EXIT
key=figures-key-0123456789
server=${SERVER:-http://127.0.0.1:8799}

# build: the release build of the server with the ledger in its registry, and what stands around it
build() {
  cargo build --quiet --release --locked -p testkit --bins
  bin=${CARGO_TARGET_DIR:-target}/release
}

# starts NAME COMMAND…: runs it to the end of the script; NAME becomes the first line that it prints
starts() {
  local -n first_line=$1
  local output
  shift
  exec {output}< <(exec "$@")
  pids+=($!)
  read -r -t 20 first_line <&"$output" || { echo "!! $1 did not start" >&2; exit 1; }
}

# serves CONFIG: a server at $server, ready when this returns; its process is $server_pid
serves() {
  printf '%s\n' "$1" >"$work/config.toml"
  FRAMEWRIGHT_BOOTSTRAP_KEY=$key "$bin/testee" serve --data "$work/data" \
    --config "$work/config.toml" --listen "${server#http://}" 2>"$work/log" >/dev/null &
  server_pid=$!
  pids+=($server_pid)
  curl -sf --retry 100 --retry-connrefused --retry-delay 0 --retry-max-time 20 "$server/ready" >/dev/null ||
    { tail -5 "$work/log" >&2; exit 1; }
}

# posts CONNECTIONS: sends each "PATH<tab>BODY" line of the input, prints each task id of an answer
posts() {
  python3 scripts/figures/posts.py "$server" "$key" "$1"
}

# submits COUNT PATH BODY CONNECTIONS: prints the ids
submits() {
  LINE=$2$'\t'$3 awk -v n="$1" 'BEGIN { while (n-- > 0) print ENVIRON["LINE"] }' | posts "$4"
}

# lua NAME BODY [DELAY_MS]: a wrk script that posts BODY, on each connection so often
lua() {
  cat >"$work/$1.lua" <<LUA
wrk.method = "POST"
wrk.headers["Authorization"] = "$key"
wrk.headers["Content-Type"] = "application/json"
wrk.body = '$2'
LUA
  [ $# -lt 3 ] || echo "function delay() return $3 end" >>"$work/$1.lua"
}

# metric NAME: a counter or gauge of the server by its name and labels; 0 where it does not stand yet
metric() {
  curl -s -H "Authorization: $key" "$server/metrics" | awk -v n="$1" '$1 == n { v = $2 } END { print v + 0 }'
}

# until_metric NAME VALUE SECONDS: ends when the counter has come so far
until_metric() {
  local end=$((SECONDS + $3))
  until [ "$(metric "$1")" -ge "$2" ]; do
    [ $SECONDS -lt $end ] || { echo "!! $1 is $(metric "$1") after $3 s, not $2" >&2; exit 1; }
    sleep 0.2
  done
}

# server_cpu: CPU seconds, user and system, that the server has used
server_cpu() {
  awk -v hz="$(getconf CLK_TCK)" '{ printf "%.2f\n", ($14 + $15) / hz }' "/proc/$server_pid/stat"
}
