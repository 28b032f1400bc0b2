// The choice between the CPU backends of libwhisper, at run time. tools/whisper.mk
// compiles the backend of ggml once for each set of instructions below and makes
// all of it local but its one entry point, under the names here: what ggml calls
// ggml_backend_cpu_reg then gives the best that this processor can run.
//
// FRONTDESK_WHISPER_CPU=sse42, avx2 or avx512 in the environment asks for no more
// than that, for comparisons; what the processor lacks is never taken.

#include <cpuid.h>
#include <stdlib.h>
#include <string.h>

typedef struct ggml_backend_reg * ggml_backend_reg_t;

ggml_backend_reg_t ggml_backend_cpu_reg_sse42(void);
ggml_backend_reg_t ggml_backend_cpu_reg_avx2(void);
ggml_backend_reg_t ggml_backend_cpu_reg_avx512(void);
ggml_backend_reg_t ggml_backend_cpu_reg(void);

// The compiler's builtin also asks whether the system saves the wide registers.
static int has_avx2(void) {
	unsigned a, b, c, d;
	return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma") && __builtin_cpu_supports("bmi2") &&
		__get_cpuid(1, &a, &b, &c, &d) && (c & bit_F16C);
}

static int has_avx512(void) {
	return has_avx2() && __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512cd") &&
		__builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512bw");
}

ggml_backend_reg_t ggml_backend_cpu_reg(void) {
	const char * most = getenv("FRONTDESK_WHISPER_CPU");
	__builtin_cpu_init();
	if (most == NULL || strcmp(most, "avx512") == 0) {
		if (has_avx512()) {
			return ggml_backend_cpu_reg_avx512();
		}
	}
	if (most == NULL || strcmp(most, "sse42") != 0) {
		if (has_avx2()) {
			return ggml_backend_cpu_reg_avx2();
		}
	}
	return ggml_backend_cpu_reg_sse42();
}
