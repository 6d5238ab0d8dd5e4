import type { Json } from '../../src/checker.ts';

/** A Puppet report, whichever way it came: only what is judged. */
export interface PuppetReport {
  readonly host: string;
  /** ISO 8601 time of the run. */
  readonly time: string;
  readonly status: string;
  /** False when Puppet gave up before it looked at every resource. */
  readonly completed: boolean;
  readonly logs: readonly ReportLog[];
  /** How many resources Puppet looked at: a report from PuppetDB lists only those with events. */
  readonly resourceCount: number;
  readonly resources: readonly ReportResource[];
}

export interface ReportLog {
  readonly level: string;
  readonly message: string;
  /** `/Stage[main]/Main/File[/etc/motd]/content`, or `Puppet`. */
  readonly source: string;
}

export interface ReportResource {
  /** `File[/etc/motd]`. */
  readonly ref: string;
  readonly type: string;
  readonly file?: string;
  readonly line?: number;
  readonly skipped: boolean;
  readonly failedToRestart: boolean;
  readonly events: readonly ReportEvent[];
}

export interface ReportEvent {
  /** `noop`: would change. `success`: was changed by this run. `failure`. `audit`. */
  readonly status: string;
  /** `file_created`, `mode_changed`, ... */
  readonly name: string;
  /** Absent when the event is about the resource as a whole. */
  readonly property?: string;
  readonly previous?: Json;
  readonly desired?: Json;
  readonly message: string;
  readonly sensitive: boolean;
  /** Puppet compared with what it left there: somebody else changed it since. */
  readonly corrective: boolean;
}
