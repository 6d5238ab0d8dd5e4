import type { CheckConfig } from '../config/config.ts';
import { initialState, type CheckState } from './state.ts';

/** A configured check and what is known of it: what metrics, `/diff` and the page read. */
export interface BoardEntry {
  readonly config: CheckConfig;
  readonly state: CheckState;
  /** A run is going on, or waits for its turn. */
  readonly activity: 'idle' | 'queued' | 'running';
  /** ISO 8601; absent when nothing is scheduled. */
  readonly nextRunAt?: string;
  /** Grows with each change of this entry. */
  readonly version: number;
}

/** Everything now known, in memory. Reads are synchronous and never wait for a check. */
export class Board {
  readonly #entries = new Map<string, BoardEntry>();
  #version = 0;

  /** Grows with every change of any entry. */
  get version(): number {
    return this.#version;
  }

  /** Sorted by name. */
  entries(): readonly BoardEntry[] {
    return [...this.#entries.values()];
  }

  get(check: string): BoardEntry | undefined {
    return this.#entries.get(check);
  }

  /** Makes these the configured checks; a check that stays keeps what is known of it. `known` seeds new ones. */
  configure(checks: readonly CheckConfig[], known: ReadonlyMap<string, CheckState> = new Map()): void {
    const before = new Map(this.#entries);
    this.#entries.clear();
    for (const config of checks.toSorted((a, b) => (a.name < b.name ? -1 : 1))) {
      const kept = before.get(config.name);
      const fresh = { state: known.get(config.name) ?? initialState(config.name), activity: 'idle' as const };
      this.#entries.set(config.name, { ...(kept ?? fresh), config, version: ++this.#version });
    }
    this.#version++;
  }

  /** Changes an entry; one that is gone stays gone. */
  update(check: string, change: Partial<Omit<BoardEntry, 'config' | 'version'>>): void {
    const entry = this.#entries.get(check);
    if (entry === undefined) return;
    this.#entries.set(check, { ...entry, ...change, version: ++this.#version });
  }
}
