import type { Logger } from 'pino';
import type { Exec } from '../run/exec.ts';

/** What a source needs of the service. */
export interface SourceDeps {
  readonly exec: Exec;
  readonly log: Logger;
  /** A directory for all sources; each uses one of its own name below it. */
  readonly dataDir: string;
}
