/** Between two looks. */
const LOOK_MS = 2_000;
/** A database that takes longer to say `1` is out of reach. */
const ANSWER_MS = 4_000;
/**
 * Cut off for this long, a worker ends its runs: well before they are given to another one, which takes
 * LOST_AFTER_SECONDS since the last beat, at most ten seconds before the cut.
 */
const CUT_OFF_MS = 12_000;

/** Whether this process and the database see each other. */
export interface Contact {
  /** How long without a break, in milliseconds; 0 while there is none. */
  connectedMs(): number;
  close(): void;
}

/**
 * Watches it. A database that is down says so (it refuses connections, or answers that it shuts down or starts): then
 * nobody takes over anything, and runs may go on. Silence may be ours alone: then `cutOff` is called, once a cut.
 */
export function watchContact(ping: () => Promise<unknown>, cutOff: () => void): Contact {
  let since = performance.now();
  let connected = true;
  /** The last moment at which it was certain that no other worker has our runs. */
  let sure = performance.now();
  let told = false;
  let looking = false;

  const look = async (): Promise<void> => {
    looking = true;
    const outcome = await answerOf(ping);
    looking = false;
    const now = performance.now();
    if (outcome !== 'silent') {
      sure = now;
      told = false;
    }
    if (outcome === 'answered' && !connected) since = now;
    connected = outcome === 'answered';
  };
  const timer = setInterval(() => {
    if (!looking) void look();
    if (performance.now() - sure > CUT_OFF_MS && !told) {
      told = true;
      cutOff();
    }
  }, LOOK_MS).unref();
  return {
    connectedMs: () => (connected ? performance.now() - since : 0),
    close: () => {
      clearInterval(timer);
    },
  };
}

async function answerOf(ping: () => Promise<unknown>): Promise<'answered' | 'down' | 'silent'> {
  let timer: NodeJS.Timeout | undefined;
  const silence = new Promise<'silent'>((resolve) => {
    timer = setTimeout(() => resolve('silent'), ANSWER_MS);
  });
  const answer = ping().then(
    () => 'answered' as const,
    (error: unknown) => (saysItIsDown(error) ? ('down' as const) : ('silent' as const)),
  );
  try {
    return await Promise.race([answer, silence]);
  } finally {
    clearTimeout(timer);
  }
}

/** `57P01` to `57P03`: shut down by the administrator, crashed, starting. */
function saysItIsDown(error: unknown): boolean {
  const code = (error as { readonly code?: unknown } | undefined)?.code;
  return code === 'ECONNREFUSED' || (typeof code === 'string' && code.startsWith('57P0'));
}
