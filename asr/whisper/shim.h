// What the Go binding of whisper.cpp lacks: runs on states of their own that can be
// stopped and whose logits can be changed, and voice activity as a stream. C++
// exceptions end here: across cgo they would end the program.
#ifndef FRONTDESK_WHISPER_SHIM_H
#define FRONTDESK_WHISPER_SHIM_H

#include <stdint.h>
#include <whisper.h>

#ifdef __cplusplus
extern "C" {
#endif

// What one run shares between Go and the library's threads.
struct fd_run {
    int       stop;      // set from another thread, to stop the run at its next step
    int       windows;   // how often the encoder began
    int       passes;    // how often the decoder began: once a window, and again after a fallback
    int       only_mel;  // stop before the encoder, having computed what it reads
    uintptr_t filter;    // a cgo.Handle of a filter of logits; 0 for none
    float     no_speech; // the probability that nobody speaks in the first window; below 0 where it is not known
    int       sot;       // the row of logits that says so: that of the token that begins a text
};

// How a run differs from the default, as far as the binding cannot say it.
struct fd_how {
    int   no_timestamps;
    int   best_of;
    int   sot; // see fd_run
    float logprob_thold;
    const int32_t * prompt;
    int   n_prompt;
};

// The library's messages: errors and warnings go to Go, the rest nowhere.
void fd_log_to_go(void);

// Models and states; NULL on failure. A model is read of an open file, from its
// beginning; where run is told to stop, its weights are left out, and it is of no use.
struct whisper_context * fd_load(uintptr_t file, int flash, struct fd_run * run);
struct whisper_state * fd_state(struct whisper_context * ctx);
void fd_free_state(struct whisper_state * state);

// Runs: 0, an error of the library, or -100 for an exception of C++.
int fd_full(struct whisper_context * ctx, struct whisper_state * state, const struct whisper_full_params * params,
            const struct fd_how * how, const float * samples, int n_samples, struct fd_run * run);
int fd_encode(struct whisper_context * ctx, struct whisper_state * state, int threads);
// Where rows is then 1, there are logits behind each of the tokens, else behind the last one alone.
int fd_decode(struct whisper_context * ctx, struct whisper_state * state, const int32_t * tokens, int n_tokens, int past, int threads,
              int * rows);

struct fd_run * fd_run_new(void);
void fd_run_stop(struct fd_run * run);
int fd_run_stopped(struct fd_run * run);

// Voice activity; NULL on failure.
struct whisper_vad_context * fd_vad_load(const void * model, size_t size);
// The probability of speech in each of the next frames; 0 on success.
int fd_vad_frames(struct whisper_vad_context * vad, const float * samples, int n_samples, float * into, int frames);

#ifdef __cplusplus
}
#endif
#endif
