// Package xlsx reads the workbooks of spreadsheet programs (.xlsx, .xlsm), row by row.
//
// It promises that what it delivers is what the file says, and that whatever it does
// not understand is refused with a place and never guessed: it is strict where Excel
// is. Memory does not grow with the rows.
//
// It does not know headers, columns or rejects, and evaluates no formula.
//
// # XML
//
// A part is well-formed XML 1.0 with namespaces, in UTF-8 or UTF-16, without a
// document type, also where nobody reads it; names, attributes, characters, entities
// and comments are held to the letter. Elements count by namespace and parent: ours is
// the root's namespace, whichever it is, others and extLst are passed over, and of
// AlternateContent the first form counts that Excel understands. Attributes count
// without a prefix, r:id by its namespace.
//
// # Workbook
//
// It has one list of sheets, each a part of its own, and one part with styles and one
// with texts at most. What is listed and not needed may be missing. Rows rise, and
// cells in them; a cell has its formula, value and text once each; the bounds of a
// spreadsheet hold: rows, columns, 32,767 characters, 65,536 styles. So do some of our
// own, which keep a small file from taking much time or memory: it unpacks to 1 GiB, or
// ten times its size, a part has 40 million elements, and cells share 16 million texts.
//
// # Values
//
// Texts come as they are stored, with _x000D_ and its like decoded for control
// characters, pairs of surrogates and _x005F_. Booleans are TRUE and FALSE.
//
// A number comes in full, with the 15 digits that spreadsheets keep: what groups,
// rounds or scales it (1,234.50, 15%, 1/2, 1.2E+04) and currencies are left out. But
// what a format makes of it comes as people see it where that is something else than a
// number:
//
//   - a day is 2026-01-31, a time 18:00:00, both 2026-01-31 18:00:00, rounded to the
//     second, whatever part of it is shown; a format that shows a day alone cuts the
//     time off; one that shows a time alone, of a number that has a day, gives both;
//   - a duration ([h]:mm, [mm]:ss) is hours, minutes and seconds: 36:00:00;
//   - a pattern of digits (00000, 000-0000, and Excel's own for phone numbers, which
//     has a condition) is filled with the digits of a whole number;
//   - so are digits with words: 0" users" gives 5 users, "ID-"0000 gives ID-0042, and
//     General" seats" gives 12 seats;
//   - words in the place of a number are given: "Yes";"Yes";"No" gives Yes or No; a
//     dash or a mark in the place of a zero is no word;
//   - a number that a format hides while it shows others is empty: 0 in 0;-0;;@ or #.
//     What a format hides altogether (;;;) comes in full: texts so formatted do, too.
//
// Days count from 1900, with the 29th of February 1900 that never was, or from 1904.
// Dates, times and durations in the words of ISO 8601 come as the same would that are
// numbers.
//
// A cell without the value it should have, with an error, with digits that are lost,
// or with a word that its type does not have comes with a Fault.
package xlsx
