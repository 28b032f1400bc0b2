package journal

import (
	"context"
	"database/sql/driver"
	"fmt"
)

// changing is what changes are made with: a connection in a transaction, of
// which nothing but prepared statements is used.
type changing struct {
	connection any // of the driver
	prepared   map[string]driver.Stmt
	refused    error
}

// prepareOn sets the connection; nil for none.
func (c *changing) prepareOn(connection any) {
	if c.connection == connection {
		return
	}
	for _, s := range c.prepared {
		_ = s.Close() // it has done its work, or its connection is broken
	}
	c.connection, c.prepared = connection, map[string]driver.Stmt{}
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
	s, ok := c.prepared[statement]
	if !ok {
		conn, ok := c.connection.(driver.ConnPrepareContext)
		if !ok {
			return 0, fmt.Errorf("the driver's connection is a %T", c.connection)
		}
		if s, err = conn.PrepareContext(context.Background(), statement); err != nil {
			return 0, err
		}
		c.prepared[statement] = s
	}
	values := make([]driver.NamedValue, len(args))
	for i, a := range args {
		v, err := driver.DefaultParameterConverter.ConvertValue(a)
		if err != nil {
			return 0, err
		}
		values[i] = driver.NamedValue{Ordinal: i + 1, Value: v}
	}
	execer, ok := s.(driver.StmtExecContext)
	if !ok {
		return 0, fmt.Errorf("the driver's statement is a %T", s)
	}
	done, err := execer.ExecContext(context.Background(), values)
	if err != nil {
		return 0, err
	}
	return done.RowsAffected()
}
