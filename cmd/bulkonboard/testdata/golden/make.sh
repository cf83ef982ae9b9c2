#!/usr/bin/env bash
# How the folders in jobs/ were made, for the record: a job folder of each kind,
# by the program's first edition. They are never made anew by a newer one, since
# their worth is that no newer program has touched them. A later edition whose
# journals are to be held as well gets folders of its own beside these.
#
#   make.sh PROGRAM FOLDER     PROGRAM is a build of the edition in question;
#                              FOLDER is made, and holds one folder a job
#
# The private keys that rehearsals keep for themselves are written down under
# another name, so that nobody takes them for somebody's key.
set -euo pipefail
program=$(realpath "$1")
samples=$(realpath "$(dirname "$0")/../../../../samples")
mkdir "$2"
cd "$2"
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
export XDG_STATE_HOME=$scratch/state XDG_CONFIG_HOME=$scratch/config VOICEAIWRAPPER_API_KEY=key-for-tests
url=http://127.0.0.1:8642

# ends CODE ARGS…: the program ends so, and in no other way.
ends() {
  local want=$1 got=0
  shift
  "$program" "$@" >"$scratch/out" 2>&1 || got=$?
  [ "$got" = "$want" ] || { cat "$scratch/out"; echo "$PWD: $*: exit code $got, want $want" >&2; exit 1; }
}

# sheet [NAME E-MAIL]…: customers with the standard columns; a login of their own.
sheet() {
  local name login
  echo client_name,client_email,user_email,user_password,tenant_voice_provider_id
  while [ $# -gt 0 ]; do
    login=${2%%@*}
    echo "$1,$2,login-$login@golden.example,Secret-$login,TenantVoiceProvider:1"
    shift 2
  done
}

rehearse() { # CODE INPUT ARGS…
  local code=$1 input=$2
  shift 2
  ends "$code" run "$input" --sandbox --yes --rate unlimited --workers 1 --halt-after 50 "$@"
}

serve() { # FAULT…
  local faults=()
  for f in "$@"; do faults+=(--fault "$f"); done
  "$program" sandbox --addr "${url#http://}" --key "$VOICEAIWRAPPER_API_KEY" --file server.jsonl "${faults[@]}" >/dev/null 2>&1 &
  server=$!
  trap 'kill "$server"' EXIT # of this job's shell
  until curl -fs "$url/sandbox/clients" >/dev/null; do sleep 0.1; done
}

served() {
  kill "$server"
  wait "$server" || true
  trap - EXIT
}

job() { mkdir "$1"; cd "$1"; }

(
job created
sheet One one@golden.example Two two@golden.example Three three@golden.example Four four@golden.example Five five@golden.example >clients.csv
rehearse 0 clients.csv
# The next night: another order, one row changed, one gone, two new.
sheet Six six@golden.example Five five@golden.example Four four@golden.example 'Three Ltd' three@golden.example Two two@golden.example Seven seven@golden.example >later.csv
)

(
job doubt
sheet Plain plain@golden.example Known known@golden.example Exists exists@golden.example Absent absent@golden.example \
  Removed removed@golden.example Reopened reopened@golden.example There there@golden.example Gone gone@golden.example \
  Moved moved@golden.example Namesake namesake@golden.example Third third@golden.example >clients.csv
rehearse 4 clients.csv --timeout 300ms --fault cut-after@=known --fault 500-after@=exists --fault hang-before@=absent \
  --fault half-body@=reopened --fault no-id@=there@ --fault cut-before@=gone
sed -i -e 's/moved@golden.example,login-moved/office-moved@golden.example,login2-moved/' \
  -e 's/namesake@golden.example,login-namesake/office-namesake@golden.example,login2-namesake/' \
  -e 's/third@golden.example,login-third/office-third@golden.example,login2-third/' clients.csv
rehearse 4 clients.csv
id() { grep "\"$1@golden.example\"" sandbox.job/twin.jsonl | grep -o '"id":"[^"]*"' | head -1 | cut -d'"' -f4; }
ends 0 settle sandbox.job --key known@golden.example --created "$(id known)"
ends 0 settle sandbox.job --key exists@golden.example --exists
ends 0 settle sandbox.job --key absent@golden.example --absent
ends 0 settle sandbox.job --key reopened@golden.example --exists
ends 0 settle sandbox.job --key reopened@golden.example --reopen
ends 0 settle sandbox.job --key office-moved@golden.example --same-as moved@golden.example
ends 0 settle sandbox.job --key office-namesake@golden.example --new
# Somebody removes a client in the dashboard, and says so.
sed -i '/"removed@golden.example"/d' sandbox.job/twin.jsonl
ends 0 settle sandbox.job --key removed@golden.example --deleted
)

(
job aliases
sheet Alpha alpha@golden.example Beta beta@golden.example Gamma gamma@golden.example Delta delta@golden.example >clients.csv
rehearse 3 clients.csv --fault rejected@=beta --fault rejected@=gamma --fault rejected@=delta
# Three come back with another key: one is created, one is in doubt, one is refused again.
sed -i -e 's/Beta,beta@golden/Beta,beta-new@golden/' -e 's/Gamma,gamma@golden/Gamma,gamma-new@golden/' -e 's/Delta,delta@golden/Delta,delta-new@golden/' sandbox.job/rejects.csv
rehearse 4 sandbox.job/rejects.csv --fault cut-after@=gamma --fault rejected@=delta
# The old address in the hands of somebody else.
sheet Alpha alpha@golden.example 'Another' beta@golden.example | sed 's/login-beta/login-another/' >later.csv
)

(
job corrections
sheet Alpha alpha@golden.example Beta beta@golden Gamma gamma@golden.example Delta delta@golden.example Epsilon epsilon@golden Alpha2 alpha@golden.example >clients.csv
sed -i -e 's/Secret-gamma//' -e 's/Secret-delta//' clients.csv
rehearse 3 clients.csv
# Corrected in two goes: an address, a password; then the row that repeats a key.
sed -i -e 's/Beta,beta@golden,/Beta,beta@golden.example,/' -e 's/login-gamma@golden.example,,/login-gamma@golden.example,Secret-gamma,/' sandbox.job/rejects.csv
rehearse 3 sandbox.job/rejects.csv
sed -i -e 's/Alpha2,alpha@golden.example,login-alpha@/Alpha2,alpha2@golden.example,login-alpha2@/' sandbox.job/rejects.csv
rehearse 3 sandbox.job/rejects.csv
)

(
job sealed
cat >clients.csv <<END
Name,Mail,Second,Word
Alpha,alpha@golden.example,,
Beta,beta@golden.example,second-beta@golden.example,=Sheet-Word-1
Gamma,gamma@golden.example,,
Delta,delta@golden.example,,
Epsilon,epsilon@golden.example,,
END
cat >clients.csv.mapping.yaml <<END
version: 1
request:
  client_details: {name: {column: Name}, email: {column: Mail}}
  client_users:
    - email: {column: Mail}
      password: {generate: {length: 24, avoid: ambiguous}}
    - email: {column: Second}
      password: {column: Word, generate: {words: 5}}
  client_asset_group: {tenant_voice_provider_id: {const: "TenantVoiceProvider:1"}}
END
rehearse 5 clients.csv --timeout 300ms --limit 4 --fault hang-before@=gamma --fault cut-after@=delta
# Sent again: one of two passwords holds. One client's are handed over.
rehearse 5 clients.csv --row 4 --on-doubt resend
ends 0 handover sandbox.job --row 2 --out "$scratch/handed.csv"
sed -i 's/AGE-SECRET-KEY-/KEY-OF-A-REHEARSAL-/' sandbox.job/rehearsal-identity.txt
)

(
job group
cat >clients.csv <<END
Company,Office,Login,Password,Plan
Acme,office@acme.example,a1@acme.example,Secret-1,Basic
Bob,,b1@bob.example,Secret-1,
ACME,,a2@acme.example,Secret-2,
Cat,,c1@cat.example,Secret-1,
Dog,,d1@dog.example,Secret-1,Basic
Acme ,office@acme.example,a3@acme.example,Secret-3,basic
Bob,,b2@bob.example,Secret-2,
Dog,,d2@dog.example,Secret-2,Pro
Eel,,e1@eel.example,Secret-1,Pro
Eel,,e2@eel.example,Secret-2,Pro
END
cat >clients.csv.mapping.yaml <<END
version: 1
group_by: [Company]
request:
  client_details: {name: {column: Company}, email: {column: Office}}
  client_users: [{email: {column: Login}, password: {column: Password}}]
  client_asset_group: {tenant_voice_provider_id: {const: "TenantVoiceProvider:1"}}
  billing_provider:
    type: {const: STRIPE}
    selected_product: {product_id: {column: Plan, lookup: {Basic: prod_1, Pro: prod_2}}}
END
rehearse 5 clients.csv --limit 2 --fault cut-after@=bob --fault rejected@=cat
sed '/a3@acme/a Acme,,a4@acme.example,Secret-4,Basic' clients.csv >later.csv
cp clients.csv.mapping.yaml later.csv.mapping.yaml
)

(
job crash
sheet One one@golden.example Two two@golden.example Three three@golden.example \
  Silent1 silent1@golden.example Mute1 mute1@golden.example Silent2 silent2@golden.example Mute2 mute2@golden.example \
  Four four@golden.example Five five@golden.example >clients.csv
serve hang-before@=silent hang@=mute
"$program" run clients.csv --yes --new-job --base-url $url --rate unlimited --workers 4 >/dev/null 2>&1 &
run=$!
until curl -fs $url/sandbox/clients | grep -q '"count":5}'; do sleep 0.1; done
sleep 2 # the last rows are in flight
kill -9 $run
wait $run || true
served
cat >decisions.csv <<END
key,status,client_id
silent1@golden.example,absent,
mute1@golden.example,exists,
silent2@golden.example,absent,
END
)

(
job refused
cat >clients.csv <<END
Company,Contact,Login,Password,Status
Alpha,alpha@golden.example,login-alpha@golden.example,Secret-1,Active
Beta,beta@golden.example,login-beta@golden.example,Secret-1,Active
Gamma,gamma@golden.example,login-gamma@golden.example,Secret-1,Active
Delta,delta@golden.example,login-delta@golden.example,Secret-1,Active
Epsilon,epsilon@golden.example,login-epsilon@golden.example,Secret-1,Left
Zeta,zeta@golden,login-zeta@golden.example,Secret-1,Active
Eta,eta@golden.example,login-eta@golden.example,,Active
Theta,theta@golden.example,login-theta@golden.example,Secret-1,Active
Iota,alpha@golden.example,login-iota@golden.example,Secret-1,Active
Kappa,kappa@golden.example,login-kappa@golden.example,Secret-1,Active
Lambda,lambda@golden.example,login-lambda@golden.example,Secret-1,Active
END
cat >clients.csv.mapping.yaml <<END
version: 1
key: [client_details.email]
only: [{column: Status, in: [Active]}]
request:
  client_details: {name: {column: Company}, email: {column: Contact}}
  client_users: [{email: {column: Login}, password: {column: Password}}]
  client_asset_group: {tenant_voice_provider_id: {const: "TenantVoiceProvider:1"}}
END
rehearse 5 clients.csv --limit 2 --max-attempts 1 --set client_asset_group.name=North \
  --fault rejected@=beta --fault duplicate@=gamma --fault 503-retry-after@=delta --fault forbidden@=theta
sed 's/Beta,beta@golden.example,login-beta@/Beta Ltd,beta@golden.example,login-beta@/' clients.csv >later.csv
cp clients.csv.mapping.yaml later.csv.mapping.yaml
)

(
job server
url=http://127.0.0.1:8643 # another target: the customers are those of the crash
sheet One one@golden.example Two two@golden.example Three three@golden.example Four four@golden.example Five five@golden.example >clients.csv
serve rejected@=two cut-after@=three rejected@=five
ends 4 run clients.csv --yes --new-job --base-url $url --rate unlimited --workers 1
sed -i 's/Two,two@golden/Zwei,zwei@golden/' bulkonboard.job/rejects.csv
ends 4 run bulkonboard.job/rejects.csv --yes --base-url $url --rate unlimited --workers 1
served
sheet One one@golden.example Two two@golden.example Three three@golden.example Four four@golden.example Five five@golden.example Six six@golden.example >later.csv
)

(
job workbook
cp "$samples/clients.xlsx" .
rehearse 5 clients.xlsx --limit 12 --fault cut-after@#3 --fault rejected@#5
)

(
job adopted
cp "../created/clients.csv" .
mkdir sandbox.job
cp ../created/sandbox.job/twin.jsonl sandbox.job
# The list is older than the sheet; of one row it says that it was refused.
sed -e '/^6,/d' -e '/^5,/s/,created,[^,]*,/,rejected,,/' ../created/sandbox.job/results.csv >results.csv
sed -i '/five@golden.example/d' sandbox.job/twin.jsonl
rehearse 5 clients.csv --adopt results.csv --row 2
)

(
job rekeyed
sheet Alpha alpha@golden.example Beta beta@golden.example Gamma gamma@golden.example Delta delta@golden.example >clients.csv
mapping() {
  cat <<END
version: 1
key: [$1]
request:
  client_details: {name: {column: client_name}, email: {column: client_email}}
  client_users: [{email: {column: user_email}, password: {column: user_password}}]
  client_asset_group: {tenant_voice_provider_id: {const: "TenantVoiceProvider:1"}}
END
}
mapping client_details.email >email.yaml
mapping client_details.name >name.yaml
rehearse 4 clients.csv --mapping email.yaml --fault cut-after@=beta --fault rejected@=delta
rehearse 4 clients.csv --mapping name.yaml --rekey
rm email.yaml name.yaml # only the job has them
sed 's/gamma@golden.example/gamma-new@golden.example/' clients.csv >later.csv
)
