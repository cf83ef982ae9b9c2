package main

import "github.com/spf13/cobra"

// topics are what help teaches besides the commands.
func topics() []*cobra.Command {
	return []*cobra.Command{
		{Use: "statuses", Short: "Where a row can stand, and what the next run does", Long: statusesTopic},
		{Use: "mapping", Short: "Own headers, constants, lookups, several users: the mapping file", Long: mappingTopic},
		{Use: "doubt", Short: "Rows that were sent and not answered, and how to settle them", Long: doubtTopic},
		{Use: "nightly", Short: "A run that nobody watches", Long: nightlyTopic},
	}
}

const statusesTopic = `Each row of the results has one of seven statuses:

  created   confirmed by the server; never sent again. If the row changes later,
            the note names the fields, for somebody to change by hand
  in_doubt  sent, and the outcome is not known: the client may exist. Held until
            bulkonboard settle (see: bulkonboard help doubt)
  rejected  the server refused it; sent again if the row changes, or with
            --retry-rejected
  failed    provably not created; the next run sends it again
  invalid   faulty, nothing was sent; mend it and run again
  pending   not attempted yet; the next run sends it
  skipped   left out by the mapping's filter

A customer is known by key, not by position: the client's e-mail, else the first
user's, unless the mapping says otherwise. So a sheet may be sorted, renamed and
added to, and nobody is sent twice:

  bulkonboard run clients.csv
  bulkonboard run clients-sorted.csv

rejects.csv in the job's folder holds the rows that are invalid, rejected or
failed. Correct them there and feed the file back:

  bulkonboard run bulkonboard.job/rejects.csv

Only its rows are sent. What you changed is kept as corrections, one line a cell,
in clients.csv.corrections.jsonl beside the sheet: every later command applies
them, while the row still stands and the cell holds what it held. One that fits
nowhere any more is a warning (correction_unused). The sheet is never changed;
bulkonboard check clients.csv --repair FILE writes a copy with them in it.

The exit code tells the worst of it: 0 all is well, 3 rows to be mended, 4 rows in
doubt, 5 rows still pending.`

const mappingTopic = `A mapping file says which column is what. It mirrors the request, so reading it
shows what will be sent. bulkonboard init proposes one:

  bulkonboard init clients.xlsx          writes clients.xlsx.mapping.yaml
  bulkonboard check clients.xlsx         finds it by its name

  version: 1
  key: [client_details.email]            # what makes a row this row
  only: [{column: Status, in: [Active]}] # other rows are skipped
  ignore: [Notes]                        # columns left out on purpose
  request:
    client_details:
      name:  {column: Company}
      email: {column: "Contact e-mail", transform: [trim, lower]}
    client_users:
      - email: {column: Login}
        password: {generate: {length: 20}}
    client_asset_group:
      tenant_voice_provider_id: {const: "TenantVoiceProvider:123"}
    billing_provider:
      type: {const: STRIPE}
      selected_product:
        product_id: {column: Plan, lookup: {Basic: prod_1, Pro: prod_2}}

A value comes from a column, from several (columns, join), or is a const. Then it
may get a default, transform (trim, lower, upper, title, digits, {phone: US},
{date: {from: DD.MM.YYYY}}, {replace: {a: b}}), lookup (a table here, or {file,
from, to}) and split (lists). group_by makes one client of several rows, one for
each user. An optional part whose columns are all empty is left out, constants
included. Unknown keys and columns are errors, with line numbers, all at once.

The job remembers its mapping: next week's sheet needs no flag.

samples/clients-own-headers.csv.mapping.yaml shows more, and
samples/mapping.schema.json lets an editor complete and check.`

const doubtTopic = `A row is in doubt when its request was sent and no usable answer came: a timeout,
a cut connection, a server error, a crash. The client may exist or not, and the
API has no call that tells. Sending it again could create it twice. So it waits
until somebody has looked in the dashboard, under Clients:

  bulkonboard settle                                  asked one by one
  bulkonboard settle --row 17 --created Q2xpZW50OjQy  it is there, with this id
  bulkonboard settle --row 17 --exists                it is there, id not at hand
  bulkonboard settle --row 17 --absent                it is not: the next run sends it

For many at once write created, exists or absent into the column status of
doubt.csv, and hand it in; all lines are checked before the first counts:

  bulkonboard settle --from bulkonboard.job/doubt.csv

The same command decides on possible duplicates (a new key with the name or login
of a known customer: --same-as KEY or --new), on rows that have a known customer's
key and nothing else of them (key_moved; did a column slip? If the customer was
renamed: --same), on clients that were removed by hand (--deleted), and on changes
that were carried over by hand (--change-done). Every decision is on record, and
--reopen takes it back until the row was sent again.

Where the server refuses a second client with the same e-mail for certain, rows
in doubt may be sent again: bulkonboard run clients.csv --on-doubt resend. Only an
answer with a client id clears the doubt.

An outage does not fill the journal with doubt: after a failure of the server one
request is in flight until another answer comes, and five failures in a row halt
the run (--halt-after).`

const nightlyTopic = `One command is safe to schedule. Start the job once by hand, then let it run:

  bulkonboard run clients.csv --new-job
  bulkonboard run clients.csv --yes --quiet --known-faults ok

It locks the job (a second one ends with 6), resumes what a night before left,
sends new customers and rows that were mended, tries failed ones again, and
prints nothing when nothing happened. With --known-faults ok twelve old faults do
not mute the alarm: only rows that are newly bad give a 3.

What it does not do without somebody's word:

  --max-new N|N%        more new customers than usual (the larger of 50 and 10 %
                        of those known) stop it before anything is sent
  --changed-rows N|N%   rows that became other customers (more than the larger of 5
                        and 10 % lack a name or login of the customer whose key
                        they have), or no known customer left, stop it, too
  --changed-columns ok  other columns than last time stop it, too
  --max-errors N|N%     so many rejected or failed rows stop it
  --min-rows N          a sheet that is cut short is refused
  --max-duration D      it stops cleanly, and goes on the next night

--notify URL posts a message when the job's state changes, and when all is well
again. summary.json holds the same for scripts, changes.csv and gone.csv list
what somebody has to do by hand, and report.html is for people:

  bulkonboard status --runs
  bulkonboard report

The API key comes from the environment, --token-file, or systemd's LoadCredential.
Settings of several tenants go into bulkonboard.yaml (bulkonboard help config).
samples/nightly has a systemd timer, a cron line and a Kubernetes CronJob.`
