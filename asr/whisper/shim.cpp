//go:build whisper && cgo

#include "shim.h"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <cstring>

#ifdef _WIN32
#include <fcntl.h>
#include <io.h>
#else
#include <unistd.h>
#endif

extern "C" {

// In Go.
void frontdeskWhisperLog(int level, char * text);
void frontdeskWhisperFilter(uintptr_t handle, int32_t * tokens, int n_tokens, float * logits);

static void log_some(enum ggml_log_level level, const char * text, void *) {
    if (level == GGML_LOG_LEVEL_WARN || level == GGML_LOG_LEVEL_ERROR) {
        frontdeskWhisperLog(level, (char *) text);
    }
}

void fd_log_to_go(void) { whisper_log_set(log_some, nullptr); }

struct fd_run * fd_run_new(void) { return (struct fd_run *) calloc(1, sizeof(struct fd_run)); }

void fd_run_stop(struct fd_run * run) { __atomic_store_n(&run->stop, 1, __ATOMIC_RELEASE); }

int fd_run_stopped(struct fd_run * run) { return __atomic_load_n(&run->stop, __ATOMIC_ACQUIRE); }

static bool stopped(void * data) { return fd_run_stopped((struct fd_run *) data) != 0; }

// Reading a model from a file that Go has opened. The library leaks what it has made
// when a load fails; so one that is stopped goes on to its end, without the weights.
struct in_file {
    FILE *          file;
    struct fd_run * run;
};

static size_t read_file(void * data, void * into, size_t n) {
    struct in_file * f = (struct in_file *) data;
    const size_t some = 1 << 20;
    for (size_t at = 0; at < n; at += some) {
        size_t next = std::min(some, n - at);
        if (n > 4096 && fd_run_stopped(f->run)) {
            fseek(f->file, (long) (n - at), SEEK_CUR);
            return n;
        }
        if (fread((char *) into + at, 1, next, f->file) < next) {
            break;
        }
    }
    return n;
}

static bool end_of_file(void * data) { return feof(((struct in_file *) data)->file) != 0; }
static void close_file(void *) {}

static FILE * open_again(uintptr_t file) {
#ifdef _WIN32
    int fd = _dup(_open_osfhandle((intptr_t) file, _O_RDONLY));
#else
    int fd = dup((int) file);
#endif
    if (fd < 0) {
        return nullptr;
    }
    FILE * again = fdopen(fd, "rb");
    if (again) {
        rewind(again);
    }
    return again;
}

struct whisper_context * fd_load(uintptr_t file, int flash, struct fd_run * run) {
    struct in_file f = {open_again(file), run};
    if (!f.file) {
        return nullptr;
    }
    struct whisper_context * ctx = nullptr;
    try {
        struct whisper_model_loader   loader = {&f, read_file, end_of_file, close_file};
        struct whisper_context_params params = whisper_context_default_params();
        params.use_gpu    = false;
        params.flash_attn = flash != 0;
        ctx = whisper_init_with_params_no_state(&loader, params);
    } catch (...) {
    }
    fclose(f.file);
    return ctx;
}

struct whisper_state * fd_state(struct whisper_context * ctx) {
    try {
        return whisper_init_state(ctx);
    } catch (...) {
        return nullptr;
    }
}

void fd_free_state(struct whisper_state * state) { whisper_free_state(state); }

static bool encoder_begins(struct whisper_context *, struct whisper_state *, void * data) {
    struct fd_run * run = (struct fd_run *) data;
    run->windows++;
    return !run->only_mel && !stopped(data);
}

// The library computes a row of logits for each token that it is given at once, and
// may keep the last one alone: then a row holds what was there before. None is 0 at a
// token by chance. A state has room for as many rows as the model has for tokens.
static float * mark_of(struct whisper_context * ctx, struct whisper_state * state, int row) {
    if (row >= whisper_n_text_ctx(ctx) || whisper_n_vocab(ctx) != whisper_model_n_vocab(ctx)) {
        return nullptr;
    }
    return whisper_get_logits_from_state(state) + (size_t) row * whisper_n_vocab(ctx) + whisper_token_nosp(ctx);
}

static void forget_row(struct whisper_context * ctx, struct whisper_state * state, int row) {
    if (float * mark = mark_of(ctx, state, row)) {
        *mark = 0;
    }
}

static bool has_row(struct whisper_context * ctx, struct whisper_state * state, int row) {
    float * mark = mark_of(ctx, state, row);
    return mark && *mark != 0;
}

static float probability(const float * logits, int n, int of) {
    float  most = *std::max_element(logits, logits + n);
    double sum  = 0;
    for (int i = 0; i < n; i++) {
        sum += expf(logits[i] - most);
    }
    return (float) (expf(logits[of] - most) / sum);
}

// Called by several threads where several decoders run, but not for the first token.
static void filter_logits(struct whisper_context * ctx, struct whisper_state * state, const whisper_token_data * tokens, int n_tokens,
                          float * logits, void * data) {
    struct fd_run * run = (struct fd_run *) data;
    if (n_tokens == 0) {
        run->passes++;
        if (run->passes == 1 && has_row(ctx, state, run->sot)) {
            int n = whisper_n_vocab(ctx);
            run->no_speech = probability(whisper_get_logits_from_state(state) + (size_t) run->sot * n, n, whisper_token_nosp(ctx));
        }
    }
    if (run->filter == 0 || stopped(data)) {
        return;
    }
    int32_t ids[1024]; // more than any decoder has room for
    n_tokens = std::min(n_tokens, 1024);
    for (int i = 0; i < n_tokens; i++) {
        ids[i] = tokens[i].id;
    }
    frontdeskWhisperFilter(run->filter, ids, n_tokens, logits);
}

int fd_full(struct whisper_context * ctx, struct whisper_state * state, const struct whisper_full_params * given,
            const struct fd_how * how, const float * samples, int n_samples, struct fd_run * run) {
    struct whisper_full_params params = *given;
    params.no_timestamps   = how->no_timestamps != 0;
    params.greedy.best_of  = how->best_of;
    params.logprob_thold   = how->logprob_thold;
    // The library takes the probability that nobody speaks from the first row of logits,
    // which it has not kept unless the prompt is a single token, and is not the right one
    // behind words of a base; so it must not act on it.
    params.no_speech_thold = 2.0f;
    params.prompt_tokens   = how->prompt;
    params.prompt_n_tokens = how->n_prompt;
    params.new_segment_callback  = nullptr;
    params.progress_callback     = nullptr;
    params.encoder_begin_callback           = encoder_begins;
    params.encoder_begin_callback_user_data = run;
    params.abort_callback                   = stopped;
    params.abort_callback_user_data         = run;
    params.logits_filter_callback           = filter_logits;
    params.logits_filter_callback_user_data = run;
    run->windows = run->passes = 0;
    run->no_speech = -1;
    run->sot       = how->sot;
    forget_row(ctx, state, run->sot);
    try {
        return whisper_full_with_state(ctx, state, params, samples, n_samples);
    } catch (...) {
        return -100;
    }
}

int fd_encode(struct whisper_context * ctx, struct whisper_state * state, int threads) {
    try {
        return whisper_encode_with_state(ctx, state, 0, threads);
    } catch (...) {
        return -100;
    }
}

int fd_decode(struct whisper_context * ctx, struct whisper_state * state, const int32_t * tokens, int n_tokens, int past, int threads,
              int * rows) {
    forget_row(ctx, state, 0);
    try {
        int code = whisper_decode_with_state(ctx, state, tokens, n_tokens, past, threads);
        *rows = has_row(ctx, state, 0);
        return code;
    } catch (...) {
        return -100;
    }
}

// Reading a model from memory.
struct in_memory {
    const char * data;
    size_t       size, at;
    bool         end;
};

static size_t read_memory(void * data, void * into, size_t n) {
    struct in_memory * m = (struct in_memory *) data;
    size_t got = std::min(n, m->size - m->at);
    memcpy(into, m->data + m->at, got);
    m->at += got;
    m->end = m->end || got < n;
    return got;
}

static bool end_of_memory(void * data) { return ((struct in_memory *) data)->end; }
static void close_memory(void *) {}

struct whisper_vad_context * fd_vad_load(const void * model, size_t size) {
    struct in_memory m = {(const char *) model, size, 0, false};
    struct whisper_model_loader loader = {&m, read_memory, end_of_memory, close_memory};
    struct whisper_vad_context_params params = whisper_vad_default_context_params();
    params.n_threads = 1;
    params.use_gpu   = false;
    try {
        struct whisper_vad_context * vad = whisper_vad_init_with_params(&loader, params);
        if (vad) {
            whisper_vad_reset_state(vad);
        }
        return vad;
    } catch (...) {
        return nullptr;
    }
}

int fd_vad_frames(struct whisper_vad_context * vad, const float * samples, int n_samples, float * into, int frames) {
    try {
        if (!whisper_vad_detect_speech_no_reset(vad, samples, n_samples) || whisper_vad_n_probs(vad) != frames) {
            return 1;
        }
        std::copy_n(whisper_vad_probs(vad), frames, into);
        return 0;
    } catch (...) {
        return 1;
    }
}

} // extern "C"
