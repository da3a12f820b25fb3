// C11's threads, as calls of POSIX's. ThreadSanitizer of clang 14 does not know the C11 names,
// which Debian's librdkafka uses: it would see neither its threads nor its locks. Linked into
// programs under ThreadSanitizer only; the dynamic linker then takes these for those of the C
// library, whose mutexes, conditions and once flags have the same layout (glibc 2.28 and later).
#include <cerrno>
#include <cstdint>
#include <memory>

#include <pthread.h>
#include <threads.h>

namespace {

struct thread_start {
    thrd_start_t run;
    void* argument;
};

void* run_thread(void* given) {
    const std::unique_ptr<thread_start> start(static_cast<thread_start*>(given));
    return reinterpret_cast<void*>(static_cast<std::intptr_t>(start->run(start->argument)));
}

int c11_result(int error) {
    if (error == 0) return thrd_success;
    if (error == ETIMEDOUT) return thrd_timedout;
    if (error == EBUSY) return thrd_busy;
    return error == ENOMEM ? thrd_nomem : thrd_error;
}

pthread_mutex_t* posix(mtx_t* mutex) {
    return reinterpret_cast<pthread_mutex_t*>(mutex);
}
pthread_cond_t* posix(cnd_t* condition) {
    return reinterpret_cast<pthread_cond_t*>(condition);
}

}  // namespace

extern "C" {

int thrd_create(thrd_t* thread, thrd_start_t run, void* argument) {
    auto start = std::make_unique<thread_start>(thread_start{run, argument});
    const int error = pthread_create(thread, nullptr, run_thread, start.get());
    if (error == 0) static_cast<void>(start.release());
    return c11_result(error);
}

int thrd_join(thrd_t thread, int* result) {
    void* returned = nullptr;
    const int error = pthread_join(thread, &returned);
    if (error == 0 && result != nullptr)
        *result = static_cast<int>(reinterpret_cast<std::intptr_t>(returned));
    return c11_result(error);
}

int mtx_init(mtx_t* mutex, int type) {
    pthread_mutexattr_t attributes;
    pthread_mutexattr_init(&attributes);
    if ((type & mtx_recursive) != 0)
        pthread_mutexattr_settype(&attributes, PTHREAD_MUTEX_RECURSIVE);
    const int error = pthread_mutex_init(posix(mutex), &attributes);
    pthread_mutexattr_destroy(&attributes);
    return c11_result(error);
}

int mtx_lock(mtx_t* mutex) {
    return c11_result(pthread_mutex_lock(posix(mutex)));
}
int mtx_trylock(mtx_t* mutex) {
    return c11_result(pthread_mutex_trylock(posix(mutex)));
}
int mtx_unlock(mtx_t* mutex) {
    return c11_result(pthread_mutex_unlock(posix(mutex)));
}
void mtx_destroy(mtx_t* mutex) {
    pthread_mutex_destroy(posix(mutex));
}

int cnd_init(cnd_t* condition) {
    return c11_result(pthread_cond_init(posix(condition), nullptr));
}
int cnd_signal(cnd_t* condition) {
    return c11_result(pthread_cond_signal(posix(condition)));
}
int cnd_broadcast(cnd_t* condition) {
    return c11_result(pthread_cond_broadcast(posix(condition)));
}
void cnd_destroy(cnd_t* condition) {
    pthread_cond_destroy(posix(condition));
}

int cnd_wait(cnd_t* condition, mtx_t* mutex) {
    return c11_result(pthread_cond_wait(posix(condition), posix(mutex)));
}

int cnd_timedwait(cnd_t* condition, mtx_t* mutex, const timespec* until) {
    return c11_result(pthread_cond_timedwait(posix(condition), posix(mutex), until));
}

void call_once(once_flag* once, void (*run)(void)) {
    pthread_once(reinterpret_cast<pthread_once_t*>(once), run);
}

}  // extern "C"
