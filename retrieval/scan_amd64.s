#include "textflag.h"

// func avx2Products(products []int32, codes []int8, query []int16)
TEXT ·avx2Products(SB), NOSPLIT, $0-72
	MOVQ products_base+0(FP), DI
	MOVQ products_len+8(FP), CX
	MOVQ codes_base+24(FP), SI
	MOVQ query_base+48(FP), DX
	MOVQ query_len+56(FP), BX
	TESTQ CX, CX
	JZ   done

row:
	VPXOR Y0, Y0, Y0 // eight sums
	XORQ  AX, AX
	CMPQ  AX, BX
	JGE   sum

block:
	// Sixteen codes, as 16 bits each: products, added in pairs into 32.
	VPMOVSXBW (SI)(AX*1), Y1
	VPMADDWD  (DX)(AX*2), Y1, Y1
	VPADDD    Y1, Y0, Y0
	ADDQ      $16, AX
	CMPQ      AX, BX
	JLT       block

sum:
	VEXTRACTI128 $1, Y0, X1
	VPADDD       X1, X0, X0
	VPSHUFD      $0x4e, X0, X1
	VPADDD       X1, X0, X0
	VPSHUFD      $0xb1, X0, X1
	VPADDD       X1, X0, X0
	VMOVD        X0, (DI)
	ADDQ         BX, SI
	ADDQ         $4, DI
	DECQ         CX
	JNZ          row

done:
	VZEROUPPER
	RET

// func sse2Products(products []int32, codes []int8, query []int16)
TEXT ·sse2Products(SB), NOSPLIT, $0-72
	MOVQ products_base+0(FP), DI
	MOVQ products_len+8(FP), CX
	MOVQ codes_base+24(FP), SI
	MOVQ query_base+48(FP), DX
	MOVQ query_len+56(FP), BX
	TESTQ CX, CX
	JZ   done

row:
	PXOR X0, X0 // two times four sums
	PXOR X5, X5
	XORQ AX, AX
	CMPQ AX, BX
	JGE  sum

block:
	// Sixteen codes: each byte is doubled into 16 bits and shifted down again
	// with its sign.
	MOVOU     (SI)(AX*1), X1
	MOVO      X1, X2
	PUNPCKLBW X1, X1
	PSRAW     $8, X1
	PUNPCKHBW X2, X2
	PSRAW     $8, X2

	// Products of 16 bits, added in pairs into 32.
	MOVOU   (DX)(AX*2), X3
	MOVOU   16(DX)(AX*2), X4
	PMADDWL X3, X1
	PMADDWL X4, X2
	PADDL   X1, X0
	PADDL   X2, X5
	ADDQ    $16, AX
	CMPQ    AX, BX
	JLT     block

sum:
	PADDL  X5, X0
	PSHUFD $0x4e, X0, X1
	PADDL  X1, X0
	PSHUFD $0xb1, X0, X1
	PADDL  X1, X0
	MOVL   X0, (DI)
	ADDQ   BX, SI
	ADDQ   $4, DI
	DECQ   CX
	JNZ    row

done:
	RET
