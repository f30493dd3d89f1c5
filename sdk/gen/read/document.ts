/** The parts of an OpenAPI 3.1 document that the generator reads. */

export type Schema = Readonly<Record<string, unknown>>;

export interface OpenApi {
  readonly info: { readonly version: string };
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
  readonly components: { readonly schemas: Readonly<Record<string, Schema>> };
  readonly 'x-error-codes': Readonly<Record<string, { readonly status: number; readonly title: string }>>;
}

export interface Operation {
  readonly operationId: string;
  readonly summary: string;
  readonly description?: string;
  readonly security: readonly unknown[];
  readonly parameters: readonly Parameter[];
  readonly requestBody?: { readonly required?: boolean; readonly content: Content };
  readonly responses: Readonly<Record<string, { readonly content?: Content }>>;
  /** The same operation stands under this path too. */
  readonly 'x-alias-of'?: string;
  /** `resource.method`, or false: not for SDKs. */
  readonly 'x-sdk'?: string | false;
}

export interface Parameter {
  readonly name: string;
  readonly in: string;
  readonly required: boolean;
  readonly description?: string;
  readonly schema: Schema;
}

export type Content = Readonly<Record<string, { readonly schema: Schema }>>;

export const JSON_TYPE = 'application/json';
export const EVENT_STREAM = 'text/event-stream';
