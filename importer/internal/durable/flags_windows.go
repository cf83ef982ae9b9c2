package durable

// Flags are none here: links are told by Check alone.
const Flags = 0
