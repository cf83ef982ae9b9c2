// Package durable writes files that last and opens files that are what they
// seem. Every file that holds customers, keys or bookkeeping goes through it.
//
// It promises three things. What it makes is for its owner only (0600). What it
// has written is on the disk, with its name, when it returns: file and folder
// are synced. And no file is opened through a link, nor anything that is no
// plain file: a link, a pipe or a device in a folder that came from somebody
// else neither leads elsewhere nor lets a program hang.
//
// It does not lock. Where folders cannot be synced (Windows, some shares) the
// rename is all there is.
package durable
