# Starts a cluster in the folder $1 on the port $2 with the programs of $3 and its data in $4, stops and starts it as standard input
# says, and clears everything away when standard input ends: that happens also when the owner is killed.
folder=$1 port=$2 programs=$3 data=$4
unset PGHOST PGPORT PGUSER PGDATABASE PGOPTIONS
settings="-c port=$port -c listen_addresses=127.0.0.1 -c unix_socket_directories=$folder -c max_connections=200"
settings="$settings -c fsync=on -c synchronous_commit=on -c timezone=UTC -c log_min_messages=fatal"

start() {
    "$programs/pg_ctl" -D "$data" -w -t 60 -l "$folder/log" -o "$settings" start </dev/null >"$folder/pg_ctl" 2>&1
}
stop() {
    "$programs/pg_ctl" -D "$data" -w -t 60 -m "$1" stop </dev/null >"$folder/pg_ctl" 2>&1
}
answer() {
    if "$@"; then echo done; else echo "failed: $(cat "$folder/initdb" "$folder/pg_ctl" "$folder/log" 2>/dev/null | tail -n 5 | tr '\n' ' ')"; fi
}
make() {
    "$programs/initdb" -D "$data" -U postgres -A scram-sha-256 --pwfile="$folder/password" -E UTF8 \
        --locale=C.UTF-8 --no-instructions >"$folder/initdb" 2>&1 </dev/null && start
}

cd "$folder" || exit 1
answer make
while read -r order; do
    case $order in
        start) answer start ;;
        stop) answer stop fast ;;
        crash) answer stop immediate ;;
    esac
done
stop immediate
cd / && rm -rf "$folder"
