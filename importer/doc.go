// Package importer is the hub of bulkonboard: what a row, a client, a key, an
// attempt and a status are, and the engine that sends rows. It knows no
// technology: files, HTTP, SQLite and age are rooms of their own, and reach it
// through the interfaces Input, Mapper, Creator, Journal and Sealer.
//
// It promises that an attempt is on record durably before its request leaves,
// and its outcome before the row counts; that only what provably created
// nothing is tried again; that a key which is created, begun or in doubt is
// not sent unless somebody decided so; and that an outage of the server ends
// the run instead of filling the journal with rows in doubt. A Secret shows
// itself nowhere but to Reveal.
//
// It does not promise that a row in doubt created nothing, nor that every row
// was attempted when Send returns: a Tally says what was, and why it ended. It
// does not look at rows beside each other (package mapping does), and decides
// nothing for people (package job asks them).
//
// # How
//
// A Creator makes one client. Send wraps the one that speaks to the server, in a
// line that reads like the way of a row:
//
//	Retry(Pace(Record(client, journal), pacer), attempts)
//
// Record stands inside of Pace, so that a crash during a pause leaves nothing
// in doubt; Retry stands outside, so that every attempt takes a token. Send
// reads Requests and hands them to workers. Every decision is made
// on KindOf an error: nobody matches texts, and what nobody has classified is in
// doubt.
//
// A created row lets the next one go when its outcome is on its way to the disk,
// if the journal keeps the order (Journal.Finish): the next request leaves when both its
// beginning and that outcome are durable, so at no moment are more rows begun and
// not finished than workers. Any other outcome, which may slow the run down or
// end it, is waited for.
//
// A program that wires these rooms itself puts Unsent before Send, so that a
// second run sends only what the journal does not know; the example does.
//
// # The pace
//
// A Pacer learns the server's limit from its refusals (429), by these rules:
//
//   - A refusal halves the rate, once for all requests in flight together. Eight
//     answers later it is back just under the rate that was refused; it climbs to
//     that within 100 to 400 answers, or 20 seconds, and past it faster and faster.
//   - Where one request in five hundred or fewer is refused, it comes back to the
//     very rate: going slower would cost more than the refusals.
//   - As many refusals at 85 % of the rate where they began have another cause than
//     the rate. It goes back there, puts up with up to twice as many, and looks
//     again after 400 answers, later after up to 6,400.
//   - Three refusals in a row, or more than 15 % of them, say that the server takes
//     far less: the rate becomes what was accepted in the second before.
//   - Refused without a Retry-After twice in a row, the server is closed: one request
//     at a time asks whether it is open again, at distances that grow by a third.
//     What was closed for more than 1.5 seconds is a window of so many requests in so
//     much time. From then on so many are sent and everybody waits for the next
//     window; now and then one more is tried, or an earlier time. A server that is
//     closed for 65 minutes ends the run.
//   - A Retry-After makes everybody wait so long, an hour at most, and the rate
//     becomes at once just under what was accepted.
//   - RateLimit-* makes everybody wait, too, and never makes anything faster.
//
// The limits of others who send for the same account look like a limit that moves;
// one that has moved is followed within a minute.
//
// # Cost
//
// Send holds the rows in flight, at most MaxWorkers of them where their number
// is automatic, as many that are answered and not yet on the disk, and the keys of those that may halt the run; nothing grows
// with the rows that were sent. Its speed is the pacer's and the server's.
//
// # Why two hashes
//
// A Fingerprint tells a changed row from a repeated one, and stands in files
// that people pass on. A hash of a password there could be guessed at leisure,
// so it covers the request without secrets. Whether a rejected row has a new
// password is told by a second one, SecretsMAC, which is keyed with the API
// key: whoever has the journal and not the key learns nothing from it, and with
// another key it cannot be compared, which SecretsChanged says.
package importer
