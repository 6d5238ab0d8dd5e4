import type { Failure, Json } from '../../src/checker.ts';

/** A document as it was read: a file, an answer, an object, or one of several in them. */
export interface ReportDocument {
  /** What messages call it. */
  readonly place: string;
  /** `@source`: the file's name without its end, the URL's host, the object's name. */
  readonly source: string;
  readonly value: Json;
}

/** One report in a document. */
export interface Report {
  readonly place: string;
  readonly source: string;
  /** Of the map of items. */
  readonly key?: string;
  readonly value: Json;
}

/** One piece of a run. */
export type ReportObservation =
  | {
      readonly piece: 'reports';
      readonly reports: readonly IdentifiedReport[];
      /** Milliseconds since 1970. */
      readonly readAt: number;
    }
  | { readonly piece: 'failures'; readonly failures: readonly Failure[] };

export interface IdentifiedReport extends Report {
  readonly address: string;
}
