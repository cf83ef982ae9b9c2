// Package seal seals a row's credentials to public keys and opens them with
// private ones, in the format of age (age-encryption.org/v1): the stock age
// program opens what is sealed here, and the other way round.
//
// It promises that what was sealed can be opened by each of the recipients and by
// nobody else, and that what was changed since does not open. It does not
// hide how long the credentials are, nor how many recipients there are. Whoever
// holds a private key opens everything that was ever sealed to it.
//
// # Cost
//
// Sealing takes some 0.14 ms and 100 bytes for each recipient, and 160 bytes
// more for each row. Opening an identity that has a passphrase takes about a
// second, on purpose, once.
//
// # Why age
//
// Passwords must be sealed by a program that cannot open them again: so the key
// is public, and a run that nobody watches needs no secret. age does that with
// short keys, no options to get wrong, and a format that other programs read:
// who has the job and the private key can do without bulkonboard.
package seal
