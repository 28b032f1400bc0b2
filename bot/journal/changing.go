package journal

import (
	"context"
	"database/sql/driver"
)

// changing is what changes are made with: a connection in a transaction, of
// which nothing but prepared statements is used.
type changing struct {
	connection *connection
	refused    error
}

func (c *changing) make(all []*change) error {
	for _, one := range all {
		c.refused = nil
		if err := one.do(c); err != nil {
			return err
		}
		one.refused = c.refused
	}
	return nil
}

// refuse has the change fail with an error of its own. Nothing may have been
// changed before.
func (c *changing) refuse(err error) error {
	c.refused = err
	return nil
}

// exec carries out one statement, and gives how many rows it changed.
func (c *changing) exec(statement string, args ...any) (rows int64, err error) {
	execer, err := c.connection.statement(statement)
	if err != nil {
		return 0, err
	}
	values := make([]driver.NamedValue, len(args))
	for i, a := range args {
		v, err := driver.DefaultParameterConverter.ConvertValue(a)
		if err != nil {
			return 0, err
		}
		values[i] = driver.NamedValue{Ordinal: i + 1, Value: v}
	}
	done, err := execer.ExecContext(context.Background(), values)
	if err != nil {
		return 0, err
	}
	return done.RowsAffected()
}
