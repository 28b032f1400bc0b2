# frontdesk: `make help` lists what there is.
# Everything that is fetched is pinned and checksummed: Go modules by go.sum.

SHELL       := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
GO          ?= go
BIN         := bin/frontdesk
VERSION     := $(shell git describe --tags --always --dirty 2>/dev/null || echo unknown)
LDFLAGS     := -X main.version=$(VERSION)
FUZZTIME    ?= 60s
# Where `make bench` keeps its figures, for benchstat to compare.
BENCH_OUT   ?= bench.txt

# What the built-in weights are made of, and the sources of it that they are made without: those under a share-alike
# licence.
CORPUS      ?= ../shared/corpus
SHARE_ALIKE := sgd wikisplit topicalchat arduino-help nq-open query-wellformed wikipedia aws-guides privacyguides edx \
	ud-ewt smcalflow gum ubports pihole lineage kolibri djangogirls dstc11-t5

# The go command with libwhisper and the build tag whisper, where it is built.
GO_WHISPER  := tools/whisper.sh --with $(GO)

# The first build takes minutes, of which Go tells nothing once it has fetched what it needs.
FIRST       := test -e $(BIN) || echo 'building $(BIN); the first time takes some minutes' >&2

# Without go vet, which lint has run in full.
GO_TEST     := $(GO_WHISPER) test -timeout 20m -vet=off

.PHONY: help build run test lint nonsense ffmpeg parity onnxruntime try-onnxruntime whisper try-whisper print-env voice bench versus fuzz weights clean
.DEFAULT_GOAL := help

help: ## this list
	@sed -nE 's/^([a-z]+):.*## (.*)/  make \1\t\2/p' $(MAKEFILE_LIST) | expand -t 20

build: try-whisper ## the whole program, into bin/frontdesk
	@$(FIRST)
	@$(GO_WHISPER) build -trimpath -ldflags '$(LDFLAGS)' -o $(BIN) ./cmd/frontdesk
	@cp bin/cache/whisper/*/LICENSE bin/LICENSE.whisper.cpp 2>/dev/null || true # for whoever passes the program on

# A plain build: no native library is ever needed to try the desk.
run: ## the desk in this terminal, on the default base
	@$(FIRST)
	@$(GO) build -trimpath -ldflags '$(LDFLAGS)' -o $(BIN) ./cmd/frontdesk
	@$(BIN) chat

test: export PATH := $(PATH):$(CURDIR)/bin/cache/ffmpeg:$(CURDIR)/bin/cache/voice/bin
test: lint nonsense ffmpeg voice parity try-onnxruntime ## everything that CI checks
	$(GO_WHISPER) build -o $(BIN) ./cmd/frontdesk
	# The static model alone, and what is there where ONNX Runtime is.
	for base in config.yaml examples/home/config.yaml examples/home/mqtt/config.yaml; do \
		FRONTDESK_ONNXRUNTIME=off $(BIN) --data-dir bin/state --config $$base lint && \
		FRONTDESK_ONNXRUNTIME=off $(BIN) --data-dir bin/state --config $$base test --at-least 0.95 && \
		$(BIN) --data-dir bin/state-transformer --config $$base test --at-least 0.95 || exit 1; done
	# Races first: with -short, as what takes long runs one thing after the other, and once is enough for that.
	GORACE=atexit_sleep_ms=50 $(GO_TEST) -race -short ./...
	$(GO_TEST) ./...
	$(GO) test -vet=off ./asr/whisper # also without the library

lint: try-whisper ## gofmt, go vet, staticcheck, builds for the other systems
	@test -z "$$(gofmt -l $$(git ls-files '*.go'))" || { echo 'gofmt these:'; gofmt -l $$(git ls-files '*.go'); exit 1; }
	$(GO_WHISPER) vet ./...
	$(GO) vet ./asr/whisper
	$(GO_WHISPER) tool -modfile=tools/go.mod staticcheck ./...
	for t in linux/arm64 darwin/arm64 windows/amd64; do \
		CGO_ENABLED=0 GOOS=$${t%/*} GOARCH=$${t#*/} $(GO) build -o /dev/null ./cmd/frontdesk; done

nonsense: ## the texts that a test draws nonsense from, into bin/cache; where they cannot be had, it says so
	@tools/nonsense.sh

ffmpeg: ## a program that reads M4A and others, for the tests, into bin/cache where there is none
	@tools/ffmpeg.sh

voice: ## programs that speak, hear and play sounds, for the tests, into bin/cache where they are not installed
	@tools/voice.sh

parity: ## what tokenizers and embeddings are compared with in the tests, into bin/cache; where it cannot be had, it says so
	@tools/parity.sh

onnxruntime: ## the library that runs ONNX models, for this machine, into bin/cache
	@tools/onnxruntime.sh

try-onnxruntime: # for the tests; where it cannot be had, it says so
	@tools/onnxruntime.sh --try

whisper: ## the library of whisper.cpp, found or built for this machine, into bin/cache
	@tools/whisper.sh

try-whisper: # where it cannot be had, it says so
	@tools/whisper.sh --try

print-env: whisper ## what a shell exports for go build -tags whisper: eval "$$(make -s print-env)"
	@tools/whisper.sh --env

bench: ## the benchmarks; compare two runs with benchstat
	$(GO_WHISPER) test -run '^$$' -bench . -benchmem -count 6 ./... | tee $(BENCH_OUT)

versus: parity try-onnxruntime ## speed on the shape of MiniLM, against transformers.js and the bare runtime; takes minutes, on an idle machine
	FRONTDESK_VERSUS=1024 $(GO) test -timeout 60m -run '^$$' -bench Versus -benchtime 5x ./retrieval/onnx

fuzz: ## every fuzz target, FUZZTIME (60s) each
	@for p in $$($(GO) list ./...); do \
		for f in $$($(GO) test -list '^Fuzz' $$p | grep '^Fuzz' || true); do \
			echo "== $$p $$f"; $(GO) test -run '^$$' -fuzz "^$$f$$" -fuzztime $(FUZZTIME) -fuzzminimizetime 20x $$p; \
		done; \
	done

weights: ## the built-in embedding anew, of CORPUS; takes twelve minutes on two idle processors
	$(GO) run ./cmd/frontdesk train --corpus $(CORPUS) $(SHARE_ALIKE:%=--without %) \
		--runs 9 --seed 1 -o retrieval/static/model.bin

clean: ## what was built here
	rm -rf bin $(BENCH_OUT)
