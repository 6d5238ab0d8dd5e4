import { isAbsolute, relative } from 'node:path';
import type { Failure } from '../../src/drift.ts';
import { readEventLines } from '../hosts/event-lines.ts';
import type { UniqueAddresses } from '../hosts/unique-addresses.ts';
import { EVENT_FORMAT, eventSchema, type AnsibleEvent, type NotReached, type TaskEvent } from './event.ts';
import { isControl } from './control-action.ts';
import type { AnsibleObservation, Evaluated } from './observation.ts';

const TASKS_PER_PIECE = 200;
const BYTES_PER_PIECE = 1024 * 1024;
/** The callback is broken rather than one line: more of the same says nothing new. */
const MOST_BROKEN_LINES = 20;

/** What a run came to, filled while its events are read. */
export interface RunTally {
  started: boolean;
  ended: boolean;
  compared: number;
  /** Tasks that check mode could not compare. */
  notCompared: number;
  failed: number;
  broken: number;
  notReached: NotReached[];
}

export function newTally(): RunTally {
  return { started: false, ended: false, compared: 0, notCompared: 0, failed: 0, broken: 0, notReached: [] };
}

export interface EventFile {
  readonly file: string;
  /** Real path of the source. */
  readonly sourceDir: string;
  readonly addresses: UniqueAddresses;
}

/** The events of one run in pieces of bounded size. Lines that cannot be read are failures beside the rest. */
export async function* readEvents(from: EventFile, tally: RunTally): AsyncGenerator<AnsibleObservation> {
  let piece = emptyPiece();
  let bytes = 0;
  let lines = 0;
  for await (const line of readEventLines(from.file)) {
    const parsed = line.kind === 'value' ? eventSchema.safeParse(line.value) : undefined;
    if (line.kind === 'value') bytes += line.bytes;
    if (parsed?.success === true) {
      take(parsed.data, { from, tally, piece, lines });
    } else if (++tally.broken <= MOST_BROKEN_LINES) {
      const why = line.kind === 'error' ? line.message : `line ${line.line}: ${parsed?.error.issues[0]?.message}`;
      piece.failures.push(badOutput(`event file of the Ansible callback: ${why}`));
    }
    lines++;
    if (piece.tasks.length < TASKS_PER_PIECE && bytes < BYTES_PER_PIECE) continue;
    yield piece;
    piece = emptyPiece();
    bytes = 0;
  }
  yield piece;
}

type Piece = {
  tasks: Evaluated[];
  plays: NonNullable<AnsibleObservation['plays']>[number][];
  failures: Failure[];
};

function emptyPiece(): Piece {
  return { tasks: [], plays: [], failures: [] };
}

function badOutput(message: string): Failure {
  return { phase: 'observe', reason: 'bad_output', message };
}

function take(event: AnsibleEvent, into: { from: EventFile; tally: RunTally; piece: Piece; lines: number }): void {
  const { from, tally, piece, lines } = into;
  switch (event.event) {
    case 'task': {
      piece.tasks.push(evaluated(event, from));
      if (event.outcome === 'failed' || event.outcome === 'unreachable') tally.failed++;
      else if (!isControl(event.action)) count(event, tally);
      return;
    }
    case 'start': {
      tally.started = true;
      if (event.format === EVENT_FORMAT) return;
      piece.failures.push(badOutput(`event format ${event.format} of the Ansible callback; expected ${EVENT_FORMAT}`));
      return;
    }
    case 'no_hosts':
    case 'play_aborted': {
      piece.plays.push(event);
      return;
    }
    case 'not_reached': {
      tally.notReached.push(event);
      return;
    }
    case 'error': {
      piece.failures.push({ phase: 'observe', reason: 'internal', message: `Ansible callback: ${event.message}` });
      return;
    }
    case 'end': {
      tally.ended = true;
      if (event.events === lines) return;
      piece.failures.push(badOutput(`the Ansible callback wrote ${event.events} events, ${lines} arrived`));
    }
  }
}

function count(event: TaskEvent, tally: RunTally): void {
  if (event.outcome !== 'skipped') tally.compared++;
  else if (event.skip === 'check_mode' || event.depends !== undefined) tally.notCompared++;
}

function evaluated(event: TaskEvent, { sourceDir, addresses }: EventFile): Evaluated {
  const { file, ...rest } = event;
  const host = event.delegated === undefined ? event.host : `${event.host} -> ${event.delegated}`;
  const name = event.item === undefined ? event.name : `${event.name} (item=${event.item})`;
  const inside = file === undefined ? '' : relative(sourceDir, file);
  const known = inside !== '' && !inside.startsWith('..') && !isAbsolute(inside);
  return { ...rest, address: addresses.of(host, name), ...(known && { file: inside }) };
}
