/**
 * Runs iterables at the same time, at most `concurrency` of them, and gives what they give as it comes. None is asked for
 * more before what it gave was taken, so that memory stays bounded. When one throws, the others are ended.
 */
export async function* takeTurns<Value>(
  sources: readonly (() => AsyncGenerator<Value>)[],
  concurrency: number,
): AsyncGenerator<Value> {
  const waiting = sources.values();
  const active = new Map<AsyncGenerator<Value>, Promise<Step<Value>>>();
  const advance = (source: AsyncGenerator<Value>): void => {
    const step = source.next().then((result) => ({ source, result }));
    step.catch(() => undefined); // it is raced below, maybe later than it settles
    active.set(source, step);
  };
  const start = (): void => {
    const next = waiting.next();
    if (next.done !== true) advance(next.value());
  };
  for (let slot = 0; slot < concurrency; slot += 1) start();
  try {
    while (active.size > 0) {
      const { source, result } = await Promise.race(active.values());
      if (result.done === true) {
        active.delete(source);
        start();
      } else {
        yield result.value;
        advance(source);
      }
    }
  } finally {
    await Promise.allSettled(Array.from(active.keys(), (source) => source.return(undefined)));
  }
}

interface Step<Value> {
  readonly source: AsyncGenerator<Value>;
  readonly result: IteratorResult<Value>;
}
