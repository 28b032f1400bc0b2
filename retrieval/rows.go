package retrieval

import "gonum.org/v1/gonum/blas/gonum"

// portableSum adds rows to out, row i times factors[i], one after the other. The
// rows lie one after another and are as long as out.
func portableSum(out, factors, rows []float32) {
	for i, f := range factors {
		portableAxpy(f, rows[i*len(out):(i+1)*len(out)], out)
	}
}

// portableSpread adds x to every row, times factors[i] to row i. The rows lie one
// after another and are as long as x.
func portableSpread(rows, factors, x []float32) {
	for i, f := range factors {
		portableAxpy(f, x, rows[i*len(x):(i+1)*len(x)])
	}
}

// portableAxpy adds a·x to y.
func portableAxpy(a float32, x, y []float32) {
	gonum.Implementation{}.Saxpy(len(x), a, x, 1, y, 1)
}

// axpy adds a·x to y.
func axpy(a float32, x, y []float32) { spread(y, []float32{a}, x) }
