import { CheckError } from '../../../src/checker.ts';
import type { KubeObject, ResourceKind } from '../observation.ts';
import type { ApiClient } from './api-client.ts';
import { listIdentities, listPages, type ListScope } from './list-pages.ts';
import type { IdentityPage } from './read-identities.ts';

export interface KindScope extends Omit<ListScope, 'namespace'> {
  /** The namespaces that matter; undefined when any may. */
  readonly namespaces: readonly string[] | undefined;
}

/**
 * Everything live of a kind, page by page. One namespace is listed as such, several as the whole cluster; where that is
 * forbidden, each by itself. Rejects with CheckError `forbidden` naming the namespaces when some of those are too; what
 * the others hold was given before.
 */
export function listKind(
  client: ApiClient,
  kind: ResourceKind,
  { namespaces, ...rest }: KindScope,
): AsyncGenerator<Iterable<KubeObject>> {
  return inNamespaces({ kind, namespaces }, (namespace) => itemsOf(client, kind, { namespace, ...rest }));
}

/** The same, of nothing but which objects there are. Rejects with CheckError `unsupported` where the server has no such answer. */
export function listKindIdentities(
  client: ApiClient,
  kind: ResourceKind,
  { namespaces, ...rest }: KindScope,
): AsyncGenerator<IdentityPage> {
  return inNamespaces({ kind, namespaces }, (namespace) => listIdentities(client, kind, { namespace, ...rest }));
}

interface Namespaces {
  readonly kind: ResourceKind;
  readonly namespaces: KindScope['namespaces'];
}

type PagesOf<Page> = (namespace: string | undefined) => AsyncGenerator<Page>;

async function* inNamespaces<Page>({ kind, namespaces }: Namespaces, list: PagesOf<Page>): AsyncGenerator<Page> {
  const [only, another] = namespaces ?? [];
  if (kind.namespaced && only !== undefined && another === undefined) {
    yield* list(only);
    return;
  }
  try {
    yield* list(undefined);
  } catch (error) {
    if (!isForbidden(error) || !kind.namespaced || namespaces === undefined || only === undefined) throw error;
    yield* inEach({ kind, namespaces }, list);
  }
}

async function* inEach<Page>(
  { kind, namespaces }: Namespaces & { readonly namespaces: readonly string[] },
  list: PagesOf<Page>,
): AsyncGenerator<Page> {
  const refused: string[] = [];
  let cause: CheckError | undefined;
  for (const namespace of namespaces) {
    try {
      yield* list(namespace);
    } catch (error) {
      if (!isForbidden(error)) throw error;
      refused.push(namespace);
      cause = error;
    }
  }
  if (cause === undefined) return;
  throw new ForbiddenNamespaces(kind, refused, namespaces.length, cause);
}

const NAMED = 10;

/** Some namespaces of a kind may not be listed; the others were. */
export class ForbiddenNamespaces extends CheckError {
  readonly namespaces: ReadonlySet<string>;

  constructor(kind: ResourceKind, refused: readonly string[], of: number, cause: CheckError) {
    const names = refused.slice(0, NAMED).join(', ') + (refused.length > NAMED ? ', ...' : '');
    const message = `${kind.resource} may not be listed in ${refused.length} of ${of} namespaces (${names}): ${cause.message}`;
    super('forbidden', message, { cause });
    this.namespaces = new Set(refused);
  }
}

async function* itemsOf(client: ApiClient, kind: ResourceKind, scope: ListScope): AsyncGenerator<Iterable<KubeObject>> {
  for await (const page of listPages(client, kind, scope)) yield page.items;
}

function isForbidden(error: unknown): error is CheckError {
  return error instanceof CheckError && error.reason === 'forbidden';
}
