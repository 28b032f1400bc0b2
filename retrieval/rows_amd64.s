#include "textflag.h"

// func avx2Sum(out, factors, rows []float32)
TEXT ·avx2Sum(SB), NOSPLIT, $0-72
	MOVQ  out_base+0(FP), DI
	MOVQ  out_len+8(FP), CX // numbers left
	MOVQ  factors_base+24(FP), SI
	MOVQ  factors_len+32(FP), BX
	MOVQ  rows_base+48(FP), DX
	MOVQ  CX, R8
	SHLQ  $2, R8            // bytes of a row
	TESTQ BX, BX
	JZ    done

	// So many numbers of out stay in registers while all rows are added.
wide:
	CMPQ    CX, $32
	JLT     eight
	VMOVUPS (DI), Y0
	VMOVUPS 32(DI), Y1
	VMOVUPS 64(DI), Y2
	VMOVUPS 96(DI), Y3
	MOVQ    DX, R9
	XORQ    AX, AX

wideRow:
	VBROADCASTSS (SI)(AX*4), Y4
	VMULPS       (R9), Y4, Y5
	VMULPS       32(R9), Y4, Y6
	VMULPS       64(R9), Y4, Y7
	VMULPS       96(R9), Y4, Y8
	VADDPS       Y5, Y0, Y0
	VADDPS       Y6, Y1, Y1
	VADDPS       Y7, Y2, Y2
	VADDPS       Y8, Y3, Y3
	ADDQ         R8, R9
	INCQ         AX
	CMPQ         AX, BX
	JLT          wideRow
	VMOVUPS      Y0, (DI)
	VMOVUPS      Y1, 32(DI)
	VMOVUPS      Y2, 64(DI)
	VMOVUPS      Y3, 96(DI)
	ADDQ         $128, DI
	ADDQ         $128, DX
	SUBQ         $32, CX
	JMP          wide

eight:
	CMPQ    CX, $8
	JLT     one
	VMOVUPS (DI), Y0
	MOVQ    DX, R9
	XORQ    AX, AX

eightRow:
	VBROADCASTSS (SI)(AX*4), Y4
	VMULPS       (R9), Y4, Y5
	VADDPS       Y5, Y0, Y0
	ADDQ         R8, R9
	INCQ         AX
	CMPQ         AX, BX
	JLT          eightRow
	VMOVUPS      Y0, (DI)
	ADDQ         $32, DI
	ADDQ         $32, DX
	SUBQ         $8, CX
	JMP          eight

one:
	TESTQ  CX, CX
	JZ     done
	VMOVSS (DI), X0
	MOVQ   DX, R9
	XORQ   AX, AX

oneRow:
	VMOVSS (SI)(AX*4), X4
	VMULSS (R9), X4, X5
	VADDSS X5, X0, X0
	ADDQ   R8, R9
	INCQ   AX
	CMPQ   AX, BX
	JLT    oneRow
	VMOVSS X0, (DI)
	ADDQ   $4, DI
	ADDQ   $4, DX
	DECQ   CX
	JMP    one

done:
	VZEROUPPER
	RET

// func avx2Spread(rows, factors, x []float32)
TEXT ·avx2Spread(SB), NOSPLIT, $0-72
	MOVQ rows_base+0(FP), DI
	MOVQ factors_base+24(FP), SI
	MOVQ factors_len+32(FP), BX
	MOVQ x_base+48(FP), DX
	MOVQ x_len+56(FP), R8
	XORQ AX, AX

row:
	CMPQ         AX, BX
	JGE          done
	VBROADCASTSS (SI)(AX*4), Y4
	INCQ         AX
	MOVQ         R8, CX // numbers left
	MOVQ         DX, R9

wide:
	CMPQ    CX, $32
	JLT     eight
	VMULPS  (R9), Y4, Y0
	VMULPS  32(R9), Y4, Y1
	VMULPS  64(R9), Y4, Y2
	VMULPS  96(R9), Y4, Y3
	VADDPS  (DI), Y0, Y0
	VADDPS  32(DI), Y1, Y1
	VADDPS  64(DI), Y2, Y2
	VADDPS  96(DI), Y3, Y3
	VMOVUPS Y0, (DI)
	VMOVUPS Y1, 32(DI)
	VMOVUPS Y2, 64(DI)
	VMOVUPS Y3, 96(DI)
	ADDQ    $128, DI
	ADDQ    $128, R9
	SUBQ    $32, CX
	JMP     wide

eight:
	CMPQ    CX, $8
	JLT     one
	VMULPS  (R9), Y4, Y0
	VADDPS  (DI), Y0, Y0
	VMOVUPS Y0, (DI)
	ADDQ    $32, DI
	ADDQ    $32, R9
	SUBQ    $8, CX
	JMP     eight

one:
	TESTQ  CX, CX
	JZ     row
	VMULSS (R9), X4, X0
	VADDSS (DI), X0, X0
	VMOVSS X0, (DI)
	ADDQ   $4, DI
	ADDQ   $4, R9
	DECQ   CX
	JMP    one

done:
	VZEROUPPER
	RET
