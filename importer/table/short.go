package table

// blocks16 knows rows that end early because Excel wrote them so. Excel writes
// a CSV in blocks of 16 rows and leaves the delimiters at the end of a block
// out where its last columns are empty in all of its rows (described by Stata
// as "How Excel writes empty cells", and by Microsoft as "Column delimiters
// are missing"). Such a block has rows that are all of one length, with a cell
// filled in the last column; a torn row, or a forgotten delimiter, has not.
//
// One bit for each 16 rows: 8 KB for a million.
type blocks16 struct {
	need  int // cells that a row should have
	bits  []uint64
	count int // blocks that end early
	first int // the first row of the first such block

	block  int // the block in hand
	rows   int
	width  int // of its rows; -1 if they differ
	filled int // the last column with something in it
}

// add takes the next record, the header and blank ones too.
func (b *blocks16) add(rec record) {
	if block := (rec.number - 1) / 16; block != b.block {
		b.settle(16)
		b.block, b.rows, b.width, b.filled = block, 0, 0, 0
	}
	if b.rows++; b.rows == 1 {
		b.width = len(rec.cells)
	} else if len(rec.cells) != b.width {
		b.width = -1
	}
	if n := len(rec.cells); n > b.filled && rec.cells[n-1] != "" {
		b.filled = n
	}
}

// finish settles the last block, which may have less than 16 rows. A single
// row, and one without a line end, may be a torn one.
func (b *blocks16) finish(lineEnded bool) {
	if lineEnded {
		b.settle(2)
	} else {
		b.settle(16)
	}
}

func (b *blocks16) settle(rows int) {
	if b.rows < rows || b.width >= b.need || b.width <= 0 || b.filled != b.width {
		return
	}
	if b.count++; b.count == 1 {
		b.first = b.block*16 + 1
	}
	for len(b.bits) <= b.block/64 {
		b.bits = append(b.bits, 0)
	}
	b.bits[b.block/64] |= 1 << (b.block % 64)
}

// has says that the row's block ends early.
func (b *blocks16) has(number int) bool {
	block := (number - 1) / 16
	return block/64 < len(b.bits) && b.bits[block/64]&(1<<(block%64)) != 0
}
