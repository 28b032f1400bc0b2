# Compiles libwhisper with nothing but a C++ compiler and make, for
# tools/whisper.sh, which gives SRC (the folder of whisper.cpp's source), VERSION
# and PLATFORM (goos-goarch). The result is libwhisper.a in this folder; all of
# ggml is in it.
#
# The lists and definitions are those that the cmake files of whisper.cpp 1.9.1
# come to with BUILD_SHARED_LIBS=OFF, GGML_NATIVE=OFF and GGML_OPENMP=OFF, but for
# GGML_LLAMAFILE=ON (its products of matrices make the encoder 1.4 to 1.6 times as
# fast with AVX2 and AVX-512) and, on amd64, GGML_CPU_REPACK=OFF: it would serve
# models in Q4_0 and a few others that nobody makes of Whisper, and takes long to
# compile.
#
# cmake's GGML_CPU_ALL_VARIANTS, which chooses among instruction sets at run time,
# needs a shared object for each. Here each CPU backend is joined into one object
# in which all but its entry point is local, also the instances of templates, of
# which the linker would else keep any one, with AVX or not; whisper-cpu.c chooses.
# What is not the CPU backend is compiled for every processor.
#
# Where the source says so, one line of whisper.cpp is another: it computes the logits
# behind each token that the decoder is given at once and keeps the last ones alone, and
# then takes the probability that nobody speaks from the first ones, which it has not
# kept. Here it keeps all. asr/whisper finds out by itself whether a library does, and
# else runs the decoder once more for them.
#
# With gcc 12 on two idle processors all of it takes 73 s, without ccache. whisper.cpp
# comes first because it takes longest by far.

TOOLS := $(dir $(lastword $(MAKEFILE_LIST)))
G     := $(SRC)/ggml
DEFS  := -DNDEBUG -D_GNU_SOURCE -D_XOPEN_SOURCE=600 -D_DARWIN_C_SOURCE -DGGML_USE_CPU -DGGML_SCHED_MAX_COPIES=4 \
	-DGGML_VERSION='"of whisper.cpp $(VERSION)"' -DGGML_COMMIT='"unknown"' -DWHISPER_VERSION='"$(VERSION)"'
INCS  := -I$(SRC)/include -I$(SRC)/src -I$(G)/include -I$(G)/src -I$(G)/src/ggml-cpu
CFLAGS   := -w -fPIC -std=gnu11 $(DEFS) $(INCS)
CXXFLAGS := -w -fPIC -std=gnu++17 $(DEFS) $(INCS)
# Names that are the same in the whole process cannot be made local.
CXXFLAGS += $(shell $(CXX) -fno-gnu-unique -E -x c++ /dev/null >/dev/null 2>&1 && echo -fno-gnu-unique)

BASE := $(patsubst $(SRC)/%,%,$(wildcard $(G)/src/*.c $(G)/src/*.cpp)) src/whisper.cpp
CPU  := $(patsubst $(SRC)/%,%,$(wildcard $(G)/src/ggml-cpu/*.c $(G)/src/ggml-cpu/*.cpp $(G)/src/ggml-cpu/amx/*.cpp))

ifeq ($(PLATFORM),linux-amd64)
# Nor are there instructions of AMX or memkind's memory here, for which the others would be.
CPU      := $(filter-out %/repack.cpp %/hbm.cpp %/amx.cpp %/mmq.cpp,$(CPU)) ggml/src/ggml-cpu/arch/x86/quants.c
VARIANTS := sse42 avx2 avx512
LAST     := whisper-cpu.o
# The last resort is small and quick to compile.
sse42    := -O2 -msse4.2
avx2     := -O3 -msse4.2 -mavx -mavx2 -mfma -mf16c -mbmi2 -DGGML_USE_LLAMAFILE
avx512   := $(avx2) -mavx512f -mavx512cd -mavx512vl -mavx512dq -mavx512bw
sgemm    := ggml/src/ggml-cpu/llamafile/sgemm.cpp
MORE_avx2   := $(sgemm)
MORE_avx512 := $(sgemm)
else
ARCH     := $(if $(findstring arm64,$(PLATFORM)),arm,x86)
CPU      += ggml/src/ggml-cpu/llamafile/sgemm.cpp $(addprefix ggml/src/ggml-cpu/arch/$(ARCH)/,quants.c repack.cpp)
VARIANTS := plain
plain    := -O3 -DGGML_USE_LLAMAFILE -DGGML_USE_CPU_REPACK
endif

# whisper.cpp, the largest file by far, first: the others are compiled beside it.
libwhisper.a: base/src/whisper.cpp.o $(VARIANTS:%=cpu-%.o) $(BASE:%=base/%.o) $(LAST)
	rm -f $@
	$(AR) rcs $@ $^

base/src/whisper.cpp.o: $(SRC)/src/whisper.cpp
	@mkdir -p $(@D)
	sed 's/if (batch\.logits\[i\] == 0)/if (false)/' $< >whisper.cpp
	$(CXX) -O2 $(CXXFLAGS) -c whisper.cpp -o $@
base/%.c.o: $(SRC)/%.c
	@mkdir -p $(@D)
	$(CC) -O2 $(CFLAGS) -c $< -o $@
base/%.cpp.o: $(SRC)/%.cpp
	@mkdir -p $(@D)
	$(CXX) -O2 $(CXXFLAGS) -c $< -o $@
whisper-cpu.o: $(TOOLS)whisper-cpu.c
	$(CC) -O2 -Wall -Wextra -fPIC -c $< -o $@

define variant
$(1)/%.c.o: $$(SRC)/%.c
	@mkdir -p $$(@D)
	$$(CC) $$($(1)) $$(CFLAGS) -c $$< -o $$@
$(1)/%.cpp.o: $$(SRC)/%.cpp
	@mkdir -p $$(@D)
	$$(CXX) $$($(1)) $$(CXXFLAGS) -c $$< -o $$@
cpu-$(1).o: $(CPU:%=$(1)/%.o) $(MORE_$(1):%=$(1)/%.o)
endef
$(foreach v,$(VARIANTS),$(eval $(call variant,$(v))))

ifeq ($(LAST),)
cpu-%.o:
	$(CXX) -r -nostdlib -o $@ $^
else
cpu-%.o:
	$(LD) -r --force-group-allocation -o $@.joined $^
	objcopy --keep-global-symbol=ggml_backend_cpu_reg $@.joined
	objcopy --redefine-sym ggml_backend_cpu_reg=ggml_backend_cpu_reg_$* $@.joined $@
	test "$$(nm -g --defined-only $@ | wc -l)" = 1 # nothing of it is seen but its entry
endif
