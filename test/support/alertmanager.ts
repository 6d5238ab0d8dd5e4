/** A real Alertmanager on 127.0.0.1 whose receivers all come to this process. */
import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { dump, load } from 'js-yaml';
import { startChildServer } from './child-server.ts';

/** For `needs`. */
export const ALERTMANAGER: Readonly<Record<string, string>> = {
  'prometheus-alertmanager': 'apt-get install prometheus-alertmanager',
};

export interface TestAlertmanager {
  /** `host:port`. */
  readonly address: string;
  /** What the receivers got so far, oldest first. */
  readonly notifications: readonly Notification[];
  close(): Promise<void>;
}

export interface Notification {
  /** Of the receiver in the configuration. */
  readonly receiver: string;
  readonly status: 'firing' | 'resolved';
  readonly alerts: readonly NotifiedAlert[];
}

export interface NotifiedAlert {
  readonly status: 'firing' | 'resolved';
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
}

interface AlertmanagerConfig {
  readonly route: Record<string, unknown>;
  readonly receivers: readonly { readonly name: string }[];
}

/** `config`: text of a configuration. Its receivers become webhooks, and it waits a second where it would wait longer. */
export async function startAlertmanager(config: string): Promise<TestAlertmanager> {
  const webhook = await receiveNotifications();
  const server = await startChildServer('prometheus-alertmanager', async ({ dir, port }) => {
    const file = join(dir, 'alertmanager.yaml');
    await writeFile(file, dump(adapted(load(config) as AlertmanagerConfig, webhook.url)));
    return [
      `--config.file=${file}`,
      `--storage.path=${join(dir, 'data')}`,
      `--web.listen-address=127.0.0.1:${port}`,
      '--cluster.listen-address=',
    ];
  });
  return {
    address: new URL(server.url).host,
    notifications: webhook.notifications,
    close: async () => {
      await server.close();
      await webhook.close();
    },
  };
}

function adapted(config: AlertmanagerConfig, url: string): AlertmanagerConfig {
  return {
    ...config,
    route: { ...config.route, group_wait: '1s', group_interval: '1s' },
    receivers: config.receivers.map(({ name }) => ({ name, webhook_configs: [{ url, send_resolved: true }] })),
  };
}

async function receiveNotifications() {
  const notifications: Notification[] = [];
  const receive = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    notifications.push(JSON.parse(await text(request)) as Notification);
    response.end();
  };
  const server = createServer((request, response) => void receive(request, response));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`,
    notifications,
    close: async (): Promise<void> => {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}
