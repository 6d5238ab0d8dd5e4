/** What a real API server with Cluster API v1.12's definitions answered about a cluster in sync, and edits of it. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Cluster, KubeList } from '../../support/kube-replay-server.ts';

const GROUPS = new Set(['/apis', '/apis/cluster.x-k8s.io/v1beta2', '/apis/controlplane.cluster.x-k8s.io/v1beta2']);

export interface RecordedObject {
  readonly metadata: Record<string, unknown> & { readonly name: string };
  readonly spec: Record<string, unknown>;
  readonly status?: Record<string, unknown>;
}

/** `edit` is given each object, and gives what the server has instead; nothing for none. */
export async function recordedFleet(
  edit: (kind: string, object: RecordedObject) => RecordedObject | undefined = (_, object) => object,
): Promise<Cluster> {
  const text = await readFile(join(import.meta.dirname, 'recorded-v1.12.0.json'), 'utf8');
  const answers = Object.entries(JSON.parse(text) as Readonly<Record<string, KubeList>>);
  const documents = new Map(
    // As the server prints them: the replay server looks for names in them.
    answers.filter(([path]) => GROUPS.has(path)).map(([path, answer]) => [path, JSON.stringify(answer, null, 1)]),
  );
  const lists = new Map(
    answers
      .filter(([path]) => !GROUPS.has(path))
      .map(([path, list]) => {
        const kind = list.kind.replace(/List$/, '');
        const items = list.items.flatMap((item) => edit(kind, item as unknown as RecordedObject) ?? []);
        return [path, { ...list, items }] as const;
      }),
  );
  return { documents, lists };
}
