#!/bin/sh
# The tour: preflight, plan, apply, status, drift, ceiling, import, against a local cloud. Needs the command reconciler on PATH, and no
# network. Run it as "make demo". It works in a folder of its own and leaves nothing behind.
set -eu

root=$(CDPATH='' cd -- "$(dirname -- "$0")/../.." && pwd)
work=$(mktemp -d)
server=

finish() {
    code=$?
    trap - EXIT
    if [ -n "$server" ]; then
        kill "$server" 2>/dev/null || true
        wait "$server" 2>/dev/null || true
    fi
    rm -rf "$work"
    exit "$code"
}
trap finish EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

# step TEXT: a heading.
step() {
    number=$((${number:-0} + 1))
    printf '\n%s\n' "== $number. $1"
}

# run CODE COMMAND...: shows a command, runs it, and fails unless it exits with CODE.
run() {
    expected=$1
    shift
    printf '\n$ %s\n' "$*"
    code=0
    "$@" || code=$?
    if [ "$code" -ne "$expected" ]; then
        printf 'The demo stops: that exited with %s, and %s was expected.\n' "$code" "$expected" >&2
        exit 1
    fi
    [ "$code" -eq 0 ] || printf '(exit code %s)\n' "$code"
}

# The demo has a cloud and nothing else: settings of the shell that could say otherwise are put aside.
unset RECONCILER_CONFIG RECONCILER_SIGN_IN RECONCILER_ENDPOINTS

cp -R "$root/manifests" "$root/reconciler.yaml" "$root/docs/demo/cloud.yaml" "$work"
cd "$work"

step "A cloud on this machine: Dataverse, the Synapse Link service, Azure, sign-in"
printf '\n$ reconciler simulator serve &\n'
: >serve.log
reconciler simulator serve >>serve.log 2>&1 &
server=$!
waited=0
until grep -q '^Endpoints:' serve.log; do
    if ! kill -0 "$server" 2>/dev/null || [ "$waited" -ge 300 ]; then
        cat serve.log >&2
        echo "The local cloud did not start." >&2
        exit 1
    fi
    waited=$((waited + 1))
    sleep 0.1
done
cat serve.log
run 0 reconciler simulator seed cloud.yaml
RECONCILER_ENDPOINTS=.reconciler/cloud/endpoints.json
export RECONCILER_ENDPOINTS
printf '\n$ export RECONCILER_ENDPOINTS=%s\n' "$RECONCILER_ENDPOINTS"

step "The manifests are checked, offline"
run 0 reconciler validate

step "What do the links rest on? Only looked at"
run 0 reconciler preflight

step "What would have to be done? Nothing is written; exit code 2 says that there is something"
run 2 reconciler plan --out plan.json

step "Do what was reviewed, with the word that the guard asks for, and read it back"
run 0 reconciler apply plan.json --approve tablesRemoved:amer-dev=1

step "Some hours later the data is there"
run 0 reconciler simulator clock +4h
run 0 reconciler status

step "A second plan is empty"
run 0 reconciler plan

step "Somebody changes a link in the portal"
run 0 reconciler simulator edit emea-prod contosoemeaprod --interval 60 --remove-table quote --add-table annotation

step "The scheduled drift report finds it"
run 2 reconciler drift

step "Undoing that was never reviewed: with the reviewed plan as a ceiling it is refused, and nothing is written"
run 4 reconciler apply --ceiling plan.json --yes

step "The other way round: manifests of what exists. Their first plan is empty"
run 0 reconciler import imported --tenant 5d0f6f0e-3b1c-4a7e-9c58-2f1d7b6a4e90
run 0 reconciler plan --manifests imported

step "No request went anywhere that the local cloud doesn't serve"
run 0 reconciler simulator requests --unserved
[ "$(reconciler simulator requests --unserved)" = None. ] || exit 1

printf '\nThat was the tour. README.md tells what each step means; docs/getting-started.md goes on from here.\n'
