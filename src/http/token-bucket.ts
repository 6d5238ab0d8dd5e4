/** Tokens by key: each key has as many as `burst`, and gets one back every `intervalMs`. */
export interface TokenBucket {
  /** Takes a token. 0 when there was one, else the seconds until there is. */
  take(key: string): number;
  /** A token that was not used up after all. */
  giveBack(key: string): void;
}

/** More keys than this, and the ones longest unused begin anew. */
const MOST_KEYS = 10_000;

export function createTokenBucket(options: {
  readonly intervalMs: number;
  readonly burst: number;
  /** Milliseconds; never goes back. */
  readonly clock?: () => number;
}): TokenBucket {
  const { intervalMs, burst, clock = () => performance.now() } = options;
  const buckets = new Map<string, { readonly tokens: number; readonly at: number }>();
  const put = (key: string, tokens: number, at: number): void => {
    buckets.delete(key);
    buckets.set(key, { tokens, at });
    const [oldest] = buckets.keys();
    if (buckets.size > MOST_KEYS && oldest !== undefined) buckets.delete(oldest);
  };
  const tokensAt = (key: string, now: number): number => {
    const { tokens, at } = buckets.get(key) ?? { tokens: burst, at: now };
    return Math.min(burst, tokens + (now - at) / intervalMs);
  };
  return {
    take: (key) => {
      const now = clock();
      const tokens = tokensAt(key, now);
      if (tokens < 1) return Math.ceil(((1 - tokens) * intervalMs) / 1000);
      put(key, tokens - 1, now);
      return 0;
    },
    giveBack: (key) => {
      const now = clock();
      put(key, Math.min(burst, tokensAt(key, now) + 1), now);
    },
  };
}
