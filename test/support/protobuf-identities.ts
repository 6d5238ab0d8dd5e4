/** A PartialObjectMetadataList in protobuf, as an API server encodes it; managed fields and what nobody asks for left out. */
export interface ProtobufMetadata {
  readonly name: string;
  readonly namespace?: string;
  readonly uid?: string;
  readonly resourceVersion?: string;
  readonly labels?: Readonly<Record<string, string>> | null;
}

export function encodeIdentities(
  list: { readonly resourceVersion: string; readonly continue?: string },
  items: readonly { readonly metadata: ProtobufMetadata }[],
): Buffer {
  const metadata = message([
    [1, ''], // selfLink: the server writes empty texts, too
    [2, list.resourceVersion],
    [3, list.continue ?? ''],
  ]);
  const content = message([[1, metadata], ...items.map((item) => [2, message([[1, encode(item.metadata)]])] as const)]);
  const type = message([
    [1, 'meta.k8s.io/v1'],
    [2, 'PartialObjectMetadataList'],
  ]);
  return Buffer.concat([
    Buffer.from('k8s\0'),
    message([
      [1, type],
      [2, content],
      [3, ''],
      [4, ''],
    ]),
  ]);
}

function encode({ name, namespace = '', uid = '', resourceVersion = '', labels }: ProtobufMetadata): Buffer {
  const entries = Object.entries(labels ?? {}).map(
    ([key, value]) =>
      [
        11,
        message([
          [1, key],
          [2, value],
        ]),
      ] as const,
  );
  const generation = Buffer.from([7 * 8, 0x81, 0x01]); // a number, of two bytes
  const texts = message([
    [1, name],
    [2, ''],
    [3, namespace],
    [4, ''],
    [5, uid],
    [6, resourceVersion],
  ]);
  return Buffer.concat([texts, generation, message([[8, message([])], ...entries])]);
}

function message(fields: readonly (readonly [field: number, value: string | Buffer])[]): Buffer {
  return Buffer.concat(
    fields.flatMap(([field, value]) => {
      const bytes = Buffer.from(value as string);
      return [varint(field * 8 + 2), varint(bytes.length), bytes];
    }),
  );
}

function varint(value: number): Buffer {
  const bytes: number[] = [];
  let left = value;
  for (; left > 127; left = Math.floor(left / 128)) bytes.push((left % 128) + 128);
  return Buffer.from([...bytes, left]);
}
