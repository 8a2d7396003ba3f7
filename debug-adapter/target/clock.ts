/** Node's `performance` is a module that is loaded when somebody first asks for it, which takes as long as answering some requests. */
const hasClock = typeof process === 'object' && typeof process.hrtime === 'function';

/** Milliseconds since some moment, with fractions. */
export function now(): number {
  if (!hasClock) return performance.now();
  const [seconds, nanoseconds] = process.hrtime();
  return seconds * 1e3 + nanoseconds / 1e6;
}
