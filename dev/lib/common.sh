# Shared by the scripts in dev/; sourced, not run.
top=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
cache=${VIGIE_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/vigie}
build=${VIGIE_BUILD:-$top/build}

say() { printf '%s\n' "$*" >&2; }
die() { say "$(basename "$0"): $*"; exit 1; }

# A port nobody listens on, below the range the kernel hands to clients.
free_port() {
    local port
    while :; do
        port=$((20000 + RANDOM % 10000))
        [[ " $* " == *" $port "* ]] && continue
        (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null || { echo "$port"; return; }
    done
}

# await SECONDS COMMAND...: until the command succeeds; 1 when time is up.
await() {
    local end=$((SECONDS + $1))
    shift
    until "$@" >/dev/null 2>&1; do
        [ $SECONDS -lt "$end" ] || return 1
        sleep 0.1
    done
}

# stop_pid FILE: end the process whose pid is in FILE, and only that one.
stop_pid() {
    local pid
    [ -e "$1" ] || return 0
    pid=$(cat "$1")
    kill "$pid" 2>/dev/null || true
    await 15 sh -c "! kill -0 $pid" || kill -9 "$pid" 2>/dev/null || true
    rm -f "$1"
}

# start_redis DIR PORT: a private Redis with its data in DIR/redis.
start_redis() {
    mkdir -p "$1/redis"
    redis-server --port "$2" --bind 127.0.0.1 --dir "$1/redis" --save '' \
        --appendonly yes --appendfsync everysec --maxmemory-policy noeviction \
        --auto-aof-rewrite-min-size 1gb \
        --daemonize no </dev/null >"$1/redis.log" 2>&1 &
    echo $! >"$1/redis.pid"
    await 20 redis-cli -p "$2" ping || {
        tail -n 5 "$1/redis.log" >&2
        die "redis did not come up; its log is $1/redis.log"
    }
}
