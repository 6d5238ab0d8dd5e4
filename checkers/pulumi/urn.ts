/** A resource's name in Pulumi, taken apart. */
export interface PulumiName {
  /** `prod/aws:s3/bucket:Bucket::logs`; types of its parents stand before its own, as Pulumi writes them. */
  readonly address: string;
  /** `aws:s3/bucket:Bucket`. */
  readonly type: string;
  /** The stack itself, whose properties are its outputs. */
  readonly isStack: boolean;
}

/** `urn:pulumi:STACK::PROJECT::PARENT$TYPE::NAME`; what is not one is its own address. */
export function readUrn(urn: string, stack: string): PulumiName {
  const [, , types, ...name] = urn.split('::');
  if (types === undefined || name.length === 0) return { address: `${stack}/${urn}`, type: 'unknown', isStack: false };
  const type = types.slice(types.lastIndexOf('$') + 1);
  return { address: `${stack}/${types}::${name.join('::')}`, type, isStack: type === 'pulumi:pulumi:Stack' };
}
