// Package placetest holds every place to the same ([Test]), and has one without
// a disk ([World]).
package placetest
