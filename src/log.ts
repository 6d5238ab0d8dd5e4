import { destination, pino, type Logger } from 'pino';
import pretty from 'pino-pretty';
import type { LogLevel } from './config/config.ts';
import { maskText } from './redact/mask-text.ts';

/** JSON lines on standard error, readable ones on a terminal. Known shapes of secrets are masked in every line. */
export function createLog(options: { readonly level: LogLevel; readonly terminal: boolean }): Logger {
  const stream = options.terminal
    ? pretty({ destination: 2, sync: true, ignore: 'pid,hostname' })
    : destination({ dest: 2, sync: true });
  return pino({ level: options.level, hooks: { streamWrite: (line) => maskText(line) } }, stream);
}
