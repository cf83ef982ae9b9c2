package journal

import "database/sql"

// each calls scan for every row that a query has found, and closes them.
func each(rows *sql.Rows, err error, scan func(*sql.Rows) error) error {
	if err != nil {
		return err
	}
	defer func() { _ = rows.Close() }()
	for rows.Next() {
		if err := scan(rows); err != nil {
			return err
		}
	}
	return rows.Err()
}

// all reads every row that a query has found.
func all[T any](rows *sql.Rows, err error, scan func(*sql.Rows, *T) error) ([]T, error) {
	var out []T
	err = each(rows, err, func(rows *sql.Rows) error {
		var one T
		out = append(out, one)
		return scan(rows, &out[len(out)-1])
	})
	if err != nil {
		return nil, err
	}
	return out, nil
}

// scalar scans rows of one column.
func scalar[T any](rows *sql.Rows, one *T) error { return rows.Scan(one) }
