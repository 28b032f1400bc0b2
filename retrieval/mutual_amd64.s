#include "textflag.h"

// func avx2MutualProducts(products []int32, a, b []int16, width int)
//
// Two rows of b at a time, and four of a: what is loaded of one serves for all of
// the other.
TEXT ·avx2MutualProducts(SB), NOSPLIT, $0-80
	MOVQ products_base+0(FP), DI
	MOVQ b_base+48(FP), DX
	MOVQ width+72(FP), BX
	ADDQ BX, BX        // bytes of a row
	MOVQ $32, R10      // pairs of rows of b left

rows:
	MOVQ a_base+24(FP), SI
	MOVQ $16, R11          // fours of rows of a left

four:
	VPXOR Y0, Y0, Y0
	VPXOR Y1, Y1, Y1
	VPXOR Y2, Y2, Y2
	VPXOR Y3, Y3, Y3
	VPXOR Y4, Y4, Y4
	VPXOR Y5, Y5, Y5
	VPXOR Y6, Y6, Y6
	VPXOR Y7, Y7, Y7
	LEAQ  (SI)(BX*2), R8 // the third row of a
	LEAQ  (DX)(BX*1), R9 // the second of b
	XORQ  AX, AX

block:
	VMOVDQU  (DX)(AX*1), Y8
	VMOVDQU  (R9)(AX*1), Y9
	LEAQ     (SI)(AX*1), R12
	LEAQ     (R8)(AX*1), R13
	VMOVDQU  (R12), Y10
	VMOVDQU  (R12)(BX*1), Y11
	VMOVDQU  (R13), Y12
	VMOVDQU  (R13)(BX*1), Y13
	VPMADDWD Y8, Y10, Y14
	VPADDD   Y14, Y0, Y0
	VPMADDWD Y8, Y11, Y15
	VPADDD   Y15, Y1, Y1
	VPMADDWD Y8, Y12, Y14
	VPADDD   Y14, Y2, Y2
	VPMADDWD Y8, Y13, Y15
	VPADDD   Y15, Y3, Y3
	VPMADDWD Y9, Y10, Y14
	VPADDD   Y14, Y4, Y4
	VPMADDWD Y9, Y11, Y15
	VPADDD   Y15, Y5, Y5
	VPMADDWD Y9, Y12, Y14
	VPADDD   Y14, Y6, Y6
	VPMADDWD Y9, Y13, Y15
	VPADDD   Y15, Y7, Y7
	ADDQ     $32, AX
	CMPQ     AX, BX
	JLT      block

	// The eight sums in each of four registers become one of four.
	VPHADDD      Y1, Y0, Y0
	VPHADDD      Y3, Y2, Y2
	VPHADDD      Y2, Y0, Y0
	VEXTRACTI128 $1, Y0, X1
	VPADDD       X1, X0, X0
	VMOVDQU      X0, (DI)
	VPHADDD      Y5, Y4, Y4
	VPHADDD      Y7, Y6, Y6
	VPHADDD      Y6, Y4, Y4
	VEXTRACTI128 $1, Y4, X5
	VPADDD       X5, X4, X4
	VMOVDQU      X4, 256(DI)             // the next row of products

	ADDQ $16, DI
	LEAQ (SI)(BX*4), SI
	DECQ R11
	JNZ  four
	ADDQ $256, DI       // over the second row, which is written
	LEAQ (DX)(BX*2), DX
	DECQ R10
	JNZ  rows
	VZEROUPPER
	RET

// func sse2MutualProducts(products []int32, a, b []int16, width int)
TEXT ·sse2MutualProducts(SB), NOSPLIT, $0-80
	MOVQ products_base+0(FP), DI
	MOVQ b_base+48(FP), DX
	MOVQ width+72(FP), BX
	ADDQ BX, BX        // bytes of a row
	MOVQ $64, R10      // rows of b left

row:
	MOVQ a_base+24(FP), SI
	MOVQ $32, R11          // pairs of rows of a left

two:
	PXOR X0, X0
	PXOR X1, X1
	LEAQ (SI)(BX*1), R8
	XORQ AX, AX

block:
	MOVOU   (DX)(AX*1), X4
	MOVOU   (SI)(AX*1), X5
	MOVOU   (R8)(AX*1), X6
	PMADDWL X4, X5
	PADDL   X5, X0
	PMADDWL X4, X6
	PADDL   X6, X1
	ADDQ    $16, AX
	CMPQ    AX, BX
	JLT     block

	PSHUFD $0x4e, X0, X5
	PADDL  X5, X0
	PSHUFD $0xb1, X0, X5
	PADDL  X5, X0
	MOVL   X0, (DI)
	PSHUFD $0x4e, X1, X6
	PADDL  X6, X1
	PSHUFD $0xb1, X1, X6
	PADDL  X6, X1
	MOVL   X1, 4(DI)
	ADDQ   $8, DI
	LEAQ   (SI)(BX*2), SI
	DECQ   R11
	JNZ    two
	ADDQ   BX, DX
	DECQ   R10
	JNZ    row
	RET
