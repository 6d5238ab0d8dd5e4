/** Where desired state is read. */
export interface Source {
  readonly name: string;
  /** Begins fetching in the background, where there is something to fetch. */
  start(): void;
  /**
   * One immutable revision, for one run; `ref` asks for another allow-listed one. Waits for the first clone.
   * Rejects with CheckError of phase `source`; a source whose newest fetch failed rejects too and says how old it is.
   */
  acquire(signal: AbortSignal, ref?: string): Promise<Checkout>;
  status(): SourceStatus;
  /** Stops fetching, ends its processes. Checkouts in use stay until released. */
  close(): Promise<void>;
}

export interface Checkout {
  readonly dir: string;
  /** The commit; absent for a plain directory. */
  readonly revision?: string;
  /** ISO 8601. */
  readonly committedAt?: string;
  release(): Promise<void>;
}

export interface SourceStatus {
  readonly name: string;
  readonly kind: 'directory' | 'git';
  /** Without credentials. */
  readonly location: string;
  readonly revision?: string;
  readonly committedAt?: string;
  /** ISO 8601 time of the last fetch that succeeded. */
  readonly fetchedAt?: string;
  /** Why the newest fetch failed; absent when it succeeded. */
  readonly error?: string;
}
