// Package seal seals a row's credentials to public keys and opens them with
// private ones, in the format of age (age-encryption.org/v1): the stock age
// program opens what is sealed here, and the other way round.
//
// It promises that what was sealed can be opened by each of the recipients and
// by nobody else, and that what was changed since does not open. It does not
// hide how long the credentials are, nor how many recipients there are. Whoever
// holds a private key opens everything that was ever sealed to it.
//
// Sealing and opening cost one key agreement for each recipient and nothing that
// grows with the number of rows.
package seal
