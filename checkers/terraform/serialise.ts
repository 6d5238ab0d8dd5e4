const tails = new Map<string, Promise<unknown>>();

/** Runs one piece of work at a time per key, in the order of the calls. */
export async function serialise<Result>(key: string, work: () => Promise<Result>): Promise<Result> {
  const before = tails.get(key) ?? Promise.resolve();
  const turn = before.then(work, work);
  const tail = turn.catch(() => undefined); // its caller hears of it
  tails.set(key, tail);
  try {
    return await turn;
  } finally {
    if (tails.get(key) === tail) tails.delete(key);
  }
}
