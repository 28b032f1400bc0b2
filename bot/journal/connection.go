package journal

import (
	"context"
	"database/sql/driver"
	"errors"
	"fmt"
)

// A connection is one of the driver with the statements that were prepared on it.
// They are closed before it: the driver cannot do so afterwards, and database/sql
// closes a connection when it likes, as after a query whose context ended.
type connection struct {
	driverConn
	prepared map[string]driver.Stmt
}

// driverConn is what database/sql uses of the driver's connection.
type driverConn interface {
	driver.Conn
	driver.ConnPrepareContext
	driver.ConnBeginTx
	driver.ExecerContext
	driver.QueryerContext
	driver.Pinger
	driver.SessionResetter
	driver.Validator
}

// Close implements [driver.Conn].
func (c *connection) Close() error {
	for _, s := range c.prepared {
		_ = s.Close() // it has done its work, or the connection is broken
	}
	clear(c.prepared)
	return c.driverConn.Close()
}

// statement gives a prepared one.
func (c *connection) statement(text string) (driver.StmtExecContext, error) {
	s, ok := c.prepared[text]
	if !ok {
		var err error
		if s, err = c.PrepareContext(context.Background(), text); err != nil {
			return nil, err
		}
		c.prepared[text] = s
	}
	execer, ok := s.(driver.StmtExecContext)
	if !ok {
		return nil, fmt.Errorf("the driver's statement is a %T", s)
	}
	return execer, nil
}

// A connector makes connections.
type connector struct{ driver.Connector }

// Connect implements [driver.Connector].
func (c connector) Connect(ctx context.Context) (driver.Conn, error) {
	conn, err := c.Connector.Connect(ctx)
	if err != nil {
		return nil, err
	}
	whole, ok := conn.(driverConn)
	if !ok {
		return nil, errors.Join(fmt.Errorf("the driver's connection is a %T", conn), conn.Close())
	}
	return &connection{whole, map[string]driver.Stmt{}}, nil
}
