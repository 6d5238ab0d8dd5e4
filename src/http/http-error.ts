/** What a request did wrong. `code` is stable, for programs; `message` is for people and shows nothing internal. */
export class HttpError extends Error {
  override readonly name = 'HttpError';
  readonly status: number;
  readonly code: string;
  readonly details: HttpErrorDetails;

  constructor(status: number, code: string, message: string, details: HttpErrorDetails = {}) {
    super(message);
    this.status = status;
    this.code = code;
    this.details = details;
  }
}

export interface HttpErrorDetails {
  /** The query parameter or header it is about. */
  readonly parameter?: string;
  /** What would have been accepted. */
  readonly allowed?: readonly string[];
  readonly headers?: Readonly<Record<string, string>>;
}

/** The JSON body of every answer of 400 and above. */
export function errorBody({ status, code, message, details }: HttpError): unknown {
  const { parameter, allowed } = details;
  return {
    error: { status, code, message, ...(parameter !== undefined && { parameter }), ...(allowed && { allowed }) },
  };
}
