// Preloaded into a process, writes down all that it does to the files of one folder, in its order: so that a test can make the disk
// as it is after each of these calls, and after a power cut (disk-images.ts). What is inside a library, such as SQLite, cannot
// be seen from JavaScript.
//
//   HEARTWIRE_TRACED: the folder   HEARTWIRE_TRACE: where it is written: "<call> <offset> <bytes> <path>[\t<path>]\n" and the bytes
#include <dlfcn.h>
#include <fcntl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cstdarg>
#include <cstdio>
#include <cstdlib>
#include <cstring>

namespace {

template <typename Function>
Function real(const char* name) {
  return reinterpret_cast<Function>(dlsym(RTLD_NEXT, name));
}

bool traced(const char* path) {
  static const char* folder = std::getenv("HEARTWIRE_TRACED");
  return folder != nullptr && std::strncmp(path, folder, std::strlen(folder)) == 0;
}

void put(const void* data, std::size_t size) {
  static const int file = static_cast<int>(
      syscall(SYS_openat, AT_FDCWD, std::getenv("HEARTWIRE_TRACE"), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600));
  const char* bytes = static_cast<const char*>(data);
  while (size > 0) {
    const long written = syscall(SYS_write, file, bytes, size);
    if (written <= 0) std::abort();
    bytes += written;
    size -= static_cast<std::size_t>(written);
  }
}

void note(const char* call, long long offset, const void* data, std::size_t size, const char* path) {
  char line[8400];
  const int length = std::snprintf(line, sizeof line, "%s %lld %zu %s\n", call, offset, size, path);
  put(line, static_cast<std::size_t>(length));
  if (size > 0) put(data, size);
}

// The path behind a descriptor; empty: it is not of the folder.
const char* path_of(int file, char (&path)[4096]) {
  char link[64];
  std::snprintf(link, sizeof link, "/proc/self/fd/%d", file);
  const long length = syscall(SYS_readlinkat, AT_FDCWD, link, path, sizeof path - 1);
  path[length > 0 ? length : 0] = 0;
  return traced(path) ? path : "";
}

int opened(const char* name, const char* path, int flags, mode_t mode) {
  const int file = real<int (*)(const char*, int, ...)>(name)(path, flags, mode);
  if (file >= 0 && traced(path) && (flags & O_CREAT) != 0) note((flags & O_TRUNC) != 0 ? "empty" : "make", 0, nullptr, 0, path);
  return file;
}

mode_t mode_in(std::va_list list, int flags) { return (flags & O_CREAT) != 0 ? va_arg(list, mode_t) : 0; }

}  // namespace

extern "C" {

int open(const char* path, int flags, ...) {
  std::va_list list;
  va_start(list, flags);
  const mode_t mode = mode_in(list, flags);
  va_end(list);
  return opened("open", path, flags, mode);
}

int open64(const char* path, int flags, ...) {
  std::va_list list;
  va_start(list, flags);
  const mode_t mode = mode_in(list, flags);
  va_end(list);
  return opened("open64", path, flags, mode);
}

ssize_t write(int file, const void* data, size_t size) {
  char path[4096];
  const char* name = path_of(file, path);
  const long long offset = *name != 0 ? lseek(file, 0, SEEK_CUR) : 0;
  const ssize_t written = real<ssize_t (*)(int, const void*, size_t)>("write")(file, data, size);
  if (*name != 0 && written > 0) note("write", offset, data, static_cast<std::size_t>(written), name);
  return written;
}

ssize_t pwrite64(int file, const void* data, size_t size, off64_t offset) {
  char path[4096];
  const char* name = path_of(file, path);
  const ssize_t written = real<ssize_t (*)(int, const void*, size_t, off64_t)>("pwrite64")(file, data, size, offset);
  if (*name != 0 && written > 0) note("write", offset, data, static_cast<std::size_t>(written), name);
  return written;
}

int ftruncate64(int file, off64_t size) {
  char path[4096];
  const char* name = path_of(file, path);
  if (*name != 0) note("truncate", size, nullptr, 0, name);
  return real<int (*)(int, off64_t)>("ftruncate64")(file, size);
}

int fsync(int file) {
  char path[4096];
  const char* name = path_of(file, path);
  const int result = real<int (*)(int)>("fsync")(file);
  if (*name != 0) note("sync", 0, nullptr, 0, name);
  return result;
}

int fdatasync(int file) {
  char path[4096];
  const char* name = path_of(file, path);
  const int result = real<int (*)(int)>("fdatasync")(file);
  if (*name != 0) note("sync", 0, nullptr, 0, name);
  return result;
}

int rename(const char* from, const char* to) {
  char both[8300];
  std::snprintf(both, sizeof both, "%s\t%s", from, to);
  if (traced(from)) note("rename", 0, nullptr, 0, both);
  return real<int (*)(const char*, const char*)>("rename")(from, to);
}

int unlink(const char* path) {
  if (traced(path)) note("remove", 0, nullptr, 0, path);
  return real<int (*)(const char*)>("unlink")(path);
}

}  // extern "C"
