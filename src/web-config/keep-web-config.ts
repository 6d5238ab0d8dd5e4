import type { Logger } from 'pino';
import { fileSignature } from './file-signature.ts';
import { readWebConfig } from './read-web-config.ts';
import { OPEN_TO_ALL, type WebSettings } from './web-settings.ts';

/** The web configuration in force. */
export interface WebConfigKeeper {
  settings(): WebSettings;
  status(): WebConfigStatus;
  /** Calls back with what is in force from then on. */
  onChange(listener: (settings: WebSettings) => void): void;
  close(): void;
}

export interface WebConfigStatus {
  /** Absent without a file. */
  readonly file?: {
    /** Whether what is on disk is in force. */
    readonly lastReloadSuccessful: boolean;
    /** ISO 8601, of what is in force. */
    readonly loadedAt: string;
  };
  /** When certificates end, ISO 8601. */
  readonly expiry: { readonly server?: string; readonly client_ca?: string };
}

export interface KeepOptions {
  readonly log: Logger;
  /** Between two looks at the files, default 2000. */
  readonly pollMs?: number;
}

/**
 * Reads the file, and again whenever it or a certificate that it names changes. A broken one is logged, once, and leaves the
 * old one in force. Rejects when there is none to begin with. Without a file everything is open.
 */
export async function keepWebConfig(file: string | undefined, options: KeepOptions): Promise<WebConfigKeeper> {
  if (file === undefined) return NOTHING_TO_KEEP;
  const { log, pollMs = 2000 } = options;
  const listeners: ((settings: WebSettings) => void)[] = [];
  const first = await readWebConfig(file);
  if (!first.ok) throw new Error(`${file}: ${first.errors.join('; ')}`);
  let { settings, files } = first;
  let loadedAt = new Date().toISOString();
  let failure = '';

  const look = async (): Promise<void> => {
    if (failure === '' && !(await changed(files))) return;
    const next = await readWebConfig(file);
    ({ files } = next);
    const errors = next.ok ? needsRestart(settings, next.settings) : next.errors;
    if (next.ok && errors.length === 0) {
      ({ settings } = next);
      loadedAt = new Date().toISOString();
      failure = '';
      for (const listener of listeners) listener(settings);
      log.info({ file }, 'web configuration reloaded');
    } else if (failure !== errors.join('\n')) {
      failure = errors.join('\n');
      log.error({ file, errors }, 'web configuration not reloaded; the old one stays in force');
    }
  };
  let timer: NodeJS.Timeout | undefined;
  let closed = false;
  const later = (): void => {
    if (closed) return;
    timer = setTimeout(() => {
      look()
        .catch((error: unknown) => {
          log.error({ file, error: String(error) }, 'web configuration cannot be looked at');
        })
        .finally(later);
    }, pollMs).unref();
  };
  later();
  return {
    settings: () => settings,
    status: () => ({ file: { lastReloadSuccessful: failure === '', loadedAt }, expiry: settings.tls?.expiry ?? {} }),
    onChange: (listener) => {
      listeners.push(listener);
    },
    close: () => {
      closed = true;
      clearTimeout(timer);
    },
  };
}

/** Without a web configuration file. */
export const NOTHING_TO_KEEP: WebConfigKeeper = {
  settings: () => OPEN_TO_ALL,
  status: () => ({ expiry: {} }),
  onChange: () => undefined,
  close: () => undefined,
};

async function changed(files: ReadonlyMap<string, string>): Promise<boolean> {
  const differ = [...files].map(async ([file, signature]) => (await fileSignature(file)) !== signature);
  return (await Promise.all(differ)).includes(true);
}

/** What a server that listens cannot change. */
function needsRestart(before: WebSettings, after: WebSettings): string[] {
  const asks = ({ tls }: WebSettings): boolean => tls !== undefined && tls.clientAuth !== 'NoClientCert';
  if ((before.tls === undefined) !== (after.tls === undefined)) {
    return ['tls_server_config: cannot be added or removed while the service runs; restart it'];
  }
  if (asks(before) !== asks(after)) {
    return [
      'tls_server_config.client_auth_type: cannot change from or to NoClientCert while the service runs; restart it',
    ];
  }
  return [];
}
