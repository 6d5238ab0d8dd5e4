/** A Terraform provider served by the test process: the test changes its live objects behind Terraform's back. */
import { fileURLToPath } from 'node:url';
import { loadPackageDefinition, Server, ServerCredentials, type UntypedServiceImplementation } from '@grpc/grpc-js';
import { loadSync } from '@grpc/proto-loader';
import { decode, encode, ExtensionCodec } from '@msgpack/msgpack';

export const PROVIDER_SOURCE = 'example.test/drift/live';

/** One `live_object`. `copy` is computed from the sensitive `secret` and not marked. */
export interface LiveObject {
  id: string;
  name: string;
  size: number | null;
  secret: string | null;
  copy: string | null;
  status: string;
  tags: Record<string, string> | null;
}

export interface LiveProvider {
  /** By id. */
  readonly objects: Map<string, LiveObject>;
  /** Reading this object fails with this text. */
  failReading(id: string, detail: string): void;
  /** What makes Terraform talk to this process. */
  readonly env: Readonly<Record<string, string>>;
  close(): Promise<void>;
}

/** Known after the apply: extension 0 with any content. */
class Unknown {
  readonly kind = 'unknown';
}
const codec = new ExtensionCodec();
codec.register({
  type: 0,
  encode: (value) => (value instanceof Unknown ? new Uint8Array(1) : null),
  decode: () => new Unknown(),
});

const ATTRIBUTES = [
  { name: 'id', type: '"string"', computed: true },
  { name: 'name', type: '"string"', required: true },
  { name: 'size', type: '"number"', optional: true },
  { name: 'secret', type: '"string"', optional: true, sensitive: true },
  { name: 'copy', type: '"string"', computed: true },
  { name: 'status', type: '"string"', computed: true },
  { name: 'tags', type: '["map","string"]', optional: true },
];

export async function startLiveProvider(): Promise<LiveProvider> {
  const objects = new Map<string, LiveObject>();
  const unreadable = new Map<string, string>();
  const server = new Server();
  server.addService(providerService(), implementation(objects, unreadable));
  const port = await new Promise<number>((resolve, reject) => {
    server.bindAsync('127.0.0.1:0', ServerCredentials.createInsecure(), (error, bound) => {
      if (error === null) resolve(bound);
      else reject(error);
    });
  });
  return {
    objects,
    failReading: (id, detail) => {
      unreadable.set(id, detail);
    },
    env: { TF_REATTACH_PROVIDERS: reattach(port) },
    close: async () => {
      server.forceShutdown();
      return Promise.resolve();
    },
  };
}

function reattach(port: number): string {
  const address = { Network: 'tcp', String: `127.0.0.1:${port}` };
  const entry = { Protocol: 'grpc', ProtocolVersion: 6, Pid: process.pid, Test: true, Addr: address };
  return JSON.stringify({ [PROVIDER_SOURCE]: entry });
}

type Service = Parameters<Server['addService']>[0];

function providerService(): Service {
  const proto = loadSync(fileURLToPath(new URL('provider.proto', import.meta.url)), { keepCase: true });
  const loaded = loadPackageDefinition(proto) as unknown as { tfplugin6: { Provider: { service: Service } } };
  return loaded.tfplugin6.Provider.service;
}

interface Value {
  readonly msgpack: Uint8Array;
}

type Fields = Record<string, unknown>;

function unpack(value: Value): Fields | null {
  return decode(value.msgpack, { extensionCodec: codec }) as Fields | null;
}

function pack(value: object | null): Value {
  return { msgpack: encode(value, { extensionCodec: codec }) };
}

type Calls = Record<string, (request: never) => object>;

function implementation(
  objects: Map<string, LiveObject>,
  unreadable: ReadonlyMap<string, string>,
): UntypedServiceImplementation {
  const calls: Calls = {
    GetProviderSchema: schema,
    ValidateProviderConfig: () => ({}),
    ValidateResourceConfig: () => ({}),
    ConfigureProvider: () => ({}),
    StopProvider: () => ({}),
    UpgradeResourceState: ({ raw_state }: { raw_state: { json: Buffer } }) => ({
      upgraded_state: pack(JSON.parse(raw_state.json.toString('utf8')) as object),
    }),
    ReadResource: ({ current_state }: { current_state: Value }) => {
      const id = String(unpack(current_state)?.['id']);
      const detail = unreadable.get(id);
      if (detail !== undefined) return { diagnostics: [{ severity: 1, summary: 'Cannot read the object', detail }] };
      return { new_state: pack(objects.get(id) ?? null) };
    },
    PlanResourceChange: ({ prior_state, proposed_new_state }: { prior_state: Value; proposed_new_state: Value }) => {
      const prior = unpack(prior_state);
      const proposed = unpack(proposed_new_state);
      const replaces = prior !== null && proposed !== null && prior['name'] !== proposed['name'];
      return {
        planned_state: pack(prior === null && proposed !== null ? withUnknowns(proposed) : proposed),
        requires_replace: replaces ? [{ steps: [{ attribute_name: 'name' }] }] : [],
      };
    },
    ApplyResourceChange: ({ prior_state, planned_state }: { prior_state: Value; planned_state: Value }) => ({
      new_state: pack(apply(objects, unpack(prior_state), unpack(planned_state))),
    }),
    ImportResourceState: ({ type_name, id }: { type_name: string; id: string }) => ({
      imported_resources: [{ type_name, state: pack(objects.get(id) ?? null) }],
    }),
  };
  return Object.fromEntries(Object.entries(calls).map(([name, call]) => [name, unary(call)]));
}

/** Of an object yet to be created nothing computed is known. */
function withUnknowns(proposed: Fields): Fields {
  const computed = ATTRIBUTES.filter((attribute) => attribute.computed === true);
  return { ...proposed, ...Object.fromEntries(computed.map(({ name }) => [name, new Unknown()])) };
}

function unary(call: (request: never) => object): UntypedServiceImplementation[string] {
  return (incoming: { request: unknown }, callback: (error: Error | null, response?: object) => void) => {
    try {
      callback(null, call(incoming.request as never));
    } catch (error) {
      callback(error as Error);
    }
  };
}

function schema(): object {
  const attributes = ATTRIBUTES.map((attribute) => Object.assign({}, attribute, { type: Buffer.from(attribute.type) }));
  return { provider: { block: {} }, resource_schemas: { live_object: { block: { attributes } } } };
}

function apply(objects: Map<string, LiveObject>, prior: Fields | null, planned: Fields | null): LiveObject | null {
  if (planned === null) {
    objects.delete(String(prior?.['id']));
    return null;
  }
  const secret = (planned['secret'] ?? null) as string | null;
  const live: LiveObject = {
    id: typeof planned['id'] === 'string' ? planned['id'] : freeId(objects),
    name: String(planned['name']),
    size: (planned['size'] ?? null) as number | null,
    secret,
    copy: secret === null ? null : `copy of ${secret}`,
    status: 'ready',
    tags: (planned['tags'] ?? null) as Record<string, string> | null,
  };
  objects.set(live.id, live);
  return live;
}

/** Objects come and go: their number is no id. */
function freeId(objects: ReadonlyMap<string, LiveObject>): string {
  const taken = [...objects.keys()].map((id) => Number(id.replace('object-', '')));
  return `object-${Math.max(0, ...taken) + 1}`;
}
