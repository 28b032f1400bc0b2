package retrieval

// portableProducts sets products[i] to the scalar product of the query with the
// i-th row of codes; a row has as many codes as the query, a multiple of
// [codeBlock]. The sums must fit in 32 bits.
func portableProducts(products []int32, codes []int8, query []int16) {
	for i := range products {
		row, q := codes[:len(query)], query
		codes = codes[len(query):]
		var s0, s1, s2, s3 int
		for len(q) >= codeBlock && len(row) >= codeBlock {
			x, y := (*[codeBlock]int16)(q), (*[codeBlock]int8)(row)
			s0 += int(x[0])*int(y[0]) + int(x[4])*int(y[4]) + int(x[8])*int(y[8]) + int(x[12])*int(y[12])
			s1 += int(x[1])*int(y[1]) + int(x[5])*int(y[5]) + int(x[9])*int(y[9]) + int(x[13])*int(y[13])
			s2 += int(x[2])*int(y[2]) + int(x[6])*int(y[6]) + int(x[10])*int(y[10]) + int(x[14])*int(y[14])
			s3 += int(x[3])*int(y[3]) + int(x[7])*int(y[7]) + int(x[11])*int(y[11]) + int(x[15])*int(y[15])
			q, row = q[codeBlock:], row[codeBlock:]
		}
		products[i] = int32(s0 + s1 + s2 + s3)
	}
}
