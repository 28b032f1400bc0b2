//go:build !amd64

package retrieval

func sum(out, factors, rows []float32) { portableSum(out, factors, rows) }

func spread(rows, factors, x []float32) { portableSpread(rows, factors, x) }
