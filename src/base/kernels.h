/* base/kernels.h: how hot loops are compiled.
 *
 * Files of kernels are listed in libkernels_la_SOURCES: they are vectorised at every level but -O0. A
 * function marked KERNEL is compiled once for each width of vector registers; the right one is chosen when
 * the program starts. ThreadSanitizer dies of such choosing (its run-time is not up when they run), so it
 * gets the plain one; so does clang, whose clones of hidden functions cannot be linked. */
#ifndef RUNNEL_BASE_KERNELS_H
#define RUNNEL_BASE_KERNELS_H

#if defined(__x86_64__) && defined(__linux__) && !defined(__SANITIZE_THREAD__) && !defined(__clang__)
#define KERNEL __attribute__((target_clones("arch=x86-64-v4", "arch=x86-64-v3", "default")))
#else
#define KERNEL
#endif

/* For the bodies that kernels share: they must be compiled into each clone. */
#define KERNEL_INLINE static inline __attribute__((always_inline))

#endif
